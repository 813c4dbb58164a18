"""Steady states, their stability, phase planes, continuation, settling and limit cycles, against independent roots."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from numpy.testing import assert_allclose
from scipy import sparse
from scipy.optimize import brentq

import netframe as nf
from netframe import analysis
from netframe.analysis.bordered import Lost


@nf.component
class Quadratic(nf.Population):
    """Montbrio, Pazo & Roxin (2015), eq. 12."""

    eta: nf.Param = nf.parameter(-5.0, unit="1", doc="mean excitability")
    coupling: nf.Param = nf.parameter(15.0, unit="1", doc="synaptic weight")
    r = nf.state(unit="Hz", doc="firing rate")
    v = nf.state(unit="1", initial=-2.0, doc="mean voltage")

    def rate(self, t, s):
        return s.r

    def derivatives(self, t, s, inputs):
        v = s.v**2 + self.eta + self.coupling * s.r - (np.pi * s.r) ** 2 + inputs.current
        return {"r": 1.0 / np.pi + 2.0 * s.r * s.v, "v": v}


@nf.component
class Fraction(nf.Population):
    """Wilson & Cowan (1972), eqs. 11 and 15."""

    tau: nf.Param = nf.parameter(1.0, unit="s", validator=nf.positive, doc="time constant")
    slope: nf.Param = nf.parameter(1.2, unit="1", doc="steepness of the response")
    threshold: nf.Param = nf.parameter(2.8, unit="1", doc="middle of the response")
    bias: nf.Param = nf.parameter(0.0, unit="1", doc="external input")
    a = nf.state(unit="1", doc="active fraction")

    def rate(self, t, s):
        return s.a

    def derivatives(self, t, s, inputs):
        xp = nf.array_namespace(s.a)
        none = 1.0 / (1.0 + xp.exp(self.slope * self.threshold))
        at = 1.0 / (1.0 + xp.exp(-self.slope * (inputs.current + self.bias - self.threshold)))
        return {"a": (-s.a + (1.0 - none - s.a) * (at - none)) / self.tau}


@nf.component
class NormalForm(nf.Population):
    """Normal forms of branch points, and of a fold."""

    mu: nf.Param = nf.parameter(-1.0, unit="1", doc="control parameter")
    form: str = "pitchfork"
    x = nf.state(unit="1", doc="order parameter")

    def rate(self, t, s):
        return s.x

    def derivatives(self, t, s, inputs):
        forms = {"pitchfork": self.mu * s.x - s.x**3, "transcritical": self.mu * s.x - s.x**2, "fold": self.mu + s.x**2}
        return {"x": forms[self.form] + inputs.current}


@nf.component
class StuartLandau(nf.Population):
    """A Hopf normal form: radius sqrt(mu), angular frequency omega - b mu."""

    mu: nf.Param = nf.parameter(0.5, unit="1/s", doc="growth rate")
    omega: nf.Param = nf.parameter(6.0, unit="1/s", doc="angular frequency at zero amplitude")
    shear: nf.Param = nf.parameter(0.4, unit="1/s", doc="how the frequency falls with amplitude")
    x = nf.state(unit="1", initial=0.9, doc="real part")
    y = nf.state(unit="1", doc="imaginary part")

    def rate(self, t, s):
        return s.x

    def derivatives(self, t, s, inputs):
        square = s.x**2 + s.y**2
        grows, turns = self.mu - square, self.omega - self.shear * square
        return {"x": grows * s.x - turns * s.y, "y": turns * s.x + grows * s.y}


def alone(cell):
    return nf.Network("alone", [cell])


def montbrio(**changes):
    return alone(Quadratic("E", size=1, **changes))


def wilson_cowan(c, excitatory, inhibitory, bias=0.0):
    e = Fraction("E", size=1, slope=excitatory[0], threshold=excitatory[1], bias=bias)
    i = Fraction("I", size=1, slope=inhibitory[0], threshold=inhibitory[1])
    ends = ((e, e, c[0]), (i, e, -c[1]), (e, i, c[2]), (i, i, -c[3]))
    return nf.Network("wc", [e, i, *(nf.InstantSynapse(a, b, weights=np.array([[w]]), g=1.0) for a, b, w in ends)])


def figure_4():
    return wilson_cowan((12.0, 4.0, 13.0, 11.0), (1.2, 2.8), (1.0, 4.0))


def figure_11(bias=1.25):
    return wilson_cowan((16.0, 12.0, 15.0, 3.0), (1.3, 4.0), (2.0, 3.7), bias)


def eta_of(r, coupling=15.0):
    """The excitability at which a rate is a steady state: v = -1 / (2 pi r), then the second equation."""
    return (np.pi * r) ** 2 - coupling * r - 1.0 / (2.0 * np.pi * r) ** 2


def folds(coupling=15.0):
    def slope(r):
        return 2.0 * np.pi**2 * r - coupling + 2.0 / ((2.0 * np.pi) ** 2 * r**3)

    return [brentq(slope, 0.05, 0.3, xtol=1e-15), brentq(slope, 0.3, 2.0, xtol=1e-15)]


def bistable(rate=0.0, weight=1.0):
    """A cell that excites itself: r = 50 / (1 + exp(-(0.8 r + input - 20) / 2))."""
    e = nf.FiringRate("E", size=1, activation=nf.Sigmoid(midpoint=20.0, width=2.0, peak=50.0))
    x = nf.ConstantInput("X", rates=[rate])
    onto = [nf.InstantSynapse(e, e, weights=0.8, g=1.0), nf.InstantSynapse(x, e, weights=weight, g=1.0)]
    return nf.Network("bistable", [x, e, *onto])


def input_of(r):
    """The input at which a rate is a steady state of the bistable cell."""
    return 20.0 + 2.0 * np.log(r / (50.0 - r)) - 0.8 * r


POSITIVE = {"E.r": (0.0, 3.0), "E.v": (-4.0, 1.0)}

# Fixed points.


def test_the_three_states_of_montbrio():
    found = sorted(analysis.fixed_points(montbrio(), bounds=POSITIVE), key=lambda point: point["E.r"][0])
    expected = [(0.0811344, -1.9616200), (0.4729803, -0.3364938), (1.0305968, -0.1544299)]
    assert_allclose([point.y for point in found], expected, atol=6e-8)
    assert [point.kind for point in found] == ["stable node", "saddle", "stable focus"]
    assert_allclose(found[2].eigenvalues, [-0.30886 + 3.31863j, -0.30886 - 3.31863j], atol=6e-6)
    roots = [brentq(lambda r: eta_of(r) + 5.0, *ends, xtol=1e-15) for ends in ((0.01, 0.16), (0.2, 0.7), (0.8, 2.0))]
    assert_allclose([point["E.r"][0] for point in found], roots, rtol=1e-10)
    assert_allclose([point["E.v"][0] for point in found], [-1.0 / (2.0 * np.pi * r) for r in roots], rtol=1e-10)
    assert all(point.residual < 1e-14 for point in found)


def test_all_states_of_montbrio_are_found_without_help():
    found = analysis.fixed_points(montbrio())
    assert sum(point["E.r"][0] > 0 for point in found) == 3


def test_wilson_cowan_figure_4():
    found = analysis.fixed_points(figure_4())
    told = sorted(((*point.y, point.kind) for point in found), key=lambda row: row[0])
    assert_allclose([row[:2] for row in told], [(0, 0), (0.1896695, 0.0681031), (0.4397518, 0.2259326)], atol=6e-8)
    assert [row[2] for row in told] == ["stable node", "saddle", "stable node"]
    assert [point.stable for point in found] == [True, True, False]
    assert len(found.stable) == 2
    assert "3 fixed points from" in repr(found)


def test_wilson_cowan_figure_11():
    (point,) = analysis.fixed_points(figure_11())
    assert_allclose(point.y, [0.2017484, 0.1068894], atol=6e-8)
    assert_allclose(point.eigenvalues, [0.11555 + 1.87003j, 0.11555 - 1.87003j], atol=6e-6)
    assert (point.kind, point.n_unstable, point.stable) == ("unstable focus", 2, False)
    assert_allclose(point["E.rate"], point["E.a"])
    with pytest.raises(nf.UnknownNameError, match=r"E\.b"):
        point["E.b"]


def test_the_notebook_network_for_every_pattern_in_one_call():
    rng = np.random.default_rng(2)
    rates, w = rng.uniform(0.0, 50.0, (5, 3)), rng.uniform(0.0, 1.0, (2, 3))
    f, e = nf.ConstantInput("F", rates=rates), nf.LeakyRate("E", size=2)
    found = analysis.fixed_points(nf.Network("n", [f, e, nf.ReversalSynapse(f, e, weights=w, g=2e-5)]))
    assert_allclose(found["E.v"], -70.0 / (1.0 + 100.0 * 2e-5 * rates @ w.T), rtol=1e-10)
    assert found.stable.tolist() == [True] * 5
    assert found.count.tolist() == [1] * 5
    assert (found.y.shape, len(found), found.n_failed) == ((5, 4), 5, 0)
    with pytest.raises(IndexError):
        found[5]


@pytest.mark.slow
def test_a_batch_equals_a_loop():
    eta = np.array([-7.0, -5.0, 0.0])
    together = analysis.fixed_points(montbrio(eta=eta[:, None]), bounds=POSITIVE)
    assert together.count.tolist() == [1, 3, 1]
    for k, value in enumerate(eta):
        single = analysis.fixed_points(montbrio(eta=value), bounds=POSITIVE)
        assert_allclose([p.y for p in together[k]], [p.y for p in single], rtol=1e-12)
        assert [p.kind for p in together[k]] == [p.kind for p in single]
    with pytest.raises(nf.ParameterError, match="3 fixed points"):
        together["E.r"]


def test_initial_states_that_make_a_batch():
    network = alone(NormalForm("E", size=1, mu=4.0))
    found = analysis.fixed_points(network, 4, y0={"E.x": [[1.0], [-1.0]]})
    assert found.batch_shape == (2,)
    assert_allclose([sorted(p.y[0] for p in points) for points in found], [[-2.0, 0.0, 2.0]] * 2, atol=1e-10)


@given(st.integers(1, 5), st.integers(0, 1000))
@settings(max_examples=12)
def test_linear_networks_equal_a_linear_solve(size, seed):
    rng = np.random.default_rng(seed)
    w, drive, rest = rng.normal(0.0, 0.5, (size, size)), rng.uniform(0.0, 40.0, size), rng.uniform(-80, -50, size)
    e, f = nf.LeakyRate("E", size=size, v_rest=rest, activation=nf.Identity()), nf.ConstantInput("F", rates=drive)
    onto = [nf.InstantSynapse(f, e, weights=np.eye(size), g=0.01), nf.CurrentSynapse(e, e, weights=w, g=0.01)]
    if np.linalg.cond(np.eye(size) - w) > 1e4:
        return
    (point,) = analysis.fixed_points(nf.Network("n", [f, e, *onto]))
    exact = np.linalg.solve(np.eye(size) - w, rest + drive)
    assert_allclose(point["E.v"], exact, rtol=1e-10 * np.linalg.cond(np.eye(size) - w), atol=1e-8)


def test_clipped_cells_that_inhibit_each_other():
    """v = -60 + i - 2 r of the other, r clipped to 0 .. 20 Hz: each wins, or both are active, unstably."""
    act = nf.ClippedLinear(threshold=-60.0, ceiling=-40.0, peak=20.0)
    e, f = nf.LeakyRate("E", size=2, v_rest=-60.0, activation=act), nf.ConstantInput("F", rates=[9.0, 9.0])
    onto = [nf.InstantSynapse(f, e, weights=np.eye(2), g=0.01)]
    onto += [nf.InstantSynapse(e, e, weights=np.array([[0.0, -2.0], [-2.0, 0.0]]), g=0.01)]
    found = analysis.fixed_points(nf.Network("n", [f, e, *onto]), 40)
    assert_allclose(sorted(p.y.tolist() for p in found), [[-69.0, -51.0], [-57.0, -57.0], [-51.0, -69.0]], rtol=1e-12)
    assert [p.kind for p in found] == ["stable node", "stable node", "saddle"]


def test_what_has_no_steady_state_is_told():
    found = analysis.fixed_points(alone(NormalForm("E", size=1, mu=1.0, form="fold")))
    assert len(found) == 0
    assert found.n_failed == found.n_starts >= 18
    assert f"0 fixed points from {found.n_starts} starts, {found.n_starts} of which failed" in repr(found)


@given(st.floats(0.7, 3.0), st.integers(0, 5))
@settings(max_examples=4)
def test_the_three_states_of_a_bistable_cell_from_rest(width, seed):
    """From a rate near zero: r = 20 + w ln(r / (50 - r)) divided by 0.8, between its two turns 25 +- root."""
    e = nf.FiringRate("E", size=1, activation=nf.Sigmoid(midpoint=20.0, width=width, peak=50.0))
    network = nf.Network("n", [e, nf.InstantSynapse(e, e, weights=0.8, g=1.0)])
    found = analysis.fixed_points(network, seed=seed)

    def excess(r):
        return 20.0 + width * np.log(r / (50.0 - r)) - 0.8 * r

    turn = np.sqrt(625.0 - 50.0 * width / 0.8)
    ends = [1e-13, 25.0 - turn, 25.0 + turn, 50.0 - 1e-13]
    roots = [brentq(excess, ends[k], ends[k + 1], xtol=1e-15) for k in range(3)]
    assert_allclose([p.y[0] for p in sorted(found, key=lambda p: p.y[0])], roots, rtol=1e-8, atol=1e-12)
    assert [p.kind for p in found] == ["stable node", "stable node", "unstable node"]


def test_the_three_states_of_bistable_cells_and_what_was_searched():
    found = analysis.fixed_points(bistable())
    low = brentq(lambda r: input_of(r), 1e-9, 1.0, xtol=1e-15)
    assert_allclose([p.y[0] for p in found], [low, 50.0 - low, 25.0], rtol=1e-9)
    low, high = found.searched["E.r"]
    assert low < -9e3 < 9e3 < high
    assert "searched: E.r from" in repr(found)
    assert analysis.fixed_points(bistable(), [1.0]).searched == {}
    inside = analysis.fixed_points(bistable(), bounds={"E.r": (0.0, 60.0)})
    assert (inside.searched["E.r"], len(inside)) == ((0.0, 60.0), 3)
    e, x = nf.LeakyRate("E", size=1), nf.ConstantInput("X", rates=[1.0])
    onto = [nf.InstantSynapse(source, e, weights=1.0, g=0.01) for source in (e, x)]
    clipped = analysis.fixed_points(nf.Network("n", [e, x, *onto]))
    assert_allclose([p.y[0] for p in clipped], [-69.0, -19.0, -112.0 / 3.0], rtol=1e-10)  # v + 69 = 2.5 (v + 50)


@pytest.mark.parametrize(
    ("rate", "states"),
    [(15.0, (-55.0, -45.0, -40.0)), (22.0, (-106.0 / 3.0, -32.0, -28.0)), (12.1, (-57.9, -42.1, None))],
)
@pytest.mark.parametrize("seed", [0, pytest.param(7, marks=pytest.mark.slow)])
def test_all_states_of_clipped_cells_are_found_wherever_the_seed_leads(rate, states, seed):
    """Thresholds and ceilings are a few mV apart in a box of 1e6 mV."""
    found = analysis.fixed_points(excitatory_inhibitory(rate), seed=seed)
    exact = sorted(-(75.0 - rate) * 2.0 / 3.0 if v is None else v for v in states)
    assert_allclose(sorted(point.y[0] for point in found), exact, rtol=1e-9)
    assert_allclose(inputs_of_clipped(np.array([point.y[0] for point in found])), rate, rtol=1e-9)
    assert found.signs == 1
    assert "not all" not in repr(found)


def test_cells_of_one_population_that_inhibit_each_other_without_help():
    """Three cells of slope 2.5 with weights of -0.6: one, two or three of them are active."""
    e, f = nf.LeakyRate("E", size=3), nf.ConstantInput("F", rates=[26.0])
    onto = [nf.InstantSynapse(f, e, weights=np.ones((3, 1)), g=0.01)]
    onto.append(nf.InstantSynapse(e, e, weights=-0.6 * (1.0 - np.eye(3)), g=0.01))
    found = analysis.fixed_points(nf.Network("n", [e, f, *onto]))
    active = sorted(int(np.sum(point["E.rate"] > 0.0)) for point in found)
    assert active == [1, 1, 1, 2, 2, 2, 3]
    assert found.signs == 1


def test_signs_that_do_not_add_to_one_are_told(monkeypatch):
    monkeypatch.setattr("netframe.analysis.steady_states.EVENED", 0)
    monkeypatch.setattr("netframe.analysis.steady_states.ROUNDS", 0)
    monkeypatch.setattr("netframe.analysis.steady_states._Search._between", lambda self, system, scale, *y: y)
    found = analysis.fixed_points(bistable(), 0)
    assert ([point.sign for point in found], found.signs) == ([1, 1], 2)
    assert "not all: signs of det(-J) add to 2, and to 1 (an odd number of points) where states stay bounded" in repr(
        found
    )
    assert analysis.fixed_points(bistable(), 0, bounds={"E.r": (0.0, 60.0)}).signs is None
    assert analysis.fixed_points(bistable(), [1.0]).signs is None


def test_an_unstable_point_is_found_where_runs_part(monkeypatch):
    """Without random starts, deflation or states on the line, from the border between two stable points."""
    monkeypatch.setattr("netframe.analysis.steady_states.on_lines", lambda points: points)
    monkeypatch.setattr("netframe.analysis.steady_states.ROUNDS", 0)
    found = analysis.fixed_points(bistable(), 0)
    assert_allclose([p.y[0] for p in found][2:], [25.0], rtol=1e-9)


def test_inputs_stand_still_at_the_time_given():
    f, e = nf.StepInput("F", size=1, amplitude=10.0, onset=0.5), nf.LeakyRate("E", size=1)
    network = nf.Network("n", [f, e, nf.InstantSynapse(f, e, weights=1.0, g=0.01)])
    assert_allclose([analysis.fixed_points(network, t=t)[0].y[0] for t in (0.2, 0.7)], [-70.0, -60.0], rtol=1e-12)


def test_guesses_and_bounds():
    network = figure_4()
    (low,) = analysis.fixed_points(network, [0.01, 0.01])
    assert_allclose(low.y, 0.0, atol=1e-12)
    assert len(analysis.fixed_points(network, [[0.0, 0.0], [0.2, 0.07], [0.4, 0.2], [0.45, 0.2]])) == 3
    again = analysis.fixed_points(network, analysis.fixed_points(network))
    assert (len(again), again.n_starts) == (3, 3)
    inside = analysis.fixed_points(network, bounds={"E.a": (0.1, 1.0)})
    assert len(inside) == 2
    assert inside.n_outside > 0
    same = [analysis.fixed_points(network, 5, seed=seed) for seed in (3, np.random.default_rng(3))]
    assert_allclose([p.y for p in same[0]], [p.y for p in same[1]], rtol=0, atol=0)
    for wrong in (-1, [[1.0]], "many", [np.nan, 0.0], True):
        with pytest.raises(nf.ParameterError, match="guesses"):
            analysis.fixed_points(network, wrong)
    with pytest.raises(nf.ParameterError, match="bounds"):
        analysis.fixed_points(network, bounds={"E.a": (1.0, 0.0)})
    with pytest.raises(nf.UnknownNameError, match=r"E\.b"):
        analysis.fixed_points(network, bounds={"E.b": (1.0, 2.0)})


def test_a_double_root_is_one_marginal_point():
    (point,) = analysis.fixed_points(alone(NormalForm("E", size=1, mu=0.0, form="fold")))
    assert abs(point.y[0]) < 1e-5
    (zero,) = analysis.fixed_points(alone(NormalForm("E", size=1, mu=0.0, form="fold")), [0.0])
    assert (zero.kind, zero.stable) == ("marginal", False)


def large(n=2000):
    rng = np.random.default_rng(0)
    w = sparse.random_array(
        (n, n), density=3.0 / n, rng=rng, format="csr", data_sampler=lambda size: rng.uniform(0, 0.2, size)
    )
    f, e = nf.ConstantInput("F", rates=rng.uniform(0, 20, 3)), nf.LeakyRate("E", size=n, activation=nf.Identity())
    onto = [nf.InstantSynapse(f, e, weights=rng.uniform(0, 1, (n, 3)), g=0.01)]
    return nf.Network("n", [f, e, *onto, nf.InstantSynapse(e, e, weights=w, g=0.01)]), w


@pytest.mark.slow
def test_a_large_sparse_network_without_a_dense_matrix(monkeypatch):
    network, w = large()
    monkeypatch.setattr(sparse.csr_array, "toarray", None)
    (point,) = analysis.fixed_points(network, 1)
    drive = network["F_to_E"].weights @ network["F"].rates - 70.0
    assert_allclose((sparse.eye_array(2000) - w) @ point["E.v"], drive, rtol=1e-10)
    assert point.stable
    assert len(point.eigenvalues) == 6
    branch = analysis.continuation(network, "F.rates[0]", (0.0, 10.0), max_step=1.0, step=0.5)
    assert branch.stable.all()
    shifted = drive + network["F_to_E"].weights[:, 0] * (10.0 - network["F"].rates[0])
    assert_allclose((sparse.eye_array(2000) - w) @ branch["E.v"][-1], shifted, rtol=1e-9)


# Eigenvalues.


def test_the_rightmost_eigenvalues_of_a_large_network():
    network, w = large(500)
    found = analysis.eigenvalues(network, network.initial_state())
    values = np.linalg.eigvals((w.toarray() - np.eye(500)) / 0.05)
    assert found.shape == (6,)
    assert_allclose(found[0].real, values.real.max(), rtol=1e-6)
    everything = analysis.eigenvalues(network, network.initial_state(), k=500)
    assert_allclose(np.sort(everything.real), np.sort(values.real), rtol=1e-3)


def test_eigenvalues_of_several_states():
    network = montbrio()
    y = np.array([[[0.1, -1.0]], [[0.5, 0.3]]])
    found = analysis.eigenvalues(network, y)
    assert found.shape == (2, 1, 2)
    for k, (r, v) in enumerate(y[:, 0]):
        exact = np.linalg.eigvals([[2 * v, 2 * r], [15.0 - 2 * np.pi**2 * r, 2 * v]])
        assert_allclose(np.sort_complex(found[k, 0]), np.sort_complex(exact.astype(complex)), rtol=1e-7)
    assert analysis.eigenvalues(network, y, k=1).shape == (2, 1, 1)
    for wrong in ({"k": 3}, {"k": 0}):
        with pytest.raises(nf.ParameterError, match="k is"):
            analysis.eigenvalues(network, y, **wrong)
    with pytest.raises(nf.ParameterError, match="last axis"):
        analysis.eigenvalues(network, np.zeros(3))


# Continuation.


@pytest.mark.parametrize("coupling", [12.0, 15.0])
def test_the_folds_of_montbrio(coupling):
    branch = analysis.continuation(montbrio(coupling=coupling), "E.eta", (-10.0, 2.0))
    rates = folds(coupling)
    assert [point.kind for point in branch.special] == ["fold", "fold"]
    assert_allclose([point.value for point in branch.special], eta_of(np.array(rates), coupling), rtol=1e-10)
    assert_allclose([point.y[0] for point in branch.special], rates, rtol=1e-6)
    assert_allclose(branch.values, eta_of(branch["E.r"][:, 0], coupling), rtol=1e-9)
    assert (branch.values[0], branch.values[-1]) == (-10.0, 2.0)
    assert set(branch.n_unstable[[0, -1]]) == {0}
    assert branch.n_unstable.max() == 1
    assert all(point.refined for point in branch.special)
    assert "leaves the span at 2" in branch.message


@pytest.mark.slow
def test_fixed_points_on_either_side_of_a_fold():
    for value in eta_of(np.array(folds())):
        counts = [len(analysis.fixed_points(montbrio(eta=value + d), bounds=POSITIVE)) for d in (-1e-3, 1e-3)]
        assert sorted(counts) == [1, 3]


def states_of_figure_11(i):
    """The excitatory fraction and bias at which an inhibitory fraction is steady, trace and determinant there."""
    (a_e, th_e), (a_i, th_i) = (1.3, 4.0), (2.0, 3.7)
    none = [1.0 / (1.0 + np.exp(a * th)) for a, th in ((a_e, th_e), (a_i, th_i))]
    s_i = i / (1.0 - none[1] - i)
    e = (th_i - np.log(1.0 / (s_i + none[1]) - 1.0) / a_i + 3.0 * i) / 15.0
    s_e = e / (1.0 - none[0] - e)
    bias = th_e - np.log(1.0 / (s_e + none[0]) - 1.0) / a_e - 16.0 * e + 12.0 * i
    d_e = (1.0 - none[0] - e) * a_e * (s_e + none[0]) * (1.0 - s_e - none[0])
    d_i = (1.0 - none[1] - i) * a_i * (s_i + none[1]) * (1.0 - s_i - none[1])
    jacobian = [[16.0 * d_e - 1.0 - s_e, -12.0 * d_e], [15.0 * d_i, -1.0 - s_i - 3.0 * d_i]]
    return e, bias, jacobian[0][0] + jacobian[1][1], jacobian[0][0] * jacobian[1][1] - jacobian[0][1] * jacobian[1][0]


def roots_of_figure_11(which):
    """All roots of trace (2) or determinant (3) along the branch with a bias from 0 to 4."""
    grid = np.linspace(1e-6, 0.45, 4001)
    e, bias, *_ = known = states_of_figure_11(grid)
    sign = np.sign(known[which])
    at = np.flatnonzero((sign[:-1] * sign[1:] < 0) & (bias[:-1] > 0.0) & (bias[1:] < 4.0) & (e[:-1] < 0.5))
    return [brentq(lambda i: states_of_figure_11(i)[which], grid[k], grid[k + 1], xtol=1e-15) for k in at]


@pytest.fixture(scope="module")
def branch_of_figure_11():
    return analysis.continuation(figure_11(), "E.bias", (0.0, 4.0))


def test_the_hopf_points_and_folds_of_wilson_cowan(branch_of_figure_11):
    branch = branch_of_figure_11
    hopf = [i for i in roots_of_figure_11(2) if states_of_figure_11(i)[3] > 0.0]
    folds = roots_of_figure_11(3)
    assert [len(hopf), len(folds)] == [1, 2]
    assert [point.kind for point in branch.special] == ["fold", "fold", "Hopf"]
    for kind, expected in {"Hopf": hopf, "fold": folds}.items():
        for point, i in zip(branch.points(kind), expected):
            e, bias, _, determinant = states_of_figure_11(i)
            assert_allclose(point.value, bias, rtol=1e-8)
            assert_allclose(point.y, [e, i], rtol=1e-6)
            if kind == "Hopf":
                assert_allclose(point.frequency, np.sqrt(determinant) / (2.0 * np.pi), rtol=1e-7)
    assert_allclose(states_of_figure_11(branch["I.a"][1:, 0])[1], branch.values[1:], rtol=1e-8)
    assert [branch.stable[0], branch.stable[-1]] == [True, True]


def test_the_hopf_point_of_the_normal_form():
    network = alone(StuartLandau("E", size=1))
    branch = analysis.continuation(network, "E.mu", (-1.0, 1.0), y0=[0.0, 0.0])
    (hopf,) = branch.special
    assert (hopf.kind, abs(hopf.value) < 1e-8) == ("Hopf", True)
    assert_allclose(hopf.frequency, 6.0 / (2.0 * np.pi), rtol=1e-8)
    assert_allclose(branch.eigenvalues.real, np.stack([branch.values] * 2, axis=1), atol=1e-8)


@pytest.mark.parametrize("form", ["pitchfork", "transcritical"])
def test_branch_points(form):
    network = alone(NormalForm("E", size=1, form=form))
    trunk = analysis.continuation(network, "E.mu", (-1.0, 1.0))
    assert_allclose(trunk["E.x"], 0.0, atol=1e-12)
    other = analysis.continuation(network, "E.mu", (1.0, -1.0), y0=[1.0])
    for branch in (trunk, other):
        (point,) = branch.special
        assert point.kind == "branch point"
        assert abs(point.value) < 1e-6
    assert trunk.stable.tolist() == [bool(mu < 0) for mu in trunk.values]
    expected = -1.0 if form == "transcritical" else 1.0  # the parabola turns back to where it came from
    assert_allclose([other.values[-1], other["E.x"][-1, 0]], [expected, -1.0], atol=1e-9)


def two_that_inhibit(rate=30.0):
    """Two equal cells, 50 / (1 + exp(-(x - r - 20) / 3)) of the other's r."""
    a, b = (nf.FiringRate(n, size=1, activation=nf.Sigmoid(midpoint=20.0, width=3.0, peak=50.0)) for n in "AB")
    x, ends = nf.ConstantInput("X", rates=[rate]), []
    for source, target, weight in ((a, b, -1.0), (b, a, -1.0), (x, a, 1.0), (x, b, 1.0)):
        ends.append(nf.InstantSynapse(source, target, weights=weight, g=1.0))
    return nf.Network("two", [x, a, b, *ends])


