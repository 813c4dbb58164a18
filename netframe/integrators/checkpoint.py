"""Checkpoints: a long run in segments, each written when it is solved, that goes on from the last after a kill."""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from netframe.calls import warn
from netframe.errors import FileError, ParameterError
from netframe.files.atomic import file_path
from netframe.files.parts import Members, joined
from netframe.files.results import FORMATS, others
from netframe.integrators.batches import limited, solve_in_chunks
from netframe.integrators.driver import Progress
from netframe.integrators.run_file import RunFile
from netframe.integrators.segments import Schedule, WholeSteps, is_fixed
from netframe.integrators.stepping import SteppingIntegrator
from netframe.network import Network
from netframe.solution import Solution, Status

#: Segments of a run, at most.
MOST = 1_000_000


def solve_with_checkpoints(
    integrator: Any,
    network: Network,
    schedule: Schedule,
    checkpoint: Any,
    *,
    size: int | None = None,
    progress: Progress | None = None,
) -> Solution:
    """Solve in segments, as the schedule says, and keep each in the file ``checkpoint``; at the end join them there.

    With ``size``, so many members of a batch at a time. The segments of ``FixedStepIntegrator`` end on its steps, which
    are those of a run in one piece, bit for bit; any other integrator starts anew at each.
    """
    path, schedule = _path_of(checkpoint, schedule), attrs.evolve(schedule, every=float(schedule.every))
    with RunFile(path, network, integrator, schedule) as file:
        if file.solution is not None:
            return attrs.evolve(file.solution, integrator=integrator)
        if isinstance(integrator, SteppingIntegrator):
            integrator.check(network, schedule.t_span)
        in_segments, y0 = _InSegments(file, schedule), schedule.run.y0.copy()
        if size is None or schedule.save_at is None:
            solution = in_segments.solve(integrator, network, y0, progress)
        else:
            options: dict[str, Any] = {"save_at": schedule.save_at, "record": schedule.record, "progress": progress}
            solve = in_segments.solve_members
            solution = solve_in_chunks(integrator, network, schedule.t_span, y0, size, **options, solve=solve)
        solution = attrs.evolve(solution, integrator=integrator, run=file.run)
        if solution.success:
            try:
                file.finish(solution)
            except KeyboardInterrupt:
                return _ended(solution, Status.INTERRUPTED, "interrupted while the result was written")
            except Exception as error:
                failed = _ended(solution, Status.FAILED, f"{type(error).__name__}: {error}")
                error.solution = failed  # type: ignore[attr-defined]
                raise
        return solution


def _path_of(checkpoint: Any, schedule: Schedule) -> Path:
    """The file to write, if it and ``every`` are what they must be."""
    every, (t0, t1) = schedule.every, schedule.t_span
    where, ten = {"component": "simulate", "attribute": "every"}, f"write every={(t1 - t0) / 10:.2g} for ten of them"
    if checkpoint is None:
        text = "every is given and checkpoint, the file to write, is not"
        raise ParameterError(text, **where, remedy="Write checkpoint='run.npz', or leave out every")
    number = isinstance(every, (int, float, np.integer, np.floating)) and not isinstance(every, bool)
    if not number or not 0 < every < np.inf:
        text = f"every is {every!r}; it must be a positive number, the simulated time between two checkpoints in s"
        raise ParameterError(text, **where, remedy=ten.capitalize())
    if (t1 - t0) / MOST > every:
        text = f"every is {every!r} s, so that a run of {t1 - t0:g} s has more than {MOST:,} segments"
        raise ParameterError(text, **where, remedy=f"Write every={(t1 - t0) / 100:.2g} for a hundred")
    if every > (t1 - t0) * (1.0 + 1e-9):
        text = f"every is {every:g} s and the run takes {t1 - t0:g} s, so that nothing is kept before its end"
        warn(f"simulate: {text}; times are in s, {ten}", RuntimeWarning)
    path = file_path(checkpoint)
    if path.suffix not in ("", ".npz"):
        text = f"checkpoint is '{path}', and the file of a run with checkpoints ends in '.npz'"
        after = f"sol.save('{path}')" if path.suffix in FORMATS else others(path)
        remedy = f"Write checkpoint='{path.with_suffix('.npz')}', and after the run {after}"
        raise ParameterError(text, component="simulate", attribute="checkpoint", remedy=remedy)
    return path


