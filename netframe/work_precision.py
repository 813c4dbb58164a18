"""The work-precision diagram of a comparison of integrators."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from netframe.integrators.comparison import Comparison
from netframe.integrators.recommendation import called
from netframe.plotting import COLOURS, MARKERS, axes_or_new, colour_of, style, with_unit
from netframe.plotting.captions import WIDTH, caption, folded

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Errors below are drawn here: a logarithmic axis has no zero.
SMALLEST = 1e-18


def plot_work_precision(comparison: Comparison, path: str, *, ax: Axes | None = None) -> Axes:
    """Seconds of a run against the largest error in ``path``, a line with markers for each integrator.

    Both axes are logarithmic, the best is below and to the left, and what failed is left out. A new figure is higher by
    its legend; in axes of yours, which may have neighbours, the legend is above all lines. See ``Comparison.plot``.
    """
    below = ax is None
    ax = axes_or_new(ax)
    lines: dict[str, list[tuple[float, float]]] = {}
    for m in comparison.measurements:
        points = lines.setdefault(called(m.integrator), [])
        if path in m.errors:
            points.append((max(m.errors[path], SMALLEST), m.seconds))
    with style(ax):
        for k, (label, points) in enumerate(lines.items()):
            if points:
                errors, seconds = zip(*points)
                again = k // len(COLOURS)
                colour, marker = colour_of(k, ax), MARKERS[(k + again) % len(MARKERS)]
                (line,) = ax.plot(
                    errors, seconds, label=label, color=colour, marker=marker, linewidth=1.2, markersize=5.0
                )
                line.set_linestyle(("-", "--", ":")[min(again, 2)])
        ax.set(xscale="log", yscale="log")
        label = with_unit(f"largest error in {path}", comparison.units[path])
        caption(ax, label, "time of a run (s)", f"{comparison.network.name}, {comparison.duration:g} s")
        ax.grid(color="0.5", alpha=0.2, linewidth=0.6)
        if ax.lines:
            _add_legend(ax, below)
    return ax


def _add_legend(ax: Any, below: bool) -> None:
    """The legend in as many columns as there is room for, below the axes or above all lines."""
    from matplotlib import rcParams
    from matplotlib.font_manager import FontProperties

    figure = ax.get_figure(root=True)
    size = FontProperties(size=rcParams["legend.fontsize"]).get_size_in_points()
    share = (1.0, 1.0) if below else ax.get_position().size
    width, height = 72.0 * figure.get_size_inches() * share
    most = int((width - 5.0 * size) / (WIDTH * size))  # characters, beside the piece of line
    labels = [folded(line.get_label(), max(10, most)) for line in ax.lines]
    longest = max(len(part) for label in labels for part in label.split("\n"))
    columns = min(len(labels), max(1, int(width / (WIDTH * size * longest + 5.0 * size))))
    rows = math.ceil(sum(1 + label.count("\n") for label in labels) / columns)
    high = (1.7 * rows + 2.0) * size
    if below:
        figure.set_figheight(figure.get_figheight() + high / 72.0)
        figure.legend(ax.lines, labels, loc="outside lower center", ncols=columns)
    else:
        low, top = ax.get_ylim()
        ax.set_ylim(low, low * (top / low) ** (1.0 / (1.0 - min(high / height, 0.7))))
        ax.legend(ax.lines, labels, loc="upper center", ncols=columns)
