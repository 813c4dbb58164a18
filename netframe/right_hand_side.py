"""RightHandSide: the time derivative of the whole state, for one stretch of time.

Four hops: unpack the state, ask the nodes for rates and the projections for currents and derivatives, ask the
populations for derivatives, pack.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.arrays import array_namespace, read_only
from netframe.binding import BoundProjection
from netframe.errors import HookError, ParameterError, brief
from netframe.packing import Packing, Piece
from netframe.promises import speaks_of
from netframe.registry import Places, views
from netframe.row_blocks import Misfit, RowBlocks
from netframe.terms import terms
from netframe.values import NodeValues, Values

if TYPE_CHECKING:
    from netframe.network import Network

#: A node whose values change: its path, its hook, where its states are, and whether its rate is sure to be asked for.
Varying = tuple[str, Callable[..., Any], Places, bool]

_NOTHING = Values()
_new = object.__new__


def constant_sources(network: Network, t0: float, t1: float) -> frozenset[str]:
    """The inputs that are one and the same from ``t0`` to ``t1``, by their own word."""
    known: dict[str, Any] | None = network.__dict__.get("_outspoken")
    if known is None:
        known = network.__dict__["_outspoken"] = {
            path: source
            for path, source in network.sources.items()
            if path not in network.stateful and speaks_of(type(source), "constant_between", ("rate",))
        }
    return frozenset(path for path, source in known.items() if source.constant_between(t0, t1))


class RightHandSide:
    """``dy/dt = rhs(t, y)`` of a network from ``t0`` to ``t1``, pure, for any leading shape of ``y``.

    What is constant over the stretch is computed here and not in a call: the drive ``weights @ rate`` of an input
    that does not change, among ``constant``. ``drives`` are those constant ones that are known already, by projection.
    ``bundled`` evaluates like projections together. At ``t1`` a call gives the limit from the left, so that a jump
    there stays out of the stretch.
    """

    def __init__(
        self,
        network: Network,
        t0: Any = -math.inf,
        t1: Any = math.inf,
        constant: frozenset[str] | None = None,
        bundled: bool = True,
        drives: Mapping[str, Any] | None = None,
    ) -> None:
        self.network, self.registry, self._size = network, network.registry, network.registry.size
        self._batch_shape, self._foreign = network.batch_shape, network.foreign
        bounded = not (isinstance(t1, float) and math.isinf(t1))
        self._last = _just_before(t1) if bounded else None
        middle = 0.5 * (t0 + t1) if bounded and not (isinstance(t0, float) and math.isinf(t0)) else 0.0
        constant = constant_sources(network, t0, t1) if constant is None else constant
        nodes = network.bound_nodes
        self._constant = {path: NodeValues(nodes[path].on_cells.rate, middle, {}) for path in nodes if path in constant}
        for values in self._constant.values():
            values.rate  # noqa: B018  computed here, outside of any trace
        known = drives or {}
        self._drives = {
            p.path: known[p.path] if p.path in known else self._constant_drive(p, middle)
            for p in network.bound_projections
        }
        self._terms = terms(network.bound_projections, self._drives, self.registry, bundled)
        self._blocks = any(term.blocks for term in self._terms)
        varying = [(path, bound) for path, bound in nodes.items() if path not in constant]
        senders = {p.pre for p in network.bound_projections if "signal" not in p.overrides}
        self._varying: list[Varying] = [
            (path, b.on_cells.rate, self.registry.places(path), path in senders) for path, b in varying
        ]
        self._driven = [
            (path, b.on_cells, [(port, (path, port), zero) for port, zero in b.silence.items()])
            for path, b in varying
            if path in network.stateful
        ]
        self._packing = self._pieces()

    def _as_state(self, y: Any) -> Any:
        """A list of numbers as an array; for paths and values there is ``initial_state``."""
        try:
            return np.asarray(y, dtype=np.float64)
        except (TypeError, ValueError):
            text, remedy = f"y is {brief(y)}; it must be an array of {self._size} states", ""
            if isinstance(y, Mapping):
                remedy = f"Write network.initial_state({brief(y)})"
            raise ParameterError(text, component="Network", path=self.network.name, remedy=remedy) from None

    @property
    def constant_drives(self) -> dict[str, Any]:
        """The drives that are the same at every call, by projection."""
        return {path: drive for path, drive in self._drives.items() if drive is not None}

    def _constant_drive(self, p: BoundProjection, t: Any) -> Any:
        """The drive of a projection from a constant input, closed for writing, or ``None``."""
        if p.pre not in self._constant or p.overrides & {"signal", "efficacy"}:
            return None
        drive = p.drive(t, _NOTHING, self._constant[p.pre])
        return read_only(drive) if isinstance(drive, np.ndarray) else drive

    def _pieces(self) -> Packing:
        """Where the pieces of the derivative come from, in the order of the state."""
        found = {path: (term, piece) for term in self._terms for path, piece in term.pieces()}
        pieces: list[Piece] = []
        for slot in self.registry:
            if slot.component in self.network.bound_nodes:
                pieces.append(Piece(slot.component, slot.state, slot.shape))
            elif slot.path in found:
                term, (state, j) = found[slot.path]
                pieces.append(Piece(term.key, state, (*term.stacked, *slot.shape), j))
        counts = {term.key: len(term.states) for term in self._terms}
        return Packing(pieces, counts | {path: len(self.registry.states_of(path)) for path, _, _ in self._driven})

    def __call__(self, t: Any, y: Any) -> Any:
        plain = type(y) is np.ndarray and isinstance(t, float)  # np.float64, as solvers pass, is one
        if not plain and not hasattr(y, "shape"):
            y = self._as_state(y)
        lead = y.shape[:-1]
        if y.shape != (*lead, self._size):
            text = f"y has shape {y.shape}; its last axis must be {self._size} states"
            raise ParameterError(text, component="Network", path=self.network.name)
        if self._last is not None:
            t = min(t, self._last) if plain else array_namespace(t, self._last).minimum(t, self._last)
        xp = self._foreign or (np if plain else array_namespace(y, t))
        if self._batch_shape and lead != (full := np.broadcast_shapes(lead, self._batch_shape)):
            y, lead = xp.broadcast_to(y, (*full, self._size)), full
        out = np.empty((*lead, self._size)) if self._blocks and xp is np else None
        nodes = self.nodes(t, y, lead, self._varying)
        parts: dict[str, Any] = {}
        sums: dict[tuple[str, str], Any] = {}
        for term in self._terms:
            if out is None or term.blocks is None:
                parts[term.key], current = term(t, y, lead, nodes)
            else:
                current = self._in_blocks(term.blocks, t, y, lead, nodes, out)
            target = term.target
            sums[target] = sums[target] + current if target in sums else current
        for path, node, ports in self._driven:
            inputs = _new(Values)
            arriving = inputs.__dict__
            for port, target, silence in ports:
                arriving[port] = sums.get(target, silence)
            parts[path] = node.derivatives(t, nodes[path], inputs)
        try:
            return self._packing.packed(parts, lead, xp) if out is None else self._packing.written(parts, lead, out)
        except (KeyError, ValueError, TypeError, IndexError) as error:
            raise self._misfit(t, y, error) from None

    def varying(self, paths: Collection[str]) -> list[Varying]:
        """Those of some nodes whose values differ from call to call, their rates left until somebody asks."""
        return [(path, rate, places, False) for path, rate, places, _ in self._varying if path in paths]

    def nodes(self, t: Any, y: Any, lead: tuple[int, ...], varying: list[Varying]) -> dict[str, Any]:
        """The values of those nodes, and of constant inputs, which are the same at every call."""
        nodes: dict[str, Any] = self._constant.copy()
        for path, rate, places, sends in varying:
            values = nodes[path] = _new(NodeValues)
            known = values.__dict__ = views(places, y, lead)
            known["_rate"], known["_t"] = rate, t
            if sends:  # asked for here, which is quicker than on demand
                known["rate"] = rate(t, values)
        return nodes

    def _in_blocks(self, blocks: RowBlocks, t: Any, y: Any, lead: tuple[int, ...], nodes: Any, out: np.ndarray) -> Any:
        try:
            return blocks.write(t, y, lead, nodes, out)
        except Misfit as error:
            raise self._misfit(t, y, error.args[0]) from None

    def _misfit(self, t: Any, y: Any, error: Exception) -> Exception:
        """What is wrong with what the hooks returned, told by a rehearsal."""
        from netframe.rehearsal import rehearse

        try:
            rehearse(self.network, t, np.asarray(y))
        except HookError as found:
            return found
        return HookError(f"the values cannot be packed ({error})")


def _just_before(t: Any) -> Any:
    """The largest number below a time."""
    return math.nextafter(t, -math.inf) if isinstance(t, float) else array_namespace(t).nextafter(t, -math.inf)
