"""Voltages that all contestants are held against: the hand-written equations at tolerances far below any target.

They are kept under ``build/reference``, and computed anew when the networks change.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
from contestants.scipy import lumped
from rows import Row

KEPT = Path(__file__).resolve().parent.parent / "build" / "reference"
#: Errors were seen to be 1e-7 mV and, for networks with more states than this, 1e-6 mV at the looser tolerance.
LARGE = 10_000
TOLERANCE, TOLERANCE_WHEN_LARGE = 1e-11, 1e-10


def reference(row: Row) -> Path:
    """The file with the voltages of ``E`` of shape ``(300, [patterns,] n)``."""
    network = repr((row.network(), TOLERANCE, TOLERANCE_WHEN_LARGE)).encode()
    path = KEPT / f"{row.name}-{zlib.crc32(network):08x}.npy"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, tight(row))
    return path


def tight(row: Row) -> np.ndarray:
    """DOP853 of SciPy, all patterns as one system."""
    from scipy.integrate import solve_ivp

    rhs, start, voltages = lumped(row)
    tolerance = TOLERANCE if start.size <= LARGE else TOLERANCE_WHEN_LARGE
    tolerances = {"rtol": tolerance, "atol": tolerance}
    solution = solve_ivp(rhs, (0.0, row.duration), start, method="DOP853", t_eval=row.times, **tolerances)
    if not solution.success:
        raise RuntimeError(solution.message)
    return voltages(solution.y.T)
