"""What differs between two runs, told by path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

_ABSENT = "not there"


def differences(
    then: Mapping[str, Any], arrays_then: Mapping[str, Any], now: Mapping[str, Any], arrays_now: Mapping[str, Any]
) -> list[str]:
    """A phrase for each argument, and each entry of a network, that is another now than then."""
    return [*_changed(_leaves(then, arrays_then, ""), _leaves(now, arrays_now, ""))]


def _changed(then: Any, now: Any) -> Iterator[str]:
    before, after = dict(then), dict(now)
    for path in dict.fromkeys([*before, *after]):
        a, b = before.get(path, _ABSENT), after.get(path, _ABSENT)
        if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
            if type(a) is not type(b) or (not isinstance(a, np.ndarray) and a != b):
                yield f"{path} was {_shown(a)} and is {_shown(b)}"
        elif a.shape != b.shape:
            yield f"{path} had shape {a.shape} and has {b.shape}"
        elif a.dtype != b.dtype:
            yield f"{path} had dtype {a.dtype} and has {b.dtype}"
        elif a.tobytes() != b.tobytes():
            yield f"{path} {_entries(a, b)}"


def _entries(a: np.ndarray, b: np.ndarray) -> str:
    """How many entries differ in a bit, and the first of them with both values."""
    raw = [np.ascontiguousarray(x).reshape(-1).view(np.uint8).reshape(x.size, -1) for x in (a, b)]
    other = np.flatnonzero((raw[0] != raw[1]).any(axis=1))
    place = ", ".join(str(int(k)) for k in np.unravel_index(other[0], a.shape))
    was, now = (x.reshape(-1)[other[0]].item() for x in (a, b))
    return f"is another in {len(other)} of {a.size} entries, first [{place}] was {was!r} and is {now!r}"


def _leaves(part: Any, arrays: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    """What is not a table, by path; arrays for their names, and things of a list by their own names."""
    if isinstance(part, Mapping) and part.keys() == {"tree", "arrays"}:
        given = {name: arrays[f"{path}/{k}"] for k, name in enumerate(part["arrays"])}
        yield from _leaves(part["tree"], given, path)
    elif isinstance(part, Mapping) and part.keys() == {"array"}:
        yield path, np.asarray(arrays[part["array"]])
    elif isinstance(part, Mapping) and "sparse" in part:
        yield f"{path} (shape)", part.get("shape")
        for name, key in zip(("entries", "columns", "rows"), part["sparse"]):
            yield f"{path} ({name})", np.asarray(arrays[key])
    elif isinstance(part, Mapping):
        for name, value in part.items():
            yield from _leaves(value, arrays, f"{path}.{name}" if path else name)
    elif isinstance(part, (list, tuple)) and any(isinstance(x, Mapping) for x in part):
        for k, value in enumerate(part):
            called = value.get("name", k) if isinstance(value, Mapping) else k
            yield from _leaves(value, arrays, f"{path.removesuffix('.components')}.{called}")
    else:
        yield path, list(part) if isinstance(part, tuple) else part


def _shown(value: Any) -> str:
    text = f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)
    return value if value is _ABSENT else text if len(text) <= 60 else f"{text[:57]}..."
