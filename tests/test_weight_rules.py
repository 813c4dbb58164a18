"""Rules and distributions that build weights: shapes, seeds, exact counts and means, errors."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

import netframe as nf

SIZES = pytest.mark.parametrize(("n_pre", "n_post"), [(7, 4), (4, 7), (1, 5), (5, 1), (1, 1), (40, 30)])
WEIGHTS = nf.uniform(1.0, 2.0)


def rng(seed=1):
    return np.random.default_rng(seed)


#: Name -> the rule with its own argument filled in, as a function of (pre, post, distribution, generator).
RULES = {
    "all_to_all": lambda pre, post, w, g, **more: nf.all_to_all(pre, post, w, g, **more),
    "fixed_probability": lambda pre, post, w, g, **more: nf.fixed_probability(pre, post, 0.5, w, g, **more),
    "fixed_in_degree": lambda pre, post, w, g, **more: nf.fixed_in_degree(pre, post, 1, w, g, **more),
    "one_to_one": lambda pre, post, w, g: nf.one_to_one(pre, post, w, g),
}
DISTRIBUTIONS = {
    "constant": nf.constant(1.5),
    "uniform": nf.uniform(0.5, 2.0),
    "normal": nf.normal(1.0, 0.5),
    "lognormal": nf.lognormal(2.0, 0.7),
}
EACH_RULE = pytest.mark.parametrize("name", RULES)
EACH_DISTRIBUTION = pytest.mark.parametrize("name", DISTRIBUTIONS)


def dense(weights):
    return weights.toarray() if sparse.issparse(weights) else weights


def entries(weights):
    """Post and pre index of every stored synapse, from the arrays of the matrix itself."""
    post = [cell for cell in range(weights.shape[0]) for _ in range(weights.indptr[cell], weights.indptr[cell + 1])]
    return list(zip(post, weights.indices.tolist()))


# Distributions.


@EACH_DISTRIBUTION
@pytest.mark.parametrize("shape", [(3, 5), (1, 4), (1, 1), 6, 1, 0, (2, 3, 4)])
def test_draws_have_the_shape_asked_for(name, shape):
    drawn = DISTRIBUTIONS[name](rng(), shape)
    assert drawn.shape == (shape if isinstance(shape, tuple) else (shape,))
    assert drawn.dtype == np.float64
    assert np.isfinite(drawn).all()


@EACH_DISTRIBUTION
def test_draws_follow_the_generator_and_nothing_else(name):
    draw = DISTRIBUTIONS[name]
    np.random.seed(1)  # noqa: NPY002
    first = draw(rng(5), 20).tolist()
    np.random.seed(2)  # noqa: NPY002
    assert draw(rng(5), 20).tolist() == first
    if name != "constant":
        assert draw(rng(6), 20).tolist() != first
        generator = rng(5)
        assert draw(generator, 20).tolist() == first
        assert draw(generator, 20).tolist() != first


@EACH_DISTRIBUTION
def test_a_distribution_shows_its_parameters(name):
    assert repr(DISTRIBUTIONS[name]).startswith(f"{name}(")
    assert repr(nf.lognormal(2.0, sigma=0.7)) == "lognormal(mean=2.0, sigma=0.7)"


def test_constant_draws_the_constant():
    assert nf.constant(-2)(rng(), (2, 3)).tolist() == [[-2.0] * 3] * 2


@given(low=st.floats(-5.0, 5.0), width=st.floats(0.0, 10.0), seed=st.integers(0, 2**32))
def test_uniform_draws_stay_within_their_bounds(low, width, seed):
    drawn = nf.uniform(low, low + width)(rng(seed), 50)
    assert low <= drawn.min() <= drawn.max() <= low + width


def test_uniform_draws_fill_their_bounds_evenly():
    drawn = nf.uniform(-1.0, 3.0)(rng(), 40_000)
    counts = np.histogram(drawn, bins=8, range=(-1.0, 3.0))[0]
    assert np.abs(counts - 5000).max() < 6 * math.sqrt(5000)


@given(share=st.floats(0.0, 1.0), sd=st.floats(0.0, 3.0), low=st.floats(-2.0, 0.5), width=st.floats(0.0, 2.0))
def test_normal_draws_are_clipped_to_their_bounds(share, sd, low, width):
    mean = min(low + share * width, low + width)
    drawn = nf.normal(mean, sd, low=low, high=low + width)(rng(), 50)
    assert low <= drawn.min() <= drawn.max() <= low + width


def test_normal_draws_outside_are_set_to_the_bound_and_those_inside_are_kept():
    free = nf.normal(1.0, 1.0, low=-np.inf)(rng(3), 1000)
    kept = nf.normal(1.0, 1.0)(rng(3), 1000)
    assert free.min() < 0.0
    assert kept.tolist() == [max(x, 0.0) for x in free.tolist()]
    assert abs(free.mean() - 1.0) < 6 / math.sqrt(1000)
    assert abs(free.std() - 1.0) < 6 / math.sqrt(2000)
    assert nf.normal(1.0, 0.0)(rng(), 3).tolist() == [1.0] * 3


@given(mean=st.floats(1e-3, 1e3), sigma=st.floats(0.0, 2.0), count=st.integers(1, 60), seed=st.integers(0, 2**32))
def test_lognormal_draws_have_exactly_the_mean(mean, sigma, count, seed):
    drawn = nf.lognormal(mean, sigma)(rng(seed), count)
    assert math.fsum(drawn) / count == pytest.approx(mean, rel=1e-13)
    assert (drawn > 0.0).all()
    if count == 1 or sigma == 0.0:
        assert drawn.tolist() == pytest.approx([mean] * count, rel=1e-13)


def test_lognormal_draws_have_normal_logarithms_of_the_spread_asked_for():
    logs = np.log(nf.lognormal(3.0, 0.8)(rng(), 20_000))
    assert abs(logs.std() - 0.8) < 6 * 0.8 / math.sqrt(2 * 20_000)
    skew = ((logs - logs.mean()) ** 3).mean() / logs.std() ** 3
    assert abs(skew) < 6 * math.sqrt(6 / 20_000)


# Rules.


@EACH_RULE
@SIZES
def test_weights_are_post_by_pre_and_finite_floats(name, n_pre, n_post):
    if name == "one_to_one":
        n_post = n_pre
    weights = RULES[name](n_pre, n_post, WEIGHTS, rng())
    assert weights.shape == (n_post, n_pre)
    assert weights.dtype == np.float64
    assert sparse.issparse(weights) is (name != "all_to_all")
    stored = weights.data if sparse.issparse(weights) else weights
    assert ((np.asarray(stored) >= 1.0) & (np.asarray(stored) <= 2.0)).all()


@EACH_RULE
def test_rules_follow_the_generator_and_nothing_else(name):
    np.random.seed(1)  # noqa: NPY002
    state = np.random.get_state()[1].tolist()  # noqa: NPY002
    first = dense(RULES[name](9, 9, WEIGHTS, rng(5)))
    assert np.random.get_state()[1].tolist() == state  # noqa: NPY002
    np.random.seed(2)  # noqa: NPY002
    assert (dense(RULES[name](9, 9, WEIGHTS, rng(5))) == first).all()
    assert (dense(RULES[name](9, 9, WEIGHTS, rng(6))) != first).any()
    generator = rng(5)
    assert (dense(RULES[name](9, 9, WEIGHTS, generator)) == first).all()
    assert (dense(RULES[name](9, 9, WEIGHTS, generator)) != first).any()


@EACH_RULE
@pytest.mark.parametrize(("n_pre", "n_post"), [(5, 3), (1, 4), (4, 1), (1, 1)])
def test_nodes_may_stand_for_sizes_and_weights_fit_a_projection_of_the_same_ends(name, n_pre, n_post):
    if name == "one_to_one":
        n_post = n_pre
    pre, post = nf.ConstantInput("F", rates=np.ones(n_pre)), nf.LeakyRate("E", size=n_post)
    weights = RULES[name](pre, post, WEIGHTS, rng())
    assert (dense(weights) == dense(RULES[name](n_pre, n_post, WEIGHTS, rng()))).all()
    net = nf.Network("n", [pre, post, nf.InstantSynapse(pre, post, weights=weights, g=1.0)])
    drive = net.quantity(0.0, net.initial_state(), "F_to_E.drive")
    assert drive.tolist() == pytest.approx([sum(row) for row in dense(weights).tolist()])


@pytest.mark.parametrize(
    "weights",
    [
        pytest.param(nf.fixed_probability(30, 20, 0.4, WEIGHTS, rng()), id="fixed_probability"),
        pytest.param(nf.fixed_in_degree(30, 20, 9, WEIGHTS, rng()), id="fixed_in_degree"),
        pytest.param(nf.fixed_in_degree(30, 30, 9, WEIGHTS, rng(), autapses=False), id="without autapses"),
        pytest.param(nf.one_to_one(30, 30, WEIGHTS, rng()), id="one_to_one"),
    ],
)
def test_sparse_weights_are_sorted_and_without_duplicates(weights):
    found = entries(weights)
    assert found == sorted(set(found))
    assert weights.indptr[-1] == len(weights.data) == len(weights.indices) >= 30


def test_all_to_all_draws_a_weight_for_every_pair():
    weights = nf.all_to_all(7, 4, WEIGHTS, rng())
    assert len(set(weights.ravel().tolist())) == 28


@pytest.mark.parametrize("probability", [0.0, 1.0])
@SIZES
def test_probability_of_none_or_all(probability, n_pre, n_post):
    weights = nf.fixed_probability(n_pre, n_post, probability, WEIGHTS, rng())
    assert weights.nnz == probability * n_pre * n_post


@pytest.mark.parametrize("probability", [0.03, 0.3, 0.9])
def test_pairs_are_connected_with_the_probability(probability):
    n_pre, n_post = 300, 200
    weights = nf.fixed_probability(n_pre, n_post, probability, nf.constant(1.0), rng())
    spread = math.sqrt(probability * (1.0 - probability))
    assert abs(weights.nnz - probability * n_pre * n_post) < 6 * spread * math.sqrt(n_pre * n_post)
    for axis, other, count in ((0, n_post, n_pre), (1, n_pre, n_post)):
        degrees = np.asarray((weights.toarray() != 0).sum(axis=axis))
        assert degrees.shape == (count,)
        assert np.abs(degrees - probability * other).max() < 6 * spread * math.sqrt(other)
        assert degrees.std() > 0.5 * spread * math.sqrt(other)  # independent, not a fixed degree


@given(n_pre=st.integers(1, 12), n_post=st.integers(1, 12), share=st.floats(0.0, 1.0), seed=st.integers(0, 2**32))
def test_in_degree_is_exact_and_without_duplicates(n_pre, n_post, share, seed):
    degree = round(share * n_pre)
    weights = nf.fixed_in_degree(n_pre, n_post, degree, WEIGHTS, rng(seed))
    found = entries(weights)
    assert len(found) == len(set(found)) == degree * n_post
    assert all(sum(post == cell for post, _ in found) == degree for cell in range(n_post))
    assert all(0 <= pre < n_pre for _, pre in found)


def test_in_degree_chooses_every_presynaptic_cell_equally_often():
    n_pre, n_post, degree = 20, 3000, 5
    for autapses, cells in ((True, (n_pre, n_post)), (False, (200, 200))):
        weights = nf.fixed_in_degree(*cells, degree, nf.constant(1.0), rng(), autapses=autapses)
        chosen = np.bincount(weights.indices, minlength=cells[0])
        p = degree / cells[0]
        assert np.abs(chosen - p * cells[1]).max() < 6 * math.sqrt(p * (1 - p) * cells[1])


def test_one_to_one_is_a_full_diagonal():
    weights = nf.one_to_one(5, 5, WEIGHTS, rng())
    assert entries(weights) == [(k, k) for k in range(5)]


@pytest.mark.parametrize("name", ["all_to_all", "fixed_probability", "fixed_in_degree"])
@pytest.mark.parametrize("size", [2, 5, 30])
def test_without_autapses_no_cell_reaches_itself(name, size):
    e = nf.LeakyRate("E", size=size)
    for seed in range(5):
        without = RULES[name](e, e, WEIGHTS, rng(seed), autapses=False)
        assert (np.diagonal(dense(without)) == 0.0).all()
        if sparse.issparse(without):
            assert all(post != pre for post, pre in entries(without))
        else:
            assert np.count_nonzero(without) == size * (size - 1)
    many = [np.diagonal(dense(RULES[name](e, e, WEIGHTS, rng(seed)))) for seed in range(60)]
    assert np.count_nonzero(many) > 0


def test_a_full_in_degree_without_autapses_is_everyone_else():
    weights = nf.fixed_in_degree(4, 4, 3, nf.constant(1.0), rng(), autapses=False)
    assert weights.toarray().tolist() == (1.0 - np.eye(4)).tolist()


def test_one_cell_without_autapses_has_no_synapse():
    assert nf.fixed_in_degree(1, 1, 0, WEIGHTS, rng(), autapses=False).nnz == 0
    assert nf.fixed_probability(1, 1, 1.0, WEIGHTS, rng(), autapses=False).nnz == 0
    assert nf.all_to_all(1, 1, WEIGHTS, rng(), autapses=False).tolist() == [[0.0]]


@pytest.mark.parametrize("name", ["all_to_all", "fixed_probability", "fixed_in_degree"])
@pytest.mark.parametrize("autapses", [True, False])
def test_the_synapses_of_a_rule_have_exactly_the_mean_of_a_lognormal(name, autapses):
    weights = dense(RULES[name](20, 20, nf.lognormal(3.0, 1.2), rng(), autapses=autapses))
    assert weights.sum() / np.count_nonzero(weights) == pytest.approx(3.0, rel=1e-12)


def test_a_distribution_of_ones_own_may_be_a_function():
    weights = nf.fixed_in_degree(5, 3, 2, lambda generator, shape: np.full(shape, 7.0), rng())
    assert weights.data.tolist() == [7.0] * 6


# Errors.

F, E = nf.ConstantInput("F", rates=np.ones(3)), nf.LeakyRate("E", size=4)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        pytest.param(action, words, id=wrong)
        for wrong, (action, *words) in {
            "constant NaN": (lambda: nf.constant(np.nan), "constant", "value is nan", "finite"),
            "constant text": (lambda: nf.constant("a"), "constant", "value is 'a'", "number"),
            "constant complex": (lambda: nf.constant(1j), "constant", "value is 1j", "number"),
            "constant array": (lambda: nf.constant([1.0, 2.0]), "constant", "value is [1.0, 2.0]", "number"),
            "uniform infinite": (lambda: nf.uniform(0.0, np.inf), "uniform", "high is inf", "finite"),
            "uniform upside down": (lambda: nf.uniform(2.0, 1.0), "uniform", "high (1.0)", "low (2.0)"),
            "normal negative sd": (lambda: nf.normal(0.0, -1.0), "normal", "sd (-1.0)", "zero or more"),
            "normal bounds upside down": (lambda: nf.normal(0.0, 1.0, low=2.0, high=1.0), "normal", "2.0", "1.0"),
            "normal NaN bound": (lambda: nf.normal(0.0, 1.0, low=np.nan), "normal", "low", "nan"),
            "normal text bound": (lambda: nf.normal(0.0, 1.0, high="b"), "normal", "high", "'b'"),
            "lognormal zero mean": (lambda: nf.lognormal(0.0), "lognormal", "mean (0.0)", "positive"),
            "lognormal negative sigma": (lambda: nf.lognormal(1.0, -0.5), "lognormal", "sigma (-0.5)", "zero or more"),
            "no distribution": (lambda: nf.all_to_all(3, 4, 1.0, rng()), "all_to_all", "weights is 1.0", "constant("),
            "seed for generator": (lambda: nf.all_to_all(3, 4, WEIGHTS, 1), "rng is 1", "default_rng"),
            "legacy generator": (lambda: nf.all_to_all(3, 4, WEIGHTS, np.random.RandomState(1)), "rng", "default_rng"),
            "no cells": (lambda: nf.all_to_all(0, 4, WEIGHTS, rng()), "all_to_all", "pre is 0", "number of cells"),
            "half a cell": (lambda: nf.all_to_all(3, 2.5, WEIGHTS, rng()), "all_to_all", "post is 2.5"),
            "a name": (lambda: nf.one_to_one("E", 4, WEIGHTS, rng()), "one_to_one", "pre is 'E'", "population"),
            "probability above one": (
                lambda: nf.fixed_probability(F, E, 1.5, WEIGHTS, rng()),
                *("fixed_probability", "probability is 1.5", "between 0 and 1"),
            ),
            "probability NaN": (
                lambda: nf.fixed_probability(F, E, np.nan, WEIGHTS, rng()),
                *("fixed_probability", "probability is nan", "between 0 and 1"),
            ),
            "probability text": (
                lambda: nf.fixed_probability(F, E, "0.1", WEIGHTS, rng()),
                *("fixed_probability", "probability is '0.1'", "between 0 and 1"),
            ),
            "degree above pre": (
                lambda: nf.fixed_in_degree(F, E, 4, WEIGHTS, rng()),
                *("fixed_in_degree", "degree is 4", "3 presynaptic", "between 0 and 3"),
            ),
            "degree of all without autapses": (
                lambda: nf.fixed_in_degree(E, E, 4, WEIGHTS, rng(), autapses=False),
                *("fixed_in_degree", "degree is 4", "between 0 and 3"),
            ),
            "degree negative": (
                lambda: nf.fixed_in_degree(F, E, -1, WEIGHTS, rng()),
                "degree is -1",
                "between 0 and 3",
            ),
            "degree fraction": (lambda: nf.fixed_in_degree(F, E, 1.5, WEIGHTS, rng()), "degree is 1.5", "whole"),
            "degree text": (lambda: nf.fixed_in_degree(F, E, "2", WEIGHTS, rng()), "degree is '2'", "whole"),
            "one to one of unequal ends": (
                lambda: nf.one_to_one(F, E, WEIGHTS, rng()),
                "one_to_one",
                "3",
                "4",
                "equal",
            ),
            "autapses between two populations": (
                lambda: nf.fixed_probability(F, E, 0.5, WEIGHTS, rng(), autapses=False),
                *("fixed_probability", "autapses=False", "itself"),
            ),
            "autapses between two populations of one size": (
                lambda: nf.all_to_all(E, E.copy("E2"), WEIGHTS, rng(), autapses=False),
                *("all_to_all", "autapses=False", "itself"),
            ),
        }.items()
    ],
)
def test_arguments_that_make_no_weights(action, words):
    with pytest.raises(nf.ParameterError) as caught:
        action()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
