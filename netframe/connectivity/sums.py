"""Structures that need few numbers for many synapses: a constant, low rank, and shifts of one kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from netframe.arrays import array_namespace
from netframe.connectivity.layout import Dense
from netframe.connectivity.structure import Structure
from netframe.errors import brief
from netframe.fields import Param, component, leading, leading_parameter


@component
class Constant(Structure):
    """One weight ``w`` for every pair, which is what a number as weights becomes: ``drive[i] = w * sum_j signal[j]``.

    ``w`` is a number, or a batch ``(n,)`` of one for each member. ``post`` and ``pre`` are numbers of cells, needed
    only where nothing else says them, as in a block.

    Example:
        >>> Constant(0.5, post=2, pre=3).apply(np.array([1.0, 2.0, 3.0]))
        array([3., 3.])
    """

    w: Param = leading_parameter(kw_only=False, unit="1", axes=(), doc="weight of every pair")
    post: int | None = leading(kw_only=True, default=None)
    pre: int | None = leading(kw_only=True, default=None)

    def problems(self) -> Iterator[str]:
        for end in ("post", "pre"):
            n = getattr(self, end)
            if n is not None and (isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1):
                yield f"{end} is {brief(n)}; it must be a number of cells"

    @property
    def shape(self) -> tuple[int, ...]:
        return (*getattr(self.w, "shape", ()), self.post or 1, self.pre or 1)

    def apply(self, signal: Any) -> Any:
        return self.operation()(signal)

    def operation(self) -> Callable[[Any], Any]:
        w, ones = self.w, np.broadcast_to(1.0, self.post or 1)  # takes no memory
        return lambda signal: (w * signal.sum(-1))[..., None] * ones

    def toarray(self) -> Any:
        xp = array_namespace(self.w)
        return xp.broadcast_to(xp.asarray(self.w)[..., None, None], self.shape)

    def layout(self) -> Dense:
        return Dense(self.toarray())  # a view, which takes no memory

    def sized(self, n_post: int, n_pre: int) -> Structure:
        return self.replace(post=self.post or n_post, pre=self.pre or n_pre)


@component
class LowRank(Structure):
    """Weights ``u v^T`` of a rank below the numbers of cells: ``drive = u (v^T signal)``.

    ``u`` is ``(..., n_post, rank)`` and ``v`` is ``(..., n_pre, rank)``: column k of ``v`` says which pattern of
    signals is looked for, column k of ``u`` what it drives. One product costs ``rank * (n_post + n_pre)``.

    Example:
        >>> w = LowRank([[1.0], [2.0]], [[1.0], [0.0], [1.0]])
        >>> w.apply(np.array([3.0, 4.0, 5.0]))
        array([ 8., 16.])
    """

    u: Param = leading_parameter(kw_only=False, unit="1", axes=("post", "rank"), doc="what each pattern drives")
    v: Param = leading_parameter(kw_only=False, unit="1", axes=("pre", "rank"), doc="the patterns")

    @property
    def shape(self) -> tuple[int, ...]:
        lead = np.broadcast_shapes(self.u.shape[:-2], self.v.shape[:-2])
        return (*lead, self.u.shape[-2], self.v.shape[-2])

    def apply(self, signal: Any) -> Any:
        return self.operation()(signal)

    def operation(self) -> Callable[[Any], Any]:
        driven, overlap = Dense(self.u).apply, Dense(_transposed(self.v)).apply
        return lambda signal: driven(overlap(signal))

    def toarray(self) -> Any:
        return self.u @ _transposed(self.v)


@component
class Circulant(Structure):
    """Weights by distance along a ring: ``kernel[k]`` is the weight from cell j to cell ``(j + k) mod n``.

    Both ends have ``n`` cells, ``kernel`` is ``(..., n)``. The product is a circular convolution, by fast Fourier
    transforms in ``n log n`` operations.

    Example:
        >>> ring = Circulant([0.0, 1.0, 0.0])                  # each cell to the next
        >>> ring.apply(np.array([5.0, 0.0, 0.0])).round(12) + 0.0
        array([0., 5., 0.])
    """

    kernel: Param = leading_parameter(kw_only=False, unit="1", axes=("distance",), doc="weight by distance, from 0 on")

    @property
    def shape(self) -> tuple[int, ...]:
        return (*self.kernel.shape, self.kernel.shape[-1])

    def apply(self, signal: Any) -> Any:
        return self.operation()(signal)

    def operation(self) -> Callable[[Any], Any]:
        n = self.kernel.shape[-1]
        return _convolution(self.kernel, n, n)

    def toarray(self) -> Any:
        cells = np.arange(self.kernel.shape[-1])
        return self.kernel[..., cells[:, None] - cells]


@component
class Toeplitz(Structure):
    """Weights by distance along a line: ``column[i - j]`` at and below the diagonal, ``row[j - i]`` above.

    ``column`` is the first column, ``(..., n_post)``, ``row`` the first row, ``(..., n_pre)``; ``row[0]`` is not used.
    The product is a convolution, by fast Fourier transforms.

    Example:
        >>> Toeplitz([1.0, 2.0], [0.0, 3.0, 4.0]).toarray()
        array([[1., 3., 4.],
               [2., 1., 3.]])
    """

    column: Param = leading_parameter(kw_only=False, unit="1", axes=("post",), doc="from the first presynaptic cell")
    row: Param = leading_parameter(kw_only=False, unit="1", axes=("pre",), doc="to the first postsynaptic cell")

    @property
    def shape(self) -> tuple[int, ...]:
        lead = np.broadcast_shapes(self.column.shape[:-1], self.row.shape[:-1])
        return (*lead, self.column.shape[-1], self.row.shape[-1])

    def _kernel(self, gap: int) -> Any:
        """Weights by distance: 0 to ``n_post - 1``, ``gap`` zeros, and ``1 - n_pre`` to -1."""
        xp = array_namespace(self.column, self.row)
        lead = self.shape[:-2]
        above = self.row[..., :0:-1]
        parts = (self.column, np.zeros(gap), above)
        return xp.concatenate([xp.broadcast_to(part, (*lead, part.shape[-1])) for part in parts], axis=-1)

    def apply(self, signal: Any) -> Any:
        return self.operation()(signal)

    def operation(self) -> Callable[[Any], Any]:
        from scipy.fft import next_fast_len

        n_post, n_pre = self.shape[-2:]
        shortest = n_post + n_pre - 1
        length = next_fast_len(shortest, real=True)
        return _convolution(self._kernel(length - shortest), length, n_post)

    def toarray(self) -> Any:
        n_post, n_pre = self.shape[-2:]
        return self._kernel(0)[..., np.arange(n_post)[:, None] - np.arange(n_pre)]


def _convolution(kernel: Any, length: int, n_post: int) -> Callable[[Any], Any]:
    """The circular convolution with a kernel of ``length`` entries, as far as there are postsynaptic cells."""
    spectrum = array_namespace(kernel).fft.rfft(kernel, length)

    def apply(signal: Any) -> Any:
        fft = array_namespace(signal, spectrum).fft
        whole = fft.irfft(spectrum * fft.rfft(signal, length), length)
        return whole if length == n_post else whole[..., :n_post]

    return apply


def _transposed(x: Any) -> Any:
    return array_namespace(x).swapaxes(x, -1, -2)
