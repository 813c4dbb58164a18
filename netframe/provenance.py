"""Where a solution comes from: what the run was, with which versions, and a hash of the network's numbers."""

from __future__ import annotations

import functools
import hashlib
import pickle
import platform
import sys
import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from netframe.component import Declared
from netframe.fields import fields
from netframe.network import Network
from netframe.tracing import Same, numbers_of, structure_of

if TYPE_CHECKING:
    from netframe.solution import Solution


def versions() -> dict[str, str]:
    """The versions of netframe, of Python, of the packages that compute, and of the extras that are loaded."""
    import scipy

    import netframe

    found = {"netframe": netframe.__version__, "python": platform.python_version(), "platform": _platform()}
    found |= {"numpy": np.__version__, "scipy": scipy.__version__}
    loaded = {name: sys.modules[name] for name in ("jax", "diffrax", "sksundae") if name in sys.modules}
    return found | {name: str(getattr(module, "__version__", "?")) for name, module in loaded.items()}


_platform = functools.cache(platform.platform)


def provenance(solution: Solution) -> dict[str, Any]:
    """See :attr:`Solution.provenance`."""
    run, integrator = solution.run, solution.integrator
    found: dict[str, Any] = dict(run.versions) if run is not None else {}
    found["integrator"] = type(integrator).__name__ if integrator is not None else ""
    found["integrator_options"] = options(integrator)
    if run is not None:
        start = np.ascontiguousarray(run.y0, dtype="<f8")
        found |= {"t_span": run.t_span, "batch": run.batch}
        found["start_sha256"] = hashlib.sha256(repr(start.shape).encode() + start.tobytes()).hexdigest()
    found |= {"network": solution.network.name, "network_sha256": network_hash(solution.network)}
    return found | {"seeds": seeds(solution.network)}


def options(integrator: Any) -> dict[str, Any]:
    """The options of an integrator by name, for those declared as here or by attrs."""
    if isinstance(integrator, Declared):
        return {field.name: getattr(integrator, field.name) for field in fields(type(integrator))}
    return attrs.asdict(integrator, recurse=False) if attrs.has(type(integrator)) else {}


def seeds(network: Network) -> dict[str, Any]:
    """The seed of everything in a network that has one, such as noise and drawn weights, by path."""
    found: dict[str, Any] = {}
    for path, part in network.paths.items():
        if not isinstance(part, Network):
            found |= _seeds_within(path, part)
    return found


def _seeds_within(path: str, part: Declared) -> dict[str, Any]:
    found = {f"{path}.seed": part.seed} if hasattr(part, "seed") else {}
    for name, own in part.parts().items():
        found |= _seeds_within(f"{path}.{name}", own)
    return found


def network_hash(network: Network) -> str:
    """SHA-256 over the structure of a network and every number in it, equal in every process.

    Functions count by their name, code, constants and what they close over, so that it can change with the version
    of Python for networks that hold some. Other objects count by their pickle, and where they have none by their type.
    """
    digest = hashlib.sha256()
    _feed(digest, structure_of(network), ())
    for path, value in numbers_of(network).items():
        _feed(digest, path, ())
        _feed(digest, value if isinstance(value, float) else np.asarray(value), ())
    return digest.hexdigest()


def _feed(digest: Any, item: Any, within: tuple[int, ...]) -> None:
    """Add one thing, in a form that no other thing has; ``within`` are the objects that hold it."""
    if isinstance(item, Same):
        _feed(digest, item.thing, within)
    elif isinstance(item, np.ndarray) and item.dtype != object:
        kept = np.ascontiguousarray(item)
        _add(digest, "array", f"{kept.dtype.newbyteorder('<').str}{kept.shape}".encode())
        _add(digest, "data", kept.astype(kept.dtype.newbyteorder("<"), copy=False).tobytes())
    elif isinstance(item, (str, bytes, bool, int, float, complex, type(None), np.generic)):
        _add(digest, type(item).__name__, item if isinstance(item, bytes) else repr(item).encode())
    elif isinstance(item, type):
        _add(digest, "class", f"{item.__module__}.{item.__qualname__}".encode())
    elif id(item) in within:
        _add(digest, "again", b"")
    else:
        parts = _parts(item)
        _add(digest, f"{type(item).__module__}.{type(item).__qualname__}", str(len(parts)).encode())
        for part in parts:
            _feed(digest, part, (*within, id(item)))


def _add(digest: Any, kind: str, content: bytes) -> None:
    digest.update(f"{kind}:{len(content)}:".encode() + content)


def _parts(item: Any) -> tuple[Any, ...]:
    """What an object is made of, as far as it shows."""
    if isinstance(item, (tuple, list)):
        return tuple(item)
    if isinstance(item, np.ndarray):
        return (item.shape, item.tolist())
    if isinstance(item, Mapping):
        return tuple(item.items())
    if isinstance(item, (set, frozenset)):
        return tuple(sorted(item, key=repr))
    if isinstance(item, functools.partial):
        return (item.func, item.args, item.keywords)
    if isinstance(item, types.MethodType):
        return (item.__func__, item.__self__)
    if isinstance(item, types.CodeType):
        return (item.co_name, item.co_code, item.co_consts, item.co_names)
    if isinstance(item, types.FunctionType):
        held = tuple(cell.cell_contents for cell in item.__closure__ or () if cell != types.CellType())
        return (item.__qualname__, item.__code__, item.__defaults__, item.__kwdefaults__, held)
    try:
        return (pickle.dumps(item, protocol=5),)
    except Exception:  # whatever an object does when it is asked for its parts
        return ()
