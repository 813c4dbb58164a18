"""Networks read from nested dictionaries: the notebook's numbers, networks built by hand, and every mistake at once."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.linalg import expm

import netframe as nf

#: di/dt at the start as the notebook printed it (nA/s, rows 0 to 4), and the voltages after 1 s by a matrix exponential.
SLOPE = np.array(
    [
        "1.00509597 0.211945488 2.28491697 0.485396427 0.415802296 1.492503 1.81480692 0.231960313 1.09737101 1.71037432",
        "0.0736303539 0.479977621 2.40233976 0.0236562989 0.470348229 1.11773639 0.177122033 0.923597917 0.00180158094 1.44739174",
        "0.0627479475 0.234202578 0.621899085 0.531029246 0.0907075444 0.0894775372 1.89774499 0.111477821 0.549588265 1.80124293",
        "0.945215946 2.24776744 1.18917109 0.0339513703 0.450173906 0.500670832 0.880598916 1.02198001 0.716947948 1.95659481",
        "0.2122822 0.26849409 2.83863236 0.027631691 0.0988116328 0.572284183 1.33706851 1.02813305 1.66379486 1.88313309",
    ]
)
SLOPE = np.array([row.split() for row in SLOPE], dtype=float)
PRINTED_RIGHT = [-60.6810, -63.5393, -64.4821, -61.2936, -61.3034]


def notebook():
    """The dictionaries of the notebook, for its first five cells; ``w_ij a_j`` is known, so all rates are 1 Hz."""
    sizes = {"E": 5, "FFE": 10}
    weights, synapse_tau, g = defaultdict(dict), defaultdict(dict), defaultdict(dict)
    weights["E"]["FFE"] = SLOPE * 0.01 / (2e-5 * 70.0)
    synapse_tau["E"]["FFE"] = 0.01
    g["E"]["FFE"] = 0.001 / 50.0
    inputs = defaultdict(list)
    inputs["FFE"].append(np.ones(10))
    inputs["FFE"].append(np.full(10, 0.5))
    return {
        "weights": weights,
        "sizes": sizes,
        "inputs": inputs,
        "g": g,
        "synapse_tau": synapse_tau,
        "tau": {"E": 0.05},
        "v_rest": {"E": -70.0},
        "r_in": {"E": 100.0},
        "peak": {"E": 50.0, "FFE": 50.0},
        "v_reverse": {"FFE": 0.0},
    }


def test_the_numbers_of_the_notebook_from_its_dictionaries():
    net = nf.from_dicts(**notebook(), resolution="synapse")
    slope = net.registry.unpack(net.rhs(0.0, net.initial_state()))["FFE_to_E"].i
    np.testing.assert_allclose(slope[0], SLOPE, rtol=1e-14)
    tight = nf.ScipyIntegrator("DOP853", rtol=1e-10, atol=1e-12)
    v = nf.simulate(nf.from_dicts(**notebook()), 1.0, integrator=tight)["E.v"][-1]
    assert v.shape == (2, 5)
    np.testing.assert_allclose(v[0], PRINTED_RIGHT, atol=6e-5)
    for pattern, scale in enumerate((1.0, 0.5)):
        for cell in range(5):
            k = 2e-5 * notebook()["weights"]["E"]["FFE"][cell].sum() * scale
            matrix = np.array([[-20.0, 2000.0, -1400.0], [-100.0 * k, -100.0, 0.0], [0.0, 0.0, 0.0]])
            assert abs(v[pattern, cell] - (expm(matrix) @ [-70.0, 0.0, 1.0])[0]) < 1e-6


@st.composite
def drawn(draw):
    """Dictionaries with populations P0.. and inputs C0.., of unequal sizes, some wires missing, numbers or arrays."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sizes = draw(st.lists(st.integers(1, 7), min_size=2, max_size=5, unique=True))
    n_inputs = draw(st.integers(0, 2))
    populations = {f"P{k}": size for k, size in enumerate(sizes[: len(sizes) - min(n_inputs, len(sizes) - 1)])}
    sources = {f"C{k}": size for k, size in enumerate(sizes[len(populations) :])}
    everything = populations | sources
    wires = [(post, pre) for post in populations for pre in everything if pre in sources or draw(st.booleans())]

    def number(low, high, size):
        kind = draw(st.sampled_from(["number", "array"]))
        return float(rng.uniform(low, high)) if kind == "number" else rng.uniform(low, high, size)

    def nested(low, high):
        found = {post: {} for post in populations}
        for post, pre in wires:
            found[post][pre] = number(low, high, populations[post])
        return found

    weights = {post: {} for post in populations}
    for post, pre in wires:
        matrix = rng.uniform(0.0, 1.0, (everything[post], everything[pre])) * (rng.random() < 0.8)
        weights[post][pre] = sparse.csr_array(matrix) if draw(st.booleans()) else matrix
    lead = draw(st.sampled_from([(), (1,), (3,)]))
    return {
        "weights": weights,
        "sizes": everything,
        "inputs": {name: rng.uniform(0.0, 40.0, (*lead, size)) for name, size in sources.items()},
        "g": nested(1e-5, 1e-3),
        "synapse_tau": nested(0.005, 0.05),
        "e_rev": nested(-80.0, 0.0),
        "tau": {name: number(0.01, 0.1, size) for name, size in populations.items()},
        "v_rest": {name: number(-80.0, -60.0, size) for name, size in populations.items()},
        "r_in": {name: number(50.0, 200.0, size) for name, size in populations.items()},
        "threshold": {name: number(-60.0, -50.0, size) for name, size in populations.items()},
        "ceiling": {name: number(-40.0, -30.0, size) for name, size in populations.items()},
        "peak": {name: number(10.0, 60.0, size) for name, size in populations.items()},
    }


