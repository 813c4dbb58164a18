"""Untraceable hooks: which component cannot be compiled, at which line, and what to write instead."""

from __future__ import annotations

import linecache
import traceback
from pathlib import Path

from netframe.component import Component
from netframe.errors import HookError
from netframe.network import Network

REMEDY = (
    "Write xp.where(condition, a, b) for if, and xp = netframe.array_namespace(t, v) for numpy and math; or take an "
    "integrator that does not compile, such as RungeKuttaIntegrator"
)


def is_of_tracing(error: Exception) -> bool:
    """Whether JAX raised ``error`` because a hook asked for what an array has only when a program runs."""
    from jax import errors

    written_to = isinstance(error, TypeError) and "JAX arrays are immutable" in str(error)
    return written_to or isinstance(error, (errors.JAXTypeError, errors.JAXIndexError))


def untraceable(error: Exception, network: Network) -> HookError:
    """The error that names the hook of a component, and the line in it, that cannot be traced."""
    import jax

    library = str(Path(jax.__file__).parent)
    owner, hook, line = None, "a hook", ""
    for frame, number in traceback.walk_tb(error.__traceback__):
        code, given = frame.f_code, frame.f_locals.get("self")
        if code.co_filename.startswith(library):
            continue
        line = f"'{linecache.getline(code.co_filename, number).strip()}' ({code.co_filename}, line {number})"
        if isinstance(given, Component) and not isinstance(given, Network):
            owner, hook = given, code.co_name
    paths = [path for path, part in network.paths.items() if owner is not None and _same(part, owner)]
    text = f"{hook} cannot be compiled: {line} needs numbers, and arrays have none while JAX traces a run"
    return HookError(text, component=type(owner).__name__ * bool(paths), path=", ".join(paths[:1]), remedy=REMEDY)


def _same(part: object, owner: Component) -> bool:
    """Whether a component of the network is the one a hook was called on, which has its parameters lined up."""
    return type(part) is type(owner) and getattr(part, "name", None) == owner.name
