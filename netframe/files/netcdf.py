"""NetCDF files for exchange: the labelled tree of a result, which any program reads, behind the header of result files.

    /                 times, labels of batches, what is said of the run; netframe_header: the header, as JSON, with its
                      SHA-256 in netframe_sha256
    /E, /E_to_I, ...  a group for each component: states, quantities, labels, with units and long names
    /netframe.arrays  what the tree has no place for: weights and other parameters, the state at the start
    after the end     the SHA-256 of all before it, which readers of HDF5 do not look at

Arrays are not compressed and carry Fletcher's checksum. Nothing of a file reaches the HDF5 library before its SHA-256
is right, and no array is read before every object is one that netframe writes and has its place in the file.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

import numpy as np

from netframe.errors import FileError, NetframeError
from netframe.extras import package
from netframe.files.atomic import PIECE, begins_with, file_path, replacing, write_pieces
from netframe.files.hdf5_checks import HASH, HEADER, checked_datasets, header_text, read_array
from netframe.files.header import SIGNED, Refused, header, lying, parsed, plain
from netframe.memory import require

#: The group of arrays that have no place in the tree; no component can be called so.
ARRAYS = "netframe.arrays"
#: How a file of HDF5 begins.
MAGIC = b"\x89HDF\r\n\x1a\n"

_NAME = re.compile(r"[^/]+(/[^/]+)*\Z")
_VARIABLE = re.compile(r"\w[^/\x00-\x1f\x7f]{0,127}(?<!\s)\Z")
_SIGNATURE = re.compile(re.escape(SIGNED.encode("ascii")) + rb"([0-9a-f]{64})\n\Z")
_SIGNATURE_BYTES = len(SIGNED) + 65


def write(path: Any, kind: str, content: Mapping[str, Any], groups: Mapping[str, Any], kept: Iterable[str]) -> None:
    """Write groups of labelled arrays by place, such as ``"/E"``, whole or not at all; see :func:`replacing`.

    A group has ``variables``, ``coordinates`` and ``attributes``; an array is ``(dimensions, values, attributes)``, its
    dimensions ``None`` where they have no names. The header vouches for those in ``kept``, such as ``"E/v"``.
    """
    h5netcdf = package("h5netcdf", "xarray", "save", instead="use a file that ends in .npz")
    arrays = {}
    for place in kept:
        owner, _, name = place.rpartition("/")
        group = groups[f"/{owner}"]
        arrays[place] = plain(place, np.asarray(_all(group)[name][1]))
    text = header(path, kind, content, arrays)
    needed = sum(np.asarray(values).nbytes for group in groups.values() for _, values, _ in _all(group).values())
    require(needed, "a NetCDF file, which is put together before it is written,", "Save it to a file that ends in .npz")
    made = io.BytesIO()
    try:
        with h5netcdf.File(made, "w") as whole:
            for place, group in groups.items():
                _write_group(whole if place == "/" else whole.create_group(place), group)
            whole.attrs[HEADER], whole.attrs[HASH] = text.decode("ascii"), hashlib.sha256(text).hexdigest()
    except NetframeError:
        raise
    except (ValueError, TypeError, KeyError, OSError, RuntimeError) as error:
        told = f"it cannot be written as NetCDF ({type(error).__name__}: {str(error)[:200]})"
        raise FileError(told, path=str(path), remedy="Save it to a file that ends in .npz") from error
    data = made.getbuffer()
    with replacing(path) as file:
        write_pieces(file, data)
        file.write(f"{SIGNED}{hashlib.sha256(data).hexdigest()}\n".encode("ascii"))


def read(path: Any, kind: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The content and the arrays of a file by place, as they were written, or :class:`FileError` saying why not."""
    path = file_path(path)
    h5py = package("h5py", "xarray", "load", instead="use a file that ends in .npz")
    try:
        with open(path, "rb") as file:
            return _read(file, _signed(file), h5py, kind)
    except Refused as refusal:
        raise FileError(f"it {refusal}", component="load", path=str(path)) from None
    except OSError as error:
        raise FileError(f"not read, {error.strerror or error}", component="load", path=str(path)) from error


