"""InputSource: the abstract input."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from netframe.arrays import array_namespace, is_concrete
from netframe.calls import explained
from netframe.component import Node
from netframe.fields import component


@component
class InputSource(Node):
    """``size`` channels that fire at rates given from outside.

    A subclass writes ``rate(t, s)``, shape ``(..., size)`` in Hz at a time ``t`` in s, and says what a solver has to
    know: where the rate jumps or bends, when it is constant, and from when to when it is defined.

    Example:
        >>> import numpy as np, netframe as nf
        >>> @nf.component
        ... class Decay(nf.InputSource):
        ...     size: int
        ...     tau: nf.Param = nf.parameter(0.1, unit="s", validator=nf.positive, doc="time constant")
        ...     def rate(self, t, s):
        ...         xp = nf.array_namespace(t)
        ...         return 40.0 * xp.exp(-t / self.tau) * xp.ones(self.size)
        >>> Decay("D", size=2).rate(0.0, None)
        array([40., 40.])
    """

    ports: ClassVar[dict[str, str]] = {}

    def breakpoints(self, t0: float, t1: float) -> np.ndarray:
        """The times strictly between ``t0`` and ``t1`` at which the rate, or its slope, jumps."""
        return np.empty(0)

    def constant_between(self, t0: float, t1: float) -> bool:
        """Whether the rate is one and the same from ``t0`` to ``t1``, so that it is computed once."""
        return False

    def covers(self) -> tuple[float, float]:
        """The times from which to which the rate is defined."""
        return -math.inf, math.inf

    def largest_step(self) -> float | None:
        """The longest solver step, in s, that cannot pass over a change; ``None`` where nobody knows."""
        return math.inf

    def __add__(self, other: Any) -> InputSource:
        """Both at once, their rates added: a :class:`SummedInput`, called ``a_plus_b`` until it is copied."""
        if not isinstance(other, InputSource):
            return NotImplemented
        from netframe.inputs.combined import SummedInput

        return SummedInput(f"{self.name}_plus_{other.name}"[:64], first=self, second=other)

    @explained
    def then(self, other: InputSource, at: float) -> InputSource:
        """This one until ``at`` s, from there the other, whose own time starts there: a :class:`ConsecutiveInput`."""
        from netframe.inputs.combined import ConsecutiveInput

        name = f"{self.name}_then_{getattr(other, 'name', 'other')}"
        return ConsecutiveInput(name[:64], first=self, second=other, at=at)


def between(times: Any, t0: float, t1: float) -> np.ndarray:
    """The distinct ``times`` strictly between ``t0`` and ``t1``, in order."""
    times = np.unique(np.asarray(times, dtype=np.float64))
    return times[(times > t0) & (times < t1) & np.isfinite(times)]


def on_channels(value: Any, size: int) -> Any:
    """Rates of shape ``(..., size)`` from rates that may have one channel for all, or no axis at all."""
    return array_namespace(value).broadcast_to(value, np.broadcast_shapes((size,), np.shape(value)))


def are_concrete(*values: Any) -> bool:
    """Whether all values have numbers in them, so that times can be told."""
    return all(map(is_concrete, values))
