"""gradient: the derivative of a number computed from a solution, with respect to any parameters by path."""

from __future__ import annotations

import functools
import inspect
import itertools
import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from netframe.arrays import is_foreign, is_sparse
from netframe.calls import explained, warn
from netframe.differentiable import differentiable, moved_kinks
from netframe.errors import NetframeError, ParameterError, brief
from netframe.integrators import simulate
from netframe.integrators.devices import Devices
from netframe.integrators.integrator import starting_state
from netframe.integrators.interrupts import interrupts_held
from netframe.integrators.jax import JaxIntegrator
from netframe.integrators.programs import Program, kept, required
from netframe.integrators.replay import Replay, replayed_times
from netframe.integrators.tableaus import EMBEDDED, FIXED
from netframe.integrators.tangent import TangentLoop, directions, start_of_both, steps_of_both
from netframe.integrators.untraceable import is_of_tracing, unwritten
from netframe.memory import require
from netframe.network import Network
from netframe.right_hand_side import constant_sources
from netframe.solution import Solution, Status, check_network
from netframe.tracing import Same, parameters_of, structure_of, with_start

TABLEAUS = EMBEDDED | FIXED


@explained
def gradient(
    network: Network,
    scalar: Callable[..., Any],
    paths: Iterable[str],
    duration: float,
    *,
    t0: float = 0.0,
    y0: Any = None,
    save_at: Any = 2,
    integrator: JaxIntegrator | None = None,
    arguments: tuple[Any, ...] = (),
) -> tuple[float, dict[str, Any]]:
    """The value of ``scalar(solution)`` and its derivatives by path (extra ``jax``).

    ``paths`` are parameters, ``"E.tau"``, ``"E.activation.threshold"``, ``"FFE_to_E.weights"``, whose slopes have the
    parameter's own shape (of sparse weights: a CSR array with the same entries stored), or states, ``"E.v"``, for
    slopes with respect to the state at the start, ``(*batch, ...)``. A state that starts at a parameter follows it,
    unless ``y0`` or ``paths`` name it. Units are those of the scalar per unit of the parameter.

    ``scalar(solution, *arguments)`` is written in ``jax.numpy``: it is handed a :class:`Solution` whose arrays are of
    JAX, ``sol["E.v"]`` of shape ``(n_times, *batch, size)``, ``sol["E.rate"]``, ``sol.t``, ``sol.final``, and returns
    one number. ``duration``, ``t0``, ``y0`` and ``save_at`` are as in :func:`simulate`; the start and the end are saved
    unless more is asked for.

    A first run chooses steps that suit the state and its derivative along one direction of what is asked for. They are
    taken again and differentiated in reverse: exact for the computed solution, and for any number of parameters in the
    time of some ten runs, with four states a step in memory. ``integrator`` is ``JaxIntegrator()``, Tsit5 with rtol
    1e-6 and atol 1e-9, unless given. It compiles once for a structure, a scalar and ``paths``: define ``scalar``
    outside of a loop, and pass as ``arguments`` what changes from call to call, since whatever else the function reads
    is read when it is compiled.

    Errors: unknown paths, and those that are no numbers; times of jumps, which have no derivative this way; failed
    runs, :class:`IntegrationError`, as of ``simulate``; a scalar that asks NumPy or Python for numbers.

    Example: how the voltage of a leaky cell, ``-70 + 10 exp(-t / tau)``, depends on its time constant.
        >>> import netframe as nf
        >>> net = nf.Network("n", [nf.LeakyRate("E", size=1, tau=0.05)])
        >>> value, slopes = nf.gradient(
        ...     net, lambda sol: sol["E.v"][-1, 0], ["E.tau", "E.v"], 0.1, y0={"E.v": -60.0}
        ... )  # doctest: +SKIP
        >>> round(float(slopes["E.tau"]), 4)                # 10 exp(-t / tau) t / tau^2      # doctest: +SKIP
        54.1341
    """
    jax = required("gradient")
    integrator = JaxIntegrator() if integrator is None else integrator
    if not isinstance(integrator, JaxIntegrator):
        text = f"integrator is {brief(integrator)}; it must be a JaxIntegrator"
        raise ParameterError(text, component="gradient", attribute="integrator")
    if integrator.method not in TABLEAUS or integrator.steps != "shared":
        wrong = f"JaxIntegrator({integrator.method!r}, steps={integrator.steps!r})"
        text = f"integrator is {wrong}; the method must be one of {', '.join(TABLEAUS)}, and steps 'shared'"
        raise ParameterError(text, component="gradient", attribute="integrator")
    check_network(network, "gradient")
    if not callable(scalar):
        raise ParameterError(f"scalar is {brief(scalar)}; it must be a function of a solution", component="gradient")
    if save_at is None:
        text = "save_at is None; it must be a number of times or an array of them, since steps change with parameters"
        raise ParameterError(text, component="gradient", attribute="save_at")
    leaves = jax.tree.leaves(arguments) if isinstance(arguments, (tuple, list)) else [None]
    if not all(is_foreign(x) or np.asarray(x).dtype.kind in "biufc" for x in leaves):
        text = f"arguments is {brief(arguments)}; it must be a tuple of numbers, arrays, and lists or dicts of them"
        remedy = "Write arguments=(target,) for scalar(sol, target)"
        raise ParameterError(text, component="gradient", attribute="arguments", remedy=remedy)
    _check_arguments(scalar, arguments)
    asked = differentiable(network, paths)
    starting_state(network, y0, "gradient")  # refuses what is none
    run = _Run(integrator, scalar, asked, y0)
    steps = simulate(network, duration, t0=t0, y0=y0, save_at=save_at, integrator=run).t
    wanted = np.unique(np.concatenate([run.edges, run.save_at]))
    times, where = replayed_times(steps, wanted[wanted <= run.save_at[-1]])
    where = where[np.searchsorted(wanted, run.save_at)]
    needed = 4 * 8 * len(times) * math.prod(run.shape)
    require(needed, f"a gradient of {network.label}", "Use fewer save_at times, or fewer members at a time")
    with jax.enable_x64(True), interrupts_held():
        value, slopes = run.program.compiled(run.own, run.rest, run.y0, times, where, arguments)
        given = dict(parameters_of(network))
        found = {path: _like(given.get(path), np.asarray(slopes[path])) for path in asked}
    _warn_of_what_is_not_finite(float(value), slopes)
    return float(value), found


