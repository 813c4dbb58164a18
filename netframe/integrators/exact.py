"""ExactIntegrator: networks whose cells are linear between breakpoints, solved by matrix exponentials."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netframe.errors import ParameterError, joined
from netframe.fields import Param, component, parameter
from netframe.integrators.driver import CheckedRhs, Step, Stepper
from netframe.integrators.linear_cells import Layout, cells_of, obstacles
from netframe.integrators.recorder import Interpolant
from netframe.integrators.stepping import SteppingIntegrator, Task, limit
from netframe.network import Network

#: Times kept in a stretch between two breakpoints where nobody says which.
KEPT = 100
#: Numbers that are computed at once.
AT_ONCE = 1_000_000


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
        return _Steps(task.network, task.lead, task.save_at)

    def workspace(self, network: Network, count: int) -> int:
        """Bytes the method works with for ``count`` states."""
        return 8 * (count * 10 + AT_ONCE)


class _Steps(Stepper):
    """The steps of one run: from one time that is kept to the next, or over as many as fit into a piece of memory."""

    def __init__(self, network: Network, lead: tuple[int, ...], save_at: np.ndarray | None) -> None:
        self._network, self._lead, self._save_at = network, lead, save_at

    def steps(self, rhs: CheckedRhs, t0: float, t1: float, y: np.ndarray) -> Iterator[Step]:
        """Advance from ``t0`` to ``t1``."""
        cells, t = cells_of(self._network, self._lead, rhs, t0), t0
        wanted = np.linspace(t0, t1, KEPT + 1) if self._save_at is None else self._save_at
        inside = wanted[(wanted > t0) & (wanted < t1)]
        count = max(1, AT_ONCE // y.size) if self._save_at is not None else 1
        for times in _pieces(np.append(inside, t1), count):
            states = cells.trajectory(t, cells.layout.split(y), times)
            t, y = float(times[-1]), cells.layout.joined(states[-1:])[0]
            yield t, y, _known(cells.layout, times, states)


def _pieces(times: np.ndarray, count: int) -> Iterator[np.ndarray]:
    """Times, so many at once."""
    return (times[k : k + count] for k in range(0, len(times), count))


def _known(layout: Layout, times: np.ndarray, states: np.ndarray) -> Interpolant:
    """The states at the times that were computed; no others are asked for."""
    return lambda wanted, columns: layout.joined(states[np.searchsorted(times, wanted[0]) :][: len(wanted)], columns)
