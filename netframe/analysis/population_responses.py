"""The responses of a population: at a time, over a window, or at every time, with axes (..., pattern, unit)."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from netframe.analysis import kept_times
from netframe.analysis.checks import numbers
from netframe.calls import explained
from netframe.errors import ParameterError, suggestion
from netframe.labels import AxisLabels
from netframe.solution import Solution, likely_paths


@explained
def responses(
    x: Any, path: str | None = None, *, at: float | None = None, window: tuple[float, float] | None = None
) -> np.ndarray:
    """What each unit does in each pattern: an array ``(..., pattern, unit)``, in the unit of the quantity.

    Of a solution, the quantity ``path``, whose last batch axis is the patterns and whose last axis is the units; other
    batch axes come before:

    - ``at``: the values at the kept time nearest to ``at`` in s, ``(..., pattern, unit)``;
    - ``window``: their mean over the kept times with ``start <= t < stop`` in s, which must be evenly spaced,
      ``(..., pattern, unit)``; a time within rounding (1e-9 of the largest) of an end counts as at it, and ``stop``
      may be ``inf``;
    - neither: the values at every kept time, ``(time, ..., pattern, unit)``.

    Every function of population codes takes these arguments, or an array ``(..., pattern, unit)`` alone.

    Errors: :class:`ParameterError` for a solution without patterns, a quantity with more than one axis per pattern, a
    time or window outside of what was kept, and arrays that are not finite or have fewer than two axes;
    :class:`UnknownNameError` for a path the solution does not have.

    Example:
        >>> import netframe as nf
        >>> from netframe import analysis
        >>> ffe, e = nf.ConstantInput("FFE", rates=np.ones((4, 3))), nf.LeakyRate("E", size=2)
        >>> net = nf.Network("n", [ffe, e, nf.ReversalSynapse(ffe, e, weights=np.ones((2, 3)), g=2e-5)])
        >>> sol = nf.simulate(net, 0.35, save_at=np.arange(351) * 1e-3)
        >>> analysis.responses(sol, "E.rate", window=(0.15, 0.35)).shape
        (4, 2)
        >>> analysis.responses(sol, "E.rate").shape
        (351, 4, 2)
    """
    return taken("responses", x, path, at, window)


def taken(function: str, x: Any, path: str | None, at: Any = None, window: Any = None) -> np.ndarray:
    """The responses a function was given, checked; its errors bear the name of ``function``."""
    if not isinstance(x, Solution):
        if not (path is at is window is None):
            text = f"x is of type {type(x).__name__}, and path, at and window refer to a Solution"
            raise ParameterError(text, component=function, remedy="Give an array alone")
        return numbers(function, "x", x, ("pattern", "unit"))
    if path is None:
        raise ParameterError("a solution needs a path", component=function, remedy=suggestion("", likely_paths(x)))
    if at is not None and window is not None:
        text = f"at is {at!r} and window {window!r}; only one of them may be given"
        raise ParameterError(text, component=function, attribute="window")
    values = at_times(x, path, _rows(function, x.t, at, window))
    known = x.network.quantities[path].shape
    if len(known) != 1:
        text = f"'{path}' has the shape {known} in each pattern; expected one axis, of units"
        remedy = f"Give an array: sol['{path}'] with axes joined or summed"
        raise ParameterError(text, component=function, remedy=remedy)
    if values.ndim < 3:
        text = f"the solution of '{x.network.name}' has no axis of patterns: '{path}' has shape (time, unit)"
        remedy = "Simulate patterns as a batch, such as ConstantInput with rates of shape (n_patterns, n_channels), or "
        remedy += f"give an array: sol['{path}'][:, None, :] has one pattern"
        raise ParameterError(text, component=function, remedy=remedy)
    values = values if at is window is None else values.mean(axis=0)
    return numbers(function, f"'{path}'", values, ("pattern", "unit"))


def labels_of(x: Any, path: str | None, at: Any = None, window: Any = None) -> AxisLabels | None:
    """The labels of the responses that :func:`taken` gives; of an array there are none."""
    if not isinstance(x, Solution):
        return None
    return AxisLabels.of(x, path, n_times=len(x.t) if at is window is None else None)


def at_times(solution: Solution, path: str, rows: slice) -> np.ndarray:
    """A quantity at some of the kept times, computed at no others."""
    if solution.y is None:
        return np.asarray(solution[path][rows])
    return np.asarray(attrs.evolve(solution, t=solution.t[rows], y=solution.y[rows])[path])


def _rows(function: str, t: np.ndarray, at: Any, window: Any) -> slice:
    t = np.asarray(t)
    if not len(t):
        raise ParameterError("the solution has no times", component=function)
    if at is not None:
        k = kept_times.nearest(t, at, function=function)
        return slice(k, k + 1)
    if window is None:
        return slice(None)
    rows = kept_times.inside(t, window, function=function)
    if rows.stop - rows.start > 2:
        why = "the mean over them would weigh some parts of the window more than others"
        kept_times.interval(t[rows], function=function, why=why)
    return rows
