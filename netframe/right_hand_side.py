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


class RightHandSide:
    """``dy/dt = rhs(t, y)`` of a network from ``t0`` to ``t1``, pure, for any leading shape of ``y``.

    What is constant over the stretch is computed here and not in a call: the drive ``weights @ rate`` of an input
    that does not change. At ``t1`` a call gives the limit from the left, so that a jump there stays out of the stretch.
    """

    def __init__(self, network: Network, t0: float = -math.inf, t1: float = math.inf) -> None:
        self.network, self.registry = network, network.registry
        self._nodes, self._projections = network.bound_nodes, network.bound_projections
        self._last = math.nextafter(t1, -math.inf) if math.isfinite(t1) else None
        middle = 0.5 * (t0 + t1) if math.isfinite(t0) and math.isfinite(t1) else 0.0
        constant = {
            bound.path: NodeValues(bound.node.rate, middle, {})
            for bound in self._nodes.values()
            if isinstance(bound.node, InputSource) and bound.path not in network.stateful
            if bound.node.constant_between(t0, t1)
        }
        self._constant_drive = {
            p.path: _closed(p.drive(middle, _NOTHING, constant[p.pre].rate))
            for p in self._projections
            if p.pre in constant and not p.overrides & {"signal", "efficacy"}
        }

    def __call__(self, t: Any, y: Any) -> Any:
        network, plain = self.network, type(y) is np.ndarray and isinstance(t, float)
        if not plain and not hasattr(y, "shape"):
            y = np.asarray(y, dtype=np.float64)
        if y.shape[-1:] != (self.registry.size,):
            text = f"y has shape {y.shape}; its last axis must be {self.registry.size} states"
            raise ParameterError(text, component="Network", path=network.name)
        if self._last is not None:
            t = min(t, self._last) if isinstance(t, float) else array_namespace(t).minimum(t, self._last)
        own = self.registry.unpack(y)
        nodes = {path: bound.values(t, own) for path, bound in self._nodes.items()}
        parts: dict[str, Any] = {}
        sums: dict[tuple[str, str], Any] = {}
        for p in self._projections:
            mine, pre, post = own.get(p.path, _NOTHING), nodes[p.pre], nodes[p.post]
            s, inputs = p.edge(mine, pre, post, self.drive(p, t, mine, pre))
            if p.path in own:
                parts[p.path] = p.derivatives(t, mine, pre, post, s, inputs)
            current, target = p.current(t, s, inputs), p.target
            sums[target] = sums[target] + current if target in sums else current
        for path, bound in self._nodes.items():
            if path in own:
                arriving = {port: sums.get((path, port), zero) for port, zero in bound.silence.items()}
                parts[path] = bound.node.derivatives(t, nodes[path], Values.of(arriving))
        lead = y.shape[:-1]
        if network.batch_shape and lead != network.batch_shape:
            lead = np.broadcast_shapes(lead, network.batch_shape)
        return self.registry.pack(parts, lead, network.foreign or (np if plain else array_namespace(y, t)))

    def drive(self, p: BoundProjection, t: Any, own: Values, pre: Values) -> Any:
        """The signal of a projection through its weights, on its edge axis."""
        constant = self._constant_drive.get(p.path)
        return p.drive(t, own, p.signal(t, own, pre)) if constant is None else constant

    def quantity(self, t: Any, y: Any, path: str) -> Any:
        """A state, or what is computed from the states: ``E.rate``, ``E.current``, ``FFE_to_E.current`` and so on."""
        component, _, name = path.rpartition(".")
        own = self.registry.unpack(y)
        if path in self.registry:
            return own[component][name]
        if component in self._nodes and name == "rate":
            return self._nodes[component].values(t, own).rate
        projections = [p for p in self._projections if p.path == component or p.target == (component, name)]
        total: Any = self._nodes[component].silence[name] if component in self._nodes else None
        for p in projections:
            mine, pre, post = (own.get(p.path, _NOTHING), *(self._nodes[end].values(t, own) for end in (p.pre, p.post)))
            if p.path == component and name == "signal":
                return p.signal(t, mine, pre)
            drive = self.drive(p, t, mine, pre)
            if p.path == component and name == "drive":
                return drive
            current = p.current(t, *p.edge(mine, pre, post, drive))
            total = current if total is None else total + current
        if total is None:
            raise HookError(f"no quantity '{path}'")
        return total


def _closed(drive: Any) -> Any:
    """What is computed once is closed for writing, so that no hook can change the next evaluation."""
    return read_only(drive) if isinstance(drive, np.ndarray) else drive
