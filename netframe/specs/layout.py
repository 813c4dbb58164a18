"""What all specs have in common: their version, how deep they may nest, and how to go through one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netframe.errors import SpecError

#: The version of specs written here; older ones are migrated, newer ones refused.
VERSION = 1
#: Objects and lists within each other; a network inside a network takes two.
DEEPEST = 100


def below(tree: Any) -> list[Any]:
    """Everything in a tree, containers before their content; a tree nested too deeply is refused."""
    found, level = [], [tree]
    for _ in range(DEEPEST):
        found += level
        level = [part for whole in level for part in _content(whole)]
        if not level:
            return found
    raise too_deep()


def objects(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of a tree, those with a ``"type"``, for migrations to change."""
    return (part for part in below(tree) if isinstance(part, dict) and "type" in part)


def too_deep() -> SpecError:
    """The refusal of what is nested too deeply."""
    return SpecError(f"the spec is nested more than {DEEPEST} deep", remedy="Put networks beside each other")


def _content(whole: Any) -> Any:
    return whole.values() if isinstance(whole, dict) else whole if isinstance(whole, (list, tuple)) else ()
