"""Patterns of rates: arrays of shape ``(n_patterns, n)`` in Hz, for ``ConstantInput`` and ``PatternSequence``.

nf.PatternSequence("P", patterns=nf.binary_patterns(3, peak=50.0), duration=0.2)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from netframe.calls import explained
from netframe.errors import ParameterError, brief
from netframe.memory import require


@explained
def binary_patterns(n: int, *, peak: float = 1.0, baseline: float = 0.0) -> np.ndarray:
    """All ``2**n`` patterns of ``n`` channels that are at ``peak`` or at ``baseline`` Hz, shape ``(2**n, n)``.

    Row ``k`` is ``k`` in binary digits, the first channel the highest.

    >>> binary_patterns(2, peak=50.0).tolist()
    [[0.0, 0.0], [0.0, 50.0], [50.0, 0.0], [50.0, 50.0]]
    """
    _whole("binary_patterns", n=n)
    _rates("binary_patterns", peak=peak, baseline=baseline)
    require(3 * 8 * n * 2 ** int(n), f"the {2 ** int(n)} binary patterns of {n} channels")
    on = (np.arange(2 ** int(n))[:, None] >> np.arange(int(n))[::-1]) & 1
    return np.where(on == 1, float(peak), float(baseline))


@explained
def random_patterns(
    n_patterns: int, n: int, sparsity: float, rng: np.random.Generator, *, peak: float = 1.0, baseline: float = 0.0
) -> np.ndarray:
    """Patterns in which a share ``sparsity`` of the channels, drawn at random, is at ``peak`` Hz; ``(n_patterns, n)``.

    Exactly the whole number next to ``sparsity * n`` (halves go up) is active in each pattern; the others are at
    ``baseline``.

    >>> (random_patterns(4, 10, 0.3, np.random.default_rng(1)) > 0).sum(axis=1).tolist()
    [3, 3, 3, 3]
    """
    _whole("random_patterns", n_patterns=n_patterns, n=n)
    _rates("random_patterns", peak=peak, baseline=baseline)
    if np.ndim(sparsity) or not 0.0 <= sparsity <= 1.0:
        raise ParameterError(f"sparsity is {brief(sparsity)}; it must be from 0 to 1", component="random_patterns")
    if not isinstance(rng, np.random.Generator):
        remedy = "Pass numpy.random.default_rng(seed)"
        raise ParameterError(f"rng is {brief(rng)}; it must be a Generator", component="random_patterns", remedy=remedy)
    active = np.arange(n) < int(np.floor(sparsity * n + 0.5))
    on = rng.permuted(np.tile(active, (n_patterns, 1)), axis=1)
    return np.where(on, float(peak), float(baseline))


@explained
def von_mises_bumps(
    centres: Any,
    n: int,
    *,
    kappa: float | None = None,
    width: float | None = None,
    peak: float = 1.0,
    baseline: float = 0.0,
) -> np.ndarray:
    """Bumps on a ring of ``n`` channels, one for each of the ``centres``, shape ``(n_patterns, n)``.

        rate = baseline + (peak - baseline) exp(kappa (cos(theta - centre) - 1)),   theta = 2 pi k / n

    ``centres`` are angles in rad, or a whole number of them spread evenly from zero. The concentration is ``kappa``, or
    ``1 / width**2`` for a ``width`` in rad, which is close to the standard deviation of a narrow bump.

    >>> von_mises_bumps(2, 4, kappa=1.0).round(3).tolist()
    [[1.0, 0.368, 0.135, 0.368], [0.135, 0.368, 1.0, 0.368]]
    """
    _whole("von_mises_bumps", n=n)
    _rates("von_mises_bumps", peak=peak, baseline=baseline)
    if isinstance(centres, (int, np.integer)) and not isinstance(centres, bool):
        _whole("von_mises_bumps", centres=centres)
        centres = 2.0 * np.pi * np.arange(centres) / centres
    centres = _line("von_mises_bumps", "centres", centres)
    if (kappa is None) == (width is None):
        raise ParameterError("one of kappa and width must be given, and not both", component="von_mises_bumps")
    if kappa is None:
        kappa = float(_positive("von_mises_bumps", "width", width)) ** -2
    elif np.ndim(kappa) or not (np.isfinite(kappa) and kappa >= 0.0):
        raise ParameterError(f"kappa is {brief(kappa)}; it must be zero or more", component="von_mises_bumps")
    theta = 2.0 * np.pi * np.arange(n) / n
    return baseline + (peak - baseline) * np.exp(kappa * (np.cos(theta - centres[:, None]) - 1.0))


@explained
def place_fields(positions: Any, centres: Any, width: Any, peak: Any = 1.0, *, baseline: float = 0.0) -> np.ndarray:
    """Rates of place cells at ``positions`` along a track, shape ``(n_positions, n_cells)``.

        rate = baseline + (peak - baseline) exp(-(position - centre)^2 / (2 width^2))

    Positions, ``centres`` and ``width`` are in one unit of length. ``width`` and ``peak`` (Hz) are one number, or one
    for each cell.

    >>> place_fields([0.0, 0.5, 1.0], centres=[0.0, 1.0], width=0.5, peak=20.0).round(2).tolist()
    [[20.0, 2.71], [12.13, 12.13], [2.71, 20.0]]
    """
    positions = _line("place_fields", "positions", positions)
    centres = _line("place_fields", "centres", centres)
    width = _positive("place_fields", "width", width, len(centres))
    _rates("place_fields", len(centres), peak=peak, baseline=baseline)
    distance = (positions[:, None] - centres) / width
    return baseline + (np.asarray(peak) - baseline) * np.exp(-0.5 * distance**2)


@explained
def grid_fields(
    positions: Any, spacing: Any, phase: Any, width: Any, peak: Any = 1.0, *, baseline: float = 0.0
) -> np.ndarray:
    """Rates of cells that fire at regular places along a track, shape ``(n_positions, n_cells)``.

        rate = baseline + (peak - baseline) exp(kappa (cos(2 pi (position - phase) / spacing) - 1))
        kappa = (spacing / (2 pi width))^2

    Fields are at ``phase + k spacing``, and near their middle like Gaussians of standard deviation ``width``. All four
    are in one unit of length. ``phase`` has one number for each cell; the others and ``peak`` (Hz) have one, or one for
    each cell.

    >>> grid_fields([0.0, 15.0, 30.0], spacing=30.0, phase=[0.0, 15.0], width=5.0, peak=20.0).round(2).tolist()
    [[20.0, 3.23], [3.23, 20.0], [20.0, 3.23]]
    """
    positions = _line("grid_fields", "positions", positions)
    phase = _line("grid_fields", "phase", phase)
    spacing, width = (_positive("grid_fields", k, x, len(phase)) for k, x in (("spacing", spacing), ("width", width)))
    _rates("grid_fields", len(phase), peak=peak, baseline=baseline)
    kappa = (spacing / (2.0 * np.pi * width)) ** 2
    angle = 2.0 * np.pi * (positions[:, None] - phase) / spacing
    return baseline + (np.asarray(peak) - baseline) * np.exp(kappa * (np.cos(angle) - 1.0))


def _whole(function: str, **values: Any) -> None:
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            text = f"{name} is {brief(value)}; it must be a whole number of at least 1"
            raise ParameterError(text, component=function, attribute=name)


def _rates(function: str, n: int = 1, **values: Any) -> None:
    for name, value in values.items():
        numbers = _numbers(function, name, value)
        if (name == "baseline" and numbers.ndim) or numbers.shape not in ((), (n,)) or np.any(numbers < 0.0):
            wanted = "zero or more, in Hz, one number or one for each cell where allowed"
            text = f"{name} is {brief(value)}; it must be {wanted}"
            raise ParameterError(text, component=function, attribute=name)


def _positive(function: str, name: str, value: Any, n: int | None = None) -> np.ndarray:
    numbers = _numbers(function, name, value)
    if numbers.shape not in ((), (n,)) or not np.all(numbers > 0.0):
        each = f", one number or one for each of {n} cells" if n is not None else ", one number"
        text = f"{name} is {brief(value)}; it must be positive{each}"
        raise ParameterError(text, component=function, attribute=name)
    return numbers


def _line(function: str, name: str, value: Any) -> np.ndarray:
    numbers = _numbers(function, name, value)
    if numbers.ndim != 1 or not numbers.size:
        text = f"{name} has shape {numbers.shape}; it must be a list of one number or more"
        raise ParameterError(text, component=function, attribute=name)
    return numbers


def _numbers(function: str, name: str, value: Any) -> np.ndarray:
    try:
        numbers = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.array(np.nan)
    if not np.all(np.isfinite(numbers)):
        raise ParameterError(f"{name} is {value!r}; finite numbers are allowed", component=function, attribute=name)
    return numbers
