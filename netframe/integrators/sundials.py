"""SundialsIntegrator: CVODE of the SUNDIALS suite, stepped by our own loop."""

from __future__ import annotations

import contextlib
import math
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from netframe.errors import MissingPackageError, suggestion
from netframe.extras import install, package
from netframe.fields import component, leading
from netframe.integrators.driver import CheckedRhs, Step, Stepper, Stop, gave_up, step_limit
from netframe.integrators.newton import LINEAR_SOLVERS, chosen
from netframe.integrators.recorder import Interpolant
from netframe.integrators.stepping import AdaptiveIntegrator, Task
from netframe.network import Network
from netframe.solution import Status

#: Method -> its highest order.
METHODS = {"Adams": 12, "BDF": 5}


@component
class SundialsIntegrator(AdaptiveIntegrator):
    """CVODE, methods of variable order and step: ``"BDF"`` (orders 1 to 5) for stiff networks, ``"Adams"`` (1 to 12).

    Both are implicit: a step solves ``y = gamma f(t, y) + known`` by Newton's iteration, and ``linear_solver`` says how
    its systems ``(I - gamma J) x = r`` are solved. ``"dense"``: LU factors, made of the network's Jacobian J.
    ``"krylov"``: GMRES, which makes no matrix; its products are differences of the right-hand side, and it is
    preconditioned by the diagonal of J. ``"sparse"``: GMRES with the sparse J, preconditioned by its LU factors, for
    stiff networks whose cells hear a few neighbours each. ``"auto"`` is dense up to 200 states and Krylov beyond.
    ``max_order`` keeps the order lower, as high orders of BDF are not stable for every oscillation.

    The run restarts at every breakpoint of the inputs and never looks beyond one. Saved times between steps come from
    CVODE's own polynomial, of the order of the method. The error norm is a root mean square over all states; in a
    batch tolerances are tightened by the root of its size, so that no member's error can hide among the others.

    Errors: :class:`MissingPackageError` at a run without scikit-sundae, 1.2 or later, the extra ``sundials``.

    Example:
        >>> import netframe as nf
        >>> net = nf.Network("n", [nf.LeakyRate("E", size=1)])
        >>> integrator = nf.SundialsIntegrator("BDF", rtol=1e-8)
        >>> nf.simulate(net, 1.0, integrator=integrator).success  # doctest: +SKIP
        True
    """

    method: str = leading(kw_only=False, default="BDF")
    linear_solver: str = "auto"
    max_order: int | None = None

    def problems(self) -> Iterator[str]:
        if self.method not in METHODS:
            yield f"method is {self.method!r}. {suggestion(self.method, METHODS)}"
        solvers = ("auto", *LINEAR_SOLVERS)
        if self.linear_solver not in solvers:
            yield f"linear_solver is {self.linear_solver!r}. {suggestion(self.linear_solver, solvers)}"
        yield from super().problems()
        highest = METHODS.get(self.method, 12)
        whole = isinstance(self.max_order, (int, np.integer)) and not isinstance(self.max_order, bool)
        if self.max_order is not None and not (whole and 1 <= self.max_order <= highest):
            yield f"max_order is {self.max_order!r}; it must be a whole number from 1 to {highest} for {self.method}"

    @property
    def implicit(self) -> bool:
        return self.method == "BDF"

    def stepper(self, task: Task) -> Stepper:
        return _Steps(self, task, min(self.max_step, step_limit(task.network)))

    def workspace(self, network: Network, count: int) -> int:
        """Bytes the method works with for ``count`` states."""
        members = count // network.registry.size
        order = METHODS[self.method] if self.max_order is None else self.max_order
        return 8 * count * (order + 9) + chosen(self.linear_solver, network, members).workspace(network, count)


class _GaveUp(Exception):
    """CVODE has no next state, and says why."""


