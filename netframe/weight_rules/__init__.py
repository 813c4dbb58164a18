"""Rules that say which cells are connected, and distributions that say how strongly.

    rng = np.random.default_rng(1)
    w = nf.fixed_probability(ffe, e, 0.1, nf.lognormal(mean=1.0), rng)

A rule takes the two ends in the order of a projection, as nodes or as numbers of cells, and returns weights of shape
``(n_post, n_pre)``: an array where all are connected, a ``scipy.sparse.csr_array`` otherwise. Every draw comes from the
``numpy.random.Generator`` that is passed, and from nothing else. ``Drawn`` keeps rule and seed in place of the weights.
"""

from typing import TYPE_CHECKING

from netframe.later import loader
from netframe.weight_rules.distributions import Distribution, constant, lognormal, normal, uniform
from netframe.weight_rules.random import all_to_all, fixed_in_degree, fixed_probability, one_to_one

if TYPE_CHECKING:
    from netframe.weight_rules.chance import distance_probability
    from netframe.weight_rules.cosine import ring
    from netframe.weight_rules.dale import dales_law
    from netframe.weight_rules.drawn import Drawn
    from netframe.weight_rules.edges import from_edges
    from netframe.weight_rules.graphs import from_networkx
    from netframe.weight_rules.patterns import low_rank, random_low_rank
    from netframe.weight_rules.positions import distances, even_positions
    from netframe.weight_rules.profiles import difference_of_gaussians, distance_profile, gaussian_profile
    from netframe.weight_rules.rows import balance_rows, normalize_rows
    from netframe.weight_rules.spectral import scale_spectral_radius, spectral_radius
    from netframe.weight_rules.watts_strogatz import small_world

#: What is loaded when it is first asked for, and the module it is in.
LATER = {
    "Drawn": "drawn",
    "balance_rows": "rows",
    "dales_law": "dale",
    "difference_of_gaussians": "profiles",
    "distance_probability": "chance",
    "distance_profile": "profiles",
    "distances": "positions",
    "even_positions": "positions",
    "from_edges": "edges",
    "from_networkx": "graphs",
    "gaussian_profile": "profiles",
    "low_rank": "patterns",
    "normalize_rows": "rows",
    "random_low_rank": "patterns",
    "ring": "cosine",
    "scale_spectral_radius": "spectral",
    "small_world": "watts_strogatz",
    "spectral_radius": "spectral",
}
__getattr__ = loader(__name__, LATER)

__all__ = [
    "Distribution",
    "Drawn",
    "all_to_all",
    "balance_rows",
    "constant",
    "dales_law",
    "difference_of_gaussians",
    "distance_probability",
    "distance_profile",
    "distances",
    "even_positions",
    "fixed_in_degree",
    "fixed_probability",
    "from_edges",
    "from_networkx",
    "gaussian_profile",
    "lognormal",
    "low_rank",
    "normal",
    "normalize_rows",
    "one_to_one",
    "random_low_rank",
    "ring",
    "scale_spectral_radius",
    "small_world",
    "spectral_radius",
    "uniform",
]
