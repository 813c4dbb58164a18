"""phase_plane and nullclines: how two states of a network move, the others held or at their steady state."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from netframe.analysis.checks import state
from netframe.analysis.fixed_point import FixedPoint
from netframe.analysis.newton import System, newton
from netframe.analysis.paths import entry
from netframe.analysis.plane import Curves, PhasePlane, zero_lines
from netframe.analysis.steady_states import distinct, point_at, scales
from netframe.calls import explained
from netframe.errors import ParameterError, brief
from netframe.network import Network
from netframe.solution import check_network

Others = Literal["held", "steady"]


@explained
def phase_plane(
    network: Network,
    x: str,
    y: str,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    *,
    others: Others = "held",
    y0: Any = None,
    t: float = 0.0,
    points: int = 61,
) -> PhasePlane:
    """The plane of two states: the direction of motion on a grid, nullclines, and fixed points.

    ``x`` and ``y`` are states of one cell, ``"E.v"``, or entries, ``"E.v[2]"``. The other states of the network are
    ``"held"`` at ``y0``, which is as in ``simulate`` or a :class:`FixedPoint`, or are ``"steady"``: at each point of
    the grid they take the values at which they do not change, found by Newton's method from ``y0``, as if they were
    fast. Inputs that vary stand still at ``t`` in s. ``points`` is the number along each side of the grid.

    On a nullcline a derivative is zero; the vertices of the lines are refined beyond the grid. Fixed points are those
    of the plane: with others held, of these two states alone, and so are their eigenvalues.

    Errors: :class:`ParameterError` for states of several cells, ranges and batches.

    Example: a cell that excites another.
        >>> import netframe as nf
        >>> a, b = nf.LeakyRate("A", size=1, activation=nf.Identity()), nf.LeakyRate("B", size=1)
        >>> net = nf.Network("n", [a, b, nf.InstantSynapse(a, b, weights=1.0, g=0.005)])
        >>> plane = nf.analysis.phase_plane(net, "A.v", "B.v", (-80.0, -60.0), (-120.0, -90.0))
        >>> plane.fixed_points[0].y                                         # A at -70, B at -70 - 0.5 * 70
        array([ -70., -105.])
    """
    axes = _axes(network, x, y, x_range, y_range, points)
    if not isinstance(others, str) or others not in ("held", "steady"):
        text = f"others is {brief(others)}; it must be 'held' or 'steady'"
        raise ParameterError(text, component="phase_plane", attribute="others")
    start = _start(network, y0)
    plane = np.array([entry(network, path, "phase_plane") for path in (x, y)])
    if plane[0] == plane[1]:
        raise ParameterError(f"x and y are both '{x}'; they must differ", component="phase_plane")
    moving = _Moving(network, t, start, plane, axes, others)
    grid = np.stack(np.meshgrid(*axes), axis=-1)
    states = moving.states(grid.reshape(-1, 2))
    motion = moving.motion(states).reshape(grid.shape)
    lines = [moving.refined(zero_lines(*axes, motion[..., k]), k) for k in (0, 1)]
    found = moving.fixed_points(axes, states, motion)
    return PhasePlane(network, (x, y), *axes, motion[..., 0], motion[..., 1], lines[0], lines[1], found)


@explained
def nullclines(
    network: Network, x: str, y: str, x_range: tuple[float, float], y_range: tuple[float, float], **options: Any
) -> tuple[Curves, Curves]:
    """The curves in the plane of two states on which ``dx/dt = 0``, and those on which ``dy/dt = 0``.

    Each is a list of lines, arrays ``(m, 2)`` of points. Arguments and errors are those of :func:`phase_plane`.

    Example:
        >>> import netframe as nf
        >>> net = nf.Network("n", [nf.LeakyRate("A", size=1), nf.LeakyRate("B", size=1, v_rest=-60.0)])
        >>> of_a, of_b = nf.analysis.nullclines(net, "A.v", "B.v", (-80.0, -50.0), (-80.0, -50.0))
        >>> bool(np.allclose(of_a[0][:, 0], -70.0)), bool(np.allclose(of_b[0][:, 1], -60.0))
        (True, True)
    """
    plane = phase_plane(network, x, y, x_range, y_range, **options)
    return plane.x_nullcline, plane.y_nullcline


class _Moving:
    """The motion of two states as a function of their values."""

    def __init__(
        self, network: Network, t: float, start: np.ndarray, plane: np.ndarray, axes: Any, others: str
    ) -> None:
        self.network, self.t, self.start, self.plane = network, t, start, plane
        rest = np.setdiff1d(np.arange(network.registry.size), plane)
        steady = others == "steady" and len(rest) > 0
        self.rest = System(network, t, rest) if steady else None
        self.whole = System(network, t, None if steady or not len(rest) else plane)
        self.scale = scales(network, start[None])
        self.scale[plane] = [np.ptp(axis) for axis in axes]
        self.cell = np.array([axis[1] - axis[0] for axis in axes])
        self.low, self.high = (np.array([axis[k] for axis in axes]) for k in (0, -1))

    def states(self, values: np.ndarray) -> np.ndarray:
        """Whole states ``(k, n)`` for values ``(k, 2)`` of the two, NaN where the others have no steady state."""
        states = np.repeat(self.start[None], len(values), axis=0)
        states[:, self.plane] = values
        if self.rest is not None and len(values):
            roots = newton(self.rest, states, self.scale, 1e-10)
            states = np.where(roots.converged[:, None], roots.y, np.nan)
        return states

    def motion(self, states: np.ndarray) -> np.ndarray:
        """The derivatives of the two, ``(k, 2)``."""
        with np.errstate(all="ignore"):
            return np.asarray(self.network.rhs(self.t, states))[:, self.plane]

    def refined(self, lines: Curves, k: int) -> Curves:
        """Lines whose points are moved across them, by two Newton steps, onto the zero of derivative ``k``."""
        return [self._nearer(self._nearer(line, k), k) for line in lines]

    def _nearer(self, line: np.ndarray, k: int) -> np.ndarray:
        h = 1e-5 * self.cell
        aside, above = np.array([h[0], 0.0]), np.array([0.0, h[1]])
        around = np.concatenate([line, line + aside, line - aside, line + above, line - above])
        f, right, left, up, down = self.motion(self.states(around))[:, k].reshape(5, -1)
        slope = np.stack([right - left, up - down], axis=-1) / 2e-5  # per cell of the grid
        square = np.sum(slope**2, axis=-1)
        with np.errstate(all="ignore"):
            step = -(f / square)[:, None] * slope
        good = np.isfinite(step).all(axis=-1) & (np.abs(step).max(axis=-1) < 1.0)
        return np.where(good[:, None], np.clip(line + step * self.cell, self.low, self.high), line)

    def fixed_points(self, axes: Any, states: np.ndarray, motion: np.ndarray) -> tuple[FixedPoint, ...]:
        """Newton's method from every cell of the grid in which both derivatives change sign."""
        corners = np.stack([motion[:-1, :-1], motion[:-1, 1:], motion[1:, :-1], motion[1:, 1:]])
        with np.errstate(invalid="ignore"):
            both = ((corners.min(axis=0) <= 0.0) & (corners.max(axis=0) >= 0.0)).all(axis=-1)
        rows, columns = np.nonzero(both)
        if not len(rows):
            return ()
        guesses = states.reshape(*motion.shape[:2], -1)[rows, columns].copy()
        guesses[:, self.plane] += 0.5 * self.cell
        roots = newton(self.whole, guesses, self.scale, 1e-10)
        at, slack = roots.y[:, self.plane], 1e-9 * (self.high - self.low)  # on the edge but for rounding is inside
        inside = roots.converged & ((at >= self.low - slack) & (at <= self.high + slack)).all(axis=1)
        y, residual = roots.y[inside], roots.residual[inside]
        chosen = distinct(y, residual, self.scale)
        return tuple(
            point_at(self.whole, y[k], float(residual[k])) for k in sorted(chosen, key=lambda k: y[k].tolist())
        )


