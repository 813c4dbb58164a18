"""Inputs against plain Python, and short pulses against the closed form of a leaky cell."""

import math
from fractions import Fraction

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from integrators import ADAPTIVE, FIXED, objects

import netframe as nf

TAU, V_REST, R_IN, G = 0.05, -70.0, 100.0, 1e-3
TIGHT = nf.ScipyIntegrator("DOP853", rtol=1e-8, atol=1e-10)
STEPPING = objects(ADAPTIVE, rtol=1e-8, atol=1e-10)
#: What a method may be off, as a share of the largest deviation from rest, with steps of tau / 50.
SHARES = {"euler": 0.03, "heun": 3e-4, "rk4": 1e-8, "exponential_euler": 1e-9}
METHODS = [
    pytest.param(*p.values, SHARES.get(p.id.removeprefix("JAX "), 1e-5), id=p.id, marks=p.marks)
    for p in [*STEPPING, *objects(FIXED, dt=1e-3)]
]


def driven(*sources, size=1):
    """Leaky cells that hear the first channel of every source, with weight k + 1 for cell k."""
    e = nf.LeakyRate("E", size=size, tau=TAU, v_rest=V_REST, r_in=R_IN)
    parts = [e]
    for source in sources:
        weights = np.zeros((size, source.size))
        weights[:, 0] = np.arange(1.0, size + 1.0)
        parts += [source, nf.InstantSynapse(source, e, weights=weights, g=G)]
    return nf.Network("n", parts)


def leak(pieces, times):
    """Voltage of a leaky cell of weight one, exactly: ``pieces`` are ``(start, rate, slope)``, lasting to the next.

    For u(t) = u0 + m (t - start), the deviation x from rest obeys tau x' = u - x, whose solution is
    x = u(t) - m tau + (x(start) - u0 + m tau) exp(-(t - start) / tau).
    """
    found = []
    for time in times:
        x = 0.0
        for k, (start, rate, slope) in enumerate(pieces):
            end = min(pieces[k + 1][0] if k + 1 < len(pieces) else math.inf, time)
            if end <= start:
                break
            u0, m, gone = R_IN * G * rate, R_IN * G * slope, end - start
            x = u0 + m * gone - m * TAU + (x - u0 + m * TAU) * math.exp(-gone / TAU)
        found.append(V_REST + x)
    return np.array(found)


def deviation(sol, pieces):
    """Largest error of the first cell, as a share of its largest deviation from rest."""
    exact = leak(pieces, sol.t)
    assert np.abs(exact - V_REST).max() > 0.1, "the stimulus does nothing, so nothing is tested"
    return np.abs(sol["E.v"][:, 0] - exact).max() / np.abs(exact - V_REST).max()


# ConstantInput.


@pytest.mark.parametrize("shape", [(1,), (4,), (2, 3), (3, 1), (2, 1, 5)])
def test_constant_rates_are_what_was_given_at_any_time(shape):
    rates = np.arange(1.0, math.prod(shape) + 1.0).reshape(shape)
    source = nf.ConstantInput("F", rates=rates)
    assert source.size == shape[-1]
    for t in (-1.0, 0.0, 0.37, 1e9):
        assert source.rate(t, None).tolist() == rates.tolist()
    assert source.breakpoints(0.0, 1.0).size == 0
    assert source.constant_between(0.0, 1.0)


def test_constant_rates_are_a_copy_nobody_can_write_to():
    rates = np.ones(3)
    source = nf.ConstantInput("F", rates=rates)
    rates[0] = 99.0
    assert source.rate(0.0, None).tolist() == [1.0, 1.0, 1.0]
    with pytest.raises(ValueError, match="read-only"):
        source.rates[0] = 5.0


def test_a_batch_of_constant_patterns_gives_each_its_own_run():
    patterns = np.array([[10.0, 5.0], [20.0, 6.0], [40.0, 7.0]])
    sol = nf.simulate(driven(nf.ConstantInput("F", rates=patterns), size=2), 0.3, save_at=4, integrator=TIGHT)
    assert sol["E.v"].shape == (4, 3, 2)
    for k, pattern in enumerate(patterns):
        for cell in (0, 1):
            exact = leak([(0.0, (cell + 1) * pattern[0], 0.0)], sol.t)
            assert np.abs(sol["E.v"][:, k, cell] - exact).max() < 1e-6


