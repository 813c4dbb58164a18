"""Checkpoints: a long run in segments, written after each, that goes on from the last one after it was killed."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from netframe.errors import FileError, ParameterError, SpecError
from netframe.files.atomic import file_path
from netframe.files.container import read, write
from netframe.files.results import KIND, encoded, packed, unpacked
from netframe.integrators.batches import limited
from netframe.integrators.differences import differences
from netframe.integrators.driver import CheckedRhs, Progress, Step, Stepper, drive, held
from netframe.integrators.fixed_step import FixedStepIntegrator, warn_of_long_steps
from netframe.integrators.recorder import Recorder
from netframe.network import Network
from netframe.solution import Solution, Stats, Status


def solve_with_checkpoints(
    integrator: Any,
    network: Network,
    t_span: tuple[float, float],
    y0: np.ndarray,
    *,
    checkpoint: Any,
    every: Any,
    save_at: np.ndarray | None,
    record: tuple[str, ...] | None,
    progress: Progress | None,
) -> Solution:
    """Solve in segments of about ``every``, and write what was computed to ``checkpoint`` after each.

    The segments of ``FixedStepIntegrator`` end on its steps, which are those of a run in one piece, bit for bit; any
    other integrator starts anew at each. The last segment begins before the last time to save.
    """
    _require_both(checkpoint, every)
    file = _File(file_path(checkpoint), *_asked(network, integrator, t_span, y0, every, save_at, record))
    so_far = file.solution(network)
    if so_far is not None and so_far.success:
        return attrs.evolve(so_far, integrator=integrator)
    fixed = type(integrator) is FixedStepIntegrator
    if fixed:
        warn_of_long_steps(integrator.method, integrator.dt, network)
        part = _PartOfRun.of(integrator, network, t_span)
    edges = [t_span[0], *_ends(t_span, every, save_at, part.step_after if fixed else float), t_span[1]]
    if so_far is not None:
        edges = file.left_off(edges, so_far)
    began = time.perf_counter()
    try:
        for left, right in itertools.pairwise(edges):
            options = limited(integrator, time.perf_counter() - began)
            solver = attrs.evolve(part, integrator=options) if fixed else options
            start = y0 if so_far is None else so_far.final
            found = solver.solve(
                network,
                (left, right),
                start,
                save_at=_times(save_at, left, right, t_span),
                record=record,
                progress=_told(progress, so_far, t_span[1]),
            )
            so_far = _joined(so_far, attrs.evolve(found, integrator=integrator), save_at)
            if not found.success:
                break
            if right < t_span[1]:
                text = f"computed up to t = {right:.6g} s of {t_span[1]:g} s; the same call goes on from there"
                file.write(attrs.evolve(so_far, status=Status.INTERRUPTED, message=text))
            else:
                file.write(so_far)
    except KeyboardInterrupt:  # between two segments; within one the driver hands back what it has
        if so_far is None:
            raise
        text = f"interrupted after t = {so_far.t[-1]:.6g} s of {t_span[1]:g} s"
        so_far = attrs.evolve(so_far, status=Status.INTERRUPTED, message=text)
    except Exception as error:
        if isinstance(getattr(error, "solution", None), Solution):
            so_far = _joined(so_far, error.solution, save_at)  # type: ignore[attr-defined]
        if so_far is not None:
            text = f"{type(error).__name__}: {error}"
            failed = attrs.evolve(so_far, status=Status.FAILED, message=text, integrator=integrator)
            error.solution = failed  # type: ignore[attr-defined]
        raise
    assert so_far is not None
    return so_far


@attrs.frozen(eq=False)
class _PartOfRun(Stepper):
    """A method of fixed step that solves a part of a run by the steps it takes in the whole of it."""

    integrator: FixedStepIntegrator
    edges: np.ndarray
    least: float

    @classmethod
    def of(cls, integrator: FixedStepIntegrator, network: Network, t_span: tuple[float, float]) -> _PartOfRun:
        """A part of the run over ``t_span``."""
        edges = np.array([t_span[0], *network.breakpoints(*t_span), t_span[1]])
        return cls(integrator, edges, 1e-12 * max(map(abs, t_span)))

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
        return drive(self.integrator, problem, self, t_span, y0, recorder, progress=progress)

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


class _File:
    """The file of a run, and what the run was asked to be."""

    def __init__(self, path: Path, run: dict[str, Any], arrays: dict[str, Any]) -> None:
        self._path, self._run, self._arrays = path, run, arrays

    def solution(self, network: Network) -> Solution | None:
        """What was computed before, or nothing; another run is refused with what differs."""
        if not self._path.exists():
            return None
        content, arrays = read(self._path, KIND)
        if not isinstance(content.get("run"), dict):
            text, remedy = "it is a result without a run to go on with, and would be lost", "Give another path"
            raise FileError(text, component="checkpoint", path=str(self._path), remedy=remedy)
        try:
            then = content["run"] | {name: content[name] for name in ("integrator", "network")}
            found = differences(then, arrays, self._run, self._arrays)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            text = f"what it says of its run makes no sense ({type(error).__name__}: {error})"
            raise FileError(text, component="checkpoint", path=str(self._path)) from None
        if found:
            told = "; ".join(found[:3]) + (f"; and {len(found) - 3} more" if len(found) > 3 else "")
            text = f"checkpoint '{self._path}' is of another run: {told}"
            remedy = "Give the arguments of that run to go on with it, or another path to begin this one"
            raise ParameterError(text, component="simulate", path=network.name, attribute="checkpoint", remedy=remedy)
        return unpacked(content, arrays, self._path, network)

    def left_off(self, edges: list[float], so_far: Solution) -> list[float]:
        """The ends of the segments that are left, from where the file ends."""
        if len(so_far.t) and so_far.t[-1] in edges:
            return edges[edges.index(so_far.t[-1]) :]
        raise FileError("it ends where no segment of this run does", component="checkpoint", path=str(self._path))

    def write(self, solution: Solution) -> None:
        """Write what was computed so far, as a result that ``load`` reads as well."""
        content, arrays = packed(solution)
        run = {name: value for name, value in self._run.items() if name not in content}
        write(self._path, KIND, {**content, "run": run}, {**arrays, **self._arrays})


def _require_both(checkpoint: Any, every: Any) -> None:
    where = {"component": "simulate", "attribute": "every"}
    if checkpoint is None:
        raise ParameterError("every is given and checkpoint, the file to write, is not", **where)
    number = isinstance(every, (int, float, np.number)) and not isinstance(every, bool)
    if not number or not 0 < every < np.inf:
        text = f"every is {every!r}; it must be the simulated time between two checkpoints, in s"
        raise ParameterError(text, **where, remedy="Write every=10.0")


def _asked(
    network: Network,
    integrator: Any,
    t_span: tuple[float, float],
    y0: np.ndarray,
    every: Any,
    save_at: np.ndarray | None,
    record: tuple[str, ...] | None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments of a run as plain data and arrays, to compare those of another with."""
    arrays: dict[str, Any] = {"run/y0": y0} | ({} if save_at is None else {"run/save_at": save_at})
    try:
        whole = encoded(network, "network", arrays)
        how = encoded(integrator, "integrator", arrays)
    except SpecError as error:
        text = f"checkpoint needs what can be saved, so that a run goes on with the same: {error}"
        raise ParameterError(text, component="simulate", path=network.name, attribute="checkpoint") from error
    run = {
        "t0": t_span[0],
        "t_end": t_span[1],
        "every": float(every),
        "record": None if record is None else list(record),
        "y0": {"array": "run/y0"},
        "save_at": None if save_at is None else {"array": "run/save_at"},
        "integrator": how,
        "network": whole,
    }
    return run, arrays


