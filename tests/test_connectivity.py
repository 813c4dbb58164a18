"""Weights that know their structure, against the same weights as an array written down by hand."""

import copy
import pickle

import numpy as np
import pytest
from components import DepressingSynapse, LearningSynapse
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import linalg, sparse
from scipy.sparse.linalg import LinearOperator, aslinearoperator
from strategies import agree, states

import netframe as nf
from netframe.connectivity import Constant, Dense, Sparse, accepted, connectivity
from netframe.connectivity.padded import PaddedRows
from netframe.quantities import reader

#: Products are compared for weights of any sign, also in synapses whose weights are conductances.
pytestmark = pytest.mark.filterwarnings("ignore:.*they are conductances:UserWarning")

SQUARE = {"diagonal", "circulant"}
#: Kinds that cannot be a batch, and the one whose product is rounded to float32.
SINGLE = {"operator", "duck", "float32 sparse"}
COARSE = {"float32", "float32 sparse"}
KINDS = ["number", "diagonal", "constant", "low rank", "circulant", "toeplitz", "block", "masked", "float32", *SINGLE]


class Duck:
    """The least that can be weights: a shape and a matvec."""

    def __init__(self, matrix):
        self.matrix, self.shape = matrix, matrix.shape

    def matvec(self, x):
        return self.matrix @ x


def each(function, *arrays):
    """A function of vectors mapped over the leading axes of arrays, one after the other."""
    lead = np.broadcast_shapes(*(x.shape[:-1] for x in arrays))
    arrays = [np.broadcast_to(x, (*lead, x.shape[-1])) for x in arrays]
    out = [function(*(x[k] for x in arrays)) for k in np.ndindex(*lead)]
    return np.reshape(out, (*lead, *np.shape(out[0])))


def made(kind, n_post, n_pre, lead, rng):
    """Weights of a kind, and the array they stand for."""
    w = rng.normal(size=(*lead, n_post, n_pre))
    if kind == "number":
        return 0.7, np.full((n_post, n_pre), 0.7)
    if kind == "diagonal":
        d = rng.normal(size=(*lead, n_post))
        return nf.Diagonal(d), each(np.diag, d)
    if kind == "constant":
        c = rng.normal(size=lead)
        return Constant(c), np.broadcast_to(c[..., None, None], w.shape) if lead else np.full(w.shape, float(c))
    if kind == "low rank":
        rank = int(rng.integers(1, 4))
        u, v = rng.normal(size=(*lead, n_post, rank)), rng.normal(size=(n_pre, rank))
        return nf.LowRank(u, v), np.einsum("...ir,...jr->...ij", u, v)
    if kind == "circulant":
        kernel = rng.normal(size=(*lead, n_post))
        return nf.Circulant(kernel), each(linalg.circulant, kernel)
    if kind == "toeplitz":
        column, row = rng.normal(size=(*lead, n_post)), rng.normal(size=(*lead, n_pre))
        return nf.Toeplitz(column, row), each(linalg.toeplitz, column, row)
    if kind == "masked":
        mask = rng.random((n_post, n_pre)) < 0.5
        return nf.Masked(w, mask), w * mask
    if kind == "float32":
        return nf.Float32(w), w.astype(np.float32).astype(float)
    if kind == "float32 sparse":
        w = w * (rng.random(w.shape) < 0.5)
        return nf.Float32(sparse.csr_array(w)), w.astype(np.float32).astype(float)
    if kind == "operator":
        return aslinearoperator(w), w
    if kind == "duck":
        return Duck(w), w
    assert kind == "block"
    split, cut = rng.integers(0, n_post + 1), rng.integers(0, n_pre + 1)
    rows = [(slice(0, split), split), (slice(split, None), n_post - split)]
    columns = [(slice(0, cut), cut), (slice(cut, None), n_pre - cut)]
    parts = []
    for i, (post, height) in enumerate(rows):
        for j, (pre, width) in enumerate(columns):
            if height == 0 or width == 0:
                continue
            choice = rng.choice(["array", "none", "sparse", "number", "low rank"])
            inner = {"array": w[..., post, pre], "none": None, "number": 0.3}.get(choice)
            value = w[..., post, pre]
            if choice == "none":
                w[..., post, pre] = 0.0
            elif choice == "number":
                w[..., post, pre] = 0.3
            elif choice == "sparse":
                w[..., post, pre] = value[(0,) * len(lead)] * (rng.random((height, width)) < 0.5)
                inner = sparse.csr_array(w[(0,) * len(lead)][post, pre])
            elif choice == "low rank":
                inner, w[..., post, pre] = made("low rank", height, width, lead, rng)
            parts.append((i, j, inner))
    heights, widths = [n for _, n in rows if n], [n for _, n in columns if n]
    grid = np.array([inner for *_, inner in parts] + [None], dtype=object)[:-1].reshape(len(heights), len(widths))
    block = nf.Block(grid.tolist(), heights=heights, widths=widths)
    return block, w if len(block.shape) > 2 else w[(0,) * len(lead)]  # no block of it may be a batch


