"""The rule of Bienenstock, Cooper and Munro."""

from __future__ import annotations

from typing import Any

from netframe.fields import Param, component, parameter, state
from netframe.projections.plasticity import PlasticSynapse
from netframe.validators import positive
from netframe.values import Values


@component
class BCM(PlasticSynapse):
    """Growth above a threshold and decline below it, where the threshold follows the cell's own activity.

        dw/dt                = learning_rate * rate_pre * rate_post * (rate_post - theta)
        tau_theta dtheta/dt  = rate_post^2 / c_0 - theta

    A cell comes to respond to few of its patterns: of two that are shown equally often it answers one with ``2 c_0``,
    the other not at all, and ``theta`` is ``2 c_0``. The threshold must average over the patterns, and learning be
    slower than the threshold. Bounds, signs and the switch ``plastic`` are those of :class:`PlasticSynapse`; ``w`` has
    shape ``(..., n_post, n_pre)``, or ``(..., n_stored)`` sparse, ``theta`` ``(..., n_post)``.

    Source: Bienenstock, Cooper & Munro (1982), J Neurosci 2:32; the threshold ``E[y^2]``, here with a unit, of
    Intrator & Cooper (1992), Neural Netw 5:3.

    Example:
        >>> import numpy as np, netframe as nf
        >>> ffe = nf.ConstantInput("FFE", rates=[2.0, 1.0])
        >>> e = nf.LeakyRate("E", size=1, v_rest=0.0, activation=nf.Identity(), tau=0.01)
        >>> learning = nf.BCM(ffe, e, weights=0.1, g=0.01, learning_rate=0.2, tau_theta=0.1)
        >>> sol = nf.simulate(nf.Network("n", [ffe, e, learning]), 50.0)
        >>> sol["E.rate"][-1].round(4), sol["FFE_to_E.theta"][-1].round(4)    # one pattern: c_0
        (array([1.]), array([1.]))
    """

    learning_rate: Param = parameter(unit="1/(s Hz^3)", axes=("post",), doc="speed of learning, 0 for fixed weights")
    tau_theta: Param = parameter(
        1.0, unit="s", axes=("post",), validator=positive, doc="time constant of the threshold"
    )
    c_0: Param = parameter(
        1.0, unit="Hz", axes=("post",), validator=positive, doc="rate at which theta equals the rate"
    )
    theta = state(unit="Hz", initial="c_0", axes=("post",), doc="threshold between decline and growth")

    def change(self, t: Any, s: Values, inputs: Values) -> Any:
        y = inputs.post.rate
        return inputs.pre.rate * (y * (y - s.theta))

    def post_derivatives(self, t: Any, s: Values, post: Values) -> dict[str, Any]:
        return {"theta": (post.rate**2 / self.c_0 - s.theta) / self.tau_theta}
