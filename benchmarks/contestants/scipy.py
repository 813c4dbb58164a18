"""Hand-written NumPy with SciPy's solvers: one current per postsynaptic cell and projection, constant drive once.

Patterns are columns, states ``(n_state, patterns)``: slices stay contiguous and the products are matrix products.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import baselines
import numpy as np
from protocol import TOLERANCES, Solve, Unable
from rows import Row
from scipy.integrate import ode, odeint, solve_ivp

VARIANTS = dict.fromkeys(("RK45", "DOP853", "LSODA", "odeint", "Adams"), TOLERANCES)
#: States beyond which LSODA's workspace for a dense Jacobian is 5 GB and more.
DENSE_UP_TO = 25_000


def lumped(row: Row) -> tuple[Callable[[float, np.ndarray], np.ndarray], np.ndarray, Callable[[Any], np.ndarray]]:
    """The right-hand side on flat states, the state at rest, and a function from states to voltages of ``E``."""
    plain = row.network()
    columns = dataclasses.replace(plain, rates={name: rates.T for name, rates in plain.rates.items()})
    write = baselines.feedforward_by_hand if row.kind == "feedforward" else baselines.recurrent_by_hand
    rhs, start, n = write(columns, drive_once=True), plain.resting(per_synapse=False), plain.sizes["E"]
    if row.patterns is None:
        return rhs, start, lambda y: np.asarray(y)[:, :n]
    shape = (start.size, row.patterns)

    def voltages(y: Any) -> np.ndarray:
        return np.asarray(y)[:, : n * row.patterns].reshape(-1, n, row.patterns).transpose(0, 2, 1)

    return lambda t, y: rhs(t, y.reshape(shape)).ravel(), np.repeat(start, row.patterns), voltages


def prepare(row: Row, method: str) -> Solve:
    rhs, start, voltages = lumped(row)
    if method in ("LSODA", "odeint") and start.size > DENSE_UP_TO:
        raise Unable(f"LSODA reserves a dense Jacobian, of {start.size:,} states")
    run = {"odeint": by_odeint, "Adams": by_adams}.get(method)

    def solve(rtol: float) -> np.ndarray:
        tolerances = {"rtol": rtol, "atol": rtol}
        if run is not None:
            return voltages(run(rhs, start, row.times, tolerances))
        solution = solve_ivp(rhs, (0.0, row.duration), start, method=method, t_eval=row.times, **tolerances)
        return voltages(solution.y.T)

    return solve


def by_odeint(rhs: Any, start: np.ndarray, times: np.ndarray, tolerances: dict[str, float]) -> np.ndarray:
    return odeint(rhs, start, times, tfirst=True, mxstep=100_000, **tolerances)


def by_adams(rhs: Any, start: np.ndarray, times: np.ndarray, tolerances: dict[str, float]) -> np.ndarray:
    """VODE, Adams with functional iteration: about one product with the weights per step and no Jacobian."""
    solver = ode(rhs).set_integrator("vode", method="adams", nsteps=100_000, **tolerances)
    solver.set_initial_value(start, times[0])
    return np.array([start, *(solver.integrate(t) for t in times[1:])])
