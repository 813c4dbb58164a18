"""CompiledRun: one run by the compiled loop, from stretch to stretch and call to call, for the driver."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.integrators import diffrax
from netframe.integrators.compiled import ROWS, RUNNING, Loop, Settings, started
from netframe.integrators.devices import Devices
from netframe.integrators.driver import CheckedRhs, Step, Stepper, held, too_long, too_many_steps
from netframe.integrators.interrupts import interrupts_held
from netframe.integrators.programs import FIRST_CALL, SECONDS, UNKNOWN, Program, program
from netframe.integrators.recorder import Rows
from netframe.integrators.runge_kutta import SHRINK
from netframe.integrators.stepping import Task
from netframe.integrators.tableaus import EMBEDDED, FIXED
from netframe.right_hand_side import constant_sources

if TYPE_CHECKING:
    from netframe.integrators.jax import JaxIntegrator

#: Where each step is kept a call makes so many at least, and no more than there is room for among so many numbers.
FEWEST, ROOM = 8, 1_000_000
#: How much longer a call is than the one before, at most: the first is too short to judge by.
GROWTH = 4.0
METHODS: dict[str, Any] = EMBEDDED | diffrax.METHODS | FIXED


class CompiledRun(Stepper):
    """One run: its programs, one for each set of inputs that are constant, and what they counted."""

    def __init__(self, options: JaxIntegrator, task: Task, longest: float) -> None:
        self._options, self._task, self._network, self._save_at = options, task, task.network, task.save_at
        self._shape = (*task.lead, task.network.registry.size)
        self._tableau = METHODS[options.method]
        self._settings = Settings(*task.t_span, options.rtol, options.atol, longest)
        self._record = None if task.save_at is None else task.record
        self._times = padded([] if task.save_at is None else task.save_at)
        kept = (math.prod(self._network.quantities[path].shape) for path in self._record or ())
        self._width = math.prod(task.lead) * (self._shape[-1] if self._record is None else sum(kept))
        self._rows: Any = None  # those saved so far, where the program left them
        self._n_steps = self._n_rhs = 0

    def counts(self) -> dict[str, int]:
        """What the run has counted; of an implicit method its stages, whose iterations nobody counts."""
        found = {"n_steps": self._n_steps, "n_rhs": self._n_rhs}
        if self._options.implicit:  # one matrix is made and factored for each step that is tried
            found["n_jacobian"] = found["n_lu"] = self._n_rhs // len(self._tableau.nodes)
        return found

    def steps(self, rhs: CheckedRhs, t0: float, t1: float, y: np.ndarray) -> Iterator[Step]:
        """Advance from ``t0`` to ``t1``, a call of the compiled loop at a time, or step by step when all are saved."""
        end = t1 if self._save_at is None else float(self._save_at[-1])
        if t0 < end < t1:  # the whole state is wanted there
            t0, y = yield from self._past(end, rhs, t0, t1, y)
        if t0 < t1:
            yield from self._stretch(rhs, t0, t1, y)

    def _past(
        self, end: float, rhs: CheckedRhs, t0: float, t1: float, y: np.ndarray
    ) -> Generator[Step, None, tuple[float, np.ndarray]]:
        """Advance to the last time to save, or by steps of given length past it, so that all states there are known."""
        if self._options.method not in FIXED:
            return end, (yield from self._stretch(rhs, t0, end, y))
        plain, count = self._options.interpreted(0.0), rhs.count
        grid = plain.grid(t0, t1)
        k = grid.before(end)
        if k:
            y = yield from self._stretch(rhs, t0, grid.time(k), y)
        if grid.time(k) < end:  # without compiling, as a program saves no more than what is recorded
            ((t, y, between),) = plain.along(grid, rhs, k, k + 1, y)
            k, self._n_steps, self._n_rhs = k + 1, self._n_steps + 1, self._n_rhs + rhs.count - count
            yield t, y, between
        return grid.time(k), y

    def _stretch(self, rhs: CheckedRhs, left: float, right: float, y: np.ndarray) -> Generator[Step, None, np.ndarray]:
        every, options, devices = self._save_at is None, self._options, Devices.of(self._shape[:-1])
        ready, numbers = self._program(left, right), devices.numbers(self._network)
        settings = np.array(self._settings._replace(left=left, right=right), dtype=np.float64)
        room = max(FEWEST, min(FIRST_CALL, ROOM // max(self._width, 1)))
        if self._rows is None:
            self._rows = np.empty((room if every else len(self._times), self._width + every))
        at = started(left, y.reshape(self._shape), options.first_step or 0.0, self._saved_before(left), self._rows)
        if devices.mesh is not None:
            rows = devices.put(at.rows, None if every else 1)
            at = at._replace(y=devices.put(at.y, 0), slope=devices.put(at.slope, 0), rows=rows)
        n_before, n_calls, n_rhs = 0, ready.first_calls(rhs.deadline), self._n_rhs
        while True:
            began, traced = time.perf_counter(), ready.traced
            n_calls = min(n_calls, room) if every else n_calls
            until = min(n_before + n_calls, options.max_steps - self._n_steps + n_before)
            with interrupts_held():
                at = ready.advance(numbers, settings, self._times, np.float64(until), at)
                reached = at.place()
            t, made = reached.t, int(reached.n_steps) - n_before
            n_before, self._n_rhs = n_before + made, n_rhs + int(reached.n_rhs)
            took = time.perf_counter() - began
            ready.called(made, took, traced)
            self._rows, y = at.rows, np.array(at.y).reshape(-1)
            if every:
                for row in np.array(np.asarray(at.rows)[: int(reached.saved)]):
                    self._n_steps += 1
                    yield float(row[0]), row[1:], held(row[1:])
                at = at.none_saved()
            elif made:
                self._n_steps += made
                yield t, y, Rows(self._saved_rows)
            if t >= right or reached.status != RUNNING:
                break
            if self._n_steps >= options.max_steps:
                raise too_many_steps(rhs, t, y, self._n_steps)
            remaining = rhs.deadline - time.perf_counter()
            if remaining < 0.0:
                raise too_long(t)
            n_calls = next_calls(n_calls, took, remaining)
        if t < right:  # much the same steps without compiling find out why, and say so
            interpreted = options.interpreted(retried(reached.h, reached.bad))
            for step in interpreted.stepper(self._task).steps(rhs, t, right, y):
                yield step
                y = step[1]
        return y

    def _saved_before(self, left: float) -> int:
        """How many of the times to save have passed when a stretch begins."""
        return 0 if self._save_at is None else int(self._times.searchsorted(left, "right"))

    def _program(self, left: float, right: float, axis: str | None = None) -> Program:
        make = diffrax.DiffraxLoop if self._options.method in diffrax.METHODS else Loop
        constant = constant_sources(self._network, left, right)
        spread = axis is None and Devices.of(self._shape[:-1]).mesh is not None
        loop = make(self._network, self._tableau, constant, self._record, self._save_at is None, axis, spread)
        return program(loop, self._shape)

    def _saved_rows(self, times: np.ndarray) -> np.ndarray:
        """The rows that the loop saved, at times that it was told of.

        They are looked at only here, since rows that somebody still looks at are copied when the next call begins.
        """
        first = int(self._times.searchsorted(times[0]))
        return np.asarray(self._rows)[first : first + len(times)]


def padded(times: Any) -> np.ndarray:
    """Times followed by some that are never reached, so many that few lengths occur: each is a program of its own."""
    least = len(times) + ROWS  # the loop looks so far ahead
    step = 1 << max(0, least.bit_length() - 4)  # an eighth of the length at most
    return np.concatenate([times, np.full(-(-least // step) * step - len(times), np.inf)])


def retried(h: Any, bad: Any) -> float:
    """The step to begin with in finding out why there is none: some times longer than the last that was tried."""
    return float(h) / SHRINK ** (int(bad) + 4)


def next_calls(n_calls: int, took: float, remaining: float) -> int:
    """The steps of the next call, when the last one took so many seconds and the run has so many left."""
    growth = min(GROWTH, min(SECONDS, max(remaining, 0.0)) / took)
    return max(UNKNOWN, min(1_000_000, int(n_calls * growth)))
