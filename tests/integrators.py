"""Every integrator that the same tests run through, each a function of its options."""

import functools

import pytest

import netframe as nf

SUNDIALS = pytest.mark.sundials


def _made(make, *arguments, id, marks=(), **options):
    return pytest.param(functools.partial(make, *arguments, **options), id=id, marks=marks)


#: Those that take long and have a like among the others.
SLOW = ("RK23", "Radau")
SCIPY = [
    _made(nf.ScipyIntegrator, m, id=m, marks=pytest.mark.slow if m in SLOW else ())
    for m in ("RK23", "RK45", "DOP853", "Radau", "BDF", "LSODA")
]
RUNGE_KUTTA = [_made(nf.RungeKuttaIntegrator, m, id=m) for m in ("Dopri5", "Tsit5", "BS3")]
CVODE = [
    _made(nf.SundialsIntegrator, method, linear_solver=solver, id=f"CVODE {method} {solver}", marks=SUNDIALS)
    for method in ("Adams", "BDF")
    for solver in ("dense", "sparse", "krylov")
]
JAX = [
    _made(nf.JaxIntegrator, m, id=f"JAX {m}", marks=pytest.mark.jax)
    for m in ("Tsit5", "Dopri5", "BS3", "Dopri8", "Kvaerno5")
]
#: Those that call the right-hand side in Python at every step.
INTERPRETED = SCIPY + RUNGE_KUTTA + CVODE
#: Those of adaptive step, which take rtol, atol, max_step and max_steps.
ADAPTIVE = INTERPRETED + JAX
#: Those that use slopes of the right-hand side, for stiff networks.
IMPLICIT = SCIPY[3:] + CVODE + JAX[-1:]

#: Methods of fixed step and their orders.
ORDERS = {"euler": 1, "heun": 2, "rk4": 4, "exponential_euler": 1}
FIXED = [_made(nf.FixedStepIntegrator, method, id=method) for method in ORDERS]
FIXED += [
    _made(nf.JaxIntegrator, method, id=f"JAX {method}", marks=pytest.mark.jax) for method in ("euler", "heun", "rk4")
]

ALL = ADAPTIVE + FIXED


def only(params, *ids):
    """Those of the names given."""
    return [param for param in params if param.id in ids]


def given_options(params, **options):
    """The same with options given."""
    return [pytest.param(functools.partial(p.values[0], **options), id=p.id, marks=p.marks) for p in params]


def objects(params, **options):
    """The integrators themselves, made with these options."""
    return [pytest.param(p.values[0](**options), id=p.id, marks=p.marks) for p in params]
