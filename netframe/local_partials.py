"""Local partial derivatives: how entry k of what a hook returns depends on entry k of what it reads.

Hooks are elementwise, so one pair of evaluations per variable gives the whole diagonal of its partial derivatives,
whatever the size of the network. Which variables a hook reads is seen by handing it values that note who asks.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from netframe.binding import HOOKS, BoundNode, BoundProjection
from netframe.values import Values

if TYPE_CHECKING:
    from netframe.network import Network

#: A variable of a hook: whose it is ("own", "pre", "post", "port" or "drive"), and its name.
Variable = tuple[str, str]
DRIVE: Variable = ("drive", "")
STEP = np.finfo(np.float64).eps ** (1.0 / 3.0)
#: Variables below this size, in their own units, are moved as if they had it.
SMALL = 1e-3


@attrs.frozen(eq=False, slots=False)
class Moved:
    """The value of a variable with all axes of a batch, the first ``n_lead``, and what it is a step up and down."""

    at: np.ndarray
    n_lead: int

    @functools.cached_property
    def width(self) -> np.ndarray:
        """Twice the step, one number for each member of the batch."""
        own = tuple(range(self.n_lead, self.at.ndim))
        scale = np.maximum.reduce(np.abs(self.at), axis=own, initial=0.0, keepdims=True)
        # What is all but zero is moved further: a step in proportion would drown in the rounding of the other terms.
        return 2.0 * STEP * np.where((scale > 0.0) & np.isfinite(scale), np.maximum(scale, SMALL), 1.0)

    @functools.cached_property
    def sides(self) -> np.ndarray:
        """The value a step up and a step down, on an axis before those of the batch."""
        sides, step = np.empty((2, *self.at.shape)), 0.5 * self.width
        np.add(self.at, step, out=sides[0])
        np.subtract(self.at, step, out=sides[1])
        return sides


@attrs.frozen(eq=False)
class LocalHook:
    """One hook at one ``(t, y)``: the variables it reads, and its outputs as a function of them."""

    path: str
    hook: str
    shape: tuple[int, ...]
    outputs: tuple[str, ...]
    values: Mapping[Variable, Moved]
    evaluate: Callable[[Callable[[Variable], Any]], Mapping[str, Any]]

    @property
    def length(self) -> int:
        """The number of entries along the axis of the hook."""
        return math.prod(self.shape)

    def variables(self) -> list[Variable]:
        """The variables the hook reads."""
        with np.errstate(all="ignore"):
            _, read = self._evaluated({})
        return [variable for variable in self.values if variable in read]

    def slopes(
        self, variables: Sequence[Variable], lead: tuple[int, ...]
    ) -> tuple[dict[tuple[str, Variable], np.ndarray], set[Variable]]:
        """``d output / d variable`` by central differences, ``(*lead, length)`` each, and the variables that were read.

        Hooks take leading axes, so that both sides are evaluated in one call.
        """
        slopes: dict[tuple[str, Variable], np.ndarray] = {}
        _, all_read = ({}, set()) if variables else self._evaluated({})
        for variable in variables:
            value = self.values[variable]
            found, read = self._evaluated({variable: value.sides})
            all_read |= read
            width = value.width.reshape(lead + (1,) * len(self.shape)) if lead else value.width.item()
            for name in self.outputs:
                up, down = full(np.asarray(found[name]), (2, *lead, *self.shape))
                slopes[name, variable] = ((up - down) / width).reshape(*lead, self.length)
        return slopes, all_read

    def corners(self) -> Iterator[tuple[Variable, str, int]]:
        """Variables, outputs and entries whose slope jumps within the step of the differences, of one state.

        Beyond the step up and down slopes are clean: they differ there by much more than from those further away.
        """
        for variable in self.variables():
            value = self.values[variable]
            step = 0.5 * value.width.item()
            apart = np.array([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0]).reshape(6, *(1 for _ in value.at.shape))
            with np.errstate(all="ignore"):
                found, _ = self._evaluated({variable: value.at + step * apart})
                for name in self.outputs:
                    f = full(np.asarray(found[name]), (6, *self.shape)).reshape(6, -1)
                    left, right = f[1:3] - f[0:2], f[4:6] - f[3:5]
                    smooth = np.abs(left[1] - left[0]) + np.abs(right[1] - right[0]) + 1e-13 * np.abs(f).max(axis=0)
                    jump = np.abs(right[0] - left[1])
                    for entry in np.flatnonzero((jump > 10.0 * smooth) & np.isfinite(f).all(axis=0)):
                        yield variable, name, int(entry)

    def _evaluated(self, changes: Mapping[Variable, Any]) -> tuple[Mapping[str, Any], set[Variable]]:
        """The outputs with some of the variables changed, and all variables that were read."""
        read: set[Variable] = set()

        def noted(variable: Variable) -> Any:
            read.add(variable)
            return changes[variable] if variable in changes else self.values[variable].at

        return self.evaluate(noted), read


def full(x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """An array broadcast to a shape, unless it has it."""
    return x if x.shape == shape else np.broadcast_to(x, shape)


@attrs.frozen(eq=False)
class Linearization:
    """A network at one ``(t, y)``: its local hooks, and what chains them: signals, and the weights that are states."""

    hooks: dict[tuple[str, str], LocalHook]
    weights: dict[str, Any]
    signals: dict[str, Any]


def linearization(network: Network, t: float, y: np.ndarray) -> Linearization:
    """Every hook that takes part in the right-hand side at ``(t, y)``, ``y`` of shape ``(..., n)``."""
    own = network.registry.unpack(y)
    nodes = {path: bound.values(t, own) for path, bound in network.bound_nodes.items()}
    lead = y.shape[:-1]
    moved = {path: {name: Moved(x, len(lead)) for name, x in s.__dict__.items()} for path, s in own.items()}
    ports: dict[str, dict[str, Any]] = {path: dict(bound.silence) for path, bound in network.bound_nodes.items()}
    found = Linearization({}, {}, {})
    for p in network.bound_projections:
        mine, pre, post = own.get(p.path, Values()), nodes[p.pre], nodes[p.post]
        signal = p.signal(t, mine, pre)
        drive = p.drive(t, mine, pre)
        spread = p.spread(t, mine, signal) if p.lumped and p.states_on("synapse") else drive
        found.signals[p.path] = signal
        if "efficacy" in p.overrides:
            found.weights[p.path] = p.efficacy(t, mine)
        arriving = {"edge": drive} | ({"synapse": spread} if p.states_on("synapse") else {})
        drives = {axis: Moved(full(x, lead + p.axes[axis].shape), len(lead)) for axis, x in arriving.items()}
        for hook in _projection_hooks(network, p, t, moved, drives):
            found.hooks[hook.path, hook.hook] = hook
        node, port = p.target
        ports[node][port] = ports[node][port] + p.current(t, *p.edge(mine, pre, post, drive))
    for path, bound in network.bound_nodes.items():
        names = network.registry.states_of(path)
        if names:
            shape = (*lead, bound.node.size)
            known = _known("own", moved[path])
            known |= {("port", port): Moved(full(total, shape), len(lead)) for port, total in ports[path].items()}
            found.hooks[path, "derivatives"] = _node_hook(bound, t, names, known)
    return found


def _node_hook(bound: BoundNode, t: float, names: tuple[str, ...], known: dict[Variable, Moved]) -> LocalHook:
    def evaluate(look_up: Callable[[Variable], Any]) -> Mapping[str, Any]:
        s = NotingNode(bound, t, "own", names, look_up)
        return bound.on_cells.derivatives(t, s, Noting("port", tuple(bound.silence), look_up))

    return LocalHook(bound.path, "derivatives", (bound.node.size,), names, known, evaluate)


def _projection_hooks(
    network: Network, p: BoundProjection, t: float, moved: Mapping[str, dict[str, Moved]], drives: dict[str, Moved]
) -> Iterator[LocalHook]:
    names = [network.registry.states_of(path) for path in (p.path, p.pre, p.post)]
    known: dict[Variable, Moved] = {}
    for whose, path in zip(("own", "pre", "post"), (p.path, p.pre, p.post)):
        known |= _known(whose, moved.get(path, {}))

    def hook(name: str, axis: str, outputs: tuple[str, ...]) -> LocalHook:
        def evaluate(look_up: Callable[[Variable], Any]) -> Mapping[str, Any]:
            s = Noting("own", names[0], look_up)
            pre = NotingNode(network.bound_nodes[p.pre], t, "pre", names[1], look_up)
            post = NotingNode(network.bound_nodes[p.post], t, "post", names[2], look_up)
            if name == "signal":
                return {name: p.signal(t, s, pre)}
            result = p.hook(name, t, s, pre, post, lambda: look_up(DRIVE))
            return result if isinstance(result, Mapping) else {name: result}

        arrives = {DRIVE: drives[axis]} if axis in drives else {}
        return LocalHook(p.path, name, p.axes[axis].shape, outputs, known | arrives, evaluate)

    for name, axis in HOOKS.items():
        if name in ("signal", "current") or (name == "efficacy" and name in p.overrides):
            yield hook(name, axis, (name,))
        elif name != "efficacy" and p.states_on(axis):
            yield hook(name, axis, p.states_on(axis))


def _known(whose: str, states: Mapping[str, Moved]) -> dict[Variable, Moved]:
    return {(whose, name): value for name, value in states.items()}


class Noting(Values):
    """Values that are looked up, each when it is asked for, by whose they are and their name."""

    def __init__(self, whose: str, names: tuple[str, ...], look_up: Callable[[Variable], Any]) -> None:
        self.__dict__ = {"_whose": whose, "_names": names, "_look_up": look_up}

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __getattr__(self, name: str) -> Any:
        if name not in self.__dict__.get("_names", ()):
            return super().__getattr__(name)
        value = self.__dict__[name] = self._look_up((self._whose, name))
        return value


class NotingNode(Noting):
    """The same for a node, whose rate follows from the states looked up."""

    def __init__(self, bound: BoundNode, t: float, *args: Any) -> None:
        super().__init__(*args)
        self.__dict__ |= {"_bound": bound, "_t": t}

    def __getattr__(self, name: str) -> Any:
        if name == "rate":
            rate = self.__dict__["rate"] = self._bound.on_cells.rate(self._t, self)
            return rate
        return super().__getattr__(name)

    def replace(self, **changes: Any) -> Any:
        copy = super().replace(**changes)
        copy.__dict__.pop("rate", None)
        return copy
