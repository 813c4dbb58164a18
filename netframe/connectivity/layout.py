"""Layouts: where the synapses between two nodes are, and how values on them are lined up, multiplied and summed.

A layout knows the synapses and nothing of their dynamics. Values "on the synapses" have shape
``(..., n_post, n_pre)`` in a dense layout and ``(..., n_stored)`` in a sparse one, in row-major order of (post, pre).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, Protocol

import attrs
import numpy as np

from netframe.arrays import array_namespace
from netframe.connectivity.padded import PaddedRows
from netframe.connectivity.silence import WORTH_A_LOOK, skipping_silence


class Connectivity(Protocol):
    """What a projection asks of the synapses of its weights: a layout, or a structure that writes itself out as one.

    ``apply`` alone is used where synapses are summed with their own weights; all else speaks of single synapses.
    """

    @property
    def weights(self) -> Any:
        """One weight for each synapse."""

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of postsynaptic and presynaptic cells."""

    @property
    def synapses(self) -> tuple[int, ...]:
        """The trailing shape of an array on the synapses."""

    @property
    def apply(self) -> Callable[[Any], Any]:
        """The function from signals ``(..., n_pre)`` to drives ``(..., n_post)``, made once."""

    @property
    def row_starts(self) -> np.ndarray:
        """Where the synapses of each postsynaptic cell begin among all, flattened; ``n_post + 1`` numbers."""

    def rows(self, first: int, last: int) -> Connectivity: ...
    def on_rows(self, values: Any, first: int, last: int) -> Any: ...
    def from_post(self, x: Any) -> Any: ...
    def from_pre(self, x: Any) -> Any: ...
    def from_matrix(self, x: Any) -> Any: ...
    def product(self, values: Any, signal: Any) -> Any: ...
    def sum_over_pre(self, values: Any) -> Any: ...
    def indices(self) -> tuple[np.ndarray, np.ndarray]: ...


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

    @functools.cached_property
    def apply(self) -> Callable[[Any], Any]:
        weights, product = self.weights, self.product
        if not (type(weights) is np.ndarray and weights.ndim == 2):
            return functools.partial(product, weights)
        array, dot = np.ndarray, weights.dot
        if weights.size < WORTH_A_LOOK:
            return lambda x: dot(x) if type(x) is array and x.ndim == 1 else product(weights, x)
        loud = skipping_silence(weights)
        return lambda x: loud(x) if type(x) is array and x.ndim <= 2 else product(weights, x)

    @property
    def row_starts(self) -> np.ndarray:
        n_post, n_pre = self.shape
        return np.arange(n_post + 1) * n_pre

    def rows(self, first: int, last: int) -> Dense:
        """The synapses of some postsynaptic cells, whose weights are not copied."""
        return Dense(self.on_rows(self.weights, first, last))

    def on_rows(self, values: Any, first: int, last: int) -> Any:
        """Values on the synapses of some postsynaptic cells."""
        return values[..., first:last, :]

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
        if values.ndim > 2:
            return (values @ signal[..., None])[..., 0]
        if signal.ndim == 1:
            return values @ signal
        if signal.ndim == 2:
            return signal @ values.T
        lead = signal.shape[:-1]  # one matrix product, whatever the batch axes
        return (signal.reshape(math.prod(lead), signal.shape[-1]) @ values.T).reshape(*lead, values.shape[0])

    def sum_over_pre(self, values: Any) -> Any:
        """Values on the synapses summed for each postsynaptic cell."""
        return values.sum(-1)

    def indices(self) -> tuple[np.ndarray, np.ndarray]:
        """Postsynaptic and presynaptic index of every synapse."""
        n_post, n_pre = self.shape
        return np.repeat(np.arange(n_post), n_pre), np.tile(np.arange(n_pre), n_post)

    def toarray(self) -> Any:
        """The weights as ``(..., post, pre)``."""
        return self.weights


