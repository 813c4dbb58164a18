"""Input patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.calls import explained
from netframe.errors import ParameterError
from netframe.inputs.constant import ConstantInput
from netframe.plotting.arguments import numbers
from netframe.plotting.captions import caption
from netframe.plotting.drawing import draw_matrix
from netframe.plotting.style import axes_or_new, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@explained
def plot_patterns(rates: Any, *, ax: Axes | None = None) -> Axes:
    """Input patterns in Hz as a picture, a row for each pattern and a column for each channel.

    ``rates`` is an array ``(n_patterns, n_channels)``, or ``(n_channels,)`` for one pattern, or a ``ConstantInput``,
    which also gives its name. Errors: :class:`ParameterError` for other shapes and objects.

    Example:
        >>> import netframe as nf
        >>> from matplotlib.figure import Figure
        >>> ffe = nf.ConstantInput("FFE", rates=np.arange(21.0).reshape(3, 7))
        >>> ax = nf.plotting.plot_patterns(ffe, ax=Figure().subplots())
        >>> ax.get_xlabel(), ax.get_ylabel()
        ('FFE channel', 'input pattern')
    """
    rates, name = (rates.rates, rates.name) if isinstance(rates, ConstantInput) else (rates, "")
    patterns = np.atleast_2d(numbers("rates", rates))
    if patterns.ndim != 2:
        raise ParameterError(f"rates has shape {patterns.shape}; expected (n_patterns, n_channels) or (n_channels,)")
    ax = axes_or_new(ax)
    with style(ax):
        draw_matrix(ax, patterns, "firing rate (Hz)")
        caption(ax, f"{name} channel".strip(), "input pattern", name)
    return ax
