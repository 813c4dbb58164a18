"""Population: the abstract cell type."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from netframe.component import Node
from netframe.fields import component
from netframe.values import Values


@component
class Population(Node):
    """``size`` cells of one type.

    A subclass declares parameters and states and writes ``rate`` and ``derivatives``, elementwise: cell i of what
    they return depends on cell i of what they are given. ``inputs.current`` is the sum over all projections onto the
    population, shape ``(..., size)``; more ``ports`` may be declared for projections to add to.

    Example:
        >>> import netframe as nf
        >>> @nf.component
        ... class Leaky(nf.Population):
        ...     tau: nf.Param = nf.parameter(0.02, unit="s", validator=nf.positive, doc="time constant")
        ...     r = nf.state(unit="Hz", doc="firing rate")
        ...     def rate(self, t, s):
        ...         return s.r
        ...     def derivatives(self, t, s, inputs):
        ...         return {"r": (inputs.current - s.r) / self.tau}
        >>> nf.Network("n", [Leaky("L", size=2)]).registry.size
        2
    """

    ports: ClassVar[dict[str, str]] = {"current": "nA"}

    size: int

    @abstractmethod
    def derivatives(self, t: Any, s: Values, inputs: Values) -> dict[str, Any]:
        """The time derivative of every state, per second, shape ``(..., size)`` each."""
