"""Motion: how fast the inputs of a network change between their jumps, which keeps it from ever coming to rest."""

from __future__ import annotations

import math

import numpy as np

from netframe.network import Network
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
    return max((_speed(network, path, times, apart) for path in network.sources), default=0.0)


def _speed(network: Network, path: str, times: np.ndarray, apart: float) -> float:
    if path in network.stateful:
        return 0.0
    rate, nothing = network.bound_nodes[path].on_cells.rate, Values()
    now, soon = (np.array([rate(float(t), nothing) for t in times + later], dtype=float) for later in (0.0, apart))
    ranges = np.ptp(now, axis=0)
    moving = ranges > 0.0
    return float(np.max(np.abs(soon - now).mean(axis=0)[moving] / ranges[moving], initial=0.0) / apart)
