"""Every mistake a user can make is refused by a sentence that says where, what was given and what is allowed."""

import warnings

import numpy as np
import pytest
from integrators import ALL, objects
from scipy import sparse

import netframe as nf
import netframe.memory
from netframe import Param, component, parameter, state

#: What no message may show: internals of attrs and NumPy, and tables of whole components.
CLUTTER = ("NOTHING", "attr.ib", "np.float64", "meaning\n")
BUILT_IN = (ValueError, TypeError, KeyError, AttributeError, MemoryError, RuntimeError)


def told(error):
    """An error as a user reads it: its message and the notes below it."""
    return "\n".join([str(error), *getattr(error, "__notes__", ())])


def refused(action, *words, error=nf.NetframeError):
    """The exception an action must end in, after a look at its message: every word there, no clutter."""
    with pytest.raises(error) as caught:
        action()
    message = told(caught.value)
    assert isinstance(caught.value, BUILT_IN), f"{type(caught.value)} is no built-in exception"
    assert [word for word in words if word not in message] == [], message
    assert [text for text in CLUTTER if text in message] == [], message
    assert len(message) < 900, message
    return caught.value


def table(rows):
    """Rows ``{what is wrong: (action, *words of the message)}`` as parameters of a test."""
    cases = [pytest.param(action, words, id=wrong) for wrong, (action, *words) in rows.items()]
    return pytest.mark.parametrize(("action", "words"), cases)


F = nf.ConstantInput("F", rates=np.array([10.0, 20.0, 30.0]))
E = nf.LeakyRate("E", size=4)
WEIGHTS = np.arange(12.0).reshape(4, 3)


def cells(name="E", size=4, **options):
    return nf.LeakyRate(name, size=size, **options)


def synapse(weights=WEIGHTS, pre=F, post=E, **options):
    return nf.ReversalSynapse(pre, post, **({"weights": weights, "g": 1e-5} | options))


NET = nf.Network("net", [F, E, synapse()])
SOLUTION = nf.simulate(NET, 0.01, save_at=2)


def run(duration=0.1, **options):
    return nf.simulate(NET, duration, **options)


# Names.


@table(
    {
        "keyword typo of a cell": (lambda: cells(tua=0.1), "LeakyRate", "'tua'", "Did you mean 'tau'?", "'v_rest'"),
        "keyword typo of a synapse": (lambda: synapse(wieghts=1.0), "ReversalSynapse", "'wieghts'", "mean 'weights'"),
        "keyword typo of an activation": (lambda: nf.Softplus(treshold=0.0), "Softplus", "'treshold'", "'threshold'"),
        "option typo of an integrator": (lambda: nf.ScipyIntegrator(rtoll=1), "ScipyIntegrator", "'rtoll'", "'rtol'"),
        "missing size": (lambda: nf.LeakyRate("E"), "LeakyRate", "size", "activation"),
        "missing name": (lambda: nf.LeakyRate(size=3), "LeakyRate", "name"),
        "missing weights and g": (lambda: nf.ReversalSynapse(F, E), "ReversalSynapse", "weights"),
        "size by position": (lambda: nf.LeakyRate("E", 3), "LeakyRate", "positional", "size"),
        "name twice": (lambda: nf.LeakyRate("E", name="E", size=3), "LeakyRate", "multiple values", "name"),
        "name with a space": (lambda: cells("E v"), "LeakyRate", "'E v'", "identifier"),
        "name with a dot": (lambda: cells("E.v"), "LeakyRate", "'E.v'", "identifier"),
        "name with a hyphen": (lambda: cells("E-1"), "LeakyRate", "'E-1'", "identifier"),
        "name that starts with a digit": (lambda: cells("1E"), "LeakyRate", "'1E'", "identifier"),
        "name with an accent": (lambda: cells("é"), "LeakyRate", "'é'", "identifier"),
        "name with a line break": (lambda: cells("E\n"), "LeakyRate", "'E\\n'", "identifier"),
        "empty name": (lambda: cells(""), "LeakyRate", "''", "identifier"),
        "name that is a number": (lambda: cells(3), "LeakyRate", "name is 3", "identifier"),
        "name that is nothing": (lambda: cells(None), "LeakyRate", "name is None", "identifier"),
        "name of 65 letters": (lambda: cells("a" * 65), "LeakyRate", "a" * 65, "at most 64"),
        "bad name of a network": (lambda: nf.Network("my net", []), "Network", "'my net'", "identifier"),
        "bad name of a copy": (lambda: E.copy("E 2"), "LeakyRate", "'E 2'", "identifier"),
        "two cells of one name": (lambda: nf.Network("n", [E, cells()]), "Network 'n'", "2", "'E'", ".copy("),
        "two synapses of one name": (
            lambda: nf.Network("n", [F, E, synapse(), synapse()]),
            *("Network 'n'", "2", "'F_to_E'", "name="),
        ),
        "a cell and a network of one name": (lambda: nf.Network("n", [F, nf.Network("F", [])]), "Network 'n'", "'F'"),
    }
)
def test_wrong_missing_duplicate_or_illegal_names(action, words):
    refused(action, *words)


def test_a_name_of_64_letters_is_allowed():
    assert cells("a" * 64).name == "a" * 64


def test_everything_wrong_with_one_component_is_told_at_once():
    refused(lambda: cells("1E", size=0, tau=-1.0), "3 problems", "'1E'", "size is 0", "tau [s] is -1.0")


# Shapes and sizes.


@table(
    {
        "transposed weights": (lambda: synapse(WEIGHTS.T), "'F_to_E'", "(3, 4)", "(4, 3)", "post x pre", "transpose"),
        "transposed sparse weights": (
            lambda: synapse(sparse.csr_array(WEIGHTS.T)),
            *("'F_to_E'", "(3, 4)", "(4, 3)", "post x pre", "transpose"),
        ),
        "a batch of transposed weights": (
            lambda: synapse(np.ones((2, 3, 4))),
            *("'F_to_E'", "(2, 3, 4)", "(4, 3)", "post x pre", "transpose"),
        ),
        "weights of another size": (lambda: synapse(np.ones((4, 5))), "ReversalSynapse 'F_to_E'", "(4, 5)", "(4, 3)"),
        "sparse weights of another size": (lambda: synapse(sparse.csr_array(np.ones((4, 5)))), "'F_to_E'", "(4, 5)"),
        "weights as a vector": (lambda: synapse(np.ones(3)), "weights", "(3,)", "(4, 3)"),
        "weights as one row": (lambda: synapse(np.ones((1, 3))), "weights", "(1, 3)", "(4, 3)"),
        "sparse weights with three axes": (
            lambda: synapse(sparse.coo_array(np.ones((2, 4, 3)))),
            "weights",
            "(2, 4, 3)",
        ),
        "parameter of another size": (lambda: cells(tau=np.ones(5)), "LeakyRate 'E'", "tau", "(5,)", "(4,)"),
        "parameter of one entry": (lambda: cells(tau=np.ones(1)), "LeakyRate 'E'", "tau", "(1,)", "(4,)"),
        "parameter of no entry": (lambda: cells(tau=[]), "LeakyRate 'E'", "tau", "(0,)", "(4,)"),
        "parameter for one cell": (lambda: cells(size=1, tau=np.ones(2)), "tau", "(2,)", "(1,)"),
        "parameter along pre in place of post": (lambda: synapse(tau=np.ones(3)), "'F_to_E'", "tau", "(3,)", "(4,)"),
        "parameter of an activation": (
            lambda: cells(activation=nf.ClippedLinear(threshold=np.full(3, -50.0))),
            *("LeakyRate 'E'", "activation.threshold", "(3,)", "(4,)"),
        ),
        "rates without channels": (lambda: nf.ConstantInput("F", rates=[]), "ConstantInput 'F'", "rates", "channels"),
        "rates that are one number": (lambda: nf.ConstantInput("F", rates=5.0), "ConstantInput 'F'", "rates", "5.0"),
        "batches that do not match": (
            lambda: nf.Network("n", [nf.ConstantInput("F", rates=np.ones((2, 3))), cells(tau=np.ones((5, 4)))]),
            *("'E.tau'", "(5,)", "(2,)", "'F.rates'"),
        ),
        "y of another size": (lambda: NET.rhs(0.0, np.zeros(7)), "'net'", "(7,)", "8 states"),
    }
)
def test_wrong_shapes_say_what_was_given_and_what_is_needed(action, words):
    refused(action, *words, error=(nf.ParameterError, nf.WiringError))


