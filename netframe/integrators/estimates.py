"""What a run would cost by each method, from a few numbers: steps, right-hand sides, and about how many seconds.

    a                 min(80, 4 (radius * stretch)^0.65) (1e-6 / rtol)^(1/5)     steps of a transient, explicit
    explicit steps    those of the glance, f times as many where accuracy limits them, and for the rest of the run
                      rest / min(2.6 / radius, h), with a members^(1/3) for each breakpoint unless it keeps moving
    h                 what is seen, at most 1 / (10 speed^0.65 radius^0.35) (rtol / 1e-6)^(1/5) where inputs move
    f                 (rtol of the glance / rtol)^(0.22 + 0.04 log10 members)
    implicit steps    segments * (5 a * members^(1/2) + 8) + 5 duration / h

``radius`` is that of the spectrum, ``stretch`` the time between two breakpoints, ``h`` the step that accuracy allows a
network that never settles, ``speed`` that of its inputs. The power in ``f`` is midway between those measured of smooth
activations, 0.2 for any batch, and of some with corners, 0.25 for one member and 0.36 for 100, which meet corners one
after the other. Constants were measured on networks of 10 to 1000 cells, at rest, stiff, driven and in batches, and
prices on one thread; counts are right to a factor of two or three, which a choice can live with.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from netframe.connectivity import Structure, stored_synapses
from netframe.integrators.exact import ExactIntegrator
from netframe.integrators.jax import JaxIntegrator
from netframe.integrators.linear_cells import obstacles
from netframe.integrators.newton import DENSE_UP_TO
from netframe.integrators.runge_kutta import RungeKuttaIntegrator
from netframe.integrators.scipy import ScipyIntegrator
from netframe.integrators.spectrum import Spectrum
from netframe.integrators.sundials import SundialsIntegrator
from netframe.network import Network
from netframe.right_hand_side import constant_sources
from netframe.tracing import numbers_of

#: What Dopri5 does, in units of 1 / radius: its longest stable step, on average.
STABLE = 2.6
#: Seconds that compiling takes, and that a compiled program takes for each stretch between breakpoints.
COMPILING, CALLING = 2.0, 4e-4
#: Steps longer than that, in the same units, are taken for stable ones; fewer steps do not tell rest from motion.
LONG, FEW = 2.0, 30
#: The limit of steps that integrators have unless given another.
MAX_STEPS = 100_000
#: Beyond this ratio of eigenvalues LSODA and BDF make Jacobians often.
STIFF = 100.0


@attrs.frozen(eq=False)
class Task:
    """A run to be made: its size, its tolerances, and what a glance at the network has shown.

    ``spectrum`` has the fastest eigenvalue. ``step``, in s, is how far a step may go for its accuracy where the network
    never settles; infinite where it does. ``speed``, in 1/s, is that of the inputs. ``counted`` are the explicit steps
    that the glance tells of, if it does.
    """

    network: Network
    members: int
    segments: int
    t0: float
    duration: float
    rtol: float
    atol: float
    spectrum: Spectrum
    step: float = math.inf
    speed: float = 0.0
    counted: float | None = None

    def settles(self, t: np.ndarray) -> bool:
        """Whether steps at these times became as long as the stable ones: those of accuracy are below in motion."""
        steps = np.diff(t)
        return bool(np.median(steps[-max(1, len(steps) // 3) :]) * self.spectrum.radius >= LONG)

    def seen(self, t: np.ndarray, finer: float, later: Sequence[tuple[np.ndarray, float]] = ()) -> Task:
        """With what steps at these times, taken at a tolerance that will be ``finer`` times it, tell of a run.

        They stand for all but the stretches that were looked at ``later``, each of which tells of itself: the times of
        its steps, and where it ends.
        """
        end = self.t0 + self.duration
        share = sum(until - times[0] for times, until in later)
        counted, motion = self._extended(t, end - share, finer)
        if not motion:
            begun = sum(times[0] > t[-1] for times, _ in later)
            counted += (len(self.network.breakpoints(t[-1], end)) - begun) * self._transients
        for times, until in later:
            steps, moved = self._extended(times, until, finer)
            counted, motion = counted + steps, motion + moved
        return attrs.evolve(self, step=self.duration / motion if motion else math.inf, counted=float(counted))

    def _extended(self, t: np.ndarray, until: float, finer: float) -> tuple[float, float]:
        """Steps from the first of these times up to another, and as many of them as motion asks for."""
        steps, left = np.diff(t), until - t[-1]
        more = finer ** -(0.22 + 0.04 * math.log10(max(self.members, 1)))
        moving = not self.settles(t) and len(steps) >= FEW
        step = min(float(steps[len(steps) // 3 :].mean() / more) if moving else math.inf, self._followed)
        short = steps * self.spectrum.radius < LONG
        counted = short.sum() * more + (~short).sum() + left * max(self.spectrum.radius / STABLE, 1.0 / step)
        return float(counted), (until - float(t[0])) / step

    @property
    def states(self) -> int:
        """States of all members."""
        return self.network.registry.size * self.members

    @property
    def stability_steps(self) -> float:
        """Steps that stability alone asks of an explicit method."""
        return self.spectrum.radius * self.duration / STABLE

    @property
    def _followed(self) -> float:
        """How far a step may go along inputs that move: so slowly that loose steps do not show it, or not at all."""
        if not (self.speed and self.spectrum.radius):
            return math.inf
        return 0.1 * self.speed**-0.65 * self.spectrum.radius**-0.35 * (self.rtol / 1e-6) ** 0.2

    @property
    def _transient(self) -> float:
        """Explicit steps that a transient takes between two breakpoints."""
        finer = (1e-6 / self.rtol) ** 0.2
        return max(1.0, finer * min(80.0, 4.0 * (self.spectrum.radius * self.duration / self.segments) ** 0.65))

    @property
    def _transients(self) -> float:
        """The same of all members, which take their steps together."""
        return self._transient * self.members ** (1.0 / 3.0)

    @property
    def explicit_steps(self) -> float:
        """Steps of Dopri5 or Tsit5."""
        if self.counted is not None:
            return max(1.0, self.counted)
        return self.segments * self._transients + self.stability_steps

    @property
    def implicit_steps(self) -> float:
        """Steps of BDF, of orders 1 to 5, begun anew at every breakpoint; a norm over all members asks for more."""
        once = 5.0 * self._transient * self.members**0.5 + 8.0
        return self.segments * once + 5.0 * self.duration / self.step


@attrs.frozen(eq=False)
class Prices:
    """About how many seconds one evaluation takes."""

    rhs: float
    compiled_rhs: float
    slopes: float
    jacobian: float
    factors: float


@attrs.frozen(eq=False)
class Estimate:
    """What a run would cost by one integrator: counts, and seconds to set up once and for each run."""

    integrator: Any
    n_steps: int
    n_rhs: int
    setup: float
    seconds: float

    def total(self, repeats: int) -> float:
        """Seconds of one of so many runs, its share of the set-up included."""
        return self.setup / repeats + self.seconds


def prices(task: Task) -> Prices:
    """The prices of a network: so much for each component, each state and each weight."""
    network, members = task.network, task.members
    components = len(network.bound_nodes) + len(network.bound_projections)
    numbers = {path: np.size(value) for path, value in numbers_of(network).items()}
    constant = constant_sources(network, 0.0, task.duration)
    products, synapses = 0.0, 0.0
    for p in network.bound_projections:
        stored = stored_synapses(p.projection.weights)
        synapses += stored if stored is not None else p.projection.post.size * p.projection.pre.size
        if p.pre not in constant:
            count = sum(size for path, size in numbers.items() if path.startswith(f"{p.path}.weights"))
            products += count * (3e-10 + 6e-11 * (members - 1) if stored is None else 1.5e-9 * members)
    size = network.registry.size
    factors = size**3 if task.states <= DENSE_UP_TO else min(float(size) ** 3, synapses**1.5)
    return Prices(
        rhs=4.5e-6 * components + 1e-8 * task.states + products,
        compiled_rhs=1e-6 + 4e-9 * task.states + 0.7 * products,
        slopes=6e-5 * components + 1e-7 * task.states,
        jacobian=members * (1e-3 * components + 5e-8 * synapses),
        factors=1e-4 + members * factors / 3e9,
    )


def estimates(task: Task) -> list[Estimate]:
    """Every installed integrator that can run the network, the one to prefer among equals first."""
    price, entries = prices(task), all(p.projection.weights.explicit for p in _structured(task.network))
    jax, cvode = (bool(importlib.util.find_spec(package)) for package in ("jax", "sksundae"))
    small = task.states <= 5 * DENSE_UP_TO
    found = [_runge_kutta(task, price)]
    if not any(obstacles(task.network, task.t0, task.t0 + task.duration)):
        found.append(_exact(task, price))
    if jax and entries:
        found.append(_compiled(task, price))
    if cvode and entries and small:
        found.append(_cvode_dense(task, price))
    if cvode:
        found.append(_cvode_krylov(task, price))
    if entries and small:
        found.append(_lsoda(task, price))
    if entries:
        found.append(_bdf(task, price))
    return found


def _structured(network: Network) -> list[Any]:
    return [p for p in network.bound_projections if isinstance(p.projection.weights, Structure)]


def _estimate(
    task: Task, make: Any, method: str, n_steps: float, n_rhs: float, seconds: float, **more: Any
) -> Estimate:
    setup = more.pop("setup", 0.0)
    if n_steps > 0.1 * MAX_STEPS:  # else a long run would be stopped for nothing
        more["max_steps"] = 10 * math.ceil(n_steps)
    integrator = make(method, rtol=task.rtol, atol=task.atol, **more)
    return Estimate(integrator, round(n_steps), round(n_rhs), setup, seconds)


def _runge_kutta(task: Task, price: Prices) -> Estimate:
    n_steps = task.explicit_steps
    n_rhs = 7.5 * n_steps + 2 * task.segments
    return _estimate(task, RungeKuttaIntegrator, "Dopri5", n_steps, n_rhs, n_rhs * price.rhs + n_steps * 15e-6)


def _exact(task: Task, price: Prices) -> Estimate:
    n_rhs = 3 * task.segments
    seconds = n_rhs * price.rhs + task.segments * (2e-4 + 1e-6 * task.states)
    return Estimate(ExactIntegrator(), task.segments, n_rhs, 0.0, seconds)


def _compiled(task: Task, price: Prices) -> Estimate:
    n_steps = task.explicit_steps
    n_rhs = 7.5 * n_steps + 2 * task.segments
    seconds = n_rhs * price.compiled_rhs + task.segments * CALLING
    return _estimate(task, JaxIntegrator, "Tsit5", n_steps, n_rhs, seconds, setup=COMPILING)


def _cvode_dense(task: Task, price: Prices) -> Estimate:
    n_steps, n_rhs = task.implicit_steps, 1.5 * task.implicit_steps
    n_jacobian = n_steps / 50 + task.segments
    seconds = n_rhs * (price.rhs + 25e-6) + n_jacobian * (price.jacobian + 3 * task.states**3 / 5e9)
    return _estimate(task, SundialsIntegrator, "BDF", n_steps, n_rhs, seconds, linear_solver="dense")


def _cvode_krylov(task: Task, price: Prices) -> Estimate:
    # Where steps are giant and cells alike in speed the diagonal is a poor preconditioner, and more products are made.
    more = task.stability_steps if task.spectrum.ratio < STIFF else 0.0
    n_steps, n_rhs = task.implicit_steps, 2.7 * task.implicit_steps + more
    seconds = n_rhs * (price.rhs + 25e-6) + (n_steps / 50 + task.segments) * price.slopes
    return _estimate(task, SundialsIntegrator, "BDF", n_steps, n_rhs, seconds, linear_solver="krylov")


def _lsoda(task: Task, price: Prices) -> Estimate:
    n_steps, n_rhs = task.implicit_steps, 2.5 * task.implicit_steps
    n_jacobian = n_steps * (0.25 if task.spectrum.ratio > STIFF else 0.01)
    seconds = n_rhs * (price.rhs + 12e-6) + n_jacobian * (price.jacobian + task.states**3 / 5e9)
    return _estimate(task, ScipyIntegrator, "LSODA", n_steps, n_rhs, seconds)


def _bdf(task: Task, price: Prices) -> Estimate:
    n_steps, n_rhs = task.implicit_steps, 2.7 * task.implicit_steps
    n_jacobian = n_steps * (0.06 if task.spectrum.ratio > STIFF else 0.01) + task.segments
    seconds = n_rhs * price.rhs + n_steps * 300e-6 + n_jacobian * price.jacobian + 0.2 * n_steps * price.factors
    return _estimate(task, ScipyIntegrator, "BDF", n_steps, n_rhs, seconds)
