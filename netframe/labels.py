"""Labelled results: a solution as an ``xarray.DataTree`` or a ``pandas.DataFrame``, axes named and cells labelled."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from netframe.arrays import read_only
from netframe.component import Node
from netframe.errors import MissingPackageError, ParameterError, UnknownNameError, brief, joined, suggestion
from netframe.memory import require

if TYPE_CHECKING:
    from netframe.solution import Solution

_MEANINGS = {
    "rate": "rate of the cells",
    "signal": "what each presynaptic cell sends",
    "drive": "signal through the weights",
    "current": "what reaches each postsynaptic cell",
}
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
    network = solution.network
    owner, _, name = path.rpartition(".")
    shape = network.quantities[path].shape
    if isinstance(network[owner], Node):
        return dict(zip(("cell",), shape, strict=True))
    bound = next(p for p in network.bound_projections if p.path == owner)
    axis = _AXES.get(name) or bound.axis_of(name)
    if axis == "edge" and bound.lumped:
        axis = "post"
    if axis in ("edge", "synapse"):
        return dict(zip(("post", "pre") if len(shape) == 2 else ("synapse",), shape, strict=True))
    return {axis: shape[0]}


def meaning(solution: Solution, path: str) -> str:
    """A few words on a quantity."""
    owner, _, name = path.rpartition(".")
    part: Any = solution.network[owner]
    states = part.state_variables()
    if name in states:
        return str(states[name].doc)
    return f"sum of {name} from all projections" if name in getattr(part, "ports", {}) else _MEANINGS[name]


def checked(solution: Solution, coordinates: Any) -> dict[str, dict[str, np.ndarray]]:
    """The labels of a solution and further ones, by axis and then by name; one without a name has that of its axis."""
    if not isinstance(coordinates, Mapping):
        text = f"coordinates is {brief(coordinates)}; it must be a mapping such as {{'E.cell': labels}}"
        raise ParameterError(text, component="Solution", path=solution.network.name, attribute="coordinates")
    known, problems = _known_axes(solution), []
    found = dict(solution.coordinates or {})
    for key, given in coordinates.items():
        if key not in known:
            text, remedy = f"there is no axis '{key}' to label", suggestion(key, known)
            raise UnknownNameError(text, component="Solution", path=solution.network.name, remedy=remedy)
        named = given if isinstance(given, Mapping) else {key.rpartition(".")[2]: given}
        found[key] = {str(name): read_only(np.array(values)) for name, values in named.items()}
        for name, values in found[key].items():
            if values.shape != (known[key],):
                what = f"'{key}'" if name == key.rpartition(".")[2] else f"'{key}', '{name}',"
                problems.append(f"the labels of {what} have shape {values.shape}; expected ({known[key]},)")
    problems += _taken(solution, found)
    if problems:
        raise ParameterError(joined(problems), component="Solution", path=solution.network.name)
    return found


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


def _chosen(solution: Solution, paths: str | Iterable[str] | None) -> tuple[str, ...]:
    """The paths asked for; unless given what is kept and, of a whole state, every rate."""
    if paths is None:
        if solution.recorded is not None:
            return solution.paths
        rates = (f"{path}.rate" for path in solution.network.bound_nodes)
        return (*(slot.path for slot in solution.network.registry), *rates)
    chosen = (paths,) if isinstance(paths, str) else tuple(dict.fromkeys(paths))
    for path in chosen:
        if path not in solution:
            solution[path]  # says why not
    return chosen


@attrs.frozen(eq=False)
class _Labels:
    """The labels of a solution by axis: those it has, and those given to one call."""

    solution: Solution
    given: dict[str, dict[str, np.ndarray]]

    @classmethod
    def of(cls, solution: Solution, coordinates: Mapping[str, Any] | None) -> _Labels:
        return cls(solution, checked(solution, {} if coordinates is None else coordinates))

    def along(self, owner: str, axis: str) -> dict[str, np.ndarray]:
        """The labels of an axis of a component, or of the batch, by name.

        Ends of a projection have the labels of the cells there, unless they have their own.
        """
        key = f"{owner}.{axis}" if owner else axis
        if key in self.given or axis not in ("post", "pre"):
            return self.given.get(key, {})
        cells = self.given.get(f"{getattr(self._bound(owner), axis)}.cell", {})
        return {axis if name == "cell" else f"{axis}_{name}": values for name, values in cells.items()}

    def synapses(self, owner: str) -> dict[str, np.ndarray]:
        """Which cells each synapse of sparse weights connects, by number or label."""
        found = {}
        for axis, index in zip(("post", "pre"), self._bound(owner).connectivity.indices()):
            named = self.along(owner, axis)
            found[f"{axis}_cell"] = named[axis][index] if axis in named else np.asarray(index, dtype=np.int64)
            found |= {name: values[index] for name, values in named.items() if name != axis}
        return found

    def _bound(self, owner: str) -> Any:
        return next(p for p in self.solution.network.bound_projections if p.path == owner)


def to_xarray(solution: Solution, paths: Any, coordinates: Any) -> Any:
    """See :meth:`Solution.to_xarray`."""
    try:
        import xarray
    except ImportError:
        raise _missing("xarray", "to_xarray") from None
    chosen, labels = _chosen(solution, paths), _Labels.of(solution, coordinates)
    network = solution.network
    shared: dict[str, Any] = {"time": ("time", np.asarray(solution.t), {"units": "s", "long_name": "time"})}
    for axis in batch_axes(solution):
        shared |= {name: (axis, values) for name, values in labels.along("", axis).items()}
    nodes = {}
    for owner, part in network.paths.items():
        variables, coords = {}, dict(shared)
        for path in (path for path in chosen if path.rpartition(".")[0] == owner):
            own = axes(solution, path)
            told = {"units": network.quantities[path].unit, "long_name": meaning(solution, path)}
            dims = ("time", *batch_axes(solution), *own)
            variables[path.rpartition(".")[2]] = (dims, np.asarray(solution[path]), told)
            for axis in own:
                found = labels.synapses(owner) if axis == "synapse" else labels.along(owner, axis)
                coords |= {name: (axis, values) for name, values in found.items()}
        told = {"type": type(part).__name__, "path": owner}
        told |= _ends(network, owner)
        nodes[f"/{owner.replace('.', '/')}"] = xarray.Dataset(variables, coords if variables else {}, told)
    top = {} if shared.keys() & {path.partition(".")[0] for path in network.paths} else shared
    nodes["/"] = xarray.Dataset(coords=top, attrs=_root(solution))
    return xarray.DataTree.from_dict(nodes, name=network.name)


def to_dataframe(solution: Solution, paths: Any, coordinates: Any) -> Any:
    """See :meth:`Solution.to_dataframe`."""
    try:
        import pandas
    except ImportError:
        raise _missing("pandas", "to_dataframe") from None
    chosen, labels = _chosen(solution, paths), _Labels.of(solution, coordinates)
    several = not isinstance(paths, str)
    width = sum(math.prod(solution.network.quantities[path].shape) for path in chosen)
    rows = len(solution.t) * math.prod(solution.final.shape[:-1]) * width
    remedy = "Give fewer paths, or use to_xarray, which keeps arrays as they are"
    require(8 * 6 * rows, f"a table of {rows} rows", remedy)
    frames = []
    for path in chosen:
        owner, values = path.rpartition(".")[0], np.asarray(solution[path])
        columns: dict[str, Any] = {"path": path, "unit": solution.network.quantities[path].unit} if several else {}
        lead, own = batch_axes(solution), axes(solution, path)
        for k, axis in enumerate(("time", *lead, *own)):
            if axis == "time":
                found = {"time": np.asarray(solution.t)}
            elif axis == "synapse":
                found = {"synapse": np.arange(values.shape[k])} | labels.synapses(owner)
            else:
                named = labels.along("" if axis in lead else owner, axis)
                found = {axis: named.get(axis, np.arange(values.shape[k]))} | named
            before, after = math.prod(values.shape[:k]), math.prod(values.shape[k + 1 :])
            columns |= {name: np.tile(np.repeat(one, after), before) for name, one in found.items()}
        frames.append(pandas.DataFrame(columns | {"value": values.ravel()}, index=range(values.size)))
    if not several:
        frames[0].attrs["units"] = {"time": "s", "value": solution.network.quantities[paths].unit}
        return frames[0]
    axes_names = dict.fromkeys(name for frame in frames for name in frame.columns if name != "value")
    if not frames:
        return pandas.DataFrame(columns=["path", "unit", "value"])
    whole = pandas.concat([_nullable(frame) for frame in frames], ignore_index=True)
    return whole[[*axes_names, "value"]]


def _nullable(frame: Any) -> Any:
    """Whole numbers of a kind that may be missing, so that they stay whole where other paths lack the axis."""
    return frame.astype({name: "Int64" for name, kind in frame.dtypes.items() if kind == np.int64})


def _ends(network: Any, owner: str) -> dict[str, str]:
    return next(({"pre": p.pre, "post": p.post} for p in network.bound_projections if p.path == owner), {})


def _root(solution: Solution) -> dict[str, Any]:
    """What is said of the run as a whole, in text and numbers that every format of files holds."""
    told: dict[str, Any] = {"network": solution.network.name, "description": solution.network.describe()}
    told |= {"status": solution.status.value, "message": solution.message, "integrator": repr(solution.integrator)}
    told |= attrs.asdict(solution.stats)
    for name, value in solution.provenance.items():
        if name not in told:
            told[name] = value if isinstance(value, str) else json.dumps(value, default=str)
    return told


def _missing(package: str, method: str) -> MissingPackageError:
    remedy = "Install the extra: pip install 'netframe[xarray]'"
    return MissingPackageError(f"{package} is not installed", component=f"Solution.{method}", remedy=remedy)
