"""Files of a spec: written whole or not at all, and arrays read without trusting what the file says of itself."""

from __future__ import annotations

import contextlib
import hashlib
import io
import math
import os
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from netframe.errors import SpecError

#: More text than that is no spec of a network: weights are in arrays beside it.
LARGEST_TEXT = 100_000_000


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of ``path`` when all is written and synced; before that the old one stays."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    try:
        try:
            with open(temporary, "xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
            _sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        text = f"it cannot be written: {error.strerror or error}; what was there before is unchanged"
        raise SpecError(text, path=str(path)) from error


def save_arrays(beside: Path, arrays: Mapping[str, np.ndarray]) -> str:
    """Write arrays beside a spec, into a file called by their SHA-256, which is returned."""
    container = io.BytesIO()
    np.savez(container, allow_pickle=False, **arrays)
    digest = hashlib.sha256(container.getbuffer()).hexdigest()
    with replacing(arrays_path(beside, digest)) as file:
        file.write(container.getbuffer())
    return digest


def arrays_path(beside: Path, digest: str) -> Path:
    """Where the arrays of a spec are: the name follows from the spec's own and from what is in them."""
    return beside.with_name(f"{beside.stem}-{digest[:12]}.npz")


def load_arrays(beside: Path, digest: str) -> dict[str, np.ndarray]:
    """The arrays that belong to a spec; others, damaged ones and hostile ones are refused."""
    path = arrays_path(beside, digest)
    try:
        with open(path, "rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                raise SpecError(
                    f"the arrays are not those saved with {beside.name}: their SHA-256 differs", path=str(path)
                )
            return dict(_members(file, os.fstat(file.fileno()).st_size))
    except FileNotFoundError:
        remedy = f"Keep {path.name} beside {beside.name}, whose arrays it holds; rename both or none"
        raise SpecError("the arrays are missing", path=str(path), remedy=remedy) from None
    except SpecError:
        raise
    except Exception as error:
        raise SpecError(f"the arrays cannot be read: {error}", path=str(path)) from None


def load_text(path: Path) -> str:
    """The text of a spec."""
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST_TEXT + 1)
    except OSError as error:
        raise SpecError(f"it cannot be read: {error.strerror or error}", path=str(path)) from None
    if len(content) > LARGEST_TEXT:
        raise SpecError(f"it has more than {LARGEST_TEXT // 1_000_000} MB, too much for a spec", path=str(path))
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise SpecError("it is not text in UTF-8, so no spec", path=str(path)) from None


def _members(file: BinaryIO, size: int) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays in a file; what they claim to take is compared with the file's size before anything is allocated."""
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > size or len({m.filename for m in members}) < len(members):
            raise ValueError("it claims to hold more than it does")
        for member in members:
            if member.compress_type != zipfile.ZIP_STORED or not member.filename.endswith(".npy"):
                raise ValueError(f"'{member.filename}' is no array as netframe writes them")
            with archive.open(member) as content:
                yield member.filename.removesuffix(".npy"), _array(content, member)


def _array(content: Any, member: zipfile.ZipInfo) -> np.ndarray:
    if np.lib.format.read_magic(content) != (1, 0):
        raise ValueError(f"'{member.filename}' is no array as netframe writes them")
    shape, by_columns, dtype = np.lib.format.read_array_header_1_0(content)
    if dtype.kind not in "buif" or dtype.hasobject:
        raise ValueError(f"'{member.filename}' holds {dtype}, and only numbers are allowed")
    if content.tell() + math.prod(shape) * dtype.itemsize != member.file_size:
        raise ValueError(f"'{member.filename}' claims the shape {shape}, which its size does not fit")
    flat = np.frombuffer(content.read(), dtype)
    return flat.reshape(shape, order="F" if by_columns else "C")


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a loss of power, where the system lets a folder be synced."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
