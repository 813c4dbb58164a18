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


@attrs.frozen
class RandomBatch:
    """A network with batch axes, a state for each member, and what each member is alone, made without our splitting."""

    network: nf.Network
    plain: nf.Network
    values: dict
    lead: tuple
    y0: np.ndarray

    def member(self, place):
        """The network of one member, its parameters written out by broadcasting."""
        alone = {}
        for path, value in self.values.items():
            owner, _, name = path.rpartition(".")
            base = self.plain[owner.removesuffix(".activation")]
            base = getattr(base.activation if owner.endswith("activation") else base, name)
            tail = value.shape[value.ndim - self.depth(path) :]
            one = np.broadcast_to(value, self.lead + tail)[place]
            alone[path] = one if np.shape(base) == tail else one.item() if one.size == 1 else one
        return self.plain.with_parameters(alone)

    def depth(self, path):
        """The number of axes a parameter has without a batch."""
        return 2 if path.endswith(".weights") else 1


@st.composite
def batches(draw, kinds=tuple(SYNAPSES), jumps=False, max_wires=3):
    """Random networks whose parameters vary along all, some or none of the axes of a batch of 1 to 6 members."""
    blueprint = draw(blueprints(kinds=kinds, max_wires=max_wires))
    plain = blueprint.network(scale=0.05)  # no loop runs away, which would multiply rounding
    lead = draw(st.sampled_from([(1,), (2,), (5,), (2, 3), (3, 1), (1, 2, 2)]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    paths = {}
    for path, part in plain.paths.items():
        if isinstance(part, nf.LeakyRate):
            paths |= {f"{path}.tau": part.size, f"{path}.v_rest": part.size, f"{path}.activation.threshold": 1}
        elif isinstance(part, nf.ConstantInput):
            paths[f"{path}.rates"] = part.size
        elif isinstance(part, nf.StepInput):
            paths[f"{path}.amplitude"] = part.size
            if jumps:
                paths[f"{path}.onset"] = 1
        elif not sparse.issparse(part.weights):
            paths[f"{path}.weights"] = part.weights.shape
    values = {}
    for path in draw(st.lists(st.sampled_from(sorted(paths)), unique=True, max_size=6)) if paths else []:
        tail = paths[path] if isinstance(paths[path], tuple) else (paths[path],)
        if path.endswith((".tau", ".v_rest", ".amplitude")) and draw(st.booleans()):
            tail = (1,)
        own = tuple(n if draw(st.booleans()) else 1 for n in lead)[draw(st.integers(0, len(lead) - 1)) :]
        owner, _, name = path.rpartition(".")
        part = plain[owner.removesuffix(".activation")]
        base = getattr(part.activation if owner.endswith("activation") else part, name)
        base = np.mean(base) if tail == (1,) else base
        values[path] = base * rng.uniform(0.95, 1.05, own + tail)
    network = plain.with_parameters(values) if values else plain
    start = plain.initial_state()
    y0 = start + 0.02 * (np.abs(start) + 0.1) * rng.standard_normal((*lead, *start.shape))
    return RandomBatch(network, plain, values, lead, y0)
