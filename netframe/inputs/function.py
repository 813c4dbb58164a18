"""Inputs given by a function of time."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs
import numpy as np

from netframe.arrays import array_namespace, members_of
from netframe.errors import brief
from netframe.fields import component
from netframe.inputs.source import InputSource, between
from netframe.values import Values


@component
class FunctionInput(InputSource):
    """Rates from ``function(t, xp)``, an array of shape ``(..., size)`` in Hz.

    ``xp`` is the array namespace to compute with, ``numpy`` or ``jax.numpy``. A solver cannot see where a function
    jumps: give ``jumps``, the times of its jumps and bends, or ``()`` for a smooth one; or ``max_step``, the longest
    step in s that does not pass over a change. With neither, steps are kept to a tenth of the shortest time constant
    of the network, and a warning says so. What a function gives depends on the time alone: a compiled run reads it
    once, and does not see that something it uses has changed since. Make another input for another function.

    Example:
        >>> import netframe as nf
        >>> wave = nf.FunctionInput("wave", size=1, jumps=(), function=lambda t, xp: 5.0 + xp.sin(xp.asarray([t])))
        >>> wave.rate(0.0, None)
        array([5.])
    """

    size: int
    function: Callable[[Any, Any], Any]
    jumps: tuple[float, ...] | None = attrs.field(
        default=None, converter=lambda x: tuple(x) if isinstance(x, Iterable) and not isinstance(x, str) else x
    )
    max_step: float | None = None

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if not callable(self.function):
            yield f"function is {brief(self.function)}; it must be a function of (t, xp)"
        else:
            yield from self._trial()
        if self.jumps is not None and not (isinstance(self.jumps, tuple) and all(map(_is_time, self.jumps))):
            yield f"jumps is {brief(self.jumps)}; it must be a list of finite times in s"
        if self.max_step is not None and not (isinstance(self.max_step, (int, float)) and self.max_step > 0):
            yield f"max_step is {brief(self.max_step)}; it must be positive, in s"

    def _trial(self) -> Iterator[str]:
        """What is wrong with the function, called once at 0 s."""
        try:
            inspect.signature(self.function).bind(0.0, np)
        except TypeError as error:
            yield f"function cannot be called with (t, xp): {error}"
            return
        except ValueError:
            pass  # a built-in function does not tell
        try:
            value = self.rate(0.0, Values())
        except Exception as error:
            error.add_note(f"in the function of {self.label}, called with t = 0.0 and xp = numpy")
            raise
        if value.dtype.kind not in "buif":
            yield f"function(0.0, numpy) is of dtype {value.dtype}; real numbers are allowed"
        if value.shape[-1:] != (self.size,):
            yield f"function(0.0, numpy) has shape {value.shape}; expected (..., {self.size}), channels last"

    def rate(self, t: Any, s: Values) -> Any:
        xp = array_namespace(t)
        value = self.function(t, xp)
        return array_namespace(t, value).asarray(value)

    def batch_shapes(self) -> dict[str, tuple[int, ...]]:
        batch = np.shape(self.rate(0.0, Values()))[:-1]
        return {"function": batch} if batch else {}

    def member_fields(self, index: tuple[Any, ...]) -> dict[str, Any]:
        return {"function": functools.partial(_members, self.function, index)} if self.batch_shapes() else {}

    def breakpoints(self, t0: float, t1: float) -> np.ndarray:
        return between(self.jumps or (), t0, t1)

    def largest_step(self) -> float | None:
        if self.max_step is None and self.jumps is not None:
            return math.inf
        return self.max_step


def _members(function: Callable[[Any, Any], Any], index: tuple[Any, ...], t: Any, xp: Any) -> Any:
    """What a function gives to some members of a batch; it is called for the whole batch."""
    rates = array_namespace(t, *index).asarray(function(t, xp))
    return members_of(rates, rates.ndim - 1, index)


def _is_time(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and math.isfinite(value)
