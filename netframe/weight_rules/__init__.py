"""Rules that say which cells are connected, and distributions that say how strongly.

    rng = np.random.default_rng(1)
    w = nf.fixed_probability(ffe, e, 0.1, nf.lognormal(mean=1.0), rng)

A rule takes the two ends in the order of a projection, as nodes or as numbers of cells, and returns weights of shape
``(n_post, n_pre)``: an array where all are connected, a ``scipy.sparse.csr_array`` otherwise. Every draw comes from the
``numpy.random.Generator`` that is passed, and from nothing else.
"""

from netframe.later import loader
from netframe.weight_rules.distributions import Distribution, constant, lognormal, normal, uniform
from netframe.weight_rules.random import all_to_all, fixed_in_degree, fixed_probability, one_to_one

#: What is loaded when it is first asked for, and the module it is in.
LATER: dict[str, str] = {}
__getattr__ = loader(__name__, LATER)

__all__ = [
    "Distribution",
    "all_to_all",
    "constant",
    "fixed_in_degree",
    "fixed_probability",
    "lognormal",
    "normal",
    "one_to_one",
    "uniform",
]
