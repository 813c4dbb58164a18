"""What rules are given, checked the same way by all: two ends, distributions, generators, numbers, weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from netframe.arrays import CompressedRows, as_csr, as_float64, is_foreign, is_sparse, shortened
from netframe.component import Node
from netframe.errors import ParameterError, brief
from netframe.weight_rules.distributions import Distribution, shipped


def sizes(rule: str, pre: Any, post: Any) -> tuple[int, int]:
    """Numbers of presynaptic and postsynaptic cells of two ends, nodes or numbers."""
    n_pre, n_post = (end.size if isinstance(end, Node) else end for end in (pre, post))
    for name, n in (("pre", n_pre), ("post", n_post)):
        if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
            text = f"{name} is {brief(n)}; it must be a population, an input or a number of cells"
            raise ParameterError(text, component=rule)
    return int(n_pre), int(n_post)


def same_cells(pre: Any, post: Any) -> bool:
    """Whether both ends are one population; two numbers are, when they are equal."""
    if isinstance(pre, Node) and isinstance(post, Node):
        return pre is post
    n_pre, n_post = (end.size if isinstance(end, Node) else end for end in (pre, post))
    return bool(n_pre == n_post)


def require_one_population(rule: str, pre: Any, post: Any, autapses: bool) -> None:
    """Refuse ``autapses=False`` between two populations."""
    if not autapses and not same_cells(pre, post):
        text = "autapses=False makes sense for a population projecting to itself; pre and post differ"
        raise ParameterError(text, component=rule)


def require_distribution(rule: str, weights: Any) -> None:
    """Refuse what cannot draw weights."""
    if not callable(weights):
        such = f"constant({weights!r})" if isinstance(weights, (int, float)) else "constant(1.0)"
        text = f"weights is {brief(weights)}; it must be a distribution, such as {such} or uniform(0.0, 1.0)"
        raise ParameterError(text, component=rule)


def require_generator(rule: str, rng: Any, weights: Any = None) -> None:
    """Refuse a seed or a generator of the old kind; nothing will do for ``weights`` that are all the same."""
    if rng is None and isinstance(weights, Distribution) and shipped(weights) and weights.name == "constant":
        return
    if not isinstance(rng, np.random.Generator):
        text = f"rng is {brief(rng)}; it must be a numpy.random.Generator, as from np.random.default_rng(seed)"
        raise ParameterError(text, component=rule)


def number(rule: str, name: str, value: Any, *, above: float | None = None) -> float:
    """A finite number as a float, strictly above a bound where there is one."""
    real = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not real or not np.isfinite(value) or (above is not None and value <= above):
        wanted = "a finite number" if above is None else f"a finite number above {above:g}"
        raise ParameterError(f"{name} is {shortened(value)}; it must be {wanted}", component=rule, attribute=name)
    return float(value)


def probability_of(rule: str, name: str, value: Any) -> float:
    """A number between 0 and 1 as a float."""
    if not (isinstance(value, (int, float, np.integer, np.floating)) and 0.0 <= value <= 1.0):
        raise ParameterError(f"{name} is {brief(value)}; it must be between 0 and 1", component=rule)
    return float(value)


def real_array(rule: str, name: str, value: Any) -> np.ndarray:
    """Finite real numbers as an array of float64."""
    try:
        array = np.asarray(as_float64(np.asarray(value) if is_foreign(value) else value))
    except TypeError as error:
        raise ParameterError(f"{name} {error}", component=rule, attribute=name) from None
    if not np.isfinite(array).all():
        where = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
        at = f"[{', '.join(map(str, where))}]" if where else ""
        raise ParameterError(f"{name}{at} is {array[where]}; finite numbers are needed", component=rule, attribute=name)
    return array


def given_weights(rule: str, weights: Any) -> Any:
    """Weights to be changed: an array ``(..., n_post, n_pre)`` or a canonical CSR array, to be read only."""
    if hasattr(weights, "toarray") and not is_sparse(weights):
        text, remedy = f"weights is {brief(weights)}", "Pass an array or a sparse matrix, such as weights.toarray()"
        raise ParameterError(text, component=rule, attribute="weights", remedy=remedy)
    if not is_sparse(weights) or isinstance(weights, CompressedRows):
        array = real_array(rule, "weights", weights)
        if array.ndim < 2 or 0 in array.shape:
            text = f"weights has shape {array.shape}; expected (..., n_post, n_pre)"
            raise ParameterError(text, component=rule, attribute="weights")
        return array
    try:
        csr, _ = as_csr(weights)
    except TypeError as error:
        raise ParameterError(f"weights {error}", component=rule, attribute="weights") from None
    real_array(rule, "weights.data", csr.data)
    return csr


def with_data(csr: Any, data: np.ndarray) -> Any:
    """A CSR array of the same synapses with other weights, which shares nothing."""
    from scipy import sparse

    return sparse.csr_array((data, csr.indices.copy(), csr.indptr.copy()), shape=csr.shape)


def csr_of_rows(rows: list[np.ndarray], n_pre: int, weights: Any, rng: np.random.Generator | None) -> Any:
    """A CSR array from the sorted presynaptic cells of each postsynaptic one, weights drawn row after row."""
    from scipy import sparse

    columns = np.concatenate([np.empty(0, dtype=np.intp), *rows])
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return sparse.csr_array((weights(rng, len(columns)), columns, starts), shape=(len(rows), n_pre))