@pytest.fixture(scope="module")
def pitchforks_of_two():
    return analysis.continuation(two_that_inhibit(), "X.rates", (0.0, 80.0))


@pytest.mark.slow
def test_the_pitchforks_of_two_that_inhibit_each_other(pitchforks_of_two):
    """Equal rates r need x = 20 + 3 ln(r / (50 - r)) + r; they lose stability where r (50 - r) / 150 = 1."""
    roots = 25.0 + np.array([-1.0, 1.0]) * np.sqrt(475.0)
    exact = 20.0 + 3.0 * np.log(roots / (50.0 - roots)) + roots
    assert_allclose(exact, [15.162818, 74.837182], atol=5e-7)
    points = pitchforks_of_two.special
    assert [(point.kind, point.refined) for point in points] == [("branch point", True)] * 2
    assert_allclose([point.value for point in points], exact, rtol=1e-9)
    assert_allclose([point.y for point in points], np.stack([roots, roots], axis=1), rtol=1e-7)
    assert "refined" not in repr(pitchforks_of_two)


@pytest.mark.slow
def test_a_pitchfork_with_sparse_matrices(monkeypatch):
    monkeypatch.setattr("netframe.analysis.bordered.DENSE_UP_TO", 1)
    branch = analysis.continuation(two_that_inhibit(), "X.rates", (10.0, 20.0))
    root = 25.0 - np.sqrt(475.0)
    (point,) = branch.special
    assert point.refined
    assert_allclose(point.value, 20.0 + 3.0 * np.log(root / (50.0 - root)) + root, rtol=1e-9)


