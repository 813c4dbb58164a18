"""Work-precision tables: errors that are right, settings that are run, failures that are rows, and the picture."""

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_allclose
from scipy.linalg import expm

import netframe as nf

DECAY = nf.Network("decay", [nf.LeakyRate("E", size=2, tau=0.05), nf.LeakyRate("I", size=1, tau=0.1)])
START = {"E.v": -50.0, "I.v": -60.0}
TWO = (nf.RungeKuttaIntegrator("Dopri5"), nf.FixedStepIntegrator("heun"))


def compared(integrators=TWO, network=DECAY, duration=0.2, **options):
    options = {"y0": START, "tolerances": (1e-3, 1e-6), "save_at": 21, "repeats": 1} | options
    return nf.compare_integrators(network, duration, integrators, **options)


@pytest.fixture(scope="module")
def table():
    return compared(steps=(0.02, 0.01))


def test_errors_are_those_of_the_exact_solution(table):
    """The decay is known, and so is Heun's: y + 20 (1 - h/tau + (h/tau)^2 / 2)^n."""
    times = np.linspace(0.0, 0.2, 21)
    for m in table.measurements:
        if isinstance(m.integrator, nf.FixedStepIntegrator):
            x = m.integrator.dt / 0.05
            on_grid = np.arange(0, 21, round(m.integrator.dt / 0.01))
            steps = times[on_grid] / m.integrator.dt
            wrong = 20.0 * np.abs((1.0 - x + 0.5 * x * x) ** steps - np.exp(-times[on_grid] / 0.05)).max()
            assert 0.999 * wrong <= m.errors["E.v"] <= 1.3 * wrong  # between steps it is interpolated
    run = nf.simulate(DECAY, 0.2, y0=START, save_at=21, integrator=nf.RungeKuttaIntegrator(rtol=1e-3, atol=1e-6))
    known = -70.0 + 10.0 * np.exp(-times / 0.1)
    found = next(m for m in table.measurements if m.setting == "rtol 0.001")
    assert_allclose(found.errors["I.v"], np.abs(run["I.v"][:, 0] - known).max(), rtol=1e-3)


def test_every_rung_is_run_the_tolerances_in_proportion_and_counts_are_those_of_a_run(table):
    assert [(m.setting, m.status) for m in table.measurements] == [
        ("rtol 0.001", "success"),
        ("rtol 1e-06", "success"),
        ("dt 0.02 s", "success"),
        ("dt 0.01 s", "success"),
    ]
    loose = table.measurements[0].integrator
    assert_allclose([loose.rtol, loose.atol], [1e-3, 1e-6], rtol=1e-12)
    for m in table.measurements:
        alone = nf.simulate(DECAY, 0.2, y0=START, save_at=21, record=["E.v", "I.v"], integrator=m.integrator)
        assert (m.stats.n_rhs, m.stats.n_steps) == (alone.stats.n_rhs, alone.stats.n_steps)
        assert m.seconds > 0.0
        assert m.setup >= 0.0
    assert [m.setup for m in table.measurements[:2]] == [table.measurements[0].setup] * 2


def test_the_reference_stands_still_far_below_the_finest_error(table):
    assert set(table.reference_errors) == {"E.v", "I.v"}
    assert max(table.reference_errors.values()) <= 0.1 * 1e-6 * 70.0
    assert max(table.reference_errors.values()) < 0.1 * min(m.errors["E.v"] for m in table.measurements)


def test_all_but_times_is_the_same_again(table):
    again = compared(steps=(0.02, 0.01))
    for one, other in zip(table.measurements, again.measurements, strict=True):
        assert (one.setting, dict(one.errors), one.status) == (other.setting, dict(other.errors), other.status)
        assert one.stats.n_rhs == other.stats.n_rhs


def test_the_table_is_in_the_order_of_errors_and_its_columns_line_up(table):
    errors = [m.errors["E.v"] for m in table.rows()]
    assert errors == sorted(errors)
    title, header, *lines = str(table).splitlines()
    assert "'decay' for 0.2 s" in title
    for word in ("error E.v (mV)", "error I.v (mV)", "run (s)", "set-up (s)", "right-hand sides", "steps"):
        assert word in header
    column = header.index("setting")
    assert len(lines) == 4
    assert all(line[column - 1] == " " and line[column : column + 4] in ("rtol", "dt 0") for line in lines)
    assert lines[0].startswith("RungeKuttaIntegrator Dopri5")
    assert "<table>" in table._repr_html_()


