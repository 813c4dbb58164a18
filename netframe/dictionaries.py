"""A network read from nested dictionaries, as scripts without a framework keep them: ``weights[post][pre]``."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from netframe.activations import ClippedLinear
from netframe.calls import explained
from netframe.component import Component
from netframe.errors import NetframeError, ParameterError, brief, joined, suggestion
from netframe.inputs import ConstantInput, InputSource
from netframe.named_options import OF_CELLS, OF_RATES, NamedOptions, path_of, shape_of
from netframe.network import Network
from netframe.populations import LeakyRate
from netframe.projections import ReversalSynapse

#: What a script calls an option, and what it is called here.
_ALSO = {"cell_tau": "tau", "r_inp": "r_in", "v_th": "threshold", "v_peak": "ceiling", "peak_rate": "peak"}
_ALSO |= {"num_cells": "sizes", "input_activities": "inputs", "tau_syn": "synapse_tau", "v_rev": "e_rev"}


@explained
def from_dicts(
    weights: Mapping[str, Mapping[str, Any]],
    *,
    g: Any = None,
    inputs: Mapping[str, Any] | None = None,
    sizes: Mapping[str, int] | None = None,
    tau: Any = None,
    v_rest: Any = None,
    r_in: Any = None,
    threshold: Any = None,
    ceiling: Any = None,
    peak: Any = None,
    activation: Any = None,
    synapse_tau: Any = None,
    e_rev: Any = None,
    v_reverse: Any = None,
    resolution: str = "lumped",
    name: str = "network",
    **others: Any,
) -> Network:
    """The network of :class:`LeakyRate` cells and :class:`ReversalSynapse` that nested dictionaries describe.

        tau          dv/dt = -(v - v_rest) + r_in * sum(i)
        synapse_tau  di/dt = -i + weights * g * rate * (e_rev - v)
        rate = peak * clip((v - threshold) / (ceiling - threshold), 0, 1)

    ``weights[post][pre]`` is an array or sparse matrix of shape (post, pre). The outer keys are the populations: one
    that receives nothing has an empty dictionary. ``inputs[pre]`` are the rates in Hz of what is no population: one
    pattern of shape (size,), a list or array of patterns, which become a batch, or an :class:`InputSource`.

    ``tau`` in s, ``v_rest`` in mV, ``r_in`` in MOhm, ``threshold`` and ``ceiling`` in mV and ``peak`` in Hz are a
    number for all cells or a dictionary by population of numbers or arrays of shape (size,). ``activation``, an
    :class:`Activation` or a dictionary of them, replaces the last three.

    ``g`` in nA/(Hz mV), ``synapse_tau`` in s and ``e_rev`` in mV are a number for all synapses, a dictionary by
    presynaptic name, or ``[post][pre]``, of numbers or arrays of shape (post,). ``v_reverse`` is another name of
    ``e_rev``. ``sizes`` by name is needed where no weights tell the size of a population, and checked elsewhere.

    An argument left out takes the default of its class; ``g`` has none. A dictionary that is given must be complete,
    and everything that is missing, unknown or of another shape is told in one :class:`ParameterError`.

    Example:
        >>> weights, g = {"E": {"FFE": np.full((2, 3), 0.5)}}, {"E": {"FFE": 2e-5}}
        >>> net = from_dicts(weights, g=g, inputs={"FFE": [10.0, 20.0, 30.0]}, v_rest={"E": -65.0})
        >>> list(net), net["E"].v_rest
        (['FFE', 'E', 'FFE_to_E'], -65.0)
        >>> from_dicts(weights, g=g, inputs={"FFE": [10.0, 20.0]}, v_rest={"e": -65.0})
        Traceback (most recent call last):
        netframe.errors.ParameterError: from_dicts: 3 problems:
          - weights['E']['FFE'] has shape (2, 3); expected (post, pre) = (2, 2): 'FFE' has 2 by inputs['FFE']
          - v_rest['E'] is missing. Did you mean 'e'? Known: 'e'
          - v_rest['e']: there is no population 'e'. Did you mean 'E'? Known: 'E'
    """
    options = {"tau": tau, "v_rest": v_rest, "r_in": r_in, "threshold": threshold, "ceiling": ceiling, "peak": peak}
    options |= {"activation": activation, "synapse_tau": synapse_tau, "g": g, "e_rev": e_rev}
    _refuse_turned(weights, inputs)
    problems: list[str] = []
    for other in others:
        known = [*options, "inputs", "sizes", "v_reverse", "resolution", "name"]
        meant = f"Write {_ALSO[other]}=" if other in _ALSO else suggestion(other, known)
        problems.append(f"there is no option '{other}'. {meant}")
    if v_reverse is not None:
        if e_rev is not None:
            problems.append("e_rev and v_reverse are two names of one thing, and both are given")
        options["e_rev"] = v_reverse
    if g is None:
        problems.append("g is missing: the conductance per weight and rate in nA/(Hz mV), by [post][pre]")
    if activation is not None:
        problems += [f"activation and {n} are both given; one of them" for n in OF_RATES if options[n] is not None]
    reading = _Reading(weights, inputs or {}, sizes or {}, options, problems)
    parts = reading.components(resolution)
    network = None if problems else reading.attempt(lambda: Network(name, parts))
    if network is None:
        raise ParameterError(joined([*dict.fromkeys(problems)]), component="from_dicts")
    return network


def _refuse_turned(weights: Any, inputs: Any) -> None:
    """One answer in place of many where the outer names are those that send, and inputs seem to receive."""
    if not isinstance(weights, Mapping) or not isinstance(inputs, Mapping):
        return
    rows = {name: row for name, row in weights.items() if isinstance(row, Mapping)}
    senders = {pre for row in rows.values() for pre in row}
    turned = [(name, next(iter(rows[name]))) for name in inputs if rows.get(name) and name not in senders]
    if turned and not any(name in senders for name in inputs):
        name, other = turned[0]
        text = f"{path_of('weights', name, other)} goes to '{name}', which is an input and receives nothing"
        remedy = f"The nesting is weights[post][pre]: write {path_of('weights', other, name)}, of shape (post, pre)"
        raise ParameterError(text, component="from_dicts", remedy=remedy)


class _Reading:
    """The dictionaries while they are read; what is wrong with them is appended to ``problems``."""

    def __init__(self, weights: Any, inputs: Any, sizes: Any, options: dict[str, Any], problems: list[str]) -> None:
        self.problems = problems
        self.weights = {
            post: self.mapping(f"weights[{post!r}]", row) for post, row in self.mapping("weights", weights).items()
        }
        self.inputs, self.given_sizes = self.mapping("inputs", inputs), self.mapping("sizes", sizes)
        self.wires = [(post, pre) for post, row in self.weights.items() for pre in row]
        self.known = list(dict.fromkeys([*self.weights, *self.inputs]))
        own = {key: self.mapping(key, x) if isinstance(x, Mapping) else x for key, x in options.items()}
        self.named = NamedOptions(own, self.weights, self.known)
        self.sizes: dict[str, int] = {}
        self._told: dict[str, str] = {}
        self._unfit: set[tuple[str, str]] = set()

    def mapping(self, called: str, value: Any) -> Mapping[str, Any]:
        """The value, or nothing where it is no dictionary."""
        if not isinstance(value, Mapping):
            self.problems.append(f"{called} is {brief(value)}; it must be a dictionary")
            return {}
        self.problems += [
            f"{called} has the key {key!r}; names are strings" for key in value if not isinstance(key, str)
        ]
        return {key: inner for key, inner in value.items() if isinstance(key, str)}

    def attempt(self, make: Callable[[], Any]) -> Any:
        """What a constructor returns, or nothing and a problem more."""
        try:
            return make()
        except NetframeError as error:
            self.problems.append(str(error))
            return None

    def components(self, resolution: str) -> list[Component]:
        """Inputs, populations and projections, as far as they can be made."""
        if not self.weights:
            self.problems.append("weights has no population")
        nodes: dict[str, Any] = {name: self._input(name) for name in self.inputs}
        self._measure()
        self.problems += self.named.problems(self.sizes)
        # What lacks something or has another shape has been told; the rest is made, and tells what else is wrong.
        nodes |= {name: self._population(name) for name in self.weights if name not in self.inputs}
        found = [node for node in nodes.values() if node is not None]
        for post, pre in self.wires:
            ends: list[Any] = [nodes.get(pre), nodes.get(post)]
            options = self.named.of_wire(post, pre, self.sizes)
            if None not in ends and options is not None and (post, pre) not in self._unfit:
                options |= {"weights": self.weights[post][pre], "resolution": resolution}
                found.append(self.attempt(functools.partial(ReversalSynapse, *ends, **options)))
        return found

    def _input(self, name: str) -> InputSource | None:
        value, path = self.inputs[name], f"inputs[{name!r}]"
        if name in self.weights:
            self.problems.append(f"'{name}' is both a population, by weights, and an input, by inputs")
            return None
        if not any(name in row for row in self.weights.values()):
            senders = list(dict.fromkeys(pre for _, pre in self.wires if pre not in self.weights))
            self.problems.append(f"{path} is used by no weights. {suggestion(name, senders)}")
        if isinstance(value, InputSource):
            if value.name != name:
                self.problems.append(f"{path} is {value.label}; its name must be '{name}'")
            self._told[name], self.sizes[name] = path, value.size
            return value
        try:
            rates = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            lengths = {np.size(pattern) for pattern in value} if isinstance(value, (list, tuple)) else set()
            told = f"has patterns of {sorted(lengths)} channels" if len(lengths) > 1 else f"is {brief(value)}"
            self.problems.append(f"{path} {told}; it must be patterns of rates, all of one length")
            return None
        if rates.ndim < 1 or not rates.size:
            text = f"{path} has shape {rates.shape}; it must be a pattern (size,) or several (pattern, size)"
            self.problems.append(text)
            return None
        self._told[name], self.sizes[name] = path, rates.shape[-1]
        return self.attempt(lambda: ConstantInput(name, rates=rates))

    def _measure(self) -> None:
        """The size of everything, from inputs, ``sizes`` and weights, in this order."""
        for name, size in self.given_sizes.items():
            path = f"sizes[{name!r}]"
            if name not in self.known:
                self.problems.append(
                    f"{path}: there is no population or input '{name}'. {suggestion(name, self.known)}"
                )
            elif isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
                self.problems.append(f"{path} is {brief(size)}; it must be a whole number of at least 1")
            elif self.sizes.setdefault(name, int(size)) != size:
                self.problems.append(f"{path} is {size}, and {self._told[name]} has {self.sizes[name]} channels")
            else:
                self._told.setdefault(name, path)
        for post, pre in self.wires:
            matrix, path = self.weights[post][pre], path_of("weights", post, pre)
            if pre not in self.known:
                text = f"{path} comes from '{pre}', which is neither a population nor an input"
                self.problems.append(f"{text}. {suggestion(pre, self._senders())}")
            shape = matrix.shape if hasattr(matrix, "shape") else shape_of(matrix)
            if shape is None or len(shape) != 2:
                told = brief(matrix) if shape is None else f"of shape {shape}"
                self.problems.append(f"{path} is {told}; it must be an array of shape (post, pre)")
                self._unfit.add((post, pre))
                continue
            for end, size in ((post, shape[0]), (pre, shape[1])):
                self._told.setdefault(end, path)
                self.sizes.setdefault(end, size)
            wanted = (self.sizes[post], self.sizes[pre])
            if tuple(shape) != wanted:
                ends = [end for end in dict.fromkeys((post, pre)) if self._told[end] != path]
                why = [f"'{end}' has {self.sizes[end]} by {self._told[end]}" for end in ends]
                text = f"{path} has shape {tuple(shape)}; expected (post, pre) = {wanted}: {', '.join(why)}"
                text += ". Did you pass the transpose?" if tuple(shape) == wanted[::-1] else ""
                self.problems.append(text)
                self._unfit.add((post, pre))
        for name in self.weights:
            if name not in self.sizes and not self.weights[name]:
                self.problems.append(f"the size of '{name}' is not known; give sizes[{name!r}]")

    def _senders(self) -> list[str]:
        """What a projection may come from, the inputs that nothing uses first."""
        unused = [name for name in self.inputs if not any(name in row for row in self.weights.values())]
        return list(dict.fromkeys([*unused, *self.known]))

    def _population(self, name: str) -> LeakyRate | None:
        options = self.named.of_population(name, self.sizes)
        if options is None or name not in self.sizes:
            return None
        size, own = self.sizes[name], {key: options[key] for key in OF_CELLS if key in options}
        of_rates = {key: options[key] for key in OF_RATES if key in options}
        if of_rates:
            options["activation"] = self.attempt(lambda: ClippedLinear(**of_rates))
            if options["activation"] is None:
                return None
        own |= {"activation": options["activation"]} if "activation" in options else {}
        return self.attempt(lambda: LeakyRate(name, size=size, **own))


__all__ = ["from_dicts"]
