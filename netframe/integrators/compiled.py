"""The compiled loop: explicit Runge-Kutta steps over one stretch between breakpoints, as one program of JAX.

A program belongs to a structure. Numbers, times, the state and tolerances are its arguments, so networks that differ
in those share it. A call advances until the end of the stretch, a number of steps, or a failure, and can be called
again to go on; saved times are interpolated on the way, so that nothing else is kept.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import attrs
import numpy as np

from netframe.integrators.runge_kutta import GROW, MEMORY, SAFETY, SHRINK
from netframe.integrators.tableaus import Tableau
from netframe.network import Network
from netframe.quantities import reader
from netframe.right_hand_side import RightHandSide
from netframe.tracing import with_numbers

#: Saved times that are interpolated together, at most, and the entries that makes.
ROWS, ENTRIES = 16, 16384
#: Evaluations of components, those of all stages of a step, that are written out.
WRITTEN_OUT = 48
#: Evaluations in a row that may be non-finite, each followed by a shorter step.
TRIES = 40
RUNNING, NOT_FINITE, TOO_SMALL = 0, 1, 2


class Place(NamedTuple):
    """Where a run is: time, state, slope, next step, errors before, counts, and the rows saved so far.

    Numbers are arrays where members take steps of their own.
    """

    t: Any
    y: Any
    slope: Any
    h: Any
    before: Any
    most: Any
    bad: Any
    n_steps: Any
    n_rhs: Any
    saved: Any
    rows: Any
    status: Any


#: The numbers among them, in the order of ``Held.numbers``, and those that count something.
NUMBERS = tuple(name for name in Place._fields if name not in ("y", "slope", "rows"))
COUNTED = ("bad", "n_steps", "n_rhs", "saved", "status")


class Held(NamedTuple):
    """A place between two calls: its numbers are one array, since each array given or fetched takes its time."""

    numbers: Any
    y: Any
    slope: Any
    rows: Any

    def place(self) -> Place:
        """The place, its numbers fetched."""
        numbers = np.asarray(self.numbers)
        named = dict(zip(NUMBERS, numbers.tolist() if numbers.ndim == 1 else numbers.T))
        return Place(y=self.y, slope=self.slope, rows=self.rows, **named)

    def none_saved(self) -> Held:
        """The place once its rows were taken."""
        numbers = np.array(self.numbers)
        numbers[NUMBERS.index("saved")] = 0
        return self._replace(numbers=numbers)


def started(t: float, y: Any, h: float, saved: int, rows: Any) -> Held:
    """Where a stretch begins; ``h`` is the first step, or zero where it is to be found."""
    numbers = dict.fromkeys(NUMBERS, 0) | {"t": t, "h": h, "before": 1.0, "most": GROW, "saved": saved}
    return Held(np.array([numbers[name] for name in NUMBERS], dtype=np.float64), y, np.zeros_like(y), rows)


class Settings(NamedTuple):
    """What steers the steps: the stretch, tolerances, the longest step (the only one of a fixed-step method)."""

    left: Any
    right: Any
    rtol: Any
    atol: Any
    longest: Any


@attrs.frozen(eq=False)
class Loop:
    """A method and a network structure, before it is compiled.

    ``constant`` are the inputs that do not change over the stretch, ``record`` the paths to save, one after the other
    in a row (the whole state if ``None``); ``every`` saves each step instead of given times. Along ``axis``, where
    there is one, members of a batch are mapped with steps of their own: their numbers come with the index of the
    member, and a member that has stopped is held. ``spread`` is a batch over several devices.
    """

    network: Network
    tableau: Tableau
    constant: frozenset[str]
    record: tuple[str, ...] | None
    every: bool
    axis: str | None = None
    spread: bool = False

    def right_hand_side(self, numbers: Any, left: Any, right: Any) -> Any:
        """The right-hand side of the stretch for the numbers given."""
        numbers, member = numbers if self.axis is not None else (numbers, None)
        network = with_numbers(self.network, numbers)
        network = network if member is None else network.members(member)
        return RightHandSide(network, left, right, self.constant, bundled=False)

    def advance(self, numbers: Any, settings: Any, times: Any, n_steps: Any, held: Held) -> Held:
        """Go on to the end of the stretch, or until ``n_steps`` are made in all, or to a failure.

        ``settings`` are those of :class:`Settings` as one array.
        """
        import jax.numpy as jnp
        from jax import lax

        settings, named = Settings(*settings), dict(zip(NUMBERS, held.numbers))
        named |= {name: named[name].astype(int) for name in COUNTED}
        right, at = settings.right, Place(y=held.y, slope=held.slope, rows=held.rows, **named)
        rhs = self.right_hand_side(numbers, settings.left, right)
        at = lax.cond(at.n_rhs == 0, lambda at: self._begun(rhs, right, settings, at), lambda at: at, at)

        def going(at: Place) -> Any:
            return (at.t < right) & (at.n_steps < n_steps) & (at.status == RUNNING)

        def go(at: Place) -> Place:
            new = self._attempt(rhs, right, times, settings, at)
            return new if self.axis is None else _held(going(at), new, at)

        at = lax.while_loop(lambda at: self._any(going(at)), go, at)
        return Held(jnp.stack([getattr(at, name) for name in NUMBERS]), at.y, at.slope, at.rows)

    def _begun(self, rhs: Any, right: Any, settings: Settings, at: Place) -> Place:
        """With the slope at the start, and a first step where none is given (Hairer et al. 1993, II.4)."""
        import jax.numpy as jnp
        from jax import lax

        span = right - at.t
        if self.tableau.error is None:
            h = span / jnp.maximum(1.0, jnp.ceil(span / settings.longest - 1e-9))
            return at._replace(slope=rhs(at.t, at.y), h=h, n_rhs=at.n_rhs + 1)
        scale = settings.atol + settings.rtol * jnp.abs(at.y)

        def short(slope: Any) -> Any:
            size, speed = _norm(at.y / scale), _norm(slope / scale)
            return jnp.minimum(jnp.where(jnp.minimum(size, speed) < 1e-5, 1e-6, 0.01 * size / speed), span)

        def probe(i: Any, slopes: tuple[Any, Any]) -> tuple[Any, Any]:
            h = jnp.where(i == 0, 0.0, short(slopes[0]))
            slope = rhs(at.t + h, at.y + h * slopes[0])
            return jnp.where(i == 0, slope, slopes[0]), slope

        slope, ahead = lax.fori_loop(0, 2, probe, (at.slope, at.slope))
        h = short(slope)
        steepest = jnp.maximum(_norm(slope / scale), _norm((ahead - slope) / scale) / h)
        guess = jnp.where(steepest <= 1e-15, jnp.maximum(1e-6, 1e-3 * h), (0.01 / steepest) ** (1 / self.tableau.order))
        h = jnp.minimum(jnp.minimum(100.0 * h, guess), span)
        h = jnp.where(jnp.isfinite(h), h, span)  # what is not finite is met again, and told, by the loop
        return at._replace(slope=slope, h=jnp.where(at.h > 0.0, jnp.minimum(at.h, span), h), n_rhs=at.n_rhs + 2)

    def _attempt(self, rhs: Any, right: Any, times: Any, settings: Settings, at: Place) -> Place:
        """One step, accepted or refused."""
        import jax.numpy as jnp

        tableau, adaptive = self.tableau, self.tableau.error is not None
        h = jnp.minimum(at.h, settings.longest) if adaptive else at.h
        last = at.t + (1.01 if adaptive else 1.5) * h >= right
        h = jnp.where(last, right - at.t, h)
        ahead = at.t + h if adaptive else settings.left + (at.n_steps + 1) * h  # rounding must not add up
        t_new = jnp.where(last, right, ahead)
        tried, h = h, t_new - at.t if adaptive else h
        y_new, slope_new, difference, stages = self._step(rhs, settings, at, h, t_new)
        n_rhs = at.n_rhs + len(tableau.nodes)
        if not adaptive:
            finite = jnp.all(jnp.isfinite(slope_new))
            status = jnp.where(finite, RUNNING, NOT_FINITE)
            accepted, next_h, before, most, bad = finite, at.h, at.before, at.most, at.bad
        else:
            scale = settings.atol + settings.rtol * jnp.maximum(jnp.abs(at.y), jnp.abs(y_new))
            error = _norm(difference / scale)
            exponent = 1.0 / tableau.order
            accepted, finite = error < 1.0, jnp.isfinite(error)
            grown = SAFETY * jnp.maximum(error, 1e-10) ** (0.75 * MEMORY - exponent) * at.before**MEMORY
            refused = jnp.where(finite, SAFETY * error**-exponent, 0.0)
            factor = jnp.where(accepted, jnp.minimum(at.most, grown), refused)
            next_h = tried * jnp.maximum(SHRINK, factor)
            before = jnp.where(accepted, jnp.maximum(error, 1e-4), at.before)
            most, bad = jnp.where(accepted, GROW, 1.0), jnp.where(finite, 0, at.bad + 1)
            status = jnp.where(bad > TRIES, NOT_FINITE, jnp.where(t_new == at.t, TOO_SMALL, RUNNING))
        step = at._replace(n_steps=at.n_steps + 1, t=t_new)
        saved, rows = self._saved(rhs, step, times, accepted, (at.t, h, at.y, y_new, at.slope, slope_new), stages)
        return Place(
            t=jnp.where(accepted, t_new, at.t),
            y=jnp.where(accepted, y_new, at.y),
            slope=jnp.where(accepted, slope_new, at.slope),
            h=next_h,
            before=before,
            most=most.astype(float),  # and not weakly typed, or the next call would compile again
            bad=bad,
            n_steps=jnp.where(accepted, step.n_steps, at.n_steps),
            n_rhs=n_rhs,
            saved=saved,
            rows=rows,
            status=status.astype(int),
        )

    def _step(self, rhs: Any, settings: Settings, at: Place, h: Any, t_new: Any) -> tuple[Any, Any, Any, Any]:
        """The state and slope at the end of a step, the difference to the companion method, and the stages."""
        stages, y_new = self._stages(rhs, at, h)
        error = self.tableau.error
        return y_new, stages[-1], None if error is None else h * _combined(error, stages), stages

    def _stages(self, rhs: Any, at: Place, h: Any) -> tuple[Any, Any]:
        """The derivatives at all stages of a step, and the state at its end.

        The hooks of a small network are written out for each stage, which makes a step quicker by up to a half. Of many
        hooks that would take several times as long to compile, so they stand once, in a loop over the stages.
        """
        import jax.numpy as jnp
        from jax import lax

        rows, nodes = self.tableau.matrix, self.tableau.nodes

        def stage(i: Any, carry: tuple[Any, Any]) -> tuple[Any, Any]:
            stages, _ = carry
            y = at.y + h * jnp.tensordot(jnp.asarray(rows)[i], stages, axes=1)
            return lax.dynamic_update_index_in_dim(stages, rhs(at.t + jnp.asarray(nodes)[i] * h, y), i + 1, 0), y

        n_components = len(self.network.bound_nodes) + len(self.network.bound_projections)
        if len(nodes) * n_components > WRITTEN_OUT:
            stages = lax.dynamic_update_index_in_dim(jnp.zeros((len(nodes) + 1, *at.y.shape)), at.slope, 0, 0)
            return lax.fori_loop(0, len(nodes), stage, (stages, at.y))
        few, y = [at.slope], at.y
        for row, node in zip(rows.tolist(), nodes.tolist()):
            y = at.y + h * _combined(row, few)
            few.append(rhs(at.t + node * h, y))
        return few, y

    def _saved(self, rhs: Any, step: Place, times: Any, accepted: Any, ends: tuple, stages: Any) -> tuple[Any, Any]:
        """How many rows are saved after a step, and all rows."""
        import jax
        import jax.numpy as jnp
        from jax import lax

        if self.every:
            row = jnp.concatenate([jnp.reshape(step.t, (1,)), *self._parts(rhs, step.t, ends[3])])[None]
            # A refused step leaves a row that the next one replaces; to choose would copy all rows.
            return step.saved + accepted, lax.dynamic_update_slice(step.rows, row, (step.saved, 0))

        states = self._interpolant(ends, stages)
        n_rows = max(1, min(ROWS, ENTRIES // max(step.rows.shape[1], 1)))
        parts = functools.partial(self._parts, rhs)
        # On several devices one after the other: XLA finds no layout for the Fourier transforms of several rows there.
        each = (lambda *at: lax.map(lambda one: parts(*one), at)) if self.spread else jax.vmap(parts)

        def due(carry: tuple[Any, Any]) -> Any:
            return self._any(accepted & (times[carry[0]] <= step.t))

        def write(carry: tuple[Any, Any]) -> tuple[Any, Any]:
            saved, rows = carry
            ahead = lax.dynamic_slice(times, (saved,), (n_rows,))
            column = 0
            for part in each(ahead, states(ahead)):
                rows, column = lax.dynamic_update_slice(rows, part, (saved, column)), column + part.shape[1]
            return saved + jnp.sum(accepted & (ahead <= step.t)), rows

        return lax.while_loop(due, write, (step.saved, step.rows))

    def _interpolant(self, ends: tuple, stages: Any) -> Callable[[Any], Any]:
        """The states to save at times within a step."""
        t, h, y, *_ = ends
        parts = [*ends[2:]] if self.tableau.dense is None else stages

        def at(times: Any) -> Any:
            x = ((times - t) / h).reshape(-1, *(1,) * y.ndim)
            if self.tableau.dense is None:
                return _hermite(x, h, *parts)
            return y + h * _combined(_polynomials(self.tableau.dense, x), parts)

        return at

    def _parts(self, rhs: Any, t: Any, y: Any) -> list[Any]:
        """What is saved at a time, path by path; of an interpolated state no more is computed than is asked for."""
        if self.record is None:
            return [y.reshape(-1)]
        return [reader(rhs, path)(t, y).reshape(-1) for path in self.record]

    def _any(self, condition: Any) -> Any:
        """Whether it holds for any member that is mapped: their loops end together, so that no row is copied."""
        from jax import lax

        return condition if self.axis is None else lax.psum(condition.astype(int), self.axis) > 0


def _held(going: Any, new: Place, at: Place) -> Place:
    """The new place of a member that goes on, the old one where not; rows that are not yet saved may be anything."""
    import jax.numpy as jnp

    held = (jnp.where(going, after, before) for after, before in zip(new, at))
    return Place(*held)._replace(rows=new.rows)


def _combined(weights: Any, stages: list[Any]) -> Any:
    """The weighted sum of the stages, those of weight zero left out."""
    terms = [w * stage for w, stage in zip(weights, stages) if not (isinstance(w, float) and w == 0.0)]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _polynomials(dense: np.ndarray, x: Any) -> list[Any]:
    """The weight of each stage at the shares ``x`` of a step."""
    found = []
    for row in dense:
        weight = 0.0
        for coefficient in row[::-1]:
            weight = (weight + coefficient) * x
        found.append(weight if row.any() else 0.0)
    return found


def _hermite(x: Any, h: Any, y0: Any, y1: Any, f0: Any, f1: Any) -> Any:
    """The cubic through both ends of a step with both slopes."""
    left = (1 + 2 * x) * (1 - x) ** 2 * y0 + x * (1 - x) ** 2 * h * f0
    return left + x**2 * (3 - 2 * x) * y1 + x**2 * (x - 1) * h * f1


def _norm(x: Any) -> Any:
    """The root mean square of the member of a batch where it is largest."""
    import jax.numpy as jnp

    return jnp.sqrt(jnp.max(jnp.mean(x * x, axis=-1)))