class _Steps(Stepper):
    """One run: a CVODE solver, begun anew in each segment."""

    def __init__(self, options: SundialsIntegrator, task: Task, longest: float) -> None:
        self._cvode = _cvode()
        members = math.prod(task.lead)
        self._linear_solver = chosen(options.linear_solver, task.network, members)(task.network, task.lead)
        tighter = math.sqrt(members)
        self._settings: dict[str, Any] = {
            "method": options.method,
            "rtol": float(options.rtol / tighter),
            "atol": float(options.atol / tighter),
            "max_step": float(longest) if math.isfinite(longest) else 0.0,
            "first_step": float(options.first_step or 0.0),
            "max_order": int(options.max_order or METHODS[options.method]),
        }
        self._solver: Any = None
        degree = self._settings["max_order"]
        self._nodes = 0.5 - 0.5 * np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1))
        self._fit = np.linalg.inv(_polynomials(self._nodes, degree + 1))

    def counts(self) -> dict[str, int]:
        return self._linear_solver.counts()

    def steps(self, rhs: CheckedRhs, t0: float, t1: float, y: np.ndarray) -> Iterator[Step]:
        t = t0
        if self._solver is None:
            self._solver = self._cvode.CVODE(
                _filling(rhs), **self._settings, **self._linear_solver.options(self._cvode)
            )
        with _no_warnings_of_the_logger():
            self._solver.init_step(t0, y)
        while t < t1:
            try:
                found = self._asked("onestep", t1, t1)
            except _GaveUp as reason:
                raise gave_up(rhs, self._settings["method"], t, y, str(reason)) from None
            before, t, y = t, float(found.t), found.y
            yield t, y, self._interpolant(before, t, t1)

    def _asked(self, mode: str, t: float, stop: float) -> Any:
        with contextlib.redirect_stdout(_WithoutErrors(sys.stdout)):
            found = self._solver.step(t, mode, stop)
        if not found.success:
            raise _GaveUp(found.message.rstrip("."))
        return found

    def _interpolant(self, start: float, end: float, stop: float) -> Interpolant:
        """CVODE's polynomial over the step it has just taken, from no more of its values than its degree needs."""

        def at(times: np.ndarray, columns: np.ndarray | None) -> np.ndarray:
            few = len(times) <= len(self._nodes)
            asked = times if few else start + (end - start) * self._nodes
            states = [self._asked("normal", float(t), stop).y for t in asked]
            # CVODE goes on from where it was last asked for, so it is asked for the end of its step again.
            self._asked("normal", end, stop)
            values = np.array(states if columns is None else [y[columns] for y in states])
            return (
                values if few else _polynomials((times - start) / (end - start), len(self._nodes)) @ self._fit @ values
            )

        return at


def _polynomials(shares: np.ndarray, count: int) -> np.ndarray:
    """Chebyshev's polynomials of degree below ``count`` at shares of a step, shape ``(len(shares), count)``."""
    return np.cos(np.arange(count) * np.arccos(2.0 * shares - 1.0)[:, None])


def _filling(rhs: CheckedRhs) -> Callable[[float, np.ndarray, np.ndarray], None]:
    """The right-hand side as CVODE calls it."""

    def fill(t: float, y: np.ndarray, dy: np.ndarray) -> None:
        if not math.isfinite(t):
            raise Stop(Status.NOT_FINITE, rhs.complaint or "the step size of CVODE is not finite")
        # A guess of the solver that is not finite says nothing of the derivative, which would be blamed for it.
        finite = math.isfinite(y.dot(y)) or bool(np.isfinite(y).all())
        # The solver's memory is copied: a traceback may outlive it.
        dy[:] = rhs(t, y.copy()) if finite else math.nan

    return fill


class _WithoutErrors:
    """Standard output without what scikit-sundae prints when CVODE gives up, since that is raised as well."""

    def __init__(self, stream: Any) -> None:
        self.stream: Any = stream.stream if isinstance(stream, _WithoutErrors) else stream
        self._ending = False

    def write(self, text: str) -> int:
        ending, self._ending = self._ending and text == "\n", False
        if text.startswith("\n[") and ", Error: " in text:
            self._ending = True
        elif not ending and self.stream is not None:
            self.stream.write(text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextlib.contextmanager
def _no_warnings_of_the_logger() -> Iterator[None]:
    """CVODE writes warnings past Python to standard error, unless a file is named for them when it is set up."""
    name = "SUNLOGGER_WARNING_FILENAME"
    if name in os.environ:
        yield
        return
    os.environ[name] = ""
    try:
        yield
    finally:
        os.environ.pop(name, None)


def _cvode() -> Any:
    """The module of scikit-sundae; versions before 1.2 may crash when a right-hand side raises."""
    component, called = "SundialsIntegrator", "scikit-sundae"
    cvode = package("sksundae.cvode", "sundials", component, called=called)
    version = package("sksundae", "sundials", component, called=called).__version__
    if tuple(map(int, version.split(".")[:2])) < (1, 2):
        text = f"{called} is {version}; it must be 1.2 or later"
        raise MissingPackageError(text, component=component, remedy=install("sundials"))
    return cvode
