"""CPU time and peak memory against size, number of input patterns and duration: ``python benchmarks/scaling.py``.

All methods run at one relative tolerance, in a fresh process for each point, on one thread; see ``protocol.py``. The
figure goes to ``benchmarks/scaling.png``.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import compare
import protocol
from rows import Row
from tables import CONTESTANTS

HERE = Path(__file__).resolve().parent
#: At this tolerance RK45 (Dopri5) is about 5e-3 mV off, whoever runs it.
RTOL = 1e-4
METHODS = ("netframe/Dopri5", "netframe/JAX Tsit5", "scipy/RK45")
#: Curve -> the quantity that grows along it, and its rows.
CURVES: dict[str, tuple[str, list[Row]]] = {
    "dense": ("n", [Row("recurrent", n) for n in (10, 30, 100, 300, 1000, 2000, 4000)]),
    "sparse": ("n", [Row("sparse", n) for n in (1000, 2000, 5000, 10_000, 20_000)]),
    "patterns": ("patterns", [Row("recurrent", 200, patterns=many) for many in (1, 3, 10, 30, 100, 300, 1000)]),
    "duration": ("duration", [Row("recurrent", 40, duration=long) for long in (1.0, 3.0, 10.0, 30.0, 100.0)]),
}
#: Panel -> its title, the label of its axis, and the curves in it with their line styles.
PANELS = {
    "size": ("Size, for 1 s", "E cells (dense), all cells (sparse)", {"dense": "-", "sparse": "--"}),
    "patterns": ("Input patterns, 200 E cells for 1 s", "patterns in one batch", {"patterns": "-"}),
    "duration": ("Duration, 40 E cells", "simulated time, s", {"duration": "-"}),
}
#: Okabe and Ito's colours that are told apart by all, darkest contrast first, with a marker each.
LOOKS = [("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "D"), ("#E69F00", "v"), ("#000000", "x")]


@dataclasses.dataclass(frozen=True)
class Point:
    """One method on one row: CPU seconds of a run and peak memory in MB."""

    curve: str
    method: str
    at: float
    seconds: float
    memory: float


def measured(methods: list[str], curves: list[str], budget: float) -> Iterator[Point]:
    """All points that fit in the budget; a curve ends where a run takes longer."""
    for curve in curves:
        along, rows = CURVES[curve]
        for method in methods:
            contestant, variant = method.split("/")
            for row in rows:
                task = {"row": dataclasses.asdict(row), "variant": variant, "setting": RTOL, "budget": budget}
                found, trouble = compare.process(contestant, task, wall_time=compare.WAIT * budget)
                if not found or "why" in found[0]:
                    why = found[0]["why"] if found else trouble
                    print(f"{row.name}, {method}: {why}", file=sys.stderr, flush=True)
                    break
                point = Point(curve, method, float(getattr(row, along)), found[0]["seconds"], found[0]["memory"])
                print(
                    f"{row.name}, {method}: {point.seconds:.3g} s, {point.memory:.0f} MB", file=sys.stderr, flush=True
                )
                yield point


def draw(points: list[Point], path: Path) -> None:
    """Time above, memory below, one column for each quantity that grows."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogLocator, NullFormatter

    figure, axes = plt.subplots(2, len(PANELS), figsize=(12.0, 7.2), sharex="col", sharey="row", layout="constrained")
    looks = dict(zip(dict.fromkeys(point.method for point in points), LOOKS))
    for column, (title, label, curves) in enumerate(PANELS.values()):
        for curve, style in curves.items():
            for method, (colour, marker) in looks.items():
                mine = [point for point in points if point.curve == curve and point.method == method]
                contestant, variant = method.split("/")
                name = f"{CONTESTANTS[contestant]}, {variant}" + (f", {curve}" if len(curves) > 1 else "")
                look = {"color": colour, "marker": marker, "linestyle": style, "markersize": 5, "label": name}
                for row, values in enumerate(([p.seconds for p in mine], [p.memory for p in mine])):
                    axes[row, column].plot([p.at for p in mine], values, **look)
        axes[0, column].set_title(title)
        axes[1, column].set_xlabel(label)
        for axis in axes[:, column]:
            axis.set(xscale="log", yscale="log")
            axis.xaxis.set_major_formatter("{x:g}")
            axis.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
            axis.yaxis.set_major_formatter("{x:g}")
            axis.yaxis.set_minor_formatter(NullFormatter())
            axis.grid(alpha=0.3)
    axes[0, 0].set_ylabel("CPU time of a run, s")
    axes[1, 0].set_ylabel("peak memory of the process, MB")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=8)
    figure.savefig(path, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--methods", nargs="+", default=list(METHODS), metavar="CONTESTANT/VARIANT")
    parser.add_argument("--curves", nargs="+", default=list(CURVES), choices=CURVES, metavar="NAME")
    parser.add_argument("--budget", type=float, default=120.0, metavar="S", help="CPU seconds per point")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the points; those of other runs in it stay")
    parser.add_argument("--draw-only", action="store_true", help="measure nothing, draw what --json holds")
    options = parser.parse_args()
    for name, value in protocol.ONE_THREAD.items():
        os.environ.setdefault(name, value)
    kept: list[dict[str, Any]] = json.loads(options.json.read_text()) if options.json and options.json.exists() else []
    points = {(point["curve"], point["method"], point["at"]): Point(**point) for point in kept}
    if not options.draw_only:
        for point in measured(options.methods, options.curves, options.budget):
            points[point.curve, point.method, point.at] = point
            if options.json:
                options.json.write_text(json.dumps([dataclasses.asdict(p) for p in points.values()], indent=1) + "\n")
    draw(list(points.values()), HERE / "scaling.png")


if __name__ == "__main__":
    main()
