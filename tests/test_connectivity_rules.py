"""Rules by distance, on rings, of low rank and from edges, and changes of weights: loops, closed forms, invariants."""

import itertools
import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

import netframe as nf

SIZES = pytest.mark.parametrize(("n_pre", "n_post"), [(7, 4), (4, 7), (1, 5), (5, 1), (1, 1), (9, 9)])
WEIGHTS = nf.uniform(1.0, 2.0)
ANY = nf.normal(0.0, 1.0, low=-math.inf)


def rng(seed=1):
    return np.random.default_rng(seed)


def dense(weights):
    return weights.toarray() if hasattr(weights, "toarray") else weights


def canonical(weights):
    """Whether the rows of a CSR array are sorted and without duplicates, told from its own arrays."""
    rows = [weights.indices[a:b].tolist() for a, b in itertools.pairwise(weights.indptr.tolist())]
    return weights.format == "csr" and weights.dtype == np.float64 and all(row == sorted(set(row)) for row in rows)


def on_line(n, length):
    return [(k + 0.5) * length / n for k in range(n)]


def on_ring(n, length):
    return [k * length / n for k in range(n)]


def way(x, y, period=None):
    """The distance of two points, each a list of coordinates; round the shorter way if there is a period."""
    gaps = [abs(a - b) for a, b in zip(x, y)]
    if period is not None:
        gaps = [min(abs(gap + k * p) for k in range(-9, 10)) for gap, p in zip(gaps, period)]
    return math.hypot(*gaps)


# Positions and distances.


@SIZES
@pytest.mark.parametrize("periodic", [False, True])
def test_distances_of_evenly_spread_cells(n_pre, n_post, periodic):
    found = nf.distances(n_pre, n_post, length=3.0, periodic=periodic)
    place, period = (on_ring, [3.0]) if periodic else (on_line, None)
    assert found.shape == (n_post, n_pre)
    for i, j in itertools.product(range(n_post), range(n_pre)):
        expected = way([place(n_post, 3.0)[i]], [place(n_pre, 3.0)[j]], period)
        assert found[i, j] == pytest.approx(expected, abs=1e-14)


@SIZES
@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("periods", [None, [0.7, 0.9, 1.3]])
def test_distances_of_given_positions(n_pre, n_post, dimensions, periods):
    x, y = rng().normal(size=(n_pre, dimensions)), rng(2).normal(size=(n_post, dimensions))
    periods = periods and periods[:dimensions]
    more = {} if periods is None else {"periodic": True, "length": periods}
    found = nf.distances(n_pre, n_post, pre_positions=x, post_positions=y, **more)
    assert found.shape == (n_post, n_pre)
    for i, j in itertools.product(range(n_post), range(n_pre)):
        assert found[i, j] == pytest.approx(way(x[j].tolist(), y[i].tolist(), periods), abs=1e-13)
    if dimensions == 1:
        flat = nf.distances(n_pre, n_post, pre_positions=x[:, 0], post_positions=y[:, 0], **more)
        assert (flat == found).all()


def test_positions_of_one_end_are_those_of_both_in_one_population():
    e, x = nf.LeakyRate("E", size=4), [0.0, 1.0, 5.0, 2.0]
    for more in ({"pre_positions": x}, {"post_positions": x}):
        assert nf.distances(e, e, **more)[0].tolist() == x


def test_cells_on_a_grid_are_in_the_order_of_an_array():
    grid = nf.even_positions((2, 3), (4.0, 9.0), periodic=True)
    assert grid.tolist() == [[a, b] for a in (0.0, 2.0) for b in (0.0, 3.0, 6.0)]
    assert nf.even_positions((2, 1), 4.0).tolist() == [[1.0, 2.0], [3.0, 2.0]]
    assert nf.even_positions(1).tolist() == [0.5]
    assert nf.even_positions(nf.LeakyRate("E", size=2), 4.0).tolist() == [1.0, 3.0]
    assert grid.reshape(2, 3, 2)[1, 2].tolist() == [2.0, 6.0]


@given(n=st.integers(1, 9), length=st.floats(0.1, 10.0), shift=st.integers(-20, 20))
def test_a_ring_looks_the_same_from_everywhere(n, length, shift):
    there = nf.distances(n, n, length=length, periodic=True)
    assert np.allclose(np.roll(there, (shift, shift), (0, 1)), there, rtol=0, atol=1e-13 * length)
    assert np.allclose(there, there.T, rtol=0, atol=1e-14 * length)
    assert (there <= length / 2 * (1 + 1e-15)).all()
    moved = nf.even_positions(n, length, periodic=True) + shift * length
    again = nf.distances(n, n, length=length, periodic=True, pre_positions=moved)
    assert np.allclose(again, there, rtol=0, atol=1e-12 * length)


# Profiles.

#: Name -> the rule and the weight at a distance.
PROFILES = {
    "gaussian_profile": (
        lambda pre, post, **more: nf.gaussian_profile(pre, post, 0.3, 2.0, **more),
        lambda d: 2.0 * math.exp(-(d**2) / (2 * 0.3**2)),
    ),
    "difference_of_gaussians": (
        lambda pre, post, **more: nf.difference_of_gaussians(pre, post, (0.1, 0.4), (3.0, 0.5), **more),
        lambda d: 3.0 * math.exp(-(d**2) / (2 * 0.1**2)) - 0.5 * math.exp(-(d**2) / (2 * 0.4**2)),
    ),
    "distance_profile": (
        lambda pre, post, **more: nf.distance_profile(pre, post, lambda d: 1.0 - d, **more),
        lambda d: 1.0 - d,
    ),
}
EACH_PROFILE = pytest.mark.parametrize("name", PROFILES)


