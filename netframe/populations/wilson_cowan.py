"""Populations of refractory cells."""

from __future__ import annotations

from typing import Any, ClassVar

from netframe.arrays import array_namespace
from netframe.fields import Param, component, parameter, state
from netframe.populations.population import Population
from netframe.validators import non_negative, positive
from netframe.values import Values


@component
class WilsonCowan(Population):
    """One population of Wilson and Cowan: the share of its cells that fire, held back by those that just did.

        tau da/dt = -a + (k - r * a) * S(current)
        S(x)      = 1 / (1 + exp(-slope * (x - threshold))) - 1 / (1 + exp(slope * threshold))
        k         = 1 - 1 / (1 + exp(slope * threshold))

    All of shape ``(..., size)``. ``S(0)`` is 0 and ``k`` is the largest value of ``S``. What the population sends, its
    ``rate``, is ``a``, a number without unit. An excitatory and an inhibitory one are coupled by ``InstantSynapse``
    with the paper's coefficients as weights and ``g=1``, those of inhibition below 0.

    Source: Wilson & Cowan (1972), Biophys J 12:1, eqs 11, 12 and 15.

    Example:
        >>> import netframe as nf
        >>> e, i = nf.WilsonCowan("E", size=1), nf.WilsonCowan("I", size=1, slope=1.0, threshold=4.0)
        >>> wires = [(e, e, 12.0), (i, e, -4.0), (e, i, 13.0), (i, i, -11.0)]         # Fig. 4
        >>> net = nf.Network("n", [e, i, *(nf.InstantSynapse(a, b, weights=c, g=1.0) for a, b, c in wires)])
        >>> nf.simulate(net, 1.0, y0={"E.a": 0.4, "I.a": 0.2}).final.round(4)         # the excited state
        array([0.4398, 0.2259])
    """

    ports: ClassVar[dict[str, str]] = {"current": "1"}
    rate_unit = "1"

    tau: Param = parameter(
        0.01, unit="s", validator=positive, doc="time constant of the activity", typical=(0.005, 1.0)
    )
    slope: Param = parameter(1.2, unit="1", validator=positive, doc="four times the steepest slope of S")
    threshold: Param = parameter(2.8, unit="1", doc="input at which S is steepest")
    r: Param = parameter(1.0, unit="1", validator=non_negative, doc="refractory period, in the unit of time of a")
    a = state(unit="1", doc="share of the cells that fire per unit of time")

    def rate(self, t: Any, s: Values) -> Any:
        return s.a

    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        xp = array_namespace(inputs.current, self.slope, self.threshold)
        # The logistic function as a hyperbolic tangent, which cannot overflow.
        at_rest = xp.tanh(0.5 * self.slope * self.threshold)
        response = 0.5 * (xp.tanh(0.5 * self.slope * (inputs.current - self.threshold)) + at_rest)
        return {"a": ((0.5 * (1.0 + at_rest) - self.r * s.a) * response - s.a) / self.tau}
