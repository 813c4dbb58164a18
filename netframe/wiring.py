"""Wiring: which component is where in a network, and whether the parts go together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from netframe.binding import BoundNode
from netframe.component import Component, Declared, Node
from netframe.errors import WiringError
from netframe.fields import parameters
from netframe.populations.population import Population
from netframe.projections.projection import Projection
from netframe.tables import counted, shown


def flattened(components: Sequence[Component], prefix: str = "") -> Iterator[tuple[str, Component]]:
    """Every component with its dotted path, those inside networks after the network."""
    if prefix.count(".") > 64:
        raise WiringError("networks are nested more than 64 deep", path=prefix[:40] + "...")
    for part in components:
        path = prefix + part.name
        yield path, part
        yield from flattened(vars(part).get("components", ()), path + ".")


def node_paths(label: str, paths: Mapping[str, Component]) -> dict[int, str]:
    """The path of every object by its identity; one that stands in two places is refused."""
    found: dict[int, str] = {}
    for path, part in paths.items():
        if id(part) in found:
            remedy = f"Add a copy instead: .copy('{part.name}_2')"
            raise WiringError(
                f"{label} holds the same {part.label} twice, as '{found[id(part)]}' and '{path}'",
                path=path,
                remedy=remedy,
            )
        found[id(part)] = path
    return found


def end(label: str, path: str, projection: Projection, end: str, nodes: Mapping[int, str]) -> str:
    """The path of the node at one end of a projection."""
    node = getattr(projection, end)
    if id(node) in nodes:
        return nodes[id(node)]
    twin = [p for p in nodes.values() if p.rpartition(".")[2] == node.name]
    remedy = f"Add it to the components of {label}"
    if twin:
        remedy = f"'{twin[0]}' there is another object of that name: build the projection with network['{twin[0]}']"
    text = f"its {end}, {node.label}, is not in {label}"
    raise WiringError(text, component=type(projection).__name__, path=path, attribute=end, remedy=remedy)


def entries(path: str, bound: Any) -> Iterator[tuple[str, tuple[int, ...], str, Any]]:
    """The registry entries of one component: path, shape, unit, labels."""
    if isinstance(bound, BoundNode):
        for name, info in bound.node.state_variables().items():
            yield f"{path}.{name}", (bound.node.size,), info.unit, None
        return
    for name, info in bound.projection.state_variables().items():
        shape = bound.state_shape(name)
        sparse = bound.on_synapses(name) and len(shape) == 1
        yield f"{path}.{name}", shape, info.unit, bound.connectivity.indices() if sparse else None


def batch_shape(label: str, paths: Mapping[str, Component]) -> tuple[int, ...]:
    """The leading axes that all parameters of a network broadcast to."""
    shape: tuple[int, ...] = ()
    first = ""
    for path, part in paths.items():
        for name, batch in part.batch_shapes().items():
            try:
                shape = np.broadcast_shapes(shape, batch)
            except ValueError:
                text = f"the batch axes {batch} of '{path}.{name}' do not go with {shape} of '{first}'"
                raise WiringError(text, path=path, attribute=name, remedy="Give both the same leading axes") from None
            first = first or f"{path}.{name}"
    return shape


def meant(network: Any, path: str) -> str:
    """What a path is that is no state, and how it is used, or an empty string where it is nothing."""
    if path in network.quantities:
        return "It is computed from the states"
    names = path.split(".")
    known = (k for k in range(len(names) - 1, 0, -1) if ".".join(names[:k]) in network)
    if not (k := next(known, 0)):
        return ""
    owner = ".".join(names[:k])
    part: Any = network[owner]
    for name in names[k:-1]:
        part = part.parts().get(name) if isinstance(part, Declared) else None
    if not isinstance(part, Declared) or names[-1] not in parameters(type(part)):
        return ""
    return f"It is a parameter: read network['{owner}'].{'.'.join(names[k:])}, or change it by with_parameters"


def table(network: Any) -> list[list[str]]:
    """The rows of a network's wiring table: a component each, with its extent, states and parameters."""
    rows = []
    for path, part in network.paths.items():
        slots = [slot for slot in network.registry if slot.component == path]
        count = sum(slot.stop - slot.start for slot in slots)
        told = ", ".join(_told(part))
        rows.append(
            [path, type(part).__name__, _extent(part), " ".join(s.state for s in slots), str(count or ""), told]
        )
    return rows


def _extent(part: Any) -> str:
    if isinstance(part, Projection):
        return f"{part.post.name} {part.post.size} <- {part.pre.name} {part.pre.size}, {part.resolution}"
    if not isinstance(part, Node):
        return ""
    return counted(part.size, "cell" if isinstance(part, Population) else "channel")


def _told(part: Declared, before: str = "") -> Iterator[str]:
    """The parameters of an object and of its parts, such as activations and the inputs of a sum, by their paths."""
    infos = parameters(type(part))
    for name, info in infos.items():
        yield f"{before}{name} {shown(getattr(part, name))} {info.unit}".removesuffix(" 1")
    for name, inner in part.parts().items():
        if name not in infos:
            yield f"{before}{name} {type(inner).__name__}"
            yield from _told(inner, f"{before}{name}.")
