"""Writing a file so that, killed at any moment, the old one or the new one is there, whole."""

from __future__ import annotations

import contextlib
import difflib
import errno
import itertools
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from netframe.errors import FileError, brief
from netframe.files.locks import locked
from netframe.memory import readable

_FULL = (errno.ENOSPC, errno.EDQUOT)
#: Seconds without a change after which a file that nobody writes any more is removed: one whose writer is known to
#: have ended, and one whose writer is not known.
_ENDED, _LEFT_BEHIND = 10.0, 86400.0
#: Bytes that are read or written at once.
PIECE = 1 << 20


@contextlib.contextmanager
def replacing(path: Any, *, new: bool = False) -> Iterator[BinaryIO]:
    """A binary file that takes the place of the one at ``path`` when the block ends, and never if it fails.

    It is written beside it, flushed to the disk, and then renamed. Folders are not made. :class:`FileError` when the
    disk is full, the folder is missing or nothing may be written there; the old file is then as it was. A ``new`` file
    takes the place of none: ``FileExistsError`` where there is one by then.

    Example:
        >>> import tempfile, pathlib
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder) / "numbers"
        ...     with replacing(path) as file:
        ...         _ = file.write(b"1 2 3")
        ...     path.read_bytes()
        b'1 2 3'
    """
    target = writable(path)
    begins = f".{target.name[:40]}."
    _remove_left_behind(target.parent, begins)
    beside = target.parent / f"{begins}{secrets.token_hex(8)}.tmp"
    try:
        try:
            with open(beside, "xb") as file:
                locked(file)
                yield file
                file.flush()
                os.fsync(file.fileno())
            if new:
                _placed(beside, target)
            else:
                if target.exists():
                    shutil.copymode(target, beside)
                os.replace(beside, target)
        except BaseException:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise
        _sync_folder(target.parent)
    except OSError as error:
        if isinstance(error, FileError) or (new and isinstance(error, FileExistsError)):
            raise
        raise explained(error, target) from error


def _placed(beside: Path, target: Path) -> None:
    """Give a file its name, unless another has it."""
    try:
        os.link(beside, target)
    except FileExistsError:
        raise
    except (OSError, AttributeError):  # not every system has hard links; then two may still meet within a moment
        if target.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        os.rename(beside, target)
    else:
        with contextlib.suppress(OSError):
            beside.unlink()


def write_pieces(file: Any, data: memoryview) -> None:
    """Write data into an open file, so much at once that no copy of all of it is made on the way."""
    for k in range(0, len(data), PIECE):
        file.write(data[k : k + PIECE])


def begins_with(path: Any, magic: bytes) -> bool:
    """Whether a file begins so; one that cannot be read does not. :class:`FileError` for what is no path."""
    path = file_path(path)
    try:
        with open(path, "rb") as file:
            return file.read(len(magic)) == magic
    except OSError:
        return False


def file_path(path: Any) -> Path:
    """What a user gave as a path, as one, or :class:`FileError`."""
    try:
        return Path(os.fsdecode(os.fspath(path)))
    except TypeError:
        text = f"the path is {brief(path)}; it must be text or a pathlib.Path"
        raise FileError(text, remedy="Write path='run.npz'") from None


def missing(path: Path) -> str:
    """What to do about a file that cannot be read: the closest name in its folder, when it is not there."""
    if path.exists():
        return ""
    try:
        there = [p.name for p in itertools.islice(path.parent.iterdir(), 10_000)]
        near = difflib.get_close_matches(path.name, there, n=3)
    except OSError:
        return f"There is no folder '{path.parent.absolute()}'"
    meant = f"Did you mean {' or '.join(map(repr, near))}? " if near else ""
    return f"{meant}The folder is '{path.parent.absolute()}'"


def writable(path: Any) -> Path:
    """The file that is replaced, where a link points to, not the link; :class:`FileError` where nothing can be."""
    target = Path(os.path.realpath(file_path(path)))
    if target.is_dir():
        raise FileError("it is a folder; give the name of a file", path=str(path))
    if not target.parent.is_dir():
        text = f"the folder '{target.parent}' does not exist"
        raise FileError(text, path=str(path), remedy="Make it first, folders are not made on the way")
    if target.exists() and not os.access(target, os.W_OK):
        raise FileError("the file is there and may not be written to", path=str(path))
    return target


def _remove_left_behind(folder: Path, begins: str) -> None:
    """Remove what killed writers left; a writer that lives holds a lock."""
    for old in folder.glob(f"{_literal(begins)}*.tmp"):
        with contextlib.suppress(OSError):
            age = time.time() - old.stat().st_mtime
            if age > _ENDED:
                with open(old, "rb") as file:
                    free = locked(file)
                if free or (free is None and age > _LEFT_BEHIND):
                    old.unlink()


def _literal(text: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


def _sync_folder(folder: Path) -> None:
    """Make the renaming itself last; systems that cannot open a folder do so by themselves."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except PermissionError:  # files may be made in it, and it may not be read
        return
    try:
        os.fsync(opened)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(opened)


def explained(error: OSError, target: Path) -> FileError:
    """What to raise when the system refuses to write, saying why and what is there now."""
    why = error.strerror or str(error)
    if error.errno in _FULL:
        try:
            why = f"the disk is full ({readable(shutil.disk_usage(target.parent).free)} are free)"
        except OSError:
            why = "the disk is full"
    kept = "the file that was there is as it was" if target.exists() else "nothing was written"
    return FileError(f"not written, {why}; {kept}", path=str(target))
