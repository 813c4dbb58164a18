"""The notebook's way with its slip mended: nested dictionaries, one current per synapse, ``solve_ivp`` with RK45."""

from __future__ import annotations

import baselines
import numpy as np
from protocol import TOLERANCES, Solve, Unable
from rows import Row
from scipy.integrate import solve_ivp

VARIANTS = {"RK45": TOLERANCES}


def prepare(row: Row, variant: str) -> Solve:
    if row.patterns is not None or row.kind == "sparse":
        raise Unable("written for one run of a dense network")
    plain = row.network()
    rhs, start, n = baselines.dict_of_dicts(plain), plain.resting(per_synapse=True), plain.sizes["E"]

    def solve(rtol: float) -> np.ndarray:
        span = (0.0, row.duration)
        solution = solve_ivp(rhs, span, start, method="RK45", dense_output=True, rtol=rtol, atol=rtol)
        return solution.sol(row.times).T[:, :n]

    return solve
