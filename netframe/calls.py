"""Calls that do not fit: what was given, what is taken, and what to write, in one sentence."""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from netframe.errors import NetframeError, ParameterError, UnknownNameError, suggestion

_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")

#: Options that belong to an integrator, by the class that has them.
_OF_INTEGRATORS = dict.fromkeys(("rtol", "atol", "max_step", "first_step"), "RungeKuttaIntegrator({}=...)")
_OF_INTEGRATORS |= dict.fromkeys(("max_steps", "max_wall_time"), "RungeKuttaIntegrator({}=...)")
_OF_INTEGRATORS |= {"dt": "FixedStepIntegrator('rk4', dt=...)", "step": "FixedStepIntegrator('rk4', dt=...)"}
_OF_INTEGRATORS |= dict.fromkeys(("method", "solver"), "ScipyIntegrator('LSODA')")
#: What to give for an argument that people leave out, by its name, or by that of the function and its own.
_SUCH_AS = {"components": "[ffe, e, synapse]: put them in a list"}
_SUCH_AS |= {"rng": "np.random.default_rng(1)", "duration": "1.0, in s", "path": "'E.v'", "seed": "1"}
_SUCH_AS |= dict.fromkeys(("load.path", "Solution.save.path"), "'run.npz'")
_SUCH_AS |= dict.fromkeys(("load_network.path", "save_network.path"), "'net.toml'")


def explained(function: Callable[_Given, _Found]) -> Callable[_Given, _Found]:
    """A public function whose ``TypeError`` for a call that does not fit becomes a sentence with the remedy.

    >>> @explained
    ... def scaled(weights, *, factor=1.0):
    ...     return factor * weights
    >>> scaled(2.0, factr=3.0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    netframe.errors.UnknownNameError: scaled: no parameter or option 'factr'. Did you mean 'factor'? ...
    """

    @functools.wraps(function)
    def call(*args: _Given.args, **kwargs: _Given.kwargs) -> _Found:
        try:
            return function(*args, **kwargs)
        except TypeError:
            error = misfit(inspect.signature(function), function.__qualname__, args, kwargs)
            if error is None:  # it was raised inside
                raise
        raise error

    return call


#: The file that is being read, which warnings name.
_reading: ContextVar[str] = ContextVar("reading", default="")


@contextlib.contextmanager
def reading(path: str) -> Iterator[None]:
    """Warnings about what a file holds begin with its path."""
    token = _reading.set(path)
    try:
        yield
    finally:
        _reading.reset(token)


def warn(text: str, category: type[Warning]) -> None:
    """A warning at the line of the user, however many of netframe's functions are in between."""
    text = f"{path}: {text}" if (path := _reading.get()) else text
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OURS):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, category, stacklevel=level)


#: How the names of our files begin, and of the constructors that attrs writes for our classes.
_OURS = (str(Path(__file__).parent) + os.sep, "<attrs generated")


def misfit(
    signature: inspect.Signature, called: str, args: Sequence[Any], kwargs: Mapping[str, Any], elsewhere: str = ""
) -> NetframeError | None:
    """Why arguments do not fit a signature, or nothing when they do; ``elsewhere`` is where an unknown one belongs."""
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        known = [name for name, p in signature.parameters.items() if name != "self"]
        takes_all = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
        for name in kwargs:
            if name not in known and not takes_all:
                remedy = elsewhere or _of_integrator(name, known) or _by_path(name, known) or suggestion(name, known)
                text = f"no parameter or option '{name}'"
                return UnknownNameError(text, component=called, attribute=name, remedy=remedy)
        return ParameterError(str(error), component=called, remedy=taken(signature, called))
    return None


def no_number(cls: type, refuse: Callable[..., Any]) -> None:
    """Let ``refuse`` answer whoever computes with an object of a class that has no value."""
    for name in _OPERATORS.split():
        setattr(cls, f"__{name}__", refuse)


_OPERATORS = (
    "neg abs float array array_ufunc jax_array add radd sub rsub mul rmul truediv rtruediv pow rpow matmul rmatmul "
    "lt le gt ge"
)


def taken(signature: inspect.Signature, called: str) -> str:
    """How a function of a name is called, in a sentence."""
    given = [p for name, p in signature.parameters.items() if name != "self" and p.kind is not p.VAR_KEYWORD]
    first = [p.name for p in given if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    named = [p for p in given if p.kind is p.KEYWORD_ONLY]
    needed = [f"{p.name}=" for p in named if p.default is p.empty]
    others = [f"{p.name}=" for p in named if p.default is not p.empty]
    told = [f"{', '.join(first)} by position"] * bool(first)
    told += [f"{', '.join(needed)} by name"] * bool(needed)
    told += [f"optionally {', '.join(others)}"] * bool(others)
    left_out = {
        p.name: _SUCH_AS.get(f"{called}.{p.name}") or _SUCH_AS.get(p.name) for p in given if p.default is p.empty
    }
    such = [f"{name} is such as {value}" for name, value in left_out.items() if value]
    return ". ".join([f"It takes {'; '.join(told) or 'nothing'}", *such])


def _of_integrator(name: str, known: Sequence[str]) -> str:
    """Where an option of integrators belongs, in a function that is given one."""
    if "integrator" not in known or name not in _OF_INTEGRATORS:
        return ""
    return f"It belongs to an integrator: integrator=nf.{_OF_INTEGRATORS[name].format(name)}"


def _by_path(name: str, known: Sequence[str]) -> str:
    """How to write a parameter that was given by keyword to a method that takes all by path."""
    if known != ["values"]:
        return ""
    path = name.replace("_", ".", 1) if "_" in name else f"E.{name}"
    return f"Parameters are given by path, in a dictionary 'values': {{\"{path}\": ...}}"
