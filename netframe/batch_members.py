"""Members of a batch: which one is meant by an index or a label, and what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.errors import ParameterError, UnknownNameError, brief, suggestion
from netframe.labels import AxisLabels, label_text

if TYPE_CHECKING:
    from netframe.solution import Solution

#: Labels this close, as a share of the larger, are one label: ``0.3`` finds that of ``np.arange(10) * 0.1``.
ROUNDING = 1e-9
#: As many labels are told, at most.
MOST_TOLD = 12


def member_called(of: Solution | AxisLabels, index: tuple[int, ...]) -> str:
    """What a member of the batch is called: ``"member 3"``, or by its labels, ``"angle = 45"``."""
    named, told = _axes(of).named, []
    for (axis, own), k in zip(named.items(), index):
        told += [f"{name} = {label_text(values[k])}" for name, values in own.items()] or [f"{axis} = {k}"]
    return ", ".join(told) if any(named.values()) else f"member {', '.join(map(str, index))}"


def member_index(of: Solution | AxisLabels, member: Any, component: str = "") -> Any:
    """The index of a member that may be told by labels; what cannot be read as one is handed back as it is.

    ``member`` is an index, the first label of a batch axis, a tuple of these, in which whole numbers are indices, or a
    mapping from names of labels or axes to labels. A whole number alone that is the index of one member and the label
    of another is refused.
    """
    if member is None:
        return None
    chosen = _Choice(_axes(of), member, component)
    if isinstance(member, Mapping):
        return chosen.by_names()
    if isinstance(member, tuple):
        found = [one if _whole(one) else chosen.labelled(axis, one) for axis, one in zip(chosen.named, member)]
        return (*found, *member[len(found) :])
    axis = next(iter(chosen.named), None)
    if axis is None or len(chosen.named) > 1:
        return member
    return chosen.plain(axis, member) if _whole(member) else chosen.labelled(axis, member)


class _Choice:
    """One call's choice of a member."""

    def __init__(self, of: AxisLabels, member: Any, component: str) -> None:
        self.of, self.named, self.lengths, self.member = of, of.named, of.lengths, member
        self.where = {"component": component or "Solution", "path": of.network, "attribute": "member"}

    def plain(self, axis: str, k: int) -> int:
        """A whole number by itself: an index, unless it is a label and no index."""
        known = next(iter(self.named[axis].items()), None)
        places, n = ([] if known is None else _places(known[1], k)), self.lengths[axis]
        inside = -n <= k < n
        if known is None or (inside and places in ([], [k % n])):
            return int(k)
        if not inside:
            return self.only(axis, known[0], k, places) if places else self.labelled(axis, k)
        here = f"the index of {member_called(self.of, (k % n,))} and the label of {_members(places)}"
        remedy = f"Write member=({k},) for the index, or member={{{known[0]!r}: {k}}} for the label"
        raise self.error(f"member is {k}, {here}", remedy)

    def labelled(self, axis: str, label: Any) -> Any:
        """What is no whole number: a label of an axis, the first of its kinds that has it."""
        own = self.named[axis]
        for name, known in own.items():
            if places := _places(known, label):
                return self.only(axis, name, label, places)
        if not own:
            return label
        raise self.none(label, axis, own)

    def by_names(self) -> tuple[int, ...]:
        """A mapping from names of labels, or of axes, to labels."""
        names = {name: axis for axis, own in self.named.items() for name in own} | {axis: axis for axis in self.named}
        found: dict[str, list[int]] = {}
        for name, label in self.member.items():
            if name not in names:
                text = f"member names {brief(name)}, and no axis or label of the batch is called so"
                raise UnknownNameError(text, **self.where, remedy=suggestion(name, names))
            axis = names[name]
            own, n = self.named[axis], self.lengths[axis]
            known = own.get(name, next(iter(own.values()), np.arange(n)))
            places = _places(known, label)
            if not places:
                raise self.none(label, axis, {name: known} if name in own else own or {axis: known})
            found[axis] = [k for k in found.get(axis, range(n)) if k in places]
        index = []
        for axis, n in self.lengths.items():
            places = found.get(axis, list(range(n)))
            if len(places) != 1:
                told = brief({name: label for name, label in self.member.items() if names[name] == axis})
                few = f"{len(places)} members of '{axis}' fit {told}" if axis in found else f"'{axis}' is not chosen"
                raise self.error(f"member is {brief(self.member)}, and {few}", "Choose one along each batch axis")
            index.append(places[0])
        return tuple(index)

    def only(self, axis: str, name: str, label: Any, places: list[int]) -> int:
        """The one member that has a label."""
        if len(places) == 1:
            return places[0]
        several = len(self.lengths) > 1
        remedy = "Write its index" if several else f"Write an index, such as member=({places[0]},)"
        raise self.error(f"member is {brief(label)}, the '{name}' of {_members(places)}", remedy)

    def none(self, label: Any, axis: str, own: Mapping[str, np.ndarray]) -> ParameterError:
        """No member has a label: which there are, and the closest."""
        if list(own) == [axis]:
            listed = f"labels of '{axis}' are {_listed(own[axis])}"
        else:
            listed = ", and ".join(f"labels '{name}' of '{axis}' are {_listed(known)}" for name, known in own.items())
        near = [close for known in own.values() if (close := _closest(known, label))]
        remedy = f"The closest is {near[0]}" if near else ""
        return self.error(f"no member has the label {label!r}; {listed}", remedy)

    def error(self, text: str, remedy: str) -> ParameterError:
        return ParameterError(text, **self.where, remedy=remedy)


def _axes(of: Solution | AxisLabels) -> AxisLabels:
    return of if isinstance(of, AxisLabels) else AxisLabels.of(of)


def _whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool_))


def _number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _places(known: np.ndarray, label: Any) -> list[int]:
    """Where a label is: the same, or of numbers the same but for rounding."""
    if np.ndim(label):
        return []
    here = np.asarray(known == label)
    if here.shape == known.shape and here.any():
        return [int(k) for k in np.flatnonzero(here)]
    if not (_number(label) and known.dtype.kind in "uif"):
        return []
    return [int(k) for k in np.flatnonzero(np.isclose(known.astype(np.float64), float(label), rtol=ROUNDING, atol=0.0))]


def _closest(known: np.ndarray, label: Any) -> str:
    if _number(label) and known.dtype.kind in "uif" and known.size:
        return label_text(known[np.argmin(np.abs(known.astype(np.float64) - float(label)))])
    told = suggestion(label, map(label_text, known), all_known=False)
    return told.removeprefix("Did you mean ").removesuffix("?")


def _listed(known: np.ndarray) -> str:
    told = [label_text(one) for one in known]
    if len(told) <= MOST_TOLD:
        return ", ".join(told)
    return f"{told[0]}, {told[1]}, ..., {told[-1]} ({len(told)} of them)"


def _members(places: list[int]) -> str:
    few = ", ".join(map(str, places[:5])) + ", ..." * (len(places) > 5)
    return f"member {few}" if len(places) == 1 else f"{len(places)} members ({few})"
