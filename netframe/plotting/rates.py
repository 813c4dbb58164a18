"""Firing rates of populations at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from netframe.calls import explained
from netframe.errors import ParameterError, brief
from netframe.paths import several_paths
from netframe.plotting.arguments import Member, course, numbers, with_name
from netframe.plotting.captions import caption
from netframe.plotting.drawing import MANY, name_ticks
from netframe.plotting.style import COLOURS, MARKERS, axes_or_new, colour_of, style
from netframe.solution import Solution

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@explained
def plot_rates(
    rates: Any, paths: Any = None, *, time: float | None = None, member: Member = None, ax: Axes | None = None
) -> Axes:
    """Firing rates in Hz of all cells at one moment, a line with markers for each population.

    ``rates`` maps labels to arrays ``(n_cells,)`` of any sizes, or is a solution, of which ``paths`` in Hz are drawn
    (every ``*.rate`` unless given) at the saved time nearest to ``time`` in s (the last unless given). ``member`` is
    the index along batch axes, or a label. Cells whose labels are numbers stand at these where all that are drawn have
    labels of one name; other labels name the cells where all have the same. Errors: :class:`ParameterError` for other
    shapes and units, a time outside the solution and a missing member; :class:`UnknownNameError` for a path the
    solution does not have.

    Example:
        >>> import netframe as nf
        >>> from matplotlib.figure import Figure
        >>> ax = nf.plotting.plot_rates({"E": np.zeros(10), "FFE": np.full(7, 20.0)}, ax=Figure().subplots())
        >>> [line.get_label() for line in ax.lines], ax.get_ylabel()
        (['E', 'FFE'], 'firing rate (Hz)')
    """
    title, labels = "", []
    if isinstance(rates, Solution):
        solution, rates = _moment(rates, time), {}
        every = [path for path in solution.paths if path.endswith(".rate")]
        for path in every if paths is None else several_paths("paths", paths, component="plot_rates"):
            of = course(solution, path, member=member)
            if (unit := solution.network.quantities[path].unit) != "Hz":
                raise ParameterError(f"'{path}' is in {unit}, and only Hz is drawn; plot_traces draws any quantity")
            labels.append(of.labels)
            rates[path.removesuffix(".rate")], title = of.values[0], f"{of.title}, t = {of.t[0]:.4g} s"
    elif not isinstance(rates, Mapping) or not (paths is time is member is None):
        text = f"rates is of type {type(rates).__name__}; it must be a mapping from labels to arrays (n_cells,)"
        raise ParameterError(f"{text}, and then alone, or a Solution, to which paths, time and member refer")
    drawn = {str(label): numbers(f"rates[{label!r}]", values) for label, values in rates.items()}
    wrong = {label: values.shape for label, values in drawn.items() if values.ndim != 1}
    if wrong or not drawn:
        text = f"rates has the shapes {wrong}" if wrong else "there are no rates to draw"
        raise ParameterError(f"{text}; expected one or more arrays of shape (n_cells,), in Hz")
    called, places, names = _along(labels)
    ax = axes_or_new(ax)
    with style(ax):
        for k, (label, values) in enumerate(drawn.items()):
            marker = MARKERS[(k + k // len(COLOURS)) % len(MARKERS)]
            marker = marker if len(values) <= MANY else ""
            x = np.arange(len(values)) if places is None else places[k]
            order = np.argsort(x, kind="stable")
            look: Any = {"color": colour_of(k, ax), "marker": marker, "linewidth": 1.0, "markersize": 5.0}
            ax.plot(x[order], values[order], label=label, **look)
        first = 0.0 if places is None else float(min(x.min() for x in places))
        ax.update_datalim([(first, 0.0)])
        ax.autoscale_view()
        ax.legend()
        if places is None:
            name_ticks(ax.xaxis, names)
        there = any(np.isfinite(values).any() for values in drawn.values())
        caption(ax, called, "firing rate (Hz)", title + ": no values" * (not there))
    return ax


def _along(labels: list[tuple[str, np.ndarray] | None]) -> tuple[str, list[np.ndarray] | None, np.ndarray | None]:
    """What the axis of cells is called, where cells stand if not at their numbers, and the names of these."""
    known = [own for own in labels if own is not None]
    if not known:
        return "cell", None, None
    (name, first), *_ = known
    alike = len(known) == len(labels) and all(own[0] == name for own in known)
    if alike and all(own[1].dtype.kind in "uif" and np.isfinite(own[1]).all() for own in known):
        return name if name not in ("pre", "post") else "cell", [own[1] for own in known], None
    if alike and all(np.array_equal(own[1], first) for own in known):
        return with_name("cell", known[0]), None, first
    return "cell, by number", None, None


def _moment(solution: Solution, time: Any) -> Solution:
    """A solution at the saved time nearest to ``time`` alone, the last unless given."""
    t, k = np.asarray(solution.t), -1
    if time is not None and len(t):
        known = isinstance(time, (int, float, np.number)) and t[0] - 1e-9 <= time <= t[-1] + 1e-9
        if not known:
            text = f"time is {brief(time)}; times from {t[0]:g} to {t[-1]:g} s were saved"
            raise ParameterError(text, attribute="time")
        k = int(np.argmin(np.abs(t - time)))
    only = slice(k, k + 1 or None)
    y = None if solution.y is None else solution.y[only]
    recorded = None if solution.recorded is None else {path: values[only] for path, values in solution.recorded.items()}
    return attrs.evolve(solution, t=solution.t[only], y=y, recorded=recorded)