def _axes(network: Any, x: str, y: str, x_range: Any, y_range: Any, points: int) -> tuple[np.ndarray, np.ndarray]:
    check_network(network, "phase_plane")
    if network.batch_shape:
        text, remedy = (
            f"{network.label} has a batch {network.batch_shape}",
            f"Take one: network.members({(0,) * len(network.batch_shape)})",
        )
        raise ParameterError(f"{text}; a plane is that of one member", component="phase_plane", remedy=remedy)
    if not (isinstance(points, (int, np.integer)) and points >= 3):
        text = f"points is {brief(points)}; it must be a whole number of at least 3"
        raise ParameterError(text, component="phase_plane", attribute="points")
    axes = []
    for path, pair, name in ((x, x_range, "x_range"), (y, y_range, "y_range")):
        if np.shape(pair) != (2,) or not np.all(np.isfinite(pair)) or not pair[0] < pair[1]:
            text = f"{name} of '{path}' is {brief(pair)}; it must be a lower and an upper number"
            raise ParameterError(text, component="phase_plane", attribute=name)
        axes.append(np.linspace(float(pair[0]), float(pair[1]), points))
    return axes[0], axes[1]


def _start(network: Network, y0: Any) -> np.ndarray:
    start = state("phase_plane", network, y0)
    if start.shape != (network.registry.size,):
        text = f"y0 has shape {start.shape}; expected ({network.registry.size},)"
        raise ParameterError(text, component="phase_plane", attribute="y0")
    return start
