"""An operator that lives in Python, along the last axis of arrays: called directly, or called back by compiled code."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from netframe.errors import ParameterError, brief

#: An operator's product, and the transposed one; each is the derivative of the other.
TRANSPOSED = {"mat": "rmat", "rmat": "mat"}


def along_last(operator: Any, kind: str, x: Any, n: int) -> np.ndarray:
    """The product (``"mat"``) or the transposed one (``"rmat"``) of ``n`` entries, in an array of our own."""
    x = np.asarray(x, dtype=np.float64)
    one, many = (getattr(operator, kind + what, None) for what in ("vec", "mat"))
    if x.ndim == 1:
        return np.array(one(x), dtype=np.float64).reshape(n)  # type: ignore[misc]
    lead = x.shape[:-1]
    members = x.reshape(math.prod(lead), x.shape[-1])
    if many is not None:
        product = np.array(many(np.ascontiguousarray(members.T)), dtype=np.float64).T
    else:
        product = np.array([np.ravel(one(member)) for member in members])  # type: ignore[misc]
    return product.reshape(*lead, n)


def called_back(operator: Any, signal: Any) -> Any:
    """The product with an array or tracer of JAX, which has derivatives both ways and may be mapped."""
    return _primitive().bind(signal, operator=_ByIdentity(operator), kind="mat", n=operator.shape[0])


class _ByIdentity:
    """An operator as a constant of a compiled program, whatever its own idea of equality."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


@functools.cache
def _primitive() -> Any:
    """The operation of JAX: linear, its transpose the transposed product, and indifferent to leading axes."""
    import jax
    from jax.extend.core import Primitive
    from jax.interpreters import ad, batching, mlir

    primitive = Primitive("netframe_operator")

    def call(x: Any, *, operator: _ByIdentity, kind: str, n: int) -> Any:
        # Numbers travel as bits: the thread that calls back may be set to round float64 off on the way.
        def host(bits: Any) -> np.ndarray:
            values = np.ascontiguousarray(bits).view(x.dtype).reshape(x.shape)
            return along_last(operator.value, kind, values, n).astype(x.dtype)[..., None].view(np.uint32)

        words = np.dtype(x.dtype).itemsize // 4
        shape = jax.ShapeDtypeStruct((*x.shape[:-1], n, words), np.uint32)
        bits = jax.lax.bitcast_convert_type(x, np.uint32).reshape(*x.shape, words)
        found = jax.pure_callback(host, shape, bits)
        return jax.lax.bitcast_convert_type(found if words > 1 else found[..., 0], x.dtype)

    def shaped(x: Any, *, operator: _ByIdentity, kind: str, n: int) -> Any:
        return x.update(shape=(*x.shape[:-1], n))

    def transposed(cotangent: Any, x: Any, *, operator: _ByIdentity, kind: str, n: int) -> list[Any]:
        _require_transpose(operator.value)
        n_back = x.aval.shape[-1]
        return [primitive.bind(cotangent, operator=operator, kind=TRANSPOSED[kind], n=n_back)]

    def mapped(arguments: Any, axes: Any, **how: Any) -> Any:
        return primitive.bind(jax.numpy.moveaxis(arguments[0], axes[0], 0), **how), 0

    primitive.def_impl(call)
    primitive.def_abstract_eval(shaped)
    ad.deflinear2(primitive, transposed)
    batching.primitive_batchers[primitive] = mapped
    mlir.register_lowering(primitive, mlir.lower_fun(call, multiple_results=False))
    return primitive


def _require_transpose(operator: Any) -> None:
    """Ask for the transposed product while a gradient is traced, where the answer can still be a sentence."""
    try:
        operator.rmatvec(np.zeros(operator.shape[0]))
    except (AttributeError, NotImplementedError):
        text = f"{brief(operator)} has no rmatvec, which a gradient needs"
        raise ParameterError(text, component="Operator", remedy="Give the operator its transposed product") from None
