"""Untraceable hooks: which component cannot be compiled, at which line, and what to write instead."""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from netframe.component import Component
from netframe.errors import HookError, ParameterError
from netframe.network import Network

REMEDY = (
    "Write xp.where(condition, a, b) for if, and xp = netframe.array_namespace(t, v) for numpy and math; or take an "
    "integrator that does not compile, such as RungeKuttaIntegrator"
)
#: Characters of a line that are shown.
LONGEST = 120
IN_JAX = "Write it in jax.numpy: jnp.asarray for np.asarray, jnp.where(condition, a, b) for if, and no float"


def is_of_tracing(error: Exception) -> bool:
    """Whether JAX raised ``error`` because a hook asked for what an array has only when a program runs."""
    from jax import errors

    written_to = isinstance(error, TypeError) and "JAX arrays are immutable" in str(error)
    return written_to or isinstance(error, (errors.JAXTypeError, errors.JAXIndexError))


def untraceable(error: Exception, network: Network) -> HookError:
    """The error that names the hook of a component, and the line in it, that cannot be traced."""
    owner, hook, line = None, "a hook", ""
    for frame, number in _frames(error):
        code, given = frame.f_code, frame.f_locals.get("self")
        line = _line(code.co_filename, number)
        if isinstance(given, Component) and not isinstance(given, Network):
            owner, hook = given, code.co_name
    paths = [path for path, part in network.paths.items() if owner is not None and _same(part, owner)]
    text = f"{hook} cannot be compiled: {line} needs numbers, and arrays have none while JAX traces a run"
    return HookError(text, component=type(owner).__name__ * bool(paths), path=", ".join(paths[:1]), remedy=REMEDY)


def unwritten(error: Exception) -> ParameterError:
    """The error that names the line in the scalar of a gradient that cannot be traced, and what to write instead."""
    *_, (frame, number) = _frames(error)
    text = (
        f"scalar cannot be differentiated: {_line(frame.f_code.co_filename, number)} needs numbers, and arrays of JAX"
    )
    text += " have none while a gradient is traced"
    return ParameterError(text, component="gradient", attribute="scalar", remedy=IN_JAX)


def _frames(error: Exception) -> Iterator[tuple[FrameType, int]]:
    """The frames of a traceback and their lines, without those of JAX."""
    import jax

    library = str(Path(jax.__file__).parent)
    for frame, number in traceback.walk_tb(error.__traceback__):
        if not frame.f_code.co_filename.startswith(library):
            yield frame, number


def _line(file: str, number: int) -> str:
    text = linecache.getline(file, number).strip()
    return f"'{text if len(text) <= LONGEST else text[: LONGEST - 3] + '...'}' ({file}, line {number})"


def _same(part: object, owner: Component) -> bool:
    """Whether a component of the network is the one a hook was called on, which has its parameters lined up."""
    return type(part) is type(owner) and getattr(part, "name", None) == owner.name
