"""Methods of diffrax in the compiled loop: an explicit one of high order, and an implicit one for stiff networks.

diffrax makes a step, and interpolates it; its length, limits and what is saved are the loop's, so that a run ends,
tells its progress and can be stopped as with every other method.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from netframe.extras import package
from netframe.integrators.compiled import Loop, Place, Settings


@attrs.frozen(eq=False)
class Method:
    """A method of diffrax by its name: the order of its error, and the stages that a step evaluates."""

    name: str
    order: int
    stages: int
    implicit: bool = False

    @property
    def nodes(self) -> range:
        """One entry for each stage of a step."""
        return range(self.stages)

    @property
    def error(self) -> bool:
        """All of them tell the error of a step."""
        return True


#: Prince & Dormand (1981), J Comput Appl Math 7:67; Kvaerno (2004), BIT Numer Math 44:489.
METHODS = {"Dopri8": Method("Dopri8", 8, 13), "Kvaerno5": Method("Kvaerno5", 5, 6, implicit=True)}


@attrs.frozen(eq=False)
class DiffraxLoop(Loop):
    """The loop with steps of a method of diffrax; ``stages`` are what it interpolates from."""

    def _attempt(self, rhs: Any, right: Any, times: Any, settings: Settings, at: Place) -> Place:
        import jax.numpy as jnp

        if self._method.implicit and not self.every:
            # Its interpolant is a cubic, worse than its steps, so it steps onto the times to save.
            right = jnp.minimum(right, times[at.saved])
        return super()._attempt(rhs, right, times, settings, at)

    def _step(self, rhs: Any, settings: Settings, at: Place, h: Any, t_new: Any) -> tuple[Any, Any, Any, Any]:
        import jax.numpy as jnp

        diffrax, solver = required(), self._solver(settings)
        term = diffrax.ODETerm(lambda t, y, _: rhs(t, y))
        first = (np.bool_(False), at.slope)  # the first stage is the slope at the end of the step before
        y, difference, stages, (_, slope), result = solver.step(term, at.t, t_new, at.y, None, first, np.bool_(False))
        solved = result == diffrax.RESULTS.successful  # or Newton's method did not converge, and a shorter step may
        return y, slope, jnp.where(solved, difference, jnp.nan), stages

    def _interpolant(self, ends: tuple, stages: Any) -> Callable[[Any], Any]:
        import jax

        t0, t1 = ends[0], ends[0] + ends[1]
        polynomial = getattr(required(), self._method.name).interpolation_cls(t0=t0, t1=t1, **stages)
        return jax.vmap(polynomial.evaluate)

    @property
    def _method(self) -> Any:
        return self.tableau

    def _solver(self, settings: Settings) -> Any:
        diffrax = required()
        solver = getattr(diffrax, self._method.name)
        if not self._method.implicit:
            return solver(scan_kind="lax")
        newton = diffrax.VeryChord(rtol=settings.rtol, atol=settings.atol)
        return solver(scan_kind="lax", root_finder=newton)


def required() -> Any:
    """diffrax, or the error that says how to install it."""
    return package("diffrax", "jax", "JaxIntegrator")
