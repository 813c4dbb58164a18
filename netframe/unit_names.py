"""Names of units in declarations: those that equations are computed in, and the slips that make them wrong."""

from __future__ import annotations

import difflib
import re
from typing import Any

from netframe.calls import warn
from netframe.errors import DeclarationError, UnitWarning, brief

#: The units that go together: in these, and in products of them, an equation needs no factor.
HOUSE = ("s", "mV", "nA", "MOhm", "Hz", "uS", "uF", "nC", "mM", "rad", "deg", "°", "%")
#: Units of the same quantities on another scale: the house's, and how many of those one is.
_OTHER_SCALES = {
    "s": {"ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9, "min": 60.0},
    "mV": {"V": 1e3, "uV": 1e-3, "µV": 1e-3},
    "nA": {"A": 1e9, "mA": 1e6, "uA": 1e3, "µA": 1e3, "pA": 1e-3},
    "MOhm": {"Ohm": 1e-6, "ohm": 1e-6, "kOhm": 1e-3, "GOhm": 1e3, "Ω": 1e-6, "kΩ": 1e-3, "GΩ": 1e3},
    "Hz": {"kHz": 1e3, "mHz": 1e-3, "MHz": 1e6},
    "uS": {"S": 1e6, "mS": 1e3, "nS": 1e-3, "pS": 1e-6},
    "uF": {"F": 1e6, "nF": 1e-3, "pF": 1e-6},
    "nC": {"pC": 1e-3},
}
#: The same unit under another name.
_SAME = {"MΩ": "MOhm", "Mohm": "MOhm", "sec": "s", "second": "s", "seconds": "s", "µS": "uS", "siemens": "uS"}
_SCALES = {name: (house, factor) for house, names in _OTHER_SCALES.items() for name, factor in names.items()}
#: Exponents that a parameter gives, and signs between units.
_NAME = re.compile(r"[^\W\d_]+|[°%]")


def check_unit(unit: Any, declares: str, default: Any = None) -> None:
    """Refuse a unit of another scale, or in other letters; warn of a name that nothing is known of.

    >>> check_unit("nA/(Hz mV)", "parameter")
    >>> check_unit("ms", "parameter", 20.0)
    Traceback (most recent call last):
    netframe.errors.DeclarationError: parameter: unit is 'ms', and equations here are in s. Write 0.02 with unit='s'
    """
    if not isinstance(unit, str):
        raise DeclarationError(f"unit is {brief(unit)}; it must be a text such as 's' or '1'", component=declares)
    if " of " in unit:  # a description, such as "unit of each state"
        return
    without_exponents = re.sub(r"\^\s*\w+", "", unit)
    for name in _NAME.findall(without_exponents):
        house, factor = _meant(name)
        if house == name:
            continue
        if not house:
            near = difflib.get_close_matches(name, [*HOUSE, *_SCALES], n=1)
            meant = f" Did you mean '{_meant(near[0])[0]}'?" if near else ""
            text = f"{declares}: nothing is known of the unit '{name}'{f' in {unit!r}' if unit != name else ''}.{meant}"
            warn(f"{text} Those of equations here are {', '.join(HOUSE[:6])} and products of them", UnitWarning)
            continue
        right = re.sub(rf"(?<![^\W\d_]){re.escape(name)}(?![^\W\d_])", house, unit)
        number = isinstance(default, (int, float)) and not isinstance(default, bool) and unit == name
        value = f"{default * factor:g} with " if number and factor != 1.0 else ""
        text = f"unit is {unit!r}, and equations here are in {house}"
        raise DeclarationError(text, component=declares, attribute="unit", remedy=f"Write {value}unit={right!r}")


def _meant(name: str) -> tuple[str, float]:
    """The house's unit for a name, and how many of it one is; an empty string where nothing is known of it."""
    if name in HOUSE:
        return name, 1.0
    if name in _SCALES:
        return _SCALES[name]
    if name in _SAME:
        return _SAME[name], 1.0
    for known in (*HOUSE, *_SCALES):  # another case of the letters
        if len(name) > 1 and name.lower() == known.lower():
            return _SCALES.get(known, (known, 1.0))
    return "", 1.0
