"""Programs: loops compiled by JAX once for each structure, and the numbers of networks put where they run."""

from __future__ import annotations

import functools
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import attrs

from netframe.extras import package
from netframe.integrators.compiled import Loop
from netframe.integrators.untraceable import is_of_tracing, untraceable
from netframe.tracing import structure_of

#: A call takes about so many seconds, for Ctrl-C and progress. The first of a stretch makes ``UNKNOWN`` steps at least,
#: and ``FIRST_CALL`` at most.
SECONDS, UNKNOWN, FIRST_CALL = 0.5, 16, 512
#: Compiled programs that are kept, the ones used last.
KEPT = 32


def required(component: str = "JaxIntegrator") -> Any:
    """JAX, or the error that says how to install it for what needs it."""
    return package("jax", "jax", component, called="JAX")


@attrs.define(eq=False)
class Program:
    """The compiled function of one loop, how often it was traced, and about how many seconds one of its steps takes."""

    loop: Loop
    traced: int = 0
    pace: float | None = None

    def first_calls(self, deadline: float) -> int:
        """The steps of the first call of a stretch, which are few where nobody knows how long one takes."""
        if self.pace is None:
            return UNKNOWN
        seconds = min(SECONDS, deadline - time.perf_counter())
        return max(UNKNOWN, min(FIRST_CALL, int(seconds / max(self.pace, 1e-9))))

    def called(self, made: int, took: float, traced: int) -> None:
        """Learn from a call that made so many steps in so many seconds, if nothing was compiled since ``traced``."""
        if made and traced == self.traced:
            self.pace = took / made

    @functools.cached_property
    def advance(self) -> Callable[..., Any]:
        """See :meth:`Loop.advance`, for every member where they are mapped; the rows are written in place."""
        jax, function = required(), self.loop.advance
        if self.loop.axis is not None:
            own = ((None, 0), None, None, 0, 0)  # the member, how many steps it may make, its place
            function = jax.vmap(function, in_axes=own, axis_name=self.loop.axis)
        return jax.jit(self._counted(function), donate_argnums=4)

    def _counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any) -> Any:
            self.traced += 1
            try:
                return function(*args)
            except Exception as error:
                if is_of_tracing(error):
                    raise untraceable(error, self.loop.network) from error
                raise

        return counted


PROGRAMS: OrderedDict[Hashable, Any] = OrderedDict()


def kept(key: Hashable, make: Callable[[], Any]) -> Any:
    """The program of a key, made anew only where none of its kind was made before."""
    found = PROGRAMS.pop(key, None) or make()
    PROGRAMS[key] = found
    while len(PROGRAMS) > KEPT:
        PROGRAMS.popitem(last=False)
    return found


def program(loop: Loop, shape: tuple[int, ...]) -> Program:
    """The program for a loop."""
    key = (structure_of(loop.network), id(loop.tableau), loop.constant, loop.record, loop.every, loop.axis, shape)
    return kept(key, lambda: Program(loop))
