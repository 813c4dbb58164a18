"""Specs of older versions made ones of today."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from netframe.errors import SpecError, brief
from netframe.specs.layout import VERSION

#: By version, what turns a tree of it, in place, into one of the next; ``layout.objects`` goes through a tree.
MIGRATIONS: dict[int, Callable[[dict[str, Any]], None]] = {}


def migrated(tree: Mapping[str, Any]) -> dict[str, Any]:
    """The same spec in the version of today."""
    head = tree.get("netframe")
    version = head.get("spec") if isinstance(head, Mapping) else None
    if type(version) is not int or "type" not in tree:
        text = f"this is no spec: it needs a type, and netframe = {{spec = {VERSION}}}, the version of the format"
        raise SpecError(text)
    if version > VERSION:
        remedy = "Load it with a newer netframe"
        raise SpecError(f"the spec has version {version}, and this netframe reads up to {VERSION}", remedy=remedy)
    steps = range(version, VERSION)
    if version < VERSION and not all(step in MIGRATIONS for step in steps):
        raise SpecError(f"the spec has version {brief(version)}, which there never was")
    fresh = copy.deepcopy(dict(tree)) if steps else dict(tree)
    for step in steps:
        MIGRATIONS[step](fresh)
    return fresh
