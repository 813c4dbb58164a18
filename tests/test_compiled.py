"""Compiled runs: one program for a structure, members with steps of their own, several devices, methods of diffrax."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from shipped import SHIPPED
from test_integrators import exact_notebook, notebook

import netframe as nf
from netframe.integrators.compiled import ROWS
from netframe.integrators.compiled_run import CompiledRun, padded
from netframe.integrators.interrupts import interrupts_held
from netframe.integrators.own_steps import OwnSteps
from netframe.integrators.programs import PROGRAMS
from netframe.testing.cases import cases

pytestmark = pytest.mark.jax
TIGHT = {"rtol": 1e-8, "atol": 1e-10}


def traces():
    """How often anything was traced, by programs that are still kept."""
    return sum(program.traced for program in PROGRAMS.values())


@pytest.fixture
def counted():
    PROGRAMS.clear()
    return traces


rng = np.random.default_rng(0)
PATTERN = rng.uniform(size=(4, 3)) < 0.6
PATTERN[0] = True
RECURRENT = {
    "dense": lambda r: r.uniform(0.0, 0.3, (4, 4)),
    "low rank": lambda r: nf.LowRank(r.uniform(0.0, 0.3, (4, 2)), r.uniform(0.0, 0.3, (4, 2))),
    "circulant": lambda r: nf.Circulant(r.uniform(0.0, 0.3, 4)),
    "masked": lambda r: nf.Masked(r.uniform(0.0, 0.3, (4, 4)), np.eye(4, dtype=bool)[::-1]),
}


def recurrent(seed=0, recurrent="dense", pattern=PATTERN, tau=0.05, size=3, patterns=None):
    r = np.random.default_rng(seed)
    rates = r.uniform(1.0, 40.0, (size,)) if patterns is None else patterns
    f, e = nf.ConstantInput("F", rates=rates), nf.LeakyRate("E", size=4, tau=tau, activation=nf.Softplus())
    given = sparse.csr_array(pattern * r.uniform(0.2, 1.0, pattern.shape))
    parts = [f, e, nf.ReversalSynapse(f, e, weights=given, g=1e-4)]
    return nf.Network("n", [*parts, nf.CurrentSynapse(e, e, weights=RECURRENT[recurrent](r), g=1e-2)])


def final(net, integrator, duration=0.2, **options):
    return nf.simulate(net, duration, **({"save_at": 5} | options), integrator=integrator).final


# One program for a structure.

CHANGES = {
    "a scalar": lambda net: (net.with_parameters({"E.tau": 0.03}), {}),
    "a parameter of an activation": lambda net: (net.with_parameters({"E.activation.threshold": -58.0}), {}),
    "sparse weights": lambda net: (net.with_parameters({"F_to_E.weights": net["F_to_E"].weights * 1.5}), {}),
    "inputs": lambda net: (net.with_parameters({"F.rates": 1.5 * np.asarray(net["F"].rates)}), {}),
    "everything": lambda net: (recurrent(seed=5, tau=0.08), {}),
    "the initial state": lambda net: (net, {"y0": {"E.v": -60.0}}),
    "the duration": lambda net: (net, {"duration": 0.3}),
    "the start": lambda net: (net, {"t0": 0.5}),
    "times to save": lambda net: (net, {"save_at": [0.01, 0.02, 0.05, 0.15, 0.2]}),
}


@pytest.mark.parametrize(
    ("method", "change"),
    [pytest.param("Tsit5", change, id=name) for name, change in CHANGES.items()]
    + [pytest.param(method, CHANGES["everything"], id=method) for method in ("Dopri8", "Kvaerno5", "rk4")],
)
def test_what_differs_in_numbers_alone_is_compiled_once(counted, method, change):
    net = recurrent()
    integrator = nf.JaxIntegrator(method, **TIGHT)
    final(net, integrator)
    before = counted()
    assert before == 1
    changed, options = change(net)
    found = final(changed, integrator, **options)
    assert counted() == before
    assert np.abs(found - final(changed, nf.RungeKuttaIntegrator(**TIGHT), **options)).max() < 1e-5
    assert np.abs(found - final(net, integrator)).max() > 1e-3 or not options.keys().isdisjoint({"t0", "save_at"})


@pytest.mark.parametrize("structure", RECURRENT)
def test_weights_of_every_structure_are_arguments(counted, structure):
    integrator = nf.JaxIntegrator("Tsit5", **TIGHT)
    first, second = (recurrent(seed, structure) for seed in (0, 1))
    results = [final(net, integrator) for net in (first, second)]
    assert counted() == 1
    for net, result in zip((first, second), results):
        assert np.abs(result - final(net, nf.RungeKuttaIntegrator(**TIGHT))).max() < 1e-6
    assert np.abs(results[0] - results[1]).max() > 1e-3


def test_few_numbers_of_saved_times_have_programs_of_their_own(counted):
    """Runs that save 1 to 300 times, and those with checkpoints that save unequally many in each part."""
    net, fast = recurrent(), nf.JaxIntegrator("Tsit5", **TIGHT)
    for n in (290, 300, 299):
        times = np.linspace(0.0, 0.2, n)
        sol = nf.simulate(net, 0.2, save_at=times, integrator=fast)
        plain = nf.simulate(net, 0.2, save_at=times, integrator=nf.RungeKuttaIntegrator(**TIGHT))
        assert np.array_equal(sol.t, times)
        assert np.abs(sol.y - plain.y).max() < 1e-6
    assert counted() == 1
    assert len({len(padded(np.zeros(n))) for n in range(1, 301)}) <= 34
    assert all(n + ROWS <= len(padded(np.zeros(n))) <= 1.125 * (n + ROWS) + 1 for n in range(1, 10_000))


def test_options_that_are_numbers_do_not_compile_again(counted):
    net = recurrent()
    for options in (TIGHT, {"rtol": 1e-4}, {"max_step": 1e-3}, {"first_step": 1e-6}, {"max_steps": 1000}):
        final(net, nf.JaxIntegrator("Tsit5", **options))
    assert counted() == 1


@pytest.mark.parametrize("method", ["Tsit5", "Kvaerno5", "rk4"])
@pytest.mark.parametrize("steps", ["shared", "own"])
def test_a_run_of_several_calls_compiles_once(counted, method, steps):
    net = recurrent(patterns=np.ones((2, 3)))
    sol = nf.simulate(net, 0.2, save_at=5, integrator=nf.JaxIntegrator(method, steps=steps, max_step=1e-4, dt=1e-4))
    assert sol.stats.n_steps >= 2000
    assert counted() == 1


OTHERS = {
    "another pattern": lambda: recurrent(pattern=np.ones((4, 3), dtype=bool)),
    "another size": lambda: recurrent(size=4, pattern=np.ones((4, 4), dtype=bool)),
    "another kind of weights": lambda: recurrent(recurrent="low rank"),
    "an array for a number": lambda: recurrent(tau=np.full(4, 0.05)),
    "a batch": lambda: recurrent(patterns=np.ones((2, 3))),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_structure_is_compiled_anew(counted, other):
    integrator = nf.JaxIntegrator("Tsit5", **TIGHT)
    final(recurrent(), integrator)
    net = other()
    found = final(net, integrator)
    assert counted() == 2
    assert np.abs(found - final(net, nf.RungeKuttaIntegrator(**TIGHT))).max() < 1e-6


def test_segments_with_the_same_constant_inputs_share_a_program(counted):
    """A pulse makes three stretches, in each of which the input is constant."""
    pulse, e = nf.StepInput("P", size=1, amplitude=50.0, onset=0.1, offset=0.12), nf.LeakyRate("E", size=2)
    net = nf.Network("n", [pulse, e, nf.InstantSynapse(pulse, e, weights=1.0, g=0.01)])
    sol = nf.simulate(net, 0.3, save_at=4, integrator=nf.JaxIntegrator())
    assert sol.stats.n_segments == 3
    assert counted() == 1


@pytest.mark.parametrize("method", ["Tsit5", "Kvaerno5", "rk4"])
def test_numbers_are_float64_inside_and_the_setting_is_as_before_outside(method):
    import jax
    import jax.numpy as jnp

    assert not jax.config.jax_enable_x64
    net, times = notebook(), np.linspace(0.0, 1.0, 5)
    sol = nf.simulate(net, 1.0, save_at=times, integrator=nf.JaxIntegrator(method, rtol=1e-10, atol=1e-12, dt=1e-4))
    assert sol.y.dtype == np.float64
    assert np.abs(sol["E.v"][-1] - exact_notebook(net, times)[-1]).max() < 1e-8
    assert not jax.config.jax_enable_x64
    assert jnp.ones(1).dtype == jnp.float32
    with pytest.raises(nf.IntegrationError):
        nf.simulate(net, 1.0, save_at=5, integrator=nf.JaxIntegrator(method, max_steps=3))
    assert not jax.config.jax_enable_x64


# Members with steps of their own.


def steps_of_members(net, integrator, **options):
    """The solution, and how many steps each member made."""
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        counts = OwnSteps.counts
        patch.setattr(OwnSteps, "counts", lambda run: made.update(steps=run._made.copy()) or counts(run))
        sol = nf.simulate(net, 0.3, save_at=7, integrator=integrator, **options)
    return sol, made["steps"]


@pytest.mark.parametrize("method", ["Tsit5", "BS3", "Dopri8", "Kvaerno5", "heun"])
@given(data=st.data())
@settings(max_examples=5)
def test_with_own_steps_members_run_as_they_would_alone(method, data):
    lead = data.draw(st.sampled_from([(3,), (2, 2)]))
    seeds = np.random.default_rng(data.draw(st.integers(0, 1000)))
    spread = 10.0 ** seeds.uniform(-1.0, 1.0, (*lead, 1))
    net = recurrent(
        patterns=seeds.uniform(1.0, 40.0, (*lead, 3)) * spread, tau=seeds.uniform(0.01, 0.1, (*lead[-1:], 1))
    )
    sol, steps = steps_of_members(net, nf.JaxIntegrator(method, steps="own"))
    assert sol.stats.n_steps == steps.sum()
    for k, place in enumerate(np.ndindex(lead)):
        alone = nf.simulate(net.members(place), 0.3, save_at=7, integrator=nf.JaxIntegrator(method))
        assert (
            abs(steps[k] - alone.stats.n_steps) <= 1
        )  # an error on the very edge of the tolerance may round either way
        assert np.abs(sol.y[:, *place] - alone.y).max() < 1e-5
        assert np.abs(sol.final[place] - alone.final).max() < 1e-5


def test_own_steps_are_fewer_where_members_differ():
    patterns = np.full((20, 3), 1.0)
    patterns[3] = 2000.0
    net = notebook(patterns=patterns)
    shared = nf.simulate(net, 1.0, save_at=7, integrator=nf.JaxIntegrator())
    own = nf.simulate(net, 1.0, save_at=7, integrator=nf.JaxIntegrator(steps="own"))
    assert own.stats.n_steps < 0.8 * 20 * shared.stats.n_steps
    assert np.abs(own.y - shared.y).max() < 1e-3


STRUCTURES = {
    "dense": lambda r: r.uniform(size=(3, 4, 4)),
    "low rank": lambda r: nf.LowRank(r.uniform(size=(3, 4, 2)), r.uniform(size=(4, 2))),
    "masked": lambda r: nf.Masked(r.uniform(size=(3, 4, 4)), r.uniform(size=(4, 4)) < 0.5),
    "diagonal": lambda r: nf.Diagonal(r.uniform(size=(3, 4))),
    "circulant": lambda r: nf.Circulant(r.uniform(size=(3, 4))),
    "Toeplitz": lambda r: nf.Toeplitz(r.uniform(size=(3, 4)), r.uniform(size=4)),
    "block": lambda r: nf.Block([[r.uniform(size=(3, 2, 2)), None], [0.5, nf.Diagonal(r.uniform(size=(3, 2)))]]),
}


@pytest.mark.parametrize("resolution", ["lumped", "synapse"])
@pytest.mark.parametrize("weights", STRUCTURES.values(), ids=STRUCTURES)
def test_weights_with_batch_axes_under_own_steps(weights, resolution):
    r = np.random.default_rng(2)
    f, e = nf.FunctionInput("F", size=4, jumps=(), function=wave), nf.LeakyRate("E", size=4)
    samples = nf.SampledInput("S", times=[0.0, 0.1, 0.3], rates=r.uniform(0.0, 40.0, (3, 3, 4)))
    given = weights(r)
    parts = [nf.CurrentSynapse(source, e, weights=given, g=1e-2, resolution=resolution) for source in (f, samples)]
    net = nf.Network("n", [f, samples, e, *parts])
    own = nf.simulate(net, 0.3, save_at=4, integrator=nf.JaxIntegrator(steps="own", **TIGHT))
    apart = nf.simulate(net, 0.3, save_at=4, integrator=nf.RungeKuttaIntegrator(**TIGHT), batch="separate")
    assert np.abs(own.y - apart.y).max() < 1e-6


def wave(t, xp):
    return 10.0 + xp.sin(20.0 * t) * xp.asarray([[5.0], [2.0], [8.0]]) * xp.ones(4)


@pytest.mark.parametrize("method", ["Tsit5", "BS3", "Dopri8", "rk4"])
@pytest.mark.parametrize("steps", ["shared", "own"])
def test_recorded_quantities_are_those_of_the_states(steps, method):
    """Rates, currents and states, in this order, over a jump of the input, for a batch and a population of one."""
    step = nf.StepInput("S", size=3, amplitude=[[10.0, 20.0, 5.0], [30.0, 10.0, 80.0]], onset=0.05, offset=0.12)
    e, i = nf.LeakyRate("E", size=2), nf.AdaptingRate("I", size=1)
    s_e = nf.ReversalSynapse(step, e, weights=np.ones((2, 3)), g=2e-5)
    e_i = nf.InstantSynapse(e, i, weights=[[1.0, 2.0]], g=0.01, resolution="synapse")
    net = nf.Network("n", [step, e, i, s_e, e_i, nf.InstantSynapse(i, e, weights=-1.0, g=0.01)])
    integrator = nf.JaxIntegrator(method, steps=steps)
    record = ["E.rate", "E.current", "S.rate", "I.w", "E_to_I.drive", "E_to_I.signal", "S_to_E.i", "I.v"]
    asked, whole = (nf.simulate(net, 0.2, save_at=41, record=r, integrator=integrator) for r in (record, None))
    assert asked.stats.n_steps == whole.stats.n_steps
    for path in record:
        assert asked[path].shape == whole[path].shape
        np.testing.assert_allclose(asked[path], whole[path], rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(asked.final, whole.final)


@pytest.mark.parametrize("record", [["E.rate"], ["E.v", "E.current", "B_to_E.drive"]], ids=len)
def test_what_was_recorded_of_a_run_that_fails_are_values_of_its_states(record):
    told = {}
    for asked in (None, record):
        with pytest.raises(nf.IntegrationError) as caught:
            nf.simulate(bad_from(0.2), 1.0, save_at=101, record=asked, integrator=nf.JaxIntegrator("BS3"))
        told[asked is None] = caught.value.solution
    assert told[True].message == told[False].message
    assert told[True].t.tolist() == told[False].t.tolist()
    assert 15 < len(told[False].t) < 22
    for path in record:
        assert told[False][path].shape == told[True][path].shape
        np.testing.assert_allclose(told[False][path], told[True][path], rtol=1e-9)


def test_steps_of_wide_states_are_kept_a_few_at_a_time(monkeypatch):
    from netframe.integrators import compiled_run

    pulses, e = nf.PulseTrain("P", size=1, amplitude=30.0, period=0.1, width=0.03), nf.LeakyRate("E", size=2)
    net = nf.Network("n", [pulses, e, nf.ReversalSynapse(pulses, e, weights=np.ones((2, 1)), g=2e-5)])
    together = nf.simulate(net, 0.5, integrator=nf.JaxIntegrator("BS3"))
    monkeypatch.setattr(compiled_run, "ROOM", 40)
    told = []
    few = nf.simulate(net, 0.5, integrator=nf.JaxIntegrator("BS3"), progress=lambda t, end, n: told.append(n))
    assert told == list(range(1, few.stats.n_steps + 1))
    assert few.stats.n_steps > 10 * compiled_run.FEWEST
    np.testing.assert_array_equal(few.t, together.t)
    np.testing.assert_array_equal(few.y, together.y)


@pytest.mark.parametrize("steps", ["shared", "own"])
def test_what_was_saved_stays_where_it_is_from_stretch_to_stretch(monkeypatch, steps):
    run, name, addresses = (OwnSteps, "_states", set()) if steps == "own" else (CompiledRun, "_saved_rows", set())
    look = getattr(run, name)

    def watched(self, *where):
        addresses.add(np.asarray(self._rows).__array_interface__["data"][0])
        return look(self, *where)

    monkeypatch.setattr(run, name, watched)
    pulses = nf.PulseTrain("P", size=3, amplitude=[[10.0, 20.0, 5.0], [3.0, 1.0, 8.0]], period=0.1, width=0.05)
    e = nf.LeakyRate("E", size=2)
    net = nf.Network("n", [pulses, e, nf.ReversalSynapse(pulses, e, weights=np.ones((2, 3)), g=2e-5)])
    nf.simulate(net, 1.0, save_at=100, integrator=nf.JaxIntegrator(steps=steps))
    assert len(addresses) == 1


def test_own_steps_need_times_to_save_where_there_are_several_members():
    net = notebook(patterns=np.ones((2, 3)))
    for integrator, always in (
        (nf.JaxIntegrator(steps="own"), ""),
        (nf.JaxIntegrator("Kvaerno5"), ", as with Kvaerno5 always"),
    ):
        with pytest.raises(nf.ParameterError, match=f"steps of their own{always}, and save_at is missing"):
            nf.simulate(net, 0.1, integrator=integrator)
        assert nf.simulate(notebook(), 0.1, integrator=integrator).success
    with pytest.raises(nf.ParameterError, match=r"steps is 'shard'.*Did you mean 'shared'"):
        nf.JaxIntegrator(steps="shard")


def bad_from(since):
    """A batch of three inputs, of which the second is not finite from a time on."""

    def function(t, xp):
        return xp.where((t >= since) & (xp.asarray([[0.0], [1.0], [0.0]]) > 0), xp.nan, 1.0) * xp.ones(2)

    source, e = nf.FunctionInput("B", size=2, jumps=(), function=function), nf.LeakyRate("E", size=4)
    return nf.Network("n", [source, e, nf.ReversalSynapse(source, e, weights=np.ones((4, 2)), g=1e-5)])


@pytest.mark.parametrize("method", ["Tsit5", "Kvaerno5", "Dopri8", "euler"])
@pytest.mark.parametrize("record", [None, ["E.v"]])
def test_a_member_that_fails_is_named_and_the_rest_is_kept(method, record):
    times = np.linspace(0.0, 1.0, 101)
    with pytest.raises(
        nf.IntegrationError, match=r"member 1: .*B_to_E\.i is not finite in 4 of 4 entries, .*at t = 0\.2"
    ) as caught:
        nf.simulate(bad_from(0.2), 1.0, save_at=times, record=record, integrator=nf.JaxIntegrator(method, steps="own"))
    sol = caught.value.solution
    assert sol.status is nf.Status.NOT_FINITE
    assert 0.15 < sol.t[-1] <= 0.2
    assert sol["E.v"].shape == (len(sol.t), 3, 4)
    assert np.isfinite(sol["E.v"]).all()
    assert np.isfinite(sol.final).all()
    before = nf.simulate(bad_from(np.inf), sol.t[-1], integrator=nf.RungeKuttaIntegrator(**TIGHT))
    assert np.abs(sol.final[..., :4] - before.final[..., :4]).max() < (2e-2 if method == "euler" else 1e-3)


def test_a_member_that_makes_too_many_steps_is_named():
    patterns = np.ones((3, 3))
    patterns[2] = 5000.0
    integrator = nf.JaxIntegrator(steps="own", max_steps=60)
    with pytest.raises(nf.IntegrationError, match="member 2: the limit of 60 steps .* of 1 s.*max_steps") as caught:
        nf.simulate(notebook(patterns=patterns), 1.0, save_at=50, integrator=integrator)
    assert caught.value.solution.status is nf.Status.MAX_STEPS
    assert 0.0 < caught.value.solution.t[-1] < 1.0


def test_ctrl_c_under_own_steps_keeps_what_all_members_have_reached(monkeypatch):
    monkeypatch.delattr(sys, "ps1", raising=False)
    told = []

    def hook(t, end, n):
        told.append((t, n))
        raise KeyboardInterrupt

    integrator = nf.JaxIntegrator(steps="own", max_step=1e-3)
    with pytest.raises(nf.SimulationInterrupted) as caught:
        nf.simulate(notebook(patterns=np.ones((2, 3))), 2.0, save_at=41, integrator=integrator, progress=hook)
    sol = caught.value.solution
    ((t, n_steps),) = told
    assert t == sol.t[-1] >= 0.05
    assert n_steps >= 2 * 50  # of both members
    assert np.array_equal(sol.final, sol.y[-1])


def test_a_limit_of_wall_time_holds():
    for steps in ("shared", "own"):
        integrator = nf.JaxIntegrator(steps=steps, max_step=1e-6, max_steps=10**9, max_wall_time=0.5)
        net = notebook(patterns=np.ones((2, 3)))
        nf.simulate(net, 1e-5, save_at=11, integrator=integrator.replace(max_wall_time=np.inf))  # compiled here
        sol = nf.simulate(net, 400.0, save_at=11, integrator=integrator, throw=False)
        assert sol.status is nf.Status.WALL_TIME
        assert sol.stats.wall_time < 10.0
        assert np.isfinite(sol.final).all()


# Methods of diffrax.


def test_a_stiff_network_takes_few_steps():
    fast, slow = nf.LeakyRate("F", size=5, tau=1e-6), nf.LeakyRate("S", size=3, tau=0.1)
    net = nf.Network("stiff", [fast, slow, nf.InstantSynapse(slow, fast, weights=1.0, g=1e-3)])
    sol = nf.simulate(net, 1.0, y0={"S.v": -35.0, "F.v": -40.0}, save_at=11, integrator=nf.JaxIntegrator("Kvaerno5"))
    assert sol.stats.n_steps < 300
    assert sol.stats.n_lu >= sol.stats.n_steps
    reference = nf.simulate(
        net, 1.0, y0={"S.v": -35.0, "F.v": -40.0}, save_at=11, integrator=nf.ScipyIntegrator("Radau", **TIGHT)
    )
    assert np.abs(sol.y - reference.y).max() < 1e-3


def test_without_diffrax_its_methods_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "diffrax", None)
    for method in ("Dopri8", "Kvaerno5"):
        with pytest.raises(nf.MissingPackageError, match=r"diffrax is not installed.*netframe\[jax\]"):
            nf.simulate(notebook(), 0.1, integrator=nf.JaxIntegrator(method))
    assert nf.simulate(notebook(), 0.1, integrator=nf.JaxIntegrator("Tsit5")).success


# Several devices.

ON_DEVICES = """
import sys

