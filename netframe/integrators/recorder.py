"""Recorder: keeps what a run was asked to keep, step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from netframe.network import Network
from netframe.solution import Solution, Stats, Status

#: Times within a step, and which entries of the flat state (all if None), to states of shape (n_times, n_entries).
Interpolant = Callable[[np.ndarray, np.ndarray | None], np.ndarray]


class Recorder:
    """Collects the saved times of one run, and makes its solution whatever way it ends."""

    def __init__(
        self, network: Network, lead: tuple[int, ...], save_at: np.ndarray | None, record: tuple[str, ...] | None
    ) -> None:
        self._network, self._lead, self._save_at, self._record = network, lead, save_at, record
        self._times: list[float] = []
        self._kept: dict[str, Any] = {}
        self._next = 0
        self._only_states = record is not None and all(path in network.registry for path in record)
        self._columns = self._recorded_columns() if self._only_states else None
        self._last: tuple[float, np.ndarray] = (np.nan, np.empty(0))
        self._final_saved: np.ndarray | None = None

    def start(self, t: float, y: np.ndarray) -> None:
        """Keep the state at the start, when asked for."""
        self._last = (t, y)
        if self._save_at is None or self._save_at[0] == t:
            self._next = 1
            self._keep(t, y[self._columns] if self._columns is not None else y)
            self._final_saved = y

    def step(self, t: float, y: np.ndarray, interpolant: Interpolant) -> None:
        """Keep what falls into the step that ended at ``(t, y)``, ``y`` flat."""
        self._last = (t, y)
        if self._save_at is None:
            self._keep(t, y[self._columns] if self._columns is not None else y)
            self._final_saved = y
            return
        end = int(np.searchsorted(self._save_at, t, side="right"))
        for k in range(self._next, end):
            last = k == len(self._save_at) - 1
            time = self._save_at[k]
            if time == t:
                state = y[self._columns] if self._columns is not None else y
            else:
                state = interpolant(self._save_at[k : k + 1], self._columns)[0]
            if last:
                self._final_saved = y if time == t else interpolant(self._save_at[k:], None)[0]
            self._keep(float(time), state)
        self._next = end

    def _recorded_columns(self) -> np.ndarray:
        """Which entries of the flat state belong to the recorded paths, path by path."""
        members = int(np.prod(self._lead))
        slots = [self._network.registry.slot(path) for path in self._record or ()]
        offsets = np.arange(members)[:, None] * self._network.registry.size
        parts = [(offsets + np.arange(slot.start, slot.stop)).ravel() for slot in slots]
        return np.concatenate([*parts, np.empty(0, dtype=np.intp)]).astype(np.intp)

    def _keep(self, t: float, state: np.ndarray) -> None:
        for path, value in self._values(t, state):
            self._into(path, value)
        self._times.append(t)

    def _values(self, t: float, state: np.ndarray) -> Any:
        if self._record is None:
            yield "", state.reshape(*self._lead, -1)
            return
        if self._only_states:
            start = 0
            for path in self._record:
                shape = self._lead + self._network.registry.slot(path).shape
                stop = start + int(np.prod(shape))
                yield path, state[start:stop].reshape(shape)
                start = stop
            return
        y = state.reshape(*self._lead, -1)
        for path in self._record:
            yield path, self._network.quantity(t, y, path)

    def _into(self, path: str, value: np.ndarray) -> None:
        if self._save_at is None:
            self._kept.setdefault(path, []).append(np.array(value))
            return
        if path not in self._kept:
            self._kept[path] = np.empty((len(self._save_at), *value.shape))
        self._kept[path][len(self._times)] = value

    def solution(self, status: Status, message: str, stats: Stats, integrator: Any) -> Solution:
        """The solution; a run that stopped early ends with the last state it reached."""
        t, y = self._last
        if status is not Status.SUCCESS and (not self._times or self._times[-1] < t):
            self._save_at = None if self._save_at is None else np.append(self._save_at[: len(self._times)], t)
            self._kept = {
                k: x if isinstance(x, list) else np.append(x[: len(self._times)], x[:1], 0)
                for k, x in self._kept.items()
            }
            self._keep(t, y[self._columns] if self._columns is not None else y)
            self._final_saved = y
        count = len(self._times)
        kept = {path: np.stack(x) if isinstance(x, list) else x[:count] for path, x in self._kept.items()}
        for array in kept.values():
            array.flags.writeable = False
        final = self._final_saved if self._final_saved is not None else y
        return Solution(
            self._network,
            np.array(self._times),
            kept.get("") if self._record is None else None,
            None if self._record is None else kept,
            np.array(final).reshape(*self._lead, -1),
            status,
            message,
            stats,
            integrator,
        )
