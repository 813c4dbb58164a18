"""Structures made of entries: a matrix, the same in single precision, a diagonal, a mask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

from netframe.arrays import array_namespace, as_weights, is_foreign, is_sparse, read_only
from netframe.connectivity.layout import Dense, Sparse
from netframe.connectivity.structure import Structure
from netframe.errors import ParameterError
from netframe.fields import Param, component, leading, leading_parameter


@component
class Matrix(Structure):
    """An array ``(..., post, pre)`` or a sparse matrix, as a structure; a projection takes both as they are.

    Example:
        >>> Matrix(np.ones((2, 3))).apply(np.ones(3))
        array([3., 3.])
    """

    weights: Param = leading_parameter(
        kw_only=False, unit="1", axes=("post", "pre"), doc="weights, rows post, columns pre"
    )

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.weights.shape)

    @property
    def stored(self) -> int | None:
        return self.weights.nnz if is_sparse(self.weights) else None

    def converted(self, name: str, value: Any) -> Any:
        return as_weights(value)

    def apply(self, signal: Any) -> Any:
        return self.operation()(signal)

    def operation(self) -> Callable[[Any], Any]:
        return _layout(self.weights).apply

    def toarray(self) -> Any:
        return self.layout().toarray()

    def layout(self) -> Dense | Sparse:
        return _layout(self.weights)


@component
class Float32(Matrix):
    """Weights kept in single precision, an array or a sparse matrix: half the memory, and half the traffic.

    The signal is rounded to float32 and multiplied so; the drive is float64 again, as all states are, with a relative
    error of about 1e-7. Where single synapses are asked for they are written out in float64.

    Example:
        >>> Float32(np.full((2, 3), 0.1)).apply(np.ones(3)).round(6)
        array([0.3, 0.3])
    """

    def converted(self, name: str, value: Any) -> Any:
        weights: Any = super().converted(name, value)
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused as that
            single: Any = np.float32(weights) if isinstance(weights, float) else weights.astype(np.float32)
        for part in (single.data, single.indices, single.indptr) if is_sparse(single) else (single,):
            if isinstance(part, np.ndarray):
                read_only(part)
        return single

    def operation(self) -> Callable[[Any], Any]:
        single = _layout(self.weights).apply

        def apply(signal: Any) -> Any:
            if not is_foreign(signal) and not is_foreign(self.weights):
                return single(signal.astype(np.float32)).astype(float)
            import jax

            with jax.default_matmul_precision("highest"):  # accelerators would round to fewer digits still
                return single(signal.astype(np.float32)).astype(float)

        return apply

    def layout(self) -> Dense | Sparse:
        return _layout(self.weights.astype(float))


@component
class Diagonal(Structure):
    """One synapse from each cell to the cell of the same number: ``drive[k] = w[k] * signal[k]``.

    Example:
        >>> Diagonal([1.0, 2.0]).apply(np.array([3.0, 5.0]))
        array([ 3., 10.])
    """

    w: Param = leading_parameter(kw_only=False, unit="1", axes=("cell",), doc="weight of each pair")

    @property
    def shape(self) -> tuple[int, ...]:
        return (*self.w.shape, self.w.shape[-1])

    @property
    def stored(self) -> int:
        return self.w.shape[-1]

    def apply(self, signal: Any) -> Any:
        return self.w * signal

    def toarray(self) -> Any:
        return self.layout().toarray()

    def layout(self) -> Sparse:
        pre = np.arange(self.stored)
        return Sparse(self.w, pre, np.arange(self.stored + 1), (self.stored, self.stored))


@component
class Masked(Structure):
    """Synapses only where ``mask`` is true; ``weights`` elsewhere are not used.

    ``mask`` is boolean, ``(n_post, n_pre)``; ``weights`` are a number or ``(..., n_post, n_pre)``, and unlike the
    entries of a sparse matrix they may be a batch, or traced.

    Example:
        >>> Masked(2.0, [[True, False, True], [False, False, True]]).toarray()
        array([[2., 0., 2.],
               [0., 0., 2.]])
    """

    stretches: ClassVar[bool] = True
    weights: Param = leading_parameter(
        kw_only=False, unit="1", axes=("post", "pre"), doc="weights where the mask is true"
    )
    mask: Any = leading(kw_only=False)

    def __attrs_post_init__(self) -> None:
        mask = np.array(self.mask.toarray() if is_sparse(self.mask) else self.mask)
        if mask.dtype != bool or mask.ndim != 2:
            text = f"mask has dtype {mask.dtype} and shape {mask.shape}; expected truth values (n_post, n_pre)"
            raise ParameterError(text, component=type(self).__name__, attribute="mask", remedy="Write mask != 0")
        object.__setattr__(self, "mask", read_only(mask))
        if isinstance(self.weights, np.ndarray) and self.weights.shape[-2:] == mask.shape:  # NaN there means no synapse
            object.__setattr__(self, "weights", read_only(np.where(mask, self.weights, 0.0)))
        super().__attrs_post_init__()

    @property
    def shape(self) -> tuple[int, ...]:
        return (*getattr(self.weights, "shape", ())[:-2], *self.mask.shape)

    @property
    def stored(self) -> int:
        return int(np.count_nonzero(self.mask))

    def axis_sizes(self) -> dict[str, int]:
        return dict(zip(("post", "pre"), self.mask.shape))

    def problems(self) -> Iterator[str]:
        return iter(())  # a number will do

    def apply(self, signal: Any) -> Any:
        return self.operation()(signal)

    def operation(self) -> Callable[[Any], Any]:
        return self.layout().apply

    def toarray(self) -> Any:
        return self.layout().toarray()

    def layout(self) -> Sparse:
        post, pre = np.nonzero(self.mask)
        whole = array_namespace(self.weights).broadcast_to(self.weights, self.shape)
        return Sparse.at(whole[..., post, pre], post, pre, self.mask.shape)


def _layout(weights: Any) -> Dense | Sparse:
    return Sparse.of(weights) if is_sparse(weights) else Dense(weights)
