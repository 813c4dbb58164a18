"""Trust and provenance: what a run ten times as exact changes, and what a solution says of its making."""

import pickle
import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import netframe as nf
from netframe.provenance import network_hash
from netframe.trust import tightened


def decaying(size=2, tau=0.1, **options):
    return nf.Network("n", [nf.LeakyRate("E", size=size, tau=tau, **options)])


def feedforward(patterns=None, seed=0, **options):
    rng = np.random.default_rng(seed)
    ffe = nf.ConstantInput("FFE", rates=rng.uniform(0, 20, 3) if patterns is None else patterns)
    e = nf.LeakyRate("E", size=4)
    synapse = nf.ReversalSynapse(ffe, e, weights=rng.uniform(0, 1, (4, 3)), g=1e-4, **options)
    return nf.Network("ff", [ffe, e, synapse])


class TestDifferences:
    def test_euler_differs_as_its_error_formula_says(self):
        # v_n = -70 + 10 (1 - h/tau)^n exactly, for both steps.
        sol = nf.simulate(
            decaying(), 0.5, y0={"E.v": -60.0}, save_at=6, integrator=nf.FixedStepIntegrator("euler", dt=1e-2)
        )
        t = np.linspace(0, 0.5, 6)
        coarse, fine = (10 * (1 - h / 0.1) ** np.round(t / h) for h in (1e-2, 1e-3))
        report = sol.trust()
        assert report.largest["E.v"] == pytest.approx(np.abs(coarse - fine).max(), rel=1e-9)
        (difference,) = report.differences
        assert difference.time == pytest.approx(t[np.abs(coarse - fine).argmax()])
        assert (difference.unit, difference.entry, difference.member) == ("mV", "E.v[0]", None)
        assert report.reference.dt == pytest.approx(1e-3)

    def test_tolerances_become_a_tenth_and_limits_ten_times(self):
        given_ = nf.ScipyIntegrator("BDF", rtol=1e-5, atol=1e-7, max_steps=50)
        found = tightened(given_)
        assert (found.rtol, found.atol) == (pytest.approx(1e-6), pytest.approx(1e-8))
        assert (found.max_steps, found.method) == (500, "BDF")
        jax = tightened(nf.JaxIntegrator("rk4", dt=1e-3))
        assert (jax.dt, jax.rtol) == (pytest.approx(1e-4), 1e-6)
        assert tightened(nf.JaxIntegrator("Tsit5")).rtol == pytest.approx(1e-7)

    @pytest.mark.parametrize("method", ["RK45", "BDF", "LSODA"])
    def test_a_loose_run_is_found_out(self, method):
        net = feedforward()
        loose, tight = (
            nf.simulate(net, 0.3, save_at=10, integrator=nf.ScipyIntegrator(method, rtol=r, atol=r)).trust()
            for r in (1e-3, 1e-8)
        )
        assert loose.largest["E.v"] > 100 * tight.largest["E.v"]
        assert set(loose.largest) == {"E.v", "FFE_to_E.i"}

    def test_an_exact_integrator_is_compared_with_another_method(self):
        sol = nf.simulate(
            decaying(activation=nf.Identity()), 0.5, y0={"E.v": -60.0}, save_at=5, integrator=nf.ExactIntegrator()
        )
        report = sol.trust()
        assert isinstance(report.reference, nf.RungeKuttaIntegrator)
        assert report.largest["E.v"] < 1e-6

    def test_an_integrator_of_ones_own(self):
        class Coarse:
            def solve(self, problem, t_span, y0, *, save_at=None, record=None, progress=None):
                found = nf.FixedStepIntegrator("euler", dt=0.05).solve(
                    problem, t_span, y0, save_at=save_at, record=record
                )
                return nf.Solution(problem, found.t, found.y)

        report = nf.simulate(decaying(), 0.5, y0={"E.v": -60.0}, save_at=5, integrator=Coarse()).trust()
        assert report.largest["E.v"] > 0.1
        assert "Coarse against RungeKuttaIntegrator Dopri5 rtol 1e-09" in repr(report)

    def test_every_step_and_a_later_start(self):
        sol = nf.simulate(feedforward(), 0.3, t0=1.7, y0={"E.v": -55.0})
        assert sol.trust().largest["E.v"] < 1e-3

    def test_recorded_paths_are_compared(self):
        report = nf.simulate(feedforward(), 0.3, save_at=5, record=["E.rate", "FFE_to_E.current"]).trust()
        assert set(report.largest) == {"E.rate", "FFE_to_E.current"}
        assert [c.path for c in report.crossings] == ["E.rate"]
        report = nf.simulate(feedforward(), 0.3, save_at=5, record=["E.v"]).trust()
        assert report.crossings == ()


