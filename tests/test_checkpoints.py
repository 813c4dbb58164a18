"""Runs with checkpoints: killed and begun again, they are as if nothing had happened."""

import contextlib
import itertools
import os
import re
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import blueprints
from test_files import INTEGRATORS, bits, example, fills_up, killed, numbers, run, same_run

import netframe as nf
from netframe.files import atomic, journal, results
from netframe.files.journal import Journal, read_journal
from netframe.files.netcdf import is_netcdf
from netframe.files.parts import KIND
from netframe.integrators import run_file
from netframe.integrators.segments import Schedule
from netframe.solution import Run


class Killed(Exception):
    """Stands for a kill: what comes after it in a run does not happen."""


def killed_at(*times):
    """Progress functions that end a run at these times, and then one that does not."""
    for stop in times:

        def progress(t, t_end, n_steps, stop=stop):
            if t > stop:
                raise Killed

        yield progress
    yield None


def in_pieces(network, duration, path, stops, **options):
    """A run that is killed at these times, and begun again after each."""
    for progress in killed_at(*stops):
        try:
            return nf.simulate(network, duration, checkpoint=path, progress=progress, **options)
        except Killed:
            pass
    raise AssertionError


@pytest.mark.slow
@settings(max_examples=40)
@given(blueprints(max_wires=3), st.data())
def test_with_fixed_steps_a_killed_run_is_that_of_one_piece(tmp_path_factory, blueprint, data):
    network = blueprint.network(scale=0.05)
    method = data.draw(st.sampled_from(["rk4", "heun", "exponential_euler"]))
    options = {
        "integrator": nf.FixedStepIntegrator(method, dt=data.draw(st.sampled_from([7e-4, 1e-3, 4e-3]))),
        "save_at": data.draw(st.sampled_from([None, 2, 11, [0.02], [0.0, 0.1, 0.2 + 1e-4], [0.25, 0.3]])),
        "record": data.draw(st.sampled_from([None, ["P0.v"], ["P0.rate", "P0.v"]])),
        "t0": data.draw(st.sampled_from([0.0, -0.037])),
    }
    if isinstance(options["save_at"], list):
        options["t0"] = 0.0
    stops = sorted(data.draw(st.lists(st.floats(0.0, 0.3), max_size=3)))
    every = data.draw(st.sampled_from([0.01, 0.05, 0.1, 0.0707, 0.3]))
    path = tmp_path_factory.mktemp("run") / "run.npz"
    plain = nf.simulate(network, 0.3, throw=False, **options)
    assume(plain.success)  # a coupling may be too strong for the step
    assert same_run(in_pieces(network, 0.3, path, stops, every=every, **options), plain)
    assert same_run(nf.load(path), plain)


def test_jumps_within_rounding_of_each_other_are_stepped_over_as_in_one_piece(tmp_path):
    a = nf.StepInput("A", size=2, amplitude=30.0, onset=0.3, offset=0.45)
    b = nf.StepInput("B", size=1, amplitude=30.0, onset=0.1 + 0.2, offset=0.45)
    e = nf.LeakyRate("E", size=2)
    wires = [nf.ReversalSynapse(x, e, weights=np.ones((2, x.size)), g=1e-4) for x in (a, b)]
    network = nf.Network("n", [a, b, e, *wires])
    options = {"save_at": 77, "integrator": nf.FixedStepIntegrator("rk4", dt=1.3e-3)}
    plain = nf.simulate(network, 0.6, **options)
    assert np.diff(network.breakpoints(0.0, 0.6)).min() < 1e-15
    for k, every in enumerate((0.1, 0.15, 0.3, 0.0301)):
        again = in_pieces(network, 0.6, tmp_path / f"{k}.npz", [0.2, 0.35], every=every, **options)
        assert same_run(again, plain)


@pytest.mark.parametrize("integrator", [*INTEGRATORS[2:], nf.ScipyIntegrator("DOP853"), nf.RungeKuttaIntegrator("BS3")])
@pytest.mark.parametrize("save_at", [None, 23])
def test_with_other_integrators_it_is_that_of_the_same_call_not_killed(tmp_path, integrator, save_at):
    options = {"every": 0.07, "integrator": integrator, "save_at": save_at}
    whole = in_pieces(example(), 0.5, tmp_path / "a", [], **options)
    killed = in_pieces(example(), 0.5, tmp_path / "b", [0.1, 0.3, 0.4], **options)
    assert same_run(whole, killed)
    assert numbers(whole, False) == numbers(killed, False)
    if save_at:
        plain = run(integrator=integrator, save_at=save_at)
        np.testing.assert_allclose(whole.y, plain.y, rtol=1e-4, atol=1e-8)
        assert bits(whole.t) == bits(plain.t)


def test_batches_go_on_too(tmp_path):
    network = example(tau=np.array([0.02, 0.05, 0.1])[:, None])
    options = {"save_at": 9, "integrator": nf.FixedStepIntegrator(dt=1e-3)}
    again = in_pieces(network, 0.5, tmp_path / "a", [0.1, 0.3], every=0.1, **options)
    assert again.y.shape == (9, 3, 12)
    assert same_run(again, nf.simulate(network, 0.5, **options))


def test_a_checkpoint_is_a_result_up_to_there(tmp_path):
    path = tmp_path / "run.npz"
    seen = []

    def progress(t, t_end, n_steps):
        seen.append((t_end, n_steps))
        if t > 0.4:
            raise Killed

    with pytest.raises(Killed) as raised:
        run(checkpoint=path, every=0.13, progress=progress)
    whole = run()
    part = nf.load(path)
    assert part.status is nf.Status.INTERRUPTED
    assert "goes on from there" in part.message
    assert part.t[-1] == pytest.approx(0.39, abs=2e-3)
    assert bits(part.final) == bits(part.y[-1])
    kept = len(part.t) - 1
    assert bits(part.y[:kept]) == bits(whole.y[:kept])
    assert seen == [(0.5, k + 1) for k in range(len(seen))]
    lost = raised.value.solution
    assert lost.status is nf.Status.FAILED
    assert lost.t[-1] > part.t[-1]
    assert bits(lost.y[:-1]) == bits(whole.y[: len(lost.t) - 1])
    assert same_run(run(checkpoint=path, every=0.13), whole)


