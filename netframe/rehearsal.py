"""Rehearsal: one slow evaluation before a run that checks the shape of everything hooks return."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.errors import HookError, NetframeError
from netframe.values import Values

if TYPE_CHECKING:
    from netframe.network import Network


@np.errstate(all="ignore")
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
    parts: dict[str, Any] = {}
    sums: dict[tuple[str, str], Any] = {}
    for path, bound in network.bound_nodes.items():
        _fits(bound.node, path, "rate", _called(bound.node, path, "rate", t, getattr, nodes[path], "rate"), lead)
    for p in network.bound_projections:
        of, mine, pre, post = p.projection, own.get(p.path, Values()), nodes[p.pre], nodes[p.post]
        signal = _called(of, p.path, "signal", t, p.signal, t, mine, pre)
        _fits(of, p.path, "signal", signal, lead, p.axes["pre"].shape)
        drive = _called(of, p.path, "efficacy", t, p.drive, t, mine, signal)
        arriving = p.edge(mine, pre, post, drive)
        edge = _called(of, p.path, "current", t, p.on["edge"].current, t, *arriving)
        _fits(of, p.path, "current", edge, lead, p.axes["edge"].shape)
        sums[p.target] = sums.get(p.target, 0.0) + p.summed(edge)
        if p.path in own:
            parts[p.path] = _called(of, p.path, "derivatives", t, p.derivatives, t, mine, pre, post, *arriving)
    for path, bound in network.bound_nodes.items():
        if path in own:
            inputs = Values(**{port: sums.get((path, port), zero) for port, zero in bound.silence.items()})
            parts[path] = _called(bound.node, path, "derivatives", t, bound.node.derivatives, t, nodes[path], inputs)
            if not isinstance(parts[path], dict):
                given = type(parts[path]).__name__
                raise _wrong(bound.node, path, f"derivatives returned {given}; expected a dictionary by state")
    for slot in network.registry:
        if slot.state in parts[slot.component]:
            value, what = parts[slot.component][slot.state], f"the derivative of '{slot.state}'"
            _fits(network[slot.component], slot.component, what, value, lead, slot.shape)
    network.registry.pack(parts, lead, network.foreign)


def _called(owner: Any, path: str, hook: str, t: float, function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except Exception as error:
        error.add_note(f"in {hook} of {type(owner).__name__} '{path}' at t = {t:g}")
        raise


def _fits(owner: Any, path: str, what: str, value: Any, lead: tuple[int, ...], shape: tuple[int, ...] = ()) -> None:
    shape, given = shape or (owner.size,), np.shape(value)
    if given and (given[-len(shape) :] != shape or len(given) > len(lead) + len(shape)):
        raise _wrong(owner, path, f"{what} has shape {given}; expected {(*lead, *shape)}")


def _wrong(owner: Any, path: str, text: str) -> NetframeError:
    return HookError(text, component=type(owner).__name__, path=path)