def _ends(
    t_span: tuple[float, float], every: Any, save_at: np.ndarray | None, place: Callable[[float], float]
) -> list[float]:
    """Where the segments end, but for the last, in their order."""
    stop = t_span[1] if save_at is None else min(float(save_at[-1]), t_span[1])
    found: list[float] = []
    last = t_span[0]
    for k in itertools.count(1):
        wanted = t_span[0] + k * float(every)
        if wanted >= stop - 1e-9 * float(every):
            return found
        t = place(wanted)
        if last < t < stop:
            found.append(t)
            last = t
    raise AssertionError


def _times(save_at: np.ndarray | None, left: float, right: float, t_span: tuple[float, float]) -> np.ndarray | None:
    """The times a segment saves: those asked for, and its end, to go on from."""
    if save_at is None:
        return None
    after = save_at >= left if left == t_span[0] else save_at > left
    inside = save_at[after & (save_at <= right)]
    return inside if right == t_span[1] or right in inside else np.append(inside, right)


def _told(progress: Progress | None, so_far: Solution | None, t_end: float) -> Progress | None:
    """Progress of the whole run, told by a segment of it."""
    if progress is None:
        return None
    before = 0 if so_far is None else so_far.stats.n_steps
    return lambda t, _, n_steps: progress(t, t_end, before + n_steps)


def _joined(before: Solution | None, after: Solution, save_at: np.ndarray | None) -> Solution:
    """Two parts of a run as one; the state between them stays only where its time was asked for."""
    if before is None:
        return after
    n_before = len(before.t) - (save_at is None or before.t[-1] not in save_at)
    n_skipped = int(n_before > 0 and after.t[0] == before.t[n_before - 1])

    def both(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        rows = np.concatenate([a[:n_before], b[n_skipped:]])
        rows.flags.writeable = False
        return rows

    y = None if before.y is None or after.y is None else both(before.y, after.y)
    recorded = None
    if before.recorded is not None and after.recorded is not None:
        recorded = {path: both(rows, after.recorded[path]) for path, rows in before.recorded.items()}
    t = np.concatenate([before.t[:n_before], after.t[n_skipped:]])
    stats = Stats(*(a + b for a, b in zip(attrs.astuple(before.stats), attrs.astuple(after.stats))))
    return attrs.evolve(after, t=t, y=y, recorded=recorded, stats=stats)
