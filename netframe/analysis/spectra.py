"""Rhythms and delays: power spectra, and correlations between signals at a lag."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from netframe.analysis import kept_times
from netframe.analysis.checks import is_number, numbers
from netframe.analysis.population_responses import at_times
from netframe.analysis.similarity import centred
from netframe.calls import explained
from netframe.errors import ParameterError, brief, suggestion
from netframe.labels import AxisLabels
from netframe.solution import Solution, likely_paths
from netframe.tables import short_repr


@attrs.frozen(eq=False, repr=False)
class PowerSpectrum:
    """``frequency`` in Hz, of shape ``(n_frequencies,)``, and ``power``, of shape ``(n_frequencies, ...)``.

    ``power`` is a one-sided density in the square of the signal's unit per Hz: its sum times the distance between
    frequencies is the variance, exactly so for one segment without taper. ``labels`` are those of the solution, for
    pictures.
    """

    frequency: np.ndarray
    power: np.ndarray
    labels: AxisLabels | None = attrs.field(default=None, repr=False)

    __repr__ = short_repr

    @property
    def peak(self) -> np.ndarray:
        """The frequency above 0 with the largest power, in Hz, shape ``(...)``; NaN for a signal without power."""
        rhythm = self.power[1:]
        if not len(rhythm):
            return np.full(self.power.shape[1:], np.nan)
        return np.where(np.max(rhythm, axis=0) > 0.0, self.frequency[1:][np.argmax(rhythm, axis=0)], np.nan)


@explained
def power_spectrum(
    x: Any,
    path: str | None = None,
    *,
    t: Any = None,
    window: tuple[float, float] | None = None,
    segment: float | None = None,
    taper: str = "hann",
) -> PowerSpectrum:
    """How the variance of signals is spread over frequencies: ``(time, ...) -> (n_frequencies, ...)``.

    ``x`` is a solution, of which ``path`` is taken, or an array ``(time, ...)`` with its times ``t``, ``(time,)`` in s.
    ``window`` keeps the times with ``start <= t < stop``. The mean is taken away first. One periodogram is made of the
    whole, or with ``segment`` in s the mean over segments of that length, each half over the next (Welch), which
    resolves frequencies 1/segment apart and is less noisy. ``taper`` is a name that ``scipy.signal.get_window`` knows,
    "boxcar" for none.

    Errors: :class:`ParameterError` for times that are not evenly spaced, fewer than two, or a segment longer than they
    are; :class:`UnknownNameError` for a path the solution does not have.

    Source: Welch (1967), IEEE Trans Audio Electroacoust 15:70.

    Example:
        >>> from netframe import analysis
        >>> t = np.arange(1000) * 1e-3
        >>> spectrum = analysis.power_spectrum(np.sin(2 * np.pi * 10.0 * t), t=t)
        >>> float(spectrum.peak.round(6))
        10.0
    """
    name = "power_spectrum"
    times, values = _signals(name, x, path, t, window)
    step = kept_times.interval(times, function=name, why="a spectrum needs evenly spaced ones")
    n = len(times)
    if segment is not None:
        n = round(segment / step) if is_number(segment) else 0
        if not 2 <= n <= len(times):
            allowed = f"from {2 * step:g} to {len(times) * step:g} s, what the times cover"
            text = f"segment is {brief(segment)}; it must be {allowed}"
            raise ParameterError(text, component=name, attribute="segment")
    from scipy import signal

    try:
        shape = signal.get_window(taper, n)
    except (ValueError, TypeError) as error:
        text = f"taper is {taper!r}, which scipy.signal.get_window refuses ({error})"
        raise ParameterError(text, component=name, attribute="taper") from None
    values = centred(values, axis=0)
    frequency, power = signal.welch(values, fs=1.0 / step, window=shape, noverlap=n // 2, axis=0, detrend="constant")
    return PowerSpectrum(frequency, power, AxisLabels.of(x, path) if isinstance(x, Solution) else None)


@attrs.frozen(eq=False, repr=False)
class CrossCorrelation:
    """``lags`` in s, of shape ``(n_lags,)``, and ``values`` from -1 to 1, of shape ``(n_lags, ...)``."""

    lags: np.ndarray
    values: np.ndarray

    __repr__ = short_repr

    @property
    def peak_lag(self) -> np.ndarray:
        """The lag of the largest value in s, shape ``(...)``, positive where b follows a; NaN for constant signals."""
        known = ~np.isnan(self.values[0])
        return np.where(known, self.lags[np.argmax(np.where(known, self.values, 0.0), axis=0)], np.nan)


@explained
def cross_correlation(a: Any, b: Any, *, t: Any, max_lag: float | None = None) -> CrossCorrelation:
    """The correlation of ``b`` a lag later with ``a``: ``(time, ...) -> (n_lags, ...)``.

        c(lag) = sum_t (a(t) - mean a) (b(t + lag) - mean b) / (n sd(a) sd(b))

    over the times that both have, n being that of all times, so that c lies between -1 and 1, is Pearson's correlation
    at lag 0 and fades towards long lags. A peak at a positive lag means that b follows a. ``a`` and ``b``, such as
    ``sol["E.rate"]`` and ``sol["I.rate"]``, have as many axes, along which they go together: ``a[..., :, None]`` and
    ``b[..., None, :]`` give all pairs of cells. ``t``, ``(time,)`` in s, is their times, ``max_lag`` in s the longest
    lag wanted. A signal that is constant, to rounding, gives NaN.

    Errors: :class:`ParameterError` for shapes that do not go together and times that are not evenly spaced.

    Example:
        >>> from netframe import analysis
        >>> t = np.arange(200) * 1e-3
        >>> early, late = np.exp(-(((t - 0.08) / 0.01) ** 2)), np.exp(-(((t - 0.11) / 0.01) ** 2))
        >>> float(analysis.cross_correlation(early, late, t=t).peak_lag.round(6))
        0.03
    """
    name = "cross_correlation"
    for label, given in (("a", a), ("b", b)):
        if isinstance(given, Solution):
            text = f"{label} is a Solution; it must be an array (time, ...)"
            raise ParameterError(text, component=name, attribute=label, remedy="Such as sol['E.rate'] with t=sol.t")
    times, first = _course(name, "a", a, t)
    _, second = _course(name, "b", b, t)
    lengths = zip(first.shape, second.shape)
    if first.ndim != second.ndim or not all(k == n or 1 in (k, n) for k, n in lengths):
        text = (
            f"a has shape {first.shape} and b {second.shape}; expected (time, ...) with as many axes that go together"
        )
        raise ParameterError(text, component=name, attribute="b")
    step = kept_times.interval(times, function=name, why="a correlation at lags needs evenly spaced ones")
    if max_lag is not None and not (is_number(max_lag) and max_lag >= 0.0):
        text = f"max_lag is {brief(max_lag)}; it must be a time in s of zero or more"
        raise ParameterError(text, component=name, attribute="max_lag")
    from scipy import fft

    n = len(times)
    longest = n - 1 if max_lag is None else min(n - 1, int(max_lag / step * (1.0 + kept_times.ROUNDING) + 1e-9))
    one, other = _normed(first), _normed(second)
    size = fft.next_fast_len(n + longest, real=True)
    product = np.conj(fft.rfft(one, size, axis=0)) * fft.rfft(other, size, axis=0)
    lags = np.arange(-longest, longest + 1)
    return CrossCorrelation(lags * step, fft.irfft(product, size, axis=0)[lags])


def _normed(values: np.ndarray) -> np.ndarray:
    """Deviations from the mean over time, their squares adding up to 1; NaN for a constant signal."""
    deviations = centred(values, axis=0)
    largest = np.max(np.abs(deviations), axis=0)
    scaled = deviations / np.where(largest > 0.0, largest, np.nan)
    return scaled / np.sqrt(np.sum(scaled**2, axis=0))


def _signals(name: str, x: Any, path: Any, t: Any, window: Any) -> tuple[np.ndarray, np.ndarray]:
    """Times and values ``(time, ...)`` of a solution or of arrays, inside the window."""
    if not isinstance(x, Solution):
        if path is not None or t is None:
            raise ParameterError("an array has no path and needs its times, t=", component=name, attribute="t")
        times, values = _course(name, "x", x, t)
        rows = slice(None) if window is None else kept_times.inside(times, window, function=name)
        return times[rows], values[rows]
    if path is None or t is not None:
        text = "a solution needs a path, and no t, which it has itself"
        raise ParameterError(text, component=name, remedy=suggestion(path or "", likely_paths(x)))
    times = np.asarray(x.t)
    rows = slice(None) if window is None else kept_times.inside(times, window, function=name)
    return times[rows], numbers(name, f"'{path}'", at_times(x, path, rows), ("time",))


def _course(name: str, label: str, x: Any, t: Any) -> tuple[np.ndarray, np.ndarray]:
    """Times and values that were given as arrays, checked."""
    times, values = numbers(name, "t", t, ("time",)), numbers(name, label, x, ("time",))
    if times.ndim != 1 or values.shape[:1] != times.shape or np.any(np.diff(times) <= 0.0):
        text = f"{label} has shape {values.shape} and t {times.shape}; expected (time, ...) and (time,), in order"
        raise ParameterError(text, component=name, attribute="t")
    return times, values
