"""JoinedMembers: the solutions of the members of a batch, which ran some at a time, as one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from netframe.errors import ParameterError
from netframe.network import Network
from netframe.solution import Solution, Stats, Status

#: How a run may end, the worst last.
_SEVERITY = (
    Status.SUCCESS,
    Status.MAX_STEPS,
    Status.STEP_SIZE,
    Status.NOT_FINITE,
    Status.WALL_TIME,
    Status.FAILED,
    Status.INTERRUPTED,
)


class JoinedMembers:
    """The solutions of all members on one grid of times; what was not computed is NaN."""

    def __init__(
        self,
        integrator: Any,
        network: Network,
        y0: np.ndarray,
        save_at: np.ndarray,
        record: tuple[str, ...] | None,
    ) -> None:
        self._integrator, self._network, self._save_at = integrator, network, save_at
        self._lead, self._starts = y0.shape[:-1], y0.reshape(-1, y0.shape[-1])
        self.count = len(self._starts)
        shapes = {"": y0.shape[-1:]} if record is None else {path: network.quantities[path].shape for path in record}
        self._kept = {path: np.full((len(save_at), self.count, *shape), np.nan) for path, shape in shapes.items()}
        self._final = np.full(self._starts.shape, np.nan)
        self._ended = np.zeros(self.count, dtype=bool)
        self._stats = Stats()
        self.failures: list[tuple[np.ndarray, Status, str]] = []

    @property
    def missing(self) -> np.ndarray:
        """The members that did not reach the end."""
        return np.flatnonzero(~self._ended)

    @property
    def worst(self) -> Status:
        """How the run as a whole stands."""
        return max((status for _, status, _ in self.failures), key=_SEVERITY.index, default=Status.SUCCESS)

    def problem(self, members: np.ndarray) -> tuple[Network, np.ndarray]:
        """The network and the state at the start of some members; one alone has no batch axis."""
        index: tuple[Any, ...] = np.unravel_index(members, self._lead)
        if len(members) == 1:
            return self._network.members(tuple(int(i[0]) for i in index)), self._starts[members[0]].copy()
        return self._network.members(index), self._starts[members]

    def keep(self, members: np.ndarray, solution: Solution) -> None:
        """Keep the rows of some members, in place of those that an earlier attempt left."""
        spent = zip(attrs.astuple(self._stats), attrs.astuple(solution.stats))
        self._stats = Stats(*(before + now for before, now in spent))
        n_rows = int(np.isin(solution.t, self._save_at).sum())
        if solution.success and n_rows < len(self._save_at):
            text = f"{type(self._integrator).__name__} returned {n_rows} of the {len(self._save_at)} times of save_at"
            raise ParameterError(f"{text}, so members cannot be joined", component="simulate", attribute="batch")
        for path, rows in self._kept.items():
            values = solution.y if path == "" else solution[path]
            rows[:n_rows, members] = np.asarray(values)[:n_rows].reshape(n_rows, len(members), *rows.shape[2:])
            rows[n_rows:, members] = np.nan
        if solution.success:
            self._final[members] = np.reshape(solution.final, (len(members), -1))
            self._ended[members] = True

    def called(self, members: np.ndarray) -> str:
        """How messages call some members: by their place in the batch."""
        places = [tuple(int(i) for i in np.unravel_index(k, self._lead)) for k in (members[0], members[-1])]
        names = [str(place[0] if len(place) == 1 else place) for place in places]
        return f"member {names[0]}" if len(members) == 1 else f"members {names[0]} to {names[1]}"

    def _sentences(self) -> Iterator[str]:
        yield f"{int((~self._ended).sum())} of {self.count} members of the batch did not reach the end"
        yield from (f"{self.called(members)}: {message}" for members, _, message in self.failures[:3])
        if len(self.failures) > 3:
            yield f"and {len(self.failures) - 3} more"

    def solution(self) -> Solution:
        """One solution with the batch axes of the run."""
        kept = {path: rows.reshape(len(rows), *self._lead, *rows.shape[2:]) for path, rows in self._kept.items()}
        for rows in kept.values():
            rows.flags.writeable = False
        y, recorded = (kept[""], None) if "" in kept else (None, kept)
        final = self._final.reshape(*self._lead, -1)
        message = "; ".join(self._sentences()) if self.failures else ""
        return Solution(
            self._network, self._save_at, y, recorded, final, self.worst, message, self._stats, self._integrator
        )
