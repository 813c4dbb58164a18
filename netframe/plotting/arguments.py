"""What pictures are given: numbers, members of a batch, the course of a quantity; checked and named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from netframe.arrays import as_float64
from netframe.batch_members import member_called, member_index
from netframe.component import Declared
from netframe.errors import ParameterError, suggestion
from netframe.labels import AxisLabels, axis_of, bound_projection
from netframe.plotting.captions import with_unit
from netframe.solution import Solution, likely_paths

if TYPE_CHECKING:
    from netframe.network import Network

Member = int | float | str | tuple[int | float | str, ...] | Mapping[str, Any] | None
"""One member of a batch: its index; of a solution also its label, 45.0 or {"angle": 45}. Several axes have a tuple."""


def numbers(name: str, value: Any) -> np.ndarray:
    """An argument as an array of float64 with something in it."""
    if isinstance(value, (Declared, Solution)):
        raise ParameterError(f"{name} is a {type(value).__name__}, which this figure cannot draw; give it an array")
    try:
        array = np.asarray(as_float64(value), dtype=np.float64)
    except TypeError as error:
        raise ParameterError(f"{name} {error}", attribute=name) from None
    if not array.size:
        raise ParameterError(f"{name} has shape {array.shape}, so there is nothing to draw", attribute=name)
    return array


def chosen(
    name: str, batch: tuple[int, ...], member: Member, labels: AxisLabels | None = None
) -> tuple[tuple[int, ...], str]:
    """The index along batch axes of these lengths, told by labels where there are some, and the title that says so."""
    member = member if labels is None else member_index(labels, member)
    index: Any = () if member is None else member if isinstance(member, tuple) else (member,)
    inside = all(isinstance(i, (int, np.integer)) and -n <= i < n for i, n in zip(index, batch))
    if len(index) != len(batch) or not inside:
        where = f"this is a batch of shape {batch}" if batch else "there is no batch"
        remedy = "Choose one with member=, an index for each batch axis" if batch else "Leave it out"
        raise ParameterError(f"member is {member!r} and {where}", attribute="member", remedy=remedy)
    called = f"member {', '.join(map(str, index))}" if labels is None else member_called(labels, index)
    return index, ", ".join([name] * bool(name) + [called] * bool(index))


@attrs.frozen(eq=False)
class Course:
    """What to draw over time: values of shape ``(n_times, n_cells)`` at times ``t``, and what all is called.

    ``labels`` are the name and the labels of the cells, where they have some, and ``names`` these labels.
    """

    t: np.ndarray
    values: np.ndarray
    label: str
    cells: str
    title: str
    labels: tuple[str, np.ndarray] | None = None

    @property
    def names(self) -> np.ndarray | None:
        return None if self.labels is None else self.labels[1]


def with_name(what: str, labels: tuple[str, np.ndarray] | None) -> str:
    """What entries are, with the name of their labels where that says more."""
    return what if labels is None or labels[0] in ("cell", "pre", "post", "batch") else f"{what}, {labels[0]}"


def course(
    values: Any, path: str | None, t: Any = None, unit: Any = None, label: Any = None, member: Any = None
) -> Course:
    """The course of a path of a solution, or of an array with its times and unit, of one member of a batch."""
    name, cells, depth, labels = "", "cell", 1, None
    if isinstance(values, Solution):
        if not path or unit or t is not None:
            text = f"path is {path!r}; a solution needs one, and neither t nor unit, which it has itself"
            raise ParameterError(text, remedy=suggestion(path or "", likely_paths(values)))
        if not len(values.t):
            raise ParameterError("the solution has no times, so there is nothing to draw")
        network, t, array = values.network, np.asarray(values.t), np.asarray(values[path])
        name, label, unit = network.name, label or path, network.quantities[path].unit
        cells, depth = entries(network, path)
        labels = AxisLabels.of(values, path)
        cells = with_name(cells, labels.cells)
    else:
        array = numbers("values", values)
        if path or not unit or t is None:
            raise ParameterError("values is an array: it needs t= in s and unit=, such as 'mV', and has no path")
        t = numbers("t", t)
        if array.ndim < 2 or t.shape != array.shape[:1] or not np.all(np.diff(t) >= 0):
            text = f"values has shape {array.shape} and t {t.shape}; expected (n_times, ..., n_cells) and (n_times,)"
            raise ParameterError(f"{text}, with t in order")
    index, title = chosen(name, array.shape[1 : array.ndim - depth], member, labels)
    array = array[(slice(None), *index)].reshape(len(t), -1)  # type: ignore[arg-type]
    return Course(t, array, with_unit(label or "value", unit), cells, title, None if labels is None else labels.cells)


def entries(network: Network, path: str) -> tuple[str, int]:
    """What the entries of a quantity are called, and the number of axes they lie along."""
    owner, axis = path.rpartition(".")[0], axis_of(network, path)
    if axis == "synapse":
        return f"{owner} synapse (row by row)", len(network.quantities[path].shape)
    if axis != "cell":
        owner = getattr(bound_projection(network, owner), axis)
    return f"{owner} {'channel' if owner in network.sources else 'cell'}", 1


def instance(value: Any, kind: type, name: str, made_by: str) -> None:
    """Refuse what is not the result a picture is made of."""
    if not isinstance(value, kind):
        told = f"{name} is of type {type(value).__name__}; it must be a {kind.__name__}, as {made_by} gives it"
        raise ParameterError(told, attribute=name)
