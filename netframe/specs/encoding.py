"""From objects to plain data: what a spec says of a network, and the arrays that stand beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from netframe.arrays import CompressedRows, is_concrete, is_foreign, is_sparse
from netframe.component import Component, Declared
from netframe.errors import SpecError, brief
from netframe.fields import fields, parameters
from netframe.network import Network
from netframe.specs.known import name_of
from netframe.specs.layout import VERSION, below, too_deep
from netframe.weight_rules import Distribution, distributions

_SAMPLED = "Sample it as a SampledInput, or write a subclass of InputSource with its numbers as parameters"
_METHOD = "Write it as a method of a subclass, with its numbers as parameters"
_PRODUCT = "Give its weights as an array, a sparse matrix or another structure"


def encode(thing: Declared, *, inline: int = 0) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """An object as plain data that JSON can hold, and the arrays it refers to by name.

    Networks, components, activations, structures and integrators can be encoded. With ``inline``, for people, arrays of
    up to so many entries are written out as lists, and what is drawn from a seed is left to the seed.
    Errors: ``SpecError`` for what is no data, such as a function.

    Example:
        >>> import netframe as nf
        >>> tree, arrays = encode(nf.LeakyRate("E", size=2, tau=[0.02, 0.05]))
        >>> tree["type"], tree["size"], tree["tau"], arrays
        ('LeakyRate', 2, {'array': 'tau'}, {'tau': array([0.02, 0.05])})
        >>> from netframe.specs import decode
        >>> decode(tree, arrays).tau
        array([0.02, 0.05])
    """
    if not isinstance(thing, Declared):
        text = f"{brief(thing)} cannot be saved; networks, components, activations, structures and integrators can"
        raise SpecError(text)
    encoder = _Encoder(inline)
    if isinstance(thing, Network):
        encoder.places = {id(part): path for path, part in thing.paths.items()}
    try:
        tree = {"netframe": {"spec": VERSION}, **encoder.object(thing, "")}
    except RecursionError:
        raise too_deep() from None
    below(tree)
    return tree, encoder.arrays


class _Encoder:
    """Writes one tree: where each component is written out, and the arrays so far."""

    def __init__(self, inline: int) -> None:
        self.inline = inline
        self.places: dict[int, str] = {}
        self.arrays: dict[str, np.ndarray] = {}
        self.names: dict[int, tuple[str, Any]] = {}

    def object(self, thing: Declared, path: str) -> dict[str, Any]:
        """A declared object with all its fields."""
        cls = type(thing)
        infos, tree = parameters(cls), dict[str, Any](type=name_of(cls, path))
        if isinstance(thing, Component):
            self.places.setdefault(id(thing), path)
        for field in fields(cls):
            if not field.init or (getattr(thing, field.name) is None and field.default is None):
                continue
            if self.inline and field.metadata.get("drawn") and _drawn_again(thing, field.name):
                continue
            name = field.alias or field.name
            if name in ("type", "netframe"):
                text = f"a field may not be called '{name}' in what is saved"
                raise SpecError(text, component=cls.__name__, path=path, attribute=name, remedy="Rename it")
            value, place = getattr(thing, field.name), _below(path, name)
            if isinstance(thing, Network) and name == "components":
                tree[name] = [self.object(part, _below(path, part.name)) for part in value]
            else:
                tree[name] = self.value(value, place, field.name in infos, _remedy(thing))
        return tree

    def value(self, value: Any, path: str, is_parameter: bool, remedy: str) -> Any:
        """What a field holds."""
        if isinstance(value, Component) and self.places.get(id(value), path) != path:
            return {"ref": self.places[id(value)]}
        if isinstance(value, Declared):
            return self.object(value, path)
        if isinstance(value, np.generic) and value.dtype.kind in "buif":
            value = value.item()
        if value is None or isinstance(value, (bool, int, str)):
            return value
        if isinstance(value, float):
            return value if np.isfinite(value) else {"number": repr(value)}
        if is_sparse(value) and is_concrete(value):
            return self.sparse(value, path)
        if (isinstance(value, np.ndarray) or is_foreign(value)) and is_concrete(value):
            return self.array(np.asarray(value), value, path, is_parameter)
        if isinstance(value, Distribution) and distributions.shipped(value):
            return {
                "distribution": value.name,
                **{name: self.value(x, f"{path}.{name}", False, remedy) for name, x in value.parameters.items()},
            }
        if isinstance(value, (list, tuple, range)):
            return [self.value(part, f"{path}[{k}]", False, remedy) for k, part in enumerate(value)]
        if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
            return {"map": {key: self.value(part, f"{path}.{key}", False, remedy) for key, part in value.items()}}
        what = "a function" if callable(value) and not attrs.has(type(value)) else brief(value)
        raise SpecError(f"it is {what}, which is not data and cannot be saved", path=path, remedy=remedy)

    def array(self, array: np.ndarray, owner: Any, path: str, is_parameter: bool) -> Any:
        """An array: written out when it is short, by name otherwise."""
        if array.dtype.kind not in "buif":
            raise SpecError(f"it is an array of dtype {array.dtype}; only numbers can be saved", path=path)
        short = 0 < array.size <= self.inline and array.dtype in (np.float64, np.int64, np.bool_)
        if short and np.all(np.isfinite(array)):
            return array.tolist() if is_parameter and array.dtype == np.float64 else {"values": array.tolist()}
        return {"array": self.named(array, path, owner)}

    def sparse(self, matrix: Any, path: str) -> dict[str, Any]:
        """A sparse matrix: its synapses one by one when they are few, the parts of its compressed rows otherwise."""
        if not isinstance(matrix, CompressedRows):
            matrix = matrix.tocsr()
        data, shape = np.asarray(matrix.data), [int(n) for n in matrix.shape]
        if 0 < data.size <= self.inline and data.dtype == np.float64 and np.all(np.isfinite(data)):
            rows = np.repeat(np.arange(shape[0]), np.diff(matrix.indptr)).tolist()
            entries = zip(rows, np.asarray(matrix.indices).tolist(), data.tolist())
            return {"synapses": [list(entry) for entry in entries], "shape": shape}
        parts = {"data": data, "indices": np.asarray(matrix.indices), "indptr": np.asarray(matrix.indptr)}
        return {"sparse": [self.named(part, f"{path}.{name}", part) for name, part in parts.items()], "shape": shape}

    def named(self, array: np.ndarray, path: str, owner: Any) -> str:
        """The name of an array, one for the same array used twice; ``owner`` lives as long as the name."""
        if id(owner) not in self.names:
            plain = ".".join(re.findall(r"[A-Za-z0-9_]+", path)) or "array"
            name, k = plain, 2
            while name in self.arrays:
                name, k = f"{plain}_{k}", k + 1
            self.arrays[name] = array
            self.names[id(owner)] = name, owner
        return self.names[id(owner)][0]


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _drawn_again(thing: Declared, field: str) -> bool:
    """Whether a recording is the one that its seed gives, so that it need not be kept."""
    kept, drawn = encode(getattr(thing, field)), encode(getattr(thing.replace(**{field: None}), field))
    alike = all(name in drawn[1] and np.array_equal(array, drawn[1][name]) for name, array in kept[1].items())
    return kept[0] == drawn[0] and alike


def _remedy(thing: Declared) -> str:
    """What to do about a field that cannot be saved."""
    from netframe.connectivity import Structure
    from netframe.inputs import InputSource

    return _SAMPLED if isinstance(thing, InputSource) else _PRODUCT if isinstance(thing, Structure) else _METHOD
