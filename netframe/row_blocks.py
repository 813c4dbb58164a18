"""Row blocks: a projection of many synapses evaluated for a few postsynaptic cells at a time.

Hooks are elementwise, so the synapses of some rows can be evaluated without the others. A block is small enough to stay
in the cache between one operation of a hook and the next, its derivatives go straight to their place in the result,
and no array of the size of all synapses is made on the way.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from netframe.binding import BoundProjection
from netframe.fields import parameters
from netframe.projections.projection import Projection
from netframe.registry import Places, StateRegistry, views
from netframe.values import LinedUp, LineUps, Values

#: Synapses of a block: few enough for the cache, and enough that calling the hooks takes less than their arithmetic.
BLOCK = 65_536
#: Fewer synapses are evaluated at once.
LARGE = 2 * BLOCK


class Misfit(Exception):
    """What hooks returned does not fit, as shown by the exception that is its argument."""


@attrs.frozen(eq=False)
class Block:
    """The projection to the postsynaptic cells ``rows``, where its states are read and their derivatives written."""

    bound: BoundProjection
    rows: slice
    from_post: LineUps
    drive: Any
    reads: Places
    writes: Places


class RowBlocks:
    """A projection with one current per synapse, in blocks; ``constant`` is its drive where that does not change."""

    def __init__(self, p: BoundProjection, constant: Any, registry: StateRegistry) -> None:
        self._p, self._constant = p, constant is not None
        self._places = registry.places(p.path)
        self._n_post = p.connectivity.shape[0]
        cuts = _cuts(p.connectivity.row_starts)
        self._blocks = [self._block(int(a), int(b), constant) for a, b in itertools.pairwise(cuts)]

    def _block(self, a: int, b: int, constant: Any) -> Block:
        p, rows = self._p, slice(a, b)
        drive = constant if constant is None else p.connectivity.on_rows(constant, a, b)
        bound = BoundProjection(p.path, _cut(p, rows), p.pre, p.post, synapses=p.connectivity.rows(a, b))
        if a:  # the first block answers for the states of presynaptic cells, which are no block's own
            bound.derivative_hooks = [(hook, axis) for hook, axis in bound.derivative_hooks if axis != "pre"]
        reads, writes = [], []
        for name, place, shape in self._places:
            axis = p.axis_of(name)
            if axis != "pre":
                first, last = (a, b) if axis == "post" else p.connectivity.row_starts[[a, b]].tolist()
                own = bound.axes[axis].shape
                place, shape = slice(place.start + first, place.start + last), None if len(own) == 1 else own
            reads.append((name, place, shape))
            if axis != "pre" or not a:
                writes.append((name, place, shape))
        return Block(bound, rows, {None: lambda x: _along(x, -1, rows)}, drive, reads, writes)

    def write(self, t: Any, y: Any, lead: tuple[int, ...], nodes: Mapping[str, Values], out: np.ndarray) -> np.ndarray:
        """Write the derivatives of its states to their places in ``out``; return the current to its port."""
        p, ahead = self._p, out.shape[:-1]
        pre, post = nodes[p.pre], nodes[p.post]
        signal = None if self._constant else p.signal(t, Values.of(views(self._places, y, lead)), pre)
        current = np.empty((*ahead, self._n_post))
        for block in self._blocks:
            bound, s = block.bound, Values.of(views(block.reads, y, lead))
            drive = bound.driven(t, s, signal) if block.drive is None else block.drive
            found, arriving = bound.terms(t, s, pre, LinedUp(post, block.from_post), drive)
            try:
                current[..., block.rows] = arriving
                for name, view in views(block.writes, out, ahead).items():
                    view[...] = found[name]
                if len(found) != len(block.writes):
                    raise KeyError(p.path)
            except (KeyError, ValueError, TypeError, IndexError) as error:
                raise Misfit(error) from None
        return current


def row_blocks(p: BoundProjection, constant: Any, registry: StateRegistry) -> RowBlocks | None:
    """The projection in blocks, where it has states of many synapses; ``None`` where it is evaluated at once."""
    if p.lumped or not p.derivative_hooks or p.connectivity.row_starts[-1] < LARGE or p.connectivity.shape[0] < 2:
        return None
    return RowBlocks(p, constant, registry)


def _cuts(starts: np.ndarray) -> np.ndarray:
    """Where blocks of rows begin, and the end: each has about ``BLOCK`` entries, or one row of more."""
    beginning = np.searchsorted(starts, np.arange(0, starts[-1], BLOCK), side="right") - 1
    return np.unique([0, *beginning, len(starts) - 1])


def _cut(p: BoundProjection, rows: slice) -> Projection:
    """A copy of the projection with the parameters of some postsynaptic cells; weights are cut by the layout."""
    projection = p.projection
    first, last = p.connectivity.row_starts[[rows.start, rows.stop]].tolist()
    places = {"post": rows, "stored synapse": slice(first, last)}
    copy = object.__new__(type(projection))
    copy.__dict__.update(projection.__dict__)
    for name, info in parameters(type(projection)).items():
        axes, value = projection.axes_of(info), projection.__dict__[name]
        for axis, place in places.items():
            if name != "weights" and axis in axes and bool(getattr(value, "ndim", 0)):
                copy.__dict__[name] = _along(value, axes.index(axis) - len(axes), place)
    return copy


def _along(x: Any, axis: int, place: slice) -> Any:
    """Entries along one of the last axes; an axis of one stands for all of them."""
    return x if x.shape[axis] == 1 else x[(..., place, *(slice(None),) * (-axis - 1))]