def test_a_finished_run_is_not_run_again(tmp_path):
    options = {"checkpoint": tmp_path / "run.npz", "every": 0.2}
    first = run(**options)

    def progress(*_):
        raise AssertionError

    assert numbers(run(**options, progress=progress)) == numbers(first)


def test_a_finished_run_that_may_not_be_written_to_is_still_given(tmp_path, monkeypatch):
    options = {"checkpoint": tmp_path / "run.npz", "every": 0.2}
    first = run(**options)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert numbers(run(**options)) == numbers(first)
    (tmp_path / "other.npz").touch()
    with pytest.raises(nf.FileError, match="may not be written to"):
        first.save(tmp_path / "other.npz")


def test_ctrl_c_while_the_result_is_written_hands_it_back(tmp_path, monkeypatch):
    options = {"checkpoint": tmp_path / "run.npz", "every": 0.2}

    def finish(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(run_file.RunFile, "finish", finish)
        with pytest.raises(nf.SimulationInterrupted, match="while the result was written") as raised:
            run(**options)
    assert bits(raised.value.solution.y) == bits(run().y)
    assert same_run(nf.load(options["checkpoint"]), run())
    assert same_run(run(**options), run())


def test_ctrl_c_while_a_segment_is_written_hands_back_all(tmp_path, monkeypatch):
    options = {"checkpoint": tmp_path / "run.npz", "every": 0.1}
    fsync, calls = os.fsync, []

    def stopped(file):
        calls.append(file)
        if len(calls) == 4:  # the file and its folder at first, then a segment each
            raise KeyboardInterrupt
        fsync(file)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", stopped)
        with pytest.raises(nf.SimulationInterrupted) as raised:
            run(**options)
    assert raised.value.solution.t[-1] == pytest.approx(0.3, abs=2e-3)
    assert same_run(run(**options), run())


def test_ctrl_c_hands_back_all_and_the_run_goes_on(tmp_path):
    options = {"checkpoint": tmp_path / "run.npz", "every": 0.1}

    def progress(t, t_end, n_steps):
        if t > 0.25:
            raise KeyboardInterrupt

    part = run(**options, progress=progress, throw=False)
    assert part.status is nf.Status.INTERRUPTED
    assert 0.25 < part.t[-1] < 0.26
    assert same_run(run(**options), run())


@pytest.mark.parametrize("batch", ["together", "separate"])
@pytest.mark.parametrize("name", ["FixedStepIntegrator", "RungeKuttaIntegrator", "ScipyIntegrator"])
def test_what_ends_a_run_within_a_segment_is_told_with_the_end_of_the_run(tmp_path, name, batch):
    network, make = example(tau=np.array([0.02, 0.05, 0.1])[:, None]), getattr(nf, name)
    how = {"checkpoint": tmp_path / "run.npz", "every": 0.2, "batch": batch, "throw": False}

    def progress(t, t_end, n_steps):
        assert t_end == 0.5
        if t > 0.05:
            raise KeyboardInterrupt

    stopped = run(network, integrator=make(), progress=progress, **how)
    assert re.search(r"interrupted after t = 0\.\d+ s of 0\.5 s", stopped.message)
    spent = run(network, integrator=make(max_steps=3), **how)
    assert spent.status is nf.Status.MAX_STEPS
    assert re.search(r"the limit of 3 steps was reached at t = \S+ s of 0\.5 s", spent.message)


@pytest.mark.parametrize("throw", [True, False])
def test_a_run_that_is_stopped_tells_from_where_it_goes_on(tmp_path, throw):
    how = {"checkpoint": tmp_path / "run.npz", "every": 0.1, "throw": throw}

    def stopped_at(end):
        def progress(t, t_end, n_steps):
            if t > end:
                raise KeyboardInterrupt

        try:
            return run(**how, progress=progress).message
        except nf.SimulationInterrupted as stopped:
            assert throw
            return str(stopped)

    assert re.search(r"0\.5 s; the same call begins again, as there is no checkpoint yet$", stopped_at(0.05))
    assert re.search(r"of 0\.5 s; the same call goes on from the last checkpoint, t = 0\.2 s$", stopped_at(0.25))
    assert nf.load(tmp_path / "run.npz").t[-1] == 0.2
    assert run(**how).success


def explosive(g=3.0):
    """A cell that excites itself without bound; ``g`` may differ within a batch."""
    drive = nf.SampledInput("D", times=[0.0, 0.3, 0.5], rates=[[0.0], [1.0], [1.0]])
    e = nf.LeakyRate("E", size=1, activation=nf.Identity())
    loop = nf.InstantSynapse(e, e, weights=[[1.0]], g=g)
    return nf.Network("n", [drive, e, nf.InstantSynapse(drive, e, weights=[[1.0]], g=1e-3), loop])


def test_a_run_that_fails_keeps_its_last_checkpoint(tmp_path):
    options = {"save_at": 11, "integrator": nf.FixedStepIntegrator("euler", dt=1e-4), "throw": False}
    plain = nf.simulate(explosive(), 0.5, **options)
    assert plain.status is nf.Status.NOT_FINITE
    again = nf.simulate(explosive(), 0.5, **options, checkpoint=tmp_path / "a", every=0.01)
    assert same_run(again, plain)
    assert 0.0 < nf.load(tmp_path / "a").t[-1] <= plain.t[-1]


def test_another_run_is_told_by_what_differs(tmp_path):
    options = {"checkpoint": tmp_path / "run.npz", "every": 0.1}
    run(**options)

    def told(network=None, **changes):
        with pytest.raises(nf.ParameterError, match=r"'.*run\.npz' is of another run: ") as raised:
            run(network, **(options | changes))
        return str(raised.value)

    assert "network.E.tau was 0.05 and is 0.1" in told(example(0.1))
    assert "network.FFE_to_E.weights is another in 1 of 12 entries, first [2, 1] was 0." in told(one_weight_changed())
    assert "network.E.v_rest" in told(example().with_parameters({"E.v_rest": [-70.0, -71.0, -70.0, -70.0]}))
    assert "integrator.dt was 0.002 and is 0.001" in told(integrator=nf.FixedStepIntegrator(dt=1e-3))
    assert "integrator.type was 'FixedStepIntegrator' and is 'ScipyIntegrator'" in told(integrator=nf.ScipyIntegrator())
    assert "save_at had shape (21,) and has (5,)" in told(save_at=5)
    assert "save_at was an array of shape (21,) and is None" in told(save_at=None)
    assert "t_end was 0.5 and is 0.6" in told(duration=0.6)
    assert "every was 0.1 and is 0.2" in told(every=0.2)
    assert "record was None and is ['E.v']" in told(record=["E.v"])
    assert "batch was 'together' and is 2" in told(batch=2)
    assert "t0 was 0.0 and is 0.1; t_end was 0.5 and is 0.6" in told(t0=0.1, save_at=21)
    assert "integrator.method was 'rk4' and is 'heun'" in told(integrator=nf.FixedStepIntegrator("heun", dt=2e-3))
    later = np.linspace(0.0, 0.5, 21)
    later[3] += 1e-3
    assert "save_at is another in 1 of 21 entries, first [3] was 0.075" in told(save_at=later)
    assert "network.name was 'example' and is 'other'" in told(nf.Network("other", example().components))
    assert "network.E.size was 4 and is 5" in told(example(cells=5))
    assert "y0 is another in 4 of 12 entries, first [0] was -70.0 and is -60.0" in told(y0={"E.v": -60.0})
    assert "and 1 more" in told(example(0.1), save_at=5, every=0.2, record=["E.v"])


def test_an_unfinished_run_is_compared_too_and_zeros_have_a_sign(tmp_path):
    path, _, _ = journal_of(tmp_path, y0=np.zeros(12))
    before = path.read_bytes()
    with pytest.raises(nf.ParameterError, match=r"y0 is another in 1 of 12 entries, first \[7\] was 0\.0 and is -0\.0"):
        run(checkpoint=path, every=0.1, y0=np.where(np.arange(12) == 7, -0.0, 0.0))
    assert path.read_bytes() == before


def test_other_versions_are_warned_of(tmp_path, monkeypatch):
    path, _, _ = journal_of(tmp_path)
    monkeypatch.setattr(np, "__version__", "99.1")
    with pytest.warns(RuntimeWarning, match=r"was begun with numpy .*, which is 99\.1 now: what follows may differ"):
        whole = run(checkpoint=path, every=0.1)
    assert whole.run.versions["numpy"] != "99.1"


def one_weight_changed():
    network = example()
    weights = network["FFE_to_E"].weights.copy()
    weights[2, 1] = np.nextafter(weights[2, 1], 1.0)
    return network.with_parameters({"FFE_to_E.weights": weights})


def test_what_a_checkpoint_asks_for(tmp_path):
    path = tmp_path / "run.npz"
    for options, told in (
        ({"every": 0.1}, r"checkpoint, the file to write, is not\. Write checkpoint='run\.npz'"),
        ({"checkpoint": path}, r"every is None; it must be .* simulated time .*in s\. Write every=0\.05 for ten"),
        ({"checkpoint": path, "every": -1}, r"every is -1; it must be a positive number.*Write every=0\.05 for ten"),
        ({"checkpoint": path, "every": 0.0}, "every is 0.0"),
        ({"checkpoint": path, "every": np.nan}, "every is nan"),
        ({"checkpoint": path, "every": True}, "every is True"),
        ({"checkpoint": path, "every": "1 s"}, "every is '1 s'"),
        ({"checkpoint": path, "every": np.complex128(1j)}, "it must be a positive number"),
        ({"checkpoint": path, "every": 1e-9}, r"every is 1e-09 s, so that a run of 0\.5 s has more than 1,000,000"),
        ({"checkpoint": path, "every": 5e-324}, r"Write every=0\.005 for a hundred"),
        (
            {"checkpoint": tmp_path / "run.nc", "every": 0.1},
            r"ends in '\.npz'.*checkpoint='.*run\.npz', and after .* sol\.save",
        ),
        ({"checkpoint": 7, "every": 0.1}, "must be text"),
        ({"checkpoint": tmp_path / "no" / "run", "every": 0.1}, "does not exist"),
    ):
        with pytest.raises(nf.NetframeError, match=told):
            run(**options)
    f = nf.FunctionInput("F", size=1, function=lambda t, xp: xp.full(1, 1.0) * t, jumps=())
    with pytest.raises(nf.ParameterError, match=r"checkpoint needs what can be saved.*F.*function"):
        run(nf.Network("n", [f, nf.LeakyRate("E", size=1)]), checkpoint=path, every=0.1)
    assert not list(tmp_path.iterdir())


def test_checkpoints_further_apart_than_the_run_is_long_are_warned_of(tmp_path):
    told = r"every is 50 s and the run takes 0\.5 s.*nothing is kept.*times are in s, write every=0\.05 for ten"
    with pytest.warns(RuntimeWarning, match=told):
        sol = run(checkpoint=tmp_path / "a", every=50)
    assert same_run(sol, run())
    run(checkpoint=tmp_path / "b", every=0.5)


@pytest.mark.parametrize("batch", ["together", "separate"])
@pytest.mark.parametrize(
    ("integrator", "told"),
    [(nf.RungeKuttaIntegrator(rtol=2e-3), "several per cent"), (nf.FixedStepIntegrator(dt=0.06), "unstable there")],
)
def test_a_run_is_warned_of_once_however_many_segments_it_has(tmp_path, integrator, told, batch):
    network = example(tau=np.array([0.04, 0.05])[:, None])
    options = {"integrator": integrator, "checkpoint": tmp_path / "run.npz", "batch": batch, "every": 0.05}
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        run(network, **options, throw=False)
    assert [told in str(warning.message) for warning in found] == [True]


def test_what_an_integrator_refuses_is_refused_before_there_is_a_file(tmp_path):
    with pytest.raises(nf.ParameterError, match="not linear between breakpoints"):
        run(integrator=nf.ExactIntegrator(), checkpoint=tmp_path / "run.npz", every=0.1)
    assert not list(tmp_path.iterdir())


@given(
    st.none() | st.lists(st.integers(0, 20), min_size=1, unique=True).map(lambda ks: np.sort(ks) / 20.0),
    st.sampled_from([0.05, 0.07, 0.1, 0.3, 2.0]),
)
def test_segments_save_each_time_once_and_their_ends(save_at, every):
    schedule = Schedule(Run((0.0, 1.0), np.zeros(1)), every, save_at, None)
    edges = schedule.edges()
    assert edges[0] == 0.0
    assert edges[-1] == 1.0
    assert all(right - left > 0.0 for left, right in itertools.pairwise(edges))
    if save_at is None:
        assert max(right - left for left, right in itertools.pairwise(edges)) < every + 1e-9
        assert schedule.times_within(0.0, 1.0) is None
        return
    assert all(edge < save_at[-1] for edge in edges[1:-1])
    found = [schedule.times_within(left, right).tolist() for left, right in itertools.pairwise(edges)]
    for k, (left, right) in enumerate(itertools.pairwise(edges)):
        asked = [t for t in save_at.tolist() if (left < t or (k == 0 and left == t)) and t <= right]
        assert found[k] == sorted({*asked, *([right] if right < 1.0 else [])})


def test_a_result_is_not_overwritten_by_a_run(tmp_path):
    run().save(tmp_path / "run.npz")
    before = (tmp_path / "run.npz").read_bytes()
    with pytest.raises(nf.FileError, match="a result without a run to go on with"):
        run(checkpoint=tmp_path / "run.npz", every=0.1)
    assert (tmp_path / "run.npz").read_bytes() == before


def test_a_damaged_checkpoint_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    numbers = run(checkpoint=path, every=0.2).y.tobytes()
    data = bytearray(path.read_bytes())
    data[data.index(numbers[-64:]) + 10] ^= 4
    path.write_bytes(data)
    with pytest.raises(nf.FileError, match=r"run\.npz': it "):
        run(checkpoint=path, every=0.2)


@pytest.mark.parametrize("room", [0, 100, 2000])
def test_a_disk_that_fills_up_ends_a_run_with_what_it_has(tmp_path, monkeypatch, room):
    path = tmp_path / "run.npz"
    with pytest.raises(Killed):
        run(checkpoint=path, every=0.1, progress=next(killed_at(0.25)))
    before = path.read_bytes()
    fills_up(monkeypatch, len(before) + room)
    with pytest.raises(nf.FileError, match=r"run\.npz': not written, the disk is full") as raised:
        run(checkpoint=path, every=0.1)
    monkeypatch.undo()
    assert raised.value.solution.t[-1] == pytest.approx(0.3, abs=2e-3)
    assert nf.load(path).t[-1] == pytest.approx(0.2, abs=2e-3)
    assert path.read_bytes().startswith(before)
    assert same_run(run(checkpoint=path, every=0.1), run())


def test_a_disk_without_room_for_the_result_keeps_all_parts(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    fills_up(monkeypatch, 10**9, 10**9, 100)  # the first part, those that follow, the result
    with pytest.raises(nf.FileError, match="the disk is full") as raised:
        run(checkpoint=path, every=0.1)
    monkeypatch.undo()
    assert same_run(nf.load(path), run())
    assert bits(raised.value.solution.y) == bits(run().y)

    def progress(*_):
        raise AssertionError  # nothing is left to compute

    assert same_run(run(checkpoint=path, every=0.1, progress=progress), run())
    assert same_run(nf.load(path), run())
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]


# Batches that run some members at a time.


@pytest.mark.parametrize("integrator", [nf.FixedStepIntegrator("heun", dt=2e-3), nf.RungeKuttaIntegrator()])
@pytest.mark.parametrize("batch", [pytest.param("separate", marks=pytest.mark.slow), 2])
@pytest.mark.parametrize("record", [None, ["E.rate"]])
def test_batches_that_are_split_go_on_member_by_member(tmp_path, integrator, batch, record):
    network = example(tau=np.array([0.02, 0.05, 0.1, 0.2, 0.3])[:, None])
    how = {"integrator": integrator, "batch": batch, "save_at": 9, "record": record, "every": 0.2}
    path, seen, stops = tmp_path / "b", [], [0.15, 0.2, 0.27, 0.31, 0.42]
    whole = in_pieces(network, 0.5, tmp_path / "a", [], **how)
    for progress in killed_at(*stops):
        try:
            again = nf.simulate(network, 0.5, checkpoint=path, progress=progress, **how)
        except Killed:
            if path.exists():
                part = nf.load(path)
                assert part.status is nf.Status.INTERRUPTED
                assert "of 5 members of the batch did not reach the end" in part.message
                course, right = (sol["E.v" if record is None else "E.rate"] for sol in (part, whole))
                there = np.isfinite(course)
                assert bits(course[there]) == bits(right[there])
                seen.append(int(there.sum()))
    assert same_run(again, whole)
    assert same_run(nf.load(path), whole)
    assert nf.load(path).run.batch == batch
    assert len(seen) >= 3
    assert seen == sorted(seen)
    plain = nf.simulate(network, 0.5, **{name: value for name, value in how.items() if name != "every"})
    if isinstance(integrator, nf.FixedStepIntegrator):
        assert same_run(again, plain)
    np.testing.assert_allclose(again["E.rate"], plain["E.rate"], rtol=1e-4, atol=1e-6)


def noisy(seed=(1, 2, 3)):
    """A batch whose members have a noise each."""
    noise = {"mean": 10.0, "sd": 1.0, "tau": 0.05, "dt": 0.01, "duration": 0.5}
    f, e = nf.OrnsteinUhlenbeckInput("F", size=2, seed=seed, **noise), nf.LeakyRate("E", size=2)
    return nf.Network("n", [f, e, nf.CurrentSynapse(f, e, weights=np.ones((2, 2)), g=1e-3)])


@pytest.mark.parametrize("batch", ["separate", 2])
@pytest.mark.parametrize("integrator", [nf.FixedStepIntegrator(dt=2e-3), nf.RungeKuttaIntegrator(max_wall_time=60.0)])
def test_what_differs_between_members_and_the_time_left_belong_to_the_run(tmp_path, batch, integrator):
    options = {"integrator": integrator, "batch": batch, "every": 0.1, "save_at": 6}
    whole = in_pieces(noisy(), 0.5, tmp_path / "a", [], **options)
    again = in_pieces(noisy(), 0.5, tmp_path / "b", [0.12, 0.3], **options)
    assert numbers(again, False) == numbers(whole, False)
    with pytest.raises(Killed):
        nf.simulate(noisy(), 0.5, checkpoint=tmp_path / "c", progress=next(killed_at(0.3)), **options)
    part = nf.load(tmp_path / "c")
    assert part.network["F"].seed == (1, 2, 3)
    assert repr(part.integrator) == repr(integrator)
    with pytest.raises(nf.ParameterError, match=r"network\.F\.seed was \[1, 2, 3\] and is \[1, 2, 4\]"):
        nf.simulate(noisy((1, 2, 4)), 0.5, checkpoint=tmp_path / "c", **options)


@pytest.mark.parametrize("batch", ["separate", 4])
def test_a_member_that_fails_leaves_the_others_alone_and_they_are_kept(tmp_path, batch):
    network = explosive(np.array([1e-3, 2e-3, 3.0, 4e-3])[:, None])
    how = {"save_at": 11, "integrator": nf.FixedStepIntegrator("euler", dt=1e-3), "throw": False, "batch": batch}
    plain = nf.simulate(network, 0.5, **how)
    assert plain.status is (nf.Status.NOT_FINITE)
    if batch == 4:  # all at once is no split
        how["batch"] = 3
        plain = nf.simulate(network, 0.5, **how)
    for _ in range(2):
        found = nf.simulate(network, 0.5, **how, checkpoint=tmp_path / "a", every=0.1)
        assert bits(found.y) == bits(plain.y)
        assert found.message == plain.message
    part = nf.load(tmp_path / "a")
    assert np.isfinite(part.y[-1, :, 0]).tolist() == [True, True, False, True]
    assert bits(part.y[:, [0, 1, 3]]) == bits(plain.y[:, [0, 1, 3]])
    assert "member 2: not computed yet" in part.message


# What a checkpoint is: a journal.


def journal_of(folder, stop=0.45, **options):
    """The file of a run that was killed, the ends of its records, and what it said after each."""
    path, sizes, said = folder / "run.npz", [], []

    def progress(t, *_):
        if path.exists() and (not sizes or path.stat().st_size > sizes[-1]):
            sizes.append(path.stat().st_size)
            said.append(numbers(nf.load(path)))
        if t > stop:
            raise Killed

    with pytest.raises(Killed):
        run(checkpoint=path, every=0.1, progress=progress, **options)
    assert len(sizes) == 4
    return path, sizes, said


def test_a_journal_cut_off_anywhere_says_what_it_said_before(tmp_path):
    path, sizes, said = journal_of(tmp_path)
    data = path.read_bytes()
    near = {size + k for size in sizes for k in (-1, 0, 1, 40, 60)}
    for cut in sorted({*range(1, len(data), 977), *(cut for cut in near if cut <= len(data))}):
        path.write_bytes(data[:cut])
        whole = sum(size <= cut for size in sizes)
        if whole:
            assert numbers(nf.load(path)) == said[whole - 1]
        else:
            with pytest.raises(nf.FileError, match=r"no part of a run in it is whole|is cut off|no result file"):
                nf.load(path)
    for cut in (sizes[0] + 30, sizes[1] - 1, sizes[2] + 100):
        path.write_bytes(data[:cut])
        assert same_run(run(checkpoint=path, every=0.1), run())


def test_a_journal_with_zeros_at_its_end_goes_on(tmp_path):
    path, _, said = journal_of(tmp_path)
    with open(path, "ab") as file:
        file.write(bytes(3000))
    assert numbers(nf.load(path)) == said[-1]
    assert same_run(run(checkpoint=path, every=0.1), run())


def check_changed_journals(folder, count, seed):
    path, _, said = journal_of(folder)
    data, rng, refused, shorter = path.read_bytes(), np.random.default_rng(seed), 0, 0
    for _ in range(count):
        raw, at = bytearray(data), int(rng.integers(len(data)))
        kind = rng.integers(5)
        if kind == 0:
            raw[at] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            del raw[at : at + int(rng.integers(1, 64))]
        elif kind == 2:
            raw[at:at] = rng.bytes(int(rng.integers(1, 64)))
        elif kind == 3:
            raw[at:] = raw[int(rng.integers(len(data))) :]
        else:
            raw[at : at + 100] = bytes(100)
        path.write_bytes(raw)
        try:
            found = numbers(nf.load(path))
        except nf.FileError:
            refused += 1
        else:
            assert found in said
            shorter += found != said[-1]
    return refused, shorter


def test_a_journal_changed_anywhere_says_what_it_said_before_or_nothing(tmp_path):
    refused, shorter = check_changed_journals(tmp_path, 100, 5)
    assert refused > 40
    assert shorter > 5


def test_a_journal_without_one_of_its_records_or_with_them_in_another_order_is_not_read(tmp_path):
    path, sizes, said = journal_of(tmp_path)
    data = path.read_bytes()
    parts = [data[a:b] for a, b in zip([0, *sizes], sizes)]
    for order, told in (
        ([0, 2, 3], "damaged"),
        ([0, 2, 1, 3], "damaged"),
        ([1, 2, 3], "damaged"),
        ([0, 1, 3], said[1]),
    ):
        path.write_bytes(b"".join(parts[k] for k in order))
        if told == "damaged":
            with pytest.raises(nf.FileError, match="it is damaged at byte"):
                nf.load(path)
        else:  # as what a killed writer left at the end
            assert numbers(nf.load(path)) == told


@pytest.mark.slow
def test_five_thousand_journals_changed_anywhere(tmp_path):
    refused, shorter = check_changed_journals(tmp_path, 5000, 6)
    assert refused > 2000
    assert shorter > 250


def rewritten(path, *records):
    """Other records in place of a journal's, their SHA-256 right."""
    path.unlink()
    Journal.begun(path, KIND, *records).close()


def test_records_of_another_liking_are_refused(tmp_path):
    path, _, _ = journal_of(tmp_path)
    (origin, shared), *parts = read_journal(path, KIND)
    content, arrays = parts[1]
    for changed, told in (
        (({**content, "members": [0, 2]}, arrays), "members \\[0, 2\\], which its batch does not have"),
        (({**content, "members": [3, 1]}, arrays), "which its batch does not have"),
        (({**content, "members": "all"}, arrays), "which its batch does not have"),
        (({**content, "status": "FINE"}, arrays), "no solution"),
        ((content, {**arrays, "y": arrays["y"][:, :-1]}), "y of shape"),
        (({**content, "recorded": ["E.v"]}, {**arrays, "recorded/0": arrays["y"][:, :4]}), "no course that fits"),
    ):
        rewritten(path, (origin, shared), parts[0], changed)
        with pytest.raises(nf.FileError, match=told):
            nf.load(path)
        with pytest.raises(nf.NetframeError):
            run(checkpoint=path, every=0.1)
    rewritten(path, ({**origin, "run": 3}, shared), *parts)
    with pytest.raises(nf.FileError, match="makes no sense"):
        nf.load(path)
    with pytest.raises(nf.FileError, match="makes no sense"):
        run(checkpoint=path, every=0.1)


def with_members(*members):
    return lambda content, arrays: ({**content, "members": list(members)}, arrays)


def with_another_record(content, arrays):
    return {**content, "recorded": ["E.v"]}, {**arrays, "recorded/0": arrays["y"][..., :4], "y": None}


def with_times(change):
    return lambda content, arrays: (content, {**arrays, "t": change(arrays["t"])})


def not_finite(t):
    return np.append(t[:-1], np.nan)


#: What is changed in the parts of a run: in which, how, and what is told.
FORGED = {
    "a batch that is too large": (slice(None), with_members(0, 10**14), "which its batch does not have"),
    "other members": (
        slice(1, 2),
        with_members(1, 3),
        "of a few|the state at the end|times that were to be saved are missing",
    ),
    "other quantities": (slice(1, 2), with_another_record, "one keeps \\['E.v'\\], and the run all states"),
    "other quantities in all": (slice(None), with_another_record, "one keeps \\['E.v'\\], and the run all states"),
    "times backwards": (slice(1, 2), with_times(lambda t: t[::-1]), "times do not follow on"),
    "times twice": (slice(1, 2), with_times(lambda t: t[:1].repeat(len(t))), "times do not follow on"),
    "times that are none": (slice(1, 2), with_times(not_finite), "times do not follow on"),
    "times that are whole numbers": (slice(1, 2), with_times(lambda t: t.astype(int)), "times do not follow on"),
}


@pytest.mark.parametrize("batch", ["together", "separate", 2])
@pytest.mark.parametrize("name", [*FORGED, "nothing asked for", "no state at the start", "parts exchanged", "save_at"])
def test_forged_parts_are_refused_with_a_sentence(tmp_path, name, batch):
    path, network = tmp_path / "run.npz", example(tau=np.array([0.02, 0.05, 0.1])[:, None])
    options = {"checkpoint": path, "every": 0.1, "batch": batch}
    with pytest.raises(Killed):
        run(network, **options, progress=next(killed_at(0.16 if batch == "separate" else 0.31)))
    (origin, shared), *parts = read_journal(path, KIND)
    assert len(parts) > 2
    if name in FORGED:
        which, change, told = FORGED[name]
        parts[which] = [change(*part) for part in parts[which]]
        parts = [(content, {k: x for k, x in arrays.items() if x is not None}) for content, arrays in parts]
    elif name == "nothing asked for":
        origin, told = {**origin, "asked": None}, "does not say what was asked for"
    elif name == "no state at the start":
        shared, told = {**shared, "asked/y0": np.array(1.0)}, "not of one run|which its batch does not have"
    elif name == "parts exchanged":
        parts[0], parts[1], told = parts[1], parts[0], "times do not follow on"
    else:
        shared, told = {**shared, "run/save_at": np.zeros((2, 2))}, "save_at are no times"
    rewritten(path, (origin, shared), *parts)
    with pytest.raises(nf.FileError, match=told):
        nf.load(path)
    with pytest.raises(nf.NetframeError):
        run(network, **options)


def test_members_in_the_parts_of_a_run_without_a_batch_are_refused(tmp_path):
    path, _, _ = journal_of(tmp_path)
    first, *parts = read_journal(path, KIND)
    rewritten(path, first, *(with_members(0, 1)(*part) for part in parts))
    with pytest.raises(nf.FileError, match="which its batch does not have"):
        nf.load(path)


def test_each_segment_is_written_once(tmp_path, monkeypatch):
    written = 0

    class Counting:
        def __init__(self, file):
            self.file = file

        def write(self, data):
            nonlocal written
            written += len(data)
            return self.file.write(data)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def __getattr__(self, name):
            return getattr(self.file, name)

    def counting(path, mode):
        return Counting(open(path, mode))

    for module in (atomic, journal):
        monkeypatch.setattr(module, "open", counting, raising=False)
    sol = run(example(cells=200), 1.0, save_at=501, checkpoint=tmp_path / "a", every=0.01)
    size = (tmp_path / "a").stat().st_size
    assert size > sol.y.nbytes
    assert written < 2.5 * size  # the parts, the network with the first, and the result


def test_two_processes_do_not_write_to_one_file(tmp_path):
    path, told = tmp_path / "run.npz", []

    def progress(t, *_):
        if t > 0.15 and not told:
            with pytest.raises(nf.FileError, match=r"run\.npz': another process is writing to it\. Wait") as raised:
                run(checkpoint=path, every=0.1)
            told.append(raised)
            assert nf.load(path).t[-1] == pytest.approx(0.1, abs=2e-3)  # reading is free

    assert same_run(run(checkpoint=path, every=0.1, progress=progress), run())
    assert told


def no_links(*_):
    raise PermissionError(1, "Operation not permitted")


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("stop", [0.25, 9.0])
def test_of_two_runs_that_begin_at_the_same_time_the_second_to_write_is_refused(tmp_path, monkeypatch, links, stop):
    path, other = tmp_path / "run.npz", {"duration": 0.7, "every": 0.1, "checkpoint": tmp_path / "run.npz"}
    if not links:  # a disk that knows none
        monkeypatch.setattr(os, "link", no_links)
    found = []

    def progress(t, *_):
        if not found:  # before the first segment ends there is no file yet
            found.append(None)
            with contextlib.suppress(Killed):
                run(**other, progress=next(killed_at(stop)))
            found.append(numbers(nf.load(path)))

    with pytest.raises(nf.FileError, match=r"run\.npz': another process has begun a run there\. Wait") as raised:
        run(checkpoint=path, every=0.1, progress=progress)
    assert bits(raised.value.solution.y[:5]) == bits(run().y[:5])
    assert numbers(nf.load(path)) == found[1]
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]
    assert same_run(run(**other), run(duration=0.7))


