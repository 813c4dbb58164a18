"""The sign and the mean strength of a projection."""

from __future__ import annotations

from typing import Any

import numpy as np

from netframe.connectivity import Structure
from netframe.fields import parameters

POSITIVE, NEGATIVE, BOTH = 1, -1, 0
#: As many weights are written out to see their signs.
WRITTEN_OUT = 10**6


def strength_of(bound: Any) -> float:
    """The mean absolute weight of the synapses of a bound projection, those with weight zero left out."""
    weights = np.abs(_weights(bound))
    return float(weights.mean()) if weights.size else 0.0


def sign_of(bound: Any) -> int:
    """Whether activity raises what it projects to, lowers it, or does both.

    The sign of the weights, times that of the parameters in whose product the weights stand, times that of the
    distance of a reversal potential from rest.
    """
    projection, post = bound.projection, bound.projection.post
    known = parameters(type(projection))
    signs = [np.sign(_weights(bound))]
    signs += [np.sign(np.asarray(getattr(projection, name))) for name in ("g", "g_max", "k") if name in known]
    if "e_rev" in known and known["e_rev"].unit == "mV":
        signs.append(np.sign(np.asarray(projection.e_rev) - _rest(post)))
    found = {1}
    for values in signs:
        own = set(np.unique(values).tolist()) - {0.0}
        found = {int(a * b) for a in found for b in own or {1}}
    return BOTH if len(found) > 1 else found.pop()


def _rest(post: Any) -> Any:
    """The voltage at rest: ``v_rest`` where there is one, else where the state ``v`` starts."""
    if hasattr(post, "v_rest"):
        return np.mean(np.asarray(post.v_rest))
    info = post.state_variables().get("v")
    start = None if info is None else getattr(post, info.initial) if isinstance(info.initial, str) else info.initial
    return np.mean(np.asarray(start)) if isinstance(start, (int, float, np.ndarray)) else -65.0


def _weights(bound: Any) -> np.ndarray:
    """The weights that are not zero, flat; of a structure too large to write out the mean of each row."""
    weights, connectivity = bound.projection.weights, bound.connectivity
    n_post, n_pre = connectivity.shape
    if isinstance(weights, Structure):
        stored = weights.stored
        if not weights.explicit or (n_post * n_pre if stored is None else stored) > WRITTEN_OUT:
            values = np.asarray(connectivity.apply(np.ones(n_pre))) / n_pre
            return values[values != 0.0].ravel()
    values = np.asarray(connectivity.weights)
    return values[values != 0.0].ravel()
