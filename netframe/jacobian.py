"""The Jacobian of a network: local partial derivatives chained through the weights.

    signal -> drive = weights (signal) -> derivatives and current on the edges -> sum at the port -> node derivatives

Each arrow is a sparse matrix, diagonal but for the weights, so the result is exact up to the local slopes, and its
pattern follows from which variables each hook reads.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.binding import HOOKS, BoundProjection
from netframe.local_partials import DRIVE, STEP, LocalHook, Variable, linearization

if TYPE_CHECKING:
    from netframe.network import Network

#: Slopes of one hook: output -> variable -> the diagonal of d output / d variable.
Slopes = dict[str, dict[Variable, np.ndarray]]


def jacobian(network: Network, t: float, y: Any) -> Any:
    """``d rhs / d y``, a CSR array; block-diagonal over the members of ``y`` of shape ``(..., n)``."""
    from scipy import sparse

    y = np.asarray(y, dtype=np.float64)
    lead = np.broadcast_shapes(y.shape[:-1], network.batch_shape)
    point = linearization(network, t, np.broadcast_to(y, (*lead, y.shape[-1])))
    slopes = {key: _slopes(hook, functools.partial(hook.slope, lead=lead)) for key, hook in point.hooks.items()}
    blocks = [_Assembly(network, slopes, point.weights, point.signals, lead, k).matrix() for k in np.ndindex(*lead)]
    return blocks[0] if not lead else sparse.block_diag(blocks, format="csr")


def jacobian_pattern(network: Network) -> Any:
    """Where the Jacobian of one member can differ from zero: a CSR array of ones."""
    lead = network.batch_shape
    point = linearization(network, 0.0, np.broadcast_to(network.initial_state(), (*lead, network.registry.size)))
    ones = {key: _slopes(hook, functools.partial(_ones, hook, lead)) for key, hook in point.hooks.items()}
    weights = {p.path: np.ones(p.connectivity.synapses) for p in network.bound_projections}
    signals = {p.path: np.ones(p.projection.pre.size) for p in network.bound_projections}
    pattern = _Assembly(network, ones, weights, signals, lead, (0,) * len(lead)).matrix()
    pattern.data = np.ones_like(pattern.data)
    return pattern


def _ones(hook: LocalHook, lead: tuple[int, ...], variable: Variable) -> dict[str, np.ndarray]:
    return dict.fromkeys(hook.outputs, np.ones((*lead, hook.length)))


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
        own = ("own", slot.state)
        slope = hook.slope(own, lead)[slot.state].reshape(lead + slot.shape) if own in hook.variables() else 0.0
        parts.setdefault(slot.component, {})[slot.state] = slope
    return network.registry.pack(parts, lead)


def _slopes(hook: LocalHook, slope: Callable[[Variable], dict[str, np.ndarray]]) -> Slopes:
    by_variable = {variable: slope(variable) for variable in hook.variables()}
    return {name: {variable: found[name] for variable, found in by_variable.items()} for name in hook.outputs}


class _Assembly:
    """The chain rule for one member ``k`` of a batch, written with sparse matrices of ``n_state`` columns."""

    def __init__(
        self, network: Network, slopes: dict, weights: dict, signals: dict, lead: tuple[int, ...], k: tuple[int, ...]
    ) -> None:
        self.network, self.registry, self.k = network, network.registry, k
        self._slopes, self._lead = slopes, lead
        self._weights, self._signals = weights, signals

    def matrix(self) -> Any:
        from scipy import sparse

        rows: dict[str, Any] = {}
        sums: dict[tuple[str, str], Any] = {}
        for p in self.network.bound_projections:
            by_post = _by_post(p)
            spread = self._spread(p)
            drive = by_post @ spread if p.lumped else spread
            for hook, axis in HOOKS.items():
                for output in p.states_on(axis) if (p.path, hook) in self._slopes else ():
                    if hook not in ("signal", "efficacy", "current"):
                        rows[f"{p.path}.{output}"] = self._chained(p, hook, output, drive if axis == "edge" else spread)
            current = self._chained(p, "current", "current", drive)
            summed = current if p.lumped else by_post @ current
            sums[p.target] = sums[p.target] + summed if p.target in sums else summed
        for path, bound in self.network.bound_nodes.items():
            for output, found in self._slopes.get((path, "derivatives"), {}).items():
                total = _empty(bound.node.size, self.registry.size)
                for (whose, name), slope in found.items():
                    if whose == "own":
                        total = total + self._local(f"{path}.{name}", np.arange(bound.node.size), slope[self.k])
                    elif (path, name) in sums:
                        total = total + _scaled(sums[path, name], slope[self.k])
                rows[f"{path}.{output}"] = total
        blocks = [rows[slot.path] for slot in self.registry]
        return sparse.vstack(blocks, format="csr") if blocks else sparse.csr_array((0, 0))

    def _spread(self, p: BoundProjection) -> Any:
        """d (weights * signal) / d y on the synapses."""
        _, pre_of = p.connectivity.indices()
        depth = len(p.connectivity.synapses)
        weights = self._weights.get(p.path, p.connectivity.weights)
        weights = _member(weights, depth, self._lead, self.k).ravel()
        spread = _scaled(self._chained(p, "signal", "signal")[pre_of], weights)
        if (p.path, "efficacy") in self._slopes:
            signal = _member(self._signals[p.path], 1, self._lead, self.k)[pre_of]
            spread = spread + _scaled(self._chained(p, "efficacy", "efficacy"), signal)
        return spread

    def _chained(self, p: BoundProjection, hook: str, output: str, drive: Any = None) -> Any:
        """d output / d y: what the hook reads directly, and through its drive."""
        axis = HOOKS[hook]
        total = None
        for variable, slope in self._slopes[p.path, hook][output].items():
            whose, name = variable
            if variable == DRIVE:
                term = _scaled(drive, slope[self.k])
            else:
                owner = {"own": p.path, "pre": p.pre, "post": p.post}[whose]
                index = p.index(axis, p.axis_of(name) if whose == "own" else whose)
                term = self._local(f"{owner}.{name}", index, slope[self.k])
            total = term if total is None else total + term
        return _empty(int(np.prod(p.axes[axis].shape)), self.registry.size) if total is None else total

    def _local(self, path: str, index: np.ndarray, slope: np.ndarray) -> Any:
        from scipy import sparse

        columns = self.registry.slot(path).start + index
        return sparse.csr_array((slope, columns, np.arange(len(slope) + 1)), shape=(len(slope), self.registry.size))


def _member(values: Any, depth: int, lead: tuple[int, ...], k: tuple[int, ...]) -> np.ndarray:
    """Member ``k`` of an array whose batch axes may be fewer or shorter than ``lead``."""
    values = np.asarray(values)
    return np.broadcast_to(values, lead + values.shape[values.ndim - depth :])[k]


def _by_post(p: BoundProjection) -> Any:
    """The matrix that sums values on the synapses for each postsynaptic cell."""
    from scipy import sparse

    post_of, _ = p.connectivity.indices()
    count = len(post_of)
    shape = (p.connectivity.shape[0], count)
    return sparse.csr_array((np.ones(count), (post_of, np.arange(count))), shape=shape)


def _empty(rows: int, columns: int) -> Any:
    from scipy import sparse

    return sparse.csr_array((rows, columns))


def _scaled(matrix: Any, factors: np.ndarray) -> Any:
    """Row k of a CSR matrix times ``factors[k]``."""
    from scipy import sparse

    data = matrix.data * np.repeat(factors, np.diff(matrix.indptr))
    return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