def test_a_journal_that_went_on_before_it_was_opened_is_that_of_another(tmp_path, monkeypatch):
    opened = Journal.opened

    def later(path, kind):
        with opened(path, kind) as journal:
            journal.append({"a": 2}, {})
        return opened(path, kind)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "opened", later)
        with pytest.raises(nf.FileError, match="another process has begun a run there"):
            Journal.begun(tmp_path / "j", "test", ({"a": 1}, {}))
    assert [content for content, _ in read_journal(tmp_path / "j", "test")] == [{"a": 1}, {"a": 2}]


def test_a_journal_is_read_while_it_grows(tmp_path):
    path = tmp_path / "j"
    with Journal.begun(path, "test", ({"k": 0}, {}), ({"k": 1}, {})) as writer:
        writer.append({"k": 2}, {})
        two = path.stat().st_size
        writer.append({"k": 3}, {})
    data = path.read_bytes()
    path.write_bytes(data[: two - 10])  # the third record is being written
    with open(path, "r+b") as file:
        found = journal._records(file, "test", path)
        assert next(found)[0][0] == {"k": 0}
        path.write_bytes(data[: two - 10] + bytes(10) + data[two:])  # all is there, but for what was not yet
        assert [content for (content, _), _, _ in found] == [{"k": 1}]


