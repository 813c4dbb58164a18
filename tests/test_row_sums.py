"""Weights in the hooks of the edge axis: those of synapses, or lumped their sums over presynaptic cells."""

import numpy as np
import pytest
from scipy import sparse

import netframe as nf
from netframe.testing import check_component

RNG = np.random.default_rng(0)
W = RNG.uniform(size=(3, 5))


@nf.component
class Coupling(nf.Projection):
    """A difference of voltages through the weights."""

    g: nf.Param = nf.parameter(0.2, unit="nA/mV", axes=("post",), doc="conductance per weight")
    lumpable = True
    signal_unit = "mV"

    def signal(self, t, s, pre):
        return pre.v

    def current(self, t, s, inputs):
        return self.g * (inputs.drive - self.weights * inputs.post.v)


@pytest.mark.parametrize(
    "weights",
    [W, sparse.csr_array(W * (W > 0.4)), 0.3, nf.LowRank(W[:, :2], RNG.uniform(size=(5, 2))), np.stack([W, 2.0 * W])],
    ids=["dense", "sparse", "number", "low rank", "batch"],
)
def test_row_sums_are_those_of_the_weights(weights):
    a, b = nf.LeakyRate("A", size=5), nf.LeakyRate("B", size=3)
    net = nf.Network("n", [a, b, Coupling(a, b, weights=weights, g=[0.1, 0.2, 0.3])])
    y = -60.0 + RNG.normal(size=(2, 8))
    v, u = y[:, :5], y[:, 5:]
    full = np.asarray(weights.toarray() if hasattr(weights, "toarray") else weights)
    full = weights.dense() if isinstance(weights, nf.Structure) and not full.ndim else full
    full = np.broadcast_to(full, (*full.shape[:-2], 3, 5))
    expected = np.empty((2, 3))
    for m in range(2):
        w = full[m] if full.ndim == 3 else full
        for i in range(3):
            current = 0.1 * (i + 1) * sum(w[i, j] * (v[m, j] - u[m, i]) for j in range(5))
            expected[m, i] = (100.0 * current - (u[m, i] + 70.0)) / 0.05
    assert np.allclose(net.rhs(0.0, y)[:, 5:], expected, rtol=1e-12)


def test_bundled_projections_have_their_own_sums():
    a, b = nf.LeakyRate("A", size=5), nf.LeakyRate("B", size=3)
    parts = [Coupling(a, b, weights=W), Coupling(b, b, weights=W[:, :3]), Coupling(a, b, weights=-W, name="again")]
    both = nf.Network("n", [a, b, *parts])
    y = RNG.normal(size=8) - 50.0
    alone = [nf.Network("n", [a, b, part]).rhs(0.0, y)[5:] for part in parts]
    leak = nf.Network("n", [a, b]).rhs(0.0, y)[5:]
    assert np.allclose(both.rhs(0.0, y)[5:] - leak, sum(x - leak for x in alone), rtol=1e-12)


def test_the_contract_is_kept():
    check_component(Coupling(nf.LeakyRate("A", size=5), nf.LeakyRate("B", size=3), weights=W))


def test_weights_that_learn_have_no_fixed_sum():
    @nf.component
    class Learning(Coupling):
        w = nf.state(unit="1", initial="weights", axes=("synapse",), doc="weights")

        def efficacy(self, t, s):
            return s.w

        def synapse_derivatives(self, t, s, inputs):
            return {"w": -s.w}

    a, b = nf.LeakyRate("A", size=5), nf.LeakyRate("B", size=3)
    net = nf.Network("n", [a, b, Learning(a, b, weights=W)])
    with pytest.raises(nf.HookError, match="'weights' varies along synapse and is out of reach"):
        net.rhs(0.0, net.initial_state())


@nf.component
class Delayed(nf.Projection):
    """A chain of as many stages as asked for."""

    order: int = 2
    tau: nf.Param = nf.parameter(0.01, unit="s", axes=("pre",), doc="time constant of a stage")
    lumpable = True

    def state_variables(self):
        return {f"x{k}": nf.state(unit="Hz", axes=("pre",), doc="stage of the delay") for k in range(self.order)}

    def signal(self, t, s, pre):
        return s[f"x{self.order - 1}"]

    def pre_derivatives(self, t, s, pre):
        stages = [pre.rate, *(s[f"x{k}"] for k in range(self.order))]
        return {f"x{k}": (stages[k] - stages[k + 1]) / self.tau for k in range(self.order)}

    def current(self, t, s, inputs):
        return 1e-3 * inputs.drive


@pytest.mark.parametrize("order", [1, 2, 5])
def test_a_parameter_may_decide_how_many_states_there_are(order):
    a, b = nf.LeakyRate("A", size=5), nf.LeakyRate("B", size=3)
    synapse = Delayed(a, b, weights=W, order=order)
    net = nf.Network("n", [a, b, synapse])
    assert net.registry.size == 8 + 5 * order
    assert f"x{order - 1}" in synapse.describe()
    check_component(synapse)
