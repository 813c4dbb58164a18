"""How alike the responses to different patterns are."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from netframe.analysis.checks import numbers
from netframe.analysis.population_responses import labels_of, taken
from netframe.calls import explained
from netframe.errors import ParameterError
from netframe.labels import AxisLabels
from netframe.memory import require
from netframe.solution import Solution
from netframe.tables import short_repr

#: Values within this share of the largest differ by rounding only.
ROUNDING = 8.0 * float(np.finfo(np.float64).eps)


@attrs.frozen(eq=False, repr=False)
class Similarity:
    """A similarity between every two patterns.

    ``matrix``, of shape ``(..., pattern, pattern)``, is symmetric; rows and columns of patterns that have no
    similarity are NaN. ``undefined``, of shape ``(..., pattern)``, says which those are: for cosines the silent
    patterns, for correlations those to which all units respond alike. ``labels`` are those of the solution, for
    pictures.
    """

    matrix: np.ndarray
    undefined: np.ndarray
    labels: AxisLabels | None = attrs.field(default=None, repr=False)

    __repr__ = short_repr

    def median(self, *, diagonal: bool = True) -> np.ndarray:
        """The median over the entries of ``matrix`` that are defined, shape ``(...)``; NaN where there are none.

        The entries of the diagonal, which are 1, count unless ``diagonal=False``: for n defined patterns they are n of
        n^2.
        """
        entries = np.sort(self._entries(diagonal), axis=-1)  # NaN goes last
        n = np.sum(~np.isnan(entries), axis=-1, keepdims=True)
        middle = np.concatenate([np.maximum(n - 1, 0) // 2, n // 2 * (n > 0)], axis=-1)
        return np.take_along_axis(entries, middle, axis=-1).mean(axis=-1)

    def mean(self, *, diagonal: bool = True) -> np.ndarray:
        """The mean over the same entries as :meth:`median`, shape ``(...)``."""
        entries = self._entries(diagonal)
        n = np.sum(~np.isnan(entries), axis=-1)
        return np.where(n > 0, np.nansum(entries, axis=-1) / np.maximum(n, 1), np.nan)

    def _entries(self, diagonal: bool) -> np.ndarray:
        n = self.matrix.shape[-1]
        kept = self.matrix if diagonal else np.where(np.eye(n, dtype=bool), np.nan, self.matrix)
        return kept.reshape(*kept.shape[:-2], n * n)


@explained
def cosine_similarity(
    x: Any, path: str | None = None, *, at: float | None = None, window: tuple[float, float] | None = None
) -> Similarity:
    """The cosine of the angle between the responses to every two patterns: ``(..., pattern, unit)``.

        C_pq = sum_i r_pi r_qi / sqrt(sum_i r_pi^2 sum_i r_qi^2)

    A silent pattern, whose responses are all zero, has no angle: its row and column are NaN and ``undefined`` marks it.
    Arguments and errors are those of :func:`responses`; :class:`MemoryBudgetError` for matrices that would not fit.

    Source: Galloni et al. (2022), doi 10.3389/fncom.2022.826278, whose similarity is ``.median()``, diagonal included.

    Example:
        >>> from netframe import analysis
        >>> found = analysis.cosine_similarity(np.array([[1.0, 0.0, 0.0], [3.0, 4.0, 0.0], [0.0, 0.0, 0.0]]))
        >>> found.undefined
        array([False, False,  True])
        >>> round(float(found.matrix[0, 1]), 12), float(found.median(diagonal=False).round(12))
        (0.6, 0.6)
    """
    array = taken("cosine_similarity", x, path, at, window)
    found = _between(array, np.all(array == 0.0, axis=-1))
    return attrs.evolve(found, labels=labels_of(x, path, at, window))


@explained
def correlation_similarity(
    x: Any, path: str | None = None, *, at: float | None = None, window: tuple[float, float] | None = None
) -> Similarity:
    """Pearson's correlation along units between the responses to every two patterns: ``(..., pattern, unit)``.

    The cosine of what is left after each pattern's mean over units is taken away. A pattern to which all units respond
    alike, to rounding, has no correlation: its row and column are NaN and ``undefined`` marks it. Arguments and errors
    are those of :func:`cosine_similarity`.

    Example:
        >>> from netframe import analysis
        >>> found = analysis.correlation_similarity(np.array([[1.0, 2.0, 3.0], [6.0, 4.0, 2.0]]))
        >>> found.matrix.round(12)
        array([[ 1., -1.],
               [-1.,  1.]])
    """
    deviations = centred(taken("correlation_similarity", x, path, at, window), axis=-1)
    found = _between(deviations, np.all(deviations == 0.0, axis=-1))
    return attrs.evolve(found, labels=labels_of(x, path, at, window))


@explained
def discriminability(
    x: Any, path: str | None = None, *, at: float | None = None, window: tuple[float, float] | None = None
) -> np.ndarray:
    """How well patterns are told apart, on average over every two of them: ``(..., pattern, unit) -> (...)``.

        D = mean over p < q of 1 - C_pq

    with the cosines C of :func:`cosine_similarity`: 0 where all responses are alike up to their size, 1 where no two
    patterns share an active unit. Silent patterns, which ``cosine_similarity(x).undefined`` marks, are left out; NaN
    where fewer than two are left. Arguments and errors are those of :func:`cosine_similarity`.

    Source: Galloni et al. (2022), doi 10.3389/fncom.2022.826278, who call dissimilar responses discriminable.

    Example:
        >>> from netframe import analysis
        >>> round(float(analysis.discriminability(np.array([[1.0, 0.0], [0.6, 0.8]]))), 12)
        0.4
    """
    array = taken("discriminability", x, path, at, window)
    return 1.0 - _between(array, np.all(array == 0.0, axis=-1)).mean(diagonal=False)


@explained
def d_prime(
    x: Any, path: str | None = None, *, at: float | None = None, window: tuple[float, float] | None = None
) -> np.ndarray:
    """The d' of each unit between every two patterns: ``(..., trial, pattern, unit) -> (..., pattern, pattern, unit)``.

        d'_pq = (mean_p - mean_q) / sqrt((var_p + var_q) / 2)

    with means and unbiased variances over trials; positive where pattern p drives the unit more than q. Where neither
    varies it is infinite, or NaN for equal means. Arguments are those of :func:`responses`, where the batch axis before
    the patterns is the trials. Errors: :class:`ParameterError`, also for fewer than two trials;
    :class:`MemoryBudgetError` for a result that would not fit.

    Source: Green & Swets (1966), Signal Detection Theory and Psychophysics.

    Example:
        >>> from netframe import analysis
        >>> trials = np.array([[[1.0], [4.0]], [[3.0], [6.0]]])                       # (trial, pattern, unit)
        >>> float(analysis.d_prime(trials)[1, 0, 0].round(6))
        2.12132
    """
    array = taken("d_prime", x, path, at, window)
    if isinstance(x, Solution) and array.ndim < (3 if at is not None or window is not None else 4):
        text = f"the solution of '{x.network.name}' has one batch axis, of patterns, and none of trials before it"
        raise ParameterError(text, component="d_prime", remedy="Simulate a batch of shape (n_trials, n_patterns)")
    array = numbers("d_prime", "x", array, ("trial", "pattern", "unit"))
    n = array.shape[-3]
    if n < 2:
        text = f"x has shape {array.shape}, (..., trial, pattern, unit), so there is one trial; two or more are needed"
        raise ParameterError(text, component="d_prime")
    _fits(array.size // n * array.shape[-2], "values of d'")
    mean = array.mean(axis=-3)
    variance = np.sum(centred(array, axis=-3) ** 2, axis=-3) / (n - 1)
    apart = mean[..., :, None, :] - mean[..., None, :, :]
    spread = np.sqrt(0.5 * (variance[..., :, None, :] + variance[..., None, :, :]))
    with np.errstate(divide="ignore", invalid="ignore"):
        return apart / spread


def centred(array: np.ndarray, axis: int) -> np.ndarray:
    """Deviations from the mean along an axis, exactly zero where values differ by rounding only."""
    largest, least = array.max(axis=axis, keepdims=True), array.min(axis=axis, keepdims=True)
    varied = largest - least > ROUNDING * np.maximum(np.abs(largest), np.abs(least))
    return np.where(varied, array - array.mean(axis=axis, keepdims=True), 0.0)


def _between(array: np.ndarray, undefined: np.ndarray) -> Similarity:
    """The cosines between every two rows, NaN for those that are undefined."""
    _fits(array.size // array.shape[-1] * array.shape[-2], "similarities")
    largest = np.max(np.abs(array), axis=-1, keepdims=True)
    scaled = array / np.where(undefined[..., None], 1.0, largest)  # at most 1, so no square is lost
    length = np.sqrt(np.sum(scaled**2, axis=-1, keepdims=True))
    direction = scaled / np.where(undefined[..., None], 1.0, length)
    matrix = np.clip(direction @ np.swapaxes(direction, -1, -2), -1.0, 1.0)
    matrix = np.where(np.eye(array.shape[-2], dtype=bool), 1.0, 0.5 * (matrix + np.swapaxes(matrix, -1, -2)))
    return Similarity(np.where(undefined[..., None] | undefined[..., None, :], np.nan, matrix), undefined)


def _fits(entries: int, what: str) -> None:
    require(3 * 8 * entries, f"{entries} {what}", "Choose a time with at=, or some of the patterns")
