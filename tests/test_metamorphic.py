"""What must not matter does not, for every model shipped: no weight, no neighbour, how many equal cells there are."""

import numpy as np
import pytest
from scipy import sparse
from shipped import SHIPPED

import netframe as nf
from netframe.fields import parameters
from netframe.testing import resized

PROJECTIONS = [c for c in SHIPPED if isinstance(c, nf.Projection)]
POPULATIONS = [c for c in SHIPPED if isinstance(c, nf.Population)]


def named(component):
    return type(component).__name__


def spread(net, seed=0, lead=()):
    """A random state about the initial one."""
    start = net.initial_state()
    return start + 0.3 * (np.abs(start) + 0.1) * np.random.default_rng(seed).standard_normal(lead + start.shape)


def nodes_of(projection):
    """Both ends, once each; an input without states is replaced by cells that have some."""
    return list(dict.fromkeys([projection.pre, projection.post]))


def without_weights(projection):
    """The same projection with all weights zero, in the same layout."""
    weights = projection.weights
    return projection.replace(weights=weights * 0.0 if hasattr(weights, "__mul__") else 0.0)


@pytest.mark.parametrize("projection", PROJECTIONS, ids=named)
def test_zero_weights_equal_no_projection(projection):
    nodes = nodes_of(projection)
    net, bare = nf.Network("with", [*nodes, without_weights(projection)]), nf.Network("without", nodes)
    y = spread(net)
    parts = {path: dict(values.__dict__) for path, values in net.registry.unpack(y).items()}
    for name, info in projection.state_variables().items():
        if info.axes in (("synapse",), ("edge",)):  # weights that are a state, and what they have filled
            parts[projection.name][name] = np.zeros_like(parts[projection.name][name])
    y = net.registry.pack(parts, y.shape[:-1])
    paths = {slot.path: slot.slice for slot in bare.registry}
    small = np.concatenate([y[..., net.registry.slot(path).slice] for path in paths], axis=-1)
    full, alone = net.rhs(0.0, y), bare.rhs(0.0, small)
    for path, place in paths.items():
        assert np.array_equal(full[..., net.registry.slot(path).slice], alone[..., place]), path


@pytest.mark.parametrize("projection", PROJECTIONS, ids=named)
def test_one_to_one_weights_keep_units_apart(projection):
    """Moving the states of presynaptic cell 1 moves postsynaptic cell 1 alone, now or through the projection later."""
    n = 4
    same = projection.pre is projection.post
    pre = resized(projection.pre, n)
    pre = pre if pre.state_variables() else nf.LeakyRate("source", size=n, activation=nf.Softplus())
    post = pre if same else resized(projection.post, n)
    scalars = {
        name: float(np.ravel(np.asarray(getattr(projection, name)))[0])
        for name, info in parameters(type(projection)).items()
        if name != "weights"
    }
    given = projection.weights.data if sparse.issparse(projection.weights) else np.asarray(projection.weights)
    weights = sparse.csr_array(0.3 * np.sign(np.ravel(given)[0]) * np.eye(n))
    made = projection.replace(pre=pre, post=post, weights=weights, name="P", **scalars)
    net = nf.Network("n", list(dict.fromkeys([pre, post, made])))
    y = spread(net)
    moved = np.array(y)
    for slot in net.registry:
        if slot.component in (pre.name, "P"):
            moved[..., slot.start + 1] += 0.05 + 0.1 * np.abs(moved[..., slot.start + 1])
    gap = net.rhs(0.0, moved) - net.rhs(0.0, y)
    for slot in net.registry:
        assert slot.shape == (n,)
        assert np.all(np.delete(gap[..., slot.slice], 1, axis=-1) == 0.0), slot.path
    post_states = [slot.slice for slot in net.registry if slot.component == post.name]
    assert any(np.any(gap[..., place] != 0.0) for place in post_states)


@pytest.mark.parametrize("population", POPULATIONS, ids=named)
def test_equal_cells_are_one_cell(population):
    one = resized(population, 1)
    many = resized(one, 6)
    currents = {port: nf.ConstantInput(f"to_{port}", rates=[3.0]) for port in population.ports}

    def network(node):
        wires = [nf.InstantSynapse(s, node, weights=0.7, g=0.1, port=port) for port, s in currents.items()]
        return nf.Network("n", [*currents.values(), node, *wires])

    single, group = network(one), network(many)
    y = spread(single)
    tiled = np.concatenate([np.repeat(y[..., s.slice], 6, axis=-1) for s in single.registry], axis=-1)
    expected = single.rhs(0.0, y)
    expected = np.concatenate([np.repeat(expected[..., s.slice], 6, axis=-1) for s in single.registry], axis=-1)
    assert np.allclose(group.rhs(0.0, tiled), expected, rtol=1e-13, atol=1e-13)
