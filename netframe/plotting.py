"""The figures one looks at first: activations, input patterns, weights, and what a solution did.

Every function takes arrays or netframe objects, draws one figure with units on its axes and returns the matplotlib
``Axes`` to go on with. ``ax=`` draws into axes of yours, otherwise there is a new figure; nothing is shown or saved.

    ax = nf.plotting.plot_heatmap(sol, "E.v")
    ax.figure.savefig("voltage.png")
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.activations import Activation
from netframe.arrays import as_float64, is_sparse
from netframe.component import Declared
from netframe.connectivity import as_structure
from netframe.errors import ParameterError, suggestion
from netframe.fields import parameters
from netframe.inputs.constant import ConstantInput
from netframe.memory import require
from netframe.projections.projection import Projection
from netframe.solution import Solution

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from netframe.network import Network

Member = int | tuple[int, ...] | None
"""The index of one member of a batch: a number, or a tuple when there are several batch axes."""

#: Line colours that colour-blind readers tell apart on white (Okabe & Ito), and a marker for each.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = "os^DvPX"


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
    voltage = np.linspace(*_bends(activation), 401) if v is None else np.ravel(_numbers("v", v))
    rate = np.asarray(activation(voltage[:, None]))
    ax = axes_or_new(ax)
    _draw_lines(ax, voltage, np.broadcast_to(rate, np.broadcast_shapes(rate.shape, (len(voltage), 1))), "cell")
    ax.set(xlabel="voltage (mV)", ylabel="firing rate (Hz)", title=kind)
    return ax


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
    patterns = np.atleast_2d(_numbers("rates", rates))
    if patterns.ndim != 2:
        raise ParameterError(f"rates has shape {patterns.shape}; expected (n_patterns, n_channels) or (n_channels,)")
    ax = axes_or_new(ax)
    _draw_matrix(ax, patterns, "firing rate (Hz)")
    ax.set(xlabel=f"{name} channel".strip(), ylabel="input pattern", title=name)
    return ax


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
    post, pre, name, unit = "postsynaptic", "presynaptic", "", "1"
    if isinstance(weights, Projection):
        post, pre, name = weights.post.name, weights.pre.name, weights.name
        unit, shape = parameters(type(weights))["weights"].unit, (weights.post.size, weights.pre.size)
        weights = as_structure(weights.weights).sized(*shape)
    few = is_sparse(weights) or getattr(weights, "stored", None) is not None
    if hasattr(weights, "toarray"):
        require(math.prod(weights.shape) * 8, f"a picture of {weights.shape} weights", "Plot some rows or columns")
        weights = weights.toarray()
    matrix = _numbers("weights", np.where(weights == 0, np.nan, weights) if few else weights)
    if matrix.ndim < 2:
        raise ParameterError(f"weights has shape {matrix.shape}; expected (..., n_post, n_pre)")
    index, title = _chosen(name, matrix.shape[:-2], member)
    ax = axes_or_new(ax)
    _draw_matrix(ax, matrix[index], with_unit("weight", unit))
    ax.set(xlabel=f"{pre} cell", ylabel=f"{post} cell", title=title)
    return ax


def plot_rates(
    rates: Any, paths: Any = None, *, time: float | None = None, member: Member = None, ax: Axes | None = None
) -> Axes:
    """Firing rates in Hz of all cells at one moment, a line with markers for each population.

    ``rates`` maps labels to arrays ``(n_cells,)`` of any sizes, or is a solution, of which ``paths`` in Hz are drawn
    (every ``*.rate`` unless given) at the saved time nearest to ``time`` in s (the last unless given). ``member`` is
    the index along batch axes. Errors: :class:`ParameterError` for other shapes and units, a time outside the
    solution and a missing member; :class:`UnknownNameError` for a path the solution does not have.

    Example:
        >>> import netframe as nf
        >>> from matplotlib.figure import Figure
        >>> ax = nf.plotting.plot_rates({"E": np.zeros(10), "FFE": np.full(7, 20.0)}, ax=Figure().subplots())
        >>> [line.get_label() for line in ax.lines], ax.get_ylabel()
        (['E', 'FFE'], 'firing rate (Hz)')
    """
    title = ""
    if isinstance(rates, Solution):
        solution, rates = rates, {}
        if time is not None and not solution.t[0] - 1e-9 <= time <= solution.t[-1] + 1e-9:
            raise ParameterError(f"time is {time!r}; times from {solution.t[0]:g} to {solution.t[-1]:g} s were saved")
        k = -1 if time is None else int(np.argmin(np.abs(solution.t - time)))
        chosen = [path for path in solution.paths if path.endswith(".rate")] if paths is None else paths
        for path in [chosen] if isinstance(chosen, str) else chosen:
            t, values, _, _, title = _course(solution, path, member=member)
            if (unit := solution.network.quantities[path].unit) != "Hz":
                raise ParameterError(f"'{path}' is in {unit}, and only Hz is drawn; plot_traces draws any quantity")
            rates[path.removesuffix(".rate")], title = values[k], f"{title}, t = {t[k]:.4g} s"
    elif not isinstance(rates, Mapping) or not (paths is time is member is None):
        text = f"rates is of type {type(rates).__name__}; it must be a mapping from labels to arrays (n_cells,)"
        raise ParameterError(f"{text}, and then alone, or a Solution, to which paths, time and member refer")
    drawn = {str(label): _numbers(f"rates[{label!r}]", values) for label, values in rates.items()}
    wrong = {label: values.shape for label, values in drawn.items() if values.ndim != 1}
    if wrong or not drawn:
        text = f"rates has the shapes {wrong}" if wrong else "there are no rates to draw"
        raise ParameterError(f"{text}; expected one or more arrays of shape (n_cells,), in Hz")
    ax = axes_or_new(ax)
    for k, (label, values) in enumerate(drawn.items()):
        marker = MARKERS[(k + k // len(COLOURS)) % len(MARKERS)]
        ax.plot(values, label=label, color=COLOURS[k % len(COLOURS)], marker=marker, linewidth=1.0, markersize=5.0)
    ax.update_datalim([(0.0, 0.0)])
    ax.autoscale_view()
    ax.legend(framealpha=0.8)
    _whole_numbers(ax.xaxis)
    ax.set(xlabel="cell", ylabel="firing rate (Hz)", title=title)
    return ax


def plot_heatmap(
    values: Any,
    path: str | None = None,
    *,
    t: Any = None,
    unit: str | None = None,
    label: str | None = None,
    member: Member = None,
    ax: Axes | None = None,
) -> Axes:
    """A quantity of all cells over time in s as a picture, a row for each cell; times need not be evenly spaced.

    ``values`` is a solution, of which ``path`` is drawn, or an array ``(n_times, ..., n_cells)`` with its times ``t``,
    ``(n_times,)`` in s, and its ``unit``, "1" for none. ``label`` names the quantity, ``member`` is the index along
    batch axes. Each time has the colour of its values up to halfway to the next. Errors: :class:`ParameterError` for
    arguments that do not go together and a missing member; :class:`UnknownNameError` for an unknown path.

    Example:
        >>> import netframe as nf
        >>> from matplotlib.figure import Figure
        >>> sol = nf.simulate(nf.Network("n", [nf.LeakyRate("E", size=2)]), 0.1)
        >>> ax = nf.plotting.plot_heatmap(sol, "E.v", ax=Figure().subplots())
        >>> ax.get_xlabel(), ax.get_ylabel(), ax.collections[0].colorbar.ax.get_ylabel()
        ('time (s)', 'E cell', 'E.v (mV)')
    """
    t, values, label, cells, title = _course(values, path, t, unit, label, member)
    if len(t) < 2:
        raise ParameterError(f"a picture over time needs two times or more, not {len(t)}; plot_rates draws one")
    edges = np.concatenate([t[:1], 0.5 * (t[1:] + t[:-1]), t[-1:]])
    rows = np.arange(values.shape[1] + 1) - 0.5
    ax = axes_or_new(ax)
    mesh = ax.pcolormesh(edges, rows, values.T, cmap="viridis", shading="flat", rasterized=True)
    ax.figure.colorbar(mesh, ax=ax, label=label)
    _whole_numbers(ax.yaxis)
    ax.set(xlabel="time (s)", ylabel=cells, title=title, xlim=edges[[0, -1]], ylim=rows[[-1, 0]])
    return ax


def plot_traces(
    values: Any,
    path: str | None = None,
    *,
    t: Any = None,
    unit: str | None = None,
    label: str | None = None,
    member: Member = None,
    ax: Axes | None = None,
) -> Axes:
    """A quantity against time in s, a line for each cell and a bar that says which colour is which cell.

    Arguments and errors are those of :func:`plot_heatmap`.

    Example:
        >>> import netframe as nf
        >>> from matplotlib.figure import Figure
        >>> current = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
        >>> ax = nf.plotting.plot_traces(current, t=[0.0, 0.1, 0.5], unit="nA", label="current", ax=Figure().subplots())
        >>> len(ax.lines), ax.get_xlabel(), ax.get_ylabel()
        (2, 'time (s)', 'current (nA)')
    """
    t, values, label, cells, title = _course(values, path, t, unit, label, member)
    ax = axes_or_new(ax)
    _draw_lines(ax, t, values, cells)
    ax.set(xlabel="time (s)", ylabel=label, title=title)
    return ax


def _course(
    values: Any, path: str | None, t: Any = None, unit: Any = None, label: Any = None, member: Member = None
) -> tuple[np.ndarray, np.ndarray, str, str, str]:
    """What to draw over time: times, values of shape ``(n_times, n_cells)``, their label, their cells, the title."""
    name, cells, depth = "", "cell", 1
    if isinstance(values, Solution):
        if not path or unit or t is not None:
            text = f"path is {path!r}; a solution needs one, and neither t nor unit, which it has itself"
            raise ParameterError(text, remedy=suggestion(path or "", values.paths))
        network, t, array = values.network, values.t, np.asarray(values[path])
        name, label, unit = network.name, label or path, network.quantities[path].unit
        cells, depth = _cells(network, path)
    else:
        array = _numbers("values", values)
        if path or not unit or t is None:
            raise ParameterError("values is an array: it needs t= in s and unit=, such as 'mV', and has no path")
        t = _numbers("t", t)
        if array.ndim < 2 or t.shape != array.shape[:1] or not np.all(np.diff(t) >= 0):
            text = f"values has shape {array.shape} and t {t.shape}; expected (n_times, ..., n_cells) and (n_times,)"
            raise ParameterError(f"{text}, with t in order")
    index, title = _chosen(name, array.shape[1 : array.ndim - depth], member)
    array = array[(slice(None), *index)].reshape(len(t), -1)  # type: ignore[arg-type]
    return t, array, with_unit(label or "value", unit), cells, title


def _cells(network: Network, path: str) -> tuple[str, int]:
    """What the entries of a quantity are called, and the number of axes they lie along."""
    owner, _, name = path.rpartition(".")
    if owner in network.bound_nodes:
        return f"{owner} {'channel' if owner in network.sources else 'cell'}", 1
    bound = next(p for p in network.bound_projections if p.path == owner)
    axis = {"signal": "pre", "drive": "edge", "current": "post"}.get(name) or bound.axis_of(name)
    if axis == "synapse" or (axis == "edge" and not bound.lumped):
        return f"{owner} synapse (row by row)", len(bound.connectivity.synapses)
    return _cells(network, f"{bound.pre if axis == 'pre' else bound.post}.rate")


def _chosen(name: str, batch: tuple[int, ...], member: Member) -> tuple[tuple[int, ...], str]:
    """The index along batch axes of these lengths, and the title that says so."""
    index = () if member is None else member if isinstance(member, tuple) else (member,)
    inside = all(isinstance(i, (int, np.integer)) and -n <= i < n for i, n in zip(index, batch))
    if len(index) != len(batch) or not inside:
        where = f"this is a batch of shape {batch}" if batch else "there is no batch"
        remedy = "Choose one with member=, an index for each batch axis" if batch else "Leave it out"
        raise ParameterError(f"member is {member!r} and {where}", attribute="member", remedy=remedy)
    told = [name] * bool(name) + [f"member {', '.join(map(str, index))}"] * bool(index)
    return index, ", ".join(told)


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


def _numbers(name: str, value: Any) -> np.ndarray:
    """An argument as an array of float64 with something in it."""
    if isinstance(value, (Declared, Solution)):
        raise ParameterError(f"{name} is a {type(value).__name__}, which this figure cannot draw; give it an array")
    try:
        array = np.asarray(as_float64(value), dtype=np.float64)
    except TypeError as error:
        raise ParameterError(f"{name} {error}", attribute=name) from None
    if not array.size:
        raise ParameterError(f"{name} has shape {array.shape}, so there is nothing to draw", attribute=name)
    return array


def axes_or_new(ax: Any) -> Axes:
    """The axes to draw into: those given, or those of a new figure."""
    from matplotlib.axes import Axes

    if ax is None:
        from matplotlib import pyplot

        return pyplot.subplots(layout="constrained")[1]
    if not isinstance(ax, Axes):
        raise ParameterError(f"ax is of type {type(ax).__name__}; it must be matplotlib Axes, as of plt.subplots()")
    return ax


def _draw_matrix(ax: Axes, matrix: np.ndarray, label: str) -> None:
    """A picture with row 0 on top and a colour bar, centred at 0 for both signs; what is NaN stays blank."""
    largest = np.nanmax(np.abs(matrix)) if np.any(matrix < 0) and np.any(matrix > 0) else 0.0
    colours = {"cmap": "RdBu_r", "vmin": -largest, "vmax": largest} if largest else {"cmap": "viridis"}
    if largest:
        ax.set_facecolor("0.8")  # the middle of these colours is nearly white, so blank is another shade
    image = ax.imshow(matrix, aspect="auto", interpolation="nearest", **colours)
    ax.figure.colorbar(image, ax=ax, label=label)
    _whole_numbers(ax.xaxis, ax.yaxis)


def _draw_lines(ax: Axes, x: np.ndarray, values: np.ndarray, cells: str) -> None:
    """A line for each column of ``values``, and a bar that says which colour is which; it covers no line."""
    from matplotlib import cm, colormaps, colors

    n = values.shape[1]
    # The yellow end of viridis is left out: it cannot be read on white.
    colours = COLOURS[:n] if n <= len(COLOURS) else colormaps["viridis"](np.linspace(0.0, 0.9, n))
    for k in range(n):
        ax.plot(x, values[:, k], color=colours[k], linewidth=1.2, label=f"{cells} {k}")
    ax.margins(x=0.0)
    if n > 1:
        scale = cm.ScalarMappable(colors.Normalize(-0.5, n - 0.5), colors.ListedColormap(colours))
        bar = ax.figure.colorbar(scale, ax=ax, label=cells)
        bar.ax.invert_yaxis()
        _whole_numbers(bar.ax.yaxis)


def _whole_numbers(*along: Any) -> None:
    from matplotlib.ticker import MaxNLocator

    for axis in along:
        axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def with_unit(label: str, unit: str) -> str:
    """A label with its unit behind it, where there is one."""
    return label if unit in ("", "1") else f"{label} ({unit})"
