"""Which class a type name in a spec stands for: those netframe ships and those that are defined, never an import."""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from collections.abc import Iterator

from netframe import activations, connectivity, inputs, integrators, network, populations, projections, weight_rules
from netframe.component import Declared
from netframe.errors import SpecError, UnknownNameError, suggestion

_FAMILIES = (populations, projections, inputs, integrators, weight_rules)
_SHIPPED = "netframe"
#: Capitalised names of the families that no object has as its type: abstract classes, and results.
_NO_TYPES = ("Component", "PlasticSynapse", "Comparison", "Measurement", "Recommendation")


def class_called(name: str, path: str) -> type[Declared]:
    """The class of a type name, ``"LeakyRate"``, or ``"module.Name"`` where two have one name."""
    found = _candidates(name)
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        listed = " or ".join(repr(full) for full in found)
        text = f"type '{name}' is the name of {len(found)} classes"
        raise SpecError(text, path=path, attribute="type", remedy=f"Write type = {listed}, or rename one")
    near = suggestion(name, known_names(full="." in name), all_known=False)
    remedy = f"A class of your own must be defined before loading: import the module that defines it. {near}".strip()
    raise UnknownNameError(f"no type '{name}'", path=path, attribute="type", remedy=remedy)


def name_of(cls: type, path: str) -> str:
    """The shortest type name that stands for a class alone."""
    for name in (cls.__name__, full_name(cls)):
        if [*_candidates(name).values()] == [cls]:
            return name
    remedy = "Make the object anew from the class as it is now; a class must be concrete and under @component"
    text = f"{cls.__name__} is not, or no longer, the class of that name"
    raise SpecError(text, path=path, attribute="type", remedy=remedy)


def full_name(cls: type) -> str:
    """``netframe.LeakyRate`` for classes shipped, ``module.Name`` for others."""
    shipped = cls.__name__ in _tables() and _shipped(cls.__name__) is cls
    return f"{_SHIPPED}.{cls.__name__}" if shipped else f"{cls.__module__}.{cls.__qualname__}"


def known_names(full: bool = False) -> list[str]:
    """Every type name there is."""
    defined = {full_name(cls) if full else cls.__name__ for cls in _defined()}
    return sorted({f"{_SHIPPED}.{name}" if full else name for name in _tables()} | defined)


def shipped_names() -> list[str]:
    """The type names of what netframe ships."""
    return sorted(_tables())


def _candidates(name: str) -> dict[str, type[Declared]]:
    """The classes a type name may stand for, by full name; of a class defined again, the last."""
    short = name.rpartition(".")[2]
    found = {full_name(cls): cls for cls in _defined() if cls.__name__ == short}
    if short in _tables():
        cls = _shipped(short)
        found |= {full_name(cls): cls} if cls else {}
    return found if name == short else {full: cls for full, cls in found.items() if full == name}


def _defined(base: type[Declared] = Declared) -> Iterator[type[Declared]]:
    """Concrete classes of users, in the order of their definition."""
    for cls in base.__subclasses__():
        yield from _defined(cls)
        ours: bool = cls.__module__.startswith(f"{_SHIPPED}.")
        helper = ours and getattr(sys.modules.get(cls.__module__), cls.__name__, None) is cls
        if not helper and _is_concrete(cls):
            yield cls


@functools.cache
def _tables() -> dict[str, str]:
    """The module of every class shipped, by name; nothing is loaded to tell."""
    tables: dict[str, str] = {}
    for module in (activations, connectivity, network, *_FAMILIES):
        ready = {name: cls for name, cls in vars(module).items() if isinstance(cls, type)}
        tables |= {n: cls.__module__ for n, cls in ready.items() if issubclass(cls, Declared) and _is_concrete(cls)}
    for family in _FAMILIES:
        tables |= {name: f"{family.__name__}.{module}" for name, module in family.LATER.items() if name[0].isupper()}
    return {name: module for name, module in tables.items() if name not in _NO_TYPES}


@functools.cache
def _shipped(name: str) -> type[Declared] | None:
    found = getattr(importlib.import_module(_tables()[name]), name)
    return found if isinstance(found, type) and issubclass(found, Declared) and _is_concrete(found) else None


def _is_concrete(cls: type) -> bool:
    return "__attrs_attrs__" in vars(cls) and not inspect.isabstract(cls)