@st.composite
def cases(draw, kinds=tuple(KINDS), leads=((), (3,), (2, 3))):
    kind = draw(st.sampled_from(kinds))
    n_post = draw(st.integers(1, 7))
    n_pre = n_post if kind in SQUARE else draw(st.integers(1, 7))
    lead = draw(st.sampled_from(leads)) if kind not in SINGLE else ()
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return (kind, *made(kind, n_post, n_pre, lead, rng))


def tolerance(kind):
    return 3e-6 if kind in COARSE else 1e-12


def network(cls, weights, dense, **options):
    n_post, n_pre = dense.shape[-2:]
    f = nf.LeakyRate("F", size=n_pre, tau=0.03, activation=nf.Softplus(threshold=-55.0, width=4.0))
    e = nf.LeakyRate("E", size=n_post, activation=nf.Softplus(threshold=-55.0, width=4.0))
    return nf.Network("n", [f, e, cls(f, e, weights=weights, **options)])


SYNAPSES = {nf.ReversalSynapse: {"g": 2e-3}, DepressingSynapse: {}, LearningSynapse: {}}


@given(cases(), st.sampled_from([(), (3,), (2, 3), (4, 2, 3)]), st.integers(0, 99))
@settings(max_examples=300)
def test_a_product_is_that_of_the_array(case, lead, seed):
    kind, weights, dense = case
    signal = np.random.default_rng(seed).normal(size=(*lead, dense.shape[-1]))
    assume(not lead or lead[-len(dense.shape[:-2]) :] == dense.shape[:-2] or not dense.shape[:-2])
    expected = np.einsum("...ij,...j->...i", dense, signal)
    synapses = connectivity(accepted(weights), *dense.shape[-2:])
    assert synapses.shape == dense.shape[-2:]
    signal.flags.writeable = False
    found = synapses.apply(signal)
    assert found.dtype == np.float64
    assert agree(found, expected, tolerance(kind))


@given(cases())
@settings(max_examples=200)
def test_written_out_it_is_the_array(case):
    _, weights, dense = case
    synapses = connectivity(accepted(weights), *dense.shape[-2:])
    post, pre = synapses.indices()
    assert (np.diff(post * dense.shape[-1] + pre) > 0).all()  # row-major, none twice
    values = np.asarray(synapses.weights).reshape(*dense.shape[:-2], -1)
    assert agree(values, dense[..., post, pre], 1e-13)
    rest = np.ones(dense.shape[-2:], bool)
    rest[post, pre] = False
    assert not dense[..., rest].any()
    if isinstance(weights, nf.Structure):
        assert agree(weights.sized(*dense.shape[-2:]).toarray(), dense, 1e-13)
        sized = weights.sized(*dense.shape[-2:])
        assert agree(nf.Structure.toarray(sized), dense, tolerance(weights_kind(weights)))
        assert sized.stored == (None if synapses.synapses == dense.shape[-2:] else synapses.synapses[0])


def weights_kind(weights):
    return "float32" if isinstance(weights, nf.Float32) else ""


@given(cases(), st.sampled_from(list(SYNAPSES)), st.sampled_from([(), (2, 3)]))
@settings(max_examples=150, deadline=None)
def test_a_lumped_network_is_that_of_the_array(case, cls, lead):
    kind, weights, dense = case
    assume(not (cls is LearningSynapse and kind in ("operator", "duck")))
    assume(not lead or dense.shape[:-2] in ((), lead))
    twin = network(cls, dense, dense, **SYNAPSES[cls], resolution="lumped")
    ours = network(cls, weights, dense, **SYNAPSES[cls], resolution="lumped")
    y = states(twin, lead=lead if not twin.batch_shape else ())
    if cls is LearningSynapse:
        y = sparse_state(ours, twin, y)
        check_derivatives(ours, twin, *y, tolerance(kind))
    else:
        assert agree(ours.rhs(0.1, y), twin.rhs(0.1, y), tolerance(kind))


@given(cases(tuple(k for k in KINDS if k not in ("operator", "duck"))), st.sampled_from(list(SYNAPSES)))
@settings(max_examples=150, deadline=None)
def test_a_network_of_single_synapses_is_that_of_the_array(case, cls):
    kind, weights, dense = case
    twin = network(cls, dense, dense, **SYNAPSES[cls], resolution="synapse")
    ours = network(cls, weights, dense, **SYNAPSES[cls], resolution="synapse")
    check_derivatives(ours, twin, *sparse_state(ours, twin, states(twin)), tolerance(kind))


def shared_entries(ours, twin):
    """For each state of ours, the state of the twin it stands for."""
    places = []
    for slot in ours.registry:
        other = np.arange(twin.registry.slot(slot.path).start, twin.registry.slot(slot.path).stop)
        if slot.labels is not None:
            n_pre = twin["F"].size
            other = other[slot.labels[0] * n_pre + slot.labels[1]]
        places.append(other)
    return np.concatenate(places)


