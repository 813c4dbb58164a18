"""A run in parts, one after the other in time: how they are joined, and read from a journal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from netframe.errors import FileError, ParameterError
from netframe.files.journal import Record, read_journal
from netframe.files.results import run_of, unpacked
from netframe.joined_members import JoinedMembers
from netframe.memory import require
from netframe.network import Network
from netframe.solution import Run, Solution, Stats, Status

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


@attrs.frozen(eq=False)
class Parts:
    """What the records of a run hold: what was asked for, and its parts in their order, by the members they are of."""

    run: Run
    save_at: np.ndarray | None
    by_members: Mapping[Members, Sequence[Solution]]

    def solution(self) -> Solution:
        """All of them as one; of a batch that runs some members at a time NaN where nothing was computed yet."""
        if None in self.by_members:
            return joined(self.by_members[None], self.save_at)
        whole = next(iter(self.by_members.values()))[0]
        record = None if whole.recorded is None else tuple(whole.recorded)
        save_at = np.empty(0) if self.save_at is None else self.save_at
        sizes = [math.prod(whole.network.quantities[path].shape) for path in record or ()]
        size = whole.network.registry.size if record is None else sum(sizes)
        require(
            8 * len(save_at) * math.prod(self.run.y0.shape[:-1]) * size, "what the members of a batch have computed"
        )
        batch = JoinedMembers(whole.integrator, whole.network, self.run.y0, save_at, record)
        for members, own in self.by_members.items():  # a chunk that failed comes before those it was divided into
            batch.keep(np.arange(*(members or (0, batch.count))), joined(own, save_at))
        if len(batch.missing):
            text = "not computed yet; the same call goes on from there"
            batch.failures.append((batch.missing, Status.INTERRUPTED, text))
        return attrs.evolve(batch.solution(), run=self.run)


def parts_of(records: Sequence[Record], path: Any, network: Network | None) -> Parts:
    """The parts in the records of a run, the first of which says what the run is; refused unless they are of one run.

    Whoever writes a file can make its hashes right, so nothing that is said in it is believed.
    """
    (origin, shared), *courses = records
    run, save_at = run_of(origin, shared, path), shared.get("run/save_at")
    found: dict[Members, list[Solution]] = {}
    for content, arrays in courses:
        members = _members(content, run, path)
        part = unpacked({**origin, **content, "asked": None}, {**shared, **arrays}, path, network)
        network = part.network
        found.setdefault(members, []).append(attrs.evolve(part, run=run))
    wrong = next(_not_of_one_run(origin, run, save_at, found), "")
    if wrong:
        raise FileError(f"it holds parts that are not of one run: {wrong}", component="load", path=str(path))
    return Parts(run, save_at, found)


def _not_of_one_run(
    origin: Mapping[str, Any], run: Run, save_at: np.ndarray | None, found: Mapping[Members, Sequence[Solution]]
) -> Iterator[str]:
    """What is wrong with parts, a phrase each."""
    if len({members is None for members in found}) > 1:
        yield "some are of all members, some of a few"
    if save_at is None and None not in found:
        yield "members took steps of their own, and save_at is missing"
    if save_at is not None and not (save_at.ndim == 1 and len(save_at) and _increasing(save_at, strictly=True)):
        yield "its save_at are no times in their order"
    asked = origin.get("run")
    if not isinstance(asked, dict) or not isinstance(asked.get("record", ()), (list, type(None))):
        yield "what was to be recorded makes no sense"
        return
    for members, parts in found.items():
        n_members = None if members is None else members[1] - members[0]
        lead = run.y0.shape[:-1] if n_members is None else (n_members,) * (n_members > 1)
        last = -np.inf
        for part in parts:
            if part.final.shape != (*lead, *run.y0.shape[-1:]) or part.final.dtype.kind != "f":
                yield f"the state at the end of one has shape {part.final.shape}"
            kept = None if part.recorded is None else list(part.recorded)
            if kept != asked["record"]:
                yield f"one keeps {kept or 'all states'}, and the run {asked['record'] or 'all states'}"
            if len(part.t) and not (_increasing(part.t, strictly=save_at is not None) and part.t[0] >= last):
                yield "its times do not follow on"
            last = part.t[-1] if len(part.t) else last
        if members is not None and save_at is not None:
            t = np.concatenate([part.t for part in parts])
            t = t[np.isin(t, save_at)]
            if not np.array_equal(t, save_at[: len(t)]):
                yield "times that were to be saved are missing"


def _increasing(t: np.ndarray, *, strictly: bool) -> bool:
    """Whether these are times in their order."""
    if t.dtype.kind != "f" or not np.isfinite(t).all():
        return False
    return bool((t[1:] > t[:-1]).all() if strictly else (t[1:] >= t[:-1]).all())


def load_parts(path: Any, network: Network | None) -> Solution:
    """What a run that has not ended has computed so far."""
    records = read_journal(path, KIND)
    if len(records) < 2:
        text = "it is damaged or cut off, and no part of a run in it is whole"
        raise FileError(text, component="load", path=str(path))
    parts = parts_of(records, path, network)
    try:
        return parts.solution()
    except ParameterError as error:
        raise FileError(f"its parts cannot be joined: {error}", component="load", path=str(path)) from error


def _members(content: Mapping[str, Any], run: Run, path: Any) -> Members:
    """Which members of a batch a part is of, the first and the one after the last; ``None`` for the whole of it."""
    members, count = content.get("members"), math.prod(run.y0.shape[:-1])
    if members is None:
        return None
    try:
        first, end = members
        if not (run.y0.ndim > 1 and type(first) is type(end) is int and 0 <= first < end <= count):
            raise ValueError
    except (TypeError, ValueError):
        text = f"it has a part of members {str(members)[:40]}, which its batch does not have"
        raise FileError(text, component="load", path=str(path)) from None
    return first, end
