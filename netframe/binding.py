"""Binding: a component's parameters and states lined up, once, with the axis each of its hooks works on.

This is the only place that reshapes anything. An axis says which declared axes are in reach of it and how an array is
lined up with it, as a table from declared axes to a function; what is not in the table is out of reach.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np

from netframe.arrays import array_namespace, is_foreign, read_only
from netframe.component import Node
from netframe.connectivity import Connectivity, connectivity
from netframe.errors import HookError
from netframe.fields import parameters
from netframe.projections.projection import DERIVATIVE_HOOKS, Projection
from netframe.values import EdgeInputs, LinedUp, LineUps, NodeValues, Values, out_of_reach

_new = object.__new__

#: The axis each hook of a projection works on.
HOOKS = {
    "signal": "pre",
    "pre_derivatives": "pre",
    "efficacy": "synapse",
    "derivatives": "edge",
    "current": "edge",
    "synapse_derivatives": "synapse",
    "post_derivatives": "post",
}


@attrs.frozen
class Axis:
    """One axis of a projection: the trailing shape of arrays on it, and how others are lined up with it."""

    name: str
    shape: tuple[int, ...]
    reach: Mapping[tuple[str, ...], Callable[[Any], Any]]


class BoundNode:
    """A node in its place in a network."""

    def __init__(self, path: str, node: Node) -> None:
        self.path, self.node = path, node
        self.on_cells = _numbered(node)
        self.silence = {port: np.broadcast_to(0.0, (node.size,)) for port in node.ports}

    def values(self, t: Any, own: Mapping[str, Values]) -> NodeValues:
        """The node's states and its rate on demand, from the unpacked state of the network."""
        return NodeValues(self.on_cells.rate, t, own[self.path].__dict__ if self.path in own else {})


