"""Trains, ramps, waves, sequences, sums and frozen noise, against closed forms and plain Python."""

import copy
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

import netframe as nf

TAU, R_IN, G = 0.05, 100.0, 1e-3
TIGHT = nf.ScipyIntegrator("DOP853", rtol=1e-9, atol=1e-11)
INF = math.inf


def driven(source, size=1):
    """Leaky cells, at zero at rest, that hear the sum of all channels."""
    e = nf.LeakyRate("E", size=size, tau=TAU, v_rest=0.0, r_in=R_IN)
    weights = np.ones((size, source.size))
    return nf.Network("n", [source, e, nf.InstantSynapse(source, e, weights=weights, g=G)])


def heard(rate, t, jumps=()):
    """The voltage of a cell that hears ``rate(t)``: the convolution with its exponential kernel, by quadrature."""
    edges = sorted({0.0, t, *(x for x in jumps if 0.0 < x < t)})
    pieces = [
        quad(lambda u: rate(u) * math.exp((u - t) / TAU) / TAU, a, b, limit=500, epsabs=1e-12)[0]
        for a, b in zip(edges[:-1], edges[1:])
    ]
    return R_IN * G * sum(pieces)


def pieces_heard(pieces, t):
    """The same for rates that are constant piece by piece, ``(begin, end, rate)``, in closed form."""
    return (
        R_IN
        * G
        * sum(
            rate * (math.exp((min(end, t) - t) / TAU) - math.exp((begin - t) / TAU))
            for begin, end, rate in pieces
            if begin < t
        )
    )


def smooth_between(source, t0, t1, steps=9):
    """Whether a rate is one straight line within a stretch, end points left out."""
    times = [t0 + (t1 - t0) * k / (steps + 1) for k in range(1, steps + 1)]
    rates = np.array([np.ravel(source.rate(t, None)) for t in times])
    return np.abs(np.diff(rates, n=2, axis=0)).max() < 1e-6 * (1.0 + np.abs(rates).max())


# PulseTrain.


@given(
    t=st.integers(-20, 120),
    onset=st.integers(-8, 8),
    width=st.integers(1, 6),
    gap=st.integers(0, 5),
    count=st.sampled_from([1, 2, 3, INF]),
    until=st.sampled_from([INF, 1.0, 2.125]),
)
def test_a_train_is_on_during_its_pulses_and_off_between(t, onset, width, gap, count, until):
    period = width + gap
    source = nf.PulseTrain(
        "P", size=2, baseline=1.0, amplitude=[2.0, 3.0], onset=onset / 8, width=width / 8, period=period / 8,
        count=count, until=until,
    )  # fmt: skip
    begins = [onset + k * period for k in range(200) if k < count and (onset + k * period) / 8 < until]
    on = any(begin <= t < begin + width for begin in begins)
    assert source.rate(t / 8, None).tolist() == ([3.0, 4.0] if on else [1.0, 1.0])


@given(
    onset=st.floats(-1.0, 1.0),
    period=st.floats(1e-3, 0.3),
    share=st.floats(0.01, 1.0),
    count=st.sampled_from([1, 4, INF]),
    span=st.tuples(st.floats(-1.0, 2.0), st.floats(0.01, 0.5)),
)
@example(onset=0.0, period=0.25, share=math.nextafter(1.0, 0.0), count=INF, span=(1.0, 0.5))  # a gap lost in rounding
def test_the_breakpoints_of_a_train_are_its_jumps_to_the_last_bit(onset, period, share, count, span):
    source = nf.PulseTrain("P", size=1, amplitude=1.0, onset=onset, width=share * period, period=period, count=count)
    t0, t1 = span[0], span[0] + span[1]
    found = source.breakpoints(t0, t1).tolist()
    assert found == sorted(set(found))
    assert all(t0 < t < t1 for t in found)
    for t in found:
        assert source.rate(t, None) != source.rate(math.nextafter(t, -INF), None)
    edges = [t0, *found, t1]
    for left, right in zip(edges[:-1], edges[1:]):
        assert source.constant_between(left, right)
        inside = np.linspace(left, math.nextafter(right, -INF), 5)
        assert len({float(source.rate(float(t), None)[0]) for t in inside}) == 1
    assert source.constant_between(t0, t1) == (not found)


def test_a_width_of_a_period_is_one_long_pulse():
    source = nf.PulseTrain("P", size=1, amplitude=5.0, onset=0.1, width=0.3, period=0.3, count=3)
    assert source.breakpoints(0.0, 2.0).round(12).tolist() == [0.1, 1.0]
    cut = nf.PulseTrain("P", size=1, amplitude=5.0, onset=0.1, width=0.3, period=0.3, until=0.5)
    assert cut.breakpoints(0.0, 2.0).round(12).tolist() == [0.1, 0.7]


def test_a_train_with_values_per_channel_and_per_member():
    onset, width = np.array([0.0, 0.05, 0.1]), np.array([[0.01], [0.02]])
    options = {"amplitude": [1.0, 2.0, 3.0], "period": [0.1, 0.15, 0.2]}
    batch = nf.PulseTrain("P", size=3, onset=onset, width=width, **options)
    assert driven(batch).batch_shape == (2,)
    alone = [nf.PulseTrain("P", size=3, onset=onset, width=w, **options) for w in (0.01, 0.02)]
    for t in np.linspace(-0.1, 0.6, 71):
        assert batch.rate(t, None).tolist() == [one.rate(t, None).tolist() for one in alone]
    union = sorted({t for one in alone for t in one.breakpoints(0.0, 1.0)})
    assert batch.breakpoints(0.0, 1.0).tolist() == union


@pytest.mark.parametrize(
    "integrator",
    [nf.RungeKuttaIntegrator(), nf.ScipyIntegrator("RK45"), nf.ScipyIntegrator("LSODA"), nf.FixedStepIntegrator("rk4")],
    ids=["default", "RK45", "LSODA", "rk4"],
)
def test_every_pulse_of_a_train_is_integrated(integrator):
    """Pulses of 50 us every 130 ms, far shorter than any step."""
    height, width, period, onset = 4000.0, 5e-5, 0.13, 0.07
    source = nf.PulseTrain("P", size=1, amplitude=height, onset=onset, width=width, period=period)
    sol = nf.simulate(driven(source), 1.0, save_at=21, integrator=integrator)
    pieces = [(onset + k * period, onset + k * period + width, height) for k in range(8)]
    exact = np.array([pieces_heard(pieces, t) for t in sol.t])
    assert exact.max() > 0.2
    assert np.abs(sol["E.v"][:, 0] - exact).max() < 1e-5


