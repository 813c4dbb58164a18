"""PhasePlane: the motion of two states on a grid, with nullclines and fixed points, and its picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from netframe.analysis.fixed_point import FixedPoint
from netframe.analysis.paths import split
from netframe.network import Network
from netframe.plotting import COLOURS, axes_or_new, ink, style, with_unit
from netframe.plotting.captions import caption
from netframe.tables import short_repr

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Curves = list[np.ndarray]
"""Lines in a plane, each an array ``(m, 2)`` of points."""

_FILLED = {"stable": "full", "unstable": "none", "saddle": "none", "marginal": "left"}


@attrs.frozen(eq=False, repr=False)
class PhasePlane:
    """The plane of the states ``paths``: grid values ``x`` ``(nx,)`` and ``y`` ``(ny,)``, and the motion on the grid.

    ``dx`` and ``dy``, ``(ny, nx)``, are derivatives per second, NaN where the other states have no steady state.
    ``x_nullcline`` and ``y_nullcline`` are the lines on which they are zero, arrays ``(m, 2)`` each. ``fixed_points``
    are where both are.
    """

    network: Network
    paths: tuple[str, str]
    x: np.ndarray
    y: np.ndarray
    dx: np.ndarray
    dy: np.ndarray
    x_nullcline: Curves
    y_nullcline: Curves
    fixed_points: tuple[FixedPoint, ...]

    __repr__ = short_repr

    def plot(self, ax: Axes | None = None) -> Axes:
        """Arrows along the motion, nullclines, and fixed points, filled where stable, into ``ax`` or a new figure."""
        ax = axes_or_new(ax)
        with style(ax):
            skip = max(1, len(self.x) // 20)
            dx, dy = self.dx[::skip, ::skip] / np.ptp(self.x), self.dy[::skip, ::skip] / np.ptp(self.y)
            with np.errstate(all="ignore"):
                length = np.hypot(dx, dy)
                dx, dy = (np.where(length > 0.0, part / length, 0.0) for part in (dx, dy))
            ax.quiver(self.x[::skip], self.y[::skip], dx, dy, angles="uv", color="0.6", pivot="mid", width=0.002)
            for path, lines, colour in zip(self.paths, (self.x_nullcline, self.y_nullcline), COLOURS):
                for k, line in enumerate(lines):
                    ax.plot(*line.T, color=colour, label="" if k else f"d {path} / dt = 0")
            indices = [self._index(path) for path in self.paths]
            told: set[str] = set()
            for point in self.fixed_points:
                kind = point.kind.partition(" ")[0]
                look: dict[str, Any] = {"fillstyle": _FILLED[kind], "label": "" if kind in told else kind}
                ax.plot(*point.y[indices], "o", color=ink(ax), markersize=7.0, clip_on=False, **look)
                told.add(kind)
            units = [self.network.registry.slot(split(path)[0]).unit for path in self.paths]
            labels = [with_unit(path, unit) for path, unit in zip(self.paths, units)]
            caption(ax, labels[0], labels[1], self.network.name)
            ax.set(xlim=self.x[[0, -1]], ylim=self.y[[0, -1]])
            if self.x_nullcline or self.y_nullcline or told:
                ax.legend()
        return ax

    def _index(self, path: str) -> int:
        from netframe.analysis.paths import entry

        return entry(self.network, path, "PhasePlane")


def zero_lines(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> Curves:
    """The lines of zero of values ``z`` ``(ny, nx)`` on a grid, straight from edge to edge of its cells."""
    from contourpy import contour_generator  # comes with matplotlib

    generator = contour_generator(x, y, np.ma.masked_invalid(z))
    return [np.asarray(line) for line in generator.lines(0.0)]
