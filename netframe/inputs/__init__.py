"""Inputs: rates given from outside."""

from typing import TYPE_CHECKING

from netframe.inputs.constant import ConstantInput, StepInput
from netframe.inputs.function import FunctionInput
from netframe.inputs.sampled import SampledInput
from netframe.inputs.source import InputSource
from netframe.later import lister, loader

if TYPE_CHECKING:
    from netframe.inputs.combined import ConsecutiveInput, SummedInput
    from netframe.inputs.noise import OrnsteinUhlenbeckInput, PoissonRateInput
    from netframe.inputs.patterns import binary_patterns, grid_fields, place_fields, random_patterns, von_mises_bumps
    from netframe.inputs.pulses import PulseTrain
    from netframe.inputs.ramp import Ramp
    from netframe.inputs.sequence import PatternSequence
    from netframe.inputs.waves import Chirp, Sine

#: What is loaded when it is first asked for, and the module it is in.
LATER: dict[str, str] = {
    "Chirp": "waves",
    "ConsecutiveInput": "combined",
    "OrnsteinUhlenbeckInput": "noise",
    "PatternSequence": "sequence",
    "PoissonRateInput": "noise",
    "PulseTrain": "pulses",
    "Ramp": "ramp",
    "Sine": "waves",
    "SummedInput": "combined",
    "binary_patterns": "patterns",
    "grid_fields": "patterns",
    "place_fields": "patterns",
    "random_patterns": "patterns",
    "von_mises_bumps": "patterns",
}
__getattr__, __dir__ = loader(__name__, LATER), lister(__name__)

__all__ = [
    "Chirp",
    "ConsecutiveInput",
    "ConstantInput",
    "FunctionInput",
    "InputSource",
    "OrnsteinUhlenbeckInput",
    "PatternSequence",
    "PoissonRateInput",
    "PulseTrain",
    "Ramp",
    "SampledInput",
    "Sine",
    "StepInput",
    "SummedInput",
    "binary_patterns",
    "grid_fields",
    "place_fields",
    "random_patterns",
    "von_mises_bumps",
]
