"""Integrators: how a network is advanced in time."""

import importlib
from typing import TYPE_CHECKING, Any

from netframe.integrators.fixed_step import FixedStepIntegrator
from netframe.integrators.integrator import Integrator, simulate
from netframe.integrators.runge_kutta import RungeKuttaIntegrator
from netframe.integrators.scipy import ScipyIntegrator

if TYPE_CHECKING:
    from netframe.integrators.compare import compare_integrators
    from netframe.integrators.comparison import Comparison, Measurement
    from netframe.integrators.exact import ExactIntegrator
    from netframe.integrators.jax import JaxIntegrator
    from netframe.integrators.recommendation import Recommendation, recommend
    from netframe.integrators.sundials import SundialsIntegrator

#: What is loaded when it is first asked for, so that importing netframe stays quick, and the module it is in.
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


def __getattr__(name: str) -> Any:
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{LATER[name]}"), name)


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
