"""Batches: together, separate and in chunks; no member hides; nothing is lost; memory stays bounded."""

import math
import signal
import sys
import time

import numpy as np
import pytest
from components import AdaptingRate, LearningSynapse
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, sparse
from strategies import SYNAPSES, agree, batches
from test_integrators import exact_notebook, notebook

import netframe as nf
import netframe.memory
from netframe.integrators.member_norm import per_member

EXPLICIT = ("RK23", "RK45", "DOP853")
TIMES = np.linspace(0.0, 0.25, 7)
#: Weights that learn may grow without bound in finite time, which no two ways to round survive.
STABLE = tuple(kind for kind in SYNAPSES if kind is not LearningSynapse)


def places(lead):
    return list(np.ndindex(*lead))


# Together, separate and in chunks are the same.


@given(batches(), st.data())
@settings(max_examples=40)
def test_some_members_have_the_derivatives_they_have_among_all(batch, data):
    count = math.prod(batch.lead)
    members = np.array(data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=count, unique=True)))
    index = np.unravel_index(members, batch.lead)
    whole = batch.network.rhs(0.15, batch.y0).reshape(count, -1)
    assert agree(batch.network.members(index).rhs(0.15, batch.y0[index]), whole[members])
    place = tuple(int(i[0]) for i in index)
    assert batch.network.members(place).batch_shape == ()
    assert agree(batch.network.members(place).rhs(0.15, batch.y0[place]), whole[members[0]])


@given(batches(STABLE), st.integers(2, 4), st.sampled_from(["rk4", "exponential_euler"]))
@settings(max_examples=20)
def test_with_fixed_steps_all_ways_to_run_agree_to_rounding(batch, chunk, method):
    integrator = nf.FixedStepIntegrator(method, dt=0.005)

    def run(net, y0, **how):
        return nf.simulate(net, 0.25, y0=y0, save_at=TIMES, integrator=integrator, **how)

    together = run(batch.network, batch.y0)
    separate, chunked = (run(batch.network, batch.y0, batch=how) for how in ("separate", chunk))
    rounding = 1e-9 if method == "rk4" else 1e-7  # exponential Euler takes its slopes by differences
    for split in (separate, chunked):
        assert split.y.shape == (len(TIMES), *batch.lead, batch.y0.shape[-1])
        assert agree(split.y, together.y, rounding)
        assert agree(split.final, together.final, rounding)
    for place in places(batch.lead)[:3]:
        alone = run(batch.member(place), batch.y0[place])
        assert np.array_equal(separate.y[:, *place], alone.y)


@given(batches(STABLE, jumps=True, max_wires=2), st.integers(2, 4))
@settings(max_examples=12)
def test_with_adaptive_steps_all_ways_to_run_agree_to_tolerance(batch, chunk):
    integrator = nf.ScipyIntegrator("RK45", rtol=1e-8, atol=1e-10)

    def run(net, y0, **how):
        return nf.simulate(net, 0.25, y0=y0, save_at=TIMES, integrator=integrator, **how).y

    separate, chunked = (run(batch.network, batch.y0, batch=how) for how in ("separate", chunk))
    together = run(batch.network, batch.y0)
    assert agree(separate, together, 1e-6)
    assert agree(chunked, together, 1e-6)
    place = places(batch.lead)[-1]
    assert np.array_equal(separate[:, *place], run(batch.member(place), batch.y0[place]))


STRUCTURES = {
    "low rank": lambda r: nf.LowRank(r.uniform(size=(3, 5, 2)), r.uniform(size=(4, 2))),
    "low rank, both": lambda r: nf.LowRank(r.uniform(size=(3, 5, 2)), r.uniform(size=(3, 4, 2))),
    "masked": lambda r: nf.Masked(r.uniform(size=(3, 5, 4)), r.uniform(size=(5, 4)) < 0.5),
    "masked, a number each": lambda r: nf.Masked(r.uniform(size=(3, 1, 1)), r.uniform(size=(5, 4)) < 0.5),
    "Toeplitz": lambda r: nf.Toeplitz(r.uniform(size=(3, 5)), r.uniform(size=4)),
    "single precision": lambda r: nf.Float32(r.uniform(size=(3, 5, 4))),
    "block": lambda r: nf.Block(
        [[r.uniform(size=(3, 2, 2)), None], [0.5, nf.LowRank(r.uniform(size=(3, 3, 1)), np.ones((2, 1)))]]
    ),
    "circulant": lambda r: nf.Circulant(r.uniform(size=(3, 4))),
    "diagonal": lambda r: nf.Diagonal(r.uniform(size=(3, 4))),
}


