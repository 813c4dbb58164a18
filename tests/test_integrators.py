"""Integrators against exact solutions, their orders, and every way a run can end."""

import math
import re
import signal
import sys
import threading
import time

import numpy as np
import pytest
from components import AdaptingRate
from hypothesis import given, settings
from integrators import ADAPTIVE, ALL, FIXED, IMPLICIT, INTERPRETED, JAX, ORDERS, given_options, only
from scipy import special
from scipy.linalg import expm
from strategies import agree, blueprints

import netframe as nf
from netframe.jacobian import finite_difference_jacobian


def notebook(n_post=5, n_pre=3, seed=0, resolution="lumped", patterns=None):
    rng = np.random.default_rng(seed)
    rates = rng.uniform(0.0, 50.0, n_pre) if patterns is None else patterns
    f, e = nf.ConstantInput("FFE", rates=rates), nf.LeakyRate("E", size=n_post)
    w = rng.uniform(0.0, 1.0, (n_post, n_pre))
    return nf.Network("notebook", [f, e, nf.ReversalSynapse(f, e, weights=w, g=2e-5, resolution=resolution)])


def exact_notebook(net, times):
    """(n_times, n_post): per cell the exponential of a 3 x 3 matrix, written from the equations."""
    w, rates = np.asarray(net["FFE_to_E"].weights), np.asarray(net["FFE"].rates)
    v = np.empty((len(times), len(w)))
    for cell, k in enumerate(2e-5 * w @ rates):
        a = np.array([[-20.0, 2000.0, -1400.0], [-100.0 * k, -100.0, 0.0], [0.0, 0.0, 0.0]])
        v[:, cell] = [(expm(a * t) @ [-70.0, 0.0, 1.0])[0] for t in times]
    return v


def smooth_pair():
    """Two coupled smooth cells and a smooth input: right-hand sides with all derivatives."""
    e = nf.LeakyRate("E", size=2, activation=nf.Sigmoid(), tau=0.1)
    a = AdaptingRate("A", size=1, activation=nf.Sigmoid(), tau=0.15)
    wave = nf.FunctionInput("W", size=1, jumps=(), function=lambda t, xp: 20.0 + 10.0 * xp.sin(xp.asarray([8.0 * t])))
    parts = [e, a, wave]
    parts += [nf.CurrentSynapse(wave, e, weights=1.0, g=2e-2, tau=0.1), nf.InstantSynapse(e, a, weights=1.0, g=5e-3)]
    parts += [nf.InstantSynapse(a, e, weights=1.0, g=-5e-3)]
    return nf.Network("smooth", parts)


def reference(net, duration):
    return nf.simulate(
        net, duration, save_at=[duration], integrator=nf.ScipyIntegrator("DOP853", rtol=1e-13, atol=1e-13)
    ).final


# Exact solutions.


@pytest.mark.parametrize("make", ADAPTIVE)
@pytest.mark.parametrize("resolution", ["lumped", "synapse"])
def test_the_notebook_network_equals_its_matrix_exponential(make, resolution):
    net = notebook(resolution=resolution)
    times = np.linspace(0.0, 1.0, 23)
    sol = nf.simulate(net, 1.0, save_at=times, integrator=make(rtol=1e-9, atol=1e-11))
    assert np.abs(sol["E.v"] - exact_notebook(net, times)).max() < 2e-5


@pytest.mark.parametrize("n", [1, 2, 8])
def test_a_chain_of_equal_leaks_is_a_gamma_function(n):
    source = nf.ConstantInput("S", rates=[1.0])
    cells = [nf.LeakyRate(f"P{k}", size=1, tau=0.05, v_rest=0.0, r_in=1.0, activation=nf.Identity()) for k in range(n)]
    links = [nf.InstantSynapse(a, b, weights=[[1.0]], g=1.0) for a, b in zip([source, *cells], cells)]
    net = nf.Network("chain", [source, *cells, *links])
    times = np.linspace(0.0, 1.0, 40)
    sol = nf.simulate(net, 1.0, save_at=times, integrator=nf.ScipyIntegrator("DOP853", rtol=1e-11, atol=1e-13))
    assert np.abs(sol[f"P{n - 1}.v"][:, 0] - special.gammainc(n, times / 0.05)).max() < 1e-9


