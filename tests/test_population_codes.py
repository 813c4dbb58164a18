"""Population codes: hand-made examples, brute-force loops, invariants, and what is refused."""

import itertools
import math
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

import netframe as nf
from netframe import analysis
from netframe.analysis.kept_times import inside

SHAPES = [(1, 1), (1, 4), (5, 1), (3, 7), (7, 3), (2, 3, 5), (2, 1, 4, 3)]
REDUCING = [analysis.sparsity, analysis.selectivity, analysis.discriminability, analysis.participation_ratio]
#: Rates with silent patterns and units among them, and sizes far from rounding trouble.
RATES = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 6), st.integers(1, 6)),
    elements=st.one_of(st.just(0.0), st.integers(1, 400).map(lambda k: k / 8)),
)


def rates_of(shape, seed=0):
    """Random rates, a third of them zero, with the first pattern silent where there are several."""
    rng = np.random.default_rng(seed)
    x = rng.exponential(10.0, shape) * (rng.random(shape) > 0.35)
    if shape[-2] > 1:
        x[..., 0, :] = 0.0
    return x


def members(x):
    """Each matrix (pattern, unit) of an array, with its index."""
    return [(index, x[index]) for index in np.ndindex(x.shape[:-2])]


def network(rates, size=2):
    ffe, e = nf.ConstantInput("FFE", rates=rates), nf.LeakyRate("E", size=size, activation=nf.Softplus())
    weights = np.arange(1.0, 1.0 + size * ffe.size).reshape(size, -1)
    return nf.Network("n", [ffe, e, nf.ReversalSynapse(ffe, e, weights=weights, g=1e-5)])


PATTERNS = np.array([[0.0, 20.0, 5.0], [30.0, 0.0, 0.0], [0.0, 0.0, 0.0], [9.0, 9.0, 9.0]])


@pytest.fixture(scope="module")
def sol():
    return nf.simulate(network(PATTERNS), 0.35, save_at=np.arange(351) * 1e-3)


# Responses.


@pytest.mark.slow
def test_a_window_is_half_open(sol):
    expected = sum(sol["E.rate"][k] for k in range(150, 350)) / 200
    assert_allclose(analysis.responses(sol, "E.rate", window=(0.15, 0.35)), expected, rtol=1e-12)


@pytest.mark.parametrize(
    "t", [np.arange(0.0, 0.35, 1e-3), np.arange(351) * 1e-3, np.linspace(0.0, 0.35, 351), np.cumsum(np.full(351, 1e-3))]
)
def test_however_times_are_made_there_are_200_samples_of_a_window(t):
    assert inside(t, (0.15, 0.35), function="f") == slice(*np.searchsorted(t, [0.1495, 0.3495]))
    assert len(t[inside(t, (0.15, 0.35), function="f")]) == 200


def test_a_time_that_rounding_moved_over_an_end_is_at_it():
    t = np.cumsum(np.full(1500, 2.5e-4))
    assert np.sum((t >= 0.15) & (t < 0.35)) == 801
    assert len(t[inside(t, (0.15, 0.35), function="f")]) == 800


@given(st.integers(-40, 60), st.integers(1, 40), st.sampled_from(["0.0001", "0.001", "0.05", "0.1", "1", "7.3"]))
def test_a_window_holds_as_many_samples_as_fit(first, length, step):
    exact = Fraction(step)
    t = -40 * float(exact) + np.concatenate([[0.0], np.cumsum(np.full(140, float(exact)))])
    rows = inside(t, (float(first * exact), float((first + length) * exact)), function="f")
    assert (rows.start, rows.stop) == (first + 40, first + 40 + length)


def test_the_stop_of_a_window_may_be_infinite(sol):
    expected = sol["E.rate"][300:].mean(axis=0)
    assert_allclose(analysis.responses(sol, "E.rate", window=(0.3, math.inf)), expected, rtol=1e-12)


def test_a_time_is_the_nearest_that_was_kept(sol):
    assert_array_equal(analysis.responses(sol, "E.rate", at=0.1004), sol["E.rate"][100])
    assert_array_equal(analysis.responses(sol, "E.v", at=0.1006), sol["E.v"][101])
    assert_array_equal(analysis.responses(sol, "E.v", at=0.35), sol["E.v"][350])


def test_every_time_is_kept_when_none_is_asked_for(sol):
    assert_array_equal(analysis.responses(sol, "E.rate"), sol["E.rate"])
    assert analysis.sparsity(sol, "E.rate").shape == (351, 4)


