"""Specs: networks as data and files, restored bit for bit; what is wrong in a file is told in a sentence."""

import contextlib
import io
import json
import os
import subprocess
import sys

import attrs
import numpy as np
import pytest
from components import AdaptingRate
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from shipped import SHIPPED
from strategies import blueprints, states

import netframe as nf
from netframe.errors import NetframeError
from netframe.inputs.combined import Pair
from netframe.specs import VERSION, decode, differences, encode, migrations
from netframe.specs.beside import digest_of
from netframe.specs.known import known_names
from netframe.specs.layout import DEEPEST, objects
from netframe.testing.cases import cases


def as_json(tree):
    return json.loads(json.dumps(tree, allow_nan=False))


def restored(thing, **options):
    tree, arrays = encode(thing, **options)
    return decode(as_json(tree), arrays)


def assert_same(a, b):
    """Two networks are the same in every bit: states, derivatives at random states, and the table of everything."""
    assert a.describe() == b.describe()
    assert [s.path for s in a.registry] == [s.path for s in b.registry]
    assert a.initial_state().tobytes() == b.initial_state().tobytes()
    y = states(a)
    for t in (0.0, 0.15):
        assert a.rhs(t, y).tobytes() == b.rhs(t, y).tobytes()
    assert not nf.diff(a, b)


def small(**options):
    e = nf.LeakyRate("E", size=2, **options)
    return nf.Network("n", [e, nf.InstantSynapse(e, e, weights=np.ones((2, 2)), g=1e-3, name="rec")])


def tree_of(network):
    return as_json(encode(network)[0])


# Round trips.


@settings(max_examples=40)
@given(blueprints(), st.sampled_from([0, 5, 1000]))
def test_random_networks_are_restored_bit_for_bit(blueprint, inline):
    network = blueprint.network()
    assert_same(network, restored(network, inline=inline))


@settings(max_examples=15)
@given(blueprints(), st.sampled_from([".toml", ".json"]))
def test_random_networks_survive_files(tmp_path_factory, blueprint, ending):
    network, path = blueprint.network(), tmp_path_factory.mktemp("specs") / f"net{ending}"
    nf.save_network(network, path)
    assert_same(network, nf.load_network(path))


def has_function(component):
    return any(isinstance(part, nf.FunctionInput) for part in (component, getattr(component, "pre", None)))


@pytest.mark.parametrize("component", SHIPPED, ids=lambda c: type(getattr(c, "activation", c)).__name__)
def test_every_shipped_component_is_restored(component, tmp_path):
    if has_function(component):
        with pytest.raises(nf.SpecError, match=r"^'function': it is a function.*SampledInput"):
            encode(component)
        return
    again = restored(component)
    assert type(again) is type(component)
    assert again.describe() == component.describe()
    for k, (_, network, _) in enumerate(cases(component)):
        assert_same(network, restored(network))
        if k < 2:
            nf.save_network(network, tmp_path / "net.toml")
            assert_same(network, nf.load_network(tmp_path / "net.toml"))


RNG = np.random.default_rng(3)
W = RNG.uniform(0.1, 1.0, (3, 2)) * np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
STRUCTURES = [
    0.5,
    W,
    RNG.uniform(size=(4, 3, 2)),
    sparse.csr_array(W),
    sparse.csr_array((3, 2)),
    sparse.csr_array((np.array([0.0, 1.0]), ([0, 2], [1, 0])), shape=(3, 2)),
    nf.LowRank(W[:, :1], W[:2, :1]),
    nf.Toeplitz(W[:, 0], W[0]),
    nf.Float32(W),
    nf.Float32(sparse.csr_array(W)),
    nf.Masked(W, W > 0),
    nf.Masked(2.0, W > 0),
    nf.Block([[W[:1, :1], None], [0.5, nf.LowRank(W[1:, :1], [[2.0]])]]),
    nf.Block([[sparse.csr_array(W[:, :1]), nf.Block([[1.0], [None]], heights=(1, 2), widths=(1,))]]),
]


@pytest.mark.parametrize("weights", STRUCTURES, ids=lambda w: type(w).__name__)
@pytest.mark.parametrize("ending", [".toml", ".json"])
def test_weights_of_every_kind_are_restored(weights, ending, tmp_path):
    f, e = nf.ConstantInput("F", rates=[3.0, 7.0]), nf.LeakyRate("E", size=3)
    network = nf.Network("n", [f, e, nf.InstantSynapse(f, e, weights=weights, g=1e-3)])
    nf.save_network(network, tmp_path / f"net{ending}")
    again = nf.load_network(tmp_path / f"net{ending}")
    assert_same(network, again)
    assert type(again["F_to_E"].weights) is type(network["F_to_E"].weights)


@pytest.mark.parametrize("structure", [nf.Circulant([0.0, 1.0, 2.0]), nf.Diagonal([1.0, 2.0, 3.0])])
def test_square_structures_are_restored(structure):
    np.testing.assert_array_equal(restored(structure).toarray(), structure.toarray())


@pytest.mark.parametrize(
    "integrator",
    [
        nf.ScipyIntegrator("BDF", rtol=1e-5),
        nf.FixedStepIntegrator("heun", dt=1e-4),
        nf.RungeKuttaIntegrator("Tsit5", first_step=1e-6),
        nf.ExactIntegrator(),
    ],
    ids=lambda i: type(i).__name__,
)
def test_integrators_are_restored(integrator):
    assert repr(restored(integrator, inline=5)) == repr(integrator)


