"""How weights act: from presynaptic signals to what arrives at synapses and at postsynaptic cells.

A connectivity knows the synapses between two nodes and nothing of their dynamics. Values "on the synapses" have shape
``(..., n_post, n_pre)`` when weights are dense and ``(..., n_stored)`` when they are sparse.
"""

from __future__ import annotations

import functools
import math
from typing import Any, Protocol

import attrs
import numpy as np

from netframe.arrays import array_namespace, is_sparse


class Connectivity(Protocol):
    """The synapses of one projection, in row-major order of (post, pre)."""

    @property
    def weights(self) -> Any:
        """One weight for each synapse."""

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of postsynaptic and presynaptic cells."""

    @property
    def synapses(self) -> tuple[int, ...]:
        """The trailing shape of an array on the synapses."""

    def from_post(self, x: Any) -> Any: ...
    def from_pre(self, x: Any) -> Any: ...
    def from_matrix(self, x: Any) -> Any: ...
    def product(self, values: Any, signal: Any) -> Any: ...
    def sum_over_pre(self, values: Any) -> Any: ...
    def indices(self) -> tuple[np.ndarray, np.ndarray]: ...


def connectivity(weights: Any, n_post: int, n_pre: int) -> Connectivity:
    """The connectivity of a projection's ``weights``: a number, an array ``(..., post, pre)`` or a CSR array."""
    if is_sparse(weights):
        return Sparse(weights)
    shape = tuple(getattr(weights, "shape", ()))
    if shape[-2:] != (n_post, n_pre):
        weights = array_namespace(weights).broadcast_to(weights, (*shape[:-2], n_post, n_pre))
    return Dense(weights)


@attrs.frozen(eq=False, slots=False)
class Dense:
    """All-to-all synapses with weights ``(..., post, pre)``."""

    weights: Any

    @property
    def shape(self) -> tuple[int, int]:
        return tuple(self.weights.shape[-2:])

    @property
    def synapses(self) -> tuple[int, ...]:
        return self.shape

    def from_post(self, x: Any) -> Any:
        """``(..., post)`` lined up with the synapses."""
        return x[..., :, None]

    def from_pre(self, x: Any) -> Any:
        """``(..., pre)`` lined up with the synapses."""
        return x[..., None, :]

    def from_matrix(self, x: Any) -> Any:
        """``(..., post, pre)`` on the synapses."""
        return x

    def product(self, values: Any, signal: Any) -> Any:
        """``values @ signal``: ``(..., post, pre)`` and ``(..., pre)`` to ``(..., post)``."""
        if values.ndim == 2:
            if type(signal) is np.ndarray and signal.ndim == 1:
                return values.dot(signal)  # the same as @, without the overhead of a ufunc
            return values @ signal if signal.ndim == 1 else signal @ values.T
        return (values @ signal[..., None])[..., 0]

    def sum_over_pre(self, values: Any) -> Any:
        """Values on the synapses summed for each postsynaptic cell."""
        return values.sum(-1)

    def indices(self) -> tuple[np.ndarray, np.ndarray]:
        """Postsynaptic and presynaptic index of every synapse."""
        n_post, n_pre = self.shape
        return np.repeat(np.arange(n_post), n_pre), np.tile(np.arange(n_pre), n_post)


@attrs.frozen(eq=False, slots=False)
class Sparse:
    """The stored entries of a canonical CSR array are the synapses, explicit zeros included."""

    matrix: Any

    @property
    def weights(self) -> np.ndarray:
        return self.matrix.data

    @property
    def shape(self) -> tuple[int, int]:
        return self.matrix.shape

    @property
    def synapses(self) -> tuple[int, ...]:
        return (self.matrix.nnz,)

    @functools.cached_property
    def _post(self) -> np.ndarray:
        return np.repeat(np.arange(self.shape[0]), np.diff(self.matrix.indptr))

    @functools.cached_property
    def _summation(self) -> Any:
        from scipy import sparse

        stored = self.matrix.nnz
        return sparse.csr_array((np.ones(stored), np.arange(stored), self.matrix.indptr), shape=(self.shape[0], stored))

    def from_post(self, x: Any) -> Any:
        """``(..., post)`` lined up with the synapses."""
        return _gathered(x, (self._post,), self.shape[:1])

    def from_pre(self, x: Any) -> Any:
        """``(..., pre)`` lined up with the synapses."""
        return _gathered(x, (self.matrix.indices,), self.shape[1:])

    def from_matrix(self, x: Any) -> Any:
        """``(..., post, pre)`` on the synapses."""
        return _gathered(x, (self._post, self.matrix.indices), self.shape)

    def product(self, values: Any, signal: Any) -> Any:
        """The product of the matrix whose stored entries are ``values`` with ``(..., pre)``."""
        if values is self.weights and array_namespace(signal) is np:
            return _rows_times(self.matrix, signal)
        return self.sum_over_pre(values * self.from_pre(signal))

    def sum_over_pre(self, values: Any) -> Any:
        """Values on the synapses summed for each postsynaptic cell."""
        xp = array_namespace(values)
        if xp is np:
            return _rows_times(self._summation, values)
        return xp.zeros((*values.shape[:-1], self.shape[0])).at[..., self._post].add(values)

    def indices(self) -> tuple[np.ndarray, np.ndarray]:
        """Postsynaptic and presynaptic index of every synapse."""
        return self._post, self.matrix.indices


def _gathered(x: Any, indices: tuple[np.ndarray, ...], shape: tuple[int, ...]) -> Any:
    """Entries of the last axes of ``x``; an axis of one entry in a batch stands for the whole axis."""
    if x.shape[-len(shape) :] != shape:
        x = array_namespace(x).broadcast_to(x, (*x.shape[: -len(shape)], *shape))
    return x[(..., *indices)]


def _rows_times(matrix: Any, x: np.ndarray) -> np.ndarray:
    """A sparse matrix applied along the last axis of ``x``, whatever its leading shape."""
    if x.ndim == 1:
        return matrix @ x
    lead = x.shape[:-1]
    return (matrix @ x.reshape(math.prod(lead), x.shape[-1]).T).T.reshape(*lead, matrix.shape[0])
