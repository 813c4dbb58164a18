"""Every exception netframe raises on purpose.

Each is a :class:`NetframeError` and the built-in exception it resembles, and its one sentence names the class, the
path, what was given, what is allowed, and what to do about it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netframe.solution import Solution


class NetframeError(Exception):
    """A mistake netframe can explain.

    ``component`` is the class concerned, ``path`` its place in the network, ``attribute`` the parameter or state,
    ``remedy`` the sentence that says what to do. All four are also part of the message.
    """

    def __init__(
        self, message: str, *, component: str = "", path: str = "", attribute: str = "", remedy: str = ""
    ) -> None:
        where = " ".join(part for part in (component, f"'{path}'" if path else "") if part)
        text = f"{where}: {message}" if where else message
        super().__init__(f"{text}. {remedy}" if remedy else text)
        self.component, self.path, self.attribute, self.remedy = component, path, attribute, remedy

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class DeclarationError(NetframeError, TypeError):
    """A class breaks the rules of a component declaration."""


class ParameterError(NetframeError, ValueError):
    """A parameter, weight or option has a value, type or shape that cannot be used."""


class UnknownNameError(NetframeError, KeyError):
    """A path, parameter, method or option that does not exist; the closest matches are named."""


class ImmutableError(NetframeError, AttributeError):
    """An attempt to change an object; the way to make a changed one is named."""


class WiringError(NetframeError, ValueError):
    """Components that do not form a network."""


class SpecError(NetframeError, ValueError):
    """A model spec that cannot be written or read."""


class HookError(NetframeError, ValueError):
    """A method of a component returned the wrong keys or shapes, or reached for what its axis does not have."""


class MemoryBudgetError(NetframeError, MemoryError):
    """A run that would not fit into memory, refused before anything is allocated."""


class MissingPackageError(NetframeError, ImportError):  # type: ignore[misc]  # both name a path
    """An optional package is needed and not installed; the command that installs it is named."""


class FileError(NetframeError, OSError):
    """A file that cannot be written, or that cannot be read and trusted; ``path`` is the file."""


class IntegrationError(NetframeError, RuntimeError):
    """A run that did not reach its end; ``solution`` holds everything up to there."""

    solution: Solution

    def __init__(self, message: str, solution: Any = None, **where: str) -> None:
        super().__init__(message, **where)
        self.solution = solution


class SimulationInterrupted(KeyboardInterrupt):
    """Ctrl-C during a run; ``solution`` holds everything up to there."""

    def __init__(self, message: str, solution: Any = None) -> None:
        super().__init__(message)
        self.solution = solution


class UnitWarning(UserWarning):
    """A number that is likely to have been given in another unit than the declared one, such as ms for s."""


def suggestion(name: Any, known: Iterable[str]) -> str:
    """The sentence that follows an unknown name: the closest matches, and all known names when they are few.

    >>> suggestion("tua", ["tau", "v_rest"])
    "Did you mean 'tau'? Known: 'tau', 'v_rest'"
    """
    names = list(known)
    alike = [known for known in names if known.lower() == str(name).lower()]
    close = list(dict.fromkeys([*alike, *difflib.get_close_matches(str(name), names, n=3)]))
    meant = f"Did you mean {_listed(close, ' or ')}? " if close else ""
    shown = names if len(names) <= 12 else [*names[:12], "..."]
    return f"{meant}Known: {_listed(shown, ', ')}" if names else f"{meant}There are none"


def joined(problems: Sequence[str]) -> str:
    """Several findings as one message."""
    if len(problems) == 1:
        return problems[0]
    return f"{len(problems)} problems:" + "".join(f"\n  - {problem}" for problem in problems)


def _listed(names: Sequence[str], separator: str) -> str:
    return separator.join(repr(name) for name in names)