def test_every_class_shipped_is_known_and_found_before_it_is_loaded():
    code = (
        "from netframe.specs.known import *; from netframe.specs import known\n"
        "for name in known_names():\n    assert known.class_called(name, '').__name__ == name\n"
        "    assert name_of(known.class_called(name, ''), '') == name"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    for name in ("LeakyRate", "GammaDelaySynapse", "Network", "Matrix", "Sigmoid", "Sine", "SundialsIntegrator"):
        assert name in known_names()
    assert not {"Component", "Node", "Projection", "Pair", "Comparison", "SteppingIntegrator", "AdaptiveIntegrator"} & {
        *known_names()
    }


def test_one_object_used_twice_stays_one():
    e, i = nf.LeakyRate("E", size=2), nf.LeakyRate("I", size=3)
    f, c = nf.StepInput("F", size=2, amplitude=3.0, onset=0.1), nf.ConstantInput("C", rates=[1.0, 2.0])
    inner = nf.Network("CA3", [nf.CurrentSynapse(e, i, weights=W, g=0.1), e, nf.Network("deep", [i])])
    network = nf.Network(
        "n", [(f + c).copy("both"), nf.CurrentSynapse(f, i, weights=W, g=0.1), inner, f, (c + c).copy("two")]
    )
    again = restored(network)
    assert again["F_to_I"].pre is again["F"]
    assert again["both"].first is again["F"]
    assert again["both"].second is again["two"].first is again["two"].second
    assert again["F_to_I"].post is again["CA3.deep.I"] is again["CA3.E_to_I"].post
    assert again["CA3.E_to_I"].pre is again["CA3.E"]
    assert_same(network, again)


def test_one_array_used_twice_is_kept_once():
    e = nf.LeakyRate("E", size=2)
    first = nf.CurrentSynapse(e, e, weights=np.ones((2, 2)), g=0.1, name="first")
    network = nf.Network("n", [e, first, first.copy("second")])
    assert [*encode(network)[1]] == ["first.weights"]


def test_a_projection_alone_holds_its_ends():
    e = nf.LeakyRate("E", size=2)
    again = restored(nf.InstantSynapse(e, e, weights=1.0, g=1.0))
    assert again.pre is again.post
    assert again.pre.name == "E"


def test_infinity_nan_and_nothing_are_kept():
    step = nf.StepInput("F", size=2, amplitude=[1.0, -0.0], onset=[0.1, 0.2], offset=[np.inf, 0.5])
    tree, arrays = encode(step, inline=10)
    assert np.array_equal(decode(as_json(tree), arrays).offset, step.offset)
    assert np.signbit(decode(as_json(tree), arrays).amplitude[1])
    assert restored(nf.StepInput("F", size=2, amplitude=1.0, onset=0.1)).offset == np.inf
    assert restored(nf.RungeKuttaIntegrator()).first_step is None


# Classes of users.


@nf.component
class Resonator(nf.LeakyRate):
    """A user's cell, with options of every kind that data can be."""

    omega: nf.Param = nf.parameter(6.0, unit="1/s", doc="angular frequency")
    table: nf.Param = nf.parameter(unit="1", axes=(), doc="anything")
    label_of: str = 'an "E"\n\t\x07\x7f \\ ü'
    options: dict = attrs.field(factory=lambda: {"a key": (1, 2.5, None), "b": {"deep": True}})
    pair: tuple = (1, ("x", None), np.float32(0.1), np.int64(3))
    codes: np.ndarray = attrs.field(factory=lambda: np.array([3, 1, 2]))


@pytest.mark.parametrize("ending", [".toml", ".json"])
def test_a_class_of_the_user_round_trips(ending, tmp_path):
    cell = Resonator("R", size=2, table=0.25, omega=[1.0, 2.0])
    nf.save_network(nf.Network("n", [cell]), tmp_path / f"n{ending}")
    again = nf.load_network(tmp_path / f"n{ending}")["R"]
    assert type(again) is Resonator
    assert (again.label_of, again.options) == (cell.label_of, cell.options)
    assert again.pair == (1, ("x", None), float(np.float32(0.1)), 3)
    np.testing.assert_array_equal(again.codes, [3, 1, 2])
    assert not nf.diff(nf.Network("n", [cell]), nf.Network("n", [again]))


def test_a_class_that_is_not_defined_is_not_looked_for(tmp_path):
    text = '{"netframe": {"spec": 1}, "type": "Network", "name": "n", "components": [{"type": "%s", "name": "E"}]}'
    for name in ("os.system", "mycells.Cell", "antigravity.Cell"):
        (tmp_path / "n.json").write_text(text % name)
        with pytest.raises(nf.UnknownNameError, match="import the module that defines it"):
            nf.load_network(tmp_path / "n.json")
    assert "antigravity" not in sys.modules


def make_doubled():
    @nf.component
    class Doubled(nf.LeakyRate):
        """Called as another class."""

    return Doubled


def make_other():
    @nf.component
    class Doubled(nf.LeakyRate):
        """Called as another class."""

    return Doubled


def test_a_class_called_as_one_that_is_shipped_is_told_apart_by_its_full_name():
    cell, shipped = AdaptingRate("E", size=2), nf.AdaptingRate("E", size=2)
    assert encode(cell)[0]["type"] == "components.AdaptingRate"
    assert encode(shipped)[0]["type"] == "netframe.AdaptingRate"
    assert type(restored(cell)) is AdaptingRate
    assert type(restored(shipped)) is nf.AdaptingRate
    tree = encode(cell)[0] | {"type": "AdaptingRate"}
    with pytest.raises(nf.SpecError, match=r"'AdaptingRate' is the name of . classes.*'components.AdaptingRate'"):
        decode(tree, {})


def test_two_classes_of_one_name_are_told_apart_by_their_full_names():
    first = make_doubled()
    tree, _ = encode(first("E", size=1))
    assert tree["type"] == "Doubled"
    other = make_other()
    with pytest.raises(nf.SpecError, match="'Doubled' is the name of . classes"):
        decode(tree, {})
    assert encode(other("E", size=1))[0]["type"] == f"{__name__}.make_other.<locals>.Doubled"
    for cls in (first, other):
        assert type(restored(cls("E", size=1))) is cls


def test_a_class_defined_again_takes_the_place_of_the_first():
    @nf.component
    class Again(nf.LeakyRate):
        pass

    old = Again("E", size=1)

    @nf.component
    class Again(nf.LeakyRate):  # as a cell of a notebook that is run again
        pass

    assert type(restored(Again("E", size=1))) is Again
    with pytest.raises(nf.SpecError, match="no longer, the class of that name"):
        encode(old)


def test_abstract_classes_are_no_types():
    for cls in (nf.Projection, nf.Population, Pair):
        with pytest.raises(nf.UnknownNameError, match="no type"):
            decode({"netframe": {"spec": VERSION}, "type": cls.__name__}, {})


# What cannot be saved.


def test_functions_are_refused_in_one_sentence_with_their_path():
    f = nf.FunctionInput("F", size=1, jumps=(), function=lambda t, xp: xp.ones(1))
    e = nf.LeakyRate("E", size=1)
    with pytest.raises(nf.SpecError, match=r"'CA1\.F\.function': it is a function.*Sample it as a SampledInput"):
        encode(nf.Network("n", [nf.Network("CA1", [f])]))
    from scipy.sparse.linalg import aslinearoperator

    weights = nf.Operator(aslinearoperator(np.ones((1, 1))))
    with pytest.raises(nf.SpecError, match=r"'E_to_E\.weights\.operator'.*Give its weights as an array"):
        encode(nf.Network("n", [e, nf.InstantSynapse(e, e, weights=weights, g=1.0)]))


@pytest.mark.parametrize("value", [len, {1: 2}, {1, 2}, 1j, b"x", np.array(["a"]), np.array([1j]), object()])
def test_what_is_no_data_is_refused(value):
    with pytest.raises(nf.SpecError, match="'pair"):
        encode(Resonator("R", size=1, table=1.0, pair=(value,)))
    with pytest.raises(nf.SpecError, match="cannot be saved"):
        encode(value)


# Weights as their rule and seed.

DRAWN = [
    ("all_to_all", 7, 5, {"weights": nf.normal(1.0, 0.5)}),
    ("all_to_all", 5, 5, {"weights": nf.uniform(0.0, 1.0), "autapses": False}),
    ("fixed_probability", 7, 5, {"probability": 0.4, "weights": nf.lognormal(mean=2.0)}),
    ("fixed_in_degree", 7, 5, {"degree": 3, "weights": nf.constant(0.5)}),
    ("one_to_one", 5, 5, {"weights": nf.uniform(0.0, 1.0)}),
    ("random_low_rank", 7, 5, {"rank": 2}),
    ("small_world", 5, 5, {"degree": 2, "rewiring": 0.3, "weights": nf.uniform(0.0, 1.0)}),
]


def with_weights(weights, pre, post, **options):
    f, e = nf.ConstantInput("F", rates=np.linspace(1.0, 30.0, pre)), nf.LeakyRate("E", size=post)
    return nf.Network("n", [f, e, nf.CurrentSynapse(f, e, weights=weights, g=1e-3, name="in", **options)])


@pytest.mark.parametrize(("rule", "pre", "post", "options"), DRAWN)
@pytest.mark.parametrize("resolution", ["lumped", "synapse"])
def test_drawn_weights_act_as_what_the_rule_returns_and_are_saved_as_rule_and_seed(
    rule, pre, post, options, resolution, tmp_path
):
    rng, ends = np.random.default_rng(3), (pre,) if rule == "small_world" else (pre, post)
    plain = with_weights(getattr(nf, rule)(*ends, **options, rng=rng), pre, post, resolution=resolution)
    drawn = with_weights(nf.Drawn(getattr(nf, rule), pre, post, options, seed=3), pre, post, resolution=resolution)
    y = states(plain)
    assert drawn.rhs(0.0, y).tobytes() == plain.rhs(0.0, y).tobytes()
    assert abs(drawn.jacobian(0.0, y) - plain.jacobian(0.0, y)).max() == 0.0
    for ending in (".toml", ".json"):
        nf.save_network(drawn, tmp_path / f"n{ending}")
        assert rule in (tmp_path / f"n{ending}").read_text()
        assert_same(nf.load_network(tmp_path / f"n{ending}"), drawn)
    assert [*encode(drawn)[1]] == ["F.rates"]
    found = nf.diff(drawn, drawn.with_parameters({"in.weights.seed": 4}))
    assert [(row.path, row.what) for row in found] == [("in.weights.seed", "weights")]
    other = drawn.with_parameters({"in.weights.seed": 4})
    assert not np.array_equal(other["in"].weights.toarray(), drawn["in"].weights.toarray())


def test_drawn_weights_learn():
    f, e = nf.ConstantInput("F", rates=[3.0, 7.0]), nf.LeakyRate("E", size=3)
    options = {"probability": 0.7, "weights": nf.uniform(0.5, 1.0)}
    pairs = (
        nf.fixed_probability(f, e, rng=np.random.default_rng(1), **options),
        nf.Drawn("fixed_probability", f, e, options, seed=1),
    )
    nets = [nf.Network("n", [f, e, nf.Oja(f, e, weights=w, g=1e-3, learning_rate=1e-3)]) for w in pairs]
    y = states(nets[0])
    assert nets[0].rhs(0.0, y).tobytes() == nets[1].rhs(0.0, y).tobytes()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"rule": "fixed_probabilty"}, "Did you mean 'fixed_probability'"),
        ({"rule": nf.distance_probability}, "which is not drawn by name"),
        ({"rule": len}, "which is not drawn by name"),
        ({"rule": 3}, "which is not drawn by name"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"pre": 0}, "pre is 0; it must be"),
        ({"options": {"probability": 0.5, "wieghts": nf.constant(1.0)}}, "Did you mean 'weights'"),
        ({"options": {"probability": 0.5}}, "fixed_probability needs the option 'weights'"),
        ({"options": {"probability": 5, "weights": nf.constant(1.0)}}, "probability"),
        ({"options": [1]}, "options is"),
        ({"rule": "small_world", "options": {}}, "connects one population with itself"),
    ],
)
def test_what_cannot_be_drawn_is_told(changes, told):
    good = {"rule": "fixed_probability", "pre": 4, "post": 3, "seed": 1}
    good["options"] = {"probability": 0.5, "weights": nf.constant(1.0)}
    nf.Drawn(**good)
    with pytest.raises(NetframeError, match=told):
        nf.Drawn(**good | changes)


