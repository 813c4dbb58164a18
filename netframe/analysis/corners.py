"""What a branch does at a corner of an activation, told from the points on both sides of it.

Slopes are central differences. Where a corner lies within their step they are a blend of those on either side, so that
eigenvalues and directions there belong to no network: a pair that jumps over the imaginary axis passes through it.
"""

from __future__ import annotations

import functools

import attrs
import numpy as np

from netframe.analysis.bordered import Curve, Lost
from netframe.analysis.branch import SpecialPoint
from netframe.local_partials import linearization

#: A point of a branch: its state, its parameter and its eigenvalues.
Found = tuple[np.ndarray, float, np.ndarray]
#: A corner that holds for longer than this length is not crossed: the branch stays at it.
FAR = 0.01
#: What changes more than so many times as on either side, and more than this part, jumps.
TIMES, JUMP = 5.0, 1e-6


def told_from_both_sides(
    curve: Curve, found: list[Found], special: list[SpecialPoint], after: dict[SpecialPoint, int]
) -> tuple[list[Found], list[SpecialPoint]]:
    """The points and special points of a branch without those that exist in a blend of slopes alone.

    ``after`` has the number of the point that each special point follows. Where the branch turns at a corner it has one
    fold, where the lines from both sides meet, which is not ``refined``.
    """
    sides = _Sides(curve, found)
    kept: list[tuple[float, SpecialPoint]] = []
    gone: set[int] = set()
    for point in special:
        k = after[point]
        window = sides.window(point, k)
        if window is None or not sides.jumps(point, window):
            kept.append((k, point))
            continue
        inside = set(range(window[0] + 1, window[1]))
        if inside & gone or any(k == window[0] + 0.5 for k, _ in kept):
            gone |= inside
            continue  # told already
        gone |= inside
        if sides.turns(window):
            kept.append((window[0] + 0.5, sides.fold(window, point)))
    kept.sort(key=lambda pair: pair[0])
    return [here for k, here in enumerate(found) if k not in gone], [point for _, point in kept]


class _Sides:
    """The points of a branch with their corners and directions, each computed once."""

    def __init__(self, curve: Curve, found: list[Found]) -> None:
        self.curve, self.found = curve, found
        self.z = [curve.z(y, p) for y, p, _ in found]
        self.corners = functools.cache(lambda k: self._corners(*found[k][:2]))
        self.tangent = functools.cache(self._tangent)

    def window(self, point: SpecialPoint, k: int) -> tuple[int, int] | None:
        """The points before and after the corner that a special point after point ``k`` lies at, if it does."""
        corners = self._corners(point.y, point.value)
        if not point.refined:
            corners = corners | self.corners(k)
        here, edges = self.curve.z(point.y, point.value), []
        for j, way in ((k, -1), (k + 1, 1)):
            while 0 <= j < len(self.z) and corners & self.corners(j):
                if np.linalg.norm(self.z[j] - here) > FAR:
                    corners = corners - self.corners(j)
                else:
                    j += way
            edges.append(j)
        low, high = edges
        return (low, high) if corners and low >= 1 and high < len(self.z) - 1 else None

    def jumps(self, point: SpecialPoint, window: tuple[int, int]) -> bool:
        """Whether what makes a point special jumps between both sides, rather than passes smoothly."""
        low, high = window
        k = int(np.argmin(np.abs(point.eigenvalues.real))) if len(point.eigenvalues) else 0
        try:
            if point.kind == "fold":
                values = [float(self.tangent(j)[-1]) for j in (low - 1, low, high, high + 1)]
                size = 1.0
            else:
                values = [float(self.found[j][2][k].real) for j in (low - 1, low, high, high + 1)]
                size = float(np.max(np.abs(point.eigenvalues)))
        except (Lost, IndexError):
            return False
        lengths = [float(np.linalg.norm(self.z[b] - self.z[a])) for a, b in ((low - 1, low), (low, high))]
        lengths.append(float(np.linalg.norm(self.z[high + 1] - self.z[high])))
        smooth = sum(abs(values[a + 1] - values[a]) * lengths[1] / max(lengths[a], 1e-300) for a in (0, 2))
        return abs(values[2] - values[1]) > TIMES * smooth + JUMP * size

    def turns(self, window: tuple[int, int]) -> bool:
        """Whether the parameter turns back between two points."""
        try:
            return bool(self.tangent(window[0])[-1] * self.tangent(window[1])[-1] < 0.0)
        except Lost:
            return True

    def fold(self, window: tuple[int, int], point: SpecialPoint) -> SpecialPoint:
        """A fold where the lines from both sides meet, with the eigenvalues before it."""
        (low, high), before = window, self.found[window[0]][2]
        point = attrs.evolve(point, kind="fold", eigenvalues=before, frequency=None, refined=False, between=None)
        try:
            lines = np.column_stack([self.tangent(low), -self.tangent(high)])
        except Lost:
            return point
        apart = self.z[high] - self.z[low]
        lengths, *_ = np.linalg.lstsq(lines, apart)
        ends = self.z[low] + lengths[0] * self.tangent(low), self.z[high] + lengths[1] * self.tangent(high)
        if np.linalg.norm(ends[1] - ends[0]) > 0.1 * np.linalg.norm(apart) or lengths[0] < 0.0 or lengths[1] > 0.0:
            return point
        y, p = self.curve.parts(0.5 * (ends[0] + ends[1]))
        return attrs.evolve(point, y=y, value=p)

    def _corners(self, y: np.ndarray, p: float) -> frozenset[tuple[object, ...]]:
        hooks = linearization(self.curve.at(p), self.curve.t, y).hooks
        return frozenset((*key, *corner) for key, hook in hooks.items() for corner in hook.corners())

    def _tangent(self, k: int) -> np.ndarray:
        """The direction in which the branch goes on from a point."""
        z = self.z
        return self.curve.tangent(self.curve.slopes(z[k]), z[min(k + 1, len(z) - 1)] - z[max(k - 1, 0)])
