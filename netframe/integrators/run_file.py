"""The file of a run with checkpoints: a journal of its parts while it runs, and its result from its end on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from netframe.calls import warn
from netframe.errors import FileError, ParameterError, SpecError
from netframe.files.atomic import writable
from netframe.files.container import read, write
from netframe.files.journal import Journal, Record, is_journal
from netframe.files.parts import KIND as PART
from netframe.files.parts import Members, parts_of
from netframe.files.results import KIND, encoded, packed, packed_course, packed_origin, unpacked
from netframe.integrators.differences import differences
from netframe.integrators.segments import Schedule
from netframe.network import Network
from netframe.solution import Run, Solution


class RunFile:
    """What was computed before, the solution when that is all of it, and where more is kept."""

    def __init__(self, path: Path, network: Network, integrator: Any, schedule: Schedule) -> None:
        self._asked = asked = Asked.of(network, integrator, schedule)
        self._path, self._network, self._integrator = path, network, integrator
        self.run, self.solution = schedule.run, None if is_journal(path) else _result(path, asked, network)
        self._parts: Mapping[Members, Sequence[Solution]] = {}
        self._journal: Journal | None = None
        if self.solution is not None:
            return
        writable(path)  # what cannot be written is told before anything is computed
        if path.exists():
            self._journal = Journal.opened(path, PART)
            try:
                if is_journal(path):
                    self._read(self._journal.records)
                else:  # its run has just ended in another process
                    self.solution = _result(path, asked, network)
            except BaseException:
                self._journal.close()
                raise

    def __enter__(self) -> RunFile:
        return self

    def __exit__(self, *_: Any) -> None:
        if self._journal is not None:
            self._journal.close()

    @property
    def path(self) -> str:
        """What errors call it."""
        return str(self._path)

    def parts(self, members: Members = None) -> list[Solution]:
        """The parts of a run, or of some members of its batch, one after the other in time."""
        return list(self._parts.get(members, []))

    def keep(self, part: Solution, members: Members = None) -> None:
        """Write one more part."""
        content, arrays = packed_course(part)
        content["members"] = None if members is None else list(members)
        if self._journal is None:
            # that of the run: a part may be of some members, or of an integrator with less time left
            first = self._asked.beside(*packed_origin(self._network, self._integrator, self.run, {}))
            self._journal = Journal.begun(self._path, PART, first, (content, arrays))
        else:
            self._journal.append(content, arrays)

    def finish(self, solution: Solution) -> None:
        """Write the result in place of the parts."""
        content, arrays = self._asked.beside(*packed(solution))
        if self._journal is not None:  # some systems do not replace a file that is open
            self._journal.close()
        write(self._path, KIND, content, arrays)

    def _read(self, records: list[Record]) -> None:
        if len(records) < 2:
            text = "it is damaged or cut off, and no part of a run in it is whole"
            remedy = "Remove it to begin again"
            raise FileError(text, component="checkpoint", path=str(self._path), remedy=remedy)
        self._asked.require(*records[0], self._path)
        found = parts_of(records, self._path, self._network)
        _warn_of_versions(found.run, self.run, self._path)
        self.run, self._parts = found.run, found.by_members


def _warn_of_versions(then: Run, now: Run, path: Path) -> None:
    """Say so when a run goes on with what may round differently."""
    pairs = [(name, then.versions.get(name), version) for name, version in now.versions.items()]
    told = [f"{name} {old}, which is {new} now" for name, old, new in pairs if old not in (None, new)]
    if told:
        text = f"checkpoint '{path}' was begun with {'; '.join(told)}: what follows may differ in rounding"
        warn(text, RuntimeWarning)


def _result(path: Path, asked: Asked, network: Network) -> Solution | None:
    """The result at a path, or nothing where there is no file; another run is refused with what differs."""
    if not path.exists():
        return None
    content, arrays = read(path, KIND)
    if not isinstance(content.get("run"), dict):
        text, remedy = "it is a result without a run to go on with, and would be lost", "Give another path"
        raise FileError(text, component="checkpoint", path=str(path), remedy=remedy)
    asked.require(content, arrays, path)
    return unpacked(content, arrays, path, network)


@attrs.frozen(eq=False)
class Asked:
    """The arguments of a run as plain data and arrays, to compare those of another with."""

    arguments: dict[str, Any]
    arrays: dict[str, Any]

    @classmethod
    def of(cls, network: Network, integrator: Any, schedule: Schedule) -> Asked:
        """The arguments of a run; refused where they are no data, as a function is not."""
        run, save_at, record = schedule.run, schedule.save_at, schedule.record
        arrays: dict[str, Any] = {"asked/y0": run.y0} | ({} if save_at is None else {"run/save_at": save_at})
        try:
            whole = encoded(network, "network", arrays)
            how = encoded(integrator, "integrator", arrays)
        except SpecError as error:
            text = f"checkpoint needs what can be saved, so that a run goes on with the same: {error}"
            raise ParameterError(text, component="simulate", path=network.name, attribute="checkpoint") from error
        arguments = {
            "t0": run.t_span[0],
            "t_end": run.t_span[1],
            "every": schedule.every,
            "batch": run.batch if isinstance(run.batch, str) else int(run.batch),
            "record": None if record is None else list(record),
            "y0": {"array": "asked/y0"},
            "save_at": None if save_at is None else {"array": "run/save_at"},
            "integrator": how,
            "network": whole,
        }
        return cls(arguments, arrays)

    def beside(self, content: dict[str, Any], arrays: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """With what else is in a file."""
        own = {name: value for name, value in self.arguments.items() if name not in content}
        return {**content, "run": own}, {**arrays, **self.arrays}

    def require(self, content: Mapping[str, Any], arrays: Mapping[str, Any], path: Path) -> None:
        """Raise if a file is of another run, with what differs."""
        try:
            then = content["run"] | {name: content[name] for name in ("integrator", "network")}
            found = differences(then, arrays, self.arguments, self.arrays)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            text = f"what it says of its run makes no sense ({type(error).__name__}: {error})"
            raise FileError(text, component="checkpoint", path=str(path)) from None
        if found:
            told = "; ".join(found[:3]) + (f"; and {len(found) - 3} more" if len(found) > 3 else "")
            text = f"checkpoint '{path}' is of another run: {told}"
            remedy = "Give the arguments of that run to go on with it, or another path to begin this one"
            raise ParameterError(text, component="simulate", attribute="checkpoint", remedy=remedy)
