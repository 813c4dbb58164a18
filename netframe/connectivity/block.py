"""Block: weights put together from weights of groups of cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import numpy as np

from netframe.arrays import array_namespace
from netframe.component import Declared
from netframe.connectivity.given import as_structure
from netframe.connectivity.layout import Dense, Sparse
from netframe.connectivity.structure import Structure
from netframe.connectivity.sums import Constant
from netframe.errors import ParameterError
from netframe.fields import component, leading


@component
class Block(Structure):
    """Rows of blocks: ``Block([[excitation, None], [0.5, LowRank(u, v)]])``, where ``None`` means no synapses.

    A block is anything that weights may be: an array, a sparse matrix, a structure, or a number, which takes its
    size from its row and column. Each block is applied as what it is. Its own parameters have paths like
    ``"E_to_E.weights.block_1_1.u"``.

    Example:
        >>> w = Block([[np.ones((1, 2)), None], [None, 2.0]], heights=(1, 2), widths=(2, 1))
        >>> w.toarray()
        array([[1., 1., 0.],
               [0., 0., 2.],
               [0., 0., 2.]])
    """

    rows: Sequence[Sequence[Any]] = leading(kw_only=False)
    heights: Any = leading(kw_only=True, default=None)
    widths: Any = leading(kw_only=True, default=None)

    def __attrs_post_init__(self) -> None:
        rows = self.rows if isinstance(self.rows, (list, tuple)) else ()
        lengths = {len(row) if isinstance(row, (list, tuple)) else 0 for row in rows}
        if len(lengths) != 1 or 0 in lengths:
            raise self._refusal("rows must be lists of blocks, as many in each")
        made = [[self._made(b, self._name(i, j)) for j, b in enumerate(row)] for i, row in enumerate(rows)]
        heights = self._sizes("heights", -2, made)
        widths = self._sizes("widths", -1, [list(column) for column in zip(*made)])
        for i, row in enumerate(made):
            for j, block in enumerate(row):
                needed = heights[i], widths[j]
                row[j] = block = block if block is None else block.sized(*needed)
                if block is not None and block.shape[-2:] != needed:
                    text = f"{self._name(i, j)} has shape {block.shape[-2:]}; its row and column make it {needed}"
                    raise self._refusal(text)
        own = self.__dict__
        own["rows"], own["heights"], own["widths"] = tuple(map(tuple, made)), tuple(heights), tuple(widths)
        super().__attrs_post_init__()

    def _sizes(self, name: str, axis: int, lines: list[list[Any]]) -> list[int]:
        """The number of cells of every row or column of blocks: as given, or as the first block says that knows."""
        given = getattr(self, name) or [None] * len(lines)
        if len(given) != len(lines):
            raise self._refusal(f"{name} has {len(given)} entries, and there are {len(lines)}")
        for size in given:
            if size is not None and (not isinstance(size, (int, np.integer)) or size < 1):
                raise self._refusal(f"{name} has {size!r}; numbers of cells are expected")
        sizes = []
        for k, (size, line) in enumerate(zip(given, lines)):
            known = [size, *(_size(block, axis) for block in line)]
            known = [n for n in known if n is not None]
            if not known:
                which = "row" if axis == -2 else "column"
                raise self._refusal(f"no block of {which} {k} says how many cells it has", f"Give {name}=")
            sizes.append(int(known[0]))
        return sizes

    def _made(self, block: Any, name: str) -> Structure | None:
        try:
            return None if block is None else as_structure(block)
        except TypeError as error:
            raise self._refusal(f"{name} {error}") from None

    def _refusal(self, text: str, remedy: str = "") -> ParameterError:
        return ParameterError(text, component=type(self).__name__, attribute="rows", remedy=remedy)

    @staticmethod
    def _name(i: int, j: int) -> str:
        return f"block_{i}_{j}"

    @property
    def explicit(self) -> bool:  # type: ignore[override]
        return all(block.explicit for _, _, block in self._placed())

    @property
    def shape(self) -> tuple[int, ...]:
        lead = np.broadcast_shapes(*(block.shape[:-2] for _, _, block in self._placed()))
        return (*lead, sum(self.heights), sum(self.widths))

    @property
    def stored(self) -> int | None:
        blocks = [block for row in self.rows for block in row]
        if all(block is not None and block.stored is None for block in blocks):
            return None
        counts = [int(np.prod(b.shape[-2:])) if b.stored is None else b.stored for b in blocks if b is not None]
        return sum(counts)

    def parts(self) -> dict[str, Declared]:
        return {self._name(i, j): b for i, row in enumerate(self.rows) for j, b in enumerate(row) if b is not None}

    def replace(self, **changes: Any) -> Self:
        blocks = {name: changes.pop(name) for name in self.parts() if name in changes}
        if blocks:
            rows = changes.get("rows", self.rows)
            changes["rows"] = [[blocks.get(self._name(i, j), b) for j, b in enumerate(r)] for i, r in enumerate(rows)]
        return super().replace(**changes)

    def _rows(self) -> list[list[str]]:
        rows = []
        for name, block in self.parts().items():
            rows.append([name, type(block).__name__, "", ""])
            rows += [[f"{name}.{row[0]}", *row[1:]] for row in block._rows()]
        return rows

    def __repr__(self) -> str:
        return f"Block({[list(row) for row in self.rows]})"

    def _placed(self) -> Iterator[tuple[int, int, Structure]]:
        """Every block with the numbers of its first postsynaptic and presynaptic cell."""
        tops, lefts = np.cumsum([0, *self.heights]), np.cumsum([0, *self.widths])
        for i, row in enumerate(self.rows):
            for j, block in enumerate(row):
                if block is not None:
                    yield int(tops[i]), int(lefts[j]), block

    def apply(self, signal: Any) -> Any:
        return self.operation()(signal)

    def operation(self) -> Callable[[Any], Any]:
        rows = []
        for i, height in enumerate(self.heights):
            top = sum(self.heights[:i])
            terms = [(slice(left, left + b.shape[-1]), b.operation()) for at, left, b in self._placed() if at == top]
            rows.append((height, terms))

        def apply(signal: Any) -> Any:
            driven = []
            for height, terms in rows:
                total: Any = 0.0 if terms else np.zeros(height)
                for cells, operation in terms:
                    total = total + operation(signal[..., cells])
                driven.append(total)
            lead = np.broadcast_shapes(signal.shape[:-1], *(x.shape[:-1] for x in driven))
            xp = array_namespace(*driven)
            return xp.concatenate([xp.broadcast_to(x, (*lead, x.shape[-1])) for x in driven], axis=-1)

        return apply

    def toarray(self) -> Any:
        return self.layout().toarray()

    def layout(self) -> Dense | Sparse:
        lead, shape = self.shape[:-2], (sum(self.heights), sum(self.widths))
        values, post, pre = [], [], []
        for top, left, block in self._placed():
            layout = block.layout()
            weights = layout.weights
            own = weights.shape[: weights.ndim - len(layout.synapses)]
            weights = weights.reshape(*own, -1)
            values.append(array_namespace(weights).broadcast_to(weights, (*lead, weights.shape[-1])))
            rows, columns = layout.indices()
            post.append(rows + top)
            pre.append(columns + left)
        if not values:
            return Sparse.at(np.empty(0), np.empty(0, int), np.empty(0, int), shape)
        at, to = np.concatenate(post), np.concatenate(pre)
        order = np.lexsort((to, at))
        entries = array_namespace(*values).concatenate(values, axis=-1)[..., order]
        if self.stored is None:
            return Dense(entries.reshape(*lead, *shape))
        return Sparse.at(entries, at[order], to[order], shape)


def _size(block: Structure | None, axis: int) -> int | None:
    """The number of cells of a block along one axis; ``None`` when it takes what is left to it."""
    if isinstance(block, Constant):
        return (block.post, block.pre)[axis]
    return None if block is None else block.shape[axis]
