"""Large dense weights that do not multiply what is silent.

A product with a matrix that does not fit into the cache takes as long as reading it. Where few presynaptic cells are
active, only their columns need be read; they are rows, and so in one piece, of a transposed copy.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

#: Fewer entries are multiplied faster than looked at.
WORTH_A_LOOK = 100_000
#: The share of active cells up to which gathering their columns is faster than reading all.
FEW = 0.15


def skipping_silence(weights: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """The function from signals ``(..., pre)`` to ``(..., post)``; the transposed copy is made when first of use."""
    dot, transposed, few = weights.dot, weights.T, int(FEW * weights.shape[1])
    copies: list[np.ndarray] = []

    def apply(signal: np.ndarray) -> np.ndarray:
        if signal.ndim == 2:
            return signal.dot(transposed) if signal.any() else np.zeros((len(signal), len(weights)), weights.dtype)
        if np.count_nonzero(signal) > few:
            return dot(signal)
        active = np.flatnonzero(signal)
        if len(active) and not copies:
            copies.append(np.ascontiguousarray(transposed))
        return signal[active].dot(copies[0][active]) if len(active) else np.zeros(len(weights), weights.dtype)

    return apply
