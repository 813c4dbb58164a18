"""How exact and how expensive integrators are on a network: a work-precision table."""

from __future__ import annotations

import importlib.util
import math
import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs
import numpy as np

from netframe.calls import explained
from netframe.errors import ParameterError, brief
from netframe.integrators.arguments import no_integrator
from netframe.integrators.comparison import Comparison, Measurement
from netframe.integrators.fixed_step import FixedStepIntegrator
from netframe.integrators.integrator import simulate
from netframe.integrators.jax import JaxIntegrator
from netframe.integrators.runge_kutta import RungeKuttaIntegrator
from netframe.integrators.scipy import ScipyIntegrator
from netframe.integrators.sundials import SundialsIntegrator
from netframe.integrators.tableaus import FIXED
from netframe.network import Network
from netframe.paths import several_paths
from netframe.solution import Solution, Stats, Status, check_network

TOLERANCES = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
#: Fixed steps that are tried, as shares of the network's shortest time constant.
STEPS = (0.5, 0.2, 0.1, 0.05, 0.02)
#: Relative tolerances of the reference; it is taken when it agrees with the one before to a tenth of the finest rung.
REFERENCES = (1e-10, 1e-11, 1e-12, 1e-13)


@explained
def compare_integrators(
    network: Network,
    duration: float = 1.0,
    integrators: Iterable[Any] | None = None,
    *,
    t0: float = 0.0,
    y0: Any = None,
    tolerances: Iterable[float] = TOLERANCES,
    steps: Iterable[float] | None = None,
    paths: Iterable[str] | None = None,
    save_at: Any = 200,
    repeats: int = 3,
    max_wall_time: float = 60.0,
) -> Comparison:
    """Run every integrator over a ladder of settings, against a reference that is refined until it stands still.

    Adaptive integrators run at each relative tolerance of ``tolerances``, their absolute one in proportion; those of
    fixed step at each of ``steps``, in s, by default shares of the shortest time constant; any other object with
    ``solve`` as it is. ``integrators`` are those installed unless given. An error is the largest over the times
    ``save_at`` and over all cells, in the unit of its path; ``paths`` are the states of all populations unless given.
    Every setting runs once, and ``repeats`` times for the median of its wall time. A run that fails, or takes longer
    than ``max_wall_time`` in s, is a row that says so. Everything but the times is the same at every call.

    The reference is DOP853, in two to four runs at relative tolerances from 1e-10 on. Beside them every setting runs
    ``repeats + 1`` times, which of six tolerances for each of ten integrators is some 240 runs: give ``integrators``,
    fewer ``tolerances``, a short ``duration`` or ``repeats=1`` for a first look.

    Errors: those of :func:`simulate` for what cannot run, and where the reference fails.

    Example:
        >>> import netframe as nf
        >>> net = nf.Network("n", [nf.LeakyRate("E", size=2, v_rest=-60.0)])
        >>> table = nf.compare_integrators(net, 0.1, [nf.RungeKuttaIntegrator()], y0={"E.v": -70.0}, repeats=1)
        >>> table.cheapest(1e-3).errors["E.v"] <= 1e-3
        True
    """
    check_network(network, "compare_integrators")
    if isinstance(repeats, bool) or not isinstance(repeats, (int, np.integer)) or repeats < 1:
        raise _refused("repeats", f"is {repeats!r}; it must be a whole number of runs of at least 1")
    tolerances, steps = _positive("tolerances", tolerances), None if steps is None else _positive("steps", steps)
    where = {"component": "compare_integrators", "path": network.name}
    chosen = _default_paths(network) if paths is None else [*several_paths("paths", paths, **where)]
    if not chosen:
        raise _refused("paths", "is empty; give one or more")
    if save_at is None:
        raise _refused("save_at", "is None; it must be a number of times, or an array of times that all runs save")
    if not _is_positive(max_wall_time):
        raise _refused("max_wall_time", f"is {brief(max_wall_time)}; it must be a positive number, in s")
    contestants = _installed() if integrators is None else _solvers(integrators)
    run = {"t0": t0, "y0": y0, "save_at": save_at, "record": chosen}

    def solved(integrator: Any) -> Solution:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # loose tolerances and long steps are what is compared
            found = simulate(network, duration, integrator=integrator, **run)
        if found.status is Status.INTERRUPTED:  # an interactive session goes on after Ctrl-C, and here it should not
            raise KeyboardInterrupt(found.message)
        return found

    reference, apart = _reference(solved, chosen, min(tolerances))
    if steps is None:
        steps = [min(network.shortest_time_constant(), duration) * share for share in STEPS]
    measured: list[Measurement] = []
    for integrator in contestants:
        setup = None
        for setting, rung in _ladder(integrator, tolerances, steps, max_wall_time):
            found = _measured(solved, rung, setting, reference, repeats, setup)
            measured.append(found)
            setup = found.setup if found.errors else setup
    units = {path: network.quantities[path].unit for path in chosen}
    return Comparison(network, float(duration), units, tuple(measured), apart)


