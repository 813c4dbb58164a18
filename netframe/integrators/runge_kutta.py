"""RungeKuttaIntegrator: embedded Runge-Kutta pairs with a step that suits the most demanding member of a batch."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from netframe.errors import suggestion
from netframe.fields import component, leading
from netframe.integrators.driver import CheckedRhs, Step, Stepper, gave_up, step_limit
from netframe.integrators.recorder import Interpolant
from netframe.integrators.stepping import AdaptiveIntegrator, Task
from netframe.integrators.tableaus import EMBEDDED, Tableau
from netframe.network import Network

#: A step is changed by at least and at most these factors, and aims at this share of the tolerance.
SHRINK, GROW, SAFETY = 0.2, 10.0, 0.9
#: The exponent of the error before the last in the step-size control (Hairer, Norsett & Wanner 1993, IV.2).
MEMORY = 0.04


@component
class RungeKuttaIntegrator(AdaptiveIntegrator):
    """An embedded Runge-Kutta pair, ``"Dopri5"`` (the method of SciPy's RK45), ``"Tsit5"`` or ``"BS3"`` (of its RK23).

    The run restarts at every breakpoint of the inputs, so no pulse is stepped over. A batch is advanced as one system
    with steps of its own choice: the error of a step is taken for each member, the root mean square of
    ``error / (atol + rtol |y|)`` over its states, and the largest decides, so that no member's error can hide among the
    others. Choose it where the network is not stiff; ``nf.recommend`` tells.

    Example:
        >>> import netframe as nf
        >>> net = nf.Network("n", [nf.LeakyRate("E", size=1)])
        >>> sol = nf.simulate(net, 0.1, y0={"E.v": -60.0}, integrator=nf.RungeKuttaIntegrator("Tsit5", rtol=1e-8))
        >>> sol["E.v"][-1].round(6)                          # -70 + 10 exp(-0.1 / 0.05)
        array([-68.646647])
    """

    method: str = leading(kw_only=False, default="Dopri5")

    def problems(self) -> Iterator[str]:
        if self.method not in EMBEDDED:
            yield f"method is {self.method!r}. {suggestion(self.method, EMBEDDED)}"
        yield from super().problems()

    def stepper(self, task: Task) -> Stepper:
        return _Steps(self, min(self.max_step, step_limit(task.network)), math.prod(task.lead))

    def workspace(self, network: Network, count: int) -> int:
        """Bytes the method works with for ``count`` states."""
        return 8 * count * (len(EMBEDDED[self.method].b) + 5)


class _Steps(Stepper):
    """The steps of one run."""

    def __init__(self, options: RungeKuttaIntegrator, longest: float, members: int) -> None:
        self._options, self._longest, self._members = options, longest, members
        self._tableau = EMBEDDED[options.method]
        rows = self._tableau.rows
        self._inner = list(zip(range(1, len(rows)), self._tableau.c[1:].tolist(), rows[:-1]))
        self._last = rows[-1]

    def steps(self, rhs: CheckedRhs, t0: float, t1: float, y: np.ndarray) -> Iterator[Step]:
        options, tableau, dot = self._options, self._tableau, np.dot
        rtol, atol, exponent = options.rtol, options.atol, 1.0 / tableau.order
        assert tableau.error is not None
        count = len(tableau.b)
        stages = np.empty((count, y.size))
        t, slope, size, before, most = t0, rhs(t0, y), np.abs(y), 1.0, GROW
        h = options.first_step or self._first_step(rhs, t0, y, slope, t1 - t0)
        while t < t1:
            h = min(h, self._longest)
            h, last = (t1 - t, True) if t + 1.01 * h >= t1 else (h, False)
            t_new = t1 if last else t + h
            if t_new == t:
                raise gave_up(rhs, options.method, t, y, "a step no longer changes the time")
            tried, h = h, t_new - t  # what is left of the step after rounding, which would add up
            stages[0] = slope
            for i, c, row in self._inner:
                stages[i] = rhs(t + c * h, y + h * dot(row, stages[:i]))
            y_new = y + h * dot(self._last, stages[:-1])
            slope_new = stages[count - 1] = rhs(t_new, y_new)
            size_new = np.abs(y_new)
            scale = np.maximum(size, size_new) * rtol
            scale += atol
            error = self._norm(h * dot(tableau.error, stages) / scale)
            if not error < 1.0:  # NaN is refused as well
                refused = SAFETY * error**-exponent if math.isfinite(error) else 0.0
                h, most = tried * max(SHRINK, refused), 1.0
                continue
            yield t_new, y_new, _interpolant(tableau, stages, t, h, y)
            grown = SAFETY * max(error, 1e-10) ** (0.75 * MEMORY - exponent) * before**MEMORY
            h, before, most = tried * min(most, max(SHRINK, grown)), max(error, 1e-4), GROW
            t, y, slope, size = t_new, y_new, slope_new, size_new

    def _norm(self, x: np.ndarray) -> float:
        """The root mean square of the member where it is largest."""
        if self._members == 1:
            return math.sqrt(x.dot(x) / x.size)
        members = x.reshape(self._members, -1)
        return math.sqrt(np.einsum("ij,ij->i", members, members).max() / members.shape[1])

    def _first_step(self, rhs: CheckedRhs, t: float, y: np.ndarray, slope: np.ndarray, span: float) -> float:
        """A first step from the sizes of the state and of its first two derivatives (Hairer et al. 1993, II.4)."""
        scale = self._options.atol + self._options.rtol * np.abs(y)
        size, speed = self._norm(y / scale), self._norm(slope / scale)
        h = min(1e-6 if min(size, speed) < 1e-5 else 0.01 * size / speed, span)
        bend = self._norm((rhs(t + h, y + h * slope) - slope) / scale) / h
        steepest = max(speed, bend)
        guess = max(1e-6, 1e-3 * h) if steepest <= 1e-15 else (0.01 / steepest) ** (1.0 / self._tableau.order)
        return min(100.0 * h, guess, span)


def _interpolant(tableau: Tableau, stages: np.ndarray, t: float, h: float, y: np.ndarray) -> Interpolant:
    """The pair's own polynomial over one step."""

    def at(times: np.ndarray, columns: np.ndarray | None) -> np.ndarray:
        assert tableau.dense is not None
        powers = ((times - t) / h)[:, None] ** np.arange(1, tableau.dense.shape[1] + 1)
        weights = h * (powers @ tableau.dense.T)
        if columns is None:
            return y + weights @ stages
        return y[columns] + weights @ stages[:, columns]

    return at
