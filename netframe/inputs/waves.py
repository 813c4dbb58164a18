"""Rates that go up and down as sines."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from netframe.arrays import array_namespace, is_concrete
from netframe.fields import Param, component, parameter
from netframe.inputs.source import InputSource, are_concrete, between, on_channels
from netframe.validators import finite, non_negative, positive
from netframe.values import Values

#: Steps in a period at least, so that none passes over a wave.
_STEPS = 4.0


@component
class Wave(InputSource):
    """A mean rate with something on top that never exceeds an amplitude; ``mean`` must be the larger of the two."""

    size: int
    mean: Param = parameter(unit="Hz", validator=non_negative, doc="rate about which the wave goes")
    amplitude: Param = parameter(unit="Hz", doc="height of the wave above the mean")
    phase: Param = parameter(0.0, unit="rad", validator=finite, doc="phase at the start of the wave")

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if are_concrete(self.mean, self.amplitude) and np.any(self.mean < np.abs(self.amplitude)):
            yield f"mean ({self.mean} Hz) must be at least amplitude ({self.amplitude} Hz), or rates fall below zero"


@component
class Sine(Wave):
    """A sine about a mean rate, at all times.

        rate = mean + amplitude sin(2 pi frequency t + phase)

    Any parameter may be one number, one per channel, or a batch; the rate has shape ``(..., size)``. Solvers that
    choose their steps take four or more in the shortest period. A sine that begins is ``quiet.then(sine, at=0.5)``.

    Example:
        >>> import netframe as nf
        >>> nf.Sine("S", size=2, mean=10.0, amplitude=5.0, frequency=[1.0, 2.0]).rate(0.25, None).round(9)
        array([15., 10.])
    """

    frequency: Param = parameter(unit="Hz", validator=non_negative, doc="periods in a second")

    def rate(self, t: Any, s: Values) -> Any:
        xp = array_namespace(t, self.mean, self.amplitude, self.frequency, self.phase)
        wave = xp.sin(2.0 * math.pi * self.frequency * t + self.phase)
        return on_channels(self.mean + self.amplitude * wave, self.size)

    def largest_step(self) -> float:
        return _shortest(self.frequency)


@component
class Chirp(Wave):
    """A sine about a mean rate whose frequency goes along a straight line from one to another.

        rate = mean + amplitude sin(2 pi (f0 u + (f1 - f0) u^2 / (2 duration)) + phase),   u = t - onset

    for ``0 <= u < duration``, and ``mean`` otherwise; the frequency is ``f0 + (f1 - f0) u / duration``. Any parameter
    may be one number, one per channel, or a batch; the rate has shape ``(..., size)``. Begin and end are breakpoints;
    solvers that choose their steps take four or more in the shortest period.

    Example:
        >>> import netframe as nf
        >>> sweep = nf.Chirp("C", size=1, mean=10.0, amplitude=5.0, f0=1.0, f1=9.0, duration=2.0)
        >>> sweep.rate(0.5, None).round(9), sweep.breakpoints(-1.0, 5.0)
        (array([10.]), array([0., 2.]))
    """

    f0: Param = parameter(unit="Hz", validator=non_negative, doc="frequency at the onset")
    f1: Param = parameter(unit="Hz", validator=non_negative, doc="frequency at the end")
    duration: Param = parameter(unit="s", validator=positive, doc="how long the sweep lasts")
    onset: Param = parameter(0.0, unit="s", validator=finite, doc="when the sweep begins")

    def rate(self, t: Any, s: Values) -> Any:
        parameters = (self.mean, self.amplitude, self.phase, self.f0, self.f1, self.duration, self.onset)
        xp = array_namespace(t, *parameters)
        u = t - self.onset
        cycles = (self.f0 + (self.f1 - self.f0) * u / (2.0 * self.duration)) * u
        wave = xp.sin(2.0 * math.pi * cycles + self.phase)
        inside = (t >= self.onset) & (t < self.onset + self.duration)
        return on_channels(self.mean + self.amplitude * xp.where(inside, wave, 0.0), self.size)

    def breakpoints(self, t0: float, t1: float) -> np.ndarray:
        if not are_concrete(self.onset, self.duration):
            return np.empty(0)
        return between(np.concatenate([np.ravel(self.onset), np.ravel(self.onset + self.duration)]), t0, t1)

    def constant_between(self, t0: float, t1: float) -> bool:
        if not are_concrete(self.onset, self.duration):
            return False
        return bool(np.all((np.asarray(self.onset) >= t1) | (np.asarray(self.onset + self.duration) <= t0)))

    def largest_step(self) -> float:
        return min(_shortest(self.f0), _shortest(self.f1))


def _shortest(frequency: Any) -> float:
    """The longest step that does not pass over a wave of the highest of some frequencies."""
    if not is_concrete(frequency):
        return math.inf  # steps are limited before a run is compiled, when frequencies are known
    highest = float(np.max(frequency))
    return 1.0 / (_STEPS * highest) if highest > 0.0 else math.inf
