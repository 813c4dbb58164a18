"""What may be an array here: NumPy float64, or an array of another namespace, taken as it is."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from netframe.calls import warn
from netframe.errors import brief
from netframe.units import has_unit

_PLAIN = frozenset({np.ndarray, float, int, bool, np.float64})


def array_namespace(*values: Any) -> Any:
    """NumPy, unless one of ``values`` is an array (or tracer) of another namespace, such as ``jax.numpy``.

    >>> array_namespace(1.0, np.zeros(3)).__name__
    'numpy'
    """
    for value in values:
        if type(value) not in _PLAIN and not isinstance(value, (np.ndarray, np.generic)):
            namespace = getattr(value, "__array_namespace__", None)
            if namespace is not None:
                return namespace()
    return np


def joined_last(pieces: list[Any], xp: Any) -> Any:
    """Pieces of another namespace one after the other along the last axis.

    JAX would compute each entry anew behind a choice of its piece, three times as slow, unless told to keep the pieces.
    """
    if xp.__name__ == "jax.numpy":
        from jax import lax

        pieces = lax.optimization_barrier(pieces)
    return xp.concatenate(pieces, axis=-1)


def is_foreign(value: Any) -> bool:
    """Whether ``value`` is an array of a namespace other than NumPy."""
    return array_namespace(value) is not np


def is_concrete(value: Any) -> bool:
    """Whether ``value`` has numbers in it that can be looked at; a tracer of JAX has none."""
    jax = sys.modules.get("jax")
    value = value.data if isinstance(value, CompressedRows) else value
    return jax is None or not isinstance(value, jax.core.Tracer)


@attrs.frozen(eq=False)
class CompressedRows:
    """A CSR array whose entries are of another namespace, or traced: what ``scipy.sparse`` cannot hold."""

    data: Any
    indices: np.ndarray
    indptr: np.ndarray
    shape: tuple[int, int]

    @property
    def nnz(self) -> int:
        """The number of stored entries."""
        return len(self.indices)

    def astype(self, dtype: Any) -> CompressedRows:
        """The same entries in another precision."""
        return attrs.evolve(self, data=self.data.astype(dtype))


def is_sparse(value: Any) -> bool:
    """Whether ``value`` is a matrix or array of ``scipy.sparse``, or entries in compressed rows."""
    sparse = sys.modules.get("scipy.sparse")
    return isinstance(value, CompressedRows) or (sparse is not None and sparse.issparse(value))


def as_float64(value: Any) -> Any:
    """``value`` as a Python float or a read-only float64 array; arrays of other namespaces pass untouched.

    bool, int, float32 and longer floats are converted. Anything else (object, complex, text, dates, masked or ragged
    arrays) raises ``TypeError`` with a phrase that completes a sentence starting with the name of the parameter.
    """
    if type(value) is not np.ndarray:
        if is_foreign(value):
            return value
        if is_sparse(value):
            raise TypeError("is a sparse matrix; only weights may be sparse")
        if has_unit(value):
            raise TypeError(f"is {shortened(value)}, with a unit; give its magnitude")
        if isinstance(value, np.ma.MaskedArray):
            raise TypeError("is a masked array; fill its gaps with numbers first")
    try:
        array = np.asarray(value)
    except ValueError:
        lengths = [len(row) if hasattr(row, "__len__") else 1 for row in value]
        raise TypeError(f"is ragged: its rows have lengths {lengths}") from None
    if array.dtype.kind not in "buif" or array.dtype == np.float16:
        of = "" if array.ndim == 0 and array.dtype == object else f" of dtype {array.dtype}"
        raise TypeError(f"is {shortened(value)}{of}; real numbers (bool, int, float) are allowed")
    if array.ndim == 0:
        return float(array)
    ours = array.flags.owndata and not array.flags.writeable
    return read_only(array.astype(np.float64, copy=not ours, order="C"))


def members_of(values: Any, n_axes: int, index: Sequence[Any]) -> Any:
    """Some members of an array whose first ``n_axes`` axes broadcast to the batch that ``index`` goes along.

    ``index`` has an entry for each axis of the batch: arrays of positions, for one batch axis in place of all, or whole
    numbers, for one member without a batch axis. What all of them share is kept once, along an axis of one.

    >>> members_of(np.array([[1.0], [2.0], [3.0]]), 1, [np.array([0, 2])]).tolist()
    [[1.0], [3.0]]
    """
    where = [i * (n > 1) for i, n in zip(index[len(index) - n_axes :], values.shape)]
    if all(np.ndim(i) and (i == i[0]).all() for i in where):
        where = [i[:1] for i in where]
    return values[tuple(where)]


def read_only(array: np.ndarray) -> np.ndarray:
    """``array``, which the caller owns, closed for writing."""
    array.flags.writeable = False
    return array


def as_weights(value: Any, owner: str = "") -> Any:
    """The same for weights, which may be sparse: those become a canonical CSR array; ``owner`` is whose they are."""
    if not is_sparse(value):
        return as_float64(value)
    csr, duplicates = as_csr(value)
    if duplicates:
        whose = f"weights of '{owner}'" if owner else "weights"
        warn(f"{whose}: {duplicates} duplicate entries were summed", UserWarning)
    return csr


def as_csr(matrix: Any) -> tuple[Any, int]:
    """A canonical read-only float64 ``csr_array`` of a sparse matrix, and how many duplicate entries were summed.

    Indices outside the shape, which would make a product read foreign memory, raise ``TypeError``.
    """
    if isinstance(matrix, CompressedRows):
        return matrix, 0
    from scipy import sparse

    if matrix.dtype.kind not in "buif":
        raise TypeError(f"is sparse of dtype {matrix.dtype}; real numbers are allowed")
    try:
        _check_indices(matrix)
        if hasattr(matrix, "check_format"):
            matrix.check_format(full_check=True)
        csr = sparse.csr_array(matrix, dtype=np.float64, copy=not _is_closed_csr(matrix))
        csr.check_format(full_check=True)
    except (ValueError, IndexError) as error:
        raise TypeError(f"is a sparse matrix of shape {matrix.shape} with bad indices ({error})") from None
    stored = len(matrix.data) if matrix.format == "coo" else csr.nnz  # from COO, duplicates are summed on the way
    csr.sum_duplicates()
    csr.sort_indices()
    for part in (csr.data, csr.indices, csr.indptr):
        read_only(_owner(part))
        read_only(part)
    return csr, stored - csr.nnz


def _is_closed_csr(matrix: Any) -> bool:
    """Whether a matrix is as ``as_csr`` leaves it, so that nobody can change it and its arrays may be shared."""
    if matrix.format != "csr" or matrix.dtype != np.float64:
        return False
    parts = (matrix.data, matrix.indices, matrix.indptr)
    closed = all(not (part.flags.writeable or _owner(part).flags.writeable) for part in parts)
    return closed and bool(matrix.has_canonical_format)


def _owner(array: np.ndarray) -> np.ndarray:
    """The array whose memory a view looks at."""
    return array.base if isinstance(array.base, np.ndarray) else array


def _check_indices(matrix: Any) -> None:
    """Raise ``ValueError`` for the first index outside the shape; SciPy converts COO without a look."""
    rows, columns = matrix.shape if matrix.ndim == 2 else (0, 0)
    named = {
        "coo": lambda: (("row", matrix.coords[0], rows), ("column", matrix.coords[1], columns)),
        "csr": lambda: (("column", matrix.indices, columns),),
        "csc": lambda: (("row", matrix.indices, rows),),
    }
    for what, index, count in named.get(matrix.format, tuple)() if matrix.ndim == 2 else ():
        outside = (index < 0) | (index >= count)
        if outside.any():
            raise ValueError(f"{what} {int(index[outside][0])}, and there are {count}")


def shortened(value: Any) -> str:
    """Anything as a message calls it, cut to 40 characters."""
    return brief(value, 40)
