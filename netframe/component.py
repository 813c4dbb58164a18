"""What everything built from declarations shares: checks at construction, tables, copies."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Self

import attrs
import numpy as np

from netframe.arrays import array_namespace, as_float64, is_concrete, is_sparse, members_of, read_only
from netframe.calls import explained
from netframe.errors import DeclarationError, HookError, MissingAttribute, ParameterError, brief, joined, suggestion
from netframe.fields import ParameterInfo, StateInfo, component, fields, leading, parameters, states
from netframe.tables import Described, shown
from netframe.units import warn_of_milliseconds
from netframe.validators import rejected
from netframe.values import Values

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}\Z")


class Declared(Described, ABC):
    """An immutable object described by its parameters: components, activations, integrators.

    Everything wrong with a new object is found when it is made and told in one :class:`ParameterError`.
    """

    #: The axes of a parameter that declares none.
    default_axes: ClassVar[tuple[str, ...]] = ()
    #: Whether a number, or an axis of one entry in a batch, stands for all along an axis.
    stretches: ClassVar[bool] = True

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        lacking = sorted(getattr(cls, "__abstractmethods__", ()))
        if lacking:
            complete = [kind.__name__ for kind in cls.__subclasses__() if not getattr(kind, "__abstractmethods__", ())]
            text = f"the class is abstract, it lacks {', '.join(lacking)}"
            remedy = (
                f"Take a class that has them{', such as ' * bool(complete)}{', '.join(complete[:3])}, or write them"
            )
            raise DeclarationError(text, component=cls.__name__, remedy=remedy)
        return super().__new__(cls)

    def __attrs_post_init__(self) -> None:
        cls = type(self)
        if "__attrs_attrs__" not in vars(cls):
            raise DeclarationError(
                "the class is not decorated", component=cls.__name__, remedy="Add @component above it"
            )
        problems = [*self._parameter_problems(), *self.problems()]
        if problems:
            raise ParameterError(joined(problems), component=cls.__name__, path=getattr(self, "name", ""))
        for name, info in parameters(cls).items():
            if info.typical is not None and is_concrete(getattr(self, name)):
                warn_of_milliseconds(self.label, name, getattr(self, name), info.typical)

    def problems(self) -> Iterator[str]:
        """What is wrong with the parameters taken together, a phrase each; override to add checks of your own."""
        return iter(())

    def axis_sizes(self) -> dict[str, int]:
        """The number of entries along each axis that is known to the object."""
        return {}

    def converted(self, name: str, value: Any) -> Any:
        """A parameter's value as it is kept, or ``TypeError`` with a phrase that follows the parameter's name."""
        return as_float64(value)

    @property
    def label(self) -> str:
        """How messages call this object: ``LeakyRate 'E'``."""
        name = getattr(self, "name", "")
        return f"{type(self).__name__} '{name}'" if name else type(self).__name__

    if not TYPE_CHECKING:  # type checkers know what is there

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or hasattr(type(self), name):  # a property that failed tells why itself
                return object.__getattribute__(self, name)
            raise self.no_attribute(name)

    def no_attribute(self, name: str) -> AttributeError:
        """The exception for an attribute that is not there, with what may be meant."""
        cls, names = type(self), [field.name for field in fields(type(self))]
        if name in names:  # it is being made
            return AttributeError(name)
        whole = all(field in self.__dict__ for field in names)
        owner = {"component": cls.__name__, "path": self.__dict__.get("name", "")}
        remedy = self.written_otherwise(name) if whole else ""
        remedy = remedy or suggestion(name, dict.fromkeys([*parameters(cls), *names, *states(cls)]))
        return MissingAttribute(f"no attribute '{name}'", attribute=name, remedy=remedy, **owner)

    def written_otherwise(self, name: str) -> str:
        """How something is written that is asked for as an attribute ``name``, or an empty string."""
        holders = [part for part, owned in self.parts().items() if name in parameters(type(owned))]
        return f"Write .{holders[0]}.{name}" if holders else ""

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Unpickled and deep-copied objects are closed for writing as the first were."""
        self.__dict__.update(state)
        for value in state.values():
            for part in (value.data, value.indices, value.indptr) if is_sparse(value) else (value,):
                if isinstance(part, np.ndarray):
                    read_only(part)

    def replace(self, **changes: Any) -> Self:
        """The same object with some of its fields changed, checked anew: ``e.replace(tau=0.1)``."""
        return attrs.evolve(self, **changes)  # type: ignore[misc]

    def axes_of(self, info: ParameterInfo | StateInfo) -> tuple[str, ...]:
        """The axes of one of this object's parameters or states."""
        return info.axes or self.default_axes

    def batch_shapes(self) -> dict[str, tuple[int, ...]]:
        """The leading axes of every parameter that has some, by the parameter's path below this object."""
        found = {}
        for name, info in parameters(type(self)).items():
            value = getattr(self, name)
            if isinstance(value, Declared):
                continue
            shape = np.shape(value) if not hasattr(value, "shape") else value.shape
            extra = len(shape) - len(self.axes_of(info))
            if extra > 0:
                found[name] = tuple(shape[:extra])
        for name, part in self.parts().items():
            found.update({f"{name}.{inner}": shape for inner, shape in part.batch_shapes().items()})
        return found

    def member_fields(self, index: tuple[Any, ...]) -> dict[str, Any]:
        """The fields that change, and to what, when only some members of a batch are kept.

        ``index`` has an entry for each axis of the whole batch: arrays of positions, for one batch axis in place of
        all, or whole numbers, for one member without batch axes. A class with a ``batch_shapes`` of its own defines
        this too.
        """
        found = {}
        for name, batch in self.batch_shapes().items():
            if "." in name:
                continue
            value, info = getattr(self, name), parameters(type(self)).get(name)
            if info is None or tuple(np.shape(value)[: len(batch)]) != batch:
                text = f"'{name}' has batch axes {batch}, and nothing says what its members are"
                remedy = f"Define member_fields(index) beside batch_shapes in {type(self).__name__}"
                raise HookError(
                    text, component=type(self).__name__, path=getattr(self, "name", ""), attribute=name, remedy=remedy
                )
            found[name] = members_of(value, len(batch), index)
            if not np.ndim(index[0]):
                found[name] = _whole(found[name], self.axes_of(info), self.axis_sizes())
        for name, part in self.parts().items():
            inner = part.member_fields(index)
            if inner:
                found[name] = part.replace(**inner)
        return found

    def state_variables(self) -> dict[str, StateInfo]:
        """The states of this object, those its class declares; override it where a parameter decides how many."""
        return states(type(self))

    def parts(self) -> dict[str, Declared]:
        """Fields that are declared objects themselves, such as the activation of a population."""
        values = {field.name: getattr(self, field.name) for field in fields(type(self))}
        return {name: value for name, value in values.items() if isinstance(value, Declared) and _owned(value)}

    def _summary(self) -> str:
        return self.label

    def _table(self) -> tuple[tuple[str, ...], list[list[str]]]:
        return _HEADER, self._rows()

    def __repr__(self) -> str:
        infos = parameters(type(self))
        told = [f"{f.name}={shown(getattr(self, f.name))}" for f in fields(type(self)) if f.name not in infos]
        told += [f"{name}={shown(getattr(self, name))}{_unit(info.unit)}" for name, info in infos.items()]
        return f"{type(self).__name__}({', '.join(told)})"

    def _rows(self) -> list[list[str]]:
        infos = parameters(type(self))
        rows = []
        for field in fields(type(self)):
            value = getattr(self, field.name)
            info = infos.get(field.name)
            if info and not isinstance(value, Declared):
                rows.append([field.name, shown(value), info.unit, info.doc])
            elif isinstance(value, Declared) and _owned(value):
                rows.append([field.name, type(value).__name__, *((info.unit, info.doc) if info else ("", ""))])
                rows += [[f"{field.name}.{row[0]}", *row[1:]] for row in value._rows()]
            elif isinstance(value, Declared):
                rows.append([field.name, value.label, "", ""])
            elif field.name != "name":
                rows.append([field.name, shown(value), "", ""])
        for name, state in self.state_variables().items():
            start = state.initial if not callable(state.initial) else "computed"
            rows.append([name, f"state, starts at {start}", state.unit, state.doc])
        return rows

    def _parameter_problems(self) -> Iterator[str]:
        sizes = self.axis_sizes()
        for name, info in parameters(type(self)).items():
            value = getattr(self, name)
            if isinstance(value, Declared):  # checked when it was made
                continue
            phrase = rejected(value, info.validator)
            if phrase:
                yield f"{name} [{info.unit}] {phrase}"
            axes = self.axes_of(info)
            if all(axis in sizes for axis in axes):
                yield from wrong_shape(name, value, axes, sizes, self.stretches)


