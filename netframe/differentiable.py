"""Which paths a solution can be differentiated with respect to: numbers and states, but no times of jumps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from netframe.errors import ParameterError, UnknownNameError, suggestion
from netframe.inputs import InputSource
from netframe.network import Network
from netframe.paths import several_paths
from netframe.rebuilding import changed_fields
from netframe.tracing import numbers_of


def differentiable(network: Network, paths: Iterable[str]) -> tuple[str, ...]:
    """The paths, each once, which must be those of numbers or of states."""
    asked = several_paths("paths", paths, component="gradient", path=network.name)
    known = [*numbers_of(network), *(slot.path for slot in network.registry)]
    for path in asked:
        if path in known:
            continue
        inner = [name for name in known if name.startswith(f"{path}.")]
        text = f"'{path}' is no number parameter or state"
        where = {"component": "gradient", "path": network.name, "attribute": path}
        if inner:
            raise ParameterError(f"{text}, and holds some", remedy=suggestion(path, inner), **where)
        raise UnknownNameError(text, remedy=suggestion(path, known), **where)
    return asked


def moved_kinks(network: Network, path: str, span: tuple[float, float]) -> np.ndarray:
    """Where a parameter of an input, when it is moved, makes the rate jump or bend; refused if the places move too."""
    owner = max((p for p in network.sources if path.startswith(f"{p}.")), key=len, default="")
    source = network.sources.get(owner)
    if source is None or type(source).breakpoints is InputSource.breakpoints or path in network.registry:
        return np.empty(0)
    import jax

    wide = (2 * span[0] - span[1], 2 * span[1] - span[0])
    found = [np.empty(0)]

    def moved(value: Any) -> Any:
        changes = changed_fields(source, {path[len(owner) + 1 :]: value}, owner)
        found.append(source.replace(**changes).breakpoints(*wide))
        return value

    try:
        jax.eval_shape(moved, numbers_of(network)[path])
        fixed = bool(np.isin(source.breakpoints(*wide), found[-1]).all())
    except (jax.errors.TracerArrayConversionError, jax.errors.ConcretizationTypeError):
        fixed = False
    if not fixed:
        text = f"'{path}' moves the times at which an input jumps, and has no derivative this way"
        remedy = "Use finite differences: simulate twice with values of it that differ a little"
        raise ParameterError(text, component="gradient", path=network.name, attribute=path, remedy=remedy)
    return found[-1][(found[-1] > span[0]) & (found[-1] < span[1])]