class _Run:
    """An integrator that takes the steps a run and its derivative need, and keeps what the run was asked for."""

    def __init__(self, options: JaxIntegrator, scalar: Callable[..., Any], asked: tuple[str, ...], y0: Any) -> None:
        self._options, self._scalar, self._asked = options, scalar, asked
        self.y0 = {path: np.asarray(v, float) for path, v in y0.items()} if isinstance(y0, Mapping) else y0

    def solve(
        self, problem: Network, t_span: tuple[float, float], y0: np.ndarray, *, save_at: Any = None, **how: Any
    ) -> Solution:
        """Every step, without the states; a failure as of the plain run, or as one of the derivative."""
        self.save_at, self.shape, options = save_at, y0.shape, self._options
        pieces = np.array([t_span[0], *problem.breakpoints(*t_span), t_span[1]])
        kinks = [moved_kinks(problem, path, t_span) for path in self._asked]
        self.edges = np.unique(np.concatenate([pieces, *kinks]))
        constant = frozenset.intersection(*(constant_sources(problem, *edges) for edges in itertools.pairwise(pieces)))
        function = self._scalar if isinstance(self._scalar, Hashable) else Same(self._scalar)
        key = (structure_of(problem), options.method, constant, self.shape, self._asked, function)
        with required().enable_x64(True):
            self._place(problem, y0)
            self.program = kept(key, lambda: _Program(problem, self._scalar, options.method, constant, self.shape))
            steps, done = self.program.steps(options, self.own, self.rest, self.y0, self.edges)
        if done:
            return Solution(problem, steps, final=y0)
        plain = options.solve(problem, t_span, y0)
        if plain.status is Status.SUCCESS:
            text = f"the state was solved, but its derivative only up to t = {steps[-1]:.6g} s: it needs more steps"
            text += " than max_steps, or more time than max_wall_time, or grows without bound"
            plain = attrs.evolve(plain, status=Status.FAILED, message=text)
        return plain

    def _place(self, network: Network, y0: np.ndarray) -> None:
        """The values that are moved, and all others, on the device."""
        numbers = Devices.of(self.shape[:-1]).numbers(network)
        self.rest = {path: number for path, number in numbers.items() if path not in self._asked}
        self.own = {path: numbers[path].astype(float) for path in self._asked if path in numbers}
        for path in self._asked:
            if path not in numbers:
                slot = network.registry.slot(path)
                self.own[path] = y0[..., slot.slice].reshape(*self.shape[:-1], *slot.shape)


