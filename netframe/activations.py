"""Firing rate as a function of voltage: frozen callables with units, shared freely between populations.

Every parameter may be a number, one number per cell ``(n_cells,)``, or a batch ``(..., n_cells)``. The input of a call
is a voltage in mV of any shape ``(..., n_cells)``, and its result a rate in Hz of the same shape, in NumPy or JAX.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from netframe.arrays import array_namespace, is_concrete
from netframe.component import Declared
from netframe.errors import brief
from netframe.fields import Param, component, parameter
from netframe.validators import non_negative, positive


@component
class Activation(Declared):
    """A firing rate as a function of voltage; subclass it and define ``__call__(v)`` elementwise.

    Example:
        >>> @component
        ... class Quadratic(Activation):
        ...     gain: Param = parameter(0.1, unit="Hz/mV^2", doc="rate per squared voltage")
        ...     def __call__(self, v):
        ...         return self.gain * v * v
        >>> Quadratic(gain=0.5)(4.0)
        8.0
    """

    default_axes: ClassVar[tuple[str, ...]] = ("cell",)

    @abstractmethod
    def __call__(self, v: Any) -> Any:
        """Rate in Hz of cells at ``v`` mV."""


def no_activation(name: str, value: Any) -> Iterator[str]:
    """A phrase when the field ``name`` of a component holds anything but an activation."""
    if not isinstance(value, Activation):
        yield f"{name} is {brief(value)}; it must be an Activation, such as ClippedLinear()"


@component
class ClippedLinear(Activation):
    """Zero up to a threshold, then a straight line to a peak rate, constant from the ceiling on.

    ``rate = peak * clip((v - threshold) / (ceiling - threshold), 0, 1)``, the notebook's ``relu``.

    Example:
        >>> ClippedLinear(threshold=-50.0, ceiling=-30.0, peak=50.0)(np.array([-60.0, -40.0, 0.0])).tolist()
        [0.0, 25.0, 50.0]
    """

    threshold: Param = parameter(-50.0, unit="mV", doc="voltage at which firing starts")
    ceiling: Param = parameter(-30.0, unit="mV", doc="voltage from which the rate grows no further")
    peak: Param = parameter(50.0, unit="Hz", validator=non_negative, doc="rate at and above the ceiling")

    def problems(self) -> Iterator[str]:
        if is_concrete(self.ceiling) and is_concrete(self.threshold) and not np.all(self.ceiling > self.threshold):
            yield f"ceiling ({self.ceiling} mV) must be above threshold ({self.threshold} mV)"

    def __call__(self, v: Any) -> Any:
        xp = array_namespace(v, self.threshold, self.ceiling, self.peak)
        span = self.ceiling - self.threshold
        return self.peak / span * (xp.minimum(self.ceiling, xp.maximum(self.threshold, v)) - self.threshold)


@component
class ThresholdLinear(Activation):
    """Zero up to a threshold, then a straight line: ``rate = gain * max(v - threshold, 0)``.

    Example:
        >>> ThresholdLinear(threshold=-50.0, gain=2.0)(np.array([-60.0, -40.0])).tolist()
        [0.0, 20.0]
    """

    threshold: Param = parameter(-50.0, unit="mV", doc="voltage at which firing starts")
    gain: Param = parameter(2.5, unit="Hz/mV", doc="slope above threshold")

    def __call__(self, v: Any) -> Any:
        return self.gain * array_namespace(v, self.threshold).maximum(v - self.threshold, 0.0)


@component
class ThresholdPower(Activation):
    """A power law above threshold: ``rate = gain * max(v - threshold, 0) ** exponent``.

    Source: Miller & Troyer (2002), J Neurophysiol 87:653, eq. 2.

    Example:
        >>> ThresholdPower(threshold=0.0, gain=0.5, exponent=2.0)(np.array([-1.0, 4.0])).tolist()
        [0.0, 8.0]
    """

    threshold: Param = parameter(-50.0, unit="mV", doc="voltage at which firing starts")
    gain: Param = parameter(0.1, unit="Hz/mV^exponent", doc="rate one millivolt above threshold")
    exponent: Param = parameter(2.0, unit="1", validator=positive, doc="power of the voltage above threshold")

    def __call__(self, v: Any) -> Any:
        return self.gain * array_namespace(v, self.threshold).maximum(v - self.threshold, 0.0) ** self.exponent


@component
class Softplus(Activation):
    """A smooth threshold: ``rate = gain * width * log(1 + exp((v - threshold) / width))``.

    Example:
        >>> round(float(Softplus(threshold=0.0, gain=1.0, width=1.0)(0.0)), 6)
        0.693147
    """

    threshold: Param = parameter(-50.0, unit="mV", doc="middle of the bend")
    gain: Param = parameter(2.5, unit="Hz/mV", doc="slope far above threshold")
    width: Param = parameter(2.0, unit="mV", validator=positive, doc="width of the bend")

    def __call__(self, v: Any) -> Any:
        xp = array_namespace(v, self.threshold, self.width)
        return self.gain * self.width * xp.logaddexp(0.0, (v - self.threshold) / self.width)


@component
class Sigmoid(Activation):
    """The logistic function: ``rate = peak / (1 + exp(-(v - midpoint) / width))``, without overflow for any ``v``.

    Example:
        >>> Sigmoid(midpoint=-40.0, width=4.0, peak=50.0)(np.array([-40.0, 1e6])).tolist()
        [25.0, 50.0]
    """

    midpoint: Param = parameter(-40.0, unit="mV", doc="voltage of half the peak rate")
    width: Param = parameter(4.0, unit="mV", validator=positive, doc="voltage scale of the rise")
    peak: Param = parameter(50.0, unit="Hz", doc="rate at high voltage")

    def __call__(self, v: Any) -> Any:
        xp = array_namespace(v, self.midpoint, self.width)
        return 0.5 * self.peak * (1.0 + xp.tanh((v - self.midpoint) / (2.0 * self.width)))


@component
class Tanh(Activation):
    """The hyperbolic tangent, odd about its midpoint: ``rate = peak * tanh((v - midpoint) / width)``.

    Example:
        >>> float(Tanh(midpoint=0.0, width=1.0, peak=1.0)(0.0))
        0.0
    """

    midpoint: Param = parameter(0.0, unit="mV", doc="voltage of rate zero")
    width: Param = parameter(1.0, unit="mV", validator=positive, doc="voltage scale of the rise")
    peak: Param = parameter(1.0, unit="Hz", doc="rate at high voltage")

    def __call__(self, v: Any) -> Any:
        return self.peak * array_namespace(v, self.midpoint, self.width).tanh((v - self.midpoint) / self.width)


@component
class Identity(Activation):
    """The rate is the voltage, up to a gain: ``rate = gain * v``; for linear networks.

    Example:
        >>> Identity()(3.0)
        3.0
    """

    gain: Param = parameter(1.0, unit="Hz/mV", doc="rate per voltage")

    def __call__(self, v: Any) -> Any:
        return self.gain * v
