"""Results of analysis: tuning curves, similarities between patterns, power spectra."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.calls import explained
from netframe.errors import ParameterError
from netframe.plotting.arguments import Member, chosen, instance, with_name
from netframe.plotting.captions import caption, with_unit
from netframe.plotting.drawing import FEW_CELLS, MANY, draw_cells, draw_lines, draw_matrix, limits, name_ticks
from netframe.plotting.style import axes_or_new, colour_bar, ramp, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from netframe.analysis import PowerSpectrum, Similarity, TuningCurves
    from netframe.labels import AxisLabels


@explained
def plot_tuning_curves(
    curves: TuningCurves,
    *,
    stimulus: str = "stimulus",
    stimulus_unit: str = "1",
    unit: str = "Hz",
    member: Member = None,
    ax: Axes | None = None,
) -> Axes:
    """Mean responses against the stimulus: up to 8 cells are lines with markers, and more a heat map.

    A row of the heat map is a cell; they are in the order of their preferred stimuli, with the least on top and cells
    that respond to all alike at the bottom, and the ticks are the numbers of the cells, or their labels.
    ``stimulus`` names the stimulus, ``stimulus_unit`` and ``unit`` are the units of stimuli and responses, "1" for
    none. ``member`` is the index along batch axes, or a label. Errors: :class:`ParameterError` for what are no
    ``TuningCurves`` and a missing member.

    Example:
        >>> import netframe as nf
        >>> from matplotlib.figure import Figure
        >>> curves = nf.analysis.tuning_curves(np.array([[8.0, 1.0], [4.0, 5.0]]), [0.0, 90.0])
        >>> ax = nf.plotting.plot_tuning_curves(curves, stimulus="angle", stimulus_unit="°", ax=Figure().subplots())
        >>> ax.get_xlabel(), ax.get_ylabel(), len(ax.lines)
        ('angle (°)', 'firing rate (Hz)', 2)
    """
    from netframe.analysis.tuning import TuningCurves

    instance(curves, TuningCurves, "curves", "analysis.tuning_curves")
    index, title = chosen("tuning curves", curves.curves.shape[:-2], member, curves.labels)
    values = curves.curves[index]
    names, cell = _cells(curves.labels)
    label = with_unit("firing rate" if unit == "Hz" else "response", unit)
    ax = axes_or_new(ax)
    with style(ax):
        if values.shape[1] > FEW_CELLS:
            _in_order(ax, curves.stimuli, values, curves.preferred[index], names, label, limits(values))
            label = f"{cell}, by preferred {stimulus}"
        else:
            marker = "o" if len(values) <= MANY else ""
            draw_lines(ax, curves.stimuli, values, cell, names, marker=marker, markersize=3.5)
            ax.margins(x=0.02)
        caption(ax, with_unit(stimulus, stimulus_unit), label, title)
    return ax


@explained
def plot_similarity(similarity: Similarity, *, member: Member = None, ax: Axes | None = None) -> Axes:
    """Similarities between every two patterns as a picture, from 0 to 1, or from -1 to 1 where some are negative.

    Patterns without a similarity are grey; those that have labels are called by them. ``member`` is the index along
    other batch axes, or a label. Errors: :class:`ParameterError` for what is no ``Similarity`` and a missing member.

    Example:
        >>> import netframe as nf
        >>> from matplotlib.figure import Figure
        >>> found = nf.analysis.cosine_similarity(np.array([[1.0, 0.0], [3.0, 4.0], [0.0, 0.0]]))
        >>> ax = nf.plotting.plot_similarity(found, ax=Figure().subplots())
        >>> ax.get_xlabel(), ax.images[0].get_clim()
        ('pattern', (0.0, 1.0))
    """
    from netframe.analysis.similarity import Similarity

    instance(similarity, Similarity, "similarity", "analysis.cosine_similarity")
    index, title = chosen(
        "similarity of patterns",
        similarity.matrix.shape[:-2],
        member,
        similarity.labels and similarity.labels.of_all_patterns(),
    )
    matrix = similarity.matrix[index]
    signed = bool(np.any(matrix < 0.0))
    ax = axes_or_new(ax, matrix.shape)
    with style(ax):
        lowest = -1.0 if signed else 0.0
        draw_matrix(ax, matrix, "similarity", signed=signed, aspect="equal", vmin=lowest, vmax=1.0)
        patterns = None if similarity.labels is None else similarity.labels.patterns
        if patterns is not None:
            name_ticks(ax.xaxis, patterns[1])
            name_ticks(ax.yaxis, patterns[1])
        called = with_name("pattern", patterns)
        caption(ax, called, called, title)
    return ax


@explained
def plot_power_spectrum(
    spectrum: PowerSpectrum, *, unit: str, log: bool = True, member: Member = None, ax: Axes | None = None
) -> Axes:
    """Power against frequency in Hz: up to 8 cells are lines with a triangle at the peak, and more a heat map.

    A row of the heat map is a cell; they are in the order of their peaks, with the lowest frequency on top and cells
    without power at the bottom, and the ticks are the numbers of the cells, or their labels.
    ``unit`` is that of the signal, "1" for none. Both scales are logarithmic, power over six decades at most, unless
    ``log=False``; frequency 0, which holds nothing since the mean was taken away, is left out. ``member`` is the index
    along batch axes, or a label. Errors: :class:`ParameterError` for what is no ``PowerSpectrum``, one without a
    frequency above 0, and a missing member.

    Example:
        >>> import netframe as nf
        >>> from matplotlib.figure import Figure
        >>> t = np.arange(1000) * 1e-3
        >>> spectrum = nf.analysis.power_spectrum(np.sin(2 * np.pi * 10.0 * t), t=t)
        >>> ax = nf.plotting.plot_power_spectrum(spectrum, unit="mV", ax=Figure().subplots())
        >>> ax.get_xlabel(), ax.get_ylabel(), ax.get_title()
        ('frequency (Hz)', 'power (mV²/Hz)', 'power spectrum, peak at 10 Hz')
    """
    from netframe.analysis.spectra import PowerSpectrum

    instance(spectrum, PowerSpectrum, "spectrum", "analysis.power_spectrum")
    frequency, power = spectrum.frequency[1:], spectrum.power[1:]
    if not len(frequency):
        raise ParameterError("spectrum has no frequency above 0 Hz, so there is nothing to draw")
    index, title = chosen("power spectrum", power.shape[1:-1], member, spectrum.labels)
    of_member: Any = (slice(None), *index)
    lines = power[of_member].reshape(len(frequency), -1)
    top = float(lines.max())
    log = log and top > 0.0
    lowest = max(float(lines[lines > 0.0].min()), top * 1e-6) if log else 0.0
    peaks = np.ravel(spectrum.peak[index])
    squared = "1/Hz" if unit in ("", "1") else f"{f'({unit})' if '/' in unit else unit}²/Hz"
    label = f"power ({squared})"
    names, cell = _cells(spectrum.labels)
    ax = axes_or_new(ax)
    with style(ax):
        if lines.shape[1] > FEW_CELLS:
            _in_order(ax, frequency, lines, peaks, names, label, (lowest, top) if log else limits(lines), log=log)
            label = f"{cell}, by frequency of the peak"
        else:
            draw_lines(ax, frequency, lines, cell, names)
            for peak, line, colour in zip(peaks, lines.T, ramp(lines.shape[1], ax)):
                if not np.isnan(peak):
                    ax.plot(peak, line.max() * (1.6 if log else 1.0), "v", color=colour, markersize=5.0)
            if log:
                ax.set(yscale="log", ylim=(max(lowest / 2.0, top * 1e-6), top * 4.0))
            if lines.shape[1] == 1 and top > 0.0:
                title = f"{title}, peak at {peaks[0]:.4g} Hz"
        if log:
            ax.set_xscale("log")
            ax.xaxis.set_major_formatter("{x:g}")
        caption(ax, "frequency (Hz)", label, title)
    return ax


def _cells(labels: AxisLabels | None) -> tuple[np.ndarray | None, str]:
    """The labels of the cells, where there are some, and what cells are called."""
    return (None, "cell") if labels is None else (labels.names, with_name("cell", labels.cells))


def _in_order(
    ax: Axes,
    x: np.ndarray,
    values: np.ndarray,
    by: np.ndarray,
    names: np.ndarray | None,
    label: str,
    span: tuple[float, float],
    *,
    log: bool = False,
) -> None:
    """A heat map of values ``(n, n_cells)`` at ``x``, of cells in the order of ``by``, called by labels or numbers."""
    at = np.log(x) if log else x  # halfway to the next as it is seen
    half = 0.5 * np.diff(at) if len(x) > 1 else np.array([0.5 if log else 0.5 * abs(x[0]) or 0.5])
    edges = np.concatenate([at[:1] - half[0], 0.5 * (at[1:] + at[:-1]), at[-1:] + half[-1]])
    edges = np.exp(edges) if log else edges
    order = np.argsort(by, kind="stable")
    called = order if names is None else names[order]
    colour_bar(draw_cells(ax, edges, values[:, order], called, span, log=log), ax, label)