def _read(file: BinaryIO, size: int, h5py: Any, kind: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    try:
        with h5py.File(file, "r") as whole:
            datasets = checked_datasets(whole, size)
            content, entries = parsed(header_text(whole, size), kind, _NAME)
            return content, {name: read_array(datasets, entry) for name, entry in entries.items()}
    except Refused:
        raise
    except Exception as error:  # h5py raises whatever suits it for bytes that are not what they should be
        text = f"is damaged or no result file of netframe ({type(error).__name__}: {str(error)[:120]!r})"
        raise Refused(text) from None


def is_netcdf(path: Any) -> bool:
    """Whether a file begins as those of HDF5 do; one that cannot be read does not."""
    return begins_with(path, MAGIC)


def variable_name(name: str) -> bool:
    """Whether a variable may be called so, in a file that all programs read."""
    return bool(_VARIABLE.match(name)) and name != ARRAYS


def _all(table: Any) -> dict[str, Any]:
    return {**table.coordinates, **table.variables}


def _write_group(group: Any, table: Any) -> None:
    """One group: its dimensions, unless a group above has them, its arrays, and what is said of them."""
    for name, value in table.attributes.items():
        group.attrs[name] = _text(value) if isinstance(value, str) else value
    if not table.variables and (alone := _aside(table, None)):
        group.attrs["coordinates"] = alone
    for name, size in table.dimensions.items():
        if size:
            group.dimensions[name] = size
    for name, (dims, values, told) in _all(table).items():
        values = np.asarray(values)
        dims = _nameless(_stored_shape(values)) if dims is None else dims
        if not values.size or (len(dims) == 1 and name == dims[0] and _above(group, name)):
            continue  # nothing to write, or written above
        _require_dimensions(group, dims, _stored_shape(values))
        if name in table.variables and (aside := _aside(table, dims)):
            told = told | {"coordinates": aside}
        for key, value in (told | _write_array(group, name, dims, values)).items():
            group[name].attrs[key] = _text(value) if isinstance(value, str) else value


def _aside(table: Any, dims: Iterable[str] | None) -> str:
    """The labels that are not called like their dimension, those along these, for the attribute that names them."""
    found = [name for name, (along, *_) in table.coordinates.items() if name != along[0] and " " not in name]
    return " ".join(name for name in found if dims is None or table.coordinates[name][0][0] in dims)


def _write_array(group: Any, name: str, dims: Any, values: np.ndarray) -> dict[str, str]:
    """Write numbers with a checksum, and what are none as text: what is to be said of how they are kept."""
    if values.dtype.kind not in "buif":
        import h5py

        text = np.array([_text(str(label)) for label in values], dtype=object)
        group.create_variable(name, dims, dtype=h5py.string_dtype(), data=text)
        return {}
    kept = lying(plain(name, values)).reshape(_stored_shape(values))
    is_bool = kept.dtype == bool
    kept = kept.view("|i1") if is_bool else kept
    group.create_variable(name, dims, data=kept, chunks=_chunks(kept), fletcher32=True)
    return {"dtype": "bool"} if is_bool else {}


def _stored_shape(values: np.ndarray) -> tuple[int, ...]:
    return lying(values).shape or (1,)


def _nameless(shape: tuple[int, ...]) -> list[str]:
    """Dimensions of an array whose axes have no names, each another one."""
    return [f"length_{n}" + f"_{shape[:k].count(n) + 1}" * (n in shape[:k]) for k, n in enumerate(shape)]


def _require_dimensions(group: Any, dims: Iterable[str], shape: tuple[int, ...]) -> None:
    for name, size in zip(dims, shape):
        if name not in group.dims or group.dims[name].size != size:
            group.dimensions[name] = size


def _above(group: Any, name: str) -> bool:
    return group.name != "/" and name in group.parent.dims


def _chunks(array: np.ndarray) -> tuple[int, ...]:
    """Pieces of an array of about a megabyte, whole rows where they fit."""
    room, chunks = max(PIECE // array.itemsize, 1), []
    for n in reversed(array.shape):
        chunks.append(max(min(n, room), 1))
        room = room // chunks[-1]
    return tuple(reversed(chunks))


def _text(text: str) -> str:
    """Text that UTF-8 can hold, without the zero that ends it in C."""
    return text.replace("\0", "").encode("utf-8", "backslashreplace").decode("utf-8")


def _signed(file: BinaryIO) -> int:
    """The size of what the SHA-256 at the end of a file vouches for, if it is right."""
    size = file.seek(0, io.SEEK_END) - _SIGNATURE_BYTES
    file.seek(max(size, 0))
    found = _SIGNATURE.match(file.read())
    if not found:
        raise Refused("does not end with its SHA-256: it is cut off, or another program wrote or changed it")
    if _sha256_of(file, size) != found[1].decode("ascii"):
        raise Refused("is damaged, or another program changed it: its SHA-256 is another one")
    file.seek(0)
    return size


def _sha256_of(file: BinaryIO, size: int) -> str:
    """The SHA-256 of the first bytes of a file."""
    digest, left = hashlib.sha256(), size
    file.seek(0)
    while left and (piece := file.read(min(PIECE, left))):
        digest.update(piece)
        left -= len(piece)
    return digest.hexdigest()
