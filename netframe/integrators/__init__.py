"""Integrators: how a network is advanced in time."""

from netframe.integrators.fixed_step import FixedStepIntegrator
from netframe.integrators.integrator import Integrator, simulate
from netframe.integrators.jax import JaxIntegrator
from netframe.integrators.recommend import Recommendation, recommend
from netframe.integrators.runge_kutta import RungeKuttaIntegrator
from netframe.integrators.scipy import ScipyIntegrator
from netframe.integrators.sundials import SundialsIntegrator

__all__ = [
    "FixedStepIntegrator",
    "Integrator",
    "JaxIntegrator",
    "Recommendation",
    "RungeKuttaIntegrator",
    "ScipyIntegrator",
    "SundialsIntegrator",
    "recommend",
    "simulate",
]
