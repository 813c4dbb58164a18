"""Learning: published fixed points, closed forms, bounds, signs, masks, and one rule written out by loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.linalg import aslinearoperator
from strategies import agree, states

import netframe as nf

LINEAR = {"v_rest": 0.0, "activation": nf.Identity()}
RULES = {
    nf.Hebbian: {"decay": 3.0},
    nf.Oja: {"alpha": 0.7},
    nf.BCM: {"tau_theta": 0.5, "c_0": 2.0},
    nf.InhibitoryPlasticity: {"rho_0": 4.0},
}
OJA_C = np.array([[3.0, 1.0, 0.5], [1.0, 2.0, 0.2], [0.5, 0.2, 1.0]])
OJA_W = np.array([0.8388648, 0.5095211, 0.1915573])


def ends(n_pre=7, n_post=5, v=8.0):
    """An input and cells that fire at ``v`` Hz when nothing reaches them."""
    ffe = nf.ConstantInput("F", rates=np.linspace(1.0, 6.0, n_pre))
    return ffe, nf.LeakyRate("E", size=n_post, v_rest=np.linspace(0.5 * v, v, n_post), activation=nf.Identity())


def wired(kind=nf.Hebbian, n_pre=7, n_post=5, **options):
    rng = np.random.default_rng(4)
    ffe, e = ends(n_pre, n_post)
    chosen = {"weights": rng.uniform(0.1, 0.9, (n_post, n_pre)), "g": 1e-3, "learning_rate": 0.05}
    return nf.Network("n", [ffe, e, kind(ffe, e, **chosen | RULES.get(kind, {}) | options)])


def by_loops(net, y):
    """The right-hand side of one of the rules of RULES between ``ends``, synapse by synapse."""
    p, e, x = net["F_to_E"], net["E"], net["F"].rates
    own = net.registry.unpack(y)
    v, w = own["E"].v, own["F_to_E"].w
    theta = own["F_to_E"].theta if isinstance(p, nf.BCM) else np.zeros(e.size)
    current, dw = np.zeros(e.size), np.zeros((e.size, len(x)))
    for i in range(e.size):
        for j in range(len(x)):
            current[i] += p.g * w[i, j] * x[j] * (-1.0 if isinstance(p, nf.InhibitoryPlasticity) else 1.0)
            change = {
                nf.Hebbian: x[j] * v[i] - getattr(p, "decay", 0.0) * w[i, j],
                nf.Oja: v[i] * x[j] - getattr(p, "alpha", 0.0) * v[i] ** 2 * w[i, j],
                nf.BCM: x[j] * v[i] * (v[i] - theta[i]),
                nf.InhibitoryPlasticity: x[j] * (v[i] - getattr(p, "rho_0", 0.0)),
            }[type(p)]
            distance = p.w_max - w[i, j] if change > 0 else w[i, j] - p.w_min
            dw[i, j] = p.learning_rate * change * min(max(distance / p.margin, -1.0), 1.0)
    parts = {"E": {"v": (e.r_in * current - (v - e.v_rest)) / e.tau}, "F_to_E": {"w": dw}}
    if isinstance(p, nf.BCM):
        parts["F_to_E"]["theta"] = (v**2 / p.c_0 - theta) / p.tau_theta
    return net.registry.pack(parts)


@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize("sizes", [(7, 5), (3, 4), (1, 1), (1, 3), (4, 1)])
@pytest.mark.parametrize("resolution", ["lumped", "synapse"])
def test_each_rule_is_what_loops_over_its_synapses_give(kind, sizes, resolution):
    net = wired(kind, *sizes, resolution=resolution, w_min=0.0, w_max=0.9, margin=0.1)
    for seed in range(5):
        y = states(net, seed)
        assert agree(net.rhs(0.0, y), by_loops(net, y))
    w = net.registry.unpack(states(net, 0, (200,)))["F_to_E"].w
    assert (w > 0.9).any()  # some states were past a bound


# Closed forms.


def test_hebbian_weights_between_constant_rates_follow_their_closed_form():
    net = wired(g=0.0, learning_rate=np.array([0.01, 0.02, 0.03, 0.04, 0.05]), decay=20.0)
    sol = nf.simulate(net, 2.0, save_at=11, integrator=nf.RungeKuttaIntegrator(rtol=1e-10, atol=1e-12))
    x, y, w0 = net["F"].rates, net["E"].v_rest[:, None], net["F_to_E"].weights
    rate = net["F_to_E"].learning_rate[:, None] * 20.0
    for t, w in zip(sol.t, sol["F_to_E.w"]):
        assert np.abs(w - (x * y / 20.0 + (w0 - x * y / 20.0) * np.exp(-rate * t))).max() < 1e-8


@pytest.mark.parametrize(
    ("integrator", "tolerance"), [(nf.RungeKuttaIntegrator(), 5e-4), (nf.ScipyIntegrator("LSODA"), 2e-5)]
)
def test_without_decay_growth_is_linear_until_a_hard_bound_stops_it(integrator, tolerance):
    net = wired(g=0.0, decay=0.0, learning_rate=0.01, w_max=1.2, margin=0.01)
    sol = nf.simulate(net, 3.0, save_at=31, integrator=integrator)
    slope, t = 0.01 * net["F"].rates * net["E"].v_rest[:, None], sol.t[:, None, None]
    near = (1.19 - net["F_to_E"].weights) / slope  # when the margin is reached
    stopping = 1.2 - 0.01 * np.exp(-slope / 0.01 * np.maximum(t - near, 0.0))
    expected = np.where(t < near, net["F_to_E"].weights + slope * t, stopping)
    assert np.abs(sol["F_to_E.w"] - expected).max() < tolerance
    assert 0 < np.sum(expected[-1] > 1.2 - 1e-6) < expected[-1].size


@pytest.mark.parametrize("eta", [0.03, -0.03])
def test_soft_bounds_are_approached_exponentially(eta):
    net = wired(g=0.0, decay=0.0, learning_rate=eta, w_min=-0.5, w_max=1.5, bounds="soft")
    sol = nf.simulate(net, 1.0, save_at=5, integrator=nf.RungeKuttaIntegrator(rtol=1e-10, atol=1e-12))
    x, y, w0 = net["F"].rates, net["E"].v_rest[:, None], net["F_to_E"].weights
    bound = 1.5 if eta > 0 else -0.5
    for t, w in zip(sol.t, sol["F_to_E.w"]):
        assert np.abs(w - (bound + (w0 - bound) * np.exp(-abs(eta) * x * y * t / 2.0))).max() < 1e-8


# Published fixed points.


def periodic(net, guess):
    """The state that comes back after a second, the period of the inputs, by Newton's method on a batch of runs."""
    integrator, moves = nf.ScipyIntegrator("LSODA", rtol=1e-11, atol=1e-11), 1e-5 * np.eye(len(guess))
    for _ in range(4):
        starts = np.vstack([guess, guess + moves])
        gaps = nf.simulate(net, 1.0, y0=starts, integrator=integrator).final - starts
        guess = guess - np.linalg.solve((gaps[1:] - gaps[0]).T / 1e-5, gaps[0])
    assert np.abs(gaps[0]).max() < 1e-10
    return guess


