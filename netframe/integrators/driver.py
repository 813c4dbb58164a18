"""The driver that step-by-step integrators share: segments, recording, limits, and failures as values.

A stepper only advances: from a right-hand side, a stretch of time and a flat state it yields ``(t, y, interpolant)``
after each step it accepts.
"""

from __future__ import annotations

import itertools
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from netframe.calls import warn
from netframe.integrators.recorder import Interpolant, Recorder, Rows
from netframe.network import Network
from netframe.solution import Solution, Stats, Status

#: The time and the state at the end of a step, and what it was on the way.
Step = tuple[float, np.ndarray, Interpolant | Rows]
#: Called after every step with the time, the end and the number of steps.
Progress = Callable[[float, float, int], Any]

#: Evaluations in one step that may be non-finite before the run is stopped; a solver may recover from a bold guess.
TRIES = 40
#: Steps in a row that may end where they began; LSODA makes them beside what is not finite.
STANDSTILL = 10


class Stop(Exception):
    """A run cannot go on: why, in a word and in a sentence."""

    def __init__(self, status: Status, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class CheckedRhs:
    """The right-hand side of one segment on flat states, which counts its calls and notices what is not finite."""

    def __init__(self, network: Network, lead: tuple[int, ...], deadline: float, end: float) -> None:
        self.network, self.shape, self.deadline = network, (*lead, network.registry.size), deadline
        self.end = end  # of the whole run, in s, for messages
        self._batch = bool(lead)
        self.count = self.bad = 0
        self.bad_at = -math.inf
        self.complaint = ""
        self._rhs: Callable[[float, np.ndarray], np.ndarray] = network.rhs
        self._stretch: tuple[float, float] | None = None
        self._fresh = True

    def enter(self, t0: float, t1: float) -> None:
        """Move on to the segment from ``t0`` to ``t1``."""
        self._stretch, self._fresh = (t0, t1), True

    def accepted(self, t: float) -> None:
        """A step to ``t`` was accepted: what was not finite up to there no longer matters."""
        if t >= self.bad_at:
            self.bad = 0

    def __call__(self, t: float, y: np.ndarray) -> np.ndarray:
        self.count += 1
        if self._stretch:
            self._prepare(*self._stretch)
        dy = self._rhs(t, y.reshape(self.shape)).reshape(-1) if self._batch else self._rhs(t, y)
        if not math.isfinite(dy.dot(dy)) and not np.isfinite(dy).all():
            self.bad += 1
            self.bad_at = t
            self.complaint = not_finite(self.network, "derivative of ", dy.reshape(self.shape), t)
            if self._fresh or self.bad > TRIES:
                raise Stop(Status.NOT_FINITE, self.complaint)
        self._fresh = False
        if time.perf_counter() > self.deadline:
            raise too_long(t)
        return dy

    def of_each(self, t: float, states: np.ndarray) -> np.ndarray:
        """The derivatives of several flat states, (n, size), evaluated together; all have to be finite."""
        self.count += len(states)
        if self._stretch:
            self._prepare(*self._stretch)
        found = self._rhs(t, states.reshape(-1, *self.shape)).reshape(states.shape)
        if not math.isfinite(np.vdot(found, found)) and not np.isfinite(found).all():
            bad = next(dy for dy in found if not np.isfinite(dy).all())
            raise Stop(Status.NOT_FINITE, not_finite(self.network, "derivative of ", bad.reshape(self.shape), t))
        if time.perf_counter() > self.deadline:
            raise too_long(t)
        return found

    def _prepare(self, t0: float, t1: float) -> None:
        """Make the right-hand side of the segment, which is first asked for."""
        self._rhs, self._stretch = self.network.segment(t0, t1), None


class Stepper(ABC):
    """The steps of one run."""

    @abstractmethod
    def steps(self, rhs: CheckedRhs, t0: float, t1: float, y: np.ndarray) -> Iterator[Step]:
        """Advance from ``t0`` to ``t1``, one accepted step after the other."""

    def counts(self) -> dict[str, int]:
        """What is counted beside steps and right-hand sides, or in place of them, by its name in :class:`Stats`."""
        return {}


@np.errstate(all="ignore")  # overflow shows as states that are not finite, and those are named
def drive(
    integrator: Any,
    network: Network,
    stepper: Stepper,
    t_span: tuple[float, float],
    y0: np.ndarray,
    recorder: Recorder,
    *,
    progress: Progress | None = None,
    end: float | None = None,
) -> Solution:
    """Step through every segment between breakpoints, whatever happens, and hand back what was computed.

    ``end`` is that of the whole run where this is a part of it: the one that messages and progress tell.
    An exception of the user's own code passes, with a note that says when it happened and ``solution`` attached.
    """
    began = time.perf_counter()
    lead, end = y0.shape[:-1], t_span[1] if end is None else end
    rhs = CheckedRhs(network, lead, began + integrator.max_wall_time, end)
    edges = [t_span[0], *network.breakpoints(*t_span).tolist(), t_span[1]]
    least = shortest_stretch(t_span)
    t, y, n_steps, standstill = t_span[0], y0.reshape(-1), 0, 0
    status, message = Status.SUCCESS, ""

    def finished() -> Solution:
        counted = {"n_steps": n_steps, "n_rhs": rhs.count, "n_segments": len(edges) - 1} | stepper.counts()
        stats = Stats(**counted, wall_time=time.perf_counter() - began)
        return recorder.solution(status, message, stats, integrator)

    try:
        recorder.start(t, y)
        for left, right in itertools.pairwise(edges):
            rhs.enter(left, right)
            short = right - left <= least
            for step in [(right, y, held(y))] if short else stepper.steps(rhs, left, right, y):
                before, (t, y, interpolant) = t, step
                if not math.isfinite(y.dot(y)) and not np.isfinite(y).all():
                    raise Stop(Status.NOT_FINITE, rhs.complaint or not_finite(network, "", y.reshape(rhs.shape), t))
                rhs.accepted(t)
                standstill = standstill + 1 if t == before else 0
                if standstill > STANDSTILL:
                    if rhs.bad:
                        raise Stop(Status.NOT_FINITE, rhs.complaint)
                    text = f"{standstill} steps in a row did not advance t = {t:.6g} s of {end:g} s"
                    raise Stop(Status.STEP_SIZE, f"{text}; {fastest(rhs, t, y)}")
                n_steps += 1
                recorder.step(t, y, interpolant)
                if progress is not None:
                    progress(t, end, stepper.counts().get("n_steps", n_steps))
                if n_steps >= integrator.max_steps and t < t_span[1]:
                    raise too_many_steps(rhs, t, y, n_steps)
    except Stop as stop:
        status, message = stop.status, f"{stop.message}{integrator.remedy(stop.status)}"
    except KeyboardInterrupt:
        status, message = Status.INTERRUPTED, f"interrupted after t = {t:.6g} s of {end:g} s"
    except Exception as error:
        status, message = Status.FAILED, f"{type(error).__name__}: {error}"
        error.add_note(f"in '{network.name}' after t = {t:.6g} s, step {n_steps}; this exception carries .solution")
        error.solution = finished()  # type: ignore[attr-defined]
        raise
    return finished()


def too_long(t: float) -> Stop:
    """A run has used up its wall time."""
    return Stop(Status.WALL_TIME, f"the wall-time limit was reached at t = {t:.6g} s")


def too_many_steps(rhs: CheckedRhs, t: float, y: np.ndarray, n_steps: int) -> Stop:
    """A run has used up its steps."""
    text = f"the limit of {n_steps} steps was reached at t = {t:.6g} s of {rhs.end:g} s"
    return Stop(Status.MAX_STEPS, f"{text}; {fastest(rhs, t, y)}. Raise max_steps")


def fastest(rhs: CheckedRhs, t: float, y: np.ndarray) -> str:
    """Which states change fastest for their size."""
    speed = np.abs(rhs(t, y)) / (np.abs(y) + 1e-9)
    size = rhs.shape[-1]
    several = len(speed) > size
    worst = [(int(k) // size, rhs.network.registry.locate(int(k) % size)) for k in np.argsort(speed)[::-1][:3]]
    told = [f"{entry} of member {member}" if several else entry for member, entry in worst]
    return f"the states that change fastest are {', '.join(told)}"


def gave_up(rhs: CheckedRhs, method: str, t: float, y: np.ndarray, why: str) -> Stop:
    """What to raise when a solver has no next step: what was not finite, or that no step was small enough."""
    if rhs.bad:
        return Stop(Status.NOT_FINITE, rhs.complaint)
    text = f"{method} found no step small enough at t = {t:.6g} s ({why}); {fastest(rhs, t, y)}"
    return Stop(Status.STEP_SIZE, text)


def shortest_stretch(t_span: tuple[float, float]) -> float:
    """How far two breakpoints of a run are apart, at most, that rounding alone has parted."""
    return 1e-12 * max(abs(t_span[0]), abs(t_span[1]))


def held(y: np.ndarray) -> Interpolant:
    """The state over a stretch of a few roundings between two breakpoints meant as one, too short for a solver.

    To join the two would leave one of the jumps inside a stretch, where a method of fixed step does not see it.
    """
    return lambda times, columns: np.tile(y if columns is None else y[columns], (len(times), 1))


def not_finite(network: Network, what: str, values: np.ndarray, t: float) -> str:
    """Which states are concerned: ``derivative of E.v is not finite in 3 of 10 cells, first E.v[4], at t = 0.0132``."""
    registry = network.registry
    bad = ~np.isfinite(values.reshape(-1, registry.size))
    told = []
    for slot in registry:
        here = bad[:, slot.slice]
        if here.any():
            member, k = (int(i) for i in np.argwhere(here)[0])
            of = f" of member {member}" if len(bad) > 1 else ""
            count = f"{int(here.sum())} of {here.size} entries"
            told.append(f"{what}{slot.path} is not finite in {count}, first {slot.entry(k)}{of}")
    more = f" (and {len(told) - 3} more states)" if len(told) > 3 else ""
    return f"{'; '.join(told[:3])}{more}, at t = {t:.6g} s"


def step_limit(network: Network) -> float:
    """The longest step that cannot pass over a change of an input; a warning when it has to be guessed."""
    limits = {path: source.largest_step() for path, source in network.sources.items()}
    unknown = [path for path, limit in limits.items() if limit is None]
    known = min((limit for limit in limits.values() if limit is not None), default=math.inf)
    if not unknown:
        return known
    guess = 0.1 * network.shortest_time_constant()
    if math.isfinite(guess):
        warn(
            f"nothing is known of the jumps of input {', '.join(map(repr, unknown))}, so steps are kept to {guess:.3g} "
            "s, a tenth of the shortest time constant; give jumps=(...), or () for a smooth function, or max_step=",
            RuntimeWarning,
        )
    return min(known, guess)
