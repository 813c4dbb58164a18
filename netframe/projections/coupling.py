"""Projections that couple the states of two cells by their difference."""

from __future__ import annotations

from typing import Any

from netframe.fields import Param, component, parameter
from netframe.projections.projection import Projection
from netframe.values import Values


@component
class GapJunction(Projection):
    """Electrical synapses: a current proportional to the difference of two voltages.

        current = g * sum_j w_ij (v_j - v_i)

    A projection is one direction. A junction passes current both ways, so that within a population the weights of real
    junctions are symmetric, and between two populations there are two projections, one with the transposed weights.

    Both ends must have a state ``v`` in mV; the ``signal`` is the presynaptic voltage.

    Source: Bennett & Zukin (2004), Neuron 41:495.

    Example:
        >>> import numpy as np, netframe as nf
        >>> e = nf.LeakyRate("E", size=2)
        >>> net = nf.Network("n", [e, nf.GapJunction(e, e, weights=np.array([[0.0, 1.0], [1.0, 0.0]]), g=0.01)])
        >>> net.rhs(0.0, np.array([-70.0, -60.0]))          # (100 g 10 - 0) / tau, (-100 g 10 - 10) / tau
        array([ 200., -400.])
    """

    signal_unit = "mV"
    pre_states = post_states = ("v",)

    g: Param = parameter(unit="nA/mV", axes=("post",), doc="conductance per weight")
    lumpable = True
    linear = True

    def signal(self, t: Any, s: Values, pre: Values) -> Any:
        return pre.v

    def current(self, t: Any, s: Values, inputs: Values) -> Any:
        return self.g * (inputs.drive - self.weights * inputs.post.v)


@component
class DiffusiveCoupling(Projection):
    """Coupling by the difference of any one quantity of two cells, a state or the rate.

        current = k * sum_j w_ij (x_j - x_i)

    ``of`` names the quantity ``x``: a state that both ends have, or ``"rate"``. What arrives at the port is in the
    unit of that quantity times that of ``k``. With ``dx/dt = current`` this is diffusion on a graph,
    ``dx/dt = -k L x``, where ``L`` is the graph's Laplacian, row sums of the weights less the weights.

    Source: Arenas et al. (2008), Phys. Rep. 469:93.

    Example:
        >>> import numpy as np, netframe as nf
        >>> e = nf.LeakyRate("E", size=2)
        >>> ring = np.array([[0.0, 1.0], [1.0, 0.0]])
        >>> net = nf.Network("n", [e, nf.DiffusiveCoupling(e, e, weights=ring, of="v", k=0.01)])
        >>> net.rhs(0.0, np.array([-70.0, -60.0]))          # (100 k 10 - 0) / tau, (-100 k 10 - 10) / tau
        array([ 200., -400.])
    """

    of: str = "v"
    k: Param = parameter(1.0, unit="1", axes=("post",), doc="strength of the coupling per weight")
    lumpable = True

    @property
    def signal_unit(self) -> str:  # type: ignore[override]
        """The unit of the quantity that is coupled."""
        return self.pre.rate_unit if self.of == "rate" else self.pre.state_variables()[self.of].unit

    @property
    def pre_states(self) -> tuple[str, ...]:  # type: ignore[override]
        """The state that is coupled, if it is one."""
        return () if self.of == "rate" else (self.of,)

    @property
    def post_states(self) -> tuple[str, ...]:  # type: ignore[override]
        """The same, at the other end."""
        return self.pre_states

    def signal(self, t: Any, s: Values, pre: Values) -> Any:
        return pre[self.of]

    def current(self, t: Any, s: Values, inputs: Values) -> Any:
        return self.k * (inputs.drive - self.weights * inputs.post[self.of])
