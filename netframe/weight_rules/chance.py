"""A rule by which the chance of a connection depends on distance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from netframe.calls import explained
from netframe.component import Node
from netframe.errors import ParameterError, brief
from netframe.weight_rules.arguments import (
    csr_of_rows,
    require_distribution,
    require_generator,
    require_one_population,
)
from netframe.weight_rules.distributions import Distribution
from netframe.weight_rules.positions import placed
from netframe.weight_rules.profiles import evaluated


@explained
def distance_probability(
    pre: Node | int,
    post: Node | int,
    probability: Callable[[np.ndarray], Any],
    weights: Distribution,
    rng: np.random.Generator,
    *,
    length: float | Sequence[float] | None = None,
    periodic: bool = False,
    pre_positions: Any = None,
    post_positions: Any = None,
    autapses: bool = True,
) -> Any:
    """Each pair is connected with a probability that depends on its distance, independently: a ``csr_array``.

        P(i receives from j) = probability(|x_i - x_j|)

    ``probability`` is given an array of distances and returns as many numbers between 0 and 1. Where cells are is said
    as for ``distances``. The same generator with a constant probability gives what ``fixed_probability`` gives.

    Example:
        >>> import netframe as nf
        >>> near = lambda d: 0.5 * np.exp(-d / 0.1)
        >>> w = nf.distance_probability(50, 40, near, nf.constant(1.0), np.random.default_rng(1), periodic=True)
        >>> w.shape
        (40, 50)
    """
    rule = "distance_probability"
    where = placed(rule, pre, post, length, periodic, pre_positions, post_positions)
    require_distribution(rule, weights)
    require_generator(rule, rng)
    require_one_population(rule, pre, post, autapses)
    if not callable(probability):
        text = f"probability is {brief(probability)}; it must be a function of distance"
        remedy = "One number for all pairs is fixed_probability"
        raise ParameterError(text, component=rule, attribute="probability", remedy=remedy)
    rows = []
    for cell in range(len(where.post)):
        far = where.row(cell)
        chance = evaluated(rule, "probability", probability, far)
        wrong = (chance < 0.0) | (chance > 1.0)
        if wrong.any():
            text = f"probability is {chance[wrong][0]:g} at a distance of {far[wrong][0]:g}"
            remedy = "It must be between 0 and 1"
            raise ParameterError(text, component=rule, attribute="probability", remedy=remedy)
        chosen = np.flatnonzero(rng.random(len(far)) < chance)
        rows.append(chosen if autapses else chosen[chosen != cell])
    return csr_of_rows(rows, len(where.pre), weights, rng)
