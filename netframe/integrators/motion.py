"""Motion: how fast the inputs of a network change between their jumps, which keeps it from ever coming to rest."""

from __future__ import annotations

import math

import numpy as np

from netframe.network import Network
from netframe.right_hand_side import constant_sources
from netframe.values import Values

#: Times at which inputs are looked at, spread over a run by the golden ratio, so that no rhythm hides among them.
LOOKS = 33
GOLDEN = 0.5 * (math.sqrt(5.0) - 1.0)


def input_speed(network: Network, t0: float, t1: float) -> float:
    """The fastest input's mean change per second, as a share of all that it ranges over: 2 for a sine of 1 Hz.

    Jumps do not count, since runs restart there.
    """
    apart = min(1e-4 * network.shortest_time_constant(), 1e-4 * (t1 - t0))
    times = t0 + (t1 - t0 - apart) * (GOLDEN * np.arange(LOOKS) % 1.0)
    still = network.stateful | constant_sources(network, t0, t1)
    return max((_speed(network, path, times, apart) for path in network.sources if path not in still), default=0.0)


def _speed(network: Network, path: str, times: np.ndarray, apart: float) -> float:
    rate, nothing = network.bound_nodes[path].on_cells.rate, Values()
    low, high, moved = np.inf, -np.inf, np.zeros(1)
    for t in times.tolist():  # one after the other, as a batch of inputs may be large
        now = rate(t, nothing)
        low, high = np.minimum(low, now), np.maximum(high, now)
        moved = moved + np.abs(rate(t + apart, nothing) - now)
    ranges = high - low
    share = np.divide(moved, ranges, out=np.zeros(np.shape(ranges)), where=ranges > 0.0)
    return float(share.max(initial=0.0) / (len(times) * apart))
