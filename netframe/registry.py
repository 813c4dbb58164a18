"""StateRegistry: where each state variable lies in the flat state vector."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from netframe.arrays import array_namespace
from netframe.errors import HookError, ParameterError, UnknownNameError, suggestion
from netframe.values import Values

#: Name, slice, and shape where it is not the slice's own, of every state of a component.
Places = list[tuple[str, slice, tuple[int, ...] | None]]


@attrs.frozen(eq=False)
class Slot:
    """The place of one state variable: ``y[..., start:stop]``, of trailing shape ``shape``, in ``unit``.

    ``labels`` are the postsynaptic and presynaptic indices of the entries where those are not the array's own.
    """

    path: str
    start: int
    stop: int
    shape: tuple[int, ...]
    unit: str
    labels: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def component(self) -> str:
        """The path of the component the state belongs to."""
        return self.path.rpartition(".")[0]

    @property
    def state(self) -> str:
        """The name of the state variable."""
        return self.path.rpartition(".")[2]

    @property
    def slice(self) -> slice:
        """The entries of the flat vector."""
        return slice(self.start, self.stop)

    def entry(self, k: int) -> str:
        """The name of entry ``k`` of the slot: ``FFE_to_E.i[2, 7]``."""
        index = np.unravel_index(k, self.shape) if self.labels is None else [label[k] for label in self.labels]
        return f"{self.path}[{', '.join(str(int(i)) for i in index)}]"


class StateRegistry:
    """All offsets of a network: slots that are disjoint, in order, and cover ``range(size)``.

    Example:
        >>> registry = StateRegistry([("E.v", (2,), "mV", None), ("FFE_to_E.i", (2, 3), "nA", None)])
        >>> registry.size, registry.slot("FFE_to_E.i").start, registry.locate(7)
        (8, 2, 'FFE_to_E.i[1, 2]')
        >>> registry.unpack(np.arange(8.0))["FFE_to_E"].i.shape
        (2, 3)
    """

    def __init__(self, entries: Sequence[tuple[str, tuple[int, ...], str, Any]]) -> None:
        slots, start = [], 0
        for path, shape, unit, labels in entries:
            slots.append(Slot(path, start, start + math.prod(shape), tuple(shape), unit, labels))
            start = slots[-1].stop
        self.slots = tuple(slots)
        self.size = start
        self._by_path = {slot.path: slot for slot in slots}
        self._layout: dict[str, Places] = {}
        for slot in slots:
            entry = (slot.state, slot.slice, None if len(slot.shape) == 1 else slot.shape)
            self._layout.setdefault(slot.component, []).append(entry)

        self._packing = [
            (path, len(names), [(s.state, s.shape, None if len(s.shape) == 1 else (s.stop - s.start,)) for s in names])
            for path, names in ((path, [s for s in slots if s.component == path]) for path in self._layout)
        ]

    def __iter__(self) -> Iterator[Slot]:
        return iter(self.slots)

    def __len__(self) -> int:
        return len(self.slots)

    def __contains__(self, path: object) -> bool:
        return path in self._by_path

    def slot(self, path: str) -> Slot:
        """The slot of a state such as ``"E.v"``; unknown paths raise :class:`UnknownNameError`."""
        if path not in self._by_path:
            raise UnknownNameError(f"no state '{path}'", attribute=path, remedy=suggestion(path, self._by_path))
        return self._by_path[path]

    def states_of(self, component: str) -> tuple[str, ...]:
        """The names of the states of the component at a path, in their order."""
        return tuple(name for name, _, _ in self._layout.get(component, ()))

    def locate(self, k: int) -> str:
        """The name of entry ``k`` of the flat vector: the inverse of ``slot``."""
        if not 0 <= k < self.size:
            raise ParameterError(f"there is no state number {k}; the state vector has {self.size} entries")
        starts = [slot.start for slot in self.slots]
        slot = self.slots[int(np.searchsorted(starts, k, side="right")) - 1]
        return slot.entry(k - slot.start)

    def unpack(self, y: Any) -> dict[str, Values]:
        """Views of ``y``, shape ``(..., size)``, as ``{component path: Values}``: ``unpack(y)["E"].v``."""
        lead = y.shape[:-1]
        return {path: Values.of(views(places, y, lead)) for path, places in self._layout.items()}

    def places(self, component: str) -> Places:
        """Where the states of a component lie, for :func:`views`."""
        return self._layout.get(component, [])

    def pack(self, parts: Mapping[str, Any], lead: tuple[int, ...] | None = None, xp: Any = None) -> Any:
        """The flat vector, ``(*lead, size)``, of ``{component path: {state: array}}``: the inverse of ``unpack``.

        Missing or surplus states and wrong shapes raise :class:`HookError`.
        """
        if lead is None or xp is None:
            arrays = self._arrays(parts)
            xp = array_namespace(*arrays) if xp is None else xp
            leads = (np.shape(a)[: max(np.ndim(a) - len(s.shape), 0)] for a, s in zip(arrays, self.slots))
            lead = np.broadcast_shapes(*leads) if lead is None else lead
        wide = []
        try:
            for path, n_states, path_slots in self._packing:
                part = parts[path]
                if len(part) != n_states:
                    raise KeyError(path)
                for name, shape, flat in path_slots:
                    array, full = part[name], lead + shape if lead else shape
                    if type(array) is not np.ndarray or array.shape != full:
                        array = xp.broadcast_to(array, full)
                    wide.append(array if flat is None else array.reshape(lead + flat))
            if not wide:
                return xp.zeros((*lead, 0))
            return np.concatenate(wide, -1, dtype=np.float64) if xp is np else xp.concatenate(wide, axis=-1)
        except (KeyError, ValueError, TypeError) as error:
            raise self._misfit(self._arrays(parts), lead, error) from None

    def _arrays(self, parts: Mapping[str, Any]) -> list[Any]:
        """The values of all slots in their order, every key there and none too many."""
        arrays: list[Any] = []
        for path, states in self._layout.items():
            if path not in parts:
                raise HookError(f"no values for the states of '{path}'", path=path, remedy=suggestion(path, parts))
            part, needed = parts[path], [name for name, _, _ in states]
            if set(part) != set(needed):
                raise _wrong_keys(path, part, needed)
            arrays += [part[name] for name in needed]
        return arrays

    def _misfit(self, arrays: list[Any], lead: tuple[int, ...], error: Exception) -> Exception:
        for array, slot in zip(arrays, self.slots):
            try:
                np.broadcast_to(np.empty(np.shape(array)), lead + slot.shape)
            except ValueError:
                text = f"the values of '{slot.state}' have shape {np.shape(array)}; expected {lead + slot.shape}"
                return HookError(text, path=slot.component, attribute=slot.state)
        return HookError(f"the values cannot be packed ({error})")


def views(places: Places, y: Any, lead: tuple[int, ...]) -> dict[str, Any]:
    """The states of one component as views of ``y``, whose leading shape is ``lead``, by name."""
    found = {}
    for name, place, shape in places:
        array = y[..., place] if lead else y[place]
        found[name] = array if shape is None else array.reshape(lead + shape)
    return found


def _wrong_keys(path: str, part: Mapping[str, Any], needed: list[str]) -> HookError:
    missing = [name for name in needed if name not in part]
    surplus = [name for name in part if name not in needed]
    told = [f"lack {missing}"] * bool(missing) + [f"hold {surplus}, which are no states of it"] * bool(surplus)
    text = f"the derivatives {' and '.join(told)}"
    return HookError(text, path=path, remedy=f"Return a dictionary with exactly the keys {needed}")