def test_transpose_is_mentioned_only_where_it_would_fit():
    assert "transpose" not in told(refused(lambda: synapse(np.ones((5, 4)))))


@pytest.mark.parametrize("size", [0, -3, 2.5, "4", None, True, np.nan])
def test_a_size_that_is_no_count(size):
    refused(lambda: cells(size=size), "LeakyRate 'E'", f"size is {size!r}", "at least 1", error=nf.ParameterError)


def test_a_network_without_states_has_nothing_to_solve():
    refused(lambda: nf.simulate(nf.Network("n", [F]), 1.0), "'n'", "no states")


# Values.


@table(
    {
        "NaN parameter": (lambda: cells(v_rest=np.nan), "LeakyRate 'E'", "v_rest [mV]", "nan", "finite"),
        "infinite entries": (lambda: cells(v_rest=[0, 1, np.inf, np.nan]), "v_rest", "2 of 4", "[2] = inf", "finite"),
        "NaN weight": (
            lambda: synapse(np.where(WEIGHTS == 7.0, np.nan, WEIGHTS)),
            *("ReversalSynapse 'F_to_E'", "weights", "1 of 12", "[2, 1] = nan", "finite"),
        ),
        "infinite sparse weight": (
            lambda: synapse(sparse.csr_array(np.where(WEIGHTS == 7.0, np.inf, WEIGHTS))),
            *("ReversalSynapse 'F_to_E'", "weights", "1 of 11", "[2, 1] = inf", "finite"),
        ),
        "negative tau": (lambda: cells(tau=-0.05), "LeakyRate 'E'", "tau [s] is -0.05", "positive"),
        "tau of zero": (lambda: cells(tau=0), "LeakyRate 'E'", "tau [s] is 0.0", "positive"),
        "NaN tau": (lambda: cells(tau=np.nan), "LeakyRate 'E'", "tau [s] is nan", "positive"),
        "some negative tau": (lambda: cells(tau=[1, 1, -0.1, 0]), "tau [s]", "2 of 4", "[2] = -0.1", "positive"),
        "negative tau of a synapse": (lambda: synapse(tau=-1.0), "'F_to_E'", "tau [s] is -1.0", "positive"),
        "NaN in a recording": (
            lambda: nf.SampledInput("R", times=[0.0, 1.0], rates=[[1.0, 2.0], [3.0, np.nan]]),
            *("SampledInput 'R'", "rates [Hz]", "[1, 1] = nan"),
        ),
        "negative rates": (
            lambda: nf.ConstantInput("F", rates=[1, -2]),
            "'F'",
            "rates [Hz]",
            "[1] = -2.0",
            "zero or more",
        ),
        "ceiling below threshold": (
            lambda: nf.ClippedLinear(threshold=-30.0, ceiling=-50.0),
            *("ClippedLinear", "ceiling", "-50.0", "threshold", "-30.0"),
        ),
        "negative width": (lambda: nf.Sigmoid(width=-4.0), "Sigmoid", "width [mV] is -4.0", "positive"),
        "offset before onset": (
            lambda: nf.StepInput("S", size=1, amplitude=1.0, onset=0.2, offset=0.1),
            *("StepInput 'S'", "offset (0.1 s)", "onset (0.2 s)"),
        ),
    }
)
def test_values_out_of_bounds_are_counted_and_located(action, words):
    refused(action, *words, error=nf.ParameterError)


@pytest.mark.parametrize(
    ("value", "given"),
    [
        pytest.param(np.array([0.1, None, 0.1, 0.1]), "dtype object", id="object array"),
        pytest.param("fast", "'fast'", id="string"),
        pytest.param(None, "None", id="nothing"),
        pytest.param(0.1 + 2j, "complex", id="complex number"),
        pytest.param(np.full(4, 0.1 + 0j), "complex", id="complex array"),
        pytest.param(np.full(4, 0.1, np.float16), "float16", id="float16 array"),
        pytest.param(np.float16(0.1), "float16", id="float16 number"),
        pytest.param(np.full(4, 1, "datetime64[s]"), "datetime64", id="dates"),
        pytest.param(np.ma.masked_array(np.ones(4), [0, 1, 0, 0]), "masked", id="masked array"),
        pytest.param([[0.1, 0.2], [0.3]], "[2, 1]", id="ragged list"),
        pytest.param([0.1, [0.2, 0.3], 0.4, 0.5], "[1, 2, 1, 1]", id="ragged at one place"),
        pytest.param(sparse.csr_array(np.ones((1, 4))), "sparse", id="sparse"),
        pytest.param(lambda t: 0.1, "function", id="function"),
    ],
)
def test_parameters_that_are_no_real_numbers(value, given):
    error = refused(lambda: cells(tau=value), "LeakyRate 'E'", "tau", given, error=nf.ParameterError)
    assert error.attribute == "tau"


@pytest.mark.parametrize(
    ("weights", "given"),
    [
        pytest.param(WEIGHTS.astype(object), "dtype object", id="object array"),
        pytest.param("all", "'all'", id="string"),
        pytest.param(WEIGHTS * 1j, "complex", id="complex"),
        pytest.param(sparse.csr_array(WEIGHTS * 1j), "complex", id="sparse complex"),
        pytest.param(WEIGHTS.astype(np.float16), "float16", id="float16"),
        pytest.param(np.ma.masked_array(WEIGHTS, WEIGHTS > 3), "masked", id="masked array"),
        pytest.param([[1, 2, 3], [1, 2], [1], [1, 2, 3]], "[3, 2, 1, 3]", id="ragged"),
    ],
)
def test_weights_that_are_no_real_numbers(weights, given):
    refused(lambda: synapse(weights), "ReversalSynapse 'F_to_E'", "weights", given, error=nf.ParameterError)


@pytest.mark.parametrize("activation", [3.0, None, "relu", nf.ClippedLinear])
def test_an_activation_that_is_none(activation):
    refused(lambda: cells(activation=activation), "LeakyRate 'E'", "activation")


# Sparse matrices.


def csr(data, columns, starts, shape=(4, 3)):
    """A CSR array put together by hand, past the checks of SciPy's constructor."""
    matrix = sparse.csr_array(shape)
    matrix.data, matrix.indices, matrix.indptr = np.array(data, float), np.array(columns), np.array(starts)
    return matrix


def coo(data, rows, columns, shape=(4, 3), kind=sparse.coo_array):
    """A COO array put together by hand, past the checks of SciPy's constructor."""
    matrix = kind((np.ones(1), ([0], [0])), shape=shape)
    matrix.data, matrix.coords = np.array(data, float), (np.array(rows), np.array(columns))
    return matrix


@pytest.mark.parametrize(
    ("matrix", "given"),
    [
        pytest.param(csr([1, 2], [0, 37], [0, 1, 2, 2, 2]), "37", id="csr column"),
        pytest.param(csr([1, 2], [0, -1], [0, 1, 2, 2, 2]), "-1", id="csr negative column"),
        pytest.param(csr([1, 2], [0, 1], [0, 1, 2, 2, 9]), "pointer", id="csr pointer past the end"),
        pytest.param(csr([1, 2], [0, 1], [0, 1, 2]), "pointer", id="csr pointer too short"),
        pytest.param(csr([1, 2], [0, 1], [0, 2, 1, 2, 2]), "indptr", id="csr pointer that decreases"),
        pytest.param(coo([1, 2], [0, 1], [0, 37]), "37", id="coo column"),
        pytest.param(coo([1, 2], [0, 1], [0, 3]), "column", id="coo column one too far"),
        pytest.param(coo([1, 2], [0, -1], [0, 1]), "-1", id="coo negative row"),
        pytest.param(coo([1, 2], [0, 4], [0, 1]), "row", id="coo row one too far"),
    ],
)
def test_sparse_weights_with_indices_outside_their_shape(matrix, given):
    refused(lambda: synapse(matrix), "ReversalSynapse 'F_to_E'", "weights", "(4, 3)", given, error=nf.ParameterError)


