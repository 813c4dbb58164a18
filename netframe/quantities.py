"""Quantities: what follows from a state, such as rates and currents, computed from no more than each needs."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from netframe.arrays import array_namespace
from netframe.binding import BoundProjection
from netframe.registry import views
from netframe.right_hand_side import RightHandSide
from netframe.values import Values

#: The value of one quantity at a time and a state of any leading shape.
Reader = Callable[[Any, Any], Any]

_NOTHING = Values()


def reader(rhs: RightHandSide, path: str) -> Reader:
    """What computes a state, ``E.rate``, ``E.current``, ``FFE_to_E.drive`` and so on, prepared once.

    Its values have the shape of the quantity, after the leading shape of the state and the batch.
    """
    read, shape, batch_shape = _reader(rhs, path), rhs.network.quantities[path].shape, rhs.network.batch_shape

    def value(t: Any, y: Any) -> Any:
        found, lead = read(t, y), y.shape[:-1]
        full = (np.broadcast_shapes(lead, batch_shape) if batch_shape else lead) + shape
        return found if np.shape(found) == full else array_namespace(found).broadcast_to(found, full)

    return value


def _reader(rhs: RightHandSide, path: str) -> Reader:
    component, _, name = path.rpartition(".")
    node = rhs.network.bound_nodes.get(component)
    if path in rhs.registry:
        places = [place for place in rhs.registry.places(component) if place[0] == name]
        return lambda t, y: views(places, y, y.shape[:-1])[name]
    if node is None:
        return _of_projection(rhs, next(p for p in rhs.network.bound_projections if p.path == component), name)
    if name == "rate":
        varying = rhs.varying({component})
        return lambda t, y: rhs.nodes(t, y, y.shape[:-1], varying)[component].rate
    currents = [
        _of_projection(rhs, p, "current") for p in rhs.network.bound_projections if p.target == (component, name)
    ]
    silence = node.silence[name]
    return lambda t, y: functools.reduce(operator.add, (current(t, y) for current in currents), silence)


def _of_projection(rhs: RightHandSide, p: BoundProjection, name: str) -> Reader:
    """Its ``signal``, ``drive`` or ``current``; products with weights are made where they are asked for."""
    varying, places = rhs.varying({p.pre, p.post}), rhs.registry.places(p.path)
    constant = rhs.constant_drives.get(p.path)

    def read(t: Any, y: Any) -> Any:
        lead = y.shape[:-1]
        nodes, own = rhs.nodes(t, y, lead, varying), Values.of(views(places, y, lead)) if places else _NOTHING
        pre = nodes[p.pre]
        if name == "signal":
            return p.signal(t, own, pre)

        def drive() -> Any:
            return p.drive(t, own, pre) if constant is None else constant

        return drive() if name == "drive" else p.summed(p.hook(name, t, own, pre, nodes[p.post], drive))

    return read
