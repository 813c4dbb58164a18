"""A network as a structure and its numbers, so that a program compiled for the structure takes the numbers.

numbers = numbers_of(network)                    {"E.tau": 0.05, "FFE_to_E.weights": array, ...}
network.with_parameters(numbers)                 the same network, whatever kind of array the numbers are
structure_of(network)                            equal for networks that differ in numbers only
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import attrs
import numpy as np

from netframe.arrays import CompressedRows, array_namespace, is_sparse
from netframe.component import Declared, Node
from netframe.fields import fields, parameters
from netframe.network import Network


def parameters_of(network: Network) -> Iterator[tuple[str, Any]]:
    """The path of every parameter and its value, sparse weights as what they are."""
    for path, part in network.paths.items():
        if not isinstance(part, Network):
            yield from _own_parameters(part, path)


def numbers_of(network: Network) -> dict[str, Any]:
    """Every parameter by its path; of sparse weights the stored entries."""
    return {path: value.data if is_sparse(value) else value for path, value in parameters_of(network)}


def with_numbers(network: Network, numbers: Mapping[str, Any]) -> Network:
    """The network with other numbers, traced ones included, in place of its own."""
    given = dict(parameters_of(network))
    return network.with_parameters({path: _placed(given[path], value) for path, value in numbers.items()})


def with_start(
    network: Network, values: Mapping[str, Any], y0: Any = None, shape: tuple[int, ...] | None = None
) -> tuple[Network, Any]:
    """The network with other numbers, and its state at the start, of a shape, with other states: ``values`` of both.

    ``y0`` is as in ``simulate``; without a shape there is no state.
    """
    moved = with_numbers(network, {path: value for path, value in values.items() if path not in network.registry})
    if shape is None:
        return moved, None
    y = moved.initial_state(y0) if y0 is None or isinstance(y0, Mapping) else y0
    y = array_namespace(*values.values()).broadcast_to(y, shape)
    for path, value in values.items():
        if path in network.registry:
            y = y.at[..., network.registry.slot(path).slice].set(value.reshape(*shape[:-1], -1))
    return moved, y


def structure_of(network: Network) -> Hashable:
    """Classes, names, wiring, options, and shapes of parameters: all that a compiled program depends on."""
    known = network.__dict__.get("_structure")
    if known is None:
        nodes = {id(part): path for path, part in network.paths.items() if isinstance(part, Node)}
        parts = [_described(part, path, nodes) for path, part in network.paths.items()]
        known = network.__dict__["_structure"] = tuple(parts)
    return known


@attrs.frozen
class Same:
    """An object that equals itself alone, kept alive so that nothing else takes its identity."""

    thing: Any = attrs.field(eq=id)


def _own_parameters(owner: Declared, path: str) -> Iterator[tuple[str, Any]]:
    parts = owner.parts()
    for name in parameters(type(owner)):
        if name not in parts:
            yield f"{path}.{name}", getattr(owner, name)
    for name, part in parts.items():
        yield from _own_parameters(part, f"{path}.{name}")


def _placed(given: Any, value: Any) -> Any:
    if not is_sparse(given) or is_sparse(value):
        return value
    return CompressedRows(value, given.indices, given.indptr, tuple(given.shape))


def _described(owner: Any, path: str, nodes: Mapping[int, str]) -> Hashable:
    """One declared object without its numbers."""
    parts, infos = owner.parts(), parameters(type(owner))
    told: list[Any] = [path, type(owner)]
    for field in fields(type(owner)):
        value = getattr(owner, field.name)
        if field.name in infos and field.name not in parts:
            told.append((field.name, _shape(value)))
        elif id(value) in nodes:
            told.append((field.name, nodes[id(value)]))
        elif field.name not in parts and not isinstance(owner, Network):
            told.append((field.name, _option(value)))
    return (*told, *(_described(part, name, nodes) for name, part in parts.items()))


def _shape(value: Any) -> Hashable:
    if not is_sparse(value):
        return np.shape(value), str(getattr(value, "dtype", "float64"))
    pattern = hashlib.sha256(value.indices.tobytes() + value.indptr.tobytes()).hexdigest()
    return tuple(value.shape), str(value.data.dtype), pattern


def _option(value: Any) -> Hashable:
    """An option by its value where that is plain, else by identity."""
    if isinstance(value, (str, int, float, bool, type(None))):
        return type(value).__name__, value
    if isinstance(value, Declared):
        return type(value)  # what is in it is described as a part
    if isinstance(value, tuple):
        return tuple(_option(item) for item in value)
    if isinstance(value, np.ndarray):
        return value.shape, str(value.dtype), value.tobytes()
    return Same(value)
