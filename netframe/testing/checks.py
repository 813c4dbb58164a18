"""What is tried on a component: a check takes a network, a path in it and a generator, and yields findings."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from netframe.binding import HOOKS
from netframe.calls import explained
from netframe.errors import SpecError
from netframe.jacobian import finite_difference_jacobian
from netframe.local_partials import DRIVE, LocalHook, Moved, NotingNode, Variable, linearization
from netframe.network import Network
from netframe.promises import is_linear
from netframe.rehearsal import rehearse

_TOLERANCE = 1e-9


def random_state(network: Network, rng: np.random.Generator, spread: float, lead: tuple[int, ...] = ()) -> np.ndarray:
    """A state about the initial one, closed for writing."""
    start = network.initial_state()
    y = start + spread * (np.abs(start) + 0.1) * rng.standard_normal((*lead, *start.shape))
    y.flags.writeable = False
    return y


def shapes(network: Network, path: str, rng: np.random.Generator) -> Iterator[str]:
    """Keys and shapes of what hooks return."""
    try:
        rehearse(network, 0.0, random_state(network, rng, 0.01, (2,)))
        if not np.all(np.isfinite(network.rhs(0.0, network.initial_state()))):
            yield "the derivatives are not finite at the initial state"
    except Exception as error:
        yield told(error)


def purity(network: Network, path: str, rng: np.random.Generator) -> Iterator[str]:
    """Arguments are left alone, and equal arguments give equal results bit for bit."""
    y = random_state(network, rng, 0.1)
    before = y.copy()
    first, again = network.rhs(0.0, y), network.rhs(0.0, y)
    if first.tobytes() != again.tobytes():
        yield "two calls with the same state differ: a hook keeps or draws something"
    if y.tobytes() != before.tobytes():
        yield "the state was written to"


def batch(network: Network, path: str, rng: np.random.Generator) -> Iterator[str]:
    """A batch of states gives what its members give one by one."""
    y = random_state(network, rng, 0.1, (2,))
    together, alone = network.rhs(0.0, y), np.stack([network.rhs(0.0, member) for member in y])
    if not close(together, alone):
        yield f"a batch of states differs from its members one by one, first in {where(network, together, alone)}"


def rebuilt(network: Network, path: str, rng: np.random.Generator) -> Iterator[str]:
    """A component made again from its fields is the same component."""
    y = random_state(network, rng, 0.1)
    if not np.array_equal(network.copy("again").rhs(0.0, y), network.rhs(0.0, y), equal_nan=True):
        yield "a copy made from the fields gives other derivatives: something is kept outside the declared fields"


def saved(network: Network, path: str, rng: np.random.Generator) -> Iterator[str]:
    """Saved as a spec and loaded again it is the same; what holds a function cannot be saved and is left out."""
    from netframe.specs import decode, encode

    try:
        tree, arrays = encode(network)
    except SpecError:
        return
    again, y = decode(json.loads(json.dumps(tree)), arrays), random_state(network, rng, 0.1)
    if again.initial_state().tobytes() != network.initial_state().tobytes():
        yield "saved and loaded again it starts elsewhere: something is kept outside the declared fields"
    if again.rhs(0.0, y).tobytes() != network.rhs(0.0, y).tobytes():
        yield "saved and loaded again it gives other derivatives: something is kept outside the declared fields"


def locality(network: Network, path: str, rng: np.random.Generator) -> Iterator[str]:
    """Entry k of what a hook returns depends on entry k of what it is given."""
    for spread in (0.1, 1.0):
        y = random_state(network, rng, spread)
        y = y.reshape(-1, y.shape[-1])[0] if not network.batch_shape else y
        hooks = [hook for hook in linearization(network, 0.0, y).hooks.values() if hook.path == path]
        hooks += [_rate_hook(network, path, y)] if path in network.bound_nodes else []
        for hook in hooks:
            yield from _crossings(network, hook)


def _rate_hook(network: Network, path: str, y: np.ndarray) -> LocalHook:
    bound, names = network.bound_nodes[path], network.registry.states_of(path)
    own: Any = network.registry.unpack(y).get(path)
    known: dict[Variable, Moved] = {("own", name): Moved(own[name], y.ndim - 1) for name in names}

    def evaluate(look_up: Callable[[Variable], Any]) -> dict[str, Any]:
        return {"rate": bound.on_cells.rate(0.0, NotingNode(bound, 0.0, "own", names, look_up))}

    return LocalHook(path, "rate", (bound.node.size,), ("rate",), known, evaluate)


def _crossings(network: Network, hook: LocalHook) -> Iterator[str]:
    base = _evaluated(hook, None, None)
    for variable in hook.variables():
        value = np.array(hook.values[variable].at, dtype=np.float64)
        along, index = _alignment(network, hook, variable)
        length = int(np.max(index, initial=-1)) + 1
        flat = value.reshape(*value.shape[: value.ndim - _depth(network, hook, variable)], -1)
        for k in range(min(length, 7)):
            moved = flat.copy()
            moved[..., k] += 0.1 + 0.1 * np.abs(moved[..., k])
            changed = _evaluated(hook, variable, moved.reshape(value.shape))
            for output in hook.outputs:
                entries = np.flatnonzero(_differs(changed[output], base[output], hook))
                wrong = entries[index[entries] != k]
                if wrong.size:
                    yield _told_crossing(network, hook, variable, output, along, k, entries, wrong)
                    return


def _alignment(network: Network, hook: LocalHook, variable: Variable) -> tuple[str, np.ndarray]:
    """The axis a variable varies along, and its entry for each entry of the hook's axis."""
    if hook.path in network.bound_nodes:
        return "cell", np.arange(hook.length)
    p = next(p for p in network.bound_projections if p.path == hook.path)
    whose, name = variable
    axis = _axis_of(hook)
    along = axis if variable == DRIVE else p.axis_of(name) if whose == "own" else whose
    return along, p.index(axis, along)