def test_a_distribution_of_the_user_is_no_data():
    own = nf.weight_rules.Distribution("constant", {"value": 1.0}, lambda rng, shape: np.full(shape, 2.0))
    with pytest.raises(nf.SpecError, match=r"options\.weights.*cannot be saved"):
        encode(nf.Drawn("all_to_all", 2, 2, {"weights": own}, seed=1))
    tree, arrays = encode(nf.Drawn("all_to_all", 2, 2, {"weights": nf.constant(1.0)}, seed=1))
    for change, told in [
        ({"distribution": "constnat", "value": 1.0}, "Did you mean 'constant'"),
        ({"distribution": ["x"]}, "no distribution"),
        ({"distribution": "constant", "vlaue": 1.0}, "vlaue"),
        ({"distribution": "constant", "value": "a"}, "finite number"),
    ]:
        tree["options"]["map"]["weights"] = change
        with pytest.raises(NetframeError, match=told):
            decode(tree, arrays)


# Misspelt, missing, hostile.


def changed(change, **options):
    """The tree and arrays of a small network after ``change(tree)``."""
    tree, arrays = encode(small(**options))
    tree = as_json(tree)
    return (change(tree) or tree), arrays


def set_in(tree, *place, value):
    *way, last = place
    for step in way:
        tree = tree[step]
    tree[last] = value


