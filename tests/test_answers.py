"""What is no path, and what is no list of paths, is answered with a sentence wherever something is looked up."""

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
        (lambda: nf.compare_integrators(NET, 0.1, paths=5), "paths is 5; it must be a list of paths"),
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
