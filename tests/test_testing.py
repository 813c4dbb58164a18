"""check_component: passes for all we ship, and finds each slip it promises to find."""

import importlib
import inspect
import pkgutil
import re

import numpy as np
import pytest
from components import AdaptingRate, DepressingSynapse, GapJunction, LearningSynapse
from shipped import SHIPPED

import netframe as nf
from netframe.testing import check_component

FFE = nf.ConstantInput("FFE", rates=np.linspace(5.0, 50.0, 7))
E = nf.LeakyRate("E", size=5)
W = np.random.default_rng(1).uniform(0.1, 1.0, (5, 7))

USERS = [
    AdaptingRate("E", size=3, tau_w=[0.1, 0.2, 0.3]),
    DepressingSynapse(FFE, E, weights=W, release=np.linspace(0.1, 0.9, 7)),
    LearningSynapse(FFE, E, weights=W, scale=W),
    GapJunction(nf.LeakyRate("A", size=3), E, weights=np.ones((5, 3)), resolution="synapse"),
]


@pytest.mark.parametrize("component", SHIPPED + USERS, ids=lambda c: type(getattr(c, "activation", c)).__name__)
def test_everything_shipped_keeps_the_contract(component):
    check_component(component)


def concrete(cls):
    for sub in cls.__subclasses__():
        yield from concrete(sub)
        if sub.__module__.startswith("netframe.") and not inspect.isabstract(sub):
            yield sub


