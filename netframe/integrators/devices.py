"""Devices: a batch spread over several of them along its first axis, what all members share on each."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from netframe.integrators.programs import required
from netframe.network import Network
from netframe.tracing import numbers_of

_AXIS = "batch"


@attrs.frozen(eq=False)
class Devices:
    """Where the arrays of a run of leading shape ``lead`` are: on all devices if they divide its first axis."""

    lead: tuple[int, ...]
    mesh: Any

    @classmethod
    def of(cls, lead: tuple[int, ...]) -> Devices:
        """All devices, or only the default one."""
        jax = required()
        devices = jax.devices()
        several = len(devices) > 1 and bool(lead) and lead[0] % len(devices) == 0
        return cls(lead, jax.sharding.Mesh(np.array(devices), (_AXIS,)) if several else None)

    def put(self, value: Any, axis: int | None = None) -> Any:
        """An array on the devices, its ``axis`` divided among them."""
        jax = required()
        if self.mesh is None:
            return jax.device_put(value)
        parts = jax.sharding.PartitionSpec(*([] if axis is None else [None] * axis + [_AXIS]))
        return jax.device_put(value, jax.sharding.NamedSharding(self.mesh, parts))

    def numbers(self, network: Network) -> dict[str, Any]:
        """The numbers of a network on the devices, put there once."""
        known = network.__dict__.setdefault("_placed_numbers", {})
        key = self.lead if self.mesh is not None else None
        if key not in known:
            batched = self._batched(network)
            known[key] = {path: self.put(x, 0 if path in batched else None) for path, x in numbers_of(network).items()}
        return known[key]

    def _batched(self, network: Network) -> set[str]:
        """The parameters whose first axis is that of the batch."""
        found = set()
        for path, part in network.paths.items():
            shapes = {} if isinstance(part, Network) else part.batch_shapes()
            found |= {f"{path}.{name}" for name, batch in shapes.items() if len(batch) == len(self.lead)}
        return {path for path, x in numbers_of(network).items() if path in found and np.shape(x)[:1] == self.lead[:1]}