@EACH_PROFILE
@SIZES
@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("cutoff", [None, 0.31])
def test_the_weight_of_a_pair_is_a_function_of_its_distance(name, n_pre, n_post, periodic, cutoff):
    rule, profile = PROFILES[name]
    weights = rule(n_pre, n_post, length=1.5, periodic=periodic, cutoff=cutoff)
    assert weights.shape == (n_post, n_pre)
    assert sparse.issparse(weights) is (cutoff is not None)
    place, period, stored = (on_ring, [1.5], 0) if periodic else (on_line, None, 0)
    for i, j in itertools.product(range(n_post), range(n_pre)):
        d = way([place(n_post, 1.5)[i]], [place(n_pre, 1.5)[j]], period)
        near = cutoff is None or d <= cutoff
        stored += near
        assert dense(weights)[i, j] == pytest.approx(near * profile(d), abs=1e-13)
    if cutoff is not None:
        assert canonical(weights)
        assert weights.nnz == stored


@EACH_PROFILE
def test_profiles_take_positions_in_two_dimensions(name):
    rule, profile = PROFILES[name]
    x, y = rng().random((5, 2)), rng(2).random((3, 2))
    weights = rule(5, 3, pre_positions=x, post_positions=y, periodic=True, length=(1.0, 2.0))
    for i, j in itertools.product(range(3), range(5)):
        assert weights[i, j] == pytest.approx(profile(way(x[j], y[i], [1.0, 2.0])), abs=1e-13)


@EACH_PROFILE
@pytest.mark.parametrize("cutoff", [None, 0.4])
def test_profiles_without_autapses(name, cutoff):
    e = nf.LeakyRate("E", size=6)
    whole = PROFILES[name][0](e, e, cutoff=cutoff)
    without = PROFILES[name][0](e, e, cutoff=cutoff, autapses=False)
    assert np.diagonal(dense(whole)).all()
    assert (dense(without) == dense(whole) * (1.0 - np.eye(6))).all()
    assert cutoff is None or without.nnz == whole.nnz - 6


def test_a_profile_on_a_ring_is_a_circulant_structure():
    weights = nf.difference_of_gaussians(7, 7, (0.1, 0.3), (2.0, 1.0), periodic=True)
    assert np.allclose(nf.Circulant(weights[:, 0]).toarray(), weights, rtol=0, atol=1e-14)


def test_a_profile_may_be_a_step_or_a_number_and_may_not_change_its_distances():
    def step(d):
        close = d < 0.3
        d[:] = 0.0
        return close

    weights = nf.distance_profile(5, 5, step)
    assert weights.dtype == np.float64
    assert weights.tolist() == [[float(abs(i - j) <= 1) for j in range(5)] for i in range(5)]
    assert nf.distance_profile(2, 3, lambda d: 4.0).tolist() == [[4.0, 4.0]] * 3


# Probabilities that depend on distance.


@SIZES
def test_all_or_none_by_distance(n_pre, n_post):
    found = nf.distance_probability(n_pre, n_post, lambda d: d < 0.3, WEIGHTS, rng())
    assert canonical(found)
    expected = [[abs(x - y) < 0.3 for x in on_line(n_pre, 1.0)] for y in on_line(n_post, 1.0)]
    assert (found.toarray() != 0).tolist() == expected
    assert ((found.data >= 1.0) & (found.data <= 2.0)).all()


def test_pairs_are_connected_with_the_probability_of_their_distance():
    n_pre, n_post = 300, 200
    found = nf.distance_probability(n_pre, n_post, lambda d: np.exp(-d / 0.2), nf.constant(1.0), rng(), periodic=True)
    far = nf.distances(n_pre, n_post, periodic=True)
    for low in np.arange(0.0, 0.5, 0.05):
        group = (far >= low) & (far < low + 0.05)
        expected = np.exp(-far[group] / 0.2)
        spread = math.sqrt((expected * (1 - expected)).sum())
        assert abs(found.toarray()[group].sum() - expected.sum()) < 5 * spread


@pytest.mark.parametrize("autapses", [False, True])
def test_one_probability_for_all_distances_is_fixed_probability(autapses):
    by_distance = nf.distance_probability(8, 8, lambda d: 0.4, WEIGHTS, rng(3), autapses=autapses)
    plain = nf.fixed_probability(8, 8, 0.4, WEIGHTS, rng(3), autapses=autapses)
    assert (by_distance.toarray() == plain.toarray()).all()
    other = nf.distance_probability(8, 8, lambda d: 0.4, WEIGHTS, rng(4), autapses=autapses)
    assert (by_distance.toarray() != other.toarray()).any()


# The ring model.


@SIZES
@pytest.mark.parametrize("harmonic", [1, 2, 3])
def test_ring_weights_are_cosines(n_pre, n_post, harmonic):
    found = nf.ring(n_pre, n_post, -8.0, 4.0, harmonic=harmonic)
    for i, j in itertools.product(range(n_post), range(n_pre)):
        angle = 2 * math.pi * (i / n_post - j / n_pre)
        assert found[i, j] == pytest.approx((-8.0 + 4.0 * math.cos(harmonic * angle)) / n_pre, abs=1e-14)


def test_orientations_of_180_degrees_have_one_peak_in_a_turn():
    theta, other = np.linspace(-90.0, 80.0, 5), np.array([-89.0, 3.0, 60.0])
    found = nf.ring(5, 3, -8.0, 4.0, period=180.0, pre_angles=theta, post_angles=other)
    for i, j in itertools.product(range(3), range(5)):
        expected = (-8.0 + 4.0 * math.cos(2 * math.radians(other[i] - theta[j]))) / 5
        assert found[i, j] == pytest.approx(expected, abs=1e-14)
    assert np.allclose(nf.ring(6, 6, -8.0, 4.0, period=180.0), nf.ring(6, 6, -8.0, 4.0), rtol=0, atol=1e-15)
    kernel = nf.ring(6, 6, -8.0, 4.0)[:, 0]
    assert np.allclose(nf.Circulant(kernel).toarray(), nf.ring(6, 6, -8.0, 4.0), rtol=0, atol=1e-15)


