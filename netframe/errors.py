"""Every exception netframe raises on purpose.

Each is a :class:`NetframeError` and the built-in exception it resembles, and its one sentence names the class, the
path, what was given, what is allowed, and what to do about it.
"""

from __future__ import annotations

import difflib
import re
import types
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


class MissingAttribute(UnknownNameError, AttributeError):
    """An attribute that is not there; what is meant, or how it is written, is named."""


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


#: What other libraries, and people, call things, and what they are called here.
_CALLED_HERE = {
    "size": "n n_cells n_neurons n_units num_cells num_neurons num_units number neurons cells count",
    "weights": "w",
    "pre": "source",
    "post": "target destination",
    "e_rev": "v_reverse reversal",
    "v_rest": "e_l v0 rest",
    "r_in": "r resistance",
    "rng": "seed random_state generator",
    "seed": "rng random_state generator",
    "probability": "p prob",
    "degree": "k n_in",
    "mean": "mu loc",
    "sd": "sigma std scale",
    "save_at": "t_eval ts saveat times",
    "duration": "t_span t_end t1 t_stop tstop",
    "record": "probes monitors variables",
    "y0": "initial initial_state initial_conditions",
    "progress": "report verbose callback",
    "integrator": "method solver",
    "method": "solver kind",
    "dt": "h step step_size timestep",
    "amplitude": "amp height",
    "onset": "start t_on",
    "offset": "stop end t_off",
    "times": "t time dt",
    "initial": "default value start",
    "components": "populations nodes layers",
    "batch": "pattern patterns member members trial trials condition conditions stimulus",
    "LeakyRate": "leakyintegrator leaky_integrator leakyunit leakyneuron rateneuron",
    "Dopri5": "rk45 ode45 dopri",
    "BS3": "rk23 ode23",
    "RK45": "dopri5 ode45 dopri",
    "RK23": "bs3 ode23",
    "LSODA": "odeint auto",
    "rk4": "rk45 runge_kutta",
}


def suggestion(name: Any, known: Iterable[str], *, all_known: bool = True) -> str:
    """The sentence that follows an unknown name: the closest matches, and the known names, the nearest 12 of many.

    A path also matches by its end, ``'v'`` is close to ``'E.v'``, and names from elsewhere match what they are here.
    Where no name was given the first 12 are told.

    >>> suggestion("tua", ["tau", "v_rest"])
    "Did you mean 'tau'? Known: 'tau', 'v_rest'"
    """
    names, given = list(known), ".".join(map(str, name)) if isinstance(name, tuple) else str(name)
    low = given.lower()
    alike = [known for known in names if low in (known.lower(), known.lower().rpartition(".")[2])]
    alike += [known for known in names if known.startswith(f"{given}.")]
    here = [known for known in names if low in _CALLED_HERE.get(known, "").split()]
    alike = [*alike, *here, *([] if here else difflib.get_close_matches(given, names, n=3))]
    close = list(dict.fromkeys(alike))[:3]
    meant = f"Did you mean {_listed(close, ' or ')}? " if close else ""
    if not names:
        return f"{meant}There are none"
    if not all_known:
        return meant.rstrip()
    if len(names) <= 12:
        return f"{meant}Known: {_listed(names, ', ')}"
    others = difflib.get_close_matches(given, names, n=12, cutoff=0.0) if given else names
    nearest = [*close, *(n for n in others if n not in close)][:12]
    return f"{meant}Known: {_listed(nearest, ', ')}, and {len(names) - 12} more"


def brief(value: Any, longest: int = 60) -> str:
    """Anything as a message calls it: ``LeakyRate 'E'``, an array by its shape, or the first line of its repr.

    >>> brief([1, 2]), brief(dict), brief(max)
    ('[1, 2]', 'the class dict and no object of it', 'the function max')
    """
    if isinstance(value, type):
        return f"the class {value.__name__} and no object of it"
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
        return f"the function {value.__name__}"
    if isinstance(value, types.ModuleType):
        return f"the module {value.__name__}"
    if isinstance(value, (list, tuple)):
        text = f"[{', '.join(brief(part, longest) for part in value[:20])}]"
        text = text if isinstance(value, list) else f"({text[1:-1]}{',' * (len(value) == 1)})"
    elif isinstance(value, dict) and value:
        text = f"{{{', '.join(f'{key!r}: {brief(part, longest)}' for key, part in list(value.items())[:20])}}}"
    elif (label := getattr(value, "label", None)) and hasattr(type(value), "__attrs_attrs__"):
        text = str(label)
    elif (size := getattr(value, "size", 0)) and getattr(value, "shape", ()) and size > 6:
        text = f"an array of shape {tuple(value.shape)}"
    else:
        text = re.sub(r" at 0x[0-9A-Fa-f]+", "", repr(value).partition("\n")[0])
    if len(text) <= longest:
        return text
    closed = text[-1] if text[0] in "[({" and text[-1] in "])}" else ""
    return f"{text[: longest - 3 - len(closed)]}...{closed}"


def joined(problems: Sequence[str]) -> str:
    """Several findings as one message."""
    if len(problems) == 1:
        return problems[0]
    return f"{len(problems)} problems:" + "".join(f"\n  - {problem}" for problem in problems)


def _listed(names: Sequence[str], separator: str) -> str:
    return separator.join(repr(name) for name in names)