@pytest.mark.parametrize("resolution", ["lumped", "synapse"])
@pytest.mark.parametrize("make", STRUCTURES.values(), ids=STRUCTURES)
def test_members_of_weights_that_know_their_structure(make, resolution):
    r = np.random.default_rng(0)
    weights = make(r)
    f, e = nf.ConstantInput("F", rates=r.uniform(1.0, 40.0, 4)), nf.LeakyRate("E", size=weights.shape[-2])
    net = nf.Network("n", [f, e, nf.ReversalSynapse(f, e, weights=weights, g=1e-4, resolution=resolution)])
    y = net.initial_state() * r.uniform(0.9, 1.1, (3, net.registry.size))
    whole = net.rhs(0.0, y)
    for k in range(3):
        member = net.members((k,))
        assert type(member["F_to_E"].weights) is type(weights)
        assert np.allclose(member["F_to_E"].weights.toarray(), weights.toarray()[k], rtol=1e-12)
        assert np.allclose(member.rhs(0.0, y[k]), whole[k], rtol=1e-6)
    some = np.array([2, 0])
    assert np.allclose(net.members((some,)).rhs(0.0, y[some]), whole[some], rtol=1e-6)
    ways = [nf.simulate(net, 0.1, y0=y, save_at=3, batch=way).y for way in ("together", "separate", 2)]
    assert np.ptp(ways, axis=0).max() < 1e-4


@pytest.mark.slow
@given(batches(STABLE), st.sampled_from(["separate", 2]))
@settings(max_examples=15)
def test_what_is_recorded_and_what_is_computed_on_demand_are_the_same_as_together(batch, how):
    integrator = nf.FixedStepIntegrator("rk4", dt=0.005)
    paths = [path for path in batch.network.quantities if path.endswith((".v", ".rate", ".current", ".w"))]
    options = {"y0": batch.y0, "save_at": TIMES, "integrator": integrator}
    together, whole = (nf.simulate(batch.network, 0.25, batch=way, **options) for way in ("together", how))
    part = nf.simulate(batch.network, 0.25, batch=how, record=paths, **options)
    assert part.y is None
    assert part.paths == tuple(paths)
    for path in paths:
        assert agree(whole[path], together[path], 1e-8), path
        assert part[path].shape[: 1 + len(batch.lead)] == (len(TIMES), *batch.lead)
        assert agree(part[path], np.broadcast_to(together[path], part[path].shape), 1e-8), path
        assert not part[path].flags.writeable


@pytest.mark.parametrize("method", [*EXPLICIT, "LSODA", "BDF", pytest.param("Radau", marks=pytest.mark.slow)])
def test_partial_axes_of_a_batch_in_two_dimensions(method):
    rng = np.random.default_rng(3)
    f = nf.ConstantInput("F", rates=rng.uniform(1.0, 40.0, (4, 3)))
    taus = np.array([0.02, 0.05, 0.1])[:, None, None]
    e = nf.LeakyRate("E", size=2, tau=taus)
    weights = rng.uniform(0.0, 1.0, (3, 1, 2, 3))
    net = nf.Network("n", [f, e, nf.ReversalSynapse(f, e, weights=weights, g=2e-5)])
    integrator = nf.ScipyIntegrator(method, rtol=1e-9, atol=1e-11)
    ways = [nf.simulate(net, 0.2, save_at=5, batch=way, integrator=integrator) for way in ("together", "separate", 5)]
    assert ways[0].y.shape == (5, 3, 4, 4)
    for place in places((3, 4)):
        one = nf.LeakyRate("E", size=2, tau=taus[place[0]].item())
        g = nf.ConstantInput("F", rates=f.rates[place[1]])
        single = nf.Network("n", [g, one, nf.ReversalSynapse(g, one, weights=weights[place[0], 0], g=2e-5)])
        alone = nf.simulate(single, 0.2, save_at=5, integrator=integrator)
        assert np.array_equal(ways[1].y[:, *place], alone.y)
        assert all(agree(way.y[:, *place], alone.y, 1e-6) for way in ways)


