"""Projection: the abstract synapse model."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, ClassVar, Self

import attrs
import numpy as np

from netframe.arrays import is_concrete, is_foreign, is_sparse
from netframe.calls import warn
from netframe.component import Component, Node, wrong_shape
from netframe.connectivity import Structure, accepted, connectivity, stored_synapses
from netframe.connectivity.trial import misbehaviour, of_a_user
from netframe.errors import DeclarationError, brief, joined, suggestion
from netframe.fields import Param, ParameterInfo, StateInfo, component, leading, parameter, parameters
from netframe.validators import finite, rejected
from netframe.values import OutOfReach, Values

#: The hook that gives the derivatives of the states of each axis.
DERIVATIVE_HOOKS = {
    "pre": "pre_derivatives",
    "edge": "derivatives",
    "synapse": "synapse_derivatives",
    "post": "post_derivatives",
}
RESOLUTIONS = ("lumped", "synapse")
#: Whether a projection is made from another one, whose maker was told what there is to tell.
_rebuilding: ContextVar[bool] = ContextVar("rebuilding", default=False)


@component
class Projection(Component):
    """All synapses from the cells of ``pre`` onto the cells of ``post``, wired by ``weights`` of shape (post, pre).

    A subclass declares parameters and states, each on one axis, and writes one hook per axis. Inside a hook every
    array is lined up with that axis, so equations are elementwise and cannot mix cells; the weights do the mixing.

    =============  ====================================  =============================  =========================
    axis           one number per                        its hook                       in reach
    =============  ====================================  =============================  =========================
    ``"pre"``      presynaptic cell                      ``pre_derivatives``            ``pre``
    ``"edge"``     synapse; postsynaptic cell if lumped  ``derivatives``, ``current``   ``inputs.drive``, ``.post``
    ``"synapse"``  synapse, always                       ``synapse_derivatives``        ``inputs.pre``, ``.post``
    ``"post"``     postsynaptic cell                     ``post_derivatives``           ``post``
    =============  ====================================  =============================  =========================

    ``resolution="lumped"`` keeps one number per postsynaptic cell: ``inputs.drive`` is ``weights @ signal``, shape
    ``(..., n_post)``. ``"synapse"`` keeps one per synapse: ``inputs.drive`` is ``weights * signal``, shape
    ``(..., n_post, n_pre)``, or ``(..., n_stored)`` for sparse weights, with ``inputs.post.v`` and ``inputs.pre.rate``
    lined up with it. A class promises with ``lumpable = True`` that summing its equation over the presynaptic cells
    gives the lumped one exactly; lumped is then the default.

    In the hooks of the edge axis ``self.weights`` is the weight of that entry: of the synapse, or lumped the sum over
    presynaptic cells, so that ``inputs.drive - self.weights * inputs.post.v`` is the sum of weighted differences.

    Weights that learn are a state on the synapse axis, ``w = state(unit="1", initial="weights", axes=("synapse",))``,
    with ``efficacy(t, s)`` returning ``s.w`` and ``synapse_derivatives`` its equation.

    A class with a parameter ``e_rev``, a reversal potential, has conductances for weights: inhibition is ``e_rev``
    below rest and positive weights. Negative ones, which would drive the voltage away from it, are warned of.

    ``weights`` are an array, a ``scipy.sparse`` matrix or array, a number for all-to-all, a :class:`Structure`, or
    whatever has ``matvec``; batch axes lead. ``port`` is the sum of the target that the current adds to.

    Example: a synapse without kinetics.
        >>> import numpy as np, netframe as nf
        >>> @nf.component
        ... class Delta(nf.Projection):
        ...     g: nf.Param = nf.parameter(unit="nA/Hz", axes=("post",), doc="current per weight and rate")
        ...     lumpable = True
        ...     def current(self, t, s, inputs):
        ...         return self.g * inputs.drive
        >>> ffe, e = nf.ConstantInput("FFE", rates=np.full(3, 10.0)), nf.LeakyRate("E", size=2)
        >>> net = nf.Network("n", [ffe, e, Delta(ffe, e, weights=np.ones((2, 3)), g=1e-3)])
        >>> net.rhs(0.0, net.initial_state())               # r_in * g * 3 * 10 / tau
        array([60., 60.])
    """

    #: Whether the sum over presynaptic cells obeys the same equation; checked on random states by ``check_component``.
    lumpable: ClassVar[bool] = False
    #: The axes that a state and a parameter may declare.
    state_axes: ClassVar[tuple[tuple[str, ...], ...]] = tuple((axis,) for axis in DERIVATIVE_HOOKS)
    parameter_axes: ClassVar[tuple[tuple[str, ...], ...]] = ((), ("pre",), ("post",), ("post", "pre"), ("edge",))
    #: The unit of what ``signal`` sends, where that is not the presynaptic rate.
    signal_unit: ClassVar[str | None] = None
    #: States that the hooks read at either end, so that an end without one is refused when the projection is made.
    #: They hold for a class whose hooks they were written with or below, not for a subclass with hooks of its own.
    pre_states: ClassVar[tuple[str, ...]] = ()
    post_states: ClassVar[tuple[str, ...]] = ()

    pre: Node = leading(kw_only=False)
    post: Node = leading(kw_only=False)
    name: str = attrs.field(default=attrs.Factory(lambda self: _default_name(self), takes_self=True))
    weights: Param = parameter(unit="1", axes=("post", "pre"), doc="synaptic weights, rows post, columns pre")
    resolution: str = attrs.field(default=attrs.Factory(lambda self: RESOLUTIONS[not self.lumpable], takes_self=True))
    port: str = "current"

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if "e_rev" in parameters(type(self)) and not _rebuilding.get():
            self._warn_of_negative_conductances()

    def replace(self, **changes: Any) -> Self:
        """The same projection with some fields changed, checked anew; weights that a fit tries are not warned of."""
        token = _rebuilding.set(True)
        try:
            return super().replace(**changes)
        finally:
            _rebuilding.reset(token)

    def _warn_of_negative_conductances(self) -> None:
        """A driving force times a negative conductance pushes away from the reversal potential, without an end."""
        numbers = self.weights.data if is_sparse(self.weights) else self.weights
        if isinstance(numbers, Structure) or is_foreign(numbers) or not np.size(numbers):
            return
        if (least := float(np.min(numbers))) < 0.0:
            text = f"{self.label}: weights go down to {least:g}, and they are conductances, which push the voltage away"
            text = f"{text} from e_rev where they are negative. Inhibition has positive weights and e_rev below rest"
            warn(f"{text}, such as e_rev=-80", UserWarning)

    def problems(self) -> Iterator[str]:
        for end in ("pre", "post"):
            if not isinstance(getattr(self, end), Node):
                given = getattr(self, end)
                text = f"{end} is {brief(given)}; it must be a population or an input"
                yield f"{text}, the object itself, such as network[{given!r}]" if isinstance(given, str) else text
                return
        yield from super().problems()
        if self.resolution not in RESOLUTIONS:
            yield f"resolution is {self.resolution!r}. {suggestion(self.resolution, RESOLUTIONS)}"
        if self.port not in self.post.ports:
            target = f"{self.post.label} has no port {self.port!r} to project to"
            swapped = (
                "There are none, inputs receive nothing. Did you swap pre and post? They come in the order pre, post"
            )
            yield f"{target}. {suggestion(self.port, self.post.ports) if self.post.ports else swapped}"
        yield from self._missing_states()
        if isinstance(self.weights, Structure):
            yield from self._structure_problems(self.weights)
        mistakes = [*self._hook_mistakes()]
        if mistakes:
            raise DeclarationError(joined(mistakes), component=type(self).__name__)

    def _hook_mistakes(self) -> Iterator[str]:
        """States without the hook of their axis, and hooks that are never called."""
        cls, own = type(self), self.state_variables()
        fixed = cls.state_variables is Component.state_variables
        for axis, hook in DERIVATIVE_HOOKS.items():
            names = [name for name, info in own.items() if self.axes_of(info) == (axis,)]
            written = getattr(cls, hook) is not getattr(Projection, hook)
            if names and not written:
                yield f"states {names} on axis '{axis}' need the method {hook}"
            if written and fixed and not names:
                yield f"{hook} is never called, as there is no state on axis '{axis}'"

    def _missing_states(self) -> Iterator[str]:
        """States that hooks read, as the class says, and an end does not have."""
        cls = type(self)
        hooks = ("signal", "current", *DERIVATIVE_HOOKS.values())
        for end in ("post", "pre"):
            node, said = getattr(self, end), age(cls, f"{end}_states")
            if any(age(cls, hook) < said for hook in hooks) or (end == "post" and not node.ports):
                continue
            known = node.state_variables()
            for name in getattr(self, f"{end}_states"):
                if name not in known and not (end == "pre" and node is self.post and name in self.post_states):
                    text = f"{node.label} has no state {name!r}, which {cls.__name__} reads"
                    yield f"{text}. {suggestion(name, known)}" if known else text

    def _structure_problems(self, weights: Structure) -> Iterator[str]:
        called, placed = f"weights ({type(weights).__name__})", weights.sized(self.post.size, self.pre.size)
        sizes = {"post": self.post.size, "pre": self.pre.size}
        whole = isinstance(placed.shape, tuple)
        found = [*wrong_shape(called, placed, ("post", "pre"), sizes, stretches=False)] if whole else []
        if not found and of_a_user(placed):
            found = [f"{called}: {what}" for what in misbehaviour(placed)]
        yield from found
        if found:
            return
        if weights.explicit:
            validator = parameters(type(self))["weights"].validator
            phrase = "" if validator is finite else rejected(placed.layout().weights, validator)
            if phrase:
                yield f"{called} {phrase}"
            return
        unknown = f"{called} do not tell their synapses one by one"
        if self.resolution == "synapse":
            yield f"{unknown}; resolution must be 'lumped'"
        learning = any(self.axes_of(info) == ("synapse",) for info in self.state_variables().values())
        if learning or type(self).efficacy is not Projection.efficacy:
            yield f"{unknown}, and this class has weights that change; an array or a sparse matrix is needed"

    def converted(self, name: str, value: Any) -> Any:
        return accepted(value, self.name) if name == "weights" else super().converted(name, value)

    def axis_sizes(self) -> dict[str, int]:
        if not (isinstance(self.pre, Node) and isinstance(self.post, Node)):
            return {}
        stored = stored_synapses(self.weights)
        return {"pre": self.pre.size, "post": self.post.size} | ({} if stored is None else {"stored synapse": stored})

    def axes_of(self, info: ParameterInfo | StateInfo) -> tuple[str, ...]:
        """The axes of a parameter or state; a parameter of the edge varies along what the resolution makes of it."""
        if not isinstance(info, ParameterInfo) or info.axes != ("edge",):
            return super().axes_of(info)
        if self.resolution == "lumped":
            return ("post",)
        return ("post", "pre") if stored_synapses(self.weights) is None else ("stored synapse",)

    def __getattr__(self, name: str) -> Any:
        made = self.__dict__.get("_made_later", {})
        if name in made:
            value = made[name]()
            if is_concrete(value):  # a traced one is good in the loop that asked for it alone
                self.__dict__[name] = value
            return value
        why = self.__dict__.get("_why", {})
        if name in why:
            raise OutOfReach(why[name], component=type(self).__name__, path=self.name, attribute=name)
        return super().__getattr__(name)  # type: ignore[misc]  # hidden from type checkers

    def synapses(self) -> tuple[np.ndarray, np.ndarray]:
        """The postsynaptic and the presynaptic cell of every synapse, in the order of states on the synapses.

        For sparse weights, ``w[post, pre] = sol["X_to_Y.w"][-1]`` with ``post, pre = net["X_to_Y"].synapses()`` puts
        learned weights back into a matrix ``w`` of zeros; for others flatten the last two axes of the state first.
        """
        return connectivity(self.weights, self.post.size, self.pre.size).indices()

    # What a subclass may write. Each hook has the arrays of its own axis only.

    def signal(self, t: Any, s: Values, pre: Values) -> Any:
        """What each presynaptic cell sends, shape ``(..., n_pre)``: its firing rate unless overridden."""
        return pre.rate

    def efficacy(self, t: Any, s: Values) -> Any:
        """The weights in force, one per synapse: ``self.weights`` unless they are a state."""
        return self.weights

    @abstractmethod
    def current(self, t: Any, s: Values, inputs: Values) -> Any:
        """What reaches the target's port, on the edge axis; the framework sums over presynaptic cells."""

    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        """Time derivatives, per second, of the states on the edge axis."""
        return {}

    def pre_derivatives(self, t: Any, s: Values, pre: Values) -> dict[str, Any]:
        """Time derivatives, per second, of the states on the presynaptic axis, shape ``(..., n_pre)``."""
        return {}

    def synapse_derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        """Time derivatives, per second, of the states with one number per synapse whatever the resolution."""
        return {}

    def post_derivatives(self, t: Any, s: Values, post: Values) -> dict[str, Any]:
        """Time derivatives, per second, of the states on the postsynaptic axis, shape ``(..., n_post)``."""
        return {}


def age(cls: type, name: str) -> int:
    """How many classes above ``cls`` the one stands that last wrote an attribute."""
    return next(k for k, c in enumerate(cls.__mro__) if name in vars(c))


def _default_name(projection: Projection) -> str:
    return f"{getattr(projection.pre, 'name', '?')}_to_{getattr(projection.post, 'name', '?')}"