def by_hand(d, resolution):
    nodes = {name: nf.ConstantInput(name, rates=rates) for name, rates in d["inputs"].items()}
    for name in d["weights"]:
        relu = nf.ClippedLinear(threshold=d["threshold"][name], ceiling=d["ceiling"][name], peak=d["peak"][name])
        of_cell = {key: d[key][name] for key in ("tau", "v_rest", "r_in")}
        nodes[name] = nf.LeakyRate(name, size=d["sizes"][name], activation=relu, **of_cell)
    wires = [
        nf.ReversalSynapse(
            nodes[pre], nodes[post], weights=w, tau=d["synapse_tau"][post][pre], g=d["g"][post][pre],
            e_rev=d["e_rev"][post][pre], resolution=resolution,
        )
        for post, row in d["weights"].items() for pre, w in row.items()
    ]  # fmt: skip
    return nf.Network("network", [*nodes.values(), *wires])


@settings(deadline=None, max_examples=60)
@given(drawn(), st.sampled_from(["lumped", "synapse"]))
def test_networks_from_dictionaries_are_those_built_by_hand(d, resolution):
    made, mine = nf.from_dicts(**d, resolution=resolution), by_hand(d, resolution)
    assert list(made) == list(mine)
    assert [(s.path, s.start, s.stop) for s in made.registry] == [(s.path, s.start, s.stop) for s in mine.registry]
    start = mine.initial_state()
    y = start + np.random.default_rng(0).normal(size=start.shape)
    assert np.array_equal(made.rhs(0.0, y), mine.rhs(0.0, y))


@settings(deadline=None, max_examples=60)
@given(drawn(), st.data())
def test_whatever_is_left_out_is_named(d, data):
    """One entry dropped from up to three dictionaries: each is told, by its path."""
    told = []
    for option in data.draw(
        st.lists(st.sampled_from(["tau", "v_rest", "peak", "g", "e_rev"]), unique=True, max_size=3)
    ):
        nested = option in ("g", "e_rev")
        posts = [post for post in d["weights"] if d["weights"][post] or not nested]
        if not posts:
            continue
        post = data.draw(st.sampled_from(posts))
        if nested:
            pre = data.draw(st.sampled_from(list(d["weights"][post])))
            if sum(map(len, d[option].values())) > 1:
                del d[option][post][pre]
                told.append(f"{option}['{post}']['{pre}'] is missing")
        else:
            del d[option][post]
            told.append(f"{option}['{post}'] is missing")
    if not told:
        nf.from_dicts(**d)
        return
    with pytest.raises(nf.ParameterError) as caught:
        nf.from_dicts(**d)
    for phrase in told:
        assert phrase in str(caught.value)
    assert str(caught.value).count("\n  - ") == (len(told) if len(told) > 1 else 0)


