"""Networks: what a right-hand side must do whatever the network."""

import pickle

import numpy as np
import pytest
from components import AdaptingRate, DepressingSynapse, GapJunction
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from strategies import SYNAPSES, agree, blueprints, states

import netframe as nf


def by_hand(patterns, w, v, i, *, tau=0.05, v_rest=-70.0, r_in=100.0, tau_s=0.01, g=2e-5, e_rev=0.0):
    """The notebook's equations, cell by cell and synapse by synapse, on plain floats."""
    n_post, n_pre = w.shape
    dv, di = np.zeros(n_post), np.zeros((n_post, n_pre))
    for post in range(n_post):
        total = 0.0
        for pre in range(n_pre):
            di[post, pre] = (-i[post, pre] + w[post, pre] * g * patterns[pre] * (e_rev - v[post])) / tau_s
            total += i[post, pre]
        dv[post] = (-(v[post] - v_rest) + r_in * total) / tau
    return dv, di


@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 1000))
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_rhs_equals_the_equations_by_hand(kind, n_post, n_pre, seed):
    rng = np.random.default_rng(seed)
    w, rates = rng.uniform(0.1, 1.0, (n_post, n_pre)), rng.uniform(0.0, 50.0, n_pre)
    v, i = rng.uniform(-80.0, -20.0, n_post), rng.standard_normal((n_post, n_pre))
    ffe, e = nf.ConstantInput("FFE", rates=rates), nf.LeakyRate("E", size=n_post)
    dv, di = by_hand(rates, w, v, i)
    net = nf.Network("n", [ffe, e, nf.ReversalSynapse(ffe, e, weights=kind(w), g=2e-5, resolution="synapse")])
    assert agree(net.rhs(0.0, np.concatenate([v, i.ravel()])), np.concatenate([dv, di.ravel()]))
    net = nf.Network("n", [ffe, e, nf.ReversalSynapse(ffe, e, weights=kind(w), g=2e-5)])
    assert agree(net.rhs(0.0, np.concatenate([v, i.sum(1)])), np.concatenate([dv, di.sum(1)]))


@given(blueprints(), st.lists(st.integers(1, 3), min_size=1, max_size=2))
@settings(max_examples=60)
def test_a_batch_of_states_equals_a_loop(blueprint, lead):
    network = blueprint.network()
    y = states(network, lead=tuple(lead))
    loop = np.array([network.rhs(0.15, member) for member in y.reshape(-1, y.shape[-1])]).reshape(y.shape)
    assert agree(network.rhs(0.15, y), loop, 1e-12)


