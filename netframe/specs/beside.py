"""What stands on the disk: the text of a spec, and its arrays in a file beside it that cannot be mistaken."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from netframe.errors import FileError
from netframe.files.atomic import missing
from netframe.files.container import read, write

#: What kind of container the arrays are in.
KIND = "arrays of a network"
#: More text than that is no spec of a network: large weights are in arrays beside it.
LARGEST_TEXT = 100_000_000


def save_arrays(beside: Path, arrays: Mapping[str, np.ndarray]) -> str:
    """Write arrays beside a spec, into a file called by their SHA-256, which is returned."""
    digest = digest_of(arrays)
    write(arrays_path(beside, digest), KIND, {}, arrays)
    return digest


def arrays_path(beside: Path, digest: str) -> Path:
    """Where the arrays of a spec are: the name follows from the spec's own and from what is in them."""
    return beside.with_name(f"{beside.stem}-{digest[:12]}.npz")


def load_arrays(beside: Path, digest: str) -> dict[str, np.ndarray]:
    """The arrays that belong to a spec; others, damaged ones and hostile ones are refused."""
    path = arrays_path(beside, digest)
    if not path.exists():
        remedy = f"Keep {path.name} beside {beside.name}, whose arrays it holds; rename both or none"
        raise FileError("the arrays are missing", path=str(path), remedy=remedy)
    _, arrays = read(path, KIND)
    if digest_of(arrays) != digest:
        raise FileError(f"the arrays are not those saved with {beside.name}: their SHA-256 differs", path=str(path))
    return arrays


def digest_of(arrays: Mapping[str, np.ndarray]) -> str:
    """The SHA-256 of names, dtypes, shapes and numbers of arrays."""
    whole = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        whole.update(json.dumps([name, plain.dtype.str, array.shape]).encode())
        whole.update(plain.reshape(-1).view(np.uint8).data)
    return whole.hexdigest()


def load_text(path: Path) -> str:
    """The text of a spec."""
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST_TEXT + 1)
    except OSError as error:
        raise FileError(f"it cannot be read: {error.strerror or error}", path=str(path), remedy=missing(path)) from None
    if len(content) > LARGEST_TEXT:
        raise FileError(f"it has more than {LARGEST_TEXT // 1_000_000} MB, too much for a spec", path=str(path))
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise FileError("it is not text in UTF-8, so no spec", path=str(path)) from None
