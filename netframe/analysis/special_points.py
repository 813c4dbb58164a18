"""Finding folds, Hopf points and branch points between two points of a branch, each as the root of a test function."""

from __future__ import annotations

import math
from collections.abc import Callable

import attrs
import numpy as np

from netframe.analysis.bordered import Bordered, Curve, Lost
from netframe.analysis.branch import SpecialPoint
from netframe.analysis.crossings import crossing_point
from netframe.analysis.stability import eigenvalues_of, unstable

#: A frequency below this part of the spectrum is zero.
ZERO = 1e-6


@attrs.frozen(eq=False)
class Station:
    """A point of a branch with its direction and eigenvalues."""

    z: np.ndarray
    tangent: np.ndarray
    eigenvalues: np.ndarray
    sign: float

    @property
    def n_unstable(self) -> int:
        """The number of eigenvalues with a positive real part."""
        return unstable(self.eigenvalues)


def station(curve: Curve, z: np.ndarray, row: np.ndarray) -> Station:
    """All that is known of a point; ``row`` is the direction to go on in."""
    slopes = curve.slopes(z)
    direction = curve.tangent(slopes, row)
    return Station(z, direction, eigenvalues_of(slopes.matrix), Bordered(slopes, direction).sign)


def turns(a: Station, b: Station) -> bool:
    """Whether the parameter turns back between two points."""
    return a.tangent[-1] * b.tangent[-1] < 0.0


def crosses(a: Station, b: Station) -> bool:
    """Whether another branch crosses between two points."""
    return a.sign * b.sign < 0.0


def simple(a: Station, b: Station) -> bool:
    """Whether at most one thing happens between two points, so that each can be told from the others."""
    change = abs(b.n_unstable - a.n_unstable)
    if turns(a, b) and crosses(a, b):
        return False
    return change == 1 if turns(a, b) else change <= 1 if crosses(a, b) else change in (0, 2)


def special_points(curve: Curve, a: Station, b: Station) -> list[SpecialPoint]:
    """The special points between two neighbouring points of a branch, in order."""
    between = _Between(curve, a, b)
    found: list[tuple[float, SpecialPoint]] = []
    if crosses(a, b):
        found.append(between.crossed())
    if turns(a, b):
        found.append(between.located("fold", between.turning))
    few, many = sorted((a.n_unstable, b.n_unstable))
    k = few + len(found) if many - few > len(found) else many
    while k < many:
        s, point = between.located("Hopf", between.rightmost(k))
        value = point.eigenvalues[k]
        if abs(value.imag) > ZERO * np.max(np.abs(point.eigenvalues)):
            found.append((s, attrs.evolve(point, frequency=abs(float(value.imag)) / (2.0 * math.pi))))
            k += 1
        elif many - few > 1:  # two real ones at once, as where a symmetry makes them equal
            found.append((s, attrs.evolve(point, kind="branch point")))
            k += 1
        k += 1
    return [point for _, point in sorted(found, key=lambda pair: pair[0])]


class _Between:
    """The piece of a branch between two points, as a function of the length along the direction at the first."""

    def __init__(self, curve: Curve, a: Station, b: Station) -> None:
        self.curve, self.a, self.b = curve, a, b
        self.length = float(a.tangent @ (b.z - a.z))
        self._bend = b.z - a.z - self.length * a.tangent
        self._vector = np.random.default_rng(0).standard_normal(len(a.z)) / math.sqrt(len(a.z))

    def at(self, s: float) -> np.ndarray:
        """The point of the branch at a length."""
        if s in (0.0, self.length):
            return self.b.z if s else self.a.z
        guess = self.a.z + s * self.a.tangent + (s / self.length) ** 2 * self._bend
        return self.curve.corrected(guess, self.a.tangent)[0]

    def turning(self, s: float) -> float:
        """How fast the parameter changes: zero at a fold."""
        return float(self.curve.tangent(self.curve.slopes(self.at(s)), self.a.tangent)[-1])

    def crossing(self, s: float) -> float:
        """Zero where the slopes across the branch are singular."""
        return Bordered(self.curve.slopes(self.at(s)), self.a.tangent).test(self._vector)

    def rightmost(self, k: int) -> Callable[[float], float]:
        """The real part of eigenvalue ``k`` in order: zero where it changes sign."""
        return lambda s: float(self.curve.eigenvalues(self.at(s))[k].real)

    def crossed(self) -> tuple[float, SpecialPoint]:
        """Where another branch crosses."""
        try:
            z = crossing_point(self.curve, self.a.z, self.b.z, self.a.tangent)
        except Lost:
            return self.located("branch point", self.crossing)
        y, p = self.curve.parts(z)
        s = float(self.a.tangent @ (z - self.a.z))
        return s, SpecialPoint("branch point", p, y, self.curve.eigenvalues(z))

    def located(self, kind: str, test: Callable[[float], float]) -> tuple[float, SpecialPoint]:
        """The root of a test function; on the straight line between both points where Newton's method fails."""
        from scipy.optimize import brentq

        refined = True
        try:
            s = float(brentq(test, 0.0, self.length, xtol=1e-14, rtol=1e-13, maxiter=80))
            z = self.at(s)
        except (Lost, ValueError, RuntimeError):
            refined, s = False, 0.5 * self.length
            z = 0.5 * (self.a.z + self.b.z)
        y, p = self.curve.parts(z)
        ends = sorted(self.curve.parts(end.z)[1] for end in (self.a, self.b))
        between = None if refined or turns(self.a, self.b) else (ends[0], ends[1])
        return s, SpecialPoint(kind, p, y, self.curve.eigenvalues(z), None, refined, between)


def merged(curve: Curve, points: list[SpecialPoint], near: float) -> list[SpecialPoint]:
    """Each point once: near a branch point the parameter may turn, and the direction is not well known."""
    kept: list[SpecialPoint] = []
    for point in points:
        z = curve.z(point.y, point.value)
        alike = [k for k in kept if {k.kind, point.kind} != {"fold", "Hopf"}]
        alike = [k for k in alike if np.linalg.norm(curve.z(k.y, k.value) - z) < near]
        if not alike:
            kept.append(point)
        elif point.kind == "branch point" and alike[-1].kind == "fold":
            kept = [k for k in kept if k not in alike] + [point]
    return kept
