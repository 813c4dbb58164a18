"""ScipyIntegrator: the solvers of ``scipy.integrate``, stepped by our own loop."""

from __future__ import annotations

import functools
import math
import traceback
from collections.abc import Iterator
from typing import Any

import numpy as np

from netframe.errors import suggestion
from netframe.fields import component, leading
from netframe.integrators.driver import CheckedRhs, Step, Stepper, Stop, fastest, gave_up, step_limit
from netframe.integrators.member_norm import per_member
from netframe.integrators.recorder import Interpolant
from netframe.integrators.stepping import AdaptiveIntegrator, Task
from netframe.network import Network
from netframe.solution import Status

#: Method -> vectors of the size of the state that it works with, and whether it takes a Jacobian.
METHODS = {"RK23": 12, "RK45": 18, "DOP853": 34, "Radau": 30, "BDF": 30, "LSODA": 20}
_IMPLICIT = ("Radau", "BDF", "LSODA")
#: Up to this many states a dense Jacobian is factorized faster than a sparse one.
_DENSE_UP_TO = 200


@component
class ScipyIntegrator(AdaptiveIntegrator):
    """One of SciPy's six adaptive methods: ``"RK23"``, ``"RK45"``, ``"DOP853"``, ``"Radau"``, ``"BDF"``, ``"LSODA"``.

    The run restarts at every breakpoint of the inputs, so no pulse is stepped over. Radau, BDF and LSODA are given
    the network's Jacobian. The error norm is a root mean square over the states, and no member of a batch can hide its
    error among the others: RK23, RK45 and DOP853 take the norm of each member, and the largest decides; for the other
    three, whose norm is one over all, tolerances are tightened by the root of the number of members.

    Example:
        >>> import netframe as nf
        >>> net = nf.Network("n", [nf.LeakyRate("E", size=1)])
        >>> nf.simulate(net, 1.0, integrator=nf.ScipyIntegrator("LSODA", rtol=1e-8)).success
        True
    """

    method: str = leading(kw_only=False, default="RK45")

    def problems(self) -> Iterator[str]:
        if self.method not in METHODS:
            yield f"method is {self.method!r}. {suggestion(self.method, METHODS)}"
        yield from super().problems()

    @property
    def implicit(self) -> bool:
        return self.method in _IMPLICIT

    def stepper(self, task: Task) -> Stepper:
        return _Steps(self, task, step_limit(task.network))

    def workspace(self, network: Network, count: int) -> int:
        """Bytes the method works with for ``count`` states."""
        if self.method == "LSODA":
            lower, upper = _bandwidth(network)
            return 8 * count * (METHODS["LSODA"] + min(count, 2 * lower + upper + 1))
        return 8 * count * METHODS[self.method]


