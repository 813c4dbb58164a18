"""Mean fields of quadratic integrate-and-fire cells."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from netframe.arrays import array_namespace
from netframe.fields import Param, component, parameter, state
from netframe.populations.population import Population
from netframe.validators import positive
from netframe.values import Values


@component
class QIFMeanField(Population):
    """The exact mean field of all-to-all coupled quadratic integrate-and-fire cells, each entry a whole population.

        tau dr/dt = delta / (pi * tau) + 2 * r * v
        tau dv/dt = v^2 + eta + current - (pi * tau * r)^2

    All of shape ``(..., size)``; ``r`` is the firing rate in Hz and ``v`` the mean voltage, without unit. ``eta`` and
    ``delta`` are the centre and the half width of the Lorentzian the cells' constant inputs are drawn from. The
    population starts where it rests without input.

    Coupling is a projection whose current is the paper's ``J tau r``: weights ``J`` and, as ``g``, the ``tau`` of the
    target in s, ``InstantSynapse(q, q, weights=J, g=q.tau)``. ``J`` is then what one spike per cell adds to ``v``, and
    all else is the paper's with time in units of ``tau``: ``tau r`` and ``v`` do not depend on ``tau``.

    Source: Montbrio, Pazo & Roxin (2015), Phys Rev X 5:021028, eqs 12.

    Example:
        >>> import netframe as nf
        >>> q = nf.QIFMeanField("Q", size=1, tau=0.02, delta=1.0, eta=-5.0)
        >>> net = nf.Network("n", [q, nf.InstantSynapse(q, q, weights=15.0, g=q.tau)])
        >>> (0.02 * nf.simulate(net, 1.0, y0={"Q.r": 50.0, "Q.v": 0.0})["Q.r"][-1]).round(4)  # the active state
        array([1.0306])
    """

    ports: ClassVar[dict[str, str]] = {"current": "1"}

    tau: Param = parameter(0.01, unit="s", validator=positive, doc="membrane time constant", typical=(0.005, 1.0))
    eta: Param = parameter(-5.0, unit="1", doc="centre of the distribution of constant inputs")
    delta: Param = parameter(1.0, unit="1", validator=positive, doc="half width of the distribution of constant inputs")
    r = state(unit="Hz", initial=lambda cell: _rest(cell)[0] / (math.pi * cell.tau), doc="firing rate")
    v = state(unit="1", initial=lambda cell: -_rest(cell)[1], doc="mean voltage")

    def rate(self, t: Any, s: Values) -> Any:
        return s.r

    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        turns = math.pi * self.tau * s.r
        return {
            "r": (self.delta / (math.pi * self.tau) + 2.0 * s.r * s.v) / self.tau,
            "v": (s.v * s.v + self.eta + inputs.current - turns * turns) / self.tau,
        }


def _rest(cell: QIFMeanField) -> tuple[Any, Any]:
    """``pi tau r`` and ``-v`` without input: both parts of the square root of ``eta - i delta``."""
    xp = array_namespace(cell.eta, cell.delta)
    larger = xp.sqrt(0.5 * (xp.hypot(cell.eta, cell.delta) + abs(cell.eta)))
    smaller = 0.5 * cell.delta / larger
    return xp.where(cell.eta < 0.0, smaller, larger), xp.where(cell.eta < 0.0, larger, smaller)
