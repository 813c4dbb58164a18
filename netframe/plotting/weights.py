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
from netframe.memory import require
from netframe.plotting.arguments import Member, chosen, numbers
from netframe.plotting.drawing import draw_matrix
from netframe.plotting.style import SIGNED, axes_or_new, ground, style, whole_numbers, with_unit
from netframe.projections.projection import Projection

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@explained
def plot_weights(weights: Any, *, member: Member = None, ax: Axes | None = None) -> Axes:
    """Weights as a picture, a row for each postsynaptic and a column for each presynaptic cell.

    ``weights`` is an array ``(..., n_post, n_pre)``, a ``scipy.sparse`` matrix, of which absent and zero entries stay
    blank, or a ``Projection``, whose ends name the axes. Colours are centred at 0 where weights have both signs.
    ``member`` is the index along batch axes. Errors: :class:`ParameterError` for other shapes and a missing member,
    :class:`MemoryBudgetError` for a sparse matrix too large to draw.

    Example:
        >>> import netframe as nf
        >>> from matplotlib.figure import Figure
        >>> ffe, e = nf.ConstantInput("FFE", rates=np.full(3, 10.0)), nf.LeakyRate("E", size=2)
        >>> synapse = nf.ReversalSynapse(ffe, e, weights=np.ones((2, 3)), g=2e-5)
        >>> ax = nf.plotting.plot_weights(synapse, ax=Figure().subplots())
        >>> ax.get_xlabel(), ax.get_ylabel()
        ('FFE cell', 'E cell')
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
        draw_matrix(ax, matrix[index], with_unit("weight", unit))
        ax.set(xlabel=f"{pre} cell", ylabel=f"{post} cell", title=title)
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
        ax.set(xlabel=with_unit("weight", unit), ylabel="number of synapses", title=f"{name}, {counted}".strip(", "))
    return ax


def _named(weights: Any) -> tuple[Any, str, str, str, str]:
    """Weights, what their rows and columns are, their name and their unit."""
    if not isinstance(weights, Projection):
        return weights, "postsynaptic", "presynaptic", "", "1"
    unit, shape = parameters(type(weights))["weights"].unit, (weights.post.size, weights.pre.size)
    return as_structure(weights.weights).sized(*shape), weights.post.name, weights.pre.name, weights.name, unit


def _edges(values: np.ndarray, bins: int) -> np.ndarray:
    """Edges of bins around all values, one of them at 0 where values have both signs."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        return low + abs(low) * np.array([-0.05, 0.05])
    if low > 0.0 or high < 0.0:
        return np.linspace(low, high, bins + 1)
    width = (high - low) / bins
    return np.arange(np.floor(low / width), np.ceil(high / width) + 1) * width
