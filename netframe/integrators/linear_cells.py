"""Cells that are linear between breakpoints: ``y' = A y + b`` for the few states that depend on each other.

Arrays run over cells along their last axis: ``A`` is (m, m, n_cells), ``b`` is (m, n_cells).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from netframe.integrators.driver import CheckedRhs
from netframe.network import Network
from netframe.promises import is_linear
from netframe.right_hand_side import constant_sources

#: The largest cell: its exponential is a dense matrix.
LARGEST = 64
#: The size of ``A h`` up to which a polynomial of degree 15 is exact to rounding.
SMALL = 0.5
#: Coefficients of ``phi(x) = (exp(x) - 1) / x`` in groups of four powers.
PHI = np.array([1.0 / math.factorial(k + 1) for k in range(16)]).reshape(4, 4)


@attrs.frozen(eq=False)
class Cells:
    """The cells of a network in one stretch of time: their equations, and where their states are in the flat state.

    ``places``, (m, n_cells), are positions in the flat state; cells of fewer than m states are filled up with zeros,
    ``empty`` there. ``order`` says where each entry of the flat state is in ``places``, flattened.
    """

    a: np.ndarray
    b: np.ndarray
    places: np.ndarray
    empty: np.ndarray
    order: np.ndarray

    def split(self, y: np.ndarray) -> np.ndarray:
        """The flat state cell by cell, (m, n_cells)."""
        return np.where(self.empty, 0.0, y[self.places])

    def joined(self, states: np.ndarray, columns: np.ndarray | None = None) -> np.ndarray:
        """States of cells, (n_times, m, n_cells), as rows of the flat state, or of some of its entries."""
        order = self.order if columns is None else self.order[columns]
        flat = states.reshape(len(states), -1)
        start = int(order[0]) if order.size else 0
        if np.array_equal(order, np.arange(start, start + order.size)):
            return flat[:, start : start + order.size]
        return flat[:, order]

    def trajectory(self, t: float, y: np.ndarray, times: np.ndarray) -> np.ndarray:
        """The states ``(n_times, m, n_cells)`` at increasing times, from ``y`` at ``t``."""
        gaps = times.copy()
        gaps[0] -= t
        gaps[1:] -= times[:-1]
        rounding = 8 * np.finfo(np.float64).eps * max(abs(t), abs(times[-1]))
        changes = np.flatnonzero(np.abs(gaps[1:] - gaps[:-1]) > rounding) + 1
        rows, edges = [], [0, *changes.tolist(), len(gaps)]
        for start, end in itertools.pairwise(edges):
            rows.append(powers(propagator(self, gaps[start:end].mean()), y, end - start))
            y = rows[-1][-1]
        return rows[0] if len(rows) == 1 else np.concatenate(rows)


@attrs.frozen(eq=False)
class Propagator:
    """What a time ``h`` does to a cell: ``y(t + h) = y(t) + change y(t) + shift``.

    The change, ``exp(A h) - 1``, keeps the digits that slow cells would lose beside the one.
    """

    change: np.ndarray
    shift: np.ndarray

    def applied(self, states: np.ndarray, out: np.ndarray) -> None:
        """Write states of shape ``(n_times, m, n_cells)``, each ``h`` later, to ``out``."""
        np.einsum("ijc,kjc->kic", self.change, states, out=out)
        out += self.shift
        out += states

    def twice(self) -> Propagator:
        """The propagator of ``2 h``."""
        shift = np.einsum("ijc,jc->ic", self.change, self.shift) + 2.0 * self.shift
        return Propagator(product(self.change, self.change) + 2.0 * self.change, shift)


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The matrix product of each cell."""
    return np.einsum("ikc,kjc->ijc", a, b)


def propagator(cells: Cells, h: float) -> Propagator:
    """The exact propagator: ``phi`` by its series where ``A h`` is small, doubled from there.

    Source: Moler & Van Loan (2003), SIAM Rev. 45:3, method 3.
    """
    x = np.empty((5, *cells.a.shape))  # the powers of A h
    x[0], x[1] = np.eye(len(cells.a))[:, :, None], h * cells.a
    np.einsum("ikc,kjc->ijc", x[1], x[1], out=x[2])
    size = math.sqrt(np.abs(x[2]).sum(axis=1).max())  # rows of A mix units, those of its square less so
    doublings = max(0, math.ceil(math.log2(size / SMALL))) if size > 0 else 0
    h = h / 2**doublings
    x[1] *= 0.5**doublings
    x[2] *= 0.25**doublings
    np.einsum("ikc,kjc->ijc", x[2], x[1], out=x[3])
    np.einsum("ikc,kjc->ijc", x[2], x[2], out=x[4])
    groups = (PHI @ x[:4].reshape(4, -1)).reshape(4, *cells.a.shape)
    phi = groups[3]
    for group in groups[2::-1]:
        phi = product(phi, x[4]) + group
    found = Propagator(product(x[1], phi), h * np.einsum("ijc,jc->ic", phi, cells.b))
    for _ in range(doublings):
        found = found.twice()
    return found


def powers(step: Propagator, y: np.ndarray, count: int) -> np.ndarray:
    """The ``count`` states that follow ``y``, equal steps apart: twice as many at each turn."""
    states = np.empty((count, *y.shape))
    step.applied(y[None], states[:1])
    done = 1
    while done < count:
        more = min(done, count - done)
        step.applied(states[:more], states[done : done + more])
        done += more
        if done < count:
            step = step.twice()
    return states


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
    size, members = network.registry.size, math.prod(lead)
    one = _positions(network)
    offsets = np.arange(members)[:, None] * size
    places = (np.maximum(one, 0)[:, None, :] + offsets).reshape(len(one), -1)
    empty = np.broadcast_to((one < 0)[:, None, :], (len(one), members, one.shape[1])).reshape(places.shape)
    order = np.empty(size * members, dtype=np.intp)
    order[places[~empty]] = np.flatnonzero(~empty)
    zero: Any = np.zeros(size * members)
    b = np.where(empty, 0.0, rhs(t, zero)[places])
    a = np.zeros((len(one), *places.shape))
    for j, (row, gap) in enumerate(zip(places, empty)):
        unit = zero.copy()
        unit[row[~gap]] = 1.0
        a[:, j] = np.where(empty | gap, 0.0, rhs(t, unit)[places] - b)
    return Cells(a, b, places, empty, order)