def sparse_state(ours, twin, y):
    """The twin's state with zeros where there is no synapse, and the same as ours."""
    places = shared_entries(ours, twin)
    whole = np.zeros_like(y)
    whole[..., places] = y[..., places]
    return whole[..., places], whole


def check_derivatives(ours, twin, mine, whole, tol):
    assert agree(ours.rhs(0.1, mine), twin.rhs(0.1, whole)[..., shared_entries(ours, twin)], tol)


@given(cases(leads=((), (2,))), st.sampled_from(list(SYNAPSES)), st.sampled_from(["lumped", "synapse"]))
@settings(max_examples=120, deadline=None)
def test_the_jacobian_is_that_of_the_array(case, cls, resolution):
    kind, weights, dense = case
    assume(not (kind in ("operator", "duck") and (resolution == "synapse" or cls is LearningSynapse)))
    twin = network(cls, dense, dense, **SYNAPSES[cls], resolution=resolution)
    ours = network(cls, weights, dense, **SYNAPSES[cls], resolution=resolution)
    mine, whole = sparse_state(ours, twin, states(twin))
    members = int(np.prod(twin.batch_shape))
    places = shared_entries(ours, twin)
    places = (np.arange(members)[:, None] * twin.registry.size + places).ravel()
    found = ours.jacobian(0.1, mine).toarray()
    expected = twin.jacobian(0.1, whole).toarray()[np.ix_(places, places)]
    assert np.abs(found - expected).max() <= 1e-6 * max(np.abs(expected).max(), 1e-3)
    block = found[: ours.registry.size, : ours.registry.size]
    assert not np.any((block != 0) & (ours.jacobian_pattern().toarray() == 0))


@pytest.mark.parametrize(
    "weights",
    [
        nf.Diagonal(np.ones(3000)),
        nf.Masked(1.0, np.eye(3000, dtype=bool)),
        nf.Block([[sparse.eye_array(1000, format="csr"), None], [None, nf.Diagonal(np.ones(2000))]]),
        nf.Float32(sparse.eye_array(3000, format="csr")),
    ],
    ids=lambda w: type(w).__name__,
)
def test_the_jacobian_of_few_synapses_has_few_entries(weights, monkeypatch):
    def refused(*_):
        raise AssertionError("written out")

    monkeypatch.setattr(type(weights), "toarray", refused)
    monkeypatch.setattr(Sparse, "toarray", refused)
    e = nf.LeakyRate("E", size=3000, activation=nf.Softplus())
    net = nf.Network("n", [e, nf.ReversalSynapse(e, e, weights=weights, g=1e-3)])
    assert net.jacobian(0.0, states(net)).nnz <= 5 * 3000
    assert net.jacobian_pattern().nnz <= 5 * 3000


def test_a_structure_is_not_written_out_unless_asked_for(monkeypatch):
    def refused(*_):
        raise AssertionError("written out")

    for cls in (nf.LowRank, nf.Circulant, nf.Toeplitz, Constant):
        monkeypatch.setattr(cls, "layout", refused)
    n = 50_000  # entry by entry, 20 GB
    ones = np.ones(n)
    e = nf.LeakyRate("E", size=n, activation=nf.Softplus())
    for weights in (nf.LowRank(ones[:, None], ones[:, None]), nf.Circulant(ones), nf.Toeplitz(ones, ones), 1.0):
        net = nf.Network("n", [e, nf.ReversalSynapse(e, e, weights=weights, g=1e-3 / n)])
        y = states(net)
        drive = net.quantity(0.0, y, "E_to_E.drive")
        assert np.allclose(drive, net.quantity(0.0, y, "E.rate").sum(), rtol=1e-9)


# Users' own.


@nf.component
class Difference(nf.Structure):
    """Each cell against its neighbour, as a user writes it: a shape and a product."""

    gain: nf.Param = nf.parameter(unit="1", axes=("cell",), doc="gain of each cell")
    shape = property(lambda self: (*self.gain.shape, self.gain.shape[-1]))

    def apply(self, signal):
        return self.gain * (signal - nf.array_namespace(signal, self.gain).roll(signal, 1, axis=-1))


@pytest.mark.parametrize("resolution", ["lumped", "synapse"])
@pytest.mark.parametrize("lead", [(), (2,)])
def test_a_structure_of_ones_own_needs_a_shape_and_a_product(resolution, lead):
    gain = np.random.default_rng(0).normal(size=(*lead, 4))
    dense = gain[..., None] * (np.eye(4) - np.roll(np.eye(4), 1, axis=0))
    ours = network(nf.ReversalSynapse, Difference(gain=gain), dense, g=1e-3, resolution=resolution)
    twin = network(nf.ReversalSynapse, dense, dense, g=1e-3, resolution=resolution)
    y = states(twin)
    assert agree(ours.rhs(0.0, y), twin.rhs(0.0, y))
    assert agree(ours.jacobian(0.0, y).toarray(), twin.jacobian(0.0, y).toarray())


