"""Pulses that come back."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from netframe.arrays import array_namespace
from netframe.fields import Param, component, parameter
from netframe.inputs.source import InputSource, are_concrete, on_channels
from netframe.inputs.trains import edges_of_trains, place_in_train
from netframe.validators import Validator, finite, non_negative, not_nan, positive
from netframe.values import Values

_counts = Validator("a whole number of at least 1, or infinite", lambda x: (x >= 1) & (np.floor(x) == x))


@component
class PulseTrain(InputSource):
    """Pulses of one height and width that come back with a period.

        rate = baseline + amplitude   while onset + k period <= t < onset + k period + width
        rate = baseline               otherwise

    for ``k = 0, 1, ...`` below ``count``, as long as the pulse begins before ``until``; one that has begun is finished.
    Without ``count`` and ``until`` there is no last pulse. A ``width`` equal to the ``period`` is one long pulse, a
    longer one an error. Any parameter may be one number, one per channel, or a batch; the rate has shape
    ``(..., size)``. The jumps are breakpoints, so pulses of any length are integrated to tolerance.

    Example:
        >>> import netframe as nf
        >>> train = nf.PulseTrain("P", size=1, amplitude=40.0, onset=0.1, width=0.05, period=0.2, count=2)
        >>> train.breakpoints(0.0, 1.0).round(12)
        array([0.1 , 0.15, 0.3 , 0.35])
        >>> train.rate(0.12, None)
        array([40.])
    """

    size: int
    baseline: Param = parameter(0.0, unit="Hz", validator=non_negative, doc="rate between pulses")
    amplitude: Param = parameter(unit="Hz", doc="what a pulse adds to the baseline")
    onset: Param = parameter(0.0, unit="s", validator=finite, doc="when the first pulse begins")
    width: Param = parameter(unit="s", validator=positive, doc="how long a pulse lasts")
    period: Param = parameter(unit="s", validator=positive, doc="from the begin of a pulse to the next")
    count: Param = parameter(math.inf, unit="1", validator=_counts, doc="number of pulses")
    until: Param = parameter(math.inf, unit="s", validator=not_nan, doc="no pulse begins from here on")

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if are_concrete(self.width, self.period) and np.any(self.width > self.period):
            yield f"width ({self.width} s) must not be longer than period ({self.period} s)"
        if are_concrete(self.baseline, self.amplitude) and np.any(self.baseline + self.amplitude < 0):
            yield f"baseline ({self.baseline} Hz) plus amplitude ({self.amplitude} Hz) must be zero or more"

    def rate(self, t: Any, s: Values) -> Any:
        xp = array_namespace(t, self.baseline, self.amplitude, *self._times)
        k, start, lasting = place_in_train(t, self.onset, self.period, self.width, xp)
        inside = lasting & (k >= 0) & (k < self.count) & (start < self.until)
        return on_channels(self.baseline + self.amplitude * xp.where(inside, 1.0, 0.0), self.size)

    @property
    def _times(self) -> tuple[Any, ...]:
        return self.onset, self.period, self.width, self.count, self.until

    def breakpoints(self, t0: float, t1: float) -> np.ndarray:
        return edges_of_trains(t0, t1, self._times, joined=True) if are_concrete(*self._times) else np.empty(0)

    def constant_between(self, t0: float, t1: float) -> bool:
        known = are_concrete(*self._times) and math.isfinite(t0) and math.isfinite(t1)
        return known and not self.breakpoints(t0, t1).size
