"""Rehearsal: one slow evaluation before a run that checks the shape of everything hooks return."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.arrays import is_foreign, shortened
from netframe.errors import HookError, NetframeError
from netframe.projections.projection import DERIVATIVE_HOOKS, Projection
from netframe.values import OutOfReach, Values

if TYPE_CHECKING:
    from netframe.network import Network


@np.errstate(all="ignore")
def rehearse(network: Network, t: float, y: np.ndarray) -> None:
    """Call every hook once at ``(t, y)``, with ``y`` closed for writing, and check what comes back.

    Arrays must end in the shape of their axis; a plain number is taken as the same for all. Wrong keys and shapes
    raise :class:`HookError`; an exception of a hook passes with a note that names it. A network that has passed with a
    state of this shape is not asked again.
    """
    passed: set[tuple[int, ...]] = network.__dict__.setdefault("_rehearsed", set())
    if y.shape in passed:
        return
    y = y.copy()
    y.flags.writeable = False
    lead = y.shape[:-1]
    own = network.registry.unpack(y)
    nodes = {path: bound.values(t, own) for path, bound in network.bound_nodes.items()}
    parts: dict[str, Any] = {}
    sums: dict[tuple[str, str], Any] = {}
    for path, bound in network.bound_nodes.items():
        rate = _called(bound.node, path, "rate", t, bound.on_cells.rate, t, nodes[path])
        _fits(bound.node, path, "rate", rate, lead)
        nodes[path] = nodes[path].replace(rate=_locked(rate))
    for p in network.bound_projections:
        of, mine, pre, post = p.projection, own.get(p.path, Values()), nodes[p.pre], nodes[p.post]
        signal = _locked(_called(of, p.path, "signal", t, p.signal, t, mine, pre))
        _fits(of, p.path, "signal", signal, lead, p.axes["pre"].shape)
        if "efficacy" in p.overrides:
            weights = _called(of, p.path, "efficacy", t, p.efficacy, t, mine)
            _fits(of, p.path, "efficacy", weights, lead, p.axes["synapse"].shape)
        drive = _locked(p.drive(t, mine, pre))
        arriving = p.edge(mine, pre, post, drive)
        edge = _called(of, p.path, "current", t, p.on["edge"].current, t, *arriving)
        _fits(of, p.path, "current", edge, lead, p.axes["edge"].shape)
        sums[p.target] = sums.get(p.target, 0.0) + p.summed(edge)
        if p.path in own:
            parts[p.path] = {}
            for hook, axis in p.derivative_hooks:
                if axis == "edge" or (axis == "synapse" and not p.lumped):
                    call: tuple[Any, ...] = (getattr(p.on[axis], hook), t, *arriving)
                else:
                    call = (p.hook, hook, t, mine, pre, post, lambda p=p, s=mine, x=signal: p.spread(t, s, x))
                found = _called(of, p.path, hook, t, *call)
                _keyed(of, p.path, hook, found, p.states_on(axis))
                parts[p.path] |= found
    for path, bound in network.bound_nodes.items():
        if path in own:
            inputs = Values(**{port: _locked(sums.get((path, port), zero)) for port, zero in bound.silence.items()})
            parts[path] = _called(
                bound.node, path, "derivatives", t, bound.on_cells.derivatives, t, nodes[path], inputs
            )
            _keyed(bound.node, path, "derivatives", parts[path], own[path])
    for slot in network.registry:
        if slot.state in parts[slot.component]:
            value, what = parts[slot.component][slot.state], f"the derivative of '{slot.state}'"
            _fits(network[slot.component], slot.component, what, value, lead, slot.shape)
    network.registry.pack(parts, lead, network.foreign)
    passed.add(y.shape)


def _called(owner: Any, path: str, hook: str, t: float, function: Callable[..., Any], *arguments: Any) -> Any:
    """What a hook returns, after a look at whether it left its arguments alone."""
    values = [x for x in arguments if isinstance(x, Values)]
    values += [x for outer in values for x in vars(outer).values() if isinstance(x, Values)]
    before = [dict(vars(x)) for x in values]
    try:
        result = function(*arguments)
    except Exception as error:
        if isinstance(error, ValueError) and "read-only" in str(error):
            raise _wrong(owner, path, f"{hook} writes into its arguments, which are read-only", _PURE) from error
        if isinstance(error, ValueError) and "truth value of an array" in str(error):
            raise _wrong(owner, path, f"{hook} asks if an array is true, which if, and, max do", _WHERE) from error
        if isinstance(error, TypeError) and "converted to Python scalars" in str(error):
            raise _wrong(owner, path, f"{hook} takes an array for one number, as math and float do", _ARRAYS) from error
        if isinstance(error, OutOfReach) and not error.component:
            ends = f" from {owner.pre.label} to {owner.post.label}" if isinstance(owner, Projection) else ""
            named = {"component": type(owner).__name__, "path": path, "attribute": error.attribute}
            raise OutOfReach(f"in {hook}{ends}: {error}", **named) from error
        error.add_note(f"in {hook} of {type(owner).__name__} '{path}' at t = {t:g}")
        raise
    for x, old in zip(values, before):
        for name in old:
            if vars(x)[name] is not old[name]:
                text = f"{hook} writes into its arguments, which are read-only: it sets '{name}'"
                raise _wrong(owner, path, text, _PURE)
    return result


_WHERE = "Write xp.where(condition, a, b), with xp = nf.array_namespace(s.v) or of another array"
_ARRAYS = "Write xp.exp and its like, with xp = nf.array_namespace(s.v) or of another array"
_PURE = "They are shared with other hooks: compute new arrays, and use .replace(...) for changed copies"


def _locked(value: Any) -> Any:
    """A view that nobody can write to; what is no NumPy array passes."""
    if isinstance(value, np.ndarray):
        value = value.view()
        value.flags.writeable = False
    return value


def _keyed(owner: Any, path: str, hook: str, found: Any, needed: Iterable[str]) -> None:
    """Refuse what is not a dictionary, and states that another hook answers for; others the registry looks at."""
    if not isinstance(found, dict):
        given = type(found).__name__
        raise _wrong(owner, path, f"{hook} returned {given}; expected a dictionary of derivatives by state")
    for name in found:
        if name not in needed and name in owner.state_variables():
            right = DERIVATIVE_HOOKS[owner.axes_of(owner.state_variables()[name])[0]]
            raise _wrong(owner, path, f"{hook} returned the derivative of '{name}'", f"Return it from {right}")


def _fits(owner: Any, path: str, what: str, value: Any, lead: tuple[int, ...], shape: tuple[int, ...] = ()) -> None:
    """Refuse another dtype or shape; a number stands for all but in a rate or signal, which weights multiply."""
    shape, given = shape or (owner.size,), np.shape(value)
    if not is_foreign(value) and np.asarray(value).dtype.kind not in "buif":
        told = f"{shortened(value)} of dtype {np.asarray(value).dtype}"
        raise _wrong(owner, path, f"{what} is {told}; real numbers are expected")
    wide = len(shape) > 1
    along = zip(given[::-1], shape[::-1])
    fitting = len(given) >= len(shape) and all(have == want or (wide and have == 1) for have, want in along)
    if not given and what not in ("rate", "signal"):
        return
    if not fitting or len(given) > len(lead) + len(shape):
        raise _wrong(owner, path, f"{what} has shape {given}; expected {(*lead, *shape)}")


def _wrong(owner: Any, path: str, text: str, remedy: str = "") -> NetframeError:
    return HookError(text, component=type(owner).__name__, path=path, remedy=remedy)