def extrapolated(rows):
    """The limit of values at 1, 1/2, 1/4, ... of a small number, by Richardson's polynomial in it."""
    rows, order = np.array(rows), 1
    while len(rows) > 1:
        rows, order = (2**order * rows[1:] - rows[:-1]) / (2**order - 1), order + 1
    return rows[0]


def test_the_averaged_equation_of_oja_has_the_published_fixed_point():
    @nf.component
    class Averaged(nf.Population):
        w = nf.state(unit="1", initial=0.1, doc="weights")

        def rate(self, t, s):
            return s.w

        def derivatives(self, t, s, inputs):
            drift = s.w @ OJA_C
            return {"w": drift - (drift * s.w).sum(-1, keepdims=True) * s.w}

    net = nf.Network("n", [Averaged("W", size=3)])
    sol = nf.simulate(net, 30.0, y0=[[0.1, 0.2, 0.3], [-1.0, 0.1, 0.1]], integrator=nf.RungeKuttaIntegrator(rtol=1e-9))
    assert np.abs(sol.final - np.array([OJA_W, -OJA_W])).max() < 1e-6
    assert np.abs(np.linalg.norm(sol.final, axis=-1) - 1.0).max() < 1e-6


def oja_on_waves(eta):
    """Inputs whose mean product is OJA_C as a cell of 50 ms meets it: a cosine for each column of a square root."""
    omega = 2.0 * np.pi * np.arange(1, 4)
    waves = np.linalg.cholesky(OJA_C) * np.sqrt(2.0 * (1.0 + (0.05 * omega) ** 2))
    x = nf.FunctionInput("X", size=3, jumps=(), function=lambda t, xp: (waves * xp.cos(omega * t)).sum(-1))
    y = nf.LeakyRate("Y", size=1, tau=0.05, **LINEAR)
    return nf.Network("oja", [x, y, nf.Oja(x, y, weights=[OJA_W.round(1)], g=0.01, learning_rate=eta)])