def test_recorded_paths_batches_of_batches_and_arrays_are_responses_too():
    net = network(np.stack([PATTERNS, 2 * PATTERNS]))
    whole = nf.simulate(net, 0.02, save_at=5)
    few = nf.simulate(net, 0.02, save_at=5, record=["E.rate"])
    assert analysis.responses(whole, "E.rate", at=0.02).shape == (2, 4, 2)
    assert_array_equal(analysis.responses(few, "E.rate", at=0.01), analysis.responses(whole, "E.rate", at=0.01))
    assert_array_equal(analysis.responses(PATTERNS), PATTERNS)


def test_a_solution_gives_what_its_arrays_give(sol):
    x = sol["E.rate"][150:350].mean(axis=0)
    found = analysis.cosine_similarity(sol, "E.rate", window=(0.15, 0.35))
    assert_allclose(found.matrix, analysis.cosine_similarity(x).matrix, rtol=1e-12)
    for function in REDUCING:
        assert_allclose(function(sol, "E.rate", window=(0.15, 0.35)), function(x), rtol=1e-12)
    assert_allclose(analysis.participation_ratio(sol, "E.v", at=0.2), analysis.participation_ratio(sol["E.v"][200]))


def test_what_responses_refuse(sol):
    single = nf.simulate(network(PATTERNS[0]), 0.02, save_at=[0.0, 0.001, 0.02])
    uneven = nf.simulate(network(PATTERNS), 0.02, save_at=[0.0, 0.001, 0.005, 0.02])
    ffe, e = nf.ConstantInput("FFE", rates=PATTERNS), nf.LeakyRate("E", size=2)
    split = nf.ReversalSynapse(ffe, e, weights=np.ones((2, 3)), g=1e-5, resolution="synapse")
    matrix = nf.simulate(nf.Network("m", [ffe, e, split]), 0.02, save_at=3)
    for call, words in [
        (lambda: analysis.sparsity(single, "E.rate"), r"sparsity: .*no axis of patterns.*\(n_patterns, n_channels\)"),
        (lambda: analysis.sparsity(sol), r"sparsity: a solution needs a path.*'E.rate'"),
        (lambda: analysis.sparsity(sol, "E.rate", at=0.1, window=(0.1, 0.2)), "only one of them"),
        (lambda: analysis.responses(sol, "E.rate", at=0.4), r"at is 0\.4.*from 0 to 0\.35"),
        (lambda: analysis.responses(sol, "E.rate", at=[0.1, 0.2]), "one time in s"),
        (lambda: analysis.responses(sol, "E.rate", at=math.nan), "one time in s"),
        (lambda: analysis.responses(sol, "E.rate", window=0.1), r"\(start, stop\)"),
        (lambda: analysis.responses(sol, "E.rate", window=(0.2, 0.2)), "start < stop"),
        (lambda: analysis.responses(sol, "E.rate", window=(0.2, 0.1)), "start < stop"),
        (lambda: analysis.responses(sol, "E.rate", window=("a", "b")), r"\(start, stop\)"),
        (lambda: analysis.responses(sol, "E.rate", window=(0.15, 0.36)), "a part of it outside.*save_at"),
        (lambda: analysis.responses(sol, "E.rate", window=(-0.1, 0.2)), "a part of it outside"),
        (lambda: analysis.responses(sol, "E.rate", window=(0.1001, 0.1009)), "none of them inside"),
        (lambda: analysis.responses(sol, "E.rate", window=(0.4, math.inf)), "none of them inside"),
        (lambda: analysis.responses(uneven, "E.rate", window=(0.0, 0.02)), "intervals from 0.001 to 0.004"),
        (lambda: analysis.responses(matrix, "FFE_to_E.i"), r"shape \(2, 3\) in each pattern; expected one axis"),
        (lambda: analysis.responses(PATTERNS, "E.rate"), "refer to a Solution"),
        (lambda: analysis.responses(PATTERNS, at=0.1), "refer to a Solution"),
        (lambda: analysis.sparsity(PATTERNS[0]), r"sparsity: x has shape \(3,\); expected \(..., pattern, unit\)"),
        (lambda: analysis.sparsity(np.ones((0, 3))), r"\(0, 3\).*no axis empty"),
        (lambda: analysis.sparsity([[1.0, math.nan]]), r"1 of 2 entries that are not finite, the first at \(0, 1\)"),
        (lambda: analysis.sparsity([["a", "b"]]), "real numbers"),
    ]:
        with pytest.raises(nf.ParameterError, match=words):
            call()
    with pytest.raises(nf.UnknownNameError, match="Did you mean 'E.rate'"):
        analysis.sparsity(sol, "E.rat", window=(0.1, 0.2))


