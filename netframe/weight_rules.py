"""Rules that say which cells are connected, and distributions that say how strongly.

    rng = np.random.default_rng(1)
    w = nf.fixed_probability(ffe, e, 0.1, nf.lognormal(mean=1.0), rng)

A rule takes the two ends in the order of a projection, as nodes or as numbers of cells, and returns weights of shape
``(n_post, n_pre)``: an array where all are connected, a ``scipy.sparse.csr_array`` otherwise. Every draw comes from the
``numpy.random.Generator`` that is passed, and from nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from netframe.component import Node
from netframe.errors import ParameterError


@attrs.frozen(repr=False)
class Distribution:
    """A way to draw weights: ``distribution(rng, shape)`` is an array of float64."""

    name: str
    parameters: dict[str, float]
    draw: Callable[[np.random.Generator, Any], np.ndarray]

    def __call__(self, rng: np.random.Generator, shape: Any) -> np.ndarray:
        return self.draw(rng, shape)

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in self.parameters.items())})"


def constant(value: float) -> Distribution:
    """The same weight for every synapse."""
    _require("constant", value=value)
    return Distribution("constant", {"value": value}, lambda rng, shape: np.full(shape, float(value)))


def uniform(low: float, high: float) -> Distribution:
    """Even between ``low`` and ``high``.

    >>> uniform(0.0, 1.0)
    uniform(low=0.0, high=1.0)
    """
    _require("uniform", low=low, high=high)
    if high < low:
        raise ParameterError(f"high ({high}) must not be below low ({low})", component="uniform")
    return Distribution("uniform", {"low": low, "high": high}, lambda rng, shape: rng.uniform(low, high, shape))


def normal(mean: float, sd: float, *, low: float = 0.0, high: float = np.inf) -> Distribution:
    """Gaussian, values outside ``low`` to ``high`` set to the nearer bound, so that weights keep their sign."""
    bounds = {name: bound for name, bound in (("low", low), ("high", high)) if bound not in (-np.inf, np.inf)}
    _require("normal", mean=mean, sd=sd, **bounds)
    if not low <= mean <= high:
        raise ParameterError(f"mean ({mean}) must be between low ({low}) and high ({high})", component="normal")
    if sd < 0 or not low <= high:
        raise ParameterError(
            f"sd ({sd}) must be zero or more and low ({low}) not above high ({high})", component="normal"
        )
    values = {"mean": mean, "sd": sd, "low": low, "high": high}
    return Distribution("normal", values, lambda rng, shape: np.clip(rng.normal(mean, sd, shape), low, high))


def lognormal(mean: float, sigma: float = 1.0) -> Distribution:
    """Log-normal with shape ``sigma``, rescaled so that the weights drawn have exactly the ``mean``.

    >>> float(lognormal(mean=2.0)(np.random.default_rng(1), 1000).mean().round(12))
    2.0
    """
    _require("lognormal", mean=mean, sigma=sigma)
    if sigma < 0 or mean <= 0:
        raise ParameterError(f"sigma ({sigma}) must be zero or more and mean ({mean}) positive", component="lognormal")

    def draw(rng: np.random.Generator, shape: Any) -> np.ndarray:
        drawn = rng.lognormal(0.0, sigma, shape)
        return drawn * (mean / drawn.mean()) if drawn.size else drawn

    return Distribution("lognormal", {"mean": mean, "sigma": sigma}, draw)


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


def _require(name: str, **values: float) -> None:
    for argument, value in values.items():
        if not isinstance(value, (int, float, np.number)) or np.iscomplexobj(value) or not np.isfinite(value):
            raise ParameterError(f"{argument} is {value!r}; it must be a finite number", component=name)
