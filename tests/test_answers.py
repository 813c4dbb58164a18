"""Arguments that once were answered by an error of Python alone: what is no path, no grid, no time, no range."""

import attrs
import numpy as np
import pytest

import netframe as nf
from netframe import analysis, plotting

NET = nf.Network("n", [nf.ConstantInput("X", rates=[1.0]), nf.LeakyRate("E", size=2)])
SOL = nf.simulate(NET, 0.1, save_at=5)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (lambda: SOL[["E.v"]], r"\['E\.v'\] is no path, .*such as 'E\.v'.*\[sol\[path\] for path in paths\]"),
        (lambda: SOL[["E.v", "E.rate"]], r"One path at a time: \[sol\[path\] for path in paths\]"),
        (lambda: SOL["E.v", "E.rate"], "One path at a time"),
        (lambda: SOL[0], r"0 is no path.*Known: 'E\.v'"),
        (lambda: SOL[np.array(["E.v"])], "One path at a time"),
        (lambda: SOL.plot(["E.v"]), r"\['E\.v'\] is no path.*One path at a time"),
        (lambda: plotting.plot_traces(SOL, ["E.v"]), "One path at a time"),
        (lambda: NET[["E"]], r"\['E'\] is no path.*\[network\[path\] for path in paths\]"),
        (lambda: NET[NET["E"]], r"LeakyRate 'E' is no path.*mean 'E'"),
        (lambda: NET.quantity(0.0, NET.initial_state(), ["E.v"]), "One path at a time"),
        (lambda: nf.fixed_points(NET)[0][["E.v"]], "One path at a time"),
        (lambda: analysis.settled(SOL, (0.0, 0.1))[["E.v"]], r"\[report\[path\] for path in paths\]"),
    ],
)
def test_a_path_that_is_no_text_is_refused(action, words):
    with pytest.raises(nf.UnknownNameError, match=words):
        action()


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (lambda: nf.simulate(NET, 0.1, record=[["E.v"]]), r"simulate 'n': record has \['E\.v'\], which is no path"),
        (lambda: nf.simulate(NET, 0.1, record=5), "record is 5; it must be a list of paths"),
        (lambda: analysis.settled(SOL, (0.0, 0.1), paths=[5]), "paths has 5, which is no path"),
        (lambda: plotting.plot_rates(SOL, 5), "paths is 5; it must be a list of paths"),
        (lambda: plotting.plot_rates(SOL, [["E.rate"]]), r"paths has \['E\.rate'\], which is no path"),
    ],
)
def test_what_is_no_list_of_paths_is_refused(action, words):
    with pytest.raises(nf.ParameterError, match=words):
        action()


@pytest.mark.parametrize(("method", "package"), [("to_xarray", "xarray"), ("to_dataframe", "pandas")])
def test_tables_refuse_what_is_no_list_of_paths(method, package):
    pytest.importorskip(package)
    for paths, words in ((5, "paths is 5"), ([["E.v"]], r"paths has \['E\.v'\]")):
        with pytest.raises(nf.ParameterError, match=words):
            getattr(SOL, method)(paths)


def test_a_generator_of_paths_is_a_list_of_them():
    sol = nf.simulate(NET, 0.1, record=(path for path in ("E.v", "E.rate", "E.v")))
    assert sol.paths == ("E.v", "E.rate")


@pytest.mark.parametrize("shape", [8, "24", (2.0, 1.0), (-1, -2), (1, 2, 1), (2, 2), np.array([[1, 2]])])
def test_a_film_refuses_what_is_no_grid(shape):
    with pytest.raises(nf.ParameterError, match=r"shape is .*it must be \(n_rows, n_columns\) of 2 cells"):
        plotting.animate_activity(SOL, "E.v", shape=shape)


@pytest.mark.parametrize("interval", ["a", 0, -1.0, np.nan, np.inf, None])
def test_a_film_refuses_what_is_no_time_between_frames(interval):
    with pytest.raises(nf.ParameterError, match=r"interval is .*positive time between frames in ms"):
        plotting.animate_activity(SOL, "E.v", interval=interval)


@pytest.mark.parametrize("time", ["a", [0.1], np.nan, 0.2])
def test_rates_refuse_what_is_no_time(time):
    with pytest.raises(nf.ParameterError, match=r"time is .*; times from 0 to 0.1 s were saved"):
        plotting.plot_rates(SOL, time=time)


@pytest.mark.parametrize(
    "draw",
    [
        lambda sol: plotting.plot_rates(sol),
        lambda sol: plotting.plot_rates(sol, time=0.0),
        lambda sol: plotting.plot_heatmap(sol, "E.v"),
        lambda sol: plotting.plot_traces(sol, "E.rate"),
        lambda sol: plotting.animate_activity(sol, "E.v"),
    ],
)
def test_a_solution_without_times_has_nothing_to_draw(draw):
    with pytest.raises(nf.ParameterError, match="the solution has no times"):
        draw(attrs.evolve(SOL, t=SOL.t[:0], y=SOL.y[:0]))


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        (("a", 1), "low is 'a'; it must be a number"),
        ((0, None), "high is None; it must be a number"),
        ((2, 1), "low is 2 and high is 1; nothing lies between them"),
        ((0.0, np.nan), "low is 0.0 and high is nan; nothing lies between"),
    ],
)
def test_a_range_has_two_bounds_in_order(bounds, words):
    with pytest.raises(nf.ParameterError, match=f"in_range: {words}"):
        nf.in_range(*bounds)


def test_a_range_may_be_one_number_or_without_an_end():
    assert nf.in_range(1, 1).accepts(np.array([0.0, 1.0])).tolist() == [False, True]
    assert nf.in_range(0, np.inf).accepts(np.array([-1.0, 1e300])).tolist() == [False, True]


@pytest.mark.parametrize("member", [None, 1])
def test_a_picture_of_a_batch_computes_each_value_once(monkeypatch, member):
    several = nf.Network("n", [nf.LeakyRate("E", size=2, v_rest=np.linspace(-60.0, -40.0, 3)[:, None])])
    sol = nf.simulate(several, 0.1, save_at=5)
    asked = counted(monkeypatch)
    sol.plot("E.rate", member=member)
    assert asked == sol.t.tolist()


def test_rates_of_one_moment_compute_that_moment_alone(monkeypatch):
    asked = counted(monkeypatch)
    axes = plotting.plot_rates(SOL, time=0.03)
    assert set(asked) == {SOL.t[1]}
    monkeypatch.undo()
    assert [line.get_ydata().tolist() for line in axes.lines] == [SOL["X.rate"][1].tolist(), SOL["E.rate"][1].tolist()]


def counted(monkeypatch):
    """The times at which quantities are computed from now on."""
    asked, reader = [], nf.Network.reader

    def counting(self, path):
        read = reader(self, path)

        def value(t, y):
            asked.append(t)
            return read(t, y)

        return value

    monkeypatch.setattr(nf.Network, "reader", counting)
    return asked