def setting(*place, value):
    return lambda tree: set_in(tree, *place, value=value)


def nested(depth, inner="x"):
    for _ in range(depth):
        inner = [inner]
    return inner


E, REC = ("components", 0), ("components", 1)
WRONG = [
    (setting(*E, "type", value="LeakyRat"), r"'E': no type 'LeakyRat'.*Did you mean 'LeakyRate'"),
    (setting(*E, "activation", "type", value="Sigmiod"), r"'E\.activation': no type.*'Sigmoid'"),
    (setting(*E, "type", value=7), r"'E': type is 7"),
    (setting(*E, "tua", value=0.1), r"LeakyRate 'E': no field 'tua'. Did you mean 'tau'"),
    (setting(*E, "registry", value=0.1), r"no field 'registry'"),
    (setting("registry", value=1), r"Network: no field 'registry'"),
    (lambda tree: tree["components"][0].pop("size") and None, r"LeakyRate 'E': 'size' not given"),
    (lambda tree: tree["components"][0].pop("name") and None, r"components\[0\].*'name' not given"),
    (setting(*REC, "pre", value={"ref": "EE"}), r"'rec\.pre': it refers to 'EE'.*Did you mean 'E'"),
    (setting(*REC, "pre", value={"ref": ["E"]}), r"'rec\.pre': it refers to"),
    (setting(*REC, "pre", value={"ref": "rec"}), r"refers to itself"),
    (setting(*REC, "pre", value={"ref": ""}), r"refers to itself"),
    (setting(*REC, "pre", value={"ref": "E.activation"}), r"pre is Thres.*must be a population or an input"),
    (setting(*REC, "pre", value="E"), r"pre is 'E'.*pre = .ref = .E.."),
    (setting(*REC, "weights", value={"array": "b"}), r"'rec\.weights': there is no array 'b'"),
    (setting(*REC, "weights", value={"arary": "b"}), r"'rec\.weights'.*'arary' and no type. Did you mean 'array'"),
    (setting(*REC, "weights", value={"array": "b", "values": 1}), r"and no type"),
    (setting(*REC, "weights", value={}), r"'rec\.weights': it has nothing and no type"),
    (setting(*REC, "weights", value=[[1.0], [1.0, 2.0]]), r"'rec\.weights'.*rows of one length"),
    (setting(*REC, "weights", value=[["a"]]), r"'rec\.weights'.*lists of numbers"),
    (setting(*REC, "weights", value=[[1.0, 2.0]]), r"weights has shape \(1, 2\)"),
    (setting(*REC, "weights", value=[[10**400] * 2] * 2), r"'rec\.weights'.*lists of numbers"),
    (setting(*REC, "weights", value={"number": "many"}), r"'rec\.weights': number is 'many'"),
    (setting(*REC, "weights", value={"number": {}}), r"'rec\.weights': number is"),
    (setting(*REC, "weights", value={"sparse": ["rec.weights"] * 2, "shape": [2, 2]}), r"three arrays"),
    (setting(*REC, "weights", value={"sparse": ["rec.weights"] * 3, "shape": [2, 2]}), r"not whole numbers"),
    (setting(*REC, "weights", value={"synapses": [[0, 5, 1.0]], "shape": [2, 2]}), r"outside of the shape"),
    (setting(*REC, "weights", value={"synapses": [[0, -1, 1.0]], "shape": [2, 2]}), r"outside of the shape"),
    (setting(*REC, "weights", value={"synapses": [[0, 1.5, 1.0]], "shape": [2, 2]}), r"whole numbers"),
    (setting(*REC, "weights", value={"synapses": [[0, 1, "a"]], "shape": [2, 2]}), r"numbers"),
    (setting(*REC, "weights", value={"synapses": 3, "shape": [2, 2]}), r"synapses (is 3|must be lists)"),
    (setting(*REC, "weights", value={"synapses": [], "shape": [2, -2]}), r"shape is \[2, -2\]"),
    (setting(*REC, "weights", value={"synapses": [], "shape": [2, 2.5]}), r"shape is"),
    (setting(*REC, "weights", value={"synapses": [], "shape": [10**30, 2]}), r"shape is"),
    (setting(*REC, "weights", value={"synapses": []}), r"shape is None"),
    (setting(*REC, "weights", value={"map": 3}), r"map is 3"),
    (setting(*REC, "weights", value={"type": "LowRank", "u": [[1.0]]}), r"LowRank 'rec\.weights': 'v' not given"),
    (setting(*E, "size", value=10**400), r"."),
    (setting(*E, "size", value="2"), r"size is '2'"),
    (setting(*E, "size", value=-1), r"size is -1"),
    (setting(*E, "size", value=True), r"size is True"),
    (setting(*E, "tau", value=float("nan")), r"tau"),
    (setting(*E, "tau", value={"number": "nan"}), r"tau"),
    (setting(*E, "tau", value=nested(DEEPEST)), r"nested more than"),
    (setting(*E, "tau", value=nested(50)), r"lists of numbers"),
    (setting(*E, "activation", value=nested(100_000)), r"nested more than"),
    (setting(*E, "name", value="a/b"), r"identifier"),
    (setting(*E, "name", value=[["E"]]), r"name is"),
    (setting("name", value=None), r"name is None"),
    (setting("components", value={"E": 1}), r"components is"),
    (setting("components", value=[1, "x", None]), r"not a component"),
    (setting("components", value=[[]]), r"not a component"),
    (setting("netframe", value={"spec": VERSION + 1}), r"version 2, and this netframe reads up to 1"),
    (setting("netframe", value={"spec": 0}), r"which there never was"),
    (setting("netframe", value={"spec": -(10**12)}), r"which there never was"),
    (setting("netframe", value={"spec": "1"}), r"this is no spec"),
    (setting("netframe", value=None), r"this is no spec"),
    (lambda tree: tree.pop("type") and None, r"this is no spec"),
    (lambda tree: [tree], r"a spec is an object"),
]


