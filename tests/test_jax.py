"""The same right-hand side under JAX: the same numbers, compiled, mapped and differentiated."""

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import agree, blueprints, states

import netframe as nf

pytestmark = pytest.mark.jax


@pytest.fixture(scope="module", autouse=True)
def float64():
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


@given(blueprints(max_wires=4))
@settings(max_examples=25)
def test_jit_equals_numpy(blueprint):
    import jax

    network = blueprint.network()
    y = states(network)
    assert agree(np.asarray(jax.jit(network.rhs)(0.15, y)), network.rhs(0.15, y), 1e-12)


@given(blueprints(max_wires=3))
@settings(max_examples=10)
def test_vmap_equals_a_batch(blueprint):
    import jax

    network = blueprint.network()
    y = states(network, lead=(3,))
    mapped = jax.vmap(lambda member: network.rhs(0.15, member))(y)
    assert agree(np.asarray(mapped), network.rhs(0.15, y), 1e-12)


@given(blueprints(max_wires=3))
@settings(max_examples=10)
def test_jacfwd_equals_the_jacobian(blueprint):
    import jax

    network = blueprint.network()
    y = states(network)
    exact = np.asarray(jax.jacfwd(lambda y: network.rhs(0.15, y))(y))
    ours = network.jacobian(0.15, y).toarray()
    assert np.abs(ours - exact).max() < 1e-8 * max(np.abs(exact).max(), 1e-3)


def recurrent(tau, w, rates):
    f, e = nf.ConstantInput("F", rates=rates), nf.LeakyRate("E", size=3, tau=tau, activation=nf.Softplus())
    parts = [f, e, nf.ReversalSynapse(f, e, weights=w, g=1e-4), nf.CurrentSynapse(e, e, weights=0.1, g=1e-3)]
    return nf.Network("n", parts)


def test_parameters_weights_and_inputs_may_be_traced():
    import jax
    import jax.numpy as jnp

    rng = np.random.default_rng(0)
    w, rates, tau = rng.uniform(0, 1, (3, 2)), rng.uniform(1, 40, 2), rng.uniform(0.02, 0.1, 3)
    net = recurrent(0.05, w, rates)
    y = states(net)

    def slope(tau, w, rates):
        return net.with_parameters({"E.tau": tau, "F_to_E.weights": w, "F.rates": rates}).rhs(0.0, y)

    traced = jax.jit(slope)(jnp.asarray(tau), jnp.asarray(w), jnp.asarray(rates))
    assert agree(np.asarray(traced), recurrent(tau, w, rates).rhs(0.0, y), 1e-12)
    gradient = jax.grad(lambda tau: slope(tau, w, rates)[:3].sum())(jnp.asarray(tau))
    step = 1e-7
    for k in range(3):
        moved = tau + step * (np.arange(3) == k)
        numeric = (
            recurrent(moved, w, rates).rhs(0.0, y)[:3].sum() - recurrent(tau, w, rates).rhs(0.0, y)[:3].sum()
        ) / step
        assert np.isclose(gradient[k], numeric, rtol=1e-4)


@pytest.mark.parametrize("interpolation", ["linear", "previous"])
@pytest.mark.parametrize("beyond", ["hold", "zero", "repeat"])
def test_inputs_at_a_traced_time(interpolation, beyond):
    import jax

    sampled = nf.SampledInput(
        "S", times=[0.0, 0.1, 0.4], rates=[[1.0], [5.0], [2.0]], interpolation=interpolation, beyond=beyond
    )
    step = nf.StepInput("T", size=1, amplitude=3.0, onset=0.1, offset=0.2)
    for source in (sampled, step):
        traced = jax.jit(lambda t, source=source: source.rate(t, None))
        for t in (0.0, 0.05, 0.1, 0.15, 0.39, 0.7, 0.9):
            assert np.allclose(traced(t), source.rate(t, None), rtol=1e-13)


def test_arrays_of_jax_stay_what_they_are():
    import jax.numpy as jnp

    tau = jnp.array([0.1, 0.2])
    assert nf.LeakyRate("E", size=2, tau=tau).tau is tau
    with pytest.raises(nf.ParameterError, match="positive"):
        nf.LeakyRate("E", size=2, tau=-tau)


def test_a_traced_activation_parameter_with_a_state_of_numpy():
    import jax

    e = nf.LeakyRate("E", size=2, activation=nf.Softplus())
    net = nf.Network("n", [e, nf.InstantSynapse(e, e, weights=1.0, g=1e-2)])
    y = states(net)

    def total(x):
        return net.with_parameters({"E.activation.threshold": x}).rhs(0.0, y).sum()

    assert np.isclose(jax.grad(total)(-50.0), (total(-50.0 + 1e-5) - total(-50.0 - 1e-5)) / 2e-5, rtol=1e-6)


def test_the_rate_of_a_constant_input_does_not_leak_out_of_a_trace():
    import jax
    import jax.numpy as jnp
    from components import DepressingSynapse

    s, e = nf.StepInput("S", size=3, amplitude=jnp.ones(3), onset=0.1, offset=0.2), nf.LeakyRate("E", size=2)
    net = nf.Network("n", [s, e, DepressingSynapse(s, e, weights=np.ones((2, 3)))])
    segment, y = net.segment(0.1, 0.2), jnp.asarray(net.initial_state())
    assert agree(np.asarray(jax.jit(lambda y: segment(0.15, y))(y)), np.asarray(segment(0.15, y)), 1e-12)