def test_an_operator_may_hand_out_the_same_array_at_every_call():
    kept = np.zeros(2)

    def matvec(x):
        kept[:] = x.sum()
        return kept

    operator = LinearOperator((2, 3), matvec=matvec, dtype=float)
    f, e = nf.ConstantInput("F", rates=[1.0, 2.0, 3.0]), nf.LeakyRate("E", size=2)
    net = nf.Network("n", [f, e, nf.InstantSynapse(f, e, weights=operator, g=1.0)])
    first = net.quantity(0.0, net.initial_state(), "F_to_E.drive")
    matvec(np.zeros(3))
    assert first.tolist() == [6.0, 6.0]
    assert reader(net.segment(0.0, 1.0), "F_to_E.drive")(0.0, net.initial_state()).tolist() == [6.0, 6.0]


# Values that change: paths, copies, pickles.


def test_parameters_inside_structures_have_paths():
    rng = np.random.default_rng(0)
    u, v = rng.normal(size=(3, 2)), rng.normal(size=(4, 2))
    net = network(nf.CurrentSynapse, nf.LowRank(u, v), np.zeros((3, 4)), g=1e-3)
    changed = net.with_parameters({"F_to_E.weights.u": 2.0 * u, "F_to_E.g": 2e-3})
    twin = network(nf.CurrentSynapse, 2.0 * u @ v.T, np.zeros((3, 4)), g=2e-3)
    y = states(net)
    assert agree(changed.rhs(0.0, y), twin.rhs(0.0, y))
    assert net["F_to_E"].weights.u is not changed["F_to_E"].weights.u
    blocks = nf.Block([[u @ v.T], [nf.Block([[nf.LowRank(u, v)]])]])
    net = network(nf.CurrentSynapse, blocks, np.zeros((6, 4)), g=1e-3)
    changed = net.with_parameters(
        {"F_to_E.weights.block_1_0.block_0_0.u": -u, "F_to_E.weights.block_0_0.weights": v[:3] @ v.T}
    )
    assert agree(changed["F_to_E"].weights.toarray(), np.concatenate([v[:3] @ v.T, -u @ v.T]))
    assert agree(net["F_to_E"].weights.toarray(), np.concatenate([u @ v.T, u @ v.T]))
    with pytest.raises(nf.UnknownNameError, match="block_0_0"):
        net.with_parameters({"F_to_E.weights.block_0_1.u": u})
    with pytest.raises(nf.UnknownNameError, match="weights"):
        network(nf.CurrentSynapse, 1.0, np.zeros((3, 4)), g=1e-3).with_parameters({"F_to_E.weights.u": u})


@given(cases(tuple(k for k in KINDS if k not in ("operator", "number"))))
@settings(max_examples=60, deadline=None)
def test_copies_and_pickles_are_equal_and_closed_for_writing(case):
    _, weights, dense = case
    net = network(nf.ReversalSynapse, weights, dense, g=1e-3)
    y = states(net)
    expected = net.rhs(0.0, y)
    rebuilt = net.with_parameters({"F_to_E.weights": net["F_to_E"].weights.replace()})
    for other in (net.copy("m"), copy.deepcopy(net), pickle.loads(pickle.dumps(net)), rebuilt):
        assert np.array_equal(other.rhs(0.0, y), expected)
    kept = pickle.loads(pickle.dumps(net["F_to_E"].weights))
    for part in (kept, *kept.parts().values()):
        for value in vars(part).values():
            for array in (value.data, value.indices) if sparse.issparse(value) else (value,):
                assert not (isinstance(array, np.ndarray) and array.flags.writeable)
    with pytest.raises(nf.ImmutableError):
        kept.anything = 1.0


def test_batches_of_structures_are_found():
    u, v = np.ones((5, 3, 1)), np.ones((4, 1))
    assert network(nf.CurrentSynapse, nf.LowRank(u, v), np.zeros((3, 4)), g=1e-3).batch_shape == (5,)
    assert network(nf.CurrentSynapse, Constant(np.ones(5)), np.zeros((3, 4)), g=1e-3).batch_shape == (5,)
    block = nf.Block([[nf.LowRank(u, v)], [np.ones((2, 4))]])
    assert network(nf.CurrentSynapse, block, np.zeros((5, 4)), g=1e-3).batch_shape == (5,)


def test_structures_show_themselves():
    synapse = network(nf.CurrentSynapse, nf.LowRank(np.ones((3, 1)), np.ones((4, 1))), np.zeros((3, 4)), g=1e-3)
    assert "weights LowRank (3, 4)" in synapse.describe()
    table = synapse["F_to_E"].describe()
    assert "weights.u" in table
    assert "(3, 1) from 1 to 1" in table
    assert repr(nf.Masked(1.0, np.eye(2, dtype=bool))) == "Masked(mask=(2, 2), 2 true, weights=1)"
    assert "block_0_0.u" in nf.Block([[nf.LowRank([[1.0]], [[1.0]])]]).describe()
    assert "operator" in nf.Operator(aslinearoperator(np.ones((2, 2)))).describe()


