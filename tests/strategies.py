"""Networks drawn at random: 1 to 4 populations of unequal sizes 1 to 7, every kind of projection between them."""

from __future__ import annotations

import attrs
import numpy as np
from components import AdaptingRate, DepressingSynapse, GapJunction, LearningSynapse
from hypothesis import strategies as st
from scipy import sparse

import netframe as nf

ACTIVATION = nf.Softplus(threshold=-55.0, width=4.0)
SYNAPSES = {
    nf.ReversalSynapse: {"g": 2e-3},
    nf.CurrentSynapse: {"g": 2e-3},
    nf.InstantSynapse: {"g": 2e-3},
    DepressingSynapse: {},
    LearningSynapse: {},
    GapJunction: {},
}


@attrs.frozen
class Wire:
    """One projection, as data, so that a network can be built in several ways from the same wires."""

    kind: type
    pre: int
    post: int
    resolution: str
    sparse: bool
    weights: np.ndarray
    options: dict


@attrs.frozen
class Blueprint:
    """The parts of a random network."""

    nodes: list
    wires: list

    def projections(self, nodes=None, *, resolution=None, dense=None, scale=1.0):
        nodes = self.nodes if nodes is None else nodes
        made = []
        for k, wire in enumerate(self.wires):
            as_sparse = wire.sparse if dense is None else not dense
            weights = wire.weights * scale
            kept = resolution if resolution and wire.kind.lumpable else wire.resolution
            made.append(
                wire.kind(
                    nodes[wire.pre],
                    nodes[wire.post],
                    weights=sparse.csr_array(weights) if as_sparse else weights,
                    resolution=kept,
                    name=f"wire{k}",
                    **wire.options,
                )
            )
        return made

    def network(self, **options):
        return nf.Network("random", [*self.nodes, *self.projections(**options)])


@st.composite
def blueprints(draw, kinds=tuple(SYNAPSES), max_wires=5, inputs=True):
    sizes = draw(st.lists(st.integers(1, 7), min_size=1, max_size=4, unique=True))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    nodes = []
    for k, size in enumerate(sizes):
        kind = draw(st.sampled_from([nf.LeakyRate, AdaptingRate]))
        tau = rng.uniform(0.02, 0.1, size) if draw(st.booleans()) else 0.05
        nodes.append(kind(f"P{k}", size=size, tau=tau, activation=ACTIVATION))
    populations = len(nodes)
    if inputs and draw(st.booleans()):
        nodes.append(nf.ConstantInput("C", rates=rng.uniform(1.0, 40.0, draw(st.integers(1, 7)))))
    if inputs and draw(st.booleans()):
        nodes.append(nf.StepInput("S", size=draw(st.integers(1, 7)), amplitude=20.0, onset=0.1, offset=0.2))
    wires = []
    for _ in range(draw(st.integers(0, max_wires))):
        kind = draw(st.sampled_from(kinds))
        pre = draw(st.integers(0, (populations if kind is GapJunction else len(nodes)) - 1))
        post = draw(st.integers(0, populations - 1))
        resolution = draw(st.sampled_from(["lumped", "synapse"])) if kind.lumpable else "synapse"
        shape = (nodes[post].size, nodes[pre].size)
        weights = rng.uniform(0.1, 1.0, shape) * (rng.random(shape) < draw(st.sampled_from([0.4, 1.0])))
        options = dict(SYNAPSES[kind])
        if kind is DepressingSynapse and draw(st.booleans()):
            options["release"] = rng.uniform(0.1, 0.9, nodes[pre].size)
        if kind is LearningSynapse and draw(st.booleans()):
            options["scale"] = rng.uniform(0.5, 1.5, shape)
        if "g" in options and draw(st.booleans()):
            options["g"] = options["g"] * rng.uniform(0.5, 1.5, nodes[post].size)
        wires.append(Wire(kind, pre, post, resolution, draw(st.booleans()), weights, options))
    return Blueprint(nodes, wires)


def states(network, seed=0, lead=()):
    """Random states about the initial one, shape ``(*lead, n_state)``."""
    rng = np.random.default_rng(seed)
    start = network.initial_state()
    return start + 0.2 * (np.abs(start) + 0.1) * rng.standard_normal((*lead, *start.shape))


def agree(a, b, tolerance=1e-10):
    """Whether two arrays are equal to rounding."""
    return np.shape(a) == np.shape(b) and np.allclose(
        a, b, rtol=tolerance, atol=tolerance * (1.0 + np.abs(b).max(initial=0.0))
    )
