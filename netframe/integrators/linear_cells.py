"""Cells that are linear between breakpoints: ``y' = A y + b`` for the few states that depend on each other.

Arrays run over cells along their last axis. ``[A b]`` is one array, (m, m + 1, n_cells), and states are followed by a
row of ones, so that a product with them is ``A y + b``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import attrs
import numpy as np

from netframe.integrators.driver import CheckedRhs
from netframe.network import Network
from netframe.promises import is_linear
from netframe.right_hand_side import constant_sources

#: The largest cell: its exponential is a dense matrix.
LARGEST = 64
#: The share of a time by which times may be off and count as evenly spaced.
ROUNDING = 8 * float(np.finfo(np.float64).eps)
#: The size of ``A h`` up to which a polynomial of degree 15 is exact to rounding.
SMALL = 0.5
#: Coefficients of ``phi(x) = (exp(x) - 1) / x`` in groups of four powers.
PHI = np.array([1.0 / math.factorial(k + 1) for k in range(16)]).reshape(4, 4)


@attrs.frozen(eq=False)
class Layout:
    """Where the states of each cell are in the flat state of a network and its batch.

    ``places``, (m, n_cells), are positions in the flat state; cells of fewer than m states are filled up with zeros,
    ``empty`` there. ``order`` says where each entry of the flat state is in ``places``, flattened.
    """

    places: np.ndarray
    empty: np.ndarray
    order: np.ndarray

    @classmethod
    def of(cls, network: Network, lead: tuple[int, ...]) -> Layout:
        """The layout of a state of leading shape ``lead``, made once for each."""
        known: dict[tuple[int, ...], Layout] = network.__dict__.setdefault("_cell_layouts", {})
        if lead not in known:
            size, members, one = network.registry.size, math.prod(lead), _positions(network)
            offsets = np.arange(members)[:, None] * size
            places = (np.maximum(one, 0)[:, None, :] + offsets).reshape(len(one), -1)
            empty = np.broadcast_to((one < 0)[:, None, :], (len(one), members, one.shape[1])).reshape(places.shape)
            order = np.empty(size * members, dtype=np.intp)
            order[places[~empty]] = np.flatnonzero(~empty)
            known[lead] = cls(places, empty, order)
        return known[lead]

    def split(self, y: np.ndarray) -> np.ndarray:
        """The flat state cell by cell, (m, n_cells)."""
        return np.where(self.empty, 0.0, y[self.places])

    def joined(self, states: np.ndarray, columns: np.ndarray | None = None) -> np.ndarray:
        """States of cells, (n_times, m + 1, n_cells), as rows of the flat state, or of some of its entries."""
        order = self.order if columns is None else self.order[columns]
        flat = states.reshape(len(states), -1)
        if order.size and order[-1] - order[0] == order.size - 1 and (order[1:] > order[:-1]).all():
            return flat[:, order[0] : order[-1] + 1]
        return flat[:, order]


@attrs.frozen(eq=False)
class Cells:
    """The equations of the cells of a network in one stretch of time: ``[A b]``, (m, m + 1, n_cells)."""

    layout: Layout
    system: np.ndarray

    def trajectory(self, t: float, y: np.ndarray, times: np.ndarray) -> np.ndarray:
        """The states, and a row of ones, ``(n_times, m + 1, n_cells)``, at increasing times, from ``y`` at ``t``."""
        points = np.concatenate([[t], times])
        states, start = (np.empty((count, len(y) + 1, y.shape[1])) for count in (len(times), 1))
        states[:, -1] = start[:, -1] = 1.0
        start[0, :-1] = y
        for first, end in even_stretches(points):
            h = float(points[end] - points[first]) / (end - first)
            follow(propagator(self.system, h), start, states[first:end])
            start = states[end - 1 : end]
        return states


def even_stretches(points: np.ndarray) -> Iterator[tuple[int, int]]:
    """Between which of these times all are equally far apart, but for rounding."""
    rounding = ROUNDING * max(abs(points[0]), abs(points[-1]))
    gaps = points[1:] - points[:-1]
    changes = np.flatnonzero(np.abs(gaps[1:] - gaps[:-1]) > rounding) + 1
    pending = list(itertools.pairwise([0, *changes.tolist(), len(gaps)]))[::-1]
    while pending:
        first, end = pending.pop()
        even = points[first] + (points[end] - points[first]) / (end - first) * np.arange(end - first + 1)
        if end - first > 1 and (np.abs(points[first : end + 1] - even) > rounding).any():  # small differences add up
            middle = (first + end) // 2
            pending += [(middle, end), (first, middle)]
        else:
            yield first, end


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The product of each cell, of the m columns of ``a`` that are not those of a constant."""
    return np.einsum("ikc,kjc->ijc", a[:, : len(a)], b)


