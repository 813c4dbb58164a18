"""The spectrum of a network's Jacobian, seen from its right-hand side alone: what stability asks of a step."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from netframe.network import Network

#: Vectors of the Krylov subspace, and the numbers that all of them may hold.
VECTORS, HELD = 16, 20_000_000
#: The length of a difference beside the size of the state, near the root of the rounding error.
STEP = 1e-7


@attrs.frozen
class Spectrum:
    """The outer eigenvalues of a Jacobian: the largest absolute value, and its ratio to the smallest one found."""

    radius: float
    ratio: float


def spectrum(network: Network, t: float, y: np.ndarray, scale: np.ndarray) -> Spectrum:
    """The outer eigenvalues of ``d rhs / d y`` at a state ``(..., n_state)``, those of all members of a batch.

    Arnoldi's method: the matrix ``H = Q^T J Q`` on the subspace of ``x, J x, J^2 x ...``, whose eigenvalues approach
    the outer ones of J first. Products are differences, ``J x = (f(y + h x) - f(y)) / h``, so that no matrix is made
    and weights of any structure are only multiplied with. ``scale``, shape of ``y``, is the size of each state: it
    keeps units apart. Sixteen products find the radius to a few per cent.
    """
    size, base = y.size, network.rhs(t, y)
    count = min(size, max(3, min(VECTORS, HELD // max(size, 1))))
    basis, projected = np.zeros((count + 1, size)), np.zeros((count + 1, count))
    first = np.random.default_rng(0).standard_normal(size)
    basis[0] = first / np.linalg.norm(first)
    h = STEP * np.sqrt(size)
    for k in range(count):
        moved = network.rhs(t, y + h * scale * basis[k].reshape(y.shape))
        product = ((moved - base) / (h * scale)).reshape(-1)
        for _ in range(2):  # once more, for what rounding leaves
            along = basis[: k + 1] @ product
            product = product - along @ basis[: k + 1]
            projected[: k + 1, k] += along
        rest = np.linalg.norm(product)
        if not rest > 1e-6 * np.abs(projected).max():  # the subspace is complete, or not finite
            count = k + 1
            break
        projected[k + 1, k] = rest
        basis[k + 1] = product / rest
    found = projected[:count, :count]
    sizes = np.abs(np.linalg.eigvals(found)) if np.isfinite(found).all() else np.array([np.nan])
    return Spectrum(float(sizes.max()), float(sizes.max() / max(sizes.min(), 1e-3 * sizes.max(), 1e-300)))


def sizes_of(network: Network, *states: Any) -> np.ndarray:
    """The size of every state: the largest over its cells, members and the states given; 1 where all are zero."""
    scale = np.ones(np.shape(states[0]))
    for slot in network.registry:
        largest = max(float(np.max(np.abs(y[..., slot.slice]), initial=0.0)) for y in states)
        scale[..., slot.slice] = largest if largest > 0.0 else 1.0
    return scale