def test_paths_that_were_not_compared_are_answered(table):
    with pytest.raises(nf.UnknownNameError, match=r"'E\.w' was not compared.*'E\.v'"):
        table.rows("E.w")
    with pytest.raises(nf.UnknownNameError, match=r"\['E\.v'\] is no path.*One path at a time"):
        table.best(["E.v"])
    with pytest.raises(nf.UnknownNameError, match=r"5 is no path, which is text, such as 'E\.v'"):
        table.cheapest(1.0, 5)


def made_up(*points):
    """A comparison with errors, seconds and set-up as given; no error is a failure."""
    found = [
        nf.Measurement(
            nf.RungeKuttaIntegrator(),
            str(k),
            {} if error is None else {"E.v": error},
            seconds,
            setup,
            nf.Stats(),
            "success" if error is not None else "step limit",
        )
        for k, (error, seconds, setup) in enumerate(points)
    ]
    return nf.Comparison(DECAY, 1.0, {"E.v": "mV"}, tuple(found), {"E.v": 0.0})


def test_the_cheapest_meets_the_error_and_the_set_up_counts_when_asked():
    table = made_up((1e-2, 1.0, 0.0), (1e-3, 0.5, 9.0), (1e-4, 2.0, 0.0), (None, 0.1, 0.0))
    assert table.cheapest(1e-2).setting == "1"
    assert table.cheapest(1e-2, runs=1).setting == "0"
    assert table.cheapest(1e-3, runs=1).setting == "2"
    assert table.cheapest(1e-3, runs=100).setting == "1"
    assert table.cheapest(1e-4).setting == "2"
    assert [m.setting for m in table.best()] == ["2", "1"]
    assert [m.setting for m in table.rows()] == ["2", "1", "0", "3"]
    with pytest.raises(nf.ParameterError, match=r"at most 1e-05 mV in 'E.v'. The smallest is 0.0001 mV"):
        table.cheapest(1e-5)
    with pytest.raises(nf.UnknownNameError, match="Known: 'E.v'"):
        table.cheapest(1e-2, "I.v")


class Failing:
    def solve(self, problem, t_span, y0, **options):
        raise ValueError("no wheels")


def test_a_long_reason_is_kept_whole_and_told_in_short():
    e = nf.LeakyRate("E", size=2)
    net = nf.Network("n", [e, nf.ReversalSynapse(e, e, weights=1.0, g=1e-5)])
    table = nf.compare_integrators(net, 0.02, [nf.ExactIntegrator()], repeats=1)
    (row,) = table.measurements
    assert row.status.endswith("Take RungeKuttaIntegrator(), or integrator='auto'")
    assert "\n" not in row.status
    assert " ..." in str(table)
    assert row.status not in str(table)


def test_failures_are_rows():
    short = nf.RungeKuttaIntegrator("Dopri5", max_steps=3)
    table = compared([Failing(), short, nf.RungeKuttaIntegrator("Tsit5")])
    status = {m.setting if m.integrator is not None else "": m.status for m in table.measurements[:3]}
    assert status == {"as given": "ValueError: no wheels", "rtol 0.001": "step limit", "rtol 1e-06": "step limit"}
    assert all(m.errors == {} for m in table.measurements[:3])
    assert [m.status for m in table.rows()[-3:]] == [m.status for m in table.measurements[:3]]
    assert "no wheels" in str(table)
    assert len(table.best()) >= 1
    assert all(m.status == "success" for m in table.best())


def test_a_run_that_takes_too_long_is_a_row():
    table = compared([nf.FixedStepIntegrator("euler")], steps=(1e-6,), max_wall_time=0.05)
    assert [m.status for m in table.measurements] == ["wall-time limit"]