def test_slow_learning_by_oja_reaches_the_published_weights():
    """The cell's lag shrinks <y x> and <y^2> by the same factor, which the amplitudes undo; what is left is eta -> 0."""
    rows, guess = [], np.array([3.4, *OJA_W])
    for eta in (0.01, 0.005, 0.0025):
        guess = periodic(oja_on_waves(eta), guess)
        rows.append(guess[1:])
    w = extrapolated(rows)
    assert np.abs(w - OJA_W).max() < 1e-6 * OJA_W.min()
    assert abs(np.linalg.norm(w) - 1.0) < 1e-6


def test_oja_with_one_pattern_settles_along_it_with_norm_one_over_root_alpha():
    x = np.array([1.0, 2.0, 2.0])
    ffe, e = nf.ConstantInput("F", rates=x), nf.LeakyRate("E", size=2, **LINEAR)
    oja = nf.Oja(ffe, e, weights=0.3, g=0.01, learning_rate=0.2, alpha=[1.0, 4.0])
    w = nf.simulate(nf.Network("n", [ffe, e, oja]), 20.0, integrator=nf.ScipyIntegrator("LSODA")).final[2:]
    assert np.abs(w.reshape(2, 3) - np.outer([1.0, 0.5], x / 3.0)).max() < 1e-6


BCM_PATTERNS = np.array([[1.0, 0.4], [0.3, 1.0]])


def bcm_on_two_patterns(weights, tau, **options):
    """Two patterns in turn, half a second each."""
    rates = np.vstack([BCM_PATTERNS, BCM_PATTERNS[:1]])
    x = nf.SampledInput("X", times=[0.0, 0.5, 1.0], rates=rates, interpolation="previous", beyond="repeat")
    y = nf.LeakyRate("Y", size=1, tau=tau, **LINEAR)
    return nf.Network("bcm", [x, y, nf.BCM(x, y, weights=[weights], g=0.01, **options)])


def test_bcm_answers_one_of_two_patterns_with_two_and_the_other_not_at_all():
    """The limit of a cell that is fast, a threshold that is slow and learning that is slower."""
    rows, w = [], np.linalg.solve(BCM_PATTERNS, [2.0, 0.0])
    guess = np.array([0.0, *w, 2.0])
    for small in (0.1, 0.05, 0.025, 0.0125):
        net = bcm_on_two_patterns(w, 0.2 * small, learning_rate=0.2 * small, tau_theta=1.0 / small)
        guess = periodic(net, guess)
        rows.append([*BCM_PATTERNS @ guess[1:3], guess[3]])
    assert np.abs(extrapolated(rows) - [2.0, 0.0, 2.0]).max() < 2e-6


@pytest.mark.slow
def test_bcm_becomes_selective_from_weights_that_are_not():
    net = bcm_on_two_patterns([1.2, 0.5], 0.005, learning_rate=0.2, tau_theta=2.0)
    w = nf.simulate(net, 60.0, integrator=nf.ScipyIntegrator("LSODA"), record=["X_to_Y.w"])["X_to_Y.w"][:, 0]
    before, after = w[[0, -1]] @ BCM_PATTERNS.T
    assert (before > 0.8).all()
    assert np.abs(after - [2.0, 0.0]).max() < 0.1