def _refused(name: str, text: str, remedy: str = "") -> ParameterError:
    return ParameterError(f"{name} {text}", component="compare_integrators", attribute=name, remedy=remedy)


def _positive(name: str, ladder: Any) -> list[float]:
    numbers = list(ladder) if isinstance(ladder, Iterable) else []
    if not numbers or not all(_is_positive(x) and x < math.inf for x in numbers):
        raise _refused(name, f"is {brief(ladder)}; it must be a list of positive numbers")
    return [float(x) for x in numbers]


def _is_positive(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool) and bool(value > 0.0)


def _solvers(integrators: Any) -> list[Any]:
    if not isinstance(integrators, Iterable) or isinstance(integrators, str):
        raise _refused("integrators", f"is {brief(integrators)}; it must be a list of integrators")
    given = list(integrators)
    if not given:
        raise _refused("integrators", "is empty; give one or more, or None for all that are installed")
    for integrator in given:
        if isinstance(integrator, str) and integrator == "auto":
            remedy = "Write nf.recommend(network, duration).integrator"
            raise _refused("integrators", "has 'auto', which simulate alone takes", remedy)
        text, remedy = no_integrator(integrator)
        if text:
            raise _refused("integrators", f"has {text}", remedy)
    return given


def _default_paths(network: Network) -> list[str]:
    """The states of all nodes, or of everything where nodes have none."""
    slots = list(network.registry)
    return [s.path for s in slots if s.component in network.bound_nodes] or [s.path for s in slots]


def _installed() -> list[Any]:
    """One of each kind that is installed."""
    found: list[Any] = [RungeKuttaIntegrator(method) for method in ("Dopri5", "Tsit5", "BS3")]
    found += [ScipyIntegrator(method) for method in ("DOP853", "LSODA", "BDF")]
    if importlib.util.find_spec("sksundae"):
        found += [SundialsIntegrator(method) for method in ("Adams", "BDF")]
    if importlib.util.find_spec("jax"):
        found += [JaxIntegrator(method) for method in ("Tsit5", "rk4")]
    return [*found, FixedStepIntegrator("rk4")]


def _ladder(
    integrator: Any, tolerances: Sequence[float], steps: Sequence[float], max_wall_time: float
) -> Iterator[tuple[str, Any]]:
    """The settings of an integrator, the loosest first, each with its name."""
    fields = attrs.fields_dict(type(integrator)) if attrs.has(type(integrator)) else {}
    if "max_wall_time" in fields:
        integrator = attrs.evolve(integrator, max_wall_time=min(max_wall_time, integrator.max_wall_time))
    if "dt" in fields and integrator.method in (*FIXED, "exponential_euler"):
        for dt in sorted(steps, reverse=True):
            yield f"dt {dt:.3g} s", attrs.evolve(integrator, dt=dt)
    elif {"rtol", "atol"} <= set(fields):
        for rtol in sorted(tolerances, reverse=True):
            atol = rtol * integrator.atol / integrator.rtol
            yield f"rtol {rtol:.3g}", attrs.evolve(integrator, rtol=rtol, atol=atol)
    else:
        yield "as given", integrator


def _reference(solved: Any, paths: list[str], finest: float) -> tuple[Solution, dict[str, float]]:
    """The first of ever tighter runs that agrees with the one before, or the last, and how far they were apart."""
    before = solved(ScipyIntegrator("DOP853", rtol=REFERENCES[0], atol=1e-3 * REFERENCES[0], max_steps=10_000_000))
    for rtol in REFERENCES[1:]:
        now = solved(ScipyIntegrator("DOP853", rtol=rtol, atol=1e-3 * rtol, max_steps=10_000_000))
        apart = _errors(now, before)
        if all(apart[path] <= 0.1 * finest * np.max(np.abs(now[path])) for path in paths):
            break
        before = now
    return now, apart


def _errors(solution: Solution, reference: Solution) -> dict[str, float]:
    """The largest error over times, members and cells, by path."""
    return {path: float(np.max(np.abs(solution[path] - reference[path]))) for path in reference.paths}


def _measured(
    solved: Any, integrator: Any, setting: str, reference: Solution, repeats: int, setup: float | None
) -> Measurement:
    """One setting, run once and then ``repeats`` times; a failure is a row as well."""
    began = time.perf_counter()
    try:
        solution = solved(integrator)
        first = time.perf_counter() - began
        errors = _errors(solution, reference)
    except Exception as error:
        failed = getattr(error, "solution", None)
        found = failed if isinstance(failed, Solution) else None
        told = found.status.value if found is not None and found.status is not Status.FAILED else _sentence(error)
        took = time.perf_counter() - began
        return Measurement(integrator, setting, {}, took, setup or 0.0, found.stats if found else Stats(), told)
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        solved(integrator)
        times.append(time.perf_counter() - began)
    seconds = float(np.median(times))
    longer = max(0.0, first - seconds) if setup is None else setup
    return Measurement(integrator, setting, errors, seconds, longer, solution.stats, solution.status.value)


def _sentence(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
