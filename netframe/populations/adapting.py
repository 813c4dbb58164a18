"""Cells whose own firing tires them."""

from __future__ import annotations

from typing import Any

from netframe.fields import Param, component, parameter, state
from netframe.populations.leaky import LeakyRate
from netframe.validators import positive
from netframe.values import Values


@component
class AdaptingRate(LeakyRate):
    """A leaky rate cell with an adaptation current that follows its firing rate.

        tau   dv/dt = -(v - v_rest) + r_in * (current - w)
        tau_w dw/dt = -w + b * rate
        rate        = activation(v)

    All of shape ``(..., size)``. With ``b`` above 0 the cell answers a step of current by a peak of firing that falls
    to a lower plateau; ``b`` below 0 makes it excite itself.

    Source: Benda & Herz (2003), Neural Comput 15:2523, for adaptation currents driven by the firing rate.

    Example:
        >>> import netframe as nf
        >>> e = nf.AdaptingRate("E", size=2, activation=nf.Identity(), v_rest=[1.0, 2.0], b=0.01)
        >>> nf.simulate(nf.Network("n", [e]), 5.0)["E.v"][-1].round(3)     # v_rest / (1 + r_in b)
        array([0.5, 1. ])
    """

    tau_w: Param = parameter(0.2, unit="s", validator=positive, doc="time constant of adaptation", typical=(0.02, 5.0))
    b: Param = parameter(0.002, unit="nA/Hz", doc="adaptation current per rate, once settled")
    w = state(unit="nA", doc="adaptation current")

    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        d = super().derivatives(t, s, inputs.replace(current=inputs.current - s.w))
        return d | {"w": (self.b * self.rate(t, s) - s.w) / self.tau_w}
