"""NetCDF files for exchange: the labelled tree of a result, which any program reads, behind the header of result files.

    /                 times, labels of batches, what is said of the run; netframe_header: the header, as JSON
    /E, /E_to_I, ...  a group for each component: states, quantities, labels, with units and long names
    /netframe.arrays  what the tree has no place for: weights and other parameters, the state at the start
    after the end     the SHA-256 of all before it, which readers of HDF5 do not look at

Arrays are not compressed and carry Fletcher's checksum. Nothing of a file reaches the HDF5 library before its SHA-256
is right, and no array is read before every object is one that netframe writes and has its place in the file.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np

from netframe.errors import FileError, MissingPackageError, NetframeError
from netframe.files.atomic import file_path, replacing
from netframe.files.hdf5_checks import checked_datasets, header_text, read_array
from netframe.files.header import SIGNED, Refused, header, lying, parsed, plain

#: The group of arrays that have no place in the tree; no component can be called so.
ARRAYS = "netframe.arrays"
HEADER = "netframe_header"
#: How a file of HDF5 begins.
MAGIC = b"\x89HDF\r\n\x1a\n"

_NAME = re.compile(r"[^/]+(/[^/]+)*\Z")
_VARIABLE = re.compile(r"[^\W\d][^/\x00-\x1f\x7f]{0,127}(?<!\s)\Z")
_SIGNATURE = re.compile(re.escape(SIGNED.encode("ascii")) + rb"([0-9a-f]{64})\n\Z")
_SIGNATURE_BYTES = len(SIGNED) + 65
_PIECE = 1 << 20


def write(path: Any, kind: str, content: Mapping[str, Any], groups: Mapping[str, Any], kept: Iterable[str]) -> None:
    """Write groups of labelled arrays by place, such as ``"/E"``, whole or not at all; see :func:`replacing`.

    A group has ``variables``, ``coordinates`` and ``attributes``; an array is ``(dimensions, values, attributes)``, its
    dimensions ``None`` where they have no names. The header vouches for those in ``kept``, such as ``"E/v"``.
    """
    h5netcdf = package("h5netcdf", "save")
    arrays = {}
    for place in kept:
        owner, _, name = place.rpartition("/")
        group = groups[f"/{owner}"]
        arrays[place] = plain(place, np.asarray((group.variables | group.coordinates)[name][1]))
    text = header(path, kind, content, arrays)
    with replacing(path) as file:
        sink = _Sink(file)
        with sink.telling(path), h5netcdf.File(sink, "w") as whole:
            for place, group in groups.items():
                _write_group(whole if place == "/" else whole.create_group(place), group)
            whole.attrs[HEADER] = text.decode("ascii")
        _sign(file)


def read(path: Any, kind: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The content and the arrays of a file by place, as they were written, or :class:`FileError` saying why not."""
    path = file_path(path)
    h5py = package("h5py", "load")
    try:
        with open(path, "rb") as file:
            size = _signed(file)
            with h5py.File(file, "r") as whole:
                datasets = checked_datasets(whole, size)
                content, entries = parsed(header_text(whole, HEADER, size), kind, _NAME)
                return content, {name: read_array(datasets, entry) for name, entry in entries.items()}
    except Refused as refusal:
        raise FileError(f"it {refusal}", component="load", path=str(path)) from None
    except NetframeError:
        raise
    except Exception as error:  # h5py raises whatever suits it for bytes that are not what they should be
        if isinstance(error, OSError) and error.errno and error.strerror:
            raise FileError(f"not read, {error.strerror}", component="load", path=str(path)) from error
        text = f"it is damaged or no result file of netframe ({type(error).__name__}: {str(error)[:120]!r})"
        raise FileError(text, component="load", path=str(path)) from None


def is_netcdf(path: Any) -> bool:
    """Whether a file begins as those of HDF5 do; not for one that cannot be read."""
    with contextlib.suppress(OSError), open(file_path(path), "rb") as file:
        return file.read(len(MAGIC)) == MAGIC
    return False