@pytest.mark.parametrize(("change", "told"), WRONG)
def test_what_is_wrong_is_told_with_its_place(change, told):
    tree, arrays = changed(change, activation=nf.ThresholdLinear())
    with pytest.raises(NetframeError, match=told) as caught:
        decode(tree, arrays)
    assert len(str(caught.value)) < 1000


BAD_ARRAYS = [
    np.array([["a", "b"]] * 2),
    np.array([[None, 1.0]] * 2),
    np.ones((2, 2), complex),
    np.ones((2, 3)),
    np.full((2, 2), np.nan),
    [[1.0, 2.0]] * 2,
    "rec",
]


@pytest.mark.parametrize("bad", BAD_ARRAYS, ids=str)
def test_arrays_that_do_not_fit_are_refused(bad):
    tree, _ = encode(small())
    with pytest.raises(NetframeError, match="weights"):
        decode(tree, {"rec.weights": bad})


def test_indices_of_sparse_weights_are_checked():
    e = nf.LeakyRate("E", size=2)
    tree, arrays = encode(nf.Network("n", [e, nf.InstantSynapse(e, e, weights=sparse.csr_array(np.eye(2)), g=1.0)]))
    for name, values in [("indices", [0, 7]), ("indices", [-1, 0]), ("indptr", [0, 5, 2]), ("indptr", [0, 1])]:
        with pytest.raises(NetframeError, match=r"E_to_E\.weights"):
            decode(tree, arrays | {f"E_to_E.weights.{name}": np.array(values)})


def test_huge_sizes_are_refused_before_anything_is_allocated():
    tree, _ = encode(nf.Network("n", [nf.LeakyRate("E", size=2)]))
    tree["components"][0]["size"] = 10**13
    with pytest.raises(nf.MemoryBudgetError, match="state"):
        decode(tree, {}).initial_state()
    tree["components"][0] = {"type": "OrnsteinUhlenbeckInput", "name": "N", "size": 10**13, "dt": 1e-3}
    tree["components"][0] |= {"duration": 1e6, "seed": 1, "mean": 1.0, "sd": 1.0, "tau": 1.0}
    with pytest.raises(nf.MemoryBudgetError):
        decode(tree, {})


@pytest.mark.parametrize(
    "weights",
    [0.5, {"type": "Constant", "w": 0.5}, {"type": "Block", "rows": [[0.5]], "heights": [10**13], "widths": [10**13]}],
)
def test_a_network_of_huge_sizes_takes_no_memory_until_it_is_run(weights):
    tree = tree_of(small())
    tree["components"][0]["size"] = 10**13
    tree["components"][1]["weights"] = weights
    network = decode(tree, {})
    with pytest.raises(nf.MemoryBudgetError):
        nf.simulate(network, 0.1)


@pytest.mark.parametrize("rule", ["all_to_all", "fixed_probability"])
def test_huge_drawn_weights_are_refused_before_anything_is_allocated(rule):
    options = {"weights": nf.constant(1.0)} | ({"probability": 0.1} if rule == "fixed_probability" else {})
    with pytest.raises(nf.MemoryBudgetError, match=f"drawn by {rule}"):
        nf.Drawn(rule, 10**13, 1, options, seed=1)


def test_a_constructor_that_fails_is_told_with_the_place():
    @nf.component
    class Fragile(nf.LeakyRate):
        def problems(self):
            yield from super().problems()
            raise ZeroDivisionError("oh")

    with pytest.raises(nf.SpecError, match=r"Fragile 'CA1\.E'.*ZeroDivisionError: oh"):
        decode(
            {
                **tree_of(small()),
                "components": [
                    {"type": "Network", "name": "CA1", "components": [{"type": "Fragile", "name": "E", "size": 1}]}
                ],
            },
            {},
        )


def test_an_error_of_a_component_tells_its_place_in_nested_networks():
    tree = {
        "type": "Network",
        "name": "CA1",
        "components": [{"type": "LeakyRate", "name": "E", "size": 1, "tau": -1.0}],
    }
    with pytest.raises(nf.ParameterError, match="tau") as caught:
        decode({**tree_of(small()), "components": [tree]}, {})
    assert caught.value.__notes__ == ["in the spec at 'CA1.E'"]


# Versions.


def test_an_older_version_is_migrated(monkeypatch):
    def to_1(tree):
        for part in objects(tree):
            if part["type"] == "LeakyRate":
                part["tau"] = part.pop("time_constant") / 1000.0

    monkeypatch.setattr(migrations, "MIGRATIONS", {0: to_1})
    tree, arrays = encode(small(tau=0.025))
    old = as_json(tree)
    old["netframe"]["spec"] = 0
    old["components"][0].pop("tau")
    old["components"][0]["time_constant"] = 25.0
    kept = as_json(old)
    assert_same(decode(old, arrays), small(tau=0.025))
    assert old == kept


# Files.


def test_large_weights_stand_beside_a_readable_file(tmp_path):
    f, e = nf.ConstantInput("F", rates=np.arange(1.0, 31.0)), nf.LeakyRate("E", size=20, tau=np.linspace(0.01, 0.1, 20))
    network = nf.Network("n", [f, e, nf.InstantSynapse(f, e, weights=RNG.random((20, 30)), g=1e-3)])
    nf.save_network(network, tmp_path / "net.toml")
    text = (tmp_path / "net.toml").read_text()
    assert 'weights = {array = "F_to_E.weights"}' in text
    assert "tau = [0.01, " in text
    (beside,) = tmp_path.glob("*.npz")
    assert np.array_equal(np.load(beside, allow_pickle=False)["F_to_E.weights"], network["F_to_E"].weights)
    assert_same(nf.load_network(tmp_path / "net.toml"), network)
    other = network.with_parameters({"F_to_E.weights": RNG.random((20, 30))})
    nf.save_network(other, tmp_path / "net.toml")
    assert len([*tmp_path.iterdir()]) == 2, "the arrays replaced are gone, and no draft is left"
    assert_same(nf.load_network(tmp_path / "net.toml"), other)
    (beside,) = tmp_path.glob("*.npz")
    beside.unlink()
    with pytest.raises(nf.FileError, match="the arrays are missing.*Keep net-"):
        nf.load_network(tmp_path / "net.toml")


