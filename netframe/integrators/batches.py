"""Batches: a run split into chunks of members, so that memory stays bounded, and its solutions joined into one."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from netframe.component import Declared
from netframe.errors import ParameterError, suggestion
from netframe.joined_members import JoinedMembers
from netframe.network import Network
from netframe.rehearsal import rehearse
from netframe.solution import Solution, Status

Progress = Callable[[float, float, int], Any]
#: Failures of one member that stop the others of its chunk, which are then run again without it.
_OF_A_MEMBER = (Status.MAX_STEPS, Status.STEP_SIZE, Status.NOT_FINITE)


def chunk_size(batch: Any, members: int) -> int:
    """The number of members that run together, for the option ``batch`` of ``simulate``."""
    if isinstance(batch, (int, np.integer)) and not isinstance(batch, bool) and batch >= 1:
        return min(int(batch), members)
    if isinstance(batch, str) and batch in ("together", "separate"):
        return members if batch == "together" else 1
    text = f"batch is {batch!r}; it must be 'together', 'separate', or a whole number of members of at least 1"
    remedy = suggestion(batch, ("together", "separate")) if isinstance(batch, str) else ""
    raise ParameterError(text, component="simulate", attribute="batch", remedy=remedy)


def solve_in_chunks(
    integrator: Any,
    network: Network,
    t_span: tuple[float, float],
    y0: np.ndarray,
    size: int,
    *,
    save_at: np.ndarray,
    record: tuple[str, ...] | None = None,
    progress: Progress | None = None,
    solve: Callable[[Any, Network, np.ndarray, Progress | None, np.ndarray], Solution] | None = None,
) -> Solution:
    """Solve ``size`` members at a time, each chunk with steps of its own, and join what they computed.

    A member that runs alone has no batch axis, so that its run is that of its network alone. A chunk that fails is
    halved and run again, down to the members that fail by themselves: theirs are the rows of NaN, and no others.
    ``solve(integrator, network, y0, progress, members)`` solves a chunk, unless that is simply by the integrator.
    """
    joined = JoinedMembers(integrator, network, y0, save_at, record)
    meter = _Meter(progress, t_span, joined.count)
    pending = [np.arange(k, min(k + size, joined.count)) for k in range(0, joined.count, size)][::-1]
    began, members = time.perf_counter(), pending[-1]
    part, start = joined.problem(members)
    rehearse(part, t_span[0], start)
    try:
        while pending and joined.worst not in (Status.WALL_TIME, Status.INTERRUPTED):
            members = pending.pop()
            part, start = joined.problem(members)
            options = limited(integrator, time.perf_counter() - began)
            told = meter.of(members)
            if solve is None:
                solution = options.solve(part, t_span, start, save_at=save_at, record=record, progress=told)
            else:
                solution = solve(options, part, start, told, members)
            joined.keep(members, solution)
            if solution.status in _OF_A_MEMBER and len(members) > 1:
                pending += np.array_split(members, 2)[::-1]
                continue
            meter.done(members)
            if not solution.success:
                joined.failures.append((members, solution.status, solution.message))
    except KeyboardInterrupt:
        joined.failures.append((members, Status.INTERRUPTED, "interrupted"))
    except Exception as error:
        if isinstance(getattr(error, "solution", None), Solution):
            joined.keep(members, error.solution)  # type: ignore[attr-defined]
        joined.failures.append((members, Status.FAILED, f"{type(error).__name__}: {error}"))
        error.add_note(f"in {joined.called(members)} of the batch; .solution holds all members")
        error.solution = joined.solution()  # type: ignore[attr-defined]
        raise
    return joined.solution()


def limited(integrator: Any, spent: float) -> Any:
    """The integrator with what is left of its limit of wall time, which holds for all it is asked for."""
    limit = getattr(integrator, "max_wall_time", math.inf)
    if not isinstance(integrator, Declared) or math.isinf(limit):
        return integrator
    return integrator.replace(max_wall_time=max(limit - spent, 1e-9))


class _Meter:
    """Progress of a split run: the time reached by the average member, and the steps of all; neither goes back."""

    def __init__(self, progress: Progress | None, t_span: tuple[float, float], count: int):
        self._progress, self._span, self._count = progress, t_span, count
        self._finished = self._steps = 0
        self._reached = t_span[0]

    def of(self, members: np.ndarray) -> Progress | None:
        """The hook for the run of some members."""
        if self._progress is None:
            return None
        (t0, t1), before = self._span, self._steps

        def told(t: float, t_end: float, n_steps: int) -> None:
            share = (self._finished + len(members) * (t - t0) / (t1 - t0)) / self._count
            self._reached = max(self._reached, t0 * (1.0 - share) + t1 * share)
            self._steps = before + n_steps
            assert self._progress is not None
            self._progress(self._reached, t1, self._steps)

        return told

    def done(self, members: np.ndarray) -> None:
        """These members have run as far as they can."""
        self._finished += len(members)
