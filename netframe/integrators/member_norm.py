"""The error norm of a batch: taken for each member, and the largest decides on the step.

A root mean square over a whole batch would let one member err by the root of their number more than it does alone.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np


@functools.cache
def per_member(method: str) -> type:
    """SciPy's ``"RK23"``, ``"RK45"`` or ``"DOP853"`` for a flat state of ``members`` parts of equal size.

    The method stays the same, its norm changes, in the error of a step and in the choice of the first. The class takes
    ``members`` beside the options of SciPy's.
    """
    from scipy import integrate

    solver: Any = getattr(integrate, method)

    class PerMember(solver):
        def __init__(
            self,
            fun: Any,
            t0: float,
            y0: Any,
            t_bound: float,
            *,
            members: int,
            first_step: float | None,
            **options: Any,
        ) -> None:
            self.members = members
            super().__init__(fun, t0, y0, t_bound, first_step=first_step or t_bound - t0, **options)
            if first_step is None:
                self.h_abs = self._first_step()

        def _mean_squares(self, x: np.ndarray) -> np.ndarray:
            rows = x.reshape(self.members, -1)
            return np.einsum("mi,mi->m", rows, rows) / rows.shape[1]

        def _norm(self, x: np.ndarray) -> float:
            return math.sqrt(self._mean_squares(x).max())

        def _estimate_error_norm(self, K: np.ndarray, h: float, scale: np.ndarray) -> float:
            if method != "DOP853":
                return self._norm(self._estimate_error(K, h) / scale)
            fifth, third = (self._mean_squares(K.T @ weights / scale) for weights in (self.E5, self.E3))
            both = fifth + 0.01 * third
            return abs(h) * float((fifth / np.sqrt(np.where(both > 0, both, 1.0))).max())

        def _first_step(self) -> float:
            """A step whose explicit Euler increment is small, refined by the change of the slope along it.

            Source: Hairer, Norsett, Wanner (1993), Solving Ordinary Differential Equations I, II.4.
            """
            t, y, slope = self.t, self.y, self.f
            longest = min(abs(self.t_bound - t), self.max_step)
            scale = self.atol + self.rtol * np.abs(y)
            size, speed = self._norm(y / scale), self._norm(slope / scale)
            trial = min(1e-6 if min(size, speed) < 1e-5 else 0.01 * size / speed, longest)
            bend = self._norm((self.fun(t + trial, y + trial * slope) - slope) / scale) / trial
            steepest = max(speed, bend)
            refined = max(1e-6, 1e-3 * trial)
            if steepest > 1e-15:
                refined = (0.01 / steepest) ** (1.0 / (self.error_estimator_order + 1))
            return min(100.0 * trial, refined, longest)

    return PerMember