def _check_arguments(scalar: Callable[..., Any], arguments: Sequence[Any]) -> None:
    """Refuse a scalar that does not take a solution and these arguments, where that can be told."""
    try:
        inspect.signature(scalar).bind(None, *arguments)
    except ValueError:  # some built-in functions do not say what they take
        return
    except TypeError as error:
        text = f"scalar cannot be called with a solution and {len(arguments)} arguments: {error}"
        remedy = "What it takes beside the solution is given as arguments=(...)"
        raise ParameterError(text, component="gradient", attribute="arguments", remedy=remedy) from None


@attrs.define(eq=False)
class _Program:
    """The compiled value and derivatives of one structure, and how often they were traced."""

    network: Network
    scalar: Callable[..., Any]
    method: str
    constant: frozenset[str]
    shape: tuple[int, ...]
    traced: int = 0

    @functools.cached_property
    def compiled(self) -> Callable[..., Any]:
        """The value and the derivatives."""
        return required().jit(required().value_and_grad(self._value))

    @functools.cached_property
    def tangent(self) -> Program:
        """The loop that finds the steps."""
        return Program(TangentLoop(self.network, TABLEAUS[self.method], self.constant, record=(), every=True))

    @functools.cached_property
    def start(self) -> Callable[..., Any]:
        """The state at the start and its derivative."""
        return required().jit(functools.partial(start_of_both, self.network, self.shape))

    def steps(self, options: JaxIntegrator, own: Any, rest: Any, y0: Any, edges: np.ndarray) -> tuple[np.ndarray, bool]:
        """See :func:`steps_of_both`."""
        numbers = (own, directions(own), rest)
        return steps_of_both(options, self.tangent, numbers, edges, self.start(numbers, y0))

    def _value(
        self, own: Mapping[str, Any], rest: Mapping[str, Any], y0: Any, times: Any, where: Any, arguments: Any
    ) -> Any:
        import jax.numpy as jnp

        self.traced += 1
        network, y = with_start(self.network, {**rest, **own}, y0, self.shape)
        y = Replay(TABLEAUS[self.method], self.constant).states(network, y, times)[where]
        try:
            value = self.scalar(Solution(network, times[where], y), *arguments)
        except Exception as error:
            if is_of_tracing(error):
                raise unwritten(error) from None  # the line it names says more
            if not isinstance(error, NetframeError):
                error.add_note("in the scalar of a gradient, which is handed arrays of JAX: compute with jax.numpy")
            raise
        dtype = value.dtype if hasattr(value, "dtype") else np.asarray(value).dtype
        if np.shape(value) or dtype.kind not in "buif":
            given = f"an array of shape {np.shape(value)}" if np.shape(value) else brief(value)
            raise ParameterError(f"scalar returned {given}; it must return one real number", component="gradient")
        return jnp.asarray(value, float)


def _like(value: Any, slope: np.ndarray) -> Any:
    """A slope in the form of its parameter: of sparse weights with the same entries stored."""
    if not is_sparse(value):
        return slope[()]
    from scipy import sparse

    return sparse.csr_array((slope, value.indices, value.indptr), shape=value.shape)


def _warn_of_what_is_not_finite(value: float, slopes: Mapping[str, Any]) -> None:
    """An infinite slope at a corner, such as of a root at zero, spoils every sum it enters."""
    bad = [path for path, slope in slopes.items() if not np.isfinite(slope).all()]
    if bad or not math.isfinite(value):
        what = f"the derivative with respect to {', '.join(map(repr, bad))}" if bad else "the value of the scalar"
        warn(f"{what} is not finite", RuntimeWarning)
