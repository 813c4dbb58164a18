"""netframe itself, with each of its integrators worth comparing; a new one is a line of ``INTEGRATORS``."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.integrate  # noqa: F401 - netframe imports it at the first run, which is no set-up
from protocol import TOLERANCES, Solve
from rows import Row

import netframe as nf

#: Name of the variant -> its integrator at a relative tolerance.
INTEGRATORS = {
    "RK45": lambda rtol: nf.ScipyIntegrator("RK45", rtol=rtol, atol=rtol),
    "DOP853": lambda rtol: nf.ScipyIntegrator("DOP853", rtol=rtol, atol=rtol),
    "LSODA": lambda rtol: nf.ScipyIntegrator("LSODA", rtol=rtol, atol=rtol),
}
VARIANTS = dict.fromkeys(INTEGRATORS, TOLERANCES)


def prepare(row: Row, variant: str) -> Solve:
    network = built(row)

    def solve(rtol: float) -> np.ndarray:
        integrator = INTEGRATORS[variant](rtol)
        return nf.simulate(network, row.duration, save_at=row.times, record=["E.v"], integrator=integrator)["E.v"]

    return solve


def built(row: Row) -> nf.Network:
    """The row as netframe objects, one current per postsynaptic cell and projection."""
    plain = row.network()
    nodes: dict[str, Any] = {name: nf.ConstantInput(name, rates=rates) for name, rates in plain.rates.items()}
    for name, cell in plain.cells.items():
        activation = nf.ClippedLinear(**{key: cell[key] for key in ("threshold", "ceiling", "peak")})
        membrane = {key: cell[key] for key in ("tau", "v_rest", "r_in")}
        nodes[name] = nf.LeakyRate(name, size=plain.sizes[name], activation=activation, **membrane)
    synapses = [
        nf.ReversalSynapse(nodes[pre], nodes[post], weights=plain.weights[post][pre], **numbers)
        for post, sources in plain.synapses.items()
        for pre, numbers in sources.items()
    ]
    return nf.Network("benchmark", [*nodes.values(), *synapses])
