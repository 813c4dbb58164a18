"""What to write in a spec where a text stands for an object: a reference to one, or an object of a type."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from netframe.component import Declared, Node
from netframe.errors import NetframeError, suggestion
from netframe.fields import fields
from netframe.specs.known import class_called, known_names, shipped_names


def unwritten(cls: type, field: Any, value: Any, places: Sequence[str]) -> str:
    """How to write the object that a text in a field of ``cls`` means, or an empty string where a text may be."""
    kind = _kind(cls, field) if isinstance(value, str) else None
    if kind is None:
        return ""
    if issubclass(kind, Node):
        write = f"Refer to a component: {_written(field.name, 'ref', value)}"
        return write if value in places else f"{write}. {suggestion(value, places)}"
    write = f"Write an object: {_written(field.name, 'type', value)}"
    return write if value in known_names() else f"{write}. {suggestion(value, known_names(), all_known=False)}".strip()


def untyped(names: Sequence[str], keys: Sequence[str]) -> str:
    """What to do about an object of these names that has neither a type nor one of ``keys``.

    The type told as an example is that which has the most of these fields, and the fewest others.
    """
    best, own = "", frozenset[str]()
    for name in shipped_names():
        try:
            fitting = frozenset(field.alias or field.name for field in fields(class_called(name, "")))
        except NetframeError:  # somebody has defined another of this name
            continue
        if _fit(names, fitting) > _fit(names, own):
            best, own = name, fitting
    others = [name for name in names if name not in own]
    near = next((told for name in others if (told := suggestion(name, keys, all_known=False))), "")
    if near or not best:
        return near or suggestion(next(iter(names), ""), keys)
    return f'Write its type, such as type = "{best}", in JSON "type": "{best}"'


def _fit(names: Sequence[str], own: frozenset[str]) -> tuple[int, int]:
    shared = len(own.intersection(names))
    return shared, -len(own) if shared else 0


def _written(field: str, key: str, value: str) -> str:
    return f'{field} = {{{key} = "{value}"}}, in JSON {{"{key}": "{value}"}}'


def _kind(cls: type, field: Any) -> type | None:
    """The declared class that a field is annotated with; annotations are mostly texts."""
    kind = field.type
    if isinstance(kind, str):
        modules = (vars(sys.modules[base.__module__]) for base in cls.__mro__ if base.__module__ in sys.modules)
        kind = next((module[kind] for module in modules if kind in module), None)
    return kind if isinstance(kind, type) and issubclass(kind, Declared) else None
