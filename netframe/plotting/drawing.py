"""How matrices and families of lines are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.plotting.style import BLANK, colour_bar, ramp, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_matrix(ax: Axes, matrix: np.ndarray, label: str, **options: Any) -> None:
    """A picture with row 0 on top and a colour bar, centred at 0 for both signs; what is NaN stays blank."""
    largest = np.nanmax(np.abs(matrix)) if np.any(matrix < 0) and np.any(matrix > 0) else 0.0
    colours = {"cmap": "RdBu_r", "vmin": -largest, "vmax": largest} if largest else {"cmap": "viridis"}
    if largest:
        ax.set_facecolor(BLANK)  # the middle of these colours is nearly white, so blank is another shade
    image = ax.imshow(matrix, **({"aspect": "auto", "interpolation": "nearest"} | colours | options))
    colour_bar(image, ax, label)
    whole_numbers(ax.xaxis, ax.yaxis)


def draw_lines(ax: Axes, x: np.ndarray, values: np.ndarray, cells: str, *, bar: bool = True, **options: Any) -> None:
    """A line for each column of ``values``, and a bar that says which colour is which; it covers no line."""
    n = values.shape[1]
    colours = ramp(n, ax)
    for k in range(n):
        ax.plot(x, values[:, k], color=colours[k], label=f"{cells} {k}", **({"linewidth": 1.2} | options))
    ax.margins(x=0.0)
    if n > 1 and bar:
        bar_of_lines(ax, n, cells)


def bar_of_lines(axes: Any, n: int, cells: str, **options: Any) -> None:
    """The bar that says which colour is which of ``n`` lines."""
    from matplotlib import cm, colors

    first = axes if hasattr(axes, "figure") else axes[0]
    scale = cm.ScalarMappable(colors.Normalize(-0.5, n - 0.5), colors.ListedColormap(ramp(n, first)))
    bar = colour_bar(scale, axes, cells, **options)
    bar.ax.invert_yaxis()
    bar.minorticks_off()
    whole_numbers(bar.ax.yaxis)
