"""Trains: what comes back with a period, and when it begins and ends, to the last bit.

The ``k``-th of a train begins at ``onset + k period`` and lasts ``width``. A solver restarts at these times, so the side
of a jump that a time is on has to come out the same here as in a list of the jumps.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from netframe.inputs.source import between


def place_in_train(t: Any, onset: Any, period: Any, width: Any, xp: Any) -> tuple[Any, Any, Any]:
    """Which of the train a time belongs to, when that begins, and whether the time is before its end."""
    k = xp.floor((t - onset) / period)
    k = k + (t >= onset + (k + 1.0) * period)
    k = k - (t < onset + k * period)
    start = onset + k * period
    return k, start, (width >= period) | (t < start + width)


def edges_of_trains(
    t0: float, t1: float, onset: Any, period: Any, width: Any, count: Any, until: Any, joined: bool
) -> np.ndarray:
    """The times strictly between ``t0`` and ``t1`` at which one of some trains begins or ends.

    A train has ``count`` members, and none that begins at ``until`` or later. Those that touch are one if ``joined``.
    """
    trains = np.stack([np.ravel(x) for x in np.broadcast_arrays(onset, period, width, count, until)])
    found = [np.empty(0)]
    for start, every, lasts, n, stop in np.unique(trains, axis=1).T:
        first, last = np.floor((t0 - start) / every) - 1.0, np.ceil((min(t1, stop) - start) / every) + 1.0
        k = np.arange(max(first, 0.0), min(last, n - 1.0) + 1.0)
        begins, following = start + k * every, start + (k + 1.0) * every
        k, begins, following = (x[begins < stop] for x in (k, begins, following))
        touching = lasts >= every
        ends = following if touching else begins + lasts
        if touching and joined:
            begins, ends = begins[k == 0], ends[(k + 1.0 >= n) | (following >= stop)]
        found += [begins, ends]
    return between(np.concatenate(found), t0, t1)