@pytest.mark.slow
def test_the_contract_holds_with_structures():
    from netframe.testing import check_component

    f, e = nf.ConstantInput("F", rates=[10.0, 20.0]), nf.LeakyRate("E", size=3)
    check_component(nf.ReversalSynapse(f, e, weights=nf.LowRank(np.ones((3, 1)), np.ones((2, 1))), g=1e-3))
    check_component(nf.ReversalSynapse(f, e, weights=nf.Masked(0.5, np.ones((3, 2), bool)), g=1e-3))


def test_structures_can_be_drawn():
    from matplotlib.figure import Figure

    f, e = nf.ConstantInput("F", rates=[10.0, 20.0]), nf.LeakyRate("E", size=2)
    for weights, shown in (
        (nf.Diagonal([1.0, 2.0]), [[1, np.nan], [np.nan, 2]]),
        (nf.Circulant([1.0, 0.0]), [[1, 0], [0, 1]]),
    ):
        for what in (weights, nf.ReversalSynapse(f, e, weights=weights, g=1e-3)):
            ax = nf.plotting.plot_weights(what, ax=Figure().subplots())
            drawn = np.ma.filled(
                np.ma.asarray(ax.collections[0].get_array() if ax.collections else ax.images[0].get_array(), float),
                np.nan,
            )
            assert np.array_equal(drawn.reshape(2, 2), shown, equal_nan=True)


def test_edge_parameters_count_the_synapses_of_a_structure():
    @nf.component
    class Weighted(nf.Projection):
        """A gain for each synapse."""

        gain: nf.Param = nf.parameter(unit="nA/Hz", axes=("edge",), doc="gain")

        def current(self, t, s, inputs):
            return self.gain * inputs.drive

    f, e = nf.ConstantInput("F", rates=[1.0, 2.0]), nf.LeakyRate("E", size=2)
    synapse = Weighted(f, e, weights=nf.Diagonal([3.0, 4.0]), gain=[10.0, 100.0])
    net = nf.Network("n", [f, e, synapse])
    assert net.quantity(0.0, net.initial_state(), "F_to_E.current").tolist() == [30.0, 800.0]
    with pytest.raises(nf.ParameterError, match=r"gain has shape \(2, 3\).*stored synapse"):
        Weighted(f, e, weights=nf.Diagonal([3.0, 4.0]), gain=np.ones((2, 3)))


# Speed that must not change a number.


@pytest.mark.parametrize("lead", [(), (3,), (2, 3)])
@pytest.mark.parametrize("kind", [np.asarray, nf.Float32])
@pytest.mark.parametrize("n_post", [5, 400])
def test_silent_cells_are_left_out_and_no_others(lead, kind, n_post):
    rng = np.random.default_rng(0)
    w = rng.normal(size=(n_post, 300))
    apply = connectivity(kind(w), n_post, 300).apply
    signal = np.zeros((*lead, 300))
    assert np.array_equal(apply(signal), np.zeros((*lead, n_post)))
    for active in (1, 44, 45, 46, 299, 300):
        signal = np.zeros((*lead, 300))
        signal[..., rng.choice(300, active, replace=False)] = rng.normal(size=(*lead, active))
        found = apply(signal)
        assert found.dtype == np.float64
        assert agree(found, signal @ w.T, 1e-6 if kind is nf.Float32 else 1e-12)


def test_one_to_one_weights_as_a_sparse_matrix_are_multiplied_cell_by_cell():
    w = nf.one_to_one(5, 5, nf.uniform(1.0, 2.0), np.random.default_rng(0))
    synapses = connectivity(accepted(w), 5, 5)
    assert "matrix" not in synapses.apply.__code__.co_freevars
    assert np.array_equal(synapses.apply(np.arange(5.0)), w.diagonal() * np.arange(5.0))
    other = sparse.csr_array(np.eye(5)[[1, 0, 2, 3, 4]])
    assert np.array_equal(connectivity(other, 5, 5).apply(np.arange(5.0)), [1.0, 0.0, 2.0, 3.0, 4.0])


def test_rows_are_padded_only_where_it_wastes_little():
    even, uneven = np.array([0, 2, 4, 5]), np.array([0, 9, 9, 9])
    assert PaddedRows.of(np.arange(5), even) is not None
    assert PaddedRows.of(np.arange(9), uneven) is None
    assert PaddedRows.of(np.empty(0, int), np.zeros(4, int)) is None


# What is refused.


