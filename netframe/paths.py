"""Paths that something is looked up by: text, one at a time; what is none is refused with a sentence."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from netframe.errors import ParameterError, UnknownNameError, brief, suggestion


def require_path(path: Any, known: Collection[str], look_up: str, /, **where: str) -> None:
    """Refuse a path that is no text; ``look_up`` is how one is looked up, such as ``"sol[path]"``."""
    if isinstance(path, str):
        return
    remedy = suggestion(getattr(path, "name", path), known)
    if isinstance(path, Iterable) and not (isinstance(path, tuple) and ".".join(map(str, path)) in known):
        remedy = f"One path at a time: [{look_up} for path in paths]"
    such = f", such as {next(iter(known))!r}" if known else ""
    raise UnknownNameError(f"{brief(path)} is no path, which is text{such}", remedy=remedy, **where)


def several_paths(name: str, paths: Any, /, **where: str) -> tuple[str, ...]:
    """The paths in a list, each once; one path by itself is such a list too."""
    if isinstance(paths, str):
        return (paths,)
    if not isinstance(paths, Iterable):
        text = f"{name} is {brief(paths)}"
    else:
        given = tuple(paths)
        wrong = [path for path in given if not isinstance(path, str)]
        if not wrong:
            return tuple(dict.fromkeys(given))
        text = f"{name} has {brief(wrong[0])}, which is no path"
    raise ParameterError(f"{text}; it must be a list of paths, such as ['E.v', 'E.rate']", attribute=name, **where)