@pytest.mark.parametrize("kind", [sparse.coo_array, sparse.coo_matrix])
def test_a_coo_row_beyond_a_wide_matrix_is_not_written_to_foreign_memory(kind):
    wide, post = nf.ConstantInput("F", rates=np.ones(7)), cells(size=2)
    matrix = coo([5.0], [2], [0], (2, 7), kind)
    refused(lambda: synapse(matrix, pre=wide, post=post), "weights", "(2, 7)", "row")


@pytest.mark.parametrize(
    "matrix",
    [
        pytest.param(csr([1, 2, 3, 4], [1, 1, 1, 2], [0, 3, 4, 4, 4]), id="csr"),
        pytest.param(coo([1, 2, 3, 4], [0, 0, 0, 1], [1, 1, 1, 2]), id="coo array"),
        pytest.param(coo([1, 2, 3, 4], [0, 0, 0, 1], [1, 1, 1, 2], kind=sparse.coo_matrix), id="coo matrix"),
    ],
)
@pytest.mark.parametrize("resolution", ["lumped", "synapse"])
def test_duplicate_entries_are_summed_and_told(matrix, resolution):
    with pytest.warns(UserWarning, match=r"F_to_E.* 2 duplicate") as caught:
        projection = synapse(matrix, resolution=resolution)
    assert len(caught) == 1
    net = nf.Network("n", [F, E, projection])
    y = np.linspace(-60.0, 5.0, net.registry.size)
    drive = net.quantity(0.0, y, "F_to_E.drive")
    expected = [(1 + 2 + 3) * 20.0, 4 * 30.0]  # cells 0 and 1 hear channels 1 and 2
    assert drive.tolist() == (expected if resolution == "synapse" else [*expected, 0.0, 0.0])


def test_explicit_zeros_are_kept_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kept = synapse(coo([0.0, 2.0], [0, 3], [1, 2])).weights
    assert kept.nnz == 2


# Wiring.


@table(
    {
        "pre is not in the network": (
            lambda: nf.Network("n", [E, synapse()]),
            *("ReversalSynapse 'F_to_E'", "pre", "ConstantInput 'F'", "not in Network 'n'", "Add it"),
        ),
        "post is not in the network": (
            lambda: nf.Network("n", [F, synapse()]),
            *("ReversalSynapse 'F_to_E'", "post", "LeakyRate 'E'", "not in Network 'n'", "Add it"),
        ),
        "post is a twin of one in the network": (
            lambda: nf.Network("n", [F, cells(), synapse()]),
            *("'F_to_E'", "LeakyRate 'E'", "another object", "network['E']"),
        ),
        "post is inside another network": (
            lambda: nf.Network("n", [nf.Network("a", [F]), nf.Network("b", [E, synapse()]).copy("c"), synapse()]),
            *("'F_to_E'", "not in Network"),
        ),
        "node twice in one list": (
            lambda: nf.Network("n", [E, E]),
            "Network 'n'",
            "same LeakyRate 'E'",
            "twice",
            "copy",
        ),
        "node also in a sub-network": (
            lambda: nf.Network("n", [E, nf.Network("inner", [E])]),
            *("Network 'n'", "LeakyRate 'E'", "twice", "'inner.E'", ".copy("),
        ),
        "node in two sub-networks": (
            lambda: nf.Network("n", [nf.Network("a", [E]), nf.Network("b", [E])]),
            *("Network 'n'", "LeakyRate 'E'", "twice", "'a.E'", "'b.E'"),
        ),
        "number in place of a component": (lambda: nf.Network("n", [F, 3]), "Network 'n'", "3", "not a component"),
        "class in place of a component": (lambda: nf.Network("n", [nf.LeakyRate]), "Network 'n'", "LeakyRate"),
        "activation in place of a component": (lambda: nf.Network("n", [nf.Sigmoid()]), "Network 'n'", "Sigmoid"),
        "component without a list": (lambda: nf.Network("n", F), "Network", "components"),
        "number in place of a node": (lambda: synapse(post=3), "ReversalSynapse", "post is 3", "population"),
        "network in place of a node": (lambda: synapse(post=NET), "ReversalSynapse", "post is", "'net'", "population"),
        "an input as target": (lambda: synapse(WEIGHTS.T, E, F), "'E_to_F'", "ConstantInput 'F'", "'current'"),
        "unknown port": (lambda: synapse(port="curent"), "LeakyRate 'E'", "'curent'", "Did you mean 'current'?"),
        "unknown resolution": (lambda: synapse(resolution="lump"), "'F_to_E'", "'lump'", "'lumped'", "'synapse'"),
    }
)
def test_components_that_form_no_network(action, words):
    refused(action, *words)


# Paths and options by name.


@table(
    {
        "net[...]": (lambda: NET["F_to_e"], "Network 'net'", "'F_to_e'", "Did you mean 'F_to_E'?", "'E'"),
        "net[...] inside a network": (lambda: nf.Network("n", [NET])["net.Ee"], "'n'", "'net.Ee'", "'net.E'"),
        "sol[...] state": (lambda: SOLUTION["E.vv"], "'net'", "'E.vv'", "Did you mean 'E.v'?"),
        "sol[...] quantity": (lambda: SOLUTION["E.rat"], "'net'", "'E.rat'", "'E.rate'"),
        "sol[...] component": (lambda: SOLUTION["FFE_to_E.i"], "'FFE_to_E.i'", "'F_to_E.i'"),
        "sol[...] not recorded": (
            lambda: run(0.01, save_at=2, record=["E.v"])["E.rate"],
            *("'net'", "'E.rate'", "not recorded", "'E.v'"),
        ),
        "record": (lambda: run(record=["E.v", "E.rte"]), "'net'", "record", "'E.rte'", "'E.rate'"),
        "record as one string": (lambda: run(record="E.rte"), "'net'", "record", "'E.rte'", "'E.rate'"),
        "record as a number": (lambda: run(record=3), "record", "3"),
        "with_parameters parameter": (
            lambda: NET.with_parameters({"E.tua": 0.1}),
            *("LeakyRate 'E'", "'tua'", "Did you mean 'tau'?"),
        ),
        "with_parameters component": (lambda: NET.with_parameters({"EE.tau": 0.1}), "'EE.tau'", "Did you mean 'E'?"),
        "with_parameters part": (
            lambda: NET.with_parameters({"E.activation.treshold": 0.1}),
            *("'E.activation'", "'treshold'", "'threshold'"),
        ),
        "with_parameters state": (lambda: NET.with_parameters({"E.v": 0.1}), "LeakyRate 'E'", "'v'", "'tau'"),
        "with_parameters without parameter": (lambda: NET.with_parameters({"E": 0.1}), "'E'", "parameter", "'tau'"),
        "with_parameters without component": (lambda: NET.with_parameters({"tau": 0.1}), "'tau'", "'F_to_E'"),
        "with_parameters number": (lambda: NET.with_parameters({3: 0.1}), "3", "'F_to_E'"),
        "with_parameters bad value": (lambda: NET.with_parameters({"E.tau": -1}), "LeakyRate 'E'", "-1.0", "positive"),
        "with_parameters bad shape": (
            lambda: NET.with_parameters({"F_to_E.weights": WEIGHTS.T}),
            *("'F_to_E'", "weights", "(3, 4)", "(4, 3)", "transpose"),
        ),
        "initial_state": (lambda: NET.initial_state({"E.vv": 0.0}), "'E.vv'", "Did you mean 'E.v'?"),
        "y0": (lambda: run(y0={"E.vv": 0.0}), "'E.vv'", "Did you mean 'E.v'?"),
        "ScipyIntegrator method": (lambda: nf.ScipyIntegrator("RK4"), "'RK4'", "Did you mean 'RK45'?", "'LSODA'"),
        "ScipyIntegrator method in small letters": (lambda: nf.ScipyIntegrator("lsoda"), "'lsoda'", "mean 'LSODA'?"),
        "FixedStepIntegrator method": (lambda: nf.FixedStepIntegrator("rk"), "'rk'", "mean 'rk4'?", "'euler'"),
        "FixedStepIntegrator method in capitals": (lambda: nf.FixedStepIntegrator("RK4"), "'RK4'", "mean 'rk4'?"),
        "method that is nothing": (lambda: nf.ScipyIntegrator(None), "None", "'RK45'"),
        "interpolation": (
            lambda: nf.SampledInput("R", times=[0, 1], rates=[[1], [2]], interpolation="lin"),
            *("SampledInput 'R'", "interpolation", "'lin'", "'linear'", "'previous'"),
        ),
        "beyond": (
            lambda: nf.SampledInput("R", times=[0, 1], rates=[[1], [2]], beyond="holdd"),
            *("SampledInput 'R'", "beyond", "'holdd'", "Did you mean 'hold'?", "'repeat'"),
        ),
        "slot": (lambda: NET.registry.slot("E.vv"), "'E.vv'", "'E.v'"),
        "locate": (lambda: NET.registry.locate(8), "8"),
        "quantity": (lambda: NET.quantity(0.0, NET.initial_state(), "E.rte"), "'net'", "'E.rte'", "'E.rate'"),
    }
)
def test_unknown_paths_and_methods_name_the_closest_match(action, words):
    refused(action, *words)


