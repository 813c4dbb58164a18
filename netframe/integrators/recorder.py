"""Recorder: keeps what a run was asked to keep, one row for each saved time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from netframe.network import Network
from netframe.solution import Solution, Stats, Status

#: Times within a step, and which entries of the flat state (all if None), to states of shape (n_times, n_entries), for
#: the first of the times at least.
Interpolant = Callable[[np.ndarray, np.ndarray | None], np.ndarray]
#: Numbers that are interpolated at a time.
CHUNK = 1_000_000


@attrs.frozen
class Rows:
    """Rows as a run has recorded them itself, at given times; it ends a step at the last of all times."""

    at: Callable[[np.ndarray], np.ndarray]


class Recorder:
    """Collects the saved times of one run, and makes its solution whatever way it ends.

    A row holds the whole flat state, or the recorded paths one after the other: some entries of the state where all of
    them are states, and what is computed from it where not.
    """

    def __init__(
        self, network: Network, lead: tuple[int, ...], save_at: np.ndarray | None, record: tuple[str, ...] | None
    ) -> None:
        self._network, self._lead, self._save_at, self._record = network, lead, save_at, record
        paths = record or ()
        self._shapes = {path: lead + network.quantities[path].shape for path in paths}
        if record is None:
            self._shapes = {"": (*lead, network.registry.size)}
        self._computed = any(path not in network.registry for path in paths)
        self._columns = None if record is None or self._computed else self._recorded_columns()
        ends = [0, *itertools.accumulate(math.prod(shape) for shape in self._shapes.values())]
        self._places, self._width = [slice(*pair) for pair in itertools.pairwise(ends)], ends[-1]
        self._readers = [network.reader(path) for path in paths] if self._computed else []
        self._rows: Any = [] if save_at is None else np.empty((len(save_at), self._width))
        self._times: Any = [] if save_at is None else save_at
        self._count = 0
        self._last: tuple[float, np.ndarray] = (math.nan, np.empty(0))
        self._final = np.empty(0)

    def start(self, t: float, y: np.ndarray) -> None:
        """Keep the state at the start, when asked for."""
        self._last = (t, y)
        if self._save_at is None or self._save_at[0] == t:
            self._keep(t, y)

    def step(self, t: float, y: np.ndarray, interpolant: Interpolant | Rows) -> None:
        """Keep what falls into the step that ended at ``(t, y)``, ``y`` flat; at its end it is not interpolated."""
        self._last = (t, y)
        if self._save_at is None:
            self._keep(t, y)
            return
        first, end = self._count, int(self._save_at.searchsorted(t, side="right"))
        inside = end - 1 if end > first and self._save_at[end - 1] == t else end
        chunk = max(1, CHUNK // max(y.size if self._computed else self._width, 1))
        while self._count < inside:
            k = self._count
            times = self._save_at[k : min(k + chunk, inside)]
            if isinstance(interpolant, Rows):
                found = interpolant.at(times)
                self._rows[k : k + len(found)] = found
            else:
                found = interpolant(times, self._columns)
                self._write(self._rows[k : k + len(found)], times, found)
            self._count += len(found)
        if inside == len(self._save_at) > first and not isinstance(interpolant, Rows):
            self._final = interpolant(self._save_at[-1:], None)[0]
        if end > inside:
            self._keep(t, y)

    def _keep(self, t: float, y: np.ndarray) -> None:
        """A row for the state ``y`` itself, from which a run may go on."""
        rows = self._rows[self._count : self._count + 1]
        if self._save_at is None:
            rows = np.empty((1, self._width))
            self._rows.append(rows[0])
            self._times.append(float(t))
        self._write(rows, [t], y[None] if self._columns is None else y[None, self._columns])
        self._count += 1
        self._final = y

    def _write(self, rows: Any, times: Any, states: np.ndarray) -> None:
        """Rows from the entries of the state they are made of, or from whole states where they are computed."""
        if not self._computed:
            rows[:] = states
            return
        for row, t, state in zip(rows, times, states):
            y = state.reshape(*self._lead, -1)
            for place, read in zip(self._places, self._readers):
                row[place] = read(float(t), y).reshape(-1)

    def _recorded_columns(self) -> np.ndarray:
        """Which entries of the flat state belong to the recorded paths, path by path."""
        slots = [self._network.registry.slot(path) for path in self._shapes]
        if len(slots) == 1 and not self._lead:
            return np.arange(slots[0].start, slots[0].stop)
        offsets = np.arange(math.prod(self._lead))[:, None] * self._network.registry.size
        parts = [(offsets + np.arange(slot.start, slot.stop)).ravel() for slot in slots]
        return np.concatenate([np.empty(0, dtype=np.intp), *parts])

    def solution(self, status: Status, message: str, stats: Stats, integrator: Any) -> Solution:
        """The solution; a run that stopped early ends with the last state it reached."""
        t, y = self._last
        if status is not Status.SUCCESS and (not self._count or self._times[self._count - 1] < t):
            self._rows, self._times = list(self._rows[: self._count]), list(self._times[: self._count])
            self._save_at = None
            self._keep(t, y)
        count = self._count
        rows = np.array(self._rows) if isinstance(self._rows, list) else self._rows[:count]
        rows = rows.reshape(count, self._width)
        kept = {}
        for (path, shape), place in zip(self._shapes.items(), self._places):
            kept[path] = rows[:, place].reshape(count, *shape)
            kept[path].flags.writeable = False
        final = self._final.reshape(*self._lead, -1).copy()
        y_kept, recorded = (kept[""], None) if self._record is None else (None, kept)
        times = np.array(self._times[:count])
        return Solution(self._network, times, y_kept, recorded, final, status, message, stats, integrator)
