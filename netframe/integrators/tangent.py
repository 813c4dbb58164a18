"""Tangent: the steps that a run needs when its derivative is to be as good as itself.

A network at rest is solved in long strides, and what happens to a push in the meantime is lost in them. So the state is
advanced together with its derivative along one direction of what is asked for, which counts as one more member of the
batch in the error of a step:

    dy/dt = f(t, y, p)        ds/dt = (df/dy) s + (df/dp) d
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np

from netframe.integrators.compiled import RUNNING, Loop, Settings, started
from netframe.integrators.driver import step_limit
from netframe.integrators.interrupts import interrupts_held
from netframe.integrators.jax import JaxIntegrator
from netframe.integrators.programs import FIRST_CALL, Program
from netframe.integrators.tableaus import FIXED
from netframe.network import Network
from netframe.right_hand_side import RightHandSide
from netframe.tracing import with_start


@attrs.frozen(eq=False)
class TangentLoop(Loop):
    """The loop for a state and its derivative, stacked before all other axes: ``(2, *batch, n_state)``.

    Its numbers are three dictionaries by path: those asked for, a direction of them, and the others.
    """

    def right_hand_side(self, numbers: Any, left: Any, right: Any) -> Callable[[Any, Any], Any]:
        """The right-hand side of both."""
        import jax

        own, direction, rest = numbers

        def drives(own: Mapping[str, Any]) -> dict[str, Any]:
            network, _ = with_start(self.network, {**rest, **own})
            return RightHandSide(network, left, right, self.constant, bundled=False).constant_drives

        constant = jax.jvp(drives, (own,), (direction,))

        def both(t: Any, stacked: Any) -> Any:
            def slope(own: Mapping[str, Any], drives: dict[str, Any], y: Any) -> Any:
                network, _ = with_start(self.network, {**rest, **own})
                return RightHandSide(network, left, right, self.constant, bundled=False, drives=drives)(t, y)

            known, moving = (own, constant[0], stacked[0]), (direction, constant[1], stacked[1])
            return jax.numpy.stack(jax.jvp(slope, known, moving))

        return both


def start_of_both(network: Network, shape: tuple[int, ...], numbers: Any, y0: Any) -> Any:
    """The state at the start, of a shape, and its derivative."""
    import jax

    own, direction, rest = numbers

    def state(own: Mapping[str, Any]) -> Any:
        return with_start(network, {**rest, **own}, y0, shape)[1]

    return jax.numpy.stack(jax.jvp(state, (own,), (direction,)))


def directions(values: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """A direction to move all values in at once, of their own size, the same at every call."""
    rng = np.random.default_rng(0)
    return {path: _size(np.asarray(value)) * rng.standard_normal(np.shape(value)) for path, value in values.items()}


def _size(value: np.ndarray) -> float:
    return float(np.abs(value, where=np.isfinite(value), out=np.zeros(value.shape)).max(initial=0.0)) or 1.0


def steps_of_both(
    options: JaxIntegrator, ready: Program, numbers: Any, edges: np.ndarray, y: Any
) -> tuple[np.ndarray, bool]:
    """The times of all steps from the first edge, with a restart at each, and whether they reach the last one."""
    began, found = time.perf_counter(), [edges[:1]]
    longest = options.dt if options.method in FIXED else min(options.max_step, step_limit(ready.loop.network))
    first, times, n_steps = options.first_step or 0.0, np.empty(0), 0
    for left, right in itertools.pairwise(edges):
        settings = np.array(Settings(left, right, options.rtol, options.atol, longest), dtype=np.float64)
        at, t, before = started(left, y, first, 0, np.empty((FIRST_CALL, 1))), left, 0
        while t < right:
            until = before + min(FIRST_CALL, options.max_steps - n_steps)
            with interrupts_held():
                at = ready.advance(numbers, settings, times, np.float64(until), at)
                reached = at.place()
            found.append(np.array(at.rows)[: int(reached.saved), 0])
            t, n_steps, before = reached.t, n_steps + int(reached.n_steps) - before, int(reached.n_steps)
            spent = n_steps >= options.max_steps or time.perf_counter() - began > options.max_wall_time
            if reached.status != RUNNING or (spent and t < right):
                return np.concatenate(found), False
            at = at.none_saved()
        y = at.y
    finite = math.isfinite(float(abs(y).max(initial=0.0)))
    return np.concatenate(found), finite