def test_journals_are_found_by_text_too(tmp_path):
    path = tmp_path / "j.npz"
    Journal.begun(path, "test", ({"k": 0}, {})).close()
    assert journal.is_journal(str(path))
    with pytest.raises(nf.FileError, match="holds a 'test', not a 'other'"):
        read_journal(str(path), "other")
    for asked in (journal.is_journal, is_netcdf):
        assert not asked(path.parent / "missing")
        with pytest.raises(nf.FileError, match="must be text"):
            asked(3)


def test_a_run_that_has_just_ended_in_another_process_is_given(tmp_path, monkeypatch):
    path, _, _ = journal_of(tmp_path)
    unfinished = path.read_bytes()
    whole = run(checkpoint=path, every=0.1)
    result = path.read_bytes()

    def ends(asked):  # between the look at the file and its opening
        found = journal.is_journal(asked)
        path.write_bytes(result)
        return found

    for module in (results, run_file):
        path.write_bytes(unfinished)
        with monkeypatch.context() as patch:
            patch.setattr(module, "is_journal", ends)
            again = nf.load(path) if module is results else run(checkpoint=path, every=0.1)
        assert numbers(again) == numbers(whole)
        assert path.read_bytes() == result


def test_a_file_that_cannot_be_written_is_told_before_anything_is_computed(tmp_path):
    def progress(*_):
        raise AssertionError

    for path, told in ((tmp_path / "no" / "run", "does not exist"), (tmp_path, "directory")):
        with pytest.raises(nf.FileError, match=told):
            run(checkpoint=path, every=0.1, progress=progress)


