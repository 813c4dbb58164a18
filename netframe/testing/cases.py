"""Where a component is tried: networks around it, at several sizes, in both resolutions, dense and sparse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from netframe.activations import Softplus
from netframe.calls import explained
from netframe.component import Component, Declared, Node
from netframe.fields import fields, parameters
from netframe.inputs import ConstantInput, FunctionInput, InputSource
from netframe.network import Network
from netframe.populations import LeakyRate
from netframe.projections import InstantSynapse, Projection

#: Presynaptic and postsynaptic sizes to try; equal ones show which axis a slip crosses.
SIZES = ((3, 5), (4, 4), (1, 1), (5, 1))


def cases(component: Component) -> Iterator[tuple[str, Any, str]]:
    """A label, a network around the component (or the error of building it), and the component's path."""
    if isinstance(component, Projection):
        for pre_size, post_size in SIZES:
            for pre in presynaptic(component):
                for resolution in ("lumped", "synapse") if component.lumpable else (component.resolution,):
                    for sparse in (False, True):
                        kind = "sparse" if sparse else "dense"
                        label = f"{resolution}, {kind}, {pre_size} -> {post_size} cells"
                        yield (
                            label,
                            _built(around, component, pre, pre_size, post_size, resolution, sparse),
                            component.name,
                        )
        return
    sizes = (component.size,) if isinstance(component, FunctionInput) else (5, 1)
    for size in sizes:
        yield f"{size} cells", _built(_fed, component, size), component.name


def presynaptic(projection: Projection) -> Iterator[Node]:
    """The projection's own source and, where that has no states, a population that has."""
    yield projection.pre
    if not projection.pre.state_variables():
        yield LeakyRate(projection.pre.name, size=projection.pre.size, activation=Softplus())


def _built(build: Callable[..., Network], *arguments: Any) -> Any:
    try:
        return build(*arguments)
    except Exception as error:
        return error


def around(projection: Projection, pre: Node, pre_size: int, post_size: int, resolution: str, sparse: bool) -> Network:
    """A network of the projection alone, its ends and itself rebuilt to given sizes."""
    if projection.pre is projection.post:
        post = pre = resized(projection.post, post_size)
    else:
        pre, post = resized(pre, pre_size), resized(projection.post, post_size)
    moved = _moved(projection, pre, post, resolution, sparse)
    return Network("check", [pre, moved, post] if pre is not post else [pre, moved])


def _moved(projection: Projection, pre: Node, post: Node, resolution: str, sparse: bool) -> Projection:
    sizes = {"pre": pre.size, "post": post.size, "cell": 1}
    changes: dict[str, Any] = {}
    for name, info in parameters(type(projection)).items():
        value = getattr(projection, name)
        value = value.toarray() if hasattr(value, "toarray") else value
        changes[name] = _cycled(value, projection.axes_of(info), sizes) if info.axes != ("edge",) else _first(value)
    weights = np.broadcast_to(changes["weights"], (*np.shape(changes["weights"])[:-2], post.size, pre.size))
    if sparse:
        from scipy.sparse import csr_array

        present = (np.add.outer(np.arange(post.size), 2 * np.arange(pre.size)) % 3) < 2
        dense = weights.reshape(-1, post.size, pre.size)[0]
        rows, columns = np.nonzero(present)
        weights = csr_array((dense[rows, columns], (rows, columns)), shape=present.shape)
    return projection.replace(pre=pre, post=post, resolution=resolution, **changes | {"weights": weights})


def _fed(node: Node, size: int) -> Network:
    node = resized(node, size)
    if isinstance(node, InputSource):
        cell = LeakyRate("target", size=3)
        weights = 0.1 + np.arange(3.0 * size).reshape(3, size) / size
        return Network("check", [node, cell, InstantSynapse(node, cell, weights=weights, g=1e-3)])
    source = ConstantInput("source", rates=[5.0, 20.0])
    parts: list[Component] = [node, source]
    for port in node.ports:
        for pre in (source, node):
            weights = 0.1 + np.arange(float(size * pre.size)).reshape(size, pre.size) / (size * pre.size)
            parts.append(InstantSynapse(pre, node, weights=weights, g=1e-3, port=port, name=f"{pre.name}_{port}"))
    return Network("check", parts)


@explained
def resized(node: Node, size: int) -> Node:
    """The same node with another number of cells, per-cell values repeated in turn."""
    if size == node.size:
        return node
    changes: dict[str, Any] = {
        name: resized(part, size) if isinstance(part, Node) else _recelled(part, size)
        for name, part in node.parts().items()
    }
    changes |= _recelled_values(node, size)
    if "size" in {field.name for field in fields(type(node))}:
        changes["size"] = size
    if isinstance(node, FunctionInput):
        function, index = node.function, np.arange(size) % node.size
        changes["function"] = lambda t, xp: function(t, xp)[..., index]
    return node.replace(**changes)


def _recelled(part: Declared, size: int) -> Declared:
    return part.replace(**_recelled_values(part, size))


def _recelled_values(part: Declared, size: int) -> dict[str, Any]:
    infos = parameters(type(part))
    return {name: _cycled(getattr(part, name), part.axes_of(info), {"cell": size}) for name, info in infos.items()}


def _cycled(value: Any, axes: tuple[str, ...], sizes: dict[str, int]) -> Any:
    for back, axis in enumerate(reversed(axes), start=1):
        if axis in sizes and np.ndim(value) >= back:
            value = np.take(value, np.arange(sizes[axis]) % value.shape[-back], axis=value.ndim - back)
    return value


def _first(value: Any) -> Any:
    return float(np.ravel(value)[0])
