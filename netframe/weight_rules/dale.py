"""Dale's law: all synapses that a cell makes have one sign."""

from __future__ import annotations

from typing import Any

import numpy as np

from netframe.arrays import is_sparse
from netframe.calls import explained
from netframe.errors import ParameterError
from netframe.weight_rules.arguments import given_weights, with_data


@explained
def dales_law(weights: Any, excitatory: Any) -> Any:
    """Weights with the sign of their presynaptic cell: columns of excitatory cells positive, all others negative.

        w_ij -> |w_ij| if excitatory[j] else -|w_ij|

    ``excitatory`` are truth values ``(n_pre,)``. ``weights`` are an array ``(..., n_post, n_pre)`` or sparse, in which
    case a ``csr_array`` is returned.

    Example:
        >>> dales_law([[1.0, -2.0, 0.0], [-3.0, 4.0, 5.0]], [True, True, False])
        array([[ 1.,  2.,  0.],
               [ 3.,  4., -5.]])
    """
    weights = given_weights("dales_law", weights)
    signs = np.asarray(excitatory)
    if signs.dtype != bool or signs.shape != weights.shape[-1:]:
        text = f"excitatory has dtype {signs.dtype} and shape {signs.shape}"
        text += f"; expected truth values ({weights.shape[-1]},), one for each presynaptic cell"
        remedy = "Write signs > 0" if signs.dtype.kind in "if" and signs.shape == weights.shape[-1:] else ""
        raise ParameterError(text, component="dales_law", attribute="excitatory", remedy=remedy)
    signs = np.where(signs, 1.0, -1.0)
    if is_sparse(weights):
        return with_data(weights, np.abs(weights.data) * signs[weights.indices] + 0.0)
    return np.abs(weights) * signs + 0.0  # no negative zeros
