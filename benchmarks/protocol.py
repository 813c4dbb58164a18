"""How one contestant is tuned and timed on one row, in a process of its own: ``python protocol.py CONTESTANT``.

A contestant is a file of ``contestants/`` with ``VARIANTS``, a :class:`Ladder` of settings for each of its methods, and
``prepare(row, variant) -> solve``, where ``solve(setting)`` gives the voltages of ``E`` at ``row.times``, of shape
``(300, [patterns,] n)``. Its imports stand at the top and are not timed. It may raise :class:`Unable`.

A task is one line of JSON on standard input, every result one line of JSON on standard output; without a task, the
variants and versions are listed. What a contestant prints itself goes to standard error.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import math
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from rows import Row

Solve = Callable[[Any], np.ndarray]


@dataclass(frozen=True)
class Ladder:
    """Settings from cheap to accurate; ``monotone`` when a more accurate one cannot be cheaper."""

    settings: Sequence[Any]
    monotone: bool


#: Relative tolerances, three in a decade. Solvers that switch methods may be cheaper at a tighter one.
TOLERANCES = Ladder([10.0 ** (-exponent / 3.0) for exponent in range(3, 37)], monotone=False)
#: Equal steps from one of the 300 times to the next, about four in an octave.
SUBSTEPS = Ladder(sorted({round(2.0 ** (quarters / 4.0)) for quarters in range(60)}), monotone=True)

ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMBA")} | {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
    "CUDA_VISIBLE_DEVICES": "",
}
#: A timing repeats short runs until it lasts this long, in s, and is the median of so many timings.
SHORTEST, REPEATS = 0.05, 5
#: Rungs of a ladder that are skipped until a target is met.
STRIDE = 4


class Unable(Exception):
    """Says why a contestant cannot run a row."""


@dataclass(frozen=True)
class Result:
    """What it took to meet a target: CPU seconds of a run and of the set-up, error in mV, peak memory in MB."""

    target: float | None
    setting: Any
    error: float
    seconds: float
    set_up: float
    memory: float
    n_runs: int


class OverBudget(Exception):
    """The CPU seconds of a task are used up."""


class Tuning:
    """Runs of one contestant, counted against a budget of CPU seconds; errors and times by rung are kept."""

    def __init__(self, solve: Solve, ladder: Ladder, reference: np.ndarray | None, deadline: float) -> None:
        self.solve, self.ladder, self.reference, self.deadline = solve, ladder, reference, deadline
        self.errors: dict[int, float] = {}
        self.seconds: dict[int, float] = {}

    def error(self, rung: int) -> float:
        """The largest error in any voltage at any time, in mV; infinite when the run fails."""
        if rung not in self.errors:
            self.must_afford()
            setting, began = self.ladder.settings[rung], cpu_time()
            try:
                with np.errstate(all="ignore"):
                    self.errors[rung] = largest_error(np.asarray(self.solve(setting)), self.reference)
            except (ArithmeticError, RuntimeError, ValueError) as failure:
                print(f"{setting}: {failure}", file=sys.stderr)
                self.errors[rung] = math.inf
            self.seconds[rung] = cpu_time() - began
            if self.seconds[rung] < SHORTEST and self.errors[rung] != math.inf:
                self.seconds[rung] = min(self.seconds[rung], cpu_seconds(self.solve, setting))
            print(f"{setting}: {self.errors[rung]:.3g} mV, {self.seconds[rung]:.3g} s", file=sys.stderr)
        return self.errors[rung]

    def must_afford(self) -> None:
        """Stop when the next run, which may take twice as long as the longest so far, would end too late."""
        if cpu_time() + 2.0 * max(self.seconds.values(), default=0.0) > self.deadline:
            raise OverBudget

    def compilation(self) -> float:
        """Seconds that the very first run takes beyond a second one, when there is time for one."""
        self.error(0)
        first, left = self.seconds[0], self.deadline - cpu_time()
        if first < left:
            del self.errors[0], self.seconds[0]
            self.error(0)
        return max(0.0, first - self.seconds[0])

    def explore(self, target: float, first: int) -> int:
        """The loosest rung from ``first`` on that meets the target, or the last: up in strides, then down by halves.

        Where the ladder is not monotone, tighter rungs are tried as long as they are cheaper.
        """
        low, high, last = first - 1, first, len(self.ladder.settings) - 1
        while self.error(high) > target and high < last:
            low, high = high, min(high + STRIDE, last)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.error(middle) <= target else (middle, high)
        best, probe = high, min(high + STRIDE, last)
        while not self.ladder.monotone and self.error(probe) <= target and self.seconds[probe] < self.seconds[best]:
            best, probe = probe, min(probe + STRIDE, last)
        return high

    def cheapest(self, target: float) -> int | None:
        """The rung, of those tried, that meets the target in the least time; None when there is none."""
        meeting = sorted(rung for rung, error in self.errors.items() if error <= target)
        return min(meeting, key=lambda rung: 0.0 if self.ladder.monotone else self.seconds[rung], default=None)

    def timed(self, rung: int) -> tuple[float, int]:
        """Median CPU seconds of a run, and how many runs that is from; a run that is long counts as it was tuned."""
        setting, once = self.ladder.settings[rung], self.seconds[rung]
        if cpu_time() + 2.0 * once > self.deadline:
            return once, 1
        repeats, once = 1, cpu_seconds(self.solve, setting)
        while once * repeats < SHORTEST:  # a clock that ticks coarsely shows nothing for a single short run
            repeats *= 4
            once = cpu_seconds(self.solve, setting, repeats)
        timings = [once]
        while len(timings) < REPEATS and (not timings or cpu_time() + once < self.deadline):
            timings.append(cpu_seconds(self.solve, setting, repeats))
        return statistics.median(timings), len(timings) * repeats


def largest_error(voltages: np.ndarray, reference: np.ndarray | None) -> float:
    """In mV; infinite when a value is not finite, not a number when there is nothing to compare with."""
    if reference is None:
        return math.nan
    if voltages.shape != reference.shape:
        raise Unable(f"voltages have shape {voltages.shape}, the reference {reference.shape}")
    error = float(np.max(np.abs(voltages - reference)))
    return error if math.isfinite(error) else math.inf


def cpu_time() -> float:
    """CPU seconds of this process, all its threads, and the compilers it has started."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def cpu_seconds(function: Callable[[Any], Any], argument: Any, repeats: int = 1) -> float:
    """CPU seconds of one call, all threads of the process together."""
    began = cpu_time()
    for _ in range(repeats):
        function(argument)
    return (cpu_time() - began) / repeats


