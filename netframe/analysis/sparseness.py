"""How many units a pattern makes active, and how many patterns a unit is active in."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from netframe.analysis.checks import is_number, non_negative
from netframe.analysis.population_responses import taken
from netframe.calls import explained
from netframe.errors import ParameterError, brief, suggestion
from netframe.tables import short_repr

DEFINITIONS = ("count", "fraction", "vinje_gallant")


@explained
def sparsity(
    x: Any,
    path: str | None = None,
    *,
    threshold: float = 0.0,
    definition: str = "count",
    at: float | None = None,
    window: tuple[float, float] | None = None,
) -> np.ndarray:
    """Population sparseness of each pattern, along units: ``(..., pattern, unit) -> (..., pattern)``.

    ``definition`` is one of

    - ``"count"``: the number of units with a response above ``threshold``; a sparse code has a small one;
    - ``"fraction"``: the same as a share of all units;
    - ``"vinje_gallant"``: 0 where all n units respond alike, 1 where a single one responds,

        S = (1 - (mean r)^2 / mean(r^2)) / (1 - 1/n)

      for responses of zero or more. A silent pattern, whose responses are all zero, is NaN, and so is every pattern of
      a single unit.

    Other arguments are those of :func:`responses`. Errors: :class:`ParameterError`, also for negative responses and a
    threshold given to ``"vinje_gallant"``.

    Source: Galloni et al. (2022), doi 10.3389/fncom.2022.826278, count units; Vinje & Gallant (2000), Science 287:1273.

    Example:
        >>> from netframe import analysis
        >>> rates = np.array([[0.0, 0.0, 4.0], [2.0, 2.0, 2.0], [0.0, 0.0, 0.0]])     # (pattern, unit)
        >>> analysis.sparsity(rates)
        array([1, 3, 0])
        >>> analysis.sparsity(rates, definition="vinje_gallant")
        array([ 1.,  0., nan])
    """
    array = taken("sparsity", x, path, at, window)
    return _along(-1, array, threshold, definition, "sparsity")


@explained
def selectivity(
    x: Any,
    path: str | None = None,
    *,
    threshold: float = 0.0,
    definition: str = "count",
    at: float | None = None,
    window: tuple[float, float] | None = None,
) -> np.ndarray:
    """Selectivity of each unit, along patterns: ``(..., pattern, unit) -> (..., unit)``.

    The definitions of :func:`sparsity` with patterns in the place of units: the number or share of patterns a unit
    responds to above ``threshold``, of which a selective unit has a small one, or with ``"vinje_gallant"`` its lifetime
    sparseness, 0 where it responds to all n patterns alike and 1 where to a single one. A unit that is silent in all
    patterns has the lifetime sparseness NaN, and so has every unit where there is one pattern.

    Other arguments are those of :func:`responses`. Errors: as :func:`sparsity`.

    Source: Galloni et al. (2022), doi 10.3389/fncom.2022.826278, count patterns; Vinje & Gallant (2000), Science
    287:1273.

    Example:
        >>> from netframe import analysis
        >>> analysis.selectivity(np.array([[0.0, 0.0, 4.0], [2.0, 0.0, 2.0]]))        # (pattern, unit)
        array([1, 0, 2])
    """
    array = taken("selectivity", x, path, at, window)
    return _along(-2, array, threshold, definition, "selectivity")


@attrs.frozen(eq=False, repr=False)
class ActiveFractions:
    """What :func:`active_fractions` found, of shape ``(...)`` each.

    ``units`` is the share of units active in one pattern or more, ``patterns`` the share of patterns in which one unit
    or more is active.
    """

    units: np.ndarray
    patterns: np.ndarray

    __repr__ = short_repr


@explained
def active_fractions(
    x: Any,
    path: str | None = None,
    *,
    threshold: float = 0.0,
    at: float | None = None,
    window: tuple[float, float] | None = None,
) -> ActiveFractions:
    """The share of units that are ever active, and of patterns that are not silent: ``(..., pattern, unit) -> (...)``.

    Active is a response above ``threshold``. Other arguments and errors are those of :func:`responses`.

    Source: Galloni et al. (2022), doi 10.3389/fncom.2022.826278.

    Example:
        >>> from netframe import analysis
        >>> found = analysis.active_fractions(np.array([[0.0, 3.0, 4.0, 1.0], [0.0, 0.0, 0.0, 0.0]]))
        >>> float(found.units), float(found.patterns)
        (0.75, 0.5)
    """
    array = taken("active_fractions", x, path, at, window)
    active = array > _level("active_fractions", threshold)
    return ActiveFractions(units=active.any(axis=-2).mean(axis=-1), patterns=active.any(axis=-1).mean(axis=-1))


def _along(axis: int, array: np.ndarray, threshold: float, definition: str, function: str) -> np.ndarray:
    if definition not in DEFINITIONS:
        remedy = suggestion(definition, DEFINITIONS)
        raise ParameterError(f"no definition {definition!r}", component=function, attribute="definition", remedy=remedy)
    level = _level(function, threshold)
    if definition != "vinje_gallant":
        count = np.sum(array > level, axis=axis)
        return count if definition == "count" else count / array.shape[axis]
    if level:
        text = f"threshold is {threshold!r}, and the definition 'vinje_gallant' has none"
        raise ParameterError(text, component=function, attribute="threshold", remedy="Leave it out")
    non_negative(function, array, "the definition 'vinje_gallant' is one for rates of zero or more")
    n = array.shape[axis]
    largest = array.max(axis=axis, keepdims=True)
    defined = (largest > 0.0) & (n > 1)
    r = np.where(defined, array, 1.0) / np.where(defined, largest, 1.0)  # at most 1, so no square is lost
    unlike = 1.0 - r.mean(axis=axis) ** 2 / (r**2).mean(axis=axis)
    return np.where(defined.squeeze(axis), np.clip(unlike / (1.0 - 1.0 / max(n, 2)), 0.0, 1.0), np.nan)


def _level(function: str, threshold: Any) -> float:
    if is_number(threshold):
        return float(threshold)
    text = f"threshold is {brief(threshold)}; it must be one finite number, in the unit of the responses"
    raise ParameterError(text, component=function, attribute="threshold")
