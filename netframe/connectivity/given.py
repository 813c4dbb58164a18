"""What may be given as weights, and what becomes of it: a structure, or the synapses of a projection."""

from __future__ import annotations

from typing import Any

from netframe.arrays import array_namespace, as_weights, is_foreign, is_sparse
from netframe.connectivity.entries import Matrix
from netframe.connectivity.layout import Connectivity, Dense, Sparse
from netframe.connectivity.operator import Operator
from netframe.connectivity.structure import Structure
from netframe.connectivity.sums import Constant
from netframe.errors import brief


def accepted(value: Any, owner: str = "") -> Any:
    """Weights as they are kept: float, read-only array, canonical CSR, foreign array, or structure.

    Whatever has ``matvec`` is an operator. Anything else raises ``TypeError`` with a phrase that follows "weights".
    """
    if isinstance(value, Structure):
        return value
    if callable(value) and not hasattr(value, "shape") and not hasattr(value, "matvec"):
        such = "nf.all_to_all(pre, post, nf.uniform(0, 1), rng)"
        raise TypeError(f"is {brief(value)}, which makes weights; give what a rule returns, such as {such}")
    return Operator(value) if hasattr(value, "matvec") else as_weights(value, owner)


def as_structure(value: Any) -> Structure:
    """Weights of any kind as a structure."""
    value = value if is_foreign(value) else accepted(value)
    if isinstance(value, Structure):
        return value
    return Matrix(value) if getattr(value, "shape", ()) else Constant(value)


def connectivity(weights: Any, n_post: int, n_pre: int) -> Connectivity:
    """The synapses of a projection's ``weights`` between nodes of ``n_pre`` and ``n_post`` cells."""
    if is_sparse(weights):
        return Sparse.of(weights)
    shape = tuple(getattr(weights, "shape", ()))
    if not shape:
        weights = as_structure(weights)
    if isinstance(weights, Structure):
        return weights.sized(n_post, n_pre).bound()
    if shape[-2:] != (n_post, n_pre):
        weights = array_namespace(weights).broadcast_to(weights, (*shape[:-2], n_post, n_pre))
    return Dense(weights)


def stored_synapses(weights: Any) -> int | None:
    """How many synapses weights have where only some pairs have one; ``None`` where all have."""
    return weights.nnz if is_sparse(weights) else weights.stored if isinstance(weights, Structure) else None