# Sparsity, selectivity, shares.


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("threshold", [0.0, 6.0])
def test_counts_are_those_of_a_loop(shape, threshold):
    x = rates_of(shape)
    sparsity, selectivity = analysis.sparsity(x, threshold=threshold), analysis.selectivity(x, threshold=threshold)
    share = analysis.sparsity(x, threshold=threshold, definition="fraction")
    lifetime_share = analysis.selectivity(x, threshold=threshold, definition="fraction")
    shares = analysis.active_fractions(x, threshold=threshold)
    assert sparsity.shape == shape[:-1]
    assert selectivity.shape == shape[:-2] + shape[-1:]
    for index, m in members(x):
        by_pattern = [sum(r > threshold for r in row) for row in m.tolist()]
        by_unit = [sum(r > threshold for r in column) for column in m.T.tolist()]
        assert sparsity[index].tolist() == by_pattern
        assert selectivity[index].tolist() == by_unit
        assert_allclose(share[index], np.array(by_pattern) / shape[-1])
        assert_allclose(lifetime_share[index], np.array(by_unit) / shape[-2])
        assert_allclose(shares.units[index], sum(k > 0 for k in by_unit) / shape[-1])
        assert_allclose(shares.patterns[index], sum(k > 0 for k in by_pattern) / shape[-2])


def vinje_gallant(r):
    n, first, second = len(r), math.fsum(r), math.fsum(a * a for a in r)
    if n == 1 or second == 0:
        return math.nan
    return (1 - (first / n) ** 2 / (second / n)) / (1 - 1 / n)


@pytest.mark.parametrize("shape", SHAPES)
def test_sparseness_of_vinje_and_gallant_is_that_of_a_loop(shape):
    x = rates_of(shape, seed=1)
    sparsity = analysis.sparsity(x, definition="vinje_gallant")
    selectivity = analysis.selectivity(x, definition="vinje_gallant")
    for index, m in members(x):
        assert_allclose(sparsity[index], [vinje_gallant(row) for row in m], rtol=1e-12, atol=1e-12)
        assert_allclose(selectivity[index], [vinje_gallant(column) for column in m.T], rtol=1e-12, atol=1e-12)


def test_sparseness_by_hand():
    x = [[0.0, 0.0, 0.0, 5.0], [2.0, 2.0, 2.0, 2.0], [0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0]]
    assert_allclose(analysis.sparsity(x, definition="vinje_gallant"), [1.0, 0.0, math.nan, 2 / 3], atol=1e-15)
    assert_array_equal(analysis.sparsity(x), [1, 4, 0, 2])


@given(RATES, st.sampled_from([1e-300, 1e-9, 3.0, 1e9, 1e300]))
def test_sparseness_is_between_0_and_1_and_free_of_scale(x, scale):
    assume(np.max(x) * scale < 1e308)
    for function in (analysis.sparsity, analysis.selectivity):
        found = function(x, definition="vinje_gallant")
        assert np.all(np.isnan(found) | ((found >= 0.0) & (found <= 1.0)))
        assert_allclose(function(x * scale, definition="vinje_gallant"), found, rtol=1e-9, atol=1e-9)


@given(RATES)
def test_sparsity_of_the_transpose_is_selectivity(x):
    for definition in ("count", "fraction", "vinje_gallant"):
        along_units = analysis.sparsity(x, definition=definition)
        along_patterns = analysis.selectivity(x.T, definition=definition)
        assert_allclose(along_units, along_patterns, rtol=1e-12, atol=1e-15)
    assert_array_equal(np.isnan(analysis.sparsity(x, definition="vinje_gallant")), (x.max(1) == 0) | (x.shape[1] == 1))
    assert np.sum(analysis.sparsity(x)) == np.sum(analysis.selectivity(x))


def test_what_sparsity_refuses(sol):
    x = rates_of((3, 5))
    for call, words in [
        (
            lambda: analysis.sparsity(x, definition="vinje_galant"),
            "sparsity: no definition 'vinje_galant'.*Did you mean",
        ),
        (lambda: analysis.selectivity(x, threshold=1.0, definition="vinje_gallant"), "selectivity: threshold is 1.0"),
        (lambda: analysis.sparsity(x, threshold=math.nan), "one finite number"),
        (lambda: analysis.active_fractions(x, threshold=[1.0, 2.0]), "active_fractions: .*one finite number"),
        (lambda: analysis.sparsity(sol, "E.v", at=0.1, definition="vinje_gallant"), "8 of 8 responses are negative"),
    ]:
        with pytest.raises(nf.ParameterError, match=words):
            call()


