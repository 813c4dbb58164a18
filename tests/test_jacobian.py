"""The Jacobian by local partials against central differences and against matrices written down by hand."""

import numpy as np
from hypothesis import given, settings
from strategies import blueprints, states

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
