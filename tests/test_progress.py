"""Progress: a bar or a line where somebody sees it, nothing elsewhere, and a function of one's own as ever."""

import io
import os
import re
import subprocess
import sys
import types

import numpy as np
import pytest

import netframe as nf
from netframe import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    """A clock that goes on by a fixed time at each look."""

    def __init__(self, tick):
        self.now, self.tick = 100.0, tick

    def __call__(self):
        self.now += self.tick
        return self.now


class Bar:
    """What is used of tqdm."""

    made = []

    def __init__(self, **options):
        self.n, self.options, self.texts, self.closed = 0.0, options, [], False
        Bar.made.append(self)

    def set_description_str(self, text, refresh):
        self.texts.append(text)

    def refresh(self):
        pass

    def close(self):
        self.closed = True


def looking_at(monkeypatch, stderr):
    """Let ``stderr`` be the standard error for what shows progress."""
    monkeypatch.setattr(progress, "sys", types.SimpleNamespace(stderr=stderr, modules=sys.modules))


@pytest.fixture
def terminal(monkeypatch):
    stderr = Terminal()
    looking_at(monkeypatch, stderr)
    return stderr.getvalue


@pytest.fixture
def without_tqdm(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "tqdm"] + ["tqdm", "tqdm.auto"]:
        monkeypatch.setitem(sys.modules, name, None)


@pytest.fixture
def with_tqdm(monkeypatch):
    made = types.ModuleType("tqdm")
    made.auto = types.ModuleType("tqdm.auto")
    made.auto.tqdm = Bar
    monkeypatch.setitem(sys.modules, "tqdm", made)
    monkeypatch.setitem(sys.modules, "tqdm.auto", made.auto)
    monkeypatch.setattr(Bar, "made", [])
    return Bar.made


def run(**options):
    return nf.simulate(nf.Network("n", [nf.LeakyRate("E", size=2)]), 2.0, t0=1.0, y0={"E.v": -60.0}, **options)


def test_a_line_without_tqdm(terminal, without_tqdm, monkeypatch):
    monkeypatch.setattr(progress, "time", types.SimpleNamespace(perf_counter=Clock(0.1)))
    sol = run(progress=True, integrator=nf.FixedStepIntegrator("euler", dt=0.01))
    *shown, last = terminal().removesuffix("\n").split("\r")[1:]
    assert terminal().endswith("\n")
    assert 200 / 60 < len(shown) < 200 / 2  # not at every step
    times = [float(re.match(r"t = (\S+) of 3 s \(\d+%\), \d+ steps, (\d+:\d\d|\?) left", text)[1]) for text in shown]
    assert times == sorted(times)
    assert re.fullmatch(rf"t = 3.000 of 3 s \(100%\), {sol.stats.n_steps} steps, \d+:\d\d taken *", last)
    assert all(
        len(new) >= len(old.rstrip()) for old, new in zip(shown, [*shown[1:], last])
    )  # nothing is left of the old


def test_updates_are_half_a_second_apart(terminal, without_tqdm, monkeypatch):
    clock = Clock(0.0)
    monkeypatch.setattr(progress, "time", types.SimpleNamespace(perf_counter=clock))
    line = progress.Line((0.0, 20.0))
    for k in range(1, 81):
        clock.now += 0.125
        line(0.25 * k, 20.0, k)
    assert terminal().count("\r") == 20
    assert "t = 5.00 of 20 s (25%), 20 steps, 0:07 left" in terminal()


def test_the_time_left_is_that_of_what_is_done_here(terminal, without_tqdm, monkeypatch):
    clock = Clock(0.0)
    monkeypatch.setattr(progress, "time", types.SimpleNamespace(perf_counter=clock))
    line = progress.Line((0.0, 400.0))
    for k in range(21):  # from a file up to 170 s; then 1 s in a second
        clock.now += 1.0
        line(171.0 + k, 400.0, 1000 + k)
    assert re.search(r"t = 172\.0 of 400 s \(43%\), 1001 steps, 3:4[78] left", terminal())
    assert re.search(r"t = 191\.0 of 400 s \(48%\), 1020 steps, 3:2[89] left", terminal())


def test_a_run_that_goes_on_from_a_checkpoint_tells_its_own_time(terminal, without_tqdm, monkeypatch, tmp_path):
    options = {"save_at": 41, "checkpoint": tmp_path / "run.npz", "every": 1.0, "progress": True}
    euler = {"integrator": nf.FixedStepIntegrator("euler", dt=0.01)}
    with pytest.raises(KeyboardInterrupt):
        run(**options | {"progress": stop_after(1.5)}, **euler)
    monkeypatch.setattr(progress, "time", types.SimpleNamespace(perf_counter=Clock(1.0)))
    run(**options, **euler)
    told = re.findall(r"t = (\S+) of 3 s \(\d+%\), \d+ steps, (\d+):(\d\d) left", terminal())
    assert len(told) > 90
    for t, minutes, seconds in told:  # a step of 0.01 s is told at each look, a second after the other
        assert 60 * int(minutes) + int(seconds) == pytest.approx((3.0 - float(t)) / 0.01, abs=2.0)


def stop_after(end):
    def stop(t, t_end, n_steps):
        if t > 1.0 + end:
            raise KeyboardInterrupt

    return stop


