"""Operator: weights known only by what they do, such as a ``scipy.sparse.linalg.LinearOperator``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from netframe.arrays import array_namespace
from netframe.connectivity.callback import along_last, called_back
from netframe.connectivity.structure import Structure
from netframe.errors import brief
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
            return along_last(self.operator, "mat", signal, self.shape[0])
        return called_back(self.operator, signal)
