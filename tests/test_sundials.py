"""CVODE: what its linear solvers make and do not make, few evaluations where stiff, and silence."""

import sys
import tracemalloc

import attrs
import numpy as np
import pytest
from scipy import sparse
from test_integrators import Explosive, exact_notebook, failing, notebook, reference, smooth_pair

import netframe as nf

SOLVERS = ("dense", "sparse", "krylov")


def test_without_the_package_a_run_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sksundae", None)
    with pytest.raises(nf.MissingPackageError, match=r"SundialsIntegrator.*scikit-sundae.*pip install 'netframe\[sund"):
        nf.simulate(notebook(), 0.1, integrator=nf.SundialsIntegrator())
    assert issubclass(nf.MissingPackageError, ImportError)


@pytest.mark.sundials
def test_a_version_that_may_crash_is_refused(monkeypatch):
    import sksundae

    monkeypatch.setattr(sksundae, "__version__", "1.1.3")
    with pytest.raises(nf.MissingPackageError, match=r"scikit-sundae is 1\.1\.3; it must be 1\.2"):
        nf.simulate(notebook(), 0.1, integrator=nf.SundialsIntegrator())


def test_memory_that_is_asked_for_grows_as_the_matrix_that_is_made():
    net = diffusion(2000)
    needs = {s: nf.SundialsIntegrator(linear_solver=s).workspace(net, 2000) for s in (*SOLVERS, "auto")}
    assert needs["dense"] > 8 * 2000**2
    assert max(needs["sparse"], needs["krylov"]) < 0.05 * needs["dense"]
    assert needs["auto"] == needs["krylov"]
    small = notebook()
    auto, dense = (nf.SundialsIntegrator(linear_solver=s).workspace(small, 10) for s in ("auto", "dense"))
    assert auto == dense


def diffusion(n):
    """A line of cells coupled to their neighbours, whose decay rates spread from 20 to 1.6 million per second."""
    cell = nf.LeakyRate("E", size=n, tau=0.05, v_rest=0.0, r_in=1.0, activation=nf.Identity())
    weights = sparse.diags_array([np.ones(n - 1), -2.0 * np.ones(n), np.ones(n - 1)], offsets=[-1, 0, 1]) * 2e4
    return nf.Network("line", [cell, nf.InstantSynapse(cell, cell, weights=weights.tocsr(), g=1.0)])


def decayed(y, t):
    """The line after a time t, by the eigenvectors of its coupling, which are sines."""
    n = len(y)
    k = np.arange(1, n + 1)
    modes = np.sqrt(2.0 / (n + 1)) * np.sin(np.pi * np.outer(k, k) / (n + 1))
    rates = (-1.0 - 2e4 * 4.0 * np.sin(np.pi * k / (2 * (n + 1))) ** 2) / 0.05
    return modes @ (np.exp(rates * t) * (modes @ y))


@pytest.mark.sundials
@pytest.mark.parametrize("solver", SOLVERS)
def test_a_stiff_line_takes_few_evaluations(solver):
    net, y0 = diffusion(150), np.random.default_rng(0).standard_normal(150)
    sol = nf.simulate(net, 0.05, y0=y0, save_at=[0.05], integrator=nf.SundialsIntegrator(linear_solver=solver))
    assert np.abs(sol.final - decayed(y0, 0.05)).max() < 1e-5
    assert sol.stats.n_steps < 1000
    assert sol.stats.n_rhs < (10_000 if solver == "krylov" else 1500)  # an explicit method takes over 50,000
    assert 0 < sol.stats.n_jacobian < 50
    assert (sol.stats.n_lu > 0) == (solver != "krylov")


@pytest.mark.sundials
@pytest.mark.parametrize("solver", ["sparse", "krylov", "auto"])
def test_thousands_of_stiff_states_without_a_dense_matrix(solver, monkeypatch):
    n = 4000
    net, y0 = diffusion(n), np.random.default_rng(0).standard_normal(n)

    def refuse(self, *arguments, **options):
        raise AssertionError("a dense matrix was made")

    for kind in (sparse.csr_array, sparse.csc_array, sparse.csr_matrix, sparse.csc_matrix):
        monkeypatch.setattr(kind, "toarray", refuse)
        monkeypatch.setattr(kind, "todense", refuse)
    tracemalloc.start()
    integrator = nf.SundialsIntegrator(linear_solver=solver, rtol=1e-4, atol=1e-5)
    sol = nf.simulate(net, 0.002, y0=y0, save_at=[0.002], integrator=integrator)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.2 * 8 * n**2
    assert np.abs(sol.final - decayed(y0, 0.002)).max() < 1e-3
    assert (sol.stats.n_lu > 0) == (solver == "sparse")


