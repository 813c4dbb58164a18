"""Where two branches cross, as the saddle of a smooth number that both branches make zero.

At a branch point the slopes have a second direction besides that of the branch in which nothing changes, and Newton's
method for points of the branch fails. With one more unknown it does not. For lengths ``s`` along the branch and ``c``
across it,

    rhs(z) + m w = 0,   along @ (z - z0) = s,   across @ (z - z0) = c

has one solution. ``m(s, c)`` is zero on both branches, so that its slopes by ``s`` and by ``c`` vanish where they meet.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from netframe.analysis.bordered import Bordered, Curve, Lost, Slopes

#: The largest ``m``, relative to the terms of the equations, of branches that do meet.
MEET = 1e-8


def crossing_point(curve: Curve, a: np.ndarray, b: np.ndarray, along: np.ndarray) -> np.ndarray:
    """The point near the line from ``a`` to ``b`` where branches cross; :class:`Lost` where there is none."""
    from scipy.optimize import root

    middle, length = 0.5 * (a + b), float(np.linalg.norm(b - a))
    across, left = _null_directions(Bordered(curve.slopes(middle), along), len(middle))
    unknowns = _Unknowns(curve, middle, np.stack([along, across]), left[:-1])
    found = root(unknowns.slopes_of_m, np.zeros(2), tol=1e-13)
    z, m = unknowns.at(found.x)
    small = float(np.abs(unknowns.slopes_of_m(found.x)).max()) <= 1e-7
    if not small or abs(m) > MEET or np.linalg.norm(z - middle) > length:
        raise Lost
    return z


class _Unknowns:
    """The equations with the additional unknown ``m`` around a point."""

    def __init__(self, curve: Curve, origin: np.ndarray, rows: np.ndarray, column: np.ndarray) -> None:
        self.curve, self.origin, self.rows = curve, origin, rows
        self.column = column / np.linalg.norm(column)

    def at(self, lengths: np.ndarray) -> tuple[np.ndarray, float]:
        """The point and ``m`` at the lengths ``(s, c)``."""
        z, m, size = self.origin + lengths @ self.rows, 0.0, np.inf
        for k in range(20):
            slopes = self.curve.slopes(z)
            f = slopes.f + m * self.column
            right = -np.append(f, self.rows @ (z - self.origin) - lengths)
            step = self._solved(slopes, right)
            smaller, size = np.linalg.norm(step) < size, float(np.linalg.norm(step))
            if not np.isfinite(size) or size > 10.0:
                raise Lost
            z, m = z + step[:-1], m + float(step[-1])
            if size <= 1e-14 or (k > 2 and size <= 1e-9 and not smaller):
                return z, m
        raise Lost

    def slopes_of_m(self, lengths: np.ndarray) -> np.ndarray:
        """``(d m / d s, d m / d c)``."""
        z, _ = self.at(lengths)
        right = np.zeros((len(z) + 1, 2))
        right[-2:] = np.eye(2)
        return self._solved(self.curve.slopes(z), right)[-1]

    def _solved(self, slopes: Slopes, right: np.ndarray) -> np.ndarray:
        if isinstance(slopes.by_y, np.ndarray):
            equations = np.column_stack([slopes.by_y, slopes.by_p, self.column])
            whole = np.vstack([equations, np.column_stack([self.rows, np.zeros(2)])])
            try:
                return np.linalg.solve(whole, right)
            except np.linalg.LinAlgError:
                raise Lost from None
        return self._solved_sparse(slopes, right)

    def _solved_sparse(self, slopes: Slopes, right: np.ndarray) -> np.ndarray:
        from scipy import sparse
        from scipy.sparse import linalg

        columns = sparse.csr_array(np.column_stack([slopes.by_p, self.column]))
        last = [sparse.csr_array(self.rows[:, :-1]), sparse.csr_array(np.column_stack([self.rows[:, -1], np.zeros(2)]))]
        whole: Any = sparse.block_array([[slopes.by_y, columns], last])
        try:
            return linalg.splu(whole.tocsc()).solve(right)
        except RuntimeError:
            raise Lost from None


def _null_directions(matrix: Bordered, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The directions that a nearly singular matrix makes smallest, from the right and from the left."""
    left = np.random.default_rng(0).standard_normal(n)
    for _ in range(4):
        right = matrix.solved(left)
        right /= np.linalg.norm(right)
        left = matrix.solved(right, transposed=True)
        left /= np.linalg.norm(left)
    return right, left
