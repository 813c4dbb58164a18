"""The Jacobian by local partials against central differences and against matrices written down by hand."""

import tracemalloc

import numpy as np
from hypothesis import given, settings
from scipy import sparse
from strategies import agree, blueprints, states

import netframe as nf
from netframe.jacobian import finite_difference_jacobian, own_slopes


@given(blueprints())
@settings(max_examples=60)
def test_jacobian_equals_central_differences_and_the_pattern_misses_nothing(blueprint):
    network = blueprint.network()
    y = states(network)
    numeric = finite_difference_jacobian(network.rhs, 0.15, y)
    exact = network.jacobian(0.15, y).toarray()
    scale = np.abs(numeric).max(initial=1e-12)
    assert np.abs(exact - numeric).max(initial=0.0) < 1e-6 * scale
    pattern = network.jacobian_pattern().toarray()
    assert not np.any((np.abs(numeric) > 1e-7 * scale) & (pattern == 0))
    assert not np.any((exact != 0) & (pattern == 0))


def test_jacobian_of_the_notebook_network_by_hand():
    rng = np.random.default_rng(0)
    rates, w = rng.uniform(1, 50, 3), rng.uniform(0, 1, (2, 3))
    f, e = nf.ConstantInput("F", rates=rates), nf.LeakyRate("E", size=2)
    net = nf.Network("n", [f, e, nf.ReversalSynapse(f, e, weights=w, g=2e-5)])
    k = 2e-5 * w @ rates
    expected = np.block([[-np.eye(2) / 0.05, 100.0 / 0.05 * np.eye(2)], [-np.diag(k) / 0.01, -np.eye(2) / 0.01]])
    assert np.allclose(net.jacobian(0.0, states(net)).toarray(), expected, rtol=1e-8, atol=1e-9)
    assert net.jacobian_pattern().nnz == 8


def test_the_pattern_of_a_chain_is_a_chain():
    cells = [nf.LeakyRate(f"P{k}", size=2) for k in range(3)]
    links = [nf.InstantSynapse(a, b, weights=np.eye(2), g=1.0) for a, b in zip(cells, cells[1:])]
    pattern = nf.Network("n", [*cells, *links]).jacobian_pattern().toarray()
    blocks = pattern.reshape(3, 2, 3, 2).any(axis=(1, 3))
    assert blocks.tolist() == [[True, False, False], [True, True, False], [False, True, True]]


def test_a_batch_is_block_diagonal():
    f, e = nf.ConstantInput("F", rates=[[1.0, 2.0], [30.0, 4.0], [5.0, 6.0]]), nf.LeakyRate("E", size=3)
    synapse = nf.ReversalSynapse(f, e, weights=np.ones((3, 2)), g=1e-4)
    net = nf.Network("n", [f, e, synapse])
    y = states(net)
    whole = net.jacobian(0.0, y).toarray()
    for k in range(3):
        fk = nf.ConstantInput("F", rates=f.rates[k])
        single = nf.Network("n", [fk, e, nf.ReversalSynapse(fk, e, weights=np.ones((3, 2)), g=1e-4)])
        block = whole[6 * k : 6 * k + 6]
        assert np.allclose(block[:, 6 * k : 6 * k + 6], single.jacobian(0.0, y[k]).toarray(), rtol=1e-7, atol=1e-9)
        assert not np.delete(block, np.arange(6 * k, 6 * k + 6), axis=1).any()


@given(blueprints(max_wires=3))
@settings(max_examples=30)
def test_own_slopes_hold_all_else(blueprint):
    network = blueprint.network()
    y = states(network)
    slopes = network.registry.unpack(own_slopes(network, 0.15, y))
    for path, bound in network.bound_nodes.items():
        if isinstance(bound.node, nf.Population):
            assert np.allclose(slopes[path].v, -1.0 / np.broadcast_to(bound.node.tau, bound.node.size), rtol=1e-6)


