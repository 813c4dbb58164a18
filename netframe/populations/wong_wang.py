"""Populations of cells that hold on by slow recurrent excitation."""

from __future__ import annotations

from typing import Any

from netframe.arrays import array_namespace
from netframe.fields import Param, component, parameter, state
from netframe.populations.population import Population
from netframe.validators import non_negative, positive
from netframe.values import Values


@component
class WongWang(Population):
    """The gating cell of the two-variable decision model: the share of open NMDA channels of a population.

        ds/dt = -s / tau_s + (1 - s) * gamma * H(current + I_0)
        H(x)  = (a x - b) / (1 - exp(-d (a x - b)))

    All of shape ``(..., size)``. A node sends what its own state tells, and the firing rate ``H`` follows from the
    input; so what this cell sends, its ``rate``, is the gating ``s``, a number without unit, and projections take
    weights in nA with ``g=1``. :meth:`firing_rate` gives ``H``, as in ``cell.firing_rate(sol["E.current"])``. ``H`` and
    its slopes are finite for all inputs, also where ``a x = b``.

    Source: Wong & Wang (2006), J Neurosci 26:1314, the reduced two-variable model; Abbott & Chance (2005), Prog Brain
    Res 149:147, for ``H``.

    Example:
        >>> import numpy as np, netframe as nf
        >>> e = nf.WongWang("E", size=2)
        >>> recurrent = nf.InstantSynapse(e, e, weights=np.array([[0.2609, -0.0497], [-0.0497, 0.2609]]), g=1.0)
        >>> sol = nf.simulate(nf.Network("n", [e, recurrent]), 3.0)
        >>> e.firing_rate(sol["E.current"])[-1].round(2)                    # spontaneous, in Hz
        array([1.78, 1.78])
    """

    rate_unit = "1"

    tau_s: Param = parameter(0.1, unit="s", validator=positive, doc="decay time of the gating", typical=(0.01, 1.0))
    gamma: Param = parameter(0.641, unit="1", validator=non_negative, doc="share of closed channels opened per spike")
    a: Param = parameter(270.0, unit="Hz/nA", doc="slope of the firing rate at strong input")
    b: Param = parameter(108.0, unit="Hz", doc="a times the input at the bend of the firing rate")
    d: Param = parameter(0.154, unit="s", validator=positive, doc="sharpness of the bend of the firing rate")
    I_0: Param = parameter(0.3255, unit="nA", doc="background current")
    s = state(unit="1", doc="share of channels that are open")

    def rate(self, t: Any, s: Values) -> Any:
        return s.s

    def firing_rate(self, current: Any) -> Any:
        """``H`` in Hz of cells that receive ``current`` nA beside the background, shape ``(..., size)``."""
        return _bent(self.d * (self.a * (current + self.I_0) - self.b)) / self.d

    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        return {"s": (1.0 - s.s) * self.gamma * self.firing_rate(inputs.current) - s.s / self.tau_s}


def _bent(z: Any) -> Any:
    """``z / (1 - exp(-z))``, smooth through 0, where it is 1, and without overflow."""
    xp = array_namespace(z)
    near = abs(z) < _NEAR
    # A branch that is not taken must be finite too, or its slope spoils the other's under automatic differentiation.
    size = xp.where(near, 1.0, abs(z))
    far = xp.maximum(z, 0.0) - size * xp.exp(-size) / xp.expm1(-size)
    square = z * z
    series = 1.0 + 0.5 * z + square / 12.0 * (1.0 - square / 60.0 * (1.0 - square / 42.0))
    return xp.where(near, series, far)


#: Below it the next term of the series, of order 8, is lost in rounding.
_NEAR = 0.05
