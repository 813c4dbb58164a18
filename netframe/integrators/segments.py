"""Segments: where the parts of a run end between which it is written, and how one of them is solved."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import numpy as np

from netframe.integrators.driver import CheckedRhs, Progress, Step, Stepper, drive, held, shortest_stretch
from netframe.integrators.fixed_step import FixedStepIntegrator
from netframe.integrators.recorder import Recorder
from netframe.network import Network
from netframe.solution import Run, Solution


@attrs.frozen(eq=False)
class Schedule:
    """What a run with checkpoints keeps, and after every how many seconds of simulated time it writes."""

    run: Run
    every: float
    save_at: np.ndarray | None
    record: tuple[str, ...] | None

    @property
    def t_span(self) -> tuple[float, float]:
        """Where the run begins and ends."""
        return self.run.t_span

    def edges(self, place: Callable[[float], float] = float) -> list[float]:
        """The times between which the run is solved, in their order: its start, about each ``every``, its end.

        ``place`` moves a time to where a segment may end. The last begins before the last time to save.
        """
        t0, t1 = self.t_span
        stop = t1 if self.save_at is None else min(float(self.save_at[-1]), t1)
        edges = [t0]
        for k in itertools.count(1):
            wanted = t0 + k * self.every
            if wanted >= stop - 1e-9 * self.every:
                break
            t = place(wanted)
            if edges[-1] < t < stop:
                edges.append(t)
        return [*edges, t1]

    def times_within(self, left: float, right: float) -> np.ndarray | None:
        """The times a segment saves: those asked for, and its end, to go on from."""
        if self.save_at is None:
            return None
        t0, t1 = self.t_span
        first = np.searchsorted(self.save_at, left, side="left" if left == t0 else "right")
        inside = self.save_at[first : np.searchsorted(self.save_at, right, side="right")]
        return inside if right == t1 or right in inside[-1:] else np.append(inside, right)


def is_fixed(integrator: Any) -> bool:
    """Whether steps are the same however a run is divided."""
    return type(integrator) is FixedStepIntegrator


@attrs.frozen(eq=False)
class WholeSteps(Stepper):
    """A method of fixed step that solves a segment of a run by the steps it takes in the whole of it."""

    integrator: FixedStepIntegrator
    edges: np.ndarray
    least: float

    @classmethod
    def of(cls, integrator: FixedStepIntegrator, network: Network, t_span: tuple[float, float]) -> WholeSteps:
        """For the run over ``t_span``."""
        edges = np.array([t_span[0], *network.breakpoints(*t_span), t_span[1]])
        return cls(integrator, edges, shortest_stretch(t_span))

    def solve(
        self,
        problem: Network,
        t_span: tuple[float, float],
        y0: np.ndarray,
        *,
        save_at: np.ndarray | None = None,
        record: tuple[str, ...] | None = None,
        progress: Progress | None = None,
    ) -> Solution:
        """Integrate from one step of the whole to another."""
        recorder = Recorder(problem, y0.shape[:-1], save_at, record)
        return drive(self.integrator, problem, self, t_span, y0, recorder, progress=progress, end=float(self.edges[-1]))

    def step_after(self, t: float) -> float:
        """The time of the step of the whole run that begins at ``t``, or next after it."""
        left, right = self._stretch(t)
        if right - left <= self.least:
            return right
        grid = self.integrator.grid(left, right)
        k = grid.nearest(t)
        return grid.time(k if grid.time(k) >= t else min(k + 1, grid.count))

    def steps(self, rhs: CheckedRhs, t0: float, t1: float, y: np.ndarray) -> Iterator[Step]:
        left, right = self._stretch(0.5 * (t0 + t1))
        if right - left <= self.least:
            return iter([(t1, y, held(y))])
        rhs.enter(left, right)  # what is constant is found for the whole stretch, and so are the steps
        grid = self.integrator.grid(left, right)
        return self.integrator.along(grid, rhs, grid.nearest(t0), grid.nearest(t1), y)

    def _stretch(self, t: float) -> tuple[float, float]:
        """The breakpoints around a time."""
        k = min(max(int(np.searchsorted(self.edges, t, side="right")), 1), len(self.edges) - 1)
        return float(self.edges[k - 1]), float(self.edges[k])
