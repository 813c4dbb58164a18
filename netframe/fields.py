"""How a class declares itself: ``@component``, ``parameter()``, ``state()``.

@component
class Leaky(Population):
    tau: Param = parameter(0.05, unit="s", validator=positive, doc="membrane time constant")
    v = state(unit="mV", doc="membrane voltage")
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Hashable, Mapping
from typing import Any, NoReturn, TypeVar, dataclass_transform

import attrs

from netframe.calls import explained, misfit, no_number
from netframe.errors import DeclarationError, HookError, ImmutableError, ParameterError, brief, suggestion
from netframe.unit_names import check_unit
from netframe.units import in_unit
from netframe.validators import Validator, finite

Param = Any
"""A number, an array of the declared axes, or such arrays along leading batch axes."""

RESERVED = frozenset({"rate", "current", "drive", "signal", "pre", "post", "replace"})
_KEY = "netframe"
_Class = TypeVar("_Class", bound=type)


@attrs.frozen
class ParameterInfo:
    """What a class says of one parameter."""

    unit: str
    axes: tuple[str, ...]
    validator: Validator
    doc: str
    typical: tuple[float, float] | None = None


@attrs.frozen
class StateInfo:
    """What a class says of one state variable; ``E.v`` is this declaration, never a live voltage."""

    unit: str
    initial: float | str | Callable[[Any], Any]
    axes: tuple[str, ...]
    doc: str

    name: str = attrs.field(default="", init=False, eq=False)

    def __set_name__(self, owner: type, name: str) -> None:
        object.__setattr__(self, "name", name)

    def __repr__(self) -> str:
        return f"<state variable in {self.unit}: {self.doc or 'no description'}; its values are in the solution>"

    def _no_number(self, *others: Any, **options: Any) -> NoReturn:
        text = f"'{self.name}' is the declaration of a state and has no value"
        remedy = f"Write s.{self.name} in the methods of a class, and sol['E.{self.name}'] for what a run computed"
        raise HookError(text, attribute=self.name, remedy=remedy)


no_number(StateInfo, StateInfo._no_number)


@explained
def parameter(
    default: Any = attrs.NOTHING,
    *,
    unit: str,
    axes: tuple[str, ...] = (),
    validator: Validator = finite,
    doc: str = "",
    typical: tuple[float, float] | None = None,
) -> Any:
    """Declare a parameter of a component, always with an annotation: ``tau: Param = parameter(0.05, unit="s")``.

    ``axes`` names what it may vary along: nothing or ``("cell",)`` for nodes; ``"pre"``, ``"post"``,
    ``("post", "pre")`` or ``"edge"`` for projections. A value is a number, an array of these axes, or an array with
    batch axes before them. Arrays become read-only float64; quantities of pint are converted to ``unit``.

    ``unit`` is one of s, mV, nA, MOhm, Hz, uS, products of these such as ``"nA/(Hz mV)"``, or ``"1"``. One of another
    scale, ``"ms"``, is refused, since equations would be wrong by its factor; a :class:`UnitWarning` tells of a unit
    that nothing is known of.

    ``typical=(low, high)`` is the usual range of a time in s: numbers above it that would lie in it as milliseconds
    are warned of by a :class:`UnitWarning`.
    """
    if not isinstance(validator, Validator):
        remedy = "Write validator=nf.Validator('what it must be', lambda x: ...), or nf.positive and its like"
        raise DeclarationError(f"validator is {brief(validator)}", component="parameter", remedy=remedy)
    check_unit(unit, "parameter", default)
    info = ParameterInfo(unit, _axes("parameter", axes), validator, doc, typical)
    convert = attrs.Converter(_converted, takes_self=True, takes_field=True)
    return attrs.field(default=default, kw_only=True, converter=convert, metadata={_KEY: info})


def leading_parameter(*, kw_only: bool, unit: str, axes: tuple[str, ...], doc: str) -> Any:
    """The same for a parameter that may be given by position: ``leading_parameter(kw_only=False, unit="1", ...)``."""
    given = parameter(unit=unit, axes=axes, doc=doc)
    given.kw_only, given.metadata = kw_only, given.metadata | {"leading": not kw_only}
    return given


@explained
def state(
    *,
    unit: str,
    initial: float | str | Callable[[Any], Any] = 0.0,
    axes: tuple[str, ...] = (),
    doc: str = "",
) -> Any:
    """Declare a state variable of a component, never with an annotation: ``v = state(unit="mV")``.

    ``initial`` is a number, the name of a parameter, or a function of the component. ``axes`` is nothing for nodes;
    for projections ``("pre",)``, ``("edge",)``, ``("synapse",)`` or ``("post",)``.
    """
    check_unit(unit, "state", initial)
    return StateInfo(unit, initial, _axes("state", axes), doc)


def _axes(declares: str, axes: Any) -> tuple[str, ...]:
    """The names of axes; one name by itself would be taken apart into letters."""
    if isinstance(axes, str):
        raise DeclarationError(f"axes is {axes!r}", component=declares, remedy=f"Write axes=({axes!r},)")
    return tuple(axes)


def leading(*, kw_only: bool, default: Any = attrs.NOTHING) -> Any:
    """A structural field that may be given by position, as the name of a node: ``leading(kw_only=False)``."""
    return attrs.field(default=default, metadata={"leading": not kw_only})


def fields(cls: type) -> tuple[attrs.Attribute, ...]:
    """Every field of a declared class, parameters and structure."""
    return attrs.fields(cls)


@dataclass_transform(
    frozen_default=True,
    eq_default=False,
    kw_only_default=True,
    field_specifiers=(attrs.field, leading, leading_parameter),
)
def component(cls: _Class) -> _Class:
    """Make a class a component: an immutable attrs class compared by identity, its declarations checked.

    Fields are keyword-only unless declared with ``kw_only=False``. Errors: :class:`DeclarationError` for an annotated
    ``state()``, an un-annotated ``parameter()``, a name used twice or reserved.
    """
    inherited = [name for base in cls.__mro__[1:] if attrs.has(base) for name in parameters(base)]
    for name in inherited:
        given = vars(cls).get(name, attrs.NOTHING)
        if given is not attrs.NOTHING and not isinstance(given, (type(parameter(unit="1")), StateInfo)):
            text = f"'{name} = {given!r}' replaces a parameter by a plain value, without unit and checks"
            remedy = f"Declare it anew: '{name}: Param = parameter({given!r}, unit=..., ...)'"
            raise DeclarationError(text, component=cls.__name__, remedy=remedy)
    try:
        made = attrs.frozen(eq=False, repr=False, slots=False, auto_attribs=True, field_transformer=_keyword_only)(cls)
    except attrs.exceptions.UnannotatedAttributeError as error:
        names = str(error).rpartition(": ")[2].rstrip(".").split(", ")
        text = f"parameter {', '.join(map(repr, names))} lacks its annotation"
        remedy = f"Write '{names[0]}: Param = parameter(...)'"
        raise DeclarationError(text, component=cls.__name__, remedy=remedy) from None
    _check_declarations(made)
    made.__setattr__ = _immutable  # type: ignore[assignment]
    made.__init__ = _explaining(made.__init__, made)  # type: ignore[misc]
    made.__doc__ = _documented(made)
    return made


def parameters(cls: type) -> dict[str, ParameterInfo]:
    """The parameters a class declares, base classes first."""
    return dict(_parameters(cls))


@functools.cache
def _parameters(cls: Hashable) -> dict[str, ParameterInfo]:
    assert isinstance(cls, type)
    return {field.name: field.metadata[_KEY] for field in fields(cls) if _KEY in field.metadata}


def states(cls: type) -> dict[str, StateInfo]:
    """The state variables a class declares, base classes first."""
    return dict(_states(cls))


@functools.cache
def _states(cls: Hashable) -> dict[str, StateInfo]:
    assert isinstance(cls, type)
    declared: dict[str, StateInfo] = {}
    for klass in reversed(cls.__mro__):
        for name, value in vars(klass).items():
            if isinstance(value, StateInfo):
                declared[name] = value
            else:
                declared.pop(name, None)
    return declared


def _converted(value: Any, instance: Any, field: attrs.Attribute) -> Any:
    """A parameter's value as it is kept: float, read-only float64 array, canonical CSR, or foreign array."""
    try:
        return instance.converted(field.name, in_unit(value, field.metadata[_KEY].unit))
    except TypeError as error:
        label = {"component": type(instance).__name__, "path": getattr(instance, "name", "")}
        raise ParameterError(f"{field.name} {error}", attribute=field.name, **label) from None