def test_recording_a_path_twice_keeps_one_value_for_each_time():
    sol = run(record=["E.v", "E.v"])
    assert sol["E.v"].shape == (len(sol.t), 4)


# Run arguments.


@table(
    {
        "save_at after the end": (lambda: run(save_at=[0.0, 2.0]), "'net'", "save_at", "[2.0]", "0 to 0.1"),
        "save_at before the start": (lambda: run(save_at=[-1.0, 0.0]), "'net'", "save_at", "[-1.0]", "0 to 0.1"),
        "save_at that is infinite": (lambda: run(save_at=[0.0, np.inf]), "save_at", "inf"),
        "save_at unsorted": (lambda: run(save_at=[0.05, 0.02]), "save_at", "increase", "0.05", "0.02", "sort"),
        "save_at with repeats": (lambda: run(save_at=[0.01, 0.05, 0.05]), "save_at", "increase", "0.05"),
        "save_at with NaN": (lambda: run(save_at=[0.0, np.nan, 0.1]), "save_at", "NaN", "[1]"),
        "save_at empty": (lambda: run(save_at=[]), "save_at", "(0,)"),
        "save_at of one time": (lambda: run(save_at=1), "save_at is 1", "2 or more"),
        "save_at of no time": (lambda: run(save_at=0), "save_at is 0", "2 or more"),
        "save_at negative": (lambda: run(save_at=-3), "save_at is -3", "2 or more"),
        "save_at as a matrix": (lambda: run(save_at=[[0.0, 0.1]]), "save_at", "(1, 2)", "one-dimensional"),
        "save_at as a fraction": (lambda: run(save_at=2.5), "save_at", "whole number"),
        "save_at as a truth value": (lambda: run(save_at=True), "save_at", "whole number"),
        "save_at as text": (lambda: run(save_at="all"), "save_at", "'all'", "array of times"),
        "save_at complex": (lambda: run(save_at=np.array([0.0, 0.1j])), "save_at", "complex"),
        "duration of zero": (lambda: run(0), "duration is 0", "positive"),
        "duration negative": (lambda: run(-1.0), "duration is -1.0", "positive"),
        "duration NaN": (lambda: run(np.nan), "duration is nan", "finite"),
        "duration infinite": (lambda: run(np.inf), "duration is inf", "finite"),
        "duration as text": (lambda: run("1"), "duration is '1'", "number"),
        "duration as nothing": (lambda: run(None), "duration is None", "number"),
        "duration complex": (lambda: run(1j), "duration is 1j", "number"),
        "t0 NaN": (lambda: run(t0=np.nan), "t0 is nan", "finite"),
        "t0 infinite": (lambda: run(t0=-np.inf), "t0 is -inf", "finite"),
        "t0 as text": (lambda: run(t0="0"), "t0 is '0'", "number"),
        "duration lost beside t0": (lambda: run(1e-3, t0=1e15), "duration", "0.001", "t0", "1e+15"),
        "integrator as text": (lambda: run(integrator="RK45"), "integrator", "'RK45'", "solve"),
        "integrator as a class": (lambda: run(integrator=nf.ScipyIntegrator), "integrator", "ScipyIntegrator"),
        "network as text": (lambda: nf.simulate("net", 1.0), "network", "'net'"),
        "rtol of zero": (lambda: nf.ScipyIntegrator(rtol=0), "ScipyIntegrator", "rtol", "0.0", "positive"),
        "rtol negative": (lambda: nf.ScipyIntegrator(rtol=-1e-3), "ScipyIntegrator", "rtol", "-0.001", "positive"),
        "rtol NaN": (lambda: nf.ScipyIntegrator(rtol=np.nan), "ScipyIntegrator", "rtol", "nan", "positive"),
        "rtol array": (lambda: nf.ScipyIntegrator(rtol=[1e-3, 1e-4]), "ScipyIntegrator", "rtol", "array", "one number"),
        "rtol text": (lambda: nf.ScipyIntegrator(rtol="1e-3"), "ScipyIntegrator", "rtol", "'1e-3'", "numbers"),
        "atol of zero": (lambda: nf.ScipyIntegrator(atol=0), "ScipyIntegrator", "atol", "0.0", "positive"),
        "max_step negative": (lambda: nf.ScipyIntegrator(max_step=-1.0), "max_step", "-1.0", "positive"),
        "max_step NaN": (lambda: nf.ScipyIntegrator(max_step=np.nan), "max_step", "nan"),
        "first_step of zero": (lambda: nf.ScipyIntegrator(first_step=0), "first_step", "0", "positive"),
        "first_step text": (lambda: nf.ScipyIntegrator(first_step="a"), "first_step", "'a'"),
        "max_steps of zero": (lambda: nf.ScipyIntegrator(max_steps=0), "max_steps", "0", "positive"),
        "max_wall_time negative": (lambda: nf.ScipyIntegrator(max_wall_time=-1), "max_wall_time", "-1", "positive"),
        "dt of zero": (lambda: nf.FixedStepIntegrator(dt=0), "FixedStepIntegrator", "dt", "0.0", "positive"),
        "dt infinite": (lambda: nf.FixedStepIntegrator(dt=np.inf), "FixedStepIntegrator", "dt", "inf", "positive"),
        "fixed max_steps of zero": (lambda: nf.FixedStepIntegrator(max_steps=0), "max_steps", "0", "positive"),
        "CVODE method": (lambda: nf.SundialsIntegrator("adams"), "SundialsIntegrator", "'adams'", "mean 'Adams'?"),
        "linear solver": (lambda: nf.SundialsIntegrator(linear_solver="gmres"), "linear_solver", "'gmres'", "'krylov'"),
        "order of BDF": (lambda: nf.SundialsIntegrator("BDF", max_order=6), "max_order is 6", "1 to 5", "BDF"),
        "order of Adams": (lambda: nf.SundialsIntegrator("Adams", max_order=0), "max_order is 0", "1 to 12"),
        "order as a fraction": (lambda: nf.SundialsIntegrator(max_order=2.5), "max_order is 2.5", "whole"),
        "CVODE rtol of zero": (lambda: nf.SundialsIntegrator(rtol=0), "SundialsIntegrator", "rtol", "positive"),
        "CVODE first_step text": (lambda: nf.SundialsIntegrator(first_step="a"), "first_step", "'a'"),
        "fixed max_wall_time negative": (lambda: nf.FixedStepIntegrator(max_wall_time=-1), "max_wall_time", "-1"),
    }
)
def test_run_arguments_and_options_out_of_bounds(action, words):
    refused(action, *words)


