"""Solutions as files: what a run computed, together with the network and the integrator it came from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from netframe.calls import explained
from netframe.errors import FileError, NetframeError, SpecError, suggestion
from netframe.files import exchange
from netframe.files.atomic import file_path
from netframe.files.container import read, write
from netframe.files.journal import is_journal
from netframe.files.netcdf import is_netcdf
from netframe.network import Network
from netframe.provenance import versions
from netframe.solution import Run, Solution, Stats, Status

KIND = "solution"
#: How the files of results end.
FORMATS = (".npz", ".nc")

_WITHOUT = "Build the network in Python and write nf.load(path, network=network)"


def save(solution: Solution, path: Any) -> None:
    """Write a solution to a file; see :meth:`Solution.save`."""
    place = result_path(path)
    try:
        content, arrays = packed(solution)
    except _Unfit as unfit:
        raise FileError(f"not written, the solution {unfit}", path=str(path)) from None
    if place.suffix == ".nc":
        exchange.write(path, KIND, solution, content, arrays)
    else:
        write(path, KIND, content, arrays)


def result_path(path: Any) -> Path:
    """Where a result goes, if the end of the path is that of a format it has: none is ``.npz``."""
    place = file_path(path)
    if place.suffix not in ("", *FORMATS):
        text = f"the end of the path, '{place.suffix}', says no format of a result"
        remedy = f"{suggestion(place.suffix, FORMATS)}, NetCDF for other programs. Write {others(place)}"
        raise FileError(text, path=str(path), remedy=remedy)
    return place


def others(path: Path) -> str:
    """How a solution is written in a format that is none of results."""
    table = path.with_suffix(".csv")
    return f"sol.to_dataframe().to_csv('{table}') for CSV, and for other formats begin with sol.to_xarray()"


@explained
def load(path: Any, network: Network | None = None) -> Solution:
    """The solution in a file that :meth:`Solution.save` or ``simulate(..., checkpoint=path)`` wrote, of either format.

    Every number is as it was, bit for bit, those of the network too; a file where one is not is refused with a
    :class:`FileError`. Loading runs nothing from the file and imports nothing it names: classes of your own must be
    defined before. A network with a function in it is not in the file: build it anew and give it as ``network``. A run
    with checkpoints that has not ended yet gives what there is of it, its status ``INTERRUPTED``.

    Example:
        >>> import pathlib, tempfile, netframe as nf
        >>> sol = nf.simulate(nf.Network("n", [nf.LeakyRate("E", size=2)]), 0.1, save_at=5)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     sol.save(pathlib.Path(folder) / "run.npz")
        ...     again = nf.load(pathlib.Path(folder) / "run.npz")
        >>> bool((again["E.rate"] == sol["E.rate"]).all()), again.network["E"].tau == sol.network["E"].tau
        (True, True)
    """
    path = file_path(path)
    if is_journal(path):
        from netframe.files.parts import load_parts

        try:
            return load_parts(path, network)
        except FileError:
            if is_journal(path):  # otherwise its run has just ended, and the result is there
                raise
    content, arrays = exchange.read(path, KIND) if is_netcdf(path) else read(path, KIND)
    return unpacked(content, arrays, path, network)


def packed(solution: Solution) -> tuple[dict[str, Any], dict[str, Any]]:
    """A solution as plain data and arrays by name."""
    content, arrays = packed_course(solution)
    origin, more = packed_origin(solution.network, solution.integrator, solution.run, solution.coordinates or {})
    return {**origin, **content}, {**more, **arrays}


def packed_course(solution: Solution) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a run computed, and how it went."""
    recorded = None if solution.recorded is None else {p: np.asarray(x) for p, x in solution.recorded.items()}
    arrays = {"t": np.asarray(solution.t), "final": np.asarray(solution.final)}
    arrays |= {} if solution.y is None else {"y": np.asarray(solution.y)}
    arrays |= {f"recorded/{k}": array for k, array in enumerate((recorded or {}).values())}
    stats = {name: x if isinstance(x, (int, float)) else x.item() for name, x in attrs.asdict(solution.stats).items()}
    content = {
        "status": solution.status.name,
        "message": str(solution.message),
        "stats": stats,
        "recorded": None if recorded is None else list(recorded),
    }
    _check(solution.network, arrays["t"], arrays.get("y"), recorded, arrays["final"])
    return content, arrays


