"""ExactIntegrator: networks whose cells are linear between breakpoints, solved by matrix exponentials."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator

import numpy as np

from netframe.errors import ParameterError, joined
from netframe.fields import Param, component, parameter
from netframe.integrators.driver import CheckedRhs, Step, Stepper
from netframe.integrators.linear_cells import AT_ONCE, Layout, cells_of, obstacles
from netframe.integrators.propagators import Course
from netframe.integrators.recorder import Interpolant
from netframe.integrators.stepping import SteppingIntegrator, Task, limit
from netframe.network import Network
from netframe.registry import Slot

#: Times kept in a stretch between two breakpoints where nobody says which.
KEPT = 100


@component
class ExactIntegrator(SteppingIntegrator):
    """The exact solution where every cell is linear between breakpoints, as in a feed-forward network.

    States that depend on each other, ``m`` for a cell, obey ``y' = A y + b`` with constant ``A`` and ``b``, so that

        y(t + h) = exp(A h) y(t) + h phi(A h) b,    phi(x) = (exp(x) - 1) / x

    to rounding for any ``h``: no tolerance, no step. This asks that components promise ``linear = True`` and that
    projections start at inputs that are constant between their breakpoints; anything else is refused by name. Without
    ``save_at`` a hundred times are kept between two breakpoints.

    Source: Rotter & Diesmann (1999), Biol. Cybern. 81:381.

    Example:
        >>> import numpy as np, netframe as nf
        >>> ffe, e = nf.ConstantInput("FFE", rates=np.full(3, 10.0)), nf.LeakyRate("E", size=2)
        >>> net = nf.Network("n", [ffe, e, nf.ReversalSynapse(ffe, e, weights=np.ones((2, 3)), g=2e-5)])
        >>> sol = nf.simulate(net, 1.0, save_at=[0.1, 1.0], integrator=nf.ExactIntegrator())
        >>> sol["E.v"][:, 0].round(6), sol.stats.n_rhs
        (array([-66.626639, -66.037736]), 3)
    """

    max_wall_time: Param = parameter(np.inf, unit="s", validator=limit, doc="wall time after which a run is stopped")

    #: The driver asks; a stretch is one step, or a hundred.
    max_steps = np.inf

    def check(self, network: Network, t_span: tuple[float, float]) -> None:
        """``ParameterError`` for a network that is not linear."""
        found = dict.fromkeys(obstacles(network, *t_span))
        if found:
            remedy = "Take RungeKuttaIntegrator(), or integrator='auto'"
            text = f"the network is not linear between breakpoints: {joined([*found])}"
            raise ParameterError(text, component=type(self).__name__, path=network.name, remedy=remedy)

    def stepper(self, task: Task) -> Stepper:
        return _Steps(task)

    def workspace(self, network: Network, count: int) -> int:
        """Bytes the method works with for ``count`` states."""
        return 8 * (count * 10 + AT_ONCE)


class _Steps(Stepper):
    """The steps of one run: from one time that is kept to the next, or over as many as fit into a piece of memory."""

    def __init__(self, task: Task) -> None:
        self._network, self._lead, self._save_at = task.network, task.lead, task.save_at
        self._layout = Layout.of(task.network, task.lead)
        self._rows, self._entries = self._layout.kept(_states_in(task))

    def steps(self, rhs: CheckedRhs, t0: float, t1: float, y: np.ndarray) -> Iterator[Step]:
        """Advance from ``t0`` to ``t1``."""
        cells, save_at = cells_of(self._network, self._lead, rhs, t0), self._save_at
        if save_at is None:
            points, count = np.linspace(t0, t1, KEPT + 1), 1
        else:
            inside = save_at[save_at.searchsorted(t0, "right") : save_at.searchsorted(t1)]
            points, count = np.concatenate([[t0], inside, [t1]]), max(1, AT_ONCE // y.size)
        for times in self._pieces(points, count):
            courses, y = cells.courses(y, times, self._rows)
            yield float(times[-1]), y, self._known(times, courses)

    def _pieces(self, points: np.ndarray, count: int) -> Iterator[np.ndarray]:
        """Times, so many steps at once; one ends at the last time to save, where the whole state is wanted."""
        edges = [*range(0, len(points) - 1, count), len(points) - 1]
        if self._save_at is not None and points[-2] == self._save_at[-1] and edges[-2] < len(points) - 2:
            edges.insert(-1, len(points) - 2)
        return (points[first : end + 1] for first, end in itertools.pairwise(edges))

    def _known(self, times: np.ndarray, courses: list[Course]) -> Interpolant:
        """The states that are kept at the times after the first, some at once; no others are asked for."""
        starts = list(itertools.accumulate((course.count for course in courses), initial=1))

        def at(wanted: np.ndarray, _: np.ndarray | None) -> np.ndarray:
            first = int(times.searchsorted(wanted[0]))
            k = bisect.bisect_right(starts, first) - 1
            states = courses[k].states(first - starts[k], len(wanted))
            return states.reshape(len(states), -1)[:, self._entries]

        return at


def _states_in(task: Task) -> tuple[Slot, ...] | None:
    """The states to keep, or ``None`` for all, from which the rest is computed."""
    registry, record = task.network.registry, task.record
    return None if record is None or any(path not in registry for path in record) else tuple(map(registry.slot, record))
