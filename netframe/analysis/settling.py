"""settled: whether a response has reached a steady state, or is still moving."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import numpy as np

from netframe.analysis.checks import by_path, is_number
from netframe.calls import explained
from netframe.errors import ParameterError, UnknownNameError, brief, suggestion
from netframe.paths import require_path, several_paths
from netframe.solution import Solution
from netframe.tables import Described

#: What moves less than this part of its size does not count as having moved: rounding, and errors of a solver.
NOISE = 1e-6


@attrs.frozen(eq=False, repr=False)
class Settling(Described):
    """How far each state still moved in a ``window`` of time, in s, relative to the range of the whole run.

    ``change`` maps paths to these ratios, ``(*batch,)`` each. ``report["E.v"]`` says which members have settled in a
    state, ``members`` which have in all, ``moving`` names the states that have not in some member, and ``all`` is true
    when nothing moves. As a condition, ``if settled(sol):``, a report is ``all``.
    """

    change: Mapping[str, np.ndarray]
    tolerance: float
    window: tuple[float, float]

    @property
    def all(self) -> bool:
        """Whether every state of every member has settled."""
        return not self.moving

    @property
    def moving(self) -> tuple[str, ...]:
        """The paths that still move in some member."""
        return tuple(path for path in self.change if not np.all(self[path]))

    @property
    def members(self) -> np.ndarray:
        """Which members have settled in all states, ``(*batch,)``."""
        return np.all([self[path] for path in self.change], axis=0)

    def __getitem__(self, path: str) -> np.ndarray:
        """Which members have settled in a state, ``(*batch,)``."""
        require_path(path, self.change, "report[path]", component="Settling")
        if path not in self.change:
            raise UnknownNameError(f"'{path}' was not looked at", remedy=suggestion(path, self.change))
        return self.change[path] <= self.tolerance

    def __bool__(self) -> bool:
        return self.all

    def _summary(self) -> str:
        span = f"from {self.window[0]:g} to {self.window[1]:g} s"
        return f"everything has settled {span}" if self.all else f"still moving {span}: {', '.join(self.moving)}"

    def _table(self) -> tuple[tuple[str, ...], list[list[str]]]:
        return _HEADER, [
            [path, f"{np.max(x):.3g}", f"{int(np.sum(self[path]))} of {np.size(x)}"] for path, x in self.change.items()
        ]


_HEADER = ("path", "largest change, of the range", "members settled")


@explained
def settled(
    solution: Solution,
    window: float | tuple[float, float] | None = None,
    tolerance: float = 1e-3,
    *,
    paths: Iterable[str] | None = None,
    scale: Mapping[str, float] | None = None,
) -> Settling:
    """Whether a response is still moving, for each state and member of a batch.

    A state has settled when the largest change of any of its cells within the window is at most ``tolerance`` times
    the largest range that any of them covered in the whole run. ``window`` is a length in s up to the end, or the times
    from which to which, such as those over which activity is averaged; the last tenth of the run unless given.
    ``scale``, ``{"E.v": 1.0}``, is the least that counts as a range, in the units of a path; a millionth of the largest
    value stands for it otherwise, so that what never moves has settled. An oscillation moves as long as it lasts, if
    its times are saved closely enough to show it.

    ``paths`` are states or quantities such as ``"E.rate"``; all that were recorded, or all states, unless given.

    Errors: :class:`ParameterError` for a window outside of the run or with fewer than three saved times.

    Example:
        >>> import netframe as nf
        >>> sol = nf.simulate(nf.Network("n", [nf.LeakyRate("E", size=2)]), 1.0, save_at=101, y0={"E.v": -60.0})
        >>> nf.analysis.settled(sol).all, nf.analysis.settled(sol, (0.0, 0.1)).moving
        (True, ('E.v',))
    """
    if not isinstance(solution, Solution):
        raise ParameterError(f"solution is {brief(solution)}; it must be a Solution", component="settled")
    if not (isinstance(tolerance, (int, float)) and tolerance > 0.0):
        text = f"tolerance is {brief(tolerance)}; it must be positive"
        raise ParameterError(text, component="settled", attribute="tolerance")
    span, inside = _window(np.asarray(solution.t), window)
    states = [slot.path for slot in solution.network.registry]
    asked = states if solution.recorded is None else solution.paths
    asked = list(asked) if paths is None else several_paths("paths", paths, component="settled")
    least = by_path("settled", "scale", scale, "{'E.v': 1.0}")
    unknown = [path for path in least if path not in asked]
    if unknown:
        raise UnknownNameError(f"scale names '{unknown[0]}'", remedy=suggestion(unknown[0], asked), component="settled")
    for path, value in least.items():
        if not is_number(value):
            text = f"scale of '{path}' is {brief(value)}; it must be a number in the unit of the path"
            raise ParameterError(text, component="settled", attribute="scale")
    lead = solution.final.ndim - 1
    change = {path: _change(solution[path], lead, inside, least.get(path)) for path in asked}
    return Settling(change, float(tolerance), span)


def _change(values: np.ndarray, lead: int, inside: np.ndarray, least: float | None) -> np.ndarray:
    """The change within a window relative to the range of the run, one number for each member."""
    cells = tuple(range(lead, values.ndim - 1))
    late = np.max(np.ptp(values[inside], axis=0), axis=cells, initial=0.0)
    floor = NOISE * np.max(np.abs(values), axis=(0, *(k + 1 for k in cells)), initial=0.0) if least is None else least
    covered = np.maximum(np.max(np.ptp(values, axis=0), axis=cells, initial=0.0), floor)
    ratio = np.divide(late, covered, out=np.zeros(np.shape(late)), where=covered > 0.0)
    return np.where(np.isfinite(late), ratio, np.inf)  # a member that failed has not settled


def _window(t: np.ndarray, window: Any) -> tuple[tuple[float, float], np.ndarray]:
    """From when to when, and which of the saved times these are."""
    where = {"component": "settled", "attribute": "window"}
    if not len(t):
        raise ParameterError("the solution has no times", **where)
    if window is None:
        window = 0.1 * (t[-1] - t[0])
    start = stop = math.nan
    if is_number(window):
        start, stop = float(t[-1] - window), float(t[-1])
    elif isinstance(window, (tuple, list, np.ndarray)) and len(window) == 2 and all(is_number(x) for x in window):
        start, stop = map(float, window)
    slack = 1e-9 * max(abs(t[0]), abs(t[-1]))
    if not t[0] - slack <= start < stop <= t[-1] + slack:
        text = f"window is {brief(window)}; it must be a positive length, or two times, within {t[0]:g} to {t[-1]:g} s"
        raise ParameterError(text, **where)
    inside = np.asarray((t >= start - slack) & (t <= stop + slack))
    if inside.sum() < 3:
        text = f"{int(inside.sum())} times from {start:g} to {stop:g} s were saved; three are needed to see a change"
        raise ParameterError(text, remedy="Save more times with save_at, or take a longer window", **where)
    return (start, stop), inside
