"""Leaky integrators of current whose voltage sets a firing rate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netframe.activations import Activation, ClippedLinear, no_activation
from netframe.fields import Param, component, parameter, state
from netframe.populations.population import Population
from netframe.validators import positive
from netframe.values import Values


@component
class LeakyRate(Population):
    """A passive membrane that fires at a rate set by its voltage; the notebook's cell.

        tau dv/dt = -(v - v_rest) + r_in * current
        rate      = activation(v)

    All of shape ``(..., size)``. A cell without input rests at ``v_rest``; under a constant current it approaches
    ``v_rest + r_in * current`` with time constant ``tau``.

    Example:
        >>> import netframe as nf
        >>> e = nf.LeakyRate("E", size=3, tau=0.02)
        >>> nf.Network("n", [e]).initial_state()
        array([-70., -70., -70.])
    """

    activation: Activation = ClippedLinear()
    tau: Param = parameter(0.05, unit="s", validator=positive, doc="membrane time constant", typical=(0.005, 1.0))
    v_rest: Param = parameter(-70.0, unit="mV", doc="resting voltage")
    r_in: Param = parameter(100.0, unit="MOhm", validator=positive, doc="input resistance")
    v = state(unit="mV", initial="v_rest", doc="membrane voltage")
    linear = True

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from no_activation("activation", self.activation)

    def rate(self, t: Any, s: Values) -> Any:
        return self.activation(s.v)

    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        return {"v": (self.r_in * inputs.current - (s.v - self.v_rest)) / self.tau}