@attrs.frozen(eq=False, slots=False)
class Sparse:
    """Synapses at some pairs, in compressed rows: those of cell i are entries ``starts[i]`` to ``starts[i + 1]``.

    ``weights`` are ``(..., n_stored)``, explicit zeros included; ``pre`` is the presynaptic cell of each.
    """

    weights: Any
    pre: np.ndarray
    starts: np.ndarray
    shape: tuple[int, int]

    @classmethod
    def of(cls, matrix: Any) -> Sparse:
        """The stored entries of a canonical CSR array."""
        return cls(matrix.data, matrix.indices, matrix.indptr, tuple(matrix.shape))

    @classmethod
    def at(cls, weights: Any, post: np.ndarray, pre: np.ndarray, shape: tuple[int, int]) -> Sparse:
        """Synapses at pairs that are given in row-major order."""
        return cls(weights, pre, np.searchsorted(post, np.arange(shape[0] + 1)), shape)

    @property
    def synapses(self) -> tuple[int, ...]:
        return (len(self.pre),)

    @functools.cached_property
    def _post(self) -> np.ndarray:
        return np.repeat(np.arange(self.shape[0]), np.diff(self.starts))

    @functools.cached_property
    def _summation(self) -> Any:
        from scipy import sparse

        stored = len(self.pre)
        return sparse.csr_array((np.ones(stored), np.arange(stored), self.starts), shape=(self.shape[0], stored))

    @functools.cached_property
    def _padded(self) -> PaddedRows | None:
        return PaddedRows.of(self.pre, self.starts)

    @functools.cached_property
    def _even(self) -> PaddedRows | None:
        """The rows where padding costs nothing: spreading values that change takes longer than summing by index."""
        return self._padded if self._padded is not None and self._padded.even else None

    @functools.cached_property
    def _rows(self) -> Any:
        return self.weights if self._padded is None else self._padded.spread(self.weights)

    def _compiled(self, rows: Any, signal: Any) -> Any:
        """The product in a namespace that compiles: padded, or summed by postsynaptic index."""
        if self._padded is not None:
            return self._padded.product(rows, signal)
        return self.sum_over_pre(rows * self.from_pre(signal))

    @functools.cached_property
    def apply(self) -> Callable[[Any], Any]:
        weights, n_pre = self.weights, self.shape[1]
        if self.shape == (n_pre, n_pre) == (len(self.pre), n_pre) and np.array_equal(self.pre, self._post):
            return lambda signal: weights * signal
        if type(weights) is not np.ndarray:
            return functools.partial(self._compiled, self._rows)
        product, matrix = self.product, None
        if weights.ndim == 1:
            from scipy import sparse

            matrix = sparse.csr_array((weights, self.pre, self.starts), shape=self.shape)

        def apply(signal: Any) -> Any:
            if array_namespace(signal) is not np:
                return self._compiled(self._rows, signal)
            return product(weights, signal) if matrix is None else _rows_times(matrix, signal)

        return apply

    @property
    def row_starts(self) -> np.ndarray:
        return self.starts

    def rows(self, first: int, last: int) -> Sparse:
        """The synapses of some postsynaptic cells, whose weights are not copied."""
        starts = self.starts[first : last + 1]
        pre = self.pre[starts[0] : starts[-1]]
        return Sparse(self.on_rows(self.weights, first, last), pre, starts - starts[0], (last - first, self.shape[1]))

    def on_rows(self, values: Any, first: int, last: int) -> Any:
        """Values on the synapses of some postsynaptic cells."""
        return values[..., self.starts[first] : self.starts[last]]

    def from_post(self, x: Any) -> Any:
        """``(..., post)`` lined up with the synapses."""
        return _gathered(x, (self._post,), self.shape[:1])

    def from_pre(self, x: Any) -> Any:
        """``(..., pre)`` lined up with the synapses."""
        return _gathered(x, (self.pre,), self.shape[1:])

    def from_matrix(self, x: Any) -> Any:
        """``(..., post, pre)`` on the synapses."""
        return _gathered(x, (self._post, self.pre), self.shape)

    def product(self, values: Any, signal: Any) -> Any:
        """The product of the matrix whose stored entries are ``values`` with ``(..., pre)``."""
        if self._even is not None and array_namespace(values, signal) is not np:
            return self._even.product(self._even.spread(values), signal)
        return self.sum_over_pre(values * self.from_pre(signal))

    def sum_over_pre(self, values: Any) -> Any:
        """Values on the synapses summed for each postsynaptic cell."""
        xp = array_namespace(values)
        if xp is np:
            return _rows_times(self._summation, values)
        if self._even is not None:
            return self._even.spread(values).sum(-1)
        total = xp.zeros((*values.shape[:-1], self.shape[0]), values.dtype)
        return total.at[..., self._post].add(values, indices_are_sorted=True)

    def indices(self) -> tuple[np.ndarray, np.ndarray]:
        """Postsynaptic and presynaptic index of every synapse."""
        return self._post, self.pre

    def toarray(self) -> Any:
        """The weights as ``(..., post, pre)``, zero where there is no synapse."""
        xp = array_namespace(self.weights)
        zeros = xp.zeros((*self.weights.shape[:-1], *self.shape), self.weights.dtype)
        if xp is not np:
            return zeros.at[..., self._post, self.pre].set(self.weights)
        zeros[..., self._post, self.pre] = self.weights
        return zeros


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
