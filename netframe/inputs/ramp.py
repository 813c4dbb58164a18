"""Rates that rise or fall along a straight line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from netframe.arrays import array_namespace
from netframe.fields import Param, component, parameter
from netframe.inputs.source import InputSource, are_concrete, between, on_channels
from netframe.validators import finite, non_negative
from netframe.values import Values


@component
class Ramp(InputSource):
    """One rate, then a straight line to another, which is held.

        rate = start                                               for t <= onset
        rate = start + (stop - start) (t - onset)/(offset - onset) between
        rate = stop                                                for t >= offset

    Any parameter may be one number, one per channel, or a batch; the rate has shape ``(..., size)``. The two bends are
    breakpoints.

    Example:
        >>> import netframe as nf
        >>> nf.Ramp("R", size=2, stop=[10.0, 20.0], onset=0.0, offset=1.0).rate(0.5, None)
        array([ 5., 10.])
    """

    size: int
    start: Param = parameter(0.0, unit="Hz", validator=non_negative, doc="rate up to the onset")
    stop: Param = parameter(unit="Hz", validator=non_negative, doc="rate from the offset on")
    onset: Param = parameter(unit="s", validator=finite, doc="when the line begins")
    offset: Param = parameter(unit="s", validator=finite, doc="when the line ends")

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if are_concrete(self.onset, self.offset) and not np.all(self.offset > self.onset):
            yield f"offset ({self.offset} s) must be later than onset ({self.onset} s)"

    def rate(self, t: Any, s: Values) -> Any:
        xp = array_namespace(t, self.start, self.stop, self.onset, self.offset)
        share = xp.clip((t - self.onset) / (self.offset - self.onset), 0.0, 1.0)
        return on_channels((1.0 - share) * self.start + share * self.stop, self.size)

    def breakpoints(self, t0: float, t1: float) -> np.ndarray:
        if not are_concrete(self.onset, self.offset):
            return np.empty(0)
        return between(np.concatenate([np.ravel(self.onset), np.ravel(self.offset)]), t0, t1)

    def constant_between(self, t0: float, t1: float) -> bool:
        if not are_concrete(self.onset, self.offset):
            return False
        return bool(np.all((np.asarray(self.onset) >= t1) | (np.asarray(self.offset) <= t0)))