import jax
import numpy as np

import netframe as nf
from netframe.integrators import compiled_run

rng = np.random.default_rng(0)
f = nf.ConstantInput("F", rates=rng.uniform(1.0, 40.0, (8, 3)))
e = nf.LeakyRate("E", size=4, tau=rng.uniform(0.02, 0.1, (8, 1)), activation=nf.Softplus())
parts = [f, e, nf.ReversalSynapse(f, e, weights=rng.uniform(size=(4, 3)), g=1e-4)]
parts.append(nf.CurrentSynapse(e, e, weights=nf.Circulant(rng.uniform(size=4)), g=1e-3, name="ring"))
net = nf.Network("n", [*parts, nf.CurrentSynapse(e, e, weights=rng.uniform(size=(8, 4, 4)), g=1e-3)])
program, devices, shards, inputs = compiled_run.program, [], [], []

class Watched:
    def __init__(self, *arguments):
        self.made = program(*arguments)

    def __getattr__(self, name):
        return getattr(self.made, name)

    def advance(self, *given):
        inputs.append(given[0])
        found = self.made.advance(*given)
        devices.append(len(found.y.sharding.device_set))
        shards.extend(shard.data.shape for shard in found.y.addressable_shards)
        return found

compiled_run.program = Watched
finals = []
for integrator in (nf.JaxIntegrator(), nf.JaxIntegrator(steps="own")):
    sol = nf.simulate(net, 0.3, save_at=7, record=["E.v", "ring.drive"], integrator=integrator)
    finals.append(np.concatenate([sol.final.ravel(), sol["E.v"].ravel(), sol["ring.drive"].ravel()]))