def propagator(system: np.ndarray, h: float) -> np.ndarray:
    """What a time ``h`` does to a cell: ``y(t + h) = y(t) + change [y(t), 1]``, exact to rounding.

    The change, ``phi(A h) [A b] h``, keeps the digits that slow cells would lose beside the one of ``exp(A h)``. It is
    summed as a series where ``A h`` is small, and doubled from there.

    Source: Moler & Van Loan (2003), SIAM Rev. 45:3, method 3.
    """
    a = system[:, :-1]
    x = np.empty((5, *a.shape))  # the powers of A h
    x[0], x[1] = np.eye(len(a))[:, :, None], h * a
    np.einsum("ikc,kjc->ijc", x[1], x[1], out=x[2])
    size = math.sqrt(np.abs(x[2]).sum(axis=1).max())  # rows of A mix units, those of its square less so
    doublings = max(0, math.ceil(math.log2(size / SMALL))) if size > 0 else 0
    x[1] *= 0.5**doublings
    x[2] *= 0.25**doublings
    np.einsum("ikc,kjc->ijc", x[2], x[1], out=x[3])
    np.einsum("ikc,kjc->ijc", x[2], x[2], out=x[4])
    groups = (PHI @ x[:4].reshape(4, -1)).reshape(4, *a.shape)
    phi = groups[3]
    for group in groups[2::-1]:
        phi = product(phi, x[4]) + group
    change = product(phi, (h / 2**doublings) * system)
    for _ in range(doublings):
        change = twice(change)
    return change


def twice(change: np.ndarray) -> np.ndarray:
    """The change over twice the time."""
    return product(change, change) + 2.0 * change


def follow(change: np.ndarray, start: np.ndarray, states: np.ndarray) -> None:
    """Write the states that follow ``start``, equal steps apart: twice as many at each turn."""
    m, count, done = len(change), len(states), 0
    same = np.eye(m, m + 1)[:, :, None]
    while done < count:
        before = states[:done] if done else start
        out = states[done : done + len(before), :m]
        np.einsum("ijc,kjc->kic", change + same, before[: len(out)], out=out)
        change = twice(change) if 0 < done < count - len(out) else change
        done += len(out)


def obstacles(network: Network, t0: float, t1: float) -> Iterator[str]:
    """What keeps a network from being linear between breakpoints, a phrase each."""
    nodes = [(path, bound.node) for path, bound in network.bound_nodes.items() if path in network.stateful]
    for path, part in [*nodes, *((p.path, p.projection) for p in network.bound_projections)]:
        if not is_linear(part):
            yield f"{type(part).__name__} '{path}' does not promise linear = True"
    yield from (
        f"{type(p.projection).__name__} '{p.path}' computes {' and '.join(sorted(own))} itself"
        for p in network.bound_projections
        if (own := p.overrides & {"signal", "efficacy"})
    )
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
    places, empty = layout.places, layout.empty
    system = np.zeros((len(places), len(places) + 1, places.shape[1]))
    system[:, -1] = constant = layout.split(rhs(t, np.zeros(layout.order.size)))
    for j, (row, gap) in enumerate(zip(places, empty)):
        unit = np.zeros(layout.order.size)
        unit[row[~gap]] = 1.0
        system[:, j] = np.where(gap, 0.0, layout.split(rhs(t, unit)) - constant)
    return Cells(layout, system)