@pytest.mark.sundials
@pytest.mark.parametrize("method", ["Adams", "BDF"])
def test_linear_solvers_agree_in_a_batch_to_tolerance(method):
    net = notebook(n_post=7, patterns=np.random.default_rng(3).uniform(0.0, 50.0, (4, 3)))
    times = np.linspace(0.0, 0.5, 9)
    made = [nf.SundialsIntegrator(method, linear_solver=s, rtol=1e-9, atol=1e-11) for s in SOLVERS]
    voltages = [nf.simulate(net, 0.5, save_at=times, integrator=integrator)["E.v"] for integrator in made]
    for k in range(4):
        exact = exact_notebook(notebook(n_post=7, patterns=net["FFE"].rates[k]), times)
        for v in voltages:
            assert np.abs(v[:, k] - exact).max() < 3e-6


@pytest.mark.sundials
@pytest.mark.parametrize("method", ["Adams", "BDF"])
def test_no_member_of_a_batch_hides_its_error_among_the_others(method):
    rates = np.zeros((50, 3))
    rates[7] = 50.0
    net, single = notebook(patterns=rates), notebook(patterns=rates[7])
    times = np.linspace(0.0, 0.3, 20)
    integrator = nf.SundialsIntegrator(method, linear_solver="dense", rtol=1e-5, atol=1e-8)
    batch, alone = (nf.simulate(n, 0.3, save_at=times, integrator=integrator)["E.v"] for n in (net, single))
    exact = exact_notebook(single, times)
    assert np.abs(batch[:, 7] - exact).max() < 1.5 * np.abs(alone - exact).max()


@pytest.mark.sundials
@pytest.mark.parametrize("method", ["Adams", "BDF"])
@pytest.mark.parametrize("rtol", [1e-3, 1e-6])
def test_many_times_in_a_step_have_the_values_that_each_has_alone(method, rtol):
    """A polynomial of some degree is known from as many values and one, so that others need not be asked for."""
    net, integrator = smooth_pair(), nf.SundialsIntegrator(method, rtol=rtol, atol=rtol)
    times = np.linspace(0.0, 2.0, 8001)
    many = nf.simulate(net, 2.0, save_at=times, integrator=integrator)
    assert len(times) > 20 * many.stats.n_steps
    for first in range(0, 800, 111):
        few = nf.simulate(net, 2.0, save_at=times[first::800], integrator=integrator)
        np.testing.assert_allclose(many.y[first::800], few.y, rtol=1e-11, atol=1e-11)


@pytest.mark.sundials
@pytest.mark.parametrize("method", ["Adams", "BDF"])
def test_times_between_steps_are_as_good_as_steps(method):
    """With cubics those of Adams would be sixty times as far off."""
    net, integrator = smooth_pair(), nf.SundialsIntegrator(method, rtol=1e-11, atol=1e-11)
    steps = nf.simulate(net, 0.5, integrator=integrator)
    between = nf.simulate(net, 0.5, save_at=400, integrator=integrator)
    for field in ("n_steps", "n_rhs"):  # to be asked changes nothing
        assert getattr(between.stats, field) == getattr(steps.stats, field)
    assert np.array_equal(between.final, steps.final)
    oracle = nf.ScipyIntegrator("DOP853", rtol=1e-13, atol=1e-13)
    errors = [np.abs(s.y - nf.simulate(net, 0.5, save_at=s.t, integrator=oracle).y).max() for s in (steps, between)]
    assert errors[1] < 1.5 * errors[0]


@pytest.mark.sundials
def test_max_order_is_kept():
    net = smooth_pair()
    exact = reference(net, 0.5)
    integrator = nf.SundialsIntegrator("Adams", rtol=1e-8, atol=1e-8)
    high, low = (nf.simulate(net, 0.5, integrator=attrs.evolve(integrator, max_order=k)) for k in (None, 2))
    assert low.stats.n_steps > 3 * high.stats.n_steps
    assert np.abs(low.final - exact).max() < 1e-3


