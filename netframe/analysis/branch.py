"""Branch: a curve of steady states along a parameter, and the special points on it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from netframe.analysis.branch_line import branch_line
from netframe.analysis.paths import entries, split
from netframe.analysis.stability import kind_of, unstable
from netframe.errors import ParameterError, UnknownNameError, brief, suggestion
from netframe.network import Network
from netframe.plotting import axes_or_new, colour_of, ink, style, with_unit
from netframe.plotting.captions import caption
from netframe.tables import Described, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKERS = {"fold": "s", "Hopf": "o", "branch point": "D"}


@attrs.frozen(eq=False, repr=False)
class SpecialPoint:
    """A steady state at which stability changes, or branches meet.

    ``kind`` is "fold", where the branch turns back in the parameter; "Hopf", where a complex pair of eigenvalues
    crosses the imaginary axis with ``frequency`` in Hz; or "branch point", where another branch crosses. ``value`` is
    the parameter, ``y`` the state ``(n_state,)``; ``point["E.v"]`` and ``point["E.rate"]`` look up states and what
    follows from them. ``refined`` says whether it was located to rounding as a root of smooth equations, or is where
    lines from both sides meet at a corner of an activation, with the eigenvalues before it, or the nearest point of the
    branch; ``between`` are the parameters of the points before and after it where it was not refined and these enclose
    it. ``network`` is the one at ``value``, ``t`` the time at which its inputs stand still.
    """

    kind: str
    value: float
    y: np.ndarray
    eigenvalues: np.ndarray
    frequency: float | None = None
    refined: bool = True
    between: tuple[float, float] | None = None
    network: Network | None = None
    t: float = 0.0

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """The state itself, so that a special point can be given where a state is asked for."""
        return np.array(self.y, dtype=dtype)

    def __getitem__(self, path: str) -> np.ndarray:
        """A state, an entry of one such as ``"E.v[2]"``, or a quantity such as ``"E.rate"``, at the point."""
        if self.network is None:
            raise ParameterError("its network is not known", component="SpecialPoint", attribute=str(path))
        name, index = split(path)
        return np.asarray(np.asarray(self.network.quantity(self.t, self.y, name))[index])

    def __repr__(self) -> str:
        often = "" if self.frequency is None else f", {self.frequency:.6g} Hz"
        return f"SpecialPoint({self.kind} {'at ' * self.refined}{self.place}{often}; y={shown(self.y)})"

    @property
    def place(self) -> str:
        """The parameter as text, which says where it was not located to rounding."""
        if self.refined:
            return f"{self.value:.8g}"
        if self.between is None:
            return f"near {self.value:.6g}, not refined"
        low, high = self.between
        digits = max(2, 2 + math.ceil(math.log10(max(abs(low), abs(high)) / max(high - low, 1e-300))))
        return f"between {low:.{min(digits, 12)}g} and {high:.{min(digits, 12)}g}, not refined"


@attrs.frozen(eq=False, repr=False)
class Branch(Described):
    """A curve of steady states: ``values`` ``(m,)`` of the parameter and states ``y`` ``(m, n_state)``, in order.

    ``branch["E.v"]`` are a state or what follows from it along the branch, ``(m, size)``. ``eigenvalues``, ``(m, k)``
    in 1/s, are rightmost first; ``stable`` says where all real parts are negative. ``special`` are folds, Hopf points
    and branch points in order, ``message`` says why the branch ends. ``network_at(value)`` is the network at a value of
    the parameter, in ``unit``.
    """

    parameter: str
    unit: str
    values: np.ndarray
    y: np.ndarray
    eigenvalues: np.ndarray
    special: tuple[SpecialPoint, ...]
    message: str
    t: float
    network_at: Callable[[float], Network]

    @property
    def network(self) -> Network:
        """The network at the start of the branch."""
        return self.network_at(float(self.values[0]))

    @property
    def n_unstable(self) -> np.ndarray:
        """The number of eigenvalues with a positive real part at each point, ``(m,)``."""
        return np.array([unstable(values) for values in self.eigenvalues])

    @property
    def stable(self) -> np.ndarray:
        """Whether each point is stable, ``(m,)``."""
        size = self.y.shape[1]
        return np.array([kind_of(values, size).startswith("stable") for values in self.eigenvalues])

    def points(self, kind: str | None = None) -> tuple[SpecialPoint, ...]:
        """The special points of one kind, "fold", "Hopf" or "branch point", or all; other kinds are refused."""
        if kind is None:
            return self.special
        if kind not in _MARKERS:
            text = f"there is no kind {brief(kind)} of special points"
            raise UnknownNameError(text, component="Branch", attribute="kind", remedy=suggestion(kind, _MARKERS))
        return tuple(point for point in self.special if point.kind == kind)

    def __getitem__(self, path: str) -> np.ndarray:
        """A state, an entry of one such as ``"E.v[2]"``, or a quantity such as ``"E.rate"``, at every point."""
        name, index = split(path)
        network = self.network
        if name in network.registry:
            found = self.y[:, entries(network, path)]
            return found[:, 0] if index else found.reshape(len(found), *network.registry.slot(name).shape)
        networks = (self.network_at(float(value)) for value in self.values)
        found = np.stack([np.asarray(net.quantity(self.t, y, name)) for net, y in zip(networks, self.y)])
        key: Any = (slice(None), *index)
        return found[key]

    def __len__(self) -> int:
        return len(self.values)

    def plot(self, ax: Axes | None = None, path: str | None = None) -> Axes:
        """A state or quantity against the parameter, by default the first state, into ``ax`` or a new figure.

        Stable parts are solid, unstable ones dashed; special points have a marker of their kind. Lines are smooth
        through the points and the special points.
        """
        ax, network = axes_or_new(ax), self.network
        path = path or next(slot.path for slot in network.registry)
        curves = self[path].reshape(len(self), -1)
        at = {point: np.ravel(self._at(point, path)) for point in self.special}
        line = branch_line(self, curves, np.reshape([*at.values()], (len(at), curves.shape[1])))
        with style(ax):
            if not self.stable.all():
                for name, dashes in (("stable", "-"), ("unstable", "--")):
                    ax.plot([], [], dashes, color=ink(ax), label=name)
            for k in range(curves.shape[1]):
                for part, stable in line.pieces:
                    ax.plot(line.x[part], line.y[part, k], "-" if stable else "--", color=colour_of(k, ax))
            for kind in dict.fromkeys(point.kind for point in self.special):
                here = self.points(kind)
                x = [point.value for point in here for _ in at[point]]
                ax.plot(
                    x,
                    np.ravel([at[point] for point in here]),
                    _MARKERS[kind],
                    color=ink(ax),
                    fillstyle="none",
                    label=kind,
                )
            if self.special or not self.stable.all():
                ax.legend()
            name, _ = split(path)
            ylabel = with_unit(path, network.quantities[name].unit)
            caption(ax, with_unit(self.parameter, self.unit), ylabel, network.name)
        return ax

    def _at(self, point: SpecialPoint, path: str) -> np.ndarray:
        return attrs.evolve(self, values=np.array([point.value]), y=point.y[None])[path]

    def _summary(self) -> str:
        low, high = self.values.min(), self.values.max()
        return f"Branch: {len(self)} points, {self.parameter} from {low:.6g} to {high:.6g}; {self.message}"

    def _table(self) -> tuple[list[str], list[list[str]]]:
        rows = [[p.kind, p.place, "" if p.frequency is None else f"{p.frequency:.6g} Hz"] for p in self.special]
        return ["special point", self.parameter, "frequency"], rows