def test_a_chain_of_different_leaks_is_a_matrix_exponential():
    taus = (0.02, 0.05, 0.11)
    cells = [
        nf.LeakyRate(f"P{k}", size=1, tau=x, v_rest=0.0, r_in=1.0, activation=nf.Identity()) for k, x in enumerate(taus)
    ]
    links = [nf.InstantSynapse(a, b, weights=[[1.0]], g=1.0) for a, b in zip(cells, cells[1:])]
    net = nf.Network("chain", [*cells, *links])
    a = np.diag(-1.0 / np.array(taus)) + np.diag(1.0 / np.array(taus[1:]), -1)
    sol = nf.simulate(net, 0.3, y0=[1.0, 0.0, 0.0], integrator=nf.ScipyIntegrator("DOP853", rtol=1e-12, atol=1e-13))
    assert np.abs(sol.final - expm(0.3 * a) @ [1.0, 0.0, 0.0]).max() < 1e-10


# Orders and tolerances.


@pytest.mark.parametrize(("method", "order"), ORDERS.items())
def test_order_of_convergence(method, order):
    net = smooth_pair()
    exact = reference(net, 0.5)
    steps = np.array([0.5 / n for n in (40, 80, 160, 320)])
    errors = [
        np.abs(
            nf.simulate(net, 0.5, save_at=[0.5], integrator=nf.FixedStepIntegrator(method, dt=dt)).final - exact
        ).max()
        for dt in steps
    ]
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert abs(slope - order) < 0.15, errors


def test_times_between_steps_keep_the_order_of_rk4():
    net = smooth_pair()
    times = np.array([0.0, 0.0137, 0.1111, 0.3333, 0.47])
    exact = nf.simulate(net, 0.5, save_at=times, integrator=nf.ScipyIntegrator("DOP853", rtol=1e-13, atol=1e-13)).y
    errors = [
        np.abs(nf.simulate(net, 0.5, save_at=times, integrator=nf.FixedStepIntegrator("rk4", dt=dt)).y - exact).max()
        for dt in (0.01, 0.005, 0.0025)
    ]
    assert math.log2(errors[0] / errors[-1]) / 2 > 3.5


@pytest.mark.parametrize("make", ADAPTIVE)
def test_error_is_proportional_to_tolerance(make):
    net = smooth_pair()
    exact = reference(net, 0.5)
    tolerances = 10.0 ** np.arange(-11.0, -3.0)
    errors = [
        np.abs(nf.simulate(net, 0.5, integrator=make(rtol=tol, atol=tol)).final - exact).max() for tol in tolerances
    ]
    slope = np.polyfit(np.log(tolerances), np.log(errors), 1)[0]
    assert 0.7 < slope < 1.3, errors


def test_exponential_euler_is_exact_for_a_leak_at_any_step():
    net = nf.Network("n", [nf.LeakyRate("E", size=2, tau=[0.01, 0.3])])
    sol = nf.simulate(net, 1.0, y0=[-60.0, -50.0], integrator=nf.FixedStepIntegrator("exponential_euler", dt=0.5))
    assert np.allclose(sol.final, -70.0 + np.array([10.0, 20.0]) * np.exp(-1.0 / np.array([0.01, 0.3])), rtol=1e-8)


@given(blueprints(kinds=(nf.ReversalSynapse, nf.CurrentSynapse, nf.InstantSynapse), max_wires=3))
@settings(max_examples=10)
def test_with_fixed_steps_members_of_a_batch_equal_single_runs_to_rounding(blueprint):
    net = blueprint.network()
    start = net.initial_state() * np.array([[1.0], [0.9]])
    integrator = nf.FixedStepIntegrator("rk4", dt=0.01)
    together = nf.simulate(net, 0.05, y0=start, integrator=integrator)
    for k in range(2):
        assert agree(together.y[:, k], nf.simulate(net, 0.05, y0=start[k], integrator=integrator).y, 1e-9)


