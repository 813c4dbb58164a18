"""How matrices and families of lines are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.labels import label_text
from netframe.plotting.style import BLANK, colour_bar, ramp, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: A range that is smaller than this share of its values is rounding.
SAME = 1e-9
#: As many rows of a matrix are each seen.
MOST_ROWS = 300
#: As many cells have a line each; more are a heat map.
FEW_CELLS = 8
#: Beyond as many cells lines are thin and have no markers.
MANY = 60


def limits(values: Any) -> tuple[float, float]:
    """The least and the greatest of what is finite; further apart where only rounding tells them apart."""
    finite = np.asarray(values)[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    largest = max(abs(low), abs(high))
    if high - low > SAME * largest:
        return low, high
    return (low - 0.05 * largest, high + 0.05 * largest) if largest else (0.0, 1.0)


def colours(name: str) -> Any:
    """A colour map of matplotlib in which what has no value is grey."""
    from matplotlib import colormaps

    return colormaps[name].with_extremes(bad=BLANK)


def draw_matrix(ax: Axes, matrix: np.ndarray, label: str, *, signed: bool | None = None, **options: Any) -> None:
    """A picture with row 0 on top and a colour bar, centred at 0 for both signs; what is NaN is grey."""
    signed = bool(np.any(matrix < 0) and np.any(matrix > 0)) if signed is None else signed
    low, high = limits(matrix)
    low, high = (-max(-low, high), max(-low, high)) if signed else (low, high)
    scale = {"cmap": colours("RdBu_r" if signed else "viridis"), "vmin": low, "vmax": high}
    # Rows that are narrower than pixels are blended: otherwise one of several would be seen and the others not.
    scale["interpolation"] = "nearest" if max(matrix.shape) <= MOST_ROWS else "antialiased"
    image = ax.imshow(np.ma.masked_invalid(matrix), **({"aspect": "auto"} | scale | options))
    colour_bar(image, ax, label)
    whole_numbers(ax.xaxis, ax.yaxis)


def draw_cells(
    ax: Axes, edges: np.ndarray, values: np.ndarray, names: Any, span: tuple[float, float], *, log: bool = False
) -> Any:
    """A heat map of ``values`` ``(n, n_cells)`` between ``n + 1`` edges: a row for each cell, from the top.

    ``names`` are what the rows are called, if not by their number, and ``span`` the values at both ends of the colours;
    what is NaN is grey.
    """
    from matplotlib.colors import LogNorm, Normalize

    scale = (LogNorm if log else Normalize)(*span, clip=True)
    rows = np.arange(values.shape[1] + 1) - 0.5
    look = {"norm": scale, "cmap": colours("viridis"), "rasterized": True}
    mesh = ax.pcolormesh(edges, rows, np.ma.masked_invalid(values.T), **look)
    name_ticks(ax.yaxis, names)
    ax.set(xlim=edges[[0, -1]], ylim=rows[[-1, 0]])
    return mesh


def name_ticks(axis: Any, names: np.ndarray | None) -> None:
    """Ticks at whole numbers, which are called by the labels of the cells where there are some."""
    whole_numbers(axis)
    if names is not None:
        axis.set_major_formatter(lambda k, _: label_text(names[int(k)]) if k % 1 == 0 and 0 <= k < len(names) else "")


def draw_lines(
    ax: Axes,
    x: np.ndarray,
    values: np.ndarray,
    cells: str,
    names: np.ndarray | None = None,
    *,
    bar: bool = True,
    **options: Any,
) -> None:
    """A line for each column of ``values``, and a bar that says which colour is which; it covers no line."""
    n = values.shape[1]
    look = {"linewidth": 1.2 if n <= MANY else 0.6} | options
    for k, colour in enumerate(ramp(n, ax)):
        ax.plot(x, values[:, k], color=colour, label=f"{cells} {k if names is None else label_text(names[k])}", **look)
    # All of x where values are missing, and more than rounding upwards.
    ax.update_datalim([*zip(x[[0, -1]], limits(values))])
    ax.margins(x=0.0)
    if n > 1 and bar:
        bar_of_lines(ax, n, cells, names)


def bar_of_lines(axes: Any, n: int, cells: str, names: np.ndarray | None = None, **options: Any) -> None:
    """The bar that says which colour is which of ``n`` lines."""
    from matplotlib import cm, colors

    first = axes if hasattr(axes, "figure") else axes[0]
    scale = cm.ScalarMappable(colors.Normalize(-0.5, n - 0.5), colors.ListedColormap(ramp(n, first)))
    bar = colour_bar(scale, axes, cells, **options)
    bar.ax.invert_yaxis()
    bar.minorticks_off()
    name_ticks(bar.ax.yaxis, names)