class TestBatches:
    PATTERNS = np.random.default_rng(3).uniform(0, 30, (2, 5, 3))

    @pytest.mark.parametrize("how", ["together", "separate", 3])
    def test_a_sample_runs_again(self, how):
        sol = nf.simulate(feedforward(self.PATTERNS), 0.2, save_at=4, batch=how)
        report = sol.trust(members=4)
        assert report.members == (0, 3, 6, 9)
        assert report.n_members == 10
        assert report.largest["E.v"] < 1e-3
        assert all(d.member in report.members for d in report.differences)
        assert report.crossings[0].count == 4 * 4
        assert sol.trust(members=1).members == (0,)

    def test_the_member_is_the_one_that_differs(self):
        tau = np.array([[1.0], [1.0], [0.02], [1.0]])
        sol = nf.simulate(
            decaying(tau=tau), 0.2, y0={"E.v": -60.0}, save_at=9, integrator=nf.FixedStepIntegrator("euler", dt=1e-3)
        )
        assert sol.trust().differences[0].member == 2
        assert sol.trust(members=2).members == (0, 3)

    def test_members_are_called_as_pictures_call_them(self):
        sol = nf.simulate(feedforward(self.PATTERNS), 0.2, save_at=4)
        labels = {"batch_0": {"contrast": [10.0, 20.0]}, "batch_1": {"angle": [0, 36, 72, 108, 144]}}
        for own in (sol, sol.with_coordinates(labels)):
            (difference, _) = own.trust().differences
            i, j = np.unravel_index(difference.member, (2, 5))
            assert own.plot("E.v", member=(i, j)).get_title() == f"ff, {difference.called}"
            assert f", {difference.called}, t = " in repr(own.trust())
            told = f"contrast = {[10, 20][i]}, angle = {36 * j}" if own is not sol else f"member {i}, {j}"
            assert difference.called == told

    def test_recorded_batches(self):
        sol = nf.simulate(feedforward(self.PATTERNS), 0.2, save_at=4, record=["E.v", "E.rate"])
        assert sol.trust(members=3).largest["E.rate"] < 1e-3


class TestThresholds:
    def test_a_cell_that_changes_sides_is_counted(self):
        # Euler with h = tau/2 decays by 4 each tau, where the course itself does by e: levels between are missed.
        sol = nf.simulate(
            decaying(size=3), 0.1, y0={"E.v": [-60.0, -70.0, -60.0]}, save_at=[0.0, 0.1],
            integrator=nf.FixedStepIntegrator("euler", dt=0.05),
        )  # fmt: skip
        (crossing,) = sol.trust(thresholds={"E.v": -67.0}).crossings
        assert (crossing.above, crossing.changed, crossing.count) == (0, 2, 3)
        (crossing,) = sol.trust(thresholds={"E.v": -69.0}).crossings
        assert (crossing.above, crossing.changed) == (2, 0)

    def test_rates_above_zero_unless_given(self):
        net = feedforward()
        sol = nf.simulate(net, 1.0, y0={"E.v": -45.0}, save_at=2)
        (crossing,) = sol.trust().crossings
        assert (crossing.path, crossing.threshold, crossing.unit) == ("E.rate", 0.0, "Hz")
        assert crossing.above == int((sol["E.rate"][-1] > 0).sum())

    def test_what_cannot_be_a_threshold(self):
        sol = nf.simulate(decaying(), 0.1, save_at=2)
        with pytest.raises(nf.UnknownNameError, match=r"thresholds has 'E\.w'.*Did you mean 'E\.v'"):
            sol.trust(thresholds={"E.w": 0.0})
        with pytest.raises(nf.ParameterError, match=r"threshold of 'E\.v' is nan"):
            sol.trust(thresholds={"E.v": np.nan})


