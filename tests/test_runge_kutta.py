"""Tableaus against the order conditions they must satisfy, and embedded pairs against exact solutions."""

import numpy as np
import pytest
from test_integrators import exact_notebook, notebook, reference, smooth_pair

import netframe as nf
from netframe.integrators.tableaus import EMBEDDED, FIXED

ALL = FIXED | EMBEDDED


@pytest.mark.parametrize("tableau", ALL.values(), ids=ALL)
def test_tableau_identities(tableau):
    a = np.zeros((len(tableau.b), len(tableau.b)))
    for i, row in enumerate(tableau.a):
        a[i, : len(row)] = row
    assert np.allclose(a.sum(axis=1), tableau.c, atol=1e-14)
    # Order conditions of quadrature, and the first that couples stages.
    for k in range(1, tableau.order + 1):
        assert np.isclose(tableau.b @ tableau.c ** (k - 1), 1.0 / k, atol=1e-14)
    if tableau.order >= 3:
        assert np.isclose(tableau.b @ a @ tableau.c, 1.0 / 6.0, atol=1e-14)
    if tableau.order >= 4:
        assert np.isclose((tableau.b * tableau.c) @ a @ tableau.c, 1.0 / 8.0, atol=1e-14)
        assert np.isclose(tableau.b @ a @ tableau.c**2, 1.0 / 12.0, atol=1e-14)
        assert np.isclose(tableau.b @ a @ a @ tableau.c, 1.0 / 24.0, atol=1e-14)


@pytest.mark.parametrize("tableau", EMBEDDED.values(), ids=EMBEDDED)
def test_embedded_pairs(tableau):
    assert np.array_equal(tableau.a[-1], tableau.b[:-1])
    companion = tableau.b - tableau.error
    for k in range(1, tableau.order):
        assert np.isclose(companion @ tableau.c ** (k - 1), 1.0 / k, atol=1e-13)
    assert abs(companion @ tableau.c ** (tableau.order - 1) - 1.0 / tableau.order) > 1e-4
    # The dense output is the step at its end, and of order four (three for BS3) within it.
    assert np.allclose(tableau.dense.sum(axis=1), tableau.b, atol=1e-12)
    for x in (0.3, 0.8):
        weights = tableau.dense @ x ** np.arange(1, tableau.dense.shape[1] + 1)
        for k in range(1, min(tableau.order, 4) + 1):
            assert np.isclose(weights @ tableau.c ** (k - 1), x**k / k, atol=1e-8)


@pytest.mark.parametrize("method", EMBEDDED)
def test_the_local_error_follows_the_tolerance(method):
    net = smooth_pair()
    exact = reference(net, 0.5)
    tolerances = 10.0 ** np.arange(-10.0, -3.0)
    errors = [
        np.abs(nf.simulate(net, 0.5, integrator=nf.RungeKuttaIntegrator(method, rtol=x, atol=x)).final - exact).max()
        for x in tolerances
    ]
    slope = np.polyfit(np.log(tolerances), np.log(errors), 1)[0]
    assert 0.7 < slope < 1.3, errors


def test_one_hard_member_among_a_hundred_is_as_exact_as_alone():
    rates = np.zeros((100, 3))
    rates[7] = 50.0
    times = np.linspace(0.0, 0.3, 20)
    integrator = nf.RungeKuttaIntegrator(rtol=1e-5, atol=1e-8)
    batch = nf.simulate(notebook(patterns=rates), 0.3, save_at=times, integrator=integrator)
    single = notebook(patterns=rates[7])
    alone = nf.simulate(single, 0.3, save_at=times, integrator=integrator)
    exact = exact_notebook(single, times)
    assert np.abs(batch["E.v"][:, 7] - exact).max() <= 1.01 * np.abs(alone["E.v"] - exact).max()
    assert batch.stats.n_steps <= alone.stats.n_steps + 2
