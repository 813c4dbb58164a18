"""The spectral radius of weights, and weights scaled to one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from netframe.arrays import is_sparse
from netframe.calls import explained
from netframe.errors import ParameterError
from netframe.weight_rules.arguments import given_weights, number, with_data

#: Above so many cells in one loop, the largest eigenvalue of sparse weights is found by iteration.
DENSE_AT_MOST = 1000
#: Up to so many cells all eigenvalues are computed where iteration finds none.
DENSE_INSTEAD = 4000


@explained
def spectral_radius(weights: Any) -> Any:
    """The largest modulus of an eigenvalue of the weights of a population to itself.

    ``weights`` are an array ``(..., n, n)`` or sparse. Eigenvalues are those of the strongly connected components, so
    that weights without loops have a radius of exactly zero. Large sparse components are left to ARPACK.

    Example:
        >>> spectral_radius([[0.0, 2.0], [0.5, 0.0]])
        1.0
    """
    weights = _square("spectral_radius", weights)
    if weights.ndim == 2:
        return _radius(weights)
    return np.array([_radius(one) for one in weights.reshape(-1, *weights.shape[-2:])]).reshape(weights.shape[:-2])


@explained
def scale_spectral_radius(weights: Any, radius: float) -> Any:
    """Weights multiplied by one number, so that their largest eigenvalue has modulus ``radius``.

    ``weights`` are an array ``(..., n, n)``, of which each member is scaled for itself, or sparse, in which case a
    ``csr_array`` is returned. Weights whose radius is zero to rounding, such as those without loops, are an error.

    Source: H. Jaeger, GMD Report 148 (2001), where it sets the memory of a reservoir.

    Example:
        >>> scale_spectral_radius([[0.0, 2.0], [0.5, 0.0]], 0.5)
        array([[0.  , 1.  ],
               [0.25, 0.  ]])
    """
    rule = "scale_spectral_radius"
    weights, radius = _square(rule, weights), number(rule, "radius", radius, above=0.0)
    found = np.asarray(spectral_radius(weights))
    size = np.sqrt((weights.data**2).sum() if is_sparse(weights) else (weights**2).sum((-2, -1)))
    if (found <= 1e-7 * size).any():  # a defective zero comes out as the square root of rounding
        text = "the spectral radius of the weights is zero, and no factor changes that"
        raise ParameterError(text, component=rule, attribute="weights", remedy="Are there no loops?")
    if is_sparse(weights):
        return with_data(weights, weights.data * (radius / float(found)))
    return weights * (radius / found)[..., None, None]


def _square(rule: str, weights: Any) -> Any:
    weights = given_weights(rule, weights)
    if weights.shape[-1] != weights.shape[-2]:
        text = f"weights has shape {weights.shape}; eigenvalues are those of a population projecting to itself"
        raise ParameterError(text, component=rule, attribute="weights")
    return weights


def _radius(weights: Any) -> float:
    found = 0.0
    for block in _loops(weights):
        large = is_sparse(block) and block.shape[0] > DENSE_AT_MOST
        found = max(found, float(_by_iteration(block) if large else _of_all(block)))
    return found


def _loops(weights: Any) -> Iterator[Any]:
    """The weights within each strongly connected component; of cells alone, the largest weight to itself."""
    from scipy.sparse import csgraph, csr_array

    count, label = csgraph.connected_components(csr_array(weights != 0), connection="strong")
    if count == 1:
        yield weights
        return
    alone = np.bincount(label)[label] == 1
    if alone.any():
        yield np.abs(weights.diagonal()[alone]).max().reshape(1, 1)
    order = np.argsort(label, kind="stable")
    for cells in np.split(order, np.flatnonzero(np.diff(label[order])) + 1):
        if len(cells) > 1:
            yield weights[cells][:, cells]


def _of_all(block: Any) -> float:
    return np.abs(np.linalg.eigvals(block.toarray() if is_sparse(block) else block)).max()


def _by_iteration(block: Any) -> float:
    """The radius by ARPACK, which is asked for several eigenvalues, as the largest may be close together."""
    from scipy.sparse.linalg import ArpackNoConvergence, eigs

    n = block.shape[0]
    start = np.random.default_rng(1).standard_normal(n)  # the same each time, and no eigenvector
    try:
        found = eigs(block, k=6, which="LM", v0=start, ncv=64, maxiter=300, return_eigenvectors=False)
    except ArpackNoConvergence:
        if n <= DENSE_INSTEAD:
            return _of_all(block)
        text = f"the largest eigenvalues of {n} cells are too close together to be found by iteration"
        remedy = "Pass weights.toarray() to have all computed, which takes long"
        raise ParameterError(text, component="spectral_radius", attribute="weights", remedy=remedy) from None
    return np.abs(found).max()
