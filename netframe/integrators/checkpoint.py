"""Checkpoints: a long run in segments, each written when it is solved, that goes on from the last after a kill."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import numpy as np

from netframe.errors import FileError, ParameterError
from netframe.files.atomic import file_path
from netframe.files.parts import joined
from netframe.integrators.batches import limited, solve_in_chunks
from netframe.integrators.driver import Progress
from netframe.integrators.fixed_step import warn_of_long_steps
from netframe.integrators.run_file import Asked, RunFile
from netframe.integrators.segments import WholeSteps, is_fixed, segments, times_within
from netframe.network import Network
from netframe.solution import Run, Solution, Status


def solve_with_checkpoints(
    integrator: Any,
    network: Network,
    t_span: tuple[float, float],
    y0: np.ndarray,
    *,
    run: Run,
    checkpoint: Any,
    every: Any,
    size: int | None = None,
    save_at: np.ndarray | None,
    record: tuple[str, ...] | None,
    progress: Progress | None,
) -> Solution:
    """Solve in segments of about ``every``, and keep each in the file ``checkpoint``; at the end join them there.

    With ``size``, so many members of a batch at a time. The segments of ``FixedStepIntegrator`` end on its steps, which
    are those of a run in one piece, bit for bit; any other integrator starts anew at each.
    """
    _require_both(checkpoint, every)
    asked = Asked.of(network, integrator, run, float(every), save_at, record)
    with RunFile(file_path(checkpoint), asked, run, network, integrator) as file:
        if file.solution is not None:
            return attrs.evolve(file.solution, integrator=integrator)
        if is_fixed(integrator):
            warn_of_long_steps(integrator.method, integrator.dt, network)
        in_segments = _InSegments(file, t_span, float(every), save_at, record)
        if size is None or save_at is None:
            solution = in_segments.solve(integrator, network, y0, progress)
        else:
            options: dict[str, Any] = {"save_at": save_at, "record": record, "progress": progress}
            solution = solve_in_chunks(
                integrator, network, t_span, y0, size, **options, solve=in_segments.solve_members
            )
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


def _require_both(checkpoint: Any, every: Any) -> None:
    where = {"component": "simulate", "attribute": "every"}
    if checkpoint is None:
        raise ParameterError("every is given and checkpoint, the file to write, is not", **where)
    number = isinstance(every, (int, float, np.number)) and not isinstance(every, bool)
    if not number or not 0 < every < np.inf:
        text = f"every is {every!r}; it must be the simulated time between two checkpoints, in s"
        raise ParameterError(text, **where, remedy="Write every=10.0")


@attrs.frozen(eq=False)
class _InSegments:
    """Solves a run, or that of some members of its batch, from where its file ends."""

    file: RunFile
    t_span: tuple[float, float]
    every: float
    save_at: np.ndarray | None
    record: tuple[str, ...] | None

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
        members: tuple[int, int] | None = None,
    ) -> Solution:
        """Solve segment after segment, keeping each, and hand back all of it whatever happens."""
        began, t_end = time.perf_counter(), self.t_span[1]
        parts = [attrs.evolve(part, network=network) for part in self.file.parts(members)]
        try:
            for left, right in [] if parts and parts[-1].success else self._left(integrator, network, parts):
                found = _solver(limited(integrator, time.perf_counter() - began), network, self.t_span).solve(
                    network,
                    (left, right),
                    parts[-1].final if parts else y0,
                    save_at=times_within(self.save_at, left, right, self.t_span),
                    record=self.record,
                    progress=_told(progress, parts, t_end),
                )
                found = attrs.evolve(found, integrator=integrator)
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
            text = f"interrupted after t = {parts[-1].t[-1]:.6g} s of {t_end:g} s"
            parts[-1] = _ended(parts[-1], Status.INTERRUPTED, text)
        except Exception as error:
            if isinstance(getattr(error, "solution", None), Solution):
                parts.append(attrs.evolve(error.solution, integrator=integrator))  # type: ignore[attr-defined]
            if parts:
                parts[-1] = _ended(parts[-1], Status.FAILED, f"{type(error).__name__}: {error}")
                error.solution = joined(parts, self.save_at)  # type: ignore[attr-defined]
            raise
        return joined(parts, self.save_at)

    def _left(self, integrator: Any, network: Network, parts: Sequence[Solution]) -> Iterable[tuple[float, float]]:
        """The segments that are left, from where the file ends."""
        edges = segments(integrator, network, self.t_span, self.every, self.save_at)
        if parts and not (len(parts[-1].t) and parts[-1].t[-1] in edges):
            raise FileError("it ends where no segment of this run does", component="checkpoint", path=self.file.path)
        return itertools.pairwise(edges[edges.index(parts[-1].t[-1]) :] if parts else edges)


def _solver(integrator: Any, network: Network, t_span: tuple[float, float]) -> Any:
    """What solves a segment."""
    return WholeSteps.of(integrator, network, t_span) if is_fixed(integrator) else integrator


def _ended(solution: Solution, status: Status, message: str) -> Solution:
    return attrs.evolve(solution, status=status, message=message)


def _told(progress: Progress | None, parts: Sequence[Solution], t_end: float) -> Progress | None:
    """Progress of the whole run, told by a segment of it."""
    if progress is None:
        return None
    before = sum(part.stats.n_steps for part in parts)
    return lambda t, _, n_steps: progress(t, t_end, before + n_steps)
