"""Synapses that answer an impulse by a current that rises and falls."""

from __future__ import annotations

from typing import Any

import numpy as np

from netframe.arrays import array_namespace
from netframe.fields import Param, component, parameter, state
from netframe.projections.projection import Projection
from netframe.validators import positive
from netframe.values import Values


@component
class AlphaSynapse(Projection):
    """A current in the shape of an alpha function: two low-passes of the same time constant, one after the other.

        tau dx/dt = -x + tau * drive
        tau ds/dt = -s + x
        current   = g * s

    which is ``s'' + 2 s' / tau + s / tau^2 = drive / tau``. A single impulse of rate at time 0 through a weight of 1
    gives a current ``g t/tau exp(-t/tau)``, which peaks at ``t = tau`` with ``g / e`` and carries the charge
    ``g tau``: so ``g`` is e times the peak, the gain H of neural mass models. A constant rate gives ``g tau drive``.

    Source: Rall (1967), J. Neurophysiol. 30:1138; Jansen & Rit (1995), Biol. Cybern. 73:357.

    Example:
        >>> import numpy as np, netframe as nf
        >>> ffe, e = nf.ConstantInput("FFE", rates=np.full(3, 10.0)), nf.LeakyRate("E", size=2)
        >>> synapse = nf.AlphaSynapse(ffe, e, weights=np.ones((2, 3)), g=0.1, tau=0.01)
        >>> nf.simulate(nf.Network("n", [ffe, e, synapse]), 1.0)["E.v"][-1].round(3)    # -70 + 100 g tau 30
        array([-67., -67.])
    """

    tau: Param = parameter(
        0.01, unit="s", axes=("post",), validator=positive, doc="time from an impulse to the peak", typical=(0.001, 0.5)
    )
    g: Param = parameter(unit="nA", axes=("post",), doc="e times the peak current of an impulse, per weight")
    x = state(unit="1", axes=("edge",), doc="first stage")
    s = state(unit="1", axes=("edge",), doc="second stage, the shape of the current")
    lumpable = True
    linear = True

    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        return {"x": inputs.drive - s.x / self.tau, "s": (s.x - s.s) / self.tau}

    def current(self, t: Any, s: Values, inputs: Values) -> Any:
        return self.g * s.s


@component
class DualExponentialSynapse(Projection):
    """A current that rises with one time constant and decays with another: two low-passes, one after the other.

        dx/dt   = -x / tau_rise + drive
        ds/dt   = -s / tau_decay + c * x
        current = g * s

    A single impulse of rate at time 0 through a weight of 1 gives
    ``s = c tau_rise tau_decay / (tau_decay - tau_rise) (exp(-t/tau_decay) - exp(-t/tau_rise))``, and ``c`` is such
    that this peaks at 1, so that ``g`` is the peak of the current:

        c = q^(q / (q - 1)) / tau_decay,    q = tau_decay / tau_rise

    The peak is at ``log(q) tau_rise q / (q - 1)``, the charge is ``g c tau_rise tau_decay``, and a constant rate gives
    that charge times ``drive``. Equal time constants are allowed; the limit is an alpha function with peak 1.

    Source: Roth & van Rossum (2009), in Computational Modeling Methods for Neuroscientists, chapter 6.

    Example:
        >>> import numpy as np, netframe as nf
        >>> ffe, e = nf.ConstantInput("FFE", rates=np.full(3, 10.0)), nf.LeakyRate("E", size=2)
        >>> synapse = nf.DualExponentialSynapse(ffe, e, weights=np.ones((2, 3)), g=0.1, tau_rise=0.001, tau_decay=0.004)
        >>> nf.simulate(nf.Network("n", [ffe, e, synapse]), 1.0)["E.v"][-1].round(3)    # -70 + 100 g 0.001 4^(4/3) 30
        array([-68.095, -68.095])
    """

    tau_rise: Param = parameter(
        0.001, unit="s", axes=("post",), validator=positive, doc="time constant of the rise", typical=(0.001, 0.2)
    )
    tau_decay: Param = parameter(
        0.01, unit="s", axes=("post",), validator=positive, doc="time constant of the decay", typical=(0.001, 0.5)
    )
    g: Param = parameter(unit="nA", axes=("post",), doc="peak current of an impulse, per weight")
    x = state(unit="1", axes=("edge",), doc="first stage")
    s = state(unit="1", axes=("edge",), doc="second stage, the shape of the current")
    lumpable = True
    linear = True

    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        scale = _peak_scale(self.tau_rise, self.tau_decay)
        return {"x": inputs.drive - s.x / self.tau_rise, "s": (scale * s.x - s.s) / self.tau_decay}

    def current(self, t: Any, s: Values, inputs: Values) -> Any:
        return self.g * s.s


def _peak_scale(tau_rise: Any, tau_decay: Any) -> Any:
    """``q^(q / (q - 1))`` with ``q = tau_decay / tau_rise``, smooth through ``q = 1``, where it is e."""
    xp = array_namespace(tau_rise, tau_decay)
    z = (tau_decay - tau_rise) / tau_rise
    near = abs(z) < 1e-4
    if xp is np and not near.any():  # the common case, at half the cost
        return np.exp((1.0 + z) * np.log1p(z) / z)
    apart = xp.where(near, 1.0, z)
    slope = xp.where(near, 1.0 - z * (1 / 2 - z * (1 / 3 - z / 4)), xp.log1p(apart) / apart)
    return xp.exp((1.0 + z) * slope)
