"""Rules that connect cells by chance: all, with a probability, a number each, or one to one."""

from __future__ import annotations

from typing import Any

import numpy as np

from netframe.calls import explained
from netframe.component import Node
from netframe.errors import ParameterError
from netframe.weight_rules.arguments import (
    csr_of_rows,
    probability_of,
    require_distribution,
    require_generator,
    require_one_population,
    sizes,
)
from netframe.weight_rules.distributions import Distribution, constant, uniform  # noqa: F401  used in examples


@explained
def all_to_all(
    pre: Node | int,
    post: Node | int,
    weights: Distribution,
    rng: np.random.Generator | None = None,
    *,
    autapses: bool = True,
) -> np.ndarray:
    """A weight for every pair, an array ``(n_post, n_pre)``; without ``autapses`` the diagonal is zero.

    ``constant(...)`` weights need no ``rng``.

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


@explained
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
    probability = probability_of("fixed_probability", "probability", probability)
    rows = []
    for cell in range(n_post):
        chosen = np.flatnonzero(rng.random(n_pre) < probability)
        rows.append(chosen if autapses else chosen[chosen != cell])
    return csr_of_rows(rows, n_pre, weights, rng)


@explained
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
    return csr_of_rows(rows, n_pre, weights, rng)


@explained
def one_to_one(pre: Node | int, post: Node | int, weights: Distribution, rng: np.random.Generator | None = None) -> Any:
    """Cell k to cell k, for two ends of the same size: a diagonal ``csr_array``; ``constant`` ones need no ``rng``.

    Example:
        >>> one_to_one(2, 2, constant(3.0)).toarray()
        array([[3., 0.],
               [0., 3.]])
    """
    n_pre, n_post = _sizes("one_to_one", pre, post, weights, rng)
    if n_pre != n_post:
        raise ParameterError(
            f"there are {n_pre} presynaptic and {n_post} postsynaptic cells; they must be equal", component="one_to_one"
        )
    return csr_of_rows([np.array([cell]) for cell in range(n_post)], n_pre, weights, rng)


def _sizes(rule: str, pre: Any, post: Any, weights: Any, rng: Any, autapses: bool = True) -> tuple[int, int]:
    found = sizes(rule, pre, post)
    require_distribution(rule, weights)
    require_generator(rule, rng, weights if rule in ("all_to_all", "one_to_one") else None)
    require_one_population(rule, pre, post, autapses)
    return found