def test_a_checkpoint_says_what_was_asked_for(tmp_path):
    path, _, _ = journal_of(tmp_path)
    part, plain = nf.load(path), run()
    assert part.run.t_span == (0.0, 0.5)
    assert bits(part.run.y0) == bits(plain.run.y0)
    assert part.provenance == plain.provenance
    with pytest.raises(nf.ParameterError, match="the run ended early"):
        part.trust()
    whole = run(checkpoint=path, every=0.1)
    assert whole.provenance == plain.provenance == nf.load(path).provenance
    assert str(nf.load(path).trust()) == str(plain.trust())


def test_delays_frozen_noise_and_jumps_are_those_of_one_piece(tmp_path):
    rng = np.random.default_rng(8)
    noise = nf.OrnsteinUhlenbeckInput("Noise", size=3, mean=20.0, sd=5.0, tau=0.03, dt=0.02, seed=4, duration=0.3)
    spikes = nf.PoissonRateInput("Spikes", size=2, mean=30.0, dt=0.03, seed=5, duration=0.3)
    pulses = nf.PulseTrain("Pulses", size=1, amplitude=40.0, period=0.07, width=0.011)
    e = nf.LeakyRate("E", size=4, tau=rng.uniform(0.02, 0.1, (3, 1)))
    wires = [nf.ReversalSynapse(x, e, weights=np.ones((4, x.size)), g=1e-4) for x in (noise, spikes, pulses)]
    delay = nf.GammaDelaySynapse(e, e, weights=rng.uniform(0.0, 1.0, (4, 4)), g=1e-3, delay=0.05, order=3)
    network = nf.Network("n", [noise, spikes, pulses, e, *wires, delay])
    for k, (every, save_at) in enumerate([(0.05, 31), (0.0707, None)]):
        options = {"save_at": save_at, "integrator": nf.FixedStepIntegrator("rk4", dt=3.3e-3)}
        plain = nf.simulate(network, 0.3, **options)
        again = in_pieces(network, 0.3, tmp_path / f"{k}", [0.03, 0.12, 0.25], every=every, **options)
        assert same_run(again, plain)


