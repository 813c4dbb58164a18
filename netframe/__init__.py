"""netframe: rate-based neural networks from Python objects, solved as one system of differential equations."""

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
from netframe.errors import NetframeError
from netframe.fields import Param, component, in_range, non_negative, parameter, positive, state
from netframe.inputs import *
from netframe.network import Network
from netframe.populations import LeakyRate, Population
from netframe.projections import *
