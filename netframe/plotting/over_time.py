"""Quantities over time: heat maps and traces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.calls import explained
from netframe.errors import ParameterError
from netframe.plotting.arguments import Course, Member, course
from netframe.plotting.captions import caption
from netframe.plotting.drawing import draw_cells, draw_lines, limits
from netframe.plotting.style import axes_or_new, colour_bar, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@explained
def plot_heatmap(
    values: Any,
    path: str | None = None,
    *,
    t: Any = None,
    unit: str | None = None,
    label: str | None = None,
    member: Member = None,
    ax: Axes | None = None,
) -> Axes:
    """A quantity of all cells over time in s as a picture, a row for each cell; times need not be evenly spaced.

    ``values`` is a solution, of which ``path`` is drawn, or an array ``(n_times, ..., n_cells)`` with its times ``t``,
    ``(n_times,)`` in s, and its ``unit``, "1" for none. ``label`` names the quantity, ``member`` is the index along
    batch axes, or the label of a solution's. Each time has the colour of its values up to halfway to the next. Cells
    that have labels are called by them. Errors: :class:`ParameterError` for arguments that do not go together and a
    missing member; :class:`UnknownNameError` for an unknown path.

    Example:
        >>> import netframe as nf
        >>> from matplotlib.figure import Figure
        >>> sol = nf.simulate(nf.Network("n", [nf.LeakyRate("E", size=2)]), 0.1)
        >>> ax = nf.plotting.plot_heatmap(sol, "E.v", ax=Figure().subplots())
        >>> ax.get_xlabel(), ax.get_ylabel(), ax.collections[0].colorbar.ax.get_ylabel()
        ('time (s)', 'E cell', 'E.v (mV)')
    """
    of = course(values, path, t, unit, label, member)
    if len(of.t) < 2:
        raise ParameterError(f"a picture over time needs two times or more, not {len(of.t)}; plot_rates draws one")
    ax = axes_or_new(ax)
    with style(ax):
        colour_bar(cells_over_time(ax, of), ax, of.label)
        caption(ax, "time (s)", of.cells, of.title + ending(of))
    return ax


@explained
def plot_traces(
    values: Any,
    path: str | None = None,
    *,
    t: Any = None,
    unit: str | None = None,
    label: str | None = None,
    member: Member = None,
    ax: Axes | None = None,
) -> Axes:
    """A quantity against time in s, a line for each cell and a bar that says which colour is which cell.

    Arguments and errors are those of :func:`plot_heatmap`.

    Example:
        >>> import netframe as nf
        >>> from matplotlib.figure import Figure
        >>> current = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
        >>> ax = nf.plotting.plot_traces(current, t=[0.0, 0.1, 0.5], unit="nA", label="current", ax=Figure().subplots())
        >>> len(ax.lines), ax.get_xlabel(), ax.get_ylabel()
        (2, 'time (s)', 'current (nA)')
    """
    of = course(values, path, t, unit, label, member)
    ax = axes_or_new(ax)
    with style(ax):
        draw_lines(ax, of.t, of.values, of.cells, of.names)
        caption(ax, "time (s)", of.label, of.title + ending(of))
    return ax


def cells_over_time(ax: Axes, of: Course, span: tuple[float, float] | None = None) -> Any:
    """The mesh of a heat map: a row for each cell, from the top; each time reaches halfway to the next.

    ``span`` are the values at both ends of the colours.
    """
    edges = np.concatenate([of.t[:1], 0.5 * (of.t[1:] + of.t[:-1]), of.t[-1:]])
    return draw_cells(ax, edges, of.values, of.names, span or limits(of.values))


def ending(of: Course) -> str:
    """What a title adds where there are no values, or none after some time, as when a member of a batch fails."""
    there, t = np.flatnonzero(np.isfinite(of.values).any(axis=1)), of.t
    if not there.size:
        return ": no values"
    return f": ends at {t[there[-1]]:.3g} s" if there[-1] < len(t) - 1 else ""
