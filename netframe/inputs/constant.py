"""Inputs that are constant, once or piece by piece."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Self

import numpy as np

from netframe.arrays import array_namespace, is_concrete
from netframe.fields import Param, component, parameter
from netframe.inputs.source import InputSource, between
from netframe.validators import non_negative, not_nan
from netframe.values import Values


@component
class ConstantInput(InputSource):
    """One pattern of rates that never changes, or a batch of patterns: ``rates`` of shape ``(..., size)`` in Hz.

    Example:
        >>> import netframe as nf
        >>> nf.ConstantInput("FFE", rates=np.ones((10, 7))).size     # ten patterns of seven channels
        7
    """

    rates: Param = parameter(unit="Hz", validator=non_negative, doc="firing rates, last axis channels")

    @property
    def size(self) -> int:
        """The number of channels: the last axis of ``rates``."""
        return int(np.shape(self.rates)[-1]) if np.ndim(self.rates) else 0

    def problems(self) -> Iterator[str]:
        if self.size < 1:
            given = f"have shape {np.shape(self.rates)}" if np.ndim(self.rates) else f"is {self.rates!r}"
            text = f"rates {given}; they must be an array with one entry or more for the channels on its last axis"
            yield text if np.ndim(self.rates) else f"{text}, such as np.full(3, {self.rates!r}) for three channels"
        yield from super().problems()

    def replace(self, **changes: Any) -> Self:
        """The same input with some fields changed; a number for ``rates`` stands for all channels."""
        rates = changes.get("rates")
        if isinstance(rates, (int, float, np.number)) and not isinstance(rates, bool):
            changes["rates"] = np.full(self.size, float(rates))
        return super().replace(**changes)

    def rate(self, t: Any, s: Values) -> Any:
        return self.rates

    def constant_between(self, t0: float, t1: float) -> bool:
        return True


@component
class StepInput(InputSource):
    """A baseline with a step on top: ``baseline + amplitude`` for ``onset <= t < offset``, ``baseline`` otherwise.

    Any of them may be one number, one per channel, or a batch. The jumps are breakpoints, so a step of any length is
    integrated to tolerance.

    Example:
        >>> import netframe as nf
        >>> pulse = nf.StepInput("pulse", size=1, amplitude=40.0, onset=0.1, offset=0.15)
        >>> pulse.breakpoints(0.0, 1.0)
        array([0.1 , 0.15])
    """

    size: int
    baseline: Param = parameter(0.0, unit="Hz", validator=non_negative, doc="rate outside the step")
    amplitude: Param = parameter(unit="Hz", doc="what the step adds to the baseline")
    onset: Param = parameter(unit="s", validator=not_nan, doc="when the step begins")
    offset: Param = parameter(math.inf, unit="s", validator=not_nan, doc="when the step ends")

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if is_concrete(self.onset) and is_concrete(self.offset) and not np.all(self.offset > self.onset):
            yield f"offset ({self.offset} s) must be later than onset ({self.onset} s)"
        if is_concrete(self.baseline) and is_concrete(self.amplitude) and np.any(self.baseline + self.amplitude < 0):
            yield f"baseline ({self.baseline} Hz) plus amplitude ({self.amplitude} Hz) must be zero or more"

    def rate(self, t: Any, s: Values) -> Any:
        xp = array_namespace(t, self.baseline, self.amplitude, self.onset, self.offset)
        inside = (t >= self.onset) & (t < self.offset)
        return xp.broadcast_to(self.baseline + self.amplitude * xp.where(inside, 1.0, 0.0), self._shape)

    @property
    def _shape(self) -> tuple[int, ...]:
        return np.broadcast_shapes(
            (self.size,), *(np.shape(x) for x in (self.baseline, self.amplitude, self.onset, self.offset))
        )

    def breakpoints(self, t0: float, t1: float) -> np.ndarray:
        if not (is_concrete(self.onset) and is_concrete(self.offset)):
            return np.empty(0)
        return between(np.concatenate([np.ravel(self.onset), np.ravel(self.offset)]), t0, t1)

    def constant_between(self, t0: float, t1: float) -> bool:
        known = is_concrete(self.onset) and is_concrete(self.offset)
        return known and math.isfinite(t0) and math.isfinite(t1) and not self.breakpoints(t0, t1).size
