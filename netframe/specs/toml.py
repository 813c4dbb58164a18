"""Trees as TOML for people: an object a table, a row of weights a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
_WIDTH = 110


def written(tree: Mapping[str, Any]) -> str:
    """A tree of ``encode`` as TOML.

    >>> print(written({"type": "N", "a": {"type": "A", "x": [1.0, 2.0]}, "c": [{"type": "C", "y": None}]}))
    type = "N"
    <BLANKLINE>
    [a]
    type = "A"
    x = [1.0, 2.0]
    <BLANKLINE>
    [[c]]
    type = "C"
    y = {none = true}
    """
    return "\n".join(_table(tree, ())).strip("\n")


def _table(tree: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[str]:
    """The lines of a table: its own values first, for TOML takes what follows a header as part of it."""
    later = {key: value for key, value in tree.items() if _is_object(value) or _are_objects(value)}
    for key, value in tree.items():
        if key not in later:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in later.items():
        path = (*place, key)
        name = ".".join(map(_key, path))
        for part in [value] if _is_object(value) else value:
            yield ""
            yield f"[{name}]" if _is_object(value) else f"[[{name}]]"
            yield from _table(part, path)


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping) and "type" in value


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_object, value))


def _key(key: str) -> str:
    return key if _BARE.match(key) else _text(key)


def _value(value: Any, wrap: bool = True) -> str:
    if value is None:
        return "{none = true}"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        line = f"[{', '.join(_value(part, False) for part in value)}]"
        if not wrap or len(line) <= _WIDTH or not any(isinstance(part, list) for part in value):
            return line
        return "[\n" + "".join(f"    {_value(part, False)},\n" for part in value) + "]"
    if isinstance(value, Mapping):
        if value.keys() == {"number"}:
            return str(value["number"])
        parts = (f"{_key(key)} = {_value(part, wrap)}" for key, part in value.items())
        return f"{{{', '.join(parts)}}}"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
