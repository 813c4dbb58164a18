"""Newton's method for steady states, from many starts at once, and a coarse run that leads to one.

A residual is relative: the derivative of a state beside the sum of what each state, at its scale, adds to it by the
Jacobian, so that 1e-10 means the same for a voltage in mV and a current in nA.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from netframe.analysis.factors import SparseFactors, limited
from netframe.network import Network

#: Up to this many states matrices are dense.
DENSE_UP_TO = 300
#: Numbers that the matrices of all starts may hold together.
HELD = 4_000_000
ITERATIONS, HALVINGS, UPHILL = 60, 10, 3


@attrs.frozen(eq=False)
class System:
    """The right-hand side of one member at one time, for all states or for those that are ``free`` with others held."""

    network: Network
    t: float
    free: np.ndarray | None = None
    factors: SparseFactors = attrs.field(factory=SparseFactors)

    @property
    def size(self) -> int:
        """The number of unknowns."""
        return self.network.registry.size if self.free is None else len(self.free)

    def rhs(self, y: np.ndarray) -> np.ndarray:
        """Derivatives of the unknowns at states ``(k, n_state)``."""
        with np.errstate(all="ignore"):
            found = np.asarray(self.network.rhs(self.t, y))
        return found if self.free is None else found[..., self.free]

    def jacobians(self, y: np.ndarray) -> list[Any] | np.ndarray:
        """Their Jacobians: an array ``(k, m, m)``, or CSR arrays where these would be large."""
        from scipy import sparse

        k, n = y.shape
        with np.errstate(all="ignore"):
            whole = self.network.jacobian(self.t, y)
        if self.size <= DENSE_UP_TO and n <= 4 * DENSE_UP_TO:
            coo, dense = whole.tocoo(), np.zeros((k, n, n))
            dense[coo.row // n, coo.row % n, coo.col % n] = coo.data
            return dense if self.free is None else dense[:, self.free[:, None], self.free]
        blocks = []
        for start in range(0, k * n, n):
            part = slice(whole.indptr[start], whole.indptr[start + n])
            pointers = whole.indptr[start : start + n + 1] - part.start
            block = sparse.csr_array((whole.data[part], whole.indices[part] - start, pointers), shape=(n, n))
            blocks.append(block if self.free is None else block[self.free][:, self.free])
        return blocks


@attrs.frozen(eq=False)
class Roots:
    """Where Newton's method ended: states ``(k, n)``, their relative residuals and whether these are small."""

    y: np.ndarray
    residual: np.ndarray
    converged: np.ndarray


def newton(
    system: System, y: np.ndarray, scale: np.ndarray, tolerance: float, known: np.ndarray | None = None
) -> Roots:
    """Damped Newton iterations from every row of ``y``, the unknowns of which are moved.

    Roots that are ``known`` ``(m, n_state)`` push iterations away: the right-hand side is multiplied by
    ``1 + 1 / distance**2`` of each (deflation, Farrell, Birkisson and Funke 2015, SIAM J Sci Comput 37:A2026).
    """
    near = Deflation(np.empty((0, y.shape[1])) if known is None else known, scale)
    together = max(1, HELD // system.size**2) if system.size <= DENSE_UP_TO else 1
    parts = [_iterated(system, y[k : k + together].copy(), scale, tolerance, near) for k in range(0, len(y), together)]
    return Roots(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("y", "residual", "converged")))


