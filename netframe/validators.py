"""Validators: what every number of a parameter must be, and which are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from netframe.arrays import is_concrete, is_sparse
from netframe.calls import explained
from netframe.errors import ParameterError, brief


@attrs.frozen
class Validator:
    """A requirement on every number of a parameter: ``Validator("even", lambda x: x % 2 == 0)``.

    ``accepts`` maps an array to an array of truth values; ``requirement`` completes "must be ...".
    """

    requirement: str
    accepts: Callable[[Any], Any]


not_nan = Validator("a number or infinite", lambda x: ~np.isnan(x))
finite = Validator("finite", np.isfinite)
positive = Validator("positive", lambda x: np.isfinite(x) & (x > 0))
non_negative = Validator("zero or more", lambda x: np.isfinite(x) & (x >= 0))


@explained
def in_range(low: float, high: float) -> Validator:
    """From ``low`` to ``high``, both allowed.

    >>> in_range(0, 1).accepts(np.array([0.0, 0.5, 1.5])).tolist()
    [True, True, False]

    Errors: :class:`ParameterError` for what are no numbers, and for a range with nothing in it.
    """
    for name, value in (("low", low), ("high", high)):
        if not isinstance(value, (int, float, np.number)):
            raise ParameterError(f"{name} is {brief(value)}; it must be a number", component="in_range", attribute=name)
    if not low <= high:
        text = f"low is {low!r} and high is {high!r}; nothing lies between them"
        raise ParameterError(text, component="in_range", remedy="Give the lower bound first")
    return Validator(f"between {low:g} and {high:g}", lambda x: (x >= low) & (x <= high))


def rejected(value: Any, validator: Validator) -> str:
    """Why a concrete value is refused, as a phrase, or an empty string."""
    if not is_concrete(value):
        return ""
    numbers = value.data if is_sparse(value) else np.asarray(value, dtype=np.float64)
    bad = ~np.asarray(validator.accepts(numbers), dtype=bool)
    if not bad.any():
        return ""
    if numbers.ndim == 0:
        return f"is {float(numbers)!r}; it must be {validator.requirement}"
    first = tuple(int(i) for i in np.argwhere(bad)[0])
    place = list(first)
    if is_sparse(value):
        place = [int(np.searchsorted(value.indptr, first[0], side="right")) - 1, int(value.indices[first])]
    return (
        f"must be {validator.requirement}, and {int(bad.sum())} of {bad.size} values are not, "
        f"first {place} = {float(numbers[first])!r}"
    )
