"""Labels: what the axes of a solution are called, and the names users give to cells and members of a batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from netframe.arrays import read_only
from netframe.errors import ParameterError, UnknownNameError, brief, joined, suggestion
from netframe.files.header import DTYPES

if TYPE_CHECKING:
    from netframe.binding import BoundProjection
    from netframe.network import Network
    from netframe.solution import Solution

#: What columns and dimensions are called anyway.
_COLUMNS = ("time", "cell", "post", "pre", "synapse", "post_cell", "pre_cell", "path", "unit", "value")
_AXES = {"signal": "pre", "drive": "edge", "current": "post"}


def batch_axes(solution: Solution) -> dict[str, int]:
    """The name and length of every batch axis: ``batch``, or ``batch_0``, ``batch_1`` where there are several."""
    lead = solution.final.shape[:-1]
    names = ["batch"] if len(lead) == 1 else [f"batch_{k}" for k in range(len(lead))]
    return dict(zip(names, lead))


def axes(solution: Solution, path: str) -> dict[str, int]:
    """The name and length of every axis of one quantity, without time and batch."""
    axis, shape = axis_of(solution.network, path), solution.network.quantities[path].shape
    names = ("post", "pre") if axis == "synapse" and len(shape) == 2 else (axis,)
    return dict(zip(names, shape, strict=True))


def axis_of(network: Network, path: str) -> str:
    """What the entries of a quantity are one each of: ``"cell"``, ``"pre"``, ``"post"`` or ``"synapse"``."""
    owner, _, name = path.rpartition(".")
    if owner in network.bound_nodes:
        return "cell"
    bound = bound_projection(network, owner)
    axis = _AXES.get(name) or bound.axis_of(name)
    return {"edge": "post" if bound.lumped else "synapse"}.get(axis, axis)


def bound_projection(network: Network, path: str) -> BoundProjection:
    """A projection of a network with its ends."""
    return next(p for p in network.bound_projections if p.path == path)


def checked(solution: Solution, coordinates: Any) -> dict[str, dict[str, np.ndarray]]:
    """The labels of a solution and further ones, by axis and then by name; one without a name has that of its axis."""
    if not isinstance(coordinates, Mapping):
        text = f"coordinates is {brief(coordinates)}; it must be a mapping such as {{'E.cell': labels}}"
        raise ParameterError(text, component="Solution", path=solution.network.name, attribute="coordinates")
    known, problems = _known_axes(solution), []
    found = dict(solution.coordinates or {})
    for key, given in coordinates.items():
        owner, _, axis = str(key).rpartition(".")
        if axis == "channel" and owner in solution.network.sources:  # as pictures call the cells of an input
            key = f"{owner}.cell"
        if key not in known:
            text, remedy = f"there is no axis '{key}' to label", suggestion(key, known)
            raise UnknownNameError(text, component="Solution", path=solution.network.name, remedy=remedy)
        named = given if isinstance(given, Mapping) else {key.rpartition(".")[2]: given}
        found[key] = {str(name): read_only(_as_files_keep(np.array(values))) for name, values in named.items()}
        for name, values in found[key].items():
            if values.shape != (known[key],):
                what = f"'{key}'" if name == key.rpartition(".")[2] else f"'{key}', '{name}',"
                problems.append(f"the labels of {what} have shape {values.shape}; expected ({known[key]},)")
    problems += _taken(solution, found)
    if problems:
        raise ParameterError(joined(problems), component="Solution", path=solution.network.name)
    return found


def entry_labels(solution: Solution, path: str) -> tuple[str, np.ndarray] | None:
    """The name and the labels of the cells that the entries of a quantity are of, if they have some."""
    axis = axis_of(solution.network, path)
    named = {} if axis == "synapse" else Labels.of(solution, None).along(path.rpartition(".")[0], axis)
    return next(iter(named.items()), None)


def label_text(label: Any) -> str:
    """A label as text."""
    return f"{label:g}" if isinstance(label, (float, np.floating)) else str(label)


def _as_files_keep(labels: np.ndarray) -> np.ndarray:
    """Labels as they are; numbers of a kind that files do not keep, such as float16, as float64."""
    known = labels.dtype.kind not in "buif" or labels.dtype.newbyteorder("<").str in DTYPES
    return labels if known else labels.astype(np.float64)


def _taken(solution: Solution, found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Names of labels that something else in the same table has."""
    lead = batch_axes(solution)
    taken = {*_COLUMNS, *lead, *(path.rpartition(".")[2] for path in solution.network.quantities)}
    of_batch = [name for key in lead for name in found.get(key, ())]
    for key, named in found.items():
        owner, _, axis = key.rpartition(".")
        others = [
            name for other in found if other != key and other.rpartition(".")[0] == owner for name in found[other]
        ]
        for name in named:
            if name != axis and (name in taken or name in others or (owner and name in of_batch)):
                yield f"the labels of '{key}' are called '{name}', which something else is called; choose another name"


