"""SteppingIntegrator: an integrator that brings its steps, and leaves times, limits and failures to the driver."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from netframe.arrays import is_concrete
from netframe.calls import warn
from netframe.component import Declared
from netframe.fields import Param, component, parameter
from netframe.integrators.driver import Progress, Stepper, drive
from netframe.integrators.recorder import Recorder
from netframe.network import Network
from netframe.solution import Solution, Status
from netframe.validators import Validator, positive

#: Relative tolerances below it ask for more digits than numbers have.
ROUNDING = 1e-14

limit = Validator("positive, or infinite for no limit", lambda x: x > 0)


@attrs.frozen(eq=False)
class Task:
    """What steps are for: a network, the leading shape of its state, the time to cover, and what will be kept when.

    ``save_at`` are the times to keep or ``None`` for every step, ``record`` what to keep or ``None`` for the state.
    """

    network: Network
    lead: tuple[int, ...]
    t_span: tuple[float, float]
    save_at: np.ndarray | None = None
    record: tuple[str, ...] | None = None


@component
class SteppingIntegrator(Declared):
    """What the integrators shipped here share: options that print themselves and are checked, and how a run goes."""

    def _parameter_problems(self) -> Any:
        yield from super()._parameter_problems()
        yield from (f"{name} is an array; it must be one number" for name in self.batch_shapes())

    @abstractmethod
    def stepper(self, task: Task) -> Stepper:
        """What advances a state between breakpoints."""

    def check(self, network: Network, t_span: tuple[float, float]) -> None:
        """Refuse, or warn of, what this method is not made for."""

    def remedy(self, status: Status) -> str:
        """What may help a run that stopped, as the end of a sentence, or nothing."""
        return ""

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
        self.check(problem, t_span)
        return self.run(problem, t_span, y0, save_at=save_at, record=record, progress=progress)

    def run(
        self,
        problem: Network,
        t_span: tuple[float, float],
        y0: np.ndarray,
        *,
        save_at: np.ndarray | None = None,
        record: tuple[str, ...] | None = None,
        progress: Progress | None = None,
        end: float | None = None,
    ) -> Solution:
        """Integrate what was checked before: all that :meth:`solve` does after ``check``, or a part of it.

        ``end`` is that of the whole run, in s, which messages and progress tell, where ``t_span`` is a part of it.
        """
        lead = y0.shape[:-1]
        recorder = Recorder(problem, lead, save_at, record)
        stepper = self.stepper(Task(problem, lead, t_span, save_at, record))
        return drive(self, problem, stepper, t_span, y0, recorder, progress=progress, end=end)


@component
class AdaptiveIntegrator(SteppingIntegrator):
    """An integrator that chooses its steps: its tolerances, and where it stops."""

    rtol: Param = parameter(1e-6, unit="1", validator=positive, doc="relative tolerance of the local error")
    atol: Param = parameter(
        1e-9, unit="unit of each state", validator=positive, doc="absolute tolerance of the local error"
    )
    max_step: Param = parameter(math.inf, unit="s", validator=limit, doc="longest step")
    first_step: float | None = None
    max_steps: Param = parameter(100_000, unit="1", validator=limit, doc="steps after which a run is stopped")
    max_wall_time: Param = parameter(math.inf, unit="s", validator=limit, doc="wall time after which a run is stopped")

    def problems(self) -> Iterator[str]:
        if is_concrete(self.rtol) and np.ndim(self.rtol) == 0 and self.rtol >= 1.0:
            yield f"rtol is {self.rtol:g}; it must be below 1, as a part of the state. The default is 1e-6"
        if self.first_step is not None and not (isinstance(self.first_step, (int, float)) and self.first_step > 0):
            yield f"first_step is {self.first_step!r}; it must be positive, in s"

    @property
    def implicit(self) -> bool:
        """Whether steps solve equations, so that the fastest time constant does not limit them."""
        return False

    def remedy(self, status: Status) -> str:
        if status not in (Status.MAX_STEPS, Status.STEP_SIZE):
            return ""
        told = []
        if math.isfinite(self.max_step):
            told.append(f"steps are kept to max_step = {self.max_step:g} s")
        if self.rtol < ROUNDING:
            told.append(f"rtol = {self.rtol:g} is below rounding, so take a larger one")
        if not self.implicit:
            told.append("if the network is stiff take a method made for it, such as nf.ScipyIntegrator('LSODA')")
        told.append("if a state grows without bound look for a gain or a weight that is too large")
        return "".join(f"; {text}" for text in told)

    def check(self, network: Network, t_span: tuple[float, float]) -> None:
        """Warn of a relative tolerance that leaves visible errors."""
        if self.rtol > 1e-3:
            warn(f"rtol = {self.rtol:g} leaves errors of several per cent", RuntimeWarning)
