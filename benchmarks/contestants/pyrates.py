"""PyRates: populations and weight matrices as templates, compiled once, its own solvers on the compiled function.

Constant drive is a parameter of each cell. PyRates has no axis for patterns, and its weight matrices are dense.
"""

from __future__ import annotations

import os
import tempfile
from typing import Any

import numpy as np
from protocol import TOLERANCES, Solve, Unable
from pyrates import CircuitTemplate, NodeTemplate, OperatorTemplate
from pyrates.frontend.template.population import Connectivity, PopulationTemplate
from rows import Row

#: Name of the variant -> its backend, solver and method.
METHODS = {"diffrax Tsit5": ("jax", "diffrax", "Tsit5"), "SciPy RK45": ("default", "scipy", "RK45")}
VARIANTS = dict.fromkeys(METHODS, TOLERANCES)


def prepare(row: Row, variant: str) -> Solve:
    if row.patterns is not None:
        raise Unable("no batches of input patterns")
    if row.kind == "sparse":
        raise Unable("weight matrices are dense")
    os.chdir(tempfile.mkdtemp())  # generated code is written to the working directory
    backend, solver, method = METHODS[variant]
    interval = row.times[1]
    circuit = circuit_of(row.network())
    circuit.apply(
        adaptive_steps=True,
        vectorize=True,
        verbose=False,
        backend=backend,
        step_size=interval,
        float_precision="float64",
    )
    compiled = circuit.intermediate_representation
    function, arguments, _, places = compiled.get_run_func("vector_field")
    voltages = places_of_voltages(compiled, places)

    def solve(rtol: float) -> np.ndarray:
        states, _ = compiled.graph.backend.run(
            func=function,
            func_args=arguments,
            T=row.times.size * interval,  # the last time is left out
            dt=interval / 4.0,
            dts=interval,
            solver=solver,
            method=method,
            rtol=rtol,
            atol=rtol,
        )
        return states[:, voltages]

    return solve


def places_of_voltages(compiled: Any, places: Any) -> slice:
    start, stop = places[compiled.get_var("e/cell_e/v", get_key=True)]
    return slice(start, stop)


def circuit_of(plain: Any) -> CircuitTemplate:
    """All populations and projections of a row, with one current per cell and projection."""
    populations, connections = {}, []
    for name, cell in plain.cells.items():
        sources = plain.synapses[name]
        node = NodeTemplate(name=f"{name.lower()}_node", operators=[operator(name, cell, sources)])
        drive = {f"cell_{name.lower()}/drive_ffe": plain.weights[name]["FFE"] @ plain.rates["FFE"]}
        populations[name.lower()] = PopulationTemplate(name.lower(), node, plain.sizes[name], params=drive)
        connections += [
            Connectivity(
                rate_of(pre), f"{name.lower()}/cell_{name.lower()}/drive_{pre.lower()}", plain.weights[name][pre]
            )
            for pre in sources
            if pre != "FFE"
        ]
    return CircuitTemplate("row", populations=populations, connections=connections)


def rate_of(name: str) -> str:
    return f"{name.lower()}/cell_{name.lower()}/rate"


def operator(name: str, cell: dict[str, float], sources: dict[str, dict[str, float]]) -> OperatorTemplate:
    """The equations of one population and its currents."""
    span = cell["ceiling"] - cell["threshold"]
    variables: dict[str, Any] = {key: cell[key] for key in ("tau", "v_rest", "r_in", "threshold")}
    variables |= {"v": f"output({cell['v_rest']})", "rate": "variable(0.0)", "span": span, "gain": cell["peak"] / span}
    currents = " + ".join(f"s_{pre.lower()}" for pre in sources)
    equations = [
        f"v' = (v_rest - v + r_in*({currents}))/tau",
        "rate = gain*mini(maxi(v - threshold, 0.0), span)",
    ]
    for pre, synapse in sources.items():
        key = pre.lower()
        equations.append(f"s_{key}' = (g_{key}*drive_{key}*(rev_{key} - v) - s_{key})/tau_{key}")
        variables |= {f"s_{key}": "variable(0.0)", f"drive_{key}": 0.0 if pre == "FFE" else "input(0.0)"}
        variables |= {f"g_{key}": synapse["g"], f"rev_{key}": synapse["e_rev"], f"tau_{key}": synapse["tau"]}
    return OperatorTemplate(name=f"cell_{name.lower()}", equations=equations, variables=variables)
