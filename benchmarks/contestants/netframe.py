"""netframe itself, with each of its integrators worth comparing; a new one is a line of ``INTEGRATORS``."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import scipy.integrate
import scipy.sparse  # noqa: F401
from protocol import TOLERANCES, Ladder, Solve, Unable
from rows import Row

import netframe as nf

#: Name of the variant -> its integrator at a relative tolerance; "in float32" keeps the weights in single precision.
INTEGRATORS = {
    "BS3": lambda rtol: nf.RungeKuttaIntegrator("BS3", rtol=rtol, atol=rtol),
    "Dopri5": lambda rtol: nf.RungeKuttaIntegrator("Dopri5", rtol=rtol, atol=rtol),
    "LSODA": lambda rtol: nf.ScipyIntegrator("LSODA", rtol=rtol, atol=rtol),
    "CVODE Adams": lambda rtol: nf.SundialsIntegrator("Adams", rtol=rtol, atol=rtol),
    "CVODE BDF": lambda rtol: nf.SundialsIntegrator("BDF", rtol=rtol, atol=rtol),
    "JAX BS3": lambda rtol: nf.JaxIntegrator("BS3", rtol=rtol, atol=rtol),
    "exact": lambda rtol: nf.ExactIntegrator(),
    "JAX Tsit5": lambda rtol: nf.JaxIntegrator("Tsit5", rtol=rtol, atol=rtol),
}
SINGLE = " in float32"
INTEGRATORS |= {f"{name}{SINGLE}": INTEGRATORS[name] for name in ("BS3", "CVODE Adams", "JAX BS3", "JAX Tsit5")}
#: LSODA factorizes a banded Jacobian, which is as good as dense in these networks.
LARGEST_DENSE = 2_000
VARIANTS = dict.fromkeys(INTEGRATORS, TOLERANCES) | {"exact": Ladder([0.0], monotone=True)}


def prepare(row: Row, variant: str) -> Solve:
    network = built(row)
    if variant == "LSODA" and network.initial_state().size > LARGEST_DENSE:
        raise Unable("its Jacobian would be dense")
    if variant == "exact" and row.kind != "feedforward":
        raise Unable("its cells are not linear")
    if variant.endswith(SINGLE):
        weights = {p.path: p.projection.weights for p in network.bound_projections}
        network = network.with_parameters({f"{path}.weights": nf.Float32(w) for path, w in weights.items()})

    integrator = functools.cache(INTEGRATORS[variant])

    def solve(rtol: float) -> np.ndarray:
        return nf.simulate(network, row.duration, save_at=row.times, record=["E.v"], integrator=integrator(rtol))["E.v"]

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
