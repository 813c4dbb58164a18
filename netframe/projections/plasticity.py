"""PlasticSynapse: what every learning rule shares."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np

from netframe.arrays import array_namespace, is_concrete
from netframe.connectivity import Connectivity, connectivity
from netframe.errors import suggestion
from netframe.fields import Param, component, parameter, state
from netframe.projections.projection import Projection
from netframe.validators import Validator, not_nan, positive
from netframe.values import Values

BOUNDS = ("hard", "soft")
_SWITCH = Validator("0 or 1", lambda x: np.isin(x, (0.0, 1.0)))
_SIGN = Validator("-1, 0 or 1", lambda x: np.isin(x, (-1.0, 0.0, 1.0)))


@component
class PlasticSynapse(Projection):
    """Weights that learn by a rule, and send a current proportional to the presynaptic rate at the same moment.

        dw/dt   = learning_rate * plastic * change      within w_min and w_max
        current = g * (w @ rate_pre)

    A subclass writes ``change(t, s, inputs)``, elementwise, one number per synapse; ``weights`` are where ``w`` starts.
    With a ``learning_rate`` of 0 the synapse is :class:`InstantSynapse`; synapses whose ``plastic`` is 0 keep their
    weights to the last bit. Pairs without an entry in sparse weights have no synapse and learn nothing.

    ``bounds="hard"`` stops a weight over the last ``margin`` before a bound: change towards the bound is multiplied by
    ``clip(distance / margin, -1, 1)``, where the distance past it is negative; other change is left alone. A sudden
    stop would be a jump that implicit methods cannot solve across. ``bounds="soft"`` slows a weight down all the way:
    growth is multiplied by ``(w_max - w) / (w_max - w_min)``, decline by ``(w - w_min) / (w_max - w_min)``. A bound is
    passed by about the tolerance of the solver, by a part of ``margin`` where single steps are as long as that.
    Methods of fixed step know no tolerance: keep ``dt * |dw/dt|`` well below ``margin``, or the bound is overrun.

    ``sign`` is Dale's principle, by presynaptic cell: weights from cells of sign 1 stay zero or more, from cells of
    sign -1 zero or less, whatever ``w_min`` and ``w_max`` allow beyond that; 0 leaves both open.

    ``learning_rate`` may be negative, as in anti-Hebbian learning, and have one value per postsynaptic cell; batch axes
    lead, ``rates[:, None]`` for networks that learn at rates of their own. ``w`` has shape ``(..., n_post, n_pre)``, or
    ``(..., n_stored)`` for sparse weights; ``synapses()`` says which cells each is between.

    Errors: :class:`ParameterError` for weights outside their bounds or of the wrong sign, soft bounds that are infinite
    or leave no room, and hard ones that are closer together than ``margin``.

    Source: soft bounds as in Gütig, Aharonov, Rotter & Sompolinsky (2003), J Neurosci 23:3697, with mu = 1.

    Example: a threshold between growth and decline.
        >>> import numpy as np, netframe as nf
        >>> @nf.component
        ... class Covariance(nf.PlasticSynapse):
        ...     middle: nf.Param = nf.parameter(5.0, unit="Hz", axes=("post",), doc="rate without change")
        ...     def change(self, t, s, inputs):
        ...         return inputs.pre.rate * (inputs.post.rate - self.middle)
        >>> ffe, e = nf.ConstantInput("FFE", rates=np.full(3, 10.0)), nf.LeakyRate("E", size=2)
        >>> learning = Covariance(ffe, e, weights=0.5, g=1e-3, learning_rate=1e-3, w_min=0.0)
        >>> net = nf.Network("n", [ffe, e, learning])
        >>> net.registry.unpack(net.rhs(0.0, net.initial_state()))["FFE_to_E"].w    # the cells are silent
        array([[-0.05, -0.05, -0.05],
               [-0.05, -0.05, -0.05]])
    """

    bounds: str = "hard"
    g: Param = parameter(unit="nA/Hz", axes=("post",), doc="current per weight and presynaptic rate")
    learning_rate: Param = parameter(unit="1/(s Hz^2)", axes=("post",), doc="speed of learning, 0 for fixed weights")
    w_min: Param = parameter(-np.inf, unit="1", axes=("post", "pre"), validator=not_nan, doc="smallest weight")
    w_max: Param = parameter(np.inf, unit="1", axes=("post", "pre"), validator=not_nan, doc="largest weight")
    margin: Param = parameter(
        1e-3, unit="1", axes=("post",), validator=positive, doc="distance over which hard bounds stop a weight"
    )
    sign: Param = parameter(
        0.0, unit="1", axes=("pre",), validator=_SIGN, doc="sign of the weights of a cell, 0 for any"
    )
    plastic: Param = parameter(1.0, unit="1", axes=("post", "pre"), validator=_SWITCH, doc="1 for synapses that learn")
    w = state(unit="1", initial="weights", axes=("synapse",), doc="weights in force")
    lumpable = True

    @abstractmethod
    def change(self, t: Any, s: Values, inputs: Values) -> Any:
        """The rule: ``dw/dt`` for a learning rate of 1 and without bounds, one number per synapse."""

    def efficacy(self, t: Any, s: Values) -> Any:
        return s.w

    def synapse_derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        change = self.learning_rate * self.plastic * self.change(t, s, inputs)
        low, high = _limits(self.w_min, self.w_max, self.sign)
        xp = array_namespace(s.w, change, low, high)
        room = xp.where(change > 0, high - s.w, s.w - low)
        slowed = room / (high - low) if self.bounds == "soft" else xp.clip(room / self.margin, -1.0, 1.0)
        return {"w": change * slowed}

    def current(self, t: Any, s: Values, inputs: Values) -> Any:
        return self.g * inputs.drive

    def problems(self) -> Iterator[str]:
        found = [*super().problems()]
        if self.bounds not in BOUNDS:
            found.append(f"bounds is {self.bounds!r}. {suggestion(self.bounds, BOUNDS)}")
        yield from found
        if not found and not any(self._parameter_problems()):
            yield from self._weight_problems(connectivity(self.weights, self.post.size, self.pre.size))

    def _weight_problems(self, synapses: Connectivity) -> Iterator[str]:
        """What is wrong with the weights and their bounds, where there are numbers to look at."""
        given = synapses.weights, self.w_min, self.w_max, self.sign, self.margin
        if not all(map(is_concrete, given)):
            return
        weights, w_min, w_max, sign, margin = map(np.asarray, given)
        w_min, w_max = (synapses.from_matrix(x) if x.ndim else x for x in (w_min, w_max))
        sign, margin = (f(x) if x.ndim else x for f, x in ((synapses.from_pre, sign), (synapses.from_post, margin)))
        low, high = _limits(w_min, w_max, sign)
        with np.errstate(invalid="ignore"):
            width = high - low
        if not np.all(low <= high):
            yield "w_min is above w_max, or leaves no weight of the sign that is asked for"
        elif self.bounds == "soft" and not np.all(np.isfinite(width) & (width > 0)):
            yield "bounds are 'soft', and w_min and w_max, as far as sign allows, must be finite and differ"
        elif self.bounds == "hard" and np.any((width > 0) & (width < margin)):
            yield "margin is wider than what w_min, w_max and sign leave to some weights; it must be small beside that"
        for wrong, told in (
            (weights * sign < 0, "must have the sign of their presynaptic cell"),
            ((weights < w_min) | (weights > w_max), "must lie between w_min and w_max"),
        ):
            if wrong.any():
                yield f"weights {told}, and {_placed(synapses, weights, wrong)}"


def _limits(w_min: Any, w_max: Any, sign: Any) -> tuple[Any, Any]:
    """The bounds as far as the sign of the presynaptic cell leaves them open."""
    xp = array_namespace(w_min, w_max, sign)
    low = xp.where(sign > 0, xp.maximum(w_min, 0.0), w_min)
    return low, xp.where(sign < 0, xp.minimum(w_max, 0.0), w_max)


def _placed(synapses: Connectivity, weights: np.ndarray, wrong: np.ndarray) -> str:
    """How many weights are wrong, and where the first is."""
    weights = np.broadcast_to(weights, wrong.shape)
    lead = wrong.shape[: wrong.ndim - len(synapses.synapses)]
    *member, k = (int(i) for i in np.argwhere(wrong.reshape(*lead, -1))[0])
    post, pre = (int(index[k]) for index in synapses.indices())
    value = float(weights.reshape(*lead, -1)[(*member, k)])
    return f"{int(wrong.sum())} of {wrong.size} do not, first {[*member, post, pre]} = {value!r}"
