"""What hooks are handed: named arrays, lined up with the axis the hook works on, looked up on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from netframe.calls import no_number
from netframe.errors import HookError, suggestion

_new = object.__new__


class Values:
    """Named arrays: ``s.v``, ``inputs.current``. Treat them as read-only; ``replace`` gives changed copies.

    >>> inputs = Values(current=2.0)
    >>> inputs.replace(current=inputs.current - 0.5).current
    1.5
    """

    def __init__(self, **arrays: Any) -> None:
        self.__dict__ = arrays

    @classmethod
    def of(cls, arrays: dict[str, Any]) -> Any:
        """The values in a dictionary that nobody else changes."""
        values = _new(cls)
        values.__dict__ = arrays
        return values

    def replace(self, **changes: Any) -> Any:
        """The same values with some of them changed; further names may be added."""
        return type(self).of(self.__dict__ | changes)

    def __getattr__(self, name: str) -> Any:
        raise _missing(name, self)

    def __iter__(self) -> Iterator[str]:
        return iter(_public(self.__dict__))

    def __len__(self) -> int:
        return len(_public(self.__dict__))

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    def __repr__(self) -> str:
        shapes = (f"{name}{list(getattr(array, 'shape', ()))}" for name, array in _public(self.__dict__).items())
        return f"{type(self).__name__}({', '.join(shapes)})"


def _no_number(values: Values, *others: Any, **options: Any) -> NoReturn:
    names = list(_public(values.__dict__))
    text = f"{type(values).__name__} hold arrays by name and are none themselves"
    remedy = f"Write .{names[0]}; known: {', '.join(map(repr, names))}" if names else ""
    raise HookError(text, remedy=remedy)


no_number(Values, _no_number)


class NodeValues(Values):
    """The states of a node and its ``rate``, which is computed when somebody asks for it, and once."""

    def __init__(self, rate: Callable[[Any, Any], Any], t: Any, states: Mapping[str, Any]) -> None:
        self.__dict__ = {"_rate": rate, "_t": t, **states}

    def __getattr__(self, name: str) -> Any:
        if name == "rate":
            rate = self.__dict__["rate"] = self._rate(self._t, self)
            return rate
        raise _missing(name, self, ["rate"])

    def replace(self, **changes: Any) -> Any:
        return NodeValues(
            self._rate, self._t, {k: x for k, x in _public(self.__dict__).items() if k != "rate"} | changes
        )


class EdgeInputs(Values):
    """What reaches a hook of a projection: ``drive`` and the nodes at both ends; ``_drive`` computes it on demand."""

    def __getattr__(self, name: str) -> Any:
        if name == "drive":
            drive = self.__dict__["drive"] = self.__dict__["_drive"]()
            return drive
        if name == "pre":
            raise OutOfReach(LUMPED, attribute="pre", remedy=REMEDY)
        raise _missing(name, self, ["drive"])


#: How values of each name, or of every other name under ``None``, are lined up, or why they are out of reach.
LineUps = dict[str | None, Callable[[Any], Any] | str]


class LinedUp(Values):
    """The values of a source, each lined up with another axis when it is asked for.

    ``how`` maps a name to the function that lines its array up, or to a text that says why it is out of reach.
    """

    def __init__(self, source: Values, how: LineUps) -> None:
        self.__dict__ = {"_source": source, "_how": how}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        how = self._how.get(name) or self._how.get(None)
        if how is None:
            raise _missing(name, self, [known for known in self._how if known])
        if isinstance(how, str):
            raise OutOfReach(how, attribute=name)
        value = self.__dict__[name] = how(getattr(self._source, name))
        return value


LUMPED = (
    "nothing presynaptic is in reach of the edge axis of a lumped projection, which keeps one number per postsynaptic "
    "cell: weights and presynaptic values are summed already in inputs.drive"
)
REMEDY = "Use it in signal() or pre_derivatives(), or build the projection with resolution='synapse'"


def out_of_reach(what: str, axes: tuple[str, ...], of_hook: str) -> str:
    """Why a state or parameter on ``axes`` is not there for a hook, and what to do."""
    told = f"{what} varies along {' x '.join(axes)} and is out of reach of this hook"
    if of_hook == "lumped":
        return f"{told}: {LUMPED}. {REMEDY}"
    return f"{told}, whose arrays have one number per {of_hook} entry. Use there only what varies along that axis"


class OutOfReach(HookError, AttributeError):
    """A hook asked for something its axis does not have."""


def _missing(name: str, values: Values, more: list[str] | None = None) -> AttributeError:
    if name.startswith("__"):
        return AttributeError(name)
    known = dict.fromkeys([*_public(values.__dict__), *(more or [])])
    return OutOfReach(f"a hook asked for '{name}', which is not there", attribute=name, remedy=suggestion(name, known))


def _public(arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {name: array for name, array in arrays.items() if not name.startswith("_")}