@given(blueprints(max_wires=4))
@settings(max_examples=30)
def test_states_of_a_batch_have_the_blocks_they_have_alone(blueprint):
    network = blueprint.network(scale=0.3)
    y = states(network, lead=(2, 1))
    alone = [network.jacobian(0.15, y[k, 0]).toarray() for k in range(2)]
    blocks = np.zeros((2, 2, *alone[0].shape))
    blocks[[0, 1], [0, 1]] = alone
    whole = network.jacobian(0.15, y).toarray()
    assert agree(whole, np.moveaxis(blocks, 2, 1).reshape(whole.shape), 1e-6)


@nf.component
class Awakening(nf.Projection):
    """A current that reads nothing of the state at first, and the voltage at both ends later."""

    def signal(self, t, s, pre):
        return np.ones_like(pre.v) if t < 1.0 else pre.v

    def current(self, t, s, inputs):
        return 0.1 * inputs.drive if t < 1.0 else 0.1 * inputs.drive * inputs.post.v


def test_a_hook_that_reads_more_later_is_followed():
    e, g = nf.LeakyRate("E", size=3), nf.LeakyRate("G", size=2)
    network = nf.Network("n", [e, g, Awakening(g, e, weights=np.arange(1.0, 7.0).reshape(3, 2))])
    y = states(network)
    for t in (0.0, 2.0, 0.0):
        numeric = finite_difference_jacobian(lambda _, y, t=t: network.rhs(t, y), t, y)
        assert np.allclose(network.jacobian(t, y).toarray(), numeric, rtol=1e-6, atol=1e-4)
    assert network.jacobian(2.0, y).nnz == 3 + 6 + 2


def test_what_is_returned_is_nobody_elses_and_holds_no_zeros():
    rng = np.random.default_rng(0)
    f, e = nf.ConstantInput("F", rates=rng.uniform(1, 50, 3)), nf.LeakyRate("E", size=4)
    inner = nf.ReversalSynapse(e, e, weights=rng.uniform(0.1, 1.0, (4, 4)), g=1e-4)
    network = nf.Network("n", [f, e, nf.ReversalSynapse(f, e, weights=rng.uniform(0.1, 1.0, (4, 3)), g=1e-4), inner])
    resting, firing = network.initial_state(), network.initial_state({"E.v": -40.0})
    silent, loud = network.jacobian(0.0, resting), network.jacobian(0.0, firing)
    assert silent.nnz < loud.nnz == network.jacobian_pattern().nnz
    expected = loud.toarray()
    for matrix in (loud, network.jacobian_pattern()):
        matrix.data[:], matrix.indices[:], matrix.indptr[:] = 0.0, 0, 0
    assert np.array_equal(network.jacobian(0.0, firing).toarray(), expected)


def test_jacobian_of_a_large_sparse_network_is_never_dense():
    rng = np.random.default_rng(0)
    n, degree = 20_000, 20
    pre = np.sort(rng.integers(0, n, (n, degree)), axis=1).ravel()
    weights = sparse.coo_array(
        (rng.uniform(0.1, 1.0, n * degree), (np.repeat(np.arange(n), degree), pre)), shape=(n, n)
    )
    weights.sum_duplicates()
    f, e = nf.ConstantInput("F", rates=[10.0]), nf.LeakyRate("E", size=n)
    driven = nf.CurrentSynapse(f, e, weights=np.ones((n, 1)), g=1e-3)
    network = nf.Network("n", [f, e, driven, nf.CurrentSynapse(e, e, weights=weights, g=1e-3)])
    y = network.initial_state({"E.v": -40.0})
    tracemalloc.start()
    matrix = network.jacobian(0.0, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert matrix.nnz == weights.nnz + 5 * n
    assert peak < 8 * n * n / 10


def test_a_state_that_is_all_but_zero_beside_large_terms():
    f, e = nf.ConstantInput("F", rates=np.full(3, 1000.0)), nf.LeakyRate("E", size=2)
    net = nf.Network("n", [f, e, nf.ReversalSynapse(f, e, weights=np.ones((2, 3)), g=1e-2)])
    y = net.initial_state()
    y[net.registry.slot("F_to_E.i").slice] = [1e-14, -3e-14]
    assert np.allclose(own_slopes(net, 0.0, y), [-20.0, -20.0, -100.0, -100.0], rtol=1e-4)
    assert np.allclose(net.jacobian(0.0, y).toarray()[2:, 2:], -100.0 * np.eye(2), rtol=1e-4)