def _keyword_only(cls: type, declared: list[attrs.Attribute]) -> list[attrs.Attribute]:
    """Everything is keyword-only but the fields that lead a constructor by declaration."""
    return [field if field.metadata.get("leading") else field.evolve(kw_only=True) for field in declared]


def _check_declarations(cls: type) -> None:
    names = {field.name for field in fields(cls)}
    for field in fields(cls):
        if isinstance(field.default, StateInfo):
            remedy = f"Write '{field.name} = state(...)' without an annotation"
            raise DeclarationError(f"state '{field.name}' is annotated", component=cls.__name__, remedy=remedy)
    for name in states(cls):
        if name in names:
            raise DeclarationError(f"'{name}' is both a parameter and a state", component=cls.__name__)
        if name in RESERVED:
            text = f"a state may not be called '{name}': solutions and hooks use that name"
            raise DeclarationError(text, component=cls.__name__, remedy="Choose the symbol of its equation")
    for name in [*states(cls), *parameters(cls)]:
        hidden = next((base.__name__ for base in cls.__mro__[1:] if _is_method(vars(base).get(name))), "")
        if hidden:
            text = f"'{name}' would hide the method of that name of {hidden}"
            raise DeclarationError(text, component=cls.__name__, remedy="Choose the symbol of its equation")
    for name, info in states(cls).items():
        if isinstance(info.initial, str) and info.initial not in names and not hasattr(cls, info.initial):
            text = f"state '{name}' starts at '{info.initial}', which is no parameter"
            raise DeclarationError(text, component=cls.__name__, remedy=suggestion(info.initial, parameters(cls)))
    _check_hooks(cls)
    _check_axes(cls, "state", states(cls))
    _check_axes(cls, "parameter", parameters(cls))


