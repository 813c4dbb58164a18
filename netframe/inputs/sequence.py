"""Patterns shown one after the other."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from netframe.arrays import array_namespace, read_only
from netframe.errors import brief
from netframe.fields import Param, component, parameter
from netframe.inputs.source import InputSource, are_concrete, on_channels
from netframe.inputs.trains import edges_of_trains, place_in_train
from netframe.validators import finite, non_negative, positive
from netframe.values import Values


@component
class PatternSequence(InputSource):
    """Patterns of rates, each shown for ``duration`` s, with ``gap`` s of ``baseline`` after each.

    ``patterns`` has shape ``(n_patterns, n)``, batch axes before it allowed; the rate has shape ``(..., n)``. The k-th
    presentation is on for ``onset + k (duration + gap) <= t < onset + k (duration + gap) + duration`` and shows pattern
    ``order[k]``. All patterns are shown ``repeats`` times: in the order of their rows or, given a ``seed``, shuffled
    anew each time, in the same order in all members of a batch. Before the first and after the last there is the
    baseline. Each begin and end of a presentation is a breakpoint.

    Times may differ between channels and members of a batch too.

    Example:
        >>> import netframe as nf
        >>> shown = nf.PatternSequence("P", patterns=[[10.0, 0.0], [0.0, 20.0]], duration=0.1, gap=0.1, repeats=2)
        >>> shown.order.tolist(), int(shown.pattern_at(0.25)), int(shown.pattern_at(0.15))
        ([0, 1, 0, 1], 1, -1)
        >>> shown.rate(0.25, None)
        array([ 0., 20.])
    """

    patterns: Param = parameter(unit="Hz", axes=("pattern", "cell"), validator=non_negative, doc="rates, a row each")
    duration: Param = parameter(unit="s", validator=positive, doc="how long each pattern is shown")
    gap: Param = parameter(0.0, unit="s", validator=non_negative, doc="baseline after each pattern")
    baseline: Param = parameter(0.0, unit="Hz", validator=non_negative, doc="rate when no pattern is shown")
    onset: Param = parameter(0.0, unit="s", validator=finite, doc="when the first pattern is shown")
    repeats: int = 1
    seed: int | None = None

    @property
    def size(self) -> int:
        """The number of channels: the last axis of ``patterns``."""
        return int(self.patterns.shape[-1]) if np.ndim(self.patterns) >= 2 else 0

    @property
    def n_patterns(self) -> int:
        """The number of patterns: the last axis but one of ``patterns``."""
        return int(self.patterns.shape[-2]) if np.ndim(self.patterns) >= 2 else 0

    def axis_sizes(self) -> dict[str, int]:
        return super().axis_sizes() | {"pattern": self.n_patterns} if self.n_patterns else {}

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if not (self.size and self.n_patterns):
            one = ". A single pattern is patterns=[rates]" if np.ndim(self.patterns) == 1 else ""
            yield f"patterns have shape {np.shape(self.patterns)}; expected (..., n_patterns, n), a row each{one}"
        if not _whole(self.repeats) or self.repeats < 1:
            yield f"repeats is {brief(self.repeats)}; it must be a whole number of at least 1"
        if self.seed is not None and (not _whole(self.seed) or self.seed < 0):
            yield f"seed is {brief(self.seed)}; it must be a whole number of at least 0, or None to show rows in order"

    @functools.cached_property
    def order(self) -> np.ndarray:
        """The pattern that each presentation shows, shape ``(n_patterns * repeats,)``."""
        if self.seed is None:
            return read_only(np.tile(np.arange(self.n_patterns), self.repeats))
        rng = np.random.Generator(np.random.PCG64(self.seed))
        return read_only(np.concatenate([rng.permutation(self.n_patterns) for _ in range(self.repeats)]))

    def pattern_at(self, t: Any) -> Any:
        """The row of ``patterns`` shown at ``t`` s, ``-1`` when none is; an array where times differ in a batch."""
        xp = array_namespace(t, *self._times)
        order = xp.asarray(self.order)
        k, _, lasting = place_in_train(t, self.onset, self.duration + self.gap, self.duration, xp)
        inside = lasting & (k >= 0) & (k < len(order))
        return xp.where(inside, order[xp.clip(k, 0, len(order) - 1).astype(int)], -1)

    def rate(self, t: Any, s: Values) -> Any:
        xp = array_namespace(t, self.patterns, self.baseline, *self._times)
        row, patterns = self.pattern_at(t), xp.asarray(self.patterns)
        if np.ndim(row) == 0:
            shown = patterns[..., row, :]
        else:
            lead = np.broadcast_shapes(np.shape(row)[:-1], patterns.shape[:-2])
            rows = xp.broadcast_to(row, (*lead, self.size))[..., None, :]
            patterns = xp.broadcast_to(patterns, (*lead, *patterns.shape[-2:]))
            shown = xp.take_along_axis(patterns, xp.maximum(rows, 0), axis=-2)[..., 0, :]
        return on_channels(xp.where(row >= 0, shown, self.baseline), self.size)

    @property
    def _times(self) -> tuple[Any, Any, Any]:
        return self.onset, self.duration, self.gap

    def breakpoints(self, t0: float, t1: float) -> np.ndarray:
        if not are_concrete(*self._times):
            return np.empty(0)
        train = (self.onset, self.duration + self.gap, self.duration, float(len(self.order)), math.inf)
        return edges_of_trains(t0, t1, train, joined=False)

    def constant_between(self, t0: float, t1: float) -> bool:
        known = are_concrete(*self._times) and math.isfinite(t0) and math.isfinite(t1)
        return known and not self.breakpoints(t0, t1).size


def _whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