# Ramp.


def test_a_ramp_is_a_straight_line_between_two_rates():
    source = nf.Ramp("R", size=3, start=[0.0, 10.0, 5.0], stop=[[8.0, 2.0, 5.0]], onset=0.25, offset=[0.75, 0.75, 0.5])
    expected = {0.0: [0.0, 10.0, 5.0], 0.25: [0.0, 10.0, 5.0], 0.5: [4.0, 6.0, 5.0], 0.75: [8.0, 2.0, 5.0]}
    for t, rates in expected.items():
        assert source.rate(t, None).tolist() == [rates]
    assert source.rate(9.0, None).tolist() == [[8.0, 2.0, 5.0]]
    assert source.breakpoints(0.0, 1.0).tolist() == [0.25, 0.5, 0.75]
    assert [source.constant_between(*span) for span in [(-INF, 0.25), (0.2, 0.3), (0.75, INF), (0.6, 0.8)]] == [
        True, False, True, False,
    ]  # fmt: skip
    assert not source.constant_between(-INF, INF)


def test_a_ramp_through_a_leaky_cell():
    source = nf.Ramp("R", size=1, start=5.0, stop=65.0, onset=0.1, offset=0.4)
    sol = nf.simulate(driven(source), 0.6, save_at=7, integrator=TIGHT)
    exact = [heard(lambda u: 5.0 + 200.0 * min(max(u - 0.1, 0.0), 0.3), t, (0.1, 0.4)) for t in sol.t]
    assert np.abs(sol["E.v"][:, 0] - exact).max() < 1e-7


# Sine and Chirp.


@pytest.mark.parametrize("frequency", [3.0, 80.0])
def test_a_sine_through_a_leaky_cell_in_closed_form(frequency):
    source = nf.Sine("S", size=1, mean=20.0, amplitude=15.0, frequency=frequency, phase=0.7)
    sol = nf.simulate(driven(source), 0.5, save_at=23, integrator=TIGHT)
    w = 2.0 * math.pi * frequency
    gain, lag = 1.0 / math.hypot(1.0, w * TAU), math.atan(w * TAU)

    def steady(t):
        return 20.0 + 15.0 * gain * math.sin(w * t + 0.7 - lag)

    exact = [R_IN * G * (steady(t) - steady(0.0) * math.exp(-t / TAU)) for t in sol.t]
    assert np.abs(sol["E.v"][:, 0] - exact).max() < 1e-7
    assert sol.stats.n_segments == 1


def test_a_sine_is_never_stepped_over():
    """A cell that starts where it stays on average would otherwise take steps of many periods."""
    source = nf.Sine("S", size=2, mean=20.0, amplitude=1.0, frequency=[50.0, 0.0])
    assert source.largest_step() == pytest.approx(1.0 / 200.0)
    sol = nf.simulate(driven(source), 1.0, integrator=nf.RungeKuttaIntegrator(rtol=1e-3, atol=1.0))
    assert np.diff(sol.t).max() <= 1.0 / 200.0 * (1 + 1e-9)
    assert nf.Sine("S", size=1, mean=20.0, amplitude=1.0, frequency=0.0).largest_step() == INF


def test_sines_per_channel_and_per_member():
    mean, frequency = np.array([[10.0], [20.0]]), np.array([1.0, 2.0, 5.0])
    batch = nf.Sine("S", size=3, mean=mean, amplitude=5.0, frequency=frequency, phase=0.3)
    for t in (-0.3, 0.0, 0.17, 2.0):
        expected = [[m + 5.0 * math.sin(2.0 * math.pi * f * t + 0.3) for f in frequency.tolist()] for m in (10.0, 20.0)]
        assert batch.rate(t, None) == pytest.approx(np.array(expected))


def test_a_chirp_sweeps_its_frequency():
    source = nf.Chirp("C", size=2, mean=20.0, amplitude=10.0, f0=2.0, f1=[10.0, 2.0], duration=1.5, onset=0.25)
    assert source.rate(0.2, None).tolist() == [20.0, 20.0]
    assert source.rate(1.75, None).tolist() == [20.0, 20.0]

    def phase(t):
        return 2.0 * math.pi * quad(lambda u: 2.0 + 8.0 * u / 1.5, 0.0, t - 0.25)[0]

    for t in (0.25, 0.6, 1.3, 1.7499):
        steady = 20.0 + 10.0 * math.sin(2.0 * math.pi * 2.0 * (t - 0.25))
        assert source.rate(t, None) == pytest.approx([20.0 + 10.0 * math.sin(phase(t)), steady])
    assert source.breakpoints(0.0, 2.0).tolist() == [0.25, 1.75]
    assert source.largest_step() == pytest.approx(1.0 / 40.0)
    assert source.constant_between(0.0, 0.25)
    assert source.constant_between(1.75, 3.0)
    assert not source.constant_between(0.0, 0.3)


def test_a_chirp_through_a_leaky_cell():
    source = nf.Chirp("C", size=1, mean=20.0, amplitude=10.0, f0=1.0, f1=30.0, duration=0.5, onset=0.1)
    sol = nf.simulate(driven(source), 0.8, save_at=9, integrator=TIGHT)

    def rate(t):
        u = t - 0.1
        inside = 0.0 <= u < 0.5
        return 20.0 + 10.0 * math.sin(2.0 * math.pi * (u + 29.0 * u * u)) * inside

    exact = [heard(rate, t, (0.1, 0.6)) for t in sol.t]
    assert np.abs(sol["E.v"][:, 0] - exact).max() < 1e-6


# PatternSequence.

PATTERNS = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


