"""Labelled results: a solution as an ``xarray.DataTree`` or a ``pandas.DataFrame``, axes named and cells labelled."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from netframe.errors import SpecError
from netframe.extras import package
from netframe.labels import Labels, axes, batch_axes
from netframe.memory import require
from netframe.paths import several_paths
from netframe.provenance import versions
from netframe.tracing import numbers_of

if TYPE_CHECKING:
    from netframe.solution import Solution

#: Numbers of a network, at most, that are written out as text in the attributes of a tree.
LONGEST_SPEC = 100_000

_MEANINGS = {
    "rate": "rate of the cells",
    "signal": "what each presynaptic cell sends",
    "drive": "signal through the weights",
    "current": "what reaches each postsynaptic cell",
}


@attrs.frozen(eq=False)
class Table:
    """What a group of a tree holds: arrays by name, each as ``(dimensions, values, attributes)``.

    ``dimensions`` are those it has for all groups below.
    """

    variables: dict[str, Any]
    coordinates: dict[str, Any]
    attributes: dict[str, Any]
    dimensions: dict[str, int] = attrs.field(factory=dict)


def tables(solution: Solution, paths: Any = None, coordinates: Any = None) -> Iterator[tuple[str, Table]]:
    """The groups of a labelled tree by place: the root, and then one for each component.

    Times and the labels of batches are the root's, and those of every group that holds variables. The root has none if
    a component is called like one of them.
    """
    chosen, labels = _chosen(solution, paths), Labels.of(solution, coordinates)
    network = solution.network
    shared: dict[str, Any] = {"time": (("time",), np.asarray(solution.t), {"units": "s", "long_name": "time"})}
    for axis in batch_axes(solution):
        shared |= {name: ((axis,), values, {}) for name, values in labels.along("", axis).items()}
    lengths = {"time": len(solution.t), **batch_axes(solution)}
    taken = {path.partition(".")[0] for path in network.paths} & {*shared, *lengths}
    top, lengths = ({}, {}) if taken else (shared, lengths)
    yield "/", Table({}, top, root_attributes(solution), lengths)
    for owner, part in network.paths.items():
        variables, coords = {}, dict(shared)
        for path in (path for path in chosen if path.rpartition(".")[0] == owner):
            own = axes(solution, path)
            told = {"units": network.quantities[path].unit, "long_name": meaning(solution, path)}
            dims = ("time", *batch_axes(solution), *own)
            variables[path.rpartition(".")[2]] = (dims, np.asarray(solution[path]), told)
            for axis in own:
                found = labels.synapses(owner) if axis == "synapse" else labels.along(owner, axis)
                coords |= {name: ((axis,), values, {}) for name, values in found.items()}
        told = {"type": type(part).__name__, "path": owner} | _ends(network, owner)
        yield f"/{owner.replace('.', '/')}", Table(variables, coords if variables else {}, told)


def to_xarray(solution: Solution, paths: Any, coordinates: Any) -> Any:
    """See :meth:`Solution.to_xarray`."""
    xarray = package("xarray", "xarray", "Solution.to_xarray")
    nodes = {
        place: xarray.Dataset(table.variables, table.coordinates, table.attributes)
        for place, table in tables(solution, paths, coordinates)
    }
    nodes["/"].attrs |= spec_attributes(solution.network)
    return xarray.DataTree.from_dict(nodes, name=solution.network.name)


def to_dataframe(solution: Solution, paths: Any, coordinates: Any) -> Any:
    """See :meth:`Solution.to_dataframe`."""
    pandas = package("pandas", "xarray", "Solution.to_dataframe")
    chosen, labels = _chosen(solution, paths), Labels.of(solution, coordinates)
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


def meaning(solution: Solution, path: str) -> str:
    """A few words on a quantity."""
    owner, _, name = path.rpartition(".")
    part: Any = solution.network[owner]
    states = part.state_variables()
    if name in states:
        return str(states[name].doc)
    return f"sum of {name} from all projections" if name in getattr(part, "ports", {}) else _MEANINGS[name]


def _chosen(solution: Solution, paths: str | Iterable[str] | None) -> tuple[str, ...]:
    """The paths asked for; unless given what is kept and, of a whole state, every rate."""
    if paths is None:
        if solution.recorded is not None:
            return solution.paths
        rates = (f"{path}.rate" for path in solution.network.bound_nodes)
        return (*(slot.path for slot in solution.network.registry), *rates)
    chosen = several_paths("paths", paths, component="Solution", path=solution.network.name)
    for path in chosen:
        if path not in solution:
            solution[path]  # says why not
    return chosen


def _nullable(frame: Any) -> Any:
    """Whole numbers of a kind that may be missing, so that they stay whole where other paths lack the axis."""
    return frame.astype({name: "Int64" for name, kind in frame.dtypes.items() if kind == np.int64})


def _ends(network: Any, owner: str) -> dict[str, str]:
    return next(({"pre": p.pre, "post": p.post} for p in network.bound_projections if p.path == owner), {})


def root_attributes(solution: Solution) -> dict[str, Any]:
    """What is said of the run as a whole, in text and numbers that every format of files holds."""
    told: dict[str, Any] = {"network": solution.network.name, "description": solution.network.describe()}
    told |= {"status": solution.status.value, "message": solution.message, "integrator": repr(solution.integrator)}
    told |= attrs.asdict(solution.stats)
    for name, value in (versions() | solution.provenance).items():
        if name not in told:
            told[name] = value if isinstance(value, str) else json.dumps(value, default=str)
    return told


def spec_attributes(network: Any) -> dict[str, str]:
    """The network as the text of a ``.json`` file that ``load_network`` reads, or why there is none."""
    from netframe.specs import encode

    try:
        count = sum(np.size(value) for value in numbers_of(network).values())
        if count > LONGEST_SPEC:
            raise SpecError(
                f"its {count} numbers are too many for a text; save_network or a file of the result has them"
            )
        tree, arrays = encode(network, inline=LONGEST_SPEC)
        if arrays:
            raise SpecError(
                f"the numbers of '{next(iter(arrays))}' are of a kind that no text holds; save_network does"
            )
    except SpecError as error:
        return {"no_spec": str(error)}
    return {"spec": json.dumps(tree, allow_nan=False)}
