"""The line a branch is drawn as: smooth through its points, and of one stability from one special point to the next."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from netframe.analysis.branch import Branch

#: A line has at least as many points.
FINE = 400
#: Points nearer than this part of the length of a branch are one.
SAME = 1e-9


@attrs.frozen(eq=False)
class BranchLine:
    """Parameters ``x`` ``(n,)`` and curves ``y`` ``(n, k)`` along a branch; ``pieces`` are stable or not."""

    x: np.ndarray
    y: np.ndarray
    pieces: tuple[tuple[slice, bool], ...]


def branch_line(branch: Branch, curves: np.ndarray, special: np.ndarray) -> BranchLine:
    """A line through the points of a branch and its special points, at which ``curves`` and ``special`` are drawn.

    Along the length of the branch each coordinate is a piecewise cubic that rises and falls as the points do, so that
    nothing lies beyond them and a fold, which is one of them, has an upright tangent. Source: Fritsch & Carlson (1980),
    SIAM J Numer Anal 17:238.
    """
    from scipy.interpolate import PchipInterpolator

    length, own = _lengths(branch)
    s, first = np.unique(np.round(np.concatenate([length, own]) / SAME) * SAME, return_index=True)
    values = np.concatenate([branch.values, [point.value for point in branch.special]])[first]
    nodes = np.column_stack([values, np.concatenate([curves, special])[first]])
    ends = [0, *(int(np.argmin(np.abs(s - at))) for at in _changes(branch, length, own)), len(s) - 1]
    if len(s) == 1:
        return BranchLine(nodes[:, 0], nodes[:, 1:], ((slice(0, 1), bool(branch.stable[0])),))
    each = max(1, math.ceil(FINE / (len(s) - 1)))
    finer = np.interp(np.arange(each * (len(s) - 1) + 1) / each, np.arange(len(s)), s)
    line = PchipInterpolator(s, nodes)(finer)
    stable = itertools.cycle((bool(branch.stable[0]), not branch.stable[0]))
    pieces = tuple((slice(each * a, each * b + 1), own) for (a, b), own in zip(itertools.pairwise(ends), stable))
    return BranchLine(line[:, 0], line[:, 1:], pieces)


def _lengths(branch: Branch) -> tuple[np.ndarray, np.ndarray]:
    """Where the points and the special points lie along a branch, of length 1, each variable beside its range."""
    z = np.column_stack([branch.values, branch.y])
    span = np.ptp(z, axis=0)
    span = np.where(span > 0.0, span, 1.0)
    z = z / span
    steps = np.linalg.norm(np.diff(z, axis=0), axis=1)
    length = np.concatenate([[0.0], np.cumsum(steps)])
    own = []
    for point in branch.special:
        away = np.linalg.norm(z - np.append(point.value, point.y) / span, axis=1)
        k = int(np.argmin(away[:-1] + away[1:] - steps))  # the smallest detour
        own.append(length[k] + steps[k] * away[k] / max(away[k] + away[k + 1], 1e-300))
    return length / (length[-1] or 1.0), np.array(own) / (length[-1] or 1.0)


def _changes(branch: Branch, length: np.ndarray, own: np.ndarray) -> list[float]:
    """Where stability changes: at the special points between two points that differ in it, else at the second."""
    stable, found = branch.stable, []
    for k in np.flatnonzero(np.diff(stable)):
        between = own[(own > length[k] - SAME) & (own < length[k + 1] + SAME)]
        lost = between.min if stable[k] else between.max  # lost at the first of several, and back at the last
        found.append(float(lost()) if between.size else float(length[k + 1]))
    return found
