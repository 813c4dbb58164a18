"""Units: quantities of pint taken in the unit that was declared, and a look at numbers that seem to be milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netframe.calls import warn
from netframe.errors import UnitWarning

#: What pint calls a unit otherwise than netframe does.
_CALLED = {"1": "dimensionless"}


def has_unit(value: Any) -> bool:
    """Whether a value is a quantity as pint makes them: it has a magnitude and can be converted."""
    return hasattr(value, "magnitude") and callable(getattr(value, "to", None))


def in_unit(value: Any, unit: str) -> Any:
    """The numbers of a quantity, or of a list of them, in ``unit``; anything else as it is.

    A quantity that cannot be converted raises ``TypeError`` with a phrase that follows the parameter's name.

    >>> in_unit(0.05, "s")
    0.05
    """
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"is {bool(value)}; it must be a number{_in(unit)}, not a truth value")
    if unit != "1" and _holds_truth(value):
        raise TypeError(f"has truth values; they must be numbers{_in(unit)}")
    if isinstance(value, (list, tuple)) and any(_holds_units(item) for item in value):
        if not all(_holds_units(item) for item in value):
            raise TypeError(
                f"is a list of which some have a unit and some not; give all in {unit}, or all as quantities"
            )
        return [in_unit(item, unit) for item in value]
    if isinstance(value, np.ndarray) and value.dtype == object and any(has_unit(item) for item in value.flat):
        return in_unit(value.tolist(), unit)
    if not has_unit(value):
        return value
    try:
        return value.to(_CALLED.get(unit, unit.replace("MOhm", "megaohm"))).magnitude
    except Exception as error:  # pint's are of several kinds, and those of other packages are unknown
        told = str(error).rstrip(".") or type(error).__name__
        raise TypeError(f"is {_shown(value)}, which is not a quantity in {unit} ({told})") from None


def warn_of_milliseconds(label: str, name: str, value: Any, typical: tuple[float, float]) -> None:
    """A :class:`UnitWarning` where all numbers lie above what is typical in s, and would be typical in ms."""
    numbers = np.asarray(value, dtype=np.float64)
    low, high = typical
    in_seconds = numbers / 1000.0
    if not numbers.size or not np.all((numbers > high) & (in_seconds >= low) & (in_seconds <= high)):
        return
    given = f"{float(numbers.flat[0]):g} s" + (" and more" if numbers.size > 1 else "")
    text = (
        f"{label}: {name} is {given}, and {low:g} to {high:g} s are usual; it looks like milliseconds. "
        f"The unit of {name} is s: write {float(in_seconds.flat[0]):g} for {float(numbers.flat[0]):g} ms"
    )
    warn(text, UnitWarning)


def _in(unit: str) -> str:
    return "" if unit == "1" else f" in {unit}"


def _holds_truth(value: Any) -> bool:
    """Whether numbers are truth values, such as a mask: factors without a unit may be 0 and 1."""
    if isinstance(value, (list, tuple)):
        return any(isinstance(item, (bool, np.bool_)) or _holds_truth(item) for item in value)
    return isinstance(value, np.ndarray) and value.dtype == bool


def _holds_units(value: Any) -> bool:
    return has_unit(value) or (
        isinstance(value, Sequence) and not isinstance(value, str) and any(map(_holds_units, value))
    )


def _shown(value: Any) -> str:
    text = str(value).partition("\n")[0]
    return text if len(text) <= 40 else text[:37] + "..."
