"""Which integrator for a network, and why."""

from __future__ import annotations

import itertools
import math
import warnings
from typing import Any

import attrs
import numpy as np

from netframe.calls import explained
from netframe.errors import ParameterError
from netframe.integrators.arguments import span_of
from netframe.integrators.estimates import FEW, STABLE, STIFF, Estimate, Task, estimates
from netframe.integrators.exact import ExactIntegrator
from netframe.integrators.integrator import simulate, starting_state
from netframe.integrators.jax import JaxIntegrator
from netframe.integrators.motion import input_speed
from netframe.integrators.runge_kutta import RungeKuttaIntegrator
from netframe.integrators.spectrum import Spectrum, sizes_of, spectrum
from netframe.network import Network
from netframe.solution import Solution, Status, check_network
from netframe.tables import Described

#: Tolerances of the glance at the start of a run.
LOOSE = {"rtol": 1e-3, "atol": 1e-6}
#: Its steps: for a short run, and at most for one of more stable steps than that.
FEWEST, SHORT, MOST = 12, 100, 200
#: While the network moves or its inputs will, the glance goes on for as many steps again, until it has made so many.
LONGEST = 80
#: Stretches ahead that are a smaller part of the run are not looked at.
LOOKED_AT = 0.01
#: A method that is a quarter cheaper than the first is worth its name; estimates are no better than that.
WORTH = 1.25


@attrs.frozen(eq=False, repr=False)
class Recommendation(Described):
    """An integrator for a network and the reason, in numbers; printed, it shows them.

    ``fastest`` is the largest absolute value of an eigenvalue of the Jacobian, in 1/s, at the start or a little later,
    and ``stability_steps`` are the steps that it alone asks of an explicit method. ``estimates`` say what
    each installed integrator would cost; seconds are of an ordinary machine and good for comparisons alone.
    """

    integrator: Any
    reason: str
    states: int
    members: int
    segments: int
    fastest: float
    stability_steps: int
    estimates: tuple[Estimate, ...]

    def _summary(self) -> str:
        of = f" in each of {self.members} members" if self.members > 1 else ""
        breaks = f"{self.segments} stretches between breakpoints, " if self.segments > 1 else ""
        size = f"{self.states} states{of}, {breaks}fastest eigenvalue {self.fastest:.3g} /s"
        return f"{called(self.integrator)}: {self.reason}\n{size}"

    def _table(self) -> tuple[tuple[str, ...], list[list[str]]]:
        return _HEADER, [
            [called(e.integrator), f"{e.n_steps}", f"{e.n_rhs}", f"{e.setup:.2g}", f"{e.seconds:.2g}"]
            for e in self.estimates
        ]


_HEADER = ("estimated", "steps", "right-hand sides", "set-up (s)", "run (s)")


def called(integrator: Any) -> str:
    """An integrator in a word or three: its class, its method, its linear solver."""
    options = (getattr(integrator, name, "") for name in ("method", "linear_solver"))
    return " ".join([type(integrator).__name__, *(option for option in options if option)])


@explained
def recommend(
    network: Network,
    duration: float = 1.0,
    *,
    t0: float = 0.0,
    y0: Any = None,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    repeats: int = 1,
) -> Recommendation:
    """The integrator that runs a network from ``t0`` for ``duration`` s at least cost, of those that are installed.

    It takes the outer spectrum of the Jacobian at the start, a dozen or more explicit steps at loose tolerance, and the
    spectrum where they lead, as rates are silent at rest. While the network still moves, or an input will, the steps go
    on, to 100 or so of them, and 80 are taken in the longest and in the last of the stretches between breakpoints
    ahead, as an input may end there: 120 to 2000 right-hand sides in all, and no Jacobian. From these, the
    sizes, the breakpoints of inputs and the batch it estimates what each method would cost. Corners of activations take
    steps of their own, and members of a batch meet them one after the other; where they are is not known, and the
    steps of batches are counted as midway between those with corners and without.
    ``repeats`` is how often such a run will be made: what compiling takes is shared among them. ``rtol`` and ``atol``
    are those of the integrator returned; ``y0`` is as in :func:`simulate`, whose ``integrator="auto"`` takes this
    choice. Of two runs with equal arguments the advice is the same: nothing is timed.

    Errors: those of :func:`simulate` for what cannot run; :class:`ParameterError` for ``repeats`` below 1.

    Example:
        >>> import netframe as nf
        >>> ffe, e = nf.ConstantInput("FFE", rates=np.full(3, 10.0)), nf.LeakyRate("E", size=2)
        >>> net = nf.Network("n", [ffe, e, nf.ReversalSynapse(ffe, e, weights=np.ones((2, 3)), g=2e-5)])
        >>> advice = nf.recommend(net, 1.0)
        >>> advice.integrator, round(advice.fastest)                 # near 1 / 10 ms of the synapse
        (ExactIntegrator(max_wall_time=inf s), 98)
    """
    if isinstance(repeats, bool) or not isinstance(repeats, (int, np.integer)) or repeats < 1:
        text = f"repeats is {repeats!r}; it must be a whole number of runs of at least 1"
        raise ParameterError(text, component="recommend", attribute="repeats")
    check_network(network, "recommend")
    span_of(t0, duration, "recommend")
    RungeKuttaIntegrator(rtol=rtol, atol=atol)  # refuses what is no tolerance
    task, glance = _task(network, duration, t0, y0, rtol, atol)
    found = estimates(task)
    best = _cheapest(found, repeats)
    if isinstance(best.integrator, JaxIntegrator) and not _traces(network, t0, glance.final):
        found = [e for e in found if not isinstance(e.integrator, JaxIntegrator)]
        best = _cheapest(found, repeats)
    return Recommendation(
        best.integrator,
        _reason(task, best, found[0], repeats) if _usable(glance) else f"little is known, as {glance.message}",
        network.registry.size,
        task.members,
        task.segments,
        task.spectrum.radius,
        math.ceil(task.stability_steps),
        tuple(sorted(found, key=lambda e: e.total(repeats))),
    )