def test_no_member_of_a_batch_hides_its_error_among_the_others():
    rates = np.zeros((50, 3))
    rates[7] = 50.0
    net = notebook(patterns=rates)
    times = np.linspace(0.0, 0.3, 20)
    tolerances = {"rtol": 1e-5, "atol": 1e-8}
    batch = nf.simulate(net, 0.3, save_at=times, integrator=nf.ScipyIntegrator(**tolerances))
    single = notebook(patterns=rates[7])
    alone = nf.simulate(single, 0.3, save_at=times, integrator=nf.ScipyIntegrator(**tolerances))
    exact = exact_notebook(single, times)
    assert np.abs(batch["E.v"][:, 7] - exact).max() < 1.5 * np.abs(alone["E.v"] - exact).max()


# Stiff methods get the Jacobian of the network.


@pytest.mark.parametrize("make", IMPLICIT)
def test_implicit_methods_use_the_jacobian_of_the_network(make):
    fast, slow = nf.LeakyRate("F", size=120, tau=1e-5), nf.LeakyRate("S", size=3, tau=0.1)
    net = nf.Network("stiff", [fast, slow, nf.InstantSynapse(slow, fast, weights=1.0, g=1e-3)])
    sol = nf.simulate(net, 1.0, y0={"S.v": -35.0, "F.v": -40.0}, integrator=make())
    assert sol.stats.n_jacobian > 0
    assert type(sol.stats.n_lu) is int
    assert sol.stats.n_rhs < 3000
    assert np.abs(sol["S.v"][-1] - (-70.0 + 35.0 * math.exp(-10.0))).max() < 1e-3


@pytest.mark.parametrize("lead", [(), (3,)])
def test_banded_jacobian_for_lsoda(lead):
    from netframe.integrators.scipy import _banded, _bandwidth

    f, e = nf.ConstantInput("F", rates=np.full((*lead, 2), 20.0)), nf.LeakyRate("E", size=4)
    cells = [nf.LeakyRate(f"P{k}", size=1, tau=2.0**-k, activation=nf.Softplus()) for k in range(6)]
    links = [nf.InstantSynapse(a, b, weights=[[1.0]], g=1e-2) for a, b in zip(cells, cells[1:])]
    net = nf.Network("n", [f, *cells, *links, e])
    lower, upper = _bandwidth(net)
    assert (lower, upper) == (1, 0)
    y = net.initial_state()
    packed = _banded(net.jacobian(0.0, y), lower, upper)
    numeric = finite_difference_jacobian(lambda t, flat: net.rhs(t, flat.reshape(y.shape)).ravel(), 0.0, y.ravel())
    assert np.allclose(packed[0], np.diag(numeric), rtol=1e-6, atol=1e-6)
    tight = nf.simulate(net, 1.0, integrator=nf.ScipyIntegrator("DOP853", rtol=1e-10, atol=1e-12)).final
    banded = nf.simulate(net, 1.0, integrator=nf.ScipyIntegrator("LSODA", rtol=1e-8, atol=1e-10))
    assert np.abs(banded.final - tight).max() < 1e-5


# What is kept, and going on.


def test_save_at_record_and_final_agree_with_the_whole_run():
    net = notebook(patterns=np.array([[1.0, 2.0, 3.0], [40.0, 5.0, 6.0]]))
    whole = nf.simulate(net, 0.5, save_at=11)
    part = nf.simulate(net, 0.5, save_at=11, record=["E.v", "FFE_to_E.i"])
    mixed = nf.simulate(net, 0.5, save_at=11, record=["E.rate", "FFE.rate", "FFE_to_E.current"])
    assert part.y is None
    assert whole["E.v"].shape == (11, 2, 5)
    for path in ("E.v", "FFE_to_E.i"):
        assert np.allclose(part[path], whole[path], rtol=1e-13, atol=0.0)
    for path in ("E.rate", "FFE.rate", "FFE_to_E.current"):
        assert agree(mixed[path], whole[path], 1e-12)
        assert mixed[path].shape[:2] == (11, 2)
    assert np.array_equal(part.final, whole.final)
    assert np.array_equal(whole.final, whole.y[-1])
    with pytest.raises(nf.UnknownNameError, match="was not recorded"):
        part["E.rate"]