@pytest.mark.parametrize("how", ["together", "separate", 2])
def test_members_that_differ_in_breakpoints(how):
    onsets = np.array([0.05, 0.11, 0.17, 0.0501, 0.2])

    def net(onset):
        pulse = nf.StepInput("S", size=3, amplitude=50.0, onset=onset, offset=onset + 0.005)
        e = nf.LeakyRate("E", size=2)
        return nf.Network("n", [pulse, e, nf.ReversalSynapse(pulse, e, weights=1.0, g=2e-4)])

    integrator = nf.ScipyIntegrator("RK45", rtol=1e-9, atol=1e-11)
    sol = nf.simulate(net(onsets[:, None]), 0.3, save_at=31, batch=how, integrator=integrator)
    for k, onset in enumerate(onsets):
        alone = nf.simulate(net(onset), 0.3, save_at=31, integrator=integrator)
        assert np.ptp(alone["E.v"]) > 1.0
        assert agree(sol.y[:, k], alone.y, 1e-6)


def recording(rng, beyond="hold"):
    times = np.array([0.0, 0.1, 0.2])
    return nf.SampledInput("R", times=times, rates=rng.uniform(1.0, 40.0, (3, 5, 4)), beyond=beyond)


def wave(rng):
    phases = rng.uniform(0.0, 6.0, (5, 1))
    return nf.FunctionInput(
        "R", size=4, jumps=(), function=lambda t, xp: 20.0 + 10.0 * xp.sin(9.0 * t + phases + xp.zeros(4))
    )


@pytest.mark.parametrize("made", [recording, wave])
@pytest.mark.parametrize("how", ["separate", 2, 4])
def test_recordings_and_functions_of_a_batch_are_split(made, how):
    source, e = made(np.random.default_rng(0)), AdaptingRate("E", size=2)
    inner = nf.Network("inner", [source, e])
    net = nf.Network("n", [inner, nf.ReversalSynapse(source, e, weights=0.5, g=2e-4)])
    assert net.batch_shape == (5,)
    integrator = nf.FixedStepIntegrator("rk4", dt=0.01)
    together, split = (nf.simulate(net, 0.3, save_at=4, batch=way, integrator=integrator) for way in ("together", how))
    assert np.ptp(together.y[-1], axis=0).max() > 1e-3
    assert agree(split.y, together.y, 1e-9)


def test_a_whole_number_is_a_member_of_a_batch_with_one_axis():
    rates = np.arange(6.0).reshape(3, 2)
    net = nf.Network("n", [nf.ConstantInput("F", rates=rates), nf.LeakyRate("E", size=1)])
    for k in (2, np.int64(2), (2,), -1):
        assert np.array_equal(net.members(k)["F"].rates, rates[2])
    assert np.array_equal(net.members((np.array([2, 0]),))["F"].rates, rates[[2, 0]])


def test_a_member_network_shares_what_does_not_differ():
    rng = np.random.default_rng(0)
    f, e = nf.ConstantInput("F", rates=rng.uniform(0.0, 9.0, (6, 3))), nf.LeakyRate("E", size=4)
    i = nf.LeakyRate("I", size=2)
    shared = sparse.random_array((4, 4), density=0.5, rng=rng)
    per_row = rng.uniform(0.0, 1.0, (2, 1, 4, 3))
    parts = [nf.InstantSynapse(f, e, weights=per_row, g=1e-3), nf.InstantSynapse(e, e, weights=shared, g=1e-3)]
    net = nf.Network("n", [f, e, i, *parts, nf.InstantSynapse(f, i, weights=np.ones((2, 3)), g=1e-3)])
    some = net.members((np.array([1, 1, 1]), np.array([0, 2, 5])))
    assert some["E"] is e
    assert some["E_to_E"] is net["E_to_E"]
    assert some["F_to_I"].weights is net["F_to_I"].weights
    assert some["F"].rates.tolist() == f.rates[[0, 2, 5]].tolist()
    assert some["F_to_E"].weights.tolist() == per_row[1].tolist()  # one matrix for all three, not three
    again = net.with_parameters({"E.tau": 0.1})["E_to_E"].weights
    assert np.shares_memory(again.data, net["E_to_E"].weights.data)
    assert not np.shares_memory(again.data, shared.data)


