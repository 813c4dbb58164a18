"""Cell types: their published results, closed forms, and their equations written out once more."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from scipy.optimize import brentq, root

import netframe as nf

PRECISE = nf.ScipyIntegrator("DOP853", rtol=1e-10, atol=1e-12)


def instant(pre, post, weights, port="current"):
    return nf.InstantSynapse(pre, post, weights=weights, g=1.0, port=port, name=f"{pre.name}_{post.name}_{port}")


def fed(cell, **inputs):
    """A network of one population that receives given constant inputs at its ports, one number per cell."""
    x = nf.ConstantInput("X", rates=np.ones(cell.size))
    wires = (instant(x, cell, nf.Diagonal(np.broadcast_to(v, cell.size)), port) for port, v in inputs.items())
    return nf.Network("n", [x, cell, *wires])


def fixed_point(net, guess):
    found = root(lambda y: net.rhs(0.0, y), guess, jac=lambda y: net.jacobian(0.0, y).toarray(), tol=1e-14)
    assert np.abs(net.rhs(0.0, found.x)).max() < 1e-9
    return found.x


def eigenvalues(net, y):
    return np.linalg.eigvals(net.jacobian(0.0, y).toarray())


def frequency(t, x):
    """Cycles per time of a sampled oscillation, between its first and last upward crossings of its mid-range."""
    x = x - 0.5 * (x.max() + x.min())
    up = np.flatnonzero((x[:-1] < 0.0) & (x[1:] >= 0.0))
    crossings = t[up] - x[up] * (t[1] - t[0]) / (x[up + 1] - x[up])
    return (len(up) - 1) / (crossings[-1] - crossings[0])


# Published results.


def wilson_cowan(c, e, i, p=0.0, tau=0.01):
    e, i = (nf.WilsonCowan(name, size=1, tau=tau, slope=a, threshold=th) for name, (a, th) in (("E", e), ("I", i)))
    x = nf.ConstantInput("P", rates=[p])
    wires = [(e, e, c[0]), (i, e, -c[1]), (e, i, c[2]), (i, i, -c[3]), (x, e, 1.0)]
    return nf.Network("n", [x, e, i, *(instant(*wire) for wire in wires)])


@pytest.mark.parametrize(
    ("point", "unstable"),
    [((0.0, 0.0), 0), ((0.1896695, 0.0681031), 1), ((0.4397518, 0.2259326), 0)],
    ids=["rest", "saddle", "excited"],
)
def test_wilson_cowan_figure_4_has_three_fixed_points(point, unstable):
    net = wilson_cowan((12.0, 4.0, 13.0, 11.0), (1.2, 2.8), (1.0, 4.0))
    found = fixed_point(net, np.add(point, 1e-3))
    assert found == pytest.approx(point, rel=1e-6, abs=1e-12)
    assert np.sum(eigenvalues(net, found).real > 0.0) == unstable


@pytest.mark.slow
def test_wilson_cowan_figure_11_oscillates():
    tau = 0.02
    net = wilson_cowan((16.0, 12.0, 15.0, 3.0), (1.3, 4.0), (2.0, 3.7), p=1.25, tau=tau)
    found = fixed_point(net, [0.2, 0.1])
    assert found == pytest.approx([0.2017484, 0.1068894], rel=1e-6)
    first, second = sorted(tau * eigenvalues(net, found), key=lambda z: z.imag)
    assert second == pytest.approx(0.11555 + 1.87003j, abs=1e-5)
    assert first == pytest.approx(second.conjugate(), abs=1e-9)
    times = np.linspace(100.0 * tau, 200.0 * tau, 20001)
    sol = nf.simulate(net, times[-1], save_at=times, integrator=PRECISE)
    assert 1.0 / frequency(times / tau, sol["E.a"][:, 0]) == pytest.approx(4.99589, rel=1e-5)
    for path, low, high in [("E.rate", 0.10256, 0.26966), ("I.rate", 0.02174, 0.19447)]:
        assert sol[path].min() == pytest.approx(low, abs=1e-5)
        assert sol[path].max() == pytest.approx(high, abs=1e-5)


@pytest.mark.slow
def test_jansen_rit_alpha_and_slow_spikes():
    net = fed(nf.JansenRit("J", size=2), excitatory=[120.0, 220.0])
    times = np.linspace(4.0, 12.0, 16001)
    sol = nf.simulate(net, 12.0, save_at=times, integrator=nf.ScipyIntegrator("DOP853", rtol=1e-8, atol=1e-8))
    eeg = sol["J.y1"] - sol["J.y2"]
    assert [frequency(times, x) for x in eeg.T] == pytest.approx([2.385, 10.938], rel=1e-3)
    assert eeg.min(axis=0) == pytest.approx([1.226, 6.088], rel=1e-3)
    assert eeg.max(axis=0) == pytest.approx([11.170, 9.034], rel=1e-3)
    assert sol["J.rate"] == pytest.approx(5.0 / (1.0 + np.exp(0.56 * (6.0 - eeg))), rel=1e-12)


FOCUS = (1.0305968, -0.1544299)


@pytest.mark.parametrize("tau", [1.0, 0.02])
@pytest.mark.parametrize("point", [(0.0811344, -1.9616200), (0.4729803, -0.3364938), FOCUS], ids=str)
def test_montbrio_fixed_points_whatever_the_time_constant(tau, point):
    q = nf.QIFMeanField("Q", size=1, tau=tau, delta=1.0, eta=-5.0)
    net = nf.Network("n", [q, nf.InstantSynapse(q, q, weights=15.0, g=tau)])
    found = fixed_point(net, np.multiply(point, [1.001 / tau, 1.001]))
    assert found * [tau, 1.0] == pytest.approx(point, rel=1e-6)
    slopes = tau * eigenvalues(net, found)
    if point == FOCUS:
        assert sorted(slopes, key=np.imag) == pytest.approx([-0.30886 - 3.31863j, -0.30886 + 3.31863j], abs=1e-5)
    else:
        assert np.all(slopes.imag == 0.0)
        assert np.sum(slopes.real > 0.0) == (point[0] > 0.4)


@pytest.mark.parametrize(("eta", "delta"), [(-5.0, 1.0), (0.0, 2.0), (3.0, 0.5), (-1e6, 1e-3)])
def test_qif_mean_field_starts_where_it_rests(eta, delta):
    q = nf.QIFMeanField("Q", size=1, tau=0.02, delta=delta, eta=eta)
    expected = np.sqrt(complex(eta, -delta))
    r, v = nf.Network("n", [q]).initial_state()
    assert (math.pi * 0.02 * r, v) == pytest.approx((expected.real, expected.imag), rel=1e-9)


def test_linear_rate_approaches_a_constant_input():
    tau, mu, start = np.array([0.02, 0.1, 0.5]), np.array([3.0, -1.0, 7.0]), np.array([1.0, 2.0, -3.0])
    net = fed(nf.LinearRate("E", size=3, tau=tau), current=mu)
    times = np.linspace(0.0, 0.4, 9)
    expected = mu + (start - mu) * np.exp(-times[:, None] / tau)
    exact = nf.simulate(net, 0.4, y0={"E.r": start}, save_at=times, integrator=nf.ExactIntegrator())
    assert exact["E.r"] == pytest.approx(expected, rel=1e-12, abs=1e-13)
    assert nf.simulate(net, 0.4, y0={"E.r": start}, save_at=times)["E.r"] == pytest.approx(expected, abs=1e-5)


def ring(n=720, j0=-8.0, j2=4.0, tau=0.01):
    angles = np.pi * (np.arange(n) / n - 0.5)
    e, x = nf.FiringRate("E", size=n, tau=tau), nf.ConstantInput("X", rates=np.ones(n))
    weights = (j0 + j2 * np.cos(2.0 * np.subtract.outer(angles, angles))) / n
    return angles, nf.Network("n", [x, e, instant(e, e, weights), instant(x, e, nf.Diagonal(np.ones(n)))])


def test_ring_settles_in_a_bump_of_half_width_45_degrees():
    angles, net = ring()
    start = 0.1 + 0.05 * np.cos(2.0 * angles)
    sol = nf.simulate(net, 1.0, y0={"E.r": start}, save_at=[1.0], integrator=nf.ScipyIntegrator("RK45", rtol=1e-9))
    rates, drive = sol["E.r"][-1], sol["E.current"][-1]
    assert rates.mean() == pytest.approx(0.125, rel=1e-6)
    mean, amplitude = drive.mean(), 2.0 * np.mean(drive * np.cos(2.0 * angles))
    assert drive == pytest.approx(mean + amplitude * np.cos(2.0 * angles), abs=1e-6)
    assert np.degrees(0.5 * np.arccos(-mean / amplitude)) == pytest.approx(45.0, rel=1e-6)
    active = np.degrees(angles[rates > 1e-6])
    assert (active.min(), active.max()) == (-44.75, 44.75)


def test_ring_has_a_uniform_state_that_is_unstable_to_tuning():
    angles, net = ring(n=24)
    uniform = np.full(24, 1.0 / 9.0)
    assert net.rhs(0.0, uniform) == pytest.approx(0.0, abs=1e-12)
    slopes = net.jacobian(0.0, uniform).toarray() * 0.01
    assert slopes @ uniform == pytest.approx(-9.0 * uniform, rel=1e-6)
    assert slopes @ np.cos(2.0 * angles) == pytest.approx(np.cos(2.0 * angles), abs=1e-6)


# Closed forms.


def test_firing_rate_is_divided_by_shunt_and_driven_by_gain():
    phi = nf.Softplus(threshold=1.0, gain=2.0, width=0.5)
    current, shunt, gain = np.array([2.0, 1.5, 3.0]), np.array([0.0, 3.0, 0.5]), np.array([0.0, -0.2, 1.0])
    net = fed(nf.FiringRate("E", size=3, tau=0.02, activation=phi), current=current, shunt=shunt, gain=gain)
    times = np.linspace(0.0, 0.1, 5)
    target = np.log1p(np.exp(((1.0 + gain) * current - 1.0) / 0.5)) / (1.0 + shunt)
    expected = target * -np.expm1(-(1.0 + shunt) * times[:, None] / 0.02)
    found = nf.simulate(net, 0.1, save_at=times, integrator=PRECISE)["E.rate"]
    assert found == pytest.approx(expected, rel=1e-8, abs=1e-10)


def test_firing_rate_rectifies_its_input_unless_told_otherwise():
    net = fed(nf.FiringRate("E", size=3, tau=0.5), current=[-2.0, 0.0, 3.0])
    assert net.rhs(0.0, np.ones(3)).tolist() == [-2.0, -2.0, 4.0]


def test_adapting_rate_with_a_linear_activation_is_a_matrix_exponential():
    tau, tau_w, b, r_in, current = 0.02, 0.3, 0.015, 80.0, 0.5
    cell = nf.AdaptingRate("E", size=1, tau=tau, tau_w=tau_w, b=b, r_in=r_in, v_rest=0.0, activation=nf.Identity())
    matrix = np.array([[-1.0 / tau, -r_in / tau], [b / tau_w, -1.0 / tau_w]])
    settled = np.array([r_in * current / (1.0 + r_in * b), b * r_in * current / (1.0 + r_in * b)])
    times = np.linspace(0.0, 0.6, 7)
    sol = nf.simulate(fed(cell, current=current), 0.6, save_at=times, integrator=PRECISE)
    expected = np.array([settled - expm(matrix * t) @ settled for t in times])
    assert np.column_stack([sol["E.v"], sol["E.w"]]) == pytest.approx(expected, rel=1e-8, abs=1e-9)


@settings(max_examples=25)
@given(st.floats(0.0, 50.0), st.floats(-3.0, -0.01), st.floats(0.01, 0.1), st.floats(1.0, 3.0))
def test_supralinear_cell_with_inhibition_has_the_fixed_point_of_brentq(drive, weight, k, n):
    cell = nf.StabilizedSupralinear("E", size=1, k=k, n=n)
    x = nf.ConstantInput("X", rates=[drive])
    net = nf.Network("n", [x, cell, instant(x, cell, 1.0), instant(cell, cell, weight)])
    top = k * drive**n
    r = brentq(lambda r: k * max(drive + weight * r, 0.0) ** n - r, 0.0, top, xtol=1e-14, rtol=1e-14) if top else 0.0
    assert net.rhs(0.0, np.array([r])) * cell.tau == pytest.approx(0.0, abs=1e-10 * (1.0 + top))


def test_supralinear_network_settles_where_its_equations_say():
    k, n, weights, drive = 0.04, 2.0, np.array([[1.25, -0.65], [1.2, -0.5]]), np.array([20.0, 20.0])
    cell = nf.StabilizedSupralinear("C", size=2, k=k, n=n, tau=[0.02, 0.01])
    x = nf.ConstantInput("X", rates=drive)
    net = nf.Network("n", [x, cell, instant(x, cell, nf.Diagonal(np.ones(2))), instant(cell, cell, weights)])
    found = nf.simulate(net, 2.0, integrator=PRECISE)["C.r"][-1]
    expected = root(lambda r: k * np.maximum(weights @ r + drive, 0.0) ** n - r, found, tol=1e-14).x
    assert expected.min() > 0.0
    assert found == pytest.approx(expected, rel=1e-8)


def decision(stimulus):
    e, x = nf.WongWang("E", size=2), nf.ConstantInput("X", rates=stimulus)
    recurrent = np.array([[0.2609, -0.0497], [-0.0497, 0.2609]])
    return e, nf.Network("n", [x, e, instant(e, e, recurrent), instant(x, e, nf.Diagonal(np.full(2, 5.2e-4)))])


def gating(s, stimulus):
    """Both equations of Wong and Wang as printed, in nA, Hz and s."""
    x = np.array([0.2609 * s[0] - 0.0497 * s[1], 0.2609 * s[1] - 0.0497 * s[0]]) + 0.3255 + 5.2e-4 * stimulus
    h = (270.0 * x - 108.0) / (1.0 - np.exp(-0.154 * (270.0 * x - 108.0)))
    return -s / 0.1 + (1.0 - s) * 0.641 * h, h


def test_wong_wang_rests_where_the_equations_of_2006_say():
    silence = np.zeros(2)
    e, net = decision(silence)
    sol = nf.simulate(net, 5.0, integrator=PRECISE)
    expected = root(lambda s: gating(s, silence)[0], [0.1, 0.1], tol=1e-14).x
    assert sol["E.rate"][-1] == pytest.approx(expected, rel=1e-8)
    assert e.firing_rate(sol["E.current"][-1]) == pytest.approx(gating(expected, silence)[1], rel=1e-8)


def test_wong_wang_decides_for_the_stronger_input():
    stimulus = 30.0 * np.array([1.128, 0.872])
    e, net = decision(stimulus)
    sol = nf.simulate(net, 6.0, integrator=PRECISE)
    expected = root(lambda s: gating(s, stimulus)[0], [0.7, 0.05], tol=1e-14).x
    assert sol["E.s"][-1] == pytest.approx(expected, rel=1e-7)
    first, second = e.firing_rate(sol["E.current"][-1])
    assert first > 20.0 > 5.0 > second


NEAR_THE_BEND = [0.0, 1e-300, -1e-12, 1e-8, 1e-4, -0.0499, 0.0499, 0.0501, -0.0501, 0.3, -1.0, 20.0, -20.0, 600.0]


@pytest.mark.parametrize("z", NEAR_THE_BEND)
def test_wong_wang_firing_rate_is_exact_where_its_formula_is_not(z):
    cell = nf.WongWang("E", size=1, I_0=0.0, a=1.0, b=0.0, d=1.0)
    with mpmath.workdps(60):
        expected = mpmath.mpf(1) if z == 0.0 else mpmath.mpf(z) / -mpmath.expm1(-mpmath.mpf(z))
    assert float(cell.firing_rate(z)) == pytest.approx(float(expected), rel=5e-15, abs=0.0)


def test_wong_wang_firing_rate_vanishes_and_grows_without_overflow():
    cell = nf.WongWang("E", size=2)
    assert cell.firing_rate(np.array([-1e6, 1e6])) == pytest.approx([0.0, 270.0 * (1e6 + 0.3255) - 108.0], rel=1e-15)


@pytest.mark.jax
def test_wong_wang_slope_at_the_bend_is_half_of_a():
    import jax

    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
        cell = nf.WongWang("E", size=1)
        for off in (0.0, 1e-12, -1e-9, 1e-5):
            slope = float(jax.grad(lambda x: cell.firing_rate(x))(0.4 - 0.3255 + off))
            z = 0.154 * 270.0 * off
            assert slope == pytest.approx(270.0 * (0.5 + z / 6.0), rel=1e-6)


@pytest.mark.parametrize("current", [0.0, 0.2, 1.4])
def test_fitzhugh_nagumo_rests_at_the_root_of_its_cubic(current):
    a, b, epsilon, tau = 0.7, 0.8, 0.08, 0.002
    cubic = np.roots([-1.0 / 3.0, 0.0, 1.0 - 1.0 / b, current - a / b])
    v = next(z.real for z in cubic if abs(z.imag) < 1e-9)
    net = fed(nf.FitzHughNagumo("E", size=1, tau=tau), current=current)
    y = np.array([v, (v + a) / b])
    assert net.rhs(0.0, y) * tau == pytest.approx(0.0, abs=1e-12)
    expected = np.linalg.eigvals(np.array([[1.0 - v * v, -1.0], [epsilon, -epsilon * b]]))
    assert np.sort_complex(tau * eigenvalues(net, y)) == pytest.approx(np.sort_complex(expected), rel=1e-6)
    sol = nf.simulate(net, 1.0, y0=y + np.array([1e-3, 0.0]), integrator=PRECISE)
    assert (np.abs(sol.final - y).max() < 1e-6) == bool(np.all(expected.real < 0.0))


def test_fitzhugh_nagumo_fires_with_the_period_of_its_equations():
    def equations(t, y):
        v, w = y
        return [v - v**3 / 3.0 - w + 0.5, 0.08 * (v + 0.7 - 0.8 * w)]

    times = np.linspace(200.0, 400.0, 20001)
    reference = solve_ivp(equations, (0.0, 400.0), [0.0, 0.0], t_eval=times, method="LSODA", rtol=1e-10, atol=1e-10)
    net = fed(nf.FitzHughNagumo("E", size=1, tau=0.01), current=0.5)
    sol = nf.simulate(net, 4.0, save_at=0.01 * times, integrator=PRECISE)
    expected = frequency(times, reference.y[0])
    assert frequency(sol.t, sol["E.rate"][:, 0]) == pytest.approx(100.0 * expected, rel=1e-6)


@pytest.mark.parametrize("activation", [nf.Identity(gain=3.0), nf.Sigmoid(midpoint=0.5, width=0.1, peak=100.0)])
@pytest.mark.parametrize("cls", [nf.FitzHughNagumo, nf.StuartLandau])
def test_oscillators_send_an_activation_of_their_first_variable(cls, activation):
    net = nf.Network("n", [cls("E", size=3, activation=activation)])
    y = np.linspace(-1.0, 1.0, 6)
    assert np.array_equal(net.quantity(0.0, y, "E.rate"), activation(y[:3]))


@pytest.mark.parametrize(("growth", "shear"), [(4.0, 0.0), (2.5, 1.5), (-1.0, 0.5)])
def test_stuart_landau_follows_its_closed_form(growth, shear):
    omega, z0 = 20.0, 0.3 + 0.4j
    net = nf.Network("n", [nf.StuartLandau("E", size=1, growth=growth, omega=omega, shear=shear)])
    times = np.linspace(0.0, 3.0, 31)
    sol = nf.simulate(net, 3.0, y0={"E.x": z0.real, "E.y": z0.imag}, save_at=times, integrator=PRECISE)
    squared = abs(z0) ** 2
    swept = 0.5 * np.log1p(squared / growth * np.expm1(2.0 * growth * times))  # the integral of |z|^2
    expected = z0 * np.exp(growth * times - swept) * np.exp(1j * (omega * times - shear * swept))
    assert (sol["E.x"] + 1j * sol["E.y"])[:, 0] == pytest.approx(expected, abs=1e-8)


def test_stuart_landau_turns_on_a_circle():
    growth, omega, shear = np.array([1.0, 4.0, 9.0]), np.array([30.0, 20.0, 50.0]), np.array([0.0, 0.5, -1.0])
    net = nf.Network("n", [nf.StuartLandau("E", size=3, growth=growth, omega=omega, shear=shear)])
    times = np.linspace(12.0, 16.0, 8001)
    sol = nf.simulate(net, 16.0, save_at=times, integrator=PRECISE)
    assert np.hypot(sol["E.x"], sol["E.y"]) == pytest.approx(np.broadcast_to(np.sqrt(growth), (8001, 3)), rel=1e-7)
    turns = [frequency(times, x) for x in sol["E.rate"].T]
    assert turns == pytest.approx((omega - shear * growth) / (2.0 * np.pi), rel=1e-5)


def test_units_follow_what_a_cell_sends():
    e, w = nf.WilsonCowan("E", size=2), nf.WongWang("W", size=3)
    net = nf.Network("n", [e, w, nf.InstantSynapse(e, w, weights=1.0, g=1.0)])
    units = {path: quantity.unit for path, quantity in net.quantities.items()}
    assert units["E.rate"] == units["W.rate"] == units["E_to_W.signal"] == units["E_to_W.drive"] == "1"
    assert nf.Network("m", [nf.JansenRit("J", size=1)]).quantities["J.rate"].unit == "Hz"