def test_inhibition_learns_to_hold_every_cell_at_its_target():
    inh, exc = nf.ConstantInput("I", rates=[5.0, 10.0, 2.0]), nf.ConstantInput("X", rates=[20.0])
    e = nf.LeakyRate("E", size=4, v_rest=0.0, activation=nf.Softplus(threshold=2.0))
    drive = nf.InstantSynapse(exc, e, weights=np.array([[1.0], [1.5], [2.0], [0.01]]), g=0.01)
    target = np.array([2.0, 4.0, 8.0, 5.0])
    learning = nf.InhibitoryPlasticity(inh, e, weights=0.1, g=0.01, learning_rate=0.01, rho_0=target)
    sol = nf.simulate(nf.Network("n", [inh, exc, e, drive, learning]), 60.0, integrator=nf.ScipyIntegrator("LSODA"))
    assert np.abs(sol["E.rate"][-1, :3] - target[:3]).max() < 1e-6
    assert sol["E.rate"][-1, 3] < 5.0  # excitation alone does not bring this one there
    assert np.abs(sol["I_to_E.w"][-1, 3]).max() < 1e-6
    assert (sol["I_to_E.current"][-1, :3] < 0).all()


# A learning rate of nothing.


@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize("layout", [np.asarray, sparse.csr_array])
def test_a_learning_rate_of_zero_is_fixed_weights(kind, layout):
    w = np.random.default_rng(2).uniform(0.1, 1.0, (5, 7)) * (np.arange(35).reshape(5, 7) % 3 > 0)
    net = wired(kind, weights=layout(w), learning_rate=0.0)
    ffe, e = ends()
    g = -1e-3 if kind is nf.InhibitoryPlasticity else 1e-3
    fixed = nf.Network("n", [ffe, e, nf.InstantSynapse(ffe, e, weights=layout(w), g=g)])
    y = states(fixed, 0, (4,))
    whole = np.tile(net.initial_state(), (4, 1))
    whole[:, :5] = y
    found = net.registry.unpack(net.rhs(0.0, whole))
    assert not found["F_to_E"].w.any()
    assert agree(found["E"].v, fixed.rhs(0.0, y), 1e-14)
    steps = nf.FixedStepIntegrator("rk4", dt=0.005)
    sol, known = (nf.simulate(n, 0.3, save_at=7, integrator=steps) for n in (net, fixed))
    assert agree(sol["E.v"], known["E.v"], 1e-14)
    assert (sol["F_to_E.w"] == sol["F_to_E.w"][0]).all()


# Bounds, signs and masks.


@given(st.integers(0, 2**32 - 1), st.sampled_from(list(RULES)), st.sampled_from(["hard", "soft"]))
@settings(max_examples=40, deadline=None)
def test_weights_stay_within_their_bounds_and_keep_their_sign(seed, kind, bounds):
    rng = np.random.default_rng(seed)
    n_pre, n_post = rng.integers(1, 6, 2).tolist()
    high = rng.uniform(0.2, 1.0, (n_post, n_pre))
    sign = rng.choice([-1.0, 0.0, 1.0], n_pre) if kind is not nf.InhibitoryPlasticity else np.ones(n_pre)
    low = np.zeros_like(high) if kind is nf.InhibitoryPlasticity else -high
    lowest, highest = np.where(sign > 0, 0.0, low), np.where(sign < 0, 0.0, high)
    ffe = nf.ConstantInput("F", rates=rng.uniform(0.0, 20.0, n_pre))
    e = nf.LeakyRate("E", size=n_post, v_rest=rng.uniform(-10.0, 20.0, n_post), activation=nf.Identity())
    synapse = kind(
        ffe,
        e,
        weights=rng.uniform(lowest, highest),
        g=rng.uniform(0.0, 1e-3, n_post),
        learning_rate=rng.uniform(0.0, 0.02, n_post) / (10.0 if kind is nf.BCM else 1.0),
        w_min=low,
        w_max=high,
        sign=sign,
        bounds=bounds,
        **RULES[kind],
    )
    net = nf.Network("n", [ffe, e, synapse])
    w = nf.simulate(net, 0.5, save_at=21, integrator=nf.ScipyIntegrator("LSODA"))["F_to_E.w"]
    assert (w >= lowest - 1e-5).all()
    assert (w <= highest + 1e-5).all()


