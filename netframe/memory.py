"""How much memory something would need, asked before it is allocated."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from netframe.errors import MemoryBudgetError

#: The share of the free memory that one run may take.
SHARE = 0.5
#: What needs fewer bytes is never refused, and not worth asking the system.
NEGLIGIBLE = 10_000_000


def available() -> int | None:
    """Bytes of memory that are free now, or ``None`` where the system does not tell."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def require(items: Any, what: str, remedy: str = "") -> None:
    """Raise :class:`MemoryBudgetError` when ``items``, bytes or bytes by name, exceed half of the free memory."""
    needed = dict(items) if isinstance(items, Mapping) else {what: int(items)}
    total = sum(needed.values())
    free = available() if total > NEGLIGIBLE else None
    if free is None or total <= SHARE * free:
        return
    largest = max(needed, key=lambda name: needed[name])
    told = f", most of it for {largest} ({readable(needed[largest])})" if len(needed) > 1 else ""
    text = f"{what} needs about {readable(total)}{told}; {readable(free)} are free and at most half may be taken"
    raise MemoryBudgetError(
        text, remedy=remedy or "Use fewer cells, or resolution='lumped' where a synapse model promises it"
    )


def readable(count: int) -> str:
    """Bytes in a unit a person reads.

    >>> readable(3_500_000)
    '3.5 MB'
    """
    size = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB", "PB"):
        if size < 1000 or unit == "PB":
            return f"{size:.3g} {unit}"
        size /= 1000
    raise AssertionError