def results(contestant: Any, row: Row, variant: str, task: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What each target takes, from loose to tight, or why there is nothing; a later line replaces an earlier one.

    A task with a setting in place of targets is timed there and held against nothing.
    """
    ladder = Ladder([task["setting"]], monotone=True) if "setting" in task else contestant.VARIANTS[variant]
    reference = np.load(task["reference"]) if "reference" in task else None
    row.network()  # made before the clock starts, and kept
    began = cpu_time()
    solve = contestant.prepare(row, variant)
    tuning = Tuning(solve, ladder, reference, began + task["budget"])
    set_up = cpu_time() - began + tuning.compilation()

    def taken(target: float | None, rung: int) -> dict[str, Any]:
        seconds, n_runs = tuning.timed(rung)
        setting, error = ladder.settings[rung], tuning.errors[rung]
        return asdict(Result(target, setting, error, seconds, set_up, peak_memory(), n_runs))

    if "setting" in task:
        yield taken(None, 0)
        return
    rung, chosen, missed = 0, {}, "target missed"
    for target in sorted(task["targets"], reverse=True):
        try:
            rung = tuning.explore(target, rung)
        except OverBudget:
            missed = f"over the budget of {task['budget']:g} s"
        chosen[target] = tuning.cheapest(target)
        if chosen[target] is None:
            yield {"target": target, "why": f"{missed}, {min(tuning.errors.values()):.2g} mV reached"}
        else:
            yield taken(target, chosen[target])
    for target, rung in chosen.items():  # a tighter target may have found a cheaper setting
        cheapest = tuning.cheapest(target)
        if cheapest not in (None, rung):
            yield taken(target, cheapest)


def peak_memory() -> float:
    """The largest resident size of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1e-6 if sys.platform == "darwin" else 1024e-6)


def versions(names: Sequence[str]) -> dict[str, str]:
    """Of Python and of those packages that are installed."""
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def main() -> None:
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    contestant = importlib.import_module(f"contestants.{sys.argv[1]}")
    line = sys.stdin.readline()
    if not line.strip():
        print(json.dumps({"variants": list(contestant.VARIANTS)}), file=out, flush=True)
        return
    task = json.loads(line)
    limit = math.ceil(2.0 * task["budget"]) + 60  # for a single run that goes on and on
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[os.getpid() % len(cores)]})
    try:
        for result in results(contestant, Row(**task["row"]), task["variant"], task):
            print(json.dumps(result), file=out, flush=True)
    except Unable as reason:
        for target in task.get("targets", [None]):
            print(json.dumps({"target": target, "why": str(reason)}), file=out, flush=True)


if __name__ == "__main__":
    importlib.import_module("protocol").main()  # one copy of the classes that contestants import
