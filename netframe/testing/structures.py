"""Checks of weights that are a structure: what its methods do, alone, to each other, and traced by JAX."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import numpy as np

from netframe.connectivity import Structure
from netframe.connectivity.trial import close, disagreement, misbehaviour


def structure_findings(structure: Structure) -> Iterator[str]:
    """What a structure does wrong, a phrase each; the first kind that is found, since the rest would only repeat it."""
    with np.errstate(all="ignore"):
        for check in (misbehaviour, _of_operation, disagreement, _tracing):
            if found := [*check(structure)]:
                yield from found
                return


def _of_operation(structure: Structure) -> Iterator[str]:
    return misbehaviour(structure, "operation()")


def _tracing(structure: Structure) -> Iterator[str]:
    """JAX, when it is installed, traces the product and gives the same numbers."""
    if importlib.util.find_spec("jax") is None:
        return
    import jax

    signal = np.random.default_rng(2).normal(size=structure.shape[-1])
    try:
        with jax.enable_x64(True):
            traced = np.asarray(jax.jit(structure.operation())(signal))
    except Exception as error:
        remedy = "Take functions from nf.array_namespace(signal), as xp.roll(signal, 1, axis=-1), and none of numpy"
        yield f"JAX cannot trace it: {type(error).__name__}: {str(error).partition(chr(10))[0]}. {remedy}"
        return
    if not close(traced, structure.apply(signal)):
        yield "traced by JAX it gives another product"
