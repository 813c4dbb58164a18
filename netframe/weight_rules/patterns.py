"""Weights of low rank: from patterns that are given, or random ones with an overlap."""

from __future__ import annotations

from typing import Any

import numpy as np

from netframe.calls import explained
from netframe.component import Node
from netframe.connectivity import LowRank
from netframe.errors import ParameterError
from netframe.weight_rules.arguments import real_array, require_generator, same_cells, sizes


@explained
def low_rank(pre: Node | int, post: Node | int, m: Any, n: Any) -> LowRank:
    """Weights from pairs of patterns, as a ``LowRank``: what is driven, ``m``, and what is looked for, ``n``.

        w_ij = sum_r m[i, r] n[j, r] / n_pre

    ``m`` is ``(n_post,)`` or ``(n_post, rank)``, ``n`` is ``(n_pre,)`` or ``(n_pre, rank)``. In a population that
    projects to itself the eigenvalues other than zero are those of the overlaps ``n.T @ m / n_pre``. A random part
    beside it, as in the source, is a second projection between the same ends.

    Source: F. Mastrogiuseppe and S. Ostojic, Neuron 99, 609 (2018), the structured part of the connectivity.

    Example:
        >>> low_rank(4, 2, [1.0, -1.0], [1.0, 2.0, 3.0, 4.0]).toarray()
        array([[ 0.25,  0.5 ,  0.75,  1.  ],
               [-0.25, -0.5 , -0.75, -1.  ]])
    """
    n_pre, n_post = sizes("low_rank", pre, post)
    found = []
    for name, value, cells in (("m", m, n_post), ("n", n, n_pre)):
        patterns = real_array("low_rank", name, value)
        if patterns.ndim not in (1, 2) or len(patterns) != cells or 0 in patterns.shape:
            text = f"{name} has shape {patterns.shape}; expected ({cells},) or ({cells}, rank)"
            raise ParameterError(text, component="low_rank", attribute=name)
        found.append(patterns.reshape(cells, -1))
    left, right = found
    if left.shape[1] != right.shape[1]:
        text = f"m has {left.shape[1]} patterns and n has {right.shape[1]}; they are pairs"
        raise ParameterError(text, component="low_rank", attribute="m")
    return LowRank(left, right / n_pre)


@explained
def random_low_rank(
    pre: Node | int, post: Node | int, rank: int, rng: np.random.Generator, *, overlap: Any = 0.0
) -> LowRank:
    """Random weights of a ``rank``, as a ``LowRank``: patterns of normal numbers, with an ``overlap`` if wished.

        w = m n^T / n_pre,   m[i, r] ~ N(0, 1),   n[j, r] = sum_s overlap[r, s] m[j, s] + N(0, 1)

    In a population that projects to itself ``n.T @ m / n_pre`` comes close to ``overlap`` for many cells, and so do the
    eigenvalues other than zero to those of ``overlap``: a number for all patterns, one for each, or a matrix
    ``(rank, rank)``, whose complex eigenvalues make activity rotate. Between two populations there is none.

    Source: F. Mastrogiuseppe and S. Ostojic, Neuron 99, 609 (2018).

    Example:
        >>> w = random_low_rank(2000, 2000, 1, np.random.default_rng(1), overlap=2.0)
        >>> float((w.v.T @ w.u).item().__round__(1))
        2.0
    """
    rule = "random_low_rank"
    n_pre, n_post = sizes(rule, pre, post)
    require_generator(rule, rng)
    if isinstance(rank, bool) or not isinstance(rank, (int, np.integer)) or not 1 <= rank <= min(n_pre, n_post):
        text = f"rank is {rank!r}; between {n_pre} and {n_post} cells it must be a whole number"
        raise ParameterError(f"{text} from 1 to {min(n_pre, n_post)}", component=rule, attribute="rank")
    overlaps = real_array(rule, "overlap", overlap)
    if overlaps.shape not in ((), (rank,), (rank, rank)):
        text = f"overlap has shape {overlaps.shape}; expected a number, ({rank},) or ({rank}, {rank})"
        raise ParameterError(text, component=rule, attribute="overlap")
    if overlaps.any() and not same_cells(pre, post):
        text = "overlap makes sense for a population projecting to itself; pre and post differ"
        raise ParameterError(text, component=rule, attribute="overlap")
    m = rng.standard_normal((n_post, rank))
    n = rng.standard_normal((n_pre, rank))
    if overlaps.any():
        matrix = overlaps if overlaps.ndim == 2 else np.eye(rank) * overlaps
        n = n + m @ matrix.T
    return LowRank(m, n / n_pre)
