"""What all pictures share: one style, the axes they are drawn into, colours, and labels with units."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netframe.errors import ParameterError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar

#: Line colours that colour-blind readers tell apart on white (Okabe & Ito), and a marker for each.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = "os^DvPX"
#: The shade of what has no value, where the colours around it may be nearly white.
BLANK = "0.8"


@functools.cache
def _settings() -> Any:
    from matplotlib import rc_params_from_file

    return dict(rc_params_from_file(Path(__file__).with_name("netframe.mplstyle"), use_default_template=False))


@contextmanager
def style(ax: Axes | None = None) -> Iterator[None]:
    """The settings of ``netframe.mplstyle`` while a picture is drawn; those from before are back afterwards.

    Axes ``ax`` that were there already keep their colours: what is added to them, such as a legend or a colour bar,
    takes its ink and its ground from them, so that it can be read on dark axes too.

    Example:
        >>> import netframe as nf
        >>> from matplotlib import pyplot
        >>> with nf.plotting.style():
        ...     figure, axes = pyplot.subplots(1, 2)
        >>> pyplot.close(figure)
    """
    from matplotlib import rc_context

    with rc_context(_settings()):
        if hasattr(ax, "get_facecolor"):
            with rc_context(_colours_of(ax)):
                yield
        else:
            yield


def _colours_of(ax: Any) -> Any:
    """Settings for what is drawn beside or upon axes with colours of their own."""
    from matplotlib.colors import to_hex

    text, behind = to_hex(ink(ax)), to_hex(ground(ax))
    colours = dict.fromkeys(("text.color", "axes.labelcolor", "xtick.labelcolor", "ytick.labelcolor"), text)
    colours |= dict.fromkeys(("axes.edgecolor", "xtick.color", "ytick.color"), text if is_dark(ax) else "0.25")
    return colours | {"axes.facecolor": behind, "legend.edgecolor": "0.4" if is_dark(ax) else "0.8"}


def ground(ax: Any) -> tuple[float, float, float]:
    """What is behind axes: their own colour, or that of the figure where they are clear, over white."""
    from matplotlib.colors import to_rgba

    colour: Any = (1.0, 1.0, 1.0)
    for r, g, b, alpha in (to_rgba(ax.figure.get_facecolor()), to_rgba(ax.get_facecolor())):
        colour = tuple(alpha * new + (1.0 - alpha) * old for new, old in zip((r, g, b), colour))
    return colour


def is_dark(ax: Any) -> bool:
    """Whether white is easier to read on these axes than black."""
    return sum(share * part for share, part in zip((0.299, 0.587, 0.114), ground(ax))) < 0.5


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


def axes_or_new(ax: Any) -> Axes:
    """The axes to draw into: those given, or those of a new figure in the style of netframe."""
    from matplotlib.axes import Axes

    if ax is None:
        return new_axes(1, 1)[0]
    if not isinstance(ax, Axes):
        raise ParameterError(f"ax is of type {type(ax).__name__}; it must be matplotlib Axes, as of plt.subplots()")
    return ax


def new_axes(rows: int, columns: int, **options: Any) -> Any:
    """The axes of a new figure, row by row."""
    from matplotlib import pyplot

    with style():
        _, axes = pyplot.subplots(rows, columns, layout="constrained", squeeze=False, **options)
        for ax in axes.flat:
            _keep_ticks(ax)
    return axes.ravel()


def colour_bar(mappable: Any, axes: Any, label: str, **options: Any) -> Colorbar:
    """A colour bar beside one axes or several, whose ticks look as they do now whenever they are drawn."""
    first = axes if hasattr(axes, "figure") else axes[0]
    bar = first.figure.colorbar(mappable, ax=axes, label=label, **options)
    _keep_ticks(bar.ax)
    return bar


def _keep_ticks(ax: Any) -> None:
    """Fix how ticks look: those made when the figure is shown would follow the settings of that moment."""
    import matplotlib

    settings: Any = matplotlib.rcParams
    for name in ("x", "y"):
        colour, label, size = (settings[f"{name}tick.{what}"] for what in ("color", "labelcolor", "labelsize"))
        ax.tick_params(axis=name, which="both", color=colour, labelcolor=label, labelsize=size)


def whole_numbers(*along: Any) -> None:
    """Ticks at whole numbers only, for axes that count."""
    from matplotlib.ticker import MaxNLocator

    for axis in along:
        axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def with_unit(label: str, unit: str) -> str:
    """A label with its unit behind it, where there is one."""
    return label if unit in ("", "1") else f"{label} ({unit})"
