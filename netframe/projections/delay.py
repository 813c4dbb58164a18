"""Synapses that take their time: delays spread over a gamma distribution."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from netframe.arrays import is_concrete
from netframe.errors import brief
from netframe.fields import Param, StateInfo, component, parameter, state
from netframe.projections.projection import Projection
from netframe.validators import positive
from netframe.values import Values

#: How far, as a share, ``(delay / spread)^2`` may be from a whole number.
_NEAR = 0.01


@component
class GammaDelaySynapse(Projection):
    """A delay spread over a gamma distribution of a whole order: a chain of low-passes for each presynaptic cell.

        dx_k/dt = (x_(k-1) - x_k) * order / delay,    x_0 = rate, k = 1 ... order
        current = g * sum_j w_ij x_order,j

    The delay has mean ``delay`` and standard deviation ``delay / sqrt(order)``: one stage is a low-pass, many come near
    a fixed delay. ``order`` is given, or follows from ``spread``, the standard deviation, as ``(delay / spread)^2``,
    which must be within a hundredth of a whole number. States are ``x1``, ``x2``, ... as many as the order.

    A later change of ``delay`` keeps the order and scales the spread; where ``spread`` was given it must be changed
    along, with ``order=None``. Errors: ``ParameterError`` where neither is given, or where they disagree.

    Source: MacDonald (1978), Time Lags in Biological Models; Smith (2011), An Introduction to Delay Differential
    Equations, chapter 7, the linear chain trick.

    Example:
        >>> import numpy as np, netframe as nf
        >>> ffe, e = nf.StepInput("FFE", size=3, amplitude=10.0, onset=0.0), nf.LeakyRate("E", size=2)
        >>> synapse = nf.GammaDelaySynapse(ffe, e, weights=np.ones((2, 3)), g=1e-3, delay=0.02, spread=0.005)
        >>> net = nf.Network("n", [ffe, e, synapse])
        >>> synapse.order, net.registry.size
        (16, 50)
        >>> nf.simulate(net, 0.1, save_at=[0.01, 0.02, 0.03, 0.1])["FFE_to_E.current"][:, 0].round(4)
        array([0.0002, 0.016 , 0.029 , 0.03  ])
    """

    delay: Param = parameter(unit="s", axes=("pre",), validator=positive, doc="mean delay", typical=(0.001, 0.5))
    g: Param = parameter(unit="nA/Hz", axes=("post",), doc="current per weight and delayed rate")
    spread: float | None = None
    order: int | None = attrs.field(
        default=None, converter=attrs.Converter(lambda given, synapse: _whole(given, synapse), takes_self=True)
    )
    lumpable = True
    linear = True

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        spread = self.spread
        if spread is not None and not (_is_number(spread) and np.isfinite(spread) and spread > 0):
            yield f"spread is {brief(spread)}; it must be a positive number in s"
        elif self.order is None and spread is None:
            yield "neither order nor spread is given; order is the number of stages, spread the deviation in s"
        elif self.order is None:
            yield self._no_order()
        elif isinstance(self.order, bool) or not isinstance(self.order, (int, np.integer)) or self.order < 1:
            yield f"order is {brief(self.order)}; it must be a whole number of at least 1"
        elif spread is not None and is_concrete(self.delay) and not _fits(self.order, _orders(self.delay, spread)):
            has = f"delay {_told(self.delay)} has a spread of {_told(self.delay / np.sqrt(self.order))}"
            yield f"spread is {spread:g} s, and with order {self.order} {has}; give order alone, or order=None"

    def _no_order(self) -> str:
        """Why no whole order goes with the spread."""
        if not is_concrete(self.delay):
            return "delay is traced, and the order cannot follow from spread then; give order"
        ratios = _orders(self.delay, self.spread)
        given = f"spread is {self.spread:g} s and delay {_told(self.delay)}"
        told = f"{given}, so that (delay / spread)^2 is {_told(ratios, '')}"
        if ratios.size == 1:
            low = max(1, int(np.floor(ratios.flat[0])))
            delay = float(np.ravel(self.delay)[0])
            near = " or ".join(f"{delay / np.sqrt(n):.4g} s (order {n})" for n in (low, low + 1))
            return f"{told}; it must be a whole number of at least 1, as for a spread of {near}"
        return f"{told}; it must be one whole number of at least 1 for all delays. Give order instead"

    def state_variables(self) -> dict[str, StateInfo]:
        return {f"x{k}": state(unit="Hz", axes=("pre",), doc=f"stage {k} of the delay") for k in self._stages()}

    def _stages(self) -> range:
        return range(1, 1 + (self.order if isinstance(self.order, (int, np.integer)) else 0))

    def signal(self, t: Any, s: Values, pre: Values) -> Any:
        return s[f"x{self.order}"]

    def pre_derivatives(self, t: Any, s: Values, pre: Values) -> dict[str, Any]:
        stages = [pre.rate, *(s[f"x{k}"] for k in self._stages())]
        pace = len(self._stages()) / self.delay
        return {f"x{k}": (stages[k - 1] - stages[k]) * pace for k in self._stages()}

    def current(self, t: Any, s: Values, inputs: Values) -> Any:
        return self.g * inputs.drive


def _whole(given: Any, synapse: Any) -> Any:
    """The order as it is kept: as given, or from the spread where there is one that fits."""
    spread = synapse.spread
    if given is not None or not (_is_number(spread) and spread > 0) or not is_concrete(synapse.delay):
        return given
    ratios = _orders(synapse.delay, spread)
    nearest = np.round(ratios.flat[0])
    return int(nearest) if nearest >= 1 and _fits(nearest, ratios) else None


def _orders(delay: Any, spread: Any) -> np.ndarray:
    return np.square(np.asarray(delay, dtype=np.float64) / spread)


def _fits(order: Any, ratios: np.ndarray) -> bool:
    return bool(np.all(np.abs(ratios - order) <= _NEAR * order))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def _told(values: Any, unit: str = " s") -> str:
    """One number, or the range of several."""
    low, high = np.min(values), np.max(values)
    return f"{low:.4g}{unit}" if low == high else f"{low:.4g} to {high:.4g}{unit}"