# StepInput.


@given(
    t=st.integers(-8, 24),
    size=st.integers(1, 4),
    onset=st.integers(-4, 10),
    length=st.integers(1, 10),
    baseline=st.integers(0, 5),
    amplitude=st.integers(0, 5),
)
def test_step_is_on_from_its_onset_and_off_from_its_offset(t, size, onset, length, baseline, amplitude):
    given_as = {"onset": onset / 8, "offset": (onset + length) / 8, "baseline": baseline, "amplitude": amplitude}
    rate = nf.StepInput("S", size=size, **given_as).rate(t / 8, None)
    assert rate.tolist() == [baseline + amplitude if onset <= t < onset + length else baseline] * size


def test_step_with_values_per_channel_and_per_pattern():
    onset, offset = [0.1, 0.2, 0.3], np.array([[0.25], [0.5]])
    amplitude = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    offsets = offset + np.zeros(3)
    source = nf.StepInput("S", size=3, baseline=0.5, amplitude=amplitude, onset=onset, offset=np.maximum(offsets, 0.35))
    for t in (0.05, 0.1, 0.22, 0.3, 0.34, 0.35, 0.45, 0.5, 0.7):
        expected = [
            [0.5 + (amplitude[p][c] if onset[c] <= t < max(offsets[p][c], 0.35) else 0.0) for c in range(3)]
            for p in range(2)
        ]
        assert source.rate(t, None).tolist() == expected
    assert source.breakpoints(0.0, 1.0).tolist() == [0.1, 0.2, 0.3, 0.35, 0.5]
    assert driven(source).batch_shape == (2,)


@pytest.mark.parametrize(
    ("span", "expected"),
    [((0.0, 1.0), [0.25, 0.5]), ((0.25, 0.5), []), ((0.3, 1.0), [0.5]), ((0.0, 0.25), []), ((0.6, 1.0), [])],
)
def test_breakpoints_of_a_step_lie_strictly_inside_the_span(span, expected):
    source = nf.StepInput("S", size=2, amplitude=1.0, onset=0.25, offset=0.5)
    assert source.breakpoints(*span).tolist() == expected
    assert source.constant_between(*span) is (expected == [])


def test_a_step_without_an_end_has_one_breakpoint():
    source = nf.StepInput("S", size=1, amplitude=1.0, onset=0.25)
    assert source.breakpoints(-1.0, 9.0).tolist() == [0.25]
    assert source.rate(1e12, None).tolist() == [1.0]


def test_a_step_that_was_always_on_has_no_onset():
    source = nf.StepInput("S", size=1, amplitude=1.0, onset=-math.inf, offset=0.5)
    assert source.breakpoints(-1.0, 9.0).tolist() == [0.5]
    assert source.rate(-1e12, None).tolist() == [1.0]


# SampledInput.


def sampled(times, rates, t, interpolation, beyond):
    """Rate of one channel at ``t``, in exact fractions."""
    start, end = times[0], times[-1]
    if beyond == "zero" and (t < start or t > end):
        return Fraction(0)
    if beyond == "repeat":
        while t < start:
            t += end - start
        while t >= end:
            t -= end - start
    t = min(max(t, start), end)
    if t == end:
        return rates[-1]
    k = max(k for k in range(len(times)) if times[k] <= t)
    if interpolation == "previous":
        return rates[k]
    return rates[k] + (t - times[k]) / (times[k + 1] - times[k]) * (rates[k + 1] - rates[k])


@st.composite
def recordings(draw):
    """Times on a grid of 1/8 s and whole rates of one to three channels: exact in floating point."""
    gaps = draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    start = draw(st.integers(-5, 5))
    times = [Fraction(start + sum(gaps[:k]), 8) for k in range(len(gaps) + 1)]
    size = draw(st.integers(1, 3))
    row = st.lists(st.integers(0, 3), min_size=size, max_size=size)
    rates = draw(st.lists(row, min_size=len(times), max_size=len(times)))
    interpolation = draw(st.sampled_from(["linear", "previous"]))
    beyond = draw(st.sampled_from(["error", "hold", "zero", "repeat"]))
    source = nf.SampledInput(
        "R", times=[float(t) for t in times], rates=rates, interpolation=interpolation, beyond=beyond
    )
    return source, times, [[Fraction(rate) for rate in row] for row in rates], interpolation, beyond


