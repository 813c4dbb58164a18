"""Replay: the steps of a run taken once more, as a program that JAX differentiates.

Steps are data here and choose nothing, so the derivative is that of the computed solution itself, to rounding. Going
back, each step is computed anew from the state it began with: states are remembered, and none of their stages.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from netframe.integrators.tableaus import Tableau
from netframe.network import Network
from netframe.right_hand_side import RightHandSide, constant_sources


@attrs.frozen(eq=False)
class Replay:
    """A method, and the inputs that do not change within a step."""

    tableau: Tableau
    constant: frozenset[str]

    def states(self, network: Network, y: Any, times: Any) -> Any:
        """The states at ``times``, shape ``(n_times, *batch, n_state)``, from ``y`` at the first.

        The jumps of inputs are among the times; a time that is repeated costs nothing.
        """
        import jax
        from jax import lax

        # Weights act on constant inputs here, for all steps in one product, and not in every step.
        always = RightHandSide(network, constant=self._always(network), bundled=False).constant_drives

        def right_hand_side(left: Any, right: Any, drives: dict[str, Any]) -> RightHandSide:
            return RightHandSide(network, left, right, self.constant, bundled=False, drives=drives)

        def constant_drives(left: Any, right: Any) -> dict[str, Any]:
            found = right_hand_side(left, right, always).constant_drives
            return {path: drive for path, drive in found.items() if path not in always}

        def step(y: Any, left: Any, right: Any, drives: dict[str, Any]) -> Any:
            return explicit_step(self.tableau, right_hand_side(left, right, always | drives), left, right - left, y)

        @jax.checkpoint
        def taken(y: Any, left: Any, right: Any, drives: dict[str, Any]) -> Any:
            return lax.cond(left < right, step, lambda y, *_: y, y, left, right, drives)

        def scanned(y: Any, place: tuple[Any, Any, Any]) -> tuple[Any, Any]:
            return taken(y, *place), y

        left, right = times[:-1], times[1:]
        last, before = lax.scan(scanned, y, (left, right, jax.vmap(constant_drives)(left, right)))
        return jax.numpy.concatenate([before, last[None]])

    def _always(self, network: Network) -> frozenset[str]:
        return self.constant & constant_sources(network, -math.inf, math.inf)


def explicit_step(tableau: Tableau, rhs: Callable[[Any, Any], Any], t: Any, h: Any, y: Any) -> Any:
    """The state at ``t + h``; the stages are made in a loop, so that hooks are compiled once."""
    import jax.numpy as jnp
    from jax import lax

    n_stages = len(tableau.nodes)  # the slope at the end, which a pair also evaluates, begins the step after
    nodes, shares = np.zeros(n_stages), np.zeros((n_stages + 1, n_stages))
    nodes[1:], shares[1:] = tableau.nodes[:-1], tableau.matrix[:, :n_stages]

    def stage(states: Any, of: tuple[Any, Any, Any]) -> tuple[Any, None]:
        i, node, share = of
        slope = rhs(t + node * h, states[i])
        return states + h * jnp.multiply.outer(share, slope), None

    states = jnp.broadcast_to(y, (n_stages + 1, *y.shape))
    return lax.scan(stage, states, (np.arange(n_stages), nodes, shares.T))[0][-1]


def replayed_times(steps: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Times as far apart as the ``steps`` of a run, from the first to the last one ``wanted``, and where these are.

    The times are padded to a power of two by repeating the last, so that runs of similar length share a program.

    >>> times, where = replayed_times(np.array([0.0, 1.0, 2.0, 4.0, 8.0]), np.array([0.0, 0.5, 3.0]))
    >>> times, where
    (array([0. , 0.5, 1.5, 3. , 3. ]), array([0, 1, 3]))
    """
    count = np.arange(len(steps))
    place = np.interp(wanted, steps, count)
    pieces = np.maximum(1, np.ceil(np.diff(place) - 1e-6)).astype(int)
    where = np.concatenate([[0], np.cumsum(pieces)])
    share = (np.arange(where[-1]) - np.repeat(where[:-1], pieces)) / np.repeat(pieces, pieces)
    inner = np.interp(np.repeat(place[:-1], pieces) + share * np.repeat(np.diff(place), pieces), count, steps)
    n_steps = 1 << int(max(where[-1] - 1, 0)).bit_length()
    times = np.full(n_steps + 1, wanted[-1])
    times[: len(inner)] = inner
    times[where] = wanted
    return times, where