@table(
    {
        "override of another shape": (lambda: NET.initial_state({"E.v": np.ones(3)}), "'E.v'", "(3,)", "(4,)"),
        "override that is NaN": (lambda: NET.initial_state({"E.v": np.nan}), "'E.v'", "finite"),
        "override with a NaN": (lambda: NET.initial_state({"E.v": [1, 2, np.nan, 4]}), "'E.v'", "finite"),
        "override that is text": (lambda: NET.initial_state({"E.v": "rest"}), "'E.v'", "'rest'", "numbers"),
        "override that is complex": (lambda: NET.initial_state({"E.v": 1j}), "'E.v'", "1j", "numbers"),
        "override of a parameter": (lambda: NET.initial_state({"E.tau": 1.0}), "'E.tau'", "'E.v'"),
        "override in y0": (lambda: run(y0={"F_to_E.i": np.inf}), "'F_to_E.i'", "finite"),
        "y0 too short": (lambda: run(y0=np.ones(7)), "'net'", "y0", "(7,)", "(8,)"),
        "y0 turned": (lambda: run(y0=np.ones((8, 2))), "'net'", "y0", "(8, 2)", "(8,)"),
        "y0 that is one number": (lambda: run(y0=1.0), "'net'", "y0", "(8,)"),
        "y0 with NaN": (
            lambda: run(y0=np.where(np.arange(8) == 5, np.nan, 1.0)),
            "y0",
            "finite",
            "1 of 8",
            "F_to_E.i[1]",
        ),
        "y0 with infinity in a batch": (
            lambda: run(y0=np.where(np.arange(16).reshape(2, 8) == 11, np.inf, 1.0)),
            *("y0", "finite", "1 of 16", "E.v[3]"),
        ),
        "y0 that is text": (lambda: run(y0="rest"), "'net'", "y0", "'rest'"),
        "y0 that is complex": (lambda: run(y0=np.ones(8) * 1j), "'net'", "y0", "complex"),
        "y0 that is masked": (
            lambda: run(y0=np.ma.masked_array(np.ones(8), np.arange(8) > 5)),
            "'net'",
            "y0",
            "masked",
        ),
    }
)
def test_initial_states_that_cannot_be_used_are_named(action, words):
    refused(action, *words)


# Hooks.


@component
class Custom(nf.Population):
    """Two states that decay."""

    v = state(unit="mV", initial=1.0)
    w = state(unit="nA", initial=1.0)

    def rate(self, t, s):
        return s.v

    def derivatives(self, t, s, inputs):
        return {"v": -s.v, "w": -s.w}


@component
class Plastic(nf.Projection):
    """A state and a parameter on every axis."""

    of_pre: Param = parameter(1.0, unit="1", axes=("pre",))
    of_post: Param = parameter(1.0, unit="1", axes=("post",))
    of_pair: Param = parameter(1.0, unit="1", axes=("post", "pre"))
    i = state(unit="nA", axes=("edge",))
    x = state(unit="1", axes=("pre",))
    z = state(unit="1", axes=("synapse",))
    theta = state(unit="1", axes=("post",))
    lumpable = True

    def derivatives(self, t, s, inputs):
        return {"i": inputs.drive - s.i}

    def pre_derivatives(self, t, s, pre):
        return {"x": pre.rate - s.x}

    def synapse_derivatives(self, t, s, inputs):
        return {"z": -s.z}

    def post_derivatives(self, t, s, post):
        return {"theta": -s.theta}

    def current(self, t, s, inputs):
        return s.i


def population(**hooks):
    """A network of a population of four cells with the hooks given."""
    kind = component(type("Custom", (Custom,), hooks))
    p = kind("P", size=4)
    return nf.Network("n", [F, p, nf.InstantSynapse(F, p, weights=1.0, g=1.0)])


def projection(resolution="lumped", **hooks):
    """A network of a projection from three channels to four cells with the hooks given."""
    kind = component(type("Plastic", (Plastic,), hooks))
    arrays = {"of_pre": np.ones(3), "of_post": np.ones(4), "of_pair": np.ones((4, 3))}
    return nf.Network("n", [F, E, kind(F, E, weights=WEIGHTS, resolution=resolution, **arrays)])


def in_cell(**hooks):
    return lambda: nf.simulate(population(**hooks), 0.1)


def in_synapse(resolution="lumped", **hooks):
    return lambda: nf.simulate(projection(resolution, **hooks), 0.1)


@table(
    {
        "missing key": (in_cell(derivatives=lambda self, t, s, inputs: {"v": -s.v}), "'P'", "lack ['w']", "['v', 'w']"),
        "surplus key": (
            in_cell(derivatives=lambda self, t, s, inputs: {"v": -s.v, "w": -s.w, "u": -s.w}),
            *("'P'", "['u']", "['v', 'w']"),
        ),
        "typo in a key": (
            in_cell(derivatives=lambda self, t, s, inputs: {"v": -s.v, "W": -s.w}),
            *("'P'", "['w']", "['W']", "['v', 'w']"),
        ),
        "an array": (
            in_cell(derivatives=lambda self, t, s, inputs: -s.v),
            "Custom 'P'",
            "derivatives",
            "ndarray",
            "dict",
        ),
        "a tuple": (in_cell(derivatives=lambda self, t, s, inputs: (-s.v, -s.w)), "Custom 'P'", "tuple", "dict"),
        "nothing": (in_cell(derivatives=lambda self, t, s, inputs: None), "Custom 'P'", "NoneType", "dict"),
        "wrong length": (
            in_cell(derivatives=lambda self, t, s, inputs: {"v": np.ones(3), "w": -s.w}),
            *("Custom 'P'", "'v'", "(3,)", "(4,)"),
        ),
        "one entry": (
            in_cell(derivatives=lambda self, t, s, inputs: {"v": np.ones(1), "w": -s.w}),
            *("Custom 'P'", "'v'", "(1,)", "(4,)"),
        ),
        "an axis too many": (
            in_cell(derivatives=lambda self, t, s, inputs: {"v": s.v[:, None] * s.v, "w": -s.w}),
            *("Custom 'P'", "'v'", "(4, 4)", "(4,)"),
        ),
        "text": (
            in_cell(derivatives=lambda self, t, s, inputs: {"v": "down", "w": -s.w}),
            *("Custom 'P'", "'v'", "'down'"),
        ),
        "complex numbers": (
            in_cell(derivatives=lambda self, t, s, inputs: {"v": s.v * 1j, "w": -s.w}),
            *("Custom 'P'", "'v'", "complex"),
        ),
        "objects": (
            in_cell(derivatives=lambda self, t, s, inputs: {"v": np.array([None] * 4), "w": -s.w}),
            *("Custom 'P'", "'v'", "object"),
        ),
        "rate of another length": (in_cell(rate=lambda self, t, s: np.ones(3)), "Custom 'P'", "rate", "(3,)", "(4,)"),
        "rate of nothing": (in_cell(rate=lambda self, t, s: None), "Custom 'P'", "rate", "None"),
        "synapse: missing key": (in_synapse(derivatives=lambda self, t, s, inputs: {}), "'F_to_E'", "['i']"),
        "synapse: surplus key": (
            in_synapse(derivatives=lambda self, t, s, inputs: {"i": -s.i, "u": s.i}),
            *("'F_to_E'", "['u']"),
        ),
        "synapse: key of another axis": (
            in_synapse(derivatives=lambda self, t, s, inputs: {"i": -s.i, "theta": -s.theta}),
            *("'F_to_E'", "derivatives", "theta", "post_derivatives"),
        ),
        "synapse: an array": (
            in_synapse(derivatives=lambda self, t, s, inputs: -s.i),
            *("Plastic 'F_to_E'", "derivatives", "ndarray", "dict"),
        ),
        "synapse: nothing": (
            in_synapse(pre_derivatives=lambda self, t, s, pre: None),
            *("Plastic 'F_to_E'", "pre_derivatives", "NoneType", "dict"),
        ),
        "synapse: pre in place of post": (
            in_synapse(derivatives=lambda self, t, s, inputs: {"i": np.ones(3)}),
            *("Plastic 'F_to_E'", "'i'", "(3,)", "(4,)"),
        ),
        "synapse: one number per cell": (
            in_synapse("synapse", derivatives=lambda self, t, s, inputs: {"i": np.ones(4)}),
            *("Plastic 'F_to_E'", "'i'", "(4,)", "(4, 3)"),
        ),
        "synapse: signal": (
            in_synapse(signal=lambda self, t, s, pre: np.ones(4)),
            "'F_to_E'",
            "signal",
            "(4,)",
            "(3,)",
        ),
        "synapse: current": (
            in_synapse(current=lambda self, t, s, inputs: np.ones(3)),
            *("'F_to_E'", "current", "(3,)", "(4,)"),
        ),
        "synapse: efficacy": (
            in_synapse(efficacy=lambda self, t, s: np.ones((3, 4))),
            *("Plastic 'F_to_E'", "efficacy", "(3, 4)", "(4, 3)"),
        ),
        "synapse: efficacy per synapse": (
            in_synapse("synapse", efficacy=lambda self, t, s: np.ones((3, 4))),
            *("Plastic 'F_to_E'", "efficacy", "(3, 4)", "(4, 3)"),
        ),
    }
)
def test_hooks_that_return_something_else(action, words):
    refused(action, *words, error=nf.HookError)


