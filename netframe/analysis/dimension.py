"""How many dimensions a population's responses fill."""

from __future__ import annotations

from typing import Any

import numpy as np

from netframe.analysis.population_responses import taken
from netframe.analysis.similarity import centred
from netframe.calls import explained


@explained
def participation_ratio(
    x: Any, path: str | None = None, *, at: float | None = None, window: tuple[float, float] | None = None
) -> np.ndarray:
    """The number of dimensions that responses fill: ``(..., pattern, unit) -> (...)``.

        D = (sum_k lambda_k)^2 / sum_k lambda_k^2

    with the eigenvalues of the covariance between units over patterns: 1 where all responses lie on a line, n where
    they vary alike along n directions. It is at most the number of units and of patterns less one, and where patterns
    are few it is below that of the code they are drawn from; nothing is corrected. NaN where no unit varies, as with
    a single pattern. Arguments and errors are those of :func:`responses`.

    Source: Abbott, Rajan & Sompolinsky (2011), in The Dynamic Brain, Oxford; Gao & Ganguli (2015), Curr Opin Neurobiol
    32:148.

    Example:
        >>> from netframe import analysis
        >>> corners = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])      # (pattern, unit)
        >>> float(analysis.participation_ratio(corners))
        2.0
    """
    deviations = centred(taken("participation_ratio", x, path, at, window), axis=-2)
    largest = np.max(np.abs(deviations), axis=(-1, -2), keepdims=True)
    varied = largest > 0.0
    z = np.where(varied, deviations, 1.0) / np.where(varied, largest, 1.0)
    # The traces of C and C^2 are those sums, and the smaller of Z'Z and ZZ' has the same ones.
    z = z if z.shape[-1] <= z.shape[-2] else np.swapaxes(z, -1, -2)
    c = np.swapaxes(z, -1, -2) @ z
    ratio = np.trace(c, axis1=-2, axis2=-1) ** 2 / np.sum(c**2, axis=(-1, -2))
    return np.where(varied[..., 0, 0], ratio, np.nan)
