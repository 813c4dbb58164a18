"""FixedPoint and what ``fixed_points`` returns: all of one network, and of every member of a batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

import attrs
import numpy as np

from netframe.analysis.stability import kind_of, unstable
from netframe.errors import ParameterError
from netframe.network import Network
from netframe.tables import Described


@attrs.frozen(eq=False, repr=False)
class FixedPoint:
    """A steady state ``y`` of shape ``(n_state,)`` of ``network`` at time ``t``, with its stability.

    ``point["E.v"]`` and ``point["E.rate"]`` look up states and what follows from them. ``eigenvalues`` are those of the
    Jacobian in 1/s, rightmost first (of more than 400 states the first six). ``residual`` is the largest derivative
    relative to the terms it is made of. ``size`` is the number of states that are free to move: all, unless some are
    held in a phase plane.
    """

    network: Network
    t: float
    y: np.ndarray
    residual: float
    eigenvalues: np.ndarray
    size: int

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """The state itself, so that a fixed point can be given where a state is asked for."""
        return np.array(self.y, dtype=dtype)

    @property
    def stable(self) -> bool:
        """Whether every small perturbation decays."""
        return self.kind.startswith("stable")

    @property
    def kind(self) -> str:
        """ "stable node", "stable focus", "unstable node", "unstable focus", "saddle" or "marginal".

        A focus has a complex pair as its rightmost eigenvalues; a saddle has eigenvalues of both signs; of a marginal
        point the largest real part is zero, so that the eigenvalues do not decide.
        """
        return kind_of(self.eigenvalues, self.size)

    @property
    def n_unstable(self) -> int:
        """The number of eigenvalues with a positive real part, among those computed."""
        return unstable(self.eigenvalues)

    @property
    def sign(self) -> int:
        """That of ``det(-J)``, 1 or -1, also called its index; 0 where one eigenvalue is zero or not all are known."""
        if len(self.eigenvalues) < self.size or kind_of(self.eigenvalues, self.size) == "marginal":
            return 0
        return -1 if self.n_unstable % 2 else 1

    def __getitem__(self, path: str) -> np.ndarray:
        """A state or what follows from it at the point; an unknown path raises :class:`UnknownNameError`."""
        return np.asarray(self.network.quantity(self.t, self.y, path))

    def __repr__(self) -> str:
        shown = ", ".join(f"{self.network.registry.locate(k)} = {self.y[k]:.6g}" for k in range(min(len(self.y), 4)))
        return f"FixedPoint({self.kind}: {shown}{', ...' if len(self.y) > 4 else ''})"


@attrs.frozen(eq=False, repr=False)
class FixedPoints(Described, Sequence[FixedPoint]):
    """The fixed points found of one network, stable ones first, a sequence of :class:`FixedPoint`.

    Newton's method started ``n_starts`` times, failed ``n_failed`` times, and ended ``n_outside`` times outside of the
    bounds. ``searched`` has the lowest and highest value of each state variable where it or a run started, unless the
    guesses were given. ``signs`` is the sum of the signs of ``det(-J)``: 1 where all are found of a network whose
    states stay bounded, so that their number is odd (the Poincare-Hopf theorem). It is None where it tells nothing:
    with bounds or given guesses, of linear networks, and where an eigenvalue is zero.
    """

    points: tuple[FixedPoint, ...]
    n_starts: int
    n_failed: int
    n_outside: int = 0
    searched: Mapping[str, tuple[float, float]] = attrs.field(factory=dict)
    signs: int | None = None

    @property
    def stable(self) -> tuple[FixedPoint, ...]:
        """The stable ones."""
        return tuple(point for point in self.points if point.stable)

    @overload
    def __getitem__(self, k: int) -> FixedPoint: ...
    @overload
    def __getitem__(self, k: slice) -> tuple[FixedPoint, ...]: ...
    def __getitem__(self, k: Any) -> Any:
        return self.points[k]

    def __len__(self) -> int:
        return len(self.points)

    def _summary(self) -> str:
        outside = f", {self.n_outside} ended outside of the bounds" if self.n_outside else ""
        told = f"{len(self)} fixed points from {self.n_starts} starts, {self.n_failed} of which failed{outside}"
        if self.searched:
            few_ranges = list(self.searched.items())[:4]
            shown = ", ".join(f"{path} from {low:.3g} to {high:.3g}" for path, (low, high) in few_ranges)
            told += f"\nsearched: {shown}{', ...' if len(self.searched) > 4 else ''}"
        if self.signs not in (None, 1):
            told += f"\nnot all: signs of det(-J) add to {self.signs}, and to 1 (an odd number of points) where states"
            told += " stay bounded; ask for more guesses, such as fixed_points(network, 100), or give bounds"
        return told

    def _table(self) -> tuple[list[str], list[list[str]]]:
        if not self.points:
            return [], []
        registry = self.points[0].network.registry
        few = range(min(registry.size, 4))
        rows = [[p.kind, f"{p.eigenvalues[0]:.4g}", *(f"{p.y[k]:.6g}" for k in few)] for p in self.points]
        return ["kind", "eigenvalue (1/s)", *(registry.locate(k) for k in few)], rows


@attrs.frozen(eq=False, repr=False)
class BatchOfFixedPoints:
    """The fixed points of every member of a batch: ``found[3]``, or ``found[1, 2]`` with two batch axes.

    Iteration gives them in order. Where each member has one point, ``y`` is ``(*batch, n_state)`` and
    ``found["E.v"]`` the values of all members, ``(*batch, size)``.
    """

    batch_shape: tuple[int, ...]
    members: Mapping[tuple[int, ...], FixedPoints]

    @property
    def count(self) -> np.ndarray:
        """How many were found of each member, shape ``(*batch,)``."""
        return self._each(len)

    @property
    def n_failed(self) -> int:
        """How many starts failed, over all members."""
        return sum(found.n_failed for found in self.members.values())

    @property
    def stable(self) -> np.ndarray:
        """Whether each member has a stable fixed point, shape ``(*batch,)``."""
        return self._each(lambda found: bool(found.stable))

    @property
    def y(self) -> np.ndarray:
        """The states, ``(*batch, n_state)``; an error unless every member has one fixed point."""
        return self._each(lambda found: self._only(found).y)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return self._each(lambda found: self._only(found)[key])
        index = key if isinstance(key, tuple) else (key,)
        inside = len(index) == len(self.batch_shape) and all(-n <= k < n for k, n in zip(index, self.batch_shape))
        if not inside:
            text = f"there is no member {key!r} in a batch of shape {self.batch_shape}"
            raise (IndexError if isinstance(key, int) else ParameterError)(text)
        return self.members[tuple(int(k) % n for k, n in zip(index, self.batch_shape))]

    def __iter__(self) -> Iterator[FixedPoints]:
        return iter(self.members.values())

    def __len__(self) -> int:
        return len(self.members)

    def __repr__(self) -> str:
        shape, counts = " x ".join(map(str, self.batch_shape)), self.count
        starts = sum(found.n_starts for found in self)
        each = f"{counts.min()} to {counts.max()}" if counts.min() < counts.max() else f"{counts.max()}"
        return f"{each} fixed points of each of {shape} members; {self.n_failed} of {starts} starts failed"

    def _each(self, of: Any) -> np.ndarray:
        values = np.array([of(found) for found in self])
        return values.reshape(self.batch_shape + values.shape[1:])

    def _only(self, found: FixedPoints) -> FixedPoint:
        if len(found) != 1:
            text = f"a member has {len(found)} fixed points; values of the batch as one array need one of each"
            raise ParameterError(text, component="BatchOfFixedPoints", remedy="Use found[k] for member k")
        return found[0]
