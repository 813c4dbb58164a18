"""FixedStepIntegrator: classical methods on an even grid."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import attrs
import numpy as np

from netframe.calls import warn
from netframe.errors import suggestion
from netframe.fields import Param, component, leading, parameter
from netframe.integrators.driver import CheckedRhs, Step, Stepper
from netframe.integrators.recorder import Interpolant
from netframe.integrators.stepping import SteppingIntegrator, Task, limit
from netframe.integrators.tableaus import FIXED, Tableau
from netframe.jacobian import own_slopes
from netframe.network import Network
from netframe.solution import Status
from netframe.validators import positive

METHODS = (*FIXED, "exponential_euler")


@component
class FixedStepIntegrator(SteppingIntegrator):
    """A method of fixed step: ``"euler"`` (order 1), ``"heun"`` (2), ``"rk4"`` (4), ``"exponential_euler"`` (1).

    ``dt`` is the longest step; each stretch between breakpoints is divided evenly into steps of at most that. Times
    between steps are interpolated by cubics. Exponential Euler solves each state as a linear equation with all else
    held, ``y + h phi(h a) f`` with ``phi(x) = (exp(x) - 1)/x`` and ``a`` the slope of ``f`` in the state itself, so
    that leaks are stable at any step.

    Orders hold where activations are smooth; a clipped activation brings every method down to about order 2.

    Example:
        >>> import netframe as nf
        >>> net = nf.Network("n", [nf.LeakyRate("E", size=1)])
        >>> nf.simulate(net, 1.0, integrator=nf.FixedStepIntegrator("rk4", dt=1e-3)).stats.n_steps
        1000
    """

    method: str = leading(kw_only=False, default="rk4")
    dt: Param = parameter(1e-3, unit="s", validator=positive, doc="longest step")
    max_steps: Param = parameter(math.inf, unit="1", validator=limit, doc="steps after which a run is stopped")
    max_wall_time: Param = parameter(math.inf, unit="s", validator=limit, doc="wall time after which a run is stopped")

    def problems(self) -> Iterator[str]:
        if self.method not in METHODS:
            yield f"method is {self.method!r}. {suggestion(self.method, METHODS)}"

    def check(self, network: Network, t_span: tuple[float, float]) -> None:
        warn_of_long_steps(self.method, self.dt, network)

    def remedy(self, status: Status) -> str:
        long = f"; where steps of dt = {self.dt:g} s are too long, shorter ones help"
        return long if status is Status.NOT_FINITE else ""

    def stepper(self, task: Task) -> Stepper:
        return _Steps(self)

    def grid(self, t0: float, t1: float) -> Grid:
        """The steps of the stretch between two breakpoints."""
        return Grid(t0, t1, max(1, math.ceil((t1 - t0) / self.dt - 1e-9)))

    def along(self, grid: Grid, rhs: CheckedRhs, first: int, last: int, y: np.ndarray) -> Iterator[Step]:
        """Advance from one time of a grid to another; two halves are the whole, bit for bit."""
        advance = _explicit(FIXED[self.method]) if self.method in FIXED else _exponential_euler
        start, slope = grid.time(first), rhs(grid.time(first), y)
        for k in range(first, last):
            end, before, before_slope = grid.time(k + 1), y, slope
            y = advance(rhs, start, y, slope, grid.h)
            slope = rhs(end, y)
            yield end, y, _hermite(start, end, before, y, before_slope, slope)
            start = end

    def workspace(self, network: Network, count: int) -> int:
        """Bytes the method works with for ``count`` states."""
        return 8 * count * 10


@attrs.frozen
class _Steps(Stepper):
    """The steps of one run."""

    integrator: FixedStepIntegrator

    def steps(self, rhs: CheckedRhs, t0: float, t1: float, y: np.ndarray) -> Iterator[Step]:
        grid = self.integrator.grid(t0, t1)
        return self.integrator.along(grid, rhs, 0, grid.count, y)


@attrs.frozen
class Grid:
    """A stretch of time divided evenly."""

    t0: float
    t1: float
    count: int

    @property
    def h(self) -> float:
        """The length of a step."""
        return (self.t1 - self.t0) / self.count

    def time(self, k: int) -> float:
        """Where step ``k`` begins, or the stretch ends."""
        return self.t1 if k == self.count else self.t0 + k * self.h

    def before(self, t: float) -> int:
        """The number of the step that a time of the stretch lies in, or at the beginning of."""
        k = self.nearest(t)
        return k if self.time(k) <= t else k - 1

    def nearest(self, t: float) -> int:
        """The number of the step that begins nearest to a time."""
        return min(max(round((t - self.t0) / self.h), 0), self.count)


def warn_of_long_steps(method: str, dt: float, network: Network) -> None:
    """Say so when an explicit method is sure to be unstable; called from ``check``."""
    if method in FIXED and dt > (shortest := network.shortest_time_constant()):
        text = f"dt = {dt:g} s is longer than the shortest time constant, {shortest:g} s"
        warn(f"{text}; {method} is unstable there", RuntimeWarning)


def _explicit(tableau: Tableau) -> Callable[..., np.ndarray]:
    """A step of an explicit Runge-Kutta method, its first stage given."""
    inner = list(zip(range(1, len(tableau.b)), tableau.c[1:].tolist(), tableau.rows))

    def advance(rhs: CheckedRhs, t: float, y: np.ndarray, slope: np.ndarray, h: float) -> np.ndarray:
        stages = np.empty((len(tableau.b), y.size))
        stages[0] = slope
        for i, c, row in inner:
            stages[i] = rhs(t + c * h, y + h * row.dot(stages[:i]))
        return y + h * tableau.b.dot(stages)

    return advance


def _exponential_euler(rhs: CheckedRhs, t: float, y: np.ndarray, slope: np.ndarray, h: float) -> np.ndarray:
    x = h * own_slopes(rhs.network, t, y.reshape(rhs.shape)).reshape(-1)
    small = np.abs(x) < 1e-8
    phi = np.where(small, 1.0 + 0.5 * x, np.expm1(x) / np.where(small, 1.0, x))
    return y + h * phi * slope


def _hermite(t0: float, t1: float, y0: np.ndarray, y1: np.ndarray, f0: np.ndarray, f1: np.ndarray) -> Interpolant:
    """The cubic through both ends of a step with both slopes."""

    def at(times: np.ndarray, columns: np.ndarray | None) -> np.ndarray:
        ends = (y0, y1, f0, f1) if columns is None else tuple(x[columns] for x in (y0, y1, f0, f1))
        h = t1 - t0
        x = ((times - t0) / h)[:, None]
        left = (1 + 2 * x) * (1 - x) ** 2 * ends[0] + x * (1 - x) ** 2 * h * ends[2]
        return left + x**2 * (3 - 2 * x) * ends[1] + x**2 * (x - 1) * h * ends[3]

    return at