@pytest.mark.slow
def test_a_point_that_was_not_refined_says_between_what_it_is(pitchforks_of_two, monkeypatch):
    def lost(*_, **__):
        raise Lost

    monkeypatch.setattr("netframe.analysis.special_points.crossing_point", lost)
    monkeypatch.setattr("scipy.optimize.brentq", lost)
    branch = analysis.continuation(two_that_inhibit(), "X.rates", (0.0, 20.0))
    (point,) = branch.special
    low, high = point.between
    assert low < pitchforks_of_two.special[0].value < high
    assert not point.refined
    shown = point.place.split()
    assert (shown[0], shown[2], shown[4:]) == ("between", "and", ["not", "refined"])
    assert_allclose([float(shown[1]), float(shown[3].rstrip(","))], [low, high], atol=0.1 * (high - low))
    assert point.place in repr(branch)


@pytest.mark.slow
@pytest.mark.parametrize("span", [(-20.0, 20.0), (-15.0, 20.0), (20.0, -20.0)])
def test_a_branch_that_starts_at_a_tiny_rate(span):
    """It turns where 0.8 r (50 - r) / 100 = 1."""
    branch = analysis.continuation(bistable(rate=1.0), "X_to_E.weights", span)
    assert_allclose(branch.values[[0, -1]], span, rtol=0, atol=0)
    assert len(branch) < 150
    assert_allclose(input_of(branch["E.r"][:, 0]), branch.values, atol=1e-6)
    turns = 25.0 + np.array([-1.0, 1.0]) * np.sqrt(500.0)
    turns = turns if span[0] < span[1] else turns[::-1]
    assert [point.kind for point in branch.special] == ["fold", "fold"]
    assert_allclose([point.value for point in branch.special], input_of(turns), rtol=1e-9)
    assert_allclose([point.y[0] for point in branch.special], turns, rtol=1e-6)