@given(recording=recordings(), t=st.integers(-100, 140).map(lambda k: Fraction(k, 16)))
def test_recorded_rates_between_at_and_beyond_the_samples(recording, t):
    source, times, rates, interpolation, beyond = recording
    if beyond == "error":
        t = min(max(t, times[0]), times[-1])
    if beyond == "zero" and t == times[-1]:
        return  # a jump of width zero: either side is right
    expected = [sampled(times, [row[c] for row in rates], t, interpolation, beyond) for c in range(source.size)]
    found = source.rate(float(t), None)
    assert found.shape == (source.size,)
    assert found.tolist() == pytest.approx([float(x) for x in expected], abs=1e-12)


@given(recording=recordings(), span=st.tuples(st.integers(-60, 60), st.integers(1, 60)))
def test_between_two_breakpoints_a_recording_neither_jumps_nor_bends(recording, span):
    source, times, rates, interpolation, beyond = recording
    t0, t1 = Fraction(span[0], 8), Fraction(span[0] + span[1], 8)
    if beyond == "error":
        t0, t1 = times[0], times[-1]
    found = source.breakpoints(float(t0), float(t1)).tolist()
    assert found == sorted(set(found))
    assert all(t0 < t < t1 for t in found)
    edges = [t0, *map(Fraction, found), t1]
    for left, right in zip(edges[:-1], edges[1:]):
        inside = [left + (right - left) * Fraction(k, 9) for k in range(1, 9)]
        for channel in range(source.size):
            values = [sampled(times, [row[channel] for row in rates], t, interpolation, beyond) for t in inside]
            steps = {after - before for before, after in zip(values[:-1], values[1:])}
            assert len(steps) == 1
            assert steps == {0} or interpolation == "linear"


@given(recording=recordings())
def test_a_recording_says_what_it_covers(recording):
    source, times, _, _, beyond = recording
    assert source.covers() == ((times[0], times[-1]) if beyond == "error" else (-math.inf, math.inf))


def test_samples_on_a_line_and_samples_that_do_not_change_are_no_breakpoints():
    times = np.arange(7.0)
    line = nf.SampledInput("R", times=times, rates=[[0.0], [1.0], [2.0], [3.0], [3.0], [3.0], [1.0]])
    assert line.breakpoints(0.0, 6.0).tolist() == [3.0, 5.0]
    held = nf.SampledInput("R", times=times, rates=[[1], [1], [2], [2], [2], [0], [0]], interpolation="previous")
    assert held.breakpoints(0.0, 6.0).tolist() == [2.0, 5.0]
    assert held.constant_between(2.0, 5.0)
    assert not held.constant_between(1.0, 5.0)
    assert not line.constant_between(0.0, 3.0)


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("interpolation", ["linear", "previous"])
def test_a_batch_of_recordings_has_time_first(size, interpolation):
    rates = np.random.default_rng(3).integers(0, 50, (4, 2, size)).astype(float)
    times = [0.0, 0.05, 0.2, 0.4]
    batch = nf.SampledInput("R", times=times, rates=rates, interpolation=interpolation)
    alone = [
        nf.SampledInput("R", times=times, rates=rates[:, member], interpolation=interpolation) for member in (0, 1)
    ]
    assert batch.size == size
    for t in (0.0, 0.03, 0.05, 0.1, 0.4):
        assert batch.rate(t, None).tolist() == [one.rate(t, None).tolist() for one in alone]
    net = driven(batch, size=3)
    assert net.batch_shape == (2,)
    sol = nf.simulate(net, 0.4, save_at=5, integrator=TIGHT)
    assert sol["E.v"].shape == (5, 2, 3)
    assert sol["R.rate"].shape == (5, 2, size)
    for member, one in enumerate(alone):
        single = nf.simulate(driven(one, size=3), 0.4, save_at=5, integrator=TIGHT)
        assert np.abs(sol["E.v"][:, member] - single["E.v"]).max() < 1e-6