# Similarity and discriminability.


def cosine(a, b):
    length = math.sqrt(math.fsum(a * a)) * math.sqrt(math.fsum(b * b))
    return math.fsum(a * b) / length if length else math.nan


@pytest.mark.parametrize("shape", SHAPES)
def test_similarities_are_those_of_a_loop(shape):
    x = rates_of(shape, seed=2)
    cosines, correlations = analysis.cosine_similarity(x), analysis.correlation_similarity(x)
    assert cosines.matrix.shape == (*shape[:-1], shape[-2])
    assert correlations.undefined.shape == shape[:-1]
    for index, m in members(x):
        assert_allclose(cosines.matrix[index], [[cosine(a, b) for b in m] for a in m], atol=1e-12)
        assert cosines.undefined[index].tolist() == [not any(row) for row in m]
        constant = [len(set(row.tolist())) == 1 for row in m]
        expected = [
            [
                math.nan if constant[p] or constant[q] else np.corrcoef(m[p], m[q])[0, 1] if p != q else 1.0
                for q in range(len(m))
            ]
            for p in range(len(m))
        ]
        assert_allclose(correlations.matrix[index], expected, atol=1e-12)
        assert correlations.undefined[index].tolist() == constant


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("diagonal", [True, False])
def test_median_and_mean_leave_silent_patterns_out(shape, diagonal):
    x = rates_of(shape, seed=3)
    found = analysis.cosine_similarity(x)
    median, mean = found.median(diagonal=diagonal), found.mean(diagonal=diagonal)
    assert median.shape == shape[:-2]
    for index, m in members(x):
        heard = [row for row in m if any(row)]
        pairs = itertools.product(range(len(heard)), repeat=2)
        entries = [cosine(heard[p], heard[q]) for p, q in pairs if diagonal or p != q]
        assert_allclose(median[index], np.median(entries) if entries else math.nan, atol=1e-12)
        assert_allclose(mean[index], math.fsum(entries) / len(entries) if entries else math.nan, atol=1e-12)


@given(RATES)
def test_similarities_are_bounded_symmetric_and_marked(x):
    for found in (analysis.cosine_similarity(x), analysis.correlation_similarity(x)):
        defined = ~found.undefined
        matrix = found.matrix[np.ix_(defined, defined)]
        assert not np.isnan(matrix).any()
        assert np.isnan(found.matrix[found.undefined]).all()
        assert np.isnan(found.matrix[:, found.undefined]).all()
        assert np.all(np.abs(matrix) <= 1.0)
        assert_array_equal(matrix, matrix.T)
        assert_array_equal(np.diag(matrix), 1.0)
    assert np.all(analysis.cosine_similarity(x).matrix[~np.isnan(analysis.cosine_similarity(x).matrix)] >= 0.0)


@given(RATES, st.data())
def test_cosines_do_not_depend_on_the_size_of_each_response(x, data):
    sizes = data.draw(hnp.arrays(np.float64, x.shape[:1], elements=st.sampled_from([1e-300, 1e-6, 0.3, 7.0, 1e200])))
    found = analysis.cosine_similarity(x * sizes[:, None])
    assert_allclose(found.matrix, analysis.cosine_similarity(x).matrix, atol=1e-12)
    assert_allclose(analysis.discriminability(x * sizes[:, None]), analysis.discriminability(x), atol=1e-12)


@given(RATES, st.sampled_from([0.25, 3.0, 1e5]), st.sampled_from([-7.0, 0.5, 40.0]))
def test_correlations_do_not_depend_on_size_and_offset(x, size, offset):
    found = analysis.correlation_similarity(x * size + offset)
    assert_allclose(found.matrix, analysis.correlation_similarity(x).matrix, atol=1e-8)


@given(RATES, st.randoms(use_true_random=False))
def test_the_order_of_patterns_and_units_does_not_matter(x, random):
    p, u = list(range(x.shape[0])), list(range(x.shape[1]))
    random.shuffle(p)
    random.shuffle(u)
    mixed = x[np.ix_(p, u)]
    for definition in ("count", "vinje_gallant"):
        sparsity, selectivity = (f(x, definition=definition) for f in (analysis.sparsity, analysis.selectivity))
        assert_allclose(analysis.sparsity(mixed, definition=definition), sparsity[p], atol=1e-12)
        assert_allclose(analysis.selectivity(mixed, definition=definition), selectivity[u], atol=1e-12)
    for function in (analysis.cosine_similarity, analysis.correlation_similarity):
        assert_allclose(function(mixed).matrix, function(x).matrix[np.ix_(p, p)], atol=1e-9)
        assert_allclose(function(mixed).median(), function(x).median(), atol=1e-9)
    for function in (analysis.discriminability, analysis.participation_ratio):
        assert_allclose(function(mixed), function(x), rtol=1e-9, atol=1e-9)


