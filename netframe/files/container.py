"""The container of result files: a ZIP of .npy arrays, as ``numpy.savez`` makes, behind a header that vouches for them.

    header.json     format, version, kind, content, and of every array its name, dtype, shape, order and SHA-256
    <name>.npy      the arrays, not compressed, so that no member is larger than its place in the file
    comment         the SHA-256 of the header

``numpy.load`` opens it too. Nothing is unpickled, nothing in the file is run, imported or opened, and sizes are
compared with those of the file before memory is taken.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from netframe.errors import FileError
from netframe.files.atomic import file_path, missing, replacing

VERSION = 1
#: Bytes of a header, members of a file and axes of an array, at most.
MAX_HEADER, MAX_MEMBERS, MAX_AXES = 1 << 26, 1 << 16, 32
DTYPES = ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f4", "<f8")

_HEADER, _SIGNED = "header.json", "netframe sha256 "
_NAME = re.compile(r"[A-Za-z0-9_]+([./-][A-Za-z0-9_]+)*\Z")
_PIECE = 1 << 20
#: What the standard library raises for bytes that are not what they should be.
_BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    struct.error,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    RecursionError,
)


class _Refused(Exception):
    """A file is not what it should be: why, in a phrase that follows "it"."""


def write(path: Any, kind: str, content: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    """Write plain data and arrays by name into one file, whole or not at all; see :func:`replacing`.

    ``content`` is what JSON can hold, ``arrays`` are booleans, integers or floats of up to 64 bits.
    """
    kept = {name: _plain(name, np.asarray(value)) for name, value in arrays.items()}
    listed = [{"name": name, **_described(array), "sha256": _sha256(array)} for name, array in kept.items()]
    whole = {"format": "netframe", "version": VERSION, "kind": kind, "arrays": listed, "content": content}
    header = json.dumps(whole, separators=(",", ":")).encode("ascii")
    if len(header) > MAX_HEADER or len(kept) >= MAX_MEMBERS:
        text = f"its header would have {len(header)} bytes and {len(kept)} arrays; {MAX_HEADER} and {MAX_MEMBERS} fit"
        raise FileError(text, path=str(path))
    with replacing(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as members:
        members.comment = (_SIGNED + hashlib.sha256(header).hexdigest()).encode("ascii")
        with members.open(_member(_HEADER, len(header)), "w") as out:
            out.write(header)
        for entry, array in zip(listed, kept.values()):
            head = _npy_header(entry)
            with members.open(_member(f"{entry['name']}.npy", len(head) + array.nbytes), "w") as out:
                out.write(head)
                data = _bytes(array)
                for k in range(0, len(data), _PIECE):
                    out.write(data[k : k + _PIECE])


def read(path: Any, kind: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The content and the arrays of a file, every number as it was written, or :class:`FileError` saying why not."""
    path = file_path(path)
    try:
        with open(path, "rb") as file:
            return _read(file, kind)
    except _Refused as refusal:
        raise FileError(f"it {refusal}", component="load", path=str(path), remedy=_reader(path)) from None
    except OSError as error:
        text, remedy = f"not read, {error.strerror or error}", missing(path)
        raise FileError(text, component="load", path=str(path), remedy=remedy) from error
    except _BROKEN as error:
        text = f"it is damaged or no result file of netframe ({type(error).__name__}: {str(error)[:120]!r})"
        raise FileError(text, component="load", path=str(path)) from None


def _reader(path: Path) -> str:
    """What reads a file of another kind, by the end of its name."""
    kind = path.suffix.lower()
    if kind in (".toml", ".json"):
        return "Networks are read by nf.load_network"
    return "Pickles are never loaded: they can run any code" if kind in (".pkl", ".pickle", ".dill") else ""


