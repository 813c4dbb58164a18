"""JaxIntegrator: whole runs compiled by JAX, for one structure once."""

from __future__ import annotations

import functools
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from typing import Any

import attrs
import numpy as np

from netframe.errors import MissingPackageError, suggestion
from netframe.fields import Param, component, leading, parameter, positive
from netframe.integrators.compiled import ROWS, RUNNING, Counts, Loop, Settings, started
from netframe.integrators.driver import CheckedRhs, Step, drive, held, step_limit, too_long, too_many_steps
from netframe.integrators.fixed_step import FixedStepIntegrator
from netframe.integrators.integrator import AdaptiveOptions, Progress
from netframe.integrators.recorder import Interpolant, Recorder
from netframe.integrators.runge_kutta import SHRINK, RungeKuttaIntegrator
from netframe.integrators.tableaus import EMBEDDED, FIXED
from netframe.integrators.untraceable import is_of_tracing, untraceable
from netframe.network import Network
from netframe.registry import Slot
from netframe.right_hand_side import constant_sources
from netframe.solution import Solution
from netframe.tracing import numbers_of, structure_of

METHODS = (*EMBEDDED, *FIXED)
#: Steps of the first call of a program; later calls take about so many seconds, for Ctrl-C and progress.
FIRST_CALL, SECONDS = 512, 0.5
#: Compiled programs that are kept, the ones used last.
KEPT = 32


@component
class JaxIntegrator(AdaptiveOptions):
    """Whole runs compiled by JAX (extra ``jax``), on the processor or on a GPU where there is one.

    Adaptive ``"Tsit5"``, ``"Dopri5"``, ``"BS3"`` as in :class:`RungeKuttaIntegrator`, and ``"euler"``, ``"heun"``,
    ``"rk4"`` with steps of ``dt`` as in :class:`FixedStepIntegrator`. Numbers are float64. Networks that differ in
    parameters, weights, inputs, initial state or duration alone are compiled once; a first run of a structure takes a
    second or so longer. A batch is advanced by matrix products with steps in common, the error taken per member.

    ``jax_enable_x64`` is switched on while a program is traced and run, and for nothing else.

    Example:
        >>> import netframe as nf
        >>> net = nf.Network("n", [nf.LeakyRate("E", size=1)])
        >>> fast = nf.JaxIntegrator("Tsit5", rtol=1e-8)
        >>> nf.simulate(net, 0.1, y0={"E.v": -60.0}, integrator=fast)["E.v"][-1].round(6)  # doctest: +SKIP
        array([-68.646647])
    """

    method: str = leading(kw_only=False, default="Tsit5")
    dt: Param = parameter(1e-3, unit="s", validator=positive, doc="longest step of a fixed-step method")

    def problems(self) -> Iterator[str]:
        if self.method not in METHODS:
            yield f"method is {self.method!r}. {suggestion(self.method, METHODS)}"
        yield from super().problems()

    def solve(
        self,
        problem: Network,
        t_span: tuple[float, float],
        y0: np.ndarray,
        *,
        save_at: np.ndarray | None = None,
        record: tuple[str, ...] | None = None,
        progress: Progress | None = None,
    ) -> Solution:
        """Integrate; see :class:`Integrator`."""
        jax = required()
        self.warn_of_loose_tolerance()
        recorder = Recorder(problem, y0.shape[:-1], save_at, record)
        run = _Run(self, problem, t_span, y0.shape, save_at, recorder.slots)
        with jax.enable_x64(True):
            return drive(self, problem, run.steps, t_span, y0, recorder, progress=progress, counts=run.counts)

    def interpreted(self, first_step: float) -> Any:
        """The integrator that takes the same steps without JAX."""
        if self.method in FIXED:
            return FixedStepIntegrator(self.method, dt=self.dt)
        names = ("rtol", "atol", "max_step", "max_steps", "max_wall_time")
        options = {name: getattr(self, name) for name in names}
        return RungeKuttaIntegrator(self.method, first_step=first_step, **options)

    def workspace(self, network: Network, count: int) -> int:
        """Bytes the method works with for ``count`` states."""
        return 8 * count * 20


def required() -> Any:
    """JAX, or the error that says how to install it."""
    try:
        import jax
    except ImportError:
        remedy = "Install the extra: pip install 'netframe[jax]'"
        raise MissingPackageError("JAX is not installed", component="JaxIntegrator", remedy=remedy) from None
    return jax


@attrs.define(eq=False)
class Program:
    """The compiled function of one loop, and how often it was traced."""

    loop: Loop
    traced: int = 0

    @functools.cached_property
    def advance(self) -> Callable[..., Any]:
        """See :meth:`Loop.advance`; the rows are written in place."""
        return required().jit(self._counted(self.loop.advance), donate_argnames="at")

    def _counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def counted(*args: Any) -> Any:
            self.traced += 1
            try:
                return function(*args)
            except Exception as error:
                if is_of_tracing(error):
                    raise untraceable(error, self.loop.network) from error
                raise

        return counted


PROGRAMS: OrderedDict[Any, Program] = OrderedDict()


def program(loop: Loop, shape: tuple[int, ...]) -> Program:
    """The program for a loop, made anew only where none of its kind was made before."""
    columns = None if loop.columns is None else loop.columns.tobytes()
    key = (structure_of(loop.network), id(loop.tableau), loop.constant, columns, loop.every, shape)
    found = PROGRAMS.pop(key, None) or Program(loop)
    PROGRAMS[key] = found
    while len(PROGRAMS) > KEPT:
        PROGRAMS.popitem(last=False)
    return found


