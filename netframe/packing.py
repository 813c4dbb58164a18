"""Packing: the derivatives that nodes and terms have returned, put together in the order of the state."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np


@attrs.frozen
class Piece:
    """A stretch of the state's derivative: whose it is and its name there, its shape, and its place if in a stack."""

    key: str
    state: str
    shape: tuple[int, ...]
    j: int | None = None

    @property
    def flat(self) -> tuple[int, ...]:
        """The shape it takes in the state vector, the very same tuple where it is as it comes."""
        if self.j is None and len(self.shape) == 1:
            return self.shape
        return (math.prod(self.shape),) if self.j is None else self.shape[1:]


class Packing:
    """Pieces in the order of the state; ``counts`` says how many states each key answers for."""

    def __init__(self, pieces: Sequence[Piece], counts: Mapping[str, int]) -> None:
        starts = itertools.accumulate((math.prod(piece.flat) for piece in pieces), initial=0)
        places = {id(piece): slice(a, b) for piece, (a, b) in zip(pieces, itertools.pairwise(starts))}
        self._groups = [
            (key, counts[key], [(p.state, p.j, p.shape, p.flat, places[id(p)]) for p in group])
            for key, group in itertools.groupby(pieces, lambda piece: piece.key)
        ]

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
        return np.concatenate(wide, -1, dtype=np.float64) if xp is np else xp.concatenate(wide, axis=-1)

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
