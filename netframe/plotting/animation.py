"""Activity as a film."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.calls import explained
from netframe.errors import ParameterError, brief
from netframe.labels import label_text
from netframe.plotting.arguments import Member, course
from netframe.plotting.captions import WIDTH, caption
from netframe.plotting.drawing import MANY, colours, limits, name_ticks
from netframe.plotting.style import COLOURS, axes_or_new, colour_bar, ground, ink, style, whole_numbers

if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation
    from matplotlib.axes import Axes

#: The smallest and the largest font in points of labels in squares.
SMALL, LARGE = 5.0, 8.0


@explained
def animate_activity(
    values: Any,
    path: str | None = None,
    *,
    t: Any = None,
    unit: str | None = None,
    label: str | None = None,
    member: Member = None,
    shape: tuple[int, int] | None = None,
    frames: int = 100,
    interval: float = 50.0,
    ax: Axes | None = None,
) -> FuncAnimation:
    """A film of a quantity of all cells: on a line, or on a grid with ``shape=(n_rows, n_columns)``, row by row.

    ``frames`` is the largest number of frames; they are evenly spaced in simulated time, each shows the saved time
    nearest to it, and the title tells that. Cells that have labels are called by them, on a grid in their squares where
    there is room. ``interval`` is the time between frames in ms. Other arguments are those of
    :func:`plot_heatmap`. The result is a matplotlib ``FuncAnimation``, drawn into ``ax`` or a new figure: keep it, or
    ``.save("film.gif")`` it, or show ``HTML(film.to_jshtml())`` in a notebook. Errors: as :func:`plot_heatmap`, and
    :class:`ParameterError` for a grid that does not hold the cells.

    Example:
        >>> import netframe as nf
        >>> from matplotlib.figure import Figure
        >>> wave = np.sin(np.linspace(0.0, 6.0, 5)[:, None] - np.arange(8) / 4.0)
        >>> ax = Figure().subplots()
        >>> film = nf.plotting.animate_activity(wave, t=np.linspace(0.0, 1.0, 5), unit="Hz", label="rate", ax=ax)
        >>> len(film.to_jshtml()) > 1000, ax.get_ylabel(), ax.get_title()
        (True, 'rate (Hz)', 't = 1.00 s')
    """
    of = course(values, path, t, unit, label, member)
    t, values, label, cells, title = of.t, of.values, of.label, of.cells, of.title
    if len(t) < 2:
        raise ParameterError(f"a film needs two times or more, not {len(t)}; plot_rates draws one")
    n = values.shape[1]
    if shape is not None and not _holds(shape, n):
        raise ParameterError(f"shape is {brief(shape)}; it must be (n_rows, n_columns) of {n} cells", attribute="shape")
    if not (isinstance(interval, (int, float, np.number)) and 0.0 < interval < math.inf):
        text = f"interval is {brief(interval)}; it must be a positive time between frames in ms"
        raise ParameterError(text, attribute="interval")
    if not (isinstance(frames, (int, np.integer)) and frames >= 2):
        raise ParameterError(f"frames is {brief(frames)}; it must be a whole number of two or more", attribute="frames")
    low, high = limits(values)
    moments = _moments(t, frames)
    # One decimal more than tells neighbouring frames apart.
    decimals = max(0, math.ceil(1.0 - math.log10(float(t[-1] - t[0]) / (len(moments) - 1) or 1.0)))
    from matplotlib.animation import FuncAnimation

    ax = axes_or_new(ax, shape)
    with style(ax):
        artist: Any
        if shape is None:
            (artist,) = ax.plot(values[0], color=COLOURS[0], marker="o" if n <= MANY else "", markersize=4.0)
            margin = 0.05 * (high - low)
            ax.set(ylim=(low - margin, high + margin), xlim=(-0.5, n - 0.5))
            caption(ax, cells, label, title)
            name_ticks(ax.xaxis, of.names)
        else:
            look = {"vmin": low, "vmax": high, "interpolation": "nearest", "cmap": colours("viridis")}
            artist = ax.imshow(values[0].reshape(shape), **look)
            colour_bar(artist, ax, label)
            named = of.names is not None and _name_squares(ax, [label_text(name) for name in of.names], shape)
            cells = f"{cells} in the squares" if named else cells.partition(", ")[0]
            caption(ax, f"{cells}, column of the grid", "row of the grid", title)
            whole_numbers(ax.xaxis, ax.yaxis)

    head = ax.get_title()

    def draw(k: int) -> tuple[Any]:
        if shape is None:
            artist.set_ydata(values[k])
        else:
            artist.set_data(values[k].reshape(shape))
        # set_title would take the size of the settings outside.
        ax.title.set_text(f"{head}, t = {t[k]:.{decimals}f} s".removeprefix(", "))
        return (artist,)

    draw(0)
    figure: Any = ax.figure
    return FuncAnimation(figure, draw, frames=moments, interval=interval, init_func=lambda: draw(0), blit=False)


def _name_squares(ax: Any, names: list[str], shape: tuple[int, int]) -> bool:
    """Write the labels of the cells into their squares; whether there is room for words that can be read."""
    points = 72.0 * ax.get_position().size * ax.get_figure(root=True).get_size_inches()
    size = min(LARGE, 0.85 * float(min(points / shape[::-1])) / (WIDTH * max(map(len, names))))
    if size < SMALL:
        return False
    look: Any = {"ha": "center", "va": "center", "fontsize": size, "color": ink(ax)}
    ground_of_words = {"facecolor": ground(ax), "edgecolor": "none", "alpha": 0.75, "pad": 0.5}
    for k, name in enumerate(names):
        ax.text(k % shape[1], k // shape[1], name, bbox=ground_of_words, **look)
    return True


def _holds(shape: Any, n: int) -> bool:
    """Whether a shape is that of a grid of ``n`` cells."""
    given = tuple(shape) if isinstance(shape, (tuple, list, np.ndarray)) else ()
    return len(given) == 2 and all(isinstance(k, (int, np.integer)) and k > 0 for k in given) and math.prod(given) == n


def _moments(t: np.ndarray, frames: int) -> list[int]:
    """Indices of the saved times nearest to moments evenly spaced from the first to the last."""
    wanted = np.linspace(t[0], t[-1], min(frames, max(len(t), 2)))
    after = np.clip(np.searchsorted(t, wanted), 1, len(t) - 1)
    return [int(k) for k in after - (wanted - t[after - 1] < t[after] - wanted)]