def test_an_input_that_hides_its_batch_is_refused_and_one_that_explains_it_works():
    @nf.component
    class Ramp(nf.InputSource):
        size: int
        slopes: tuple

        def rate(self, t, s):
            return np.multiply.outer(np.asarray(self.slopes), t * np.ones(self.size))

        def batch_shapes(self):
            return {"slopes": np.shape(self.slopes)} if np.shape(self.slopes) else {}

    @nf.component
    class Explained(Ramp):
        def member_fields(self, index):
            return {"slopes": np.asarray(self.slopes)[index[-1]]} if np.shape(self.slopes) else {}

    def net(kind):
        source, e = kind("S", size=2, slopes=(1.0, 2.0, 30.0)), nf.LeakyRate("E", size=2)
        return nf.Network("n", [source, e, nf.InstantSynapse(source, e, weights=1.0, g=1e-2)])

    with pytest.raises(nf.HookError, match=r"Ramp 'S': 'slopes' has batch axes \(3,\).*Define member_fields"):
        nf.simulate(net(Ramp), 0.1, save_at=3, batch="separate")
    ways = [nf.simulate(net(Explained), 0.1, save_at=3, batch=way).y for way in ("together", "separate", 2)]
    assert np.ptp(ways[0][-1], axis=0).min() > 0.01
    assert agree(ways[1], ways[0], 1e-6)
    assert agree(ways[2], ways[0], 1e-6)


# The error norm is taken per member.


@pytest.mark.parametrize("method", EXPLICIT)
@pytest.mark.parametrize("how", ["together", "separate", 10])
def test_no_error_of_one_hard_member_above_that_of_its_single_run(method, how):
    rates = np.zeros((100, 3))
    rates[41] = [50.0, 45.0, 40.0]
    net, single = notebook(patterns=rates), notebook(patterns=rates[41])
    times = np.linspace(0.0, 0.4, 25)
    integrator = nf.ScipyIntegrator(method, rtol=1e-6, atol=1e-9)
    alone = nf.simulate(single, 0.4, save_at=times, integrator=integrator)
    sol = nf.simulate(net, 0.4, save_at=times, batch=how, integrator=integrator)
    exact = exact_notebook(single, times)
    error = np.abs(alone["E.v"] - exact).max()
    assert np.abs(sol["E.v"][:, 41] - exact).max() <= 1.05 * error
    assert np.abs(np.delete(sol["E.v"], 41, axis=1) + 70.0).max() < error
    if how == "together":  # the norm of the hard member decides, and nothing is paid for the others
        assert abs(sol.stats.n_steps - alone.stats.n_steps) <= 2


@pytest.mark.parametrize("method", EXPLICIT)
@pytest.mark.parametrize("members", [1, 4])
def test_equal_members_step_as_one_does(method, members):
    net = notebook()
    options = {"rtol": 1e-5, "atol": 1e-8}

    def steps(make, y0, rhs, **more):
        solver = make(rhs, 0.0, y0, 0.3, max_step=math.inf, first_step=None, **options, **more)
        times = [solver.h_abs]
        while solver.status == "running":
            solver.step()
            times.append(solver.t)
        return times

    start = net.initial_state()
    alone = steps(getattr(integrate, method), start, net.rhs)
    batch = steps(
        per_member(method),
        np.tile(start, members),
        lambda t, y: net.rhs(t, y.reshape(members, -1)).ravel(),
        members=members,
    )
    assert len(alone) > 5
    assert np.allclose(batch, alone, rtol=1e-6)


