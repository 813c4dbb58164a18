"""Compiled loops of small networks are marked to become one function, and others are left as they are."""

import numpy as np
import pytest
from shipped import SHIPPED

import netframe as nf
from netframe.integrators.programs import PROGRAMS
from netframe.testing.cases import cases

pytestmark = pytest.mark.jax
MARK = 'xla_cpu_small_call = "true"'


def marked(function, *args):
    import jax

    from netframe.integrators.one_kernel import in_one_kernel

    with jax.enable_x64(True):
        found = jax.jit(in_one_kernel(function))
        np.testing.assert_allclose(found(*args), function(*args), rtol=1e-12)
        return MARK in found.lower(*args).as_text()


def repeated(step):
    from jax import lax

    return lambda x: lax.fori_loop(0, 3, lambda i, x: step(x), x)


def test_loops_over_small_arrays_are_marked():
    import jax.numpy as jnp

    w = np.random.default_rng(0).uniform(size=(5, 5))
    assert marked(repeated(lambda x: jnp.tanh(w @ x) + jnp.where(x > 0.5, x.sum(), 0.0)), np.arange(5.0))


@pytest.mark.parametrize(
    ("step", "shape"),
    [
        (lambda xp, x: xp.fft.ifft(xp.fft.fft(x)).real, 5),
        (lambda xp, x: xp.sort(x), 5),
        (lambda xp, x: x.at[np.array([1, 3, 1])].add(1.0), 5),
        (lambda xp, x: xp.linalg.solve(np.eye(5) + 0.1, x), 5),
        (lambda xp, x: x @ x, (5, 5)),
        (lambda xp, x: np.ones((600, 600)) @ x / 600, 600),
    ],
    ids=["Fourier", "sort", "scatter", "solve", "matrices", "large matrix"],
)
def test_what_may_need_a_library_or_threads_is_not(step, shape):
    import jax.numpy as jnp

    assert not marked(repeated(lambda x: step(jnp, x)), np.random.default_rng(0).uniform(size=shape) / 5)


def network(rates):
    x, e = nf.ConstantInput("X", rates=rates), nf.LeakyRate("E", size=2)
    weights = np.random.default_rng(0).uniform(size=(2, 3))
    return nf.Network("n", [x, e, nf.ReversalSynapse(x, e, weights=weights, g=1e-4)])


@pytest.mark.parametrize(("rates", "expected"), [(np.ones(3), True), (np.ones((4, 3)), False)])
def test_runs_of_one_network_are_and_batches_are_not(rates, expected, monkeypatch):
    import netframe.integrators.one_kernel as one_kernel

    found, judge = [], one_kernel.is_plain
    monkeypatch.setattr(one_kernel, "is_plain", lambda program: found.append(judge(program)) or found[-1])
    PROGRAMS.clear()
    nf.simulate(network(rates), 0.1, save_at=3, integrator=nf.JaxIntegrator("Tsit5"))
    assert found == [expected]


def tried(part):
    """A network or two around a part, of unequal sizes, dense, in both resolutions."""
    found = {label: net for label, net, _ in cases(part) if "sparse" not in label and label.endswith("5 cells")}
    return found.values()


@pytest.mark.slow
@pytest.mark.parametrize("part", SHIPPED, ids=lambda part: type(part).__name__)
def test_every_class_shipped_runs_compiled_as_not(part):
    for net in tried(part):
        runs = [
            nf.simulate(net, 0.02, save_at=3, integrator=kind("Dopri5", rtol=1e-9, atol=1e-11)).final
            for kind in (nf.RungeKuttaIntegrator, nf.JaxIntegrator)
        ]
        np.testing.assert_allclose(runs[1], runs[0], rtol=1e-6, atol=1e-7)