def ends(n_pre=3, n_post=4):
    return nf.ConstantInput("F", rates=np.ones(n_pre)), nf.LeakyRate("E", size=n_post)


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (lambda: nf.LowRank(np.ones((5, 2)), np.ones((3, 2))), ("weights (LowRank)", "(5, 3)", "(4, 3)", "post x pre")),
        (lambda: nf.LowRank(np.ones((3, 2)), np.ones((4, 2))), ("(3, 4)", "Did you pass the transpose")),
        (lambda: nf.Circulant(np.ones(4)), ("weights (Circulant)", "(4, 4)", "(4, 3)")),
        (lambda: nf.Circulant(np.ones((2, 1))), ("(2, 1, 1)", "(4, 3)")),
        (lambda: nf.Diagonal(np.ones(3)), ("weights (Diagonal)", "(3, 3)", "(4, 3)")),
        (lambda: nf.Block([[np.ones((4, 2)), 1.0]], widths=(2, 2)), ("weights (Block)", "(4, 4)", "(4, 3)")),
        (lambda: Constant(1.0, post=2, pre=3), ("weights (Constant)", "(2, 3)", "(4, 3)")),
        (lambda: aslinearoperator(np.ones((3, 4))), ("weights (Operator)", "(3, 4)", "(4, 3)")),
        (lambda: Duck(np.ones((4, 4))), ("weights (Operator)", "(4, 4)", "(4, 3)")),
    ],
)
def test_structures_of_another_size_are_refused(weights, words):
    with pytest.raises(nf.ParameterError) as caught:
        nf.ReversalSynapse(*ends(), weights=weights(), g=1e-3)
    for word in ("ReversalSynapse 'F_to_E'", *words):
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (lambda: nf.LowRank(np.ones((4, 2)), np.ones((3, 3))), ("LowRank", "v has shape (3, 3)", "(3, 2)", "pre x rank")),
        (lambda: nf.LowRank(np.ones(4), np.ones((3, 1))), ("LowRank", "u has shape (4,)", "(..., post, rank)")),
        (lambda: nf.LowRank(np.ones((4, 1)), [[np.nan]]), ("LowRank", "v [1] must be finite")),
        (lambda: nf.Diagonal(2.0), ("Diagonal", "w has shape ()", "(..., cell)")),
        (lambda: nf.Diagonal("all"), ("Diagonal", "w is 'all'")),
        (lambda: nf.Circulant([1.0, np.inf]), ("Circulant", "kernel [1] must be finite", "[1]")),
        (lambda: nf.Toeplitz([1j], [1.0]), ("Toeplitz", "column is", "complex")),
        (lambda: nf.Toeplitz([1.0]), ("Toeplitz", "row")),
        (lambda: nf.Masked(np.ones((2, 2)), np.ones((2, 3), bool)), ("Masked", "weights has shape (2, 2)", "(2, 3)")),
        (lambda: nf.Masked(1.0, np.ones((2, 3))), ("Masked", "mask has dtype float64", "truth values")),
        (lambda: nf.Masked(1.0, [True]), ("Masked", "mask has", "(1,)")),
        (lambda: nf.Float32(2.0), ("Float32", "weights has shape ()")),
        (lambda: nf.Float32(np.full((2, 2), 1e300)), ("Float32", "weights [1] must be finite")),
        (lambda: nf.Block([]), ("Block", "rows must be lists")),
        (lambda: nf.Block([[]]), ("Block", "rows must be lists")),
        (lambda: nf.Block(2.0), ("Block", "rows must be lists")),
        (lambda: nf.Block([[Constant(1.0, post=2), 3.0]], widths=(1, None)), ("Block", "column 1", "widths=")),
        (lambda: nf.Block([[1.0]], heights=(1.5,), widths=(1,)), ("Block", "heights has 1.5")),
        (lambda: nf.Block([[1.0], [1.0, 2.0]]), ("Block", "rows must be lists")),
        (lambda: nf.Block([[None, np.ones((2, 2))]]), ("Block", "column 0", "widths=")),
        (lambda: nf.Block([[np.ones((2, 2)), np.ones((3, 2))]]), ("Block", "block_0_1 has shape (3, 2)", "(2, 2)")),
        (lambda: nf.Block([["all"]]), ("Block", "block_0_0 is 'all'")),
        (lambda: nf.Block([[np.ones((2, 2))]], heights=(1, 1)), ("Block", "heights has 2 entries")),
        (lambda: Constant(1.0, post=0), ("Constant", "post is 0")),
        (lambda: nf.Operator(np.ones((2, 2))), ("Operator", "matvec")),
        (lambda: nf.Operator(aslinearoperator(np.ones((2, 2)) * 1j)), ("Operator", "complex")),
    ],
)  # fmt: skip
def test_structures_say_what_is_wrong_with_them(action, words):
    with pytest.raises(nf.NetframeError) as caught:
        action()
    for word in words:
        assert word in str(caught.value)