@pytest.mark.parametrize(("hook", "name"), [("derivatives", "i"), ("synapse_derivatives", "z")])
@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        (lambda inputs: inputs.pre.rate, [[10.0, 20.0, 30.0]] * 4),
        (lambda inputs: inputs.post.v, [[-70.0] * 3] * 4),
    ],
    ids=["pre", "post"],
)
def test_a_hook_may_return_what_varies_along_one_end_only(hook, name, returned, expected):
    """``inputs.pre.rate`` is lined up with the synapses, so it is a derivative by itself."""
    net = projection("synapse", **{hook: lambda self, t, s, inputs: {name: returned(inputs)}})
    slope = net.registry.unpack(net.rhs(0.0, net.initial_state()))["F_to_E"][name]
    assert slope.tolist() == expected
    assert nf.simulate(net, 0.01).success


@pytest.mark.parametrize("integrator", objects(ALL))
@pytest.mark.parametrize("bad", [np.nan, np.inf], ids=["NaN", "infinity"])
@pytest.mark.parametrize("since", [0.0, 0.05])
def test_a_derivative_that_is_not_finite_stops_the_run_and_keeps_what_was_computed(integrator, bad, since):
    def derivatives(self, t, s, inputs):
        xp = nf.array_namespace(t, s.v)
        return {"v": xp.where((np.arange(4) > 1) & (t >= since), bad, -s.v), "w": -s.w}

    error = refused(
        lambda: nf.simulate(population(derivatives=derivatives), 0.1, integrator=integrator),
        *("not finite", "P.v", "2 of 4", "P.v[2]", "t ="),
        error=nf.IntegrationError,
    )
    sol = error.solution
    assert sol.status is nf.Status.NOT_FINITE
    assert not sol.success
    assert np.isfinite(sol.y).all()
    assert sol.t[-1] == 0.0 if since == 0.0 else 0.02 < sol.t[-1] < 0.0501
    assert np.abs(sol["P.v"][-1] - np.exp(-sol.t[-1])).max() < 1e-2


def test_a_derivative_that_is_not_finite_names_the_member_of_a_batch():
    net = population(derivatives=lambda self, t, s, inputs: {"v": 1.0 / (s.v - 3.0), "w": -s.w})
    with np.errstate(divide="ignore"):
        y0 = np.ones((2, 8))
        y0[1, 2] = 3.0
        refused(lambda: nf.simulate(net, 0.1, y0=y0), "P.v[2]", "member 1", error=nf.IntegrationError)


def _write_state(self, t, s, inputs):
    s.v[0] = 3.0
    return {"v": -s.v, "w": -s.w}


def _write_sum(self, t, s, inputs):
    current = inputs.current
    current += 1.0
    return {"v": current - s.v, "w": -s.w}


def _assign_state(self, t, s, inputs):
    s.v = 2.0 * s.v
    return {"v": -s.v, "w": -s.w}


def _write_drive(self, t, s, inputs):
    drive = inputs.drive
    drive *= 2.0
    return {"i": drive - s.i}


def _write_voltage(self, t, s, inputs):
    inputs.post.v[...] = 0.0
    return {"i": inputs.drive - s.i}


def _assign_voltage(self, t, s, inputs):
    inputs.post.v = 0.0 * inputs.post.v
    return {"i": inputs.drive - s.i}


def _write_rate(self, t, s, pre):
    rate = pre.rate
    rate *= 2.0
    return {"x": rate - s.x}


def _write_parameter(self, t, s, pre):
    own = self.of_pre
    own *= 2.0
    return {"x": own - s.x}


@table(
    {
        "own state": (in_cell(derivatives=_write_state), "Custom 'P'", "derivatives"),
        "sum of currents": (in_cell(derivatives=_write_sum), "Custom 'P'", "derivatives"),
        "attribute of the states": (in_cell(derivatives=_assign_state), "Custom 'P'", "derivatives"),
        "drive": (in_synapse(derivatives=_write_drive), "Plastic 'F_to_E'", "derivatives"),
        "drive per synapse": (in_synapse("synapse", derivatives=_write_drive), "Plastic 'F_to_E'", "derivatives"),
        "voltage of the target": (in_synapse(derivatives=_write_voltage), "Plastic 'F_to_E'", "derivatives"),
        "attribute of the target": (in_synapse(derivatives=_assign_voltage), "Plastic 'F_to_E'", "derivatives"),
        "rate of the source": (in_synapse(pre_derivatives=_write_rate), "Plastic 'F_to_E'", "pre_derivatives"),
        "parameter": (in_synapse(pre_derivatives=_write_parameter), "Plastic 'F_to_E'", "pre_derivatives"),
    }
)
def test_a_hook_that_writes_into_its_arguments(action, words):
    refused(action, *words, "writes into", error=nf.HookError)


def test_a_hook_cannot_change_what_the_framework_computed_once():
    """The drive of a constant input is computed once for a stretch; no evaluation may change the next."""
    net = projection(derivatives=_write_drive)
    rhs, y = net.segment(0.0, 1.0), net.initial_state()
    slopes = []
    for _ in range(2):
        try:
            slopes.append(rhs(0.5, y).tolist())
        except (nf.HookError, ValueError):
            slopes.append("refused")
    assert slopes[0] == slopes[1]


@table(
    {
        "state": (
            in_cell(derivatives=lambda self, t, s, inputs: {"v": -s.vv}),
            "'vv'",
            "mean 'v'?",
            "'w'",
            "Custom 'P'",
        ),
        "state in rate": (in_cell(rate=lambda self, t, s: s.vv), "'vv'", "mean 'v'?", "'w'", "Custom 'P': in rate"),
        "port": (in_cell(derivatives=lambda self, t, s, inputs: inputs.curent), "'curent'", "'current'", "Custom 'P'"),
        "drive": (
            in_synapse(derivatives=lambda self, t, s, inputs: {"i": inputs.driv}),
            *("'driv'", "mean 'drive'?", "'post'", "Plastic 'F_to_E'"),
        ),
        "state of the target": (
            in_synapse(derivatives=lambda self, t, s, inputs: {"i": inputs.post.vv}),
            *("'vv'", "mean 'v'?", "'rate'", "Plastic 'F_to_E'"),
        ),
        "state of an input": (in_synapse(signal=lambda self, t, s, pre: pre.v), "'v'", "'rate'", "signal", "'F_to_E'"),
        "own state of a synapse": (
            in_synapse("synapse", derivatives=lambda self, t, s, inputs: {"i": s.ii}),
            *("'ii'", "mean 'i'?", "'x'", "Plastic 'F_to_E'"),
        ),
        "parameter of a synapse": (
            in_synapse(derivatives=lambda self, t, s, inputs: {"i": self.of_prre}),
            *("'of_prre'", "'of_pre'", "Plastic 'F_to_E'"),
        ),
    }
)
def test_a_typo_inside_a_hook_names_what_is_there(action, words):
    refused(action, *words, error=AttributeError)


@table(
    {
        "inputs.pre": (in_synapse(derivatives=lambda self, t, s, inputs: {"i": inputs.pre.rate}), "presynaptic"),
        "inputs.pre in current": (in_synapse(current=lambda self, t, s, inputs: inputs.pre.rate), "in current"),
        "pre state": (in_synapse(derivatives=lambda self, t, s, inputs: {"i": s.x}), "'x'", "pre"),
        "synapse state": (in_synapse(derivatives=lambda self, t, s, inputs: {"i": s.z}), "'z'", "synapse"),
        "pre parameter": (in_synapse(derivatives=lambda self, t, s, inputs: {"i": self.of_pre}), "'of_pre'", "pre"),
        "pair parameter": (in_synapse(derivatives=lambda self, t, s, inputs: {"i": self.of_pair}), "'of_pair'", "pre"),
    }
)
def test_what_a_lumped_edge_hook_cannot_reach_says_why_and_what_to_do(action, words):
    common = ("Plastic 'F_to_E'", "lumped", "inputs.drive", "resolution='synapse'")
    refused(action, *words, *common, error=nf.HookError)