def _check_axes(cls: type, what: str, infos: Mapping[str, ParameterInfo | StateInfo]) -> None:
    """Refuse an axis that the family of the class, such as projections, does not have."""
    allowed = getattr(cls, f"{what}_axes", None)
    for name, info in infos.items():
        if allowed is not None and info.axes not in allowed:
            known = ", ".join(repr(axes) for axes in allowed)
            text = f"{what} '{name}' has axes={info.axes!r}; {known} are possible"
            raise DeclarationError(text, component=cls.__name__)


def _check_hooks(cls: type) -> None:
    """Refuse a method that cannot be called as the one of netframe that it stands in for."""
    for name, own in vars(cls).items():
        bases = (vars(b)[name] for b in cls.__mro__[1:] if name in vars(b))
        base = next((b for b in bases if getattr(b, "__module__", "").startswith("netframe.")), None)
        if name.startswith("_") or not (inspect.isfunction(own) and inspect.isfunction(base)):
            continue
        if _arguments(own) == _arguments(base):
            continue
        given = inspect.signature(base).parameters.values()
        wanted = [p.name for p in given if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
        if misfit(inspect.signature(own), name, wanted, {}):
            text = f"{name}{inspect.signature(own)} cannot be called as {name}({', '.join(wanted)})"
            remedy = f"Write def {name}({', '.join(wanted)})"
            raise DeclarationError(text, component=cls.__name__, attribute=name, remedy=remedy)


def _arguments(function: Any) -> tuple[str, ...]:
    return function.__code__.co_varnames[: function.__code__.co_argcount]


def _is_method(value: Any) -> bool:
    return callable(value) or isinstance(value, (property, functools.cached_property))


def _immutable(self: Any, name: str, value: Any) -> None:
    """What every declared class does when somebody assigns to it."""
    owner = {"component": type(self).__name__, "path": self.__dict__.get("name", "")}
    place = f"{owner['path'] or 'path'}.{name}"
    remedy = f"Make a changed one: .replace({name}=...), or network.with_parameters({{'{place}': ...}})"
    raise ImmutableError(
        f"'{name}' cannot be assigned, the object is immutable", attribute=name, remedy=remedy, **owner
    )


def _explaining(init: Callable, cls: type) -> Callable:
    """The constructor, with its ``TypeError`` for unknown or missing arguments turned into a sentence."""
    signature = inspect.signature(init)

    @functools.wraps(init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        unknown = next((name for name in kwargs if name not in signature.parameters), "")
        error = misfit(
            signature, cls.__name__, (self, *args), kwargs, _part_with(cls, unknown, kwargs) if unknown else ""
        )
        if error is not None:
            if type(self) is not cls and "__attrs_attrs__" not in vars(type(self)):
                name, remedy = type(self).__name__, "Add @component above it"
                raise DeclarationError("the class is not decorated", component=name, remedy=remedy)
            raise error
        init(self, *args, **kwargs)

    return __init__


def _part_with(cls: type, name: str, given: Mapping[str, Any]) -> str:
    """Where a parameter of a part, such as the activation of a population, is given, or an empty string."""
    if isinstance(getattr(cls, name, None), property):
        numbers = [key for key in parameters(cls) if isinstance(given.get(key), (int, float))]
        full = f"{numbers[0]}=np.full({given[name]!r}, {given[numbers[0]]!r})" if name == "size" and numbers else ""
        return f"The {name} follows from what is given, leave it out{': ' * bool(full)}{full}"
    for field in fields(cls):
        kind = type(field.default)
        if attrs.has(kind) and name in parameters(kind):
            return f"It belongs to {field.name}: {field.name}={kind.__name__}({name}=...)"
    return ""


def _documented(cls: type) -> str:
    """The class docstring with the table of its parameters and states, so that ``help`` shows both."""
    text = inspect.cleandoc(cls.__dict__.get("__doc__") or f"A {cls.__name__}.")
    rows = []
    for field in fields(cls):
        info = field.metadata.get(_KEY)
        if info is not None:
            default = "required" if field.default is attrs.NOTHING else f"{field.default!s}"
            rows.append(f"    {field.name} : {default} [{info.unit}]\n        {info.doc}")
    for name, info in states(cls).items():
        start = info.initial if not callable(info.initial) else "computed"
        rows.append(f"    {name} : state, starts at {start} [{info.unit}]\n        {info.doc}")
    return text + ("\n\nParameters and states\n\n" + "\n".join(rows) if rows else "")
