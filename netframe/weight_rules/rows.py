"""Rows of weights brought to a sum: what reaches each postsynaptic cell when all presynaptic ones are equal."""

from __future__ import annotations

from typing import Any

import numpy as np

from netframe.arrays import is_sparse
from netframe.calls import explained
from netframe.errors import ParameterError
from netframe.weight_rules.arguments import given_weights, real_array, with_data


@explained
def balance_rows(weights: Any, total: Any = 0.0) -> Any:
    """Weights whose rows sum to ``total``, by adding the same number to every synapse of a row.

        w_ij -> w_ij - (sum_j w_ij - total_i) / (number of synapses of i)

    Pairs without a synapse stay without: those that a sparse matrix does not store, and zeros of an array. ``weights``
    are an array ``(..., n_post, n_pre)`` or sparse, in which case a ``csr_array`` is returned; ``total`` is a number or
    ``(..., n_post)``. With a total of zero equal rates drive no cell, as excitation and inhibition cancel at each.

    Source: K. Rajan and L. F. Abbott, Phys. Rev. Lett. 97, 188104 (2006), the condition on the sum of each row.

    Example:
        >>> balance_rows([[1.0, 2.0, 0.0], [4.0, 2.0, 3.0]])
        array([[-0.5,  0.5,  0. ],
               [ 1. , -1. ,  0. ]])
    """
    weights = given_weights("balance_rows", weights)
    sums, counts, wanted = _rows("balance_rows", weights, total)
    empty = (counts == 0) & (wanted != 0.0)
    if empty.any():
        _refuse("balance_rows", empty, "has no synapse, and its sum cannot be", wanted)
    surplus = (sums - wanted) / np.maximum(counts, 1)
    if is_sparse(weights):
        return with_data(weights, weights.data - np.repeat(surplus, counts))
    return np.where(weights != 0.0, weights - surplus[..., None], 0.0)


@explained
def normalize_rows(weights: Any, total: Any = 1.0) -> Any:
    """Weights whose rows sum to ``total``, by multiplying each row.

        w_ij -> w_ij total_i / sum_j w_ij

    ``weights`` are an array ``(..., n_post, n_pre)`` or sparse, in which case a ``csr_array`` is returned; ``total`` is
    a number or ``(..., n_post)``. A row whose sum is zero is an error, unless its total is zero as well.

    Example:
        >>> normalize_rows([[1.0, 3.0], [0.0, 5.0]], total=2.0)
        array([[0.5, 1.5],
               [0. , 2. ]])
    """
    weights = given_weights("normalize_rows", weights)
    sums, counts, wanted = _rows("normalize_rows", weights, total)
    silent = (sums == 0.0) & (wanted != 0.0)
    if silent.any():
        _refuse("normalize_rows", silent, "sums to zero, and no factor makes that", wanted)
    factor = wanted / np.where(sums == 0.0, 1.0, sums)
    if is_sparse(weights):
        return with_data(weights, weights.data * np.repeat(factor, counts))
    return weights * factor[..., None]


def _rows(rule: str, weights: Any, total: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The sum, the number of synapses and the wanted sum of every row."""
    wanted = real_array(rule, "total", total)
    shape = weights.shape[:-1]
    try:
        wanted = np.broadcast_to(wanted, shape)
    except ValueError:
        text = f"total has shape {wanted.shape}; expected a number or {shape}, one for each postsynaptic cell"
        raise ParameterError(text, component=rule, attribute="total") from None
    if is_sparse(weights):
        return np.asarray(weights.sum(axis=1)), np.diff(weights.indptr), wanted
    return weights.sum(-1), np.count_nonzero(weights, axis=-1), wanted


def _refuse(rule: str, wrong: np.ndarray, text: str, wanted: np.ndarray) -> None:
    where = tuple(int(k) for k in np.argwhere(wrong)[0])
    row = where[0] if len(where) == 1 else where
    raise ParameterError(f"row {row} {text} {wanted[where]:g}", component=rule, attribute="weights")
