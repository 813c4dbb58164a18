"""Where cells are, and how far apart: positions on a line, a ring or a grid, and distances between two populations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from netframe.calls import explained
from netframe.component import Node
from netframe.errors import ParameterError
from netframe.memory import require
from netframe.weight_rules.arguments import number, real_array, same_cells, sizes


@explained
def even_positions(
    cells: Node | int | tuple[int, ...], length: float | Sequence[float] = 1.0, *, periodic: bool = False
) -> np.ndarray:
    """Positions of cells spread evenly over a line or ring of the ``length``, or over a grid.

        line:  x_k = (k + 1/2) length / n       the middles of n equal pieces
        ring:  x_k = k length / n               with ``periodic``

    Shape ``(n,)``. Numbers of cells along several dimensions, ``(4, 5)``, give a grid of shape ``(20, 2)``, the last
    dimension running fastest; ``length`` is then a number for all dimensions or one for each.

    Example:
        >>> even_positions(4)
        array([0.125, 0.375, 0.625, 0.875])
        >>> even_positions(4, 360.0, periodic=True)
        array([  0.,  90., 180., 270.])
        >>> even_positions((2, 3), (2.0, 3.0)).tolist()
        [[0.5, 0.5], [0.5, 1.5], [0.5, 2.5], [1.5, 0.5], [1.5, 1.5], [1.5, 2.5]]
    """
    counts = tuple(cells) if isinstance(cells, (tuple, list)) else (cells,)
    if not counts:
        raise ParameterError("cells is empty; numbers of cells are expected", component="even_positions")
    lengths = _lengths("even_positions", length, len(counts))
    lines = []
    for count, extent in zip(counts, lengths):
        n, _ = sizes("even_positions", count, 1)
        lines.append((np.arange(n) + (0.0 if periodic else 0.5)) * (extent / n))
    if not isinstance(cells, (tuple, list)):
        return lines[0]
    return np.stack([axis.ravel() for axis in np.meshgrid(*lines, indexing="ij")], axis=-1)


@explained
def distances(
    pre: Node | int,
    post: Node | int,
    *,
    length: float | Sequence[float] | None = None,
    periodic: bool = False,
    pre_positions: Any = None,
    post_positions: Any = None,
) -> np.ndarray:
    """The distance of every pair of cells, ``(n_post, n_pre)``.

    Positions are ``(n,)``, or ``(n, d)`` for Euclidean distances in d dimensions; those of one end are those of both
    where a population projects to itself. Without positions the cells of both ends are spread evenly, as by
    ``even_positions``, over a line of the ``length`` (1 if not given). With ``periodic`` the line is a ring, and in d
    dimensions the space is a torus: distances go the shorter way round, and ``length`` is the period, a number for all
    dimensions or one for each, which given positions need.

    Example:
        >>> distances(4, 2, length=8.0)                       # pre at 1, 3, 5, 7 and post at 2, 6
        array([[1., 1., 3., 5.],
               [5., 3., 1., 1.]])
        >>> distances(4, 4, length=8.0, periodic=True)[0]
        array([0., 2., 4., 2.])
    """
    where = placed("distances", pre, post, length, periodic, pre_positions, post_positions)
    return where.distances("distances")


@attrs.frozen(eq=False)
class Placed:
    """Two ends whose cells are somewhere: positions ``(n, d)``, and the period of each dimension or ``None``."""

    pre: np.ndarray
    post: np.ndarray
    period: np.ndarray | None

    def distances(self, rule: str) -> np.ndarray:
        """The distance of every pair, ``(n_post, n_pre)``."""
        shape = (len(self.post), len(self.pre))
        require(
            8 * shape[0] * shape[1],
            f"{rule} for {shape[1]} x {shape[0]} pairs",
            "Use fewer cells, or cutoff= where a rule has it",
        )
        return self.row(slice(None))

    def row(self, cells: Any) -> np.ndarray:
        """Distances of some postsynaptic cells from all presynaptic ones, ``(..., n_pre)``."""
        squares: Any = 0.0
        for k in range(self.pre.shape[1]):
            gap = np.abs(self.post[cells, k][..., None] - self.pre[:, k])
            if self.period is not None:
                gap %= self.period[k]
                gap = np.minimum(gap, self.period[k] - gap)
            if self.pre.shape[1] == 1:
                return gap
            squares = squares + gap**2
        return np.sqrt(squares)


def placed(
    rule: str,
    pre: Any,
    post: Any,
    length: Any,
    periodic: bool,
    pre_positions: Any,
    post_positions: Any,
    what: str = "positions",
) -> Placed:
    """The two ends of a rule with the positions, or ``what`` they are called, that its arguments give or imply."""
    n_pre, n_post = sizes(rule, pre, post)
    if pre_positions is None and post_positions is None:
        extent = number(rule, "length", 1.0 if length is None else length, above=0.0)
        lines = [even_positions(n, extent, periodic=periodic)[:, None] for n in (n_pre, n_post)]
        return Placed(lines[0], lines[1], np.array([extent]) if periodic else None)
    if pre_positions is None or post_positions is None:
        if not same_cells(pre, post):
            missing = f"pre_{what}" if pre_positions is None else f"post_{what}"
            text = f"{missing} is not given, and pre and post differ"
            raise ParameterError(text, component=rule, attribute=missing, remedy=f"Give the {what} of both ends")
        pre_positions = post_positions = post_positions if pre_positions is None else pre_positions
    found = [
        _positions(rule, name, value, n)
        for name, value, n in ((f"pre_{what}", pre_positions, n_pre), (f"post_{what}", post_positions, n_post))
    ]
    dimensions = [positions.shape[1] for positions in found]
    if dimensions[0] != dimensions[1]:
        text = f"pre_positions have {dimensions[0]} dimensions and post_positions {dimensions[1]}; they must be equal"
        raise ParameterError(text, component=rule, attribute="pre_positions")
    if periodic == (length is None):
        text = "periodic=True needs length, the period of the positions" if periodic else f"length is {length!r}"
        remedy = "" if periodic else "Where positions are given it is their period: add periodic=True, or leave it out"
        raise ParameterError(text, component=rule, attribute="length", remedy=remedy)
    return Placed(found[0], found[1], np.array(_lengths(rule, length, dimensions[0])) if periodic else None)


def _positions(rule: str, name: str, value: Any, n: int) -> np.ndarray:
    positions = real_array(rule, name, value)
    if positions.ndim not in (1, 2) or len(positions) != n or 0 in positions.shape:
        text = f"{name} has shape {positions.shape}; expected ({n},) or ({n}, d), a row for each cell"
        raise ParameterError(text, component=rule, attribute=name)
    return positions.reshape(n, -1)


def _lengths(rule: str, length: Any, dimensions: int) -> list[float]:
    """One length for each dimension."""
    if not np.ndim(length):
        return [number(rule, "length", length, above=0.0)] * dimensions
    lengths = [
        number(rule, f"length[{k}]", one, above=0.0) for k, one in enumerate(np.asarray(length).ravel().tolist())
    ]
    if len(lengths) != dimensions:
        text = f"length has {len(lengths)} entries; expected a number or {dimensions}, one for each dimension"
        raise ParameterError(text, component=rule, attribute="length")
    return lengths
