"""What all pictures share: one style, the axes they are drawn into, and colours."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netframe.errors import ParameterError
from netframe.plotting.captions import folded_along

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar

#: Line colours that colour-blind readers tell apart on white (Okabe & Ito), and a marker for each.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = "os^DvPX"
#: What is negative and what is positive, the hues of both in pictures of weights.
SIGNED = (COLOURS[0], COLOURS[1])
#: The shade of what has no value, where the colours around it may be nearly white.
BLANK = "0.8"
#: The points between squares and their colour bar.
GAP = 9.0


@functools.cache
def _settings() -> Any:
    from matplotlib import rc_params_from_file

    return dict(rc_params_from_file(Path(__file__).with_name("netframe.mplstyle"), use_default_template=False))


@contextmanager
def style(ax: Any = None) -> Iterator[None]:
    """The settings of ``netframe.mplstyle`` while a picture is drawn; those from before are back afterwards.

    What is dark stays dark: axes ``ax`` that were there already keep their colours, and so do new figures where yours
    are dark, as by ``pyplot.style.use("dark_background")``. What is added, such as a legend or a colour bar, can be
    read on them.

    Example:
        >>> import netframe as nf
        >>> from matplotlib import pyplot
        >>> with nf.plotting.style():
        ...     figure, axes = pyplot.subplots(1, 2)
        >>> pyplot.close(figure)
    """
    import matplotlib

    own: Any = matplotlib.rcParams
    if hasattr(ax, "get_facecolor"):
        colours = _colours(ax.figure.get_facecolor(), ax.get_facecolor())
    elif _dark(_over_white(own["figure.facecolor"])):
        colours = _colours(own["figure.facecolor"], own["axes.facecolor"])
    else:
        colours = {}
    with matplotlib.rc_context(_settings() | colours):
        yield


def _colours(figure: Any, axes: Any) -> Any:
    """Settings for what is drawn beside and upon axes of these colours."""
    outside, inside = _over_white(figure), _over_white(figure, axes)
    text, line = ("white", "0.85") if _dark(outside) else ("black", "0.25")
    found = dict.fromkeys(("text.color", "axes.labelcolor", "xtick.labelcolor", "ytick.labelcolor"), text)
    found |= dict.fromkeys(("axes.edgecolor", "xtick.color", "ytick.color"), line)
    found |= {"legend.edgecolor": "0.4" if _dark(inside) else "0.8"}
    found |= {"legend.labelcolor": "white" if _dark(inside) else "black"}
    return found | {"figure.facecolor": outside, "axes.facecolor": inside}


def _over_white(*colours: Any) -> Any:
    """What is seen of colours that lie one upon another, the first of them on white."""
    from matplotlib.colors import to_rgba

    seen: Any = (1.0, 1.0, 1.0)
    for *parts, alpha in map(to_rgba, colours):
        seen = tuple(alpha * new + (1.0 - alpha) * old for new, old in zip(parts, seen))
    return seen


def _dark(colour: Any) -> bool:
    return sum(share * part for share, part in zip((0.299, 0.587, 0.114), colour)) < 0.5


def ground(ax: Any) -> Any:
    """The colour behind what is drawn into axes: their own, over that of the figure."""
    return _over_white(ax.figure.get_facecolor(), *[ax.get_facecolor()] * ax.axison)


def is_dark(ax: Any) -> bool:
    """Whether white is easier to read on these axes than black."""
    return _dark(ground(ax))


def ink(ax: Any) -> str:
    """Black, or white on dark axes."""
    return "white" if is_dark(ax) else "black"


def colour_of(k: int, ax: Any = None) -> str:
    """The colour of the k-th line; they come round, and black is white on dark axes."""
    colour = COLOURS[k % len(COLOURS)]
    return ink(ax) if ax is not None and colour == "#000000" else colour


def ramp(n: int, ax: Any) -> Any:
    """``n`` colours for cells in their order: those for lines while there are enough, else shades of viridis."""
    import numpy as np
    from matplotlib import colormaps

    if n <= len(COLOURS):
        return [colour_of(k, ax) for k in range(n)]
    # The yellow end cannot be read on white, nor the violet one on black.
    return colormaps["viridis"](np.linspace(0.2, 1.0, n) if is_dark(ax) else np.linspace(0.0, 0.9, n))


def axes_or_new(ax: Any, cells: tuple[int, int] | None = None) -> Axes:
    """The axes to draw into: those given, or those of a new figure in the style of netframe.

    The figure suits a picture of ``cells``, as many rows and columns of squares with a colour bar, where there is one.
    """
    from matplotlib.axes import Axes

    if ax is None:
        return new_axes(1, 1, **({} if cells is None else {"figsize": _around(*cells)}))[0]
    if not isinstance(ax, Axes):
        raise ParameterError(f"ax is of type {type(ax).__name__}; it must be matplotlib Axes, as of plt.subplots()")
    return ax


def _around(rows: int, columns: int) -> tuple[float, float]:
    """The size of a figure in inches around squares with words and a colour bar, in which nothing is left empty."""
    side = min(3.5 / rows, 6.5 / columns)
    return max(side * columns, 1.5) + 1.55, max(side * rows, 1.5) + 0.75


def new_axes(rows: int, columns: int, **options: Any) -> Any:
    """The axes of a new figure, row by row."""
    from matplotlib import pyplot

    with style():
        _, axes = pyplot.subplots(rows, columns, layout="constrained", squeeze=False, **options)
    return axes.ravel()


def colour_bar(mappable: Any, axes: Any, label: str, **options: Any) -> Colorbar:
    """A colour bar beside one axes or several; without ticks where nothing has a colour."""
    first = axes if hasattr(axes, "figure") else axes[0]
    squares = axes is first and first.get_aspect() != "auto"  # these do not fill the room they have
    options = ({"panchor": False} if squares else {}) | options
    bar = first.figure.colorbar(mappable, ax=axes, label=folded_along(label, axes), **options)
    if squares:
        bar.ax.set_axes_locator(functools.partial(_beside, first))
        if first.get_figure(root=True).get_layout_engine() is not None:
            first.set_anchor("W")  # in the middle of their room they would move at every draw, out of the figure
    if mappable.get_array() is not None and not mappable.get_array().count():
        bar.set_ticks([])
    return bar


def _beside(axes: Any, bar: Any, renderer: Any) -> Any:
    """Where a bar stands beside what is drawn of axes and is as high."""
    from matplotlib.transforms import Bbox

    own = axes.get_axes_locator()
    axes.apply_aspect(own(axes, renderer) if own else None)
    drawn, gap = axes.get_position(), GAP / axes.get_figure(root=True).bbox.width * renderer.points_to_pixels(1.0)
    return Bbox.from_bounds(drawn.x1 + gap, drawn.y0, bar.get_position(original=True).width, drawn.height)


def whole_numbers(*along: Any) -> None:
    """Ticks at whole numbers only, for axes that count."""
    from matplotlib.ticker import MaxNLocator

    for axis in along:
        axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