@pytest.mark.slow
def test_a_branch_of_tiny_rates_alone():
    branch = analysis.continuation(bistable(rate=1.0), "X_to_E.weights", (-20.0, -10.0))
    assert branch.values[-1] == -10.0
    assert len(branch) < 150
    assert_allclose(input_of(branch["E.r"][:, 0]), branch.values, atol=1e-5)


def test_two_cells_bifurcate_at_once():
    """Two equal cells without coupling: two real eigenvalues cross together, which no determinant shows."""
    branch = analysis.continuation(alone(NormalForm("E", size=2)), "E.mu", (-1.0, 1.0))
    assert [point.kind for point in branch.special] == ["branch point"]
    assert abs(branch.special[0].value) < 1e-6


@given(st.floats(0.5, 30.0), st.floats(-2.0, 2.0), st.booleans())
@settings(max_examples=3)
def test_a_fold_is_found_wherever_it_is(width, place, forwards):
    """mu + place + x^2 = 0 from the lower branch."""
    network = alone(NormalForm("E", size=1, form="fold"))
    start, other = -place - width, -place + 0.1 * width
    branch = analysis.continuation(
        network, lambda p: {"E.mu": p + place}, (start, other), y0=[-np.sqrt(width)] if forwards else [np.sqrt(width)]
    )
    (fold,) = branch.special
    assert_allclose([fold.kind == "fold", fold.value + place], [True, 0.0], atol=1e-8 * width)
    assert_allclose(
        branch["E.x"][[0, -1], 0], np.array([-1.0, 1.0]) * (1 if forwards else -1) * np.sqrt(width), rtol=1e-8
    )


