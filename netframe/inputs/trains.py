"""Trains: what comes back with a period, and when it begins and ends, to the last bit.

The ``k``-th of a train begins at ``onset + k period`` and lasts ``width``. A solver restarts at these times, so the
side of a jump that a time is on has to come out the same as in the list of the jumps.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from netframe.inputs.source import between


def place_in_train(t: Any, onset: Any, period: Any, width: Any, xp: Any) -> tuple[Any, Any, Any]:
    """Which of the train a time belongs to, when that begins, and whether the time is before its end."""
    k = xp.floor((t - onset) / period)
    k = k + (t >= onset + rounded_product(k + 1.0, period, xp))
    k = k - (t < onset + rounded_product(k, period, xp))
    start = onset + rounded_product(k, period, xp)
    return k, start, (width >= period) | (t < start + width)


def edges_of_trains(t0: float, t1: float, train: tuple[Any, ...], joined: bool) -> np.ndarray:
    """The times strictly between ``t0`` and ``t1`` at which something of a train begins or ends.

    ``train`` is ``(onset, period, width, count, until)``, numbers or arrays for several trains. There are ``count`` of
    a train, and none that begins at ``until`` or later; those that touch are one if ``joined``.
    """
    trains = np.stack([np.ravel(x) for x in np.broadcast_arrays(*train)])
    found = [np.empty(0)]
    for start, every, lasts, n, stop in np.unique(trains, axis=1).T:
        first, last = np.floor((t0 - start) / every) - 1.0, np.ceil((min(t1, stop) - start) / every) + 1.0
        k = np.arange(max(first, 0.0), min(last, n - 1.0) + 1.0)
        begins, following = start + k * every, start + (k + 1.0) * every
        k, begins, following = (x[begins < stop] for x in (k, begins, following))
        touching = (lasts >= every) | (begins + lasts >= following)  # as far as times can tell
        ends = np.where(touching, following, begins + lasts)
        if joined:
            touched = (k > 0.0) & ((lasts >= every) | (start + (k - 1.0) * every + lasts >= begins))
            begins, ends = begins[~touched], ends[~touching | (k + 1.0 >= n) | (following >= stop)]
        found += [begins, ends]
    return between(np.concatenate(found), t0, t1)


def rounded_product(a: Any, b: Any, xp: Any) -> Any:
    """``a b``, rounded: compiled, it could be fused with a sum that follows, which rounds otherwise."""
    product = a * b
    return product if xp is np else xp.where(product == product, product, 0.0)
