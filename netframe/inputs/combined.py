"""Inputs made of other inputs: sums, and one after the other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from netframe.arrays import array_namespace
from netframe.component import Declared
from netframe.errors import brief
from netframe.fields import Param, component, fields, parameter, states
from netframe.inputs.source import InputSource, are_concrete, between
from netframe.validators import finite
from netframe.values import Values


@component
class CombinedInput(InputSource):
    """An input that holds others, which belong to it as an activation belongs to a population.

    Their parameters have paths through the fields they are in, as in
    ``network.with_parameters({"P.first.amplitude": 20.0})``, and their batch axes are those of the whole.
    """

    def parts(self) -> dict[str, Declared]:
        values = {field.name: getattr(self, field.name) for field in fields(type(self))}
        return {name: value for name, value in values.items() if isinstance(value, Declared)}

    def problems(self) -> Iterator[str]:
        if all(isinstance(part, InputSource) for part in self.parts().values()):
            yield from super().problems()
        for name, part in self.parts().items():
            if not isinstance(part, InputSource):
                yield f"{name} is {brief(part)}; it must be an input, such as StepInput"
            elif states(type(part)):
                yield f"{name} is {part.label}, which has states of its own and must stand in a network by itself"
            elif part.largest_step() is None:
                yield f"{name} is {part.label}, of whose jumps nothing is known; give it jumps= or max_step="


@component
class Pair(CombinedInput):
    """Two inputs with the same number of channels."""

    first: InputSource
    second: InputSource

    @property
    def size(self) -> int:
        """The number of channels, of both."""
        return self.first.size

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        for name, part in (("first", self.first), ("second", self.second)):
            if not isinstance(part, Declared):
                yield f"{name} is {brief(part)}; it must be an input, such as StepInput"
        if not (isinstance(self.first, InputSource) and isinstance(self.second, InputSource)):
            return
        sizes = f"{self.first.label} has {self.first.size} channels and {self.second.label} has {self.second.size}"
        if self.first.size != self.second.size:
            yield f"{sizes}; both must have the same number"
        batches = [batch for part in self.parts().values() for batch in part.batch_shapes().values()]
        try:
            np.broadcast_shapes(*batches)
        except ValueError:
            yield f"the batch axes {' and '.join(map(str, dict.fromkeys(batches)))} do not go together"

    def largest_step(self) -> float:
        return min(part.largest_step() or math.inf for part in (self.first, self.second))


@component
class SummedInput(Pair):
    """Two inputs at once, their rates added; ``a + b`` makes one called ``a_plus_b``.

        rate = first.rate + second.rate

    The breakpoints are those of both, and it is constant where both are. It is defined where both are.

    Example:
        >>> import netframe as nf
        >>> noise = nf.ConstantInput("noise", rates=[1.0, 2.0])
        >>> pulse = nf.StepInput("pulse", size=2, amplitude=10.0, onset=0.1, offset=0.2)
        >>> both = (noise + pulse).copy("both")
        >>> both.rate(0.15, None), both.breakpoints(0.0, 1.0)
        (array([11., 12.]), array([0.1, 0.2]))
    """

    def rate(self, t: Any, s: Values) -> Any:
        return self.first.rate(t, s) + self.second.rate(t, s)

    def breakpoints(self, t0: float, t1: float) -> np.ndarray:
        return between(np.concatenate([part.breakpoints(t0, t1) for part in (self.first, self.second)]), t0, t1)

    def constant_between(self, t0: float, t1: float) -> bool:
        return is_constant(self.first, t0, t1) and is_constant(self.second, t0, t1)

    def covers(self) -> tuple[float, float]:
        (first, last), (begin, end) = self.first.covers(), self.second.covers()
        return max(first, begin), min(last, end)


@component
class ConsecutiveInput(Pair):
    """One input up to a time and then another, whose own time starts there; ``a.then(b, at=...)`` makes one.

        rate = first.rate(t)        for t < at
        rate = second.rate(t - at)  for t >= at

    So a step of ``onset=0.1`` after ``at=1.0`` begins at 1.1 s. What the second does before its own zero is not seen.
    ``at`` is one number, for all channels and members of a batch, and a breakpoint.

    Example:
        >>> import netframe as nf
        >>> quiet = nf.ConstantInput("quiet", rates=[0.0])
        >>> later = quiet.then(nf.StepInput("pulse", size=1, amplitude=10.0, onset=0.25, offset=0.5), at=1.0)
        >>> later.name, later.breakpoints(0.0, 2.0)
        ('quiet_then_pulse', array([1.  , 1.25, 1.5 ]))
    """

    at: Param = parameter(unit="s", validator=finite, doc="when the second takes over")

    def problems(self) -> Iterator[str]:
        found = [*super().problems()]
        yield from found
        if np.ndim(self.at):
            yield f"at has shape {np.shape(self.at)}; it must be one number"
        elif not found and are_concrete(self.at):
            (begin, end), (start, stop) = self.first.covers(), self.second.covers()
            if not begin <= self.at <= end:
                yield f"at ({self.at} s) is outside of what {self.first.label} covers, {begin:g} to {end:g} s"
            if start > 0.0 or stop < 0.0:
                yield f"{self.second.label} covers {start:g} to {stop:g} s of its own time, which starts at 0 s"

    def rate(self, t: Any, s: Values) -> Any:
        xp = array_namespace(t, self.at)
        before, after = self.first.rate(xp.minimum(t, self.at), s), self.second.rate(xp.maximum(t - self.at, 0.0), s)
        return xp.where(t < self.at, before, after)

    def breakpoints(self, t0: float, t1: float) -> np.ndarray:
        if not are_concrete(self.at):
            return np.empty(0)
        at = float(self.at)
        found = [self.first.breakpoints(t0, min(t1, at))] if t0 < at else []
        if t1 > at:
            slack = 8.0 * np.spacing(max(abs(at), abs(t0), abs(t1)))  # what rounding may move across an end
            own = self.second.breakpoints(max(t0 - at - slack, 0.0), t1 - at + slack)
            found += [np.array([at]), _moved(own, at)]
        return between(np.concatenate(found), t0, t1) if found else np.empty(0)

    def constant_between(self, t0: float, t1: float) -> bool:
        if not are_concrete(self.at) or t0 < self.at < t1:
            return False
        if t1 <= self.at:
            return is_constant(self.first, t0, t1)
        at = float(self.at)
        return is_constant(self.second, t0 - at, math.nextafter(t1, -math.inf) - at)

    def covers(self) -> tuple[float, float]:
        return self.first.covers()[0], float(self.at) + self.second.covers()[1]


def is_constant(source: InputSource, t0: float, t1: float) -> bool:
    """Whether an input says that it does not change, and still means it: a subclass may have another rate."""
    from netframe.promises import speaks_of

    return speaks_of(type(source), "constant_between", ("rate",)) and source.constant_between(t0, t1)


def _moved(times: np.ndarray, at: float) -> np.ndarray:
    """The earliest numbers that are, less ``at``, no longer before the given times: the side of a jump is exact."""
    found = (at + times) - 0.5 * (times - np.nextafter(times, -np.inf))
    for _ in range(4):
        found = np.where(found - at < times, np.nextafter(found, np.inf), found)
    for _ in range(4):
        earlier = np.nextafter(found, -np.inf)
        found = np.where(earlier - at >= times, earlier, found)
    return found
