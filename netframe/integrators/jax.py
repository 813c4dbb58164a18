"""JaxIntegrator: whole runs compiled by JAX, for one structure once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from netframe.errors import suggestion
from netframe.fields import Param, component, leading, parameter
from netframe.integrators import diffrax
from netframe.integrators.compiled_run import METHODS, CompiledRun
from netframe.integrators.driver import Stepper, step_limit
from netframe.integrators.fixed_step import FixedStepIntegrator, warn_of_long_steps
from netframe.integrators.own_steps import OwnSteps
from netframe.integrators.programs import required
from netframe.integrators.runge_kutta import RungeKuttaIntegrator
from netframe.integrators.scipy import ScipyIntegrator
from netframe.integrators.stepping import AdaptiveIntegrator, Task
from netframe.integrators.tableaus import FIXED
from netframe.network import Network
from netframe.solution import Solution, Status
from netframe.validators import positive

STEPS = ("shared", "own")


@component
class JaxIntegrator(AdaptiveIntegrator):
    """Whole runs compiled by JAX (extra ``jax``), on the processor or on a GPU where there is one.

    Adaptive ``"Tsit5"``, ``"Dopri5"``, ``"BS3"`` as in :class:`RungeKuttaIntegrator`, and ``"Dopri8"``, of order 8, for
    tight tolerances; ``"Kvaerno5"``, implicit, for stiff networks of up to about a hundred states; ``"euler"``,
    ``"heun"``, ``"rk4"`` with steps of ``dt`` as in :class:`FixedStepIntegrator`. ``Dopri8`` and ``Kvaerno5`` are steps
    of diffrax; the latter steps onto every time to save. Numbers are float64. Networks that differ in
    parameters, weights, inputs, initial state, duration or times to save alone are compiled once; what is recorded,
    rates and currents too, is part of the structure, as is whether times are some more or many. A first run takes a
    second or so longer.

    A batch is advanced by matrix products with steps in common, the error taken per member. With ``steps="own"`` each
    member takes the steps it would take alone, all in one program, which pays where they differ much; it needs
    ``save_at``, and keeps all states at these times while it runs. ``Kvaerno5`` always does that, so that its matrices
    are those of one member. One member that fails ends the run of all, unless ``simulate(..., batch=)`` splits it. A
    batch whose first axis is a multiple of the number of devices is spread over all of them.

    ``jax_enable_x64`` is switched on while a program is traced and run, and for nothing else. Hooks are traced: one
    that branches on a state or on the time is refused with a :class:`HookError` that names it. With ``save_at``,
    ``progress`` is told, and Ctrl-C noticed, between calls of the compiled loop, which take about half a second.

    Errors: :class:`MissingPackageError` at a run without JAX, or of a method of diffrax without that.

    Example:
        >>> import netframe as nf
        >>> net = nf.Network("n", [nf.LeakyRate("E", size=1)])
        >>> fast = nf.JaxIntegrator("Tsit5", rtol=1e-8)
        >>> nf.simulate(net, 0.1, y0={"E.v": -60.0}, integrator=fast)["E.v"][-1].round(6)  # doctest: +SKIP
        array([-68.646647])
    """

    method: str = leading(kw_only=False, default="Tsit5")
    dt: Param = parameter(1e-3, unit="s", validator=positive, doc="longest step of a fixed-step method")
    steps: str = "shared"

    def problems(self) -> Iterator[str]:
        if self.method not in METHODS:
            yield f"method is {self.method!r}. {suggestion(self.method, METHODS)}"
        if self.steps not in STEPS:
            yield f"steps is {self.steps!r}. {suggestion(self.steps, STEPS)}"
        yield from super().problems()

    @property
    def implicit(self) -> bool:
        """Whether a step solves equations."""
        return self.method in diffrax.METHODS and diffrax.METHODS[self.method].implicit

    def remedy(self, status: Status) -> str:
        return self.interpreted(0.0).remedy(status) if self.method in FIXED else super().remedy(status)

    def check(self, network: Network, t_span: tuple[float, float]) -> None:
        required()
        if self.method in diffrax.METHODS:
            diffrax.required()
        super().check(network, t_span)
        warn_of_long_steps(self.method, self.dt, network)

    def stepper(self, task: Task) -> Stepper:
        own = bool(task.lead) and (self.implicit or self.steps == "own")
        longest = self.dt if self.method in FIXED else min(self.max_step, step_limit(task.network))
        return (OwnSteps if own else CompiledRun)(self, task, longest)

    def run(self, problem: Network, t_span: tuple[float, float], y0: np.ndarray, **options: Any) -> Solution:
        """Integrate what was checked before."""
        with required().enable_x64(True):
            return super().run(problem, t_span, y0, **options)

    def interpreted(self, first_step: float) -> Any:
        """An integrator that takes the same steps without JAX, or where there is none the most similar ones."""
        if self.method in FIXED:
            return FixedStepIntegrator(self.method, dt=self.dt)
        names = ("rtol", "atol", "max_step", "max_steps", "max_wall_time")
        options = {name: getattr(self, name) for name in names} | {"first_step": first_step}
        if self.implicit:
            return ScipyIntegrator("Radau", **options)
        return RungeKuttaIntegrator("Dopri5" if self.method in diffrax.METHODS else self.method, **options)

    def workspace(self, network: Network, count: int) -> int:
        """Bytes the method works with for ``count`` states."""
        matrices = 3 * network.registry.size if self.implicit else 0
        return 8 * count * (20 + matrices)
