"""The equations of a curve of steady states, and the bordered linear systems that follow it.

A point of the curve is ``z``, the state and the parameter divided by their scales. Together with a row, the direction
of the curve, the slopes make a matrix that is regular where the branch turns back:

    B = [ d rhs / d y   d rhs / d p ]
        [        direction          ]
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from netframe.analysis.newton import DENSE_UP_TO
from netframe.analysis.stability import eigenvalues_of
from netframe.errors import ParameterError
from netframe.local_partials import STEP
from netframe.network import Network

#: Newton iterations of a point, and its largest residual relative to the terms of each equation.
ITERATIONS, TOLERANCE = 12, 1e-10


class Lost(Exception):
    """Newton's method did not converge to a point of the curve."""


@attrs.frozen(eq=False)
class Slopes:
    """The right-hand side and its derivatives at a point, in scaled unknowns, and the Jacobian in its own units."""

    f: np.ndarray
    by_y: Any
    by_p: np.ndarray
    matrix: Any

    @property
    def residual(self) -> float:
        """The largest entry, relative to the terms it is made of."""
        return float(np.abs(self.f).max(initial=0.0))


class Curve:
    """Steady states of a network that depends on one number."""

    def __init__(self, at: Callable[[float], Network], t: float, scale: np.ndarray, width: float) -> None:
        self.at, self.t, self.width = functools.lru_cache(maxsize=4)(at), t, width
        self._by_p: np.ndarray | None = None
        self._known: tuple[bytes, np.ndarray, Any] = (b"", np.empty(0), None)
        self.rescale(scale)

    def rescale(self, scale: np.ndarray) -> None:
        """Give every state another size; points are then to be made anew."""
        # The root of the number of states: the length of a step is a mean over states, whatever their number.
        self.own, self.scale = scale, np.append(scale * np.sqrt(len(scale)), self.width)

    def z(self, y: np.ndarray, p: float) -> np.ndarray:
        """A point in scaled unknowns."""
        return np.append(y, p) / self.scale

    def parts(self, z: np.ndarray) -> tuple[np.ndarray, float]:
        """The state and the parameter of a point."""
        return (z * self.scale)[:-1], float(z[-1] * self.width)

    def by_p(self, y: np.ndarray, p: float, f: np.ndarray) -> np.ndarray:
        """``d rhs / d p``, by central differences, or from one side where a parameter may not go to the other."""
        h = STEP * max(abs(p), 0.1 * self.width)
        found: dict[int, np.ndarray] = {}
        for k in (1, -1):
            try:
                found[k] = self._rhs(y, p + k * h)
            except ParameterError:
                continue
        if len(found) == 2:
            return (found[1] - found[-1]) / (2.0 * h)
        k = 1 if 1 in found else -1
        if k not in found:
            raise Lost
        return (-3.0 * f + 4.0 * found[k] - self._rhs(y, p + 2 * k * h)) / (2.0 * k * h)

    def slopes(self, z: np.ndarray, fresh: bool = True) -> Slopes:
        """The right-hand side and its derivatives; that by the parameter is the last known unless ``fresh``."""
        y, p = self.parts(z)
        f, matrix = self._evaluated(y, p)
        if fresh or self._by_p is None:
            self._by_p = self.by_p(y, p, f)
        rows = abs(matrix) @ self.own + np.abs(self._by_p) * self.width
        rows = np.where(rows > 0.0, rows, 1.0)
        scaled = matrix.multiply(self.scale[:-1]).multiply(1.0 / rows[:, None])
        scaled = scaled.toarray() if len(f) <= DENSE_UP_TO else scaled.tocsr()
        return Slopes(f / rows, scaled, self._by_p * self.width / rows, matrix)

    def eigenvalues(self, z: np.ndarray) -> np.ndarray:
        """Those of the network at a point, rightmost first."""
        return eigenvalues_of(self._evaluated(*self.parts(z))[1])

    def corrected(self, guess: np.ndarray, row: np.ndarray) -> tuple[np.ndarray, int]:
        """The point of the curve in the plane through ``guess`` across ``row``, and the iterations it took."""
        z, size = guess, np.inf
        for k in range(ITERATIONS):
            slopes = self.slopes(z, fresh=False)
            if k and slopes.residual <= TOLERANCE and size <= 1e-9:
                return z, k
            step = Bordered(slopes, row).solved(np.append(-slopes.f, -row @ (z - guess)))
            smaller, size = np.linalg.norm(step) <= size, float(np.linalg.norm(step))
            if not np.isfinite(size) or (k > 3 and not smaller and slopes.residual > TOLERANCE):
                raise Lost
            z = z + step
        if self.slopes(z, fresh=False).residual > TOLERANCE:
            raise Lost
        return z, ITERATIONS

    def tangent(self, slopes: Slopes, row: np.ndarray) -> np.ndarray:
        """The direction of the curve, of length one, that goes on along ``row``."""
        across = np.append(np.zeros(len(slopes.f)), 1.0)
        direction = Bordered(slopes, row).solved(across)
        length = np.linalg.norm(direction)
        if not (np.isfinite(length) and length > 0.0):
            raise Lost
        return direction / length

    def _evaluated(self, y: np.ndarray, p: float) -> tuple[np.ndarray, Any]:
        """The right-hand side and the Jacobian; those of the last point are known."""
        key = y.tobytes() + np.float64(p).tobytes()
        if key != self._known[0]:
            try:
                network = self.at(p)
            except ParameterError as error:
                raise Lost from error
            with np.errstate(all="ignore"):
                f = np.asarray(network.rhs(self.t, y))
                if not np.isfinite(f).all():
                    raise Lost
                self._known = key, f, network.jacobian(self.t, y)
        return self._known[1:]

    def _rhs(self, y: np.ndarray, p: float) -> np.ndarray:
        return np.asarray(self.at(p).rhs(self.t, y))