def test_an_integrator_of_ones_own_runs_as_it_is():
    class Exact:
        def solve(self, problem, t_span, y0, *, save_at=None, record=None, progress=None):
            matrix = np.diag([-20.0, -20.0, -10.0])
            y = np.array([-70.0 + expm(matrix * t) @ (y0 + 70.0) for t in save_at])
            return nf.Solution(problem, save_at, y)

    (found,) = compared([Exact()]).measurements
    assert found.setting == "as given"
    assert found.errors["E.v"] < 1e-9


def test_batches_and_chosen_paths():
    patterns = nf.ConstantInput("F", rates=np.array([[10.0, 20.0], [30.0, 40.0], [5.0, 0.0]]))
    e = nf.LeakyRate("E", size=4)
    net = nf.Network("batch", [patterns, e, nf.ReversalSynapse(patterns, e, weights=np.ones((4, 2)), g=2e-4)])
    table = compared(network=net, y0=None, paths=["F_to_E.i", "E.rate"])
    assert table.paths == ("F_to_E.i", "E.rate")
    assert table.units == {"F_to_E.i": "nA", "E.rate": "Hz"}
    finest = min(table.measurements, key=lambda m: m.errors["F_to_E.i"])
    assert 0.0 < finest.errors["F_to_E.i"] < 1e-5


def test_what_is_installed_is_compared_unless_given():
    found = {type(m.integrator).__name__ for m in compared(None, tolerances=(1e-4,), steps=(0.01,)).measurements}
    assert {"RungeKuttaIntegrator", "ScipyIntegrator", "FixedStepIntegrator"} <= found


def test_the_picture_has_a_line_for_each_integrator_with_units(table):
    ax = table.plot(ax=Figure().subplots())
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("largest error in E.v (mV)", "time of a run (s)")
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert [line.get_label() for line in ax.lines] == ["RungeKuttaIntegrator Dopri5", "FixedStepIntegrator heun"]
    for line, measured in zip(ax.lines, (table.measurements[:2], table.measurements[2:]), strict=True):
        assert_allclose(line.get_xdata(), [m.errors["E.v"] for m in measured])
        assert_allclose(line.get_ydata(), [m.seconds for m in measured])
    assert table.plot("I.v", ax=Figure().subplots()).get_xlabel() == "largest error in I.v (mV)"
    with pytest.raises(nf.ParameterError, match="ax is of type str"):
        table.plot(ax="here")


def test_the_picture_leaves_out_what_failed_and_tells_many_apart():
    ax = made_up((None, 1.0, 0.0)).plot(ax=Figure().subplots())
    assert not ax.lines
    methods = ("RK23", "RK45", "DOP853", "Radau", "BDF", "LSODA")
    many = [nf.ScipyIntegrator(m) for m in methods] + [nf.RungeKuttaIntegrator(m) for m in ("Dopri5", "Tsit5", "BS3")]
    ax = compared(many, tolerances=(1e-4,)).plot(ax=Figure().subplots())
    looks = {(line.get_color(), line.get_marker(), line.get_linestyle()) for line in ax.lines}
    assert len(looks) == len(many)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"network": "net"}, "network is 'net'"),
        ({"repeats": 0}, "repeats is 0"),
        ({"tolerances": ()}, "tolerances is ()"),
        ({"tolerances": 1e-3}, "tolerances is 0.001"),
        ({"tolerances": (1e-3, -1.0)}, "positive numbers"),
        ({"steps": (0.0,)}, "steps is (0.0,)"),
        ({"paths": []}, "paths is empty"),
        ({"integrators": nf.RungeKuttaIntegrator()}, "must be a list of integrators"),
        ({"integrators": "auto"}, "integrators is 'auto'"),
        ({"integrators": []}, "integrators is empty; give one or more"),
        ({"integrators": [nf.RungeKuttaIntegrator]}, "Write RungeKuttaIntegrator()"),
        ({"duration": -1.0}, "duration is -1.0"),
    ],
)
def test_what_cannot_be_compared_is_refused(options, words):
    with pytest.raises(nf.ParameterError) as caught:
        compared(**options)
    assert words in str(caught.value)


def test_an_unknown_path_is_refused_with_the_closest():
    with pytest.raises(nf.UnknownNameError, match="Did you mean 'E.v'"):
        compared(paths=["E.V"])
