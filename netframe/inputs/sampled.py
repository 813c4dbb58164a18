"""Inputs that replay recorded rates."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from netframe.arrays import array_namespace, is_concrete, members_of
from netframe.errors import suggestion
from netframe.fields import Param, component, parameter
from netframe.inputs.source import InputSource, between
from netframe.inputs.trains import rounded_product
from netframe.validators import non_negative
from netframe.values import Values

_INTERPOLATIONS = ("linear", "previous")
_BEYOND = ("error", "hold", "zero", "repeat")


@component
class SampledInput(InputSource):
    """Recorded rates: ``rates[k]``, of shape ``(..., size)`` in Hz, at ``times[k]`` in s.

    Time is the first axis of ``rates``, as in a solution, so ``(n_times, size)`` or ``(n_times, n_patterns, size)``.
    ``interpolation="linear"`` joins the samples by straight lines, ``"previous"`` holds each until the next. Where the
    slope or the value jumps is a breakpoint, where a run restarts: for recordings much finer than the time constants
    ``FixedStepIntegrator`` is the quicker choice.

    The recording covers ``times[0]`` to ``times[-1]``, so a thousand samples a millisecond apart cover 0.999 s. A run
    that leaves it is an error unless ``beyond`` says what to do there: ``"hold"`` the nearest sample, ``"zero"`` from
    ``times[-1]`` on, or ``"repeat"`` with the period ``times[-1] - times[0]``, the last sample giving way to the first.

    Example:
        >>> import netframe as nf
        >>> ramp = nf.SampledInput("ramp", times=[0.0, 1.0], rates=[[0.0], [10.0]])
        >>> float(ramp.rate(0.25, None)[0])
        2.5
    """

    times: Param = parameter(unit="s", axes=("time",), doc="times of the samples, increasing")
    rates: Param = parameter(unit="Hz", axes=("time", "cell"), validator=non_negative, doc="rates, first axis time")
    interpolation: str = "linear"
    beyond: str = "error"

    @property
    def size(self) -> int:
        """The number of channels: the last axis of ``rates``."""
        return int(self.rates.shape[-1]) if np.ndim(self.rates) >= 2 else 0

    def axis_sizes(self) -> dict[str, int]:
        return {}

    def batch_shapes(self) -> dict[str, tuple[int, ...]]:
        middle = tuple(self.rates.shape[1:-1])
        return {"rates": middle} if middle else {}

    def member_fields(self, index: tuple[Any, ...]) -> dict[str, Any]:
        n_axes = self.rates.ndim - 2
        if not n_axes:
            return {}
        xp = array_namespace(self.rates)
        rates = members_of(xp.moveaxis(self.rates, 0, n_axes), n_axes, index)
        return {"rates": xp.moveaxis(rates, 0, 1) if np.ndim(index[0]) else rates}

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if np.ndim(self.times) != 1 or len(self.times) < 2 or not _increasing(self.times):
            given = self.times.tolist()[:5] if np.ndim(self.times) == 1 else self.times
            yield f"times is {given}; it must be an increasing array of two or more times"
        elif np.ndim(self.rates) < 2 or len(self.rates) != len(self.times) or self.size < 1:
            expected = f"({len(self.times)}, ..., size), one row for each time"
            expected += ". Did you pass the transpose?" * (np.shape(self.rates)[-1:] == (len(self.times),))
            yield f"rates have shape {np.shape(self.rates)}; expected {expected}"
        for name, allowed in (("interpolation", _INTERPOLATIONS), ("beyond", _BEYOND)):
            if getattr(self, name) not in allowed:
                yield f"{name} is {getattr(self, name)!r}. {suggestion(getattr(self, name), allowed)}"

    def rate(self, t: Any, s: Values) -> Any:
        xp = array_namespace(t, self.times, self.rates)
        times, rates = (self.times, self.rates) if xp is np else (xp.asarray(self.times), xp.asarray(self.rates))
        start, end, shift = times[0], times[-1], 0.0
        if self.beyond == "repeat":
            # Which side of a jump ``t`` is on must come out as in ``breakpoints``, to the last bit.
            period = end - start
            n = xp.floor((t - start) / period)
            n = n + (t >= start + rounded_product(n + 1, period, xp))
            n = n - (t < start + rounded_product(n, period, xp))
            shift = rounded_product(n, period, xp)
        inside = xp.clip(t - shift, start, end)
        k = xp.clip(xp.searchsorted(times, inside, side="right") - 1, 0, len(times) - 2)
        k = xp.clip(k - (t < times[k] + shift) + (t >= times[k + 1] + shift), 0, len(times) - 2)
        if self.interpolation == "previous":
            value = rates[k + (inside >= end) * (self.beyond != "repeat")]
        else:
            share = (inside - times[k]) / (times[k + 1] - times[k])
            value = rates[k] + share * (rates[k + 1] - rates[k])
        return xp.where((t >= start) & (t < end), value, 0.0) if self.beyond == "zero" else value

    def breakpoints(self, t0: float, t1: float) -> np.ndarray:
        if not is_concrete(self.times):
            return between(self.times, t0, t1)
        changes, period = self._changes, self.times[-1] - self.times[0]
        if self.beyond != "repeat":
            first, last = np.searchsorted(changes, [t0, t1])
            return between(changes[first : last + 1], t0, t1)
        first, last = (math.floor((t - self.times[0]) / period) for t in (t0, t1))
        return between(np.concatenate([changes + k * period for k in range(first, last + 1)]), t0, t1)

    @functools.cached_property
    def _changes(self) -> np.ndarray:
        """The samples at which the value (held) or the slope (interpolated) is not the one before; all when traced."""
        if not is_concrete(self.rates):
            return self.times
        step = np.diff(self.rates, axis=0).reshape(len(self.times) - 1, -1)
        if self.interpolation == "linear":
            step = np.diff(step / np.diff(self.times)[:, None], axis=0)
            return np.concatenate([self.times[:1], self.times[1:-1][np.any(step != 0, axis=1)], self.times[-1:]])
        return np.concatenate([self.times[:1], self.times[1:][np.any(step != 0, axis=1)], self.times[-1:]])

    def constant_between(self, t0: float, t1: float) -> bool:
        finite = math.isfinite(t0) and math.isfinite(t1)
        return (
            finite
            and self.interpolation == "previous"
            and is_concrete(self.times)
            and not self.breakpoints(t0, t1).size
        )

    def covers(self) -> tuple[float, float]:
        if self.beyond != "error":
            return -math.inf, math.inf
        return float(self.times[0]), float(self.times[-1])


def _increasing(times: Any) -> bool:
    return not is_concrete(times) or bool(np.all(np.diff(times) > 0))
