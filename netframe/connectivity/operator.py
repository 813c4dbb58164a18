"""Operator: weights known only by what they do, such as a ``scipy.sparse.linalg.LinearOperator``."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

from netframe.arrays import array_namespace
from netframe.component import brief
from netframe.connectivity.structure import Structure
from netframe.errors import ParameterError
from netframe.fields import component, leading


@component
class Operator(Structure):
    """Any object with ``shape`` ``(n_post, n_pre)`` and ``matvec(x)``, such as a SciPy ``LinearOperator``.

    ``matmat`` is used for batches where it is there, ``rmatvec`` for gradients under JAX, which calls back into Python.
    Its synapses have no weights one by one, so that ``resolution="synapse"`` and weights that learn are refused; the
    Jacobian applies it to the identity.

    Example:
        >>> from scipy.sparse.linalg import aslinearoperator
        >>> Operator(aslinearoperator(np.ones((2, 3)))).apply(np.ones(3))
        array([3., 3.])
    """

    explicit: ClassVar[bool] = False
    operator: Any = leading(kw_only=False)

    def problems(self) -> Iterator[str]:
        shape = getattr(self.operator, "shape", None)
        whole = isinstance(shape, tuple) and len(shape) == 2 and all(isinstance(n, (int, np.integer)) for n in shape)
        if not whole or not callable(getattr(self.operator, "matvec", None)):
            yield f"operator is {brief(self.operator)}; it needs a shape (n_post, n_pre) and a method matvec"
        elif np.dtype(getattr(self.operator, "dtype", None) or float).kind not in "buif":
            yield f"operator has dtype {self.operator.dtype}; real numbers are allowed"

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.operator.shape)

    def apply(self, signal: Any) -> Any:
        if array_namespace(signal) is np:
            return _along_last(self.operator, "mat", signal, self.shape[0])
        return _called_back(self, signal)


def _along_last(operator: Any, kind: str, x: np.ndarray, n: int) -> np.ndarray:
    """An operator (``"mat"``) or its transpose (``"rmat"``) applied along the last axis, into an array of our own."""
    x = np.asarray(x, dtype=np.float64)
    one, many = (getattr(operator, kind + what, None) for what in ("vec", "mat"))
    if x.ndim == 1:
        return np.array(one(x), dtype=np.float64).reshape(n)  # type: ignore[misc]
    lead = x.shape[:-1]
    columns = np.ascontiguousarray(x.reshape(math.prod(lead), x.shape[-1]).T)
    if many is not None:
        product = np.array(many(columns), dtype=np.float64).T
    else:
        product = np.array([np.ravel(one(column)) for column in columns.T])  # type: ignore[misc]
    return product.reshape(*lead, n)


def _called_back(structure: Operator, signal: Any) -> Any:
    """The product under JAX: a call back into Python, linear, so that it has derivatives both ways."""
    import jax
    from jax.custom_derivatives import linear_call

    operator, (n_post, n_pre) = structure.operator, structure.shape

    def host(kind: str, n: int) -> Callable[[Any, Any], Any]:
        def call(_: Any, x: Any) -> Any:
            if kind == "rmat":
                _require_transpose(operator, n_post)
            result = jax.ShapeDtypeStruct((*x.shape[:-1], n), x.dtype)
            function = functools.partial(_host, operator, kind, n)
            return jax.pure_callback(function, result, x, vmap_method="expand_dims")

        return call

    return linear_call(host("mat", n_post), host("rmat", n_pre), (), signal)


def _host(operator: Any, kind: str, n: int, x: Any) -> np.ndarray:
    x = np.asarray(x)
    return _along_last(operator, kind, x, n).astype(x.dtype, copy=False)


def _require_transpose(operator: Any, n_post: int) -> None:
    """Ask for the transposed product while a gradient is traced, where the answer can still be a sentence."""
    try:
        operator.rmatvec(np.zeros(n_post))
    except (AttributeError, NotImplementedError):
        text = f"{brief(operator)} has no rmatvec, which a gradient needs"
        raise ParameterError(text, component="Operator", remedy="Give the operator its transposed product") from None