@nf.component
class Threshold(nf.Population):
    """r' = -r + [drive + input]_+, the cell of the ring model."""

    drive: nf.Param = nf.parameter(1.0, unit="Hz", doc="input above threshold")
    r = nf.state(unit="Hz", doc="firing rate")
    ports = {"current": "Hz"}

    def rate(self, t, s):
        return s.r

    def derivatives(self, t, s, inputs):
        xp = nf.array_namespace(s.r)
        return {"r": xp.maximum(self.drive + inputs.current, 0.0) - s.r}


def test_the_ring_of_orientations_settles_to_the_published_bump():
    """J0 = -8, J2 = 4, I - T = 1: a bump of half width 45 degrees and mean rate 0.125; uniform 1/9 is a fixed point."""
    n = 720
    e = Threshold("E", size=n)
    weights = nf.ring(e, e, -8.0, 4.0, period=180.0)
    net = nf.Network("ring", [e, nf.InstantSynapse(e, e, weights=nf.Circulant(weights[:, 0]), g=1.0)])
    assert np.abs(net.rhs(0.0, np.full(n, 1.0 / 9.0))).max() < 1e-13
    theta = np.arange(n) * 180.0 / n
    start = 1.0 / 9.0 + 0.01 * np.cos(2 * np.radians(theta - 60.0))
    sol = nf.simulate(net, 60.0, y0=start, save_at=3, integrator=nf.ScipyIntegrator("RK45", rtol=1e-8, atol=1e-10))
    final = sol["E.rate"][-1]
    assert np.abs(net.rhs(0.0, final)).max() < 1e-6
    assert final.mean() == pytest.approx(0.125, abs=1e-8)
    active = theta[weights @ final + 1.0 > 0.0]
    assert active.min() == pytest.approx(60.0 - 45.0, abs=0.26)
    assert active.max() == pytest.approx(60.0 + 45.0, abs=0.26)
    bump = np.maximum(np.cos(2 * np.radians(theta - 60.0)), 0.0)
    assert np.allclose(final, bump * (0.125 * math.pi), rtol=0, atol=1e-4)


# Low rank.


@SIZES
@pytest.mark.parametrize("rank", [1, 2])
def test_low_rank_weights_are_sums_of_outer_products(n_pre, n_post, rank):
    m, n = rng().normal(size=(n_post, rank)), rng(2).normal(size=(n_pre, rank))
    found = nf.low_rank(n_pre, n_post, m, n)
    assert isinstance(found, nf.LowRank)
    for i, j in itertools.product(range(n_post), range(n_pre)):
        expected = sum(m[i, r] * n[j, r] for r in range(rank)) / n_pre
        assert found.toarray()[i, j] == pytest.approx(expected, abs=1e-14)
    if rank == 1:
        assert (nf.low_rank(n_pre, n_post, m[:, 0], n[:, 0]).toarray() == found.toarray()).all()


@SIZES
def test_random_low_rank_weights_fit_their_ends(n_pre, n_post):
    rank = min(n_pre, n_post, 3)
    found = nf.random_low_rank(n_pre, n_post, rank, rng(4))
    assert found.shape == (n_post, n_pre)
    assert np.linalg.matrix_rank(found.toarray()) == rank
    assert (nf.random_low_rank(n_pre, n_post, rank, rng(4)).toarray() == found.toarray()).all()


@pytest.mark.parametrize("overlap", [0.0, 1.5, [1.5, -0.7], [[1.0, -2.0], [2.0, 1.0]]])
def test_eigenvalues_of_random_low_rank_weights_are_those_of_the_overlap(overlap):
    n = 4000
    w = nf.random_low_rank(n, n, 2, rng(5), overlap=overlap)
    wanted = np.asarray(overlap) if np.ndim(overlap) == 2 else np.eye(2) * overlap
    assert np.allclose(w.v.T @ w.u, wanted, rtol=0, atol=6 * (1 + np.abs(wanted).sum()) / math.sqrt(n))
    assert abs(w.u.std() - 1.0) < 6 / math.sqrt(2 * 2 * n)
    spread = np.sqrt(1 + (wanted**2).sum(1))
    assert np.allclose((w.v * n).std(0), spread, rtol=6 / math.sqrt(2 * n))


