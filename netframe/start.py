"""The state at the start: what components declare, and what is given in place of it by path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.arrays import array_namespace, as_float64, is_foreign
from netframe.errors import ParameterError, UnknownNameError, suggestion
from netframe.memory import require
from netframe.projections.projection import Projection
from netframe.registry import Slot
from netframe.units import in_unit
from netframe.wiring import meant

if TYPE_CHECKING:
    from netframe.network import Network


def started(network: Network, overrides: Mapping[str, Any]) -> Any:
    """The state at the start, shape ``(*batch, n_state)``; batch axes of ``overrides`` make a batch of it."""
    registry, lead = network.registry, network.batch_shape
    require(registry.size * max(int(np.prod(lead)), 1) * 8, f"the state of {network.label}")
    for path in overrides:
        if path not in registry:
            told, known = meant(network, str(path)), suggestion(path, [slot.path for slot in registry])
            remedy = f"{told}; states are set. {known}" if told else known
            raise UnknownNameError(f"no state '{path}'", path=network.name, component="Network", remedy=remedy)
    parts: dict[str, dict[str, Any]] = {}
    for slot in registry:
        value = overrides[slot.path] if slot.path in overrides else _declared(network, slot)
        start = parts.setdefault(slot.component, {})[slot.state] = _checked(network, slot, value)
        lead = np.broadcast_shapes(lead, start.shape[: start.ndim - len(slot.shape)])
    return registry.pack(parts, lead, network.foreign)


def _declared(network: Network, slot: Slot) -> Any:
    """What the component says: a number, the parameter of a name, or what a function makes of the component."""
    owner: Any = network[slot.component]
    info = owner.state_variables()[slot.state]
    if isinstance(owner, Projection):
        bound = next(p for p in network.bound_projections if p.path == slot.component)
        owner = bound.on[owner.axes_of(info)[0]]
    if callable(info.initial):
        return info.initial(owner)
    return getattr(owner, info.initial) if isinstance(info.initial, str) else info.initial


def _checked(network: Network, slot: Slot, value: Any) -> Any:
    """A value in the unit and shape of its state, behind batch axes."""
    batch = network.batch_shape
    try:
        array = as_float64(in_unit(value, slot.unit))
        if not is_foreign(array) and not np.all(np.isfinite(array)):
            raise ValueError("is not finite")
        lead = np.broadcast_shapes(np.shape(array)[: max(np.ndim(array) - len(slot.shape), 0)], batch)
        return array_namespace(array).broadcast_to(array, lead + slot.shape)
    except (TypeError, ValueError) as error:
        given = f"has shape {np.shape(value)}" if "broadcast" in str(error) else str(error)
        shape = f"{slot.shape} or {batch + slot.shape}" if batch else f"{slot.shape}"
        text = f"the initial value of '{slot.path}' {given}; expected finite numbers of shape {shape}"
        raise ParameterError(text, path=network.name, component="Network", attribute=slot.path) from None
