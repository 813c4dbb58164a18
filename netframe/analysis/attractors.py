"""Where coarse runs lead from states that are pushed far up and down, and what lies between the points they end at."""

from __future__ import annotations

import itertools

import numpy as np

from netframe.analysis.newton import System, row_scales, solved

#: How far states are pushed, beside their scale or 1, whichever is larger.
PUSHES = (10.0, 1e4)
#: Each state variable is also pushed alone, up to so many of them and so many states.
ALONE, ALONE_UP_TO = 6, 100
#: Parts of the line between two points, and pairs of points at most.
PARTS, PAIRS = np.arange(1, 8) / 8.0, 15
#: Numbers that the matrices on all lines may hold together.
HELD = 1_000_000


def pushed(system: System, y: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """States ``(k, n)`` with all entries, and those of each variable alone, far up and down from ``y``."""
    registry = system.network.registry
    chosen = [np.ones(len(y), dtype=bool)]
    slots = list(registry)
    if 1 < len(slots) <= ALONE and len(y) <= ALONE_UP_TO:
        chosen += [np.isin(np.arange(len(y)), np.arange(len(y))[slot.slice]) for slot in slots]
    far = [sign * push for push in PUSHES for sign in (1.0, -1.0)]
    return np.array([y + size * np.maximum(scale, 1.0) * which for which in chosen for size in far])


def linear(system: System, y: np.ndarray, others: np.ndarray) -> bool:
    """Whether slopes at ``y`` tell the derivatives at other states ``(k, n)``."""
    (slopes,), apart = np.asarray(system.jacobians(y[None])), others - y
    at, found = system.rhs(y[None]), system.rhs(others)
    terms = np.abs(apart) @ np.abs(slopes).T + np.abs(at)
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(found - at - apart @ slopes.T) <= 1e-9 * terms))


def settled_ends(system: System, y: np.ndarray, scale: np.ndarray, tolerance: float = 1e-6) -> np.ndarray:
    """Where coarse runs as those of ``relaxed`` lead from all rows of ``y``, without those that diverge."""
    y, length, size = y.copy(), np.zeros(len(y)), np.zeros(len(y))
    scale = np.maximum(scale, np.abs(y).max(axis=0, initial=0.0))  # steps are limited beside it
    going, lost = np.arange(len(y)), np.zeros(len(y), dtype=bool)
    for _ in range(60):
        f = system.rhs(y[going])
        lost[going[~np.isfinite(f).all(axis=1)]] = True
        going, f = going[~lost[going]], f[~lost[going]]
        if not len(going):
            break
        matrices = np.asarray(system.jacobians(y[going]))
        rows = row_scales(matrices, scale, f)
        residual = np.linalg.norm(f / rows, axis=1)
        lost[going[~np.isfinite(residual)]] = True
        keep = (residual > tolerance) & np.isfinite(residual)
        going, f, matrices, rows, residual = going[keep], f[keep], matrices[keep], rows[keep], residual[keep]
        if not len(going):
            break
        growth = np.clip(size[going] / residual, 0.3, 2.0)
        first = 0.5 / np.max(rows / scale, axis=1)
        length[going], size[going] = np.where(length[going] > 0.0, growth * length[going], first), residual
        shifted = np.eye(y.shape[1]) / length[going, None, None] - matrices
        y[going] += solved(system, shifted, f, scale, row_scales(shifted, scale, f))
    return y[~lost & np.isfinite(y).all(axis=1)]


def on_lines(points: np.ndarray) -> np.ndarray:
    """States ``(k, n)`` on the lines between pairs of points ``(m, n)``, where an unstable one may lie."""
    most = min(PAIRS, max(1, HELD // (len(PARTS) * points.shape[1] ** 2)))
    pairs = list(itertools.islice(itertools.combinations(points, 2), most))
    return np.array([a + part * (b - a) for a, b in pairs for part in PARTS])


def at_borders(system: System, points: np.ndarray, scale: np.ndarray, rounds: int = 3) -> np.ndarray:
    """States ``(k, n)`` on the lines between pairs of points, near where runs begin to end at another one."""
    most = min(PAIRS, max(1, HELD // (len(PARTS) * points.shape[1] ** 2)))
    found = []
    for a, b in itertools.islice(itertools.combinations(points, 2), most):
        low, high = 0.0, 1.0
        for _ in range(rounds):
            parts = low + PARTS * (high - low)
            ends = settled_ends(system, a + parts[:, None] * (b - a), scale)
            if len(ends) < len(parts):
                break
            away = np.linalg.norm((ends - a) / scale, axis=1) > 1e-3 * np.linalg.norm((b - a) / scale)
            first = int(np.argmax(np.append(away, True)))
            edges = np.concatenate([[low], parts, [high]])
            low, high = edges[first], edges[first + 1]
        found.append(a + 0.5 * (low + high) * (b - a))
    return np.array(found)
