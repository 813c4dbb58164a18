"""Propagators: what a time does to cells that obey ``y' = A y + b``, and the states that follow one another.

``[A b]`` is one array, (n_cells, m, m + 1), and states are followed by a one, so that their product is ``A y + b``.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator

import attrs
import numpy as np

from netframe.arrays import read_only

#: The share of a time by which times may be off and count as evenly spaced.
ROUNDING = 8 * float(np.finfo(np.float64).eps)
#: The size of ``A h`` up to which a polynomial of degree 15 is exact to rounding.
SMALL = 0.5
#: Coefficients of ``phi(x) = (exp(x) - 1) / x`` in groups of four powers.
PHI = np.array([1.0 / math.factorial(k + 1) for k in range(16)]).reshape(1, 4, 4)
#: So many cells are multiplied one after the other, which is quicker than to go along few of them.
FEW = 64
#: States that are made at once, so that they stay near the processor.
BLOCK = 131_072


def even_stretches(points: np.ndarray) -> Iterator[tuple[int, int]]:
    """Between which of these times all are equally far apart, but for rounding."""
    rounding = ROUNDING * max(abs(points[0]), abs(points[-1]))
    if _even(points, rounding):
        yield 0, len(points) - 1
        return
    gaps = points[1:] - points[:-1]
    changes = np.flatnonzero(np.abs(gaps[1:] - gaps[:-1]) > rounding) + 1
    pending = list(itertools.pairwise([0, *changes.tolist(), len(gaps)]))[::-1]
    while pending:
        first, end = pending.pop()
        if end - first > 1 and not _even(points[first : end + 1], rounding):  # small differences add up
            middle = (first + end) // 2
            pending += [(middle, end), (first, middle)]
        else:
            yield first, end


def _even(points: np.ndarray, rounding: float) -> bool:
    """Whether times are where equally many evenly spaced ones would be."""
    n, first, last = len(points) - 1, float(points[0]), float(points[-1])
    return bool(np.abs((last - first) / n * np.arange(n + 1) + first - points).max() <= rounding)


def empty(n_cells: int, *shape: int) -> np.ndarray:
    """An array of a matrix for each cell; many cells lie side by side, so that NumPy goes along them."""
    if n_cells <= FEW:
        return np.empty((n_cells, *shape))
    return np.empty((*shape, n_cells)).transpose(-1, *range(len(shape)))


def product(a: np.ndarray, b: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """The matrix product of each cell; a single matrix on the left is that of all."""
    n_cells = len(b)
    if n_cells <= FEW:
        return np.matmul(a, b, out)
    if len(a) == 1:
        b = b.transpose(1, 2, 0)
        return (a[0] @ b.reshape(len(b), -1)).reshape(-1, *b.shape[1:]).transpose(2, 0, 1)
    if out is None:
        out = np.empty((a.shape[1], b.shape[2], n_cells)).transpose(2, 0, 1)
    return np.einsum("cik,ckj->cij", a, b, out=out)


@functools.lru_cache(maxsize=64)
def identity(n: int, factor: float = 1.0) -> np.ndarray:
    """The identity matrix times a number."""
    return read_only(factor * np.eye(n))


def propagator(system: np.ndarray, h: float) -> np.ndarray:
    """What a time ``h`` does to a cell: ``y(t + h) = y(t) + change [y(t), 1]``, exact to rounding.

    The change, ``phi(A h) [A b] h``, keeps the digits that slow cells would lose beside the one of ``exp(A h)``. It is
    summed as a series where ``A h`` is small, and doubled from there.

    Source: Moler & Van Loan (2003), SIAM Rev. 45:3, method 3.
    """
    n_cells, m, _ = system.shape
    powers = empty(n_cells, 4, m, m)
    x, squared, cubed = powers[:, 1], powers[:, 2], powers[:, 3]
    powers[:, 0] = identity(m)
    np.multiply(system[:, :, :-1], h, out=x)
    product(x, x, out=squared)
    size = math.sqrt(np.abs(squared).sum(axis=2).max())  # rows of A mix units, those of its square less so
    doublings = max(0, math.ceil(math.log2(size / SMALL))) if size > 0 else 0
    if doublings:
        x *= 0.5**doublings
        squared *= 0.25**doublings
    product(squared, x, out=cubed)
    fourth = product(squared, squared)
    groups = product(PHI, powers.reshape(n_cells, 4, -1)).reshape(powers.shape)
    phi = groups[:, 3]
    for k in (2, 1, 0):
        phi = product(phi, fourth) + groups[:, k]
    change = product(phi, (h / 2**doublings) * system)
    for _ in range(doublings):
        change = twice(change)
    return change


def twice(change: np.ndarray) -> np.ndarray:
    """The change over twice the time."""
    m = change.shape[1]
    return product(change[:, :, :m] + identity(m, 2.0), change)


@attrs.frozen(eq=False)
class Course:
    """The states of cells at ``count`` equal steps, some rows of them: each is made of few, when it is asked for.

    ``wide`` are the states after each ``width`` steps, (n_cells, n_wide, m + 1), from the start on, and ``narrow`` what
    one to so many steps do to the rows, (n_cells, width * n_rows, m + 1). Of a single step ``wide`` are the rows.
    """

    count: int
    width: int
    wide: np.ndarray
    narrow: np.ndarray | None

    def states(self, first: int, most: int) -> np.ndarray:
        """Those after step ``first``, at least one and at most so many: (n, n_rows, n_cells)."""
        if self.narrow is None:
            return self.wide.transpose(1, 2, 0)
        block, skipped = divmod(first, self.width)
        n_cells, size = self.narrow.shape[:2]
        n_blocks = max(1, min(BLOCK // (size * n_cells), -(-(skipped + most) // self.width)))
        found = product(self.wide[:, block : block + n_blocks], self.narrow.swapaxes(1, 2))
        states = found.reshape(n_cells, -1).T.reshape(-1, size // self.width, n_cells)
        return states[skipped : min(skipped + most, self.count - block * self.width)]


def follow(change: np.ndarray, start: np.ndarray, rows: slice, count: int) -> tuple[Course, np.ndarray]:
    """``rows`` of the states at ``count`` equal steps from ``start``, (n_cells, 1, m + 1), and the state at the last.

    Wide and narrow steps are twice as many at each turn, as is the time of ``change``; the last state is reached by the
    binary digits of ``count``.
    """
    (n_cells, m, _), n_rows, same = change.shape, rows.stop - rows.start, identity(change.shape[2])
    if count == 1:
        last = start.copy("K")
        last[:, :, :m] += product(start, change.swapaxes(1, 2))
        return Course(1, 1, last[:, :, rows], None), last
    width = 1 << max(0, round(0.5 * math.log2(count / n_rows)))
    narrow, wide = empty(n_cells, width * n_rows, m + 1), empty(n_cells, -(-count // width), m + 1)
    one = empty(n_cells, m + 1, m + 1)
    one[:, m], across = same[m], one.swapaxes(1, 2)
    wide[:, :1], last, n_wide = start, start, 1
    for k in range(count.bit_length()):
        change = twice(change) if k else change
        np.add(change, same[:m], out=one[:, :m])
        if k == 0:
            narrow[:, :n_rows] = one[:, rows]
        if count >> k & 1:
            last = product(last, across)
        done = n_rows << k
        if done < narrow.shape[1]:
            product(narrow[:, :done], one, out=narrow[:, done : 2 * done])
        elif n_wide < wide.shape[1]:
            following = wide[:, n_wide : 2 * n_wide]
            product(wide[:, : following.shape[1]], across, out=following)
            n_wide += following.shape[1]
    return Course(count, width, wide, narrow), last
