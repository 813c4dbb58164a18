"""Rebuilding: networks made from others, with some fields changed and everything else the same objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from netframe.arrays import is_concrete
from netframe.component import Component, Node
from netframe.errors import NetframeError, ParameterError, UnknownNameError, brief, suggestion
from netframe.fields import fields


def rebuilt(network: Any, changes: Mapping[str, dict[str, Any]], name: str, fresh: bool = False) -> Any:
    """The network with fields of components changed, by path, all at once, and projections rewired to match.

    Components without a change stay the same objects unless all are to be ``fresh``.
    """

    def made(path: str, part: Any, ends: Mapping[str, Node]) -> Any:
        new = {**ends, **changes.get(path, {})}
        try:
            return part.replace(**new) if new or fresh else part
        except NetframeError as error:
            error.add_note(f"while setting {', '.join(f'{path}.{field}' for field in changes.get(path, {}))}")
            raise

    twins = {id(part): made(path, part, {}) for path, part in network.paths.items() if isinstance(part, Node)}

    def build(part: Any, path: str) -> Component:
        if "components" in vars(part):
            return part.replace(components=[build(c, f"{path}.{c.name}") for c in part.components])
        if isinstance(part, Node):
            return twins[id(part)]
        ends = {"pre": twins[id(part.pre)], "post": twins[id(part.post)]}
        return made(path, part, {end: node for end, node in ends.items() if node is not getattr(part, end)})

    return network.replace(name=name, components=[build(c, c.name) for c in network.components])


def changed_fields(part: Any, values: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The fields of ``part`` that ``values`` change, those of its own parts (``activation.threshold``) folded in."""
    known = [field.name for field in fields(type(part)) if field.name not in ("name", "pre", "post")]
    known += [name for name in part.parts() if name not in known]
    changed: dict[str, Any] = {}
    nested: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        head, _, rest = name.partition(".")
        if head not in known or (rest and head not in part.parts()):
            text = f"no parameter '{name}' in {type(part).__name__} '{path}'"
            if isinstance(part, Component) and name in part.state_variables():
                text += f". It is a state: give y0={{'{path}.{name}': ...}} to simulate"
            raise UnknownNameError(text, path=path, attribute=name, remedy=suggestion(name, known))
        if rest:
            nested.setdefault(head, {})[rest] = value
        else:
            changed[head] = value
    for head, inner in nested.items():
        owner = changed[head] if head in changed else part.parts()[head]
        changed[head] = owner.replace(**changed_fields(owner, inner, f"{path}.{head}"))
    return changed


def places_of(label: str, batch: tuple[int, ...], index: Any) -> tuple[Any, ...]:
    """The index of members of a batch as a tuple, one that may have more axes than the network; checked.

    A whole number is that of a batch with one axis; what is traced cannot be looked at.
    """
    where = {"component": label, "attribute": "members"}
    n = len(batch)
    if n and isinstance(index, (int, np.integer)) and not isinstance(index, bool):
        index = (int(index),)
    each = "one whole number, or an array of them, for each batch axis"
    if not isinstance(index, tuple) or len(index) < n:
        text = f"members is {brief(index)} and the batch has shape {batch}; it must be a tuple with {each}"
        remedy = f"Write members({brief((0,) * n) if n > 1 else 0}) for the first" if n else "There is no batch"
        raise ParameterError(text, **where, remedy=remedy)
    for k, length in zip(index[len(index) - n :], batch):
        if not is_concrete(k):
            continue
        if np.asarray(k).dtype.kind not in "ui":
            raise ParameterError(f"members is {brief(index)}; it must be a tuple with {each}", **where)
        if length > 1 and np.size(k) and not (-length <= np.min(k) and np.max(k) < length):
            text = f"members is {brief(index)} and the batch has shape {batch}"
            raise ParameterError(text, **where, remedy=f"Members along that axis are 0 to {length - 1}")
    return index