@pytest.mark.sundials
def test_steps_obey_their_limits():
    net = smooth_pair()
    sol = nf.simulate(net, 0.5, integrator=nf.SundialsIntegrator("Adams", max_step=0.01, first_step=1e-5))
    assert np.diff(sol.t).max() <= 0.01 * (1 + 1e-12)
    assert sol.t[1] == pytest.approx(1e-5)


@pytest.mark.sundials
def test_nothing_is_evaluated_beyond_a_segment():
    asked = []

    def function(t, xp):
        asked.append(float(t))
        return xp.ones(1)

    source, e = nf.FunctionInput("F", size=1, jumps=(0.25,), function=function), nf.LeakyRate("E", size=2)
    net = nf.Network("n", [source, e, nf.InstantSynapse(source, e, weights=1.0, g=0.01)])
    sol = nf.simulate(net, 0.5, integrator=nf.SundialsIntegrator("BDF"))
    assert sol.stats.n_segments == 2
    assert 0.25 in sol.t
    first = asked.index(max(t for t in asked if t <= 0.25))
    assert max(asked[: first + 1]) <= 0.25
    assert max(asked) <= 0.5


@pytest.mark.sundials
@pytest.mark.parametrize("solver", SOLVERS)
def test_a_run_that_fails_prints_nothing(solver, capfd):
    for net, y0 in (
        (failing(0.2), None),
        (failing(-1.0), None),
        (nf.Network("n", [Explosive("E", size=2)]), [1.0, 0.5]),
    ):
        sol = nf.simulate(net, 3.0, y0=y0, integrator=nf.SundialsIntegrator(linear_solver=solver), throw=False)
        assert not sol.success
        assert sol.message
    assert capfd.readouterr() == ("", "")


@pytest.mark.sundials
def test_what_a_hook_prints_is_printed(capsys):
    def function(t, xp):
        print(f"asked for {t}")
        return xp.ones(1)

    source, e = nf.FunctionInput("F", size=1, jumps=(), function=function), nf.LeakyRate("E", size=2)
    net = nf.Network("n", [source, e, nf.InstantSynapse(source, e, weights=1.0, g=0.01)])
    sol = nf.simulate(net, 0.5, integrator=nf.SundialsIntegrator())
    assert capsys.readouterr().out.count("asked for") >= sol.stats.n_rhs


@nf.component
class Rough(nf.LeakyRate):
    """A cell whose slope at rest is infinite: dv/dt = -sign(v) sqrt(|v|)."""

    def derivatives(self, t, s, inputs):
        return {"v": -np.sign(s.v) * np.sqrt(np.abs(s.v)) / self.tau}


@pytest.mark.sundials
@pytest.mark.parametrize("solver", SOLVERS)
def test_slopes_that_are_infinite_are_stepped_around(solver):
    net = nf.Network("n", [Rough("E", size=2, tau=1.0)])
    integrator = nf.SundialsIntegrator(linear_solver=solver, max_steps=2000)
    sol = nf.simulate(net, 1.0, y0=[1.0, 0.0], integrator=integrator)
    assert sol.final == pytest.approx([0.25, 0.0], abs=1e-4)  # sqrt(v) = 1 - t / 2


@pytest.mark.sundials
def test_hundreds_of_segments_on_one_solver():
    recording = nf.SampledInput(
        "R", times=[0.0, 2.0**-10, 2.0**-9], rates=[[50.0], [0.0], [0.0]], interpolation="previous", beyond="repeat"
    )
    cell = nf.LeakyRate("E", size=1, v_rest=0.0)
    net = nf.Network("n", [recording, cell, nf.InstantSynapse(recording, cell, weights=1.0, g=0.01)])
    sol = nf.simulate(net, 1.0, save_at=[1.0], integrator=nf.SundialsIntegrator("Adams", rtol=1e-8))
    assert sol.stats.n_segments == 1024
    decay = np.exp(-(2.0**-10) / 0.05)
    settled = 50.0 * (1.0 - decay) * decay / (1.0 - decay**2)  # half a period on, half a period off, for ever
    assert sol.final == pytest.approx(settled * (1.0 - decay ** (2 * 512)), rel=1e-5)