def test_somebody_writes_a_network_by_hand(tmp_path):
    (tmp_path / "hand.toml").write_text("""
        netframe = {spec = 1}
        type = "Network"
        name = "hand"
        [[components]]
        type = "ConstantInput"
        name = "F"
        rates = [10, 20.0]
        [[components]]
        type = "LeakyRate"
        name = "E"
        size = 1
        activation = {type = "ThresholdLinear", threshold = -60}
        [[components]]
        type = "ReversalSynapse"
        pre = {ref = "F"}
        post = {ref = "E"}
        weights = [[1, 2]]
        g = 2e-5
        """)
    f, e = (
        nf.ConstantInput("F", rates=[10.0, 20.0]),
        nf.LeakyRate("E", size=1, activation=nf.ThresholdLinear(threshold=-60)),
    )
    assert_same(
        nf.load_network(tmp_path / "hand.toml"),
        nf.Network("hand", [f, e, nf.ReversalSynapse(f, e, weights=[[1.0, 2.0]], g=2e-5)]),
    )


def test_noise_is_left_to_its_seed_for_people_and_kept_for_machines(tmp_path):
    options = {"size": 2, "mean": 20.0, "sd": 3.0, "tau": 0.05, "dt": 0.01, "duration": 1.0}
    network = nf.Network("n", [nf.OrnsteinUhlenbeckInput("N", seed=5, **options)])
    for ending, there in ((".toml", False), (".json", True)):
        nf.save_network(network, tmp_path / f"n{ending}")
        assert ("recording" in (tmp_path / f"n{ending}").read_text()) is there
        assert_same(nf.load_network(tmp_path / f"n{ending}"), network)
    other = nf.OrnsteinUhlenbeckInput("N", seed=6, **options).recording
    given = nf.Network("n", [network["N"].replace(recording=other)])
    nf.save_network(given, tmp_path / "n.toml")
    assert_same(nf.load_network(tmp_path / "n.toml"), given)


@pytest.mark.parametrize("ending", [".toml", ".json"])
@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"a = " + b"[" * 50_000, b"[]", b"3", b"\x00" * 99, b"PK\x03\x04"],
)
def test_files_that_are_no_spec_are_refused(ending, content, tmp_path):
    (tmp_path / f"n{ending}").write_bytes(content)
    with pytest.raises((nf.FileError, nf.SpecError)):
        nf.load_network(tmp_path / f"n{ending}")


JSON = '{"netframe": {"spec": 1}, "type": "Network", "name": "n", "components": [%s]}'
CELL = '{"type": "LeakyRate", "name": "E", "size": 2, "tau": %s}'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (JSON % (CELL % "NaN"), "NaN is no number in JSON"),
        (JSON % (CELL % "Infinity"), "Infinity is no number"),
        (JSON % (CELL % '0.1, "tau": 0.2'), "'tau' is given twice"),
        (JSON % (CELL % ("1" * 5000)), "damaged"),
        (JSON % (CELL % "1e999"), "tau"),
        (
            '{"netframe": {"spec": 1}, "type": "LeakyRate", "name": "E", "size": 2}',
            "it holds LeakyRate 'E', and no network",
        ),
        ('{"netframe": {"spec": 1, "arrays": "../../etc/passwd"}, "type": "Network"}', "must be the SHA-256"),
        ('{"netframe": {"spec": 1, "arrays": ["x"]}, "type": "Network"}', "must be the SHA-256"),
    ],
)
def test_what_json_leaves_open_is_refused(text, told, tmp_path):
    (tmp_path / "n.json").write_text(text)
    with pytest.raises(NetframeError, match=told) as caught:
        nf.load_network(tmp_path / "n.json")
    assert str(tmp_path / "n.json") in str(caught.value) + " ".join(getattr(caught.value, "__notes__", ()))


def test_values_of_toml_that_no_field_can_be_are_refused(tmp_path):
    nf.save_network(small(), tmp_path / "n.toml")
    text = (tmp_path / "n.toml").read_text()
    (tmp_path / "n.toml").write_text(text.replace("tau = 0.05", "tau = 2020-01-01"))
    with pytest.raises(nf.SpecError, match=r"'E\.tau': it is datetime"):
        nf.load_network(tmp_path / "n.toml")


def test_paths_are_answered(tmp_path):
    for path in ("n", "n.tml", "n.npz"):
        with pytest.raises(nf.FileError, match=r"TOML for people"):
            nf.save_network(small(), tmp_path / path)
    with pytest.raises(nf.FileError, match="folder .*missing' does not exist"):
        nf.save_network(small(), tmp_path / "missing" / "n.json")
    with pytest.raises(nf.FileError, match="cannot be read: No such file"):
        nf.load_network(tmp_path / "n.json")
    with pytest.raises(nf.SpecError, match="takes a Network"):
        nf.save_network(small()["E"], tmp_path / "n.json")


def beside(folder):
    (path,) = folder.glob("*.npz")
    return path


def test_arrays_of_another_network_are_refused_though_they_are_whole(tmp_path):
    nf.save_network(small(), tmp_path / "n.json")
    other = small().with_parameters({"rec.weights": np.full((2, 2), 2.0)})
    (tmp_path / "other").mkdir()
    nf.save_network(other, tmp_path / "other" / "n.json")
    beside(tmp_path).write_bytes(beside(tmp_path / "other").read_bytes())
    with pytest.raises(nf.FileError, match=r"not those saved with n\.json: their SHA-256 differs"):
        nf.load_network(tmp_path / "n.json")


def test_arrays_that_fit_no_network_are_refused_though_their_hash_is_right(tmp_path):
    nf.save_network(small(), tmp_path / "n.json")
    path, text = beside(tmp_path), (tmp_path / "n.json").read_text()
    for arrays in ({"other": np.ones((2, 2))}, {"rec.weights": np.ones((2, 3))}, {"rec.weights": np.array([["a"]])}):
        path.unlink(missing_ok=True)
        digest = digest_of(arrays)
        path = tmp_path / f"n-{digest[:12]}.npz"
        (tmp_path / "n.json").write_text(text.replace(json.loads(text)["netframe"]["arrays"], digest))
        for content in (zipped(arrays), b"", b"PK"):
            path.write_bytes(content)
            with pytest.raises(NetframeError):
                nf.load_network(tmp_path / "n.json")


