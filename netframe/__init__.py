"""netframe: rate-based neural networks from Python objects, solved as one system of differential equations.

    >>> import numpy as np, netframe as nf
    >>> ffe, e = nf.ConstantInput("FFE", rates=np.full(3, 10.0)), nf.LeakyRate("E", size=2)
    >>> net = nf.Network("n", [ffe, e, nf.ReversalSynapse(ffe, e, weights=np.ones((2, 3)), g=2e-5)])
    >>> nf.simulate(net, 1.0, save_at=100)["E.v"].shape
    (100, 2)

Make populations and inputs, connect them by projections, put all into a ``Network``, and ``simulate`` it. Every name
below has its equations, units and an example in its help. A new cell type or synapse is a subclass of ``Population``
or ``Projection`` under ``@component``; ``netframe.testing.check_component`` checks it.
"""

import importlib
from typing import TYPE_CHECKING, Any

from netframe import integrators
from netframe.activations import (
    Activation,
    ClippedLinear,
    Identity,
    Sigmoid,
    Softplus,
    Tanh,
    ThresholdLinear,
    ThresholdPower,
)
from netframe.arrays import array_namespace
from netframe.connectivity import (
    Block,
    Circulant,
    Diagonal,
    Float32,
    LowRank,
    Masked,
    Operator,
    Structure,
    Toeplitz,
)
from netframe.errors import (
    DeclarationError,
    HookError,
    ImmutableError,
    IntegrationError,
    MemoryBudgetError,
    MissingPackageError,
    NetframeError,
    ParameterError,
    SimulationInterrupted,
    UnknownNameError,
    WiringError,
)
from netframe.fields import (
    Param,
    Validator,
    component,
    finite,
    in_range,
    non_negative,
    not_nan,
    parameter,
    positive,
    state,
)
from netframe.inputs import ConstantInput, FunctionInput, InputSource, SampledInput, StepInput
from netframe.integrators import (
    FixedStepIntegrator,
    Integrator,
    RungeKuttaIntegrator,
    ScipyIntegrator,
    simulate,
)
from netframe.jacobian import finite_difference_jacobian
from netframe.network import Network
from netframe.populations import LeakyRate, Population
from netframe.projections import CurrentSynapse, InstantSynapse, Projection, ReversalSynapse
from netframe.registry import Slot, StateRegistry
from netframe.solution import Solution, Stats, Status
from netframe.values import Values
from netframe.weight_rules import (
    all_to_all,
    constant,
    fixed_in_degree,
    fixed_probability,
    lognormal,
    normal,
    one_to_one,
    uniform,
)

if TYPE_CHECKING:
    from netframe import plotting
    from netframe.integrators import (
        Comparison,
        ExactIntegrator,
        JaxIntegrator,
        Measurement,
        Recommendation,
        SundialsIntegrator,
        compare_integrators,
        recommend,
    )
    from netframe.sensitivity import gradient

__version__ = "0.1.0"

__all__ = [
    "Activation",
    "Block",
    "Circulant",
    "ClippedLinear",
    "Comparison",
    "ConstantInput",
    "CurrentSynapse",
    "DeclarationError",
    "Diagonal",
    "ExactIntegrator",
    "FixedStepIntegrator",
    "Float32",
    "FunctionInput",
    "HookError",
    "ImmutableError",
    "Identity",
    "InputSource",
    "InstantSynapse",
    "IntegrationError",
    "Integrator",
    "JaxIntegrator",
    "LeakyRate",
    "LowRank",
    "Masked",
    "Measurement",
    "MemoryBudgetError",
    "MissingPackageError",
    "NetframeError",
    "Network",
    "Operator",
    "Param",
    "ParameterError",
    "Population",
    "Projection",
    "Recommendation",
    "ReversalSynapse",
    "RungeKuttaIntegrator",
    "SampledInput",
    "ScipyIntegrator",
    "Sigmoid",
    "SimulationInterrupted",
    "Slot",
    "Softplus",
    "Solution",
    "StateRegistry",
    "Stats",
    "Status",
    "StepInput",
    "Structure",
    "SundialsIntegrator",
    "Tanh",
    "ThresholdLinear",
    "ThresholdPower",
    "Toeplitz",
    "UnknownNameError",
    "Validator",
    "Values",
    "WiringError",
    "all_to_all",
    "array_namespace",
    "compare_integrators",
    "component",
    "constant",
    "finite",
    "finite_difference_jacobian",
    "fixed_in_degree",
    "fixed_probability",
    "gradient",
    "in_range",
    "lognormal",
    "non_negative",
    "normal",
    "not_nan",
    "one_to_one",
    "parameter",
    "plotting",
    "positive",
    "recommend",
    "simulate",
    "state",
    "uniform",
]


def __getattr__(name: str) -> Any:
    """What is loaded when it is first asked for, so that importing netframe stays quick."""
    if name == "plotting":
        return importlib.import_module("netframe.plotting")
    if name == "gradient":
        return importlib.import_module("netframe.sensitivity").gradient
    if name in integrators.LATER:
        return getattr(integrators, name)
    raise AttributeError(f"module 'netframe' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