@given(
    t=st.integers(-20, 200),
    duration=st.integers(1, 6),
    gap=st.integers(0, 4),
    repeats=st.integers(1, 3),
    seed=st.sampled_from([None, 0, 7]),
)
def test_a_sequence_shows_what_its_order_says(t, duration, gap, repeats, seed):
    source = nf.PatternSequence(
        "P", patterns=PATTERNS, duration=duration / 8, gap=gap / 8, onset=0.5, baseline=[0.5, 0.25], repeats=repeats,
        seed=seed,
    )  # fmt: skip
    k, since = divmod(t - 4, duration + gap)
    shown = source.order[k] if 0 <= k < 3 * repeats and since < duration else -1
    assert source.pattern_at(t / 8) == shown
    assert source.rate(t / 8, None).tolist() == (PATTERNS[shown].tolist() if shown >= 0 else [0.5, 0.25])


@given(
    duration=st.floats(1e-3, 0.1),
    gap=st.one_of(st.just(0.0), st.floats(1e-3, 0.1)),
    onset=st.floats(-0.5, 0.5),
    span=st.tuples(st.floats(-0.5, 1.0), st.floats(0.01, 0.5)),
)
def test_the_breakpoints_of_a_sequence_are_its_jumps_to_the_last_bit(duration, gap, onset, span):
    source = nf.PatternSequence("P", patterns=PATTERNS, duration=duration, gap=gap, onset=onset, repeats=4, seed=3)
    t0, t1 = span[0], span[0] + span[1]
    found = source.breakpoints(t0, t1).tolist()
    same = 0
    for t in found:
        before, after = source.pattern_at(math.nextafter(t, -INF)), source.pattern_at(t)
        same += before == after
    assert same <= (0 if gap else 3)  # a pattern may be shown last and then first
    edges = [t0, *found, t1]
    for left, right in zip(edges[:-1], edges[1:]):
        assert source.constant_between(left, right)
        inside = np.linspace(left, math.nextafter(right, -INF), 5)
        assert len({tuple(source.rate(float(t), None)) for t in inside}) == 1


def test_a_shuffled_sequence_shows_each_pattern_in_every_round_and_the_same_again():
    source = nf.PatternSequence("P", patterns=np.arange(16.0).reshape(8, 2), duration=0.1, repeats=5, seed=11)
    rounds = source.order.reshape(5, 8)
    assert np.sort(rounds, axis=1).tolist() == [list(range(8))] * 5
    assert len({tuple(r) for r in rounds.tolist()}) == 5
    assert source.copy("Q").order.tolist() == source.order.tolist()
    assert source.replace(seed=12).order.tolist() != source.order.tolist()
    rng = np.random.Generator(np.random.PCG64(11))
    assert rounds.tolist() == [rng.permutation(8).tolist() for _ in range(5)]


def test_a_batch_of_sequences_and_of_durations():
    patterns = np.random.default_rng(2).uniform(0.0, 50.0, (2, 3, 4))
    options = {"gap": 0.02, "repeats": 2, "seed": 4, "baseline": 1.5}
    batch = nf.PatternSequence("P", patterns=patterns, duration=[[0.1], [0.25]], **options)
    assert driven(batch).batch_shape == (2,)
    alone = [nf.PatternSequence("P", patterns=p, duration=d, **options) for p, d in zip(patterns, (0.1, 0.25))]
    for t in np.linspace(-0.1, 2.0, 50):
        assert batch.rate(t, None).tolist() == [one.rate(t, None).tolist() for one in alone]
        assert batch.pattern_at(t).ravel().tolist() == [int(one.pattern_at(t)) for one in alone]
    net = driven(batch)
    sol = nf.simulate(net, 0.6, save_at=5, integrator=TIGHT)
    for member, one in enumerate(alone):
        single = nf.simulate(driven(one), 0.6, save_at=5, integrator=TIGHT)
        assert np.abs(sol["E.v"][:, member] - single["E.v"]).max() < 1e-6
        part = net.members((member,))["P"]
        assert part.rate(0.31, None).tolist() == one.rate(0.31, None).tolist()


def test_every_pattern_of_a_sequence_reaches_a_cell():
    source = nf.PatternSequence("P", patterns=PATTERNS, duration=0.01, gap=0.2, repeats=1, onset=0.05)
    sol = nf.simulate(driven(source), 0.8, save_at=17)
    pieces = [(0.05 + 0.21 * k, 0.06 + 0.21 * k, PATTERNS[k].sum()) for k in range(3)]
    assert np.abs(sol["E.v"][:, 0] - [pieces_heard(pieces, t) for t in sol.t]).max() < 1e-5


# Sums and one after the other.

STEP = nf.StepInput("step", size=2, baseline=1.0, amplitude=[4.0, 8.0], onset=0.1, offset=0.3)
WAVE = nf.Sine("wave", size=2, mean=20.0, amplitude=[5.0, 10.0], frequency=6.0)
LINES = nf.SampledInput("lines", times=[0.0, 0.2, 0.5, 2.0], rates=np.arange(8.0).reshape(4, 2))


def test_a_sum_adds_rates_and_unites_what_is_known():
    both = STEP + LINES
    assert type(both) is nf.SummedInput
    assert both.name == "step_plus_lines"
    assert both.size == 2
    for t in (0.0, 0.1, 0.25, 0.3, 1.0):
        assert both.rate(t, None).tolist() == (STEP.rate(t, None) + LINES.rate(t, None)).tolist()
    assert both.breakpoints(0.0, 2.0).tolist() == [0.1, 0.2, 0.3, 0.5]
    assert both.covers() == (0.0, 2.0)
    assert (both + WAVE).largest_step() == WAVE.largest_step()
    flat = nf.ConstantInput("flat", rates=[1.0, 2.0])
    assert (STEP + flat).constant_between(0.1, 0.3)
    assert not (STEP + flat).constant_between(0.0, 0.3)
    assert not both.constant_between(0.1, 0.2)
    assert both.copy("other").name == "other"
    long = "a" * 60
    assert len((STEP.copy(long) + LINES).name) == 64


def test_a_sum_drives_a_network_as_two_inputs_do():
    cells = nf.LeakyRate("E", size=3, tau=TAU)
    weights = np.arange(6.0).reshape(3, 2)
    pieces = [nf.InstantSynapse(source, cells, weights=weights, g=G) for source in (STEP, WAVE)]
    apart = nf.Network("n", [STEP, WAVE, cells, *pieces])
    both = STEP + WAVE
    together = nf.Network("n", [both, cells, nf.InstantSynapse(both, cells, weights=weights, g=G)])
    y = np.array([-60.0, -65.0, -70.0])
    for t in (0.0, 0.15, 0.31):
        assert together.rhs(t, y) == pytest.approx(apart.rhs(t, y), rel=1e-12)
    assert together.breakpoints(0.0, 1.0).tolist() == apart.breakpoints(0.0, 1.0).tolist()
    first, second = (nf.simulate(net, 0.5, save_at=6, integrator=TIGHT)["E.v"] for net in (apart, together))
    assert np.abs(first - second).max() < 1e-7


