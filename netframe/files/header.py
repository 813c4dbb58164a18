"""The header of result files: what they hold, and of every array its dtype, shape, order and SHA-256."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from netframe.errors import FileError

VERSION = 1
#: Bytes of a header, members of a file and axes of an array, at most.
MAX_HEADER, MAX_MEMBERS, MAX_AXES = 1 << 26, 1 << 16, 32
DTYPES = ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f4", "<f8")
#: What stands before a SHA-256 over everything.
SIGNED = "netframe sha256 "


class Refused(Exception):
    """A file is not what it should be: why, in a phrase that follows "it"."""


def header(path: Any, kind: str, content: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """The header of a file with these arrays, which :func:`plain` has made, as JSON."""
    listed = [{"name": name, **described(array), "sha256": sha256(array)} for name, array in arrays.items()]
    whole = {"format": "netframe", "version": VERSION, "kind": kind, "arrays": listed, "content": content}
    try:
        text = json.dumps(whole, separators=(",", ":"), allow_nan=False).encode("ascii")
    except ValueError as error:
        raise FileError(f"its content is nothing JSON can hold ({error})", path=str(path)) from None
    if len(text) > MAX_HEADER or len(arrays) >= MAX_MEMBERS:
        told = f"its header would have {len(text)} bytes and {len(arrays)} arrays; {MAX_HEADER} and {MAX_MEMBERS} fit"
        raise FileError(told, path=str(path))
    return text


def parsed(text: str | bytes, kind: str, names: re.Pattern[str]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The content of a header and the arrays it tells of by name, or :class:`Refused`."""
    whole = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_number)
    if not isinstance(whole, dict):
        raise Refused("has a header that is no table")
    if whole.get("format") != "netframe":
        raise Refused("is of another program")
    if whole.get("version") != VERSION:
        told = f"is of format version {whole.get('version')!r}; this netframe reads version {VERSION}"
        raise Refused(f"{told}, a newer one may know it")
    if whole.get("kind") != kind:
        raise Refused(f"holds a {whole.get('kind')!r}, not a {kind!r}")
    listed = _listed(whole.get("arrays"), names)
    if not isinstance(whole.get("content"), dict):
        raise Refused("has no content in its header")
    return whole["content"], listed


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused("has a key twice in its header")
    return found


def _no_number(text: str) -> float:
    raise Refused(f"has {text} in its header, which is no number in JSON")


def _listed(entries: Any, names: re.Pattern[str]) -> dict[str, dict[str, Any]]:
    """The arrays the header tells of, by name, checked to be of a kind that is read."""
    if not isinstance(entries, list):
        raise Refused("has no list of arrays in its header")
    found: dict[str, dict[str, Any]] = {}
    for entry in entries:
        if not isinstance(entry, dict) or entry.keys() != {"name", "dtype", "shape", "fortran_order", "sha256"}:
            raise Refused("has an array in its header that is not fully described")
        name, shape = entry["name"], entry["shape"]
        if not isinstance(name, str) or not names.match(name) or name in found:
            raise Refused(f"has an array of the name {str(name)[:80]!r}, twice or not one netframe writes")
        if entry["dtype"] not in DTYPES:
            raise Refused(f"has {name!r} of dtype {str(entry['dtype'])[:40]!r}; known are {', '.join(DTYPES)}")
        sizes = isinstance(shape, list) and all(type(n) is int and 0 <= n < 1 << 62 for n in shape)
        if not sizes or len(shape) > MAX_AXES or not isinstance(entry["fortran_order"], bool):
            raise Refused(f"has {name!r} of shape {str(shape)[:80]}, which no array has")
        found[name] = entry
    return found


def plain(name: str, array: np.ndarray) -> np.ndarray:
    """An array as it is written: little-endian, in one piece, in the order it has."""
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    if array.dtype.str not in DTYPES:
        text = f"array '{name}' has dtype {array.dtype}; known are {', '.join(DTYPES)}"
        raise FileError(text, attribute=name)
    return array if _is_fortran(array) else np.ascontiguousarray(array).reshape(array.shape)


def lying(array: np.ndarray) -> np.ndarray:
    """An array with its axes in the order in which it lies in memory."""
    return array.T if _is_fortran(array) else array


def empty(entry: Mapping[str, Any]) -> np.ndarray:
    """Memory for what an entry tells of, its axes in the order in which they lie there."""
    return np.empty(entry["shape"][::-1] if entry["fortran_order"] else entry["shape"], entry["dtype"])


def proved(array: np.ndarray, entry: Mapping[str, Any]) -> np.ndarray:
    """An array that was read into what :func:`empty` gave, if it is what was written."""
    if sha256(array) != entry["sha256"]:
        raise Refused(f"is damaged: {entry['name']!r} is not what was written")
    if array.dtype == bool and (array.view(np.uint8) > 1).any():
        raise Refused(f"has neither true nor false in {entry['name']!r}")
    return array.T if entry["fortran_order"] else array


def n_bytes(entry: Mapping[str, Any]) -> int:
    """The bytes of an array that an entry tells of."""
    return math.prod(entry["shape"]) * np.dtype(entry["dtype"]).itemsize


def in_bytes(array: np.ndarray) -> memoryview:
    """The memory of an array, in the order in which it lies there."""
    return lying(array).reshape(-1).view(np.uint8).data


def sha256(array: np.ndarray) -> str:
    """The SHA-256 of the memory of an array."""
    return hashlib.sha256(in_bytes(array)).hexdigest()


def _is_fortran(array: np.ndarray) -> bool:
    return array.flags.f_contiguous and not array.flags.c_contiguous


def described(array: np.ndarray) -> dict[str, Any]:
    """What an entry tells of an array besides its name and hash."""
    return {"dtype": array.dtype.str, "shape": list(array.shape), "fortran_order": _is_fortran(array)}