@pytest.mark.slow
def test_a_branch_goes_around_the_corners_of_an_activation():
    """v = -70 + F + w max(v + 50, 0) up to the ceiling of 50 Hz: for w > 1 it turns back at both corners."""
    f, e = nf.ConstantInput("F", rates=[0.0]), nf.LeakyRate("E", size=1)
    onto = [nf.InstantSynapse(f, e, weights=1.0, g=0.01), nf.InstantSynapse(e, e, weights=0.6, g=0.01)]
    branch = analysis.continuation(nf.Network("n", [f, e, *onto]), "F.rates", (0.0, 60.0))
    v = branch["E.v"][:, 0]
    assert_allclose(branch.values, v + 70.0 - 30.0 * np.clip((v + 50.0) / 20.0, 0.0, 1.0), atol=1e-6)
    assert [point.kind for point in branch.special] == ["fold", "fold"]
    assert_allclose([point.value for point in branch.special], [20.0, 10.0], atol=60.0 * 1e-5)
    assert_allclose([branch.values[-1], v[-1]], [60.0, 20.0], rtol=1e-9)


def test_a_branch_does_not_crawl_towards_a_corner():
    """Of two cells, v = -70 + F + w 60 Hz clip((v + 50) / 20, 0, 1), the first turns back, at F = 20 and F = 10."""
    f, e = nf.ConstantInput("F", rates=[10.0]), nf.LeakyRate("E", size=2, activation=nf.ClippedLinear(peak=60.0))
    onto = [nf.InstantSynapse(f, e, weights=[[1.0], [0.8]], g=0.01)]
    onto.append(nf.InstantSynapse(e, e, weights=np.diag([0.5, 0.2]), g=0.01))
    branch = analysis.continuation(nf.Network("n", [f, e, *onto]), "F.rates", (0.0, 40.0))
    assert branch.message == "it leaves the span at 40"
    assert [point.kind for point in branch.special] == ["fold", "fold"]
    assert_allclose([point.value for point in branch.special], [20.0, 10.0], atol=40.0 * 1e-4)
    assert len(branch) < 300


