"""Terms of the right-hand side: what projections contribute, one at a time or several of a class in one call.

Hooks are elementwise and take leading axes, so lumped projections of one class onto one port can be evaluated together,
their states and parameters stacked on an axis before the cells: ``(..., n_stacked, n_post)``. A network of many small
projections then costs a few calls of NumPy.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from netframe.arrays import array_namespace, is_foreign, read_only
from netframe.binding import BoundProjection
from netframe.fields import fields, parameters
from netframe.registry import StateRegistry, views
from netframe.row_blocks import row_blocks
from netframe.values import EdgeInputs, LinedUp, LineUps, Values

#: Where the derivative of a state is found in what a term returns: its name, and its place in a stack if alone.
Found = tuple[str, int | None]

_NOTHING = Values()
_WRITTEN_OUT = 4096
_PLAIN = (str, int, float, bool)
_new = object.__new__


class Single:
    """One projection; ``constant`` is its drive where that does not change over the stretch, else ``None``."""

    def __init__(self, p: BoundProjection, constant: Any, registry: StateRegistry) -> None:
        self.key, self.target, self._p, self._constant = p.path, p.target, p, constant
        self.states = registry.states_of(p.path)
        self.stacked: tuple[int, ...] = ()
        self._places = registry.places(p.path)
        self.blocks = row_blocks(p, constant, registry)

    def pieces(self) -> Iterator[tuple[str, Found]]:
        """The path of every state and where its derivative is found."""
        return ((f"{self.key}.{name}", (name, None)) for name in self.states)

    def __call__(self, t: Any, y: Any, lead: tuple[int, ...], nodes: Mapping[str, Values]) -> tuple[Any, Any]:
        """The derivatives of its states by name, and the current to its port."""
        p = self._p
        own = Values.of(views(self._places, y, lead)) if self.states else _NOTHING
        pre, post = nodes[p.pre], nodes[p.post]
        drive = p.drive(t, own, pre) if self._constant is None else self._constant
        return p.terms(t, own, pre, post, drive)


class Bundle:
    """Lumped projections of one class onto one port, whose states are all on the edge axis.

    Drives and states have shape ``(..., n_stacked, n_post)``; values of the postsynaptic cells stand beside them with
    an axis of one.
    """

    blocks = None

    def __init__(self, members: Sequence[BoundProjection], constants: Sequence[Any], registry: StateRegistry) -> None:
        first = members[0]
        self.key, self.target, self._post = first.path, first.target, first.post
        self.states = registry.states_of(first.path)
        self._count = len(members)
        self.stacked = (self._count,)
        self._shape = (self._count, first.projection.post.size)
        self._hooks = _stacked(members)
        self._varying = [
            (j, p.pre, p.connectivity.apply) for j, (p, drive) in enumerate(zip(members, constants)) if drive is None
        ]
        self._constants = [(j, drive) for j, drive in enumerate(constants) if drive is not None]
        self._plain = all(isinstance(drive, np.ndarray) and drive.ndim == 1 for _, drive in self._constants)
        self._template = np.zeros(self._shape)
        for j, drive in self._constants if self._plain else ():
            self._template[j] = drive
        read_only(self._template)
        self._places = []
        self._paths = {name: [f"{p.path}.{name}" for p in members] for name in self.states}
        for name, paths in self._paths.items():
            slots = [registry.slot(path) for path in paths]
            adjacent = all(a.stop == b.start for a, b in itertools.pairwise(slots))
            index = np.concatenate([np.arange(slot.start, slot.stop) for slot in slots])
            self._places.append((name, slice(slots[0].start, slots[-1].stop) if adjacent else index))

    def pieces(self) -> Iterator[tuple[str, Found]]:
        """The path of every state and where its derivative is found; adjacent ones come in one piece."""
        for name, place in self._places:
            for j, path in enumerate(self._paths[name]):
                if not isinstance(place, slice):
                    yield path, (name, j)
                elif j == 0:
                    yield path, (name, None)

    def __call__(self, t: Any, y: Any, lead: tuple[int, ...], nodes: Mapping[str, Values]) -> tuple[Any, Any]:
        """The derivatives of all states, stacked, and the sum of the currents."""
        s = _new(Values)
        if lead:
            s.__dict__ = {name: y[..., at].reshape(lead + self._shape) for name, at in self._places}
        else:
            s.__dict__ = {name: y[at].reshape(self._shape) for name, at in self._places}
        post = nodes[self._post]
        drives = self._drives(lead, nodes)
        if lead or drives.ndim > 2:
            post = LinedUp(post, _BESIDE)
        inputs = EdgeInputs.of({"drive": drives, "post": post})
        derivatives, current = self._hooks.derivatives(t, s, inputs), self._hooks.current(t, s, inputs)
        if getattr(current, "ndim", 0) < 2:
            return derivatives, self._count * current
        if current.shape[-2] != self._count:
            current = array_namespace(current).broadcast_to(current, (*current.shape[:-2], *self._shape))
        return derivatives, current.sum(-2)

    def _drives(self, lead: tuple[int, ...], nodes: Mapping[str, Values]) -> Any:
        varying = [(j, apply(nodes[pre].rate)) for j, pre, apply in self._varying]
        if not lead and self._plain:
            drives = self._template.copy() if varying else self._template
            for j, drive in varying:
                if type(drive) is not np.ndarray or drive.ndim != 1:
                    break
                drives[j] = drive
            else:
                return drives
        rows = sorted([*varying, *self._constants], key=lambda row: row[0])
        xp = array_namespace(*(drive for _, drive in rows))
        return xp.stack(xp.broadcast_arrays(*(drive for _, drive in rows)), axis=-2)


def terms(
    projections: Sequence[BoundProjection], constants: Mapping[str, Any], registry: StateRegistry, bundled: bool = True
) -> list[Single | Bundle]:
    """The terms of a network's projections, in the order of the first of each; ``bundled`` where they are alike."""
    groups: dict[Any, list[BoundProjection]] = {}
    for p in projections:
        groups.setdefault(_likeness(p) if bundled else p.path, []).append(p)
    found: list[Single | Bundle] = []
    for members in groups.values():
        drives = [constants.get(p.path) for p in members]
        if len(members) > 1:
            found.append(Bundle(members, drives, registry))
        else:
            found.append(Single(members[0], drives[0], registry))
    return found