def zipped(arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def test_flipped_bits_in_arrays_are_found(tmp_path):
    nf.save_network(small(), tmp_path / "n.json")
    path = beside(tmp_path)
    good = path.read_bytes()
    for k in range(0, len(good), 5):
        content = bytearray(good)
        content[k] ^= 1 << (k % 8)
        path.write_bytes(content)
        with contextlib.suppress(nf.FileError):  # what ZIP does not use may change
            assert_same(nf.load_network(tmp_path / "n.json"), small())


@settings(max_examples=150)
@given(st.data(), st.sampled_from([".toml", ".json"]))
def test_mutated_texts_never_raise_anything_else(tmp_path_factory, data, ending):
    path = tmp_path_factory.mktemp("mutated") / f"n{ending}"
    nf.save_network(small(), path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    path.write_bytes(bytes(content))
    with contextlib.suppress(NetframeError):
        assert isinstance(nf.load_network(path), nf.Network)


def test_loading_executes_nothing_of_the_file(tmp_path):
    code = """if True:
        import sys, netframe as nf
        nf.load_network(sys.argv[1])  # everything of ours is loaded
        seen = []
        watched = ("import", "exec", "compile", "os.system", "subprocess.Popen", "socket.connect", "pickle.find_class")
        sys.addaudithook(lambda event, args: seen.append((event, args[:1])) if event in watched + ("open",) else None)
        nf.load_network(sys.argv[1])
        opened = {str(args[0]) for event, args in seen if event == "open"}
        assert len(opened) == 2 and all(path.startswith(sys.argv[2]) for path in opened), opened
        others = {event for event, args in seen} - {"open", "compile"}  # a header of an array is parsed, not run
        assert not others, seen
        """
    nf.save_network(small(), tmp_path / "n.json")
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "n.json"), str(tmp_path)], check=True)


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_killed_or_full_at_any_moment_the_old_network_or_the_new_one_is_there(failing, tmp_path, monkeypatch):
    path, other = tmp_path / "n.json", small().with_parameters({"rec.weights": np.full((2, 2), 2.0)})
    nf.save_network(small(), path)
    calls, replace = [], os.replace

    def full(source, target):
        calls.append(target)
        if len(calls) > failing:
            raise OSError(28, os.strerror(28))
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    if failing < 2:
        with pytest.raises(nf.FileError, match="the disk is full"):
            nf.save_network(other, path)
    else:
        nf.save_network(other, path)
    monkeypatch.undo()
    assert_same(nf.load_network(path), other if failing == 2 else small())
    assert not [*tmp_path.glob(".*")]


# What differs.


def test_equal_networks_do_not_differ():
    found = nf.diff(small(), small())
    assert not found
    assert len(found) == 0
    assert repr(found) == "no differences"
    assert isinstance(found, differences.Differences)


@settings(max_examples=20)
@given(blueprints())
def test_a_copy_does_not_differ_and_a_change_does(blueprint):
    network = blueprint.network()
    assert not nf.diff(network, network.copy("again"))
    other = network.with_parameters({"P0.tau": 0.3})
    (row,) = nf.diff(network, other)
    assert (row.path, row.what, row.second) == ("P0.tau", "parameter", 0.3)


def test_differences_say_where_how_many_and_how_large():
    e, i = nf.LeakyRate("E", size=3), nf.LeakyRate("I", size=2)
    f = nf.ConstantInput("F", rates=[1.0, 2.0])
    w = np.arange(6.0).reshape(3, 2)
    syn = nf.InstantSynapse(f, e, weights=w, g=1.0, name="in")
    rec = nf.CurrentSynapse(e, e, weights=sparse.csr_array(np.eye(3)), g=1.0, name="rec")
    a = nf.Network("a", [f, e, i, syn, rec])
    v = w.copy()
    v[0, 1], v[2, 0] = -1.0, 10.0
    g = nf.SampledInput("I", times=[0.0, 1.0], rates=np.ones((2, 2)))
    e2 = nf.LeakyRate("E", size=3, tau=[0.05, 0.05, 0.1], activation=nf.Tanh())
    moved = nf.InstantSynapse(g, e2, weights=v, g=1.0, name="in")
    rec2 = nf.CurrentSynapse(
        e2, e2, weights=sparse.csr_array(np.diag([1.0, 5.0, 1.0])), g=1.0, name="rec", resolution="synapse"
    )
    b = nf.Network("b", [f, g, e2, moved, rec2, nf.LeakyRate("new", size=1)])
    found = nf.diff(a, b)
    by_path = {row.path: row for row in found}
    assert {*by_path} == {
        "I", "new", "order of components", "E.tau", "E.activation", "in.pre", "in.weights", "rec.weights", "rec.resolution",
    }  # fmt: skip
    assert (by_path["I"].first, by_path["I"].second) == ("LeakyRate", "SampledInput")
    assert (by_path["new"].first, by_path["new"].second) == ("not there", "LeakyRate")
    assert (by_path["in.pre"].first, by_path["in.pre"].second, by_path["in.pre"].what) == ("F", "I", "structure")
    assert (by_path["in.weights"].entries, by_path["in.weights"].largest) == (2, 6.0)
    assert (by_path["rec.weights"].what, by_path["rec.weights"].entries, by_path["rec.weights"].largest) == (
        "weights",
        1,
        4.0,
    )
    assert found["rec.weights"] is by_path["rec.weights"]
    assert by_path["E.tau"].entries is None
    text = repr(found)
    assert "2 of 6" in text
    assert "largest difference" in text
    assert "<script" not in found._repr_html_()


def test_blocks_differ_by_the_paths_that_with_parameters_takes():
    f, e = nf.ConstantInput("F", rates=[1.0, 2.0]), nf.LeakyRate("E", size=2)
    w = nf.Block([[np.ones((1, 1)), None], [None, nf.LowRank([[1.0]], [[2.0]])]])
    a = nf.Network("a", [f, e, nf.InstantSynapse(f, e, weights=w, g=1.0, name="in")])
    b = a.with_parameters({"in.weights.block_1_1.u": [[4.0]]})
    (row,) = nf.diff(a, b)
    assert (row.path, row.what, row.largest) == ("in.weights.block_1_1.u", "weights", 3.0)
    more = nf.Block([[np.ones((1, 1)), 2.0], [None, nf.LowRank([[1.0]], [[2.0]])]])
    (row,) = nf.diff(a, a.with_parameters({"in.weights": more}))
    assert (row.path, row.first) == ("in.weights.block_0_1", "not there")


