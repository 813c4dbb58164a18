"""Packages of the extras, which are imported when something needs them."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from netframe.errors import MissingPackageError


def package(name: str, extra: str, component: str, *, called: str = "", instead: str = "") -> Any:
    """A package of an extra, or the :class:`MissingPackageError` that says how to install it.

    ``component`` is what needs it, ``called`` its name where that is not the one to import, ``instead`` what else can
    be done.
    """
    try:
        return sys.modules.get(name) or importlib.import_module(name)
    except ImportError as error:
        broken = None if isinstance(error, ModuleNotFoundError) else error
        remedy = f"{install(extra)}{f', or {instead}' * bool(instead)}"
        raise MissingPackageError(f"{called or name} is not installed", component=component, remedy=remedy) from broken


def install(extra: str) -> str:
    """The sentence that says how to install an extra."""
    return f"Install the extra: pip install 'netframe[{extra}]'"