def _known_axes(solution: Solution) -> dict[str, int]:
    known = batch_axes(solution)
    for path, bound in solution.network.bound_nodes.items():
        known[f"{path}.cell"] = bound.node.size
    for p in solution.network.bound_projections:
        known |= {f"{p.path}.{axis}": p.axes[axis].shape[0] for axis in ("post", "pre")}
    return known


@attrs.frozen(eq=False)
class AxisLabels:
    """What is kept of the labels of a solution beside numbers made of it.

    ``lengths`` are those of the batch axes, ``named`` their labels by name, and ``cells`` the name and the labels of
    the entries of a quantity.
    """

    network: str
    lengths: dict[str, int]
    named: dict[str, dict[str, np.ndarray]]
    cells: tuple[str, np.ndarray] | None = None

    @classmethod
    def of(cls, solution: Solution, path: str | None = None, *, n_times: int | None = None) -> AxisLabels:
        """Those of a quantity, whose times are an axis before the batch where there are ``n_times``."""
        labels, lengths = Labels.of(solution, None), batch_axes(solution)
        times = {} if n_times is None else {"time": n_times}
        named = {axis: labels.along("", axis) if axis in lengths else {} for axis in times | lengths}
        return cls(
            solution.network.name, times | lengths, named, None if path is None else entry_labels(solution, path)
        )

    @property
    def names(self) -> np.ndarray | None:
        """The labels of the cells."""
        return None if self.cells is None else self.cells[1]

    @property
    def patterns(self) -> tuple[str, np.ndarray] | None:
        """The name and the first labels of the last batch axis."""
        axis = next(reversed(self.named))
        return next(iter(self.named[axis].items()), None)

    def of_all_patterns(self) -> AxisLabels:
        """Without the last batch axis, that of the patterns."""
        *kept, _ = self.lengths
        return attrs.evolve(self, lengths={a: self.lengths[a] for a in kept}, named={a: self.named[a] for a in kept})


@attrs.frozen(eq=False)
class Labels:
    """The labels of a solution by axis: those it has, and those given to one call."""

    solution: Solution
    given: dict[str, dict[str, np.ndarray]]

    @classmethod
    def of(cls, solution: Solution, coordinates: Mapping[str, Any] | None) -> Labels:
        return cls(solution, checked(solution, {} if coordinates is None else coordinates))

    def along(self, owner: str, axis: str) -> dict[str, np.ndarray]:
        """The labels of an axis of a component, or of the batch, by name.

        Ends of a projection have the labels of the cells there, unless they have their own.
        """
        key = f"{owner}.{axis}" if owner else axis
        if key in self.given or axis not in ("post", "pre"):
            return self.given.get(key, {})
        cells = self.given.get(f"{getattr(bound_projection(self.solution.network, owner), axis)}.cell", {})
        return {axis if name == "cell" else f"{axis}_{name}": values for name, values in cells.items()}

    def synapses(self, owner: str) -> dict[str, np.ndarray]:
        """Which cells each synapse of sparse weights connects, by number or label."""
        found = {}
        for axis, index in zip(("post", "pre"), bound_projection(self.solution.network, owner).connectivity.indices()):
            named = self.along(owner, axis)
            found[f"{axis}_cell"] = named[axis][index] if axis in named else np.asarray(index, dtype=np.int64)
            found |= {name: values[index] for name, values in named.items() if name != axis}
        return found
