"""Cells whose state is the firing rate itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from netframe.activations import Activation, ThresholdLinear, no_activation
from netframe.arrays import array_namespace
from netframe.fields import Param, component, parameter, state
from netframe.populations.population import Population
from netframe.validators import Validator, non_negative, positive
from netframe.values import Values

_AT_LEAST_ONE = Validator("1 or more", lambda x: np.isfinite(x) & (x >= 1.0))


@component
class FiringRate(Population):
    """A firing rate that follows an activation of the input, with ports for divisive inhibition and for gain.

        tau dr/dt = -(1 + shunt) * r + activation((1 + gain) * current)

    All of shape ``(..., size)``. ``current`` is the input of the activation, in mV. A constant ``shunt`` divides the
    rate the cell settles at by ``1 + shunt`` and makes it settle that much faster; ``gain`` multiplies the input by
    ``1 + gain``. Both are 0 where nothing projects to them; with ``shunt`` below -1 the rate has no bound. Write
    ``InstantSynapse(i, e, weights=w, g=1.0, port="shunt")`` to project to one of them.

    Source: Dayan & Abbott (2001), Theoretical Neuroscience, eq. 7.11, for the cell without shunt and gain; Carandini &
    Heeger (1994), Science 264:1333, for the shunt.

    Example:
        >>> import netframe as nf
        >>> x, e = nf.ConstantInput("X", rates=[3.0]), nf.FiringRate("E", size=1)
        >>> drive = nf.InstantSynapse(x, e, weights=4.0, g=1.0)
        >>> shunt = nf.InstantSynapse(x, e, weights=1.0, g=1.0, port="shunt", name="shunt")
        >>> nf.simulate(nf.Network("n", [x, e, drive, shunt]), 1.0)["E.r"][-1].round(3)     # 12 / (1 + 3)
        array([3.])
    """

    ports: ClassVar[dict[str, str]] = {"current": "mV", "shunt": "1", "gain": "1"}

    activation: Activation = ThresholdLinear(threshold=0.0, gain=1.0)
    tau: Param = parameter(0.01, unit="s", validator=positive, doc="time constant of the rate", typical=(0.005, 1.0))
    r = state(unit="Hz", doc="firing rate")

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from no_activation("activation", self.activation)

    def rate(self, t: Any, s: Values) -> Any:
        return s.r

    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        target = self.activation((1.0 + inputs.gain) * inputs.current)
        return {"r": (target - (1.0 + inputs.shunt) * s.r) / self.tau}


@component
class LinearRate(Population):
    """A rate that follows its input, passively and without threshold; it may be below 0.

        tau dr/dt = -r + current

    All of shape ``(..., size)``, ``current`` in Hz. Under a constant input it is ``current + (r0 - current) exp(-t /
    tau)``, and a network of such cells is a linear system.

    Source: Dayan & Abbott (2001), Theoretical Neuroscience, section 7.4, linear recurrent networks.

    Example:
        >>> import netframe as nf
        >>> x, e = nf.ConstantInput("X", rates=[3.0]), nf.LinearRate("E", size=1, tau=0.1)
        >>> net = nf.Network("n", [x, e, nf.InstantSynapse(x, e, weights=-2.0, g=1.0)])
        >>> nf.simulate(net, 0.1)["E.r"][-1].round(4)                       # -6 (1 - 1/e)
        array([-3.7927])
    """

    ports: ClassVar[dict[str, str]] = {"current": "Hz"}

    tau: Param = parameter(0.01, unit="s", validator=positive, doc="time constant of the rate", typical=(0.005, 1.0))
    r = state(unit="Hz", doc="firing rate")
    linear = True

    def rate(self, t: Any, s: Values) -> Any:
        return s.r

    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        return {"r": (inputs.current - s.r) / self.tau}


@component
class StabilizedSupralinear(Population):
    """A rate that follows a power of its input: the cell of the stabilized supralinear network.

        tau dr/dt = -r + k * max(current, 0) ** n

    All of shape ``(..., size)``, ``current`` in mV. Excitatory and inhibitory cells coupled by ``InstantSynapse`` add
    their inputs more than linearly while these are weak and less than linearly once inhibition stabilizes the circuit.

    Source: Ahmadian, Rubin & Miller (2013), Neural Comput 25:1994; Rubin, Van Hooser & Miller (2015), Neuron 85:402,
    from which the default ``k``, ``n`` and ``tau`` of excitatory cells are taken.

    Example:
        >>> import netframe as nf
        >>> x, e = nf.ConstantInput("X", rates=[10.0]), nf.StabilizedSupralinear("E", size=1)
        >>> net = nf.Network("n", [x, e, nf.InstantSynapse(x, e, weights=1.0, g=1.0)])
        >>> nf.simulate(net, 1.0)["E.r"][-1].round(3)                       # 0.04 * 10 ** 2
        array([4.])
    """

    ports: ClassVar[dict[str, str]] = {"current": "mV"}

    tau: Param = parameter(0.02, unit="s", validator=positive, doc="time constant of the rate", typical=(0.005, 1.0))
    k: Param = parameter(0.04, unit="Hz/mV^n", validator=non_negative, doc="rate at an input of one millivolt")
    n: Param = parameter(2.0, unit="1", validator=_AT_LEAST_ONE, doc="power of the input")
    r = state(unit="Hz", doc="firing rate")

    def rate(self, t: Any, s: Values) -> Any:
        return s.r

    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        above = array_namespace(inputs.current).maximum(inputs.current, 0.0)
        return {"r": (self.k * above**self.n - s.r) / self.tau}