@pytest.mark.parametrize("integrator", ["RK45", "LSODA", "BDF"])
@pytest.mark.parametrize("kind", RULES)
def test_synapses_that_do_not_learn_keep_their_weights_to_the_last_bit(kind, integrator):
    plastic = np.arange(35).reshape(5, 7) % 2 == 0
    net = wired(kind, plastic=plastic, w_max=1.0)
    w = nf.simulate(net, 0.5, save_at=9, integrator=nf.ScipyIntegrator(integrator))["F_to_E.w"]
    assert (w[:, ~plastic] == net["F_to_E"].weights[~plastic]).all()
    assert (w[-1, plastic] != net["F_to_E"].weights[plastic]).any()


@pytest.mark.parametrize("kind", RULES)
def test_sparse_weights_learn_as_dense_ones_whose_missing_synapses_do_not(kind):
    there = np.random.default_rng(5).random((5, 7)) < 0.6
    w = np.where(there, np.random.default_rng(6).uniform(0.1, 0.8, (5, 7)), 0.0)
    options = {"w_max": np.where(there, 0.85, 1.0), "sign": np.array([1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0])}
    dense = wired(kind, weights=w, plastic=there, **options)
    for few in (sparse.csr_array(w), nf.Masked(w, there)):
        thin = wired(kind, weights=few, **options)
        y = states(dense, 3)
        parts = {path: dict(s.__dict__) for path, s in dense.registry.unpack(y).items()}
        parts["F_to_E"]["w"] = np.where(there, parts["F_to_E"]["w"], 0.0)
        y = dense.registry.pack(parts)
        parts["F_to_E"]["w"] = parts["F_to_E"]["w"][there]
        whole, part = dense.rhs(0.0, y), thin.rhs(0.0, thin.registry.pack(parts))
        kept = np.ones(y.size, bool)
        kept[dense.registry.slot("F_to_E.w").start :][: there.size] = there.ravel()
        assert agree(part, whole[kept], 1e-13)
        assert not whole[~kept].any()


@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize("bounds", ["hard", "soft"])
def test_lumped_and_per_synapse_are_one_system(kind, bounds):
    nets = [wired(kind, resolution=r, w_min=0.0, w_max=1.0, bounds=bounds) for r in ("lumped", "synapse")]
    y = states(nets[0], 1, (3,))
    assert agree(nets[0].rhs(0.0, y), nets[1].rhs(0.0, y), 1e-13)
    steps = nf.FixedStepIntegrator("rk4", dt=0.005)
    finals = [nf.simulate(net, 0.2, integrator=steps).final for net in nets]
    assert agree(*finals, 1e-12)


# Batches.


@pytest.mark.parametrize("kind", RULES)
def test_the_networks_of_a_batch_learn_each_in_its_own_way(kind):
    rates, highest = np.array([0.0, 0.02, 0.05]), np.array([2.0, 1.0, 0.95])
    rng = np.random.default_rng(8)
    w = rng.uniform(0.1, 0.9, (3, 5, 7))
    plastic = rng.integers(0, 2, (3, 5, 7))
    varied = {"learning_rate": rates[:, None], "w_max": highest[:, None, None], "weights": w, "plastic": plastic}
    steps = nf.FixedStepIntegrator("rk4", dt=0.005)
    together = nf.simulate(wired(kind, **varied), 0.2, integrator=steps).final
    assert together.shape[0] == 3
    for k in range(3):
        alone = wired(kind, learning_rate=rates[k], w_max=highest[k], weights=w[k], plastic=plastic[k])
        assert agree(together[k], nf.simulate(alone, 0.2, integrator=steps).final, 1e-12)
    separate = nf.simulate(wired(kind, **varied), 0.2, save_at=2, integrator=steps, batch="separate").final
    assert agree(together, separate, 1e-12)


def test_patterns_of_a_batch_give_weights_of_their_own():
    x = np.array([[3.0, 4.0], [4.0, 3.0], [0.0, 2.0]])
    ffe, e = nf.ConstantInput("F", rates=x), nf.LeakyRate("E", size=1, **LINEAR)
    oja = nf.Oja(ffe, e, weights=0.3, g=0.01, learning_rate=0.1)
    w = nf.simulate(nf.Network("n", [ffe, e, oja]), 60.0, integrator=nf.ScipyIntegrator("LSODA"))["F_to_E.w"][-1]
    assert np.abs(w[:, 0] - x / np.linalg.norm(x, axis=1, keepdims=True)).max() < 1e-6