def test_a_line_keeps_its_width(terminal, without_tqdm, monkeypatch):
    monkeypatch.setattr(progress, "time", types.SimpleNamespace(perf_counter=Clock(1.0)))
    line = progress.Line((0.0, 400.0))
    for t in (100.0, 398.4, 400.0):
        line(t, 400.0, 500)
    assert [text.split(" of ")[0] for text in terminal().split("\r")[1:]] == ["t = 100.0", "t = 398.4", "t = 400.0"]


def test_a_bar_with_tqdm(terminal, with_tqdm):
    sol = run(progress=True)
    (bar,) = with_tqdm
    assert bar.closed
    assert bar.n == pytest.approx(1.0)
    assert re.fullmatch(rf"t = 3.000 of 3 s, {sol.stats.n_steps} steps, \d+:\d\d taken", bar.texts[-1])
    assert terminal() == ""


def test_the_bar_of_tqdm_itself(terminal):
    pytest.importorskip("tqdm")
    sol = run(progress=True)
    assert terminal().count("taken") == 1
    assert re.search(rf"100%\|.*\| t = 3.000 of 3 s, {sol.stats.n_steps} steps, \d+:\d\d taken", terminal())


def test_nothing_is_written_where_nobody_looks(monkeypatch, with_tqdm):
    pipe = io.StringIO()
    looking_at(monkeypatch, pipe)
    run(progress=True)
    assert pipe.getvalue() == ""
    assert with_tqdm == []
    looking_at(monkeypatch, None)
    run(progress=True)
    assert with_tqdm == []


def test_a_notebook_is_looked_at(monkeypatch, with_tqdm):
    looking_at(monkeypatch, io.StringIO())
    shell = types.SimpleNamespace(config={"IPKernelApp": {}})
    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: shell
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    run(progress=True)
    assert len(with_tqdm) == 1
    shell.config = {}
    run(progress=True)
    assert len(with_tqdm) == 1


def test_a_finished_run_with_a_checkpoint_shows_its_end(terminal, without_tqdm, tmp_path):
    options = {"save_at": 3, "checkpoint": tmp_path / "run.npz", "every": 0.5}
    sol = run(**options)
    run(progress=True, **options)
    assert re.fullmatch(rf"\rt = 3.000 of 3 s \(100%\), {sol.stats.n_steps} steps, 0:00 taken\n", terminal())


def test_an_integrator_that_tells_no_steps_ends_at_its_end(terminal, without_tqdm):
    class Silent:
        def solve(self, problem, t_span, y0, *, save_at=None, record=None, progress=None):
            return nf.RungeKuttaIntegrator().solve(problem, t_span, y0, save_at=save_at, record=record)

    run(progress=True, integrator=Silent())
    assert "t = 3.000 of 3 s (100%)" in terminal()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs pseudo-terminals")
def test_a_terminal_that_has_no_width_shows_a_bar():
    pytest.importorskip("tqdm")
    program = "import netframe as nf; nf.simulate(nf.Network('n', [nf.LeakyRate('E', size=2)]), 2.0, progress=True)"
    ours, theirs = os.openpty()  # 0 columns, until somebody says how many
    assert os.get_terminal_size(theirs).columns == 0
    subprocess.run([sys.executable, "-c", program], stderr=theirs, check=True)
    shown = os.read(ours, 100_000).decode()
    os.close(theirs)
    os.close(ours)
    assert re.search(r"100%\|.*\| t = 2.000 of 2 s, \d+ steps, \d+:\d\d taken", shown)


@pytest.mark.parametrize("nothing", [None, False])
def test_nothing_without_asking(terminal, with_tqdm, nothing):
    run(progress=nothing)
    assert terminal() == ""
    assert with_tqdm == []


def test_the_line_ends_when_the_run_does_not_reach_its_end(terminal, without_tqdm):
    sol = run(progress=True, integrator=nf.RungeKuttaIntegrator(max_steps=3), throw=False)
    assert sol.status is nf.Status.MAX_STEPS
    assert re.search(r"t = \S+ of 3 s \(\d+%\), 3 steps, 0:00 taken *\n$", terminal())


def test_the_line_ends_when_code_of_the_user_raises(terminal, without_tqdm):
    def rates(t, xp):
        if t > 1.5:
            raise RuntimeError("no more")
        return np.ones(2)

    f, e = nf.FunctionInput("F", size=2, function=rates, jumps=()), nf.LeakyRate("E", size=2)
    net = nf.Network("n", [f, e, nf.ReversalSynapse(f, e, weights=np.ones((2, 2)), g=1e-5)])
    with pytest.raises(RuntimeError, match="no more"):
        nf.simulate(net, 2.0, progress=True)
    assert terminal().endswith("taken\n")


def test_a_split_batch_has_one_line(terminal, without_tqdm):
    net = nf.Network("n", [nf.LeakyRate("E", size=2, v_rest=np.array([[-70.0], [-60.0], [-50.0]]) * np.ones(2))])
    nf.simulate(net, 2.0, save_at=3, batch="separate", progress=True)
    assert terminal().count("\n") == 1
    assert "t = 2.000 of 2 s (100%)" in terminal()


def test_a_function_is_called_after_each_step():
    told = []
    sol = run(progress=lambda *now: told.append(now))
    assert len(told) == sol.stats.n_steps
    assert told[-1] == (3.0, 3.0, sol.stats.n_steps)


def test_showing_does_not_change_the_run(terminal, without_tqdm):
    np.testing.assert_array_equal(run(progress=True).y, run().y)