@given(blueprints(), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_the_order_of_components_permutes_the_state_only(blueprint, random):
    parts = [*blueprint.nodes, *blueprint.projections()]
    shuffled = random.sample(parts, len(parts))
    first, second = nf.Network("a", parts), nf.Network("b", shuffled)
    y = states(first)
    values = first.registry.unpack(y)
    permuted = second.registry.pack(values, ())
    a, b = first.registry.unpack(first.rhs(0.15, y)), second.registry.unpack(second.rhs(0.15, permuted))
    for slot in first.registry:
        assert agree(a[slot.component][slot.state], b[slot.component][slot.state], 1e-12)


@given(blueprints(), st.data())
@settings(max_examples=60)
def test_nested_equals_flat(blueprint, data):
    inside = [k for k in range(len(blueprint.nodes)) if data.draw(st.booleans())]
    wires = blueprint.projections()
    inner = [w for w, wire in zip(wires, blueprint.wires) if wire.pre in inside and wire.post in inside]
    part = nf.Network("part", [*(blueprint.nodes[k] for k in inside), *inner])
    outside = [node for k, node in enumerate(blueprint.nodes) if k not in inside]
    nested = nf.Network("nested", [part, *outside, *(w for w in wires if w not in inner)])
    flat = nf.Network("flat", [*blueprint.nodes, *wires])
    y = states(flat)
    names = {path.removeprefix("part."): path for path in nested.paths}
    parts = {names[path]: values for path, values in flat.registry.unpack(y).items()}
    slope = nested.registry.unpack(nested.rhs(0.15, nested.registry.pack(parts, ())))
    expected = flat.registry.unpack(flat.rhs(0.15, y))
    for slot in flat.registry:
        assert agree(slope[names[slot.component]][slot.state], expected[slot.component][slot.state], 1e-12)


@given(blueprints(kinds=(nf.ReversalSynapse, nf.CurrentSynapse, nf.InstantSynapse, DepressingSynapse)))
@settings(max_examples=60)
def test_projections_of_weight_zero_equal_none(blueprint):
    with_zero = blueprint.network(scale=0.0)
    without = nf.Network("none", blueprint.nodes)
    y = with_zero.initial_state()
    values = with_zero.registry.unpack(y)
    alone = without.registry.pack({path: values[path] for path in without.stateful}, ())
    a, b = with_zero.registry.unpack(with_zero.rhs(0.15, y)), without.registry.unpack(without.rhs(0.15, alone))
    for slot in without.registry:
        assert np.array_equal(a[slot.component][slot.state], b[slot.component][slot.state])


# A gap junction's leak g v is there for a synapse of weight zero too, so absent and zero differ for it by intent.
@given(blueprints(kinds=tuple(kind for kind in SYNAPSES if kind is not GapJunction)))
@settings(max_examples=60)
def test_dense_equals_sparse(blueprint):
    dense, kept = blueprint.network(dense=True), blueprint.network(dense=False)
    y = states(dense)
    parts, present = {}, {}
    for path, values in dense.registry.unpack(y).items():
        parts[path] = dict(values.__dict__)
        component = dense[path]
        for name, value in parts[path].items():
            if isinstance(component, nf.Projection) and value.shape != kept.registry.slot(f"{path}.{name}").shape:
                present[f"{path}.{name}"] = np.nonzero(np.asarray(component.weights))
                parts[path][name] = value[present[f"{path}.{name}"]]
    # entries without a synapse carry a current in the dense network only
    for slot in dense.registry:
        if slot.path in present:
            mask = np.zeros(slot.shape, dtype=bool)
            mask[present[slot.path]] = True
            y[slot.slice] *= mask.ravel()
    a = dense.registry.unpack(dense.rhs(0.15, y))
    b = kept.registry.unpack(kept.rhs(0.15, kept.registry.pack(parts, ())))
    for slot in dense.registry:
        value = a[slot.component][slot.state]
        value = value[present[slot.path]] if slot.path in present else value
        assert agree(b[slot.component][slot.state], value)


@given(blueprints(kinds=(nf.ReversalSynapse, nf.CurrentSynapse, nf.InstantSynapse, DepressingSynapse)))
@settings(max_examples=60)
def test_lumping_promise(blueprint):
    full, lumped = blueprint.network(resolution="synapse"), blueprint.network(resolution="lumped")
    y = states(full)

    def summed(vector):
        parts = {}
        for path, values in full.registry.unpack(vector).items():
            parts[path] = dict(values.__dict__)
            for name, value in parts[path].items():
                if isinstance(full[path], nf.Projection) and name == "i" and full[path].resolution == "synapse":
                    matrix = value
                    if value.ndim == 1:
                        weights = full[path].weights
                        matrix = sparse.csr_array(
                            (value, weights.indices, weights.indptr), shape=weights.shape
                        ).toarray()
                    parts[path][name] = matrix.sum(-1)
        return lumped.registry.pack(parts, ())

    assert agree(summed(full.rhs(0.15, y)), lumped.rhs(0.15, summed(y)))


@given(blueprints())
@settings(max_examples=60)
def test_purity(blueprint):
    network = blueprint.network()
    y = states(network)
    y.flags.writeable = False
    before = y.tobytes()
    first = network.rhs(0.15, y)
    first_bytes = first.tobytes()
    network.rhs(0.3, states(network, seed=1))
    assert network.rhs(0.15, y).tobytes() == first_bytes
    assert first.tobytes() == first_bytes
    assert y.tobytes() == before


@given(blueprints())
@settings(max_examples=30)
def test_a_segment_gives_the_right_hand_side_of_its_inside(blueprint):
    network = blueprint.network()
    y = states(network)
    for t0, t1 in ((0.0, 0.1), (0.1, 0.2), (0.2, 0.5)):
        segment = network.segment(t0, t1)
        for t in (t0, 0.5 * (t0 + t1)):
            assert agree(segment(t, y), network.rhs(t, y), 1e-12)
        assert agree(segment(t1, y), network.rhs(np.nextafter(t1, t0), y), 1e-12)


def test_accumulation_of_two_projections_onto_one_target():
    e, f = nf.LeakyRate("E", size=3), nf.ConstantInput("F", rates=[2.0, 4.0])
    one = nf.InstantSynapse(f, e, weights=np.ones((3, 2)), g=1e-3, name="one")
    two = nf.InstantSynapse(f, e, weights=np.ones((3, 2)), g=2e-3, name="two")
    net = nf.Network("n", [e, f, one, two])
    assert net.rhs(0.0, net.initial_state()) == pytest.approx(100.0 * 6.0 * 3e-3 / 0.05)
    assert net.quantity(0.0, net.initial_state(), "E.current") == pytest.approx(6.0 * 3e-3)


def test_batched_parameters_weights_and_patterns_are_one_network():
    rng = np.random.default_rng(3)
    rates, tau, w = rng.uniform(1, 40, (4, 3)), rng.uniform(0.02, 0.1, (4, 1)), rng.uniform(0, 1, (4, 2, 3))
    e = nf.LeakyRate("E", size=2, tau=tau)
    f = nf.ConstantInput("F", rates=rates)
    net = nf.Network("n", [f, e, nf.ReversalSynapse(f, e, weights=w, g=2e-5)])
    assert net.batch_shape == (4,)
    y = states(net)
    assert y.shape == (4, 4)
    for k in range(4):
        ek, fk = nf.LeakyRate("E", size=2, tau=tau[k, 0]), nf.ConstantInput("F", rates=rates[k])
        single = nf.Network("n", [fk, ek, nf.ReversalSynapse(fk, ek, weights=w[k], g=2e-5)])
        assert agree(net.rhs(0.0, y)[k], single.rhs(0.0, y[k]), 1e-12)


def test_batches_that_do_not_go_together_are_refused():
    f, e = nf.ConstantInput("F", rates=np.ones((4, 3))), nf.LeakyRate("E", size=2, tau=np.full((5, 1), 0.1))
    with pytest.raises(nf.WiringError, match=r"\(5,\).*'E\.tau'.*\(4,\).*'F\.rates'"):
        nf.Network("n", [f, e])


def region(name, n):
    e, i = nf.LeakyRate("E", size=n), nf.LeakyRate("I", size=n // 2)
    return nf.Network(name, [e, i, nf.CurrentSynapse(e, i, weights=1.0, g=1e-3)])


def test_paths_copies_and_new_parameters():
    ca3 = region("CA3", 4)
    ca1 = ca3.copy("CA1")
    net = nf.Network("h", [ca3, ca1, nf.CurrentSynapse(ca3["E"], ca1["E"], weights=1.0, g=1e-3)])
    assert net["CA3.E"] is ca3["E"]
    assert net["CA1.E"] is not ca3["E"]
    assert net["CA1.E_to_I"].pre is net["CA1.E"]
    assert "CA1.I" in net
    assert "CA1.J" not in net
    changed = net.with_parameters({"CA3.E.activation.threshold": -52.0, "CA3.E_to_I.g": 5e-3})
    assert changed["CA3.E"].activation.threshold == -52.0
    assert net["CA3.E"].activation.threshold == -50.0
    assert changed["E_to_E"].pre is changed["CA3.E"]
    assert changed["CA1.E"] is net["CA1.E"]
    assert changed["CA3.E_to_I"].g == 5e-3
    with pytest.raises(nf.UnknownNameError, match=r"'activation.treshold'|treshold.*threshold"):
        net.with_parameters({"CA3.E.activation.treshold": 1.0})
    with pytest.raises(nf.ParameterError, match="tau"):
        net.with_parameters({"CA3.E.tau": -1.0})


def test_paths_are_matched_whole():
    e, e2, re = (nf.LeakyRate(name, size=n) for name, n in (("E", 1), ("E2", 2), ("RE", 3)))
    net = nf.Network("n", [e, e2, re]).with_parameters({"E.tau": 0.5})
    assert (net["E"].tau, net["E2"].tau, net["RE"].tau) == (0.5, 0.05, 0.05)


def test_a_network_shows_itself():
    net = nf.Network("n", [region("CA3", 4), nf.ConstantInput("F", rates=np.ones((2, 3)))])
    text = repr(net)
    assert "Network 'n': 8 states, a batch of 2" in text
    for word in ("CA3.E_to_I", "CurrentSynapse", "I 2 <- E 4, lumped", "tau 0.05 s", "(2, 3) from 1 to 1 Hz"):
        assert word in text
    html = net._repr_html_()
    assert "&lt;-" in html
    assert "<script" not in html
    assert "CA3.E" in html


def test_everything_is_immutable():
    e = nf.LeakyRate("E", size=2, tau=np.array([0.1, 0.2]))
    with pytest.raises(nf.ImmutableError, match=r"LeakyRate 'E': 'tau' cannot be assigned.*\.replace\(tau=\.\.\.\)"):
        e.tau = 1.0
    with pytest.raises(ValueError, match="read-only"):
        e.tau[0] = 1.0
    given = np.array([1.0, 2.0])
    source = nf.ConstantInput("F", rates=given)
    given[0] = 9.0
    assert source.rates[0] == 1.0


def test_networks_can_be_pickled_for_process_pools():
    net = nf.Network("n", [region("CA3", 4), nf.ConstantInput("F", rates=np.ones(3))])
    again = pickle.loads(pickle.dumps(net))
    y = states(net)
    assert np.array_equal(again.rhs(0.0, y), net.rhs(0.0, y))


def test_initial_values_by_number_parameter_and_function():
    @nf.component
    class Cell(nf.LeakyRate):
        a = nf.state(unit="1", initial=0.5)
        b = nf.state(unit="mV", initial=lambda cell: cell.v_rest + 1.0)

        def derivatives(self, t, s, inputs):
            return super().derivatives(t, s, inputs) | {"a": -s.a, "b": -s.b}

    net = nf.Network("n", [Cell("C", size=2, v_rest=[-70.0, -60.0])])
    parts = net.registry.unpack(net.initial_state())["C"]
    assert parts.v.tolist() == [-70.0, -60.0]
    assert parts.a.tolist() == [0.5, 0.5]
    assert parts.b.tolist() == [-69.0, -59.0]


def test_quantities_on_demand():
    f, e = nf.ConstantInput("F", rates=[1.0, 2.0, 3.0]), AdaptingRate("E", size=2)
    w = np.arange(6.0).reshape(2, 3)
    for resolution in ("lumped", "synapse"):
        p = nf.InstantSynapse(f, e, weights=w, g=0.1, resolution=resolution)
        net = nf.Network("n", [f, e, p])
        y = net.initial_state({"E.v": [-40.0, -30.0]})
        assert net.quantity(0.0, y, "E.rate").tolist() == [25.0, 50.0]
        assert net.quantity(0.0, y, "F_to_E.signal").tolist() == [1.0, 2.0, 3.0]
        assert net.quantity(0.0, y, "F_to_E.current") == pytest.approx(0.1 * w @ [1.0, 2.0, 3.0])
        assert net.quantities["E.rate"].unit == "Hz"
        assert net.quantities["E.current"].unit == "nA"


@pytest.mark.parametrize("record", [None, ["F_to_E.drive", "F.rate", "E.current"]])
@pytest.mark.parametrize("resolution", ["lumped", "synapse"])
def test_quantities_have_every_batch_axis_even_where_they_do_not_depend_on_it(record, resolution):
    f, e = (
        nf.ConstantInput("F", rates=[1.0, 2.0, 3.0, 4.0, 5.0]),
        nf.LeakyRate("E", size=3, v_rest=[[-70.0] * 3, [-60.0] * 3]),
    )
    net = nf.Network("n", [f, e, nf.InstantSynapse(f, e, weights=np.ones((3, 5)), g=1e-3, resolution=resolution)])
    sol = nf.simulate(net, 0.1, save_at=4, record=record)
    assert sol["F_to_E.drive"].shape == (4, 2, *((3,) if resolution == "lumped" else (3, 5)))
    assert sol["F.rate"].shape == (4, 2, 5)
    assert sol["E.current"].shape == (4, 2, 3)
    assert f"F_to_E.drive{' ' * 2}" in sol.describe()


@pytest.mark.parametrize("name", ["tau", "g", "e_rev"])
@pytest.mark.parametrize("resolution", ["lumped", "synapse"])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_one_number_for_each_member_of_a_batch(name, resolution, kind):
    f, e = nf.ConstantInput("F", rates=[10.0, 20.0, 30.0]), nf.LeakyRate("E", size=2)
    w = kind(np.array([[1.0, 0.0, 0.5], [0.0, 0.3, 0.0]]))
    values = np.array([0.01, 0.02, 0.05])
    options = {"weights": w, "g": 1e-4, "resolution": resolution}
    net = nf.Network("n", [f, e, nf.ReversalSynapse(f, e, **options | {name: values[:, None]})])
    y = states(net)
    for k, value in enumerate(values):
        single = nf.Network("n", [f, e, nf.ReversalSynapse(f, e, **options | {name: value})])
        assert agree(net.rhs(0.0, y)[k], single.rhs(0.0, y[k]), 1e-12)


def test_initial_states_with_batch_axes_make_a_batch():
    net = nf.Network("n", [nf.LeakyRate("E", size=3), nf.LeakyRate("I", size=1)])
    start = net.initial_state({"E.v": np.arange(6.0).reshape(2, 3)})
    assert start.tolist() == [[0.0, 1.0, 2.0, -70.0], [3.0, 4.0, 5.0, -70.0]]
    assert nf.simulate(net, 0.1, y0={"E.v": np.zeros((5, 3))})["I.v"].shape[1:] == (5, 1)


def test_networks_and_solutions_are_mappings_of_paths():
    net = nf.Network("n", [nf.LeakyRate("E", size=3)])
    assert list(net) == ["E"]
    assert len(net) == 1
    with pytest.raises(nf.UnknownNameError, match=r"Write network\['E'\]\.tau"):
        net["E.tau"]
    sol = nf.simulate(net, 0.1, record=["E.v", "E.rate"])
    assert list(sol) == ["E.v", "E.rate"]
    assert "E.v" in sol
    assert "E.current" not in sol
    assert {path: values.shape[1:] for path, values in dict(sol).items()} == {"E.v": (3,), "E.rate": (3,)}


def test_parameters_that_are_right_only_together_are_changed_together():
    s, f, e = (
        nf.StepInput("S", size=1, amplitude=1.0, onset=0.1, offset=0.2),
        nf.ConstantInput("F", rates=np.ones(3)),
        nf.LeakyRate("E", size=2),
    )
    net = nf.Network("n", [s, f, e, nf.CurrentSynapse(f, e, weights=np.ones((2, 3)), g=1.0)])
    later = net.with_parameters(
        {"S.onset": 0.5, "S.offset": 0.6, "E.activation.threshold": -20.0, "E.activation.ceiling": -10.0}
    )
    assert (later["S"].onset, later["E"].activation.threshold) == (0.5, -20.0)
    wider = net.with_parameters({"F.rates": np.ones(4), "F_to_E.weights": np.ones((2, 4))})
    assert wider["F_to_E"].pre.size == 4


@pytest.mark.parametrize("resolution", ["lumped", "synapse"])
def test_weights_and_edge_parameters_of_every_shape(resolution):
    @nf.component
    class Gain(nf.Projection):
        a: nf.Param = nf.parameter(1.0, unit="nA/Hz", axes=("edge",))
        lumpable = True

        def current(self, t, s, inputs):
            return self.a * inputs.drive

    f, e = nf.ConstantInput("F", rates=[1.0, 2.0, 3.0]), nf.LeakyRate("E", size=3)
    members = nf.Network(
        "n", [f, e, nf.InstantSynapse(f, e, weights=np.array([[[1.0]], [[2.0]]]), g=0.1, resolution=resolution)]
    )
    assert members.quantity(0.0, members.initial_state(), "E.current").tolist() == pytest.approx(
        np.array([[0.6] * 3, [1.2] * 3])
    )
    a = np.arange(3.0) if resolution == "lumped" else np.arange(9.0).reshape(3, 3)
    net = nf.Network("n", [f, e, Gain(f, e, weights=np.ones((3, 3)), a=a, resolution=resolution)])
    assert net.batch_shape == ()
    expected = a * 6.0 if resolution == "lumped" else a @ [1.0, 2.0, 3.0]
    assert net.quantity(0.0, net.initial_state(), "E.current") == pytest.approx(expected)
    with pytest.raises(nf.ParameterError, match=r"a has shape \(7,\)"):
        Gain(f, e, weights=np.ones((3, 3)), a=np.ones(7), resolution=resolution)


def test_a_rate_that_a_subclass_replaced_is_not_taken_for_constant():
    @nf.component
    class Sine(nf.ConstantInput):
        def rate(self, t, s):
            return self.rates * (1.0 + np.sin(t))

    f, e = Sine("F", rates=[1.0, 2.0]), nf.LeakyRate("E", size=3)
    net = nf.Network("n", [f, e, nf.InstantSynapse(f, e, weights=1.0, g=1.0)])
    assert net.rhs(1.0, net.initial_state()) == pytest.approx(np.full(3, 100.0 * 3.0 * (1.0 + np.sin(1.0)) / 0.05))


def test_what_is_unpickled_is_closed_for_writing_too():
    net = pickle.loads(pickle.dumps(nf.Network("n", [nf.ConstantInput("F", rates=np.ones(3))])))
    assert not net["F"].rates.flags.writeable


def test_an_efficacy_that_is_one_number():
    @nf.component
    class Half(nf.InstantSynapse):
        def efficacy(self, t, s):
            return 0.5

    e = nf.LeakyRate("E", size=3, activation=nf.Softplus())
    for resolution in ("lumped", "synapse"):
        net = nf.Network("n", [e, Half(e, e, weights=np.ones((3, 3)), g=0.1, resolution=resolution)])
        plain = nf.Network(
            "n", [e, nf.InstantSynapse(e, e, weights=np.full((3, 3), 0.5), g=0.1, resolution=resolution)]
        )
        y = states(net)
        assert agree(net.rhs(0.0, y), plain.rhs(0.0, y))
        assert np.allclose(net.jacobian(0.0, y).toarray(), plain.jacobian(0.0, y).toarray(), rtol=1e-7)


def test_sizes_of_numpy_are_sizes():
    sol = nf.simulate(nf.Network("n", [nf.LeakyRate("E", size=np.int64(2))]), 0.1, save_at=3)
    assert sol["E.v"].shape == (3, 2)


@pytest.mark.parametrize(
    "ask", [lambda net, path: net.quantity(0.0, net.initial_state(), path), lambda net, path: net.reader(path)]
)
def test_a_quantity_that_is_none_is_refused_by_name(ask):
    net = nf.Network("n", [nf.LeakyRate("E", size=2)])
    with pytest.raises(nf.UnknownNameError, match=r"no quantity 'E\.rates'.*Did you mean 'E\.rate'"):
        ask(net, "E.rates")
    with pytest.raises(nf.UnknownNameError, match="is no path"):
        ask(net, 3)
