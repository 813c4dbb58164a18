"""Small worlds: a ring of neighbours some of whose connections are replaced by long ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from netframe.calls import explained
from netframe.component import Node
from netframe.errors import ParameterError, brief
from netframe.weight_rules.arguments import (
    csr_of_rows,
    probability_of,
    require_distribution,
    require_generator,
    sizes,
)
from netframe.weight_rules.distributions import Distribution


@explained
def small_world(
    population: Node | int,
    degree: int,
    rewiring: float,
    weights: Distribution,
    rng: np.random.Generator,
    *,
    directed: bool = True,
) -> Any:
    """Cells on a ring connected to their nearest neighbours, each connection rewired with a probability: ``csr_array``.

    Every cell receives from the ``degree`` cells next to it, half on each side. Then, with probability ``rewiring``,
    the presynaptic end of a synapse moves to a cell chosen evenly among all that the synapse may come from: no
    autapses, no duplicates. The in-degree stays ``degree``; ``rewiring=1`` is ``fixed_in_degree`` without autapses.

    With ``directed=False`` connections are those of the source, which have no direction: one end of an edge moves, both
    its synapses with it, and the number of edges stays ``degree n / 2``. Each synapse has a weight drawn for itself.

    Source: D. J. Watts and S. H. Strogatz, Nature 393, 440 (1998).

    Example:
        >>> import netframe as nf
        >>> nf.small_world(5, 2, 0.0, nf.constant(1.0), np.random.default_rng(1)).toarray()
        array([[0., 1., 0., 0., 1.],
               [1., 0., 1., 0., 0.],
               [0., 1., 0., 1., 0.],
               [0., 0., 1., 0., 1.],
               [1., 0., 0., 1., 0.]])
    """
    rule = "small_world"
    if not isinstance(population, Node) and (
        isinstance(population, bool) or not isinstance(population, (int, np.integer))
    ):
        text = f"population is {brief(population)}; it must be a population or a number of cells"
        raise ParameterError(text, component=rule, attribute="population")
    n, _ = sizes(rule, population, population)
    require_distribution(rule, weights)
    require_generator(rule, rng)
    rewiring = probability_of(rule, "rewiring", rewiring)
    whole = isinstance(degree, (int, np.integer)) and not isinstance(degree, bool)
    if not whole or degree % 2 or not 0 <= degree < n:
        text = f"degree is {degree!r}; with {n} cells it must be an even number from 0 to {(n - 1) // 2 * 2}"
        raise ParameterError(text, component=rule, attribute="degree")
    rows = _rewired_synapses(n, degree, rewiring, rng) if directed else _rewired_edges(n, degree, rewiring, rng)
    return csr_of_rows(rows, n, weights, rng)


def _rewired_synapses(n: int, degree: int, rewiring: float, rng: np.random.Generator) -> list[np.ndarray]:
    steps = np.arange(1, degree // 2 + 1)
    steps = np.concatenate([-steps, steps])
    rows = []
    for cell in range(n):
        kept = (cell + steps[rng.random(degree) >= rewiring]) % n
        free = np.ones(n, dtype=bool)
        free[kept] = free[cell] = False
        moved = rng.choice(np.flatnonzero(free), size=degree - len(kept), replace=False, shuffle=False)
        rows.append(np.sort(np.concatenate([kept, moved])))
    return rows


def _rewired_edges(n: int, degree: int, rewiring: float, rng: np.random.Generator) -> list[np.ndarray]:
    steps = range(1, degree // 2 + 1)
    neighbours = [{(cell + sign * step) % n for step in steps for sign in (-1, 1)} for cell in range(n)]
    for step in steps:
        for cell in np.flatnonzero(rng.random(n) < rewiring).tolist():
            old = (cell + step) % n
            neighbours[cell].remove(old)
            neighbours[old].remove(cell)
            new = cell
            while new == cell or new in neighbours[cell]:  # ends, since the old one is free
                new = int(rng.integers(n))
            neighbours[cell].add(new)
            neighbours[new].add(cell)
    return [np.array(sorted(cells), dtype=np.intp) for cells in neighbours]
