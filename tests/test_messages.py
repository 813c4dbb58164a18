"""Messages that a newcomer asked for: what to write in place of what was written."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

import netframe as nf
from netframe.testing import check_component

X, E = nf.ConstantInput("X", rates=[1.0]), nf.FiringRate("E", size=2)
NET = nf.Network("n", [X, nf.LeakyRate("L", size=2)])


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("rk4", "nf.FixedStepIntegrator('rk4')"),
        ("DOPRI5", "nf.RungeKuttaIntegrator('Dopri5')"),
        ("jax", "nf.JaxIntegrator()"),
        ("SundialsIntegrator", "nf.SundialsIntegrator()"),
        ("bdf", "nf.ScipyIntegrator('BDF')"),
        ("exact", "nf.ExactIntegrator()"),
        ("RK54", "'RK45'"),
        ("AUTO", "'auto'"),
    ],
)
def test_a_method_by_its_name_is_told_how_it_is_written(method, words):
    with pytest.raises(nf.ParameterError) as told:
        nf.simulate(NET, 0.1, integrator=method)
    assert words in str(told.value)


@nf.component
class Mine(nf.InstantSynapse):
    def current(self, t, s, inputs):
        return self.g * inputs.drive * inputs.post.v


def test_a_synapse_that_asks_its_target_for_too_much_names_both():
    net = nf.Network("n", [X, E, Mine(X, E, weights=1.0, g=1.0)])
    with pytest.raises(nf.HookError, match=r"Mine 'X_to_E': in current .*FiringRate 'E'.*'v'.*Known: 'r'"):
        nf.simulate(net, 0.1)


@pytest.mark.parametrize(
    ("cls", "g"),
    [
        (nf.ReversalSynapse, {"g": 1.0}),
        (nf.ConductanceSynapse, {"g_max": 1.0}),
        (nf.RiseDecaySynapse, {"g": 1.0, "rise": 0.002, "decay": 0.1}),
        (nf.NMDASynapse, {"g": 1.0}),
        (nf.GapJunction, {"g": 1.0}),
    ],
)
def test_a_target_without_the_state_that_is_read_is_refused_at_once(cls, g):
    pre, post = nf.LeakyRate("L", size=1), nf.WilsonCowan("W", size=2)
    told = rf"{cls.__name__} 'L_to_W': WilsonCowan 'W' has no state 'v', which {cls.__name__} reads\. Known: 'a'"
    with pytest.raises(nf.ParameterError, match=told):
        cls(pre, post, weights=1.0, **g)
    assert cls(pre, pre, weights=1.0, **g).post is pre


def test_a_synapse_with_a_current_of_its_own_reads_what_it_likes():
    @nf.component
    class Activity(nf.ReversalSynapse):
        def derivatives(self, t, s, inputs):
            return {"i": (self.g * inputs.drive * (1.0 - inputs.post.a) - s.i) / self.tau}

    w = nf.WilsonCowan("W", size=2)
    sol = nf.simulate(nf.Network("n", [X, w, Activity(X, w, weights=1.0, g=1.0)]), 0.1)
    assert np.all(sol["X_to_W.i"][-1] > 0.0)

    @nf.component
    class Declared(Activity):
        post_states = ("a",)

    with pytest.raises(nf.ParameterError, match="LeakyRate 'L' has no state 'a', which Declared reads"):
        Declared(X, NET["L"], weights=1.0, g=1.0)


def test_hooks_that_are_never_called_are_refused():
    @nf.component
    class Idle(nf.InstantSynapse):
        def pre_derivatives(self, t, s, pre):
            return {"x": -s.x}

    with pytest.raises(
        nf.DeclarationError, match="pre_derivatives is never called, as there is no state on axis 'pre'"
    ):
        Idle(X, E, weights=1.0, g=1.0)


@pytest.mark.parametrize("thing", [nf.FiringRate, NET])
def test_check_component_says_what_it_takes(thing):
    with pytest.raises(nf.ParameterError, match="must be a population, an input, a projection or a structure"):
        check_component(thing)


def test_parameters_asked_of_a_solution_are_in_the_network():
    sol = nf.simulate(NET, 0.1)
    with pytest.raises(nf.UnknownNameError, match=r"network\['L'\]\.activation\.threshold"):
        sol["L.activation.threshold"]
    with pytest.raises(nf.UnknownNameError, match="does not exist. Known: 'L.v'"):
        sol["L.copy"]


def test_noise_that_ends_too_early_wants_a_longer_duration():
    noise = nf.OrnsteinUhlenbeckInput("N", size=1, mean=5.0, sd=1.0, tau=0.1, dt=0.01, duration=0.05, seed=1)
    with pytest.raises(nf.ParameterError, match="longer duration"):
        nf.simulate(nf.Network("n", [noise, nf.LeakyRate("L", size=2)]), 0.1)


def test_a_fixed_point_is_a_state_to_start_from():
    (point,) = nf.fixed_points(NET)
    assert np.array_equal(nf.simulate(NET, 0.1, y0=point, save_at=2)["L.v"][0], point["L.v"])


def test_families_list_what_they_offer():
    assert "fixed_points" in dir(nf.analysis)
    assert "loader" not in dir(nf.analysis)
    assert "WilsonCowan" in dir(nf)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (lambda: nf.load(), "path is such as 'run.npz'"),
        (lambda: nf.simulate(NET, 0.1).save(), "path is such as 'run.npz'"),
        (lambda: nf.load_network(), "path is such as 'net.toml'"),
        (lambda: nf.save_network(NET), "path is such as 'net.toml'"),
        (lambda: nf.simulate(NET, 0.1).plot(), "path is such as 'E.v'"),
        (lambda: nf.plotting.plot_solution(NET), "path is such as 'E.v'"),
    ],
)
def test_a_call_without_a_path_is_told_what_kind_of_path(action, words):
    with pytest.raises(nf.ParameterError) as told:
        action()
    assert str(told.value).endswith(words)


def test_a_file_of_the_user_whose_name_begins_like_that_of_the_package_is_the_users():
    mine = str(Path(nf.__file__).parent) + "_study.py"
    code = compile("\n\nnf.simulate(net, 0.1, integrator=nf.RungeKuttaIntegrator(rtol=0.5))", mine, "exec")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        exec(code, {"nf": nf, "net": NET})
    assert [(one.filename, one.lineno) for one in told] == [(mine, 3)]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (nf.ReversalSynapse, {"g": 1e-4}),
        (nf.ConductanceSynapse, {"g_max": 1e-4}),
        (nf.RiseDecaySynapse, {"rise": 0.001, "decay": 0.004}),
        (nf.NMDASynapse, {"g": 1e-4}),
    ],
)
@pytest.mark.parametrize(
    "weights", [-0.5, [[1.0], [-0.5]], sparse.csr_array([[1.0], [-0.5]])], ids=["one", "array", "csr"]
)
def test_negative_weights_that_are_conductances_are_warned_of(kind, options, weights):
    cells = nf.LeakyRate("L", size=2)
    with pytest.warns(UserWarning, match=rf"{kind.__name__} 'X_to_L': weights go down to -0\.5.*e_rev=-80"):
        kind(X, cells, weights=weights, **options)
    kind(X, cells, weights=abs(np.asarray(-0.5)), e_rev=-80.0, **options)
    nf.CurrentSynapse(X, cells, weights=weights, g=1.0)  # currents have either sign


def test_a_network_that_is_rebuilt_is_not_warned_of_again():
    cells = nf.LeakyRate("L", size=2)
    net = nf.Network("n", [X, cells, nf.ReversalSynapse(X, cells, weights=0.5, g=1e-4)])
    tried = net.with_parameters({"X_to_L.weights": -0.5})["X_to_L"]  # as a fit does, at each of its trials
    assert tried.copy("again").weights == -0.5
    with pytest.raises(nf.ParameterError, match="resolution"):
        tried.replace(resolution="none")
    with pytest.warns(UserWarning, match="conductances"):  # a refusal leaves nothing behind
        nf.ReversalSynapse(X, cells, weights=-0.5, g=1e-4)


def test_a_class_of_ones_own_with_a_reversal_potential_is_warned_for_too():
    @nf.component
    class Chloride(nf.InstantSynapse):
        e_rev: nf.Param = nf.parameter(-80.0, unit="mV", axes=("post",), doc="reversal potential")

    with pytest.warns(UserWarning, match="Chloride .*conductances"):
        Chloride(X, nf.LeakyRate("L", size=2), weights=-1.0, g=1.0)


def test_changes_are_ratios_and_pure_numbers_have_no_unit():
    cell = nf.Network("n", [nf.WilsonCowan("E", size=1)])
    report = nf.settled(nf.simulate(cell, 0.1, save_at=101, y0={"E.a": 0.5}))
    assert "largest change, of the range" in repr(report)
    table = nf.compare_integrators(
        cell, 0.05, [nf.RungeKuttaIntegrator()], y0={"E.a": 0.5}, tolerances=[1e-3], repeats=1
    )
    assert re.search(r"references agree to E\.a [-0-9.e]+;", repr(table))
    assert "error E.a  " in repr(table)
    with pytest.raises(nf.ParameterError, match=r"at most 0\.0 in 'E\.a'. The smallest is [-0-9.e]+;"):
        table.cheapest(0.0)
    volts = nf.compare_integrators(NET, 0.05, [nf.RungeKuttaIntegrator()], tolerances=[1e-3], repeats=1)
    assert re.search(r"references agree to L\.v [-0-9.e]+ mV;", repr(volts))


def test_seeds_are_those_that_a_network_holds():
    cells, uniform = nf.LeakyRate("L", size=2), nf.uniform(0.0, 1.0)
    drawn = nf.Drawn("all_to_all", X, cells, {"weights": uniform}, seed=3)
    numbers = nf.all_to_all(X, cells, uniform, np.random.default_rng(3))
    seeds = [
        nf.simulate(nf.Network("n", [X, cells, nf.CurrentSynapse(X, cells, weights=weights, g=1.0)]), 0.01).provenance
        for weights in (drawn, numbers)
    ]
    assert [found["seeds"] for found in seeds] == [{"X_to_L.weights.seed": 3}, {}]
    assert "nf.Drawn" in nf.Solution.provenance.__doc__


def test_a_path_that_is_missing_is_most_likely_of_a_node():
    cells = [nf.LeakyRate(name, size=2) for name in ("E", "I")]
    wires = [nf.ReversalSynapse(pre, post, weights=1.0, g=1e-5) for pre in [X, *cells] for post in cells]
    patterns = nf.ConstantInput("X", rates=np.ones((3, 1)))
    wires[:2] = [nf.ReversalSynapse(patterns, post, weights=1.0, g=1e-5) for post in cells]
    sol = nf.simulate(nf.Network("n", [*wires[2:4], patterns, *cells, *wires[:2], *wires[4:]]), 0.01, save_at=3)
    assert len(sol.paths) > 12
    first = r"Known: 'E\.v', 'I\.v', 'E\.rate', 'I\.rate', 'X\.rate', 'E\.current'"
    for call in (
        lambda: nf.analysis.tuning_curves(sol, [0, 1, 2], at=0.01),
        lambda: nf.analysis.responses(sol),
        lambda: nf.analysis.power_spectrum(sol),
        lambda: nf.plotting.plot_heatmap(sol),
    ):
        with pytest.raises(nf.ParameterError, match=first):
            call()


def test_a_start_of_a_batch_may_be_one_for_all_members():
    net = nf.Network("n", [nf.ConstantInput("F", rates=np.ones((3, 1))), nf.LeakyRate("E", size=4)])
    with pytest.raises(nf.ParameterError, match=r"'E\.v' has shape \(5,\); .* of shape \(4,\) or \(3, 4\)"):
        nf.simulate(net, 0.01, y0={"E.v": np.zeros(5)})
    assert nf.simulate(net, 0.01, y0={"E.v": np.zeros(4)}, save_at=2)["E.v"].shape == (2, 3, 4)
    with pytest.raises(nf.ParameterError, match=r"of shape \(2,\)$"):
        nf.simulate(NET, 0.01, y0={"L.v": np.zeros(5)})


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: nf.simulate(NET, 0.1, y0={"L.rate": 1.0}), r"no state 'L\.rate'\. It is computed.*Known: 'L\.v'"),
        (
            lambda: nf.simulate(NET, 0.1, y0={"L.tau": 1.0}),
            r"read network\['L'\]\.tau, or change it by with_parameters",
        ),
        (lambda: nf.simulate(NET, 0.1, y0={"L.u": 1.0}), r"no state 'L\.u'\. (Did.*)?Known: 'L\.v'"),
        (lambda: nf.simulate(NET, 0.1, record=["L.tau"]), r"'L\.tau', which changes in no run\. It is a parameter"),
        (
            lambda: nf.simulate(NET, 0.1)["L.activation.peak"],
            r"It is a parameter: read network\['L'\]\.activation\.peak",
        ),
        (
            lambda: NET.with_parameters({"L.v": 1.0}),
            r"no parameter 'v' in LeakyRate 'L'\. It is a state: give y0=\{'L\.v'",
        ),
    ],
)
def test_a_path_of_another_kind_is_told_what_it_is(call, words):
    with pytest.raises(nf.UnknownNameError, match=words):
        call()


def test_a_shape_whose_first_axes_count_as_a_batch_is_told_so():
    cells = nf.LeakyRate("C", size=3)
    with pytest.raises(
        nf.ParameterError, match=r"shape \(4, 3, 3\), of which \(4,\) are a batch; expected shape \(2, 3\)"
    ):
        nf.ReversalSynapse(cells, nf.LeakyRate("L", size=2), weights=nf.Circulant(np.ones((4, 3))), g=1.0)
