"""From plain data to objects: every type looked up, every field known, every reference one shared object."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import numpy as np

from netframe.component import Declared
from netframe.errors import NetframeError, SpecError, UnknownNameError, brief, joined, suggestion
from netframe.fields import fields, parameters
from netframe.network import Network
from netframe.specs.known import class_called
from netframe.specs.layout import below, too_deep
from netframe.specs.migrations import migrated
from netframe.specs.numbers import numbers, shape_of, synapses
from netframe.specs.references import untyped, unwritten
from netframe.weight_rules import distributions

_NUMBERS = {"inf": np.inf, "-inf": -np.inf, "nan": np.nan}
#: What an object in a tree may be, besides one with a type.
_KINDS = ("array", "values", "sparse", "synapses", "ref", "number", "none", "map", "distribution")


def decode(tree: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Any:
    """The object that ``encode`` made ``tree`` and ``arrays`` of, equal in every bit.

    Types are those netframe ships and classes that are defined; nothing is imported that the tree names. Older
    versions are migrated. Errors: ``UnknownNameError`` for a type, a field, an array or a reference that is not there,
    ``SpecError`` for what is no spec, and whatever the classes say of wrong values; ``path`` is the place in the spec.
    """
    if not isinstance(tree, Mapping):
        raise SpecError(f"a spec is an object with a type, and this is {brief(tree)}")
    below(tree)
    tree = migrated(tree)
    try:
        return _Decoder(tree, arrays).root()
    except RecursionError:
        raise too_deep() from None


class _Decoder:
    """Reads one tree: where its objects are, and those made so far."""

    def __init__(self, tree: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        self.tree, self.arrays = tree, arrays
        self.places: dict[str, dict[str, Any]] = {}
        self.made: dict[int, Any] = {}
        self.under_way: set[int] = set()
        self.locate(tree, "")

    def locate(self, part: Any, path: str) -> None:
        """Note every object of a tree by its path, components of networks by their names."""
        if isinstance(part, list):
            for k, item in enumerate(part):
                self.locate(item, f"{path}[{k}]")
        if not isinstance(part, dict):
            return
        if "type" in part:
            self.places.setdefault(path, part)
        for name, value in _components_first(part):
            if name == "components" and isinstance(value, list):
                for item in value:
                    called = item.get("name") if isinstance(item, dict) else None
                    self.locate(item, _below(path, str(called)))
            else:
                self.locate(value, path if name == "map" and "type" not in part else _below(path, name))

    def root(self) -> Any:
        unknown = [error for path, node in self.places.items() for error in self.unknown_names(node, path)]
        if len(unknown) > 1:  # one alone is told as it is
            raise UnknownNameError(joined([str(error) for error in unknown]), attribute=unknown[0].attribute)
        return self.object(self.tree, "")

    def unknown_names(self, node: dict[str, Any], path: str) -> Iterator[UnknownNameError]:
        """The type of a node, or its fields, where there is nothing of that name."""
        if not isinstance(node["type"], str):
            return
        try:
            cls = class_called(node["type"], path)
        except UnknownNameError as error:
            yield error
            return
        known = _fields_of(cls)
        for name in node:
            if name not in known and name != "type" and not (name == "netframe" and node is self.tree):
                text, remedy = f"no field '{name}'", suggestion(name, known)
                yield UnknownNameError(text, component=cls.__name__, path=path, attribute=name, remedy=remedy)

    def object(self, node: dict[str, Any], path: str) -> Any:
        """The object that a node with a type describes, one for each node."""
        if id(node) in self.made:
            return self.made[id(node)]
        if id(node) in self.under_way:
            raise SpecError("it refers to itself, directly or by way of others", path=path)
        self.under_way.add(id(node))
        made = self.made[id(node)] = self.constructed(node, path)
        return made

    def constructed(self, node: dict[str, Any], path: str) -> Any:
        kind = node["type"]
        if not isinstance(kind, str):
            raise SpecError(f"type is {brief(kind)}; it must be the name of a class", path=path, attribute="type")
        cls = class_called(kind, path)
        known = _fields_of(cls)
        for error in self.unknown_names(node, path):
            raise error
        values: dict[str, Any] = {}
        for name, value in node.items():
            if name == "type" or (name == "netframe" and node is self.tree):
                continue
            remedy = unwritten(cls, known[name], value, [p for p in self.places if p])
            if remedy:
                text = f"{name} is {value!r}, a text"
                raise SpecError(text, component=cls.__name__, path=path, attribute=name, remedy=remedy)
            if issubclass(cls, Network) and name == "components":
                values[name] = self.components(value, path)
            else:
                is_parameter = known[name].name in parameters(cls)
                values[name] = self.value(value, _below(path, name), is_parameter)
        missing = [n for n, f in known.items() if f.default is attrs.NOTHING and n not in values]
        if missing:
            text = f"{', '.join(map(repr, missing))} not given"
            raise SpecError(text, component=cls.__name__, path=path, attribute=missing[0])
        with _explained(cls, path):
            return cls(**values)

    def components(self, given: Any, path: str) -> list[Any]:
        if not isinstance(given, list):
            text = f"components is {brief(given)}; it must be a list of components"
            raise SpecError(text, component="Network", path=path, attribute="components")
        made = []
        for k, node in enumerate(given):
            name = node.get("name") if isinstance(node, dict) else None
            place = _below(path, name if isinstance(name, str) else f"components[{k}]")
            made.append(self.value(node, place, False))
        return made

    def value(self, value: Any, path: str, is_parameter: bool) -> Any:
        """What a field holds; lists stay lists in parameters, which are arrays, and are tuples elsewhere."""
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        if isinstance(value, list):
            if is_parameter:
                return numbers(value, path)
            return tuple(self.value(part, f"{path}[{k}]", False) for k, part in enumerate(value))
        if not isinstance(value, dict):
            raise SpecError(f"it is {brief(value)}, which no field can be", path=path)
        if "type" in value:
            return self.object(value, path)
        kind = next((kind for kind in _KINDS if kind in value), None)
        extra = value.keys() - {kind, *(["shape"] if kind in ("sparse", "synapses") else [])}
        if kind is None or (extra and kind != "distribution"):
            known = ["type", *_KINDS]
            text = f"it has {', '.join(map(repr, sorted(map(str, extra or value)))) or 'nothing'} and no type"
            raise SpecError(text, path=path, remedy=untyped(sorted(map(str, extra or value)), known))
        with _explained(None, path):
            return getattr(self, f"_{kind}")(value, path)

    def _array(self, value: dict[str, Any], path: str) -> np.ndarray:
        return self.named(value["array"], path)

    def _values(self, value: dict[str, Any], path: str) -> np.ndarray:
        return numbers(value["values"], path)

    def _sparse(self, value: dict[str, Any], path: str) -> Any:
        from scipy.sparse import csr_array

        parts = value["sparse"]
        if not isinstance(parts, list) or len(parts) != 3:
            raise SpecError(f"sparse is {brief(parts)}; it must name three arrays: data, indices, indptr", path=path)
        data, indices, indptr = (self.named(name, path) for name in parts)
        if indices.dtype.kind not in "ui" or indptr.dtype.kind not in "ui" or data.ndim != 1:
            raise SpecError("its indices are not whole numbers, or its entries not in one row", path=path)
        matrix = csr_array((data, indices, indptr), shape=shape_of(value, path))
        matrix.check_format(full_check=True)
        return matrix

    def _synapses(self, value: dict[str, Any], path: str) -> Any:
        return synapses(value, path)

    def _ref(self, value: dict[str, Any], path: str) -> Any:
        target = value["ref"]
        if not isinstance(target, str) or target not in self.places:
            text, remedy = f"it refers to '{target}', which is not there", suggestion(target, filter(None, self.places))
            raise UnknownNameError(text, path=path, remedy=remedy)
        return self.object(self.places[target], target)

    def _number(self, value: dict[str, Any], path: str) -> float:
        if not isinstance(value["number"], str) or value["number"] not in _NUMBERS:
            text, remedy = f"number is {brief(value['number'])}", suggestion(value["number"], _NUMBERS)
            raise SpecError(text, path=path, remedy=remedy)
        return float(_NUMBERS[value["number"]])

    def _none(self, value: dict[str, Any], path: str) -> None:
        return None

    def _distribution(self, value: dict[str, Any], path: str) -> Any:
        name = value["distribution"]
        if not isinstance(name, str) or name not in distributions.BY_NAME:
            raise UnknownNameError(
                f"no distribution '{name}'", path=path, remedy=suggestion(name, distributions.BY_NAME)
            )
        made: Any = distributions.BY_NAME[name]
        return made(**{n: self.value(x, f"{path}.{n}", False) for n, x in value.items() if n != "distribution"})

    def _map(self, value: dict[str, Any], path: str) -> dict[str, Any]:
        if not isinstance(value["map"], dict):
            raise SpecError(f"map is {brief(value['map'])}; it must be an object", path=path)
        return {name: self.value(part, f"{path}.{name}", False) for name, part in value["map"].items()}

    def named(self, name: Any, path: str) -> np.ndarray:
        """The array of a name."""
        if not isinstance(name, str) or name not in self.arrays:
            text, remedy = f"there is no array '{name}'", suggestion(name, self.arrays)
            raise UnknownNameError(text, path=path, remedy=remedy)
        array = self.arrays[name]
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "buif":
            raise SpecError(f"array '{name}' is {brief(array)}; only numbers are allowed", path=path)
        return array


def _fields_of(cls: type[Declared]) -> dict[str, Any]:
    """The fields of a class as a spec calls them."""
    return {field.alias or field.name: field for field in fields(cls) if field.init}


def _components_first(part: dict[str, Any]) -> list[tuple[str, Any]]:
    """A component is found by its name even if another field of its network has that name too."""
    return sorted(part.items(), key=lambda item: item[0] != "components")


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


@contextlib.contextmanager
def _explained(cls: type[Declared] | None, path: str) -> Iterator[None]:
    """Whatever goes wrong in making an object, as our error that tells the place in the spec."""
    try:
        yield
    except NetframeError as error:
        told = f"{cls.__name__}: " if cls else ""
        if path and told and not error.path and str(error).startswith(told):  # a part, which has no name
            error.path = path
            error.args = (f"{told[:-2]} '{path}': {str(error)[len(told) :]}", *error.args[1:])
        if path and path not in str(error) and not getattr(error, "__notes__", None):
            error.add_note(f"in the spec at '{path}'")
        raise
    except RecursionError:
        raise
    except Exception as error:
        text = f"it cannot be made of what the spec says: {type(error).__name__}: {error}"
        raise SpecError(text, component=cls.__name__ if cls else "", path=path) from None