def test_no_concrete_class_is_left_out():
    for module in pkgutil.walk_packages(nf.__path__, "netframe."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    covered = {type(c) for c in SHIPPED} | {type(c.activation) for c in SHIPPED if isinstance(c, nf.LeakyRate)}
    classes = {*concrete(nf.Population), *concrete(nf.InputSource), *concrete(nf.Projection), *concrete(nf.Activation)}
    assert classes
    assert classes <= covered, f"add to SHIPPED: {classes - covered}"


@nf.component
class Crossed(nf.ReversalSynapse):
    """The notebook's slip: the postsynaptic voltage lined up with the presynaptic axis."""

    lumpable = False

    def derivatives(self, t, s, inputs):
        v = np.swapaxes(inputs.post.v, -1, -2)
        return {"i": (self.g * inputs.drive * (self.e_rev - v) - s.i) / self.tau}


@nf.component
class Reversed(nf.ReversalSynapse):
    def derivatives(self, t, s, inputs):
        return {"i": (self.g * inputs.drive * (self.e_rev - inputs.post.v[..., ::-1]) - s.i) / self.tau}


@nf.component
class CentredRate(nf.LeakyRate):
    def rate(self, t, s):
        return self.activation(s.v - s.v.mean(-1, keepdims=True) - 45.0)


@nf.component
class Mixing(nf.LeakyRate):
    def derivatives(self, t, s, inputs):
        d = super().derivatives(t, s, inputs)
        return {"v": d["v"] + np.roll(inputs.current, 1, axis=-1)}


@nf.component
class PeepingSignal(nf.InstantSynapse):
    def signal(self, t, s, pre):
        return pre.rate - pre.rate[..., :1]


@nf.component
class Quadratic(nf.ReversalSynapse):
    def current(self, t, s, inputs):
        return s.i**2


@nf.component
class WritesState(nf.LeakyRate):
    def derivatives(self, t, s, inputs):
        s.v[..., 0] = 0.0
        return super().derivatives(t, s, inputs)


@nf.component
class Counting(nf.LeakyRate):
    calls = []

    def derivatives(self, t, s, inputs):
        self.calls.append(1)
        return {"v": -s.v * len(self.calls)}


@nf.component
class Branching(nf.LeakyRate):
    def derivatives(self, t, s, inputs):
        if np.all(s.v > 1e9):
            return {"v": s.v}
        return {"v": -s.v}


@nf.component
class Summed(nf.LeakyRate):
    def derivatives(self, t, s, inputs):
        return {"v": -s.v + 0.1 * s.v.sum()}


@nf.component
class ForgetsAState(nf.LeakyRate):
    w = nf.state(unit="nA", doc="forgotten")


@nf.component
class Unitless(nf.LeakyRate):
    k: nf.Param = nf.parameter(1.0, unit="", doc="no unit")


@nf.component
class NotANumber(nf.LeakyRate):
    def derivatives(self, t, s, inputs):
        return {"v": np.sqrt(s.v)}


SLIPS = [
    (Crossed(FFE, E, weights=W, g=2e-5), r"post\.v, which varies along post, was lined up with the pre axis"),
    (
        Reversed(FFE, E, weights=W, g=2e-5),
        r"derivatives: changing post\.v of cell 0 moved cell 4, so it crosses the post axis in di/dt",
    ),
    (CentredRate("E", size=4), r"rate: changing own\.v of cell 0 moved cell 1, so it crosses the cell axis"),
    (Mixing("E", size=4), r"changing port\.current of cell 0 moved cell 1"),
    (
        PeepingSignal(FFE, E, weights=W, g=1e-3),
        r"signal: changing pre\.v of cell 0 moved cell 1, so it crosses the pre axis",
    ),
    (Quadratic(FFE, E, weights=W, g=2e-5), r"lumping promise: .*set lumpable = False"),
    (WritesState("E", size=2), "read-only"),
    (Counting("E", size=2), "two calls with the same state differ"),
    (Summed("E", size=2), r"changing own\.v|differs from its members"),
    (ForgetsAState("E", size=2), r"lack \['w'\]"),
    (Unitless("E", size=2), "'k' has no unit"),
    (NotANumber("E", size=2), "not finite at the initial state"),
]


@pytest.mark.parametrize(("component", "told"), SLIPS, ids=lambda x: type(x).__name__)
def test_each_slip_is_found_and_explained(component, told):
    with pytest.raises(AssertionError) as caught:
        check_component(component)
    message = str(caught.value)
    assert re.search(told, message, re.DOTALL), message
    assert message.startswith(type(component).__name__)
    assert message.count("\n") < 8


@pytest.mark.jax
def test_what_jax_cannot_trace_is_told():
    with pytest.raises(AssertionError, match="JAX cannot trace it"):
        check_component(Branching("E", size=2))


# Structures of weights.


def structure(name, apply, **more):
    return nf.component(type(name, (nf.Structure,), {"apply": apply, "shape": (6, 6), **more}))()


BAD_PRODUCTS = {
    "mixes signals that stand beside each other": lambda self, signal: np.roll(signal, 1),
    "is no linear product": lambda self, signal: signal**2 + 1.0,
    r"stopped with ValueError.*any number of axes": lambda self, signal: signal.reshape(2, 3).ravel(),
    "returned None": lambda self, signal: None,
    "stopped with ZeroDivisionError": lambda self, signal: 1 / 0,
    r"gives shape \(2, 5\).*expected \(2, 6\)": lambda self, signal: signal[..., :5],
    "gives numbers of dtype complex128": lambda self, signal: 1j * signal,
}


@pytest.mark.parametrize(("words", "apply"), BAD_PRODUCTS.items())
def test_a_structure_whose_product_is_wrong_is_refused_at_once(words, apply):
    e = nf.LeakyRate("E", size=6)
    with pytest.raises(AssertionError, match=f"^Mine: apply {words}"):
        check_component(structure("Mine", apply))
    with pytest.raises(nf.ParameterError, match=rf"InstantSynapse 'E_to_E': weights \(Mine\): apply {words}"):
        nf.InstantSynapse(e, e, weights=structure("Mine", apply), g=1.0)


def test_methods_of_a_structure_have_to_agree():
    def apply(self, signal):
        return nf.array_namespace(signal).roll(signal, 1, axis=-1)

    check_component(structure("Shift", apply))
    wrong = {
        "toarray": lambda self: np.eye(6),
        "operation": lambda self: lambda signal: 2.0 * signal,
        "stored": 3,
    }
    words = {
        "toarray": r"toarray\(\) and apply do",
        "operation": r"operation\(\) and apply do",
        "stored": "stored is 3, and",
    }
    for name, method in wrong.items():
        with pytest.raises(AssertionError, match=words[name]):
            check_component(structure("Shift", apply, **{name: method}))
    e = nf.LeakyRate("E", size=6)
    with pytest.raises(AssertionError, match=r"(?s)InstantSynapse 'E_to_E': .*weights: toarray\(\) and apply"):
        check_component(nf.InstantSynapse(e, e, weights=structure("Shift", apply, toarray=wrong["toarray"]), g=1.0))


@pytest.mark.parametrize(
    "shipped",
    [
        nf.Circulant(np.arange(6.0)),
        nf.LowRank(np.ones((3, 6, 2)), np.ones((5, 2))),
        nf.Diagonal(np.ones((3, 6))),
        nf.Toeplitz([1.0, 2.0], [1.0, 3.0, 4.0]),
        nf.Float32(np.random.default_rng(0).normal(size=(4, 5))),
        nf.Masked(2.0, np.eye(3) > 0),
        nf.Block([[np.ones((2, 3)), nf.Diagonal([1.0, 2.0])], [np.ones((1, 3)), 3.0]]),
    ],
    ids=lambda s: type(s).__name__,
)
def test_structures_that_come_with_netframe_pass(shipped):
    check_component(shipped)


@pytest.mark.jax
def test_a_structure_that_jax_cannot_follow_is_told():
    with pytest.raises(AssertionError, match="JAX cannot trace it.*array_namespace"):
        check_component(structure("Fourier", lambda self, signal: np.fft.ifft(np.fft.fft(signal)).real))
