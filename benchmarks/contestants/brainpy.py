"""BrainPy: ``odeint`` with rk4 on lumped currents, its own loop over the 300 times, equal steps in between.

Constant drive is computed once; patterns are columns; sparse weights use BrainPy's CSR product.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import brainpy as bp
import brainpy.math as bm
import jax
import numpy as np
from protocol import SUBSTEPS, Solve
from rows import Row

bm.set_platform("cpu")
bm.enable_x64()

VARIANTS = {"rk4": SUBSTEPS}


class RateNetwork(bp.DynamicalSystem):
    """The states of a row, advanced from one of its times to the next in ``substeps`` equal steps."""

    def __init__(self, row: Row) -> None:
        super().__init__()
        plain = row.network()
        resting = np.split(plain.resting(per_synapse=False), np.cumsum(sizes(plain))[:-1])
        columns = () if row.patterns is None else (row.patterns,)
        start = [np.broadcast_to(y.reshape(-1, *(1 for _ in columns)), (y.size, *columns)) for y in resting]
        self.states = bm.VarList([bm.Variable(bm.asarray(y)) for y in start])
        self.start = [variable.value for variable in self.states]
        self.interval = row.times[1]
        self.substeps = bm.Variable(bm.ones(1, dtype=int))
        write = feedforward if row.kind == "feedforward" else recurrent
        self.integral = bp.odeint(write(plain), method="rk4", dt=self.interval)

    def reset(self, substeps: int) -> None:
        self.substeps.value = bm.asarray([substeps], dtype=int)
        for variable, value in zip(self.states, self.start):
            variable.value = value

    def update(self, interval: Any) -> Any:
        before = tuple(variable.value for variable in self.states)
        substeps, dt = self.substeps.value[0], self.interval / self.substeps.value[0]
        after = jax.lax.fori_loop(0, substeps, lambda k, y: tuple(self.integral(*y, 0.0, dt=dt)), before)
        for variable, value in zip(self.states, after):
            variable.value = value
        return after[0]


def prepare(row: Row, variant: str) -> Solve:
    network, intervals = RateNetwork(row), np.arange(row.times.size - 1)
    run = bm.jit(lambda: bm.for_loop(network.update, intervals))
    first = np.asarray(network.start[0])[None]

    def solve(substeps: int) -> np.ndarray:
        network.reset(substeps)
        voltages = np.concatenate([first, np.asarray(run())])
        return voltages if row.patterns is None else voltages.transpose(0, 2, 1)

    return solve


def sizes(plain: Any) -> list[int]:
    """Of all state variables, in the order of ``resting``."""
    blocks = [plain.weights[post][pre] for post in sorted(plain.weights) for pre in sorted(plain.weights[post])]
    return [plain.sizes[name] for name in sorted(plain.cells)] + [w.shape[0] for w in blocks]


def product(w: Any) -> Callable[[Any], Any]:
    if isinstance(w, np.ndarray):
        matrix = bm.asarray(w)
        return lambda rate: matrix @ rate
    data, indices, starts = (bm.asarray(part) for part in (w.data, w.indices, w.indptr))
    return lambda rate: bm.sparse.csrmv(data, indices, starts, rate, shape=w.shape)


def firing_rate(v: Any, cell: dict[str, float]) -> Any:
    span = cell["ceiling"] - cell["threshold"]
    return cell["peak"] / span * bm.clip(v - cell["threshold"], 0.0, span)


def leak(v: Any, current: Any, cell: dict[str, float]) -> Any:
    return (cell["r_in"] * current - (v - cell["v_rest"])) / cell["tau"]


def low_pass(s: Any, drive: Any, v: Any, synapse: dict[str, float]) -> Any:
    return (synapse["g"] * drive * (synapse["e_rev"] - v) - s) / synapse["tau"]


def feedforward(plain: Any) -> Callable[..., Any]:
    cell, synapse = plain.cells["E"], plain.synapses["E"]["FFE"]
    drive = bm.asarray(plain.weights["E"]["FFE"] @ plain.rates["FFE"].T)

    def derivative(v: Any, s: Any, t: Any) -> Any:
        return leak(v, s, cell), low_pass(s, drive, v, synapse)

    return derivative


def recurrent(plain: Any) -> Callable[..., Any]:
    cell_e, cell_i, onto_e, onto_i = plain.cells["E"], plain.cells["I"], plain.synapses["E"], plain.synapses["I"]
    e_e, e_i, i_e = (product(plain.weights[post][pre]) for post, pre in (("E", "E"), ("E", "I"), ("I", "E")))
    drive_e, drive_i = (bm.asarray(plain.weights[post]["FFE"] @ plain.rates["FFE"].T) for post in ("E", "I"))

    def derivative(v_e: Any, v_i: Any, ee: Any, ef: Any, ei: Any, ie: Any, fi: Any, t: Any) -> Any:
        rate_e, rate_i = firing_rate(v_e, cell_e), firing_rate(v_i, cell_i)
        return (
            leak(v_e, ee + ef + ei, cell_e),
            leak(v_i, ie + fi, cell_i),
            low_pass(ee, e_e(rate_e), v_e, onto_e["E"]),
            low_pass(ef, drive_e, v_e, onto_e["FFE"]),
            low_pass(ei, e_i(rate_i), v_e, onto_e["I"]),
            low_pass(ie, i_e(rate_e), v_i, onto_i["E"]),
            low_pass(fi, drive_i, v_i, onto_i["FFE"]),
        )

    return derivative