def test_every_step_is_kept_without_save_at():
    sol = nf.simulate(notebook(), 0.5)
    assert len(sol.t) == sol.stats.n_steps + 1
    assert sol.t[0] == 0.0
    assert sol.t[-1] == 0.5


def test_final_belongs_to_the_last_saved_time():
    net = notebook()
    sol = nf.simulate(net, 1.0, save_at=[0.1, 0.2], record=["E.v"])
    rest = nf.simulate(net, 0.8, t0=sol.t[-1], y0=sol.final, save_at=[1.0])
    assert np.abs(rest["E.v"][-1] - exact_notebook(net, [1.0])[0]).max() < 1e-4


@pytest.mark.parametrize("make", [*given_options(ADAPTIVE, rtol=1e-10, atol=1e-12), *only(FIXED, "rk4")])
def test_two_halves_equal_the_whole(make):
    net, integrator = smooth_pair(), make()
    first = nf.simulate(net, 0.25, integrator=integrator)
    second = nf.simulate(net, 0.25, t0=0.25, y0=first.final, integrator=integrator)
    whole = nf.simulate(net, 0.5, integrator=integrator)
    assert np.abs(second.final - whole.final).max() < 1e-7


def test_the_solution_is_read_only_and_describes_itself():
    sol = nf.simulate(notebook(), 0.1, save_at=3)
    with pytest.raises(ValueError, match="read-only"):
        sol["E.v"][0] = 0.0
    text = sol.describe()
    for word in ("success", "Dopri5", "E.v", "(times, 5)", "mV", "FFE_to_E.current", "right-hand sides"):
        assert word in text
    assert "<td" in sol._repr_html_()
    with pytest.raises(nf.UnknownNameError, match=r"'E\.w' does not exist.*'E\.v'"):
        sol["E.w"]


# A third party's integrator.


class Midpoint:
    """An integrator that knows nothing of netframe but the network it is given."""

    def __init__(self, count):
        self.count = count

    def solve(self, problem, t_span, y0, *, save_at=None, record=None, progress=None):
        t0, t1 = t_span
        h, y = (t1 - t0) / self.count, y0
        ys = [y]
        for k in range(self.count):
            t = t0 + k * h
            y = y + h * problem.rhs(t + h / 2, y + h / 2 * problem.rhs(t, y))
            ys.append(y)
        return nf.Solution(problem, np.linspace(t0, t1, self.count + 1), np.array(ys))


def test_anything_with_solve_is_an_integrator():
    net = notebook()
    sol = nf.simulate(net, 0.5, integrator=Midpoint(2000))
    assert np.abs(sol["E.v"][-1] - exact_notebook(net, [0.5])[0]).max() < 1e-4
    assert sol["E.rate"].shape == (2001, 5)
    assert np.array_equal(sol.final, sol.y[-1])
    with pytest.raises(nf.ParameterError, match="must have a method solve"):
        nf.simulate(net, 0.5, integrator="RK45")


# How runs end.


def failing(at, value=math.nan):
    source = nf.FunctionInput("B", size=2, jumps=(), function=lambda t, xp: xp.where(t < at, 1.0, value) * xp.ones(2))
    e = nf.LeakyRate("E", size=4)
    return nf.Network("n", [source, e, nf.ReversalSynapse(source, e, weights=np.ones((4, 2)), g=1e-5)])


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_not_finite_is_named_and_the_rest_is_kept(make, value):
    with pytest.raises(
        nf.IntegrationError, match=r"B_to_E\.i is not finite in 4 of 4 entries, first B_to_E\.i\[0\], at t = 0\.2"
    ) as caught:
        nf.simulate(failing(0.2, value), 1.0, integrator=make())
    sol = caught.value.solution
    assert sol.status is nf.Status.NOT_FINITE
    assert 0.15 < sol.t[-1] <= 0.201
    assert np.isfinite(sol.y).all()
    assert np.array_equal(sol.final, sol.y[-1])


