"""Synapses whose gates saturate: one gate for each presynaptic cell."""

from __future__ import annotations

from typing import Any

from netframe.arrays import array_namespace
from netframe.fields import Param, component, parameter, state
from netframe.projections.projection import Projection
from netframe.validators import non_negative, positive
from netframe.values import Values


@component
class RiseDecaySynapse(Projection):
    """A gate that rises towards the presynaptic rate and decays to zero at another pace; that of the dentate model.

        ds_j/dt = -s_j / decay + max(0, rate_j - s_j) / rise
        current = g * sum_j w_ij s_j * (e_rev - v)

    Under a constant rate the gate settles at ``rate * decay / (rise + decay)``, with the time constant
    ``rise decay / (rise + decay)``. ``v`` and ``e_rev`` may both be relative to rest. The target must have a state
    ``v`` in mV.

    Source: Galloni et al. (2022), Front. Comput. Neurosci. 16:826278.

    Example:
        >>> import numpy as np, netframe as nf
        >>> ffe = nf.ConstantInput("FFE", rates=np.ones(3))
        >>> cells = nf.LeakyRate("E", size=2, v_rest=0.0, r_in=1.0)
        >>> synapse = nf.RiseDecaySynapse(ffe, cells, weights=np.ones((2, 3)), rise=0.001, decay=0.004, e_rev=70.0)
        >>> nf.simulate(nf.Network("n", [ffe, cells, synapse]), 1.0)["E.v"][-1].round(3)    # 70 W s / (1 + W s)
        array([49.412, 49.412])
    """

    rise: Param = parameter(unit="s", axes=("pre",), validator=positive, doc="time constant towards a higher rate")
    decay: Param = parameter(unit="s", axes=("pre",), validator=positive, doc="time constant of the decay")
    e_rev: Param = parameter(0.0, unit="mV", axes=("post",), doc="reversal potential")
    g: Param = parameter(1.0, unit="nA/(Hz mV)", axes=("post",), doc="conductance per weight and gate")
    s = state(unit="Hz", axes=("pre",), doc="gate of each presynaptic cell")
    lumpable = True
    post_states = ("v",)

    def signal(self, t: Any, s: Values, pre: Values) -> Any:
        return s.s

    def pre_derivatives(self, t: Any, s: Values, pre: Values) -> dict[str, Any]:
        xp = array_namespace(pre.rate, s.s)
        return {"s": xp.maximum(pre.rate - s.s, 0.0) / self.rise - s.s / self.decay}

    def current(self, t: Any, s: Values, inputs: Values) -> Any:
        return self.g * (self.e_rev - inputs.post.v) * inputs.drive


@component
class NMDASynapse(Projection):
    """Slow excitation through a saturating gate for each presynaptic cell, blocked by magnesium at rest.

        dx_j/dt = -x_j / tau_rise + rate_j
        ds_j/dt = -s_j / tau_decay + alpha * x_j * (1 - s_j)
        current = g * sum_j w_ij s_j * block(v) * (e_rev - v)
        block(v) = 1 / (1 + mg / 3.57 * exp(-0.062 v))

    ``v`` is an absolute voltage in mV, not one relative to rest. Under a constant rate the gate settles at
    ``k / (1 + k)`` with ``k = alpha tau_rise tau_decay rate``. The target must have a state ``v`` in mV.

    Source: Jahr & Stevens (1990), J. Neurosci. 10:3178, the block; Wang (1999), J. Neurosci. 19:9587, the gate;
    Brunel & Wang (2001), J. Comput. Neurosci. 11:63, the time constants.

    Example:
        >>> import numpy as np, netframe as nf
        >>> a, b = nf.LeakyRate("A", size=3), nf.LeakyRate("B", size=2)
        >>> synapse = nf.NMDASynapse(a, b, weights=np.ones((2, 3)), g=1e-4)
        >>> synapse.block(np.array([-70.0, 0.0])).round(3)
        array([0.044, 0.781])
    """

    tau_rise: Param = parameter(
        0.002, unit="s", axes=("pre",), validator=positive, doc="time constant of the rise", typical=(0.001, 0.2)
    )
    tau_decay: Param = parameter(
        0.1, unit="s", axes=("pre",), validator=positive, doc="time constant of the decay", typical=(0.001, 0.5)
    )
    alpha: Param = parameter(500.0, unit="1/s", axes=("pre",), validator=non_negative, doc="rate of opening")
    g: Param = parameter(unit="nA/mV", axes=("post",), doc="conductance per weight with all gates open")
    e_rev: Param = parameter(0.0, unit="mV", axes=("post",), doc="reversal potential")
    mg: Param = parameter(1.0, unit="mM", axes=("post",), validator=non_negative, doc="magnesium outside the cell")
    x = state(unit="1", axes=("pre",), doc="transmitter bound, which opens the gate")
    s = state(unit="1", axes=("pre",), doc="share of open gates")
    lumpable = True
    post_states = ("v",)

    def block(self, v: Any) -> Any:
        """The share of open gates that magnesium leaves free at a voltage in mV, of the shape of ``v``."""
        return 1.0 / (1.0 + self.mg / 3.57 * array_namespace(v).exp(-0.062 * v))

    def signal(self, t: Any, s: Values, pre: Values) -> Any:
        return s.s

    def pre_derivatives(self, t: Any, s: Values, pre: Values) -> dict[str, Any]:
        opening = self.alpha * s.x * (1.0 - s.s)
        return {"x": pre.rate - s.x / self.tau_rise, "s": opening - s.s / self.tau_decay}

    def current(self, t: Any, s: Values, inputs: Values) -> Any:
        v = inputs.post.v
        return self.g * self.block(v) * (self.e_rev - v) * inputs.drive