W = np.full((2, 3), 0.5)
GOOD = {"weights": {"E": {"FFE": W}}, "g": {"E": {"FFE": 2e-5}}, "inputs": {"FFE": np.ones(3)}}
MISTAKES = [
    ({"g": None}, ["g is missing"]),
    ({"weights": {"E": {"FFE": W.T}}}, ["weights['E']['FFE'] has shape (3, 2)", "(post, pre) = (3, 3)", "inputs['FFE']"]),
    ({"weights": {"E": {"FFE": W.T}}, "sizes": {"E": 2}}, ["by sizes['E']", "Did you pass the transpose?"]),
    ({"weights": {"E": {"FFE": W[0]}}}, ["weights['E']['FFE'] is of shape (3,)", "(post, pre)"]),
    ({"weights": {"E": {"FFE": "w.npy"}}}, ["weights['E']['FFE'] is 'w.npy'"]),
    ({"weights": {"E": W}}, ["weights['E'] is ", "must be a dictionary"]),
    ({"weights": [W]}, ["weights is [array", "must be a dictionary"]),
    ({"weights": {}}, ["weights has no population"]),
    ({"weights": {"E": {"FFE": W}, 1: {}}}, ["weights has the key 1"]),
    ({"weights": {"E": {"FFE": W}, "I": {}}}, ["the size of 'I' is not known; give sizes['I']"]),
    ({"weights": {"E": {"FFE": W, "I": W}}}, ["weights['E']['I'] comes from 'I'", "g['E']['I'] is missing"]),
    ({"weights": {"E": {"FFE": W * np.nan}}}, ["ReversalSynapse 'FFE_to_E'", "finite"]),
    ({"weights": {"E 1": {"FFE": W}}, "g": 2e-5}, ["'E 1'", "identifier"]),
    ({"inputs": {"FFE": np.ones(3), "E": np.ones(2)}}, ["'E' is both a population"]),
    ({"inputs": {"FFE": [np.ones(3), np.ones(2)]}}, ["inputs['FFE'] has patterns of [2, 3] channels"]),
    ({"inputs": {"FFE": []}}, ["inputs['FFE'] has shape (0,)"]),
    ({"inputs": {"FFE": 3.0}}, ["inputs['FFE'] has shape ()"]),
    ({"inputs": {"FFE": -np.ones(3)}}, ["ConstantInput 'FFE'", "zero or more"]),
    ({"inputs": {"FFE": nf.ConstantInput("X", rates=np.ones(3))}}, ["inputs['FFE'] is ConstantInput 'X'"]),
    ({"inputs": {"FFE": np.ones(3), "X": np.ones(3)}}, ["inputs['X'] is used by no weights"]),
    ({"sizes": {"FFE": 4}}, ["sizes['FFE'] is 4", "inputs['FFE'] has 3"]),
    ({"sizes": {"e": 2}}, ["sizes['e']: there is no", "Did you mean 'E'?"]),
    ({"sizes": {"E": 2.5}}, ["sizes['E'] is 2.5"]),
    ({"g": {"E": {"ffe": 2e-5}}}, ["g['E']['FFE'] is missing", "Did you mean 'ffe'?", "g['E']['ffe'] has no weights"]),
    ({"g": {"e": {"FFE": 2e-5}}}, ["g['E']['FFE'] is missing", "Did you mean 'e'?", "Did you mean 'E'?"]),
    ({"g": {"E": {"FFE": np.full((2, 3), 2e-5)}}}, ["g['E']['FFE'] has shape (2, 3)", "belong in the weights"]),
    ({"g": {"E": {"FFE": "strong"}}}, ["g['E']['FFE'] is 'strong'"]),
    ({"g": np.full(2, 2e-5)}, ["g is array", "a number for all or a dictionary"]),
    ({"g": {"E": {"FFE": None}}}, ["g['E']['FFE'] is None; it must be a number, or 2 of them"]),
    ({"tau": {"E": None}}, ["tau['E'] is None"]),
    ({"e_rev": {"ffe": 0.0}}, ["e_rev['FFE'] is missing", "e_rev['ffe'] belongs to no weights"]),
    ({"e_rev": {"FFE": 0.0, "E": {"FFE": 0.0}}}, ["e_rev['FFE'] is 0.0 where others are dictionaries"]),
    ({"e_rev": 0.0, "v_reverse": 0.0}, ["two names of one thing"]),
    ({"synapse_tau": {"E": {"FFE": -0.01}}}, ["ReversalSynapse 'FFE_to_E'", "tau [s] is -0.01"]),
    ({"tau": {"e": 0.05}}, ["tau['E'] is missing. Did you mean 'e'?", "tau['e']: there is no population 'e'"]),
    ({"tau": {"E": np.ones(3)}}, ["tau['E'] has shape (3,)", "(2,)"]),
    ({"tau": {"E": 0.0}}, ["LeakyRate 'E'", "tau"]),
    ({"threshold": -20.0}, ["ClippedLinear", "must be above threshold"]),
    ({"activation": "relu"}, ["activation is 'relu'", "an Activation"]),
    ({"activation": {"E": "relu"}}, ["LeakyRate 'E'", "must be an Activation"]),
    ({"activation": nf.Softplus(), "peak": 50.0}, ["activation and peak are both given"]),
    ({"num_cells": {"E": 2}}, ["no option 'num_cells'. Write sizes="]),
    ({"thresold": -50.0}, ["no option 'thresold'. Did you mean 'threshold'?"]),
    ({"resolution": "lump"}, ["resolution is 'lump'"]),
    ({"name": "my network"}, ["'my network'", "identifier"]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "phrases"), MISTAKES, ids=lambda x: next(iter(x)) if isinstance(x, dict) else "")
