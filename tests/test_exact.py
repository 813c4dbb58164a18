"""Networks of linear cells against matrix exponentials, for any times, batches and breakpoints; refusals by name."""

import numpy as np
import pytest
from components import AdaptingRate, DepressingSynapse
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm
from test_integrators import exact_notebook, notebook, smooth_pair

import netframe as nf
from netframe.testing import check_component

EXACT = nf.ExactIntegrator()


@nf.component
class TwoPools(nf.Population):
    """Three linear states of a cell, so that cells of unequal size meet in one network."""

    a = nf.state(unit="mV", initial=1.0)
    b = nf.state(unit="mV", initial=-2.0)
    c = nf.state(unit="mV", initial=0.5)
    linear = True

    def rate(self, t, s):
        return 0.0 * s.a

    def derivatives(self, t, s, inputs):
        return {"a": -3.0 * s.a + s.b + inputs.current, "b": -2.0 * s.b - 4.0 * s.c, "c": 5.0 * s.b - 0.1 * s.c + 1.0}


@given(
    st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12, unique=True),
    st.sampled_from(["lumped", "synapse"]),
)
def test_any_times_equal_the_matrix_exponential_to_rounding(times, resolution):
    net, times = notebook(resolution=resolution), np.sort(times)
    sol = nf.simulate(net, 1.0, save_at=times, integrator=EXACT)
    assert np.abs(sol["E.v"] - exact_notebook(net, times)).max() < 1e-10


@pytest.mark.parametrize("count", [2, 3, 300])
def test_even_times_and_every_step(count):
    net = notebook(n_post=7, n_pre=1)
    sol = nf.simulate(net, 0.5, save_at=count, integrator=EXACT)
    assert np.abs(sol["E.v"] - exact_notebook(net, sol.t)).max() < 1e-11
    every = nf.simulate(net, 0.5, integrator=EXACT)
    assert len(every.t) == 101
    assert np.abs(every["E.v"] - exact_notebook(net, every.t)).max() < 1e-11


def test_gaps_that_grow_too_slowly_to_tell_from_the_next_add_up():
    k = np.arange(20_001.0)
    t = k * (0.99 / k[-1]) + 0.5 * 5e-14 * k**2 * (k[-1] - k) / k[-1]
    net = nf.Network("n", [nf.LeakyRate("E", size=1, tau=0.5)])
    sol = nf.simulate(net, 1.0, y0={"E.v": -60.0}, save_at=t, integrator=nf.ExactIntegrator())
    assert np.abs(sol["E.v"][:, 0] - (-70.0 + 10.0 * np.exp(-t / 0.5))).max() < 1e-12


def test_pieces_of_many_times_follow_one_another(monkeypatch):
    monkeypatch.setattr("netframe.integrators.exact.AT_ONCE", 40)
    net = notebook()
    sol = nf.simulate(net, 0.5, save_at=57, record=["E.rate", "E.v"], integrator=EXACT)
    assert sol.stats.n_steps == 14
    assert np.abs(sol["E.v"] - exact_notebook(net, sol.t)).max() < 1e-11
    assert np.array_equal(sol["E.rate"], net["E"].activation(sol["E.v"]))


@pytest.mark.parametrize("n_post", [3, 90])  # few cells, and many, are multiplied in different ways
@pytest.mark.parametrize("record", [["E.v"], ["FFE_to_E.i", "E.v"], None])
def test_only_what_is_kept_is_made_some_at_a_time(monkeypatch, n_post, record):
    monkeypatch.setattr("netframe.integrators.propagators.BLOCK", 1500)
    net = notebook(n_post=n_post, n_pre=2, patterns=np.random.default_rng(1).uniform(0.0, 50.0, (2, 2)))
    times = np.concatenate([np.linspace(0.0, 0.2, 101), [0.21, 0.25], np.linspace(0.3, 0.4, 20)])
    sol = nf.simulate(net, 0.5, save_at=times, record=record, integrator=EXACT)
    for k in range(2):
        alone = net.members(k)
        assert np.abs(sol["E.v"][:, k] - exact_notebook(alone, times)).max() < 1e-11
        whole = nf.simulate(alone, 0.5, save_at=[0.4], integrator=EXACT)
        assert np.abs(sol.final[k] - whole.final).max() < 1e-11
        if record != ["E.v"]:
            assert np.abs(sol["FFE_to_E.i"][-1, k] - whole["FFE_to_E.i"][-1]).max() < 1e-11