def packed_origin(
    network: Network, integrator: Any, run: Run | None, coordinates: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a run is of: the network, the integrator, what was asked for, versions and labels."""
    arrays = dict[str, Any]()
    tree, reason = _tree(network, "network", arrays)
    how, _ = _tree(integrator, "integrator", arrays)
    content = {
        "states": [[slot.path, *slot.shape] for slot in network.registry],
        "network_name": network.name,
        "network": tree,
        "no_network": reason,
        "integrator": how,
        "integrator_shown": repr(integrator),
        "versions": versions(),
        "asked": _run_as_data(run, arrays),
        "coordinates": _coordinates_as_data(coordinates, arrays),
    }
    return content, arrays


def unpacked(content: Mapping[str, Any], arrays: Mapping[str, np.ndarray], path: Any, network: Any = None) -> Solution:
    """The solution of plain data and arrays; ``network`` in place of the one that is there, when it is given."""
    where = {"component": "load", "path": str(path)}
    try:
        network = _network(content, arrays, network)
        paths = content["recorded"]
        recorded = None if paths is None else {str(path): arrays[f"recorded/{k}"] for k, path in enumerate(paths)}
        t, final, y = arrays["t"], arrays["final"], arrays.get("y")
        _check(network, t, y, recorded, final)
        stats, status = Stats(**content["stats"]), Status[content["status"]]
        if not all(type(count) in (int, float) for count in attrs.astuple(stats)):
            raise TypeError("its statistics are no numbers")
        integrator = None if content["integrator"] is None else _decoded(content["integrator"], "integrator", arrays)
        for array in (y, *(recorded or {}).values()):
            if array is not None:
                array.flags.writeable = False
        run = _run_from(content["asked"], arrays, final.shape)
        found = Solution(network, t, y, recorded, final, status, str(content["message"]), stats, integrator, run)
        labels = _coordinates_from(content["coordinates"], arrays)
        return found.with_coordinates(labels) if labels else found
    except _Unfit as unfit:
        raise FileError(f"it {unfit}", remedy=unfit.remedy, **where) from None
    except NetframeError as error:
        raise FileError(f"what it holds cannot be restored: {error}", **where) from error
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise FileError(f"it holds no solution ({type(error).__name__}: {str(error)[:120]})", **where) from None


def run_of(content: Mapping[str, Any], arrays: Mapping[str, np.ndarray], path: Any) -> Run:
    """What a run was asked for, by the plain data and arrays of its origin."""
    try:
        run = _run_from(content["asked"], arrays, arrays["asked/y0"].shape)
        if run is None:
            raise TypeError("asked is None")
        return run
    except (_Unfit, KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        text = f"it does not say what was asked for ({type(error).__name__}: {str(error)[:120]})"
        raise FileError(text, component="load", path=str(path)) from None


def _run_as_data(run: Run | None, arrays: dict[str, Any]) -> dict[str, Any] | None:
    """What the run was asked for; a ``batch`` that is no data is left to its default."""
    if run is None:
        return None
    arrays["asked/y0"] = np.asarray(run.y0)
    batch = run.batch if isinstance(run.batch, str) else int(run.batch)
    return {"t_span": [float(t) for t in run.t_span], "batch": batch, "versions": dict(run.versions)}


def _run_from(data: Any, arrays: Mapping[str, np.ndarray], shape: tuple[int, ...]) -> Run | None:
    if data is None:
        return None
    y0, (t0, t1) = arrays["asked/y0"], (float(t) for t in data["t_span"])
    if y0.shape != shape:
        raise _Unfit(f"has a start of shape {y0.shape}; expected {shape}")
    if not isinstance(data["batch"], (str, int)):
        raise TypeError("its batch is no word or number")
    return Run((t0, t1), y0, data["batch"], {str(name): str(version) for name, version in data["versions"].items()})


def _coordinates_as_data(coordinates: Mapping[str, Any], arrays: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Labels by axis and name: numbers as arrays, anything else as text."""
    told: dict[str, dict[str, Any]] = {}
    labelled = [(axis, name, np.asarray(x)) for axis, named in coordinates.items() for name, x in named.items()]
    for k, (axis, name, labels) in enumerate(labelled):
        kept: Any = [str(label) for label in labels]
        if labels.dtype.kind in "buif":
            kept = {"array": f"coordinates/{k}"}
            arrays[kept["array"]] = labels
        told.setdefault(axis, {})[name] = kept
    return told


def _coordinates_from(data: Any, arrays: Mapping[str, np.ndarray]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for axis, named in data.items():
        for name, kept in named.items():
            found.setdefault(axis, {})[name] = arrays[kept["array"]] if isinstance(kept, dict) else list(map(str, kept))
    return found


class _Unfit(Exception):
    """Parts that make no solution: why, in a phrase that follows "it"."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


def _network(content: Mapping[str, Any], arrays: Mapping[str, np.ndarray], given: Any) -> Network:
    """The network of the file, or the one given if it has the same states."""
    if given is None and content["network"] is None:
        text = (
            f"is without its network '{content['network_name']}', which could not be written: {content['no_network']}"
        )
        raise _Unfit(text, _WITHOUT)
    network = _decoded(content["network"], "network", arrays) if given is None else given
    if not isinstance(network, Network):
        raise _Unfit(f"needs a Network, not {type(network).__name__}")
    theirs = {path: tuple(shape) for path, *shape in content["states"]}
    ours = {slot.path: slot.shape for slot in network.registry}
    if list(theirs.items()) != list(ours.items()):
        wrong = [path for path in {**theirs, **ours} if theirs.get(path) != ours.get(path)]
        told = "; ".join(f"'{p}' is {theirs.get(p, 'not there')}, not {ours.get(p, 'there')}" for p in wrong[:3])
        raise _Unfit(f"is of another network than '{network.name}': {told or 'its states have another order'}")
    return network


def _check(network: Network, t: Any, y: Any, recorded: Any, final: Any) -> None:
    """Whether the arrays of a solution fit its network, or :class:`_Unfit`."""
    lead = tuple(final.shape[:-1])
    if t.ndim != 1 or final.shape[-1:] != (network.registry.size,) or (y is None) == (recorded is None):
        raise _Unfit(f"has times of shape {t.shape}, a final state of shape {final.shape} and no course that fits")
    if y is not None and y.shape != (len(t), *final.shape):
        raise _Unfit(f"has y of shape {y.shape}; expected {(len(t), *final.shape)}")
    for path, values in (recorded or {}).items():
        if path not in network.quantities:
            raise _Unfit(f"has '{path}', which its network does not. {suggestion(path, network.quantities)}")
        shape = (len(t), *lead, *network.quantities[path].shape)
        if values.shape != shape:
            raise _Unfit(f"has '{path}' of shape {values.shape}; expected {shape}")


def encoded(thing: Any, prefix: str, arrays: dict[str, Any]) -> dict[str, Any]:
    """An object as plain data, its arrays added to ``arrays``; ``SpecError`` for what is no data."""
    from netframe.specs import encode

    tree, found = encode(thing)
    arrays |= {f"{prefix}/{k}": array for k, array in enumerate(found.values())}
    return {"tree": tree, "arrays": list(found)}


def _tree(thing: Any, prefix: str, arrays: dict[str, Any]) -> tuple[dict[str, Any] | None, str]:
    try:
        return encoded(thing, prefix, arrays), ""
    except SpecError as error:
        return None, str(error)


def _decoded(whole: Mapping[str, Any], prefix: str, arrays: Mapping[str, np.ndarray]) -> Any:
    from netframe.specs import decode

    return decode(whole["tree"], {name: arrays[f"{prefix}/{k}"] for k, name in enumerate(whole["arrays"])})
