"""Solving the linear systems of large networks: factors of one sparse matrix that serve for others near it."""

from __future__ import annotations

from typing import Any

import numpy as np

#: Iterations that are tried with the factors of another matrix before new ones are made.
TRIED = 25
#: The longest step, beside the scale of each state.
FARTHEST = 1e3


class SparseFactors:
    """Sparse LU factors, kept as the preconditioner of GMRES for the matrices that follow.

    Random connections fill the factors, so that they take longer than all else; those of a state nearby do as well.
    """

    def __init__(self) -> None:
        self._lu: Any = None
        self._rows = self._scale = np.empty(0)

    def solved(self, matrix: Any, f: np.ndarray, scale: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """The solution ``x`` of ``matrix x = f``; states have the size ``scale``, and equations that of ``rows``."""
        from scipy import sparse
        from scipy.sparse import linalg

        if self._lu is not None and len(self._rows) == len(f):
            scaled = sparse.diags_array(1.0 / self._rows) @ matrix @ sparse.diags_array(self._scale)
            near = linalg.LinearOperator(scaled.shape, self._lu.solve, dtype=np.float64)
            step, missed = linalg.gmres(scaled, f / self._rows, rtol=1e-10, restart=TRIED, maxiter=1, M=near)
            if not missed and np.isfinite(step).all():
                return limited(step) * self._scale
        scaled = (sparse.diags_array(1.0 / rows) @ matrix @ sparse.diags_array(scale)).tocsc()
        scaled.data[~np.isfinite(scaled.data)] = 0.0
        try:
            self._lu = linalg.splu(scaled)
        except RuntimeError:  # singular: moved off by a little
            self._lu = linalg.splu((scaled - 1e-8 * sparse.eye_array(len(f))).tocsc())
        self._rows, self._scale = rows, scale
        return limited(self._lu.solve(f / rows)) * scale


def limited(steps: np.ndarray) -> np.ndarray:
    """Steps without what is not finite, shortened to the longest allowed."""
    steps = np.where(np.isfinite(steps), steps, 0.0)
    longest = np.abs(steps).max(axis=-1, keepdims=True, initial=0.0)
    return steps * np.minimum(1.0, FARTHEST / np.maximum(longest, FARTHEST))
