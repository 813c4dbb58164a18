"""What a branch does at a corner of an activation, told from the points on both sides of it.

Slopes are central differences. Where a corner lies within their step they are a blend of those on either side, so that
eigenvalues and directions there belong to no network: a pair that jumps over the imaginary axis passes through it.
"""

from __future__ import annotations

import functools
import itertools

import attrs
import numpy as np

from netframe.analysis.bordered import Curve, Lost
from netframe.analysis.branch import SpecialPoint
from netframe.analysis.stability import eigenvalues_of
from netframe.local_partials import linearization

#: A point of a branch: its state, its parameter and its eigenvalues.
Found = tuple[np.ndarray, float, np.ndarray]
#: Corners of a network: the hook, the variable, the output and the entry.
Corners = frozenset[tuple[object, ...]]
#: The first length at which points beside a corner are looked for.
NEAR = 1e-5
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
        corner = sides.corner(point, after[point])
        if corner is None or not corner.jumps(point):
            kept.append((after[point], point))
            continue
        inside = set(range(corner.low + 1, corner.low + 1 + corner.blended))
        if inside & gone or any(place == corner.low + 0.5 for place, _ in kept):
            gone |= inside
            continue  # told already
        gone |= inside
        if corner.turns:
            kept.append((corner.low + 0.5, corner.fold(curve, point)))
    kept.sort(key=lambda pair: pair[0])
    return [here for k, here in enumerate(found) if k not in gone], [point for _, point in kept]


@attrs.frozen(eq=False)
class _Side:
    """A point of a branch outside of a blend: its direction, and its eigenvalues."""

    z: np.ndarray
    tangent: np.ndarray
    eigenvalues: np.ndarray


@attrs.frozen(eq=False)
class _Corner:
    """Two points before a corner, the second nearer, and two behind it; ``blended`` points follow point ``low``."""

    low: int
    blended: int
    sides: tuple[_Side, _Side, _Side, _Side]

    def jumps(self, point: SpecialPoint) -> bool:
        """Whether what makes a point special jumps between both sides, rather than passes smoothly."""
        if point.kind == "fold":
            values, size = [float(side.tangent[-1]) for side in self.sides], 1.0
        else:
            k = int(np.argmin(np.abs(point.eigenvalues.real)))
            values = [float(side.eigenvalues[k].real) for side in self.sides]
            size = float(np.max(np.abs(point.eigenvalues)))
        before, across, behind = (float(np.linalg.norm(b.z - a.z)) for a, b in itertools.pairwise(self.sides))
        smooth = abs(values[1] - values[0]) / before + abs(values[3] - values[2]) / behind
        return abs(values[2] - values[1]) > TIMES * smooth * across + JUMP * size

    @property
    def turns(self) -> bool:
        """Whether the parameter turns back."""
        return bool(self.sides[1].tangent[-1] * self.sides[2].tangent[-1] < 0.0)

    def fold(self, curve: Curve, point: SpecialPoint) -> SpecialPoint:
        """A fold where the lines from both sides meet, with the eigenvalues before it."""
        _, a, b, _ = self.sides
        point = attrs.evolve(point, kind="fold", eigenvalues=a.eigenvalues, frequency=None, refined=False, between=None)
        apart = b.z - a.z
        lengths, *_ = np.linalg.lstsq(np.column_stack([a.tangent, -b.tangent]), apart)
        ends = a.z + lengths[0] * a.tangent, b.z + lengths[1] * b.tangent
        if np.linalg.norm(ends[1] - ends[0]) > 0.1 * np.linalg.norm(apart) or lengths[0] < 0.0 or lengths[1] > 0.0:
            return point
        y, p = curve.parts(0.5 * (ends[0] + ends[1]))
        return attrs.evolve(point, y=y, value=p)


class _Sides:
    """The points of a branch, and the corners at each, looked for once."""

    def __init__(self, curve: Curve, found: list[Found]) -> None:
        self.curve = curve
        self.z = [curve.z(y, p) for y, p, _ in found]
        self.corners_of = functools.cache(lambda k: self._corners(self.z[k]))

    def corner(self, point: SpecialPoint, k: int) -> _Corner | None:
        """The corner that a special point after point ``k`` lies at, if it does."""
        here = self.curve.z(point.y, point.value)
        corners, edges = self._corners(here), []
        if not point.refined:
            corners = corners | self.corners_of(k)
        for j, way in ((k, -1), (k + 1, 1)):
            while 0 <= j < len(self.z) and corners & self.corners_of(j):
                if np.linalg.norm(self.z[j] - here) > FAR:
                    corners = corners - self.corners_of(j)
                else:
                    j += way
            edges.append(j)
        low, high = edges
        if not corners or low < 0 or high >= len(self.z):
            return None
        try:
            before, behind = self._beside(here, corners, low, -1), self._beside(here, corners, high, 1)
        except Lost:
            return None
        return _Corner(low, high - low - 1, (before[1], before[0], *behind))

    def _beside(self, here: np.ndarray, corners: Corners, k: int, way: int) -> tuple[_Side, _Side]:
        """Two points on one side, as near as differences do not reach the corner: before point ``k``, or from it on."""
        apart = float(np.linalg.norm(self.z[k] - here))
        ahead, length = (self.z[k] - here) / max(apart, 1e-300), NEAR
        while 2.0 * length < apart:
            try:
                z, further = (self.curve.corrected(here + size * ahead, ahead)[0] for size in (length, 2.0 * length))
                if not corners & (self._corners(z) | self._corners(further)):
                    return self._side(z, way * ahead), self._side(further, way * ahead)
            except Lost:
                pass
            length *= 2.0
        if not 0 <= k + way < len(self.z):
            raise Lost
        ahead = self.z[k + way] - self.z[k]
        return self._side(self.z[k], way * ahead), self._side(self.z[k + way], way * ahead)

    def _side(self, z: np.ndarray, ahead: np.ndarray) -> _Side:
        slopes = self.curve.slopes(z)
        return _Side(z, self.curve.tangent(slopes, ahead), eigenvalues_of(slopes.matrix))

    def _corners(self, z: np.ndarray) -> Corners:
        y, p = self.curve.parts(z)
        hooks = linearization(self.curve.at(p), self.curve.t, y).hooks
        return frozenset((*key, *corner) for key, hook in hooks.items() for corner in hook.corners())