def test_values_that_differ_by_rounding_are_constant():
    found = analysis.correlation_similarity([[0.3, 0.1 + 0.2, 0.3], [1.0, 2.0, 3.0]])
    assert found.undefined.tolist() == [True, False]
    assert np.isnan(analysis.participation_ratio([[0.3, 5.0], [0.1 + 0.2, 5.0]]))


def test_discriminability_by_hand():
    assert_allclose(analysis.discriminability(np.eye(3)), 1.0)
    assert_allclose(analysis.discriminability([[1.0, 2.0], [2.0, 4.0]]), 0.0, atol=1e-15)
    three = [[1.0, 0.0], [0.0, 0.0], [0.6, 0.8], [0.0, 1.0]]  # 1 - 0.6, 1 - 0, 1 - 0.8; the silent one left out
    assert_allclose(analysis.discriminability(three), (0.4 + 1.0 + 0.2) / 3)
    assert np.isnan(analysis.discriminability([[1.0, 0.0], [0.0, 0.0]]))


def test_d_prime_is_that_of_a_loop():
    x = np.random.default_rng(4).normal(size=(2, 6, 3, 5))
    found = analysis.d_prime(x)
    assert found.shape == (2, 3, 3, 5)
    for k, p, q, unit in np.ndindex(found.shape):
        a, b = x[k, :, p, unit], x[k, :, q, unit]
        expected = (a.mean() - b.mean()) / math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
        assert_allclose(found[k, p, q, unit], expected, rtol=1e-10, atol=1e-14)


def test_d_prime_without_variance_is_infinite_or_undefined():
    x = np.repeat(np.array([[[1.0], [2.0], [2.0]]]), 3, axis=0)
    assert_array_equal(
        analysis.d_prime(x)[..., 0], [[np.nan, -np.inf, -np.inf], [np.inf, np.nan, np.nan], [np.inf, np.nan, np.nan]]
    )
    with pytest.raises(nf.ParameterError, match="d_prime: .*one trial; two or more"):
        analysis.d_prime(x[:1])
    with pytest.raises(nf.ParameterError, match=r"\(..., trial, pattern, unit\)"):
        analysis.d_prime(x[0])


def test_times_are_no_trials(sol):
    for options in ({}, {"at": 0.1}, {"window": (0.1, 0.2)}):
        with pytest.raises(nf.ParameterError, match="d_prime: .*none of trials before it"):
            analysis.d_prime(sol, "E.rate", **options)
    trials = nf.simulate(network(np.stack([PATTERNS, PATTERNS + 1.0])), 0.02, save_at=5)
    assert analysis.d_prime(trials, "E.rate").shape == (5, 4, 4, 2)
    assert analysis.d_prime(trials, "E.rate", at=0.02).shape == (4, 4, 2)


def test_matrices_that_do_not_fit_are_refused(monkeypatch):
    monkeypatch.setattr("netframe.memory.available", lambda: 1_000_000)
    with pytest.raises(nf.MemoryBudgetError, match="similarities.*at="):
        analysis.cosine_similarity(np.ones((2000, 1)))


# Dimension.


@pytest.mark.parametrize("shape", [s for s in SHAPES if s[-2] > 1])
def test_participation_ratio_is_that_of_eigenvalues(shape):
    x = np.random.default_rng(5).normal(size=shape) * np.arange(1.0, shape[-1] + 1)
    found = analysis.participation_ratio(x)
    assert found.shape == shape[:-2]
    for index, m in members(x):
        eigenvalues = np.linalg.eigvalsh(np.atleast_2d(np.cov(m.T)))
        assert_allclose(found[index], eigenvalues.sum() ** 2 / (eigenvalues**2).sum(), rtol=1e-10)


@pytest.mark.parametrize("n", [1, 2, 5, 11])
@pytest.mark.parametrize("offset", [0.0, 1e3])
def test_isotropic_responses_fill_all_dimensions_and_those_on_a_line_one(n, offset):
    cross = np.concatenate([np.eye(n), -np.eye(n)]) * 3.0
    turn = np.linalg.qr(np.random.default_rng(6).normal(size=(n, n)))[0]
    assert_allclose(analysis.participation_ratio(cross @ turn + offset), n, rtol=1e-9)
    line = np.outer(np.arange(4.0), np.arange(1.0, n + 1))
    assert_allclose(analysis.participation_ratio(line + offset), 1.0, rtol=1e-9)


