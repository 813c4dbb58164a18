"""Promises: what a class says of its hooks, which no longer counts once a subclass replaces one of them."""

from __future__ import annotations

from collections.abc import Iterable

from netframe.component import Component, Node
from netframe.projections.projection import DERIVATIVE_HOOKS, age


def is_linear(part: Component) -> bool:
    """Whether a component keeps the promise ``linear = True`` for all that it contributes to the derivative."""
    hooks = ("derivatives",) if isinstance(part, Node) else ("current", *DERIVATIVE_HOOKS.values())
    return keeps(type(part), "linear", hooks)


def keeps(cls: type, promise: str, hooks: Iterable[str]) -> bool:
    """Whether a class attribute is set, by the class that last wrote one of the ``hooks`` or by one below it."""
    return bool(getattr(cls, promise)) and speaks_of(cls, promise, hooks)


def speaks_of(cls: type, promise: str, hooks: Iterable[str]) -> bool:
    """Whether a promise was given by a class that knew the hooks that are called."""
    given = age(cls, promise)
    return all(age(cls, hook) >= given for hook in hooks)