def _depth(network: Network, hook: LocalHook, variable: Variable) -> int:
    """How many trailing axes of a variable belong to its own axis."""
    if hook.path in network.bound_nodes:
        return 1
    p = next(p for p in network.bound_projections if p.path == hook.path)
    along, _ = _alignment(network, hook, variable)
    return len(p.axes[along].shape)


def _axis_of(hook: LocalHook) -> str:
    return HOOKS[hook.hook]


def _evaluated(hook: LocalHook, variable: Variable | None, value: Any) -> dict[str, np.ndarray]:
    def look_up(asked: Variable) -> Any:
        array = np.array(value if asked == variable else hook.values[asked].at)
        array.flags.writeable = False
        return array

    return {name: np.asarray(array) for name, array in hook.evaluate(look_up).items()}


def _differs(a: np.ndarray, b: np.ndarray, hook: LocalHook) -> np.ndarray:
    """Which entries of the hook's axis differ in any member."""
    lead = np.broadcast_shapes(a.shape, b.shape)[: max(a.ndim, b.ndim) - len(hook.shape)]
    a, b = (np.broadcast_to(x, lead + hook.shape).reshape(-1, hook.length) for x in (a, b))
    return np.any((a != b) & ~(np.isnan(a) & np.isnan(b)), axis=0)