@pytest.mark.parametrize("make", ADAPTIVE)
def test_not_finite_at_the_start_does_not_hang(make):
    with pytest.raises(nf.IntegrationError, match="is not finite in 4 of 4.*at t = 0 s") as caught:
        nf.simulate(failing(-1.0), 1.0, integrator=make())
    assert caught.value.solution.t.tolist() == [0.0]


@nf.component
class Explosive(nf.LeakyRate):
    """dv/dt = v^2: infinite at t = 1/v(0)."""

    def derivatives(self, t, s, inputs):
        return {"v": s.v**2}


@pytest.mark.parametrize("make", ADAPTIVE)
def test_a_blow_up_ends_with_what_was_computed(make):
    net = nf.Network("n", [Explosive("E", size=2)])
    with pytest.raises(nf.IntegrationError, match=r"E\.v") as caught:
        nf.simulate(net, 3.0, y0=[1.0, 0.5], integrator=make(max_steps=5000))
    assert caught.value.solution.status in (nf.Status.STEP_SIZE, nf.Status.NOT_FINITE, nf.Status.MAX_STEPS)
    assert 0.9 < caught.value.solution.t[-1] < 1.1


@pytest.mark.parametrize("method", ["Radau", "BDF"])
def test_growth_beyond_all_numbers_is_a_status_where_only_the_solver_met_it(method):
    e = nf.LeakyRate("E", size=1, activation=nf.Identity())
    net = nf.Network("n", [e, nf.InstantSynapse(e, e, weights=[[1.0]], g=3.0)])
    integrator = nf.ScipyIntegrator(method, rtol=1e-3, atol=1e-3)
    sol = nf.simulate(net, 0.5, y0={"E.v": 1.0}, save_at=11, integrator=integrator, throw=False)
    assert sol.status is nf.Status.NOT_FINITE
    assert re.search(r"E\.v(\[0\])?", sol.message)
    assert np.isfinite(sol.y).all()
    assert 0.1 < sol.t[-1] < 0.12


@pytest.mark.parametrize("kind", [ValueError, RuntimeError])
@pytest.mark.parametrize("method", ["Radau", "BDF"])
def test_errors_of_the_network_itself_pass_through_the_solver(method, kind):
    def raises(t, xp):
        if t > 0.2:
            raise kind("of the user")
        return xp.ones(2)

    net = nf.Network("n", [nf.FunctionInput("B", size=2, jumps=(), function=raises), nf.LeakyRate("E", size=4)])
    net = nf.Network("n", [*net.components, nf.CurrentSynapse(*net.components, weights=np.ones((4, 2)), g=1e-5)])
    with pytest.raises(kind, match="of the user"):
        nf.simulate(net, 1.0, integrator=nf.ScipyIntegrator(method))


@pytest.mark.parametrize("make", ALL)
def test_step_limit(make):
    with pytest.raises(nf.IntegrationError, match="limit of 5 steps was reached at t = .* of 1 s.*max_steps") as caught:
        nf.simulate(notebook(), 1.0, integrator=make(max_steps=5), save_at=50)
    sol = caught.value.solution
    assert (sol.status, sol.stats.n_steps) == (nf.Status.MAX_STEPS, 5)
    assert len(sol.t) == len(sol["E.v"])
    assert sol.t[-1] > 0.0
    assert np.array_equal(sol.final, sol.y[-1])


def test_wall_time_limit():
    with pytest.raises(nf.IntegrationError, match="wall-time limit") as caught:
        nf.simulate(
            notebook(), 400.0, integrator=nf.FixedStepIntegrator("euler", dt=1e-4, max_wall_time=0.05), save_at=10
        )
    assert caught.value.solution.status is nf.Status.WALL_TIME
    assert caught.value.solution.stats.wall_time < 5.0


