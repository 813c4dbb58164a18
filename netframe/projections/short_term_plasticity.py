"""Synapses that tire and recover, and release more after use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netframe.errors import brief
from netframe.fields import Param, StateInfo, component, parameter, state
from netframe.projections.projection import Projection
from netframe.validators import Validator, in_range, positive
from netframe.values import Values

_facilitating = Validator("positive; the limit of zero, without facilitation, is facilitation=False", positive.accepts)


@component
class TsodyksMarkramSynapse(Projection):
    """Short-term depression and facilitation, averaged over spikes, and a current low-passed from what is released.

        du_j/dt = (U - u_j) / tau_f + U (1 - u_j) rate_j
        dx_j/dt = (1 - x_j) / tau_d - u_j x_j rate_j
        signal  = u_j x_j rate_j
        tau di/dt = -i + g * drive

    Under a constant rate ``u = U (1 + tau_f rate) / (1 + U tau_f rate)`` and ``x = 1 / (1 + u tau_d rate)``, so that
    the signal never exceeds ``1 / tau_d``. With ``facilitation=False``, the limit of ``tau_f`` to zero, ``u`` is ``U``
    at all times and no state, and ``tau_f`` is not used. The synapse starts rested.

    Source: Tsodyks, Pawelzik & Markram (1998), Neural Comput. 10:821, its mean field; the defaults are those of
    Mongillo, Barak & Tsodyks (2008), Science 319:1543, which facilitate.

    Example:
        >>> import numpy as np, netframe as nf
        >>> ffe, e = nf.ConstantInput("FFE", rates=np.full(3, 10.0)), nf.LeakyRate("E", size=2)
        >>> synapse = nf.TsodyksMarkramSynapse(ffe, e, weights=np.ones((2, 3)), g=0.01)
        >>> sol = nf.simulate(nf.Network("n", [ffe, e, synapse]), 10.0)
        >>> sol["FFE_to_E.u"][-1, 0].round(4), sol["FFE_to_E.x"][-1, 0].round(4), sol["FFE_to_E.signal"][-1, 0].round(4)
        (np.float64(0.8), np.float64(0.3846), np.float64(3.0769))
    """

    U: Param = parameter(0.2, unit="1", axes=("pre",), validator=in_range(0, 1), doc="share released when rested")
    tau_d: Param = parameter(
        0.2, unit="s", axes=("pre",), validator=positive, doc="recovery from depression", typical=(0.01, 5.0)
    )
    tau_f: Param = parameter(
        1.5, unit="s", axes=("pre",), validator=_facilitating, doc="decay of facilitation", typical=(0.01, 5.0)
    )
    tau: Param = parameter(
        0.01, unit="s", axes=("post",), validator=positive, doc="time constant of the current", typical=(0.001, 0.5)
    )
    g: Param = parameter(unit="nA/Hz", axes=("post",), doc="current per weight and released rate")
    facilitation: bool = True
    u = state(unit="1", initial="U", axes=("pre",), doc="share of the resources released by a spike")
    x = state(unit="1", initial=1.0, axes=("pre",), doc="share of the resources available")
    i = state(unit="nA", axes=("edge",), doc="synaptic current")
    lumpable = True

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if not isinstance(self.facilitation, bool):
            yield f"facilitation is {brief(self.facilitation)}; it must be True or False"

    def state_variables(self) -> dict[str, StateInfo]:
        known = super().state_variables()
        return known if self.facilitation else {name: info for name, info in known.items() if name != "u"}

    def signal(self, t: Any, s: Values, pre: Values) -> Any:
        return (s.u if self.facilitation else self.U) * s.x * pre.rate

    def pre_derivatives(self, t: Any, s: Values, pre: Values) -> dict[str, Any]:
        found = {"x": (1.0 - s.x) / self.tau_d - self.signal(t, s, pre)}
        if self.facilitation:
            found["u"] = (self.U - s.u) / self.tau_f + self.U * (1.0 - s.u) * pre.rate
        return found

    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        return {"i": (self.g * inputs.drive - s.i) / self.tau}

    def current(self, t: Any, s: Values, inputs: Values) -> Any:
        return s.i