class BoundProjection:
    """A projection in its place in a network, each hook with parameters and states lined up for it.

    ``synapses`` are those of its weights unless given.
    """

    def __init__(
        self, path: str, projection: Projection, pre: str, post: str, *, synapses: Connectivity | None = None
    ) -> None:
        self.path, self.projection, self.pre, self.post = path, projection, pre, post
        self.target = (post, projection.port)
        self.connectivity = synapses or connectivity(projection.weights, projection.post.size, projection.pre.size)
        self.lumped = projection.resolution == "lumped"
        cls = type(projection)
        self.overrides = frozenset(hook for hook in HOOKS if getattr(cls, hook) is not getattr(Projection, hook))
        self._declared = {name: projection.axes_of(info)[0] for name, info in projection.state_variables().items()}
        single = "efficacy" in self.overrides or "synapse" in self._declared.values()
        self.axes = _axes(self.connectivity, self.lumped, single)
        self.on = {name: _lined_up(projection, self.connectivity, axis) for name, axis in self.axes.items()}
        if self.lumped and not {"efficacy"} & self.overrides:
            self.on["edge"].__dict__["_made_later"] = {"weights": self._row_sums}
        self.derivative_hooks = [
            (hook, axis) for axis, hook in DERIVATIVE_HOOKS.items() if axis in self._declared.values()
        ]
        self._own = {name: _own_states(self._declared, axis) for name, axis in self.axes.items()}
        self._edge, self._edge_states = self.on["edge"], self._own["edge"]
        self._only_edge_states = self.derivative_hooks == [("derivatives", "edge")]
        self._own_signal, self._own_efficacy = "signal" in self.overrides, "efficacy" in self.overrides
        self._apply = self.connectivity.apply if self.lumped and not self._own_efficacy else None
        self._from_pre: LineUps = {None: self.connectivity.from_pre}
        self._from_post: LineUps = {None: self.connectivity.from_post}

    @functools.cached_property
    def _weights(self) -> Any:
        return self.connectivity.weights

    def _row_sums(self) -> Any:
        """The weights summed over presynaptic cells, ``(..., n_post)``."""
        namespace = array_namespace(*(x for x in [self.projection.weights] if is_foreign(x)))
        return self.connectivity.apply(namespace.ones(self.connectivity.shape[1]))

    def state_shape(self, name: str) -> tuple[int, ...]:
        """The trailing shape of a state."""
        return self.axes[self._declared[name]].shape

    def axis_of(self, name: str) -> str:
        """The axis a state is declared on."""
        return self._declared[name]

    def states_on(self, axis: str) -> tuple[str, ...]:
        """The states declared on an axis."""
        return tuple(name for name, own in self._declared.items() if own == axis)

    def index(self, axis: str, along: str) -> np.ndarray:
        """For each entry of an axis, flattened, the entry of another axis that is lined up with it."""
        if along in ("pre", "post") and ("synapse",) in self.axes[axis].reach:
            return self.connectivity.indices()[along == "pre"]
        return np.arange(math.prod(self.axes[axis].shape))

    def on_synapses(self, name: str) -> bool:
        """Whether a state has one number per synapse."""
        return ("synapse",) in self.axes[self._declared[name]].reach

    def states(self, axis: str, own: Values) -> Values:
        """The projection's own states as a hook on ``axis`` sees them."""
        how = self._own[axis]
        return own if how is None else LinedUp(own, how)

    def signal(self, t: Any, own: Values, pre: Values) -> Any:
        """What the presynaptic cells send, ``(..., n_pre)``."""
        return self.on["pre"].signal(t, self.states("pre", own), pre) if "signal" in self.overrides else pre.rate

    def efficacy(self, t: Any, own: Values) -> Any:
        """The weights in force, on the synapses."""
        if not self._own_efficacy:
            return self._weights
        weights, shape = self.on["synapse"].efficacy(t, self.states("synapse", own)), self.axes["synapse"].shape
        given = np.shape(weights)
        if given[-len(shape) :] != shape and all(have in (1, want) for have, want in zip(given[::-1], shape[::-1])):
            weights = array_namespace(weights).broadcast_to(weights, (*given[: -len(shape)], *shape))
        return weights

    def drive(self, t: Any, own: Values, pre: Values) -> Any:
        """The signal through the weights, on the edge axis."""
        return self.driven(t, own, self.signal(t, own, pre) if self._own_signal else pre.rate)

    def driven(self, t: Any, own: Values, signal: Any) -> Any:
        """A signal through the weights, on the edge axis."""
        if self._apply is not None:
            return self._apply(signal)
        weights = self.efficacy(t, own) if self._own_efficacy else self._weights
        if self.lumped:
            return self.connectivity.product(weights, signal)
        return weights * self.connectivity.from_pre(signal)

    def edge(self, own: Values, pre: Values, post: Values, drive: Any) -> tuple[Values, EdgeInputs]:
        """What the hooks on the edge axis are handed: the projection's states, and what arrives."""
        s = own if self._edge_states is None else LinedUp(own, self._edge_states)
        if self.lumped:
            inputs = _new(EdgeInputs)
            inputs.__dict__ = {"drive": drive, "post": post}
            return s, inputs
        return s, self._on_synapses(pre, post, drive=drive)

    def _on_synapses(self, pre: Values, post: Values, **drive: Any) -> EdgeInputs:
        ends = {"pre": LinedUp(pre, self._from_pre), "post": LinedUp(post, self._from_post)}
        return EdgeInputs.of(drive | ends)

    def terms(self, t: Any, own: Values, pre: Values, post: Values, drive: Any) -> tuple[dict[str, Any], Any]:
        """What the projection contributes: the time derivatives of its states, and the current to its port."""
        s, inputs = self.edge(own, pre, post, drive)
        current = self._edge.current(t, s, inputs)
        if not self.lumped:
            current = self.summed(current)
        if self._only_edge_states:
            found = self._edge.derivatives(t, s, inputs)
            return found if type(found) is dict else _checked(found, self.projection, "derivatives"), current
        found = {}
        for hook, axis in self.derivative_hooks:
            if axis == "edge" or (axis == "synapse" and not self.lumped):
                value = getattr(self.on[axis], hook)(t, s, inputs)
            else:
                value = self.hook(hook, t, own, pre, post, lambda: self.spread(t, own, self.signal(t, own, pre)))
            found.update(_checked(value, self.projection, hook))
        return found, current

    def hook(self, hook: str, t: Any, own: Values, pre: Values, post: Values, drive: Callable[[], Any]) -> Any:
        """One hook of the projection, called with what its axis has in reach."""
        axis = HOOKS[hook]
        method, s = getattr(self.on[axis], hook), self.states(axis, own)
        if hook == "efficacy":
            return method(t, s)
        if axis in ("pre", "post"):
            return method(t, s, pre if axis == "pre" else post)
        if axis == "edge" and self.lumped:
            return method(t, s, EdgeInputs.of({"_drive": drive, "post": post}))
        return method(t, s, self._on_synapses(pre, post, _drive=drive))

    def spread(self, t: Any, own: Values, signal: Any) -> Any:
        """The signal times the weights, on the synapses."""
        return self.efficacy(t, own) * self.connectivity.from_pre(signal)

    def current(self, t: Any, s: Values, inputs: Values) -> Any:
        """What the projection adds to its port, ``(..., n_post)``."""
        current = self._edge.current(t, s, inputs)
        return current if self.lumped else self.summed(current)

    def summed(self, edge: Any) -> Any:
        """An array on the edge axis summed over presynaptic cells."""
        if self.lumped:
            return edge
        shape = self.axes["edge"].shape
        if np.shape(edge)[-len(shape) :] != shape:
            edge = np.broadcast_to(edge, np.broadcast_shapes(np.shape(edge), shape))
        return self.connectivity.sum_over_pre(edge)