def test_failure_as_a_value():
    sol = nf.simulate(failing(0.2), 1.0, throw=False)
    assert sol.status is nf.Status.NOT_FINITE
    assert not sol.success
    assert "not finite" in sol.message
    assert "not finite" in repr(sol)


@pytest.mark.parametrize("make", ALL)
def test_progress_is_told_after_each_step(make):
    told = []
    sol = nf.simulate(notebook(), 0.5, integrator=make(), progress=lambda t, end, n: told.append((t, end, n)))
    assert [n for _, _, n in told] == list(range(1, sol.stats.n_steps + 1))
    assert told[-1][:2] == (0.5, 0.5)


@pytest.mark.parametrize("make", [*JAX, *only(FIXED, "JAX euler")])
def test_progress_of_a_compiled_run_is_told_after_each_call(make):
    """With times to save, steps stay inside the compiled loop; the first call makes 16 of them, later ones more."""
    told = []
    integrator = make(max_step=1e-3, dt=1e-3)
    sol = nf.simulate(
        notebook(), 1.0, save_at=5, integrator=integrator, progress=lambda t, end, n: told.append((t, end, n))
    )
    assert 16 <= told[0][2] <= 512
    assert told[-1] == (1.0, 1.0, sol.stats.n_steps)
    assert [n for _, _, n in told] == sorted({n for _, _, n in told})


def pressing_ctrl_c(after):
    def hook(t, end, n):
        if n == after:
            signal.raise_signal(signal.SIGINT)

    return hook


@pytest.mark.parametrize("make", ALL)
def test_ctrl_c_keeps_what_was_computed(make, monkeypatch):
    monkeypatch.delattr(sys, "ps1", raising=False)
    with pytest.raises(nf.SimulationInterrupted, match="interrupted after t =") as caught:
        nf.simulate(notebook(), 1.0, integrator=make(), progress=pressing_ctrl_c(4))
    sol = caught.value.solution
    assert sol.status is nf.Status.INTERRUPTED
    assert len(sol.t) == 5
    assert isinstance(caught.value, KeyboardInterrupt)


@pytest.mark.parametrize("make", INTERPRETED)
def test_ctrl_c_inside_the_right_hand_side(make, monkeypatch):
    monkeypatch.delattr(sys, "ps1", raising=False)

    def function(t, xp):
        if t > 0.3:
            signal.raise_signal(signal.SIGINT)
        return xp.ones(1)

    source, e = nf.FunctionInput("F", size=1, jumps=(), max_step=0.05, function=function), nf.LeakyRate("E", size=2)
    net = nf.Network("n", [source, e, nf.InstantSynapse(source, e, weights=1.0, g=0.01)])
    with pytest.raises(nf.SimulationInterrupted) as caught:
        nf.simulate(net, 1.0, integrator=make())
    assert 0.1 < caught.value.solution.t[-1] <= 0.3


def test_an_interactive_session_gets_the_partial_solution_back(monkeypatch):
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    with pytest.warns(RuntimeWarning, match="interrupted after t ="):
        sol = nf.simulate(notebook(), 1.0, progress=pressing_ctrl_c(3))
    assert sol.status is nf.Status.INTERRUPTED
    assert len(sol.t) == 4


@pytest.mark.parametrize("make", [*only(JAX, "JAX Tsit5"), *only(FIXED, "JAX euler")])
def test_ctrl_c_in_a_compiled_run_is_noticed_between_its_calls(make, monkeypatch):
    """A compiled right-hand side runs no Python that could be interrupted; its calls take about half a second."""
    monkeypatch.delattr(sys, "ps1", raising=False)
    net, integrator = notebook(), make(rtol=1e-9, max_step=1e-6, dt=1e-6, max_steps=10**12)
    nf.simulate(net, 1e-3, save_at=50, integrator=integrator)  # compiled here
    timer = threading.Timer(1.0, signal.raise_signal, [signal.SIGINT])
    timer.start()
    began = time.perf_counter()
    with pytest.raises(nf.SimulationInterrupted, match="interrupted after t =") as caught:
        nf.simulate(net, 499.0, save_at=50, integrator=integrator)
    assert time.perf_counter() - began < 10.0
    sol = caught.value.solution
    assert sol.status is nf.Status.INTERRUPTED
    assert 0.0 < sol.t[-1] < 499.0
    assert sol.stats.n_steps > 512
    assert np.isfinite(sol.final).all()


