"""What the tutorials of published models share: a table of what a paper says and what was found, and figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

#: What it is, the published number, the number found, and by how much they may differ.
Row = tuple[str, Any, Any, float]


def compare(rows: Sequence[Row]) -> None:
    """Print expected and found side by side; ``AssertionError`` for what is further off than it may be."""
    width = max(len(what) for what, *_ in rows)
    print(f"{'':{width}}  {'expected':>14}  {'found':>14}  {'within':>8}")
    missed = []
    for what, expected, found, tolerance in rows:
        print(f"{what:{width}}  {expected:14.7g}  {float(found):14.7g}  {tolerance:8.1g}")
        if not abs(found - expected) <= tolerance * (1.0 + 1e-9):
            missed.append(what)
    assert not missed, f"not as published: {', '.join(missed)}"
    print()


def relative(what: str, expected: float, found: float, tolerance: float) -> Row:
    """A row whose tolerance is a share of the published number."""
    return what, expected, found, tolerance * abs(expected) if expected else tolerance


def nearest(points: Sequence[Any], wanted: np.ndarray) -> Any:
    """The fixed point closest to a published one."""
    return min(points, key=lambda point: float(np.linalg.norm(np.asarray(point.y) - wanted)))


def save(figure: Any, name: str) -> None:
    """Write a figure into the folder ``figures``, and tell where. It stays open, for an editor or a page to show."""
    folder = Path("figures")
    folder.mkdir(exist_ok=True)
    figure.savefig(folder / f"{name}.png", dpi=150)
    print(f"figure written: {folder / name}.png\n")
