"""Wiring: which component is where in a network, and whether the parts go together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from netframe.binding import BoundNode
from netframe.component import Component
from netframe.errors import WiringError
from netframe.projections.projection import Projection


def flattened(components: Sequence[Component], prefix: str = "") -> Iterator[tuple[str, Component]]:
    """Every component with its dotted path, those inside networks after the network."""
    if prefix.count(".") > 64:
        raise WiringError("networks are nested more than 64 deep", path=prefix[:40] + "...")
    for part in components:
        path = prefix + part.name
        yield path, part
        yield from flattened(getattr(part, "components", ()), path + ".")


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
