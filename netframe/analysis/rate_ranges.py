"""Where the rates of a network respond: the states between which they bend, and starts for Newton's method there.

A box around a run says little of where thresholds and ceilings are. Along its own states the rate of each node is
known, and what it does to the others follows: with one state held, all others go to where they are steady.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from netframe.analysis.newton import System, newton
from netframe.network import Network

#: Distances from a state at which rates are evaluated, beside its scale.
DISTANCES = np.geomspace(1e-4, 10.0, 120)
#: A change of slope by more than this part of the steepest is a bend.
BEND = 0.01
#: Values at which a state is held while the others become steady, and so many states are, one after the other.
HELD_AT, SLOTS = 12, 6
#: A state below this size, in its own unit, was silent.
SILENT = 1e-9


def rate_ranges(network: Network, t: float, y: np.ndarray, scale: np.ndarray) -> dict[str, tuple[float, float]]:
    """The lowest and highest value of each state around which the rate of its node bends, with half as much beyond."""
    found: dict[str, tuple[float, float]] = {}
    for path in network.bound_nodes:
        for name in network.registry.states_of(path):
            slot = network.registry.slot(f"{path}.{name}")
            part = slot.slice
            if part.start == part.stop:
                continue
            middle, size = float(np.mean(y[part])), max(float(scale[part][0]), 1e-12)
            grid = middle + size * np.concatenate([-DISTANCES[::-1], [0.0], DISTANCES])
            states = np.repeat(y[None], len(grid), axis=0)
            states[:, part] = grid[:, None]
            with np.errstate(all="ignore"):
                rates = np.asarray(network.quantity(t, states, f"{path}.rate")).reshape(len(grid), -1)
                slopes = np.diff(rates, axis=0) / np.diff(grid)[:, None]
                bends = np.abs(np.diff(slopes, axis=0)) > BEND * np.abs(slopes).max(axis=0)
            at = np.flatnonzero(bends.any(axis=1))
            if len(at) and np.isfinite(slopes).all():
                low, high = grid[at[0]], grid[at[-1] + 2]
                found[slot.path] = low - 0.5 * (high - low), high + 0.5 * (high - low)
    return found


def with_one_held(
    system: System, y: np.ndarray, scale: np.ndarray, ranges: dict[str, tuple[float, float]]
) -> np.ndarray:
    """States ``(k, n)`` of which one variable is at values in its range, equal for all cells, and all others steady."""
    starts = [np.empty((0, len(y)))]
    for path, (low, high) in list(ranges.items())[:SLOTS]:
        part = system.network.registry.slot(path).slice
        states = np.repeat(y[None], HELD_AT, axis=0)
        states[:, part] = (low + (np.arange(HELD_AT) + 0.5) / HELD_AT * (high - low))[:, None]
        starts.append(steady_beside(system, states, scale, [path]))
    return np.concatenate(starts)


def steady_beside(system: System, states: np.ndarray, scale: np.ndarray, held: Iterable[str]) -> np.ndarray:
    """States ``(k, n)`` with all entries but those held moved to where they are steady, or as near as they come."""
    free = np.ones(states.shape[1], dtype=bool)
    for path in held:
        free[system.network.registry.slot(path).slice] = False
    if not free.any():
        return states
    scale = np.where(scale > SILENT, scale, 1.0)  # of what has all but vanished in a run, it is none
    return newton(System(system.network, system.t, np.flatnonzero(free)), states, scale, 1e-6).y
