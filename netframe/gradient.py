"""gradient: the derivative of a number computed from a solution, with respect to any parameters by path."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

import attrs
import numpy as np

from netframe.arrays import is_sparse
from netframe.component import brief
from netframe.errors import NetframeError, ParameterError, UnknownNameError, suggestion
from netframe.inputs import InputSource
from netframe.integrators import JaxIntegrator, simulate
from netframe.integrators.jax import kept, placed_numbers, required
from netframe.integrators.replay import Replay, replayed_times
from netframe.integrators.tableaus import EMBEDDED, FIXED, Tableau
from netframe.memory import require
from netframe.network import Network
from netframe.rebuilding import changed_fields
from netframe.right_hand_side import constant_sources
from netframe.solution import Solution
from netframe.tracing import Same, numbers_of, structure_of, with_numbers


def gradient(
    network: Network,
    scalar: Callable[..., Any],
    paths: Iterable[str],
    duration: float,
    *,
    t0: float = 0.0,
    y0: Any = None,
    save_at: Any = 2,
    integrator: Any = None,
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

    An ordinary run chooses the steps, and they are taken again to be differentiated in reverse: exact for the computed
    solution, and for any number of parameters in the time of a few runs, with one state for each step in memory.
    ``integrator`` is ``JaxIntegrator("Tsit5")`` or another with an explicit Runge-Kutta method. It compiles once for
    a structure, a scalar and ``paths``: define ``scalar`` outside of a loop, and pass as ``arguments`` what changes
    from call to call, since all else that it reads is read when it is compiled.

    Errors: unknown paths, and those that are no numbers; times of jumps, which have no derivative this way; failed
    runs, :class:`IntegrationError`, as of ``simulate``.

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
    tableau = _tableau(integrator)
    if not isinstance(network, Network):
        raise ParameterError(f"network is {brief(network)}; it must be a Network", component="gradient")
    if not callable(scalar):
        raise ParameterError(f"scalar is {scalar!r}; it must be a function of a solution", component="gradient")
    if save_at is None:
        text = "save_at is None; it must be a number of times or an array of them, since steps change with parameters"
        raise ParameterError(text, component="gradient", attribute="save_at")
    asked = _asked(network, paths)
    course = _Course(integrator)
    steps = simulate(network, duration, t0=t0, y0=y0, save_at=save_at, integrator=course).t
    edges = np.array([course.span[0], *network.breakpoints(*course.span), course.span[1]])
    kinks = [kink for path in asked for kink in _kinks(network, path, course.span)]
    wanted = np.unique(np.concatenate([edges, kinks, course.save_at]))
    times, where = replayed_times(steps, wanted[wanted <= course.save_at[-1]])
    where = where[np.searchsorted(wanted, course.save_at)]
    require(16 * len(times) * course.start.size, f"a gradient of {network.label}", "Use fewer members at a time")

    constant = frozenset.intersection(*(constant_sources(network, *edge) for edge in itertools.pairwise(edges)))
    function = scalar if isinstance(scalar, Hashable) else Same(scalar)
    key = (structure_of(network), tableau.b.tobytes(), constant, course.start.shape, tuple(asked), function)
    replay = Replay(tableau, constant)
    program = kept(key, lambda: _Program(network, scalar, replay, course.start.shape))
    start = {path: np.asarray(v, float) for path, v in y0.items()} if isinstance(y0, Mapping) else y0
    with jax.enable_x64(True):
        numbers = placed_numbers(network)
        rest = {path: number for path, number in numbers.items() if path not in asked}
        own = {path: jax.numpy.asarray(numbers[path], float) for path in asked if path in numbers}
        slots = [network.registry.slot(path) for path in asked if path not in numbers]
        own |= {s.path: course.start[..., s.slice].reshape(*course.start.shape[:-1], *s.shape) for s in slots}
        value, slopes = program.compiled(own, rest, start, times, where, arguments)
        found = {path: _like(network, path, np.asarray(slopes[path])) for path in asked}
    _warn_of_what_is_not_finite(float(value), slopes)
    return float(value), found


@attrs.define(eq=False)
class _Program:
    """The compiled value and derivatives of one structure, and how often they were traced."""

    network: Network
    scalar: Callable[..., Any]
    replay: Replay
    shape: tuple[int, ...]
    compiled: Callable[..., Any] = attrs.field(init=False)
    traced: int = 0

    def __attrs_post_init__(self) -> None:
        import jax

        self.compiled = jax.jit(jax.value_and_grad(self._value))

    def _value(
        self, own: Mapping[str, Any], rest: Mapping[str, Any], start: Any, times: Any, where: Any, arguments: Any
    ) -> Any:
        import jax.numpy as jnp

        self.traced += 1
        states = {path: value for path, value in own.items() if path in self.network.registry}
        network = with_numbers(self.network, {**rest, **{path: own[path] for path in own if path not in states}})
        y = network.initial_state(start) if start is None or isinstance(start, Mapping) else start
        y = jnp.broadcast_to(jnp.asarray(y, float), self.shape)
        for path, value in states.items():
            y = y.at[..., network.registry.slot(path).slice].set(value.reshape(*self.shape[:-1], -1))
        y = self.replay.states(network, y, times)[where]
        try:
            value = self.scalar(Solution(network, times[where], y), *arguments)
        except Exception as error:
            if not isinstance(error, NetframeError):
                error.add_note("in the scalar of a gradient, which is handed arrays of JAX: compute with jax.numpy")
            raise
        if jnp.shape(value) != () or not jnp.issubdtype(jnp.result_type(value), jnp.floating):
            given = f"an array of shape {jnp.shape(value)}" if jnp.shape(value) else brief(value)
            raise ParameterError(f"scalar returned {given}; it must return one real number", component="gradient")
        return jnp.asarray(value, float)


class _Course:
    """An integrator that keeps every step, and what a run was asked for."""

    def __init__(self, integrator: Any) -> None:
        self.integrator = integrator
        self.span: tuple[float, float] = (math.nan, math.nan)
        self.start = self.save_at = np.empty(0)

    def solve(self, problem: Network, t_span: tuple[float, float], y0: Any, *, save_at: Any, **how: Any) -> Solution:
        self.span, self.start, self.save_at = t_span, y0.copy(), save_at
        return self.integrator.solve(problem, t_span, y0, save_at=None)


def _tableau(integrator: Any) -> Tableau:
    known, method = EMBEDDED | FIXED, getattr(integrator, "method", None)
    if method not in known:
        text = f"integrator is {brief(integrator)}; it must have an explicit Runge-Kutta method"
        remedy = f"Write nf.JaxIntegrator(method). {suggestion(method, known)}"
        raise ParameterError(text, component="gradient", attribute="integrator", remedy=remedy)
    return known[method]


def _asked(network: Network, paths: Iterable[str]) -> tuple[str, ...]:
    """The paths, each once, which must be those of numbers or of states."""
    if not isinstance(paths, Iterable):
        text = f"paths is {paths!r}; it must be a list of paths"
        raise ParameterError(text, component="gradient", path=network.name)
    asked = (paths,) if isinstance(paths, str) else tuple(dict.fromkeys(map(str, paths)))
    known = [*numbers_of(network), *(slot.path for slot in network.registry)]
    for path in asked:
        if path in known:
            continue
        inner = [name for name in known if name.startswith(f"{path}.")]
        text = f"'{path}' is no number parameter or state"
        where = {"component": "gradient", "path": network.name, "attribute": path}
        if inner:
            raise ParameterError(f"{text}, and holds some", remedy=suggestion(path, inner), **where)
        raise UnknownNameError(text, remedy=suggestion(path, known), **where)
    return asked


def _kinks(network: Network, path: str, span: tuple[float, float]) -> np.ndarray:
    """Where a parameter of an input, when it is moved, makes the rate jump or bend; refused if the places move too."""
    owner = max((p for p in network.sources if path.startswith(f"{p}.")), key=len, default="")
    source = network.sources.get(owner)
    if source is None or type(source).breakpoints is InputSource.breakpoints or path in network.registry:
        return np.empty(0)
    import jax

    wide = (2 * span[0] - span[1], 2 * span[1] - span[0])
    found = [np.empty(0)]

    def moved(value: Any) -> Any:
        changes = changed_fields(source, {path[len(owner) + 1 :]: value}, owner)
        found.append(source.replace(**changes).breakpoints(*wide))
        return value

    try:
        jax.eval_shape(moved, numbers_of(network)[path])
        fixed = bool(np.isin(source.breakpoints(*wide), found[-1]).all())
    except (jax.errors.TracerArrayConversionError, jax.errors.ConcretizationTypeError):
        fixed = False
    if not fixed:
        text = f"'{path}' moves the times at which an input jumps, and has no derivative this way"
        remedy = "Use finite differences: simulate twice with values of it that differ a little"
        raise ParameterError(text, component="gradient", path=network.name, attribute=path, remedy=remedy)
    return found[-1][(found[-1] > span[0]) & (found[-1] < span[1])]


def _like(network: Network, path: str, slope: np.ndarray) -> Any:
    """A slope in the form of its parameter: of sparse weights with the same entries stored."""
    owner, _, name = path.rpartition(".")
    value = None if path in network.registry else _found(network, owner, name)
    if not is_sparse(value):
        return slope[()]
    from scipy import sparse

    return sparse.csr_array((slope, value.indices, value.indptr), shape=value.shape)


def _found(network: Network, owner: str, name: str) -> Any:
    """A parameter, which may belong to a part of a component."""
    base = max((p for p in network.paths if f"{owner}.".startswith(f"{p}.")), key=len)
    part = network.paths[base]
    for inner in owner[len(base) + 1 :].split(".") if owner != base else ():
        part = part.parts()[inner]
    return getattr(part, name)


def _warn_of_what_is_not_finite(value: float, slopes: Mapping[str, Any]) -> None:
    """An infinite slope at a corner, such as of a root at zero, spoils every sum it enters."""
    bad = [path for path, slope in slopes.items() if not np.isfinite(slope).all()]
    if bad or not math.isfinite(value):
        what = f"the derivative with respect to {', '.join(map(repr, bad))}" if bad else "the value of the scalar"
        warnings.warn(f"{what} is not finite", RuntimeWarning, stacklevel=3)