def _likeness(p: BoundProjection) -> Any:
    """Equal for projections that can be evaluated together, which is by identity where they differ in anything else."""
    alone = not p.lumped or any(p.axis_of(name) != "edge" for name in p.projection.state_variables())
    if alone or p.overrides & {"signal", "efficacy"} or "synapse_derivatives" in p.overrides:
        return p.path
    of, infos = p.projection, parameters(type(p.projection))
    options = [(f.name, getattr(of, f.name)) for f in fields(type(of)) if f.name not in infos]
    others = [(n, type(x), x if isinstance(x, _PLAIN) else id(x)) for n, x in options if n not in ("name", "pre")]
    stackable = all(axes in ((), ("post",), ("edge",)) for axes in (i.axes for n, i in infos.items() if n != "weights"))
    return (type(of), p.target, *others) if stackable else p.path


def _stacked(members: Sequence[BoundProjection]) -> Any:
    """A projection whose parameters are those of all members, stacked on an axis before the cells."""
    first, n_post = members[0].on["edge"], members[0].projection.post.size
    copy = _new(type(first))
    copy.__dict__.update(first.__dict__)
    for name in parameters(type(first)):
        if name in first.__dict__ and name != "weights":
            copy.__dict__[name] = _stack([p.on["edge"].__dict__[name] for p in members], n_post)
    copy.__dict__["_made_later"] = {"weights": lambda: _stack([p.on["edge"].weights for p in members], n_post)}
    return copy


def _stack(values: Sequence[Any], n_post: int) -> Any:
    """Numbers that are all equal stay one number; others get shape ``(..., n_stacked, n_post or 1)``."""
    numbers = [x for x in values if not is_foreign(x) and np.ndim(x) == 0]
    if len(numbers) == len(values) and all(x == values[0] for x in numbers):
        return values[0]
    xp = array_namespace(*values)
    rows = [xp.reshape(x, (1,)) if np.ndim(x) == 0 else x for x in map(xp.asarray, values)]
    stacked = xp.stack(xp.broadcast_arrays(*rows), axis=-2)
    if xp is not np:
        return stacked
    # Arrays of one shape are multiplied in a third of the time of a broadcast, while they are small.
    small = n_post * len(values) <= _WRITTEN_OUT and stacked.shape[-1] == 1
    return read_only(np.repeat(stacked, n_post, axis=-1) if small else stacked)


#: Values of the postsynaptic cells get an axis beside the stack; a single number of a cell broadcasts by itself.
_BESIDE: LineUps = {None: lambda x: x[..., None, :] if x.ndim > 1 else x}
