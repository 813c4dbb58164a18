"""A guard against regressions that does not depend on the machine: ``python benchmarks/counts.py``.

Steps and right-hand sides of standard runs are compared with those in ``counts.json``; one that has grown by more than
a tenth ends with an error. ``--update`` writes the present counts there, after a change that is meant to alter them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import baselines
import numpy as np
from kernel import netframe_network

import netframe as nf

FILE = Path(__file__).with_name("counts.json")
ALLOWED = 1.1
INTEGRATORS = {
    "Dopri5": nf.RungeKuttaIntegrator("Dopri5"),
    "Tsit5": nf.RungeKuttaIntegrator("Tsit5"),
    "BS3": nf.RungeKuttaIntegrator("BS3", rtol=1e-4, atol=1e-4),
    "RK45": nf.ScipyIntegrator("RK45"),
    "DOP853": nf.ScipyIntegrator("DOP853"),
    "LSODA": nf.ScipyIntegrator("LSODA"),
    "BDF": nf.ScipyIntegrator("BDF"),
    "JAX Tsit5": nf.JaxIntegrator("Tsit5"),
    "CVODE Adams": nf.SundialsIntegrator("Adams"),
    "CVODE BDF": nf.SundialsIntegrator("BDF"),
}
COUNTED = ("n_steps", "n_rhs", "n_jacobian")


def networks() -> Iterator[tuple[str, nf.Network, float]]:
    """Name, network and duration of every standard run."""
    for n in (10, 40):
        yield f"feedforward {n}", netframe_network(baselines.feedforward(n), "lumped"), 1.0
        yield f"recurrent {n}", netframe_network(baselines.recurrent(n), "lumped"), 1.0
    yield "recurrent 40, 10 s", netframe_network(baselines.recurrent(40), "lumped"), 10.0
    plain = baselines.feedforward(10)
    patterns = np.random.default_rng(1).uniform(0.0, 50.0, (20, 10))
    many = netframe_network(plain, "lumped").with_parameters({"FFE.rates": patterns})
    yield "feedforward 10, 20 patterns", many, 1.0
    pulses = nf.SampledInput("FFE", times=np.arange(0.0, 1.01, 0.05), rates=np.tile(plain.rates["FFE"], (21, 1)) * 1.0)
    cell = nf.LeakyRate("E", size=10)
    wired = nf.ReversalSynapse(pulses, cell, weights=plain.weights["E"]["FFE"], g=2e-5)
    yield "recording of 20 samples", nf.Network("recording", [pulses, cell, wired]), 1.0


def counted() -> dict[str, dict[str, int]]:
    """The counts of every run with every integrator that is installed."""
    found: dict[str, dict[str, int]] = {}
    for name, network, duration in networks():
        for called, integrator in INTEGRATORS.items():
            try:
                stats: Any = nf.simulate(network, duration, save_at=50, integrator=integrator).stats
            except nf.MissingPackageError as missing:
                print(f"{called} left out: {missing}", file=sys.stderr)
                continue
            found[f"{name}, {called}"] = {count: getattr(stats, count) for count in COUNTED}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--update", action="store_true", help="write the present counts to counts.json")
    if parser.parse_args().update:
        FILE.write_text(json.dumps(counted(), indent=1) + "\n")
        return
    expected, present = json.loads(FILE.read_text()), counted()
    grown = [
        f"{run}: {count} grew from {expected[run][count]} to {now}"
        for run, counts in present.items()
        for count, now in counts.items()
        if run in expected and now > ALLOWED * expected[run][count] + 2
    ]
    print(f"{len(present)} runs counted, {len(grown)} counts grown by more than a tenth")
    if grown:
        raise SystemExit("\n".join(grown))


if __name__ == "__main__":
    main()
