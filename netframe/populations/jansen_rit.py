"""Cortical columns of three interacting populations."""

from __future__ import annotations

from typing import Any, ClassVar

from netframe.arrays import array_namespace
from netframe.fields import Param, component, parameter, state
from netframe.populations.population import Population
from netframe.validators import non_negative, positive
from netframe.values import Values


@component
class JansenRit(Population):
    """A cortical column: pyramidal cells with an excitatory and an inhibitory loop, each entry a whole column.

        y0'' = A a S(y1 - y2)                     - 2 a y0' - a^2 y0
        y1'' = A a (excitatory + C2 S(C1 y0))     - 2 a y1' - a^2 y1
        y2'' = B b (inhibitory + C4 S(C3 y0))     - 2 b y2' - b^2 y2
        S(v) = 2 e0 / (1 + exp(r (v0 - v)))

    All of shape ``(..., size)``; ``y3``, ``y4`` and ``y5`` are the derivatives of ``y0``, ``y1`` and ``y2``. The ports
    ``excitatory`` (the paper's ``p``) and ``inhibitory`` are pulse densities in Hz that arrive at the pyramidal cells;
    ``InstantSynapse(x, column, weights=w, g=1.0, port="excitatory")`` projects to one. ``y1 - y2`` is the potential of
    the pyramidal cells, the model's EEG, and ``rate`` is their firing rate ``S(y1 - y2)``.

    Source: Jansen & Rit (1995), Biol Cybern 73:357, eq. 6, and the parameters of its section on alpha activity.

    Example: alpha activity.
        >>> import numpy as np, netframe as nf
        >>> p, column = nf.ConstantInput("P", rates=[220.0]), nf.JansenRit("J", size=1)
        >>> net = nf.Network("n", [p, column, nf.InstantSynapse(p, column, weights=1.0, g=1.0, port="excitatory")])
        >>> sol = nf.simulate(net, 3.0, save_at=np.linspace(2.0, 3.0, 1001))
        >>> eeg = sol["J.y1"] - sol["J.y2"]
        >>> int(np.sum(np.diff(np.sign(eeg[:, 0] - eeg.mean())) > 0))                 # cycles in a second
        11
    """

    ports: ClassVar[dict[str, str]] = {"excitatory": "Hz", "inhibitory": "Hz"}

    A: Param = parameter(3.25, unit="mV", validator=non_negative, doc="size of excitatory postsynaptic potentials")
    B: Param = parameter(22.0, unit="mV", validator=non_negative, doc="size of inhibitory postsynaptic potentials")
    a: Param = parameter(100.0, unit="1/s", validator=positive, doc="rate constant of excitation")
    b: Param = parameter(50.0, unit="1/s", validator=positive, doc="rate constant of inhibition")
    C1: Param = parameter(135.0, unit="1", doc="synapses of pyramidal on excitatory cells")
    C2: Param = parameter(108.0, unit="1", doc="synapses of excitatory on pyramidal cells")
    C3: Param = parameter(33.75, unit="1", doc="synapses of pyramidal on inhibitory cells")
    C4: Param = parameter(33.75, unit="1", doc="synapses of inhibitory on pyramidal cells")
    e0: Param = parameter(2.5, unit="Hz", validator=non_negative, doc="half of the highest firing rate")
    v0: Param = parameter(6.0, unit="mV", doc="potential at half of the highest firing rate")
    r: Param = parameter(0.56, unit="1/mV", validator=positive, doc="steepness of the firing rate")
    y0 = state(unit="mV", doc="potential that pyramidal cells cause in the others")
    y1 = state(unit="mV", doc="excitatory potential of pyramidal cells")
    y2 = state(unit="mV", doc="inhibitory potential of pyramidal cells")
    y3 = state(unit="mV/s", doc="derivative of y0")
    y4 = state(unit="mV/s", doc="derivative of y1")
    y5 = state(unit="mV/s", doc="derivative of y2")

    def rate(self, t: Any, s: Values) -> Any:
        return self.firing_rate(s.y1 - s.y2)

    def firing_rate(self, v: Any) -> Any:
        """``S(v)`` in Hz of cells at ``v`` mV, shape ``(..., size)``."""
        xp = array_namespace(v, self.r, self.v0)
        return self.e0 * (1.0 + xp.tanh(0.5 * self.r * (v - self.v0)))

    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        excitation = inputs.excitatory + self.C2 * self.firing_rate(self.C1 * s.y0)
        inhibition = inputs.inhibitory + self.C4 * self.firing_rate(self.C3 * s.y0)
        return {
            "y0": s.y3,
            "y1": s.y4,
            "y2": s.y5,
            "y3": self.a * (self.A * self.rate(t, s) - 2.0 * s.y3 - self.a * s.y0),
            "y4": self.a * (self.A * excitation - 2.0 * s.y4 - self.a * s.y1),
            "y5": self.b * (self.B * inhibition - 2.0 * s.y5 - self.b * s.y2),
        }
