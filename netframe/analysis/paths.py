"""Paths to single numbers: ``"E.v[2]"`` is an entry of a state, ``"FFE.rates[0]"`` of a parameter."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np

from netframe.arrays import is_sparse
from netframe.errors import ParameterError, UnknownNameError, suggestion
from netframe.fields import parameters
from netframe.network import Network
from netframe.tracing import parameters_of

_ENTRY = re.compile(r"(?P<path>.*)\[(?P<index>\s*\d+\s*(,\s*\d+\s*)*)\]\Z")


def split(path: str) -> tuple[str, tuple[int, ...]]:
    """A path and the index that follows it.

    >>> split("S.i[2, 7]"), split("E.v")
    (('S.i', (2, 7)), ('E.v', ()))
    """
    found = _ENTRY.match(str(path))
    if found is None:
        return str(path), ()
    return found["path"], tuple(int(k) for k in found["index"].split(","))


def entries(network: Network, path: str) -> np.ndarray:
    """Where the numbers of a state, or one entry of it, lie in the state vector."""
    name, index = split(path)
    slot = network.registry.slot(name)
    if not index:
        return np.arange(slot.start, slot.stop)
    if len(index) != len(slot.shape) or any(k >= n for k, n in zip(index, slot.shape)):
        raise ParameterError(f"'{path}' is outside of {name}, which has shape {slot.shape}", attribute=name)
    return np.array([slot.start + int(np.ravel_multi_index(index, slot.shape))])


def entry(network: Network, path: str, component: str) -> int:
    """Where one number lies in the state vector."""
    found = entries(network, path)
    if len(found) != 1:
        remedy = f"Choose one, such as '{path}[0]'"
        text = f"'{path}' has {len(found)} entries; one is needed"
        raise ParameterError(text, component=component, attribute=path, remedy=remedy)
    return int(found[0])


@attrs.frozen
class OneParameter:
    """A network as a function of one number."""

    label: str
    unit: str
    value: float | None
    at: Callable[[float], Network]


def one_parameter(network: Network, parameter: Any, component: str) -> OneParameter:
    """What a path, or a function from a number to changed parameters, says of a network."""
    if callable(parameter):
        name = getattr(parameter, "__name__", "parameter")
        label = "parameter" if name == "<lambda>" else name
        return OneParameter(label, "1", None, lambda p: _changed(network, parameter(p), component))
    name, index = split(parameter)
    given = dict(parameters_of(network))
    if name not in given:
        where = {"component": component, "path": network.name, "attribute": name}
        raise UnknownNameError(f"no parameter '{name}'", remedy=suggestion(name, given), **where)
    value, where = given[name], {"component": component, "path": network.name, "attribute": name}
    shape = tuple(np.shape(value)) if not hasattr(value, "shape") else tuple(value.shape)
    if is_sparse(value) or (shape and not hasattr(value, "__array__")):
        remedy = "Give a function of a number instead, lambda p: {" + repr(name) + ": ...}"
        raise ParameterError(f"'{name}' is {type(value).__name__}, not a number", remedy=remedy, **where)
    array = np.asarray(value, dtype=np.float64)
    if not index and array.size != 1:
        remedy = f"Choose an entry, '{name}[{', '.join('0' for _ in shape)}]', or give a function of a number that"
        remedy += f" returns what changes, lambda p: {{'{name}': p * values}}"
        raise ParameterError(f"'{name}' is an array of shape {shape}; one number is needed", remedy=remedy, **where)
    if index and (len(index) != array.ndim or any(k >= n for k, n in zip(index, shape))):
        raise ParameterError(f"'{parameter}' is outside of '{name}', which has shape {shape}", **where)
    place = index or (0,) * array.ndim

    def at(p: float) -> Network:
        changed = array.copy()
        changed[place] = p
        made = network.with_parameters({name: changed if array.ndim else float(p)})
        # Which slopes make up the Jacobian does not depend on numbers, and takes longest to work out.
        if (known := network.__dict__.get("_chain_rule")) is not None:
            made.__dict__["_chain_rule"] = known
        return made

    return OneParameter(str(parameter), _unit(network, name), float(array[place]), at)


def _changed(network: Network, changes: Any, component: str) -> Network:
    if not isinstance(changes, Mapping):
        text = f"parameter returned {type(changes).__name__}; it must return a mapping from paths to values"
        raise ParameterError(text, component=component, attribute="parameter")
    return network.with_parameters(changes)


def _unit(network: Network, name: str) -> str:
    owner: Any = network[max((p for p in network.paths if name.startswith(f"{p}.")), key=len)]
    *inner, last = name[len(_path(network, name)) + 1 :].split(".")
    for part in inner:
        owner = getattr(owner, part)
    return parameters(type(owner))[last].unit


def _path(network: Network, name: str) -> str:
    return max((p for p in network.paths if name.startswith(f"{p}.")), key=len)
