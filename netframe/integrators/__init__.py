"""Integrators: how a network is advanced in time."""

from typing import TYPE_CHECKING

from netframe.integrators.fixed_step import FixedStepIntegrator
from netframe.integrators.integrator import Integrator, simulate
from netframe.integrators.runge_kutta import RungeKuttaIntegrator
from netframe.integrators.scipy import ScipyIntegrator
from netframe.later import lister, loader

if TYPE_CHECKING:
    from netframe.integrators.compare import compare_integrators
    from netframe.integrators.comparison import Comparison, Measurement
    from netframe.integrators.exact import ExactIntegrator
    from netframe.integrators.jax import JaxIntegrator
    from netframe.integrators.recommendation import Recommendation, recommend
    from netframe.integrators.sundials import SundialsIntegrator

#: What is loaded when it is first asked for, and the module it is in.
LATER = {
    "Comparison": "comparison",
    "ExactIntegrator": "exact",
    "JaxIntegrator": "jax",
    "Measurement": "comparison",
    "Recommendation": "recommendation",
    "SundialsIntegrator": "sundials",
    "compare_integrators": "compare",
    "recommend": "recommendation",
}
__getattr__, __dir__ = loader(__name__, LATER), lister(__name__)

__all__ = [
    "Comparison",
    "ExactIntegrator",
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