def test_ctrl_c_before_the_first_segment_ends_leaves_no_file(tmp_path):
    def progress(*_):
        raise KeyboardInterrupt

    with pytest.raises(nf.SimulationInterrupted) as raised:
        run(checkpoint=tmp_path / "a", every=0.1, progress=progress)
    assert len(raised.value.solution.t) > 1
    assert not list(tmp_path.iterdir())


# Integrators of the extras.

KVAERNO = pytest.param("JaxIntegrator", {"method": "Kvaerno5"}, marks=[pytest.mark.jax, pytest.mark.slow])
OWN = pytest.param("JaxIntegrator", {"steps": "own"}, marks=[pytest.mark.jax, pytest.mark.slow])
EXTRAS = [
    pytest.param("JaxIntegrator", {}, marks=pytest.mark.jax),
    pytest.param("JaxIntegrator", {"method": "rk4", "dt": 2e-3}, marks=pytest.mark.jax),
    pytest.param("SundialsIntegrator", {"method": "BDF"}, marks=pytest.mark.sundials),
    pytest.param("SundialsIntegrator", {"method": "Adams"}, marks=pytest.mark.sundials),
]


def check_that_it_goes_on(folder, network, integrator, batch="together"):
    """A run that is killed is that of the same call not killed, and about that without checkpoints."""
    how = {"integrator": integrator, "save_at": 23, "batch": batch}
    whole = in_pieces(network, 0.5, folder / "a", [], every=0.2, **how)
    again = in_pieces(network, 0.5, folder / "b", [0.1, 0.3, 0.45], every=0.2, **how)
    assert numbers(whole, False) == numbers(again, False)
    plain = run(network, **how)
    np.testing.assert_allclose(whole.y, plain.y, rtol=1e-4, atol=1e-8)
    assert bits(whole.t) == bits(plain.t)
    assert same_run(nf.load(folder / "b"), again)