class _Run:
    """One run: its programs, one for each set of inputs that are constant, and what they counted."""

    def __init__(
        self,
        options: JaxIntegrator,
        network: Network,
        t_span: tuple[float, float],
        shape: tuple[int, ...],
        save_at: np.ndarray | None,
        slots: tuple[Slot, ...] | None,
    ) -> None:
        self._options, self._network, self._shape, self._save_at = options, network, shape, save_at
        self._end = t_span[1]
        self._tableau = (EMBEDDED | FIXED)[options.method]
        longest = options.dt if options.method in FIXED else min(options.max_step, step_limit(network))
        self._settings = Settings(*map(np.float64, (options.rtol, options.atol, longest)))
        self._slots = None if save_at is None else slots
        self._columns = None
        if self._slots is not None:
            self._columns = np.concatenate([np.empty(0, int), *(np.arange(s.start, s.stop) for s in self._slots)])
        self._width = math.prod(shape[:-1]) * (shape[-1] if self._columns is None else len(self._columns))
        self._times = np.concatenate([[] if save_at is None else save_at, np.full(ROWS, np.inf)])
        self._n_steps = self._n_rhs = 0

    def counts(self) -> dict[str, int]:
        return {"n_steps": self._n_steps, "n_rhs": self._n_rhs}

    def steps(self, rhs: CheckedRhs, t0: float, t1: float, y: np.ndarray) -> Iterator[Step]:
        """Advance from ``t0`` to ``t1``, a call of the compiled loop at a time, or step by step when all are saved."""
        end = t1 if self._save_at is None else float(self._save_at[-1])
        if t0 < end < t1:  # the whole state is wanted there
            y = yield from self._stretch(rhs, t0, end, y)
            t0 = end
        yield from self._stretch(rhs, t0, t1, y)

    def _stretch(self, rhs: CheckedRhs, left: float, right: float, y: np.ndarray) -> Generator[Step, None, np.ndarray]:
        every, options = self._save_at is None, self._options
        loop = Loop(self._network, self._tableau, constant_sources(self._network, left, right), self._columns, every)
        ready, numbers = program(loop, self._shape), placed_numbers(self._network)
        a, b, first = map(np.float64, (left, right, options.first_step or 0.0))
        n_rows = FIRST_CALL if every else len(self._times)
        saved = np.int64(0 if every else np.searchsorted(self._times, left, side="right"))
        at = started(a, y.reshape(self._shape), first, saved, np.empty((n_rows, self._width + every)))
        n_before, n_calls = 0, FIRST_CALL
        while True:
            began = time.perf_counter()
            until = min(n_before + n_calls, options.max_steps - self._n_steps + n_before)
            at, told = ready.advance(numbers, a, b, self._times, self._settings, np.int64(until), at)
            counts = Counts(*np.asarray(told).tolist())
            t, n_steps = counts.t, int(counts.n_steps)
            made, n_before = n_steps - n_before, n_steps
            took = time.perf_counter() - began
            y, rows = np.array(at.y).reshape(-1), np.asarray(at.rows)
            if every:
                for row in np.array(rows[: int(counts.saved)]):
                    self._n_steps += 1
                    yield float(row[0]), row[1:], held(row[1:])
                at = at._replace(saved=np.int64(0))
            elif made:
                self._n_steps += made
                yield t, y, self._interpolant(rows)
            if t >= right or counts.status != RUNNING:
                break
            if self._n_steps >= options.max_steps:
                raise too_many_steps(rhs, t, y, self._n_steps, f" of {self._end:g} s")
            if time.perf_counter() > rhs.deadline:
                raise too_long(t)
            n_calls = FIRST_CALL if every else max(16, min(1_000_000, int(n_calls * SECONDS / took)))
        self._n_rhs += int(counts.n_rhs)
        if t < right:  # the same steps without compiling find out why, and say so
            first = float(at.h) / SHRINK ** int(at.bad)  # as before what was not finite was met
            stepper = self._options.interpreted(first).stepper(self._network, self._shape[:-1])
            for step in stepper(rhs, t, right, y):
                yield step
                y = step[1]
        return y

    def _interpolant(self, rows: np.ndarray) -> Interpolant:
        """The rows that the loop saved, at times that it was told of."""
        save_at, members = self._save_at, math.prod(self._shape[:-1])
        assert save_at is not None

        def at(times: np.ndarray, columns: np.ndarray | None) -> np.ndarray:
            first = int(np.searchsorted(save_at, times[0]))
            block = rows[first : first + len(times)]
            if columns is None or members == 1 or self._slots is None:
                return block
            widths = np.cumsum([slot.stop - slot.start for slot in self._slots])[:-1]
            parts = np.split(block.reshape(len(times), members, -1), widths, axis=-1)
            return np.concatenate([part.reshape(len(times), -1) for part in parts], axis=-1)

        return at


def placed_numbers(network: Network) -> dict[str, Any]:
    """The numbers of a network on the device, put there once."""
    placed = network.__dict__.get("_placed_numbers")
    if placed is None:
        placed = required().device_put(numbers_of(network))
        network.__dict__["_placed_numbers"] = placed
    return placed