# What is refused.


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"sign": [1, 1, -1]}, r"sign of their presynaptic cell, and 2 of 6 do not, first \[0, 2\] = 0\.5"),
        ({"weights": [[0.5, -0.1, 0.5]] * 2, "sign": 1.0}, r"sign .* 2 of 6 do not, first \[0, 1\] = -0\.1"),
        ({"w_max": 0.4}, r"between w_min and w_max, and 6 of 6 do not, first \[0, 0\] = 0\.5"),
        ({"w_min": [[0.0, 0.0, 0.6]] * 2}, r"between w_min and w_max, and 2 of 6 do not, first \[0, 2\] = 0\.5"),
        ({"weights": np.full((4, 2, 3), 0.5), "w_max": np.array([1, 1, 0.4, 1])[:, None, None]}, r"first \[2, 0, 0\]"),
        ({"weights": sparse.csr_array([[0, 0, 0.5], [0, 2.0, 0]]), "w_max": 1.0}, r"1 of 2 do not, first \[1, 1\] = 2"),
        ({"w_min": 1.0, "w_max": 0.0}, "w_min is above w_max"),
        ({"w_max": -1.0, "sign": 1.0, "weights": 0.0}, "leaves no weight of the sign"),
        ({"bounds": "soft"}, "must be finite and differ"),
        ({"bounds": "soft", "w_min": 0.5, "w_max": 0.5}, "must be finite and differ"),
        ({"bounds": "firm"}, "bounds is 'firm'"),
        ({"sign": 0.5}, "sign .* must be -1, 0 or 1"),
        ({"plastic": 0.5}, "plastic .* must be 0 or 1"),
        ({"plastic": np.ones((3, 2))}, "transpose"),
        ({"w_max": 0.5, "w_min": 0.4999}, "margin is wider"),
        ({"margin": 0.0}, "margin .* must be positive"),
        ({"weights": aslinearoperator(np.full((2, 3), 0.5))}, "do not tell their synapses one by one"),
    ],
)
def test_weights_and_bounds_that_cannot_be_are_refused(options, told):
    ffe, e = ends(3, 2)
    with pytest.raises(nf.ParameterError, match=told):
        nf.Hebbian(ffe, e, **{"weights": 0.5, "g": 1e-3, "learning_rate": 0.1} | options)


def test_inhibition_is_given_as_magnitudes():
    ffe, e = ends(3, 2)
    with pytest.raises(nf.ParameterError, match="g .* must be zero or more.*"):
        nf.InhibitoryPlasticity(ffe, e, weights=0.5, g=-1e-3, learning_rate=0.1)
    with pytest.raises(nf.ParameterError, match="between w_min and w_max"):
        nf.InhibitoryPlasticity(ffe, e, weights=-0.5, g=1e-3, learning_rate=0.1)


@pytest.mark.jax
def test_slopes_in_a_learning_rate_and_in_where_learning_starts():
    net = wired(nf.Oja, 3, 2, learning_rate=0.05, w_max=2.0)

    def loss(sol):
        return (sol["F_to_E.w"][-1] ** 2).sum()

    options = {"save_at": 2, "integrator": nf.JaxIntegrator(rtol=1e-10, atol=1e-12)}
    _, slopes = nf.gradient(net, loss, ["F_to_E.learning_rate", "F_to_E.weights"], 0.5, **options)

    def value(change):
        sol = nf.simulate(net.with_parameters(change), 0.5, integrator=nf.RungeKuttaIntegrator(rtol=1e-11, atol=1e-13))
        return loss(sol)

    step, w = 1e-6, net["F_to_E"].weights
    slope = (value({"F_to_E.learning_rate": 0.05 + step}) - value({"F_to_E.learning_rate": 0.05 - step})) / (2 * step)
    assert abs(slopes["F_to_E.learning_rate"] - slope) < 1e-5 * abs(slope)
    one = np.zeros_like(w)
    one[1, 2] = step
    slope = (value({"F_to_E.weights": w + one}) - value({"F_to_E.weights": w - one})) / (2 * step)
    assert abs(slopes["F_to_E.weights"][1, 2] - slope) < 1e-5 * abs(slope)