@pytest.mark.parametrize(("name", "options"), [*EXTRAS, KVAERNO])
def test_integrators_of_the_extras_go_on_too(tmp_path, name, options):
    check_that_it_goes_on(tmp_path, example(), getattr(nf, name)(**options))


@pytest.mark.parametrize(("name", "options"), [*EXTRAS, OWN])
@pytest.mark.parametrize("batch", ["together", "separate"])
def test_batches_of_the_extras_go_on_too(tmp_path, name, options, batch):
    network = example(tau=np.array([0.02, 0.05, 0.1])[:, None])
    check_that_it_goes_on(tmp_path, network, getattr(nf, name)(**options), batch)


@pytest.mark.parametrize(("name", "options"), EXTRAS)
def test_ctrl_c_and_failures_within_a_segment_of_an_extra(tmp_path, name, options):
    how = {"every": 0.2, "integrator": getattr(nf, name)(**options), "checkpoint": tmp_path / "run.npz"}
    for error, status in ((KeyboardInterrupt, nf.Status.INTERRUPTED), (Killed, nf.Status.FAILED)):

        def progress(t, t_end, n_steps, error=error):
            if t > 0.25:
                raise error

        with pytest.raises(error) as raised:
            run(**how, progress=progress)
        assert raised.value.solution.status is status
        assert status is nf.Status.FAILED or re.search(
            r"s of 0\.5 s; the same call goes on from .*, t = 0\.2\S* s$", raised.value.solution.message
        )
        assert raised.value.solution.t[-1] > 0.25
        assert nf.load(how["checkpoint"]).t[-1] == pytest.approx(0.2, abs=2e-3)
    whole = run(**{**how, "checkpoint": tmp_path / "whole.npz"})
    assert numbers(run(**how), False) == numbers(whole, False)


@pytest.mark.parametrize(("name", "options"), EXTRAS)
def test_a_run_of_an_extra_that_fails_keeps_its_last_checkpoint(tmp_path, name, options):
    how = {"save_at": 11, "integrator": getattr(nf, name)(**options), "throw": False}
    how |= {"checkpoint": tmp_path / "a", "every": 0.02}
    failed = nf.simulate(explosive(), 0.5, **how)
    assert failed.status in (nf.Status.NOT_FINITE, nf.Status.STEP_SIZE)
    last = nf.load(tmp_path / "a")
    assert 0.0 < last.t[-1] <= failed.t[-1] < 0.5
    assert np.isfinite(last.y).all()
    assert numbers(nf.simulate(explosive(), 0.5, **how), False) == numbers(failed, False)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.slow
@pytest.mark.parametrize("count", [1000])
def test_killed_runs_go_on_as_if_nothing_had_happened(tmp_path, count):
    found = killed("checkpoints", count, tmp_path)
    assert found["kills"] >= count
    assert found["finished"] > 0
    assert found["went on"] > 50
    assert found["joining"] > 50
    assert found["lost"] == found["mixed"] == 0
