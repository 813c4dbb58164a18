"""continuation: how a steady state moves with a parameter, followed through the points where it turns back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np

from netframe.analysis.bordered import Curve, Lost
from netframe.analysis.branch import Branch, SpecialPoint
from netframe.analysis.checks import state
from netframe.analysis.corners import Found, told_from_both_sides
from netframe.analysis.newton import DENSE_UP_TO, System, newton, relaxed
from netframe.analysis.paths import one_parameter
from netframe.analysis.special_points import Station, crosses, merged, simple, special_points, station, turns
from netframe.analysis.steady_states import scales
from netframe.calls import explained
from netframe.errors import ParameterError, brief
from netframe.network import Network
from netframe.solution import check_network

#: The cosine of the largest angle between two steps; steps of this part of the longest are not split any more.
STRAIGHT, SPLIT = 0.95, 1e-3
#: Iterations of a point beyond which steps become shorter, and below which they become longer.
MANY, FEW = 7, 5
#: Parts of the span at which steady states are looked for, to know how large states become.
PROBED = (0.25, 0.5, 0.75, 1.0)


@explained
def continuation(
    network: Network,
    parameter: str | Callable[[float], Mapping[str, Any]],
    span: tuple[float, float],
    *,
    y0: Any = None,
    t: float = 0.0,
    step: float = 0.01,
    max_step: float = 0.05,
    min_step: float = 1e-7,
    max_points: int = 1000,
) -> Branch:
    """A branch of steady states along a parameter, from ``span[0]`` on until it leaves the span.

    ``parameter`` is the path of a number, ``"E.v_rest"``, of one entry, ``"E.v_rest[2]"``, or a function of a number
    that returns what changes with it, ``lambda g: {"E_to_E.weights": g * w}``. The branch starts at ``span[0]``, which
    may be the larger one, at the steady state that Newton's method reaches from ``y0``: a :class:`FixedPoint`, a state
    ``(n_state,)``, or changes of the initial state as in ``simulate``. Nothing stands for the end of a coarse run from
    the initial state. Inputs that vary stand still at ``t`` in s.

    Pseudo-arclength steps follow the branch also where it turns back. ``step`` is the first length, and the others are
    between ``min_step`` and ``max_step``; a length is the root of the mean square change of the states, each beside the
    size of its variable, plus that of the change of the parameter beside the span. The size is the largest at the start
    and at steady states that runs reach at four other parameters, or on the branch so far. Steps adapt to how Newton's
    method converges and how the branch bends. What happens within a step twice is not seen; smaller steps see more.

    At a corner of an activation, where slopes jump, a branch may turn back at once: this fold is told where the lines
    from both sides meet, and not as ``refined``. Eigenvalues jump there as well. A pair that does so over the imaginary
    axis makes no Hopf point: ``stable`` of the points on both sides, which are outside of the steps of the differences,
    tells that stability changes.

    Folds are roots of the change of the parameter along the branch, branch points of the determinant of the bordered
    matrix, Hopf points of the real part of a complex pair of eigenvalues, each located to rounding.

    Errors: :class:`ParameterError` for arrays, batches and where there is no steady state at ``span[0]``;
    :class:`UnknownNameError` for an unknown path.

    Source: Keller (1977), in Applications of Bifurcation Theory (ed. Rabinowitz), p. 359.

    Example: the threshold-linear cell that excites itself, ``v = -70 + i + w max(v + 50, 0)`` with ``w = 0.5``.
        >>> import netframe as nf
        >>> e = nf.LeakyRate("E", size=1, activation=nf.ThresholdLinear(gain=1.0))
        >>> f = nf.ConstantInput("F", rates=[0.0])
        >>> onto = [nf.InstantSynapse(f, e, weights=1.0, g=0.01), nf.InstantSynapse(e, e, weights=0.5, g=0.01)]
        >>> branch = nf.analysis.continuation(nf.Network("n", [f, e, *onto]), "F.rates", (0.0, 40.0))
        >>> branch["E.v"][-1].round(6), bool(branch.stable.all())               # -70 + 40 + 20
        (array([-10.]), True)
    """
    where = {"component": "continuation", "attribute": "span"}
    check_network(network, "continuation")
    if network.batch_shape:
        text, remedy = (
            f"{network.label} has a batch {network.batch_shape}",
            f"Take one: network.members({(0,) * len(network.batch_shape)})",
        )
        raise ParameterError(f"{text}; one member is followed at a time", component="continuation", remedy=remedy)
    first, last = _span(span)
    for name, value in {"step": step, "max_step": max_step, "min_step": min_step, "max_points": max_points}.items():
        if not (isinstance(value, (int, float)) and value > 0):
            raise ParameterError(
                f"{name} is {brief(value)}; it must be positive", component="continuation", attribute=name
            )
    along = one_parameter(network, parameter, "continuation")
    at_start = along.at(first)
    y, scale = _start(at_start, y0, t)
    if y is None:
        text = f"there is no steady state of {network.label} near y0 at {along.label} = {first:g}"
        raise ParameterError(text, remedy="Give one, as of fixed_points", **where)
    curve = Curve(along.at, t, np.maximum(scale, _reach(along.at, (first, last), y, t, scale)), abs(last - first))
    follower = _Follower(curve, (first, last), (min_step, max_step))
    message = follower.run(y, max(step, min_step), int(max_points))
    special = merged(curve, follower.special, SPLIT * max_step)
    points, special = told_from_both_sides(curve, follower.found, special, follower.after)
    special = [attrs.evolve(point, network=curve.at(point.value), t=t) for point in special]
    states, values, found = (np.array(column) for column in zip(*points))
    return Branch(along.label, along.unit, values, states, found, tuple(special), message, t, along.at)


class _Follower:
    """Goes along a curve and keeps what it finds: states, parameters and eigenvalues, and special points."""

    def __init__(self, curve: Curve, span: tuple[float, float], steps: tuple[float, float]) -> None:
        self.curve, self.span = curve, span
        self.shortest, self.longest = steps
        self.found: list[Found] = []
        self.special: list[SpecialPoint] = []
        #: The number of the point that each special point follows.
        self.after: dict[SpecialPoint, int] = {}

    def run(self, y: np.ndarray, step: float, max_points: int) -> str:
        """Follow the curve from a state at the start of the span; why it ends."""
        first = here = self._first(y)
        low, high = min(self.span) / self.curve.width, max(self.span) / self.curve.width
        while len(self.found) < max_points:
            if step < self.shortest:  # refused, or corrected too slowly, again and again
                turned, step = self._around_a_corner(here), SPLIT * self.longest
                if turned is None:
                    return f"it ends where a step of {self.shortest:g} is too long for Newton's method"
                here = self._kept(turned)
                continue
            try:
                there, count = self._next(here, step)
            except Lost:
                step *= 0.5
                continue
            if not low <= there.z[-1] <= high:
                there = _at_edge(self.curve, here, there, low if there.z[-1] < low else high)
            inside = low < there.z[-1] < high
            if turns(here, there) or crosses(here, there) or here.n_unstable != there.n_unstable:
                self._noted(special_points(self.curve, here, there))
            here = self._kept(there)
            if not inside:
                state, value, eigenvalues = self.found[-1]
                value = min(self.span, key=lambda edge: abs(edge - value))  # the edge itself, without rounding
                self.found[-1] = state, value, eigenvalues
                return f"it leaves the span at {value:g}"
            start = self.curve.z(*self.found[0][:2])
            if len(self.found) > 10 and np.linalg.norm(here.z - start) < step and here.tangent @ first.tangent > 0.9:
                return "it is closed"
            step = min(self.longest, 1.5 * step) if count <= FEW else 0.5 * step if count > MANY else step
        return f"max_points = {max_points} is reached"

    def _first(self, y: np.ndarray) -> Station:
        ahead = np.append(np.zeros(len(y)), math.copysign(1.0, self.span[1] - self.span[0]))
        try:
            here = station(self.curve, self.curve.z(y, self.span[0]), ahead)
        except Lost:
            text = "the steady state at span[0] is singular, so that no direction leads from it"
            remedy = "Start a little beside it"
            raise ParameterError(text, component="continuation", attribute="span", remedy=remedy) from None
        return self._kept(here)

    def _next(self, here: Station, step: float) -> tuple[Station, int]:
        """The next point, or :class:`Lost` where the step is too long."""
        guess, across = here.z + step * here.tangent, here.tangent
        low, high = min(self.span) / self.curve.width, max(self.span) / self.curve.width
        if not low <= guess[-1] <= high:  # to the edge and not beyond, where the parameter may have no meaning
            edge = low if guess[-1] < low else high
            guess = here.z + (edge - here.z[-1]) / here.tangent[-1] * here.tangent
            guess[-1], across = edge, np.append(np.zeros(len(guess) - 1), 1.0)
        z, count = self.curve.corrected(guess, across)
        there = station(self.curve, z, here.tangent)
        bent = float(there.tangent @ here.tangent) < STRAIGHT or not simple(here, there)
        if np.linalg.norm(z - here.z) > 1.5 * step or (bent and step > SPLIT * self.longest):
            raise Lost
        return there, count

    def _around_a_corner(self, here: Station) -> Station | None:
        """The next point where an activation has a corner, so that the branch goes on in quite another direction."""
        step = SPLIT * self.longest
        y, p = self.curve.parts(here.z)
        forward = here.tangent
        for y_before, p_before, _ in reversed(self.found[:-1]):  # slopes at the corner are a mean, and say little
            way = here.z - self.curve.z(y_before, p_before)
            if np.linalg.norm(way) > step:
                forward = way / np.linalg.norm(way)
                break
        for ahead in (step, 10.0 * step):
            try:
                beyond = self.curve.tangent(self.curve.slopes(here.z + ahead * forward), forward)
            except Lost:
                continue
            for direction in (beyond, -beyond):
                try:
                    z, _ = self.curve.corrected(here.z + ahead * direction, direction)
                    there = station(self.curve, z, direction)
                except Lost:
                    continue
                along = (z - here.z) / np.linalg.norm(z - here.z)
                if along @ direction > 0.5 and np.linalg.norm(along + forward) > 0.02:
                    if there.tangent[-1] * forward[-1] < 0.0:
                        near = [k for k in self.special if np.linalg.norm(self.curve.z(k.y, k.value) - here.z) < ahead]
                        self.special = [k for k in self.special if k not in near]
                        self._noted([SpecialPoint("fold", p, y, here.eigenvalues, refined=False)])
                    return there
        return None

    def _noted(self, points: list[SpecialPoint]) -> None:
        self.special += points
        self.after |= dict.fromkeys(points, len(self.found) - 1)

    def _kept(self, here: Station) -> Station:
        """Note a point, and measure states by what they have grown to."""
        y, p = self.curve.parts(here.z)
        self.found.append((y, p, here.eigenvalues))
        network, scale = self.curve.at(p), self.curve.own
        grown = np.where(scales(network, y[None]) > 2.0 * scale, scales(network, y[None]), scale)
        if np.array_equal(grown, scale):
            return here
        along = here.tangent * self.curve.scale
        self.curve.rescale(grown)
        return station(self.curve, self.curve.z(y, p), along / self.curve.scale)


def _at_edge(curve: Curve, a: Station, b: Station, edge: float) -> Station:
    """The point of the branch at the edge of the span, between one inside and one outside."""
    guess = a.z + (edge - a.z[-1]) / (b.z[-1] - a.z[-1]) * (b.z - a.z)
    try:
        z, _ = curve.corrected(guess, np.append(np.zeros(len(guess) - 1), 1.0))
        return station(curve, z, a.tangent)
    except Lost:
        return a


def _start(network: Network, y0: Any, t: float) -> tuple[np.ndarray | None, np.ndarray]:
    """A steady state near ``y0``, and the scale of every entry of the state."""
    system = System(network, t)
    start = state("continuation", network, y0)
    if start.shape != (network.registry.size,):
        text = f"y0 has shape {start.shape}; expected ({network.registry.size},)"
        raise ParameterError(text, component="continuation", attribute="y0")
    scale, course = scales(network, start[None]), start[None]
    if y0 is None or isinstance(y0, Mapping):
        course = relaxed(system, start, scale)
        scale = scales(network, course)
    for guess in (course[-1], start):
        root = newton(system, guess[None], scale, 1e-10)
        if root.converged[0]:
            return root.y[0], scales(network, np.concatenate([course, root.y]))
    return None, scale


def _reach(
    at: Callable[[float], Network], span: tuple[float, float], y: np.ndarray, t: float, scale: np.ndarray
) -> np.ndarray:
    """The scales of steady states that runs from ``y`` reach at other parameters, as rates may start near zero."""
    if len(y) > DENSE_UP_TO:
        return scale
    reached = [y]
    for part in PROBED:
        try:
            system = System(at(span[0] + part * (span[1] - span[0])), t)
        except ParameterError:
            continue
        root = newton(system, relaxed(system, reached[-1], scale)[-1:], scale, 1e-10)
        if root.converged[0]:
            reached.append(root.y[0])
            scale = np.maximum(scale, scales(system.network, root.y))
    return scale


def _span(span: Any) -> tuple[float, float]:
    try:
        first, last = (float(x) for x in span)
    except (TypeError, ValueError):
        first = last = math.nan
    if not (math.isfinite(first) and math.isfinite(last) and first != last):
        text = f"span is {brief(span)}; it must be two different finite numbers, from which to which the parameter goes"
        raise ParameterError(text, component="continuation", attribute="span")
    return first, last
