"""Structure: weights that know more of themselves than their entries, and what a projection asks of them."""

from __future__ import annotations

import functools
from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
import numpy as np

from netframe.arrays import array_namespace
from netframe.component import Declared
from netframe.connectivity.layout import Connectivity, Dense, Sparse
from netframe.fields import component, parameters


@component
class Structure(Declared):
    """Weights ``(..., post, pre)`` given by a structure, not entry by entry; pass one as ``weights`` of a projection.

    A subclass of your own declares its numbers as parameters and needs two methods:

    ``shape``
        ``(..., n_post, n_pre)``, batch axes first, as a property.
    ``apply(signal)``
        the product with ``(..., n_pre)``, shape ``(..., n_post)``, in NumPy or in the namespace of its arguments.

    That is all for ``resolution="lumped"``. Single synapses, for ``resolution="synapse"``, weights that learn and the
    Jacobian, come from ``layout()``: unless overridden the matrix ``toarray()``, found by applying to the identity.
    A structure with few synapses overrides ``layout`` to return ``netframe.connectivity.Sparse.at(weights, post, pre,
    shape)``, and ``stored`` to count them. ``operation()`` is asked once, when a network is built, for the function
    used in every evaluation: override it where something, such as a Fourier transform, can be computed beforehand,
    with functions of ``nf.array_namespace``, since while a run is compiled the numbers are JAX's. Parameters that are
    arrays name their axes, ``nf.parameter(unit="1", axes=("row", "column"))``; those before them are a batch.

    A projection tries the products of a structure of yours when it is made; ``netframe.testing.check_component`` tries
    its other methods too.

    Example: a difference between neighbours.
        >>> import numpy as np, netframe as nf
        >>> @nf.component
        ... class Difference(nf.Structure):
        ...     size: int = 2
        ...     shape = property(lambda self: (self.size, self.size))
        ...     def apply(self, signal):
        ...         return signal - nf.array_namespace(signal).roll(signal, 1, axis=-1)
        >>> Difference(size=3).toarray()
        array([[ 1.,  0., -1.],
               [-1.,  1.,  0.],
               [ 0., -1.,  1.]])
    """

    stretches: ClassVar[bool] = False
    #: Whether single synapses have weights; without, a structure can be summed and nothing else.
    explicit: ClassVar[bool] = True

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """``(..., n_post, n_pre)``, batch axes first."""

    @abstractmethod
    def apply(self, signal: Any) -> Any:
        """The product with a signal ``(..., n_pre)``, shape ``(..., n_post)``."""

    @property
    def stored(self) -> int | None:
        """The number of synapses where only some pairs have one; ``None`` where all have."""
        return None

    def operation(self) -> Callable[[Any], Any]:
        """``apply`` as a function in which everything that can be is computed already."""
        return self.apply

    def toarray(self) -> Any:
        """The weights entry by entry, ``(..., n_post, n_pre)``."""
        *lead, _, n_pre = self.shape
        columns = self.apply(np.eye(n_pre).reshape(n_pre, *(1,) * len(lead), n_pre))
        return array_namespace(columns).moveaxis(columns, 0, -1)

    def layout(self) -> Dense | Sparse:
        """The synapses one by one, with their weights."""
        from netframe.memory import require

        require(int(np.prod(self.shape)) * 8, f"{type(self).__name__} of shape {self.shape} written out")
        return Dense(self.toarray())

    def bound(self) -> Connectivity:
        """The structure as a projection works with it."""
        return Structured(self)

    def sized(self, n_post: int, n_pre: int) -> Structure:
        """The structure between two nodes; most know their size, and are what they are."""
        return self

    def axis_sizes(self) -> dict[str, int]:
        sizes: dict[str, int] = {}
        for name, info in parameters(type(self)).items():
            shape = _shape(getattr(self, name))
            if len(shape) >= len(info.axes):
                sizes = dict(zip(info.axes, shape[len(shape) - len(info.axes) :])) | sizes
        return sizes

    def problems(self) -> Iterator[str]:
        for name, info in parameters(type(self)).items():
            shape = _shape(getattr(self, name))
            if len(shape) < len(info.axes):
                yield f"{name} has shape {shape}; expected an array (..., {', '.join(info.axes)})"


@attrs.frozen(eq=False, slots=False)
class Structured:
    """A structure in its place in a network: applied as what it is, written out when single synapses are asked for."""

    structure: Structure

    @functools.cached_property
    def apply(self) -> Callable[[Any], Any]:
        return self.structure.operation()

    @functools.cached_property
    def layout(self) -> Dense | Sparse:
        """The synapses one by one."""
        return self.structure.layout()

    @property
    def shape(self) -> tuple[int, int]:
        return self.structure.shape[-2:]  # type: ignore[return-value]

    def from_post(self, x: Any) -> Any:
        """``(..., post)`` lined up with the synapses."""
        return self.layout.from_post(x)

    def from_pre(self, x: Any) -> Any:
        """``(..., pre)`` lined up with the synapses."""
        return self.layout.from_pre(x)

    if TYPE_CHECKING:
        weights: Any
        synapses: tuple[int, ...]
        row_starts: np.ndarray
        rows: Callable[[int, int], Connectivity]
        on_rows: Callable[[Any, int, int], Any]
        from_matrix: Callable[[Any], Any]
        product: Callable[[Any, Any], Any]
        sum_over_pre: Callable[[Any], Any]
        indices: Callable[[], tuple[np.ndarray, np.ndarray]]
    else:

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            return getattr(self.layout, name)


def _shape(value: Any) -> tuple[int, ...]:
    return tuple(getattr(value, "shape", ()))
