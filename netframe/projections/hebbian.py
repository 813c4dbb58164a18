"""Hebb's rule."""

from __future__ import annotations

from typing import Any

from netframe.fields import Param, component, parameter
from netframe.projections.plasticity import PlasticSynapse
from netframe.validators import non_negative
from netframe.values import Values


@component
class Hebbian(PlasticSynapse):
    """Weights grow where both ends fire, and decay.

        dw/dt = learning_rate * (rate_pre * rate_post - decay * w)

    With fixed rates a weight approaches ``rate_pre * rate_post / decay`` with time constant
    ``1 / (learning_rate * decay)``. Without decay nothing stops growth but ``w_max``. Bounds, signs and the switch
    ``plastic`` are those of :class:`PlasticSynapse`; shapes ``(..., n_post, n_pre)``, or ``(..., n_stored)`` sparse.

    Source: Dayan & Abbott (2001), Theoretical Neuroscience, section 8.2, with a decay.

    Example:
        >>> import numpy as np, netframe as nf
        >>> ffe = nf.ConstantInput("FFE", rates=[10.0, 20.0])
        >>> e = nf.LeakyRate("E", size=1, v_rest=5.0, activation=nf.Identity())    # fires at 5 Hz
        >>> learning = nf.Hebbian(ffe, e, weights=0.0, g=0.0, learning_rate=0.1, decay=100.0)
        >>> nf.simulate(nf.Network("n", [ffe, e, learning]), 2.0)["FFE_to_E.w"][-1].round(4)
        array([[0.5, 1. ]])
    """

    decay: Param = parameter(
        0.0, unit="Hz^2", axes=("post",), validator=non_negative, doc="product of rates that holds a weight of 1"
    )

    def change(self, t: Any, s: Values, inputs: Values) -> Any:
        return inputs.pre.rate * inputs.post.rate - self.decay * s.w
