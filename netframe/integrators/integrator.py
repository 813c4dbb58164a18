"""What an integrator is, and ``simulate``, which prepares a run and hands it to one."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Literal, Protocol

import attrs
import numpy as np

from netframe.arrays import as_float64
from netframe.calls import explained, warn
from netframe.errors import (
    IntegrationError,
    ParameterError,
    SimulationInterrupted,
    brief,
    joined,
)
from netframe.integrators.arguments import (
    check_progress,
    no_integrator,
    recorded_paths,
    recording_problems,
    span_of,
    times_of,
    uncovered,
    warn_of_milliseconds,
)
from netframe.integrators.batches import chunk_size, solve_in_chunks
from netframe.integrators.driver import Progress
from netframe.memory import require
from netframe.network import Network
from netframe.progress import Line, shown
from netframe.rehearsal import rehearse
from netframe.solution import Run, Solution, Status, check_network


class Integrator(Protocol):
    """Anything with a ``solve`` method that advances a problem and returns its solution.

    ``problem`` is the network: ``problem.rhs(t, y)`` is its right-hand side, ``problem.breakpoints(t0, t1)`` are the
    times to restart at, ``problem.segment(t0, t1)`` is the right-hand side between two of them,
    ``problem.jacobian(t, y)`` its Jacobian. ``y0`` has shape ``(*batch, n_state)``, ``save_at`` is an increasing array
    of times or ``None`` for every step, ``record`` the paths to keep or ``None`` for all states. A failure is a
    solution whose ``status`` says so.

    Example: what a user of SciPy writes by hand.
        >>> import netframe as nf
        >>> from scipy.integrate import solve_ivp
        >>> class SolveIvp:
        ...     def solve(self, problem, t_span, y0, *, save_at=None, record=None, progress=None):
        ...         found = solve_ivp(problem.rhs, t_span, y0, t_eval=save_at)
        ...         return nf.Solution(problem, found.t, found.y.T)
        >>> net = nf.Network("n", [nf.LeakyRate("E", size=2)])
        >>> nf.simulate(net, 0.1, save_at=3, integrator=SolveIvp())["E.v"].shape
        (3, 2)
    """

    def solve(
        self,
        problem: Network,
        t_span: tuple[float, float],
        y0: np.ndarray,
        *,
        save_at: np.ndarray | None = None,
        record: tuple[str, ...] | None = None,
        progress: Progress | None = None,
    ) -> Solution: ...


@explained
def simulate(
    network: Network,
    duration: float,
    *,
    t0: float = 0.0,
    y0: Any = None,
    save_at: Any = None,
    record: Iterable[str] | None = None,
    integrator: Integrator | Literal["auto"] | None = None,
    batch: Any = "together",
    progress: Progress | bool | None = None,
    throw: bool = True,
    checkpoint: Any = None,
    every: float | None = None,
) -> Solution:
    """Solve a network from ``t0`` to ``t0 + duration``, in s.

    ``y0`` is the state at the start: nothing for the declared one, a mapping ``{"E.v": -65.0}`` of changes to it, or
    an array that broadcasts to ``(*batch, n_state)``, such as the ``final`` of another solution. ``save_at`` is a
    number of times evenly spread over the run, ends included, or an increasing array of times; nothing keeps every
    step. ``record=["E.v", "E.rate"]`` keeps these paths only. ``progress=True`` shows simulated time, steps and
    the time left, in a terminal or notebook; ``progress(t, t_end, n_steps)``, a function, is called after every step.
    ``integrator`` is ``RungeKuttaIntegrator()``, Dormand and Prince's pair at rtol 1e-6 and atol 1e-9, unless
    given; ``"auto"`` takes the one that :func:`recommend` finds for this run, and ``solution.integrator`` shows it.

    ``batch`` says how the members of a batch run: ``"together"`` as one system, ``"separate"`` one after the other, or
    a number of members that run at a time, so that no more than these are in memory beside what is recorded. A split
    run needs ``save_at``. Its ``progress`` tells the time that members have reached on average; a member that fails
    leaves NaN from there on, and the others run to the end.

    ``checkpoint="run.npz"`` keeps what was computed in this file after ``every`` so many seconds of simulated time.
    After a kill the same call goes on from there, and from the end returns at once; other arguments are refused with
    what differs. The file grows by one segment at a time, and at the end becomes that of :meth:`Solution.save`, an
    ``.npz`` file; ``netframe.load`` reads it at any time. No checkpoint is written after the last time of ``save_at``:
    the last segment reaches from before it to the end of the run. With ``FixedStepIntegrator`` the result is that of a
    run without checkpoints, bit for bit; other integrators start anew at each, so it is that of the same call not
    killed, and ``max_steps`` counts from one to the next. A split run keeps the segments of its members one after the
    other. What cannot be saved, such as a network with a function in it, has no checkpoints, whatever is recorded,
    since nothing could tell whether a later call is of the same run.

    Nothing is lost: a run that fails raises :class:`IntegrationError`, one stopped by Ctrl-C
    :class:`SimulationInterrupted` (in an interactive session it returns with a warning), and both carry ``solution``
    with everything up to there, ending with the last state reached. ``throw=False`` returns it instead.

    Example:
        >>> import netframe as nf
        >>> e = nf.LeakyRate("E", size=1, tau=0.1)
        >>> sol = nf.simulate(nf.Network("n", [e]), 0.1, y0={"E.v": -60.0}, save_at=[0.0, 0.1])
        >>> sol["E.v"][:, 0].round(4)                       # -70 + 10 exp(-t / tau)
        array([-60.    , -66.3212])
    """
    from netframe.provenance import versions

    if integrator is None:
        from netframe.integrators.runge_kutta import RungeKuttaIntegrator

        integrator = RungeKuttaIntegrator()
    if not isinstance(network, Network):
        check_network(network, "simulate", "Write nf.Network(name, [...]) with all its components")
    auto = isinstance(integrator, str) and integrator == "auto"
    unfit, remedy = ("", "") if auto else no_integrator(integrator)
    if unfit:
        raise ParameterError(f"integrator is {unfit}, or be 'auto'", component="simulate", remedy=remedy)
    check_progress(progress)
    span = span_of(t0, duration)
    problems = [*recording_problems(network, span, save_at), *uncovered(network, span)]
    if problems:
        raise ParameterError(joined(problems), component="simulate", path=network.name)
    warn_of_milliseconds(network, span)
    if network.registry.size == 0:
        raise ParameterError(
            "the network has no states, so there is nothing to solve", component="simulate", path=network.name
        )
    paths = recorded_paths(network, record)
    start = starting_state(network, y0)
    members = math.prod(start.shape[:-1])
    size = chunk_size(batch, members)
    split = batch != "together" and start.ndim > 1 and (size < members or size == 1)
    if split and save_at is None:
        text = f"batch is {batch!r}, so members take steps of their own, and save_at is missing"
        raise ParameterError(text, component="simulate", attribute="save_at", remedy="Give the times to keep")
    if auto:
        integrator = _recommended(network, span, start, size)
    assert not isinstance(integrator, str)
    n_times = 100 if save_at is None else int(save_at) if isinstance(save_at, (int, np.integer)) else len(save_at)
    n_times *= 1 if checkpoint is None else 2  # the segments, and what they are joined into
    require(_needs(network, integrator, members, size, n_times, paths), f"a run of {network.label}", _REMEDY)
    times = None if save_at is None else times_of(span, save_at)
    run = Run(span, start.copy(), batch, versions())
    kept: dict[str, Any] = {"save_at": times, "record": paths}
    with shown(progress, span) as told:
        if not split:
            rehearse(network, span[0], start)
        if checkpoint is not None or every is not None:
            from netframe.integrators.checkpoint import solve_with_checkpoints
            from netframe.integrators.segments import Schedule

            schedule, some = Schedule(run, every, times, paths), size if split else None  # type: ignore[arg-type]
            solution = solve_with_checkpoints(integrator, network, schedule, checkpoint, size=some, progress=told)
        elif split:
            solution = solve_in_chunks(integrator, network, span, start, size, **kept, progress=told)
        else:
            solution = integrator.solve(network, span, start, **kept, progress=told)
        if solution.success and isinstance(told, Line):
            told.done(solution.stats.n_steps)
    made_by = integrator if solution.integrator is None else solution.integrator
    return _delivered(attrs.evolve(solution, run=solution.run or run, integrator=made_by), throw)


def _recommended(network: Network, span: tuple[float, float], start: np.ndarray, size: int) -> Integrator:
    """The integrator for ``size`` members at a time: for the first of them, when a batch is split."""
    from netframe.integrators.recommendation import recommend

    lead = start.shape[:-1]
    if size < math.prod(lead):
        index = np.unravel_index(np.arange(size), lead)
        one = tuple(int(i[0]) for i in index)
        network, start = (network.members(one), start[one]) if size == 1 else (network.members(index), start[index])
    return recommend(network, span[1] - span[0], t0=span[0], y0=start).integrator


def _delivered(solution: Solution, throw: bool) -> Solution:
    """The solution, or the exception that carries it."""
    if solution.status is Status.SUCCESS or not throw:
        return solution
    if solution.status is not Status.INTERRUPTED:
        raise IntegrationError(solution.message, solution)
    if hasattr(sys, "ps1"):
        warn(f"{solution.message}; the solution returned ends there", RuntimeWarning)
        return solution
    raise SimulationInterrupted(solution.message, solution)


def starting_state(network: Network, y0: Any, component: str = "simulate") -> np.ndarray:
    """The state that ``y0``, as ``simulate`` or another function is given it, stands for: ``(*batch, n_state)``."""
    if y0 is None or isinstance(y0, Mapping):
        return np.array(network.initial_state(y0))
    where = {"component": component, "path": network.name, "attribute": "y0"}
    if isinstance(y0, Solution):
        text, remedy = f"y0 is {brief(y0)}, and not a state", "Write y0=sol.final, its last one"
        raise ParameterError(text, **where, remedy=remedy)
    shape = (network.registry.size,)
    try:
        y0 = as_float64(y0)
    except TypeError as error:
        raise ParameterError(f"y0 {error}", **where) from None
    try:
        y = np.asarray(y0, dtype=np.float64)
        lead = np.broadcast_shapes(y.shape[:-1], network.batch_shape)
        if y.shape[-1:] != shape:
            raise ValueError
        y = np.array(np.broadcast_to(y, lead + shape))
    except (TypeError, ValueError):
        either = f"{shape} or {network.batch_shape + shape}" if network.batch_shape else f"{shape}"
        text = f"y0 has shape {np.shape(y0)}; expected {either}, numbers for every state"
        raise ParameterError(text, **where) from None
    if not np.all(np.isfinite(y)):
        bad = np.argwhere(~np.isfinite(y))
        text = f"y0 is not finite in {len(bad)} of {y.size} entries, first {network.registry.locate(int(bad[0][-1]))}"
        raise ParameterError(text, **where)
    return y


def _needs(
    network: Network, integrator: Any, members: int, size: int, n_times: int, paths: tuple[str, ...] | None
) -> Mapping[str, int]:
    """Bytes a run of ``size`` members at a time takes, by what they are for; unforeseen steps are counted as 100."""
    n_state = network.registry.size
    kept = n_state if paths is None else sum(math.prod(network.quantities[p].shape) for p in paths)
    workspace = getattr(integrator, "workspace", None)
    split = size < members
    return {
        "the state and its derivatives": 8 * n_state * (4 * size + 2 * members * split),
        "what the solver works with": workspace(network, n_state * size) if workspace else 0,
        "what is recorded": 8 * kept * (members + size * split) * n_times,
    }


_REMEDY = (
    "Use record=[...] and fewer save_at times, batch=... for fewer members at a time, resolution='lumped' where a "
    "synapse model promises it, or a method without a dense Jacobian"
)
