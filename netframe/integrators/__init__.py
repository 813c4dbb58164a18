"""Integrators: how a network is advanced in time."""

from netframe.integrators.compare import compare_integrators
from netframe.integrators.comparison import Comparison, Measurement
from netframe.integrators.fixed_step import FixedStepIntegrator
from netframe.integrators.integrator import Integrator, simulate
from netframe.integrators.jax import JaxIntegrator
from netframe.integrators.recommend import Recommendation, recommend
from netframe.integrators.runge_kutta import RungeKuttaIntegrator
from netframe.integrators.scipy import ScipyIntegrator
from netframe.integrators.sundials import SundialsIntegrator

__all__ = [
    "Comparison",
    "FixedStepIntegrator",
    "Integrator",
    "JaxIntegrator",
    "Measurement",
    "Recommendation",
    "RungeKuttaIntegrator",
    "ScipyIntegrator",
    "SundialsIntegrator",
    "compare_integrators",
    "recommend",
    "simulate",
]