def wrong_shape(
    name: str, value: Any, axes: tuple[str, ...], sizes: dict[str, int], stretches: bool = True
) -> Iterator[str]:
    """A phrase when an array fits neither ``axes`` nor ``axes`` with batch axes before them."""
    shape = tuple(getattr(value, "shape", ()))
    if not shape:
        return
    needed = tuple(sizes[axis] for axis in axes)
    tail = shape[len(shape) - len(needed) :] if len(shape) >= len(needed) else None
    batched = len(shape) > len(needed) and stretches
    if tail is not None and all(have == want or (batched and have == 1) for have, want in zip(tail, needed)):
        return
    meaning = " x ".join(axes)
    alone = ", ".join(["n", *["1"] * len(needed)])
    number, example = "a number or " * stretches, f", as ({alone}) for one number for each of n members" * stretches
    extra = shape[: len(shape) - len(needed)]
    members = f", of which {extra} are a batch" if extra else ""
    expected = f"expected {number}shape {needed} = ({meaning}), batch axes before it allowed"
    text = f"{name} has shape {shape}{members}; {expected}"
    text += example
    if len(needed) == 2 and shape[-2:] == needed[::-1]:
        text += ". Did you pass the transpose? Rows are post, columns are pre"
    yield text


def _whole(value: Any, axes: tuple[str, ...], sizes: dict[str, int]) -> Any:
    """A value without batch axes in full length: an axis of one stands for a whole axis in a batch only."""
    if all(axis in sizes for axis in axes):
        return array_namespace(value).broadcast_to(value, tuple(sizes[axis] for axis in axes))
    return value.reshape(()) if value.size == 1 else value


