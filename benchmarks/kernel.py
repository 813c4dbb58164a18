"""How fast netframe is, side by side with the same equations written without it: ``python benchmarks/kernel.py``.

Every comparison first checks that the contestants agree, and stops with an error if they do not. They run in turn on
one thread, several rounds; times are medians over the rounds, ratios are medians of the ratios within a round, so that
other work on the machine hurts all alike. What takes long, or is measured for its memory, has a process of its own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import baselines
import numpy as np
from baselines import DURATION, N_SAMPLES, PlainNetwork

import netframe as nf

ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM")}
#: Each timing lasts at least this long, in s.
SHORTEST = 0.02
VOLTAGE_TOLERANCE = 1e-3  # mV
RHS_TARGETS = {10: 2.0, 100: 1.3, 1000: 1.05}
RUN_TARGETS = {10: 1.5, 100: 1.3, 1000: 1.1}
EACH_CALL, ONCE, DICTS = "by hand, drive at each call", "by hand, drive once", "dict of dicts"


@dataclass(frozen=True)
class Row:
    """One line of the table: two times in s, or two amounts in MB, how they compare, and what was aimed at."""

    benchmark: str
    n: int
    against: str
    ours: float
    other: float
    ratio: float
    target: float | None = None
    unit: str = "s"

    def cells(self) -> list[str]:
        """The line as text."""
        show = readable_time if self.unit == "s" else lambda amount: f"{amount:.0f} {self.unit}"
        verdict = ""
        if self.target is not None:
            verdict = f"{readable_ratio(self.target)} {'met' if self.ratio <= self.target else 'MISSED'}"
        amounts = [show(self.ours), show(self.other), readable_ratio(self.ratio)]
        return [self.benchmark, str(self.n), self.against, *amounts, verdict]


def readable_ratio(ratio: float) -> str:
    """``1.25 x`` or, for small ones, ``1 / 340``."""
    return f"{ratio:.2f} x" if ratio > 0.2 else f"1 / {1 / ratio:.3g}"


def readable_time(seconds: float) -> str:
    """A time with three digits in a unit a person reads."""
    unit, size = next(((u, s) for u, s in (("s", 1.0), ("ms", 1e-3)) if seconds >= s), ("us", 1e-6))
    return f"{seconds / size:.3g} {unit}"


def netframe_network(plain: PlainNetwork, resolution: str) -> nf.Network:
    """The plain network as netframe objects, with states in the order of the baselines."""
    nodes: dict[str, Any] = {name: nf.ConstantInput(name, rates=rates) for name, rates in plain.rates.items()}
    for name, cell in plain.cells.items():
        activation = nf.ClippedLinear(**{key: cell[key] for key in ("threshold", "ceiling", "peak")})
        membrane = {key: cell[key] for key in ("tau", "v_rest", "r_in")}
        nodes[name] = nf.LeakyRate(name, size=plain.sizes[name], activation=activation, **membrane)
    synapses = []
    for post, row in sorted(plain.synapses.items()):
        for pre, numbers in sorted(row.items()):
            how = {"weights": plain.weights[post][pre], "resolution": resolution, **numbers}
            synapses.append(nf.ReversalSynapse(nodes[pre], nodes[post], **how))
    return nf.Network("benchmark", [*(nodes[name] for name in sorted(nodes)), *synapses])


# Timing and checking.


def timed(function: Callable[[], Any]) -> float:
    """Seconds of one call."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def in_turn(contestants: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Seconds per call of each contestant in every round, A B A B."""
    counts = {}
    for name, function in contestants.items():
        once = min(timed(function) for _ in range(3)) if timed(function) < 1.0 else SHORTEST
        counts[name] = max(1, round(SHORTEST / once))
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, function in contestants.items():
            began = time.perf_counter()
            for _ in range(counts[name]):
                function()
            times[name].append((time.perf_counter() - began) / counts[name])
    return times


def compared(benchmark: str, n: int, times: dict[str, list[float]], targets: dict[str, float | None]) -> Iterator[Row]:
    """A row for every contestant but the first, which is netframe."""
    (_, ours), *others = times.items()
    for name, other in others:
        ratio = statistics.median(a / b for a, b in zip(ours, other, strict=True))
        yield Row(benchmark, n, name, statistics.median(ours), statistics.median(other), ratio, targets.get(name))


def must_agree(what: str, results: dict[str, Any], tolerance: float) -> None:
    """Stop unless all arrays lie within ``tolerance`` of the first."""
    (first, wanted), *others = results.items()
    for name, values in others:
        values = np.asarray(values)
        apart = np.max(np.abs(values - wanted)) if values.shape == wanted.shape else np.inf
        if not apart <= tolerance:
            text = f"{first} and {name} are {apart:.3g} apart, {tolerance:.3g} allowed"
            raise SystemExit(f"DISAGREEMENT in {what}: {text}")