def test_cells_of_unequal_size_and_a_single_cell():
    two, e = TwoPools("T", size=2), nf.LeakyRate("E", size=1)
    f = nf.ConstantInput("F", rates=[3.0])
    net = nf.Network("n", [f, two, nf.InstantSynapse(f, two, weights=1.0, g=0.1), e])
    y0 = np.random.default_rng(0).normal(size=net.registry.size)
    sol = nf.simulate(net, 2.0, y0=y0, save_at=[0.7, 2.0], integrator=EXACT)
    a = np.array([[-3.0, 1.0, 0.0, 0.3], [0.0, -2.0, -4.0, 0.0], [0.0, 5.0, -0.1, 1.0], [0.0] * 4])
    parts = net.registry.unpack(y0)["T"]
    for k in range(2):
        start = [parts.a[k], parts.b[k], parts.c[k], 1.0]
        expected = np.stack([expm(a * t) @ start for t in (0.7, 2.0)])
        got = np.stack([sol[f"T.{name}"][:, k] for name in "abc"], axis=-1)
        assert np.allclose(got, expected[:, :3], rtol=0.0, atol=1e-12)
    v0 = net.registry.unpack(y0)["E"].v
    assert np.allclose(sol["E.v"], -70.0 + (v0 + 70.0) * np.exp(-np.array([[0.7], [2.0]]) / 0.05), atol=1e-12)


def test_a_batch_equals_its_members():
    rates = np.random.default_rng(3).uniform(0.0, 50.0, (2, 4, 3))
    together = nf.simulate(notebook(patterns=rates), 0.2, save_at=5, integrator=EXACT)
    for k in np.ndindex(2, 4):
        alone = nf.simulate(notebook(patterns=rates[k]), 0.2, save_at=5, integrator=EXACT)
        assert np.allclose(together["E.v"][(slice(None), *k)], alone["E.v"], rtol=0.0, atol=1e-11)


def test_pulses_are_stretches():
    pulse = nf.StepInput("P", size=2, amplitude=[20.0, 40.0], onset=0.0513, offset=[0.07, 0.081])
    e = nf.LeakyRate("E", size=3)
    w = np.random.default_rng(0).uniform(size=(3, 2))
    net = nf.Network("n", [pulse, e, nf.ReversalSynapse(pulse, e, weights=w, g=2e-3)])
    exact = nf.simulate(net, 0.3, save_at=41, integrator=EXACT)
    close = nf.simulate(net, 0.3, save_at=41, integrator=nf.ScipyIntegrator("DOP853", rtol=1e-12, atol=1e-12))
    assert exact.stats.n_segments == 4
    assert np.abs(exact["E.v"] - close["E.v"]).max() < 1e-8
    half = nf.simulate(net, 0.06, save_at=[0.06], integrator=EXACT)
    rest = nf.simulate(net, 0.24, t0=0.06, y0=half.final, save_at=[0.3], integrator=EXACT)
    assert np.allclose(rest.final, exact.final, rtol=0.0, atol=1e-12)


def test_stiff_cells_cost_nothing():
    e = nf.LeakyRate("E", size=2, tau=[1e-7, 10.0])
    sol = nf.simulate(nf.Network("n", [e]), 1.0, y0={"E.v": -50.0}, save_at=3, integrator=EXACT)
    assert np.allclose(sol["E.v"][-1], [-70.0, -70.0 + 20.0 * np.exp(-0.1)], rtol=0.0, atol=1e-9)
    assert sol.stats.n_steps == 1


def with_wave():
    wave = nf.FunctionInput("W", size=1, jumps=(), function=lambda t, xp: 20.0 + xp.sin(xp.asarray([8.0 * t])))
    e = nf.LeakyRate("E", size=2)
    return nf.Network("n", [wave, e, nf.CurrentSynapse(wave, e, weights=1.0, g=1e-3)])


