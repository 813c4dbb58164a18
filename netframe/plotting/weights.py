"""Weights: as a picture, and how they are spread."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.arrays import is_sparse
from netframe.calls import explained
from netframe.connectivity import as_structure
from netframe.errors import ParameterError, brief
from netframe.fields import parameters
from netframe.inputs.source import InputSource
from netframe.memory import require
from netframe.plotting.arguments import Member, chosen, numbers
from netframe.plotting.captions import caption, with_unit
from netframe.plotting.drawing import MOST_ROWS, draw_matrix, limits
from netframe.plotting.style import SIGNED, axes_or_new, ground, style, whole_numbers
from netframe.projections.projection import Projection

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@explained
def plot_weights(weights: Any, *, member: Member = None, ax: Axes | None = None) -> Axes:
    """Weights as a picture, a row for each postsynaptic and a column for each presynaptic cell.

    ``weights`` is an array ``(..., n_post, n_pre)``, a ``scipy.sparse`` matrix, of which absent and zero entries are
    grey, or a ``Projection``, whose ends name the axes. Colours are centred at 0 where weights have both signs. Beyond
    300 cells a dot of sparse weights stands for several pairs and has the largest absolute weight of them, so that none
    is lost. ``member`` is the index along batch axes. Errors: :class:`ParameterError` for other shapes and a missing
    member, :class:`MemoryBudgetError` for a sparse matrix too large to draw.

    Example:
        >>> import netframe as nf
        >>> from matplotlib.figure import Figure
        >>> ffe, e = nf.ConstantInput("FFE", rates=np.full(3, 10.0)), nf.LeakyRate("E", size=2)
        >>> synapse = nf.ReversalSynapse(ffe, e, weights=np.ones((2, 3)), g=2e-5)
        >>> ax = nf.plotting.plot_weights(synapse, ax=Figure().subplots())
        >>> ax.get_xlabel(), ax.get_ylabel()
        ('FFE channel', 'E cell')
    """
    weights, post, pre, name, unit = _named(weights)
    if hasattr(weights, "toarray"):
        require(math.prod(weights.shape) * 8, f"a picture of {weights.shape} weights", "Plot some rows or columns")
    few = is_sparse(weights) or getattr(weights, "stored", None) is not None
    weights = weights.toarray() if hasattr(weights, "toarray") else weights
    matrix = numbers("weights", np.where(weights == 0, np.nan, weights) if few else weights)
    if matrix.ndim < 2:
        raise ParameterError(f"weights has shape {matrix.shape}; expected (..., n_post, n_pre)")
    index, title = chosen(name, matrix.shape[:-2], member)
    ax = axes_or_new(ax)
    with style(ax):
        shown, (rows, columns) = matrix[index], matrix.shape[-2:]
        title = f"{title}, no synapses" if few and np.isnan(shown).all() else title
        extent = (-0.5, columns - 0.5, rows - 0.5, -0.5)
        draw_matrix(ax, _raster(shown) if few else shown, with_unit("weight", unit), extent=extent)
        caption(ax, pre, post, title)
    return ax


@explained
def plot_weight_histogram(
    weights: Any, *, bins: int | None = None, member: Member = None, ax: Axes | None = None
) -> Axes:
    """How many synapses have which weight; bars below zero have another colour.

    ``weights`` is what :func:`plot_weights` takes. Pairs of cells without a weight, or with one of zero, are left out,
    and the title says how many are counted. ``bins`` is their number, chosen by the number of synapses unless given;
    where there are both signs an edge is at 0. Errors: those of :func:`plot_weights`, and :class:`ParameterError` where
    all weights are zero.

    Example:
        >>> import netframe as nf
        >>> from matplotlib.figure import Figure
        >>> ax = nf.plotting.plot_weight_histogram(np.array([[0.5, 0.0], [-0.2, 0.1]]), ax=Figure().subplots())
        >>> ax.get_xlabel(), ax.get_ylabel(), ax.get_title()
        ('weight', 'number of synapses', '3 of 4 pairs')
    """
    weights, _, _, name, unit = _named(weights)
    if not (bins is None or (isinstance(bins, (int, np.integer)) and bins > 0)):
        raise ParameterError(f"bins is {brief(bins)}; it must be a whole number of one or more", attribute="bins")
    if is_sparse(weights):
        shape, values = weights.shape, weights.data
        chosen(name, (), member)
    else:
        if hasattr(weights, "toarray"):
            require(math.prod(weights.shape) * 8, f"a histogram of {weights.shape} weights", "Count some rows")
            weights = weights.toarray()
        matrix = numbers("weights", weights)
        if matrix.ndim < 2:
            raise ParameterError(f"weights has shape {matrix.shape}; expected (..., n_post, n_pre)")
        index, name = chosen(name, matrix.shape[:-2], member)
        shape, values = matrix.shape[-2:], matrix[index]
    values = values[(values != 0.0) & ~np.isnan(values)]
    if not values.size:
        raise ParameterError(f"all weights of shape {shape} are zero, so there is nothing to count")
    edges = _edges(values, bins or int(np.clip(np.ceil(2.0 * np.cbrt(values.size)), 10, 60)))
    counts, _ = np.histogram(values, edges)
    ax = axes_or_new(ax)
    with style(ax):
        colours = [SIGNED[int(centre > 0.0)] for centre in edges[:-1] + np.diff(edges) / 2.0]
        ax.bar(edges[:-1], counts, np.diff(edges), align="edge", color=colours, edgecolor=ground(ax), linewidth=0.4)
        whole_numbers(ax.yaxis)
        counted = f"{values.size} of {math.prod(shape)} pairs"
        if len(counts) == 1:
            ax.margins(x=1.0)  # a bar alone is no wall
        caption(ax, with_unit("weight", unit), "number of synapses", f"{name}, {counted}")
    return ax


def _named(weights: Any) -> tuple[Any, str, str, str, str]:
    """Weights, what their rows and columns are, their name and their unit."""
    if not isinstance(weights, Projection):
        return weights, "postsynaptic cell", "presynaptic cell", "", "1"
    unit, shape = parameters(type(weights))["weights"].unit, (weights.post.size, weights.pre.size)
    pre = f"{weights.pre.name} {'channel' if isinstance(weights.pre, InputSource) else 'cell'}"
    return as_structure(weights.weights).sized(*shape), f"{weights.post.name} cell", pre, weights.name, unit


def _raster(matrix: np.ndarray) -> np.ndarray:
    """At most 300 rows and columns of a matrix: of each block the entry of the largest absolute value."""
    steps = [math.ceil(length / MOST_ROWS) for length in matrix.shape]
    if max(steps) == 1:
        return matrix
    pad = [(0, -length % step) for length, step in zip(matrix.shape, steps)]
    padded = np.pad(matrix, pad, constant_values=np.nan)
    rows, columns = (length // step for length, step in zip(padded.shape, steps))
    blocks = padded.reshape(rows, steps[0], columns, steps[1]).swapaxes(1, 2).reshape(rows, columns, -1)
    largest = np.argmax(np.where(np.isnan(blocks), -1.0, np.abs(blocks)), axis=-1)
    return np.take_along_axis(blocks, largest[..., None], axis=-1)[..., 0]


def _edges(values: np.ndarray, bins: int) -> np.ndarray:
    """Edges of bins around all values, one of them at 0 where values have both signs."""
    low, high = float(values.min()), float(values.max())
    if limits(values) != (low, high):
        return np.array(limits(values))
    if low > 0.0 or high < 0.0:
        return np.linspace(low, high, bins + 1)
    width = (high - low) / bins
    return np.arange(np.floor(low / width), np.ceil(high / width) + 1) * width