def branching(t, xp):
    return xp.ones(1) if t > 0.3 else xp.zeros(1)


@pytest.mark.parametrize("make", [*JAX, *only(FIXED, "JAX euler")])
def test_a_hook_that_cannot_be_traced_is_named(make):
    """Compiled once for all times, a hook cannot branch on them."""
    source, e = nf.FunctionInput("F", size=1, jumps=(), function=branching), nf.LeakyRate("E", size=2)
    net = nf.Network("n", [source, e, nf.InstantSynapse(source, e, weights=1.0, g=0.01)])
    with pytest.raises(
        nf.HookError, match=r"FunctionInput 'F': rate cannot be compiled: .*if t > 0\.3.*xp\.where"
    ) as caught:
        nf.simulate(net, 1.0, integrator=make())
    assert caught.value.solution.t.tolist() == [0.0]

    class Clipping(nf.LeakyRate):
        def rate(self, t, s):
            return np.maximum(s.v, 0.0) if s.v.sum() > 0 else s.v

    cells = nf.component(Clipping)("E", size=2)
    inner = nf.Network("A", [cells, nf.InstantSynapse(cells, cells, weights=1.0, g=0.01)])
    with pytest.raises(nf.HookError, match=r"Clipping 'A\.E': rate cannot be compiled: .*s\.v\.sum\(\) > 0"):
        nf.simulate(nf.Network("n", [inner]), 1.0, integrator=make())


@pytest.mark.parametrize("make", INTERPRETED)
def test_an_exception_of_a_hook_passes_and_carries_the_solution(make):
    def function(t, xp):
        if t > 0.3:
            raise ZeroDivisionError("sick")
        return xp.ones(1)

    source, e = nf.FunctionInput("F", size=1, jumps=(), max_step=0.05, function=function), nf.LeakyRate("E", size=2)
    net = nf.Network("n", [source, e, nf.InstantSynapse(source, e, weights=1.0, g=0.01)])
    with pytest.raises(ZeroDivisionError, match="sick") as caught:
        nf.simulate(net, 1.0, integrator=make())
    assert 0.1 < caught.value.solution.t[-1] <= 0.3
    assert any("step" in note and "'n'" in note for note in caught.value.__notes__)


@pytest.mark.parametrize("make", ADAPTIVE)
def test_recording_some_states_interpolates_as_recording_all(make):
    net = smooth_pair()
    times = np.linspace(0.01, 0.49, 17)
    integrator = make(rtol=1e-4)
    whole = nf.simulate(net, 0.5, save_at=times, integrator=integrator)
    part = nf.simulate(net, 0.5, save_at=times, integrator=integrator, record=["A.w", "E.v"])
    for path in ("A.w", "E.v"):
        assert np.allclose(part[path], whole[path], rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("make", ADAPTIVE)
def test_breakpoints_a_rounding_apart(make):
    onset = np.nextafter(0.5, 1.0)
    pulse = nf.StepInput("P", size=1, amplitude=5.0, onset=onset, offset=np.nextafter(onset, 1.0))
    step = nf.StepInput("S", size=1, amplitude=5.0, onset=0.5, offset=0.7)
    cell = nf.LeakyRate("C", size=1, v_rest=0.0)
    links = [nf.InstantSynapse(source, cell, weights=1.0, g=0.01) for source in (pulse, step)]
    sol = nf.simulate(nf.Network("n", [pulse, step, cell, *links]), 1.0, integrator=make())
    assert sol.final == pytest.approx(5.0 * (math.exp(-0.3 / 0.05) - math.exp(-0.5 / 0.05)), rel=1e-2)