def _told_crossing(
    network: Network, hook: LocalHook, variable: Variable, output: str, along: str, k: int, entries: Any, wrong: Any
) -> str:
    whose, name = variable
    read = "inputs.drive" if variable == DRIVE else f"{whose}.{name}"
    what = f"{hook.hook}: changing {read} of {'cell' if along in ('cell', 'pre', 'post') else 'entry'} {k} moved"
    if len(hook.shape) == 1:
        crossed = "cell" if along == "cell" else "post" if along == "edge" else along
        return f"{what} cell {int(wrong[0])}, so it crosses the {crossed} axis{_output(output, hook)}"
    post, pre = np.unravel_index(int(wrong[0]), hook.shape)
    text = f"{what} synapse [{post}, {pre}] (post, pre){_output(output, hook)}"
    other = {"post": entries % hook.shape[1], "pre": entries // hook.shape[1]}.get(along)
    if other is not None and np.all(other == k):
        across = "pre" if along == "post" else "post"
        return f"{text}: {read}, which varies along {along}, was lined up with the {across} axis"
    across = along if along in ("post", "pre") else "post or pre"
    return f"{text}, so it crosses the {across} axis"


def _output(output: str, hook: LocalHook) -> str:
    return "" if output == hook.hook else f" in d{output}/dt"


def jacobian(network: Network, path: str, rng: np.random.Generator) -> Iterator[str]:
    """The Jacobian equals central differences of the right-hand side, and its pattern misses nothing."""
    y = random_state(network, rng, 0.1)
    shape = np.shape(network.rhs(0.0, y))
    y = np.broadcast_to(y, shape)
    numeric = finite_difference_jacobian(lambda t, flat: network.rhs(t, flat.reshape(shape)).ravel(), 0.0, y.ravel())
    if not np.all(np.isfinite(numeric)):
        return
    exact = network.jacobian(0.0, y).toarray()
    if np.abs(exact - numeric).max(initial=0.0) > 1e-5 * np.abs(numeric).max(initial=1e-12):
        row, column = np.unravel_index(np.abs(exact - numeric).argmax(), exact.shape)
        names = [network.registry.locate(int(k) % network.registry.size) for k in (row, column)]
        yield f"the Jacobian differs from central differences, most in the slope of {names[0]} in {names[1]}"
    pattern = network.jacobian_pattern().toarray()
    size = network.registry.size
    for start in range(0, y.size, max(size, 1)):
        block = numeric[start : start + size, start : start + size]
        if np.any((np.abs(block) > 1e-6 * np.abs(numeric).max(initial=1e-12)) & (pattern == 0)):
            yield "the Jacobian's pattern misses entries: a hook branches on values"


def tracing(network: Network, path: str, rng: np.random.Generator) -> Iterator[str]:
    """JAX, when it is installed, traces the right-hand side and gives the same numbers."""
    if importlib.util.find_spec("jax") is None:
        return
    import jax

    y = random_state(network, rng, 0.1)
    before = jax.config.read("jax_enable_x64")
    jax.config.update("jax_enable_x64", True)
    try:
        traced = np.asarray(jax.jit(network.rhs)(0.0, y))
    except Exception as error:
        remedy = "Take functions from xp = nf.array_namespace(s.v), as xp.exp(s.v), and no if or for on arrays"
        yield f"JAX cannot trace it: {type(error).__name__}: {told(error)}. {remedy}"
        return
    finally:
        jax.config.update("jax_enable_x64", before)
    if not close(traced, network.rhs(0.0, y)):
        yield f"traced by JAX it gives other numbers, first in {where(network, traced, network.rhs(0.0, y))}"


def linearity(network: Network, path: str, rng: np.random.Generator) -> Iterator[str]:
    """Hooks of a component that promises to be linear: half way between two points they are half way between."""
    node = network.bound_nodes.get(path)
    part = node.node if node else next(p.projection for p in network.bound_projections if p.path == path)
    if not is_linear(part):
        return
    for (_, name), hook in linearization(network, 0.0, random_state(network, rng, 0.1)).hooks.items():
        if hook.path != path or name in ("signal", "efficacy"):
            continue
        points: list[dict[Variable, Any]] = [{}, {}, {}]
        for variable, value in hook.values.items():
            moves = (3.0 * (1.0 + np.abs(value.at)) * rng.standard_normal(value.at.shape) for _ in "ab")
            first, second = (value.at + move for move in moves)
            held = variable == DRIVE or variable[0] == "pre"
            second = first if held else second
            for point, x in zip(points, (first, second, 0.5 * (first + second))):
                point[variable] = x
        one, other, middle = (hook.evaluate(point.__getitem__) for point in points)
        for output in hook.outputs:
            if not close(np.asarray(middle[output]), 0.5 * (np.asarray(one[output]) + np.asarray(other[output]))):
                yield f"{name}: {output} is not linear in what the hook reads, so linear = True is wrong"


#: In this order; a case is left at the first check that finds something, since the rest would only repeat it.
CHECKS = (shapes, locality, purity, batch, rebuilt, saved, linearity, jacobian, tracing)


@explained
def lumped_state(per_synapse: Network, lumped: Network, y: np.ndarray) -> np.ndarray:
    """The state of a lumped network from that of its per-synapse twin: edge states summed over presynaptic cells."""
    parts = {path: dict(values.__dict__) for path, values in per_synapse.registry.unpack(y).items()}
    for p in per_synapse.bound_projections:
        twin = lumped.bound_projections[[q.path for q in lumped.bound_projections].index(p.path)]
        for name in p.states_on("edge") if twin.lumped and not p.lumped else ():
            parts[p.path][name] = p.summed(parts[p.path][name])
    return lumped.registry.pack(parts, y.shape[:-1])


def close(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two derivatives agree to rounding, NaN where the other has NaN."""
    scale = np.max(np.abs(b[np.isfinite(b)]), initial=1e-300)
    return np.allclose(a, b, rtol=_TOLERANCE, atol=_TOLERANCE * scale, equal_nan=True)


def where(network: Network, a: np.ndarray, b: np.ndarray) -> str:
    """The state in which two derivatives differ most."""
    gap = np.nan_to_num(np.abs(a - b), nan=np.inf)
    return network.registry.locate(int(gap.reshape(-1, network.registry.size).max(axis=0).argmax()))


def told(error: BaseException) -> str:
    """An exception in a line, its notes behind it."""
    notes = "; ".join(note for note in getattr(error, "__notes__", ()) if "\n" not in note)
    text = str(error).partition("\n")[0]
    return f"{text} ({notes})" if notes else text
