"""Synapses whose current depends on the distance of the voltage from a reversal potential."""

from __future__ import annotations

from typing import Any

from netframe.fields import Param, component, parameter, state
from netframe.projections.projection import Projection
from netframe.validators import positive
from netframe.values import Values


@component
class ReversalSynapse(Projection):
    """The notebook's synapse: a current low-passed after its driving force.

        tau di/dt = -i + g * drive * (e_rev - v)

    The current is low-passed, not the conductance, so that a fast cell under a slow synapse may pass ``e_rev`` for a
    while. With fixed inputs the current settles at ``g * drive * (e_rev - v)``. A synapse inhibits by a low reversal
    potential, ``e_rev=-80.0``, and positive weights: with negative ones the voltage runs away from ``e_rev``.

    Weights are conductances: inhibition is a reversal potential below rest, ``e_rev=-80``, with positive weights.

    Shapes ``(..., n_post)`` lumped, one number per synapse otherwise; the target must have a state ``v`` in mV.

    Example:
        >>> import numpy as np, netframe as nf
        >>> ffe, e = nf.ConstantInput("FFE", rates=np.full(3, 10.0)), nf.LeakyRate("E", size=2)
        >>> synapse = nf.ReversalSynapse(ffe, e, weights=np.ones((2, 3)), g=2e-5)
        >>> nf.simulate(nf.Network("n", [ffe, e, synapse]), 1.0)["E.v"][-1].round(3)    # -70 / (1 + 100 g 30)
        array([-66.038, -66.038])
    """

    tau: Param = parameter(
        0.01, unit="s", axes=("post",), validator=positive, doc="time constant of the current", typical=(0.001, 0.5)
    )
    g: Param = parameter(unit="nA/(Hz mV)", axes=("post",), doc="conductance per weight and presynaptic rate")
    e_rev: Param = parameter(0.0, unit="mV", axes=("post",), doc="reversal potential")
    i = state(unit="nA", axes=("edge",), doc="synaptic current")
    lumpable = True
    post_states = ("v",)
    linear = True

    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        # In one expression NumPy reuses its temporaries, and the small factors come first.
        return {"i": (self.g * (self.e_rev - inputs.post.v) * inputs.drive - s.i) / self.tau}

    def current(self, t: Any, s: Values, inputs: Values) -> Any:
        return s.i
