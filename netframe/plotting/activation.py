"""Activations: firing rate against voltage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.activations import Activation
from netframe.calls import explained
from netframe.errors import ParameterError
from netframe.fields import parameters
from netframe.plotting.arguments import numbers
from netframe.plotting.captions import caption
from netframe.plotting.drawing import draw_lines
from netframe.plotting.style import axes_or_new, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@explained
def plot_activation(activation: Activation, v: Any = None, *, ax: Axes | None = None) -> Axes:
    """Firing rate in Hz against voltage in mV, a line for each cell where parameters have shape ``(n_cells,)``.

    ``v``, of shape ``(n_voltages,)`` in mV, spans the bends of the activation unless given. Errors:
    :class:`ParameterError` for parameters with batch axes, and for what is no activation or no voltages.

    Example:
        >>> import netframe as nf
        >>> from matplotlib.figure import Figure
        >>> ax = nf.plotting.plot_activation(nf.ClippedLinear(), ax=Figure().subplots())
        >>> ax.get_xlabel(), ax.get_ylabel()
        ('voltage (mV)', 'firing rate (Hz)')
    """
    kind = type(activation).__name__
    if not isinstance(activation, Activation):
        raise ParameterError(f"activation is of type {kind}; it must be an Activation, such as e.activation")
    if activation.batch_shapes():
        raise ParameterError(f"{kind} has batch axes {activation.batch_shapes()}; give it the parameters of one member")
    voltage = np.linspace(*_bends(activation), 401) if v is None else np.ravel(numbers("v", v))
    rate = np.asarray(activation(voltage[:, None]))
    ax = axes_or_new(ax)
    with style(ax):
        draw_lines(ax, voltage, np.broadcast_to(rate, np.broadcast_shapes(rate.shape, (len(voltage), 1))), "cell")
        caption(ax, "voltage (mV)", "firing rate (Hz)", kind)
    return ax


def _bends(activation: Activation) -> tuple[float, float]:
    """Voltages around those an activation names: its parameters in mV, of which ``width`` is a distance."""
    in_mv = {name for name, info in parameters(type(activation)).items() if info.unit == "mV"}
    if not in_mv - {"width"}:
        return -80.0, 0.0
    voltages = [np.ravel(getattr(activation, name)) for name in sorted(in_mv - {"width"})]
    low, high = float(np.min(np.concatenate(voltages))), float(np.max(np.concatenate(voltages)))
    width = float(np.max(activation.width)) if "width" in in_mv else 0.0  # type: ignore[attr-defined]
    margin = max(8.0 * width or (30.0 if len(voltages) == 1 else 0.0), 1.5 * (high - low))
    return low - margin, high + margin
