"""What the arguments of an analysis must be, and the errors that say so."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from netframe.analysis.fixed_point import FixedPoint
from netframe.arrays import as_float64
from netframe.errors import ParameterError, brief
from netframe.integrators.integrator import starting_state
from netframe.network import Network


def is_number(value: Any) -> bool:
    """Whether ``value`` is one finite real number."""
    return isinstance(value, (int, float, np.integer, np.floating)) and math.isfinite(value)


def state(function: str, network: Network, y0: Any) -> np.ndarray:
    """The state that ``y0`` stands for, ``(*batch, n_state)``: as in ``simulate``, or a fixed point."""
    return starting_state(network, y0.y if isinstance(y0, FixedPoint) else y0, function)


def by_path(function: str, name: str, value: Any, such: str) -> Mapping[str, Any]:
    """A dictionary by path, nothing for none of them; ``such`` is one."""
    if value is None or isinstance(value, Mapping):
        return value or {}
    text = f"{name} is {brief(value)}; it must be a dictionary by path"
    raise ParameterError(text, component=function, attribute=name, remedy=f"Write {name}={such}")


def generator(function: str, seed: Any) -> np.random.Generator:
    """The random numbers of a seed."""
    whole = isinstance(seed, (int, np.integer)) and not isinstance(seed, bool) and seed >= 0
    if not whole and not isinstance(seed, np.random.Generator):
        text = f"seed is {brief(seed)}; it must be a whole number of at least 0, or a numpy.random.Generator"
        raise ParameterError(text, component=function, attribute="seed", remedy="Write seed=0")
    return np.random.default_rng(seed)


def numbers(function: str, name: str, value: Any, axes: tuple[str, ...]) -> np.ndarray:
    """An argument as a finite float64 array whose last axes are ``axes``, none of them empty."""
    try:
        array = np.asarray(as_float64(value), dtype=np.float64)
    except TypeError as error:
        raise ParameterError(f"{name} {error}", component=function, attribute=name) from None
    if array.ndim < len(axes) or not array.size:
        text = f"{name} has shape {array.shape}; expected (..., {', '.join(axes)}), with no axis empty"
        raise ParameterError(text, component=function, attribute=name)
    if not np.all(finite := np.isfinite(array)):
        first = tuple(map(int, np.argwhere(~finite)[0]))
        text = f"{name} has {np.sum(~finite)} of {array.size} entries that are not finite, the first at {first}"
        raise ParameterError(text, component=function, attribute=name)
    return array


def non_negative(function: str, array: np.ndarray, why: str) -> None:
    """An error where responses are below zero, which a definition for rates has no meaning for."""
    if np.any(array < 0.0):
        text = f"{np.sum(array < 0.0)} of {array.size} responses are negative, the least {np.min(array):g}; {why}"
        raise ParameterError(text, component=function, remedy="Give rates, such as 'E.rate', rather than voltages")