def test_a_run_over_exactly_the_recording_is_allowed():
    source = nf.SampledInput("R", times=[0.1, 0.3], rates=[[10.0], [20.0]])
    sol = nf.simulate(driven(source), 0.2, t0=0.1, integrator=TIGHT)
    assert sol.success
    assert sol.t[-1] == pytest.approx(0.3)


# FunctionInput.


def test_function_is_called_with_the_time_and_a_namespace():
    seen = []

    def function(t, xp):
        seen.append((t, xp))
        return xp.asarray([t, 2.0 * t, 1.0])

    source = nf.FunctionInput("G", size=3, jumps=(), function=function)
    assert source.rate(0.25, None).tolist() == [0.25, 0.5, 1.0]
    assert seen[-1] == (0.25, np)


def test_function_of_a_batch():
    patterns = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    source = nf.FunctionInput("G", size=2, jumps=(), function=lambda t, xp: t * xp.asarray(patterns))
    assert driven(source).batch_shape == (3,)
    assert source.rate(2.0, None).tolist() == [[2.0, 4.0], [6.0, 8.0], [10.0, 12.0]]


def test_jumps_of_a_function_are_breakpoints_strictly_inside_the_span():
    source = nf.FunctionInput("G", size=1, jumps=[0.5, 0.1, 0.9, 0.5], function=lambda t, xp: xp.ones(1))
    assert source.breakpoints(0.0, 1.0).tolist() == [0.1, 0.5, 0.9]
    assert source.breakpoints(0.1, 0.9).tolist() == [0.5]
    assert not source.constant_between(0.1, 0.5)


def wave(**options):
    """10 Hz and a 5 Hz sine of 3 periods a second on top."""
    return nf.FunctionInput(
        "wave", size=1, function=lambda t, xp: xp.asarray([10.0 + 5.0 * xp.sin(6.0 * math.pi * t)]), **options
    )


def wave_voltage(t):
    """Voltage of a cell that hears the wave: tau x' = u0 + u1 sin(w t) - x, from x = 0."""
    u0, u1, w = R_IN * G * 10.0, R_IN * G * 5.0, 6.0 * math.pi
    gain = u1 / (1.0 + (w * TAU) ** 2)
    steady = u0 + gain * (math.sin(w * t) - w * TAU * math.cos(w * t))
    return V_REST + steady - (u0 - gain * w * TAU) * math.exp(-t / TAU)


@pytest.mark.parametrize("integrator", STEPPING)
def test_a_smooth_function_is_integrated_to_tolerance_without_a_warning(integrator):
    sol = nf.simulate(driven(wave(jumps=())), 1.0, save_at=40, integrator=integrator)
    assert np.abs(sol["E.v"][:, 0] - [wave_voltage(t) for t in sol.t]).max() < 1e-5
    assert sol.stats.n_segments == 1


def test_a_function_of_which_nothing_is_known_keeps_steps_short_and_says_so_once():
    with pytest.warns(RuntimeWarning, match="'wave'") as caught:
        sol = nf.simulate(driven(wave()), 1.0)
    assert len(caught) == 1
    for word in ("jumps=", "max_step=", "0.005", "tenth"):
        assert word in str(caught[0].message)
    assert caught[0].filename == __file__
    assert np.diff(sol.t).max() <= 0.1 * TAU * (1 + 1e-9)


def test_every_function_of_which_nothing_is_known_is_named_in_one_warning():
    sources = [wave().copy(name) for name in ("first", "second")]
    with pytest.warns(RuntimeWarning, match="'first', 'second'") as caught:
        nf.simulate(driven(*sources, wave(jumps=())), 0.01)
    assert len(caught) == 1


@pytest.mark.parametrize("max_step", [0.01, 0.002])
def test_max_step_is_kept_without_a_warning(max_step):
    sol = nf.simulate(driven(wave(max_step=max_step)), 1.0)
    assert np.diff(sol.t).max() <= max_step * (1 + 1e-9)
    free = nf.simulate(driven(wave(jumps=())), 1.0)
    assert np.diff(free.t).max() > 0.015


def test_the_smallest_max_step_of_all_inputs_counts():
    sol = nf.simulate(driven(wave(max_step=0.01).copy("a"), wave(max_step=0.003).copy("b")), 0.5)
    assert np.diff(sol.t).max() <= 0.003 * (1 + 1e-9)


