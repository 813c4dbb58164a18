"""The sign and the mean strength of a projection."""

from __future__ import annotations

from typing import Any

import numpy as np

from netframe.connectivity import Structure
from netframe.fields import parameters

POSITIVE, NEGATIVE, BOTH = 1, -1, 0
#: As many weights are written out to see their signs.
WRITTEN_OUT = 10**6
#: What units of conductances are once a voltage has come in.
TIMES_MV = {"nA/(Hz mV)": "nA/Hz", "nA/mV": "nA", "uS/Hz": "nA/Hz", "uS": "nA", "1": "mV", "1/mV": "1"}


def strength_of(bound: Any) -> tuple[float, str]:
    """How strong a synapse of a bound projection is on average, and the unit of that.

    The mean absolute weight, those of zero left out, times the mean of the parameter that scales weights, ``g``,
    ``g_max`` or ``k``, and times the distance of a reversal potential in mV from rest. So in nA/Hz conductances and
    currents compare, as the current at rest of a presynaptic rate of 1 Hz. Strengths in different units do not.
    """
    projection = bound.projection
    known = parameters(type(projection))
    weights = np.abs(_weights(bound))
    strength, unit = float(weights.mean()) if weights.size else 0.0, known["weights"].unit
    for name in _scales(known):
        strength *= float(np.mean(np.abs(np.asarray(getattr(projection, name)))))
        unit = " ".join(part for part in (unit, known[name].unit) if part != "1") or "1"
    if _reverses(known):
        strength *= float(np.mean(np.abs(np.asarray(projection.e_rev) - _rest(projection.post))))
        unit = TIMES_MV.get(unit, f"{unit} mV")
    return strength, unit


def sign_of(bound: Any) -> int:
    """Whether activity raises what it projects to, lowers it, or does both.

    The sign of the weights, times that of the parameters in whose product the weights stand, times that of the
    distance of a reversal potential from rest.
    """
    projection, post = bound.projection, bound.projection.post
    known = parameters(type(projection))
    signs = [np.sign(_weights(bound))]
    signs += [np.sign(np.asarray(getattr(projection, name))) for name in _scales(known)]
    if _reverses(known):
        signs.append(np.sign(np.asarray(projection.e_rev) - _rest(post)))
    found = {1}
    for values in signs:
        own = set(np.unique(values).tolist()) - {0.0}
        found = {int(a * b) for a in found for b in own or {1}}
    return BOTH if len(found) > 1 else found.pop()


def _scales(known: Any) -> list[str]:
    """The parameters in whose product the weights stand."""
    return [name for name in ("g", "g_max", "k") if name in known]


def _reverses(known: Any) -> bool:
    """Whether there is a reversal potential."""
    return "e_rev" in known and known["e_rev"].unit == "mV"


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
