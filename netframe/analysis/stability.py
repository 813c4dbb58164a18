"""Stability of a state: the eigenvalues of the Jacobian, and what one calls a fixed point with such."""

from __future__ import annotations

from typing import Any

import numpy as np

from netframe.calls import explained
from netframe.errors import ParameterError, brief
from netframe.memory import require
from netframe.network import Network
from netframe.solution import check_network

#: Up to this many states all eigenvalues are computed, beyond only the rightmost ones.
ALL_UP_TO = 400
RIGHTMOST = 6
#: Real parts below this share of the largest eigenvalue count as zero: slopes are known to about 1e-10.
ZERO = 1e-8


@explained
def eigenvalues(network: Network, y: Any, t: float = 0.0, k: int | None = None) -> np.ndarray:
    """Eigenvalues of ``d rhs / d y`` in 1/s, rightmost first, complex, shape ``(..., k)`` for ``y`` ``(..., n_state)``.

    All of them up to 400 states unless ``k`` asks for fewer. Beyond, the ``k`` with the largest real parts (6 unless
    given) by Arnoldi's method on the sparse Jacobian, which decide on stability: perturbations of a steady state decay
    when all real parts are negative. At a corner of an activation the slope is the mean of both sides.

    Errors: :class:`ParameterError` for a ``k`` that is not between 1 and ``n_state``.

    Example:
        >>> import netframe as nf
        >>> net = nf.Network("n", [nf.LeakyRate("E", size=2, tau=[0.02, 0.05])])
        >>> nf.analysis.eigenvalues(net, net.initial_state()).real.round(6)         # -1 / tau
        array([-20., -50.])
    """
    check_network(network, "eigenvalues")
    y, n = np.asarray(y, dtype=np.float64), network.registry.size
    if k is not None and not (isinstance(k, (int, np.integer)) and 1 <= k <= n):
        text = f"k is {brief(k)}; it must be a whole number from 1 to {n}, the number of states"
        raise ParameterError(text, component="eigenvalues", attribute="k")
    if y.shape[-1:] != (n,):
        text = f"y has shape {y.shape}; its last axis must be {n} states"
        raise ParameterError(text, component="eigenvalues", attribute="y")
    lead = np.broadcast_shapes(y.shape[:-1], network.batch_shape)
    whole = network.jacobian(t, np.broadcast_to(y, (*lead, n)))
    starts = range(0, n * int(np.prod(lead)), max(n, 1))
    found = [eigenvalues_of(whole[s : s + n, s : s + n] if lead else whole, k) for s in starts]
    return np.stack(found).reshape(*lead, -1) if n else np.empty((*lead, 0), complex)


def eigenvalues_of(matrix: Any, k: int | None = None) -> np.ndarray:
    """The rightmost eigenvalues of a square matrix, sparse or not, in order of their real parts."""
    from scipy.sparse import linalg

    n = matrix.shape[0]
    count = k if k is not None else n if n <= ALL_UP_TO else RIGHTMOST
    if count < n - 1 and n > 20:
        start = np.random.default_rng(0).standard_normal(n)
        try:
            vectors = min(n, max(2 * count + 2, 40))
            found = linalg.eigs(matrix, count, which="LR", v0=start, ncv=vectors, return_eigenvectors=False)
            return _in_order(found)
        except linalg.ArpackNoConvergence:  # a dense matrix, if it fits into memory
            pass
    require(3 * 8 * n * n, f"all eigenvalues of {n} states", "Ask for fewer, or use fewer cells")
    dense = matrix.toarray() if hasattr(matrix, "toarray") else matrix
    return _in_order(np.linalg.eigvals(dense).astype(complex))[:count]


def _in_order(values: np.ndarray) -> np.ndarray:
    return values[np.lexsort((-values.imag, -values.real))]


def unstable(values: np.ndarray) -> int:
    """How many eigenvalues have a positive real part."""
    return int(np.sum(values.real > _zero(values)))


def kind_of(values: np.ndarray, n: int) -> str:
    """What a fixed point of ``n`` states with these rightmost eigenvalues is called.

    "stable node", "stable focus", "unstable node", "unstable focus", "saddle", or "marginal" when the largest real
    part is zero. A focus is one whose rightmost eigenvalues are a complex pair, so that it is left or approached in
    oscillations; a saddle has both signs.
    """
    if not len(values):
        return "stable node"
    zero, grows = _zero(values), unstable(values)
    if not grows and values[0].real >= -zero:
        return "marginal"
    shape = "focus" if abs(values[0].imag) > zero else "node"
    if not grows:
        return f"stable {shape}"
    return f"unstable {shape}" if grows == n else "saddle"


def _zero(values: np.ndarray) -> float:
    return ZERO * float(np.max(np.abs(values), initial=0.0))
