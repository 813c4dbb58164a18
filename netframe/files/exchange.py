"""Where the arrays of a result stand in the labelled tree of a NetCDF file, and how they are found there again.

``content["places"]`` says it of each array: a place, such as ``"E/v"``, or a number, the row of ``y`` that it equals.
``y`` itself is not there: its columns are the states, each in its place. So no number is stored twice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from netframe.errors import FileError
from netframe.files import netcdf
from netframe.files.hdf5_checks import HEADER
from netframe.solution import Solution


def write(path: Any, kind: str, solution: Solution, content: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    """Write what :func:`netframe.files.results.packed` made of a solution, as its labelled tree."""
    from netframe.labelled_results import Table, tables

    with np.errstate(all="ignore"):  # rates of states that are NaN
        tree = dict(tables(solution))
    for table in tree.values():
        for name in table.coordinates:
            if not netcdf.variable_name(name):
                text = f"labels are called '{name}', and no variable of a NetCDF file can be"
                raise FileError(text, path=str(path), remedy="Choose a name of letters and digits, or save to .npz")
    places: dict[str, str | int] = {}
    beside: dict[str, Any] = {}
    states = _states(content) if "y" in arrays else {}
    for name, array in arrays.items():
        if name == "y" and states:
            continue
        place = _place(name, array, content, arrays.get("y"), tree)
        if place is None:
            beside[name.replace("/", ".")] = (None, array, {})
            place = f"{netcdf.ARRAYS}/{name.replace('/', '.')}"
        places[name] = place
    about = {"about": f"what has no place in the tree; {HEADER} says what it is"}
    tree[f"/{netcdf.ARRAYS}"] = Table(beside, {}, about)
    kept = {*states, *(place for place in places.values() if isinstance(place, str))}
    netcdf.write(path, kind, {**content, "places": places}, tree, sorted(kept))


def read(path: Any, kind: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The content and the arrays of a result, as :func:`netframe.files.container.read` gives those of an .npz file."""
    content, found = netcdf.read(path, kind)
    try:
        places = content["places"]
        arrays = {name: found[place] for name, place in places.items() if isinstance(place, str)}
        if content["recorded"] is None and "y" not in arrays:
            columns = [_flat(found[place], axes) for place, axes in _states(content).items()]
            arrays["y"] = np.concatenate(columns, axis=-1)
        for name, place in places.items():
            if type(place) is int:
                arrays[name] = arrays["y"][place].copy()
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        text = f"it holds no solution ({type(error).__name__}: {str(error)[:120]})"
        raise FileError(text, component="load", path=str(path)) from None
    return content, arrays


def _states(content: Mapping[str, Any]) -> dict[str, int]:
    """The place of every state and its number of axes, in the order of the columns of ``y``."""
    return {path.replace(".", "/"): len(shape) for path, *shape in content["states"]}


def _place(name: str, array: np.ndarray, content: Mapping[str, Any], y: Any, tree: Mapping[str, Any]) -> Any:
    """The place of an array, or ``None`` if the tree has none for it."""
    if name == "t":
        return "time" if "time" in tree["/"].coordinates else None
    if name in ("final", "asked/y0") and y is not None and len(y):
        row = -1 if name == "final" else 0
        return row if _same(array, y[row]) else None
    if name.startswith("recorded/"):
        return str(content["recorded"][int(name.removeprefix("recorded/"))]).replace(".", "/")
    for key, named in content["coordinates"].items():
        for label, kept in named.items():
            if isinstance(kept, dict) and kept["array"] == name:
                owner, _, axis = key.rpartition(".")
                owner = owner.replace(".", "/")
                there = tree[f"/{owner}"].coordinates.get(label)
                return f"{owner}/{label}".lstrip("/") if there is not None and there[0] == (axis,) else None
    return None


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def _flat(values: np.ndarray, axes: int) -> np.ndarray:
    """The values of a state as columns of ``y``."""
    lead = values.shape[: values.ndim - axes]
    return values.reshape(*lead, math.prod(values.shape[values.ndim - axes :]))
