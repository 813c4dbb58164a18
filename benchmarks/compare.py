"""netframe against hand-written code and its peers at equal accuracy: ``python benchmarks/compare.py``.

Every contestant runs each row in a process of its own, is tuned to its cheapest setting that meets the error target,
and is timed on one thread; see ``protocol.py``. Peers are those that ``peers.py`` has set up.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import functools
import json
import multiprocessing
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import peers
import protocol
import rows
from tables import CONTESTANTS, Entry, detail, readable, summary

HERE = Path(__file__).resolve().parent
PACKAGES = ("numpy", "scipy", "jax", "diffrax", "numba", "scikit-sundae", *peers.REQUIREMENTS)
TARGETS = (1e-2, 1e-5)
#: Seconds to wait for each CPU second of the budget: other work may go on beside a contestant.
WAIT = 30.0


def process(contestant: str, task: dict[str, Any] | None, wall_time: float | None) -> tuple[list[Any], str]:
    """The lines of JSON that a contestant's process writes, and how it ended when that was not well."""
    python = peers.interpreter(contestant)
    if not python.exists():
        return [], "not set up by peers.py"
    command = [str(python), str(HERE / "protocol.py"), contestant]
    environment = os.environ | protocol.ONE_THREAD | peers.activated(contestant)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(HERE.parent), os.environ.get("PYTHONPATH")]))
    given = "" if task is None else json.dumps(task)
    try:
        ended = subprocess.run(
            command,
            input=given,
            capture_output=True,
            text=True,
            env=environment,
            timeout=wall_time,
            cwd=HERE,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        output = expired.stdout or b""
        return lines(output.decode() if isinstance(output, bytes) else output), "stopped, far over the budget"
    if ended.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return lines(ended.stdout), "stopped, far over the budget or out of memory"
    last = next(reversed(ended.stderr.strip().splitlines()), "")
    return lines(ended.stdout), f"failed: {last}" if ended.returncode else ""


def lines(output: str) -> list[Any]:
    return [json.loads(line) for line in output.splitlines()]


def entries(row: rows.Row, contestant: str, variant: str, options: argparse.Namespace) -> Iterator[Entry]:
    """One for each target."""
    task = {
        "row": dataclasses.asdict(row),
        "variant": variant,
        "targets": options.target,
        "budget": options.budget,
        "reference": str(reference_of(row)),
    }
    written, trouble = process(contestant, task, wall_time=WAIT * options.budget)
    found = {line["target"]: line for line in written}
    for target in sorted(options.target, reverse=True):
        line = found.get(target, {"why": trouble})
        why = line.get("why", "")
        yield Entry(row.name, contestant, variant, target, None if why else line, why)


@functools.lru_cache
def reference_of(row: rows.Row) -> Path:
    """The row's reference, computed in a process of its own, so that its memory does not stay."""
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_reference, row).result()


def _reference(row: rows.Row) -> Path:
    from reference import reference

    return reference(row)


def machine(contestants: list[str]) -> dict[str, Any]:
    """What the results belong to."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        cpu = next((line.split(":")[1].strip() for line in info.read_text().splitlines() if "model name" in line), cpu)
    found = {}
    for contestant in contestants:
        code = f"import json, protocol; print(json.dumps(protocol.versions({PACKAGES!r})))"
        asked = subprocess.run(
            [str(peers.interpreter(contestant)), "-c", code], capture_output=True, text=True, cwd=HERE, check=False
        )
        found[contestant] = json.loads(asked.stdout or "{}")
    return {"cpu": cpu, "cores": os.cpu_count(), "system": platform.system(), "versions": found}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    choices = {"rows": rows.ROWS, "contestants": CONTESTANTS}
    for name, allowed in choices.items():
        parser.add_argument(f"--{name}", nargs="+", choices=allowed, metavar="NAME", help=", ".join(allowed))
    parser.add_argument("--target", nargs="+", type=float, default=TARGETS, metavar="MV", help="largest errors, in mV")
    parser.add_argument("--budget", type=float, default=120.0, metavar="S", help="CPU seconds per contestant and row")
    parser.add_argument("--quick", action="store_true", help=f"{' and '.join(rows.QUICK)} at 1e-2 mV only")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the results; those of other runs in it stay")
    options = parser.parse_args()
    if options.quick:
        options.target, options.budget = TARGETS[:1], min(options.budget, 30.0)
    options.rows = options.rows or list(rows.QUICK if options.quick else rows.ROWS)
    options.contestants = options.contestants or list(CONTESTANTS)
    return options


def main() -> None:
    options = arguments()
    for name, value in protocol.ONE_THREAD.items():
        os.environ.setdefault(name, value)
    kept = json.loads(options.json.read_text()) if options.json and options.json.exists() else {"entries": []}
    done = {(e["row"], e["contestant"], e["variant"], e["target"]): Entry(**e) for e in kept["entries"]}
    variants = {}
    for contestant in options.contestants:
        listed, trouble = process(contestant, None, wall_time=300.0)
        variants[contestant] = listed[0]["variants"] if listed else []
        if not listed:
            print(f"{CONTESTANTS[contestant]} left out, {trouble}", file=sys.stderr)
    facts = machine([contestant for contestant, methods in variants.items() if methods])
    facts["versions"] = kept.get("machine", facts)["versions"] | facts["versions"]
    chosen: list[Entry] = []
    for name in options.rows:
        for contestant, methods in variants.items():
            for variant in methods:
                for entry in entries(rows.ROWS[name], contestant, variant, options):
                    chosen.append(entry)
                    done[entry.row, entry.contestant, entry.variant, entry.target] = entry
                    spent = entry.why if entry.result is None else f"{readable(entry.result['seconds'])} s"
                    print(f"{name}, {contestant} {variant}, {entry.target:g} mV: {spent}", file=sys.stderr, flush=True)
                if options.json:
                    kept = {"machine": facts, "entries": [dataclasses.asdict(entry) for entry in done.values()]}
                    options.json.write_text(json.dumps(kept, indent=1) + "\n")
    for target in sorted(options.target, reverse=True):
        print(f"\nAt most {target:g} mV off\n\n{detail(chosen, target)}\n\n{summary(chosen, target)}")


if __name__ == "__main__":
    main()