def excitatory_inhibitory(rate=0.0, onto_e=0.008, from_i=0.004):
    """Clipped-linear cells of which E excites itself and I, which inhibits E, all through currents with a lag."""
    f, e = nf.ConstantInput("F", rates=[rate]), nf.LeakyRate("E", size=1, tau=0.02)
    i = nf.LeakyRate("I", size=1, tau=0.01)
    wires = [(f, e, 1.0, 0.01), (e, e, 1.0, onto_e), (e, i, 1.0, 0.01), (i, e, -1.0, from_i)]
    onto = [nf.CurrentSynapse(a, b, weights=w, g=g, tau=0.005) for a, b, w, g in wires]
    return nf.Network("ei", [f, e, i, *onto])


def inputs_of_clipped(v, onto_e=0.8, from_i=0.4):
    """The input at which E is steady at a voltage."""
    rates = [50.0 * np.clip((v + 50.0) / 20.0, 0.0, 1.0)]
    rates.append(50.0 * np.clip((rates[0] - 20.0) / 20.0, 0.0, 1.0))  # I.v = -70 + rate of E
    return v + 70.0 - onto_e * rates[0] + from_i * rates[1]


@pytest.mark.slow
def test_a_branch_at_corners_has_folds_and_no_hopf_points():
    """E begins to fire at -50 mV, I at -42 mV; I is at its ceiling from -34 mV on, and E from -30 mV."""
    branch = analysis.continuation(excitatory_inhibitory(), "F.rates", (0.0, 60.0))
    v = branch["E.v"][:, 0]
    assert_allclose(branch.values, inputs_of_clipped(v), atol=1e-6)
    assert [(point.kind, point.refined) for point in branch.special] == [("fold", False)] * 4
    assert_allclose([point.value for point in branch.special], [20.0, 12.0, 24.0, 20.0], rtol=1e-9)
    assert_allclose([point["E.v"][0] for point in branch.special], [-50.0, -42.0, -34.0, -30.0], rtol=1e-9)
    pieces = np.searchsorted([-50.0, -42.0, -34.0, -30.0], v)
    assert branch.n_unstable.tolist() == np.array([0, 1, 2, 1, 0])[pieces].tolist()


@pytest.mark.slow
def test_a_pair_that_jumps_at_a_corner_changes_stability_alone():
    """Where I fires the pair of E and I spirals outwards, on both sides without a fold."""
    branch = analysis.continuation(excitatory_inhibitory(onto_e=0.0038, from_i=0.03), "F.rates", (0.0, 120.0))
    v = branch["E.v"][:, 0]
    assert_allclose(branch.values, inputs_of_clipped(v, 0.38, 3.0), atol=1e-6)
    assert branch.special == ()
    inside = (v > -42.0) & (v < -34.0)
    assert inside.sum() > 3
    assert branch.n_unstable.tolist() == np.where(inside, 2, 0).tolist()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_refined_where_all_cells_are_linear_between_corners(seed):
    """Eigenvalues are constant between the corners of 16 cells, so that no pair crosses the axis smoothly."""
    rng = np.random.default_rng(seed)
    f, i = nf.ConstantInput("F", rates=[0.0]), nf.LeakyRate("I", size=4, tau=0.01)
    e = nf.LeakyRate("E", size=12, tau=0.02, v_rest=rng.uniform(-72.0, -66.0, 12))
    onto = [nf.CurrentSynapse(f, e, weights=rng.uniform(0.8, 1.2, (12, 1)), g=0.01, tau=0.005)]
    for pre, post, largest, g in ((e, e, 2 / 12, 0.006), (e, i, 2 / 12, 0.01), (i, e, -0.5, 0.008)):
        weights = largest * rng.uniform(0.0, 1.0, (post.size, pre.size))
        onto.append(nf.CurrentSynapse(pre, post, weights=weights, g=g, tau=0.005))
    branch = analysis.continuation(nf.Network("m", [f, e, i, *onto]), "F.rates", (0.0, 60.0))
    assert {(point.kind, point.refined) for point in branch.special} <= {("fold", False)}
    assert len(set(branch.n_unstable)) > 1
    turns = np.flatnonzero(np.diff(np.sign(np.diff(branch.values))))
    assert len(turns) == len(branch.special)
    assert_allclose([point.value for point in branch.special], branch.values[turns + 1], atol=0.05)


def test_smooth_points_next_to_the_corner_of_another_cell_stay_refined():
    """A fold at mu = 0 in a network of which another cell is at its threshold there."""
    cell, other = NormalForm("E", size=1, form="fold"), nf.LeakyRate("O", size=1)
    corner = nf.LeakyRate("C", size=1, activation=nf.ThresholdLinear(gain=1.0, threshold=-50.0))
    onto = [nf.InstantSynapse(cell, corner, weights=1.0, g=0.1), nf.InstantSynapse(corner, other, weights=0.1, g=0.01)]
    network = nf.Network("n", [cell, corner, other, *onto]).with_parameters({"C.v_rest": -50.0})
    branch = analysis.continuation(network, "E.mu", (-1.0, 0.1), y0={"E.x": -1.0})
    ((kind, value, refined),) = [(point.kind, point.value, point.refined) for point in branch.special]
    assert (kind, refined, abs(value) < 1e-9) == ("fold", True, True)


