"""Trial: a structure's products tried on a few signals, for what would give wrong numbers without a word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from netframe.connectivity.structure import Structure
from netframe.errors import brief

#: The part of the largest number by which products may be off; float32 weights are to 1e-7.
CLOSE = 1e-5


def of_a_user(structure: Structure) -> bool:
    """Whether a structure, or a part of it, is of a class that does not come with netframe."""
    parts = (part for part in structure.parts().values() if isinstance(part, Structure))
    return not type(structure).__module__.startswith("netframe.") or any(map(of_a_user, parts))


def misbehaviour(structure: Structure, operation: str = "apply") -> Iterator[str]:
    """What is wrong with the products of ``apply``, or of the function that ``operation`` makes, a phrase each."""
    shape = structure.shape
    if not isinstance(shape, tuple) or len(shape) < 2 or not all(isinstance(n, (int, np.integer)) for n in shape):
        yield f"shape is {brief(shape)}; it must be a tuple (..., n_post, n_pre)"
        return
    *lead, n_post, n_pre = shape
    rng = np.random.default_rng(0)
    signals = rng.normal(size=(2, *(1,) * len(lead), n_pre))
    told = f"for signals of shape {signals.shape}, two beside each other"
    try:
        apply = structure.apply if operation == "apply" else structure.operation()
        both, first, second, mixed = map(apply, (signals, signals[0], signals[1], 2.0 * signals[0] - 3.0 * signals[1]))
    except Exception as error:
        remedy = "A signal may have any number of axes before its last"
        yield f"{operation} stopped with {type(error).__name__}: {error}, {told}. {remedy}"
        return
    if not all(isinstance(product, np.ndarray) for product in (both, first, second, mixed)):
        if any(getattr(product, "shape", None) is None for product in (both, first)):
            yield f"{operation} returned {brief(both)}; it must return an array (..., {n_post})"
        return  # traced: somebody else's numbers
    if both.shape != (2, *lead, n_post) or first.shape != (*lead, n_post):
        yield f"{operation} gives shape {both.shape} {told}; expected {(2, *lead, n_post)}"
    elif both.dtype.kind not in "buif":
        yield f"{operation} gives numbers of dtype {both.dtype}; real ones are allowed"
    elif not close(both, np.stack([first, second])):
        yield f"{operation} mixes signals that stand beside each other: work along the last axis, axis=-1"
    elif not close(mixed, 2.0 * first - 3.0 * second):
        yield f"{operation} is no linear product: that of 2 a - 3 b is not twice that of a less three times that of b"


def disagreement(structure: Structure) -> Iterator[str]:
    """Where a structure's own methods do not say the same; for one that passed :func:`misbehaviour`."""
    n_pre = structure.shape[-1]
    signal = np.random.default_rng(1).normal(size=n_pre)
    expected = structure.apply(signal)
    products = {"operation()": lambda: structure.operation()(signal)}
    if structure.explicit:
        products["toarray()"] = lambda: structure.toarray() @ signal
        products["layout()"] = lambda: structure.layout().toarray() @ signal
    for name, product in products.items():
        try:
            found = np.asarray(product())
        except Exception as error:
            yield f"{name} stopped with {type(error).__name__}: {error}"
            continue
        if not close(found, expected):
            yield f"{name} and apply do not give the same product"
    if structure.explicit and structure.stored not in (None, len(structure.layout().indices()[0])):
        yield f"stored is {structure.stored}, and layout() has {len(structure.layout().indices()[0])} synapses"


def close(a: Any, b: Any) -> bool:
    """Whether two products agree, but for weights in single precision."""
    return np.allclose(a, b, rtol=CLOSE, atol=CLOSE * float(np.max(np.abs(b), initial=1e-300)), equal_nan=True)
