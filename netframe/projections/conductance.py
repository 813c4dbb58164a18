"""Synapses that open a conductance."""

from __future__ import annotations

from typing import Any

from netframe.fields import Param, component, parameter, state
from netframe.projections.projection import Projection
from netframe.validators import positive
from netframe.values import Values


@component
class ConductanceSynapse(Projection):
    """A conductance that follows the presynaptic rate through a low-pass; the driving force is that of the moment.

        tau dg/dt = -g + g_max * drive
        current   = g * (e_rev - v)

    Where :class:`ReversalSynapse` low-passes the current, here the voltage acts without delay, so that a conductance
    alone drives no cell past ``e_rev``. Under constant rates both settle at the same current. A single impulse of rate
    opens ``g_max / tau`` per weight. One nA/mV is one microsiemens.

    Inhibition is a reversal potential below rest, ``e_rev=-80``, with positive weights.

    Shapes ``(..., n_post)`` lumped, one number per synapse otherwise; the target must have a state ``v`` in mV.

    Source: Dayan & Abbott (2001), Theoretical Neuroscience, section 5.8.

    Example:
        >>> import numpy as np, netframe as nf
        >>> ffe, e = nf.ConstantInput("FFE", rates=np.full(3, 10.0)), nf.LeakyRate("E", size=2)
        >>> synapse = nf.ConductanceSynapse(ffe, e, weights=np.ones((2, 3)), g_max=2e-5)
        >>> nf.simulate(nf.Network("n", [ffe, e, synapse]), 1.0)["E.v"][-1].round(3)    # -70 / (1 + 100 g 30)
        array([-66.038, -66.038])
    """

    tau: Param = parameter(
        0.01, unit="s", axes=("post",), validator=positive, doc="time constant of the conductance", typical=(0.001, 0.5)
    )
    g_max: Param = parameter(unit="nA/(Hz mV)", axes=("post",), doc="conductance per weight and presynaptic rate")
    e_rev: Param = parameter(0.0, unit="mV", axes=("post",), doc="reversal potential")
    g = state(unit="nA/mV", axes=("edge",), doc="synaptic conductance")
    lumpable = True
    post_states = ("v",)

    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        return {"g": (self.g_max * inputs.drive - s.g) / self.tau}

    def current(self, t: Any, s: Values, inputs: Values) -> Any:
        return s.g * (self.e_rev - inputs.post.v)