class TestRefusals:
    def test_a_solution_that_was_not_made_by_a_run(self):
        net = decaying()
        sol = nf.Solution(net, np.array([0.0, 1.0]), np.zeros((2, 2)))
        with pytest.raises(nf.ParameterError, match="simulate did not make it, so it cannot be run again"):
            sol.trust()

    def test_a_run_that_ended_early(self):
        integrator = nf.RungeKuttaIntegrator(max_steps=2)
        sol = nf.simulate(decaying(), 0.5, y0={"E.v": -60.0}, integrator=integrator, throw=False)
        with pytest.raises(nf.ParameterError, match=r"ended early \(step limit\)"):
            sol.trust()

    def test_tolerances_at_rounding(self):
        sol = nf.simulate(decaying(), 0.1, save_at=2, integrator=nf.RungeKuttaIntegrator(rtol=1e-13))
        with pytest.raises(nf.ParameterError, match="rtol is 1e-13, and a tenth of that is below rounding"):
            sol.trust()

    @pytest.mark.parametrize("members", [0, -1, 2.5, True, None])
    def test_a_number_of_members_that_is_none(self, members):
        sol = nf.simulate(decaying(), 0.1, save_at=2)
        with pytest.raises(nf.ParameterError, match="members is .*; it must be a whole number of at least 1"):
            sol.trust(members=members)

    def test_a_second_run_that_fails(self):
        sol = nf.simulate(decaying(), 0.5, y0={"E.v": -60.0}, save_at=3, integrator=nf.RungeKuttaIntegrator())
        import attrs

        hurried = attrs.evolve(sol, integrator=nf.RungeKuttaIntegrator(rtol=1e-12, atol=1e-14, max_steps=1))
        with pytest.raises(
            nf.IntegrationError, match="ten times as exact did not reach its end: the limit of 10 steps"
        ):
            hurried.trust()


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.styles = set(), set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.styles |= {value for name, value in attrs if name == "style"}
        assert all(name in ("style", "open") for name, _ in attrs)


def test_the_report_prints_as_a_table_and_as_html():
    report = nf.simulate(feedforward(TestBatches.PATTERNS), 0.2, save_at=4).trust(members=2)
    assert re.search(r"^E\.v +\S+ +mV +\S+ +E\.v\[\d\], member \d, \d, t = \S+ s$", repr(report), re.MULTILINE)
    assert "2 of 10 members\nRungeKuttaIntegrator Dopri5 rtol 1e-06 against" in repr(report)
    page = Tags()
    page.feed(report._repr_html_())
    assert page.tags <= {"details", "summary", "div", "table", "thead", "tbody", "tr", "th", "td"}


