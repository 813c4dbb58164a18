"""ANNarchy: lumped currents in the equations of the cells, recurrent drive as weighted sums, compiled to C++.

Weighted sums are computed once a step, so that coupling is of first order in the step whatever the method; RK4 for all
else. Patterns would need a network each.
"""

from __future__ import annotations

import tempfile
from typing import Any

import ANNarchy as ann
import numpy as np
from protocol import SUBSTEPS, Solve, Unable
from rows import Row

VARIANTS = {"rk4": SUBSTEPS}


def prepare(row: Row, method: str) -> Solve:
    if row.patterns is not None:
        raise Unable("no batches of input patterns")
    plain = row.network()
    interval = row.times[1] * 1e3  # times are in ms
    network = ann.Network(dt=interval)
    populations = {}
    for name, cell in plain.cells.items():
        populations[name] = network.create(plain.sizes[name], neuron(cell, plain.synapses[name], method))
        populations[name].drive_ffe = plain.weights[name]["FFE"] @ plain.rates["FFE"]
    for post in plain.cells:
        for pre in plain.cells:
            if pre in plain.weights[post]:
                connect(
                    network.connect(populations[pre], populations[post], f"from_{pre.lower()}"),
                    plain.weights[post][pre],
                )
    network.compile(directory=tempfile.mkdtemp(), silent=True)

    def solve(substeps: int) -> np.ndarray:
        network.instance.pyx_initialize(interval / substeps)  # the step alone would have it compile again
        network.reset()
        voltages = [np.array(populations["E"].v)]
        for _ in row.times[1:]:
            network.instance.run(substeps)
            voltages.append(np.array(populations["E"].v))
        return np.array(voltages)

    return solve


def neuron(cell: dict[str, float], sources: dict[str, dict[str, float]], method: str) -> Any:
    """Voltage, rate and one current per projection, with times in ms."""
    span, gain = cell["ceiling"] - cell["threshold"], cell["peak"] / (cell["ceiling"] - cell["threshold"])
    equations = []
    for pre, synapse in sources.items():
        key, tau, drive = pre.lower(), synapse["tau"] * 1e3, "drive_ffe" if pre == "FFE" else f"sum(from_{pre.lower()})"
        slope = f"({synapse['g']} * {drive} * ({synapse['e_rev']} - v) - s_{key}) / {tau}"
        equations.append(ann.Variable(f"ds_{key}/dt = {slope}", init=0.0, method=method))
    currents = " + ".join(f"s_{pre.lower()}" for pre in sources)
    slope = f"({cell['v_rest']} - v + {cell['r_in']} * ({currents})) / {cell['tau'] * 1e3}"
    equations.append(ann.Variable(f"dv/dt = {slope}", init=cell["v_rest"], method=method))
    equations.append(f"r = {gain} * clip(v - ({cell['threshold']}), 0.0, {span})")
    return ann.Neuron(parameters={"drive_ffe": ann.Parameter(0.0, locality="local")}, equations=equations)


def connect(projection: Any, weights: Any) -> None:
    if isinstance(weights, np.ndarray):
        projection.from_matrix(weights, storage_format="dense")
    else:
        projection.from_sparse(weights.T.tolil(), storage_format="csr")
