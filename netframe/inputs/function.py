"""Inputs given by a function of time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import numpy as np

from netframe.arrays import array_namespace
from netframe.fields import component
from netframe.inputs.source import InputSource, between
from netframe.values import Values


@component
class FunctionInput(InputSource):
    """Rates from ``function(t, xp)``, an array of shape ``(..., size)`` in Hz.

    ``xp`` is the array namespace to compute with, ``numpy`` or ``jax.numpy``. A solver cannot see where a function
    jumps: give ``jumps``, the times of its jumps and bends, or ``()`` for a smooth one; or ``max_step``, the longest
    step in s that does not pass over a change. With neither, steps are kept to a tenth of the shortest time constant
    of the network, and a warning says so.

    Example:
        >>> import netframe as nf
        >>> wave = nf.FunctionInput("wave", size=1, jumps=(), function=lambda t, xp: 5.0 + xp.sin(xp.asarray([t])))
        >>> wave.rate(0.0, None)
        array([5.])
    """

    size: int
    function: Callable[[Any, Any], Any]
    jumps: tuple[float, ...] | None = attrs.field(
        default=None, converter=lambda x: x if x is None else tuple(map(float, x))
    )
    max_step: float | None = None

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if not callable(self.function):
            yield f"function is {self.function!r}; it must be a function of (t, xp)"
        else:
            shape = np.shape(self.rate(0.0, Values()))
            if shape[-1:] != (self.size,):
                yield f"function(0.0, numpy) has shape {shape}; expected (..., {self.size}), channels last"
        if self.jumps is not None and not np.all(np.isfinite(self.jumps)):
            yield f"jumps is {self.jumps}; every time must be finite"
        if self.max_step is not None and not self.max_step > 0:
            yield f"max_step is {self.max_step!r}; it must be positive, in s"

    def rate(self, t: Any, s: Values) -> Any:
        xp = array_namespace(t)
        return xp.asarray(self.function(t, xp))

    def batch_shapes(self) -> dict[str, tuple[int, ...]]:
        batch = np.shape(self.rate(0.0, Values()))[:-1]
        return {"function": batch} if batch else {}

    def breakpoints(self, t0: float, t1: float) -> np.ndarray:
        return between(self.jumps or (), t0, t1)

    def largest_step(self) -> float | None:
        if self.max_step is None and self.jumps is not None:
            return math.inf
        return self.max_step
