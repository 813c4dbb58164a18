"""Rules that connect cells by chance: all, with a probability, a number each, or one to one."""

from __future__ import annotations

from typing import Any

import numpy as np

from netframe.component import Node
from netframe.errors import ParameterError
from netframe.weight_rules.distributions import Distribution, constant, uniform  # noqa: F401  used in examples


def all_to_all(
    pre: Node | int, post: Node | int, weights: Distribution, rng: np.random.Generator, *, autapses: bool = True
) -> np.ndarray:
    """A weight for every pair, an array ``(n_post, n_pre)``; without ``autapses`` the diagonal is zero.

    Zeros of an array are synapses of weight zero, which weights that learn may move; ``fixed_probability`` with
    probability 1 stores no autapses at all.

    Example:
        >>> all_to_all(3, 2, uniform(0.0, 1.0), np.random.default_rng(1)).shape
        (2, 3)
    """
    n_pre, n_post = _sizes("all_to_all", pre, post, weights, rng, autapses)
    if autapses:
        return weights(rng, (n_post, n_pre))
    others = ~np.eye(n_post, n_pre, dtype=bool)
    drawn = np.zeros((n_post, n_pre))
    drawn[others] = weights(rng, int(others.sum()))
    return drawn


def fixed_probability(
    pre: Node | int,
    post: Node | int,
    probability: float,
    weights: Distribution,
    rng: np.random.Generator,
    *,
    autapses: bool = True,
) -> Any:
    """Each pair is connected with ``probability``, independently: a ``csr_array``.

    Example:
        >>> fixed_probability(50, 40, 0.1, constant(1.0), np.random.default_rng(1)).shape
        (40, 50)
    """
    n_pre, n_post = _sizes("fixed_probability", pre, post, weights, rng, autapses)
    if not (isinstance(probability, (int, float, np.number)) and 0.0 <= probability <= 1.0):
        raise ParameterError(
            f"probability is {probability!r}; it must be between 0 and 1", component="fixed_probability"
        )
    rows = []
    for cell in range(n_post):
        chosen = np.flatnonzero(rng.random(n_pre) < probability)
        rows.append(chosen if autapses else chosen[chosen != cell])
    return _csr(rows, n_pre, weights, rng)


def fixed_in_degree(
    pre: Node | int,
    post: Node | int,
    degree: int,
    weights: Distribution,
    rng: np.random.Generator,
    *,
    autapses: bool = True,
) -> Any:
    """Each postsynaptic cell receives from ``degree`` different presynaptic cells: a ``csr_array``.

    Example:
        >>> w = fixed_in_degree(50, 40, 5, constant(1.0), np.random.default_rng(1))
        >>> bool((w.sum(axis=1) == 5).all())
        True
    """
    n_pre, n_post = _sizes("fixed_in_degree", pre, post, weights, rng, autapses)
    most = n_pre if autapses else n_pre - 1
    if isinstance(degree, bool) or not isinstance(degree, (int, np.integer)) or not 0 <= degree <= most:
        text = f"degree is {degree!r}; with {n_pre} presynaptic cells it must be a whole number between 0 and {most}"
        raise ParameterError(text, component="fixed_in_degree")
    rows = []
    for cell in range(n_post):
        chosen = rng.choice(most, size=degree, replace=False, shuffle=False)
        rows.append(np.sort(chosen if autapses else chosen + (chosen >= cell)))
    return _csr(rows, n_pre, weights, rng)


def one_to_one(pre: Node | int, post: Node | int, weights: Distribution, rng: np.random.Generator) -> Any:
    """Cell k to cell k, for two ends of the same size: a diagonal ``csr_array``.

    Example:
        >>> one_to_one(2, 2, constant(3.0), np.random.default_rng(1)).toarray()
        array([[3., 0.],
               [0., 3.]])
    """
    n_pre, n_post = _sizes("one_to_one", pre, post, weights, rng)
    if n_pre != n_post:
        raise ParameterError(
            f"there are {n_pre} presynaptic and {n_post} postsynaptic cells; they must be equal", component="one_to_one"
        )
    return _csr([np.array([cell]) for cell in range(n_post)], n_pre, weights, rng)


def _csr(rows: list[np.ndarray], n_pre: int, weights: Distribution, rng: np.random.Generator) -> Any:
    from scipy import sparse

    columns = np.concatenate([np.empty(0, dtype=np.intp), *rows])
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return sparse.csr_array((weights(rng, len(columns)), columns, starts), shape=(len(rows), n_pre))


def _sizes(rule: str, pre: Any, post: Any, weights: Any, rng: Any, autapses: bool = True) -> tuple[int, int]:
    n_pre, n_post = (end.size if isinstance(end, Node) else end for end in (pre, post))
    for name, n in (("pre", n_pre), ("post", n_post)):
        if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
            text = f"{name} is {n!r}; it must be a population, an input or a number of cells"
            raise ParameterError(text, component=rule)
    if not callable(weights):
        text = f"weights is {weights!r}; it must be a distribution, such as constant({weights!r}) or uniform(0.0, 1.0)"
        raise ParameterError(text, component=rule)
    if not isinstance(rng, np.random.Generator):
        text = f"rng is {rng!r}; it must be a numpy.random.Generator, as from np.random.default_rng(seed)"
        raise ParameterError(text, component=rule)
    same = pre is post if isinstance(pre, Node) and isinstance(post, Node) else n_pre == n_post
    if not autapses and not same:
        text = "autapses=False makes sense for a population projecting to itself; pre and post differ"
        raise ParameterError(text, component=rule)
    return int(n_pre), int(n_post)
