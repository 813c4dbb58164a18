"""What a comparison of integrators found: a table, a picture, and the cheapest setting for an error."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from netframe.errors import ParameterError, UnknownNameError, suggestion
from netframe.integrators.recommendation import called
from netframe.network import Network
from netframe.paths import require_path
from netframe.solution import Stats, Status
from netframe.tables import Described

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@attrs.frozen(eq=False)
class Measurement:
    """One integrator at one setting: its largest error by path, in the path's unit, and what it cost.

    ``seconds`` is the median wall time of a run and ``setup`` what the integrator's very first one took longer.
    ``status`` is "success" or why there is no error.
    """

    integrator: Any
    setting: str
    errors: Mapping[str, float]
    seconds: float
    setup: float
    stats: Stats
    status: str


@attrs.frozen(eq=False, repr=False)
class Comparison(Described):
    """What :func:`compare_integrators` measured; printed it is a table, the smallest error first.

    ``reference_errors`` is how far the last two references were apart, by path: errors below are not told apart. In
    the table a star marks settings that no other beats in both error and time. ``path`` is, wherever it is not given,
    the first.
    """

    network: Network
    duration: float
    units: Mapping[str, str]
    measurements: tuple[Measurement, ...]
    reference_errors: Mapping[str, float]

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths whose errors were measured."""
        return tuple(self.units)

    def rows(self, path: str | None = None) -> list[Measurement]:
        """All measurements, the smallest error in ``path`` first, failures last."""
        path = self._path(path)
        return sorted(self.measurements, key=lambda m: (m.errors.get(path, math.inf), m.stats.n_rhs))

    def best(self, path: str | None = None) -> list[Measurement]:
        """Those that no other beats in both error and time, the smallest error first."""
        path = self._path(path)
        found: list[Measurement] = []
        for m in self.rows(path):
            if path in m.errors and all(m.seconds < other.seconds for other in found):
                found.append(m)
        return found

    def cheapest(self, error: float, path: str | None = None, *, runs: float = math.inf) -> Measurement:
        """The setting that takes least time for an error in ``path`` of at most ``error``, in the path's unit.

        ``runs`` share the set-up; unless given it does not count. Errors: :class:`ParameterError` where none is so
        exact.
        """
        path = self._path(path)
        exact = [m for m in self.measurements if m.errors.get(path, math.inf) <= error]
        if not exact:
            smallest = min((m.errors[path] for m in self.measurements if path in m.errors), default=math.nan)
            text = f"no setting has an error of at most {error!r}{_unit(self.units[path])} in '{path}'"
            remedy = f"The smallest is {smallest:.3g}{_unit(self.units[path])}; compare tighter tolerances"
            raise ParameterError(text, component="Comparison", path=self.network.name, remedy=remedy)
        return min(exact, key=lambda m: m.seconds + m.setup / runs)

    def plot(self, path: str | None = None, *, ax: Axes | None = None) -> Axes:
        """The work-precision diagram: seconds of a run against the largest error in ``path``, both logarithmic."""
        from netframe.work_precision import plot_work_precision

        return plot_work_precision(self, self._path(path), ax=ax)

    def _path(self, path: str | None) -> str:
        if path is None:
            return self.paths[0]
        require_path(path, self.units, "comparison.rows(path)", component="Comparison")
        if path not in self.units:
            text = f"'{path}' was not compared"
            raise UnknownNameError(text, component="Comparison", remedy=suggestion(path, self.units))
        return path

    def _summary(self) -> str:
        apart = ", ".join(
            f"{path} {error:.2g}{_unit(self.units[path])}" for path, error in self.reference_errors.items()
        )
        text = f"'{self.network.name}' for {self.duration:g} s; references agree to {apart}"
        return f"{text}; * where none is both more exact and quicker"

    def _table(self) -> tuple[list[str], list[list[str]]]:
        errors = [f"error {path}{f' ({unit})' * (unit != '1')}" for path, unit in self.units.items()]
        header = ["integrator", "setting", *errors, "run (s)", "set-up (s)", *_COUNTS, ""]
        best, table = self.best(), []
        for m in self.rows():
            told = [f"{m.errors[path]:.2e}" if path in m.errors else "" for path in self.units]
            counts = [f"{n}" for n in (m.stats.n_rhs, m.stats.n_steps, m.stats.n_jacobian)]
            failure = "" if m.status == Status.SUCCESS.value else textwrap.shorten(m.status, 100, placeholder=" ...")
            mark = failure or "*" * (m in best)
            row = [called(m.integrator), m.setting, *told, f"{m.seconds:.3g}", f"{m.setup:.2g}", *counts, mark]
            table.append(row)
        return header, table


_COUNTS = ("right-hand sides", "steps", "Jacobians")


def _unit(unit: str) -> str:
    """A unit behind a number; a pure number has none."""
    return "" if unit == "1" else f" {unit}"
