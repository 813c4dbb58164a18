"""Inhibition that learns to balance excitation."""

from __future__ import annotations

from typing import Any

from netframe.fields import Param, component, parameter
from netframe.projections.plasticity import PlasticSynapse
from netframe.validators import non_negative, not_nan
from netframe.values import Values


@component
class InhibitoryPlasticity(PlasticSynapse):
    """Inhibitory weights that grow until their target fires at a rate of its own.

        dw/dt   = learning_rate * rate_pre * (rate_post - rho_0)
        current = -g * (w @ rate_pre)

    Weights are magnitudes: zero or more, as in the source, and larger ones inhibit more; ``g`` is zero or more and the
    minus sign is the rule's own. A postsynaptic cell settles at ``rho_0`` where inhibition can bring it there, that is
    where it fires faster without any. Upper bounds and the switch ``plastic`` are those of :class:`PlasticSynapse`;
    shapes ``(..., n_post, n_pre)``, or ``(..., n_stored)`` sparse.

    Source: Vogels, Sprekeler, Zenke, Clopath & Gerstner (2011), Science 334:1569, the rule for rates, in which a target
    rate ``rho_0`` stands for the constant ``alpha = 2 rho_0 tau_STDP`` of the rule for spikes.

    Example:
        >>> import numpy as np, netframe as nf
        >>> inh = nf.ConstantInput("I", rates=[10.0, 20.0])
        >>> e = nf.LeakyRate("E", size=1, v_rest=12.0, activation=nf.Identity())    # 12 Hz without inhibition
        >>> learning = nf.InhibitoryPlasticity(inh, e, weights=0.0, g=0.01, learning_rate=0.01, rho_0=5.0)
        >>> nf.simulate(nf.Network("n", [inh, e, learning]), 10.0)["E.rate"][-1].round(4)
        array([5.])
    """

    g: Param = parameter(
        unit="nA/Hz", axes=("post",), validator=non_negative, doc="current taken per weight and presynaptic rate"
    )
    w_min: Param = parameter(0.0, unit="1", axes=("post", "pre"), validator=not_nan, doc="smallest weight")
    rho_0: Param = parameter(
        5.0, unit="Hz", axes=("post",), validator=non_negative, doc="target rate of the postsynaptic cell"
    )

    def change(self, t: Any, s: Values, inputs: Values) -> Any:
        return inputs.pre.rate * (inputs.post.rate - self.rho_0)

    def current(self, t: Any, s: Values, inputs: Values) -> Any:
        return -self.g * inputs.drive