@nf.component
class Drifting(nf.ConstantInput):
    """A subclass that changes the rate and forgot what it inherits."""

    def rate(self, t, s):
        return self.rates * (1.0 + t)


def test_a_sum_does_not_believe_a_promise_its_parts_no_longer_keep():
    both = Drifting("d", rates=[1.0, 2.0]) + nf.ConstantInput("flat", rates=[1.0, 2.0])
    assert not both.constant_between(0.0, 1.0)
    assert not both.then(both, at=0.5).constant_between(0.0, 0.4)


def test_one_input_then_another_in_its_own_time():
    late = STEP.then(LINES, at=0.25)
    assert type(late) is nf.ConsecutiveInput
    assert late.name == "step_then_lines"
    for t in (-1.0, 0.0, 0.1, 0.2, 0.2499):
        assert late.rate(t, None).tolist() == STEP.rate(t, None).tolist()
    for t in (0.25, 0.5, 1.0, 2.25):
        assert late.rate(t, None).tolist() == LINES.rate(t - 0.25, None).tolist()
    assert late.breakpoints(0.0, 9.0).tolist() == [0.1, 0.25, 0.45, 0.75, 2.25]
    assert late.covers() == (-INF, 2.25)
    assert late.constant_between(0.1, 0.25)
    assert not late.constant_between(0.0, 0.25)
    assert not late.constant_between(0.2, 0.3)
    assert LINES.then(STEP, at=1.0).constant_between(1.1, 1.3)
    assert STEP.then(WAVE, at=0.2).largest_step() == WAVE.largest_step()


@pytest.mark.slow
@settings(max_examples=40)
@given(
    at=st.floats(-100.0, 100.0),
    onset=st.floats(0.0, 0.5),
    width=st.floats(1e-3, 0.1),
    again=st.floats(1e-3, 1.0),
    span=st.tuples(st.floats(-0.5, 0.5), st.floats(0.01, 1.0)),
)
def test_the_breakpoints_of_what_follows_are_its_jumps_to_the_last_bit(at, onset, width, again, span):
    train = nf.PulseTrain("P", size=1, amplitude=1.0, onset=onset, width=width, period=2.5 * width)
    late = nf.ConstantInput("c", rates=[7.0]).then(train, at=at).then(train, at=at + again)
    t0, t1 = at + span[0], at + span[0] + span[1]
    found = late.breakpoints(t0, t1).tolist()
    edges = [t0, *found, t1]
    seams = {at, at + again}
    for t in found:
        jumps = late.rate(t, None) != late.rate(math.nextafter(t, -INF), None)
        assert jumps or t in seams
    for left, right in zip(edges[:-1], edges[1:]):
        if right - left > 1e-12:
            assert late.constant_between(left, right)
        inside = np.linspace(left, math.nextafter(right, -INF), 7) if right > math.nextafter(left, INF) else [left]
        assert len({float(late.rate(float(t), None)[0]) for t in inside}) == 1


def test_what_follows_through_a_leaky_cell():
    train = nf.PulseTrain("P", size=1, amplitude=2000.0, width=1e-4, period=0.1, onset=0.03, count=3)
    late = nf.ConstantInput("c", rates=[7.0]).then(train, at=0.17)
    sol = nf.simulate(driven(late), 0.6, save_at=13)
    pieces = [(0.0, 0.17, 7.0)] + [(0.2 + 0.1 * k, 0.2 + 0.1 * k + 1e-4, 2000.0) for k in range(3)]
    assert np.abs(sol["E.v"][:, 0] - [pieces_heard(pieces, t) for t in sol.t]).max() < 1e-5


def test_parts_of_a_combined_input_have_paths_copies_and_members():
    batch = nf.StepInput("step", size=2, amplitude=[[1.0], [2.0], [3.0]], onset=0.1, offset=[[0.2], [0.3], [0.4]])
    both = (batch + LINES).then(WAVE, at=1.0).copy("P")
    net = driven(both)
    assert net.batch_shape == (3,)
    changed = net.with_parameters({"P.first.first.amplitude": 7.0, "P.at": 0.5})
    assert changed.batch_shape == (3,)  # that of the offsets
    assert changed["P"].first.first.amplitude == 7.0
    assert changed["P"].at == 0.5
    assert net["P"].first.first.amplitude.tolist() == [[1.0], [2.0], [3.0]]
    y = np.zeros((3, 1))
    assert net.copy("twin").rhs(0.15, y).tolist() == net.rhs(0.15, y).tolist()
    for member in range(3):
        one = net.members((member,))
        assert one.batch_shape == ()
        assert one.rhs(0.25, y[member]) == pytest.approx(net.rhs(0.25, y)[member], rel=1e-12)
    pair = net.members((np.array([2, 0]),))
    assert pair.rhs(0.25, y[:2]) == pytest.approx(net.rhs(0.25, y)[[2, 0]], rel=1e-12)
    split = nf.simulate(net, 0.5, save_at=4, integrator=TIGHT, batch="separate")["E.v"]
    assert np.abs(split - nf.simulate(net, 0.5, save_at=4, integrator=TIGHT)["E.v"]).max() < 1e-7
    again = pickle.loads(pickle.dumps(both))
    assert again.rate(0.15, None).tolist() == copy.deepcopy(both).rate(0.15, None).tolist()
    with pytest.raises(nf.UnknownNameError, match="amplitude"):
        net.with_parameters({"P.first.first.amplitud": 7.0})


def test_the_same_input_alone_and_in_a_sum():
    both = STEP + WAVE
    cells = nf.LeakyRate("E", size=1)
    net = nf.Network("n", [STEP, both, cells, *(nf.InstantSynapse(s, cells, weights=1.0, g=G) for s in (STEP, both))])
    changed = net.with_parameters({"step.baseline": 3.0})
    assert changed["step"].baseline == 3.0
    assert changed["step_plus_wave"].first.baseline == 1.0


