"""What the comparison prints: every variant on every row, and one line a row with the best of each contestant."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

#: File of ``contestants/`` -> what it is called in the tables.
CONTESTANTS = {
    "netframe": "netframe",
    "notebook": "notebook's way",
    "scipy": "NumPy + SciPy by hand",
    "diffrax": "JAX + diffrax by hand",
    "numba": "Numba by hand",
    "brainpy": "BrainPy",
    "pyrates": "PyRates",
    "brian2": "Brian2",
    "annarchy": "ANNarchy",
}


@dataclass(frozen=True)
class Entry:
    """One contestant on one row at one target, with its result or why there is none."""

    row: str
    contestant: str
    variant: str
    target: float
    result: dict[str, Any] | None
    why: str = ""


def readable(seconds: float) -> str:
    """A time with two or three digits in s."""
    return f"{seconds:.3g}" if seconds < 100 else f"{seconds:.0f}"


def detail(entries: list[Entry], target: float) -> str:
    """Every variant on every row, fastest first."""
    head = ["row", "contestant", "CPU s [set-up]", "x netframe", "setting", "error, mV", "memory, MB"]
    table = [head]
    for row in dict.fromkeys(entry.row for entry in entries):
        here = [entry for entry in entries if entry.row == row and entry.target == target]
        base = fastest(here, "netframe")
        for entry in sorted(here, key=cost):
            name = (
                f"{CONTESTANTS[entry.contestant]}, {entry.variant}" if entry.variant else CONTESTANTS[entry.contestant]
            )
            if entry.result is None:
                table.append([row, name, f"- ({entry.why})"])
                continue
            found = entry.result
            ratio = "" if math.isinf(base) else f"{found['seconds'] / base:.3g}"
            times = f"{readable(found['seconds'])} [{readable(found['set_up'])}]"
            setting, error = f"{found['setting']:.2g}", f"{found['error']:.1e}"
            table.append([row, name, times, ratio, setting, error, f"{found['memory']:.0f}"])
    return aligned(table)


def summary(entries: list[Entry], target: float) -> str:
    """One line a row, one column a contestant: the best variant in CPU s, and how often netframe's best goes in."""
    names = list(dict.fromkeys(entry.contestant for entry in entries))
    table = [["row", *(CONTESTANTS[name] for name in names)]]
    for row in dict.fromkeys(entry.row for entry in entries):
        here = [entry for entry in entries if entry.row == row and entry.target == target]
        base = fastest(here, "netframe")
        cells = []
        for name in names:
            seconds = fastest(here, name)
            ratio = "" if math.isinf(base) or name == "netframe" else f" ({seconds / base:.2g} x)"
            cells.append("-" if math.isinf(seconds) else readable(seconds) + ratio)
        table.append([row, *cells])
    return aligned(table)


def cost(entry: Entry) -> float:
    return math.inf if entry.result is None else entry.result["seconds"]


def fastest(entries: list[Entry], contestant: str) -> float:
    return min((cost(entry) for entry in entries if entry.contestant == contestant), default=math.inf)


def aligned(table: list[list[str]]) -> str:
    """Columns of plain text; the last cell of a short line may be longer than its column."""
    width = [
        max(len(line[i]) for line in table if i < len(line) - (len(line) < len(table[0]))) for i in range(len(table[0]))
    ]
    return "\n".join("  ".join(cell.ljust(width[i]) for i, cell in enumerate(line)).rstrip() for line in table)
