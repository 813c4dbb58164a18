"""The Jacobian of a network: local partial derivatives chained through the weights.

    signal -> drive = weights (signal) -> derivatives and current on the edges -> sum at the port -> node derivatives

Each arrow is a sparse matrix, diagonal but for the weights, so the result is exact up to the local slopes, and its
pattern follows from which variables each hook reads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.calls import explained
from netframe.chain_rule import ChainRule, Key
from netframe.errors import ParameterError
from netframe.local_partials import STEP, Linearization, Variable, linearization

if TYPE_CHECKING:
    from netframe.network import Network


def jacobian(network: Network, t: float, y: Any) -> Any:
    """``d rhs / d y``, a CSR array; block-diagonal over the members of ``y`` of shape ``(..., n)``."""
    from scipy import sparse

    y = np.asarray(y, dtype=np.float64)
    if y.shape[-1:] != (network.registry.size,):
        text = f"y has shape {y.shape}; its last axis must be {network.registry.size} states"
        raise ParameterError(text, component="jacobian", path=network.name, attribute="y")
    lead = np.broadcast_shapes(y.shape[:-1], network.batch_shape)
    point = linearization(network, t, np.broadcast_to(y, (*lead, y.shape[-1])))
    rule, slopes = _linearized(network, point, lead)
    factors = _factors(network, point)
    members = [_of_member(slopes, factors, lead, k) for k in np.ndindex(*lead)]
    values = [rule.values(numbers) for numbers in members]
    matrix = rule.matrix(values[0]) if not lead else sparse.block_diag([rule.matrix(x) for x in values], format="csr")
    matrix.eliminate_zeros()  # of cells that are silent, for one, which a factorization need not fill
    return matrix


def jacobian_pattern(network: Network) -> Any:
    """Where the Jacobian of one member can differ from zero: a CSR array of ones."""
    rule = _chain_rule(network)
    return rule.matrix(np.ones(len(rule.indices)))


def _chain_rule(network: Network) -> ChainRule:
    """The chain rule with what hooks read at the start, made once."""
    known: ChainRule | None = network.__dict__.get("_chain_rule")
    if known is None:
        state = np.broadcast_to(network.initial_state(), (*network.batch_shape, network.registry.size))
        point = linearization(network, 0.0, state)
        known = ChainRule(network, {key: hook.variables() for key, hook in point.hooks.items()})
        network.__dict__["_chain_rule"] = known
    return known


def _linearized(
    network: Network, point: Linearization, lead: tuple[int, ...]
) -> tuple[ChainRule, dict[Key, np.ndarray]]:
    """The chain rule and all slopes; a hook that reads more at this point than ever before extends the rule."""
    slopes: dict[Key, np.ndarray] = {}
    rule, more = _chain_rule(network), {}
    for key, hook in point.hooks.items():
        found, read = hook.slopes(rule.variables[key], lead)
        slopes.update({(*key, output, variable): slope for (output, variable), slope in found.items()})
        if not read <= set(rule.variables[key]):
            more[key] = [variable for variable in hook.values if variable in read.union(rule.variables[key])]
    if more:
        network.__dict__["_chain_rule"] = ChainRule(network, {**rule.variables, **more})
        return _linearized(network, point, lead)
    return rule, slopes


def _factors(network: Network, point: Linearization) -> dict[Key, tuple[Any, int]]:
    """The weights and signals that slopes are multiplied by, and how many axes they have without a batch."""
    factors: dict[Key, tuple[Any, int]] = {}
    for p in network.bound_projections:
        weights = point.weights.get(p.path, p.connectivity.weights)
        factors["weights", p.path] = weights, len(p.connectivity.synapses)
        factors["signal", p.path] = point.signals[p.path], 1
    return factors


def _of_member(
    slopes: dict[Key, np.ndarray], factors: dict[Key, tuple[Any, int]], lead: tuple[int, ...], k: tuple[int, ...]
) -> dict[Key, np.ndarray]:
    """The numbers of member ``k`` of a batch, whose axes may be fewer or shorter than ``lead`` in a factor."""
    numbers = {key: slope[k] for key, slope in slopes.items()} if lead else dict(slopes)
    for key, (values, depth) in factors.items():
        values = np.asarray(values)
        if lead:
            values = np.broadcast_to(values, lead + values.shape[values.ndim - depth :])[k]
        numbers[key] = values.reshape(-1)
    return numbers


@explained
def finite_difference_jacobian(function: Callable[[float, Any], Any], t: float, y: Any) -> np.ndarray:
    """The dense Jacobian of any ``function(t, y)`` by central differences, to check others against.

    Example:
        >>> finite_difference_jacobian(lambda t, y: -2.0 * y, 0.0, np.ones(2)).round(6) + 0.0
        array([[-2.,  0.],
               [ 0., -2.]])
    """
    y = np.asarray(y, dtype=np.float64)
    columns = []
    for k in range(y.size):
        step = np.zeros_like(y)
        step[k] = STEP * max(1.0, abs(y[k]))
        columns.append((function(t, y + step) - function(t, y - step)) / (2.0 * step[k]))
    return np.stack(columns, axis=-1) if columns else np.empty((0, 0))


def own_slopes(network: Network, t: float, y: np.ndarray) -> np.ndarray:
    """How each state's derivative depends on that state itself while all else is held, shape of ``y``."""
    lead = y.shape[:-1]
    point = linearization(network, t, y)
    parts: dict[str, dict[str, Any]] = {}
    for slot in network.registry:
        hook = next(h for h in point.hooks.values() if h.path == slot.component and slot.state in h.outputs)
        own: Variable = ("own", slot.state)
        slope = hook.slopes([own], lead)[0][slot.state, own]
        parts.setdefault(slot.component, {})[slot.state] = slope.reshape(lead + slot.shape)
    return network.registry.pack(parts, lead)