def random_state(start: np.ndarray, n_cells: int, seed: int = 1) -> np.ndarray:
    """A state with voltages from -70 to -35 mV and small currents."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.uniform(-70.0, -35.0, n_cells), rng.uniform(0.0, 0.1, start.size - n_cells)])


def in_fresh_process(function: Callable[..., Any], *arguments: Any) -> Any:
    """What the function returns when a new Python process calls it."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def peak_memory() -> float:
    """The largest resident size of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1e-6 if sys.platform == "darwin" else 1024e-6)


# The benchmarks.


def right_hand_sides(name: str, plain: PlainNetwork, n: int, rounds: int) -> Iterator[Row]:
    """One evaluation: lumped against NumPy by hand, per synapse against the dict of dicts."""
    by_hand = getattr(baselines, f"{name}_by_hand")
    n_cells = sum(plain.sizes[population] for population in plain.cells)
    lumped = {"netframe": netframe_network(plain, "lumped").rhs, EACH_CALL: by_hand(plain, drive_once=False)}
    lumped[ONCE] = by_hand(plain, drive_once=True)
    single = {"netframe": netframe_network(plain, "synapse").rhs, DICTS: baselines.dict_of_dicts(plain)}
    for contestants, per_synapse in ((lumped, False), (single, True)):
        y = random_state(plain.resting(per_synapse), n_cells)
        slopes = {who: np.asarray(rhs(0.0, y)) for who, rhs in contestants.items()}
        must_agree(f"the {name} right-hand side at n = {n}", slopes, 1e-12 * np.max(np.abs(slopes["netframe"])))
        turns = {who: (lambda rhs=rhs, y=y: rhs(0.0, y)) for who, rhs in contestants.items()}
        times = in_turn(turns, rounds if not per_synapse or n < 1000 else 3)
        yield from compared(f"rhs, {name}{', per synapse' * per_synapse}", n, times, {ONCE: RHS_TARGETS.get(n)})


def rhs_feedforward(quick: bool) -> Iterator[Row]:
    """Evaluations of the notebook's network."""
    for n in (10, 100, 1000):
        yield from right_hand_sides("feedforward", baselines.feedforward(n), n, rounds=15)


def rhs_recurrent(quick: bool) -> Iterator[Row]:
    """Evaluations of the excitatory-inhibitory network."""
    for n in (10, 40, 100, 1000):
        yield from right_hand_sides("recurrent", baselines.recurrent(n), n, rounds=15)


def our_run(plain: PlainNetwork) -> Callable[[], np.ndarray]:
    """A function that simulates the lumped network and returns the voltages of ``E``."""
    network = netframe_network(plain, "lumped")
    return lambda: nf.simulate(network, DURATION, save_at=N_SAMPLES)["E.v"]


def other_run(plain: PlainNetwork, rhs: baselines.RightHandSide, per_synapse: bool) -> Callable[[], np.ndarray]:
    """A function that solves the network with a right-hand side of the baselines and returns the voltages of ``E``."""
    start, n = plain.resting(per_synapse), plain.sizes["E"]
    return lambda: baselines.solved(rhs, start)[:, :n]


def run_recurrent(quick: bool) -> Iterator[Row]:
    """Whole runs of the excitatory-inhibitory network, lumped."""
    for n in (10, 40, 100, 1000):
        plain = baselines.recurrent(n)
        runs = {"netframe": our_run(plain)}
        for who, once in ((EACH_CALL, False), (ONCE, True)):
            runs[who] = other_run(plain, baselines.recurrent_by_hand(plain, once), per_synapse=False)
        must_agree(f"the recurrent run at n = {n}", {who: run() for who, run in runs.items()}, VOLTAGE_TOLERANCE)
        times = in_turn(runs, rounds=3 if n == 1000 else 7)
        yield from compared("run, recurrent", n, times, {ONCE: RUN_TARGETS.get(n)})


def run_feedforward(quick: bool) -> Iterator[Row]:
    """Whole runs of the notebook's network: lumped, and at n = 1000 per synapse in processes of their own."""
    for n in (10, 100, 1000):
        plain = baselines.feedforward(n)
        by_hand = other_run(plain, baselines.feedforward_by_hand(plain, drive_once=True), per_synapse=False)
        runs = {"netframe": our_run(plain), ONCE: by_hand}
        if n == 1000:
            yield from largest_run(runs, plain, quick)
            continue
        runs[DICTS] = other_run(plain, baselines.dict_of_dicts(plain), per_synapse=True)
        must_agree(f"the feedforward run at n = {n}", {who: run() for who, run in runs.items()}, VOLTAGE_TOLERANCE)
        yield from compared("run, feedforward", n, in_turn(runs, rounds=7), {ONCE: RUN_TARGETS.get(n)})


