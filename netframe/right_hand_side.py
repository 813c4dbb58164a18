"""RightHandSide: the time derivative of the whole state, for one stretch of time.

Four hops: unpack the state, ask the nodes for rates and the projections for currents and derivatives, ask the
populations for derivatives, pack.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.arrays import array_namespace, read_only
from netframe.binding import BoundProjection
from netframe.errors import HookError, ParameterError
from netframe.inputs.source import InputSource
from netframe.values import NodeValues, Values

if TYPE_CHECKING:
    from netframe.network import Network

_NOTHING = Values()


def _promises(cls: type) -> bool:
    """Whether ``constant_between`` speaks of the ``rate`` that is called, and not of one a subclass replaced."""
    rate, promise = (
        next(k for k, c in enumerate(cls.__mro__) if name in vars(c)) for name in ("rate", "constant_between")
    )
    return rate >= promise


class RightHandSide:
    """``dy/dt = rhs(t, y)`` of a network from ``t0`` to ``t1``, pure, for any leading shape of ``y``.

    What is constant over the stretch is computed here and not in a call: the drive ``weights @ rate`` of an input
    that does not change. At ``t1`` a call gives the limit from the left, so that a jump there stays out of the stretch.
    """

    def __init__(self, network: Network, t0: float = -math.inf, t1: float = math.inf) -> None:
        self.network, self.registry, self._size = network, network.registry, network.registry.size
        self._batch_shape, self._foreign = network.batch_shape, network.foreign
        self._last = math.nextafter(t1, -math.inf) if math.isfinite(t1) else None
        middle = 0.5 * (t0 + t1) if math.isfinite(t0) and math.isfinite(t1) else 0.0
        self._constant = {
            bound.path: NodeValues(bound.on_cells.rate, middle, {})
            for bound in network.bound_nodes.values()
            if isinstance(bound.node, InputSource) and bound.path not in network.stateful
            if _promises(type(bound.node)) and bound.node.constant_between(t0, t1)
        }
        for values in self._constant.values():
            values.rate  # noqa: B018  computed here, outside of any trace
        self._varying = [bound for path, bound in network.bound_nodes.items() if path not in self._constant]
        self._driven = [
            (b.path, b.on_cells, [(port, (b.path, port), zero) for port, zero in b.silence.items()])
            for b in self._varying
            if b.path in network.stateful
        ]
        self._projections = [
            (p, p.path if p.path in network.stateful else "", self._constant_drive(p, middle))
            for p in network.bound_projections
        ]

    def _constant_drive(self, p: BoundProjection, t: float) -> Any:
        """The drive of a projection from a constant input, closed for writing, or ``None``."""
        if p.pre not in self._constant or p.overrides & {"signal", "efficacy"}:
            return None
        drive = p.drive(t, _NOTHING, self._constant[p.pre])
        return read_only(drive) if isinstance(drive, np.ndarray) else drive

    def __call__(self, t: Any, y: Any) -> Any:
        plain = type(y) is np.ndarray and isinstance(t, float)  # np.float64, as solvers pass, is one
        if not plain and not hasattr(y, "shape"):
            y = np.asarray(y, dtype=np.float64)
        lead = y.shape[:-1]
        if y.shape != (*lead, self._size):
            text = f"y has shape {y.shape}; its last axis must be {self._size} states"
            raise ParameterError(text, component="Network", path=self.network.name)
        if self._last is not None:
            t = min(t, self._last) if plain else array_namespace(t).minimum(t, self._last)
        own = self.registry.unpack(y)
        nodes = self._values(t, own)
        parts: dict[str, Any] = {}
        sums: dict[tuple[str, str], Any] = {}
        for p, path, drive in self._projections:
            mine, pre, post = own[path] if path else _NOTHING, nodes[p.pre], nodes[p.post]
            if drive is None:
                drive = p.drive(t, mine, pre)
            parts[path], current = p.terms(t, mine, pre, post, drive)
            target = p.target
            sums[target] = sums[target] + current if target in sums else current
        for path, node, ports in self._driven:
            arriving = {}
            for port, target, silence in ports:
                arriving[port] = sums.get(target, silence)
            parts[path] = node.derivatives(t, nodes[path], Values.of(arriving))
        if self._batch_shape:
            lead = np.broadcast_shapes(lead, self._batch_shape)
        return self.registry.pack(parts, lead, self._foreign or (np if plain else array_namespace(y, t)))

    def _values(self, t: Any, own: dict[str, Values]) -> dict[str, Any]:
        """The values of every node; those of constant inputs are the same at every call."""
        nodes: dict[str, Any] = dict(self._constant)
        for bound in self._varying:
            nodes[bound.path] = bound.values(t, own)
        return nodes

    def quantity(self, t: Any, y: Any, path: str) -> Any:
        """A state, or what is computed from the states: ``E.rate``, ``E.current``, ``FFE_to_E.current`` and so on."""
        component, _, name = path.rpartition(".")
        own = self.registry.unpack(y)
        if path in self.registry:
            return own[component][name]
        nodes, bound = self._values(t, own), self.network.bound_nodes.get(component)
        if bound and name == "rate":
            return nodes[component].rate
        total: Any = bound.silence[name] if bound else None
        for p, _, constant in self._projections:
            if p.path != component and p.target != (component, name):
                continue
            mine, pre, post = own.get(p.path, _NOTHING), nodes[p.pre], nodes[p.post]
            if p.path == component and name == "signal":
                return p.signal(t, mine, pre)
            drive = p.drive(t, mine, pre) if constant is None else constant
            if p.path == component and name == "drive":
                return drive
            current = p.current(t, *p.edge(mine, pre, post, drive))
            total = current if total is None else total + current
        if total is None:
            raise HookError(f"no quantity '{path}'")
        return total