class TestProvenance:
    def test_versions_options_and_the_run(self):
        import scipy

        sol = nf.simulate(feedforward(), 0.5, t0=1.0, save_at=2, integrator=nf.ScipyIntegrator("BDF", rtol=1e-7))
        found = sol.provenance
        assert (found["netframe"], found["numpy"], found["scipy"]) == (
            nf.__version__,
            np.__version__,
            scipy.__version__,
        )
        assert found["python"] == sys.version.split()[0]
        assert found["integrator"] == "ScipyIntegrator"
        assert (found["integrator_options"]["method"], found["integrator_options"]["rtol"]) == ("BDF", 1e-7)
        assert (found["t_span"], found["batch"], found["network"]) == ((1.0, 1.5), "together", "ff")

    def test_versions_are_those_of_the_run(self):
        import attrs

        sol = nf.simulate(decaying(), 0.1, save_at=2)
        then = attrs.evolve(sol, run=attrs.evolve(sol.run, versions={"numpy": "1.0"}))
        assert pickle.loads(pickle.dumps(then)).provenance["numpy"] == "1.0"

    def test_without_a_run_there_is_still_the_network(self):
        net = decaying()
        found = nf.Solution(net, np.array([0.0]), np.zeros((1, 2))).provenance
        assert found["network_sha256"] == network_hash(net)
        assert "numpy" not in found

    def test_seeds(self):
        noise = nf.OrnsteinUhlenbeckInput("N", size=2, mean=5.0, sd=1.0, tau=0.1, dt=0.01, duration=1.0, seed=42)
        sol = nf.simulate(nf.Network("n", [noise, nf.LeakyRate("E", size=1)]), 0.1, save_at=2)
        assert sol.provenance["seeds"] == {"N.seed": 42}

    def test_the_start_is_kept(self):
        sol = nf.simulate(feedforward(TestBatches.PATTERNS), 0.1, y0={"E.v": -61.0}, save_at=[0.1])
        assert sol.run.y0.shape == (2, 5, 8)
        assert set(sol.run.y0[..., :4].flat) == {-61.0}
        other = nf.simulate(feedforward(TestBatches.PATTERNS), 0.1, y0={"E.v": -60.0}, save_at=[0.1])
        assert sol.provenance["start_sha256"] != other.provenance["start_sha256"]

    @given(st.integers(0, 3), st.integers(0, 3), st.floats(-1e-9, 1e-9))
    def test_one_number_changes_the_hash(self, i, j, change):
        net = feedforward()
        weights = net["FFE_to_E"].weights.copy()
        assert network_hash(net.with_parameters({"FFE_to_E.weights": weights})) == network_hash(net)
        weights[i, j % 3] += change
        same = np.array_equal(weights, net["FFE_to_E"].weights)
        assert (network_hash(net.with_parameters({"FFE_to_E.weights": weights})) == network_hash(net)) == same

    def test_structure_changes_the_hash(self):
        def with_function(function):
            return nf.Network(
                "n", [nf.FunctionInput("F", size=1, function=function, jumps=()), nf.LeakyRate("E", size=1)]
            )

        def held(level):
            return lambda t, xp: np.full(1, level)

        from scipy import sparse

        dense = feedforward()
        weights = dense["FFE_to_E"].weights
        nets = [
            decaying(),
            decaying(size=3),
            decaying(tau=0.2),
            decaying(activation=nf.Tanh()),
            dense,
            feedforward(resolution="synapse"),
            dense.with_parameters({"FFE_to_E.weights": sparse.csr_array(weights)}),
            with_function(lambda t, xp: np.full(1, 1.0)),
            with_function(lambda t, xp: np.full(1, 2.0)),
            with_function(held(1.0)),
            with_function(held(2.0)),
        ]
        assert len({network_hash(net) for net in nets}) == len(nets)
        assert network_hash(with_function(held(2.0))) == network_hash(with_function(held(2.0)))

    def test_it_is_the_same_in_another_process(self):
        code = (
            "import netframe as nf, numpy as np\n"
            "from netframe.provenance import network_hash\n"
            "f = nf.FunctionInput('F', size=1, function=lambda t, xp: xp.sin(t + np.ones(1)), jumps=())\n"
            "e = nf.LeakyRate('E', size=1, activation=nf.Tanh())\n"
            "net = nf.Network('n', [f, e, nf.CurrentSynapse(f, e, weights=np.ones((1, 1)), g=1e-3)])\n"
        )
        scope = {}
        exec(code, scope)
        shown = code + "print(network_hash(net))"
        out = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True).stdout
        assert out.strip() == network_hash(scope["net"])


def test_code_that_changed_is_in_no_hash_and_shows_in_trust(tmp_path):
    def faded(speed):
        @nf.component
        class FadedCell(nf.Population):
            """A cell whose code has a number in it."""

            v = nf.state(unit="mV", initial=1.0, doc="voltage")

            def rate(self, t, s):
                return s.v

            def derivatives(self, t, s, inputs):
                return {"v": -speed * s.v}

        return nf.Network("n", [FadedCell("E", size=2)])

    how = {"save_at": 11, "checkpoint": tmp_path / "run.npz", "every": 0.25}
    sol = nf.simulate(faded(10.0), 0.5, **how)
    assert sol.trust().largest["E.v"] < 1e-4
    changed = faded(20.0)
    again = nf.load(tmp_path / "run.npz")
    assert again.network["E"].derivatives.__func__ is changed["E"].derivatives.__func__
    assert again.provenance["network_sha256"] == sol.provenance["network_sha256"]
    assert nf.simulate(changed, 0.5, **how).y.tobytes() == sol.y.tobytes()  # the file is of this run, by its numbers
    t = np.linspace(0.0, 0.5, 11)
    apart = np.abs(np.exp(-10.0 * t) - np.exp(-20.0 * t)).max()
    assert again.trust().largest["E.v"] == pytest.approx(apart, rel=1e-3)