numbers = inputs[0]
replicated = [path for path, x in numbers.items() if len({str(s.index) for s in x.addressable_shards}) == 1]
np.savez(sys.argv[1], finals=finals, devices=devices, shards=shards, replicated=replicated, count=len(jax.devices()))
"""


def test_a_batch_is_spread_over_all_devices(tmp_path):
    def run(count):
        path = tmp_path / f"{count}.npz"
        flags = f"--xla_force_host_platform_device_count={count}"
        environment = os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
        environment["PYTHONPATH"] = str(Path(nf.__file__).parent.parent)
        subprocess.run([sys.executable, "-c", ON_DEVICES, str(path)], env=environment, check=True, timeout=300)
        return np.load(path)

    one, four, three = run(1), run(4), run(3)
    assert (one["count"], four["count"], three["count"]) == (1, 4, 3)
    assert (four["devices"] == 4).all()
    assert (four["shards"] == [2, 16]).all()
    assert {"F.rates", "E.tau", "E_to_E.weights"}.isdisjoint(four["replicated"])
    assert "F_to_E.weights" in four["replicated"]
    assert np.abs(four["finals"] - one["finals"]).max() < 1e-8
    assert (three["devices"] == 1).all()  # three do not divide eight members
    assert np.array_equal(three["finals"], one["finals"])


def test_two_threads_run_one_structure():
    found = {}

    def run(k):
        found[k] = final(recurrent(seed=k), nf.JaxIntegrator(**TIGHT))

    threads = [threading.Thread(target=run, args=(k,)) for k in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k in range(2):
        assert np.abs(found[k] - final(recurrent(seed=k), nf.RungeKuttaIntegrator(**TIGHT))).max() < 1e-6


# Every model.


@pytest.mark.slow
@pytest.mark.parametrize("part", SHIPPED, ids=lambda part: type(part).__name__)
def test_every_class_shipped_runs_compiled_as_not(part):
    """In the first network that it is checked in, of unequal sizes and with dense weights."""
    _, net, _ = next(cases(part))
    runs = [
        nf.simulate(net, 0.02, save_at=3, integrator=kind("BS3", rtol=1e-9, atol=1e-11)).final
        for kind in (nf.RungeKuttaIntegrator, nf.JaxIntegrator)
    ]
    np.testing.assert_allclose(runs[1], runs[0], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("method", ["euler", "rk4"])
@pytest.mark.parametrize("steps", ["shared", "own"])
@pytest.mark.parametrize("times", [[0.0, 0.013, 0.0455], [0.005], [0.02, 0.06], [0.0599, 0.0601], [0.0999]])
def test_steps_of_given_length_are_the_same_wherever_the_last_time_to_save_is(times, steps, method):
    rates = np.array([[10.0, 20.0, 5.0], [30.0, 10.0, 80.0]])
    source, e = nf.StepInput("S", size=3, amplitude=rates, onset=0.02, offset=0.06), nf.LeakyRate("E", size=4)
    net = nf.Network("n", [source, e, nf.ReversalSynapse(source, e, weights=np.ones((4, 3)), g=1e-4)])
    for record in (None, ["E.rate", "E.v"]):
        options = {"save_at": times, "record": record}
        plain = nf.simulate(net, 0.1, integrator=nf.FixedStepIntegrator(method, dt=0.0033), **options)
        fast = nf.simulate(net, 0.1, integrator=nf.JaxIntegrator(method, dt=0.0033, steps=steps), **options)
        assert np.abs(fast["E.v"] - plain["E.v"]).max() < 1e-10
        assert np.abs(fast.final - plain.final).max() < 1e-10
        assert fast.stats.n_steps == plain.stats.n_steps * (2 if steps == "own" else 1)


def test_rounding_of_times_does_not_add_up():
    """``-70 + 30 exp(-t / tau)`` far from t = 0, where a step of 1e-5 s is a few thousand roundings."""
    net, t0 = nf.Network("n", [nf.LeakyRate("E", size=1, tau=0.05)]), 1e5
    runs = [nf.JaxIntegrator("rk4", dt=1e-5), nf.JaxIntegrator(max_step=1e-5), nf.RungeKuttaIntegrator(max_step=1e-5)]
    for integrator in runs:
        sol = nf.simulate(net, 0.1, t0=t0, y0={"E.v": -40.0}, save_at=[t0 + 0.1], integrator=integrator)
        assert abs(sol.final[0] - (-70.0 + 30.0 * np.exp(-((t0 + 0.1) - t0) / 0.05))) < 1e-8


CTRL_C = """
import os, signal, threading
import numpy as np
import netframe as nf

