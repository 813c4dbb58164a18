"""Network: components wired together, their states flattened into one vector with one right-hand side."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn, Self

import attrs
import numpy as np

from netframe import wiring
from netframe.arrays import array_namespace, is_concrete, is_foreign
from netframe.binding import BoundNode, BoundProjection
from netframe.calls import explained
from netframe.component import Component, Node
from netframe.errors import ImmutableError, ParameterError, UnknownNameError, brief, suggestion
from netframe.fields import component, leading, parameters
from netframe.inputs.source import InputSource
from netframe.paths import require_path
from netframe.projections.projection import Projection
from netframe.quantities import reader
from netframe.rebuilding import changed_fields, places_of, rebuilt
from netframe.registry import StateRegistry
from netframe.right_hand_side import RightHandSide
from netframe.start import started

_HEADER = ("path", "type", "extent", "states", "entries", "parameters")


#: How things are written that people ask of a network as attributes.
_ELSEWHERE = {
    "Write nf.simulate(network, duration)": "run simulate solve integrate run_for",
    "Write nf.save_network(network, 'net.toml')": "save to_toml to_json dump",
    "Write nf.plotting.plot_network(network)": "plot draw show",
    "A network is made whole: Network(name, [*network.components, ...])": "add append connect add_population remove",
    "Its inputs, populations and projections are in network.components": "populations projections inputs nodes edges",
}


@attrs.frozen
class Quantity:
    """The trailing shape and the unit of something a solution can be asked for."""

    shape: tuple[int, ...]
    unit: str


@component
class Network(Component):
    """Populations, inputs, projections and further networks, solved as one system of differential equations.

    A network is immutable and checked when it is made. Components are found by dotted paths, ``net["CA1.E"]``; the
    state vector holds their states in the order of the components, ``net.registry`` says where.

    Example:
        >>> import netframe as nf
        >>> ffe, e = nf.ConstantInput("FFE", rates=np.full(3, 10.0)), nf.LeakyRate("E", size=2)
        >>> net = nf.Network("n", [ffe, e, nf.ReversalSynapse(ffe, e, weights=np.ones((2, 3)), g=2e-5)])
        >>> net.registry.locate(3), net["FFE_to_E"].pre is ffe
        ('FFE_to_E.i[1]', True)
        >>> net.rhs(0.0, net.initial_state()).shape
        (4,)
        >>> net.with_parameters({"E.tau": 0.1})["E"].tau
        0.1
    """

    components: Sequence[Component] = leading(kw_only=False)
    registry: StateRegistry = attrs.field(init=False)
    batch_shape: tuple[int, ...] = attrs.field(init=False)
    bound_nodes: dict[str, BoundNode] = attrs.field(init=False)
    bound_projections: tuple[BoundProjection, ...] = attrs.field(init=False)
    stateful: frozenset[str] = attrs.field(init=False)
    foreign: Any = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.components, Iterable) or isinstance(self.components, (str, Mapping)):
            text = f"components is {brief(self.components)}; it must be a list of components"
            text += ", such as list(components.values())" * isinstance(self.components, Mapping)
            raise ParameterError(text, component="Network", path=self.name, attribute="components")
        object.__setattr__(self, "components", tuple(self.components))
        super().__attrs_post_init__()
        paths = dict(wiring.flattened(self.components))
        nodes = wiring.node_paths(self.label, paths)
        bound: dict[str, Any] = {}
        for path, part in paths.items():
            if isinstance(part, Node):
                bound[path] = BoundNode(path, part)
            elif isinstance(part, Projection):
                ends = [wiring.end(self.label, path, part, end, nodes) for end in ("pre", "post")]
                bound[path] = BoundProjection(path, part, *ends)
        own = self.__dict__
        own["bound_nodes"] = {path: b for path, b in bound.items() if isinstance(b, BoundNode)}
        own["bound_projections"] = tuple(b for b in bound.values() if isinstance(b, BoundProjection))
        own["registry"] = StateRegistry([entry for path, b in bound.items() for entry in wiring.entries(path, b)])
        own["stateful"] = frozenset(slot.component for slot in self.registry)
        own["batch_shape"] = wiring.batch_shape(
            self.label, {path: b for path, b in paths.items() if not isinstance(b, Network)}
        )
        owners = [owner for c in paths.values() for owner in _with_parts(c)]
        values = (getattr(owner, name) for owner in owners for name in parameters(type(owner)))
        own["foreign"] = next((array_namespace(value) for value in values if is_foreign(value)), None)
        if self.foreign is not None:
            self._whole  # noqa: B018  computed here, outside of any trace

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        for part in self.components:
            if isinstance(part, (list, tuple)):
                yield f"{brief(part)} is not a component but a list of them; take them out of it, by a * before it"
            elif not isinstance(part, Component):
                yield f"{brief(part)} is not a component; populations, inputs, projections and networks are"
        parts = {id(part): part for part in self.components if isinstance(part, Component)}
        for part in parts.values():
            if sum(part is other for other in self.components) > 1:
                yield f"the same {part.label} is there twice; drop one, or add a copy by .copy('{part.name}_2')"
        names = [part.name for part in parts.values()]
        for name in dict.fromkeys(n for n in names if names.count(n) > 1):
            remedy = "give each its own with name=... or .copy(name)"
            yield f"{names.count(name)} components have the name '{name}'; {remedy}"

    def __reduce__(self) -> Any:
        return type(self), (self.name, self.components)

    # Looking things up.

    def __getitem__(self, path: str) -> Any:
        """The component at a dotted path; an unknown one raises :class:`UnknownNameError`."""
        require_path(path, self.paths, "network[path]", component="Network", path=self.name)
        owner, _, name = path.rpartition(".")
        if path not in self.paths and owner in self.paths and hasattr(self.paths[owner], name):
            text, remedy = f"'{path}' is not a component", f"Write network['{owner}'].{name}"
            raise UnknownNameError(text, path=self.name, component="Network", remedy=remedy)
        if path not in self.paths:
            raise UnknownNameError(
                f"no component '{path}'", path=self.name, component="Network", remedy=suggestion(path, self.paths)
            )
        return self.paths[path]

    def __setitem__(self, path: str, value: Any) -> NoReturn:
        text = f"'{path}' cannot be assigned, the network is immutable"
        remedy = f"Make a changed one: network.with_parameters({{{str(path)!r}: ...}}), or Network(name, [...])"
        raise ImmutableError(text, component="Network", path=self.name, attribute=str(path), remedy=remedy)

    def written_otherwise(self, name: str) -> str:
        if name in self.paths:
            return f"Write network['{name}']"
        return next((how for how, names in _ELSEWHERE.items() if name in names.split()), "")

    def __contains__(self, path: object) -> bool:
        return path in self.paths

    def __iter__(self) -> Iterator[str]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.paths)

    @functools.cached_property
    def paths(self) -> dict[str, Component]:
        """Every component by its path, those inside networks included."""
        return dict(wiring.flattened(self.components))

    @functools.cached_property
    def quantities(self) -> dict[str, Quantity]:
        """What a solution can be asked for, by path: states, rates, sums at ports, and what projections carry."""
        found = {slot.path: Quantity(slot.shape, slot.unit) for slot in self.registry}
        for path, bound in self.bound_nodes.items():
            found[f"{path}.rate"] = Quantity((bound.node.size,), bound.node.rate_unit)
            found |= {f"{path}.{port}": Quantity((bound.node.size,), unit) for port, unit in bound.node.ports.items()}
        for p in self.bound_projections:
            unit = p.projection.signal_unit or p.projection.pre.rate_unit
            found[f"{p.path}.signal"] = Quantity(p.axes["pre"].shape, unit)
            found[f"{p.path}.drive"] = Quantity(p.axes["edge"].shape, unit)
            found[f"{p.path}.current"] = Quantity(p.axes["post"].shape, p.projection.post.ports[p.projection.port])
        return found

    # The system of equations.

    @functools.cached_property
    def _whole(self) -> RightHandSide:
        """The right-hand side for all times, made when asked for: constant drives of a whole batch may be large."""
        return RightHandSide(self)

    def rhs(self, t: Any, y: Any) -> Any:
        """``dy/dt`` at time ``t`` in s for a state ``y`` of shape ``(..., n_state)``: pure, in NumPy or JAX."""
        return self._whole(t, y)

    def quantity(self, t: Any, y: Any, path: str) -> Any:
        """A state, or what follows from it such as ``"E.rate"``, at ``(t, y)``, shape ``(*batch, ...)``."""
        self._require_quantity(path, "network.quantity(t, y, path)")
        return reader(self._whole, path)(t, y if hasattr(y, "shape") else np.asarray(y, dtype=np.float64))

    def reader(self, path: str) -> Callable[[Any, Any], Any]:
        """A function of ``(t, y)`` that gives one quantity, as :meth:`quantity` does, prepared for many times."""
        self._require_quantity(path, "network.reader(path)")
        return reader(self._whole, path)

    def _require_quantity(self, path: Any, look_up: str) -> None:
        require_path(path, self.quantities, look_up, component="Network", path=self.name)
        if path not in self.quantities:
            text, remedy = f"no quantity '{path}'", suggestion(path, self.quantities)
            raise UnknownNameError(text, path=self.name, component="Network", remedy=remedy)

    def segment(self, t0: float, t1: float) -> RightHandSide:
        """The right-hand side for ``t0`` to ``t1`` alone, what is constant there computed once; the last is kept."""
        if self.foreign is not None:
            return RightHandSide(self, t0, t1)
        span, known = self.__dict__.get("_segment", (None, None))
        if span != (t0, t1):
            known = RightHandSide(self, t0, t1)
            self.__dict__["_segment"] = ((t0, t1), known)
        return known

    def breakpoints(self, t0: float, t1: float) -> np.ndarray:
        """The times strictly between ``t0`` and ``t1`` at which some input jumps or bends."""
        found = [times for source in self.sources.values() if len(times := source.breakpoints(t0, t1))]
        return np.unique(np.concatenate(found)) if found else np.empty(0)

    @functools.cached_property
    def sources(self) -> dict[str, InputSource]:
        """Every input by its path."""
        return {path: b.node for path, b in self.bound_nodes.items() if isinstance(b.node, InputSource)}

    def shortest_time_constant(self) -> float:
        """The smallest parameter called ``tau...`` and given in s, or infinity."""
        return min((float(np.min(tau)) for tau in self.time_constants()), default=math.inf)

    def time_constants(self) -> Iterator[Any]:
        """Every parameter called ``tau...`` and given in s."""
        for part in self.paths.values():
            for name, info in parameters(type(part)).items():
                if name.startswith("tau") and info.unit == "s" and is_concrete(getattr(part, name)):
                    yield getattr(part, name)

    @explained
    def initial_state(self, overrides: Mapping[str, Any] | None = None) -> np.ndarray:
        """The state at the start, shape ``(*batch_shape, n_state)``, as declared by the components.

        ``overrides`` gives other values by path, ``{"E.v": -65.0}``, that broadcast to the shape of the state; batch
        axes before it make a batch of the result.
        """
        if not overrides:
            return self._declared_state.copy() if self.foreign is None else self._declared_state
        return started(self, dict(overrides))

    @functools.cached_property
    def _declared_state(self) -> Any:
        return started(self, {})

    def jacobian(self, t: float, y: Any) -> Any:
        """``d rhs / d y`` at ``(t, y)`` as a ``scipy.sparse`` CSR array, exact but for rounding in local slopes.

        For ``y`` of shape ``(..., n)`` it is the block-diagonal matrix of all members, in their order.
        """
        from netframe.jacobian import jacobian

        return jacobian(self, t, y)

    def jacobian_pattern(self) -> Any:
        """Where the Jacobian can differ from zero, for any state, as a ``scipy.sparse`` CSR array of ones."""
        from netframe.jacobian import jacobian_pattern

        return jacobian_pattern(self)

    # Making others from this one.

    @explained
    def copy(self, name: str) -> Self:
        """An equal network of another name, with copies of everything in it."""
        return rebuilt(self, {}, name, fresh=True)

    @explained
    def with_parameters(self, values: Mapping[str, Any]) -> Network:
        """A new network with other parameters, by path: ``{"CA1.E.tau": 0.1, "E.activation.threshold": -52.0}``.

        A number stands for all entries of an array whose length is that of its component, such as ``rates``.
        """
        if not isinstance(values, Mapping):
            text = f"values is {brief(values)}; it must be a dictionary by path"
            remedy = "Write with_parameters({'E.tau': 0.1})"
            raise ParameterError(text, component="with_parameters", path=self.name, attribute="values", remedy=remedy)
        changes: dict[str, dict[str, Any]] = {}
        for path, value in values.items():
            path = str(path)
            owner = max((p for p in self.paths if f"{path}.".startswith(p + ".")), key=len, default="")
            if not owner or isinstance(self.paths[owner], Network):
                remedy = suggestion(path.rpartition(".")[0], self.paths)
                raise UnknownNameError(f"no component for '{path}'", path=self.name, component="Network", remedy=remedy)
            name = path[len(owner) + 1 :]
            if not name or isinstance(value, Mapping):
                text = f"'{path}' is given {brief(value)}; paths are those of parameters, '{owner}.' and a name"
                remedy = suggestion(name, parameters(type(self.paths[owner])))
                raise UnknownNameError(text, component="Network", path=self.name, attribute=path, remedy=remedy)
            changes.setdefault(owner, {})[name] = value

        fields_of = {path: changed_fields(self.paths[path], given, path) for path, given in changes.items()}
        return rebuilt(self, fields_of, self.name)

    def members(self, index: int | tuple[Any, ...]) -> Network:
        """The network of some members of a batch, with one batch axis, or none for a single member.

        ``index`` has an entry for each axis of the whole batch, as ``numpy.unravel_index`` returns: arrays of the
        positions of the members, or whole numbers for a single one; of a single axis a whole number will do. What does
        not differ between members is shared.
        """
        index = places_of(self.label, self.batch_shape, index)
        parts = {path: part for path, part in self.paths.items() if not isinstance(part, Network)}
        return rebuilt(self, {path: part.member_fields(index) for path, part in parts.items()}, self.name)

    # Showing itself.

    def _summary(self) -> str:
        batch = f", a batch of {' x '.join(map(str, self.batch_shape))}" if self.batch_shape else ""
        return f"Network '{self.name}': {self.registry.size} states{batch}"

    def _table(self) -> tuple[tuple[str, ...], list[list[str]]]:
        return _HEADER, wiring.table(self)


def _with_parts(owner: Any) -> Iterator[Any]:
    """A declared object, its parts, and theirs."""
    yield owner
    for part in owner.parts().values():
        yield from _with_parts(part)


__all__ = ["Network"]
