"""Advice on integrators: the spectrum against dense eigenvalues, the choice against the work that every method does."""

import importlib.util
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse.linalg import aslinearoperator

import netframe as nf
from netframe.integrators import estimates
from netframe.integrators.motion import input_speed
from netframe.integrators.spectrum import sizes_of, spectrum

PAIRS = [("E", "E"), ("FFE", "E"), ("I", "E"), ("E", "I"), ("FFE", "I")]
EXCITATION = {"tau": 0.01, "g": 4.3e-5, "e_rev": 0.0}
INHIBITION = {"tau": 0.02, "g": 2e-5, "e_rev": -75.0}


def recurrent(n=10, source=None, weights=None, **options):
    """Excitatory and inhibitory cells and an input, five projections; ``options`` are those of all synapses."""
    rng = np.random.default_rng(0)
    source = source or nf.ConstantInput("FFE", rates=rng.uniform(1.0, 40.0, n))
    nodes = {"E": nf.LeakyRate("E", size=n), "I": nf.LeakyRate("I", size=max(n // 4, 1), tau=0.02), "FFE": source}
    synapses = []
    for pre, post in PAIRS:
        shape = (nodes[post].size, nodes[pre].size)
        w = rng.uniform(0.0, 1.0, shape) * 10.0 / shape[1] if weights is None else weights(shape)
        how = (INHIBITION if pre == "I" else EXCITATION) | options
        synapses.append(nf.ReversalSynapse(nodes[pre], nodes[post], weights=w, **how))
    return nf.Network("recurrent", [*nodes.values(), *synapses])


def patterns(n, members):
    return nf.ConstantInput("FFE", rates=np.random.default_rng(1).uniform(1.0, 40.0, (members, n)))


def recording(n, count):
    rates = np.random.default_rng(2).uniform(1.0, 40.0, (count, n))
    return nf.SampledInput("FFE", times=np.linspace(0.0, 1.0, count), rates=rates)


def wave(n):
    return nf.FunctionInput(
        "FFE", size=n, jumps=(), function=lambda t, xp: 20.0 + 19.0 * xp.sin(250.0 * t) * xp.ones(n)
    )


#: Networks and durations that call for different methods.
WORKS = {
    "short": (lambda: recurrent(10), 1.0),
    "silent": (lambda: recurrent(10, g=1e-6), 1.0),
    "wider": (lambda: recurrent(60), 1.0),
    "long": (lambda: recurrent(40), 100.0),
    "somewhat long": (lambda: recurrent(10), 10.0),
    "stiff": (lambda: recurrent(10, tau=1e-4), 1.0),
    "stiff and wide": (lambda: recurrent(40, tau=1e-4), 0.05),
    "patterns": (lambda: recurrent(5, patterns(5, 8)), 0.6),
    "recording": (lambda: recurrent(10, recording(10, 41)), 1.0),
    "driven": (lambda: recurrent(10, wave(10)), 2.7),
}


@pytest.fixture
def only_installed(monkeypatch):
    """Makes the packages given look installed, of those that are, and no others."""
    find = importlib.util.find_spec

    def restrict(*packages):
        monkeypatch.setattr(
            estimates.importlib.util, "find_spec", lambda name: find(name) if name in packages else None
        )

    return restrict


def work(solution):
    """Counts in units of right-hand sides; a Jacobian costs as much as a hundred, the slopes of a diagonal a dozen."""
    made = 12 if getattr(solution.integrator, "linear_solver", "") == "krylov" else 100
    return solution.stats.n_rhs + made * solution.stats.n_jacobian


def names(advice):
    return {(type(e.integrator).__name__, e.integrator.method) for e in advice.estimates}


# The spectrum.


def moved(net):
    start = net.initial_state()
    later = nf.simulate(net, 0.05, integrator=nf.ScipyIntegrator("LSODA")).final
    return sizes_of(net, start, later), start, later


@pytest.mark.parametrize(
    "net",
    [
        recurrent(3),
        recurrent(10),
        recurrent(60),
        recurrent(60, tau=1e-4),
        recurrent(5, resolution="synapse"),
        recurrent(10, g=3e-3),
        recurrent(10, patterns(10, 4)),
    ],
    ids=["tiny", "small", "wide", "stiff", "per synapse", "strong", "batch"],
)
def test_the_radius_is_that_of_the_dense_eigenvalues(net):
    scale, *states = moved(net)
    for y in states:
        dense = np.abs(np.linalg.eigvals(net.jacobian(0.0, y).toarray()))
        found = spectrum(net, 0.0, y, scale)
        assert_allclose(found.radius, dense.max(), rtol=0.1)
        assert found.ratio <= 2.0 * dense.max() / dense.min()


def test_a_network_smaller_than_the_subspace_has_its_whole_spectrum():
    net = nf.Network("two", [nf.LeakyRate("A", size=1, tau=0.5), nf.LeakyRate("B", size=1, tau=1e-3)])
    found = spectrum(net, 0.0, net.initial_state(), sizes_of(net, net.initial_state()))
    assert_allclose([found.radius, found.ratio], [1000.0, 500.0], rtol=1e-5)


def test_no_jacobian_is_asked_for_and_nothing_dense_is_made(monkeypatch):
    rng, n = np.random.default_rng(0), 8000
    e = nf.LeakyRate("E", size=n, v_rest=-45.0)
    w = nf.fixed_in_degree(e, e, 10, nf.uniform(0.0, 1.0), rng)
    net = nf.Network("sparse", [e, nf.ReversalSynapse(e, e, weights=w, g=2e-5)])
    monkeypatch.setattr(nf.Network, "jacobian", lambda *_: pytest.fail("a Jacobian was made"))
    tracemalloc.start()
    try:
        advice = nf.recommend(net, 1.0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert advice.states == 2 * n
    assert peak < 60 * 8 * 2 * n  # a few dozen states, and a dense Jacobian would be 16,000


def test_the_spectrum_is_taken_where_cells_are_awake():
    """Inhibition of cells by themselves that speeds them up as soon as they fire, which at rest they do not."""
    source, e = nf.ConstantInput("S", rates=[20.0]), nf.LeakyRate("E", size=3, tau=0.05)
    up = nf.CurrentSynapse(source, e, weights=1.0, g=0.05)
    net = nf.Network("awake", [source, e, up, nf.InstantSynapse(e, e, weights=nf.Diagonal(np.ones(3)), g=-0.05)])
    rest = spectrum(net, 0.0, net.initial_state(), sizes_of(net, net.initial_state()))
    assert_allclose(rest.radius, 100.0, rtol=0.01)
    assert_allclose(nf.recommend(net, 1.0).fastest, (1.0 + 100.0 * 0.05 * 50.0 / 20.0) / 0.05, rtol=0.01)


# The number of steps.


def competing(n, members, activation, onset=None):
    """Excitatory and inhibitory cells that compete and do not settle, with a random pattern for each member."""
    rng = np.random.default_rng(0)
    rates = rng.uniform(0.0, 50.0, (members, n)[members == 1 :])
    source = nf.ConstantInput("FFE", rates=rates)
    if onset is not None:
        source = nf.StepInput("FFE", size=n, amplitude=rates, onset=onset, offset=onset + 0.2)
    e = nf.LeakyRate("E", size=n, activation=activation)
    i = nf.LeakyRate("I", size=n // 4, tau=0.02, activation=activation)
    synapses = []
    for pre, post, g in ((source, e, 0.01), (e, e, 0.01), (e, i, 0.012), (i, e, -0.02)):
        weights = rng.uniform(0.0, 10.0 / pre.size, (post.size, pre.size))
        synapses.append(nf.CurrentSynapse(pre, post, weights=weights, g=g, tau=0.01))
    return nf.Network("competing", [source, e, i, *synapses])


def steps_beside_estimate(net, duration):
    """Steps that Dopri5 takes, as a multiple of those estimated, and the same of right-hand sides."""
    made = nf.simulate(net, duration, save_at=2, integrator=nf.RungeKuttaIntegrator()).stats
    (told,) = (e for e in nf.recommend(net, duration).estimates if isinstance(e.integrator, nf.RungeKuttaIntegrator))
    return np.array([made.n_steps / told.n_steps, made.n_rhs / told.n_rhs])


@pytest.mark.parametrize("members", [1, 10, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.parametrize("activation", [nf.ClippedLinear(), nf.Softplus(threshold=-50.0, width=2.0)])
def test_steps_of_batches_are_estimated_with_and_without_corners(activation, members):
    times = steps_beside_estimate(competing(40, members, activation), 0.2)
    assert ((times > 1 / 3) & (times < 3)).all(), times


@pytest.mark.parametrize("members", [1, 10])
def test_steps_behind_a_jump_of_the_input_are_seen(members):
    times = steps_beside_estimate(competing(40, members, nf.ClippedLinear(), onset=0.05), 0.3)
    assert ((times > 1 / 3) & (times < 3)).all(), times


def driven_to_oscillate(onset, offset):
    """One excitatory and one inhibitory cell, at rest but while an input is on, when they oscillate."""
    f = nf.StepInput("F", size=1, amplitude=30.0, onset=onset, offset=offset)
    e, i = nf.LeakyRate("E", size=1, tau=0.02), nf.LeakyRate("I", size=1, tau=0.01)
    wires = [(f, e, 1.0, 0.01), (e, e, 1.0, 0.006), (e, i, 1.0, 0.01), (i, e, -1.0, 0.03)]
    onto = [nf.CurrentSynapse(pre, post, weights=w, g=g, tau=0.005) for pre, post, w, g in wires]
    return nf.Network("ei", [f, e, i, *onto])


@pytest.mark.parametrize(
    ("onset", "offset"),
    [(0.1, 0.8), *(pytest.param(*x, marks=pytest.mark.slow) for x in ((0.1, 9.0), (2.0, 9.0), (7.0, 20.0)))],
)
def test_motion_is_counted_while_an_input_drives_it(onset, offset):
    net = driven_to_oscillate(onset, offset)
    times = steps_beside_estimate(net, 10.0)
    assert ((times > 0.6) & (times < 1.7)).all(), times
    assert nf.recommend(net, 10.0).estimates[0].n_steps == nf.recommend(net, 10.0).estimates[0].n_steps


@pytest.mark.parametrize("before", [2e-15, 1e-10])
def test_an_input_may_end_just_before_the_run(before):
    advice = nf.recommend(driven_to_oscillate(0.1, 1.0 - before), 1.0)
    assert "keeps moving" in advice.reason


@pytest.mark.slow
@pytest.mark.parametrize("members", [1, 10, 100])
@pytest.mark.parametrize("duration", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("n", [5, 40])
def test_steps_of_batches_that_settle_are_estimated(n, duration, members):
    times = steps_beside_estimate(recurrent(n, patterns(n, members)), duration)
    assert ((times > 0.5) & (times < 2)).all(), times


# The choice.


def check(name, factor=3.0):
    make, duration = WORKS[name]
    net = make()
    advice = nf.recommend(net, duration)
    runs = {}
    for e in advice.estimates:
        if not isinstance(e.integrator, nf.JaxIntegrator):
            runs[e.integrator] = nf.simulate(net, duration, save_at=2, integrator=e.integrator)
    told = {type(i).__name__ + " " + i.method: work(run) for i, run in runs.items()}
    chosen = runs[advice.integrator]
    assert work(chosen) <= factor * min(told.values()), (told, advice)
    counted = next(e for e in advice.estimates if e.integrator is advice.integrator).n_rhs
    assert counted / 4 <= chosen.stats.n_rhs <= 4 * counted, (chosen.stats, advice)


@pytest.mark.slow
@pytest.mark.parametrize("name", WORKS)
def test_the_choice_does_little_more_work_than_the_best_of_scipy_and_our_own(name, only_installed):
    only_installed()
    check(name)


@pytest.mark.sundials
@pytest.mark.parametrize("name", WORKS)
def test_the_choice_does_little_more_work_than_the_best_with_cvode(name, only_installed):
    only_installed("sksundae")
    check(name)


def test_every_kind_of_work_has_its_method(only_installed):
    only_installed()
    chosen = {}
    for name in ("short", "long", "stiff", "patterns", "recording", "driven"):
        make, duration = WORKS[name]
        chosen[name] = nf.recommend(make(), duration).integrator.method
    assert chosen == {
        "short": "Dopri5",
        "long": "LSODA",
        "stiff": "BDF",
        "patterns": "Dopri5",
        "recording": "Dopri5",
        "driven": "Dopri5",
    }


@pytest.mark.sundials
def test_large_stiff_networks_are_solved_without_a_matrix(only_installed):
    only_installed("sksundae")
    integrator = nf.recommend(recurrent(400, tau=1e-4), 1.0).integrator
    assert (type(integrator), integrator.method, integrator.linear_solver) == (nf.SundialsIntegrator, "BDF", "krylov")


@pytest.mark.jax
def test_compiling_pays_for_work_that_is_long_or_repeated(only_installed):
    only_installed("jax")
    net = recurrent(10, wave(10))
    assert isinstance(nf.recommend(net, 1.0).integrator, nf.RungeKuttaIntegrator)
    often = nf.recommend(net, 1.0, repeats=1000)
    assert isinstance(often.integrator, nf.JaxIntegrator)
    assert "each of 1000 runs" in often.reason
    assert isinstance(nf.recommend(net, 400.0).integrator, nf.JaxIntegrator)


@pytest.mark.jax
def test_what_jax_cannot_trace_is_not_given_to_it(only_installed):
    only_installed("jax")

    for_numpy = nf.FunctionInput("FFE", size=10, jumps=(), function=lambda t, xp: np.full(10, 20.0 + float(t)))
    assert isinstance(nf.recommend(recurrent(10), 2.0, repeats=10**4).integrator, nf.JaxIntegrator)
    advice = nf.recommend(recurrent(10, for_numpy), 2.0, repeats=10**4)
    assert isinstance(advice.integrator, nf.RungeKuttaIntegrator)
    assert ("JaxIntegrator", "Tsit5") not in names(advice)


def test_only_what_is_installed_and_can_run_is_considered(only_installed):
    only_installed()
    assert names(nf.recommend(recurrent(3))) == {
        ("RungeKuttaIntegrator", "Dopri5"),
        ("ScipyIntegrator", "LSODA"),
        ("ScipyIntegrator", "BDF"),
    }
    e = nf.LeakyRate("E", size=5, v_rest=-40.0)
    matrix = aslinearoperator(np.random.default_rng(0).random((5, 5)))
    operator = nf.Network("operator", [e, nf.ReversalSynapse(e, e, weights=matrix, g=1e-5)])
    assert names(nf.recommend(operator)) == {("RungeKuttaIntegrator", "Dopri5")}  # no Jacobian to be had


def test_a_long_run_is_given_the_steps_it_needs(only_installed):
    only_installed()
    assert nf.recommend(recurrent(3)).integrator.max_steps == 100_000
    e = nf.LeakyRate("E", size=5, v_rest=-40.0)
    matrix = aslinearoperator(np.random.default_rng(0).random((5, 5)))
    operator = nf.Network("operator", [e, nf.ReversalSynapse(e, e, weights=matrix, g=1e-5)])
    advice = nf.recommend(operator, 1e5)
    assert advice.integrator.method == "Dopri5"
    assert advice.integrator.max_steps > 2 * advice.stability_steps > 10**6


def test_it_says_why_in_numbers(only_installed):
    only_installed()
    advice = nf.recommend(recurrent(10, patterns(10, 4), tau=1e-4), 1.0, rtol=1e-5, atol=1e-8)
    told = str(advice)
    assert (advice.integrator.rtol, advice.integrator.atol) == (1e-5, 1e-8)
    assert advice.states == 46
    assert advice.members == 4
    assert_allclose(advice.fastest, 1e4, rtol=0.01)
    assert advice.stability_steps == int(np.ceil(advice.fastest / 2.6))
    for part in (
        "46 states in each of 4 members",
        "1e+04 /s",
        f"{advice.stability_steps} steps",
        "Dopri5",
        advice.reason,
    ):
        assert part in told
    assert told == str(nf.recommend(recurrent(10, patterns(10, 4), tau=1e-4), 1.0, rtol=1e-5, atol=1e-8))


def test_a_run_that_cannot_begin_is_said_and_not_raised():
    @nf.component
    class Broken(nf.LeakyRate):
        def derivatives(self, t, s, inputs):
            return {"v": s.v * np.nan}

    advice = nf.recommend(nf.Network("n", [Broken("E", size=2)]))
    assert "derivative of E.v is not finite" in advice.reason


def test_ctrl_c_during_the_glance_passes():
    @nf.component
    class Stopped(nf.LeakyRate):
        def derivatives(self, t, s, inputs):
            if t > 1e-6:
                raise KeyboardInterrupt
            return {"v": (self.v_rest + 10.0 - s.v) / self.tau}

    with pytest.raises(KeyboardInterrupt):
        nf.recommend(nf.Network("n", [Stopped("E", size=2)]))


# "auto".


@pytest.mark.parametrize("name", ["short", "long", "stiff"])
def test_auto_takes_what_is_recommended(name, only_installed):
    only_installed()
    make, duration = WORKS[name]
    net = make()
    auto = nf.simulate(net, duration, save_at=20, integrator="auto")
    advised = nf.recommend(net, duration).integrator
    assert auto.integrator.describe() == advised.describe()
    assert_array_equal(auto.y, nf.simulate(net, duration, save_at=20, integrator=advised).y)


@pytest.mark.parametrize("batch", ["separate", 2, "together"])
def test_auto_runs_batches_whole_or_split(batch, only_installed):
    only_installed()
    net = recurrent(5, patterns(5, 3))
    y0 = {"E.v": np.array([-70.0, -65.0, -60.0])[:, None]}
    auto = nf.simulate(net, 0.2, y0=y0, save_at=5, integrator="auto", batch=batch)
    known = nf.simulate(net, 0.2, y0=y0, save_at=5, integrator=nf.ScipyIntegrator("DOP853", rtol=1e-10, atol=1e-12))
    assert auto.integrator.method == "Dopri5"
    assert_allclose(auto.y, known.y, rtol=1e-4, atol=1e-5)


def test_auto_starts_where_it_is_told(only_installed):
    """From a later time on the input no longer jumps a hundred times, and the run is long."""
    only_installed()
    ends = nf.SampledInput("FFE", times=np.linspace(0.0, 1.0, 101), rates=recording(10, 101).rates, beyond="hold")
    net = recurrent(10, ends)
    first = nf.simulate(net, 1.0, integrator="auto")
    rest = nf.simulate(net, 200.0, t0=1.0, y0=first.final, integrator="auto")
    assert (first.integrator.method, rest.integrator.method) == ("Dopri5", "LSODA")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [("RK45", ("'RK45'", "'auto'", "nf.ScipyIntegrator('RK45')")), ("Auto", ("'Auto'", "Did you mean 'auto'?"))],
)
def test_other_names_are_refused(wrong, words):
    with pytest.raises(nf.ParameterError) as caught:
        nf.simulate(recurrent(3), 0.1, integrator=wrong)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"repeats": 0}, "recommend: repeats is 0; it must be a whole number of runs of at least 1"),
        ({"repeats": True}, "repeats is True"),
        ({"rtol": -1.0}, "rtol"),
        ({"atol": 0.0}, "atol"),
        ({"duration": -1.0}, "duration is -1.0"),
        ({"t0": "now"}, "t0 is 'now'"),
        ({"y0": np.ones(3)}, "y0 has shape"),
        ({"network": "net"}, "network is 'net'"),
    ],
)
def test_what_cannot_be_advised_on_is_refused(options, words):
    with pytest.raises(nf.ParameterError) as caught:
        nf.recommend(**({"network": recurrent(3), "duration": 1.0} | options))
    assert words in str(caught.value)


@nf.component
class Adding(nf.Population):
    """Cells that add up what they receive, without a time constant."""

    size: int
    rate_unit = "1"
    x = nf.state(unit="1")

    def rate(self, t, s):
        return s.x

    def derivatives(self, t, s, inputs):
        return {"x": inputs.current}


@pytest.mark.parametrize("rtol", [1e-3, 1e-6])
@pytest.mark.parametrize("duration", [0.01, 1.0])
def test_a_network_without_time_constants_has_a_reason_too(duration, rtol):
    f, p = nf.ConstantInput("F", rates=[1.0, 2.0]), Adding("P", size=1)
    net = nf.Network("n", [f, p, nf.InstantSynapse(f, p, weights=np.ones((1, 2)), g=1.0)])
    advice = nf.recommend(net, duration, rtol=rtol, atol=rtol)
    assert (advice.fastest, advice.stability_steps) == (0.0, 0)
    assert "0 steps" in advice.reason
    assert "time constants" not in advice.reason


@pytest.mark.parametrize("frequency", [0.1, 0.5, 2.0, 10.0])
def test_an_input_that_always_moves_is_never_at_rest(frequency):
    """Slow waves, which loose steps do not show: counts are right to a factor of three, and "auto" does not give up."""
    rng = np.random.default_rng(0)
    wave, e = nf.Sine("X", size=10, mean=20.0, amplitude=10.0, frequency=frequency), nf.LeakyRate("E", size=20)
    feed = nf.ReversalSynapse(wave, e, weights=rng.uniform(0.0, 1.0, (20, 10)), g=5e-5)
    back = nf.ReversalSynapse(e, e, weights=rng.uniform(0.0, 0.1, (20, 20)), g=1e-5, e_rev=-80.0)
    net = nf.Network("waves", [wave, e, feed, back])
    advice = nf.recommend(net, 5.0)
    explicit = next(x for x in advice.estimates if isinstance(x.integrator, nf.RungeKuttaIntegrator))
    taken = nf.simulate(net, 5.0, save_at=2, integrator=explicit.integrator).stats.n_steps
    assert 1 / 3 < explicit.n_steps / taken < 3
    assert nf.simulate(net, 5.0, save_at=2, integrator=advice.integrator).success


def test_a_moving_input_of_a_network_without_time_constants():
    wave, p = nf.Sine("F", size=2, mean=2.0, amplitude=1.0, frequency=1.0), Adding("P", size=1)
    net = nf.Network("n", [wave, p, nf.InstantSynapse(wave, p, weights=np.ones((1, 2)), g=1.0)])
    assert nf.simulate(net, 1.0, save_at=2, integrator=nf.recommend(net, 1.0).integrator).success


def test_the_speed_of_inputs():
    def speed(source, t1=10.0):
        return input_speed(nf.Network("n", [source, nf.LeakyRate("E", size=1)]), 0.0, t1)

    assert speed(nf.Sine("X", size=3, mean=20.0, amplitude=10.0, frequency=3.0)) == pytest.approx(6.0, rel=0.2)
    both = nf.Sine("X", size=1, mean=20.0, amplitude=10.0, frequency=[[1.0], [3.0]])  # a batch: the fastest member
    assert speed(both) == pytest.approx(6.0, rel=0.2)
    assert speed(nf.ConstantInput("X", rates=[1.0, 2.0])) == 0.0
    assert speed(nf.PulseTrain("X", size=2, amplitude=9.0, width=0.1, period=0.5)) == 0.0
    slow = nf.FunctionInput("X", size=1, jumps=(), function=lambda t, xp: 5.0 + xp.cos(xp.asarray([0.2 * t])))
    assert speed(slow, 60.0) == pytest.approx(0.2 / np.pi, rel=0.2)