def test_every_mistake_is_named(change, phrases):
    assert nf.from_dicts(**GOOD).registry.size == 4
    with pytest.raises(nf.ParameterError) as caught:
        nf.from_dicts(**{**GOOD, **change})
    for phrase in phrases:
        assert phrase in str(caught.value)


def test_everything_wrong_is_told_at_once():
    wrong = GOOD | {"tau": {}, "v_rest": {"E": np.ones(5)}, "g": {}, "sizes": {"FFE": 1}, "banana": 1}
    with pytest.raises(nf.ParameterError) as caught:
        nf.from_dicts(**wrong)
    for phrase in ("5 problems", "tau['E']", "v_rest['E']", "g['FFE']", "sizes['FFE']", "'banana'"):
        assert phrase in str(caught.value)


def test_two_inputs_with_different_numbers_of_patterns():
    weights, inputs = {"E": {"A": W, "B": W}}, {"A": np.ones((4, 3)), "B": np.ones((5, 3))}
    with pytest.raises(nf.ParameterError, match=r"'B\.rates' do not go with \(4,\) of 'A\.rates'"):
        nf.from_dicts(weights, g=2e-5, inputs=inputs)


def test_defaults_numbers_for_all_and_objects():
    step = nf.StepInput("FFE", size=3, amplitude=10.0, onset=0.1, offset=0.2)
    net = nf.from_dicts(
        {"E": {"FFE": W.tolist()}, "I": {}},
        g=2e-5,
        inputs={"FFE": step},
        sizes={"I": 4},
        activation={"E": nf.Softplus(), "I": nf.Identity()},
    )
    assert net["FFE"] is step
    assert net["I"].size == 4
    assert net["E"].tau == nf.LeakyRate("E", size=2).tau
    assert isinstance(net["I"].activation, nf.Identity)
    assert net["FFE_to_E"].g == 2e-5
    assert list(nf.from_dicts({"E": {}}, g=1e-5, sizes={"E": 1}, peak=10.0)) == ["E"]


def test_a_defaultdict_is_neither_needed_nor_changed():
    d = notebook()
    before = {key: dict(value) for key, value in d.items()}
    d["g"]["I"]  # what a slip of the keyboard leaves behind
    nf.from_dicts(**d)
    assert {key: {k for k in value if k != "I"} for key, value in d.items()} == {k: set(v) for k, v in before.items()}


def test_what_is_wrong_for_every_population_is_told_once():
    weights = {"E": {"X": np.ones((2, 3))}, "I": {"X": np.ones((2, 3))}}
    with pytest.raises(nf.ParameterError) as caught:
        nf.from_dicts(weights, g=1.0, inputs={"X": [1.0, 2.0, 3.0]}, ceiling=-80.0)
    assert str(caught.value).count("ceiling (-80.0 mV) must be above threshold") == 1


def test_an_input_that_sends_and_receives_is_told_as_it_was():
    weights = {"E": {"X": np.ones((2, 3))}, "X": {"E": np.ones((3, 2))}}
    with pytest.raises(nf.ParameterError, match="both a population, by weights, and an input"):
        nf.from_dicts(weights, g=1.0, inputs={"X": [1.0, 2.0, 3.0]})