# Small worlds.


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize(("n", "degree"), [(1, 0), (3, 2), (7, 4), (7, 6), (8, 2), (9, 0)])
def test_without_rewiring_a_small_world_is_a_ring_lattice(directed, n, degree):
    found = nf.small_world(n, degree, 0.0, nf.constant(1.0), rng(), directed=directed)
    expected = [[float(0 < min((i - j) % n, (j - i) % n) <= degree // 2) for j in range(n)] for i in range(n)]
    assert found.toarray().tolist() == expected


@given(n=st.integers(1, 12), half=st.integers(0, 5), rewiring=st.floats(0.0, 1.0), seed=st.integers(0, 2**32))
def test_rewiring_keeps_degrees_and_makes_no_autapses(n, half, rewiring, seed):
    degree = 2 * min(half, (n - 1) // 2)
    found = nf.small_world(n, degree, rewiring, WEIGHTS, rng(seed))
    assert canonical(found)
    assert np.diff(found.indptr).tolist() == [degree] * n
    edges = nf.small_world(n, degree, rewiring, WEIGHTS, rng(seed), directed=False)
    assert canonical(edges)
    assert edges.nnz == degree * n
    there = edges.toarray() != 0
    assert (there == there.T).all()
    for one in (found, edges):
        assert not one.diagonal().any()
        assert ((one.data >= 1.0) & (one.data <= 2.0)).all()


def clustering(there):
    """The mean share of pairs of neighbours that are neighbours themselves, cell by cell."""
    shares = []
    for cell in range(len(there)):
        near = np.flatnonzero(there[cell])
        pairs = list(itertools.combinations(near, 2))
        shares.append(sum(there[a, b] for a, b in pairs) / len(pairs))
    return sum(shares) / len(shares)


def test_small_worlds_lose_clustering_as_published():
    """A lattice has 3 (k - 2) / (4 (k - 1)); rewired with p it keeps about (1 - p)^3 of it (Barrat & Weigt 2000)."""
    n, k = 2000, 10
    lattice = 3 * (k - 2) / (4 * (k - 1))
    for p in (0.0, 0.1, 0.4):
        there = nf.small_world(n, k, p, nf.constant(1.0), rng(2), directed=False).toarray() != 0
        assert clustering(there) == pytest.approx(lattice * (1 - p) ** 3, abs=0.02 if p else 1e-12)


def test_the_share_of_rewired_synapses_is_the_probability():
    n, k, p = 500, 8, 0.3
    for directed in (True, False):
        found = nf.small_world(n, k, p, nf.constant(1.0), rng(3), directed=directed).tocoo()
        step = (found.coords[0] - found.coords[1]) % n
        long = (np.minimum(step, n - step) > k // 2).mean()
        expected = p * (1 - k / n)
        assert abs(long - expected) < 6 * math.sqrt(p * (1 - p) / (n * k / 2))


def test_rewiring_all_chooses_every_cell_equally_often():
    n, k, runs = 15, 4, 400
    total = sum(nf.small_world(n, k, 1.0, nf.constant(1.0), rng(seed)).toarray() for seed in range(runs))
    p = k / (n - 1)
    off = total[~np.eye(n, dtype=bool)]
    assert np.abs(off - p * runs).max() < 5 * math.sqrt(p * (1 - p) * runs)


def test_a_small_world_of_a_population_has_its_size():
    assert nf.small_world(nf.LeakyRate("E", size=5), 2, 0.5, WEIGHTS, rng()).shape == (5, 5)


# Edges.


@given(st.data())
def test_edges_are_placed_one_by_one(data):
    n_pre, n_post = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    pairs = data.draw(
        st.lists(st.tuples(st.integers(0, n_pre - 1), st.integers(0, n_post - 1), st.floats(-5, 5)), max_size=20)
    )
    columns = tuple(zip(*pairs)) if pairs else ([], [], [])
    found = nf.from_edges(n_pre, n_post, columns, duplicates="sum")
    expected = np.zeros((n_post, n_pre))
    for j, i, w in pairs:
        expected[i, j] += w
    assert canonical(found)
    assert found.nnz == len({(j, i) for j, i, _ in pairs})
    assert np.allclose(found.toarray(), expected, rtol=0, atol=1e-13)
    if found.nnz == len(pairs):
        assert (nf.from_edges(n_pre, n_post, columns).toarray() == found.toarray()).all()
    else:
        with pytest.raises(nf.ParameterError, match="both connect pre"):
            nf.from_edges(n_pre, n_post, columns)


EDGES = {"pre": [2, 0, 1], "post": [0, 1, 1], "weight": [0.5, 1.5, -2.0]}
PLACED = [[0.0, 0.0, 0.5], [1.5, -2.0, 0.0]]


class Table:
    """What a DataFrame is to a rule: named columns."""

    def __init__(self, columns):
        self._columns = columns
        self.columns = list(columns)

    def __getitem__(self, name):
        return self._columns[name]


@pytest.mark.parametrize(
    "edges",
    [
        pytest.param(EDGES, id="dictionary"),
        pytest.param(Table(EDGES), id="table"),
        pytest.param(tuple(EDGES.values()), id="tuple"),
        pytest.param(list(EDGES.values()), id="list of columns"),
        pytest.param(tuple(np.array(list(zip(*EDGES.values()))).T), id="indices as floats"),
        pytest.param(np.rec.fromarrays(list(EDGES.values()), names="pre,post,weight"), id="structured"),
        pytest.param({name: np.array(column, object) for name, column in EDGES.items()}, id="objects"),
        pytest.param({name: np.array(column) for name, column in EDGES.items()} | {"note": ["a"]}, id="more columns"),
    ],
)
def test_forms_of_edges(edges):
    assert nf.from_edges(3, 2, edges).toarray().tolist() == PLACED


def test_columns_may_have_other_names_and_weights_may_be_left_out():
    edges = {"source": EDGES["pre"], "target": EDGES["post"], "w": EDGES["weight"]}
    assert nf.from_edges(3, 2, edges, columns=("source", "target", "w")).toarray().tolist() == PLACED
    ones = [[float(w != 0) for w in row] for row in PLACED]
    assert nf.from_edges(3, 2, edges, columns=("source", "target")).toarray().tolist() == ones
    assert nf.from_edges(3, 2, (EDGES["pre"], EDGES["post"])).toarray().tolist() == ones
    assert nf.from_edges(3, 2, ([], [])).toarray().tolist() == [[0.0] * 3] * 2


def test_edges_of_pandas():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(EDGES, index=[7, 3, 5])
    assert nf.from_edges(3, 2, frame).toarray().tolist() == PLACED
    assert nf.from_edges(3, 2, frame.astype({"pre": "Int64", "post": "Int64"})).toarray().tolist() == PLACED
    missing = frame.astype({"pre": "Int64"})
    missing.loc[3, "pre"] = pandas.NA
    with pytest.raises(nf.ParameterError, match="pre is .*whole numbers|row 1 has pre"):
        nf.from_edges(3, 2, missing)


# Graphs.


class Graph:
    """What a graph of networkx is to a rule."""

    def __init__(self, edges, nodes, directed):
        self.nodes, self._edges, self._directed = nodes, edges, directed

    def is_directed(self):
        return self._directed

    def edges(self, data=False, default=None):
        return [(u, v, more.get(data, default)) if data else (u, v) for u, v, more in self._edges]


LINKS = [("a", "b", {"weight": 2.0}), ("b", "c", {}), ("c", "c", {"weight": -1.0, "size": 4}), ("a", "b", {"size": 3})]


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("weight", ["weight", "size", None])
@pytest.mark.parametrize("nodelist", [None, ["c", "a", "b"]])
def test_an_edge_is_a_synapse_from_its_source_to_its_target(directed, weight, nodelist):
    found = nf.from_networkx(Graph(LINKS, "abc", directed), 3, nodelist=nodelist, weight=weight)
    order = nodelist or list("abc")
    expected = np.zeros((3, 3))
    for u, v, more in LINKS:
        pre, post, w = order.index(u), order.index(v), more.get(weight, 1.0)
        expected[post, pre] += w
        if not directed and u != v:
            expected[pre, post] += w
    assert canonical(found)
    assert (found.toarray() == expected).all()


@pytest.mark.parametrize("directed", [True, False])
def test_a_graph_between_two_populations_has_two_lists_of_nodes(directed):
    found = nf.from_networkx(Graph(LINKS, "abc", directed), 1, 2, nodelist="b", post_nodelist=["a", "c"])
    assert found.toarray().tolist() == [[0.0 if directed else 3.0], [1.0]]
    e, i = nf.LeakyRate("E", size=1), nf.LeakyRate("I", size=2)
    assert nf.from_networkx(Graph(LINKS, "abc", directed), e, i, nodelist="b", post_nodelist="ac").shape == (2, 1)


@pytest.mark.parametrize("kind", ["Graph", "DiGraph", "MultiGraph", "MultiDiGraph"])
def test_graphs_of_networkx(kind):
    networkx = pytest.importorskip("networkx")
    graph = getattr(networkx, kind)()
    graph.add_edges_from(LINKS)
    for weight in ("weight", "size", None):
        expected = networkx.to_numpy_array(graph, nodelist=list("bca"), weight=weight)
        if weight is None and "Multi" in kind:
            expected = networkx.to_scipy_sparse_array(graph, nodelist=list("bca"), weight=None).toarray()
        assert (nf.from_networkx(graph, 3, nodelist="bca", weight=weight).toarray() == expected.T).all()


def test_small_worlds_of_networkx_go_both_ways():
    networkx = pytest.importorskip("networkx")
    w = nf.small_world(20, 4, 0.0, nf.constant(1.0), rng())
    assert (w.toarray() == nf.from_networkx(networkx.watts_strogatz_graph(20, 4, 0.0), 20).toarray()).all()


# Changes of weights.

matrices = st.tuples(st.integers(1, 7), st.integers(1, 7), st.floats(0.1, 1.0), st.integers(0, 2**32))


def some_weights(drawn):
    n_pre, n_post, probability, seed = drawn
    w = rng(seed).normal(size=(n_post, n_pre)) * (rng(seed + 1).random((n_post, n_pre)) < probability)
    return w, sparse.csr_array(w)


FORMATS = ["csr", "csc", "coo", "lil", "dok"]


@given(drawn=matrices, total=st.floats(-3, 3), kind=st.sampled_from(FORMATS))
def test_balanced_rows_have_their_sum_and_their_zeros(drawn, total, kind):
    w, stored = some_weights(drawn)
    totals = np.where((w != 0).any(1), total * np.arange(1, len(w) + 1), 0.0)
    found = nf.balance_rows(w, totals)
    for i, row in enumerate(w.tolist()):
        there = [x for x in row if x]
        change = (math.fsum(there) - totals[i]) / max(len(there), 1)
        assert found[i].tolist() == pytest.approx([x - change if x else 0.0 for x in row], abs=1e-12)
        assert math.fsum(found[i]) == pytest.approx(totals[i], abs=1e-12)
    again = nf.balance_rows(stored.asformat(kind), totals)
    assert canonical(again)
    assert (again.indices == stored.indices).all()
    assert np.allclose(again.toarray(), found, rtol=0, atol=1e-13)
    assert np.allclose(nf.balance_rows(w).sum(1), 0.0, rtol=0, atol=1e-12)


@given(drawn=matrices, total=st.floats(0.1, 3), kind=st.sampled_from(FORMATS))
def test_normalized_rows_have_their_sum_and_their_shares(drawn, total, kind):
    w, stored = (abs(x) for x in some_weights(drawn))
    totals = np.where(w.any(1), total * np.arange(1, len(w) + 1), 0.0)
    found = nf.normalize_rows(w, totals)
    for i, row in enumerate(w.tolist()):
        share = totals[i] / math.fsum(row) if any(row) else 0.0
        assert found[i].tolist() == pytest.approx([x * share for x in row], rel=1e-12)
    again = nf.normalize_rows(stored.asformat(kind), totals)
    assert canonical(again)
    assert np.allclose(again.toarray(), found, rtol=1e-13, atol=0)


@given(drawn=matrices, kind=st.sampled_from(FORMATS))
def test_columns_have_the_sign_of_their_cell(drawn, kind):
    w, stored = some_weights(drawn)
    excitatory = rng(drawn[-1] + 2).random(w.shape[1]) < 0.5
    found = nf.dales_law(w, excitatory)
    for i, j in itertools.product(*map(range, w.shape)):
        assert found[i, j] == (abs(w[i, j]) if excitatory[j] else -abs(w[i, j]))
    assert not np.signbit(found[found == 0]).any()
    again = nf.dales_law(stored.asformat(kind), excitatory.tolist())
    assert canonical(again)
    assert (again.toarray() == found).all()
    assert (nf.dales_law(found, excitatory) == found).all()


@given(n=st.integers(1, 8), radius=st.floats(0.1, 5.0), seed=st.integers(0, 2**32), kind=st.sampled_from(FORMATS))
def test_scaled_weights_have_the_spectral_radius(n, radius, seed, kind):
    w = rng(seed).normal(size=(n, n))
    found = nf.scale_spectral_radius(w, radius)
    assert np.abs(np.linalg.eigvals(found)).max() == pytest.approx(radius, rel=1e-10)
    k = np.unravel_index(np.abs(w).argmax(), w.shape)
    assert np.allclose(found, w * (found[k] / w[k]), rtol=1e-13, atol=0)
    assert found[k] / w[k] > 0
    again = nf.scale_spectral_radius(sparse.csr_array(w).asformat(kind), radius)
    assert canonical(again)
    assert np.allclose(again.toarray(), found, rtol=1e-10, atol=0)
    assert nf.spectral_radius(again) == pytest.approx(radius, rel=1e-10)


@pytest.mark.slow
def test_the_radius_of_large_sparse_weights_is_that_of_all_eigenvalues():
    n = 1100
    w = nf.balance_rows(nf.fixed_in_degree(n, n, 10, ANY, rng()))
    expected = np.abs(np.linalg.eigvals(w.toarray())).max()
    assert nf.spectral_radius(w) == pytest.approx(expected, rel=1e-10)
    assert nf.spectral_radius(w) == nf.spectral_radius(w)
    scaled = nf.scale_spectral_radius(w, 0.9)
    assert np.allclose(scaled.data, w.data * (0.9 / expected), rtol=1e-10, atol=0)


@pytest.mark.slow
def test_eigenvalues_that_iteration_does_not_separate_are_found_all_at_once(monkeypatch):
    monkeypatch.setattr("netframe.weight_rules.spectral.DENSE_AT_MOST", 100)
    n = 301
    step = sparse.csr_array((np.full(n, 3.0), (np.arange(n), np.roll(np.arange(n), 1))), shape=(n, n))
    assert nf.spectral_radius(step) == pytest.approx(3.0, rel=1e-10)
    monkeypatch.setattr("netframe.weight_rules.spectral.DENSE_INSTEAD", 300)
    with pytest.raises(nf.ParameterError, match=r"301 cells are too close together .*toarray\(\)"):
        nf.spectral_radius(step)


def test_the_radius_is_that_of_loops_alone():
    w = np.triu(rng().normal(size=(40, 40)), 1)
    order = rng(2).permutation(40)
    shuffled = w[order][:, order]
    assert nf.spectral_radius(shuffled) == nf.spectral_radius(sparse.csr_array(shuffled)) == 0.0
    w[3, 3], w[20, 10] = -0.25, 0.0
    assert nf.spectral_radius(w) == 0.25
    w[8, 7] = 4.0 / w[7, 8]  # and two cells that reach each other
    for either in (w, sparse.csr_array(w)):
        assert nf.spectral_radius(either) == pytest.approx(2.0, rel=1e-12)


def test_batches_of_weights_are_changed_one_by_one():
    w = rng().normal(size=(2, 3, 4, 4))
    scaled, radii = nf.scale_spectral_radius(w, 0.5), nf.spectral_radius(w)
    balanced, signed = nf.balance_rows(w, [1.0, 2.0, 3.0, 4.0]), nf.dales_law(w, [True, False, True, False])
    assert radii.shape == (2, 3)
    for k in itertools.product(range(2), range(3)):
        assert np.allclose(scaled[k], nf.scale_spectral_radius(w[k], 0.5), rtol=1e-12)
        assert radii[k] == pytest.approx(np.abs(np.linalg.eigvals(w[k])).max(), rel=1e-12)
        assert np.allclose(balanced[k].sum(1), [1.0, 2.0, 3.0, 4.0])
        assert (signed[k] == nf.dales_law(w[k], [True, False, True, False])).all()
    assert np.allclose(nf.normalize_rows(abs(w)).sum(-1), 1.0)


@pytest.mark.parametrize("as_given", [np.array, sparse.csr_array], ids=["array", "sparse"])
def test_changes_leave_what_they_are_given(as_given):
    w = as_given([[1.0, -2.0], [3.0, 4.0]])
    before = dense(w).tolist()
    for found in (
        nf.balance_rows(w),
        nf.normalize_rows(w),
        nf.dales_law(w, [True, False]),
        nf.scale_spectral_radius(w, 1.0),
    ):
        if sparse.issparse(found):
            found.data[:] = 0.0
            found.indices[:] = 0
        else:
            found[:] = 0.0
        assert dense(w).tolist() == before


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda f, e: nf.gaussian_profile(f, e, 0.2), id="gaussian_profile"),
        pytest.param(lambda f, e: nf.gaussian_profile(f, e, 0.2, cutoff=0.5), id="cutoff"),
        pytest.param(lambda f, e: nf.ring(f, e, 1.0, 2.0), id="ring"),
        pytest.param(lambda f, e: nf.random_low_rank(f, e, 2, rng()), id="random_low_rank"),
        pytest.param(lambda f, e: nf.distance_probability(f, e, lambda d: 0.5, ANY, rng()), id="distance_probability"),
        pytest.param(lambda f, e: nf.from_edges(f, e, ([4, 0], [0, 2], [1.0, 2.0])), id="from_edges"),
        pytest.param(lambda f, e: nf.balance_rows(nf.all_to_all(f, e, WEIGHTS, rng())), id="balance_rows"),
    ],
)
def test_weights_of_a_rule_fit_a_projection_between_the_same_ends(make):
    f, e = nf.ConstantInput("F", rates=np.arange(5.0)), nf.LeakyRate("E", size=3)
    weights = make(f, e)
    net = nf.Network("n", [f, e, nf.InstantSynapse(f, e, weights=weights, g=1.0)])
    drive = net.quantity(0.0, net.initial_state(), "F_to_E.drive")
    assert drive.tolist() == pytest.approx([math.fsum(row * np.arange(5.0)) for row in dense(weights)], abs=1e-12)


# Errors.

F, E = nf.ConstantInput("F", rates=np.ones(3)), nf.LeakyRate("E", size=4)
ABC = Graph(LINKS, "abc", True)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        pytest.param(action, words, id=wrong)
        for wrong, (action, *words) in {
            "no cells": (lambda: nf.distances(0, 4), "distances", "pre is 0", "number of cells"),
            "length of zero": (lambda: nf.distances(3, 4, length=0.0), "length is 0.0", "above 0"),
            "text for length": (lambda: nf.even_positions(3, "1"), "even_positions", "length is '1'"),
            "two lengths of a line": (lambda: nf.even_positions(3, (1.0, 2.0)), "2 entries", "1, one for each"),
            "grid of nothing": (lambda: nf.even_positions(()), "even_positions", "empty"),
            "positions of one end": (
                lambda: nf.distances(F, E, pre_positions=np.ones(3)),
                *("distances", "post_positions is not given", "both ends"),
            ),
            "positions of too many cells": (
                lambda: nf.gaussian_profile(E, E, 1.0, pre_positions=np.ones((3, 2))),
                *("gaussian_profile", "pre_positions has shape (3, 2)", "(4, d)"),
            ),
            "positions of unequal dimensions": (
                lambda: nf.distances(F, E, pre_positions=np.ones((3, 2)), post_positions=np.ones(4)),
                *("2 dimensions", "post_positions 1"),
            ),
            "positions NaN": (
                lambda: nf.distances(2, 2, pre_positions=[0.0, np.nan]),
                *("pre_positions[1] is nan", "finite"),
            ),
            "period missing": (
                lambda: nf.distances(2, 2, pre_positions=[0.0, 1.0], periodic=True),
                *("periodic=True needs length", "period"),
            ),
            "length without use": (
                lambda: nf.distances(2, 2, pre_positions=[0.0, 1.0], length=2.0),
                *("length is 2.0", "add periodic=True"),
            ),
            "width of zero": (lambda: nf.gaussian_profile(F, E, 0.0), "gaussian_profile", "width is 0.0", "above 0"),
            "peak infinite": (lambda: nf.gaussian_profile(F, E, 1.0, np.inf), "peak is inf", "finite"),
            "one width of two": (
                lambda: nf.difference_of_gaussians(F, E, 0.1, (1.0, 1.0)),
                *("difference_of_gaussians", "widths is 0.1", "two numbers"),
            ),
            "negative width": (
                lambda: nf.difference_of_gaussians(F, E, (0.1, -0.1), (1.0, 1.0)),
                *("widths[1] is -0.1", "above 0"),
            ),
            "cutoff of zero": (lambda: nf.gaussian_profile(F, E, 1.0, cutoff=0.0), "cutoff is 0.0", "above 0"),
            "profile a number": (lambda: nf.distance_profile(F, E, 1.0), "profile is 1.0", "function of distance"),
            "profile of another shape": (
                lambda: nf.distance_profile(F, E, lambda d: d.sum(0)),
                *("distance_profile", "shape (3,)", "(4, 3)", "each distance"),
            ),
            "profile infinite": (lambda: nf.distance_profile(3, 3, lambda d: np.where(d, d, np.inf)), "inf at", "of 0"),
            "profile without autapses": (
                lambda: nf.gaussian_profile(F, E, 1.0, autapses=False),
                *("gaussian_profile", "autapses=False", "itself"),
            ),
            "probability a number": (
                lambda: nf.distance_probability(F, E, 0.1, WEIGHTS, rng()),
                *("distance_probability", "probability is 0.1", "fixed_probability"),
            ),
            "probability above one": (
                lambda: nf.distance_probability(4, 4, lambda d: 1.0 + d, WEIGHTS, rng()),
                *("probability is 1.25", "distance of 0.25", "between 0 and 1"),
            ),
            "seed for generator": (
                lambda: nf.distance_probability(F, E, lambda d: 0.1, WEIGHTS, 1),
                *("distance_probability", "rng is 1", "default_rng"),
            ),
            "no distribution": (
                lambda: nf.distance_probability(F, E, lambda d: 0.1, 2.0, rng()),
                *("distance_probability", "weights is 2.0", "constant("),
            ),
            "half a harmonic": (lambda: nf.ring(F, E, 1.0, 1.0, harmonic=0.5), "harmonic is 0.5", "whole number"),
            "angles in two dimensions": (
                lambda: nf.ring(F, F, 1.0, 1.0, pre_angles=np.ones((3, 2))),
                *("ring", "pre_angles", "one angle for each cell"),
            ),
            "angles of another size": (
                lambda: nf.ring(F, F, 1.0, 1.0, pre_angles=np.ones(4)),
                *("ring", "pre_angles has shape (4,)", "(3,)"),
            ),
            "angles of one end": (
                lambda: nf.ring(F, E, 1.0, 1.0, pre_angles=np.ones(3)),
                *("ring", "post_angles is not given", "angles of both ends"),
            ),
            "patterns of another size": (lambda: nf.low_rank(F, E, np.ones(3), np.ones(3)), "m has shape (3,)", "(4,)"),
            "patterns without a partner": (
                lambda: nf.low_rank(F, E, np.ones((4, 2)), np.ones(3)),
                *("low_rank", "m has 2", "n has 1", "pairs"),
            ),
            "rank above cells": (lambda: nf.random_low_rank(F, E, 4, rng()), "rank is 4", "from 1 to 3"),
            "overlap of two populations": (
                lambda: nf.random_low_rank(F, E, 1, rng(), overlap=1.0),
                "overlap",
                "itself",
            ),
            "overlap of another shape": (
                lambda: nf.random_low_rank(E, E, 2, rng(), overlap=np.ones(3)),
                *("overlap has shape (3,)", "(2, 2)"),
            ),
            "odd degree": (lambda: nf.small_world(6, 3, 0.1, WEIGHTS, rng()), "degree is 3", "even", "0 to 4"),
            "degree of all": (lambda: nf.small_world(6, 6, 0.1, WEIGHTS, rng()), "degree is 6", "0 to 4"),
            "rewiring above one": (lambda: nf.small_world(6, 2, 1.1, WEIGHTS, rng()), "rewiring is 1.1", "0 and 1"),
            "name for a population": (
                lambda: nf.small_world("E", 2, 0.1, WEIGHTS, rng()),
                *("small_world", "population is 'E'"),
            ),
            "index too large": (
                lambda: nf.from_edges(F, E, ([0, 3, 4], [0, 0, 0], [1.0, 1.0, 1.0])),
                *("from_edges", "row 1 has pre_index 3", "presynaptic", "0 to 2"),
            ),
            "index negative": (
                lambda: nf.from_edges(F, E, ([0, 1], [0, -1])),
                *("row 1 has post_index -1", "postsynaptic", "0 to 3"),
            ),
            "index from one": (lambda: nf.from_edges(F, E, ([1, 2, 3], [0, 0, 0])), "row 2", "Subtract 1"),
            "index a fraction": (lambda: nf.from_edges(F, E, ([0.0, 0.5], [0, 1])), "row 1 has pre_index 0.5"),
            "index a truth value": (lambda: nf.from_edges(F, E, ([True], [0])), "pre_index", "bool", "whole numbers"),
            "index text": (lambda: nf.from_edges(F, E, (["a"], [0])), "pre_index", "whole numbers"),
            "weight NaN": (lambda: nf.from_edges(F, E, ([0, 1], [0, 1], [1.0, np.nan])), "row 1 has weight nan"),
            "weight text": (lambda: nf.from_edges(F, E, ([0], [1], ["x"])), "weight", "real numbers"),
            "weights missing": (lambda: nf.from_edges(F, E, ([0, 1], [0, 1], [1.0])), "length", "weight 1"),
            "duplicates": (
                lambda: nf.from_edges(F, E, ([2, 0, 1, 0], [0, 1, 1, 1])),
                *("rows 1 and 3", "pre 0 to post 1", 'duplicates="sum"'),
            ),
            "duplicates misspelt": (lambda: nf.from_edges(F, E, ([], []), duplicates="add"), "'add'", "'sum'"),
            "rows for columns": (
                lambda: nf.from_edges(F, E, [(0, 1, 1.0), (1, 2, 1.0), (2, 3, 1.0)]),
                *("from_edges", "tuple(zip(*edges))"),
            ),
            "a matrix of edges": (lambda: nf.from_edges(F, E, np.zeros((3, 3))), "edges is", "tuple(edges.T)"),
            "nested columns": (lambda: nf.from_edges(F, E, ([[0]], [0])), "pre_index has shape (1, 1)"),
            "names of one column": (lambda: nf.from_edges(F, E, EDGES, columns=("pre",)), "columns is ('pre',)"),
            "not a graph": (lambda: nf.from_networkx(np.ones((3, 3)), 3), "from_networkx", "graph is", "DiGraph"),
            "graph of another size": (lambda: nf.from_networkx(ABC, E), "4 presynaptic cells", "3 nodes"),
            "graph of two populations": (lambda: nf.from_networkx(ABC, F, E), "pre and post differ", "post_nodelist"),
            "unknown node": (lambda: nf.from_networkx(ABC, 3, nodelist="abd"), "'d'", "no such node"),
            "node twice": (lambda: nf.from_networkx(ABC, 3, nodelist="aba"), "'a' twice"),
            "weight of an edge text": (
                lambda: nf.from_networkx(Graph([("a", "b", {"weight": "x"})], "ab", True), 2),
                *("from 'a' to 'b'", "weight 'x'", "finite"),
            ),
            "balance without synapses": (
                lambda: nf.balance_rows(sparse.csr_array([[1.0, 0.0], [0.0, 0.0]]), 2.0),
                *("balance_rows", "row 1 has no synapse", "2"),
            ),
            "total of another shape": (
                lambda: nf.balance_rows(np.ones((2, 3)), np.ones(3)),
                *("total has shape (3,)", "(2,)", "postsynaptic"),
            ),
            "normalize a sum of zero": (
                lambda: nf.normalize_rows([[1.0, 2.0], [1.0, -1.0]]),
                *("normalize_rows", "row 1", "sums to zero"),
            ),
            "signs of rows": (
                lambda: nf.dales_law(np.ones((2, 3)), [True, False]),
                *("dales_law", "shape (2,)", "(3,)", "presynaptic"),
            ),
            "signs as numbers": (lambda: nf.dales_law(np.ones((2, 2)), [1, -1]), "int", "truth values", "signs > 0"),
            "radius of a rectangle": (
                lambda: nf.scale_spectral_radius(np.ones((2, 3)), 1.0),
                *("scale_spectral_radius", "shape (2, 3)", "itself"),
            ),
            "radius negative": (lambda: nf.scale_spectral_radius(np.eye(2), -1.0), "radius is -1.0", "above 0"),
            "radius of no loops": (
                lambda: nf.scale_spectral_radius(np.triu(np.ones((5, 5)), 1), 1.0),
                *("spectral radius of the weights is zero", "loops"),
            ),
            "radius zero to rounding": (
                lambda: nf.scale_spectral_radius([[1.1, -1.1], [1.1, -1.1]], 1.0),
                *("spectral radius of the weights is zero",),
            ),
            "a structure": (
                lambda: nf.balance_rows(nf.LowRank([[1.0]], [[1.0]])),
                *("balance_rows", "LowRank", "weights.toarray()"),
            ),
            "weights in one dimension": (lambda: nf.balance_rows(np.ones(3)), "shape (3,)", "n_post, n_pre"),
            "weights text": (lambda: nf.dales_law([["a"]], [True]), "dales_law", "weights is", "real numbers"),
            "weights NaN": (lambda: nf.normalize_rows([[1.0, np.nan]]), "weights[0, 1] is nan", "finite"),
            "sparse weights complex": (
                lambda: nf.balance_rows(sparse.csr_array([[1j]])),
                *("balance_rows", "complex", "real numbers"),
            ),
        }.items()
    ],
)
def test_arguments_that_make_no_weights(action, words):
    with pytest.raises(nf.ParameterError) as caught:
        action()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)


def test_a_column_that_is_not_there_is_named_with_the_closest():
    with pytest.raises(nf.UnknownNameError, match=r"no column 'weight'. Did you mean 'weights'\?"):
        nf.from_edges(3, 2, {"pre": [0], "post": [0], "weights": [1.0]})


def test_graphs_and_tables_need_no_package(monkeypatch):
    for name in ("networkx", "pandas"):
        monkeypatch.setitem(sys.modules, name, None)  # importing it raises
    assert nf.from_networkx(ABC, 3).nnz == 3
    assert nf.from_edges(3, 2, Table(EDGES)).nnz == 3
