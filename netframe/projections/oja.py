"""Oja's rule."""

from __future__ import annotations

from typing import Any

from netframe.fields import Param, component, parameter
from netframe.projections.plasticity import PlasticSynapse
from netframe.validators import positive
from netframe.values import Values


@component
class Oja(PlasticSynapse):
    """Hebb's rule with a forgetting that keeps the norm of a cell's weights.

        dw/dt = learning_rate * (rate_post * rate_pre - alpha * rate_post^2 * w)

    The weights of a linear cell whose rate is ``w @ rate_pre`` settle along the first eigenvector of the mean of
    ``rate_pre rate_pre^T``, the first principal component, with norm ``1 / sqrt(alpha)``. Learning has to be slow
    beside the patterns and the cell. Bounds, signs and ``plastic`` are those of :class:`PlasticSynapse`; shapes
    ``(..., n_post, n_pre)``, or ``(..., n_stored)`` sparse.

    Source: Oja (1982), J Math Biol 15:267, eq. 3; alpha as in Dayan & Abbott (2001), Theoretical Neuroscience, ch. 8.

    Example:
        >>> import numpy as np, netframe as nf
        >>> ffe = nf.ConstantInput("FFE", rates=[3.0, 4.0])
        >>> e = nf.LeakyRate("E", size=1, v_rest=0.0, activation=nf.Identity())
        >>> learning = nf.Oja(ffe, e, weights=[[0.1, 0.1]], g=0.01, learning_rate=0.1)    # r_in * g = 1 Hz/Hz
        >>> nf.simulate(nf.Network("n", [ffe, e, learning]), 10.0)["FFE_to_E.w"][-1].round(4)
        array([[0.6, 0.8]])
    """

    alpha: Param = parameter(
        1.0, unit="1", axes=("post",), validator=positive, doc="weights settle at a norm of 1/sqrt(alpha)"
    )

    def change(self, t: Any, s: Values, inputs: Values) -> Any:
        y = inputs.post.rate
        return y * (inputs.pre.rate - self.alpha * y * s.w)
