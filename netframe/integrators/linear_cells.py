"""Cells that are linear between breakpoints: ``y' = A y + b`` for the few states that depend on each other.

``[A b]`` is one array, (n_cells, m, m + 1).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from netframe.integrators.driver import CheckedRhs
from netframe.integrators.propagators import Course, empty, even_stretches, follow, propagator
from netframe.network import Network
from netframe.promises import is_linear
from netframe.registry import Slot
from netframe.right_hand_side import constant_sources

#: The largest cell: its exponential is a dense matrix.
LARGEST = 64
#: Numbers that are computed at once.
AT_ONCE = 1_000_000


@attrs.frozen(eq=False)
class Layout:
    """Where the states of each cell are in the flat state of a network and its batch.

    ``places``, (m, n_cells), are positions in the flat state; cells of fewer than m states are filled up with zeros,
    ``empty`` there, if there are ``gaps``. ``order`` says where each entry of the flat state is in ``places``,
    flattened.
    """

    places: np.ndarray
    empty: np.ndarray
    order: np.ndarray
    gaps: bool
    n_members: int
    _kept: dict[Any, Any] = attrs.field(factory=dict)

    @classmethod
    def of(cls, network: Network, lead: tuple[int, ...]) -> Layout:
        """The layout of a state of leading shape ``lead``, made once for each."""
        known: dict[tuple[int, ...], Layout] = network.__dict__.setdefault("_cell_layouts", {})
        if lead not in known:
            size, members, one = network.registry.size, math.prod(lead), _positions(network)
            offsets = np.arange(members)[:, None] * size
            places = (np.maximum(one, 0)[:, None, :] + offsets).reshape(len(one), -1)
            gap = np.broadcast_to((one < 0)[:, None, :], (len(one), members, one.shape[1])).reshape(places.shape)
            order = np.empty(size * members, dtype=np.intp)
            order[places[~gap]] = np.flatnonzero(~gap)
            known[lead] = cls(places, gap, order, bool(gap.any()), members)
        return known[lead]

    def units(self, rows: range) -> np.ndarray:
        """Flat states that are one in a row of ``places`` and zero elsewhere; after the last row, zero everywhere."""
        units = np.zeros((len(rows), self.order.size))
        for unit, row in zip(units, rows):
            if row < len(self.places):
                unit[self.places[row, ~self.empty[row]] if self.gaps else self.places[row]] = 1.0
        return units

    def split(self, y: np.ndarray) -> np.ndarray:
        """Flat states cell by cell, (..., m, n_cells)."""
        parts = y.take(self.places, axis=-1)
        if self.gaps:
            parts[..., self.empty] = 0.0
        return parts

    def joined(self, states: np.ndarray) -> np.ndarray:
        """The inverse: the states of cells, (m, n_cells), as the flat state."""
        return states.ravel()[self.order]

    def kept(self, slots: tuple[Slot, ...] | None) -> tuple[slice, slice | np.ndarray]:
        """The rows of ``places`` from the first to the last with some states, or all; where their entries are in them.

        Entries are in the order of the slots, member after member in each; they are found once.
        """
        if slots not in self._kept:
            n_cells, everywhere = self.places.shape[1], self.order.reshape(self.n_members, -1)
            order = np.concatenate([np.empty(0, int), *(everywhere[:, slot.slice].ravel() for slot in slots or ())])
            order = self.order if slots is None else order
            first, last = (int(order.min()) // n_cells, int(order.max()) // n_cells) if order.size else (0, 0)
            order = order - first * n_cells
            in_order = order.size and order[-1] - order[0] == order.size - 1 and (order[1:] > order[:-1]).all()
            entries = slice(order[0], order[-1] + 1) if in_order else order
            self._kept[slots] = slice(first, last + 1), entries
        return self._kept[slots]


@attrs.frozen(eq=False)
class Cells:
    """The equations of the cells of a network in one stretch of time: ``[A b]``, (n_cells, m, m + 1)."""

    layout: Layout
    system: np.ndarray

    def courses(self, y: np.ndarray, times: np.ndarray, rows: slice) -> tuple[list[Course], np.ndarray]:
        """From the flat state ``y`` at the first of ``times``: ``rows`` of the cells at the others, and the last."""
        now, found = empty(len(self.system), 1, self.system.shape[2]), []
        now[:, 0, :-1], now[:, 0, -1] = self.layout.split(y).T, 1.0
        for first, end in even_stretches(times):
            h = float(times[end] - times[first]) / (end - first)
            course, now = follow(propagator(self.system, h), now, rows, end - first)
            found.append(course)
        return found, self.layout.joined(now[:, 0, :-1].T)


def obstacles(network: Network, t0: float, t1: float) -> Iterator[str]:
    """What keeps a network from being linear between breakpoints, a phrase each."""
    yield from _own_obstacles(network)
    senders = {p.pre: p.path for p in network.bound_projections}
    for left, right in itertools.pairwise([t0, *network.breakpoints(t0, t1).tolist(), t1]):
        constant = constant_sources(network, left, right)
        changing = [path for path in senders if path not in constant]
        yield from (f"what '{senders[path]}' sends changes, since '{path}' is no constant input" for path in changing)
        if changing:
            return
    largest = _positions(network).shape[0]
    if largest > LARGEST:
        yield f"{largest} states depend on each other, more than {LARGEST}; resolution='lumped' has fewer"


def _own_obstacles(network: Network) -> list[str]:
    """Those that are there at all times, found once."""
    known: list[str] | None = network.__dict__.get("_nonlinear")
    if known is None:
        nodes = [(path, bound.node) for path, bound in network.bound_nodes.items() if path in network.stateful]
        parts = [*nodes, *((p.path, p.projection) for p in network.bound_projections)]
        known = [
            f"{type(part).__name__} '{path}' does not promise linear = True"
            for path, part in parts
            if not is_linear(part)
        ]
        known += [
            f"{type(p.projection).__name__} '{p.path}' computes {' and '.join(sorted(own))} itself"
            for p in network.bound_projections
            if (own := p.overrides & {"signal", "efficacy"})
        ]
        network.__dict__["_nonlinear"] = known
    return known


def _positions(network: Network) -> np.ndarray:
    """Which states depend on each other: positions (m, n_cells) of one member, -1 where a cell has fewer states."""
    known: np.ndarray | None = network.__dict__.get("_cell_positions")
    if known is None:
        from scipy.sparse.csgraph import connected_components

        count, label = connected_components(network.jacobian_pattern(), directed=False)
        order = np.argsort(label, kind="stable")
        sizes = np.bincount(label, minlength=count)
        rank = np.arange(label.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        known = np.full((int(sizes.max()), count), -1)
        known[rank, label[order]] = order
        known.flags.writeable = False
        network.__dict__["_cell_positions"] = known
    return known


def cells_of(network: Network, lead: tuple[int, ...], rhs: CheckedRhs, t: float) -> Cells:
    """The equations of all cells of all members about ``t``: a linear map is known from zero and from unit states."""
    layout = Layout.of(network, lead)
    rows, at_once = range(len(layout.places) + 1), max(1, AT_ONCE // layout.order.size)
    groups = (rows[k : k + at_once] for k in range(0, len(rows), at_once))
    slopes = np.concatenate([layout.split(rhs.of_each(t, layout.units(group))) for group in groups])
    slopes[:-1] -= slopes[-1]
    system = empty(*slopes.T.shape)
    system[:] = slopes.T
    return Cells(layout, system)
