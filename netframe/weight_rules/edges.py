"""Weights from a list of edges: arrays of indices and weights, or a table with named columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from netframe.arrays import shortened
from netframe.calls import explained
from netframe.component import Node
from netframe.errors import ParameterError, UnknownNameError, brief, suggestion
from netframe.weight_rules.arguments import sizes

_FORMS = "(pre_index, post_index, weight), three arrays of one length, or a table with columns of these names"


@explained
def from_edges(
    pre: Node | int,
    post: Node | int,
    edges: Any,
    *,
    columns: Sequence[str] = ("pre", "post", "weight"),
    duplicates: str = "error",
) -> Any:
    """Weights from a list of synapses, one a row: a ``csr_array`` of shape ``(n_post, n_pre)``.

    ``edges`` are arrays ``(pre_index, post_index, weight)``, or a table with ``columns`` of these names: a pandas
    DataFrame, a dictionary of arrays, a structured array. Without the third, as ``(pre_index, post_index)`` or
    ``columns=("source", "target")``, every weight is 1. Indices count from 0.

    Two rows for one pair are an error that names them; with ``duplicates="sum"`` their weights are added.

    Example:
        >>> from_edges(3, 2, ([0, 2, 1], [0, 0, 1], [0.5, 1.5, 2.0])).toarray()
        array([[0.5, 0. , 1.5],
               [0. , 2. , 0. ]])
    """
    n_pre, n_post = sizes("from_edges", pre, post)
    if duplicates not in ("error", "sum"):
        text = f"duplicates is {duplicates!r}; 'error' and 'sum' are allowed"
        raise ParameterError(text, component="from_edges", attribute="duplicates")
    found = _columns(edges, columns)
    lengths = [len(column) for column in found.values()]
    if len(set(lengths)) != 1:
        told = ", ".join(f"{name} {length}" for name, length in zip(found, lengths))
        raise ParameterError(f"columns differ in length: {told}", component="from_edges", attribute="edges")
    names = list(found)
    at_pre = _indices(names[0], found[names[0]], "presynaptic", n_pre)
    at_post = _indices(names[1], found[names[1]], "postsynaptic", n_post)
    values = _weights(names[2], found[names[2]]) if len(names) == 3 else np.ones(len(at_pre))
    return csr_of_edges(n_pre, n_post, at_pre, at_post, values, duplicates == "sum")


def csr_of_edges(
    n_pre: int, n_post: int, at_pre: np.ndarray, at_post: np.ndarray, values: np.ndarray, added: bool
) -> Any:
    """A canonical CSR array of edges whose indices are right; duplicates are added, or refused."""
    from scipy import sparse

    order = np.lexsort((at_pre, at_post))
    post, pre = at_post[order], at_pre[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (post[1:] != post[:-1]) | (pre[1:] != pre[:-1])
    if not new.all() and not added:
        second = int(order[~new].min())
        first = int(np.flatnonzero((at_post == at_post[second]) & (at_pre == at_pre[second]))[0])
        text = f"rows {first} and {second} both connect pre {at_pre[second]} to post {at_post[second]}"
        raise ParameterError(
            text, component="from_edges", attribute="edges", remedy='Write duplicates="sum" to add their weights'
        )
    starts = np.flatnonzero(new)
    summed = np.add.reduceat(values[order], starts) if len(starts) else np.empty(0)
    rows = np.searchsorted(post[starts], np.arange(n_post + 1))
    return sparse.csr_array((summed, pre[starts], rows), shape=(n_post, n_pre))


def _columns(edges: Any, columns: Sequence[str]) -> dict[str, np.ndarray]:
    """Two or three columns by name, in the order pre, post, weight."""
    known = _column_names(edges)
    if known is not None:
        if isinstance(columns, str) or len(columns) not in (2, 3) or len(set(columns)) != len(columns):
            text = f"columns is {brief(columns)}; it must be the names of pre, post and weight, or of pre and post"
            raise ParameterError(text, component="from_edges", attribute="columns")
        for name in columns:
            if name not in known:
                text, remedy = f"there is no column {name!r}", suggestion(name, map(str, known))
                raise UnknownNameError(text, component="from_edges", attribute="edges", remedy=remedy)
        return {str(name): np.asarray(edges[name]) for name in columns}
    rows = isinstance(edges, list) and any(isinstance(row, tuple) for row in edges)
    if not isinstance(edges, (tuple, list)) or len(edges) not in (2, 3) or rows:
        remedy = "Rows are turned into columns by tuple(zip(*edges)) or tuple(edges.T)"
        text = f"edges is {shortened(edges)}; expected {_FORMS}"
        raise ParameterError(text, component="from_edges", attribute="edges", remedy=remedy)
    found = dict(zip(("pre_index", "post_index", "weight"), map(np.asarray, edges)))
    for name, column in found.items():
        if column.ndim != 1:
            text = f"{name} has shape {column.shape}; expected one entry for each edge"
            raise ParameterError(text, component="from_edges", attribute="edges")
    return found


def _column_names(edges: Any) -> list[Any] | None:
    if isinstance(edges, np.ndarray):
        return list(edges.dtype.names) if edges.dtype.names else None
    if isinstance(edges, Mapping):
        return list(edges)
    return list(edges.columns) if hasattr(edges, "columns") and hasattr(edges, "__getitem__") else None


def _indices(name: str, column: np.ndarray, end: str, n: int) -> np.ndarray:
    """A column of indices, which may have come as floats or objects, each of them in range."""
    try:
        numbers = column.astype(np.float64) if column.dtype.kind in "ufO" else column
    except (TypeError, ValueError):
        numbers = np.array("text")
    if numbers.dtype.kind not in "if" or numbers.ndim != 1:
        if not len(column):
            return np.empty(0, dtype=np.intp)
        text = f"{name} is {shortened(column)} of dtype {column.dtype}; whole numbers are expected"
        raise ParameterError(text, component="from_edges", attribute="edges")
    wrong = ~((numbers >= 0) & (numbers < n) & (numbers == np.floor(numbers)))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        text = f"row {row} has {name} {column[row]}; {end} cells are numbered 0 to {n - 1}"
        from_one = numbers.min() == 1 and numbers.max() == n
        raise ParameterError(
            text, component="from_edges", attribute="edges", remedy="Subtract 1 to count from 0" if from_one else ""
        )
    return numbers.astype(np.intp)


def _weights(name: str, column: np.ndarray) -> np.ndarray:
    try:
        values = column.astype(np.float64) if column.dtype.kind in "buifO" else None
    except (TypeError, ValueError):
        values = None
    if values is None or values.ndim != 1:
        text = f"{name} is {shortened(column)} of dtype {column.dtype}; real numbers are expected"
        raise ParameterError(text, component="from_edges", attribute="edges")
    wrong = ~np.isfinite(values)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        text = f"row {row} has {name} {values[row]}; finite numbers are needed"
        raise ParameterError(text, component="from_edges", attribute="edges")
    return values
