"""Synapse models against closed forms, matrix exponentials and published values."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from scipy.special import gammainc
from shipped.synapses import SHIPPED

import netframe as nf

RNG = np.random.default_rng(3)
W = RNG.uniform(0.1, 1.0, (5, 3))
SPARSE = sparse.csr_array(W * (W > 0.4))
FINE = nf.RungeKuttaIntegrator(rtol=1e-10, atol=1e-13)


@nf.component
class Integral(nf.Population):
    """A state that sums what arrives."""

    x = nf.state(unit="1", doc="the sum so far")

    def rate(self, t, s):
        return s.x

    def derivatives(self, t, s, inputs):
        return {"x": inputs.current}


@nf.component
class Moments(nf.Population):
    """The first moments in time of what arrives."""

    m0 = nf.state(unit="nA s", doc="area of the current")
    m1 = nf.state(unit="nA s2", doc="area times mean time")
    m2 = nf.state(unit="nA s3", doc="area times mean square of time")

    def rate(self, t, s):
        return s.m0

    def derivatives(self, t, s, inputs):
        return {"m0": inputs.current, "m1": t * inputs.current, "m2": t * t * inputs.current}


def pulse(size, onset=0.01, width=0.002):
    """One impulse in each cell, of area 1, 2, ..."""
    amplitude = np.arange(1.0, size + 1) / width
    return nf.StepInput("P", size=size, amplitude=amplitude, onset=onset, offset=onset + width)


def solved(*parts, until, save_at=None, **options):
    return nf.simulate(nf.Network("n", parts), until, save_at=save_at, integrator=FINE, **options)


def dense(weights):
    return weights.toarray() if sparse.issparse(weights) else weights


# Kernels.


@pytest.mark.parametrize("weights", [W, SPARSE], ids=["dense", "sparse"])
@pytest.mark.parametrize("resolution", ["lumped", "synapse"])
def test_alpha_synapse_is_the_convolution_with_an_alpha_function(weights, resolution):
    p, e = pulse(3), nf.LeakyRate("E", size=5)
    tau, g = np.linspace(0.003, 0.02, 5), np.linspace(0.1, 0.5, 5)
    t = np.linspace(0.0, 0.08, 41)
    synapse = nf.AlphaSynapse(p, e, weights=weights, tau=tau, g=g, resolution=resolution)
    current = solved(p, e, synapse, until=0.08, save_at=t)["P_to_E.current"]

    def after_step(times):  # the integral of g t/tau exp(-t/tau)
        return g * tau * gammainc(2, np.maximum(times, 0.0)[:, None] / tau)

    kernel = (after_step(t - 0.01) - after_step(t - 0.012)) / 0.002
    assert np.allclose(current, kernel * (dense(weights) @ [1.0, 2.0, 3.0]), atol=1e-8)


def test_alpha_synapse_peaks_at_tau_with_the_gain_over_e():
    p, e = pulse(1, onset=0.0, width=1e-7), nf.LeakyRate("E", size=2)
    tau, gain = np.array([0.005, 0.02]), np.array([3.25, 22.0])
    around = np.concatenate([tau * f for f in (0.98, 1.0, 1.02)])
    order = np.argsort(around)
    sol = solved(p, e, nf.AlphaSynapse(p, e, weights=1.0, tau=tau, g=gain), until=0.05, save_at=around[order])
    before, peak, after = sol["P_to_E.current"][np.argsort(order)].reshape(3, 2, 2).diagonal(axis1=1, axis2=2)
    assert np.allclose(peak, gain / math.e, rtol=1e-6)
    assert np.all(before < peak)
    assert np.all(after < peak)


def test_alpha_synapse_carries_its_charge():
    p, m = pulse(3), Moments("M", size=5)
    synapse = nf.AlphaSynapse(p, m, weights=W, tau=0.01, g=0.2)
    charge = solved(p, m, synapse, until=0.6)["M.m0"][-1]
    assert np.allclose(charge, 0.2 * 0.01 * (W @ [1.0, 2.0, 3.0]), rtol=1e-8)


RISE = np.array([0.001, 0.01, 0.004, 0.004, 0.004, 0.004, 0.004])
DECAY = np.array([0.01, 0.001, 0.004, 0.004 * (1 + 1e-9), 0.004 * (1 - 0.99e-4), 0.004 * (1 + 1.01e-4), 0.4])


def test_dual_exponential_synapse_peaks_at_one():
    p, e = nf.ConstantInput("P", rates=[0.0]), nf.LeakyRate("E", size=7)
    equal = np.isclose(RISE, DECAY, rtol=1e-6)
    other = np.where(equal, 2.0 * RISE, DECAY)
    peak_at = np.where(equal, RISE, np.log(other / RISE) * RISE * other / (other - RISE))
    times = np.concatenate([0.98 * peak_at, peak_at, 1.02 * peak_at])
    sorted_times, place = np.unique(times, return_inverse=True)
    net = nf.Network("n", [p, e, nf.DualExponentialSynapse(p, e, weights=1.0, tau_rise=RISE, tau_decay=DECAY, g=0.7)])
    y0 = net.initial_state({"P_to_E.x": 1.0})  # what an impulse of area 1 leaves behind
    current = nf.simulate(net, 0.2, y0=y0, save_at=sorted_times, integrator=FINE)["P_to_E.current"]
    before, peak, after = current[place].reshape(3, 7, 7).diagonal(axis1=1, axis2=2)
    assert np.allclose(peak, 0.7, rtol=1e-7)
    assert np.all(before < peak)
    assert np.all(after < peak)


@pytest.mark.parametrize("weights", [W, SPARSE], ids=["dense", "sparse"])
def test_dual_exponential_synapse_is_the_exponential_of_its_matrix(weights):
    p, e = pulse(3), nf.LeakyRate("E", size=5)
    rise, decay = np.array([0.001, 0.002, 0.004, 0.008, 0.01]), np.array([0.01, 0.02, 0.004, 0.004, 0.03])
    t = np.linspace(0.012, 0.06, 25)
    synapse = nf.DualExponentialSynapse(p, e, weights=weights, tau_rise=rise, tau_decay=decay, g=0.3)
    current = solved(p, e, synapse, until=0.06, save_at=t)["P_to_E.current"]
    for i in range(5):
        r, d = rise[i], decay[i]
        top = math.e / d if r == d else (d / r) ** (d / (d - r)) / d
        drive = dense(weights)[i] @ [1.0, 2.0, 3.0] / 0.002
        on = np.array([[-1 / r, 0.0, drive], [top, -1 / d, 0.0], [0.0, 0.0, 0.0]])
        start = expm(on * 0.002) @ [0.0, 0.0, 1.0]
        expected = [0.3 * (expm(on[:2, :2] * (s - 0.012)) @ start[:2])[1] for s in t]
        assert np.allclose(current[:, i], expected, atol=1e-8)


@pytest.mark.jax
def test_dual_exponential_synapse_is_smooth_where_its_time_constants_are_equal():
    p, e = pulse(1), nf.LeakyRate("E", size=2)

    def last(sol):
        return sol["P_to_E.s"][-1, 0]

    def network(rise):
        return nf.Network(
            "n", [p, e, nf.DualExponentialSynapse(p, e, weights=1.0, tau_rise=rise, tau_decay=0.004, g=1.0)]
        )

    _, slopes = nf.gradient(network(0.004), last, ["P_to_E.tau_rise"], 0.02, save_at=[0.02])
    ends = [
        float(solved(*network(r).components, until=0.02, save_at=[0.02])["P_to_E.s"][-1, 0]) for r in (0.00396, 0.00404)
    ]
    assert np.isclose(slopes["P_to_E.tau_rise"], (ends[1] - ends[0]) / 8e-5, rtol=1e-3)


# Conductances and gates.


def test_conductance_synapse_against_its_equations_written_out():
    p, e = pulse(3, width=0.02), nf.LeakyRate("E", size=5, tau=0.01)
    tau, e_rev = np.linspace(0.004, 0.02, 5), np.linspace(-80.0, 10.0, 5)
    t = np.linspace(0.01, 0.1, 10)
    synapse = nf.ConductanceSynapse(p, e, weights=W, tau=tau, g_max=1e-3, e_rev=e_rev)
    sol = solved(p, e, synapse, until=0.1, save_at=t)

    def conductance(s, i):
        on = 1e-3 * W[i] @ [50.0, 100.0, 150.0]
        return on * (np.exp(-max(s - 0.03, 0.0) / tau[i]) - np.exp(-max(s - 0.01, 0.0) / tau[i]))

    for i in range(5):
        assert np.allclose(sol["P_to_E.g"][:, i], [conductance(s, i) for s in t], atol=1e-9)
        rhs = lambda s, v, i=i: (100.0 * conductance(s, i) * (e_rev[i] - v) - (v + 70.0)) / 0.01  # noqa: E731
        expected = solve_ivp(rhs, (0.01, 0.1), [-70.0], t_eval=t, rtol=1e-10, atol=1e-10, max_step=1e-3).y[0]
        assert np.allclose(sol["E.v"][:, i], expected, atol=1e-6)


def test_conductance_and_reversal_synapses_settle_at_the_same_voltage():
    ffe, e = nf.ConstantInput("FFE", rates=[10.0, 20.0, 30.0]), nf.LeakyRate("E", size=5)
    k = 2e-5 * W @ [10.0, 20.0, 30.0]
    synapses = [
        nf.ConductanceSynapse(ffe, e, weights=W, g_max=2e-5),
        nf.ReversalSynapse(ffe, e, weights=W, g=2e-5),
    ]
    for synapse in synapses:
        assert np.allclose(solved(ffe, e, synapse, until=2.0)["E.v"][-1], -70.0 / (1.0 + 100.0 * k), atol=1e-8)


@pytest.mark.parametrize("weights", [W, SPARSE], ids=["dense", "sparse"])
def test_rise_decay_gate_rises_at_one_pace_and_decays_at_another(weights):
    rise, decay = np.array([0.001, 0.002, 0.003]), np.array([0.02, 0.01, 0.005])
    p = nf.StepInput("P", size=3, amplitude=[0.2, 0.5, 1.0], onset=0.01, offset=0.05)
    e = nf.LeakyRate("E", size=5, v_rest=0.0, r_in=1.0)
    t = np.linspace(0.0, 0.1, 51)
    synapse = nf.RiseDecaySynapse(p, e, weights=weights, rise=rise, decay=decay, e_rev=70.0)
    sol = solved(p, e, synapse, until=0.1, save_at=t)
    pace = 1.0 / rise + 1.0 / decay
    on = [0.2, 0.5, 1.0] / (rise * pace) * -np.expm1(-np.clip(t - 0.01, 0.0, 0.04)[:, None] * pace)
    gate = on * np.exp(-np.maximum(t - 0.05, 0.0)[:, None] / decay)
    assert np.allclose(sol["P_to_E.s"], gate, atol=1e-9)
    assert np.allclose(sol["P_to_E.current"], gate @ dense(weights).T * (70.0 - sol["E.v"]), atol=1e-7)


def test_rise_decay_gate_falls_freely_while_the_rate_is_below_it():
    p, e = nf.ConstantInput("P", rates=[0.3]), nf.LeakyRate("E", size=2)
    net = nf.Network("n", [p, e, nf.RiseDecaySynapse(p, e, weights=1.0, rise=0.001, decay=0.01)])
    times = [0.005, 0.01]
    s = nf.simulate(net, 0.01, y0=net.initial_state({"P_to_E.s": 1.0}), save_at=times, integrator=FINE)["P_to_E.s"]
    assert np.allclose(s[:, 0], np.exp(-np.array(times) / 0.01), atol=1e-9)


def test_nmda_block_is_that_of_jahr_and_stevens():
    a, b = nf.LeakyRate("A", size=3), nf.LeakyRate("B", size=5)
    mg = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
    synapse = nf.NMDASynapse(a, b, weights=W, g=0.01, mg=mg, e_rev=5.0)
    net = nf.Network("n", [a, b, synapse])
    for v in (-90.0, -70.0, -40.0, -20.0, 0.0, 30.0):
        expected = [1.0 / (1.0 + c / 3.57 * math.exp(-0.062 * v)) for c in mg]
        assert np.allclose(synapse.block(np.full(5, v)), expected, rtol=1e-14)
        y = net.initial_state({"B.v": v, "A_to_B.s": [0.1, 0.2, 0.3]})
        current = 0.01 * (W @ [0.1, 0.2, 0.3]) * expected * (5.0 - v)
        slope = net.registry.unpack(net.rhs(0.0, y))["B"].v
        assert np.allclose(slope, (100.0 * current - (v + 70.0)) / 0.05, rtol=1e-12)
    assert synapse.block(np.zeros(5))[2] == pytest.approx(0.781, abs=1e-3)


@pytest.mark.parametrize("weights", [W, SPARSE], ids=["dense", "sparse"])
def test_nmda_gate_against_its_equations_written_out(weights):
    rates = np.array([2.0, 20.0, 200.0])
    p, e = nf.ConstantInput("P", rates=rates), nf.LeakyRate("E", size=5)
    decay, alpha = np.array([0.05, 0.08, 0.1]), np.array([500.0, 700.0, 300.0])
    t = np.array([0.001, 0.01, 0.05, 2.0])
    synapse = nf.NMDASynapse(p, e, weights=weights, g=1e-4, tau_decay=decay, alpha=alpha)
    sol = solved(p, e, synapse, until=2.0, save_at=t)
    x = 0.002 * rates * -np.expm1(-t[:, None] / 0.002)
    assert np.allclose(sol["P_to_E.x"], x, atol=1e-9)
    for j in range(3):
        opening = lambda s, j=j: alpha[j] * 0.002 * rates[j] * -math.expm1(-s / 0.002)  # noqa: E731
        rhs = lambda s, y, j=j, opening=opening: -y / decay[j] + opening(s) * (1.0 - y)  # noqa: E731
        expected = solve_ivp(rhs, (0.0, 0.05), [0.0], t_eval=t[:3], rtol=1e-10, atol=1e-12).y[0]
        assert np.allclose(sol["P_to_E.s"][:3, j], expected, atol=1e-8)
    k = alpha * 0.002 * decay * rates
    assert np.allclose(sol["P_to_E.s"][-1], k / (1.0 + k), rtol=1e-7)
    assert np.allclose(sol["P_to_E.drive"], sol["P_to_E.s"] @ dense(weights).T, rtol=1e-12)


# Coupling by differences.


@settings(max_examples=30)
@given(n=st.integers(1, 6), seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(["dense", "sparse", "synapse"]))
def test_symmetric_gap_junctions_conserve_the_sum_of_voltages(n, seed, kind):
    rng = np.random.default_rng(seed)
    half = np.triu(rng.uniform(0.0, 1.0, (n, n)) * (rng.random((n, n)) < 0.6))
    weights = half + half.T
    given_as = sparse.csr_array(weights) if kind == "sparse" else weights
    e = nf.LeakyRate("E", size=n)
    resolution = "synapse" if kind == "synapse" else "lumped"
    net = nf.Network("n", [e, nf.GapJunction(e, e, weights=given_as, g=0.05, resolution=resolution)])
    v = rng.uniform(-80.0, -20.0, (2, n))
    slopes = net.rhs(0.0, v)
    assert np.allclose(slopes.sum(-1), -(v + 70.0).sum(-1) / 0.05, rtol=1e-10, atol=1e-8)
    brute = [[sum(weights[i, j] * (m[j] - m[i]) for j in range(n)) for i in range(n)] for m in v]
    assert np.allclose(slopes, (5.0 * np.array(brute) - (v + 70.0)) / 0.05, rtol=1e-10, atol=1e-8)


def test_gap_junctions_between_populations_of_unequal_size():
    a, b = nf.LeakyRate("A", size=3), nf.LeakyRate("B", size=5)
    parts = [nf.GapJunction(a, b, weights=W, g=0.01), nf.GapJunction(b, a, weights=W.T, g=0.01)]
    net = nf.Network("n", [a, b, *parts])
    t = np.array([0.01, 0.05, 0.2])
    y0 = RNG.uniform(-80.0, -40.0, 8)
    laplacian = np.block([[np.diag(W.sum(0)), -W.T], [-W, np.diag(W.sum(1))]])
    whole = -(np.eye(8) + 100.0 * 0.01 * laplacian) / 0.05
    sol = nf.simulate(net, 0.2, y0=y0, save_at=t, integrator=FINE)
    for k, s in enumerate(t):
        expected = -70.0 + expm(whole * s) @ (y0 + 70.0)
        assert np.allclose(np.concatenate([sol["A.v"][k], sol["B.v"][k]]), expected, atol=1e-7)
    assert net.quantities["A_to_B.signal"].unit == "mV"


@settings(max_examples=15)
@given(n=st.integers(1, 6), seed=st.integers(0, 2**32 - 1), of=st.sampled_from(["x", "rate"]), sparsely=st.booleans())
def test_diffusion_on_a_graph_is_the_exponential_of_its_laplacian(n, seed, of, sparsely):
    rng = np.random.default_rng(seed)
    weights = rng.uniform(0.0, 1.0, (n, n)) * (rng.random((n, n)) < 0.7)
    x = Integral("X", size=n)
    coupling = nf.DiffusiveCoupling(x, x, weights=sparse.csr_array(weights) if sparsely else weights, of=of, k=0.7)
    net = nf.Network("n", [x, coupling])
    x0 = rng.normal(size=n)
    sol = nf.simulate(net, 2.0, y0=x0, save_at=[0.5, 2.0], integrator=FINE)
    laplacian = np.diag(weights.sum(1)) - weights
    assert np.allclose(sol["X.x"], [expm(-0.7 * laplacian * t) @ x0 for t in (0.5, 2.0)], atol=1e-8)
    assert net.quantities["X_to_X.signal"].unit == ("Hz" if of == "rate" else "1")


def test_what_both_ends_lack_cannot_be_coupled():
    ffe, e, x = nf.ConstantInput("FFE", rates=[1.0]), nf.LeakyRate("E", size=2), Integral("X", size=2)
    with pytest.raises(nf.ParameterError, match="ConstantInput 'FFE' has no state 'v'"):
        nf.GapJunction(ffe, e, weights=1.0, g=0.1)
    with pytest.raises(nf.ParameterError, match="LeakyRate 'E' has no state 'x'"):
        nf.DiffusiveCoupling(x, e, weights=1.0, of="x")
    with pytest.raises(nf.ParameterError, match="Integral 'X' has no state 'v'"):
        nf.DiffusiveCoupling(x, x, weights=1.0)


# Short-term plasticity.


def test_tsodyks_markram_synapse_depressing_as_published():
    p, e = nf.ConstantInput("P", rates=[0.0, 20.0, 1e4]), nf.LeakyRate("E", size=5)
    options = {"U": 0.5, "tau_d": 0.8, "g": 1e-2, "weights": W}
    sol = solved(p, e, nf.TsodyksMarkramSynapse(p, e, facilitation=False, **options), until=10.0, save_at=[10.0])
    assert np.allclose(sol["P_to_E.x"][-1, :2], [1.0, 1.0 / 9.0], atol=1e-9)
    assert sol["P_to_E.x"][-1, 1] == pytest.approx(0.111111, abs=1e-6)
    signal = sol["P_to_E.signal"][-1]
    assert signal[1] == pytest.approx(1.111111, abs=1e-6)
    assert signal[2] == pytest.approx(1.25, abs=1e-3)
    assert signal[2] < 1.25
    assert np.allclose(sol["P_to_E.current"][-1], 1e-2 * W @ signal, rtol=1e-8)
    assert "P_to_E.u" not in sol.network.registry


def test_tsodyks_markram_synapse_facilitating_as_published():
    p, e = nf.ConstantInput("P", rates=[0.0, 10.0, 3.0]), nf.LeakyRate("E", size=5)
    synapse = nf.TsodyksMarkramSynapse(p, e, U=0.2, tau_d=0.2, tau_f=1.5, g=1e-2, weights=SPARSE)
    sol = solved(p, e, synapse, until=40.0, save_at=[0.0, 40.0])
    assert np.allclose(sol["P_to_E.u"][0], 0.2)
    assert sol["P_to_E.u"][-1, 1] == pytest.approx(0.8, abs=1e-6)
    assert sol["P_to_E.x"][-1, 1] == pytest.approx(0.384615, abs=1e-6)
    assert sol["P_to_E.signal"][-1, 1] == pytest.approx(3.076923, abs=1e-6)
    assert np.allclose(sol["P_to_E.u"][-1, [0, 2]], [0.2, 0.2 * 5.5 / 1.9], atol=1e-8)


@settings(max_examples=50)
@given(
    size=st.integers(1, 6),
    seed=st.integers(0, 2**32 - 1),
    facilitation=st.booleans(),
)
def test_tsodyks_markram_synapse_rests_at_its_mean_field(size, seed, facilitation):
    rng = np.random.default_rng(seed)
    rates, use, tau_d, tau_f = (
        rng.uniform(low, high, size) for low, high in ((0, 100), (0.01, 1), (0.05, 2), (0.05, 2))
    )
    p, e = nf.ConstantInput("P", rates=rates), nf.LeakyRate("E", size=2)
    synapse = nf.TsodyksMarkramSynapse(
        p, e, U=use, tau_d=tau_d, tau_f=tau_f, g=1e-2, weights=1.0, facilitation=facilitation
    )
    net = nf.Network("n", [p, e, synapse])
    u = use * (1.0 + tau_f * rates) / (1.0 + use * tau_f * rates) if facilitation else use
    x = 1.0 / (1.0 + u * tau_d * rates)
    current = 1e-2 * np.sum(u * x * rates)
    values = {"P_to_E.x": x, "P_to_E.i": current, "E.v": -70.0 + 100.0 * current}
    y = net.initial_state(values | ({"P_to_E.u": u} if facilitation else {}))
    assert np.allclose(net.rhs(0.0, y), 0.0, atol=1e-9)
    assert np.all(u * x * rates <= 1.0 / tau_d)


def test_without_facilitation_is_the_limit_of_fast_facilitation():
    p, e = pulse(3, width=0.1), nf.LeakyRate("E", size=5)
    options = {"U": np.array([0.1, 0.5, 0.9]), "tau_d": 0.3, "g": 1e-3, "weights": W}
    t = np.linspace(0.0, 0.3, 13)
    stiff = nf.ScipyIntegrator("LSODA", rtol=1e-9, atol=1e-12)
    found = [
        nf.simulate(nf.Network("n", [p, e, synapse]), 0.3, save_at=t, integrator=stiff)["E.v"]
        for synapse in (
            nf.TsodyksMarkramSynapse(p, e, tau_f=1e-7, **options),
            nf.TsodyksMarkramSynapse(p, e, facilitation=False, **options),
        )
    ]
    assert np.abs(found[1] + 70.0).max() > 0.5
    assert np.allclose(found[0], found[1], atol=1e-4)


def test_a_time_constant_of_zero_is_told_what_to_do():
    p, e = pulse(1), nf.LeakyRate("E", size=2)
    with pytest.raises(nf.ParameterError, match="facilitation=False"):
        nf.TsodyksMarkramSynapse(p, e, weights=1.0, g=1.0, tau_f=0.0)
    with pytest.raises(nf.ParameterError, match="facilitation is 'no'; it must be True or False"):
        nf.TsodyksMarkramSynapse(p, e, weights=1.0, g=1.0, facilitation="no")


# Distributed delays.


@pytest.mark.parametrize("order", [1, 2, 3, 10, 40])
def test_an_erlang_chain_answers_a_step_with_the_gamma_distribution(order):
    delay, rates = np.array([0.01, 0.02, 0.05]), np.array([10.0, 20.0, 30.0])
    p, e = nf.StepInput("P", size=3, amplitude=rates, onset=0.01), nf.LeakyRate("E", size=5)
    t = np.linspace(0.0, 0.2, 41)
    synapse = nf.GammaDelaySynapse(p, e, weights=W, g=1e-3, delay=delay, order=order)
    sol = solved(p, e, synapse, until=0.2, save_at=t)
    arrived = rates * gammainc(order, np.maximum(t - 0.01, 0.0)[:, None] * order / delay)
    assert np.allclose(sol[f"P_to_E.x{order}"], arrived, atol=1e-6)
    assert np.allclose(sol["P_to_E.current"], 1e-3 * arrived @ W.T, atol=1e-8)


@settings(max_examples=20)
@given(
    order=st.integers(1, 12),
    delay=st.floats(0.005, 0.05),
    onset=st.floats(0.0, 0.02),
    size=st.integers(1, 3),
    sparsely=st.booleans(),
)
@pytest.mark.slow
def test_a_delay_shifts_the_mean_and_adds_its_variance(order, delay, onset, size, sparsely):
    p, m = pulse(size, onset=onset, width=0.004), Moments("M", size=5)
    weights = sparse.csr_array(W[:, :size]) if sparsely else W[:, :size]
    synapse = nf.GammaDelaySynapse(p, m, weights=weights, g=1.0, delay=delay, order=order)
    end = onset + 0.004 + 30.0 * delay
    sol = nf.simulate(nf.Network("n", [p, m, synapse]), end, integrator=nf.RungeKuttaIntegrator(rtol=1e-9, atol=1e-12))
    m0, m1, m2 = (sol[f"M.{name}"][-1] for name in ("m0", "m1", "m2"))
    assert np.allclose(m0, W[:, :size] @ np.arange(1.0, size + 1), rtol=1e-6)
    assert np.allclose(m1 / m0, onset + 0.002 + delay, rtol=1e-5)
    assert np.allclose(m2 / m0 - (m1 / m0) ** 2, 0.004**2 / 12.0 + delay**2 / order, rtol=1e-3)


def delayed(**options):
    p, e = pulse(3), nf.LeakyRate("E", size=5)
    return nf.GammaDelaySynapse(p, e, weights=W, g=1.0, **options)


def test_the_spread_decides_the_order():
    assert delayed(delay=0.02, spread=0.005).order == 16
    assert delayed(delay=0.01, spread=0.01).order == 1
    assert delayed(delay=0.03, spread=0.03 / math.sqrt(7)).order == 7
    assert delayed(delay=0.02, spread=0.01002).order == 4
    assert delayed(delay=0.02, spread=0.00998).order == 4
    assert delayed(delay=[[0.02], [0.02]], spread=0.01).order == 4
    changed = delayed(delay=0.02, spread=0.005).replace(delay=0.01, order=None)
    assert (changed.order, len(changed.state_variables())) == (4, 4)
    kept = delayed(delay=0.02, order=16).replace(delay=0.01)
    assert list(kept.state_variables()) == [f"x{k}" for k in range(1, 17)]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "neither order nor spread is given"),
        ({"order": 0}, "order is 0; it must be a whole number of at least 1"),
        ({"order": 2.5}, "order is 2.5; it must be a whole number"),
        ({"order": True}, "order is True; it must be a whole number"),
        ({"spread": -1.0}, "spread is -1.0; it must be a positive number in s"),
        ({"spread": "wide"}, "spread is 'wide'; it must be a positive number in s"),
        ({"spread": 0.014}, r"\^2 is 2.041; .* as for a spread of 0.01414 s \(order 2\) or 0.01155 s \(order 3\)"),
        (
            {"spread": 0.03},
            r"\^2 is 0.4444; it must be a whole number of at least 1, as for a spread of 0.02 s \(order 1\)",
        ),
        ({"spread": 0.01, "delay": [0.01, 0.02, 0.02]}, "one whole number of at least 1 for all delays"),
        ({"spread": 0.01, "order": 3}, "with order 3 delay 0.02 s has a spread of 0.01155 s; give order alone"),
    ],
)
def test_an_order_that_is_none_is_refused(options, told):
    with pytest.raises(nf.ParameterError, match=told):
        delayed(**{"delay": 0.02} | options)


# All of them.


def named(synapse):
    return type(synapse).__name__


@pytest.mark.parametrize("synapse", SHIPPED, ids=named)
def test_weights_of_zero_are_no_projection(synapse):
    nodes = [synapse.pre] if synapse.pre is synapse.post else [synapse.pre, synapse.post]
    without = nf.Network("n", nodes)
    y = without.initial_state()
    y = y + 5.0 * RNG.normal(size=(2, *y.shape))
    for zero in (0.0, sparse.csr_array((synapse.post.size, synapse.pre.size))):
        silent = nf.Network("n", [*nodes, synapse.replace(weights=zero)])
        own = {path: values.__dict__ for path, values in without.registry.unpack(y).items()}
        start = silent.initial_state({f"{path}.{name}": x for path, given in own.items() for name, x in given.items()})
        slopes, alone = silent.rhs(0.0, start), without.rhs(0.0, y)
        for slot in without.registry:
            assert np.array_equal(slopes[..., silent.registry.slot(slot.path).slice], alone[..., slot.slice])


@pytest.mark.parametrize("weights", ["dense", "sparse"])
@pytest.mark.parametrize("synapse", SHIPPED, ids=named)
def test_lumped_and_per_synapse_runs_agree(synapse, weights):
    given = dense(synapse.weights) * 1e-2
    given = sparse.csr_array(given * (given > 3e-3)) if weights == "sparse" else given
    nodes = [synapse.pre] if synapse.pre is synapse.post else [synapse.pre, synapse.post]
    start = {f"{node.name}.v": np.linspace(-60.0, -40.0, node.size) for node in nodes if isinstance(node, nf.LeakyRate)}
    found = []
    for resolution in ("lumped", "synapse"):
        net = nf.Network("n", [*nodes, synapse.replace(weights=given, resolution=resolution)])
        step = nf.FixedStepIntegrator(dt=2e-4)
        found.append(nf.simulate(net, 0.02, y0=start, save_at=5, integrator=step)[f"{synapse.post.name}.v"])
    assert np.allclose(found[0], found[1], rtol=1e-11)
    assert np.abs(found[0] - found[0][0]).max() > 0.1


@pytest.mark.parametrize("synapse", SHIPPED, ids=named)
def test_two_halves_make_a_whole(synapse):
    nodes = [synapse.pre] if synapse.pre is synapse.post else [synapse.pre, synapse.post]
    given = dense(synapse.weights) * 1e-2
    halves = [synapse.replace(weights=0.25 * given, name="a"), synapse.replace(weights=0.75 * given, name="b")]
    start = {f"{node.name}.v": np.linspace(-60.0, -40.0, node.size) for node in nodes if isinstance(node, nf.LeakyRate)}
    found = []
    for parts in ([synapse.replace(weights=given)], halves):
        net, step = nf.Network("n", [*nodes, *parts]), nf.FixedStepIntegrator(dt=2e-4)
        found.append(nf.simulate(net, 0.02, y0=start, save_at=5, integrator=step)[f"{synapse.post.name}.v"])
    assert np.allclose(found[0], found[1], rtol=1e-11)