@given(RATES, st.sampled_from([1e-200, 0.5, 1e200]))
def test_participation_ratio_is_bounded_and_free_of_scale(x, scale):
    found = analysis.participation_ratio(x)
    assert_allclose(analysis.participation_ratio(x * scale), found, rtol=1e-9)
    if np.all(x == x[0]):
        assert np.isnan(found)
    else:
        assert 1.0 - 1e-9 <= found <= min(x.shape[0] - 1, x.shape[1]) + 1e-9


# Tuning.


def test_tuning_curves_are_means_by_stimulus():
    x = rates_of((2, 6, 3), seed=7)
    stimuli = [90.0, 0.0, 90.0, 45.0, 0.0, 90.0]
    found = analysis.tuning_curves(x, stimuli)
    assert found.stimuli.tolist() == [0.0, 45.0, 90.0]
    assert found.n_patterns.tolist() == [2, 1, 3]
    expected = np.stack([x[:, [1, 4]].mean(1), x[:, 3], x[:, [0, 2, 5]].mean(1)], axis=1)
    assert_allclose(found.curves, expected)
    assert found.preferred.shape == (2, 3)
    for k, unit in np.ndindex(2, 3):
        assert found.preferred[k, unit] == found.stimuli[expected[k, :, unit].argmax()]


def test_stimuli_that_differ_by_rounding_are_one():
    found = analysis.tuning_curves([[1.0], [3.0], [7.0]], [0.3, 0.1 + 0.2, 0.4])
    assert_allclose(found.curves, [[2.0], [7.0]])


def test_tuning_of_units_that_prefer_nothing():
    found = analysis.tuning_curves([[2.0, 0.0, 1.0], [2.0, 0.0, 5.0]], [0.0, 90.0])
    assert_array_equal(found.preferred, [np.nan, np.nan, 90.0])
    assert_allclose(found.circular_variance(180.0), [1.0, np.nan, 1 - 4 / 6])
    assert_allclose(found.circular_mean(180.0), [np.nan, np.nan, 90.0])


@pytest.mark.parametrize(("period", "n"), [(180.0, 8), (360.0, 12), (2 * math.pi, 5)])
def test_circular_measures_of_cosine_tuning_are_in_closed_form(period, n):
    stimuli, centre = np.arange(n) * period / n, np.array([0.0, 0.3, 0.95]) * period
    x = 10.0 * (1.0 + 0.5 * np.cos(2 * np.pi * (stimuli[:, None] - centre) / period))
    found = analysis.tuning_curves(x, stimuli)
    assert_allclose(found.circular_variance(period), 0.75, rtol=1e-12)  # 1 - m/2 for a modulation m
    away = np.mod(found.circular_mean(period) - centre + period / 2, period) - period / 2
    assert_allclose(away, 0.0, atol=1e-9 * period)
    assert np.all((found.circular_mean(period) >= 0.0) & (found.circular_mean(period) < period))


def test_what_tuning_refuses():
    found = analysis.tuning_curves(rates_of((3, 2)), [0.0, 60.0, 180.0])
    negative = analysis.tuning_curves([[-1.0], [2.0]], [0.0, 90.0])
    for call, words in [
        (lambda: found.circular_variance(180.0), "evenly spaced around the period 180.*steps of 60"),
        (lambda: found.circular_variance(0.0), "period is 0.0"),
        (lambda: found.circular_mean(math.inf), "period is inf"),
        (lambda: negative.circular_variance(180.0), "1 of 2 responses are negative"),
        (lambda: analysis.tuning_curves([[1.0], [2.0]], [5.0, 5.0]).circular_variance(180.0), "two or more"),
        (lambda: analysis.tuning_curves(rates_of((3, 2)), [0.0, 1.0]), r"stimuli has shape \(2,\); expected \(3,\)"),
        (lambda: analysis.tuning_curves(rates_of((3, 2)), "E.rate"), "stimuli is 'E.rate'"),
    ]:
        with pytest.raises(nf.ParameterError, match=words):
            call()


# Spectra.

TIMES = np.arange(1000) * 1e-3