# Frozen noise.


def test_an_ornstein_uhlenbeck_realisation_has_its_mean_variance_and_correlation():
    tau, dt, n = 0.02, 5e-3, 200_000
    noise = nf.OrnsteinUhlenbeckInput("N", size=2, mean=100.0, sd=[10.0, 5.0], tau=tau, dt=dt, duration=n * dt, seed=8)
    x = noise.recording.rates
    assert x.shape == (n + 1, 2)
    assert x.min() > 0.0  # nothing was clipped
    effective = n * dt / (2.0 * tau)  # independent samples' worth
    for channel, sd in enumerate((10.0, 5.0)):
        own = x[:, channel] - 100.0
        assert abs(own.mean()) < 4.0 * sd / math.sqrt(effective)
        assert abs(own.var() / sd**2 - 1.0) < 4.0 * math.sqrt(2.0 / effective)
        for lag in (1, 2, 4, 10):
            correlation = (own[lag:] * own[:-lag]).mean() / sd**2
            assert abs(correlation - math.exp(-lag * dt / tau)) < 4.0 * math.sqrt(2.0 / effective)
    between = np.corrcoef(x.T)[0, 1]
    assert abs(between) < 4.0 / math.sqrt(effective)


def test_the_recursion_in_plain_python():
    noise = nf.OrnsteinUhlenbeckInput("N", size=2, mean=3.0, sd=4.0, tau=[0.1, 0.2], dt=0.05, duration=1.0, seed=6)
    xi = np.random.Generator(np.random.PCG64(6)).standard_normal((21, 2)).tolist()
    clipped = 0
    for channel, tau in enumerate((0.1, 0.2)):
        keeps, x = math.exp(-0.05 / tau), xi[0][channel]
        for k in range(21):
            x = keeps * x + math.sqrt(1.0 - keeps**2) * xi[k][channel] if k else x
            clipped += 3.0 + 4.0 * x < 0.0
            assert noise.rate(0.05 * k, None)[channel] == pytest.approx(max(3.0 + 4.0 * x, 0.0), abs=1e-12)
    assert clipped > 0
    middle = 0.5 * (noise.rate(0.05, None) + noise.rate(0.1, None))
    assert noise.rate(0.075, None) == pytest.approx(middle)
    held = noise.replace(interpolation="previous")
    assert held.rate(0.075, None).tolist() == noise.rate(0.05, None).tolist()
    assert held.constant_between(0.05, 0.1)


def test_poisson_bins_have_mean_and_fano_factor():
    sources, dt, n = np.array([1.0, 200.0]), 2e-3, 100_000
    noise = nf.PoissonRateInput("N", size=2, mean=30.0, n_sources=sources, dt=dt, duration=n * dt, seed=9)
    counts = noise.recording.rates[:-1] * sources * dt
    assert counts == pytest.approx(counts.round(), abs=1e-9)
    expected = 30.0 * sources * dt
    assert (np.abs(counts.mean(0) - expected) < 4.0 * np.sqrt(expected / n)).all()
    fano = counts.var(0) / counts.mean(0)
    assert (np.abs(fano - 1.0) < 4.0 * np.sqrt((2.0 + 1.0 / expected) / n)).all()
    following = [np.corrcoef(counts[1:, c], counts[:-1, c])[0, 1] for c in (0, 1)]
    assert np.abs([*following, np.corrcoef(counts.T)[0, 1]]).max() < 4.0 / math.sqrt(n)
    t = 7.5 * dt
    assert noise.rate(t, None).tolist() == noise.recording.rates[7].tolist()
    assert noise.constant_between(7.0 * dt, 7.9 * dt)


MAKE = {
    "ou": lambda **o: nf.OrnsteinUhlenbeckInput(
        "N", **{"size": 3, "mean": 20.0, "sd": 4.0, "tau": 0.05, **FROZEN, **o}
    ),
    "poisson": lambda **o: nf.PoissonRateInput("N", **{"size": 3, "mean": 20.0, "n_sources": 50, **FROZEN, **o}),
}
FROZEN = {"dt": 0.01, "duration": 0.5, "seed": 21}
each = pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)


@each
def test_a_realisation_is_that_of_its_seed(make):
    noise, again, other = make(), make(), make(seed=22)
    assert noise.recording.rates.tobytes() == again.recording.rates.tobytes()
    assert noise.recording.rates.tobytes() != other.recording.rates.tobytes()
    assert "seed" in repr(noise)
    assert "21" in repr(noise)
    assert noise.covers() == (0.0, pytest.approx(0.5))
    assert make(duration=0.497).covers()[1] == pytest.approx(0.5)  # whole steps that cover it
    assert noise.copy("M").recording.rates.tobytes() == noise.recording.rates.tobytes()
    assert noise.replace(seed=22).recording.rates.tobytes() == other.recording.rates.tobytes()
    moved = driven(noise).with_parameters({"N.mean": 40.0})["N"]
    assert moved.recording.rates.tobytes() == make(mean=40.0).recording.rates.tobytes()
    with pytest.raises(nf.ParameterError, match="'N' covers 0 to 0.5 s"):
        nf.simulate(driven(noise), 1.0)


@each
def test_a_batch_of_noise_is_what_its_members_are_alone(make):
    batch = make(mean=[[20.0], [30.0]])
    net = driven(batch)
    assert net.batch_shape == (2,)
    for member, mean in enumerate((20.0, 30.0)):
        alone = make(mean=mean)
        assert batch.recording.rates[:, member].tobytes() == alone.recording.rates.tobytes()
        assert net.members((member,))["N"].rate(0.123, None).tolist() == alone.rate(0.123, None).tolist()
    trials = make(seed=[21, 5, 7])
    net = driven(trials)
    assert net.batch_shape == (3,)
    for member, seed in enumerate((21, 5, 7)):
        assert trials.recording.rates[:, member].tobytes() == make(seed=seed).recording.rates.tobytes()
        part = net.members((member,))["N"]
        assert part.seed == seed
        assert part.replace(mean=50.0).rate(0.2, None).tolist() == make(mean=50.0, seed=seed).rate(0.2, None).tolist()
    assert net.members((np.array([2, 1]),))["N"].seed == (7, 5)
    both = make(seed=[21, 5, 7], mean=[[[20.0]], [[30.0]]])
    assert driven(both).batch_shape == (2, 3)
    assert both.rate(0.3, None)[1, 2].tolist() == make(seed=7, mean=30.0).rate(0.3, None).tolist()


