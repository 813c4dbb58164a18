"""Distributions of weights: how strongly cells are connected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from netframe.calls import explained
from netframe.errors import ParameterError, brief


@attrs.frozen(repr=False)
class Distribution:
    """A way to draw weights: ``distribution(rng, shape)`` is an array of float64."""

    name: str
    parameters: dict[str, float]
    draw: Callable[[Any, Any], np.ndarray]

    def __call__(self, rng: np.random.Generator | None, shape: Any) -> np.ndarray:
        return self.draw(rng, shape)

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in self.parameters.items())})"


@explained
def constant(value: float) -> Distribution:
    """The same weight for every synapse."""
    _require("constant", value=value)
    return Distribution("constant", {"value": value}, lambda rng, shape: np.full(shape, float(value)))


@explained
def uniform(low: float, high: float) -> Distribution:
    """Even between ``low`` and ``high``.

    >>> uniform(0.0, 1.0)
    uniform(low=0.0, high=1.0)
    """
    _require("uniform", low=low, high=high)
    if high < low:
        raise ParameterError(f"high ({high}) must not be below low ({low})", component="uniform")
    return Distribution("uniform", {"low": low, "high": high}, lambda rng, shape: rng.uniform(low, high, shape))


@explained
def normal(mean: float, sd: float, *, low: float = 0.0, high: float = np.inf) -> Distribution:
    """Gaussian, values outside ``low`` to ``high`` set to the nearer bound, so that weights keep their sign."""
    bounds = {name: bound for name, bound in (("low", low), ("high", high)) if bound not in (-np.inf, np.inf)}
    _require("normal", mean=mean, sd=sd, **bounds)
    if not low <= mean <= high:
        raise ParameterError(f"mean ({mean}) must be between low ({low}) and high ({high})", component="normal")
    if sd < 0 or not low <= high:
        raise ParameterError(
            f"sd ({sd}) must be zero or more and low ({low}) not above high ({high})", component="normal"
        )
    values = {"mean": mean, "sd": sd, "low": low, "high": high}
    return Distribution("normal", values, lambda rng, shape: np.clip(rng.normal(mean, sd, shape), low, high))


@explained
def lognormal(mean: float, sigma: float = 1.0) -> Distribution:
    """Log-normal with shape ``sigma``, rescaled so that the weights drawn have exactly the ``mean``.

    >>> float(lognormal(mean=2.0)(np.random.default_rng(1), 1000).mean().round(12))
    2.0
    """
    _require("lognormal", mean=mean, sigma=sigma)
    if sigma < 0 or mean <= 0:
        raise ParameterError(f"sigma ({sigma}) must be zero or more and mean ({mean}) positive", component="lognormal")

    def draw(rng: np.random.Generator, shape: Any) -> np.ndarray:
        drawn = rng.lognormal(0.0, sigma, shape)
        return drawn * (mean / drawn.mean()) if drawn.size else drawn

    return Distribution("lognormal", {"mean": mean, "sigma": sigma}, draw)


#: The distributions there are, by name, for weights that are told by names and numbers.
BY_NAME = {"constant": constant, "lognormal": lognormal, "normal": normal, "uniform": uniform}


def shipped(distribution: Distribution) -> bool:
    """Whether name and parameters say all of a distribution, as for those made here."""
    return distribution.name in BY_NAME and distribution.draw.__module__ == __name__


def _require(name: str, **values: float) -> None:
    for argument, value in values.items():
        if not isinstance(value, (int, float, np.number)) or np.iscomplexobj(value) or not np.isfinite(value):
            raise ParameterError(f"{argument} is {brief(value)}; it must be a finite number", component=name)
