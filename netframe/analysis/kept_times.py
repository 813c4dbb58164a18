"""Which of the times a run kept are meant: the nearest to one, those inside a window, evenly spaced ones."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from netframe.analysis.checks import is_number
from netframe.errors import ParameterError, brief

#: Times this close are one time, as a share of the largest of them.
ROUNDING = 1e-9
#: Intervals this alike are one interval, as a share of their mean.
EVENNESS = 1e-6


def nearest(t: np.ndarray, at: Any, *, function: str) -> int:
    """The position of the kept time nearest to ``at`` in s; one outside of what was kept is an error."""
    if not (is_number(at) and t[0] - _rounding(t) <= at <= t[-1] + _rounding(t)):
        text = f"at is {brief(at)}; it must be one time in s from {t[0]:g} to {t[-1]:g}, which were kept"
        raise ParameterError(text, component=function, attribute="at")
    return int(np.argmin(np.abs(t - at)))


def inside(t: np.ndarray, window: Any, *, function: str) -> slice:
    """The kept times with ``start <= t < stop``, where a time that rounding has moved off an end counts as at it."""
    try:
        start, stop = window
        asked = is_number(start) and (is_number(stop) or stop == math.inf) and start < stop
    except (TypeError, ValueError):
        asked = False
    if not asked:
        text = f"window is {brief(window)}; it must be (start, stop) in s with start < stop"
        raise ParameterError(text, component=function, attribute="window")
    rounding = _rounding(t)
    first, last = np.searchsorted(t, [start - rounding, stop - rounding])
    beyond = t[-1] + (t[-1] - t[-2] if len(t) > 1 else 0.0) + rounding
    if start < t[0] - rounding or (stop > beyond and stop != math.inf) or first == last:
        text = f"window is ({start:g}, {stop:g}) s and times from {t[0]:g} to {t[-1]:g} s were kept"
        why = "none of them inside" if first == last else "a part of it outside"
        remedy = "Give simulate a save_at that covers the window, or stop = inf for up to the last time"
        raise ParameterError(f"{text}, {why}", component=function, attribute="window", remedy=remedy)
    return slice(int(first), int(last))


def interval(t: np.ndarray, *, function: str, why: str) -> float:
    """The interval in s between times, of which there are two or more; an error where it is not the same for all."""
    steps = np.diff(t)
    mean = float((t[-1] - t[0]) / max(len(steps), 1))
    if not len(steps) or not mean > 0.0 or np.max(np.abs(steps - mean)) > EVENNESS * mean + 2.0 * _rounding(t):
        some = f"intervals from {np.min(steps):.3g} to {np.max(steps):.3g} s" if len(steps) else "only one time"
        remedy = "Give simulate evenly spaced times, such as save_at=np.arange(1000) * 0.001"
        raise ParameterError(f"there are {some}; {why}", component=function, attribute="t", remedy=remedy)
    return mean


def _rounding(t: np.ndarray) -> float:
    return ROUNDING * float(max(abs(t[0]), abs(t[-1])))