def package(name: str, method: str) -> Any:
    """A package of the extra, or :class:`MissingPackageError`."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError:
        remedy = "Install the extra, pip install 'netframe[xarray]', or use a file that ends in .npz"
        raise MissingPackageError(f"{name} is not installed", component=method, remedy=remedy) from None


def variable_name(name: str) -> bool:
    """Whether a variable may be called so, in a file that all programs read."""
    return bool(_VARIABLE.match(name)) and name != ARRAYS


def _write_group(group: Any, table: Any) -> None:
    """One group: its dimensions, unless a group above has them, its arrays, and what is said of them."""
    for name, value in table.attributes.items():
        group.attrs[name] = _text(value) if isinstance(value, str) else value
    for name, size in table.dimensions.items():
        if size:
            group.dimensions[name] = size
    both = table.coordinates | table.variables
    for name, (dims, values, told) in both.items():
        values = np.asarray(values)
        dims = [f"length_{n}" for n in _stored_shape(values)] if dims is None else dims
        if not values.size or (len(dims) == 1 and name == dims[0] and _above(group, name)):
            continue  # nothing to write, or written above
        _require_dimensions(group, dims, _stored_shape(values))
        aside = [c for c, (along, *_) in table.coordinates.items() if c != along[0] and set(along) <= set(dims)]
        told = told | ({"coordinates": " ".join(aside)} if aside and name in table.variables else {})
        for key, value in (told | _write_array(group, name, dims, values)).items():
            group[name].attrs[key] = _text(value) if isinstance(value, str) else value


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


def _require_dimensions(group: Any, dims: Iterable[str], shape: tuple[int, ...]) -> None:
    for name, size in zip(dims, shape):
        if name not in group.dims or group.dims[name].size != size:
            group.dimensions[name] = size


def _above(group: Any, name: str) -> bool:
    return group.name != "/" and name in group.parent.dims


def _chunks(array: np.ndarray) -> tuple[int, ...]:
    """Pieces of an array of about a megabyte, whole rows where they fit."""
    room, chunks = max(_PIECE // array.itemsize, 1), []
    for n in reversed(array.shape):
        chunks.append(max(min(n, room), 1))
        room = room // chunks[-1]
    return tuple(reversed(chunks))


def _text(text: str) -> str:
    """Text that UTF-8 can hold, without the zero that ends it in C."""
    return text.replace("\0", "").encode("utf-8", "backslashreplace").decode("utf-8")


class _Sink:
    """A file as the HDF5 library sees it: what goes wrong is kept to be told, for that library does not survive it."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.error: OSError | None = None
        self.read, self.readinto, self.seek, self.tell = file.read, file.readinto, file.seek, file.tell

    def write(self, data: Any) -> int:
        return self._tried(self.file.write, data, len(data))

    def flush(self) -> None:
        self._tried(self.file.flush)

    def truncate(self, size: int) -> int:
        return self._tried(self.file.truncate, size, size)

    @contextlib.contextmanager
    def telling(self, path: Any) -> Iterator[None]:
        """Tell what went wrong with the file, whatever came of it in the block."""
        try:
            yield
        except NetframeError:
            raise
        except Exception as error:
            if self.error is None:
                remedy = "Save it to a file that ends in .npz"
                text = f"it cannot be written as NetCDF ({type(error).__name__}: {str(error)[:200]})"
                raise FileError(text, path=str(path), remedy=remedy) from error
        if self.error is not None:
            raise self.error

    def _tried(self, action: Any, *given: Any) -> Any:
        *arguments, otherwise = given or (None,)
        try:
            return action(*arguments) if self.error is None else otherwise
        except OSError as error:
            self.error = error
            return otherwise


def _sign(file: BinaryIO) -> None:
    size = file.seek(0, io.SEEK_END)
    signature = f"{SIGNED}{_digest(file, size)}\n".encode("ascii")
    file.seek(size)
    file.write(signature)


def _signed(file: BinaryIO) -> int:
    """The size of what the SHA-256 at the end of a file vouches for, if it is right."""
    size = file.seek(0, io.SEEK_END) - _SIGNATURE_BYTES
    file.seek(max(size, 0))
    found = _SIGNATURE.match(file.read())
    if not found:
        raise Refused("is cut off, or netframe did not write it: it does not end with its SHA-256")
    if _digest(file, size) != found[1].decode("ascii"):
        raise Refused("is damaged, or was changed by another program: its SHA-256 is another one")
    file.seek(0)
    return size


def _digest(file: BinaryIO, size: int) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while size:
        piece = file.read(min(_PIECE, size))
        if not piece:
            raise Refused("is cut off")
        digest.update(piece)
        size -= len(piece)
    return digest.hexdigest()