@each
def test_a_recording_given_is_kept_until_the_process_changes(make):
    noise = make()
    mine = noise.recording.replace(rates=np.ones_like(noise.recording.rates))
    net = driven(noise).with_parameters({"N.recording": mine})
    assert net.copy("other")["N"].rate(0.1, None).tolist() == [1.0, 1.0, 1.0]
    assert net.with_parameters({"N.mean": 20.0})["N"].rate(0.1, None).tolist() == noise.rate(0.1, None).tolist()


def test_solvers_agree_on_frozen_noise():
    net = driven(MAKE["ou"]())
    fixed = nf.simulate(net, 0.5, save_at=6, integrator=nf.FixedStepIntegrator("rk4", dt=1e-3))
    adaptive = nf.simulate(net, 0.5, save_at=6, integrator=TIGHT)
    assert np.abs(fixed["E.v"] - adaptive["E.v"]).max() < 1e-5
    samples = net["N"].recording
    total = samples.rates.sum(1)
    exact = heard(lambda u: float(np.interp(u, samples.times, total)), 0.5, samples.times.tolist())
    assert adaptive["E.v"][-1, 0] == pytest.approx(exact, abs=1e-6)


def test_noise_and_a_signal():
    both = MAKE["poisson"]() + nf.StepInput("S", size=3, amplitude=100.0, onset=0.1, offset=0.2)
    assert both.rate(0.15, None).tolist() == (MAKE["poisson"]().rate(0.15, None) + 100.0).tolist()
    assert driven(both).with_parameters({"N_plus_S.first.seed": 4})["N_plus_S"].first.seed == 4


# What is refused.

SHORT = nf.SampledInput("short", times=[0.0, 0.1], rates=[[1.0, 1.0], [2.0, 2.0]])


@nf.component
class Filtered(nf.InputSource):
    """An input with a state."""

    size: int
    r = nf.state(unit="Hz", doc="rate")

    def rate(self, t, s):
        return s.r

    def derivatives(self, t, s, inputs):
        return {"r": -s.r}


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: nf.PulseTrain("P", size=1, amplitude=1.0, width=0.2, period=0.1), "width .* longer than period"),
        (lambda: nf.PulseTrain("P", size=1, amplitude=1.0, width=0.1, period=0.0), "period .* must be positive"),
        (lambda: nf.PulseTrain("P", size=1, amplitude=-1.0, width=0.1, period=0.2), "must be zero or more"),
        (lambda: nf.PulseTrain("P", size=1, amplitude=1.0, width=0.1, period=0.2, count=1.5), "whole number"),
        (lambda: nf.PulseTrain("P", size=2, amplitude=[1.0] * 3, width=0.1, period=0.2), r"shape \(3,\)"),
        (lambda: nf.Ramp("R", size=1, stop=-1.0, onset=0.0, offset=1.0), "stop .* zero or more"),
        (lambda: nf.Ramp("R", size=1, stop=1.0, onset=1.0, offset=1.0), "offset .* later than onset"),
        (lambda: nf.Sine("S", size=1, mean=1.0, amplitude=2.0, frequency=1.0), "mean .* at least amplitude"),
        (lambda: nf.Sine("S", size=1, mean=1.0, amplitude=1.0, frequency=-1.0), "frequency .* zero or more"),
        (
            lambda: nf.Chirp("C", size=1, mean=1.0, amplitude=1.0, f0=1.0, f1=2.0, duration=0.0),
            "duration .* must be positive",
        ),
        (lambda: nf.PatternSequence("P", patterns=[1.0, 2.0], duration=0.1), r"patterns have shape \(2,\)"),
        (lambda: nf.PatternSequence("P", patterns=3.0, duration=0.1), r"patterns have shape \(\)"),
        (lambda: nf.PatternSequence("P", patterns=-PATTERNS, duration=0.1), "patterns .* zero or more"),
        (lambda: nf.PatternSequence("P", patterns=PATTERNS, duration=0.1, repeats=0), "repeats is 0"),
        (lambda: nf.PatternSequence("P", patterns=PATTERNS, duration=0.1, seed=-1), "seed is -1"),
        (lambda: nf.PatternSequence("P", patterns=PATTERNS, duration=0.0), "duration .* must be positive"),
        (lambda: STEP + nf.ConstantInput("c", rates=[1.0]), "2 channels and .* has 1; both must"),
        (lambda: STEP + Filtered("f", size=2), "Filtered 'f', which has states of its own"),
        (
            lambda: STEP + nf.FunctionInput("f", size=2, function=lambda t, xp: xp.ones(2)),
            "of whose jumps nothing is known",
        ),
        (lambda: nf.SummedInput("s", first=STEP, second=3.0), "second is 3.0; it must be an input"),
        (lambda: nf.SummedInput("s", first=STEP, second=nf.LeakyRate("E", size=2)), "second is LeakyRate 'E'; it must"),
        (
            lambda: nf.ConstantInput("a", rates=np.ones((2, 2))) + nf.ConstantInput("b", rates=np.ones((3, 2))),
            r"batch axes \(2,\) and \(3,\) do not go together",
        ),
        (lambda: STEP.then("later", at=1.0), "second is 'later'; it must be an input"),
        (lambda: STEP.then(WAVE, at=[1.0, 2.0]), r"at has shape \(2,\)"),
        (lambda: SHORT.then(STEP, at=0.2), "at .* is outside of what SampledInput 'short' covers"),
        (
            lambda: STEP.then(nf.SampledInput("l", times=[0.5, 1.0], rates=[[1.0, 2.0], [1.0, 2.0]]), at=0.2),
            "covers 0.5 to 1 s of its own time",
        ),
        (lambda: MAKE["ou"](dt=0.0), "dt .* must be positive"),
        (lambda: MAKE["ou"](dt=[0.1, 0.2, 0.3]), "dt has shape"),
        (lambda: MAKE["ou"](seed=1.5), "seed is 1.5"),
        (lambda: MAKE["ou"](seed=[]), "seed is ()"),
        (lambda: MAKE["ou"](sd=-1.0), "sd .* zero or more"),
        (lambda: MAKE["ou"](interpolation="cubic"), "interpolation is 'cubic'"),
        (lambda: MAKE["ou"](size=0), "size is 0"),
        (lambda: MAKE["poisson"](mean=-1.0), "mean .* zero or more"),
        (lambda: MAKE["poisson"](n_sources=0), "n_sources .* whole number"),
        (lambda: MAKE["poisson"](recording=3.0), "recording is 3.0"),
    ],
)
def test_what_is_refused_is_explained(make, told):
    with pytest.raises(nf.ParameterError, match=told):
        make()


