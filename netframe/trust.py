"""Trust: a run again, ten times as exactly, and what that changes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from netframe.batch_members import member_called
from netframe.component import Declared
from netframe.errors import IntegrationError, ParameterError, UnknownNameError, brief, joined, suggestion
from netframe.integrators.fixed_step import FixedStepIntegrator
from netframe.integrators.integrator import simulate
from netframe.integrators.runge_kutta import RungeKuttaIntegrator
from netframe.integrators.stepping import AdaptiveIntegrator
from netframe.integrators.tableaus import FIXED
from netframe.tables import Described, html_table, text_table

if TYPE_CHECKING:
    from netframe.network import Network
    from netframe.solution import Solution

#: How much tighter the second run is.
TIGHTER = 10.0
#: Below this relative tolerance, rounding is what is left of the error.
TIGHTEST = 1e-13


@attrs.frozen
class Difference:
    """The largest difference of one quantity between a run and its repetition, where it is, and the range.

    ``member`` counts the members of the batch one after the other, and ``called`` is what pictures call that one; of a
    run without a batch they are nothing.
    """

    path: str
    largest: float
    unit: str
    span: float
    entry: str
    time: float
    member: int | None
    called: str


@attrs.frozen
class Crossing:
    """Cells above a value at the end of a run, and those on its other side at some saved time of the repetition."""

    path: str
    threshold: float
    unit: str
    above: int
    changed: int
    count: int


@attrs.frozen(repr=False)
class Trust(Described):
    """What a run that is ten times as exact says of a solution; it prints as a table.

    ``differences`` holds a :class:`Difference` for each state, ``crossings`` a :class:`Crossing` for each threshold,
    ``members`` which of the ``n_members`` of the batch ran again, ``reference`` the integrator that ran them.

    Example:
        >>> import netframe as nf
        >>> net = nf.Network("n", [nf.LeakyRate("E", size=2, v_rest=-45.0)])
        >>> trust = nf.simulate(net, 0.5, y0={"E.v": -60.0}, save_at=20).trust()
        >>> trust.largest["E.v"] < 1e-4, trust.crossings[0].changed
        (True, 0)
    """

    network: str
    integrator: Any
    reference: Any
    members: tuple[int, ...]
    n_members: int
    differences: tuple[Difference, ...]
    crossings: tuple[Crossing, ...]

    @property
    def largest(self) -> dict[str, float]:
        """The largest difference of every state, in its unit, by path."""
        return {difference.path: difference.largest for difference in self.differences}

    def describe(self) -> str:
        """Both tables as text."""
        counts = [text_table(_CROSSINGS, self._counts())] if self.crossings else []
        return "\n".join([super().describe(), *counts])

    def _repr_html_(self) -> str:
        counts = html_table("Thresholds", _CROSSINGS, self._counts()) if self.crossings else ""
        return super()._repr_html_() + counts

    def _summary(self) -> str:
        of = f", {len(self.members)} of {self.n_members} members" if self.n_members > 1 else ""
        return f"Trust in a run of '{self.network}'{of}\n{_named(self.integrator)} against {_named(self.reference)}"

    def _table(self) -> tuple[tuple[str, ...], list[list[str]]]:
        rows = []
        for d in self.differences:
            share = f"{d.largest / d.span:.1g}" if d.span > 0 else "constant"
            where = ", ".join(filter(None, [d.entry, d.called, f"t = {d.time:.4g} s"]))
            rows.append([d.path, f"{d.largest:.2g}", d.unit, share, where])
        return _DIFFERENCES, rows

    def _counts(self) -> list[list[str]]:
        return [
            [c.path, f"{c.threshold:g}", c.unit, str(c.above), str(c.changed), str(c.count)] for c in self.crossings
        ]


_DIFFERENCES = ("quantity", "largest difference", "unit", "of its range", "where")
_CROSSINGS = ("quantity", "threshold", "unit", "cells above at the end", "on the other side", "cells")


def trust(solution: Solution, members: int = 8, thresholds: Mapping[str, float] | None = None) -> Trust:
    """See :meth:`Solution.trust`."""
    problems = list(_problems(solution, members))
    if problems:
        raise ParameterError(joined(problems), component="Solution.trust", path=solution.network.name)
    run, lead = solution.run, solution.final.shape[:-1]
    assert run is not None
    asked = _thresholds(solution, thresholds)
    reference = tightened(solution.integrator)
    count = math.prod(lead)
    chosen = np.unique(np.linspace(0, count - 1, min(members, count)).round().astype(int))
    network, start = _sample(solution.network, np.asarray(run.y0), chosen)
    times, first = np.unique(np.asarray(solution.t), return_index=True)
    record = None if solution.recorded is None else solution.paths
    t0, t1 = run.t_span
    try:
        again = simulate(
            network, t1 - t0, t0=t0, y0=start, save_at=times, record=record, integrator=reference, batch=run.batch
        )
    except IntegrationError as error:
        text = f"the run that is to be ten times as exact did not reach its end: {error}"
        raise IntegrationError(text, error.solution, component="Solution.trust", path=solution.network.name) from None
    before = _members_of(solution, network, chosen, first)
    paths = [slot.path for slot in network.registry] if record is None else list(record)
    called = {int(k): member_called(solution, tuple(map(int, np.unravel_index(k, lead)))) for k in chosen if lead}
    differences = tuple(_difference(path, before, again, called) for path in paths)
    crossings = tuple(_crossing(path, level, before, again) for path, level in asked.items())
    name = solution.network.name
    return Trust(name, solution.integrator, reference, tuple(chosen.tolist()), count, differences, crossings)


def tightened(integrator: Any) -> Any:
    """The same integrator with a tenth of its tolerances or of its step; one with neither becomes another."""
    fixed = isinstance(integrator, FixedStepIntegrator) or getattr(integrator, "method", "") in FIXED
    if fixed and isinstance(integrator, Declared) and hasattr(integrator, "dt"):
        return _patient(integrator, dt=integrator.dt / TIGHTER)
    if isinstance(integrator, AdaptiveIntegrator):
        return _patient(integrator, rtol=integrator.rtol / TIGHTER, atol=integrator.atol / TIGHTER)
    return RungeKuttaIntegrator(rtol=1e-9, atol=1e-12)


def _patient(integrator: Any, **changes: Any) -> Any:
    """With ten times the limits as well, since the run takes more steps."""
    limits = {name: TIGHTER * getattr(integrator, name) for name in ("max_steps", "max_wall_time")}
    return integrator.replace(**changes, **limits)


def _problems(solution: Solution, members: Any) -> Iterator[str]:
    if isinstance(members, bool) or not isinstance(members, (int, np.integer)) or members < 1:
        yield f"members is {brief(members)}; it must be a whole number of at least 1"
    if solution.run is None:
        yield "nothing is known of the run but its result, since simulate did not make it, so it cannot be run again"
    elif not solution.success:
        yield f"the run ended early ({solution.status.value}); only one that reached its end can be compared"
    rtol = getattr(solution.integrator, "rtol", 1.0)
    if isinstance(solution.integrator, AdaptiveIntegrator) and rtol / TIGHTER < TIGHTEST:
        yield f"rtol is {rtol:g}, and a tenth of that is below rounding, so nothing is more exact"


def _thresholds(solution: Solution, thresholds: Mapping[str, float] | None) -> dict[str, float]:
    if thresholds is None:
        rates = (f"{path}.rate" for path in solution.network.bound_nodes if path in solution.network.stateful)
        return {path: 0.0 for path in rates if path in solution}
    if not isinstance(thresholds, Mapping):
        text = f"thresholds is {brief(thresholds)}; it must be a dictionary by path"
        example = thresholds if isinstance(thresholds, (int, float)) else -50.0
        remedy = f"Write thresholds={{'{next(iter(solution.paths), 'E.v')}': {example}}}"
        raise ParameterError(text, component="Solution.trust", path=solution.network.name, remedy=remedy)
    for path, level in thresholds.items():
        if path not in solution:
            text, remedy = f"thresholds has '{path}', which the solution does not have", suggestion(path, solution)
            raise UnknownNameError(text, component="Solution.trust", path=solution.network.name, remedy=remedy)
        if isinstance(level, bool) or not isinstance(level, (int, float, np.number)) or not math.isfinite(level):
            text = f"the threshold of '{path}' is {brief(level)}; it must be a finite number"
            raise ParameterError(text, component="Solution.trust", path=solution.network.name)
    return {path: float(level) for path, level in thresholds.items()}


def _sample(network: Network, start: np.ndarray, chosen: np.ndarray) -> tuple[Network, np.ndarray]:
    """The network and the start of some members, along one batch axis."""
    if start.ndim == 1:
        return network, start
    index = np.unravel_index(chosen, start.shape[:-1])
    return network.members(index), start[index]


def _members_of(solution: Solution, network: Network, chosen: np.ndarray, first: np.ndarray) -> Solution:
    """What a solution holds of some members and times."""
    lead = solution.final.shape[:-1]

    def picked(values: Any) -> np.ndarray:
        values = np.asarray(values)[first]
        return values.reshape(len(values), -1, *values.shape[1 + len(lead) :])[:, chosen] if lead else values

    y = None if solution.y is None else picked(solution.y)
    recorded = None if solution.recorded is None else {path: picked(solution[path]) for path in solution.paths}
    final = solution.final.reshape(-1, solution.final.shape[-1])[chosen] if lead else solution.final
    return attrs.evolve(solution, network=network, t=solution.t[first], y=y, recorded=recorded, final=final)


def _difference(path: str, before: Solution, again: Solution, called: dict[int, str]) -> Difference:
    """Where two runs of the members with these names differ most."""
    old, new = np.asarray(before[path]), np.asarray(again[path])
    apart = np.abs(old - new)
    quantity = before.network.quantities[path]
    if not apart.size:
        return Difference(path, 0.0, quantity.unit, 0.0, path, float(before.t[0]), None, "")
    place = np.unravel_index(int(apart.argmax()), apart.shape)
    own = tuple(int(k) for k in place[len(place) - len(quantity.shape) :])
    registry = before.network.registry
    flat = int(np.ravel_multi_index(own, quantity.shape)) if quantity.shape else 0
    entry = registry.slot(path).entry(flat) if path in registry else f"{path}[{', '.join(map(str, own))}]"
    member, name = list(called.items())[place[1]] if called else (None, "")
    span, time = float(np.ptp(new)), float(before.t[place[0]])
    return Difference(path, float(apart[place]), quantity.unit, span, entry, time, member, name)


def _crossing(path: str, level: float, before: Solution, again: Solution) -> Crossing:
    old, new = np.asarray(before[path]) > level, np.asarray(again[path]) > level
    changed = int((old != new).any(axis=0).sum())
    return Crossing(
        path, level, before.network.quantities[path].unit, int(old[-1].sum()), changed, int(np.prod(old.shape[1:]))
    )


def _named(integrator: Any) -> str:
    """An integrator and how exact it is, in a few words."""
    if isinstance(integrator, AdaptiveIntegrator) and getattr(integrator, "method", "") not in FIXED:
        how = f"rtol {integrator.rtol:g}"
    else:
        how = f"dt {integrator.dt:g} s" if hasattr(integrator, "dt") else ""
    told = [str(getattr(integrator, "method", "")), how]
    name = type(integrator).__name__ if integrator is not None else "an integrator"
    return " ".join([name, *(part for part in told if part)])
