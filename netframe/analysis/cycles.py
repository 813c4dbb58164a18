"""limit_cycle: the period and the extent of a steady oscillation, from a run."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np

from netframe.analysis.checks import is_number
from netframe.analysis.paths import entries, entry
from netframe.batch_members import member_index
from netframe.calls import explained
from netframe.errors import ParameterError, brief
from netframe.integrators import RungeKuttaIntegrator, simulate
from netframe.network import Network
from netframe.solution import Solution
from netframe.tables import short_repr

#: Times saved of a run for the first estimate, and then in each of these many periods.
COARSE, FINE, PERIODS = 4001, 1001, 4


@attrs.frozen(eq=False, repr=False)
class LimitCycle:
    """A steady oscillation: its ``period`` in s, and the least and largest value of every state over the last period.

    ``minimum`` and ``maximum`` have shape ``(n_state,)``. ``drift`` is the largest relative change of the period, and
    of the range of any state beside its variable's largest range, from one period to the next: an oscillation that
    still decays or grows has a large one.
    """

    network: Network
    period: float
    minimum: np.ndarray
    maximum: np.ndarray
    drift: float

    __repr__ = short_repr

    @property
    def frequency(self) -> float:
        """Periods per second, in Hz."""
        return 1.0 / self.period

    def range(self, path: str) -> tuple[np.ndarray, np.ndarray]:
        """The least and the largest value of each cell of a state, ``(size,)`` each."""
        here = entries(self.network, path)
        return self.minimum[here], self.maximum[here]

    def amplitude(self, path: str) -> np.ndarray:
        """Half of the distance from the least to the largest value of each cell of a state, ``(size,)``."""
        low, high = self.range(path)
        return 0.5 * (high - low)


@explained
def limit_cycle(
    run: Solution | Network,
    path: str | None = None,
    *,
    after: float | None = None,
    duration: float | None = None,
    y0: Any = None,
    t0: float = 0.0,
    member: Any = None,
) -> LimitCycle:
    """The limit cycle that a run approaches: period, frequency, and the range of every state.

    ``run`` is a solution with all states, whose times after ``after`` in s are looked at, the second half unless given.
    The period is the mean time between upward crossings of the middle of the range of ``path``, an entry of a state
    such as ``"E.v[2]"``, by default the one that moves most beside its size. Between saved times curves are cubic, from
    the derivatives of the network: with ``h`` from one to the next, errors are of order ``h**4``, beside those of the
    run. ``member`` is one member of a batch, by its index or label, as in :meth:`Solution.plot`.

    Of a network two runs are made with tight tolerances, one over ``duration`` in s from ``y0`` at ``t0``, as in
    ``simulate``, and one over a few periods with 1,000 times in each.

    Errors: :class:`ParameterError` where there are fewer than two whole periods.

    Example:
        >>> import netframe as nf
        >>> @nf.component
        ... class Rotor(nf.Population):
        ...     x = nf.state(unit="1", initial=0.5, doc="real part")
        ...     y = nf.state(unit="1", doc="imaginary part")
        ...     def rate(self, t, s):
        ...         return s.x
        ...     def derivatives(self, t, s, inputs):
        ...         grows = 1.0 - s.x**2 - s.y**2
        ...         return {"x": grows * s.x - 2 * np.pi * s.y, "y": grows * s.y + 2 * np.pi * s.x}
        >>> cycle = nf.analysis.limit_cycle(nf.Network("n", [Rotor("R", size=1)]), duration=20.0)
        >>> round(cycle.period, 6), cycle.amplitude("R.x").round(6)
        (1.0, array([1.]))
    """
    if isinstance(run, Network):
        if not (isinstance(duration, (int, float)) and duration > 0):
            text = f"duration is {duration!r}; of a network it must be a positive time in s"
            raise ParameterError(text, component="limit_cycle", attribute="duration")
        tight = RungeKuttaIntegrator(rtol=1e-10, atol=1e-12)
        coarse = simulate(run, duration, t0=t0, y0=y0, save_at=COARSE, integrator=tight)
        network, t, y = _course(coarse, after, member)
        where = _most_moving(network, y) if path is None else entry(network, path, "limit_cycle")
        period = float(np.mean(np.diff(_crossings(network, t, y, where))))
        count, end = PERIODS + 1, coarse.t[-1]
        run = simulate(
            network,
            count * period,
            t0=float(end),
            y0=y[-1],
            save_at=count * FINE,
            integrator=tight,
        )
        after, member = float(end), None
        path = network.registry.locate(where)
    elif not isinstance(run, Solution):
        raise ParameterError(f"run is {brief(run)}; it must be a Solution or a Network", component="limit_cycle")
    network, t, y = _course(run, after, member)
    where = _most_moving(network, y) if path is None else entry(network, path, "limit_cycle")
    return _measured(network, t, y, where)


def _course(solution: Solution, after: float | None, member: Any) -> tuple[Network, np.ndarray, np.ndarray]:
    """The network of one member, and its times and states after a transient."""
    if solution.y is None:
        text, remedy = "the solution recorded some paths only", "Run it without record="
        raise ParameterError(text, component="limit_cycle", remedy=remedy)
    lead = solution.y.shape[1:-1]
    member = member_index(solution, member, "limit_cycle")
    index = () if member is None else member if isinstance(member, tuple) else (member,)
    whole = all(isinstance(k, (int, np.integer)) and -n <= k < n for k, n in zip(index, lead))
    if len(index) != len(lead) or not whole:
        text = f"member is {member!r} in a batch of shape {lead}; choose one with an index for each batch axis"
        raise ParameterError(text, component="limit_cycle", attribute="member")
    from netframe.analysis.steady_states import member as one

    t, y = np.asarray(solution.t), np.asarray(solution.y)[(slice(None), *index)]
    start = 0.5 * (t[0] + t[-1]) if after is None else after
    if not is_number(start):
        text = f"after is {brief(after)}; it must be a time of the run, in s"
        raise ParameterError(text, component="limit_cycle", attribute="after")
    late = t >= start - 1e-12 * abs(start)
    network = one(solution.network, lead, tuple(k % n for k, n in zip(index, lead)))
    return network, t[late], y[late]


def _most_moving(network: Network, y: np.ndarray) -> int:
    """The entry of the state with the largest range beside the size of its variable."""
    moved = np.ptp(y, axis=0) if len(y) else np.zeros(network.registry.size)
    for slot in network.registry:
        moved[slot.slice] /= max(float(np.max(np.abs(y[:, slot.slice]), initial=0.0)), 1e-300)
    return int(np.argmax(moved))


def _crossings(network: Network, t: np.ndarray, y: np.ndarray, k: int) -> np.ndarray:
    """The times at which an entry of the state crosses the middle of its range upwards, at least three of them."""
    x = y[:, k]
    level = 0.5 * (x.min() + x.max()) if len(x) else 0.0
    at = np.flatnonzero((x[:-1] < level) & (x[1:] >= level))
    still = len(x) == 0 or np.ptp(x) <= 1e-9 * np.max(np.abs(x))
    if still or len(at) < 3:
        span = f"from {t[0]:g} to {t[-1]:g} s" if len(t) else "in no time"
        crossed = "stands still" if still else f"crosses the middle of its range upwards {len(at)} times"
        text = f"{network.registry.locate(k)} {crossed} {span}; two whole periods are needed"
        raise ParameterError(text, component="limit_cycle", remedy="Run longer, or name another state")
    slope = _slopes(network, t, y, np.unique([at, at + 1]))
    times = []
    for i in map(int, at):
        curve = _cubic(t[i + 1] - t[i], x[i] - level, x[i + 1] - level, slope[i][k], slope[i + 1][k])
        inside = [r.real for r in np.roots(curve) if abs(r.imag) < 1e-9 and -1e-9 <= r.real <= 1.0 + 1e-9]
        part = inside[0] if inside else (level - x[i]) / (x[i + 1] - x[i])
        times.append(t[i] + part * (t[i + 1] - t[i]))
    return np.array(times)


def _measured(network: Network, t: np.ndarray, y: np.ndarray, k: int) -> LimitCycle:
    """Period and ranges, and how they change from one period to the next."""
    times = _crossings(network, t, y, k)
    periods = np.diff(times)
    low, high = zip(*(_extremes(network, t, y, *pair) for pair in (times[-3:-1], times[-2:])))
    span = high[-1] - low[-1]
    largest = np.ones_like(span)
    for slot in network.registry:
        largest[slot.slice] = max(float(np.max(span[slot.slice], initial=0.0)), 1e-300)
    size = np.maximum(largest, 1e-9 * np.max(np.abs(y), axis=0))
    changed = float(np.max(np.abs(span - (high[0] - low[0])) / np.maximum(size, 1e-300)))
    drift = max(changed, float(abs(periods[-1] - periods[-2]) / periods[-1]))
    return LimitCycle(network, float(periods.mean()), low[-1], high[-1], drift)


def _extremes(
    network: Network, t: np.ndarray, y: np.ndarray, start: float, stop: float
) -> tuple[np.ndarray, np.ndarray]:
    """The least and largest value of every state over one period, on the cubic curves beside the extreme samples."""
    inside = np.flatnonzero((t >= start) & (t <= stop))
    low, high = y[inside].min(axis=0), y[inside].max(axis=0)
    beside = {
        k: {
            int(i + d)
            for i in (inside[np.argmin(y[inside, k])], inside[np.argmax(y[inside, k])])
            for d in (-1, 0)
            if 0 <= i + d < len(t) - 1
        }
        for k in range(y.shape[1])
    }
    needed = sorted({j for places in beside.values() for i in places for j in (i, i + 1)})
    slope = _slopes(network, t, y, np.array(needed, int))
    for k, places in beside.items():
        for i in places:
            curve = _cubic(t[i + 1] - t[i], y[i, k], y[i + 1, k], slope[i][k], slope[i + 1][k])
            for root in np.roots(np.polyder(curve)):
                if abs(root.imag) < 1e-9 and 0.0 <= root.real <= 1.0:
                    value = float(np.polyval(curve, root.real))
                    low[k], high[k] = min(low[k], value), max(high[k], value)
    return low, high


def _slopes(network: Network, t: np.ndarray, y: np.ndarray, at: np.ndarray) -> dict[int, np.ndarray]:
    """The derivatives of all states at some of the times."""
    return {int(i): np.asarray(network.rhs(float(t[i]), y[i])) for i in at}


def _cubic(h: float, a: float, b: float, da: float, db: float) -> np.ndarray:
    """The cubic from ``a`` to ``b`` over a time ``h`` with given slopes, in the part of the time that has passed."""
    da, db = h * da, h * db
    curve = np.array([2.0 * (a - b) + da + db, 3.0 * (b - a) - 2.0 * da - db, da, a])
    return curve if math.isfinite(float(curve.sum())) else np.array([b - a, a])