def test_adding_something_else_is_a_type_error():
    with pytest.raises(TypeError):
        STEP + 1.0


def test_noise_that_does_not_fit_into_memory_is_refused():
    with pytest.raises(nf.MemoryBudgetError, match="the realisation of"):
        MAKE["ou"](size=10_000, duration=1e6)


# Patterns.


def test_binary_patterns_are_all_there_is():
    found = nf.binary_patterns(5, peak=40.0, baseline=2.0)
    assert found.shape == (32, 5)
    assert len({tuple(row) for row in found.tolist()}) == 32
    assert set(found.ravel().tolist()) == {2.0, 40.0}
    for k, row in enumerate(found):
        assert "".join("1" if x == 40.0 else "0" for x in row) == f"{k:05b}"
    assert nf.binary_patterns(1).tolist() == [[0.0], [1.0]]


@given(n=st.integers(1, 20), sparsity=st.fractions(0, 1), n_patterns=st.integers(1, 5))
@settings(max_examples=50)
def test_random_patterns_have_as_many_active_as_asked(n, sparsity, n_patterns):
    rng = np.random.default_rng(1)
    found = nf.random_patterns(n_patterns, n, float(sparsity), rng, peak=30.0, baseline=1.0)
    assert found.shape == (n_patterns, n)
    exact = math.floor(Fraction(float(sparsity)) * n + Fraction(1, 2))
    active = (found == 30.0).sum(axis=1)
    assert (np.abs(active - exact) <= (abs(Fraction(float(sparsity)) * n % 1 - Fraction(1, 2)) < 1e-9)).all()
    assert ((found == 30.0) | (found == 1.0)).all()


def test_random_patterns_are_drawn_evenly_and_from_the_generator():
    found = nf.random_patterns(4000, 10, 0.25, np.random.default_rng(3))
    assert set(found.sum(axis=1).tolist()) == {3.0}  # 2.5 goes up
    assert np.abs(found.mean(axis=0) - 0.3).max() < 4.0 * math.sqrt(0.3 * 0.7 / 4000)
    assert found.tolist() == nf.random_patterns(4000, 10, 0.25, np.random.default_rng(3)).tolist()


def test_bumps_on_a_ring_are_one_bump_moved():
    found = nf.von_mises_bumps(8, 8, width=0.5, peak=50.0, baseline=2.0)
    for k in range(8):
        assert found[k] == pytest.approx(np.roll(found[0], k), rel=1e-12)
        assert found[k].argmax() == k
    for j in range(8):
        expected = 2.0 + 48.0 * math.exp(4.0 * (math.cos(2.0 * math.pi * j / 8) - 1.0))
        assert found[0, j] == pytest.approx(expected)
    single = nf.von_mises_bumps([0.3], 1000, kappa=2.5)[0]
    from scipy.stats import vonmises

    theta = 2.0 * np.pi * np.arange(1000) / 1000
    density = vonmises.pdf(theta, 2.5, loc=0.3) / vonmises.pdf(0.3, 2.5, loc=0.3)
    assert single == pytest.approx(density)


def test_place_fields_are_gaussians_about_their_centres():
    positions, centres = np.linspace(0.0, 2.0, 7), [0.5, 1.0, 1.75]
    found = nf.place_fields(positions, centres, [0.1, 0.2, 0.4], [10.0, 20.0, 30.0], baseline=1.0)
    for p, x in enumerate(positions.tolist()):
        for c, centre in enumerate(centres):
            width, peak = (0.1, 0.2, 0.4)[c], (10.0, 20.0, 30.0)[c]
            expected = 1.0 + (peak - 1.0) * math.exp(-((x - centre) ** 2) / (2.0 * width**2))
            assert found[p, c] == pytest.approx(expected)
    assert nf.place_fields([0.0], [0.0], 1.0).tolist() == [[1.0]]


def test_grid_fields_repeat_and_are_gaussian_near_their_middle():
    found = nf.grid_fields([0.1, 0.4, 0.7, 12.1], spacing=0.3, phase=[0.1, 0.2], width=0.02, peak=[20.0, 30.0])
    assert found.shape == (4, 2)
    assert found[:, 0] == pytest.approx([20.0] * 4)
    assert found[:, 1] == pytest.approx([found[0, 1]] * 4)
    offset = 0.005
    near = nf.grid_fields([0.1 + offset], 0.3, [0.1], 0.02)[0, 0]
    assert near == pytest.approx(math.exp(-(offset**2) / (2.0 * 0.02**2)), rel=1e-3)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: nf.binary_patterns(0), "n is 0; it must be a whole number"),
        (lambda: nf.binary_patterns(3, peak=-1.0), "peak is -1.0; it must be zero or more"),
        (lambda: nf.random_patterns(2, 3, 1.5, np.random.default_rng(1)), "sparsity is 1.5; it must be from 0 to 1"),
        (lambda: nf.random_patterns(2, 3, 0.5, 7), "rng is 7; it must be a Generator"),
        (lambda: nf.von_mises_bumps(3, 5), "one of kappa and width"),
        (lambda: nf.von_mises_bumps(3, 5, kappa=1.0, width=1.0), "one of kappa and width"),
        (lambda: nf.von_mises_bumps(3, 5, kappa=-1.0), "kappa is -1.0"),
        (lambda: nf.von_mises_bumps(3, 5, width=0.0), "width is 0.0; it must be positive, one number"),
        (lambda: nf.place_fields([[0.0]], [0.0], 1.0), r"positions has shape \(1, 1\)"),
        (lambda: nf.place_fields([0.0], [0.0, 1.0], [1.0, 2.0, 3.0]), "one for each of 2 cells"),
        (lambda: nf.place_fields([0.0, np.nan], [0.0], 1.0), "positions is .*finite numbers"),
        (lambda: nf.grid_fields([0.0], 0.0, [0.0], 1.0), "spacing is 0.0; it must be positive"),
    ],
)
def test_patterns_that_are_refused_are_explained(make, told):
    with pytest.raises(nf.ParameterError, match=told):
        make()


