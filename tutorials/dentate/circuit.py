"""One configuration of the dentate circuit as a network of netframe.

    tau_post dv/dt = -v + sum over projections of sum_j w_ij s_j (e_rev - v_i)
    ds_j/dt = -s_j / decay + max(0, a_j - s_j) / rise
    a = clip((v - 10) / 50, 0, 1)

Voltages are in mV relative to rest, activities between 0 and 1. Weights and parameters are those of the files beside
this one, published results with them. Source: Galloni et al. (2022), doi 10.3389/fncom.2022.826278.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import netframe as nf

FOLDER = Path(__file__).parent
CONFIGURATIONS = ("0", "1", "2", "2b", "3")
#: All binary patterns of the seven inputs.
PATTERNS = nf.binary_patterns(7)
ACTIVITY = nf.ClippedLinear(threshold=10.0, ceiling=60.0, peak=1.0)


def described(configuration: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Sizes, time constants, projections and expected results of a configuration, and its weights ``(post, pre)``."""
    description = json.loads((FOLDER / f"config_{configuration}.json").read_text())
    with np.load(FOLDER / f"config_{configuration}.npz") as weights:
        return description, dict(weights)


def circuit(configuration: str, patterns: np.ndarray = PATTERNS) -> nf.Network:
    """The network, with one member of a batch for each pattern of inputs."""
    description, weights = described(configuration)
    nodes: dict[str, Any] = {"Input": nf.ConstantInput("Input", rates=patterns)}
    for name, tau in description["tau_s"].items():
        size = description["sizes"][name]
        nodes[name] = nf.LeakyRate(name, size=size, tau=tau, v_rest=0.0, r_in=1.0, activation=ACTIVITY)
    synapses = [
        nf.RiseDecaySynapse(
            nodes[p["pre"]],
            nodes[p["post"]],
            weights=weights[p["weights"]],
            rise=p["rise_s"],
            decay=p["decay_s"],
            e_rev=p["reversal"],
        )
        for p in description["projections"]
    ]
    return nf.Network(f"dentate_{configuration}", [*nodes.values(), *synapses])
