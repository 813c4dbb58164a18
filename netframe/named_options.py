"""Options by name in nested dictionaries: by population, by presynaptic name, or by ``[post][pre]``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from netframe.activations import Activation
from netframe.errors import brief, suggestion

OF_CELLS = ("tau", "v_rest", "r_in")
OF_RATES = ("threshold", "ceiling", "peak")
OF_POPULATIONS = (*OF_CELLS, *OF_RATES, "activation")
#: The options of projections, and what a synapse calls them.
OF_WIRES = {"synapse_tau": "tau", "g": "g", "e_rev": "e_rev"}


class NamedOptions:
    """Options as they were given, for the populations and projections that ``weights[post][pre]`` names."""

    def __init__(self, options: Mapping[str, Any], weights: Mapping[str, Mapping[str, Any]], known: list[str]) -> None:
        self.options, self.weights, self.known = options, weights, known
        self.wires = [(post, pre) for post, row in weights.items() for pre in row]

    def problems(self, sizes: Mapping[str, int]) -> Iterator[str]:
        """What is missing, belongs to nothing, or is of another shape, a phrase each."""
        for option in (*OF_POPULATIONS, *OF_WIRES):
            given = self.options[option]
            if not isinstance(given, Mapping):
                yield from _unfit_number(option, given)
            elif option in OF_POPULATIONS:
                yield from self._by_name(option, given, sizes)
            else:
                yield from self._fitting_wires(option, given, sizes)
                yield from self._unknown_wires(option, given)

    def of_population(self, name: str, sizes: Mapping[str, int]) -> dict[str, Any] | None:
        """What is given for a population, by option, or nothing where something is missing or does not fit."""
        found = {}
        for option in OF_POPULATIONS:
            given = self.options[option]
            if isinstance(given, Mapping):
                if name not in given:
                    return None
                given = given[name]
                if option != "activation" and any(_misfit("", given, sizes.get(name, 1), "")):
                    return None
            if given is not None:
                found[option] = given
        return found

    def of_wire(self, post: str, pre: str, sizes: Mapping[str, int]) -> dict[str, Any] | None:
        """What is given for a projection, as its class calls it, or nothing where something is missing or unfit."""
        found = {}
        for option, called in OF_WIRES.items():
            given = self.options[option]
            if isinstance(given, Mapping):
                row = given.get(post, {}) if _nested(given) else given
                if not isinstance(row, Mapping) or pre not in row or any(_misfit("", row[pre], sizes.get(post, 1), "")):
                    return None
                given = row[pre]
            if given is not None:
                found[called] = given
        return found if "g" in found else None

    def _by_name(self, option: str, given: Mapping[str, Any], sizes: Mapping[str, int]) -> Iterator[str]:
        """A dictionary by population has all of them, and nothing else but inputs."""
        for name in self.weights:
            if name not in given:
                yield f"{option}[{name!r}] is missing. {suggestion(name, given)}"
        for name, value in given.items():
            path = f"{option}[{name!r}]"
            if name not in self.known:
                yield f"{path}: there is no population '{name}'. {suggestion(name, self.weights)}"
            elif name in self.weights and name in sizes and option != "activation":
                yield from _misfit(path, value, sizes[name], f"one for each cell of '{name}'")

    def _fitting_wires(self, option: str, given: Mapping[str, Any], sizes: Mapping[str, int]) -> Iterator[str]:
        """Every projection has its number, or one for each postsynaptic cell."""
        nested = _nested(given)
        for post, pre in self.wires:
            row = given.get(post, {}) if nested else given
            path = path_of(option, post, pre) if nested else f"{option}[{pre!r}]"
            if not isinstance(row, Mapping):
                continue
            if pre not in row:
                near = suggestion(pre, row) if row or not nested else suggestion(post, given)
                yield f"{path} is missing, for {path_of('weights', post, pre)}. {near}"
            elif post in sizes:
                what = f"one for each postsynaptic cell of '{post}'; factors of single synapses belong in the weights"
                yield from _misfit(path, row[pre], sizes[post], what)

    def _unknown_wires(self, option: str, given: Mapping[str, Any]) -> Iterator[str]:
        """Nothing is given for a projection that has no weights."""
        if not _nested(given):
            for pre in given:
                if pre not in self.known:
                    yield f"{option}[{pre!r}] belongs to no weights. {suggestion(pre, self.known)}"
            return
        for post, row in given.items():
            if not isinstance(row, Mapping):
                text = f"{option}[{post!r}] is {brief(row)} where others are dictionaries"
                yield f"{text}; give {option}[post][pre] throughout"
                continue
            for pre in row:  # none where a defaultdict was only asked for a name
                if pre not in self.weights.get(post, {}):
                    there = post in self.weights
                    near = suggestion(pre, self.weights[post]) if there else suggestion(post, self.weights)
                    yield f"{path_of(option, post, pre)} has no {path_of('weights', post, pre)}. {near}"


def path_of(option: str, post: str, pre: str) -> str:
    """How messages call an entry: ``g['E']['FFE']``."""
    return f"{option}[{post!r}][{pre!r}]"


def shape_of(value: Any) -> tuple[int, ...] | None:
    """The shape of an array of numbers, or nothing for anything else."""
    try:
        return None if value is None else np.shape(np.asarray(value, dtype=np.float64))
    except (TypeError, ValueError):
        return None


def _nested(given: Mapping[str, Any]) -> bool:
    return any(isinstance(row, Mapping) for row in given.values())


def _unfit_number(option: str, value: Any) -> Iterator[str]:
    """A phrase when what is given for all is no number, or no activation."""
    if value is None or (isinstance(value, Activation) if option == "activation" else shape_of(value) == ()):
        return
    kind = "an Activation" if option == "activation" else "a number"
    yield f"{option} is {brief(value)}; it must be {kind} for all or a dictionary"


def _misfit(path: str, value: Any, size: int, what: str) -> Iterator[str]:
    """A phrase when a value is neither a number nor an array of ``size``."""
    shape = shape_of(value)
    if shape is None:
        yield f"{path} is {brief(value)}; it must be a number, or {size} of them"
    elif shape not in ((), (size,)):
        yield f"{path} has shape {shape}; it must be a number or have shape ({size},), {what}"