@attrs.frozen(eq=False)
class _InSegments:
    """Solves a run, or that of some members of its batch, from where its file ends."""

    file: RunFile
    schedule: Schedule

    def solve_members(
        self, integrator: Any, network: Network, y0: np.ndarray, progress: Progress | None, members: np.ndarray
    ) -> Solution:
        """Solve a chunk of a batch."""
        return self.solve(integrator, network, y0, progress, (int(members[0]), int(members[-1]) + 1))

    def solve(
        self,
        integrator: Any,
        network: Network,
        y0: np.ndarray,
        progress: Progress | None,
        members: Members = None,
    ) -> Solution:
        """Solve segment after segment, keeping each, and hand back all of it whatever happens."""
        began, schedule = time.perf_counter(), self.schedule
        t_end, save_at = schedule.t_span[1], schedule.save_at
        whole = WholeSteps.of(integrator, network, schedule.t_span) if is_fixed(integrator) else None
        parts = [attrs.evolve(part, network=network) for part in self.file.parts(members)]
        n_steps = sum(part.stats.n_steps for part in parts)
        try:
            for left, right in [] if parts and parts[-1].success else self._left(whole, parts):
                found = _solver(limited(integrator, time.perf_counter() - began), whole, t_end)(
                    network,
                    (left, right),
                    parts[-1].final if parts else y0,
                    save_at=schedule.times_within(left, right),
                    record=schedule.record,
                    progress=_told(progress, n_steps, t_end),
                )
                n_steps += found.stats.n_steps
                found = attrs.evolve(found, integrator=integrator)
                if found.status in (Status.INTERRUPTED, Status.WALL_TIME):
                    found = _ended(found, found.status, f"{found.message}; {_goes_on(parts)}")
                if found.success and right < t_end:
                    text = f"computed up to t = {right:.6g} s of {t_end:g} s; the same call goes on from there"
                    parts.append(_ended(found, Status.INTERRUPTED, text))
                else:
                    parts.append(found)
                if not found.success:
                    break
                self.file.keep(parts[-1], members)
        except KeyboardInterrupt:  # between two segments; within one the driver hands back what it has
            if not parts:
                raise
            text = f"interrupted after t = {parts[-1].t[-1]:.6g} s of {t_end:g} s; {_goes_on(parts)}"
            parts[-1] = _ended(parts[-1], Status.INTERRUPTED, text)
        except Exception as error:
            if isinstance(getattr(error, "solution", None), Solution):
                parts.append(attrs.evolve(error.solution, integrator=integrator))  # type: ignore[attr-defined]
            if parts:
                parts[-1] = _ended(parts[-1], Status.FAILED, f"{type(error).__name__}: {error}")
                error.solution = joined(parts, save_at)  # type: ignore[attr-defined]
            raise
        return joined(parts, save_at)

    def _left(self, whole: WholeSteps | None, parts: Sequence[Solution]) -> Iterable[tuple[float, float]]:
        """The segments that are left, from where the file ends."""
        edges = self.schedule.edges() if whole is None else self.schedule.edges(whole.step_after)
        if parts and not (len(parts[-1].t) and parts[-1].t[-1] in edges):
            raise FileError("it ends where no segment of this run does", component="checkpoint", path=self.file.path)
        return itertools.pairwise(edges[edges.index(parts[-1].t[-1]) :] if parts else edges)


def _solver(integrator: Any, whole: WholeSteps | None, end: float) -> Callable[..., Solution]:
    """What solves a segment of a run that was checked as a whole, and ends at ``end``."""
    if whole is not None:
        return attrs.evolve(whole, integrator=integrator).solve
    if isinstance(integrator, SteppingIntegrator):
        return functools.partial(integrator.run, end=end)
    return integrator.solve


def _ended(solution: Solution, status: Status, message: str) -> Solution:
    return attrs.evolve(solution, status=status, message=message)


def _goes_on(parts: Sequence[Solution]) -> str:
    """From where a run that was stopped goes on: the last checkpoint, its file holding these parts."""
    if not parts:
        return "the same call begins again, as there is no checkpoint yet"
    return f"the same call goes on from the last checkpoint, t = {parts[-1].t[-1]:.6g} s"


def _told(progress: Progress | None, before: int, t_end: float) -> Progress | None:
    """Progress of the whole run, told by a segment of it that comes after so many steps."""
    if progress is None:
        return None
    return lambda t, _, n_steps: progress(t, t_end, before + n_steps)