def test_a_sine_of_10_hz_peaks_at_10_hz():
    x = 70.0 + np.sin(2 * np.pi * np.array([10.0, 25.0, 40.0]) * TIMES[:, None])
    for options in ({}, {"segment": 0.4}, {"taper": "boxcar"}, {"window": (0.2, 0.8)}):
        assert_allclose(analysis.power_spectrum(x, t=TIMES, **options).peak, [10.0, 25.0, 40.0], atol=1e-6)
    assert analysis.power_spectrum(x[:, None, :], t=TIMES).power.shape == (501, 1, 3)


def test_a_rhythm_of_the_input_is_in_the_solution():
    ffe = nf.FunctionInput(
        "FFE", size=1, jumps=(), function=lambda t, xp: 20.0 + 15.0 * xp.sin(2 * np.pi * 10.0 * t) * xp.ones(1)
    )
    e = nf.LeakyRate("E", size=2)
    net = nf.Network("n", [ffe, e, nf.ReversalSynapse(ffe, e, weights=np.ones((2, 1)), g=2e-5)])
    sol = nf.simulate(net, 1.5, save_at=np.arange(1500) * 1e-3)
    assert_allclose(analysis.power_spectrum(sol, "E.v", window=(0.5, 1.5)).peak, [10.0, 10.0], atol=1e-6)


@pytest.mark.parametrize("n", [2, 3, 64, 97])
def test_power_without_taper_adds_up_to_the_variance(n):
    x = np.random.default_rng(8).normal(3.0, 2.0, (n, 4))
    found = analysis.power_spectrum(x, t=0.5 + 0.02 * np.arange(n), taper="boxcar")
    assert_allclose(found.power.sum(axis=0) * found.frequency[1], x.var(axis=0), rtol=1e-10)