n = 200
f, e = nf.ConstantInput("F", rates=[10.0, 20.0]), nf.LeakyRate("E", size=n, activation=nf.Softplus())
wires = [nf.ReversalSynapse(f, e, weights=np.ones((n, 2)), g=1e-4)]
wires.append(nf.CurrentSynapse(e, e, weights=np.full((n, n), 0.1 / n), g=1e-3))
net, fast = nf.Network("n", [f, e, *wires]), nf.JaxIntegrator(max_step=1e-4, max_steps=10**8)

from netframe.integrators import programs
compiling = programs.Program._counted
def counted(self, function):
    def traced(*arguments):
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()  # while it is compiled
        return function(*arguments)
    return compiling(self, traced)
programs.Program._counted = counted

sol = nf.simulate(net, 50.0, save_at=101, integrator=fast, throw=False)
assert sol.status is nf.Status.INTERRUPTED, sol.message
sol = nf.simulate(net, 0.1, y0=sol.final, save_at=2, integrator=nf.JaxIntegrator("BS3"), throw=False)
assert sol.status is nf.Status.INTERRUPTED, sol.message
print("lives")
"""


@pytest.mark.slow
def test_ctrl_c_while_a_program_is_compiled_leaves_the_process_alive():
    environment = os.environ | {"JAX_PLATFORMS": "cpu", "PYTHONPATH": str(Path(nf.__file__).parent.parent)}
    found = subprocess.run(
        [sys.executable, "-c", CTRL_C], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert found.returncode == 0, found.stderr
    assert "lives" in found.stdout


def test_a_held_ctrl_c_comes_after_and_a_third_one_at_once():
    done = []

    def interrupted(times):
        with interrupts_held():
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
            done.append(times)

    for times in (1, 2, 3):
        with pytest.raises(KeyboardInterrupt):
            interrupted(times)
    assert done == [1, 2]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("lead", [(7,), (2, 3)])
def test_sparse_weights_times_a_batch(lead):
    """Rows of unequal length, and one that is empty."""
    rng = np.random.default_rng(0)
    pattern = rng.random((11, 13)) < 0.5
    pattern[4] = False
    weights = sparse.csr_array(np.where(pattern, rng.normal(size=(11, 13)), 0.0))
    f, e = nf.ConstantInput("F", rates=np.ones(2)), nf.LeakyRate("E", size=13, v_rest=-40.0)
    i = nf.LeakyRate("I", size=11)
    parts = [f, e, i, nf.CurrentSynapse(e, i, weights=weights, g=1e-3)]
    sparsely = nf.Network("n", parts)
    densely = sparsely.with_parameters({"E_to_I.weights": weights.toarray()})
    start = {"E.v": -45.0 + 20.0 * rng.random((*lead, 13))}
    runs = [nf.simulate(x, 0.1, y0=start, save_at=3, integrator=nf.JaxIntegrator(**TIGHT)) for x in (sparsely, densely)]
    assert np.abs(runs[0].y - runs[1].y).max() < 1e-9
