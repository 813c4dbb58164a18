"""Derivatives of solutions: against exact solutions and finite differences of runs by other code."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from components import AdaptingRate, DepressingSynapse, GapJunction, LearningSynapse
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, sparse
from strategies import blueprints

import netframe as nf
from netframe.integrators.programs import PROGRAMS
from netframe.integrators.replay import replayed_times
from netframe.tracing import numbers_of

pytestmark = pytest.mark.jax

FINE = nf.JaxIntegrator("Tsit5", rtol=1e-10, atol=1e-12)
#: Runs that finite differences are taken of: another method, by other code.
OTHER = nf.ScipyIntegrator("DOP853", rtol=1e-12, atol=1e-13)
SOFT = nf.Softplus(threshold=-62.0, width=4.0)


def moved(network, steps, y0, by):
    """The network and its start with every path moved by a multiple of its step."""
    states = {path: (y0 or {})[path] + by * step for path, step in steps.items() if path in network.registry}
    numbers = {}
    for path, step in steps.items():
        if path not in states:
            value = numbers_of(network)[path] + by * step
            owner, _, name = path.rpartition(".")
            stored = getattr(network[owner], name, None) if owner in network else None
            if sparse.issparse(stored):
                value = sparse.csr_array((value, stored.indices, stored.indptr), shape=stored.shape)
            numbers[path] = value
    return network.with_parameters(numbers), {**(y0 or {}), **states} or None


def difference(network, scalar, steps, duration, y0=None, h=1e-3, **options):
    """The derivative along a direction by central differences, two of them extrapolated."""

    def at(by):
        other, start = moved(network, steps, y0, by)
        return float(scalar(nf.simulate(other, duration, y0=start, integrator=OTHER, **options)))

    coarse, fine = ((at(k * h) - at(-k * h)) / (2 * k * h) for k in (2, 1))
    return (4 * fine - coarse) / 3


def entries(slope):
    return slope.data if sparse.issparse(slope) else np.asarray(slope)


def check(network, scalar, paths, duration, y0=None, tolerance=1e-6, seed=0, **options):
    """Each path alone, along a random direction of its entries."""
    _, slopes = nf.gradient(network, scalar, paths, duration, y0=y0, integrator=FINE, **options)
    assert list(slopes) == list(paths)
    rng = np.random.default_rng(seed)
    for path in paths:
        value = y0[path] if path in network.registry else numbers_of(network)[path]
        assert np.shape(entries(slopes[path])) == np.shape(value)
        step = rng.uniform(0.5, 1.0, np.shape(value)) * rng.choice([-1, 1], np.shape(value))
        step = step * max(np.abs(value).max(), 1e-3)
        numeric = difference(network, scalar, {path: step}, duration, y0=y0, **options)
        exact = float(np.sum(entries(slopes[path]) * step))
        assert exact != 0.0, path
        assert np.isclose(exact, numeric, rtol=tolerance, atol=1e-9), (path, exact, numeric)
    return slopes


def energy(sol):
    return (1e-2 * (sol["E.v"] + 60.0) ** 2).mean() + 0.1 * sol["E.rate"][-1].sum()


def driven(weights, *, size=4, source=None, activation=SOFT, g=1e-4, **options):
    rng = np.random.default_rng(3)
    f = source or nf.ConstantInput("F", rates=rng.uniform(1.0, 40.0, 3))
    e = nf.LeakyRate("E", size=size, tau=rng.uniform(0.03, 0.08, size), activation=activation)
    loop = nf.CurrentSynapse(e, e, weights=rng.uniform(0.0, 1.0, (size, size)), g=1e-4)
    return nf.Network("n", [f, e, nf.ReversalSynapse(f, e, weights=weights, g=g, **options), loop])


def uniform(*shape, seed=1):
    return np.random.default_rng(seed).uniform(0.2, 1.0, shape)


def test_a_leaky_cell_has_the_slopes_of_its_exact_solution():
    net = nf.Network("n", [nf.LeakyRate("E", size=2, tau=[0.05, 0.1])])
    tau, v_rest, v0, t = np.array([0.05, 0.1]), -70.0, np.array([-60.0, -55.0]), 0.13
    value, slopes = nf.gradient(
        net, lambda sol: sol["E.v"][-1].sum(), ["E.tau", "E.v_rest", "E.v"], t, y0={"E.v": v0}, integrator=FINE
    )
    decay = np.exp(-t / tau)
    assert np.isclose(value, (v_rest + (v0 - v_rest) * decay).sum(), rtol=1e-9)
    assert np.allclose(slopes["E.tau"], (v0 - v_rest) * decay * t / tau**2, rtol=1e-8)
    assert np.isclose(slopes["E.v_rest"], (1 - decay).sum(), rtol=1e-8)
    assert isinstance(slopes["E.v_rest"], float)
    assert np.allclose(slopes["E.v"], decay, rtol=1e-8)


def test_a_start_at_a_parameter_follows_it():
    net = nf.Network("n", [nf.LeakyRate("E", size=1)])

    def last(sol):
        return sol.final[0]

    assert np.isclose(nf.gradient(net, last, ["E.v_rest"], 0.1)[1]["E.v_rest"], 1.0, rtol=1e-12)
    both = nf.gradient(net, last, ["E.v_rest", "E.v"], 0.1)[1]
    assert np.isclose(both["E.v_rest"] + both["E.v"][0], 1.0, rtol=1e-12)
    assert np.isclose(both["E.v"][0], np.exp(-2.0), rtol=1e-6)


def test_every_kind_of_parameter_of_a_recurrent_network():
    net = driven(uniform(4, 3))
    paths = ["E.tau", "E.v_rest", "E.r_in", "E.activation.threshold", "E.activation.gain", "E.activation.width"]
    paths += ["F.rates", "F_to_E.weights", "F_to_E.g", "F_to_E.e_rev", "F_to_E.tau", "E_to_E.weights", "E_to_E.g"]
    check(net, energy, paths, 0.3, save_at=7)


def test_states_at_the_start():
    y0 = {"E.v": np.array([-70.0, -65.0, -60.0, -72.0]), "F_to_E.i": 0.01 * uniform(4)}
    check(driven(uniform(4, 3)), energy, ["E.v", "F_to_E.i", "E.v_rest"], 0.2, y0=y0, save_at=3)


def test_an_array_as_the_start():
    net = driven(uniform(4, 3))
    start = net.initial_state() + np.arange(net.registry.size)
    slopes = [
        nf.gradient(net, energy, ["E.v", "E.v_rest"], 0.1, y0=y0, integrator=FINE)[1]
        for y0 in (start, {slot.path: start[slot.slice] for slot in net.registry})
    ]
    assert np.allclose(slopes[0]["E.v"], slopes[1]["E.v"], rtol=1e-12)
    assert np.isclose(slopes[0]["E.v_rest"], slopes[1]["E.v_rest"], rtol=1e-12)


@pytest.mark.parametrize("resolution", ["lumped", "synapse"])
def test_sparse_weights_keep_their_pattern(resolution):
    weights = sparse.csr_array(uniform(4, 3) * (uniform(4, 3, seed=5) > 0.5))
    slopes = check(driven(weights, resolution=resolution), energy, ["F_to_E.weights", "F.rates"], 0.2, save_at=4)
    slope = slopes["F_to_E.weights"]
    assert slope.shape == (4, 3)
    assert np.array_equal(slope.indices, weights.indices)


@pytest.mark.parametrize(
    ("weights", "paths"),
    [
        (nf.LowRank(uniform(4, 2), uniform(3, 2)), ["u", "v"]),
        (nf.Toeplitz(uniform(4), uniform(3)), ["column"]),
        (nf.Masked(uniform(4, 3), uniform(4, 3, seed=5) > 0.5), ["weights"]),
        (nf.Block([[uniform(2, 3)], [0.5]], heights=(2, 2)), ["block_0_0.weights", "block_1_0.w"]),
    ],
    ids=lambda x: type(x).__name__,
)
def test_structures(weights, paths):
    net = driven(weights)
    check(net, energy, [f"F_to_E.weights.{path}" for path in paths], 0.1, save_at=3)


def test_single_precision_weights():
    weights = uniform(4, 3).astype(np.float32).astype(float)
    single = nf.gradient(driven(nf.Float32(weights)), energy, ["F_to_E.weights.weights"], 0.1)[1]
    double = nf.gradient(driven(weights), energy, ["F_to_E.weights"], 0.1)[1]
    assert np.allclose(single["F_to_E.weights.weights"], double["F_to_E.weights"], rtol=1e-5)


def test_a_batch_has_the_slopes_of_its_members():
    rates, taus, weights = uniform(5, 3) * 40.0, 0.05 * uniform(5, 1), uniform(5, 4, 3)
    source = nf.ConstantInput("F", rates=rates)
    net = driven(weights, source=source).with_parameters({"E.tau": taus})
    paths = ["E.tau", "F.rates", "F_to_E.weights", "E_to_E.weights", "E.v"]
    options = {"integrator": FINE, "save_at": 3}

    def squares(sol):
        return (sol["E.v"] ** 2).sum()

    value, together = nf.gradient(net, squares, paths, 0.2, **options)
    alone = [nf.gradient(net.members((k,)), squares, paths, 0.2, **options) for k in range(5)]
    assert np.isclose(value, sum(one for one, _ in alone), rtol=1e-9)
    assert together["E.tau"].shape == (5, 1)
    assert together["E.v"].shape == (5, 4)
    for k, (_, slopes) in enumerate(alone):
        assert np.isclose(together["E.tau"][k, 0], np.sum(slopes["E.tau"]), rtol=1e-7)
        for path in ("F.rates", "F_to_E.weights", "E.v"):
            assert np.allclose(together[path][k], slopes[path], rtol=1e-7, atol=1e-9)
    shared = sum(slopes["E_to_E.weights"] for _, slopes in alone)
    assert np.allclose(together["E_to_E.weights"], shared, rtol=1e-7)


def test_components_a_user_might_write():
    f = nf.ConstantInput("F", rates=uniform(3) * 20.0)
    e, a = nf.LeakyRate("E", size=4, activation=SOFT), AdaptingRate("A", size=2, activation=SOFT)
    depressing = DepressingSynapse(f, e, weights=uniform(4, 3), release=0.3 * uniform(3))
    learning = LearningSynapse(e, a, weights=uniform(2, 4), scale=uniform(2, 4))
    gap = GapJunction(a, e, weights=uniform(4, 2), g=1e-3 * uniform(4, 2))
    net = nf.Network("n", [nf.Network("inner", [f, e, depressing]), a, learning, gap])
    paths = ["A.tau_w", "A.b", "inner.F_to_E.release", "inner.F_to_E.weights", "inner.E.tau", "A_to_E.g"]
    paths += ["E_to_A.weights", "E_to_A.rate_constant", "E_to_A.scale"]

    def scalar(sol):
        return (1e-2 * (sol["inner.E.v"] + 65.0) ** 2).mean() + sol["E_to_A.w"].sum() + 0.1 * sol["A.rate"].mean()

    check(net, scalar, paths, 0.3, save_at=5)


def test_a_step_and_its_jumps():
    source = nf.StepInput("F", size=3, amplitude=40.0, baseline=5.0, onset=[0.05, 0.05, 0.1], offset=0.15)
    check(driven(uniform(4, 3), source=source), energy, ["F.amplitude", "F.baseline", "F_to_E.weights"], 0.3, save_at=5)


@pytest.mark.parametrize("interpolation", ["linear", "previous"])
def test_recorded_rates_even_where_they_do_not_change_yet(interpolation):
    times, rates = np.arange(0.0, 0.41, 0.02), np.full((21, 3), 20.0)
    source = nf.SampledInput("F", times=times, rates=rates, interpolation=interpolation)
    assert source.breakpoints(0.0, 0.4).size == 0  # and yet every sample, once moved, is a jump or a bend
    net = driven(uniform(4, 3), source=source)
    slopes = check(net, energy, ["F.rates", "F_to_E.weights"], 0.4, save_at=2)
    assert np.all(slopes["F.rates"][1:-1] != 0.0)


@pytest.mark.parametrize("beyond", ["repeat", "hold", "zero"])
@pytest.mark.parametrize("interpolation", ["linear", "previous"])
def test_recorded_rates_beyond_the_recording(beyond, interpolation):
    rates = [[1.0, 2.0, 9.0], [20.0, 3.0, 4.0], [7.0, 9.0, 1.0]]
    given = {"interpolation": interpolation, "beyond": beyond}
    source = nf.SampledInput("F", times=[0.02, 0.05, 0.1], rates=rates, **given)
    check(driven(uniform(4, 3), source=source), energy, ["F.rates"], 0.2, save_at=5)


def test_corners_of_the_rate_function():
    net = driven(uniform(4, 3), activation=nf.ClippedLinear(threshold=-68.0, ceiling=-62.0, peak=60.0), g=3e-4)
    rate = nf.simulate(net, 0.3, save_at=30)["E.rate"]
    assert rate.min() == 0.0 < rate.max()
    paths = ["E.activation.threshold", "E.activation.ceiling", "E.activation.peak", "E.tau", "F_to_E.weights"]
    check(net, energy, paths, 0.3, save_at=6, tolerance=1e-5)


@pytest.mark.parametrize(
    "integrator",
    [
        nf.JaxIntegrator("rk4", dt=2e-3),
        nf.JaxIntegrator("heun", dt=1e-4),
        nf.JaxIntegrator("Dopri5", rtol=1e-8),
        nf.JaxIntegrator("BS3", rtol=1e-8),
    ],
    ids=lambda i: i.method,
)
def test_every_explicit_method(integrator):
    net = driven(uniform(4, 3))
    expected = nf.gradient(net, energy, ["E.tau"], 0.1, integrator=FINE)
    found = nf.gradient(net, energy, ["E.tau"], 0.1, integrator=integrator)
    assert np.isclose(found[0], expected[0], rtol=1e-5)
    assert np.allclose(found[1]["E.tau"], expected[1]["E.tau"], rtol=1e-5)


def test_the_value_is_that_of_a_run_within_tolerance():
    source = nf.StepInput("F", size=3, amplitude=40.0, onset=0.05, offset=0.15)
    net, run = driven(uniform(4, 3), source=source), nf.JaxIntegrator(rtol=1e-7, atol=1e-9)
    for save_at in (2, 50, 700, np.array([0.01, 0.011, 0.12])):
        value, _ = nf.gradient(net, energy, [], 0.3, save_at=save_at, integrator=run)
        plain = energy(nf.simulate(net, 0.3, save_at=save_at, integrator=OTHER))
        assert np.isclose(value, plain, rtol=1e-7)


def test_the_solution_is_one():
    told = {}

    def scalar(sol):
        told.update(kind=type(sol), shape=sol["E.rate"].shape, current=sol["E.current"].shape, final=sol.final.shape)
        with pytest.raises(nf.UnknownNameError, match="Did you mean"):
            sol["E.rates"]
        return sol.t[-1] + 0.0 * sol["F_to_E.drive"].sum()

    source = nf.ConstantInput("F", rates=np.ones((2, 3)))
    value, _ = nf.gradient(driven(uniform(4, 3), source=source), scalar, ["E.tau"], 0.2, t0=0.5, save_at=3)
    assert value == pytest.approx(0.7)
    assert told == {"kind": nf.Solution, "shape": (3, 2, 4), "current": (3, 2, 4), "final": (2, 12)}


@given(blueprints(max_wires=3), st.integers(0, 1000))
@settings(max_examples=5)
def test_random_networks(blueprint, seed):
    net, rng = blueprint.network(scale=0.1), np.random.default_rng(seed)
    paths = [path for path in numbers_of(net) if not path.endswith((".onset", ".offset"))]

    def scalar(sol):
        return sum((1e-2 * sol[path] ** 2).mean() for path in sol if sol[path].size)

    y0 = {slot.path: net.initial_state()[slot.slice].reshape(slot.shape) for slot in net.registry}
    _, slopes = nf.gradient(net, scalar, [*paths, *y0], 0.25, y0=y0, save_at=4, integrator=FINE)
    values = {path: np.asarray(numbers_of(net)[path]) for path in paths} | y0
    steps = {path: value * rng.uniform(-1.0, 1.0, value.shape) for path, value in values.items()}
    exact = sum(np.sum(entries(slopes[path]) * step) for path, step in steps.items())
    size = sum(np.abs(entries(slopes[path]) * step).sum() for path, step in steps.items())
    numeric = difference(net, scalar, steps, 0.25, y0=y0, save_at=4)
    assert abs(exact - numeric) < 1e-6 * size


def traced():
    return [(program.traced, program.tangent.traced) for program in PROGRAMS.values()]


def test_other_numbers_do_not_compile_again():
    PROGRAMS.clear()
    targets = np.linspace(-70.0, -60.0, 4)

    def scalar(sol, target):
        return ((sol["E.v"][-1] - target) ** 2).sum()

    net = driven(uniform(4, 3))
    paths = ["E.tau", "F_to_E.weights"]
    nf.gradient(net, scalar, paths, 0.2, arguments=(targets,))
    assert traced() == [(1, 1)]
    for k in range(1, 5):
        changes = {"E.tau": 0.05 + 0.001 * k, "F_to_E.weights": uniform(4, 3, seed=k), "F.rates": 20.0 * uniform(3)}
        changes["E.tau"] = np.full(4, changes["E.tau"])
        other = net.with_parameters(changes)
        nf.gradient(other, scalar, paths, 0.2 + 0.001 * k, arguments=(targets + k,), y0=None)
    assert traced() == [(1, 1)]
    nf.gradient(net, scalar, ["E.tau"], 0.2, arguments=(targets,))
    assert traced() == [(1, 1), (1, 1)]


def test_what_is_remembered_are_states_and_no_stages():
    import jax

    n, net = 200, nf.Network("n", [e := nf.LeakyRate("E", size=200), nf.CurrentSynapse(e, e, weights=1e-3, g=1e-3)])

    def last(sol):
        return sol.final.sum()

    needs = []
    for dt in (1e-3, 2.5e-4):
        nf.gradient(net, last, ["E.tau"], 0.256, integrator=nf.JaxIntegrator("rk4", dt=dt))
        program = next(reversed(PROGRAMS.values()))
        times = np.linspace(0.0, 0.256, round(0.256 / dt) + 1)
        with jax.enable_x64(True):
            numbers = {path: np.asarray(value) for path, value in numbers_of(net).items()}
            own = {"E.tau": numbers.pop("E.tau")}
            lowered = program.compiled.lower(own, numbers, None, times, np.array([0, len(times) - 1]), ())
            needs.append(lowered.compile().memory_analysis().temp_size_in_bytes)
    states = (needs[1] - needs[0]) / (8 * 2 * n) / (1024 - 256)
    assert 1.0 < states < 4.5  # with the four stages of each step it would be more than eight


def test_the_fit_of_the_readme(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    readme = (Path(__file__).parent.parent / "README.md").read_text()
    (fit,) = re.findall(r"```py\n(.*?)```", readme, re.DOTALL)
    first = re.search(r"```python\n(.*?)```", readme, re.DOTALL)[1]
    exec(first + fit, {})
    assert float(capsys.readouterr().out.split()[-1]) < 1e-2


def test_a_fit_finds_the_weights_again():
    rng = np.random.default_rng(0)
    right = rng.uniform(0.2, 1.0, (4, 3))
    source = nf.SampledInput("F", times=[0.0, 0.1, 0.2, 0.3], rates=rng.uniform(0.0, 50.0, (4, 3)), beyond="hold")
    net = driven(right, source=source)
    data = nf.simulate(net, 0.4, save_at=40, integrator=OTHER)["E.v"]

    def loss(sol, data):
        return ((sol["E.v"] - data) ** 2).mean()

    def value_and_slope(x):
        guess = net.with_parameters({"F_to_E.weights": x.reshape(4, 3)})
        value, slopes = nf.gradient(guess, loss, ["F_to_E.weights"], 0.4, save_at=40, arguments=(data,))
        return value, slopes["F_to_E.weights"].ravel()

    fit = optimize.minimize(value_and_slope, np.full(12, 0.5), jac=True, method="BFGS", options={"gtol": 1e-9})
    assert np.abs(fit.x.reshape(4, 3) - right).max() < 1e-3
    assert fit.nfev < 200


# What is refused, and how.


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("E.tua", nf.UnknownNameError, r"'E\.tua' is no number parameter or state\. Did you mean 'E\.tau'"),
        ("E", nf.ParameterError, r"'E' is no number parameter or state, and holds some.*'E\.tau'"),
        ("E.activation", nf.ParameterError, r"Known: 'E\.activation\.threshold'"),
        ("F_to_E.resolution", nf.UnknownNameError, "no number parameter"),
        ("F.onset", nf.ParameterError, r"'F\.onset' moves the times.*finite differences"),
        ("F.offset", nf.ParameterError, r"'F\.offset' moves the times"),
    ],
)
def test_paths_that_have_no_derivative(path, error, words):
    net = driven(uniform(4, 3), source=nf.StepInput("F", size=3, amplitude=9.0, onset=0.0, offset=0.1))
    with pytest.raises(error, match=words):
        nf.gradient(net, energy, ["E.tau", path], 0.3)


def test_times_of_samples_are_refused():
    source = nf.SampledInput("F", times=[0.0, 0.1, 0.3], rates=np.ones((3, 3)))
    with pytest.raises(nf.ParameterError, match=r"'F\.times' moves"):
        nf.gradient(driven(uniform(4, 3), source=source), energy, ["F.times"], 0.3)


@pytest.mark.parametrize(
    ("scalar", "words"),
    [
        (lambda sol: sol["E.v"][-1], r"scalar returned an array of shape \(4,\); it must return one real number"),
        (lambda sol: None, "scalar returned None"),
        (lambda sol: "three", "scalar returned 'three'"),
        (lambda sol: 1j * sol.t[-1], "one real number"),
        (3.0, r"scalar is 3\.0; it must be a function"),
    ],
)
def test_scalars_that_are_none(scalar, words):
    with pytest.raises(nf.ParameterError, match=words):
        nf.gradient(driven(uniform(4, 3)), scalar, ["E.tau"], 0.1)


@pytest.mark.parametrize(
    ("scalar", "line"),
    [
        (lambda sol: np.asarray(sol["E.v"]).sum(), r'np\.asarray\(sol\["E\.v"\]\)'),
        (lambda sol: np.mean(np.asarray(sol["E.rate"])), r'np\.asarray\(sol\["E\.rate"\]\)'),
        (lambda sol: float(sol["E.v"][-1, 0]), "float"),
        (lambda sol: 1.0 if sol["E.v"][-1, 0] > 0 else 0.0, "if sol"),
    ],
)
def test_a_scalar_in_numpy_says_what_to_do(scalar, line):
    with pytest.raises(nf.ParameterError, match=rf"gradient: scalar.*{line}.*Write it in jax\.numpy"):
        nf.gradient(driven(uniform(4, 3)), scalar, ["E.tau"], 0.1)


def test_other_mistakes_in_a_scalar_are_raised_as_they_are():
    with pytest.raises(ZeroDivisionError) as caught:
        nf.gradient(driven(uniform(4, 3)), lambda sol: 1 / 0, ["E.tau"], 0.1)
    assert any("compute with jax.numpy" in note for note in caught.value.__notes__)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"save_at": None}, "save_at is None"),
        ({"integrator": nf.ScipyIntegrator("LSODA")}, "must be a JaxIntegrator"),
        ({"integrator": nf.FixedStepIntegrator("exponential_euler", dt=1e-3)}, "must be a JaxIntegrator"),
        ({"integrator": "Tsit5"}, "must be a JaxIntegrator"),
        ({"integrator": nf.JaxIntegrator("Kvaerno5")}, "'Kvaerno5'.*one of BS3, Dopri5, Tsit5, euler, heun, rk4"),
        ({"integrator": nf.JaxIntegrator(steps="own")}, "steps='own'.*and steps 'shared'"),
        ({"save_at": [0.2, 0.1]}, "save_at must increase"),
        ({"y0": np.zeros(3)}, "gradient 'n': y0 has shape"),
        ({"y0": {"E.v": "low"}}, r"the initial value of 'E\.v'"),
        (
            {"arguments": (1.0, 2.0, 3.0)},
            r"cannot be called with a solution and 3 arguments: too many.*arguments=\(\.\.\.\)",
        ),
        ({"arguments": 5}, r"arguments is 5; it must be a tuple.*arguments=\(target,\)"),
        ({"arguments": ("E.v",)}, r"arguments is \('E\.v',\); it must be a tuple of numbers"),
    ],
)
def test_options_that_cannot_be(options, words):
    with pytest.raises(nf.ParameterError, match=words):
        nf.gradient(driven(uniform(4, 3)), energy, ["E.tau"], 0.3, **options)
    with pytest.raises(nf.ParameterError, match="must be a Network"):
        nf.gradient("net", energy, ["E.tau"], 0.3)


def test_a_run_that_fails_is_told_as_by_simulate():
    e = nf.LeakyRate("E", size=2, activation=nf.ThresholdPower(threshold=-80.0, exponent=3.0))
    net = nf.Network("n", [e, nf.CurrentSynapse(e, e, weights=1.0, g=1.0)])
    with pytest.raises(nf.IntegrationError) as caught:
        nf.gradient(net, lambda sol: sol.final.sum(), ["E.tau"], 1.0)
    assert caught.value.solution["E.v"].shape[1] == 2


def test_an_infinite_slope_is_told():
    e = nf.LeakyRate("E", size=1)
    with pytest.warns(RuntimeWarning, match=r"with respect to 'E\.v' is not finite"):
        nf.gradient(nf.Network("n", [e]), lambda sol: (sol["E.v"][-1, 0] + 70.0) ** 0.5, ["E.v"], 0.1)


def test_configuration_is_left_alone():
    import jax

    before = jax.config.jax_enable_x64
    nf.gradient(driven(uniform(4, 3)), energy, ["E.tau"], 0.1)
    assert jax.config.jax_enable_x64 == before


def test_without_jax_the_extra_is_named():
    code = (
        "import sys; sys.modules['jax'] = None\nimport netframe as nf\n"
        "net = nf.Network('n', [nf.LeakyRate('E', size=1)])\n"
        "try: nf.gradient(net, lambda sol: sol.final[0], ['E.tau'], 0.1)\n"
        "except nf.MissingPackageError as error: print(error)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out == "gradient: JAX is not installed. Install the extra: pip install 'netframe[jax]'\n"


@given(
    st.lists(st.floats(0.01, 1.0), min_size=1, max_size=40),
    st.lists(st.floats(0.0, 1.0), min_size=1, max_size=60),
)
def test_replayed_times_hold_those_wanted_and_are_no_further_apart_than_steps(lengths, shares):
    steps = np.concatenate([[0.0], np.cumsum(lengths)])
    wanted = np.unique(np.concatenate([[0.0], steps[-1] * np.array(shares)]))
    times, where = replayed_times(steps, wanted)
    assert np.array_equal(times[where], wanted)
    assert np.all(np.diff(times) >= 0.0)
    assert np.log2(len(times) - 1) % 1 == 0
    assert np.diff(times).max() <= np.diff(steps).max() * (1 + 1e-5)
    assert where[-1] <= len(steps) + len(wanted)


def test_limits_of_the_integrator_hold_for_a_gradient():
    for limit in ({"max_steps": 3}, {"max_steps": 3, "rtol": 1e-9}):
        with pytest.raises(nf.IntegrationError, match="limit of 3 steps"):
            nf.gradient(driven(uniform(4, 3)), energy, ["E.tau"], 0.5, integrator=nf.JaxIntegrator(**limit))