@attrs.frozen(eq=False)
class Deflation:
    """What keeps iterations away from known roots."""

    known: np.ndarray
    scale: np.ndarray

    def factor(self, y: np.ndarray) -> np.ndarray:
        """What the right-hand side at states ``(k, n)`` is multiplied by."""
        with np.errstate(all="ignore"):
            return np.prod(1.0 + 1.0 / self._squares(y)[1], axis=1)

    def stretch(self, y: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """The numbers ``(k,)`` that Newton steps ``(k, n)`` are multiplied by."""
        apart, squares = self._squares(y)
        along = 2.0 * np.einsum("kmn,kn->km", apart, steps / self.scale)
        with np.errstate(all="ignore"):
            stretch = 1.0 / (1.0 + np.sum(along / (squares * (squares + 1.0)), axis=1))
        return np.clip(np.where(np.isfinite(stretch), stretch, 1.0), -100.0, 100.0)

    def _squares(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        apart = (y[:, None] - self.known) / self.scale
        return apart, np.sum(apart**2, axis=2)


def _iterated(system: System, y: np.ndarray, scale: np.ndarray, tolerance: float, near: Deflation) -> Roots:
    columns = slice(None) if system.free is None else system.free
    own = scale[columns]
    best, smallest = y.copy(), np.full(len(y), np.inf)
    at, f = np.arange(len(y)), system.rhs(y)
    uphill = np.zeros(len(y), int)
    for _ in range(ITERATIONS):
        keep = np.isfinite(f).all(axis=1)
        at, y, f = at[keep], y[keep], f[keep]
        if not len(at):
            break
        matrices = system.jacobians(y)
        rows = row_scales(matrices, own, f)
        residual = np.abs(f / rows).max(axis=1, initial=0.0)
        better, was = residual < smallest[at], smallest[at]
        best[at[better]], smallest[at[better]] = y[better], residual[better]
        # Below the tolerance steps go on as long as they help, down to rounding.
        going = ~((smallest[at] <= tolerance) & (residual > 0.5 * was)) & (residual > 0.0)
        at, y, f, rows, residual = at[going], y[going], f[going], rows[going], residual[going]
        if not len(at):
            break
        matrices = matrices[going] if isinstance(matrices, np.ndarray) else matrices
        steps, close = solved(system, matrices, -f, own, rows), residual <= tolerance
        if len(near.known):
            whole = np.zeros_like(y)
            whole[:, columns] = steps
            steps = np.where(close, 1.0, near.stretch(y, whole))[:, None] * steps
        y, f = _searched(system, y, f, steps, rows, columns, close, near, uphill, at)
        given_up = uphill[at] > UPHILL
        at, y, f = at[~given_up], y[~given_up], f[~given_up]
    return Roots(best, smallest, smallest <= tolerance)


def _searched(
    system: System,
    y: np.ndarray,
    f: np.ndarray,
    steps: np.ndarray,
    rows: np.ndarray,
    columns: Any,
    close: np.ndarray,
    near: Deflation,
    uphill: np.ndarray,
    at: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Each state after the longest of the steps 1, 1/2, 1/4 ... that makes its residual smaller."""
    before = np.linalg.norm(f / rows, axis=1) * near.factor(y)
    new_y, new_f = y.copy(), f.copy()
    open_, length = np.arange(len(y)), 1.0
    for _ in range(HALVINGS):
        tried = y[open_]
        tried[:, columns] += length * steps[open_]
        found = system.rhs(tried)
        if length == 1.0:
            full_y, full_f = tried, found
        with np.errstate(all="ignore"):
            norm = np.linalg.norm(found / rows[open_], axis=1) * near.factor(tried)
        good = (norm <= (1.0 - 1e-4 * length) * before[open_]) | (close[open_] & np.isfinite(norm))
        new_y[open_[good]], new_f[open_[good]] = tried[good], found[good]
        open_, length = open_[~good], 0.5 * length
        if not len(open_):
            return new_y, new_f
    # At a corner of an activation no step along the line helps; a few full ones may end on another piece.
    new_y[open_], new_f[open_] = full_y[open_], full_f[open_]
    uphill[at[open_]] += 1
    return new_y, new_f


def row_scales(matrices: Any, scale: np.ndarray, f: np.ndarray) -> np.ndarray:
    """What the derivatives of each state are measured by, ``(k, m)``."""
    if isinstance(matrices, np.ndarray):
        rows = np.abs(matrices) @ scale
    else:
        rows = np.stack([abs(matrix) @ scale for matrix in matrices])
    rows = np.where((rows > 0.0) & np.isfinite(rows), rows, np.abs(f))
    return np.where(rows > 0.0, rows, 1.0)


def solved(system: System, matrices: Any, f: np.ndarray, scale: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The solutions ``x`` of ``matrix x = f``, the shortest that fit best where a matrix is singular."""
    if not isinstance(matrices, np.ndarray):
        return np.stack([system.factors.solved(m, b, scale, row) for m, b, row in zip(matrices, f, rows)])
    scaled, right = matrices * scale / rows[:, :, None], f / rows
    scaled[~np.isfinite(scaled)] = 0.0
    try:
        steps = np.linalg.solve(scaled, right[..., None])[..., 0]
    except np.linalg.LinAlgError:
        steps = np.stack([np.linalg.lstsq(a, b)[0] for a, b in zip(scaled, right)])
    return limited(steps) * scale


def relaxed(system: System, y: np.ndarray, scale: np.ndarray, tolerance: float = 1e-6) -> np.ndarray:
    """The states ``(m, n)`` of a coarse implicit run in which time stands still for the inputs, with growing steps.

    Steps of linearly implicit Euler that grow as the derivative shrinks (pseudo-transient continuation, Kelley and
    Keyes 1998, SIAM J Numer Anal 35:508): it goes where a run goes, but for oscillations, which it damps.
    """
    from scipy import sparse

    course, length, size = [y], 0.0, 0.0
    identity = np.eye(system.size) if system.size <= DENSE_UP_TO else sparse.eye_array(system.size)
    for _ in range(60):
        here = course[-1][None]
        f, matrices = system.rhs(here), system.jacobians(here)
        rows = row_scales(matrices, scale, f)
        residual = float(np.linalg.norm(f / rows))
        if not np.isfinite(residual):
            return np.array(course[:-1] or [y])
        if residual <= tolerance:
            break
        growth = np.clip(size / residual, 0.3, 2.0) if length else 1.0
        length, size = growth * length or 0.5 / float(np.max(rows / scale)), residual
        if isinstance(matrices, np.ndarray):
            shifted: Any = identity / length - matrices
        else:
            shifted = [(identity / length - matrices[0]).tocsr()]
        course.append(here[0] + solved(system, shifted, f, scale, row_scales(shifted, scale, f))[0])
    return np.array(course)
