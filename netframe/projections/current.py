"""Synapses that send a current whatever the voltage of their target."""

from __future__ import annotations

from typing import Any

from netframe.fields import Param, component, parameter, state
from netframe.projections.projection import Projection
from netframe.validators import positive
from netframe.values import Values


@component
class CurrentSynapse(Projection):
    """A current that follows the presynaptic rate through a low-pass, without driving force.

        tau di/dt = -i + g * drive

    Example:
        >>> import numpy as np, netframe as nf
        >>> ffe, e = nf.ConstantInput("FFE", rates=np.full(3, 10.0)), nf.LeakyRate("E", size=2)
        >>> synapse = nf.CurrentSynapse(ffe, e, weights=np.ones((2, 3)), g=1e-3)
        >>> nf.simulate(nf.Network("n", [ffe, e, synapse]), 1.0)["E.v"][-1].round(3)    # -70 + 100 g 30
        array([-67., -67.])
    """

    tau: Param = parameter(
        0.01, unit="s", axes=("post",), validator=positive, doc="time constant of the current", typical=(0.001, 0.5)
    )
    g: Param = parameter(unit="nA/Hz", axes=("post",), doc="current per weight and presynaptic rate")
    i = state(unit="nA", axes=("edge",), doc="synaptic current")
    lumpable = True
    linear = True

    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        return {"i": (self.g * inputs.drive - s.i) / self.tau}

    def current(self, t: Any, s: Values, inputs: Values) -> Any:
        return s.i


@component
class InstantSynapse(Projection):
    """A current proportional to the presynaptic rate at the same moment: ``g * drive``, without a state.

    Example:
        >>> import numpy as np, netframe as nf
        >>> ffe, e = nf.ConstantInput("FFE", rates=np.full(3, 10.0)), nf.LeakyRate("E", size=2)
        >>> net = nf.Network("n", [ffe, e, nf.InstantSynapse(ffe, e, weights=np.ones((2, 3)), g=1e-3)])
        >>> net.registry.size
        2
    """

    g: Param = parameter(unit="nA/Hz", axes=("post",), doc="current per weight and presynaptic rate")
    lumpable = True
    linear = True

    def current(self, t: Any, s: Values, inputs: Values) -> Any:
        return self.g * inputs.drive