def test_special_points_by_path_and_by_kind(branch_of_figure_11):
    branch = branch_of_figure_11
    assert branch.points() == branch.special
    hopf = branch.points("Hopf")[0]
    assert_allclose(hopf["E.a"], hopf.y[:1])
    assert_allclose([hopf["I.a[0]"], hopf["I.rate"][0]], hopf.y[1])
    assert_allclose(hopf.network["E"].bias, hopf.value)
    assert repr(hopf).startswith(f"SpecialPoint(Hopf at {hopf.place}, ")
    at = analysis.fixed_points(hopf.network, hopf)
    assert_allclose([point.y for point in at], [hopf.y], rtol=1e-6)
    for wrong, meant in {"folds": "Did you mean 'fold'", "hopf": "Did you mean 'Hopf'", 3: "Known: 'fold'"}.items():
        with pytest.raises(nf.UnknownNameError, match=meant):
            branch.points(wrong)
    with pytest.raises(nf.UnknownNameError, match=r"E\.b"):
        hopf["E.b"]


def test_continuation_along_entries_functions_and_edges():
    f, e = nf.ConstantInput("F", rates=[0.0, 7.0]), nf.LeakyRate("E", size=2)
    network = nf.Network("n", [f, e, nf.InstantSynapse(f, e, weights=np.eye(2), g=0.01)])
    branch = analysis.continuation(network, "F.rates[0]", (0.0, 20.0))  # rates may not be negative
    assert_allclose(branch["E.v"], np.stack([branch.values - 70.0, np.full(len(branch), -63.0)], axis=1), rtol=1e-9)
    assert_allclose(branch["E.v[1]"], -63.0)
    assert_allclose(branch["E.rate"][-1], nf.ClippedLinear()(branch["E.v"][-1]))
    scaled = analysis.continuation(network, lambda p: {"F_to_E.weights": p * np.eye(2)}, (1.0, 0.0))
    assert_allclose(scaled["E.v"][-1], -70.0, rtol=1e-9)
    few = analysis.continuation(network, "F.rates[0]", (0.0, 20.0), max_points=3)
    assert (len(few), few.message) == (3, "max_points = 3 is reached")
    assert "F.rates[0]" in repr(branch)
    for wrong, text in {"F.rates": "an entry", "F.rates[2]": "outside", "F_to_E.weights": r"\[0, 0\]"}.items():
        with pytest.raises(nf.ParameterError, match=text):
            analysis.continuation(network, wrong, (0.0, 1.0))
    with pytest.raises(nf.UnknownNameError, match=r"E\.tau"):
        analysis.continuation(network, "E.tua", (0.0, 1.0))
    for span in ((1.0, 1.0), 3.0, (0.0, np.inf)):
        with pytest.raises(nf.ParameterError, match="span"):
            analysis.continuation(network, "E.tau", span)
    with pytest.raises(nf.ParameterError, match="mapping"):
        analysis.continuation(network, lambda p: p, (0.0, 1.0))
    with pytest.raises(nf.ParameterError, match="no steady state"):
        analysis.continuation(alone(NormalForm("E", size=1, form="fold")), "E.mu", (1.0, 2.0))
    with pytest.raises(nf.ParameterError, match="members"):
        analysis.continuation(montbrio(eta=[[-5.0], [-4.0]]), "E.coupling", (15.0, 16.0))


def test_a_branch_is_drawn(branch_of_figure_11):
    branch = branch_of_figure_11
    ax = branch.plot(Figure().subplots(), "I.a")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("E.bias", "I.a")
    assert {line.get_linestyle() for line in ax.lines} == {"-", "--", "None"}
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["stable", "unstable", "fold", "Hopf"]
    assert branch.plot(Figure().subplots()).get_ylabel() == "E.a"


# Phase planes.


def test_the_nullclines_of_montbrio_and_its_fixed_points():
    network = montbrio()
    plane = analysis.phase_plane(network, "E.r", "E.v", (0.02, 2.0), (-3.0, 1.0), points=41)
    assert (plane.dx.shape, plane.dy.shape) == ((41, 41), (41, 41))
    assert_allclose(plane.dx[3, 7], 1.0 / np.pi + 2.0 * plane.x[7] * plane.y[3], rtol=1e-12)
    r, v = np.concatenate(plane.x_nullcline).T
    assert_allclose(v, -1.0 / (2.0 * np.pi * r), rtol=1e-6)
    r, v = np.concatenate(plane.y_nullcline).T
    assert_allclose(v**2 - 5.0 + 15.0 * r - (np.pi * r) ** 2, 0.0, atol=1e-5)
    assert_allclose([p.y[0] for p in plane.fixed_points], [0.0811344, 0.4729803, 1.0305968], atol=6e-8)
    assert [p.kind for p in plane.fixed_points] == ["stable node", "saddle", "stable focus"]
    ax = plane.plot(Figure().subplots())
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("E.r (Hz)", "E.v")
    told = [text.get_text() for text in ax.get_legend().get_texts()]
    assert told == ["d E.r / dt = 0", "d E.v / dt = 0", "stable", "saddle"]
    for a, b in zip(
        analysis.nullclines(network, "E.r", "E.v", (0.02, 2.0), (-3.0, 1.0), points=41)[0], plane.x_nullcline
    ):
        assert_allclose(a, b)


def with_synapses():
    """Two cells that inhibit each other through synapses with a state."""
    a, b = (nf.LeakyRate(name, size=1, activation=nf.Sigmoid(midpoint=-60.0, width=2.0, peak=20.0)) for name in "AB")
    f = nf.ConstantInput("F", rates=[14.0])
    onto = [nf.InstantSynapse(f, x, weights=1.0, g=0.01) for x in (a, b)]
    cross = [nf.CurrentSynapse(a, b, weights=-1.0, g=0.01), nf.CurrentSynapse(b, a, weights=-1.0, g=0.01)]
    return nf.Network("n", [f, a, b, *onto, *cross])


@pytest.mark.slow
def test_other_states_are_held_or_steady():
    network, ranges = with_synapses(), ((-80.0, -55.0), (-80.0, -55.0))
    held = analysis.phase_plane(network, "A.v", "B.v", *ranges, points=11)
    assert_allclose(np.concatenate(held.x_nullcline)[:, 0], -56.0, rtol=1e-9)  # no current from B
    given = analysis.phase_plane(network, "A.v", "B.v", *ranges, points=11, y0={"B_to_A.i": -0.1})
    assert_allclose(np.concatenate(given.x_nullcline)[:, 0], -66.0, rtol=1e-9)
    steady = analysis.phase_plane(network, "A.v", "B.v", *ranges, points=31, others="steady")
    a, b = np.concatenate(steady.x_nullcline).T
    assert_allclose(a, -56.0 - 20.0 / (1.0 + np.exp(-(b + 60.0) / 2.0)), rtol=1e-6)
    whole = analysis.fixed_points(network, 30)
    assert len(whole) == 3
    assert_allclose(sorted(p.y.tolist() for p in steady.fixed_points), sorted(p.y.tolist() for p in whole), atol=1e-8)
    assert [p.kind for p in steady.fixed_points] == ["stable node", "saddle", "stable node"]


