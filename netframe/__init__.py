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

from netframe import inputs, integrators, populations, projections, weight_rules
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
    FileError,
    HookError,
    ImmutableError,
    IntegrationError,
    MemoryBudgetError,
    MissingPackageError,
    NetframeError,
    ParameterError,
    SimulationInterrupted,
    SpecError,
    UnitWarning,
    UnknownNameError,
    WiringError,
)
from netframe.fields import Param, component, parameter, state
from netframe.inputs import ConstantInput, FunctionInput, InputSource, SampledInput, StepInput
from netframe.integrators import (
    FixedStepIntegrator,
    Integrator,
    RungeKuttaIntegrator,
    ScipyIntegrator,
    simulate,
)
from netframe.jacobian import finite_difference_jacobian
from netframe.later import no_name
from netframe.network import Network
from netframe.populations import LeakyRate, Population
from netframe.projections import CurrentSynapse, InstantSynapse, Projection, ReversalSynapse
from netframe.registry import Slot, StateRegistry
from netframe.solution import Solution, Stats, Status
from netframe.validators import Validator, finite, in_range, non_negative, not_nan, positive
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
    from netframe import analysis, plotting
    from netframe.analysis import continuation, fixed_points, limit_cycle, settled
    from netframe.dictionaries import from_dicts
    from netframe.files import load
    from netframe.inputs import *  # noqa: F403
    from netframe.integrators import *  # noqa: F403
    from netframe.populations import *  # noqa: F403
    from netframe.projections import *  # noqa: F403
    from netframe.sensitivity import gradient
    from netframe.specs import diff, load_network, save_network
    from netframe.weight_rules import *  # noqa: F403

__version__ = "0.1.0"

#: What is loaded when it is first asked for, and the module it is in.
_FAMILIES = (inputs, integrators, populations, projections, weight_rules)
_OF_FAMILIES = {name: f"{family.__name__}.{module}" for family in _FAMILIES for name, module in family.LATER.items()}
_LATER = _OF_FAMILIES | {
    "from_dicts": "netframe.dictionaries",
    "gradient": "netframe.sensitivity",
    "load": "netframe.files",
}
_LATER |= dict.fromkeys(("continuation", "fixed_points", "limit_cycle", "settled"), "netframe.analysis")
_LATER |= dict.fromkeys(("diff", "load_network", "save_network"), "netframe.specs")

__all__ = [
    "Activation",
    "Block",
    "Circulant",
    "ClippedLinear",
    "ConstantInput",
    "CurrentSynapse",
    "DeclarationError",
    "Diagonal",
    "FileError",
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
    "LeakyRate",
    "LowRank",
    "Masked",
    "MemoryBudgetError",
    "MissingPackageError",
    "NetframeError",
    "Network",
    "Operator",
    "Param",
    "ParameterError",
    "Population",
    "Projection",
    "ReversalSynapse",
    "RungeKuttaIntegrator",
    "SampledInput",
    "ScipyIntegrator",
    "Sigmoid",
    "SimulationInterrupted",
    "Slot",
    "Softplus",
    "Solution",
    "SpecError",
    "StateRegistry",
    "Stats",
    "Status",
    "StepInput",
    "Structure",
    "Tanh",
    "ThresholdLinear",
    "ThresholdPower",
    "Toeplitz",
    "UnitWarning",
    "UnknownNameError",
    "Validator",
    "Values",
    "WiringError",
    "all_to_all",
    "array_namespace",
    "component",
    "constant",
    "finite",
    "finite_difference_jacobian",
    "fixed_in_degree",
    "fixed_probability",
    "in_range",
    "lognormal",
    "non_negative",
    "normal",
    "not_nan",
    "one_to_one",
    "parameter",
    "positive",
    "simulate",
    "state",
    "uniform",
    "analysis",
    "continuation",
    "diff",
    "fixed_points",
    "from_dicts",
    "gradient",
    "limit_cycle",
    "load",
    "load_network",
    "plotting",
    "save_network",
    "settled",
    *_OF_FAMILIES,
]


def __getattr__(name: str) -> Any:
    """What is loaded when it is first asked for, so that importing netframe stays quick."""
    if name in ("analysis", "plotting"):
        return importlib.import_module(f"netframe.{name}")
    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name]), name)
    raise no_name(__name__, name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
