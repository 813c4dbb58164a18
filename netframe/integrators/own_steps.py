"""OwnSteps: a run in which every member of a batch takes the steps it would take alone, all in one program."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Generator
from typing import Any

import numpy as np

from netframe.errors import ParameterError
from netframe.integrators.compiled import RUNNING, TRIES, Held, started
from netframe.integrators.compiled_run import CompiledRun, next_calls, retried
from netframe.integrators.devices import Devices
from netframe.integrators.driver import CheckedRhs, Step, Stop, not_finite, too_long, too_many_steps
from netframe.integrators.interrupts import interrupts_held
from netframe.integrators.stepping import Task
from netframe.integrators.tableaus import FIXED
from netframe.solution import Status

_AXIS = "members"


class OwnSteps(CompiledRun):
    """The loop of one member, mapped over all; members are at the same time only where a time is saved.

    All states are kept at saved times while it runs, so that a run that stops has a state to end with.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        if self._save_at is None:
            own = "" if self._options.steps == "own" else f", as with {self._options.method} always"
            text = f"members of the batch take steps of their own{own}, and save_at is missing"
            raise ParameterError(text, component="simulate", attribute="save_at", remedy="Give the times to keep")
        self._record = None
        self._places = np.unravel_index(np.arange(math.prod(self._shape[:-1])), self._shape[:-1])
        self._made = np.zeros(len(self._places[0]), dtype=np.int64)

    def _past(
        self, end: float, rhs: CheckedRhs, t0: float, t1: float, y: np.ndarray
    ) -> Generator[Step, None, tuple[float, np.ndarray]]:
        if self._options.method in FIXED:  # all states at that time are kept anyway
            end = t1
        return end, (yield from self._stretch(rhs, t0, end, y))

    def _stretch(self, rhs: CheckedRhs, left: float, right: float, y: np.ndarray) -> Generator[Step, None, np.ndarray]:
        count, size = len(self._made), self._shape[-1]
        devices, options, ready = Devices.of((count,)), self._options, self._program(left, right, _AXIS)
        numbers = (devices.numbers(self._network), tuple(devices.put(place, 0) for place in self._places))
        settings, saved = np.array(self._settings._replace(left=left, right=right)), self._saved_before(left)
        if self._rows is None:
            self._rows = devices.put(np.empty((count, len(self._times), size)), 0)
        at = started(left, y.reshape(count, size), options.first_step or 0.0, saved, self._rows)
        many = np.tile(at.numbers, (count, 1))
        at = Held(devices.put(many, 0), devices.put(at.y, 0), devices.put(at.slope, 0), self._rows)
        before, n_calls, n_rhs = self._made, ready.first_calls(rhs.deadline), self._n_rhs
        while True:
            began, traced, made = time.perf_counter(), ready.traced, self._made
            until = np.minimum(self._made - before + n_calls, options.max_steps - before).astype(np.float64)
            with interrupts_held():
                at = ready.advance(numbers, settings, self._times, devices.put(until, 0), at)
                reached = at.place()
            took = time.perf_counter() - began
            self._made, self._n_rhs = before + reached.n_steps.astype(np.int64), n_rhs + int(reached.n_rhs.sum())
            self._n_steps = int(self._made.sum())
            ready.called(int((self._made - made).max()), took, traced)
            self._rows, done = at.rows, reached.t >= right
            if done.all():
                y = np.array(at.y).reshape(-1)
                yield right, y, self._states
                return y
            if reached.saved.min() > saved:
                saved = int(reached.saved.min())
                row = np.array(np.asarray(self._rows)[:, saved - 1]).reshape(-1)
                yield float(self._times[saved - 1]), row, self._states
            stopped = np.flatnonzero(~done & (reached.status != RUNNING))
            if stopped.size:
                raise self._failure(int(stopped[0]), at, right, rhs)
            spent = np.flatnonzero(~done & (self._made >= options.max_steps))
            if spent.size:
                k = int(spent[0])
                alone, y = self._alone(k, rhs), np.asarray(at.y)[k]
                raise self._of_member(k, too_many_steps(alone, float(reached.t[k]), y, int(self._made[k])))
            remaining = rhs.deadline - time.perf_counter()
            if remaining < 0.0:
                raise too_long(float(reached.t.min()))
            n_calls = next_calls(n_calls, took, remaining)

    def _alone(self, k: int, rhs: CheckedRhs) -> CheckedRhs:
        """The right-hand side of one member."""
        network = self._network.members(tuple(int(place[k]) for place in self._places))
        return CheckedRhs(network, (), rhs.deadline, rhs.end)

    def _failure(self, k: int, at: Any, right: float, whole: CheckedRhs) -> Stop:
        """Why a member stopped, found out by much the same steps without compiling."""
        rhs, reached = self._alone(k, whole), at.place()
        start = float(reached.t[k])
        interpreted = self._options.interpreted(retried(reached.h[k], reached.bad[k]))
        task = Task(rhs.network, (), (start, self._task.t_span[1]))
        steps = interpreted.stepper(task).steps(rhs, start, right, np.array(at.y[k]))
        try:
            for t, y, _ in itertools.islice(steps, TRIES):
                if not np.isfinite(y).all():
                    raise Stop(Status.NOT_FINITE, rhs.complaint or not_finite(rhs.network, "", y, t))
        except Stop as stop:
            return self._of_member(k, stop)
        text = f"{self._options.method} found no step small enough at t = {start:.6g} s"
        return self._of_member(k, Stop(Status.STEP_SIZE, text))

    def _of_member(self, k: int, stop: Stop) -> Stop:
        """The same reason, with the place of the member in the batch."""
        place = tuple(int(place[k]) for place in self._places)
        return Stop(stop.status, f"member {place[0] if len(place) == 1 else place}: {stop.message}")

    def _states(self, times: np.ndarray, columns: np.ndarray | None) -> np.ndarray:
        """The states that the members saved, at times that they were told of."""
        assert self._save_at is not None
        first = int(np.searchsorted(self._save_at, times[0]))
        block = np.moveaxis(np.asarray(self._rows)[:, first : first + len(times)], 0, 1).reshape(len(times), -1)
        return block if columns is None else block[:, columns]
