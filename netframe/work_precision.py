"""The work-precision diagram of a comparison of integrators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netframe.integrators.comparison import Comparison
from netframe.integrators.recommendation import called
from netframe.plotting import COLOURS, MARKERS, axes_or_new, colour_of, style, with_unit
from netframe.plotting.captions import caption
from netframe.plotting.legends import laid_out

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
    """The legend, below the axes or above all lines."""
    figure = ax.get_figure(root=True)
    labels, columns, height = laid_out(ax, [line.get_label() for line in ax.lines], alone=below)
    if below:
        figure.set_figheight(figure.get_figheight() + height / 72.0)
        figure.legend(ax.lines, labels, loc="outside lower center", ncols=columns)
    else:
        ax.margins(y=0.1)
        low, top = ax.get_ylim()
        share = height / (72.0 * ax.get_position().height * figure.get_figheight())
        ax.set_ylim(low, low * (top / low) ** (1.0 / (1.0 - min(share, 0.7))))
        ax.legend(ax.lines, labels, loc="upper center", ncols=columns)
