"""A run in parts, one after the other in time: how they are joined, and read from a journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from netframe.errors import FileError
from netframe.files.journal import Record, read_journal
from netframe.files.results import run_of, unpacked
from netframe.network import Network
from netframe.solution import Solution, Stats, Status

#: What kind of container a record of a run is; the first says what the run is, the others what it computed.
KIND = "part of a run"
#: The first of the members of a batch that a part is of, and the one after the last.
Members = tuple[int, int] | None


def joined(parts: Sequence[Solution], save_at: np.ndarray | None) -> Solution:
    """Parts of a run as one; the states between them stay only where their times were asked for."""
    if len(parts) == 1:
        return parts[0]
    kept: list[slice] = []
    last: float | None = None
    for part in parts:
        begin = int(last is not None and len(part.t) > 0 and part.t[0] == last)
        extra = part is not parts[-1] and save_at is not None and len(part.t) > 0 and part.t[-1] not in save_at
        kept.append(slice(begin, max(len(part.t) - extra, begin)))
        last = part.t[kept[-1]][-1] if kept[-1].stop > begin else last

    def rows(arrays: Sequence[np.ndarray]) -> np.ndarray:
        whole = np.concatenate([np.asarray(array)[k] for array, k in zip(arrays, kept)])
        whole.flags.writeable = False
        return whole

    end = parts[-1]
    t = rows([part.t for part in parts])
    t.flags.writeable = True
    y = None if end.y is None else rows([part.y for part in parts])  # type: ignore[misc]
    recorded = None
    if end.recorded is not None:
        recorded = {path: rows([part.recorded[path] for part in parts]) for path in end.recorded}  # type: ignore[index]
    stats = Stats(*map(sum, zip(*(attrs.astuple(part.stats) for part in parts))))
    return attrs.evolve(end, t=t, y=y, recorded=recorded, stats=stats)


def parts_of(records: Sequence[Record], path: Any, network: Network | None) -> list[tuple[Members, Solution]]:
    """The parts in the records of a run, the first of which says what the run is; those of a batch with its members."""
    (origin, shared), *courses = records
    found: list[tuple[Members, Solution]] = []
    for content, arrays in courses:
        members = _members(content, path)
        own = origin if members is None else origin | {"asked": None}
        part = unpacked({**own, **content}, {**shared, **arrays}, path, network)
        network = part.network
        if members is not None:
            part = attrs.evolve(part, run=run_of(origin, shared, path))
        found.append((members, part))
    if len({members is None for members, _ in found}) > 1:
        raise FileError("it holds parts that are not of one run", component="load", path=str(path))
    return found


def load_parts(path: Any, network: Network | None) -> Solution:
    """What a run that has not ended has computed so far."""
    records = read_journal(path, KIND)
    if len(records) < 2:
        text = "it is damaged or cut off, and no part of a run in it is whole"
        raise FileError(text, component="load", path=str(path))
    parts, save_at = parts_of(records, path, network), records[0][1].get("run/save_at")
    try:
        if parts[0][0] is None:
            return joined([part for _, part in parts], save_at)
        return joined_members(parts, save_at)
    except (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        text = f"it holds parts that are not of one run ({type(error).__name__}: {str(error)[:120]})"
        raise FileError(text, component="load", path=str(path)) from None


def joined_members(parts: Sequence[tuple[Members, Solution]], save_at: np.ndarray | None) -> Solution:
    """The parts of a batch that runs some members at a time; NaN where nothing was computed yet."""
    from netframe.integrators.batches import JoinedMembers

    whole, chunks = parts[0][1], dict[tuple[int, int], list[Solution]]()
    for members, part in parts:
        assert members is not None
        chunks.setdefault(members, []).append(part)
    assert whole.run is not None
    assert save_at is not None
    record = None if whole.recorded is None else tuple(whole.recorded)
    batch = JoinedMembers(whole.integrator, whole.network, whole.run.y0, save_at, record)
    for (first, end), own in chunks.items():  # a chunk that failed comes before those it was divided into
        batch.keep(np.arange(first, end), joined(own, save_at))
    if len(batch.missing):
        batch.failures.append((batch.missing, Status.INTERRUPTED, "not computed yet; the same call goes on from there"))
    return attrs.evolve(batch.solution(), run=whole.run)


def _members(content: Mapping[str, Any], path: Any) -> Members:
    """Which members of a batch a part is of, the first and the one after the last; ``None`` for the whole of it."""
    members = content.get("members")
    if members is None:
        return None
    try:
        first, end = members
        if not (type(first) is type(end) is int and 0 <= first < end):
            raise ValueError
    except (TypeError, ValueError):
        text = f"it has a part of members {str(members)[:40]}, which no batch has"
        raise FileError(text, component="load", path=str(path)) from None
    return first, end
