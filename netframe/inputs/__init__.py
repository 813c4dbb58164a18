"""Inputs: rates given from outside."""

from netframe.inputs.constant import ConstantInput, StepInput
from netframe.inputs.function import FunctionInput
from netframe.inputs.sampled import SampledInput
from netframe.inputs.source import InputSource
from netframe.later import loader

#: What is loaded when it is first asked for, and the module it is in.
LATER: dict[str, str] = {}
__getattr__ = loader(__name__, LATER)

__all__ = ["ConstantInput", "FunctionInput", "InputSource", "SampledInput", "StepInput"]