class Bordered:
    """The factors of a bordered matrix."""

    def __init__(self, slopes: Slopes, row: np.ndarray) -> None:
        if isinstance(slopes.by_y, np.ndarray):
            from scipy.linalg.lapack import dgetrf, dgetrs

            whole = np.block([[slopes.by_y, slopes.by_p[:, None]], [row[None, :]]])
            lu, pivots, _ = dgetrf(whole)
            diagonal, odd = np.diag(lu), int(np.sum(pivots != np.arange(len(pivots))))
            self._solve: Any = lambda b, side="N": dgetrs(lu, pivots, b, trans=int(side == "T"))[0]
        else:
            from scipy import sparse
            from scipy.sparse import linalg

            last = [sparse.csr_array(row[None, :-1]), sparse.csr_array(row[None, -1:])]
            whole = sparse.block_array([[slopes.by_y, sparse.csr_array(slopes.by_p[:, None])], last])
            try:
                factors = linalg.splu(whole.tocsc())
            except RuntimeError:
                raise Lost from None
            diagonal, odd = factors.U.diagonal(), _odd(factors.perm_r) + _odd(factors.perm_c)
            self._solve = factors.solve
        self._singular = not np.all(diagonal)
        #: The sign of the determinant.
        self.sign = float(np.prod(np.sign(diagonal)) * (-1.0) ** odd)

    def solved(self, right: np.ndarray, transposed: bool = False) -> np.ndarray:
        """The solution ``x`` of ``B x = right``, or of ``B.T x = right``."""
        if self._singular:
            raise Lost
        return self._solve(right, "T" if transposed else "N")

    def test(self, vector: np.ndarray) -> float:
        """A number that passes through zero, smoothly, where the matrix becomes singular."""
        if self._singular:
            return 0.0
        return self.sign / max(abs(float(vector @ self._solve(vector))), 1e-300)


def _odd(permutation: np.ndarray) -> int:
    """The number of exchanges of a permutation, but for a multiple of two: its length less the number of its cycles."""
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    n = len(permutation)
    graph = sparse.csr_array((np.ones(n), (np.arange(n), permutation)), shape=(n, n))
    return n - int(connected_components(graph, directed=False, return_labels=False))