def _task(network: Network, duration: float, t0: float, y0: Any, rtol: float, atol: float) -> tuple[Task, Solution]:
    """What a glance at the network shows of a run, and the glance."""
    start, t1 = starting_state(network, y0, "recommend"), t0 + duration

    def glanced(t: float, y: np.ndarray, n_steps: int, first_step: float | None = None, end: float = t1) -> Solution:
        integrator = RungeKuttaIntegrator("Dopri5", **LOOSE, max_steps=n_steps, first_step=first_step)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the run itself will warn
            found = simulate(network, end - t, t0=t, y0=y, record=[], integrator=integrator, throw=False)
        if found.status is Status.INTERRUPTED:
            raise KeyboardInterrupt(found.message)
        return found

    first = glanced(t0, start, 1)
    segments = len(network.breakpoints(t0, t1)) + 1
    members = math.prod(start.shape[:-1])
    task = Task(network, members, segments, float(t0), float(duration), float(rtol), float(atol), Spectrum(0.0, 1.0))
    task = attrs.evolve(task, speed=input_speed(network, t0, t1))
    if not _usable(first):
        return task, first
    at_rest = spectrum(network, t0, start, sizes_of(network, start, first.final))
    task = attrs.evolve(task, spectrum=at_rest)
    n_steps = FEWEST if task.stability_steps < SHORT else int(np.clip(0.1 * task.stability_steps, FEW, MOST))
    t, glance = np.array([t0]), glanced(t0, start, n_steps)
    while True:
        if not _usable(glance):
            return task, glance
        t = np.concatenate([t, glance.t[1:]])
        moved = spectrum(network, float(t[-1]), glance.final, sizes_of(network, start, glance.final))
        task = attrs.evolve(task, spectrum=max(at_rest, moved, key=lambda found: found.radius))
        quiet = task.settles(t) and not len(network.breakpoints(float(t[-1]), t1))
        if glance.success or quiet or len(t) > LONGEST:
            break
        glance = glanced(float(t[-1]), glance.final, len(t), float(t[-1] - t[-2]))  # as many again
    later, y = [], glance.final
    for start_of, end in _ahead(network, t0, float(t[-1]), t1):
        found = glanced(start_of, y, LONGEST, end=end)
        if not _usable(found) or len(found.t) < 2:
            break
        later.append((found.t, end))
        y = found.final
    return task.seen(t, rtol / LOOSE["rtol"], later), glance


def _ahead(network: Network, t0: float, t: float, t1: float) -> list[tuple[float, float]]:
    """The longest and the last of the stretches after ``t``, as an input may end, or begin, where they do.

    The rest of the one that ``t`` lies in is among them where a breakpoint came before, so that the steps of two mix.
    """
    begun = [t] if len(network.breakpoints(t0, t)) else []
    stretches = list(itertools.pairwise([*begun, *(float(edge) for edge in network.breakpoints(t, t1)), t1]))
    stretches = [(start, end) for start, end in stretches if end - start > LOOKED_AT * (t1 - t0)]
    longest = max(stretches, key=lambda edges: edges[1] - edges[0], default=None)
    return [edges for edges in stretches if edges in (longest, stretches[-1])]


def _usable(glance: Solution) -> bool:
    """Whether the run went as far as it was let."""
    return glance.status in (Status.SUCCESS, Status.MAX_STEPS)


def _cheapest(found: list[Estimate], repeats: int) -> Estimate:
    best = min(found, key=lambda e: e.total(repeats))
    return found[0] if found[0].total(repeats) <= WORTH * best.total(repeats) else best


def _traces(network: Network, t: float, y: np.ndarray) -> bool:
    """Whether JAX can follow every hook of the network."""
    try:
        import jax

        with jax.enable_x64(True):
            jax.eval_shape(network.rhs, float(t), y)
    except Exception:  # a hook written for NumPy alone may raise anything
        return False
    return True


def _reason(task: Task, best: Estimate, explicit: Estimate, repeats: int) -> str:
    """Why the best one is best, in the numbers that decided."""
    asked = min(math.ceil(task.stability_steps), explicit.n_steps)
    stable = f"stability alone asks an explicit method for {asked} steps"
    if isinstance(best.integrator, JaxIntegrator):
        runs = "one run" if repeats == 1 else f"each of {repeats} runs"
        text = f"compiled, {runs} of about {best.n_rhs} right-hand sides takes {best.seconds:.2g} s"
        return f"{text}, not {explicit.seconds:.2g} s, which pays for compiling"
    if isinstance(best.integrator, ExactIntegrator):
        return f"linear between breakpoints, so that the solution is known; {stable}"
    if best is not explicit:
        many = 2.0 * task.stability_steps > explicit.n_steps
        long = "long beside its time constants" if many else "a variable order takes fewer steps"
        kind = "stiff" if task.spectrum.ratio > STIFF else long
        return f"{kind}: {stable} of about {explicit.n_steps}, an implicit one takes about {best.n_steps}"
    if task.segments > 10:
        return f"{task.segments} stretches between breakpoints, and a one-step method loses nothing when begun anew"
    if task.step * task.spectrum.radius < STABLE:
        return f"it keeps moving, so that accuracy limits the steps, and {stable} only"
    return (
        f"not stiff: {stable}, and transients take about {max(0, explicit.n_steps - math.ceil(task.stability_steps))}"
    )
