"""Inputs: rates given from outside."""

from netframe.inputs.constant import ConstantInput, StepInput
from netframe.inputs.function import FunctionInput
from netframe.inputs.sampled import SampledInput
from netframe.inputs.source import InputSource

__all__ = ["ConstantInput", "FunctionInput", "InputSource", "SampledInput", "StepInput"]
