"""Oscillators in two variables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from netframe.activations import Activation, Identity, no_activation
from netframe.fields import Param, component, parameter, state
from netframe.populations.population import Population
from netframe.validators import positive
from netframe.values import Values


@component
class FitzHughNagumo(Population):
    """An excitable cell: a voltage that fires by itself above a threshold, and a slow recovery.

        tau dv/dt = v - v^3 / 3 - w + current
        tau dw/dt = epsilon * (v + a - b * w)
        rate      = activation(v)

    All of shape ``(..., size)``, ``v``, ``w`` and ``current`` without unit, ``tau`` the unit of time of the equations.
    What the cell sends is an activation of its voltage, the voltage itself unless another is given, such as
    ``Sigmoid(midpoint=0.5, width=0.1, peak=100.0)`` for a rate that is high during spikes.

    Source: FitzHugh (1961), Biophys J 1:445; Nagumo, Arimoto & Yoshizawa (1962), Proc IRE 50:2061.

    Example:
        >>> import netframe as nf
        >>> x, e = nf.ConstantInput("X", rates=[0.0, 0.5]), nf.FitzHughNagumo("E", size=2)
        >>> net = nf.Network("n", [x, e, nf.InstantSynapse(x, e, weights=nf.Diagonal([1.0, 1.0]), g=1.0)])
        >>> sol = nf.simulate(net, 0.4)                                     # one cell rests, the other fires
        >>> (sol["E.v"][sol.t > 0.2].max(axis=0) > 1.0).tolist()
        [False, True]
    """

    ports: ClassVar[dict[str, str]] = {"current": "1"}

    activation: Activation = Identity()
    tau: Param = parameter(0.001, unit="s", validator=positive, doc="unit of time of the equations")
    a: Param = parameter(0.7, unit="1", doc="offset of the recovery")
    b: Param = parameter(0.8, unit="1", doc="decay of the recovery")
    epsilon: Param = parameter(0.08, unit="1", validator=positive, doc="speed of the recovery against the voltage")
    v = state(unit="1", doc="voltage")
    w = state(unit="1", doc="recovery")

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from no_activation("activation", self.activation)

    def rate(self, t: Any, s: Values) -> Any:
        return self.activation(s.v)

    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        return {
            "v": (s.v - s.v * s.v * s.v / 3.0 - s.w + inputs.current) / self.tau,
            "w": self.epsilon * (s.v + self.a - self.b * s.w) / self.tau,
        }


@component
class StuartLandau(Population):
    """The normal form of a Hopf bifurcation: what any oscillator is, close to where its oscillation begins.

        dz/dt = (growth + i omega) z - (1 + i shear) |z|^2 z + current,    z = x + i y
        rate  = activation(x)

    All of shape ``(..., size)``; the input acts on the real part. Without input and with ``growth`` above 0, every
    start but ``z = 0`` ends on a circle of radius ``sqrt(growth)``, turned through at ``omega - shear * growth``
    radians per second; with ``growth`` below 0 oscillations die out. What is sent is an activation of ``x``, ``x``
    itself unless another is given.

    Source: Stuart (1960), J Fluid Mech 9:353; Kuramoto (1984), Chemical Oscillations, Waves, and Turbulence, chapter 2.

    Example:
        >>> import numpy as np, netframe as nf
        >>> e = nf.StuartLandau("E", size=2, growth=[4.0, 9.0], omega=20.0)
        >>> sol = nf.simulate(nf.Network("n", [e]), 4.0)
        >>> np.hypot(sol["E.x"], sol["E.y"])[-1].round(4)
        array([2., 3.])
    """

    ports: ClassVar[dict[str, str]] = {"current": "1/s"}

    activation: Activation = Identity()
    growth: Param = parameter(1.0, unit="1/s", doc="growth rate of small oscillations, squared amplitude of large ones")
    omega: Param = parameter(62.83185307179586, unit="rad/s", doc="angular frequency of small oscillations")
    shear: Param = parameter(0.0, unit="1", doc="how much slower larger oscillations are")
    x = state(unit="1", initial=1.0, doc="real part")
    y = state(unit="1", doc="imaginary part")

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from no_activation("activation", self.activation)

    def rate(self, t: Any, s: Values) -> Any:
        return self.activation(s.x)

    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        square = s.x * s.x + s.y * s.y
        growth, turning = self.growth - square, self.omega - self.shear * square
        return {"x": growth * s.x - turning * s.y + inputs.current, "y": turning * s.x + growth * s.y}