# Short pulses, from every kind of input, by every method.

ONSET, LENGTH, HEIGHT = 0.3, 2e-4, 2000.0
PULSE = [(0.0, 0.0, 0.0), (ONSET, HEIGHT, 0.0), (ONSET + LENGTH, 0.0, 0.0)]
AROUND = np.array([0.0, 0.2, ONSET, ONSET + 0.5 * LENGTH, ONSET + LENGTH, 0.301, 0.31, 0.35, 0.5, 0.8])
AFTER = AROUND[AROUND >= ONSET + LENGTH]


def pulse_step():
    return nf.StepInput("P", size=1, amplitude=HEIGHT, onset=ONSET, offset=ONSET + LENGTH)


def pulse_function(**options):
    def function(t, xp):
        return HEIGHT * xp.where((t >= ONSET) & (t < ONSET + LENGTH), xp.ones(1), 0.0)

    return nf.FunctionInput("P", size=1, function=function, **options)


def pulse_recording():
    times, rates = [0.0, ONSET, ONSET + LENGTH, 0.8], [[0.0], [HEIGHT], [0.0], [0.0]]
    return nf.SampledInput("P", times=times, rates=rates, interpolation="previous")


PULSES = {
    "step": pulse_step,
    "function": lambda: pulse_function(jumps=(ONSET, ONSET + LENGTH)),
    "recording": pulse_recording,
}


@pytest.mark.parametrize(("integrator", "share"), METHODS)
@pytest.mark.parametrize("source", PULSES.values(), ids=PULSES)
def test_a_pulse_far_shorter_than_a_step_is_integrated_to_tolerance(source, integrator, share):
    net = driven(source())
    assert net.breakpoints(0.0, 0.8).tolist() == [ONSET, ONSET + LENGTH]
    sol = nf.simulate(net, 0.8, save_at=AROUND, integrator=integrator)
    assert sol.stats.n_segments == 3
    assert deviation(sol, PULSE) < share


@pytest.mark.parametrize(("integrator", "share"), METHODS)
def test_a_short_spike_of_straight_lines_is_integrated_to_tolerance(integrator, share):
    half, slope = 0.5 * LENGTH, 2.0 * HEIGHT / LENGTH
    times = [0.0, ONSET, ONSET + half, ONSET + LENGTH, 0.8]
    spike = nf.SampledInput("P", times=times, rates=[[0.0], [0.0], [HEIGHT], [0.0], [0.0]])
    pieces = [(0.0, 0.0, 0.0), (ONSET, 0.0, slope), (ONSET + half, HEIGHT, -slope), (ONSET + LENGTH, 0.0, 0.0)]
    sol = nf.simulate(driven(spike), 0.8, save_at=AFTER, integrator=integrator)
    assert deviation(sol, pieces) < max(share, 2e-3)  # Euler sees its area and not its shape


@pytest.mark.parametrize(("integrator", "share"), METHODS)
def test_a_train_of_pulses_that_repeats(integrator, share):
    source = nf.SampledInput(
        "P", times=[0.25, 0.375, 0.5], rates=[[HEIGHT], [0.0], [0.0]], interpolation="previous", beyond="repeat"
    )
    pieces = [(k / 8, HEIGHT if k % 2 == 0 else 0.0, 0.0) for k in range(8)]
    sol = nf.simulate(driven(source), 1.0, save_at=31, integrator=integrator)
    assert sol.stats.n_segments == 8
    assert deviation(sol, pieces) < share


@pytest.mark.parametrize("integrator", STEPPING)
def test_a_longest_step_shorter_than_a_pulse_does_not_miss_it(integrator):
    net = driven(pulse_function(max_step=0.5 * LENGTH))
    with pytest.raises(nf.IntegrationError, match="step limit|limit of 10 steps"):
        nf.simulate(net, 0.1, integrator=attrs.evolve(integrator, max_steps=10))
    sol = nf.simulate(net, 0.01, t0=ONSET - 0.005, save_at=5, integrator=integrator)
    shifted = [(0.0, 0.0, 0.0), *PULSE[1:]]
    assert deviation(sol, shifted) < 0.05  # steps end within the pulse, not at its edges