@table(
    {
        "post parameter in a pre hook": (
            lambda resolution: in_synapse(resolution, pre_derivatives=lambda self, t, s, pre: {"x": self.of_post}),
            *("'of_post'", "post"),
        ),
        "post state in a pre hook": (
            lambda resolution: in_synapse(resolution, pre_derivatives=lambda self, t, s, pre: {"x": s.theta}),
            *("'theta'", "post"),
        ),
        "pre parameter in a post hook": (
            lambda resolution: in_synapse(resolution, post_derivatives=lambda self, t, s, post: {"theta": self.of_pre}),
            *("'of_pre'", "pre"),
        ),
        "pre state in a post hook": (
            lambda resolution: in_synapse(resolution, post_derivatives=lambda self, t, s, post: {"theta": s.x}),
            *("'x'", "pre"),
        ),
    }
)
@pytest.mark.parametrize("resolution", ["lumped", "synapse"])
def test_what_another_end_has_is_out_of_reach_whatever_the_resolution(action, words, resolution):
    error = refused(action(resolution), *words, "Plastic 'F_to_E'", error=nf.HookError)
    assert "edge axis of a lumped projection" not in told(error), told(error)


def test_what_is_out_of_reach_lumped_is_in_reach_per_synapse():
    net = projection(
        "synapse",
        derivatives=lambda self, t, s, inputs: {"i": self.of_pre * self.of_pair * s.x * s.z * inputs.pre.rate - s.i},
    )
    assert nf.simulate(net, 0.01).success