@pytest.mark.parametrize("method", EXPLICIT)
def test_the_norm_of_a_batch_is_the_largest_of_its_members(method):
    rng = np.random.default_rng(2)
    y = rng.standard_normal((3, 5))
    batch = per_member(method)(lambda t, y: -y, 0.0, y.ravel(), 1.0, members=3, first_step=0.1)
    alone = [getattr(integrate, method)(lambda t, y: -y, 0.0, row, 1.0, first_step=0.1) for row in y]
    K, scale = rng.standard_normal((len(batch.K), 15)), rng.uniform(0.1, 2.0, 15)
    K[:, 5:10] *= 20.0
    norms = [
        one._estimate_error_norm(K[:, 5 * k : 5 * k + 5], 0.1, scale[5 * k : 5 * k + 5]) for k, one in enumerate(alone)
    ]
    assert np.argmax(norms) == 1
    assert batch._estimate_error_norm(K, 0.1, scale) == pytest.approx(norms[1], rel=1e-12)
    assert batch._estimate_error_norm(0.0 * K, 0.1, scale) == 0.0


def test_a_single_run_takes_the_class_of_scipy(monkeypatch):
    made = []

    class Seen(integrate.RK45):
        def __init__(self, *args, **options):
            made.append(options)
            super().__init__(*args, **options)

    monkeypatch.setattr(integrate, "RK45", Seen)
    nf.simulate(notebook(), 0.1, integrator=nf.ScipyIntegrator())
    assert len(made) == 1
    assert "members" not in made[0]
    assert (made[0]["rtol"], made[0]["atol"]) == (1e-6, 1e-9)


# Memory stays bounded.


class Spy:
    """An integrator that notes what it is asked to solve."""

    def __init__(self, inner=None):
        self.inner, self.seen = inner or nf.FixedStepIntegrator("euler", dt=0.01), []

    def solve(self, problem, t_span, y0, **options):
        self.seen.append((y0.shape, problem.batch_shape))
        return self.inner.solve(problem, t_span, y0, **options)


@nf.component
class Watched(nf.LeakyRate):
    """Notes the shape of every state it sees."""

    seen: list

    def rate(self, t, s):
        self.seen.append(np.shape(s.v))
        return super().rate(t, s)


@pytest.mark.parametrize(
    ("how", "rows"), [("separate", [()] * 7), (1, [()] * 7), (3, [(3,), (3,), ()]), (6, [(6,), ()])]
)
def test_no_more_members_than_asked_for_are_evaluated_at_a_time(how, rows):
    f, e = nf.ConstantInput("F", rates=np.arange(21.0).reshape(7, 3)), Watched("E", size=2, seen=[])
    net = nf.Network("n", [f, e, nf.ReversalSynapse(f, e, weights=1.0, g=2e-5)])
    spy = Spy()
    e.seen.clear()
    sol = nf.simulate(net, 0.2, save_at=3, batch=how, integrator=spy)
    assert spy.seen == [((*lead, 4), lead) for lead in rows]
    assert max(math.prod(shape[:-1]) for shape in e.seen) == max(math.prod(lead) for lead in rows)
    assert sol.y.shape == (3, 7, 4)


@pytest.mark.parametrize("how", ["together", 7, 8, 10**9])
def test_a_batch_that_fits_into_one_chunk_runs_together(how):
    net, spy = notebook(patterns=np.ones((7, 3))), Spy()
    assert len(nf.simulate(net, 0.2, batch=how, integrator=spy).t) == 21  # every step is kept, as ever
    assert spy.seen == [((7, 10), (7,))]


def test_without_a_batch_there_is_nothing_to_split():
    for how in ("together", "separate", 1, 5):
        spy = Spy()
        assert nf.simulate(notebook(), 0.2, batch=how, integrator=spy).y.shape == (21, 10)
        assert spy.seen == [((10,), ())]


def test_the_batch_of_y0_alone_is_split():
    net, spy = notebook(), Spy()
    starts = net.initial_state() + np.arange(6.0).reshape(2, 3, 1)
    sol = nf.simulate(net, 0.2, y0=starts, save_at=3, batch=4, integrator=spy)
    assert spy.seen == [((4, 10), ()), ((2, 10), ())]
    assert agree(sol.y, nf.simulate(net, 0.2, y0=starts, save_at=3, integrator=spy.inner).y, 1e-12)


