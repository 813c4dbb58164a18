"""Runs with checkpoints: killed and begun again, they are as if nothing had happened."""

import os

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import blueprints
from test_files import INTEGRATORS, bits, example, fills_up, killed, numbers, run, same_run

import netframe as nf


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


@settings(max_examples=15)
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
    every = data.draw(st.sampled_from([0.01, 0.05, 0.1, 0.0707, 0.9]))
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


def test_ctrl_c_hands_back_all_and_the_run_goes_on(tmp_path):
    options = {"checkpoint": tmp_path / "run.npz", "every": 0.1}

    def progress(t, t_end, n_steps):
        if t > 0.25:
            raise KeyboardInterrupt

    part = run(**options, progress=progress, throw=False)
    assert part.status is nf.Status.INTERRUPTED
    assert 0.25 < part.t[-1] < 0.26
    assert same_run(run(**options), run())


def test_a_run_that_fails_keeps_its_last_checkpoint(tmp_path):
    def network(rates):
        drive = nf.SampledInput("D", times=[0.0, 0.3, 0.5], rates=rates)
        e = nf.LeakyRate("E", size=1, activation=nf.Identity())
        loop = nf.InstantSynapse(e, e, weights=[[1.0]], g=3.0)
        return nf.Network("n", [drive, e, nf.InstantSynapse(drive, e, weights=[[1.0]], g=1e-3), loop])

    grows = network([[0.0], [1.0], [1.0]])
    options = {"save_at": 11, "integrator": nf.FixedStepIntegrator("euler", dt=1e-4), "throw": False}
    plain = nf.simulate(grows, 0.5, **options)
    assert plain.status is nf.Status.NOT_FINITE
    again = nf.simulate(grows, 0.5, **options, checkpoint=tmp_path / "a", every=0.01)
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
    assert "y0 is another in 4 of 12 entries, first [0] was -70.0 and is -60.0" in told(y0={"E.v": -60.0})
    assert "and 1 more" in told(example(0.1), save_at=5, every=0.2, record=["E.v"])


def one_weight_changed():
    network = example()
    weights = network["FFE_to_E"].weights.copy()
    weights[2, 1] = np.nextafter(weights[2, 1], 1.0)
    return network.with_parameters({"FFE_to_E.weights": weights})


def test_what_a_checkpoint_asks_for(tmp_path):
    path = tmp_path / "run.npz"
    for options, told in (
        ({"every": 0.1}, "checkpoint, the file to write, is not"),
        ({"checkpoint": path}, "every is None; it must be the simulated time"),
        ({"checkpoint": path, "every": 0.0}, "every is 0.0"),
        ({"checkpoint": path, "every": np.nan}, "every is nan"),
        ({"checkpoint": path, "every": True}, "every is True"),
        ({"checkpoint": path, "every": "1 s"}, "every is '1 s'"),
        ({"checkpoint": 7, "every": 0.1}, "must be text"),
        ({"checkpoint": tmp_path / "no" / "run", "every": 0.1}, "does not exist"),
    ):
        with pytest.raises(nf.NetframeError, match=told):
            run(**options)
    f = nf.FunctionInput("F", size=1, function=lambda t, xp: xp.full(1, 1.0) * t, jumps=())
    with pytest.raises(nf.ParameterError, match=r"checkpoint needs what can be saved.*F.*function"):
        run(nf.Network("n", [f, nf.LeakyRate("E", size=1)]), checkpoint=path, every=0.1)
    assert not list(tmp_path.iterdir())


def test_a_result_is_not_overwritten_by_a_run(tmp_path):
    run().save(tmp_path / "run.npz")
    before = (tmp_path / "run.npz").read_bytes()
    with pytest.raises(nf.FileError, match="a result without a run to go on with"):
        run(checkpoint=tmp_path / "run.npz", every=0.1)
    assert (tmp_path / "run.npz").read_bytes() == before


def test_a_damaged_checkpoint_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    run(checkpoint=path, every=0.2)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("count", [10, pytest.param(1000, marks=pytest.mark.slow)])
def test_killed_runs_go_on_as_if_nothing_had_happened(tmp_path, count):
    found = killed("checkpoints", count, tmp_path)
    assert found["kills"] >= count
    assert found["finished"] > 0
    assert found["went on"] > 0
    assert found["joining"] > 0
    assert found["lost"] == found["mixed"] == 0