def test_pulses_at_both_ends_of_a_run():
    """Jumps at the very start and end are no breakpoints, and the limit from the left ends a run."""
    source = nf.StepInput("P", size=2, amplitude=HEIGHT, onset=[0.5, 0.0], offset=[1.0, 0.5])
    sol = nf.simulate(driven(source), 0.5, t0=0.5, save_at=6, integrator=TIGHT)
    assert sol.stats.n_segments == 1
    assert deviation(sol, [(0.5, HEIGHT, 0.0)]) < 1e-7


@pytest.mark.parametrize(("integrator", "share"), METHODS)
def test_jumps_that_differ_by_a_rounding_error_are_integrated_as_one(integrator, share):
    first = nf.StepInput("first", size=1, amplitude=100.0, onset=0.3, offset=0.5)
    second = nf.StepInput("second", size=1, amplitude=50.0, onset=0.1 + 0.2, offset=0.7)
    assert 0.1 + 0.2 != 0.3
    pieces = [(0.0, 0.0, 0.0), (0.3, 150.0, 0.0), (0.5, 50.0, 0.0), (0.7, 0.0, 0.0)]
    sol = nf.simulate(driven(first, second), 1.0, save_at=21, integrator=integrator)
    assert deviation(sol, pieces) < share


@pytest.mark.parametrize(("integrator", "share"), METHODS)
def test_a_recording_that_repeats_over_times_that_are_not_exact(integrator, share):
    """Ends of periods, computed twice, differ by rounding: 0.1 + 0.3 k and 0.4 + 0.3 (k - 1)."""
    source = nf.SampledInput("R", times=[0.1, 0.2, 0.4], rates=[[100.0], [10.0], [0.0]], beyond="repeat")
    pieces = [(0.0, 5.0, -50.0)]  # the falling line of the period before
    for k in range(4):
        pieces += [(0.1 + 0.3 * k, 100.0, -900.0), (0.2 + 0.3 * k, 10.0, -50.0)]
    sol = nf.simulate(driven(source), 1.25, save_at=26, integrator=integrator)
    assert deviation(sol, pieces) < max(share, 0.02 if integrator.method == "exponential_euler" else 0.0)


@settings(max_examples=40)
@given(
    onset=st.floats(0.05, 0.4),
    length=st.floats(1e-6, 0.05),
    method=st.sampled_from(["RK45", "LSODA", "rk4"]),
    size=st.integers(1, 3),
)
def test_any_pulse_is_integrated_to_tolerance(onset, length, method, size):
    source = nf.StepInput("P", size=size, amplitude=0.5 / length, onset=onset, offset=onset + length)
    pick = nf.FixedStepIntegrator if method == "rk4" else nf.ScipyIntegrator
    sol = nf.simulate(driven(source, size=size), 0.5, save_at=9, integrator=pick(method))
    pieces = [(0.0, 0.0, 0.0), (onset, 0.5 / length, 0.0), (onset + length, 0.0, 0.0)]
    exact = leak(pieces, sol.t)
    for cell in range(size):
        off = V_REST + (cell + 1) * (exact - V_REST)
        assert np.abs(sol["E.v"][:, cell] - off).max() < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("times", [[0.0, 0.1], [-10.0, -9.93], [-0.013, 0.017]])
def test_a_repeated_recording_keeps_the_order_of_rk4(times):
    """At each wrap the value must be that of the right side, to the last bit of time."""
    source = nf.SampledInput("R", times=times, rates=[[0.0], [40.0]], beyond="repeat")
    wraps = source.breakpoints(0.0, 1.0)
    for t in wraps[np.append(np.diff(wraps) > 1e-12, True)]:  # of two that differ by rounding, the later one
        assert source.rate(float(t), None)[0] < 1e-9
    cell = nf.LeakyRate("E", size=1)
    net = nf.Network("n", [source, cell, nf.InstantSynapse(source, cell, weights=1.0, g=1e-2)])
    exact, coarse, fine = (
        nf.simulate(net, 1.0, save_at=[1.0], integrator=nf.FixedStepIntegrator("rk4", dt=dt)).final
        for dt in (1e-4, 4e-3, 2e-3)
    )
    assert np.abs(fine - exact).max() < np.abs(coarse - exact).max() / 12.0