def test_binary_patterns_that_do_not_fit_into_memory_are_refused():
    with pytest.raises(nf.MemoryBudgetError, match="binary patterns of 60 channels"):
        nf.binary_patterns(60)


# Compiled.

COMPILED = {
    "train": lambda: nf.PulseTrain("P", size=2, amplitude=[300.0, 400.0], onset=0.03, width=3e-3, period=0.07),
    "ramp": lambda: nf.Ramp("P", size=2, stop=[10.0, 20.0], onset=0.05, offset=0.2),
    "chirp": lambda: nf.Chirp("P", size=2, mean=20.0, amplitude=[5.0, 9.0], f0=1.0, f1=20.0, duration=0.2, onset=0.03),
    "sequence": lambda: nf.PatternSequence("P", patterns=PATTERNS, duration=0.03, gap=0.01, repeats=2, seed=1),
    "batch": lambda: nf.PatternSequence("P", patterns=PATTERNS, duration=[[0.03], [0.05]], repeats=2),
    "sum": lambda: (STEP + WAVE).copy("P"),
    "then": lambda: STEP.then(nf.PulseTrain("t", size=2, amplitude=90.0, width=0.01, period=0.03), at=0.13).copy("P"),
    "ou": lambda: MAKE["ou"](mean=[[20.0], [30.0]]).copy("P"),
    "trials": lambda: MAKE["poisson"](seed=(1, 2)).copy("P"),
}


@pytest.mark.jax
@pytest.mark.parametrize("make", COMPILED.values(), ids=COMPILED)
@pytest.mark.parametrize("method", ["Tsit5", "rk4"])
def test_compiled_runs_do_as_others_do(make, method):
    net = driven(make())
    options = {"dt": 1e-3} if method == "rk4" else {"rtol": 1e-8, "atol": 1e-10}
    sol = nf.simulate(net, 0.3, save_at=7, integrator=nf.JaxIntegrator(method, **options))
    plain = nf.simulate(net, 0.3, save_at=7, integrator=TIGHT)
    assert np.abs(sol["E.v"] - plain["E.v"]).max() < (1e-5 if method == "rk4" else 1e-6)


@pytest.mark.jax
@pytest.mark.parametrize("kind", ["batch", "ou", "trials"])
def test_compiled_members_may_take_steps_of_their_own(kind):
    net = driven(COMPILED[kind]())
    sol = nf.simulate(net, 0.2, save_at=5, integrator=nf.JaxIntegrator("Tsit5", rtol=1e-8, atol=1e-10, steps="own"))
    plain = nf.simulate(net, 0.2, save_at=5, integrator=TIGHT)
    assert np.abs(sol["E.v"] - plain["E.v"]).max() < 1e-6


@pytest.mark.jax
@pytest.mark.parametrize("kind", ["train", "sequence", "repeat", "then"])
def test_compiled_rates_are_on_the_same_side_of_each_jump(kind):
    """A product and a sum that are fused by a compiler are rounded once, and move a jump by a bit."""
    import jax
    import jax.numpy as jnp

    from netframe.tracing import numbers_of, with_numbers

    rng = np.random.default_rng(5)
    with jax.enable_x64(True):
        for _ in range(4):
            onset, period = rng.uniform(0.0, 0.3), rng.uniform(0.05, 0.2)
            train = nf.PulseTrain("P", size=1, amplitude=9.0, onset=onset, width=0.3 * period, period=period)
            source = {
                "train": train,
                "sequence": nf.PatternSequence("P", patterns=[[1.0], [4.0]], duration=period, gap=onset, repeats=9),
                "repeat": nf.SampledInput(
                    "P", times=[onset, onset + 0.04, onset + period], rates=[[1.0], [4.0], [9.0]],
                    interpolation="previous", beyond="repeat",
                ),
                "then": nf.ConstantInput("c", rates=[2.0]).then(train, at=rng.uniform(0.0, 1.0)).copy("P"),
            }[kind]  # fmt: skip
            net = driven(source)
            rate = jax.jit(lambda numbers, t, net=net: with_numbers(net, numbers)["P"].rate(t, None))
            numbers = {path: jnp.asarray(number) for path, number in numbers_of(net).items()}
            for jump in source.breakpoints(0.0, 3.0)[:40].tolist():
                for t in (jump, math.nextafter(jump, -INF)):
                    assert float(rate(numbers, t)[0]) == source.rate(t, None)[0]


@pytest.mark.jax
def test_gradients_with_respect_to_parameters_of_inputs():
    def last(sol):
        return sol["E.v"][-1, 0]

    both = (nf.Sine("w", size=1, mean=20.0, amplitude=5.0, frequency=6.0) + STEP.replace(size=1, amplitude=4.0)).copy(
        "P"
    )
    paths = ["P.first.frequency", "P.second.amplitude"]
    net = driven(both)
    _, slopes = nf.gradient(net, last, paths, 0.25, save_at=[0.25])
    for path, at in zip(paths, (6.0, 4.0)):
        values = [
            nf.simulate(net.with_parameters({path: at + h}), 0.25, save_at=[0.25], integrator=TIGHT)["E.v"][-1, 0]
            for h in (-1e-3, 1e-3)
        ]
        assert slopes[path] == pytest.approx((values[1] - values[0]) / 2e-3, rel=1e-4)
    train = driven(nf.PulseTrain("P", size=1, amplitude=30.0, width=0.01, period=0.1))
    for path in ("P.period", "P.width"):
        with pytest.raises(nf.ParameterError, match="moves the times"):
            nf.gradient(train, last, [path], 0.25, save_at=[0.25])
    with pytest.raises(nf.ParameterError, match="no derivative this way"):
        nf.gradient(driven(MAKE["ou"]()), last, ["N.sd"], 0.25, save_at=[0.25])
