"""Names that are loaded when they are first asked for, so that importing netframe stays quick.

__getattr__, __dir__ = loader(__name__, LATER), lister(__name__)
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

from netframe.errors import MissingAttribute, suggestion


def lister(package: str) -> Callable[[], list[str]]:
    """The ``__dir__`` of a package: the names it offers."""
    return lambda: sorted(sys.modules[package].__all__)


def loader(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """The ``__getattr__`` of a package: each name of ``modules`` is found in the module of the package it names."""

    def load(name: str) -> Any:
        if name not in modules:
            raise no_name(package, name)
        return getattr(importlib.import_module(f"{package}.{modules[name]}"), name)

    return load


def no_name(package: str, name: str) -> AttributeError:
    """The exception for a name that a package does not have, with the closest one that it offers."""
    if name.startswith("__"):
        return AttributeError(f"module {package!r} has no attribute {name!r}")
    remedy = suggestion(name, sys.modules[package].__all__, all_known=False) or f"dir({package}) lists what there is"
    return MissingAttribute(f"module '{package}' has no '{name}'", attribute=name, remedy=remedy)