def test_an_error_inside_a_hook_passes_with_a_note_that_names_it():
    with pytest.raises(ZeroDivisionError) as caught:
        in_cell(derivatives=lambda self, t, s, inputs: {"v": 1 // 0})()
    assert "in derivatives of Custom 'P'" in told(caught.value)


def test_an_error_inside_a_hook_during_the_run_carries_what_was_computed():
    def derivatives(self, t, s, inputs):
        if t > 0.05:
            raise RuntimeError("the electrode broke")
        return {"v": -s.v, "w": -s.w}

    with pytest.raises(RuntimeError, match="electrode") as caught:
        nf.simulate(population(derivatives=derivatives), 0.1)
    assert "'n'" in told(caught.value)
    assert "t =" in told(caught.value)
    assert 0.0 < caught.value.solution.t[-1] <= 0.05


# Memory.


@pytest.fixture
def free(monkeypatch):
    """A function that sets how many bytes of memory seem to be free."""
    monkeypatch.setattr(netframe.memory, "NEGLIGIBLE", 0)
    return lambda count: monkeypatch.setattr(netframe.memory, "available", lambda: count)


def test_a_state_far_too_large_is_refused_before_it_is_made():
    net = nf.Network("n", [cells(size=10**13)])
    refused(lambda: net.initial_state(), "Network 'n'", "80 TB", "free", "fewer", error=nf.MemoryBudgetError)
    refused(lambda: nf.simulate(net, 1.0, save_at=2), "Network 'n'", "about", "free", "Use", error=nf.MemoryBudgetError)


def test_a_state_that_just_fits_is_allowed(free):
    net = nf.Network("n", [cells(size=1000)])  # 8 kB, of which half may be taken
    free(15_900)
    refused(lambda: net.initial_state(), "8 kB", "15.9 kB", error=nf.MemoryBudgetError)
    free(16_000)
    assert net.initial_state().shape == (1000,)
    free(None)
    assert nf.simulate(net, 0.01, save_at=2).success


def test_a_method_with_a_dense_jacobian_is_refused_where_an_explicit_one_fits(free):
    e = cells(size=100)
    net = nf.Network("n", [e, synapse(np.ones((100, 100)), e, e)])  # 200 states, LSODA's matrix 200 x 200
    free(600_000)

    def solve(method):
        return nf.simulate(net, 0.01, save_at=2, integrator=nf.ScipyIntegrator(method))

    refused(lambda: solve("LSODA"), "Network 'n'", "kB", "solver", "600 kB", "Jacobian", error=nf.MemoryBudgetError)
    assert solve("RK45").success


@pytest.mark.parametrize("record", [None, ["F_to_E.i"], ["E.rate"], ["F_to_E.signal", "F_to_E.drive"]])
def test_a_recording_too_large_is_refused_and_record_is_the_remedy(free, record):
    free(1_000_000)
    words = ("Network 'net'", "MB", "recorded", "record=", "save_at")
    refused(lambda: run(save_at=100_000, record=record), *words, error=nf.MemoryBudgetError)


def test_the_batch_of_y0_counts(free):
    free(1_000_000)
    refused(lambda: run(y0=np.ones((10_000, 8)), save_at=2), "Network 'net'", "MB", error=nf.MemoryBudgetError)


# Declarations.


def undecorated():
    class Forgetful(nf.LeakyRate):
        extra: Param = parameter(1.0, unit="1")

    return Forgetful("F", size=2)


def annotated_state():
    @component
    class Annotated(nf.LeakyRate):
        w: Param = state(unit="nA")


def parameter_without_annotation():
    @component
    class Bare(nf.LeakyRate):
        b = parameter(1.0, unit="nA")


def parameter_without_annotation_beside_another():
    @component
    class Bare(nf.LeakyRate):
        a: Param = parameter(1.0, unit="nA")
        b = parameter(1.0, unit="nA")


def state_named_as_a_parameter():
    @component
    class Both(nf.LeakyRate):
        tau = state(unit="s")


def parameter_named_as_a_state():
    @component
    class Both(nf.LeakyRate):
        v: Param = parameter(1.0, unit="mV")


def state_named(name):
    def declare():
        component(type("Reserved", (nf.LeakyRate,), {name: state(unit="1"), "__module__": __name__}))

    return declare


def parameter_named_as_a_hook():
    @component
    class Hiding(nf.LeakyRate):
        rate: Param = parameter(1.0, unit="Hz")


def unknown_initial():
    @component
    class Starting(nf.LeakyRate):
        w = state(unit="nA", initial="v_rset")

    nf.Network("n", [Starting("S", size=2)]).initial_state()


def state_on(axis):
    def declare():
        @component
        class Hookless(nf.Projection):
            x = state(unit="1", axes=axis)

            def current(self, t, s, inputs):
                return inputs.drive

        Hookless(F, E, weights=1.0)

    return declare


def parameter_on_an_unknown_axis():
    @component
    class Astray(nf.Projection):
        k: Param = parameter(1.0, unit="1", axes=("posst",))

        def current(self, t, s, inputs):
            return self.k * inputs.drive

    Astray(F, E, weights=1.0, k=np.ones(4))


def cell_state_on_an_unknown_axis():
    @component
    class Astray(nf.LeakyRate):
        w = state(unit="nA", axes=("post",))

    Astray("A", size=3)


@table(
    {
        "no @component": (undecorated, "Forgetful", "@component"),
        "annotated state": (annotated_state, "Annotated", "'w'", "annotat", "w = state("),
        "parameter without annotation": (parameter_without_annotation, "Bare", "'b'", "annotation", "Param"),
        "parameter without annotation beside another": (
            parameter_without_annotation_beside_another,
            *("Bare", "'b'", "annotation", "Param"),
        ),
        "state named as a parameter": (state_named_as_a_parameter, "Both", "'tau'", "parameter", "state"),
        "parameter named as a state": (parameter_named_as_a_state, "Both", "'v'", "parameter", "state"),
        "state named as a field": (state_named("size"), "Reserved", "'size'"),
        "state called rate": (state_named("rate"), "Reserved", "'rate'", "may not be called"),
        "state called current": (state_named("current"), "Reserved", "'current'", "may not be called"),
        "state called drive": (state_named("drive"), "Reserved", "'drive'", "may not be called"),
        "state called signal": (state_named("signal"), "Reserved", "'signal'", "may not be called"),
        "state called pre": (state_named("pre"), "Reserved", "'pre'", "may not be called"),
        "state called post": (state_named("post"), "Reserved", "'post'", "may not be called"),
        "state called replace": (state_named("replace"), "Reserved", "'replace'", "may not be called"),
        "state that hides a hook": (state_named("derivatives"), "Reserved", "'derivatives'"),
        "state that hides a method": (state_named("copy"), "Reserved", "'copy'"),
        "parameter that hides a hook": (parameter_named_as_a_hook, "Hiding", "'rate'"),
        "unknown initial value": (unknown_initial, "Starting", "'w'", "'v_rset'", "'v_rest'"),
        "pre state without its hook": (state_on(("pre",)), "Hookless", "'x'", "'pre'", "pre_derivatives"),
        "edge state without its hook": (state_on(("edge",)), "Hookless", "'x'", "'edge'", "derivatives"),
        "synapse state without its hook": (
            state_on(("synapse",)),
            "Hookless",
            "'x'",
            "'synapse'",
            "synapse_derivatives",
        ),
        "post state without its hook": (state_on(("post",)), "Hookless", "'x'", "'post'", "post_derivatives"),
        "state of a synapse without axes": (state_on(()), "Hookless", "'x'", "axes", "'edge'"),
        "state on an unknown axis": (state_on(("edges",)), "Hookless", "'x'", "'edges'", "'edge'"),
        "parameter on an unknown axis": (parameter_on_an_unknown_axis, "Astray", "'k'", "'posst'", "'post'"),
        "cell state on an unknown axis": (cell_state_on_an_unknown_axis, "Astray", "'w'", "'post'", "'cell'"),
    }
)
def test_declaration_mistakes(action, words):
    refused(action, *words, error=nf.DeclarationError)


def test_a_class_without_its_equations_cannot_be_made():
    @component
    class Silent(nf.Projection):
        pass

    refused(lambda: Silent(F, E, weights=1.0), "Silent", "current", error=TypeError)


# Inputs.


def recording(**options):
    return nf.SampledInput("R", **({"times": [0.0, 0.5], "rates": [[1.0], [2.0]]} | options))


def fed(source):
    e = cells(size=1)
    return nf.Network("n", [source, e, nf.InstantSynapse(source, e, weights=1.0, g=1e-3)])


def function_input(**options):
    return nf.FunctionInput("G", **({"size": 2, "function": lambda t, xp: xp.asarray([t, 1.0])} | options))


@table(
    {
        "recording too short": (
            lambda: nf.simulate(fed(recording()), 1.0),
            *("'n'", "input 'R'", "0 to 0.5 s", "0 to 1 s", "beyond=", "'hold'", "'zero'", "'repeat'"),
        ),
        "recording that starts too late": (
            lambda: nf.simulate(fed(recording(times=[0.2, 1.5])), 1.0),
            *("input 'R'", "0.2 to 1.5 s", "0 to 1 s"),
        ),
        "recording too short in a sub-network": (
            lambda: nf.simulate(nf.Network("outer", [fed(recording())]), 1.0),
            *("'outer'", "input 'n.R'", "0 to 0.5 s"),
        ),
        "more rates than times": (
            lambda: recording(rates=[[1.0], [2.0], [3.0]]),
            *("SampledInput 'R'", "rates", "(3, 1)", "(2, ..., size)"),
        ),
        "rates without channels": (lambda: recording(rates=[1.0, 2.0]), "SampledInput 'R'", "(2,)", "(2, ..., size)"),
        "times that decrease": (lambda: recording(times=[1.0, 0.5]), "SampledInput 'R'", "times", "increasing", "0.5"),
        "times that repeat": (lambda: recording(times=[0.5, 0.5]), "SampledInput 'R'", "times", "increasing", "0.5"),
        "one time": (lambda: recording(times=[0.0], rates=[[1.0]]), "SampledInput 'R'", "times", "two or more"),
        "NaN in times": (lambda: recording(times=[0.0, np.nan]), "SampledInput 'R'", "times [s]", "[1] = nan"),
        "ragged rates": (lambda: recording(rates=[[1.0, 2.0], [3.0]]), "SampledInput 'R'", "rates", "[2, 1]"),
        "function of another shape": (
            lambda: function_input(function=lambda t, xp: xp.ones(3)),
            *("FunctionInput 'G'", "(3,)", "(..., 2)"),
        ),
        "function of one number": (lambda: function_input(function=lambda t, xp: 1.0), "'G'", "()", "(..., 2)"),
        "function that is a number": (lambda: function_input(function=3), "FunctionInput 'G'", "function is 3"),
        "function of t alone": (lambda: function_input(function=lambda t: t), "FunctionInput 'G'", "(t, xp)"),
        "function of complex values": (
            lambda: function_input(function=lambda t, xp: xp.asarray([1j, 1.0])),
            *("FunctionInput 'G'", "complex"),
        ),
        "jumps that are NaN": (lambda: function_input(jumps=[np.nan]), "FunctionInput 'G'", "jumps", "nan", "finite"),
        "jumps that are one number": (lambda: function_input(jumps=0.5), "FunctionInput", "jumps", "0.5"),
        "jumps that are text": (lambda: function_input(jumps=("a",)), "FunctionInput", "jumps", "'a'"),
        "max_step of zero": (lambda: function_input(max_step=0), "FunctionInput 'G'", "max_step is 0", "positive"),
        "max_step that is text": (lambda: function_input(max_step="a"), "FunctionInput 'G'", "max_step", "'a'"),
    }
)
def test_inputs_that_cannot_be_used(action, words):
    refused(action, *words)


def test_an_error_inside_the_function_of_an_input_names_it():
    with pytest.raises(ZeroDivisionError) as caught:
        function_input(function=lambda t, xp: 1 // 0)
    assert "'G'" in told(caught.value)


# Slips of people who write classes the Python way.


def test_a_parameter_overridden_by_a_plain_value():
    def unannotated():
        @component
        class Faster(nf.LeakyRate):
            tau = 0.1

    def annotated():
        @component
        class Faster(nf.LeakyRate):
            tau: float = 0.1

    for declare in (unannotated, annotated):
        refused(declare, "Faster", "tau = 0.1", "plain value", "parameter(0.1", error=nf.DeclarationError)


def test_a_forgotten_decorator_is_blamed_before_a_new_keyword():
    class Forgetful(nf.LeakyRate):
        extra: Param = parameter(1.0, unit="1")

    refused(lambda: Forgetful("F", size=2, extra=3.0), "Forgetful", "@component", error=nf.DeclarationError)


def test_assignment_names_the_way_to_a_changed_object():
    def assign():
        E.tau = 0.1

    refused(assign, "LeakyRate 'E'", "'tau'", ".replace(tau=...)", "with_parameters", error=nf.ImmutableError)


def test_options_of_a_run_that_are_something_else():
    refused(lambda: run(integrator="BDF"), "'BDF'", "nf.ScipyIntegrator('BDF')")
    refused(lambda: run(progress="bar"), "progress is 'bar'", "(t, t_end, n_steps)")
    refused(lambda: run(save_at=10**12), "recorded", "save_at", error=nf.MemoryBudgetError)
    refused(lambda: nf.normal(-1.0, 0.1), "normal", "mean (-1.0)", "low (0.0)")


def test_a_rate_that_is_one_number_for_all_cells():
    refused(in_cell(rate=lambda self, t, s: 1.0), "Custom 'P'", "rate", "()", "(4,)", error=nf.HookError)


def test_explicit_steps_longer_than_a_time_constant_are_warned_of():
    with pytest.warns(RuntimeWarning, match=r"dt = 0\.02 s is longer than the shortest time constant, 0\.01 s"):
        run(integrator=nf.FixedStepIntegrator("rk4", dt=0.02))


def test_loose_tolerances_are_warned_of():
    with pytest.warns(RuntimeWarning, match=r"rtol = 0\.01 leaves errors"):
        run(integrator=nf.ScipyIntegrator(rtol=1e-2))


def test_a_component_or_parameter_asked_of_a_solution_is_pointed_to():
    sol = nf.simulate(nf.Network("n", [cells()]), 0.01)
    name = sol.paths[0].partition(".")[0]
    refused(lambda: sol[name], f"'{name}.v'", f"'{name}.rate'", f"'{name}.current'")
    refused(lambda: sol[f"{name}.tau"], f"network['{name}'].tau")