def _read(file: BinaryIO, kind: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    size = file.seek(0, io.SEEK_END)
    if size == 0:
        raise _Refused("is empty")
    if not zipfile.is_zipfile(file):
        raise _Refused("is cut off, damaged, or no result file of netframe")
    with zipfile.ZipFile(file) as members:
        places = _places(members, size)
        if _HEADER not in places:
            raise _Refused(f"has no {_HEADER}, so netframe did not write it")
        header = _header(members, places.pop(_HEADER))
        if header.get("format") != "netframe":
            raise _Refused("is of another program")
        if header.get("version") != VERSION:
            text = f"is of format version {header.get('version')!r}; this netframe reads version {VERSION}"
            raise _Refused(f"{text}, a newer one may know it")
        if header.get("kind") != kind:
            raise _Refused(f"holds a {header.get('kind')!r}, not a {kind!r}")
        listed = _listed(header.get("arrays"))
        missing, surplus = listed.keys() - places.keys(), places.keys() - listed.keys()
        if missing or surplus:
            names = ", ".join(repr(name) for name in sorted(missing or surplus)[:3])
            raise _Refused(f"lacks {names}" if missing else f"holds {names}, which its header does not list")
        for name, entry in listed.items():
            needed = len(_npy_header(entry)) + _n_bytes(entry)
            if places[name].file_size != needed:
                text = f"holds {places[name].file_size} bytes for {name!r}, and its header says {needed}"
                raise _Refused(text)
        arrays = {entry["name"]: _array(members, places[name], entry) for name, entry in listed.items()}
    content = header.get("content")
    if not isinstance(content, dict):
        raise _Refused("has no content in its header")
    return content, arrays


def _places(members: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    """The members by name, none twice, none compressed, none overlapping another or ending outside of the file."""
    found: dict[str, zipfile.ZipInfo] = {}
    if len(members.filelist) > MAX_MEMBERS:
        raise _Refused(f"has more than {MAX_MEMBERS} members")
    for info in members.filelist:
        if info.filename in found:
            raise _Refused(f"has {info.filename!r} twice")
        if not _NAME.match(info.filename):
            raise _Refused(f"has a member of the name {info.filename[:80]!r}, which netframe does not write")
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size or info.flag_bits:
            raise _Refused(f"has {info.filename!r} compressed or encrypted; netframe writes it plainly")
        found[info.filename] = info
    end = 0
    for info in sorted(found.values(), key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise _Refused(f"has {info.filename!r} overlapping another member")
        end = info.header_offset + 30 + len(info.filename) + info.file_size
    if end > size:
        raise _Refused("is cut off")
    return found


def _header(members: zipfile.ZipFile, info: zipfile.ZipInfo) -> dict[str, Any]:
    if info.file_size > MAX_HEADER:
        raise _Refused(f"has a header of {info.file_size} bytes; {MAX_HEADER} are allowed")
    raw = members.read(info)
    if members.comment != (_SIGNED + hashlib.sha256(raw).hexdigest()).encode("ascii"):
        raise _Refused("has a header that is not the one it was written with")
    header = json.loads(raw.decode("ascii"), object_pairs_hook=_without_repeats)
    if not isinstance(header, dict):
        raise _Refused("has a header that is no table")
    return header


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Refused("has a key twice in its header")
    return found


def _listed(entries: Any) -> dict[str, dict[str, Any]]:
    """The arrays the header tells of, by member, checked to be of a kind that is read."""
    if not isinstance(entries, list):
        raise _Refused("has no list of arrays in its header")
    found: dict[str, dict[str, Any]] = {}
    for entry in entries:
        if not isinstance(entry, dict) or entry.keys() != {"name", "dtype", "shape", "fortran_order", "sha256"}:
            raise _Refused("has an array in its header that is not fully described")
        name, shape = entry["name"], entry["shape"]
        if not isinstance(name, str) or not _NAME.match(name) or f"{name}.npy" in found:
            raise _Refused(f"has an array of the name {str(name)[:80]!r}, twice or not one netframe writes")
        if entry["dtype"] not in DTYPES:
            raise _Refused(f"has {name!r} of dtype {str(entry['dtype'])[:40]!r}; known are {', '.join(DTYPES)}")
        sizes = isinstance(shape, list) and all(type(n) is int and 0 <= n < 1 << 62 for n in shape)
        if not sizes or len(shape) > MAX_AXES or not isinstance(entry["fortran_order"], bool):
            raise _Refused(f"has {name!r} of shape {str(shape)[:80]}, which no array has")
        found[f"{name}.npy"] = entry
    return found


def _array(members: zipfile.ZipFile, info: zipfile.ZipInfo, entry: dict[str, Any]) -> np.ndarray:
    head, told = _npy_header(entry), f"{entry['name']!r}"
    shape = entry["shape"][::-1] if entry["fortran_order"] else entry["shape"]
    with members.open(info) as data:
        if data.read(len(head)) != head:
            raise _Refused(f"says of {told} two different things")
        array = np.empty(shape, entry["dtype"])
        into, k = _bytes(array), 0
        while k < len(into):
            piece = data.read(min(_PIECE, len(into) - k))
            if not piece:
                raise _Refused(f"is cut off within {told}")
            into[k : k + len(piece)] = piece
            k += len(piece)
        data.read(1)  # at the end zipfile compares its own checksum too
    if _sha256(array) != entry["sha256"]:
        raise _Refused(f"is damaged: {told} is not what was written")
    return array.T if entry["fortran_order"] else array


def _plain(name: str, array: np.ndarray) -> np.ndarray:
    """An array as it is written: little-endian, in one piece, in the order it has."""
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    if array.dtype.str not in DTYPES or not _NAME.match(name):
        text = f"array '{name}' has dtype {array.dtype}; known are {', '.join(DTYPES)}"
        raise FileError(text, attribute=name)
    return array if _is_fortran(array) else np.ascontiguousarray(array).reshape(array.shape)


def _is_fortran(array: np.ndarray) -> bool:
    return array.flags.f_contiguous and not array.flags.c_contiguous


def _described(array: np.ndarray) -> dict[str, Any]:
    return {"dtype": array.dtype.str, "shape": list(array.shape), "fortran_order": _is_fortran(array)}


def _n_bytes(entry: Mapping[str, Any]) -> int:
    return math.prod(entry["shape"]) * np.dtype(entry["dtype"]).itemsize


def _npy_header(entry: Mapping[str, Any]) -> bytes:
    """The first bytes of an .npy file of version 1.0, always the same for one dtype, shape and order."""
    shape = tuple(entry["shape"])
    text = f"{{'descr': '{entry['dtype']}', 'fortran_order': {entry['fortran_order']}, 'shape': {shape}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode("ascii")


def _bytes(array: np.ndarray) -> memoryview:
    """The memory of an array, in the order in which it lies there."""
    flat = array.T if _is_fortran(array) else array
    return flat.reshape(-1).view(np.uint8).data


def _sha256(array: np.ndarray) -> str:
    return hashlib.sha256(_bytes(array)).hexdigest()


def _member(name: str, size: int) -> zipfile.ZipInfo:
    """A member without the time of day, so that equal results are equal files."""
    info = zipfile.ZipInfo(name)
    info.file_size = size
    return info
