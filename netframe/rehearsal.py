"""Rehearsal: one slow evaluation before a run that checks the shape of everything hooks return."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.errors import HookError, NetframeError
from netframe.values import Values

if TYPE_CHECKING:
    from netframe.network import Network


def rehearse(network: Network, t: float, y: np.ndarray) -> None:
    """Call every hook once at ``(t, y)``, with ``y`` closed for writing, and check what comes back.

    Arrays must end in the shape of their axis; a plain number is taken as the same for all. Wrong keys and shapes
    raise :class:`HookError`; an exception of a hook passes with a note that names it.
    """
    y = y.copy()
    y.flags.writeable = False
    lead = y.shape[:-1]
    own = network.registry.unpack(y)
    nodes = {path: bound.values(t, own) for path, bound in network.bound_nodes.items()}

    def call(owner: Any, path: str, hook: str, shape: tuple[int, ...], function: Callable[[], Any]) -> Any:
        try:
            value = function()
        except Exception as error:
            error.add_note(f"in {hook} of {type(owner).__name__} '{path}' at t = {t:g}")
            raise
        if hook.endswith("derivatives"):
            if not isinstance(value, dict):
                raise _wrong(owner, path, f"{hook} returned {type(value).__name__}; expected a dictionary of derivatives by state")
            return value
        return fits(owner, path, hook, shape, value)

    def fits(owner: Any, path: str, what: str, shape: tuple[int, ...], value: Any) -> Any:
        given = np.shape(value)
        if given and given[len(given) - min(len(given), len(shape)) :] != shape or len(given) > len(lead) + len(shape):
            raise _wrong(owner, path, f"{what} has shape {given}; expected {(*lead, *shape)}")
        return value

    parts: dict[str, Any] = {}
    for path, bound in network.bound_nodes.items():
        call(bound.node, path, "rate", (bound.node.size,), lambda path=path: nodes[path].rate)
    sums: dict[tuple[str, str], Any] = {}
    for p in network.bound_projections:
        mine, pre, post = own.get(p.path, Values()), nodes[p.pre], nodes[p.post]
        signal = call(p.projection, p.path, "signal", p.axes["pre"].shape, lambda: p.signal(t, mine, pre))
        drive = call(p.projection, p.path, "efficacy", p.axes["edge"].shape, lambda: p.drive(t, mine, signal))
        edge = call(
            p.projection, p.path, "current", p.axes["edge"].shape, lambda: p.hook("current", t, mine, pre, post, lambda: drive)
        )
        sums[p.post, p.port] = sums.get((p.post, p.port), 0.0) + p.summed(edge)
        if p.path in own:
            parts[p.path] = call(
                p.projection, p.path, "derivatives", (), lambda: p.derivatives(t, mine, pre, post, lambda: signal, drive)
            )
    for path, bound in network.bound_nodes.items():
        if path in own:
            inputs = Values(**{port: sums.get((path, port), zero) for port, zero in bound.silence.items()})
            parts[path] = call(
                bound.node, path, "derivatives", (), lambda: bound.node.derivatives(t, nodes[path], inputs)
            )
    for slot in network.registry:
        if slot.state in parts[slot.component]:
            fits(network[slot.component], slot.component, f"the derivative of '{slot.state}'", slot.shape, parts[slot.component][slot.state])
    network.registry.pack(parts, lead, network.foreign)


def _wrong(owner: Any, path: str, text: str) -> NetframeError:
    return HookError(text, component=type(owner).__name__, path=path)