class _Steps(Stepper):
    """One run: the solver objects of its segments, and what they counted."""

    def __init__(self, options: ScipyIntegrator, task: Task, limit: float) -> None:
        from scipy import integrate

        self.options, self.network, self.lead = options, task.network, task.lead
        self._n_jacobian = self._n_lu = 0
        self._max_step = min(options.max_step, limit)
        members = math.prod(task.lead)
        make, more, tightened = getattr(integrate, options.method), {}, 1.0
        if options.method in _IMPLICIT:
            more, tightened = self._jacobian_options(members), math.sqrt(members)
        elif members > 1:
            make, more = per_member(options.method), {"members": members}
        tolerances = {"rtol": options.rtol / tightened, "atol": options.atol / tightened}
        self._solver = functools.partial(make, **tolerances, **more)

    def counts(self) -> dict[str, int]:
        return {"n_jacobian": self._n_jacobian, "n_lu": self._n_lu}

    def steps(self, rhs: CheckedRhs, t0: float, t1: float, y: np.ndarray) -> Iterator[Step]:
        first = None if self.options.first_step is None else min(self.options.first_step, t1 - t0)
        limits = {"max_step": self._max_step, "first_step": first}
        solver = self._solver(rhs, t0, y, t1, **limits)
        try:
            while solver.status == "running":
                self._advance(solver, rhs)
                yield solver.t, solver.y, _interpolant(solver)
        finally:
            self._n_lu += int(solver.nlu)

    def _advance(self, solver: Any, rhs: CheckedRhs) -> None:
        """One accepted step, or a :class:`Stop` that says why there is none."""
        try:
            message = solver.step()
        except (ValueError, RuntimeError) as error:
            if rhs.bad:
                raise Stop(Status.NOT_FINITE, rhs.complaint) from error
            if _of_the_network(error):
                raise
            text = f"{self.options.method} cannot compute a step from t = {solver.t:.6g} s ({error})"
            remedy = "look for a gain or a weight that is too large"
            raise Stop(Status.NOT_FINITE, f"{text}; {fastest(rhs, solver.t, solver.y)}; {remedy}") from error
        if solver.status == "failed":
            raise gave_up(rhs, self.options.method, solver.t, solver.y, message or "the solver gave up")

    def _jacobian_options(self, members: int) -> dict[str, Any]:
        size = self.network.registry.size * members
        if self.options.method != "LSODA":
            dense = size <= _DENSE_UP_TO
            return {"jac": lambda t, y: self._at(t, y).toarray() if dense else self._at(t, y).tocsc()}
        lower, upper = _bandwidth(self.network)
        if lower + upper + 1 >= size:
            return {"jac": lambda t, y: self._at(t, y).toarray()}
        return {"jac": lambda t, y: _banded(self._at(t, y), lower, upper), "lband": lower, "uband": upper}

    def _at(self, t: float, y: np.ndarray) -> Any:
        self._n_jacobian += 1
        return self.network.jacobian(t, y.reshape(*self.lead, -1))


def _of_the_network(error: Exception) -> bool:
    """Whether an error comes from the network, not from a solver whose own numbers have become too large."""
    codes = (CheckedRhs.__call__.__code__, _Steps._at.__code__)
    return any(frame.f_code in codes for frame, _ in traceback.walk_tb(error.__traceback__))


def _bandwidth(network: Network) -> tuple[int, int]:
    """How far the Jacobian of one member reaches below and above its diagonal."""
    pattern = network.jacobian_pattern().tocoo()
    offsets = pattern.row.astype(np.int64) - pattern.col
    return int(max(offsets.max(initial=0), 0)), int(max(-offsets.min(initial=0), 0))


def _banded(matrix: Any, lower: int, upper: int) -> np.ndarray:
    """A sparse matrix in the packed form of LSODA: ``packed[upper + i - j, j] = matrix[i, j]``."""
    entries = matrix.tocoo()
    packed = np.zeros((lower + upper + 1, matrix.shape[1]))
    packed[upper + entries.row - entries.col, entries.col] = entries.data
    return packed


def _interpolant(solver: Any) -> Interpolant:
    """The solver's dense output over its last step, made when the first time is asked for."""
    made: list[Any] = []

    def at(times: np.ndarray, columns: np.ndarray | None) -> np.ndarray:
        if columns is not None and isinstance(getattr(solver, "P", None), np.ndarray):
            return _runge_kutta_output(solver, times, columns)
        if not made:
            made.append(solver.dense_output())
        states = made[0](times).T
        return states if columns is None else states[:, columns]

    return at


def _runge_kutta_output(solver: Any, times: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The dense output of RK23 and RK45 for some states only, which for few of a million is most of a run's time.

    ``y_old + h sum_k K_k sum_j P_kj x^(j+1)`` with ``x`` the share of the step, K the solver's stages and P its
    polynomials.
    """
    h = solver.t - solver.t_old
    powers = ((times - solver.t_old) / h)[:, None] ** np.arange(1, solver.P.shape[1] + 1)
    return solver.y_old[columns] + h * (powers @ solver.P.T @ solver.K[:, columns])
