"""The dentate circuit of Galloni et al. (2022), all 128 patterns: netframe in one batch, and a script without it.

    python benchmarks/dentate.py [--configurations 0 3] [--patterns 8]

The script is what one writes first: SciPy's ``solve_ivp`` for one pattern after the other, a gate for every synapse,
derivatives gathered in a list and joined. ``--patterns`` of the script are run, its time is scaled to 128; both sides
work at rtol 1e-6 and atol 1e-6, SciPy's own, and must agree on the mean activity of the patterns that both ran.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

import netframe as nf

TUTORIALS = Path(__file__).resolve().parent.parent / "tutorials"
sys.path.insert(0, str(TUTORIALS))
from dentate.circuit import CONFIGURATIONS, PATTERNS, circuit, described  # noqa: E402

TIMES = np.linspace(0.0, 0.35, 351)
TOLERANCES = {"rtol": 1e-6, "atol": 1e-6}


def by_hand(description: dict[str, Any], weights: dict[str, np.ndarray], pattern: np.ndarray) -> np.ndarray:
    """Activity of the Output population, ``(time, unit)``, for one pattern."""
    cells = list(description["tau_s"])
    sizes = description["sizes"]
    projections = description["projections"]

    def activity(v: np.ndarray) -> np.ndarray:
        return np.clip((v - 10.0) / 50.0, 0.0, 1.0)

    def split(y: np.ndarray) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
        v, gates, start = {}, [], 0
        for name in cells:
            v[name] = y[start : start + sizes[name]]
            start += sizes[name]
        for p in projections:
            shape = (sizes[p["post"]], sizes[p["pre"]])
            gates.append(y[start : start + shape[0] * shape[1]].reshape(shape))
            start += shape[0] * shape[1]
        return v, gates

    def derivatives(t: float, y: np.ndarray) -> np.ndarray:
        v, gates = split(y)
        rates = {"Input": pattern} | {name: activity(v[name]) for name in cells}
        dv = {name: -v[name] for name in cells}
        found = []
        for p, s in zip(projections, gates):
            post = v[p["post"]]
            dv[p["post"]] = dv[p["post"]] + np.sum(weights[p["weights"]] * s * (p["reversal"] - post)[:, None], axis=1)
            found.append(-s / p["decay_s"] + np.maximum(0.0, rates[p["pre"]] - s) / p["rise_s"])
        parts = [dv[name] / description["tau_s"][name] for name in cells] + [ds.ravel() for ds in found]
        return np.concatenate(parts)

    n = sum(sizes[name] for name in cells) + sum(sizes[p["post"]] * sizes[p["pre"]] for p in projections)
    solution = solve_ivp(derivatives, (0.0, 0.35), np.zeros(n), t_eval=TIMES, **TOLERANCES)
    return activity(solution.y[: sizes["Output"]]).T  # Output is the first of the cells


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--configurations", nargs="+", default=CONFIGURATIONS, choices=CONFIGURATIONS)
    parser.add_argument("--patterns", type=int, default=8, help="patterns that the script runs")
    arguments = parser.parse_args()
    print("configuration  netframe (s)  script, 128 patterns (s)  ratio")
    for name in arguments.configurations:
        net, (description, weights) = circuit(name), described(name)
        timings = []
        for _ in range(3):
            began = time.process_time()
            solution = nf.simulate(net, 0.35, save_at=TIMES, record=["Output.rate"], integrator=INTEGRATOR)
            timings.append(time.process_time() - began)
        chosen = np.linspace(0, len(PATTERNS) - 1, arguments.patterns).astype(int)
        began = time.process_time()
        hand = np.stack([by_hand(description, weights, PATTERNS[k]) for k in chosen], axis=1)
        script = (time.process_time() - began) * len(PATTERNS) / len(chosen)
        window = slice(150, 350)
        gap = np.abs(hand[window].mean(0) - solution["Output.rate"][window][:, chosen].mean(0)).max()
        assert gap < 1e-5, gap
        ours = float(np.median(timings))
        print(f"{name:13}  {ours:12.3g}  {script:24.3g}  {script / ours:5.1f}")


INTEGRATOR = nf.RungeKuttaIntegrator(**TOLERANCES)

if __name__ == "__main__":
    main()