def _owned(value: Declared) -> bool:
    """Whether an object belongs to the one that holds it; components of a network are only referred to."""
    return not isinstance(value, Component)


def _unit(unit: str) -> str:
    return "" if unit == "1" else f" {unit}"


_HEADER = ("parameter", "value", "unit", "meaning")


@component
class Component(Declared):
    """A named part of a network."""

    #: Whether derivatives and currents are of the form ``a + b x`` in all states and ports they read, the drive of a
    #: projection held; checked by ``check_component``, lost by a subclass that replaces one of these hooks.
    linear: ClassVar[bool] = False

    name: str = leading(kw_only=False)

    def __repr__(self) -> str:
        return self.describe()

    def problems(self) -> Iterator[str]:
        if not isinstance(self.name, str) or not _NAME.match(self.name):
            yield f"name is {brief(self.name)}; it must be an identifier of at most 64 letters, digits and underscores"

    @explained
    def copy(self, name: str) -> Self:
        """An equal component of another name: a new identity, so that it can stand in a network beside the first.

        ``projection.copy`` keeps its ends; ``network.copy`` copies what is inside.
        """
        return self.replace(name=name)


@component
class Node(Component):
    """A population or an input: ``size`` cells that have a firing rate.

    ``rate(t, s)`` reads the node's own states only, so that a network has no algebraic loops.
    """

    default_axes: ClassVar[tuple[str, ...]] = ("cell",)
    #: The axes that a state of a node may declare.
    state_axes: ClassVar[tuple[tuple[str, ...], ...]] = ((), ("cell",))
    #: The unit of ``rate``, for cells that send something else than a firing rate.
    rate_unit: ClassVar[str] = "Hz"
    #: Sums that projections add to, and their units.
    ports: ClassVar[dict[str, str]] = {}

    if TYPE_CHECKING:

        @property
        def size(self) -> int:
            """The number of cells."""

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        given = "size" in {field.name for field in fields(type(self))}
        if given and (isinstance(self.size, bool) or not isinstance(self.size, (int, np.integer)) or self.size < 1):
            yield f"size is {brief(self.size)}; it must be a whole number of at least 1"
        for name, part in self.parts().items():
            for inner in () if isinstance(part, Node) else parameters(type(part)):  # a node has checked its own
                yield from wrong_shape(f"{name}.{inner}", getattr(part, inner), ("cell",), self.axis_sizes())

    def axis_sizes(self) -> dict[str, int]:
        return {"cell": self.size} if isinstance(self.size, (int, np.integer)) else {}

    @abstractmethod
    def rate(self, t: Any, s: Values) -> Any:
        """Firing rate in Hz, shape ``(..., size)``, from the node's own states ``s``."""

    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        """The time derivative of every state, per second, shape ``(..., size)`` each."""
        return {}
