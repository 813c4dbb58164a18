"""Projections evaluated for some postsynaptic cells at a time give what they give at once, without large arrays."""

import tracemalloc

import numpy as np
import pytest
from components import DepressingSynapse, LearningSynapse
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from strategies import agree, batches, blueprints, states

import netframe as nf
from netframe import row_blocks
from netframe.connectivity import Matrix
from netframe.right_hand_side import RightHandSide


def in_blocks(network, size):
    """The right-hand side with blocks of about ``size`` synapses, however few there are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_blocks, "BLOCK", size)
        patch.setattr(row_blocks, "LARGE", 0)
        return RightHandSide(network)


def counted(rhs):
    """How many blocks there are for each projection that has any."""
    return {term.key: len(term.blocks._blocks) for term in rhs._terms if term.blocks}


@given(blueprints(max_wires=6), st.integers(1, 20), st.sampled_from([(), (3,), (2, 1)]))
@settings(max_examples=120)
def test_blocks_equal_one_evaluation_at_once(blueprint, size, lead):
    network = blueprint.network(resolution="synapse")
    rhs, y = in_blocks(network, size), states(network, lead=lead)
    y.flags.writeable = False
    whole = network.rhs(0.15, y)
    assert not counted(network._whole)
    assert agree(rhs(0.15, y), whole, 1e-12)
    assert np.array_equal(rhs(0.15, y), rhs(0.15, y))


@given(batches(), st.integers(1, 20))
@settings(max_examples=60)
def test_blocks_of_a_batch_equal_one_evaluation_at_once(batch, size):
    rhs = in_blocks(batch.network, size)
    assert agree(rhs(0.15, batch.y0), batch.network.rhs(0.15, batch.y0), 1e-12)
    y = batch.network.initial_state()[(0,) * len(batch.network.batch_shape)]
    assert agree(rhs(0.15, y), batch.network.rhs(0.15, y), 1e-12)


@pytest.mark.parametrize("stored", [np.asarray, sparse.csr_array, Matrix])
@pytest.mark.parametrize("kind", [nf.ReversalSynapse, DepressingSynapse, LearningSynapse])
def test_every_row_is_in_one_block(kind, stored):
    rng = np.random.default_rng(0)
    w = rng.uniform(0.1, 1.0, (11, 7)) * (rng.random((11, 7)) < 0.5)
    w[[0, 4, 5, 10]] = 0.0  # rows without a synapse, where they are sparse
    f, e = nf.ConstantInput("F", rates=rng.uniform(1, 40, 7)), nf.LeakyRate("E", size=11, tau=rng.uniform(0.1, 0.2, 11))
    how = {"g": rng.uniform(1e-4, 2e-4, (3, 11)), "resolution": "synapse"}
    network = nf.Network("n", [f, e, kind(f, e, weights=stored(w), **how)])
    y = states(network)
    for size in (1, 8, 15, 1000):
        rhs = in_blocks(network, size)
        blocks = rhs._terms[0].blocks._blocks
        assert len(blocks) > 1 or size == 1000
        assert [b.rows.start for b in blocks] + [11] == [0] + [b.rows.stop for b in blocks]
        assert agree(rhs(0.0, y), network.rhs(0.0, y), 1e-12)


@nf.component
class Faulty(nf.CurrentSynapse):
    """A current whose hook returns what it is told to."""

    fault: str = "none"

    def derivatives(self, t, s, inputs):
        right = super().derivatives(t, s, inputs)
        wrong = {"shape": {"i": right["i"][..., :-1]}, "key": {"j": right["i"]}, "surplus": right | {"j": right["i"]}}
        return wrong.get(self.fault, right)


@pytest.mark.parametrize("fault", ["shape", "key", "surplus"])
def test_wrong_shapes_and_keys_are_told_as_without_blocks(fault):
    f, e = nf.ConstantInput("F", rates=[1.0, 2.0, 3.0]), nf.LeakyRate("E", size=5)
    network = nf.Network("n", [f, e, Faulty(f, e, weights=np.ones((5, 3)), g=1e-3, resolution="synapse", fault=fault)])
    y = network.initial_state()
    told = []
    for rhs in (network.rhs, in_blocks(network, 6)):
        with pytest.raises(nf.HookError) as error:
            rhs(0.0, y)
        told.append(str(error.value))
    assert told[0] == told[1]
    assert "F_to_E" in told[0]


@pytest.mark.parametrize("stored", [np.asarray, sparse.csr_array])
def test_no_copy_of_a_large_array_is_made(stored):
    rng = np.random.default_rng(0)
    f, e = nf.ConstantInput("F", rates=rng.uniform(1, 40, 1000)), nf.LeakyRate("E", size=1000)
    network = nf.Network(
        "n",
        [
            f,
            e,
            nf.ReversalSynapse(f, e, weights=stored(rng.uniform(0.1, 1.0, (1000, 1000))), g=1e-4, resolution="synapse"),
        ],
    )
    y = network.initial_state()
    out = network.rhs(0.0, y)
    assert counted(network._whole)["F_to_E"] >= 8
    tracemalloc.start()
    network.rhs(0.0, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert out.nbytes <= peak < out.nbytes + 0.4 * 8e6


def test_a_run_is_the_same():
    rng = np.random.default_rng(0)
    f, e = nf.ConstantInput("F", rates=rng.uniform(1, 40, 20)), nf.LeakyRate("E", size=30)
    synapse = nf.ReversalSynapse(f, e, weights=rng.uniform(0.1, 1.0, (30, 20)), g=1e-5, resolution="synapse")
    network = nf.Network("n", [f, e, synapse])
    usual = nf.simulate(network, 0.2, save_at=11)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_blocks, "BLOCK", 50)
        patch.setattr(row_blocks, "LARGE", 0)
        network = network.copy("n")  # the last stretch of a network is kept
        assert counted(network.segment(0.0, 0.2))
        assert agree(nf.simulate(network, 0.2, save_at=11).y, usual.y, 1e-9)
