"""What ``simulate`` is given, checked: the span, the times and paths to keep, inputs that end too early."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from netframe.arrays import as_float64, is_concrete
from netframe.calls import warn
from netframe.errors import ParameterError, UnitWarning, UnknownNameError, brief, suggestion
from netframe.fields import fields, parameters
from netframe.network import Network
from netframe.paths import several_paths
from netframe.wiring import meant


def by_name(method: str) -> str:
    """What to write for a method that was asked for by its name."""
    from netframe.integrators.fixed_step import METHODS as FIXED
    from netframe.integrators.scipy import METHODS as SCIPY
    from netframe.integrators.tableaus import EMBEDDED

    if method.lower().startswith("auto"):
        return "Did you mean 'auto'?"
    classes = ("Exact", "RungeKutta", "FixedStep", "Scipy", "Jax", "Sundials")
    known = {name.lower(): f"{name}Integrator()" for name in classes}
    known |= {"cvode": "SundialsIntegrator()", "adams": "SundialsIntegrator('Adams')"}
    for name, methods in (("FixedStep", FIXED), ("RungeKutta", EMBEDDED), ("Scipy", SCIPY)):
        known |= {known_method.lower(): f"{name}Integrator({known_method!r})" for known_method in methods}
    asked = method.lower().removesuffix("integrator")
    if asked in known:
        return f"Write integrator=nf.{known[asked]}"
    return suggestion(method, [*EMBEDDED, *SCIPY, *FIXED, "exact", "jax", "auto"])


def no_integrator(integrator: Any) -> tuple[str, str]:
    """Why something is no integrator, and what to write in its place; two empty strings for one."""
    if isinstance(integrator, type):
        return f"the class {integrator.__name__}; it must be an object of it", f"Write {integrator.__name__}()"
    if callable(getattr(integrator, "solve", None)):
        return "", ""
    text = f"{brief(integrator)}; it must have a method solve, as ScipyIntegrator() has"
    return text, by_name(integrator) if isinstance(integrator, str) else ""


def check_progress(progress: Any) -> None:
    """Refuse a ``progress`` that cannot be called after a step, before the first one is taken."""
    if progress is None or isinstance(progress, bool):
        return
    text = f"progress is {brief(progress)}; it must be True, or a function of (t, t_end, n_steps)"
    if callable(progress):
        try:
            signature = inspect.signature(progress)
        except (TypeError, ValueError):  # some that are written in C do not tell
            return
        try:
            signature.bind(0.0, 1.0, 1)
            return
        except TypeError:
            text = f"progress is {brief(progress)}, which takes {signature}; it is called with (t, t_end, n_steps)"
    raise ParameterError(text, component="simulate", attribute="progress")


def span_of(t0: Any, duration: Any, component: str = "simulate") -> tuple[float, float]:
    """The first and the last time of a run, in s; ``component`` is the function that was asked for it."""
    for name, value in (("t0", t0), ("duration", duration)):
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not math.isfinite(value):
            text, pair = f"{name} is {brief(value)}; it must be a finite number, in s", np.shape(value) == (2,)
            remedy = "From t0 to t1 is duration t1 - t0 with t0=..." if pair and name == "duration" else ""
            raise ParameterError(text, component=component, attribute=name, remedy=remedy)
    if duration <= 0:
        text = f"duration is {duration!r} s; it must be positive, time runs forward from t0"
        raise ParameterError(text, component=component, attribute="duration")
    if not float(t0) + 0.5 * float(duration) < float(t0) + float(duration):
        text = f"duration ({duration!r} s) is lost in rounding beside t0 ({t0:g} s)"
        raise ParameterError(text, component=component, attribute="duration", remedy="Start nearer to zero")
    return float(t0), float(t0) + float(duration)


def warn_of_milliseconds(network: Network, span: tuple[float, float]) -> None:
    """A :class:`UnitWarning` for a run, or an onset of an input, of hundreds of seconds where milliseconds are likely.

    A long run is one of 500 s, 5000 times the longest time constant, in which no weight learns and inputs change
    seldom: never, or a few times, a hundred time constants apart, as the steps of a script in milliseconds.
    """
    duration, told = span[1] - span[0], []
    if duration >= 500.0:
        longest = max((float(np.max(tau)) for tau in network.time_constants()), default=math.inf)
        learns = any(p.on_synapses(name) for p in network.bound_projections for name in p.projection.state_variables())
        endless = all(math.isinf(source.covers()[1]) for source in network.sources.values())
        if (
            duration >= 5000.0 * longest
            and endless
            and not learns
            and _seldom(network.breakpoints(*span), span, longest)
        ):
            told.append((f"duration is {duration:g} s, and the longest time constant {longest:g} s", duration))
    for path, source in network.sources.items():
        onset = getattr(source, "onset", None) if "onset" in parameters(type(source)) else None
        first = float(np.min(onset)) if onset is not None and is_concrete(onset) else 0.0
        if first >= max(10.0, span[1]) and span[0] <= first / 1000.0 <= span[1]:
            told.append((f"'{path}.onset' is {first:g} s, and the run ends at {span[1]:g} s", first))
    for text, number in told:
        more = f"it looks like milliseconds. All times are in s: write {number / 1000.0:g} for {number:g} ms"
        warn(f"simulate '{network.name}': {text}; {more}", UnitWarning)


def _seldom(changes: np.ndarray, span: tuple[float, float], longest: float) -> bool:
    """Whether inputs change at most ten times, and so far apart that all else would long be at rest."""
    stretches = np.diff([span[0], *changes, span[1]]) if len(changes) <= 10 else np.zeros(1)
    return bool(stretches.min() >= 100.0 * longest)


def times_of(span: tuple[float, float], save_at: Any) -> np.ndarray:
    """The times to keep."""
    if isinstance(save_at, (int, np.integer)):
        return np.linspace(*span, int(save_at))
    times = np.array(save_at, dtype=np.float64)
    return times if span[0] <= times[0] and times[-1] <= span[1] else np.clip(times, *span)


def recording_problems(network: Network, span: tuple[float, float], save_at: Any) -> Iterable[str]:
    """What is wrong with the times to keep, a phrase each."""
    if save_at is None:
        return
    if isinstance(save_at, (int, np.integer)) and not isinstance(save_at, bool):
        if save_at < 2:
            yield f"save_at is {save_at}; it must be 2 or more times, or an array of times"
        return
    try:
        times = np.asarray(as_float64(save_at))
    except TypeError as error:
        yield f"save_at {error}; it must be a whole number or an array of times in s"
        return
    slack = _slack(span)
    increasing = times.ndim == 1 and times.size > 0 and bool((times[1:] > times[:-1]).all())
    if increasing and span[0] - slack <= times[0] and times[-1] <= span[1] + slack:
        return
    outside = times[(times < span[0] - slack) | (times > span[1] + slack)]
    if times.ndim == 0 and 0.0 < times < span[1] - span[0]:
        each = f"every {times:g} s is np.arange({span[0]:g}, {span[1]:g}, {times:g})"
        yield f"save_at is {times:g}; it must be a whole number of times, or an array of times in s: {each}"
    elif times.ndim == 0:
        whole = f"; {int(times)} times are save_at={int(times)}" if times >= 2.0 and times == int(times) else ""
        yield f"save_at is {save_at!r}; it must be a whole number of times, or an array of times in s{whole}"
    elif times.ndim != 1 or not times.size:
        yield f"save_at has shape {times.shape}; it must be a whole number or a one-dimensional array of times in s"
    elif np.isnan(times).any():
        yield f"save_at has NaN at positions {np.flatnonzero(np.isnan(times)).tolist()[:5]}"
    elif outside.size:
        yield f"save_at has times outside the run from {span[0]:g} to {span[1]:g} s: {outside[:5].tolist()}"
    elif not np.all(np.diff(times) > 0):
        first = int(np.argmin(np.diff(times) > 0))
        pair = f"{float(times[first])!r} is followed by {float(times[first + 1])!r}"
        yield f"save_at must increase, and {pair}; sort it and drop repeats"


def _slack(span: tuple[float, float]) -> float:
    """How far rounding may move a time of a run."""
    return 1e-12 * max(1.0, abs(span[0]), abs(span[1]))


def recorded_paths(network: Network, record: Iterable[str] | None) -> tuple[str, ...] | None:
    """The paths to keep, each once, or ``None`` for all states."""
    if record is None:
        return None
    paths = several_paths("record", record, component="simulate", path=network.name)
    for path in paths:
        if path not in network.quantities:
            remedy = meant(network, path)
            text = f"record has '{path}', which {'changes in no run' if remedy else 'does not exist'}"
            remedy = remedy or suggestion(path, network.quantities)
            raise UnknownNameError(text, component="simulate", path=network.name, remedy=remedy)
    return paths


def uncovered(network: Network, span: tuple[float, float]) -> Iterable[str]:
    """Inputs that are not defined for all of the run, a phrase each."""
    for path, source in network.sources.items():
        first, last = source.covers()
        if first > span[0] + _slack(span) or last < span[1] - _slack(span):
            yield (
                f"input '{path}' covers {first:g} to {last:g} s, the run needs {span[0]:g} to {span[1]:g} s; "
                f"{_longer(source)}"
            )


def _longer(source: Any) -> str:
    """How an input is made to cover more time."""
    options = {field.name for field in fields(type(source))}
    if "beyond" in options:
        return "record longer, or say beyond='hold', 'zero' or 'repeat'"
    return "give it a longer duration" if "duration" in options else "it, or one of its parts, has to last longer"