def test_requirements_of_a_class_on_its_weights_hold_for_structures():
    @nf.component
    class Excitatory(nf.InstantSynapse):
        """Weights of one sign."""

        weights: nf.Param = nf.parameter(unit="1", axes=("post", "pre"), validator=nf.non_negative)

    f, e = ends()
    v = np.ones((3, 1))
    assert Excitatory(f, e, weights=nf.LowRank(np.ones((4, 1)), v), g=1.0).weights.shape == (4, 3)
    assert Excitatory(f, e, weights=nf.LowRank(-np.ones((4, 1)), -v), g=1.0).weights.shape == (4, 3)
    with pytest.raises(nf.ParameterError, match=r"'F_to_E': weights \(LowRank\) must be zero or more, and 3 of 12"):
        Excitatory(f, e, weights=nf.LowRank([[1.0], [1.0], [-1.0], [1.0]], v), g=1.0)


def test_a_number_in_a_block_takes_the_size_that_is_left():
    block = nf.Block([[Constant(1.0, post=2), np.ones((2, 3))], [2.0, None]], heights=(None, 1), widths=(2, None))
    assert block.toarray().tolist() == [[1.0] * 5, [1.0] * 5, [2.0, 2.0, 0.0, 0.0, 0.0]]


def test_operators_are_lumped_only():
    operator = aslinearoperator(np.ones((4, 3)))
    with pytest.raises(nf.ParameterError, match=r"'F_to_E'.*Operator.*one by one.*'lumped'"):
        nf.ReversalSynapse(*ends(), weights=operator, g=1e-3, resolution="synapse")
    with pytest.raises(nf.ParameterError, match=r"'F_to_E'.*Operator.*weights that change"):
        LearningSynapse(*ends(), weights=operator)
    with pytest.raises(nf.ParameterError, match="one by one"):
        nf.ReversalSynapse(*ends(), weights=nf.Block([[operator]]), g=1e-3, resolution="synapse")
    assert Dense(np.ones((4, 3))).synapses == (4, 3)


# Under JAX.


@pytest.fixture(scope="module")
def float64():
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield jax
    jax.config.update("jax_enable_x64", before)


@pytest.mark.jax
@given(case=cases(), cls=st.sampled_from(list(SYNAPSES)), resolution=st.sampled_from(["lumped", "synapse"]))
@settings(max_examples=80, deadline=None)
def test_compiled_it_is_the_same(float64, case, cls, resolution):
    kind, weights, dense = case
    assume(not (kind in ("operator", "duck") and (resolution == "synapse" or cls is LearningSynapse)))
    net = network(cls, weights, dense, **SYNAPSES[cls], resolution=resolution)
    y = states(net)
    assert agree(np.asarray(float64.jit(net.rhs)(0.1, y)), net.rhs(0.1, y), tolerance(kind))
    if not net.batch_shape:
        many = states(net, lead=(3,))
        mapped = float64.jit(float64.vmap(lambda y: net.rhs(0.1, y)))(many)
        assert agree(np.asarray(mapped), net.rhs(0.1, many), tolerance(kind))
        exact = np.asarray(float64.jacfwd(lambda y: net.rhs(0.1, y))(y))
        ours = net.jacobian(0.1, y).toarray()
        assert np.abs(exact - ours).max() < max(1e-8, tolerance(kind)) * max(np.abs(exact).max(), 1e-3)


GRADIENTS = {
    "diagonal": ["w"],
    "constant": ["w"],
    "low rank": ["u", "v"],
    "circulant": ["kernel"],
    "toeplitz": ["column", "row"],
    "masked": ["weights"],
}


@pytest.mark.jax
@pytest.mark.parametrize("resolution", ["lumped", "synapse"])
@pytest.mark.parametrize("kind", GRADIENTS)
def test_gradients_reach_inside(float64, kind, resolution):
    n_pre = 3 if kind in SQUARE else 4
    weights, dense = made(kind, 3, n_pre, (), np.random.default_rng(0))
    net = network(nf.ReversalSynapse, weights, dense, g=1e-3, resolution=resolution)
    y = states(net)
    for name in GRADIENTS[kind]:
        start = np.asarray(getattr(weights, name))

        def total(x, name=name):
            rhs = net.with_parameters({f"F_to_E.weights.{name}": x}).rhs(0.0, y)
            return (rhs * np.arange(1.0, rhs.shape[-1] + 1)).sum()

        gradient = np.asarray(float64.jit(float64.grad(total))(float64.numpy.asarray(start)))
        assert gradient.any()
        for k in np.ndindex(*start.shape):
            step = np.zeros_like(start)
            step[k] = 1e-6
            numeric = (total(start + step) - total(start - step)) / 2e-6
            assert np.isclose(gradient[k], numeric, rtol=1e-5, atol=1e-6 * np.abs(gradient).max())


