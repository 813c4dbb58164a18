"""Brian2: lumped currents in the equations of the cells, recurrent drive as summed variables of synapses.

Brian2 updates summed variables once a step, so that coupling is of first order in the step whatever the method; RK4
for all else. Patterns would need a network each.
"""

from __future__ import annotations

import tempfile
from typing import Any

import brian2 as b2
import numpy as np
from protocol import SUBSTEPS, Solve, Unable
from rows import Row

VARIANTS = {"rk4": SUBSTEPS}


def prepare(row: Row, method: str) -> Solve:
    if row.patterns is not None:
        raise Unable("no batches of input patterns")
    b2.prefs.codegen.runtime.cython.cache_dir = tempfile.mkdtemp()  # nothing compiled by an earlier run
    plain = row.network()
    groups, coupling = {}, []
    for name, cell in plain.cells.items():
        drive = np.asarray(plain.weights[name]["FFE"] @ plain.rates["FFE"])
        groups[name] = b2.NeuronGroup(
            plain.sizes[name], equations(cell, plain.synapses[name]), method=method, name=name.lower()
        )
        groups[name].drive_ffe = drive
    for post in plain.cells:
        for pre in plain.cells:
            if pre in plain.weights[post]:
                coupling.append(synapses(groups[pre], groups[post], plain.weights[post][pre], pre))
    interval = row.times[1] * b2.second
    monitor = b2.StateMonitor(groups["E"], "v", record=True, dt=interval, when="start")
    network = b2.Network(*groups.values(), *coupling, monitor)
    for name, cell in plain.cells.items():
        groups[name].v = cell["v_rest"]
    network.store()

    def solve(substeps: int) -> np.ndarray:
        network.restore()
        for thing in (*groups.values(), *coupling):
            thing.clock.dt = interval / substeps
        network.run(row.times.size * interval)
        return np.asarray(monitor.v).T[: row.times.size]

    return solve


def equations(cell: dict[str, float], sources: dict[str, dict[str, float]]) -> str:
    """Voltage, rate and one current per projection, in plain numbers of s, mV, nA, MOhm and Hz."""
    span, gain = cell["ceiling"] - cell["threshold"], cell["peak"] / (cell["ceiling"] - cell["threshold"])
    currents = " + ".join(f"s_{pre.lower()}" for pre in sources)
    lines = [
        f"dv/dt = ({cell['v_rest']} - v + {cell['r_in']}*({currents}))/({cell['tau']}*second) : 1",
        f"rate = {gain}*clip(v - ({cell['threshold']}), 0, {span}) : 1",
    ]
    for pre, synapse in sources.items():
        key, tau = pre.lower(), f"({synapse['tau']}*second)"
        lines.append(f"ds_{key}/dt = ({synapse['g']}*drive_{key}*({synapse['e_rev']} - v) - s_{key})/{tau} : 1")
        lines.append(f"drive_{key} : 1" + (" (constant)" if pre == "FFE" else ""))
    return "\n".join(lines)


def synapses(pre: Any, post: Any, weights: Any, name: str) -> Any:
    """All weights between two groups, their products with the rates summed for each postsynaptic cell."""
    model = f"w : 1 (constant)\ndrive_{name.lower()}_post = w*rate_pre : 1 (summed)"
    made = b2.Synapses(pre, post, model)
    if isinstance(weights, np.ndarray):
        rows, columns = np.indices(weights.shape)
        made.connect(i=columns.ravel(), j=rows.ravel())
        made.w = weights.ravel()
    else:
        made.connect(i=weights.indices, j=np.repeat(np.arange(weights.shape[0]), np.diff(weights.indptr)))
        made.w = weights.data
    return made
