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
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from netframe.errors import FileError
from netframe.files.atomic import PIECE, file_path, missing, replacing, write_pieces
from netframe.files.header import (
    MAX_HEADER,
    MAX_MEMBERS,
    SIGNED,
    Refused,
    described,
    empty,
    header,
    in_bytes,
    n_bytes,
    parsed,
    plain,
    proved,
)

_HEADER = "header.json"
_NAME = re.compile(r"[A-Za-z0-9_]+([./-][A-Za-z0-9_]+)*\Z")
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


def write(path: Any, kind: str, content: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    """Write plain data and arrays by name into one file, whole or not at all; see :func:`replacing`.

    ``content`` is what JSON can hold, ``arrays`` are booleans, integers or floats of up to 64 bits.
    """
    with replacing(path) as file:
        write_to(file, kind, content, arrays, path)


def write_to(file: Any, kind: str, content: Mapping[str, Any], arrays: Mapping[str, Any], path: Any) -> None:
    """Write a container into an open file; ``path`` is what errors call it."""
    for name in arrays:
        if not _NAME.match(name):
            text = f"array '{name}' has a name that is not kept; letters, digits and _ are, with single . / - between"
            raise FileError(text, attribute=name)
    kept = {name: plain(name, np.asarray(value)) for name, value in arrays.items()}
    first = header(path, kind, content, kept)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as members:
        members.comment = (SIGNED + hashlib.sha256(first).hexdigest()).encode("ascii")
        with members.open(_member(_HEADER, len(first)), "w") as out:
            out.write(first)
        for name, array in kept.items():
            head = _npy_header(described(array))
            with members.open(_member(f"{name}.npy", len(head) + array.nbytes), "w") as out:
                out.write(head)
                write_pieces(out, in_bytes(array))


def read(path: Any, kind: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The content and the arrays of a file, every number as it was written, or :class:`FileError` saying why not."""
    path = file_path(path)
    try:
        with open(path, "rb") as file:
            return read_from(file, kind, path)
    except OSError as error:
        if isinstance(error, FileError):
            raise
        text, remedy = f"not read, {error.strerror or error}", missing(path)
        raise FileError(text, component="load", path=str(path), remedy=remedy) from error


def read_from(file: BinaryIO, kind: str, path: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The same of a container in an open file; ``path`` is what errors call it."""
    try:
        return _read(file, kind)
    except Refused as refusal:
        raise FileError(f"it {refusal}", component="load", path=str(path), remedy=_reader(path)) from None
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
        raise Refused("is empty")
    if not zipfile.is_zipfile(file):
        raise Refused("is cut off, damaged, or no result file of netframe")
    with zipfile.ZipFile(file) as members:
        places = _places(members, size)
        if _HEADER not in places:
            raise Refused(f"has no {_HEADER}, so netframe did not write it")
        content, entries = parsed(_header(members, places.pop(_HEADER)), kind, _NAME)
        listed = {f"{name}.npy": entry for name, entry in entries.items()}
        missing, surplus = listed.keys() - places.keys(), places.keys() - listed.keys()
        if missing or surplus:
            names = ", ".join(repr(name) for name in sorted(missing or surplus)[:3])
            raise Refused(f"lacks {names}" if missing else f"holds {names}, which its header does not list")
        for name, entry in listed.items():
            needed = len(_npy_header(entry)) + n_bytes(entry)
            if places[name].file_size != needed:
                text = f"holds {places[name].file_size} bytes for {name!r}, and its header says {needed}"
                raise Refused(text)
        arrays = {entry["name"]: _array(members, places[name], entry) for name, entry in listed.items()}
    return content, arrays


def _places(members: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    """The members by name, none twice, none compressed, none overlapping another or ending outside of the file."""
    found: dict[str, zipfile.ZipInfo] = {}
    if len(members.filelist) > MAX_MEMBERS:
        raise Refused(f"has more than {MAX_MEMBERS} members")
    for info in members.filelist:
        if info.filename in found:
            raise Refused(f"has {info.filename!r} twice")
        if not _NAME.match(info.filename):
            raise Refused(f"has a member of the name {info.filename[:80]!r}, which netframe does not write")
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size or info.flag_bits:
            raise Refused(f"has {info.filename!r} compressed or encrypted; netframe writes it plainly")
        found[info.filename] = info
    end = 0
    for info in sorted(found.values(), key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise Refused(f"has {info.filename!r} overlapping another member")
        end = info.header_offset + 30 + len(info.filename) + info.file_size
    if end > size:
        raise Refused("is cut off")
    return found


def _header(members: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.file_size > MAX_HEADER:
        raise Refused(f"has a header of {info.file_size} bytes; {MAX_HEADER} are allowed")
    raw = members.read(info)
    if members.comment != (SIGNED + hashlib.sha256(raw).hexdigest()).encode("ascii"):
        raise Refused("has a header that is not the one it was written with")
    return raw


def _array(members: zipfile.ZipFile, info: zipfile.ZipInfo, entry: dict[str, Any]) -> np.ndarray:
    head, told = _npy_header(entry), f"{entry['name']!r}"
    with members.open(info) as data:
        if data.read(len(head)) != head:
            raise Refused(f"says of {told} two different things")
        array = empty(entry)
        into, k = in_bytes(array), 0
        while k < len(into):
            piece = data.read(min(PIECE, len(into) - k))
            if not piece:
                raise Refused(f"is cut off within {told}")
            into[k : k + len(piece)] = piece
            k += len(piece)
        data.read(1)  # at the end zipfile compares its own checksum too
    return proved(array, entry)


def _npy_header(entry: Mapping[str, Any]) -> bytes:
    """The first bytes of an .npy file of version 1.0, always the same for one dtype, shape and order."""
    shape = tuple(entry["shape"])
    text = f"{{'descr': '{entry['dtype']}', 'fortran_order': {entry['fortran_order']}, 'shape': {shape}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode("ascii")


def _member(name: str, size: int) -> zipfile.ZipInfo:
    """A member without the time of day, so that equal results are equal files."""
    info = zipfile.ZipInfo(name)
    info.file_size = size
    return info