def test_the_memory_of_one_chunk_and_of_what_is_recorded_is_asked_for(monkeypatch):
    net = notebook(patterns=np.ones((1000, 3)))  # 80 kB of state
    monkeypatch.setattr(netframe.memory, "available", lambda: 2_000_000)
    monkeypatch.setattr(netframe.memory, "NEGLIGIBLE", 0)
    options = {"save_at": 2, "record": ["E.v"], "integrator": nf.ScipyIntegrator("RK45")}
    with pytest.raises(nf.MemoryBudgetError, match="what the solver works with.*batch="):
        nf.simulate(net, 0.01, **options)
    assert nf.simulate(net, 0.01, batch=100, **options)["E.v"].shape == (2, 1000, 5)
    with pytest.raises(nf.MemoryBudgetError, match="what is recorded"):
        nf.simulate(net, 0.01, batch=100, **options | {"save_at": 100})


# How runs end.


@nf.component
class Explosive(nf.Population):
    """dv/dt = gain v^2: from v = 1 without bound at t = 1 / gain."""

    gain: nf.Param = nf.parameter(unit="1/(mV s)", doc="gain")
    v = nf.state(unit="mV", initial=1.0)

    def rate(self, t, s):
        return s.v

    def derivatives(self, t, s, inputs):
        return {"v": self.gain * s.v**2}


GAINS = np.array([[0.1, 0.2, 0.3], [0.1, 4.1, 0.2]])


def explosive(gains=GAINS):
    return nf.Network("n", [Explosive("E", size=2, gain=gains[..., None])])


@pytest.mark.parametrize("how", ["separate", 2, 4, 5])
@pytest.mark.parametrize(
    "integrator",
    [nf.ScipyIntegrator(), nf.ScipyIntegrator("BDF"), nf.FixedStepIntegrator(dt=0.01)],
    ids=lambda i: i.method,
)
def test_a_member_that_fails_leaves_the_others_alone(how, integrator):
    times = np.linspace(0.0, 1.0, 21)
    with pytest.raises(nf.IntegrationError, match=r"1 of 6 members .*; member \(1, 1\): .*E\.v") as caught:
        nf.simulate(explosive(), 1.0, save_at=times, batch=how, integrator=integrator)
    sol = caught.value.solution
    assert sol.status in (nf.Status.NOT_FINITE, nf.Status.STEP_SIZE)
    assert np.array_equal(sol.t, times)
    fine = np.ones((2, 3), dtype=bool)
    fine[1, 1] = False
    exact = 1.0 / (1.0 - GAINS * times[:, None, None])
    assert np.allclose(sol["E.v"][:, fine, 0], exact[:, fine], rtol=1e-3)
    assert np.isfinite(sol.final[fine]).all()
    before = times < 0.22
    assert np.allclose(sol["E.v"][before, 1, 1, 0], exact[before, 1, 1], rtol=0.05)
    assert np.isnan(sol["E.v"][times > 0.35, 1, 1]).all()
    assert np.isnan(sol.final[1, 1]).all()
    value = nf.simulate(explosive(), 1.0, save_at=times, batch=how, integrator=integrator, throw=False)
    assert (value.status, value.message) == (sol.status, sol.message)


def test_several_failures_are_counted_and_the_worst_is_told():
    gains = np.array([9.0, 0.1, 8.0, 7.0, 6.0, 5.0])
    sol = nf.simulate(explosive(gains), 1.0, save_at=11, batch=3, throw=False)
    assert not sol.success
    for words in ("5 of 6 members", "member 0: ", "member 2: ", "member 3: ", "and 2 more"):
        assert words in sol.message
    assert np.isfinite(sol.y[:, 1]).all()


def test_a_limit_of_steps_holds_for_each_run():
    integrator = nf.FixedStepIntegrator(dt=0.01, max_steps=50)
    sol = nf.simulate(
        notebook(patterns=np.ones((2, 3))), 1.0, save_at=11, batch="separate", integrator=integrator, throw=False
    )
    assert sol.status is nf.Status.MAX_STEPS
    assert sol.stats.n_steps == 100
    assert np.isfinite(sol.y[:6]).all()
    assert np.isnan(sol.y[6:]).all()


