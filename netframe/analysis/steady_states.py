"""fixed_points: the steady states of a network, by Newton's method from many starts, for every member of a batch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from netframe.analysis.attractors import ALONE_UP_TO, at_borders, linear, on_lines, pushed, settled_ends
from netframe.analysis.checks import by_path, generator, state
from netframe.analysis.fixed_point import BatchOfFixedPoints, FixedPoint, FixedPoints
from netframe.analysis.newton import DENSE_UP_TO, System, newton, relaxed
from netframe.analysis.paths import entries
from netframe.analysis.rate_ranges import rate_ranges, steady_beside, with_one_held
from netframe.analysis.stability import eigenvalues_of
from netframe.calls import explained
from netframe.errors import ParameterError, brief
from netframe.network import Network
from netframe.solution import check_network

#: Random starts unless asked for more or fewer, of networks with dense and with sparse matrices.
RANDOM, RANDOM_IN_LARGE = 16, 4
#: Their distances from a run, beside the scale of each state, in turn.
WIDTHS = np.array([1.0, 3.0, 10.0, 0.3, 30.0, 100.0])
#: Starts that are used again to look for others, in so many rounds while some are found.
AGAIN, ROUNDS = 6, 6
#: Rounds in which signs are to add to one.
EVENED = 3
#: Points that differ by less than this part of the scale of a state are one.
SAME = 1e-6


@explained
def fixed_points(
    network: Network,
    guesses: Any = None,
    *,
    t: float = 0.0,
    y0: Any = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    seed: int | np.random.Generator = 0,
    tolerance: float = 1e-10,
) -> FixedPoints | BatchOfFixedPoints:
    """The states at which nothing changes: every solution of ``rhs(t, y) = 0`` that is found, with its stability.

    Newton's method with ``network.jacobian`` and a line search goes from every guess: unless ``guesses`` says otherwise
    the initial state, the end of a coarse run from it, 16 random states around these (4 beyond 300 states), and up to
    300 states the ends of runs from states that are pushed up and down, to 10 and 1e4 times their size, and states
    where rates bend: random ones with projections steady beside them, and up to 100 states one variable with all others
    steady. ``guesses`` is the number of random ones, or states of shape ``(n_state,)`` or ``(k, n_state)`` that are
    used instead of all. Up to 300 states the first six go again, pushed away from the points that were found, while
    this finds others, and then states on the lines between stable points, where an unstable one is likely, and between
    those of one sign of ``det(-J)`` while these do not add to 1. Points that agree are merged. More guesses may find
    more; that all are found is not promised, and the printed result says where the signs tell of others.

    ``t`` is the time in s at which inputs that vary are evaluated; they are held there. ``y0`` is the initial state as
    in ``simulate``. ``bounds``, ``{"E.r": (0.0, 1.0)}``, are where random guesses are drawn, where both are finite, and
    points outside are left out. ``seed`` is a number or a ``numpy.random.Generator``. Only points are accepted whose
    derivatives are below ``tolerance``, each relative to the sum of the sizes of the terms that the Jacobian says it is
    made of; from there on steps continue to rounding.

    The result is a sequence of :class:`FixedPoint`, stable ones first. Of a batch there is one such for each member,
    ``found[3]``, with the same random numbers.

    Errors: :class:`ParameterError` for guesses and bounds that do not fit the network.

    Example:
        >>> import netframe as nf
        >>> ffe, e = nf.ConstantInput("FFE", rates=np.full(3, 10.0)), nf.LeakyRate("E", size=2)
        >>> net = nf.Network("n", [ffe, e, nf.ReversalSynapse(ffe, e, weights=np.ones((2, 3)), g=2e-5)])
        >>> (point,) = nf.analysis.fixed_points(net)
        >>> point["E.v"].round(3), point.kind                       # -70 / (1 + 100 g 30)
        (array([-66.038, -66.038]), 'stable node')
    """
    check_network(network, "fixed_points")
    if not (isinstance(tolerance, (int, float)) and 0.0 < tolerance < 1.0):
        text = f"tolerance is {brief(tolerance)}; it must be between 0 and 1"
        raise ParameterError(text, component="fixed_points", attribute="tolerance")
    start = state("fixed_points", network, y0)
    *lead, n = start.shape
    rng = generator("fixed_points", seed)
    search = _Search(t, _guesses(guesses, n), _limits(network, bounds), rng, n, tolerance)
    if not lead:
        return search.found(network, start)
    axes = tuple(lead)
    members = {index: search.found(member(network, axes, index), start[index]) for index in np.ndindex(*axes)}
    return BatchOfFixedPoints(axes, members)


def member(network: Network, lead: tuple[int, ...], index: tuple[int, ...]) -> Network:
    """One member of a batch, whose axes ``lead`` may be more than those of the network."""
    if not network.batch_shape:
        return network
    own = index[len(lead) - len(network.batch_shape) :]
    return network.members(tuple(k if size > 1 else 0 for k, size in zip(own, network.batch_shape)))


class _Search:
    """The options of a search, and random numbers that all members share."""

    def __init__(
        self, t: float, guesses: int | np.ndarray, limits: np.ndarray, rng: Any, n: int, tolerance: float
    ) -> None:
        self.t, self.guesses, self.limits, self.tolerance = t, guesses, limits, tolerance
        count = guesses if isinstance(guesses, int) else 0
        self.cells, self.slots = rng.uniform(-1.0, 1.0, (count, n)), rng.uniform(-1.0, 1.0, (count, n))

    def found(self, network: Network, y0: np.ndarray) -> FixedPoints:
        """The fixed points of a network without a batch."""
        system = System(network, self.t)
        scale = scales(network, y0[None] if isinstance(self.guesses, int) else self.guesses)
        starts, begun, searched = self.guesses, np.empty((0, system.size)), {}
        dense = system.size <= DENSE_UP_TO
        if isinstance(starts, int):
            course = relaxed(system, y0, scale)
            scale = scales(network, course)
            starts = np.concatenate([y0[None], course[-1:]])
            if dense and not linear(system, course[-1], begun := self._pushed(system, course[-1], scale)):
                ends = settled_ends(system, begun, scale)
                roots = newton(system, ends, scale, self.tolerance)
                known = roots.y[roots.converged & self._inside(roots.y)]
                own = rate_ranges(network, self.t, course[-1], scale)
                near = self._near_bends(system, course[-1], scale, own)
                scale = scales(network, np.concatenate([course, known, near]))
                starts = np.concatenate([starts, self._random(network, course, scale), ends, near])
            else:
                begun, starts = begun[:0], np.concatenate([starts, self._random(network, course, scale)])
            searched = ranges(network, np.concatenate([starts, begun]))
        roots = newton(system, starts, scale, self.tolerance)
        y, residual = roots.y[roots.converged], roots.residual[roots.converged]
        outside = int(np.sum(~self._inside(y)))
        if isinstance(self.guesses, int) and dense and len(y):
            y, residual = self._more(system, starts[:AGAIN], scale, y, residual)
            y, residual = self._between(system, scale, y, residual)
            y, residual = self._evened(system, scale, y, residual)
        y, residual = y[self._inside(y)], residual[self._inside(y)]
        points = [point_at(system, y[k], float(residual[k])) for k in distinct(y, residual, scale)]
        points.sort(key=lambda point: (not point.stable, point.y.tolist()))
        signs = [point.sign for point in points]
        telling = len(begun) and signs and all(signs) and not np.isfinite(self.limits).any()
        told = sum(signs) if telling else None
        return FixedPoints(tuple(points), len(starts), int(np.sum(~roots.converged)), outside, searched, told)

    def _pushed(self, system: System, y: np.ndarray, scale: np.ndarray) -> np.ndarray:
        return np.unique(np.clip(pushed(system, y, scale), *self.limits), axis=0)

    def _between(
        self, system: System, scale: np.ndarray, y: np.ndarray, residual: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Roots, and those between stable ones: where a run goes to either, an unstable one lies on the border."""
        chosen = [k for k in distinct(y, residual, scale) if self._inside(y[k : k + 1])[0]]
        stable = [bool(point_at(system, y[k], 0.0).stable) for k in chosen]
        points = y[[k for k, yes in zip(chosen, stable) if yes]]
        if len(points) < 2 or len(points) - 1 <= len(chosen) - sum(stable):  # one for each gap
            return y, residual
        for starts in (on_lines, lambda points: at_borders(system, points, scale)):
            new = newton(system, starts(points), scale, self.tolerance)
            count = len(distinct(y, residual, scale))
            y, residual = np.concatenate([y, new.y[new.converged]]), np.append(residual, new.residual[new.converged])
            if len(distinct(y, residual, scale)) > count:
                break
        return y, residual

    def _near_bends(
        self, system: System, y: np.ndarray, scale: np.ndarray, own: dict[str, tuple[float, float]]
    ) -> np.ndarray:
        """States in the ranges where rates bend: of one variable with all others steady, and random ones of all."""
        if not own or not self.guesses:
            return np.empty((0, len(y)))
        held = with_one_held(system, y, scale, own) if len(y) <= ALONE_UP_TO else np.empty((0, len(y)))
        made = np.repeat(y[None], len(self.cells), axis=0)
        for path, (low, high) in own.items():
            part = system.network.registry.slot(path).slice
            share = self.cells[:, part].copy()
            share[1::2] = self.slots[1::2, part][:, :1]
            made[:, part] = low + 0.5 * (1.0 + share) * (high - low)
        return np.clip(np.concatenate([held, steady_beside(system, made, scale, own)]), *self.limits)

    def _evened(
        self, system: System, scale: np.ndarray, y: np.ndarray, residual: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Roots, and others on the lines between those of the sign that is found too often, as signs add to one."""
        for _ in range(EVENED):
            chosen = distinct(y, residual, scale)
            signs = np.array([point_at(system, y[k], 0.0).sign for k in chosen])
            if len(chosen) < 2 or not signs.all() or signs.sum() == 1:
                break
            often = y[chosen][signs == np.sign(signs.sum() - 1)]
            if len(often) < 2:
                break
            new = newton(system, on_lines(often), scale, self.tolerance)
            y, residual = np.concatenate([y, new.y[new.converged]]), np.append(residual, new.residual[new.converged])
            if len(distinct(y, residual, scale)) == len(chosen):
                break
        return y, residual

    def _inside(self, y: np.ndarray) -> np.ndarray:
        return np.asarray(((y >= self.limits[0]) & (y <= self.limits[1])).all(axis=1))

    def _more(
        self, system: System, starts: np.ndarray, scale: np.ndarray, y: np.ndarray, residual: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Roots, and others that are found from the same starts when known ones are kept away from."""
        if linear(system, y[0], starts) and linear(system, y[0], self._pushed(system, y[0], scale)):
            return y, residual  # linear: there is one
        for _ in range(ROUNDS):
            chosen = distinct(y, residual, scale)
            y, residual = y[chosen], residual[chosen]
            new = newton(system, starts, scale, self.tolerance, known=y)
            y, residual = np.concatenate([y, new.y[new.converged]]), np.append(residual, new.residual[new.converged])
            if len(distinct(y, residual, scale)) == len(chosen):
                break
        return y, residual

    def _random(self, network: Network, course: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """States around a run, some near and some far, in some of which all cells of a population are equal."""
        made = self.cells.copy()
        for slot in network.registry:
            part = slot.slice
            made[1::2, part] = self.slots[1::2, part][:, :1]
            low, high = course[:, part].min(axis=0), course[:, part].max(axis=0)
            width = WIDTHS[np.arange(len(made)) // 2 % len(WIDTHS), None] * scale[part]
            made[:, part] = 0.5 * (low + high) + np.maximum(width, high - low) * made[:, part]
        low, high = self.limits
        both = np.isfinite(low) & np.isfinite(high)
        within = low[both] + 0.5 * (1.0 + self.cells[:, both]) * (high[both] - low[both])
        made[:, both] = within
        return np.clip(made, low, high)


def point_at(system: System, y: np.ndarray, residual: float) -> FixedPoint:
    """A fixed point with its eigenvalues, of the unknowns of the system alone."""
    (matrix,) = system.jacobians(y[None])
    y = y.copy()
    values = eigenvalues_of(matrix)
    y.flags.writeable = values.flags.writeable = False
    return FixedPoint(system.network, system.t, y, residual, values, system.size)


def distinct(y: np.ndarray, residual: np.ndarray, scale: np.ndarray) -> list[int]:
    """One row, that of the smallest residual, of all that agree."""
    chosen: list[int] = []
    for k in np.argsort(residual, kind="stable"):
        if all(np.max(np.abs(y[k] - y[j]) / scale, initial=0.0) > SAME for j in chosen):
            chosen.append(int(k))
    return chosen


def scales(network: Network, y: np.ndarray) -> np.ndarray:
    """The size of every entry of the state: the largest of its state variable in ``y`` ``(k, n)``, 1 where zero."""
    scale = np.ones(network.registry.size)
    for slot in network.registry:
        largest = float(np.max(np.abs(y[..., slot.slice]), initial=0.0))
        scale[slot.slice] = largest if 0.0 < largest < np.inf else 1.0
    return scale


def ranges(network: Network, y: np.ndarray) -> dict[str, tuple[float, float]]:
    """The lowest and highest value of every state variable in ``y`` ``(k, n)``."""
    return {
        slot.path: (float(y[:, slot.slice].min()), float(y[:, slot.slice].max()))
        for slot in network.registry
        if y[:, slot.slice].size
    }


def _guesses(guesses: Any, n: int) -> int | np.ndarray:
    """A number of random guesses, or states ``(k, n)``."""
    if guesses is None:
        return RANDOM if n <= DENSE_UP_TO else RANDOM_IN_LARGE
    if isinstance(guesses, (int, np.integer)) and not isinstance(guesses, bool) and guesses >= 0:
        return int(guesses)
    if isinstance(guesses, FixedPoint):
        guesses = guesses.y
    if isinstance(guesses, Sequence) and all(isinstance(guess, FixedPoint) for guess in guesses):
        guesses = [guess.y for guess in guesses]
    try:
        states = np.atleast_2d(np.asarray(guesses, dtype=np.float64))
    except (TypeError, ValueError):
        states = np.empty(0)
    if states.ndim != 2 or states.shape[1] != n or not len(states) or not np.isfinite(states).all():
        given = f"of shape {np.shape(guesses)}" if hasattr(guesses, "shape") else repr(guesses)
        text = f"guesses is {given}; it must be a number of random states, or finite states of shape (k, {n})"
        raise ParameterError(text, component="fixed_points", attribute="guesses")
    return states


def _limits(network: Network, bounds: Any) -> np.ndarray:
    """The lowest and highest value of every entry of the state."""
    limits = np.array([[-np.inf], [np.inf]]).repeat(network.registry.size, axis=1)
    for path, pair in _pairs(bounds):
        limits[:, entries(network, path)] = np.array(pair, dtype=np.float64)[:, None]
    return limits


def _pairs(bounds: Any) -> Iterator[tuple[str, Any]]:
    for path, pair in by_path("fixed_points", "bounds", bounds, "{'E.r': (0.0, 1.0)}").items():
        low, high = pair if isinstance(pair, (tuple, list, np.ndarray)) and len(pair) == 2 else (math.nan, math.nan)
        if not all(isinstance(x, (int, float, np.number)) for x in (low, high)) or not low <= high:
            text = f"bounds of '{path}' are {brief(pair)}; they must be a lower and an upper number"
            raise ParameterError(text, component="fixed_points", attribute="bounds")
        yield path, pair