def _checked(result: Any, projection: Projection, hook: str) -> dict[str, Any]:
    if type(result) is not dict and not isinstance(result, dict):
        text = f"{hook} returned {type(result).__name__}; expected a dictionary of state names and derivatives"
        raise HookError(text, component=type(projection).__name__, path=projection.name)
    return result


def _axes(synapses: Connectivity, lumped: bool, single: bool) -> dict[str, Axis]:
    """The axes of a projection; that of single synapses only where it is used, since it may have to be written out."""
    n_post, n_pre = synapses.shape
    pre = Axis("pre", (n_pre,), {(): _append_axes(1), ("pre",): _as_is})
    post_reach = {(): _append_axes(1), ("post",): _as_is}
    post = Axis("post", (n_post,), post_reach)
    if lumped:
        edge = Axis("lumped", (n_post,), post_reach | {("edge",): _as_is})
        if not single:
            return {"pre": pre, "edge": edge, "post": post}
    synapse_reach = {
        (): _append_axes(len(synapses.synapses)),
        ("post",): synapses.from_post,
        ("pre",): synapses.from_pre,
        ("post", "pre"): synapses.from_matrix,
        ("synapse",): _as_is,
    }
    if not lumped:
        synapse_reach[("edge",)] = _as_is
        edge = Axis("synapse", synapses.synapses, synapse_reach)
    return {
        "pre": pre,
        "edge": edge,
        "synapse": Axis("synapse", synapses.synapses, synapse_reach),
        "post": post,
    }


def _as_is(x: Any) -> Any:
    return x


def _append_axes(depth: int) -> Callable[[Any], Any]:
    return lambda x: x[(..., *(None,) * depth)]


def _own_states(declared: Mapping[str, str], axis: Axis) -> LineUps | None:
    """How an axis sees the projection's states; ``None`` when all are in reach as they are."""
    how: LineUps = {
        name: axis.reach.get((own,), out_of_reach(f"state '{name}'", (own,), axis.name))
        for name, own in declared.items()
    }
    return None if all(line_up is _as_is for line_up in how.values()) else how


def _numbered(declared: Any) -> Any:
    """A copy of a declared object with its numbers, and those of its parts, as arrays without axes."""
    copy = object.__new__(type(declared))
    parts = {name: _numbered(part) for name, part in declared.parts().items()}
    copy.__dict__.update({name: _number(value) for name, value in declared.__dict__.items()} | parts)
    return copy


def _number(value: Any) -> Any:
    """A Python float as an array without axes, which NumPy multiplies with arrays in two thirds of the time."""
    return read_only(np.array(value)) if type(value) is float else value


def _lined_up(projection: Projection, synapses: Connectivity, axis: Axis) -> Projection:
    """A copy of the projection whose parameters are lined up with an axis; those out of reach explain themselves."""
    copy = object.__new__(type(projection))
    copy.__dict__.update(projection.__dict__)
    for name, info in parameters(type(projection)).items():
        on_synapses = name == "weights"
        axes = ("synapse",) if on_synapses else info.axes
        within = axes in axis.reach
        value = synapses.weights if on_synapses and within else projection.__dict__[name]
        if within:
            copy.__dict__[name] = axis.reach[axes](value) if getattr(value, "ndim", 0) else _number(value)
        elif on_synapses or bool(getattr(value, "ndim", 0)):
            del copy.__dict__[name]
            copy.__dict__.setdefault("_why", {})[name] = out_of_reach(f"parameter '{name}'", axes, axis.name)
    return copy