def test_the_limit_of_wall_time_holds_for_the_whole_batch():
    integrator = nf.FixedStepIntegrator("euler", dt=1e-4, max_wall_time=0.3)
    began = time.perf_counter()
    sol = nf.simulate(
        notebook(patterns=np.ones((500, 3))), 1.0, save_at=2, batch="separate", integrator=integrator, throw=False
    )
    assert time.perf_counter() - began < 20.0
    assert sol.status is nf.Status.WALL_TIME
    assert "members of the batch did not reach the end" in sol.message
    assert np.isnan(sol.final[-1]).all()
    assert sol.integrator is integrator


def pressing_ctrl_c(after):
    def hook(t, end, n):
        if n == after:
            signal.raise_signal(signal.SIGINT)

    return hook


@pytest.mark.parametrize("how", ["separate", 2])
def test_ctrl_c_keeps_the_finished_members(how, monkeypatch):
    monkeypatch.delattr(sys, "ps1", raising=False)
    net = notebook(patterns=np.arange(15.0).reshape(5, 3))
    integrator = nf.FixedStepIntegrator(dt=0.01)  # a hundred steps each
    options = {"save_at": 5, "integrator": integrator, "batch": how}
    with pytest.raises(nf.SimulationInterrupted, match=r"of 5 members .*interrupted after t = 0\.55 s") as caught:
        nf.simulate(net, 1.0, progress=pressing_ctrl_c(255 if how == "separate" else 155), **options)
    sol, whole = caught.value.solution, nf.simulate(net, 1.0, **options)
    assert sol.status is nf.Status.INTERRUPTED
    assert np.array_equal(sol.y[:, :2], whole.y[:, :2])
    assert np.array_equal(sol.y[:3, 2], whole.y[:3, 2])  # the run it fell into, up to there
    assert np.isnan(sol.y[3:, 2:]).all()
    assert np.isnan(sol.y[:, 4]).all()


def test_ctrl_c_in_an_integrator_that_lets_it_pass(monkeypatch):
    monkeypatch.delattr(sys, "ps1", raising=False)

    class Interrupted(Spy):
        def solve(self, *args, **options):
            if len(self.seen) == 2:
                raise KeyboardInterrupt
            return super().solve(*args, **options)

    with pytest.raises(nf.SimulationInterrupted, match="1 of 3 members .*member 2: interrupted") as caught:
        nf.simulate(notebook(patterns=np.ones((3, 3))), 0.1, save_at=3, batch=1, integrator=Interrupted())
    assert np.isfinite(caught.value.solution.y[:, :2]).all()


def test_an_exception_of_a_hook_passes_and_carries_all_members():
    @nf.component
    class Sick(nf.LeakyRate):
        limit: nf.Param = nf.parameter(unit="s", doc="time of the accident")

        def derivatives(self, t, s, inputs):
            if t > np.min(self.limit):
                raise ZeroDivisionError("sick")
            return super().derivatives(t, s, inputs)

    net = nf.Network("n", [Sick("E", size=2, limit=np.array([[2.0], [0.55], [2.0]]))])
    with pytest.raises(ZeroDivisionError, match="sick") as caught:
        nf.simulate(net, 1.0, save_at=11, batch=1, integrator=nf.FixedStepIntegrator(dt=0.01))
    sol = caught.value.solution
    assert any("member 1 of the batch" in note for note in caught.value.__notes__)
    assert (sol.status, sol.y.shape) == (nf.Status.FAILED, (11, 3, 2))
    assert np.isfinite(sol.y[:, 0]).all()
    assert np.isfinite(sol.y[:5, 1]).all()
    assert np.isnan(sol.y[:, 2]).all()


@pytest.mark.parametrize("how", ["separate", 2])
@pytest.mark.parametrize("t0", [0.0, -3.7])
def test_progress_never_goes_back_and_ends_at_the_end(how, t0):
    told = []
    net = notebook(patterns=np.arange(15.0).reshape(5, 3))
    sol = nf.simulate(net, 0.5, t0=t0, save_at=3, batch=how, progress=lambda *now: told.append(now))
    times, ends, steps = zip(*told)
    assert np.all(np.diff(times) >= 0.0)
    assert list(steps) == list(range(1, sol.stats.n_steps + 1))
    assert set(ends) == {t0 + 0.5}
    assert times[-1] == t0 + 0.5
    assert times[0] < t0 + 0.1