@pytest.mark.jax
def test_gradients_reach_into_blocks_and_single_precision(float64):
    block = nf.Block([[np.ones((2, 3)), nf.LowRank(np.ones((2, 1)), np.ones((2, 1)))]])
    for weights, path, value in (
        (block, "block_0_1.u", np.full((2, 1), 3.0)),
        (block, "block_0_0.weights", np.full((2, 3), 3.0)),
        (nf.Float32(np.ones((2, 5))), "weights", np.full((2, 5), 3.0)),
    ):
        net = network(nf.InstantSynapse, weights, np.zeros((2, 5)), g=1e-3)
        y = states(net)

        def total(x, net=net, path=path, y=y):
            return net.with_parameters({f"F_to_E.weights.{path}": x}).rhs(0.0, y).sum()

        gradient = float64.grad(total)(float64.numpy.asarray(value))
        direction = np.random.default_rng(0).normal(size=value.shape)
        numeric = (total(value + 0.1 * direction) - total(value - 0.1 * direction)) / 0.2  # linear in it
        assert np.isclose((gradient * direction).sum(), numeric, rtol=1e-4)


@pytest.mark.jax
def test_gradients_pass_through_an_operator_and_its_transpose(float64):
    w = np.random.default_rng(0).normal(size=(3, 4))
    y = np.random.default_rng(1).normal(size=4)
    apply = nf.Operator(aslinearoperator(w)).apply
    weighting = np.arange(3.0)
    assert agree(np.asarray(float64.grad(lambda x: apply(x) @ weighting)(y)), w.T @ weighting, 1e-12)
    assert agree(np.asarray(float64.jit(float64.jacrev(apply))(y)), w, 1e-12)
    assert agree(np.asarray(float64.jit(float64.jacfwd(apply))(y)), w, 1e-12)
    with pytest.raises(nf.ParameterError, match="no rmatvec"):
        float64.grad(lambda x: nf.Operator(Duck(w)).apply(x).sum())(y)


@pytest.mark.jax
@pytest.mark.parametrize(
    "starts", [[0, 2, 4, 5], [0, 0, 5, 5], [0, 5, 5, 5], [0, 2, 4, 6]], ids=["padded", "a row", "first row", "even"]
)
@pytest.mark.parametrize("lead", [(), (2,)])
def test_sparse_products_of_traced_values(float64, starts, lead):
    rng = np.random.default_rng(0)
    starts = np.array(starts)
    pre = np.concatenate([np.sort(rng.choice(6, n, replace=False)) for n in np.diff(starts)]).astype(int)
    values, signal = rng.normal(size=(*lead, starts[-1])), rng.normal(size=(*lead, 6))
    layout = Sparse(values, pre, starts, (3, 6))
    assert (layout._padded is None) == (starts[2] == starts[3])
    assert (layout._even is None) == (starts[-1] == 5)
    expected = np.einsum("...ij,...j->...i", layout.toarray(), signal)
    traced = float64.jit(layout.product)(values, signal)
    assert agree(np.asarray(traced), expected, 1e-12)
    assert agree(np.asarray(float64.jit(layout.apply)(signal)), expected, 1e-12)
    summed = float64.jit(layout.sum_over_pre)(values * signal[..., pre])
    assert agree(np.asarray(summed), expected, 1e-12)
    again = float64.jit(lambda values, signal: Sparse(values, pre, starts, (3, 6)).apply(signal))(values, signal)
    assert agree(np.asarray(again), expected, 1e-12)
    slope = float64.grad(lambda v: layout.product(v, signal).sum())(float64.numpy.asarray(values))
    assert agree(np.asarray(slope), signal[..., pre], 1e-12)


def test_what_is_masked_may_be_missing():
    masked = nf.Masked(np.array([[1.0, np.nan], [np.nan, 2.0]]), np.eye(2, dtype=bool))
    assert np.array_equal(masked.toarray(), np.diag([1.0, 2.0]))
    with pytest.raises(nf.ParameterError, match="finite"):
        nf.Masked(np.array([[1.0, np.nan]]), np.array([[True, True]]))


@pytest.mark.jax
@pytest.mark.parametrize("n", [2, 80])
def test_an_operator_keeps_its_precision_whichever_thread_calls_back(n):
    from scipy.sparse.linalg import aslinearoperator

    matrix = np.random.default_rng(0).uniform(0.0, 1.0, (n, n))
    e = nf.LeakyRate("E", size=n, v_rest=-40.0)
    nets = [
        nf.Network("n", [e, nf.ReversalSynapse(e, e, weights=w, g=1e-5)]) for w in (matrix, aslinearoperator(matrix))
    ]
    for method in ("Tsit5", "Kvaerno5"):
        dense, operator = (nf.simulate(x, 0.1, save_at=2, integrator=nf.JaxIntegrator(method)).y for x in nets)
        assert np.abs(dense - operator).max() < 1e-9
    slopes = [nf.gradient(x, lambda sol: sol["E.v"][-1].mean(), ["E.tau"], 0.1)[1]["E.tau"] for x in nets]
    assert np.isclose(*slopes, rtol=1e-9)
