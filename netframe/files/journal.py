"""A journal: one file of records that only grows, for what is computed part by part.

    magic      16 bytes, before every record
    length     of the record, 8 bytes, little-endian
    SHA-256    of the one before and the record, 32 bytes
    record     a container, as result files are

A record counts once all of it is there, after all those before it. What a killed writer left at the end is ignored, and
overwritten by the next record; a record that was damaged, lost or exchanged between others is refused. So the file
never says anything else than what it said after one of its records was written, and each record is written once.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from netframe.errors import FileError
from netframe.files.atomic import PIECE, begins_with, explained, file_path, replacing, write_pieces
from netframe.files.container import read_from, write_to
from netframe.files.locks import locked

MAGIC = b"\x93netframe part\n\x01"
_HEAD = struct.Struct("<16sQ32s")

#: Plain data and arrays by name.
Record = tuple[dict[str, Any], dict[str, np.ndarray]]


def is_journal(path: Any) -> bool:
    """Whether a file begins as journals do; one that cannot be read does not."""
    return begins_with(path, MAGIC)


def read_journal(path: Any, kind: str) -> list[Record]:
    """The records that are whole, or :class:`FileError`."""
    path = file_path(path)
    try:
        with open(path, "rb") as file:
            return [record for record, _, _ in _records(file, kind, path)]
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"not read, {error.strerror or error}", component="load", path=str(path)) from error


class Journal:
    """A journal that is open to be written to, by this process alone."""

    def __init__(self, path: Path, kind: str, file: BinaryIO) -> None:
        self._path, self._kind, self._file = path, kind, file
        self.records: list[Record] = []
        self._end, self._digest = 0, b""
        for record, self._end, self._digest in _records(file, kind, path):
            self.records.append(record)

    @classmethod
    def begun(cls, path: Path, kind: str, *records: tuple[Mapping[str, Any], Mapping[str, Any]]) -> Journal:
        """A new one with its first records, whole or not at all; refused where there is a file by then."""
        text, remedy = "another process has begun a run there", "Wait for its end, or give another path"
        begun_by_another = FileError(text, component="checkpoint", path=str(path), remedy=remedy)
        digest = b""
        try:
            with replacing(path, new=True) as file:
                for record in records:
                    digest, data = _encoded(kind, *record, path, digest)
                    _write(file, digest, data)
        except FileExistsError:
            raise begun_by_another from None
        journal = cls.opened(path, kind)
        if journal._digest != digest:  # it went on, or ended, before this process came to open it
            journal.close()
            raise begun_by_another
        return journal

    @classmethod
    def opened(cls, path: Path, kind: str) -> Journal:
        """The one at ``path``; refused while another process writes to it."""
        try:
            while True:
                with contextlib.ExitStack() as opened:
                    file = opened.enter_context(open(path, "r+b"))
                    if locked(file) is False:
                        text, remedy = "another process is writing to it", "Wait for its end, or give another path"
                        raise FileError(text, component="checkpoint", path=str(path), remedy=remedy)
                    if os.path.samestat(os.fstat(file.fileno()), os.stat(path)):  # not replaced before it was locked
                        journal = cls(path, kind, file)
                        opened.pop_all()
                        return journal
        except FileError:
            raise
        except OSError as error:
            raise FileError(f"not opened, {error.strerror or error}", path=str(path)) from error

    def append(self, content: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
        """Write a record after the last one, to the disk; when this fails those before it are as they were."""
        digest, data = _encoded(self._kind, content, arrays, self._path, self._digest)
        try:
            self._file.truncate(self._end)
            self._file.seek(self._end)
            _write(self._file, digest, data)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise explained(error, self._path) from error
        self._end, self._digest = self._file.tell(), digest

    def close(self) -> None:
        """Let others write to it."""
        with contextlib.suppress(OSError):
            self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def _encoded(
    kind: str, content: Mapping[str, Any], arrays: Mapping[str, Any], path: Any, before: bytes
) -> tuple[bytes, memoryview]:
    """The SHA-256 of a record and its bytes."""
    whole = io.BytesIO()
    write_to(whole, kind, content, arrays, path)
    return _chained(before, whole.getbuffer()), whole.getbuffer()


def _chained(before: bytes, data: bytes | memoryview) -> bytes:
    whole = hashlib.sha256(before)
    whole.update(data)
    return whole.digest()


def _write(file: BinaryIO, digest: bytes, data: memoryview) -> None:
    file.write(_HEAD.pack(MAGIC, len(data), digest))
    write_pieces(file, data)


def _records(file: BinaryIO, kind: str, path: Any) -> Iterator[tuple[Record, int, bytes]]:
    """Every record that is whole, where it ends, and its SHA-256."""
    size, at, before = file.seek(0, io.SEEK_END), 0, b""
    while at < size:
        file.seek(at)
        head = file.read(_HEAD.size)
        magic, length, digest = _HEAD.unpack(head) if len(head) == _HEAD.size else (b"", 0, b"")
        is_there = magic == MAGIC and length <= size - at - _HEAD.size
        data = file.read(length) if is_there else b""
        if not is_there or _chained(before, data) != digest:
            if _another(file, at + 1, size):
                raise FileError(f"it is damaged at byte {at}", component="load", path=str(path))
            return
        at, before = at + _HEAD.size + length, digest
        yield read_from(io.BytesIO(data), kind, path), at, digest


def _another(file: BinaryIO, at: int, end: int) -> bool:
    """Whether a record begins at ``at`` or after it, before ``end``: what is written meanwhile is not looked at."""
    file.seek(at)
    before = b""
    while piece := file.read(min(PIECE, end - file.tell())):
        if MAGIC in before + piece:
            return True
        before = piece[1 - len(MAGIC) :]
    return False
