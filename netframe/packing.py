"""Packing: the derivatives that nodes and terms have returned, put together in the order of the state."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from netframe.arrays import joined_last


class Piece(NamedTuple):
    """A stretch of the state's derivative: whose it is and its name there, its shape, and its place if in a stack."""

    key: str
    state: str
    shape: tuple[int, ...]
    j: int | None = None


class Packing:
    """Pieces in the order of the state; ``counts`` says how many states each key answers for."""

    def __init__(self, pieces: Sequence[Piece], counts: Mapping[str, int]) -> None:
        self._groups: list[tuple[str, int, list[tuple[Any, ...]]]] = []
        start, last = 0, None
        for key, name, shape, j in pieces:
            own = shape if j is None else shape[1:]
            flat = own if len(own) == 1 else (math.prod(own),)  # ``shape`` itself where that is how it is packed
            place = slice(start, start := start + flat[0])
            if key != last:
                self._groups.append((key, counts[key], []))
            self._groups[-1][2].append((name, j, shape, flat, place))
            last = key

    def packed(self, parts: Mapping[str, Any], lead: tuple[int, ...], xp: Any) -> Any:
        """The whole derivative, ``(*lead, n_state)``, of ``{key: {state: array}}``.

        What does not fit raises ``KeyError``, ``ValueError``, ``TypeError`` or ``IndexError``.
        """
        wide = []
        for key, count, entries in self._groups:
            part = parts[key]
            if len(part) != count:
                raise KeyError(key)
            for name, j, shape, flat, _ in entries:
                array, full = part[name], lead + shape if lead else shape
                if type(array) is not np.ndarray or array.shape != full:
                    array = xp.broadcast_to(array, full)
                if flat is not shape:
                    array = (array if j is None else array[..., j, :]).reshape(lead + flat)
                wide.append(array)
        if not wide:
            return xp.zeros((*lead, 0))
        return np.concatenate(wide, -1, dtype=np.float64) if xp is np else joined_last(wide, xp)

    def written(self, parts: Mapping[str, Any], lead: tuple[int, ...], out: np.ndarray) -> np.ndarray:
        """The same in ``out``, where those whose key is missing have written already."""
        for key, count, entries in self._groups:
            if key not in parts:
                continue
            if len(parts[key]) != count:
                raise KeyError(key)
            for name, j, shape, flat, place in entries:
                array = np.broadcast_to(parts[key][name], lead + shape)
                out[..., place] = (array if j is None else array[..., j, :]).reshape(lead + flat)
        return out