def with_own_signal():
    f, e = nf.ConstantInput("F", rates=[1.0, 2.0, 3.0]), nf.LeakyRate("E", size=2)
    return nf.Network("n", [f, e, DepressingSynapse(f, e, weights=np.ones((2, 3)))])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (with_wave, ["'W' is no constant input", "W_to_E"]),
        (with_own_signal, ["DepressingSynapse 'F_to_E'", "signal"]),
        (smooth_pair, ["AdaptingRate 'A' does not promise linear = True", "'E' is no constant input"]),
        (lambda: notebook(n_post=2, n_pre=70, resolution="synapse"), ["71 states", "lumped"]),
    ],
)
def test_what_is_not_linear_is_refused_by_name(make, words):
    with pytest.raises(nf.ParameterError) as told:
        nf.simulate(make(), 0.1, integrator=EXACT)
    for word in [*words, "ExactIntegrator", "RungeKuttaIntegrator()"]:
        assert word in str(told.value)


def test_a_subclass_with_equations_of_its_own_promises_anew():
    with pytest.raises(nf.ParameterError, match="AdaptingRate 'A' does not promise"):
        nf.simulate(nf.Network("n", [AdaptingRate("A", size=2)]), 0.1, integrator=EXACT)


def test_a_false_promise_is_found():
    @nf.component
    class Squared(nf.LeakyRate):
        linear = True

        def derivatives(self, t, s, inputs):
            return {"v": -(s.v**2) + inputs.current}

    with pytest.raises(AssertionError, match="derivatives: v is not linear"):
        check_component(Squared("S", size=2))

    @nf.component
    class Clipped(nf.InstantSynapse):
        linear = True

        def current(self, t, s, inputs):
            return self.g * inputs.drive * inputs.post.rate

    with pytest.raises(AssertionError, match="current is not linear"):
        check_component(Clipped(nf.LeakyRate("A", size=3), nf.LeakyRate("B", size=2), weights=1.0, g=0.1))


def test_failures_are_values():
    @nf.component
    class Growing(nf.LeakyRate):
        linear = True

        def derivatives(self, t, s, inputs):
            return {"v": 1e3 * s.v}

    with pytest.raises(nf.IntegrationError, match="G.v is not finite in 2 of 2 entries") as told:
        nf.simulate(nf.Network("n", [Growing("G", size=2)]), 2.0, save_at=3, integrator=EXACT)
    assert told.value.solution.t[0] == 0.0


def test_a_derivative_that_is_not_finite_is_told_with_its_member():
    @nf.component
    class Broken(nf.LeakyRate):
        linear = True

        def derivatives(self, t, s, inputs):
            return {"v": np.where(s.v > 0.0, np.nan, -s.v) + 0.0 * self.r_in}

    net = nf.Network("n", [Broken("B", size=3, r_in=np.ones((2, 3)))])
    with pytest.raises(nf.IntegrationError, match=r"derivative of B.v is not finite in 6 of 6 entries, first B.v\[0\]"):
        nf.simulate(net, 1.0, y0={"B.v": -1.0}, save_at=3, integrator=EXACT)


def test_auto_takes_it_where_it_can():
    assert isinstance(nf.recommend(notebook(), 1.0).integrator, nf.ExactIntegrator)
    assert not isinstance(nf.recommend(smooth_pair(), 1.0).integrator, nf.ExactIntegrator)


def test_unit_states_may_be_evaluated_some_at_a_time(monkeypatch):
    from netframe.integrators import linear_cells

    ffe, e = nf.ConstantInput("FFE", rates=np.arange(5.0)), nf.LeakyRate("E", size=3)
    net = nf.Network("n", [ffe, e, nf.ReversalSynapse(ffe, e, weights=np.ones((3, 5)), g=2e-5, resolution="synapse")])
    together = nf.simulate(net, 0.3, save_at=7, integrator=nf.ExactIntegrator())
    monkeypatch.setattr(linear_cells, "AT_ONCE", 40)  # of 18 states
    apart = nf.simulate(net, 0.3, save_at=7, integrator=nf.ExactIntegrator())
    assert apart.stats.n_rhs == together.stats.n_rhs == 7
    np.testing.assert_array_equal(apart.y, together.y)
