"""Projections of a class evaluated in one call give what they give one at a time."""

import numpy as np
import pytest
from components import DepressingSynapse
from hypothesis import given, settings
from strategies import SYNAPSES, agree, blueprints, states

import netframe as nf
from netframe.right_hand_side import RightHandSide
from netframe.terms import Bundle, terms


def one_at_a_time(network, t, y):
    """The derivative with every projection in a term of its own."""
    rhs = RightHandSide(network)
    rhs._terms = [term for p in network.bound_projections for term in terms([p], rhs._drives, network.registry)]
    rhs._packing = rhs._pieces()
    return rhs(t, y)


@given(blueprints(kinds=(nf.ReversalSynapse, nf.CurrentSynapse, *SYNAPSES), max_wires=9))
@settings(max_examples=80)
def test_bundles_equal_single_projections(blueprint):
    network = blueprint.network()
    for lead in ((), (3,), (2, 1)):
        y = states(network, lead=lead)
        assert agree(network.rhs(0.15, y), one_at_a_time(network, 0.15, y), 1e-12)


@nf.component
class Leak(nf.Projection):
    """A current that reads the target alone, so that nothing in it is stacked."""

    g: nf.Param = nf.parameter(1e-3, unit="nA/mV", axes=("post",), doc="conductance")
    lumpable = True

    def current(self, t, s, inputs):
        return -self.g * inputs.post.v


@pytest.mark.parametrize("lead", [(), (4,)])
@pytest.mark.parametrize(
    "gains", [[1e-3] * 3, [1e-3, 2e-3, 5e-3], [np.full(5, 1e-3), 2e-3, np.linspace(1e-3, 2e-3, 5)]]
)
def test_currents_that_are_not_stacked_are_counted_once_for_each(gains, lead):
    e = nf.LeakyRate("E", size=5)
    sources = [nf.ConstantInput(f"S{k}", rates=np.full(k + 1, 5.0)) for k in range(3)]
    links = [Leak(s, e, weights=np.ones((5, s.size)), g=g) for s, g in zip(sources, gains)]
    network = nf.Network("n", [*sources, e, *links])
    y = states(network, lead=lead)
    assert any(isinstance(term, Bundle) for term in network._whole._terms)
    total = sum(np.broadcast_to(g, 5) for g in gains)
    assert np.allclose(network.rhs(0.0, y), (-100.0 * total * y - (y + 70.0)) / 0.05, rtol=1e-12)


def test_states_that_do_not_stand_beside_each_other():
    rng = np.random.default_rng(0)
    f, e, g = nf.ConstantInput("F", rates=rng.uniform(1, 40, 3)), nf.LeakyRate("E", size=5), nf.LeakyRate("G", size=2)
    a = nf.ReversalSynapse(f, e, weights=rng.uniform(size=(5, 3)), g=1e-4, name="a")
    b = DepressingSynapse(f, e, weights=rng.uniform(size=(5, 3)), name="b")
    c = nf.ReversalSynapse(e, e, weights=rng.uniform(size=(5, 5)), g=rng.uniform(1e-4, 2e-4, 5), name="c")
    d = nf.ReversalSynapse(g, e, weights=rng.uniform(size=(5, 2)), g=1e-4, e_rev=-80.0, name="d")
    network = nf.Network("n", [f, e, a, b, g, c, d])
    assert [len(term.pieces and list(term.pieces())) for term in network._whole._terms if isinstance(term, Bundle)] == [
        3
    ]
    for lead in ((), (3,)):
        y = states(network, lead=lead)
        assert agree(network.rhs(0.0, y), one_at_a_time(network, 0.0, y), 1e-12)


def test_parameters_with_batch_axes_are_stacked():
    rng = np.random.default_rng(0)
    f, e = nf.ConstantInput("F", rates=rng.uniform(1, 40, (4, 3))), nf.LeakyRate("E", size=5)
    a = nf.ReversalSynapse(f, e, weights=rng.uniform(size=(5, 3)), g=rng.uniform(1e-4, 2e-4, (4, 1)), name="a")
    b = nf.ReversalSynapse(e, e, weights=rng.uniform(size=(4, 5, 5)), g=2e-4, tau=rng.uniform(0.01, 0.02, 5), name="b")
    network = nf.Network("n", [f, e, a, b])
    assert any(isinstance(term, Bundle) for term in network._whole._terms)
    y = states(network)
    assert agree(network.rhs(0.0, y), one_at_a_time(network, 0.0, y), 1e-12)
    assert agree(network.rhs(0.0, y[1]), one_at_a_time(network, 0.0, y[1]), 1e-12)


def test_options_keep_projections_apart():
    @nf.component
    class Scaled(nf.Projection):
        """A current with an option that is no parameter."""

        factor: float = 1.0
        lumpable = True

        def current(self, t, s, inputs):
            return self.factor * 1e-3 * inputs.drive

    f, e = nf.ConstantInput("F", rates=[1.0, 2.0]), nf.LeakyRate("E", size=3)
    parts = [Scaled(f, e, weights=np.ones((3, 2)), factor=x, name=f"s{k}") for k, x in enumerate((1.0, 2.0, 2.0))]
    network = nf.Network("n", [f, e, *parts])
    assert [type(term).__name__ for term in network._whole._terms] == ["Single", "Bundle"]
    y = network.initial_state()
    assert np.allclose(network.rhs(0.0, y), 100.0 * 5.0 * 3e-3 / 0.05)


@nf.component
class Damping(nf.Projection):
    """A current that reads the rate of the target, which may have batch axes that the state has not."""

    g: nf.Param = nf.parameter(1e-3, unit="nA/Hz", axes=("post",), doc="current per rate")
    lumpable = True

    def current(self, t, s, inputs):
        return self.g * (inputs.drive - inputs.post.rate)


@pytest.mark.parametrize("members", [2, 3, 4])
def test_a_state_without_the_batch_axes_of_the_network(members):
    thresholds = np.linspace(-60.0, -50.0, members)[:, None]
    e = nf.LeakyRate("E", size=5, activation=nf.Softplus(threshold=thresholds))
    sources = [nf.ConstantInput(f"S{k}", rates=np.full(k + 1, 5.0)) for k in range(3)]
    links = [Damping(s, e, weights=np.ones((5, s.size)), g=(k + 1) * 1e-3) for k, s in enumerate(sources)]
    network = nf.Network("n", [*sources, e, *links])
    y = np.linspace(-65.0, -45.0, 5)
    whole = network.rhs(0.0, np.broadcast_to(y, (members, 5)))
    assert agree(network.rhs(0.0, y), whole, 1e-12)
    assert agree(whole, one_at_a_time(network, 0.0, np.broadcast_to(y, (members, 5))), 1e-12)