def test_the_periodogram_is_that_of_a_sum():
    n, step = 12, 0.01
    x = np.random.default_rng(9).normal(size=n)
    found = analysis.power_spectrum(x, t=step * np.arange(n))
    taper = [math.sin(math.pi * k / n) ** 2 for k in range(n)]
    for k in range(n // 2 + 1):
        parts = [w * (v - x.mean()) * np.exp(-2j * math.pi * k * j / n) for j, (w, v) in enumerate(zip(taper, x))]
        density = abs(sum(parts)) ** 2 * step / sum(w * w for w in taper)
        assert_allclose(found.power[k], density * (1 if k in (0, n // 2) else 2), rtol=1e-9, atol=1e-15)


def test_a_constant_signal_has_no_power_and_no_peak():
    found = analysis.power_spectrum(np.full((100, 2), 0.1), t=TIMES[:100])
    assert_array_equal(found.power, np.zeros((51, 2)))
    assert np.isnan(found.peak).all()


@pytest.mark.parametrize(("n", "max_lag"), [(2, None), (7, None), (40, 0.05), (41, 0.0), (30, 9.0)])
def test_correlations_at_lags_are_those_of_a_loop(n, max_lag):
    rng = np.random.default_rng(10)
    a, b, step = rng.normal(size=(n, 3, 1)), rng.normal(size=(n, 1, 2)), 0.01
    found = analysis.cross_correlation(a, b, t=step * np.arange(n), max_lag=max_lag)
    longest = n - 1 if max_lag is None else min(n - 1, round(max_lag / step))
    assert_allclose(found.lags, step * np.arange(-longest, longest + 1), atol=1e-12)
    assert found.values.shape == (2 * longest + 1, 3, 2)
    a, b = ((s - s.mean(0)) / s.std(0) for s in (a, b))
    for k, i, j in np.ndindex(found.values.shape):
        lag = k - longest
        total = sum(a[t, i, 0] * b[t + lag, 0, j] for t in range(n) if 0 <= t + lag < n)
        assert_allclose(found.values[k, i, j], total / n, atol=1e-12)


@given(st.integers(-90, 90), st.sampled_from([1e-3, 0.02, 2.0]), st.sampled_from([1e-6, 1.0, 1e6]))
def test_a_shifted_signal_peaks_at_its_shift(shift, step, size):
    noise = np.random.default_rng(11).normal(size=800)
    a, b = noise[200:600], 5.0 + size * noise[200 - shift : 600 - shift]
    found = analysis.cross_correlation(a, b, t=step * np.arange(400))
    assert_allclose(found.peak_lag, shift * step, atol=1e-9 * step)
    assert np.all(np.abs(found.values) <= 1.0 + 1e-12)
    back = analysis.cross_correlation(b, a, t=step * np.arange(400))
    assert_allclose(back.values, found.values[::-1], atol=1e-9)


def test_correlation_at_no_lag_is_that_of_pearson_and_constants_have_none():
    x = np.random.default_rng(12).normal(size=(50, 3))
    x[:, 2] = 0.1
    found = analysis.cross_correlation(x, x[:, [1]], t=TIMES[:50])
    assert_allclose(found.values[49, :2], [np.corrcoef(x[:, 0], x[:, 1])[0, 1], 1.0], atol=1e-12)
    assert np.isnan(found.values[:, 2]).all()
    assert_array_equal(np.isnan(found.peak_lag), [False, False, True])


def test_what_spectra_refuse(sol):
    x, uneven = np.ones((4, 2)), [0.0, 0.1, 0.2, 0.4]
    adaptive = nf.simulate(network(PATTERNS), 0.1)
    for call, words in [
        (lambda: analysis.power_spectrum(x, t=uneven), "intervals from 0.1 to 0.2 s; a spectrum needs"),
        (lambda: analysis.power_spectrum(adaptive, "E.rate"), "evenly spaced.*save_at"),
        (lambda: analysis.power_spectrum(x[:1], t=[0.0]), "only one time"),
        (lambda: analysis.power_spectrum(x), "needs its times"),
        (lambda: analysis.power_spectrum(x, "E.v", t=TIMES[:4]), "an array has no path"),
        (lambda: analysis.power_spectrum(x, t=TIMES[:3]), r"x has shape \(4, 2\) and t \(3,\)"),
        (lambda: analysis.power_spectrum(x, t=[0.0, 0.2, 0.1, 0.3]), "in order"),
        (lambda: analysis.power_spectrum(sol), "needs a path"),
        (lambda: analysis.power_spectrum(sol, "E.rate", t=sol.t), "no t"),
        (lambda: analysis.power_spectrum(sol, "E.rate", segment=0.5), "segment is 0.5.*from 0.002 to 0.351 s"),
        (lambda: analysis.power_spectrum(sol, "E.rate", segment=1e-3), "segment is 0.001"),
        (lambda: analysis.power_spectrum(sol, "E.rate", taper="square"), "taper is 'square'"),
        (lambda: analysis.cross_correlation(sol, sol, t=sol.t), r"a is a Solution.*sol\['E.rate'\]"),
        (lambda: analysis.cross_correlation(x, x[:, 0], t=TIMES[:4]), r"\(4, 2\) and b \(4,\)"),
        (lambda: analysis.cross_correlation(x, np.ones((4, 3)), t=TIMES[:4]), r"\(4, 2\) and b \(4, 3\)"),
        (lambda: analysis.cross_correlation(x, x, t=uneven), "a correlation at lags needs"),
        (lambda: analysis.cross_correlation(x, x, t=TIMES[:4], max_lag=-1.0), "max_lag is -1.0"),
    ]:
        with pytest.raises(nf.ParameterError, match=words):
            call()
    with pytest.raises(nf.UnknownNameError, match=r"'E\.v'"):
        analysis.power_spectrum(sol, "E.w")


# All of them.


@pytest.mark.parametrize("function", REDUCING)
def test_leading_axes_are_a_loop(function):
    x = rates_of((2, 3, 4, 5), seed=13)
    found = function(x)
    for index, m in members(x):
        assert_allclose(found[index], function(m), rtol=1e-12)


def test_nothing_given_is_changed():
    x = rates_of((2, 4, 3))
    before = x.copy()
    for function in (*REDUCING, analysis.cosine_similarity, analysis.correlation_similarity, analysis.active_fractions):
        function(x)
    analysis.power_spectrum(x, t=[0.0, 1.0])
    assert_array_equal(x, before)
    assert x.flags.writeable


def test_names_stay_functions_and_nothing_heavy_is_loaded():
    code = """
import sys
from netframe import analysis
for name in analysis.__all__: getattr(analysis, name)
assert all(callable(getattr(analysis, name)) for name in analysis.__all__)
print([m for m in ("matplotlib", "scipy.signal", "scipy.fft", "scipy.sparse", "jax") if m in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_everything_public_is_documented_with_an_example():
    for name in analysis.__all__:
        item = getattr(analysis, name)
        assert len(item.__doc__) > 40, name
        assert ">>>" in item.__doc__ or isinstance(item, type), name


@pytest.mark.jax
def test_solutions_of_jax_have_responses_too():
    sol = nf.simulate(network(PATTERNS), 0.02, save_at=np.arange(20) * 1e-3, integrator=nf.JaxIntegrator())
    found = analysis.responses(sol, "E.rate", window=(0.01, 0.02))
    assert_allclose(found, np.asarray(sol["E.rate"])[10:].mean(axis=0), rtol=1e-12)
    assert isinstance(found, np.ndarray)
