"""The picture that suits a quantity of a solution."""

from __future__ import annotations

import itertools
import math
from typing import Any

import attrs
import numpy as np

from netframe.batch_members import member_called
from netframe.calls import explained
from netframe.errors import ParameterError
from netframe.plotting.arguments import Member, course, entries
from netframe.plotting.captions import folded_along
from netframe.plotting.drawing import FEW_CELLS, bar_of_lines, draw_lines, limits
from netframe.plotting.over_time import cells_over_time, ending, plot_heatmap, plot_traces
from netframe.plotting.style import axes_or_new, colour_bar, new_axes, style
from netframe.solution import Solution

#: As many members of a batch are drawn.
MOST_MEMBERS = 12
#: As many members stand in one row; more in several.
IN_ONE_ROW = 3


@explained
def plot_solution(solution: Solution, path: str, *, member: Member = None, ax: Any = None) -> Any:
    """A quantity over time, in the picture that suits it: see :meth:`Solution.plot`.

    Up to 8 cells are lines and more are a heat map. A batch is small pictures of its first 12 members on one scale, and
    the title says of how many; ``member`` chooses one. ``ax`` is the axes to draw into, for a batch an array of them,
    one for each member; what is drawn into is returned. Errors: those of :func:`plot_heatmap`, and
    :class:`ParameterError` for axes that are not as many as the members.

    Example:
        >>> import netframe as nf
        >>> from matplotlib.figure import Figure
        >>> sol = nf.simulate(nf.Network("n", [nf.LeakyRate("E", size=2)]), 0.1)
        >>> ax = nf.plotting.plot_solution(sol, "E.v", ax=Figure().subplots())
        >>> ax.get_ylabel(), len(ax.lines)
        ('E.v (mV)', 2)
    """
    if not isinstance(solution, Solution):
        raise ParameterError(f"solution is of type {type(solution).__name__}; it must be what simulate returns")
    if len(solution.t) < 2:
        text = f"a picture over time needs two times or more, not {len(solution.t)}"
        raise ParameterError(f"{text}; plot_rates draws one")
    values = np.asarray(solution[path])
    solution = attrs.evolve(solution, recorded={path: values})  # what is computed on demand is so once
    batch = values.shape[1 : values.ndim - entries(solution.network, path)[1]]
    n = math.prod(batch)
    if member is not None or not batch or (n == 1 and not isinstance(ax, (np.ndarray, list, tuple))):
        member = member if member is not None or not batch else (0,) * len(batch)
        size = math.prod(values.shape[1 + len(batch) :])
        return (plot_traces if size <= FEW_CELLS else plot_heatmap)(solution, path, member=member, ax=ax)
    shown = list(itertools.islice(np.ndindex(*batch), MOST_MEMBERS))
    return _small_multiples(solution, path, shown, n, ax)


def _small_multiples(solution: Solution, path: str, shown: list[tuple[int, ...]], n: int, ax: Any) -> np.ndarray:
    """A picture for each member shown of ``n``, on one scale, with one bar for all."""
    given = None if ax is None else np.asarray(ax, dtype=object)
    if given is not None and given.size != len(shown):
        remedy = "Choose one with member=, or leave ax out"
        text = f"ax has {given.size} axes for {len(shown)} members of the batch"
        raise ParameterError(text, attribute="ax", remedy=remedy)
    courses = [course(solution, path, member=member) for member in shown]
    first, values = courses[0], np.stack([own.values for own in courses])
    low, high = limits(values)
    columns = len(shown) if len(shown) <= IN_ONE_ROW else math.ceil(math.sqrt(len(shown)))
    rows = math.ceil(len(shown) / columns)
    if given is None:
        width, height = min(1.0 + 2.2 * columns, 10.0), min(1.0 + 1.6 * rows, 8.0)
        all_axes = new_axes(rows, columns, figsize=(width, height), sharex=True, sharey=True)
    else:
        all_axes = np.array([axes_or_new(own) for own in given.flat], dtype=object)
    axes, spare = all_axes[: len(shown)], all_axes[len(shown) :]
    few, mesh = values.shape[-1] <= FEW_CELLS, None
    for k, (own, of, member) in enumerate(zip(axes, courses, shown)):
        with style(own):
            if few:
                draw_lines(own, of.t, of.values, of.cells, of.names, bar=False)
                margin = 0.05 * (high - low)
                own.set(ylim=(low - margin, high + margin))
            else:
                mesh = cells_over_time(own, of, (low, high))
            own.set_title(member_called(solution, member) + ending(of), fontsize="small")
            bottom, left = k + columns >= len(shown), k % columns == 0
            if given is not None or bottom:
                own.set_xlabel("time (s)")
                own.tick_params(labelbottom=True)
            if given is not None or left:
                own.set_ylabel(folded_along(first.label if few else first.cells, own))
    for own in spare:
        own.remove()
    with style(axes[0]):
        if mesh is not None:
            colour_bar(mesh, list(axes), first.label)
        elif values.shape[-1] > 1:
            bar_of_lines(list(axes), values.shape[-1], first.cells, first.names)
        told = f"the first {len(shown)} of {n} members" if n > len(shown) else f"{n} members"
        title = f"{solution.network.name}, {told}"
        if given is None:
            axes[0].figure.suptitle(title)
        elif n > len(shown):
            axes[0].set_title(f"{title}\n{axes[0].get_title()}", fontsize="small")
    return axes if given is None else axes.reshape(given.shape)