def test_progress_does_not_go_back_when_a_chunk_runs_again():
    told = []
    nf.simulate(explosive(), 1.0, save_at=3, batch=6 - 1, throw=False, progress=lambda *now: told.append(now))
    times, _, steps = zip(*told)
    assert np.all(np.diff(times) >= 0.0)
    assert np.all(np.diff(steps) > 0)
    assert times[-1] <= 1.0


def test_costs_are_summed():
    net = notebook(patterns=np.arange(15.0).reshape(5, 3))
    sol = nf.simulate(net, 0.5, save_at=3, batch=1)
    alone = [nf.simulate(notebook(patterns=row), 0.5, save_at=3).stats for row in net["FFE"].rates]
    assert sol.stats.n_steps == sum(one.n_steps for one in alone)
    assert sol.stats.n_rhs == sum(one.n_rhs for one in alone)
    assert sol.stats.n_segments == 5
    assert sol.stats.wall_time > 0.0


# Anything with solve is an integrator, and split too.


class SolveIvp:
    """What a user of SciPy writes by hand; it knows no batches and no ``record``."""

    def __init__(self, times=slice(None)):
        self.times = times

    def solve(self, problem, t_span, y0, *, save_at=None, record=None, progress=None):
        found = integrate.solve_ivp(problem.rhs, t_span, y0, t_eval=save_at[self.times], rtol=1e-8, atol=1e-10)
        return nf.Solution(problem, found.t, found.y.T)


def test_an_integrator_without_batches_runs_one_member_at_a_time():
    net = notebook(patterns=np.arange(6.0).reshape(2, 3))
    expected = nf.simulate(net, 0.3, save_at=5)
    for record in (None, ["E.v", "E.rate"]):
        sol = nf.simulate(net, 0.3, save_at=5, batch="separate", record=record, integrator=SolveIvp())
        assert np.allclose(sol["E.v"], expected["E.v"], atol=1e-3)
        assert sol["E.rate"].shape == (5, 2, 5)


def test_an_integrator_with_times_of_its_own_is_refused():
    net = notebook(patterns=np.arange(6.0).reshape(2, 3))
    with pytest.raises(nf.ParameterError, match="SolveIvp returned 3 of the 5 times of save_at"):
        nf.simulate(net, 0.3, save_at=5, batch=1, integrator=SolveIvp(slice(None, None, 2)))


# Options.


@pytest.mark.parametrize("how", [0, -1, True, False, 2.5, None, [2], "", "Together?"])
def test_what_cannot_be_a_way_to_run_a_batch(how):
    with pytest.raises(nf.ParameterError, match="batch is .*'together', 'separate', or a whole number .* at least 1"):
        nf.simulate(notebook(patterns=np.ones((2, 3))), 0.1, save_at=2, batch=how)


def test_a_misspelt_way_gets_the_closest_match():
    with pytest.raises(nf.ParameterError, match="'togehter'.*Did you mean 'together'") as caught:
        nf.simulate(notebook(), 0.1, save_at=2, batch="togehter")
    assert caught.value.attribute == "batch"


@pytest.mark.parametrize("how", ["separate", 1, np.int64(2)])
def test_members_with_steps_of_their_own_need_times(how):
    with pytest.raises(nf.ParameterError, match="steps of their own.*save_at is missing"):
        nf.simulate(notebook(patterns=np.ones((3, 3))), 0.1, batch=how)


@pytest.mark.jax
def test_parameters_of_jax_are_split():
    jax = pytest.importorskip("jax")
    with jax.enable_x64() if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
        rates = jax.numpy.asarray(np.arange(15.0).reshape(5, 3))
        net = notebook(patterns=rates)
        integrator = nf.FixedStepIntegrator("rk4", dt=0.005)
        ways = [nf.simulate(net, 0.1, save_at=3, batch=way, integrator=integrator).y for way in ("together", 1, 2)]
    assert agree(ways[1], ways[0], 1e-9)
    assert agree(ways[2], ways[0], 1e-9)