def largest_run(runs: dict[str, Callable[[], Any]], plain: PlainNetwork, quick: bool) -> Iterator[Row]:
    """The notebook's network with a million synapses, where the dict of dicts runs once.

    When ``quick`` only its evaluations are counted, which leaves out the solver's own work on a million states and the
    interpolation of all of them at every sample, more than half of its time; so no target is judged by it.
    """
    n, benchmark = 1000, "run, feedforward"
    ours = [in_fresh_process(run_per_synapse, n) for _ in range(3)]
    single, memory = statistics.median(run[0] for run in ours), max(run[1] for run in ours)
    n_evaluations, voltages = ours[0][2:]
    results = {"netframe per synapse": voltages} | {who: run() for who, run in runs.items()}
    if quick:
        dicts, y = baselines.dict_of_dicts(plain), plain.resting(per_synapse=True)
        slow = statistics.median(timed(lambda: np.asarray(dicts(0.0, y))) for _ in range(3)) * n_evaluations
        against, slow_memory, targets = f"{DICTS}, {n_evaluations} evaluations alone", None, (None, None)
    else:
        slow, slow_memory, results[DICTS] = in_fresh_process(run_dict_of_dicts, n)
        against, targets = f"{DICTS}, one run", (1 / 1000, 1 / 10)
    must_agree(f"the feedforward run at n = {n}", results, VOLTAGE_TOLERANCE)
    times = in_turn(runs, rounds=7)
    lumped = statistics.median(times["netframe"])
    yield from compared(benchmark, n, times, {ONCE: RUN_TARGETS[n]})
    yield Row(benchmark, n, against, lumped, slow, lumped / slow, targets[0])
    benchmark += ", per synapse"
    yield Row(benchmark, n, against, single, slow, single / slow, targets[1])
    benchmark += ", memory"
    if slow_memory is not None:
        yield Row(benchmark, n, DICTS, memory, slow_memory, memory / slow_memory, unit="MB")
    yield Row(benchmark, n, "600 MB", memory, 600.0, memory / 600.0, 1.0, unit="MB")


def run_per_synapse(n: int) -> tuple[float, float, int, np.ndarray]:
    """Seconds, peak memory, evaluations and voltages of a run that keeps every synapse and records ``E.v``."""
    network = netframe_network(baselines.feedforward(n), "synapse")
    warm_up()
    began = time.perf_counter()
    solution = nf.simulate(network, DURATION, save_at=N_SAMPLES, record=["E.v"])
    return time.perf_counter() - began, peak_memory(), solution.stats.n_rhs, solution["E.v"]


def run_dict_of_dicts(n: int) -> tuple[float, float, np.ndarray]:
    """Seconds, peak memory and voltages of the notebook's way."""
    plain = baselines.feedforward(n)
    rhs, start = baselines.dict_of_dicts(plain), plain.resting(per_synapse=True)
    warm_up()
    began = time.perf_counter()
    states = baselines.solved(rhs, start)
    return time.perf_counter() - began, peak_memory(), states[:, :n].copy()


def warm_up() -> None:
    """A small run of both kinds, so that imports are not timed."""
    plain = baselines.feedforward(2)
    nf.simulate(netframe_network(plain, "synapse"), DURATION, save_at=N_SAMPLES)
    baselines.solved(baselines.dict_of_dicts(plain), plain.resting(per_synapse=True))


#: The largest run comes first: the peak memory of a process counts that of the process which started it.
BENCHMARKS = {
    "run-feedforward": run_feedforward,
    "run-recurrent": run_recurrent,
    "rhs-feedforward": rhs_feedforward,
    "rhs-recurrent": rhs_recurrent,
}
HEADER = ["benchmark", "n", "compared with", "netframe", "other", "netframe takes", "target"]


def table(rows: list[Row]) -> str:
    """Aligned plain text."""
    lines = [HEADER, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ([cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines)
    return "\n".join("  ".join(cells).rstrip() for cells in padded)


def main() -> None:
    """Run the benchmarks asked for and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="leave out the slowest run, of about a minute")
    parser.add_argument("--only", choices=BENCHMARKS, metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}")
    options = parser.parse_args()
    if any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | ONE_THREAD)
    rows: list[Row] = []
    for name, benchmark in BENCHMARKS.items():
        if options.only in (None, name):
            print(f"{name} ...", file=sys.stderr, flush=True)
            rows += benchmark(options.quick)
    print(table(rows))


if __name__ == "__main__":
    main()
