"""Responses by the value of a stimulus."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from netframe.analysis.checks import is_number, non_negative, numbers
from netframe.analysis.kept_times import EVENNESS
from netframe.analysis.population_responses import labels_of, taken
from netframe.analysis.similarity import centred
from netframe.calls import explained
from netframe.errors import ParameterError, brief
from netframe.labels import AxisLabels
from netframe.tables import short_repr

#: Stimuli this close are one stimulus, as a share of the largest.
ROUNDING = 1e-9


@attrs.frozen(eq=False, repr=False)
class TuningCurves:
    """Mean responses by stimulus.

    ``stimuli``, of shape ``(n_stimuli,)``, are the different values in order; ``curves``, of shape ``(..., n_stimuli,
    unit)``, the mean response to each; ``n_patterns``, of shape ``(n_stimuli,)``, how many patterns had it.
    ``labels`` are those of the solution, for pictures.
    """

    stimuli: np.ndarray
    curves: np.ndarray
    n_patterns: np.ndarray
    labels: AxisLabels | None = attrs.field(default=None, repr=False)

    __repr__ = short_repr

    @property
    def preferred(self) -> np.ndarray:
        """The stimulus of each unit's largest response, the least of several, shape ``(..., unit)``.

        NaN for a unit that responds to all stimuli alike.
        """
        flat = np.all(centred(self.curves, axis=-2) == 0.0, axis=-2)
        return np.where(flat, np.nan, self.stimuli[np.argmax(self.curves, axis=-2)])

    def circular_variance(self, period: float) -> np.ndarray:
        """How broadly each unit is tuned to a stimulus that comes round, shape ``(..., unit)``.

            V = 1 - |sum_k r_k exp(2 pi i s_k / period)| / sum_k r_k

        0 for a unit that responds to one stimulus, 1 for one that responds to all alike; NaN for a silent one.
        ``period`` is in the unit of the stimuli: 180 for orientations in degrees, 360 for directions.
        Errors: :class:`ParameterError` for stimuli that are not two or more spaced evenly around the period, and for
        negative responses.

        Source: Ringach, Shapley & Hawken (2002), J Neurosci 22:5639.
        """
        return 1.0 - np.abs(self._direction(period))

    def circular_mean(self, period: float) -> np.ndarray:
        """The stimulus each unit's responses point to on average, from 0 up to ``period``, shape ``(..., unit)``.

        The angle of the sum in :meth:`circular_variance`, in the unit of the stimuli; NaN where that sum is zero to
        rounding. Errors: as :meth:`circular_variance`.
        """
        direction = self._direction(period)
        angle = np.angle(direction) * (period / (2.0 * np.pi))
        angle = np.mod(np.mod(angle, period), period)  # the first gives the period itself for -1e-17
        return np.where(np.abs(direction) > 1e-12, angle, np.nan)

    def _direction(self, period: float) -> np.ndarray:
        """The mean direction of each unit's responses as a complex number, NaN for a silent unit."""
        name = "TuningCurves"
        if not (is_number(period) and period > 0):
            text = f"period is {brief(period)}; it must be a number above zero, in the unit of the stimuli"
            raise ParameterError(text, component=name, attribute="period")
        n, first = len(self.stimuli), self.stimuli[0]
        around = (self.stimuli - first) * (n / period)
        if n < 2 or np.max(np.abs(around - np.arange(n))) > EVENNESS:
            text = f"stimuli are {np.array2string(self.stimuli, threshold=8)}; a circular measure needs two or more"
            remedy = f"For {n} stimuli from {first:g} on that would be steps of {period / n:g}"
            raise ParameterError(f"{text}, evenly spaced around the period {period:g}", component=name, remedy=remedy)
        non_negative(name, self.curves, "a circular measure is one for rates of zero or more")
        largest = self.curves.max(axis=-2, keepdims=True)
        r = self.curves / np.where(largest > 0.0, largest, 1.0)  # at most 1, so the sum is finite
        total = r.sum(axis=-2)
        turned = (r * np.exp(2j * np.pi * self.stimuli / period)[:, None]).sum(axis=-2)
        return np.where(total > 0.0, turned / np.where(total > 0.0, total, 1.0), np.nan)


@explained
def tuning_curves(
    x: Any,
    stimuli: Any,
    path: str | None = None,
    *,
    at: float | None = None,
    window: tuple[float, float] | None = None,
) -> TuningCurves:
    """The mean response of each unit to each value of a stimulus: ``(..., pattern, unit) -> (..., n_stimuli, unit)``.

    ``stimuli``, of shape ``(pattern,)``, is the value each pattern had; patterns with the same value, to 1e-9 of the
    largest, are averaged. Other arguments are those of :func:`responses`. Errors: :class:`ParameterError`, also for
    stimuli that are not one number for each pattern.

    Example:
        >>> from netframe import analysis
        >>> rates = np.array([[8.0, 1.0], [4.0, 1.0], [0.0, 5.0]])                    # (pattern, unit)
        >>> curves = analysis.tuning_curves(rates, [0.0, 0.0, 90.0])
        >>> curves.curves.tolist(), curves.preferred.tolist()
        ([[6.0, 1.0], [0.0, 5.0]], [0.0, 90.0])
        >>> curves.circular_variance(180.0).round(3).tolist()
        [0.0, 0.333]
    """
    array = taken("tuning_curves", x, path, at, window)
    values = numbers("tuning_curves", "stimuli", stimuli, ("pattern",))
    if values.shape != array.shape[-2:-1]:
        text = f"stimuli has shape {values.shape}; expected ({array.shape[-2]},), a number for each pattern"
        raise ParameterError(text, component="tuning_curves", attribute="stimuli")
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    new = np.diff(ranked, prepend=-np.inf) > ROUNDING * np.max(np.abs(values))
    starts = np.flatnonzero(new)
    n_patterns = np.diff(np.append(starts, len(values)))
    sums = np.add.reduceat(array[..., order, :], starts, axis=-2)
    labels = labels_of(x, path, at, window)
    labels = labels and labels.of_all_patterns()
    return TuningCurves(ranked[starts], sums / n_patterns[:, None], n_patterns, labels)