@pytest.mark.parametrize("corner", [(0.0, 0.0), (-0.01, 0.0), (0.0, -0.01)])
def test_a_fixed_point_on_the_edge_of_the_plane_is_in_it(corner):
    e, i = nf.WilsonCowan("E", size=1), nf.WilsonCowan("I", size=1, slope=1.0, threshold=4.0)
    wires = [(e, e, 12.0), (i, e, -4.0), (e, i, 13.0), (i, i, -11.0)]
    network = nf.Network("ei", [e, i, *(nf.InstantSynapse(a, b, weights=c, g=1.0) for a, b, c in wires)])
    plane = analysis.phase_plane(network, "E.a", "I.a", (corner[0], 0.5), (corner[1], 0.5))
    assert len(plane.fixed_points) == 3
    assert_allclose(plane.fixed_points[0].y, 0.0, atol=1e-12)


def test_what_a_phase_plane_refuses():
    network = alone(nf.LeakyRate("E", size=2))
    for arguments, text in {
        ("E.v", "E.v[1]", (0, 1), (0, 1)): r"E\.v\[0\]",
        ("E.v[0]", "E.v[0]", (0, 1), (0, 1)): "differ",
        ("E.v[0]", "E.v[2]", (0, 1), (0, 1)): "outside",
        ("E.v[0]", "E.v[1]", (1, 0), (0, 1)): "x_range",
    }.items():
        with pytest.raises(nf.ParameterError, match=text):
            analysis.phase_plane(network, *arguments)
    with pytest.raises(nf.ParameterError, match="others"):
        analysis.phase_plane(network, "E.v[0]", "E.v[1]", (0, 1), (0, 1), others="fast")


# Settling.


def test_what_has_settled_and_what_moves():
    tau = np.array([[0.01], [0.05], [10.0]])
    sol = nf.simulate(alone(nf.LeakyRate("E", size=2, tau=tau)), 1.0, save_at=201, y0={"E.v": [-60.0, -70.0]})
    report = analysis.settled(sol)
    assert report["E.v"].tolist() == [True, True, False]
    assert report.members.tolist() == [True, True, False]
    assert (report.all, bool(report), report.moving) == (False, False, ("E.v",))
    exact = (np.exp(-0.9 / tau) - np.exp(-1.0 / tau))[:, 0] / (1.0 - np.exp(-1.0 / tau))[:, 0]
    assert_allclose(report.change["E.v"], exact, rtol=1e-3, atol=1e-4)
    assert analysis.settled(sol, (0.0, 0.02)).members.tolist() == [False] * 3
    assert analysis.settled(sol, 0.3, tolerance=0.5).all
    assert analysis.settled(sol, scale={"E.v": 1e4}).all
    assert analysis.settled(sol, paths=["E.rate"]).change.keys() == {"E.rate"}
    assert "still moving" in repr(report)
    assert "has settled" in repr(analysis.settled(sol, tolerance=0.5))


def test_what_never_moved_has_settled_and_what_oscillates_has_not():
    still = nf.simulate(alone(nf.LeakyRate("E", size=3)), 0.5, save_at=51)
    assert analysis.settled(still).all
    cycle = nf.simulate(figure_11(), 100.0, save_at=2001, record=["E.a", "E.rate"])
    report = analysis.settled(cycle, 20.0)
    assert report.moving == ("E.a", "E.rate")
    assert report.change["E.a"] > 0.5


def test_what_settled_refuses():
    sol = nf.simulate(alone(nf.LeakyRate("E", size=1)), 1.0, save_at=11)
    for window in (2.0, -0.1, (0.5, 0.2), (0.5, 3.0)):
        with pytest.raises(nf.ParameterError, match="window"):
            analysis.settled(sol, window)
    with pytest.raises(nf.ParameterError, match="three are needed"):
        analysis.settled(sol, 0.1)
    with pytest.raises(nf.UnknownNameError, match=r"E\.w"):
        analysis.settled(sol, 0.5, scale={"E.w": 1.0})
    with pytest.raises(nf.ParameterError, match="tolerance"):
        analysis.settled(sol, 0.5, tolerance=0.0)


# Limit cycles.


@pytest.mark.slow
def test_the_limit_cycle_of_wilson_cowan():
    cycle = analysis.limit_cycle(figure_11(), duration=100.0, y0={"E.a": 0.2})
    assert_allclose(cycle.period, 4.99589, atol=6e-6)
    assert_allclose(cycle.range("E.a"), [[0.10256], [0.26966]], atol=6e-6)
    assert_allclose(cycle.range("I.a"), [[0.02174], [0.19447]], atol=6e-6)
    assert cycle.drift < 1e-6


@given(st.floats(0.5, 2.0), st.floats(3.0, 9.0))
@settings(max_examples=3)
def test_the_limit_cycle_of_the_normal_form(mu, omega):
    duration = max(15.0 / mu, 12.0 * np.pi / (omega - 0.4 * mu))  # it has settled, and six periods were seen
    cycle = analysis.limit_cycle(alone(StuartLandau("E", size=1, mu=mu, omega=omega)), duration=duration)
    assert_allclose(cycle.period, 2.0 * np.pi / (omega - 0.4 * mu), rtol=1e-8)
    assert_allclose(cycle.frequency, 1.0 / cycle.period)
    assert_allclose([cycle.amplitude("E.x")[0], cycle.amplitude("E.y")[0]], np.sqrt(mu), rtol=1e-8)
    assert_allclose([cycle.minimum[0], cycle.maximum[1]], [-np.sqrt(mu), np.sqrt(mu)], rtol=1e-8)


def test_a_limit_cycle_of_a_solution_and_of_a_member():
    network = alone(StuartLandau("E", size=2, omega=np.array([[4.0, 5.0], [8.0, 9.0]]), shear=0.0))
    sol = nf.simulate(network, 30.0, save_at=6001, integrator=nf.RungeKuttaIntegrator(rtol=1e-9, atol=1e-11))
    for member, omega in enumerate(((4.0, 5.0), (8.0, 9.0))):
        for cell in (0, 1):
            cycle = analysis.limit_cycle(sol, f"E.x[{cell}]", after=20.0, member=member)
            assert_allclose(cycle.period, 2.0 * np.pi / omega[cell], rtol=1e-7)
    with pytest.raises(nf.ParameterError, match="member"):
        analysis.limit_cycle(sol)
    with pytest.raises(nf.ParameterError, match=r"E\.x\[0\]"):
        analysis.limit_cycle(sol, "E.x", member=0)


def test_what_does_not_oscillate_is_refused():
    network = alone(nf.LeakyRate("E", size=1))
    with pytest.raises(nf.ParameterError, match="stands still"):
        analysis.limit_cycle(network, duration=1.0)
    with pytest.raises(nf.ParameterError, match="two whole periods"):
        analysis.limit_cycle(nf.simulate(network, 1.0, y0={"E.v": -60.0}, save_at=101))
    with pytest.raises(nf.ParameterError, match="duration"):
        analysis.limit_cycle(network)
    with pytest.raises(nf.ParameterError, match="recorded"):
        analysis.limit_cycle(nf.simulate(network, 1.0, record=["E.v"]))
    damped = nf.simulate(alone(StuartLandau("E", size=1, mu=-0.2)), 10.0, save_at=2001)
    assert analysis.limit_cycle(damped, "E.x").drift > 0.05