def test_only_networks_are_compared():
    with pytest.raises(nf.ParameterError, match="diff: network is LeakyRate 'E'; it must be a Network"):
        nf.diff(small(), small()["E"])


# What people write by hand, and what they are told.

HAND = """netframe = {spec = 1}
type = "Network"
name = "hand"

[[components]]
type = "ConstantInput"
name = "FFE"
rates = [10.0, 20.0]

[[components]]
type = "LeakyRate"
name = "E"
size = 2
tau = 0.05

[[components]]
type = "ReversalSynapse"
pre = {ref = "FFE"}
post = {ref = "E"}
g = 2e-5
weights = [[1.0, 2.0], [3.0, 4.0]]
"""


def loaded_by_hand(tmp_path, *changes):
    text = HAND
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "hand.toml").write_text(text)
    return nf.load_network(tmp_path / "hand.toml")


WEIGHTS = "weights = [[1.0, 2.0], [3.0, 4.0]]"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('pre = {ref = "FFE"}', 'pre = "FFE"', ["ReversalSynapse", "pre is 'FFE'", 'pre = {ref = "FFE"}']),
        ('post = {ref = "E"}', 'post = "EE"', ["post is 'EE'", "mean 'E'", '{"ref": "EE"}']),
        ("tau = 0.05", 'activation = "ClippedLinear"', ["'E'", 'activation = {type = "ClippedLinear"}']),
        ("tau = 0.05", 'activation = "Sigmod"', ["Write an object", "mean 'Sigmoid'"]),
        ("tau = 0.05", "tau = true", ["LeakyRate 'E'", "tau is True", "number"]),
        (
            WEIGHTS,
            "weights = {synapses = [[1, 1, 0.5], [0, 1, 2], [1, 1, 0.25]], shape = [2, 2]}",
            ["synapses[2] is [1, 1, 0.25]", "synapses[0] is [1, 1, 0.5]", "twice"],
        ),
        (
            WEIGHTS,
            "weights = {synapses = [[0, 1, 2], [2, 1, 0.25]], shape = [2, 2]}",
            ["synapses[1] is [2, 1, 0.25]", "outside of the shape (2, 2)", "counted from 0"],
        ),
        (
            WEIGHTS,
            "weights = {synapses = [[0, 1, 2], [true, 1, 0.25], [0, 1]], shape = [2, 2]}",
            ["synapses[1] is [True, 1, 0.25]", "synapses[2] is [0, 1]", "[post, pre, weight]"],
        ),
        (WEIGHTS, "weights = [[1.0, 2.0], [3.0]]", ["row 1", "has 1 numbers where row 0 has 2"]),
        (WEIGHTS, 'weights = [[1.0, 2.0], [3.0, "4"]]', ["row 1", "'4'"]),
        (WEIGHTS, "weights = [[1.0, 2.0], 3.0]", ["row 1", "is 3.0"]),
        ("tau = 0.05", 'tau = [0.1, "x"]', ["there is 'x'"]),
        ("tau = 0.05", "tau = .05", ["line 14", "tau = .05", "write 0.05 for .05"]),
        ("tau = 0.05", "tau = 5.", ["line 14", "write 5.0 for 5."]),
        ("tau = 0.05", "tau = True", ["tau = True", "true or false"]),
        ('name = "E"', "name = E", ["name = E", "quotation marks"]),
        (
            "tau = 0.05",
            'activation = {type = "ClippedLinear", threshold = -20.0, ceiling = -30.0}',
            ["ClippedLinear 'E.activation': ceiling (-30.0 mV) must be above threshold (-20.0 mV)"],
        ),
        (
            'type = "LeakyRate"',
            "r_in = 100.0",
            ["'E': it has 'name', 'r_in', 'size', 'tau' and no type", 'Write its type, such as type = "LeakyRate"'],
        ),
        ('type = "LeakyRate"', 'typ = "LeakyRate"', ["'typ'", "Did you mean 'type'"]),
        ('type = "ReversalSynapse"', "", ['such as type = "InstantSynapse"']),
        ('"LeakyRate"', '"OwnCell"', ["'OwnCell'", "import the module that defines it"]),
    ],
)
def test_what_is_written_by_hand_is_answered_in_the_words_of_the_file(old, new, told, tmp_path):
    with pytest.raises(nf.NetframeError) as caught:
        loaded_by_hand(tmp_path, (old, new))
    message = str(caught.value)
    assert [word for word in [*told, "hand.toml"] if word not in message] == [], message
    assert "network['FFE']" not in message
    assert "more" not in message


def test_a_warning_about_a_unit_names_the_file(tmp_path):
    with pytest.warns(nf.UnitWarning, match=r"hand\.toml: LeakyRate 'E': tau is 50 s") as caught:
        loaded_by_hand(tmp_path, ("tau = 0.05", "tau = 50.0"))
    assert caught[0].filename == __file__
    with pytest.warns(nf.UnitWarning, match="^LeakyRate 'E': tau is 50 s"):
        nf.LeakyRate("E", size=1, tau=50.0)


def test_every_name_that_is_misspelt_is_told_at_once(tmp_path):
    wrong = [
        ("tau =", "tua ="),
        ("size = 2", "siz = 2"),
        ("g = 2e-5", "gg = 2e-5"),
        ('"ConstantInput"', '"ConstantInputs"'),
    ]
    with pytest.raises(nf.UnknownNameError) as caught:
        loaded_by_hand(tmp_path, *wrong)
    for told in ("4 problems", "'tua'", "'siz'", "mean 'size'", "'gg'", "'ConstantInputs'", "hand.toml"):
        assert told in str(caught.value)


def test_a_name_may_be_that_of_a_type(tmp_path):
    assert "LeakyRate" in loaded_by_hand(tmp_path, ('name = "E"', 'name = "LeakyRate"'), ('"E"}', '"LeakyRate"}'))
