"""Every activation against its formula in high precision, on any voltage, shape and parameter."""

import doctest
import math
import warnings

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import netframe as nf
import netframe.activations
from netframe.fields import parameters

#: Class -> its parameters away from the defaults, and the rate of one cell at v, written from the literature.
FORMULAS = {
    nf.ClippedLinear: (
        {"threshold": -52.0, "ceiling": -31.0, "peak": 60.0},
        lambda v, p: p["peak"] * min(max((v - p["threshold"]) / (p["ceiling"] - p["threshold"]), 0), 1),
    ),
    nf.ThresholdLinear: (
        {"threshold": -48.0, "gain": 1.7},
        lambda v, p: p["gain"] * max(v - p["threshold"], 0),
    ),
    nf.ThresholdPower: (
        {"threshold": -48.0, "gain": 0.3, "exponent": 1.7},
        lambda v, p: p["gain"] * mpmath.power(v - p["threshold"], p["exponent"]) if v > p["threshold"] else 0,
    ),
    nf.Softplus: (
        {"threshold": -45.0, "gain": 1.3, "width": 3.0},
        lambda v, p: p["gain"] * p["width"] * mpmath.log(1 + mpmath.exp((v - p["threshold"]) / p["width"])),
    ),
    nf.Sigmoid: (
        {"midpoint": -41.0, "width": 3.0, "peak": 80.0},
        lambda v, p: p["peak"] / (1 + mpmath.exp(-(v - p["midpoint"]) / p["width"])),
    ),
    nf.Tanh: (
        {"midpoint": -41.0, "width": 3.0, "peak": 80.0},
        lambda v, p: p["peak"] * mpmath.tanh((v - p["midpoint"]) / p["width"]),
    ),
    nf.Identity: ({"gain": 1.7}, lambda v, p: p["gain"] * v),
}
EACH = pytest.mark.parametrize(
    ("kind", "options"), [pytest.param(k, o, id=k.__name__) for k, (o, _) in FORMULAS.items()]
)
#: The activations whose rate stays within bounds, and these bounds as multiples of the peak.
BOUNDED = {nf.ClippedLinear: 0.0, nf.Sigmoid: 0.0, nf.Tanh: -1.0}


def exact(kind, v, options):
    """The rate of one cell by the formula, in 60 digits."""
    with mpmath.workdps(60):
        return float(FORMULAS[kind][1](mpmath.mpf(v), {name: mpmath.mpf(value) for name, value in options.items()}))


def close(found, expected, scale):
    """Equal up to a few roundings of a number of size ``scale``."""
    return abs(found - expected) <= 1e-13 * max(abs(expected), scale)


def test_every_activation_that_is_shipped_has_a_formula_here():
    shipped = {
        kind
        for kind in vars(netframe.activations).values()
        if isinstance(kind, type) and issubclass(kind, nf.Activation) and kind is not nf.Activation
    }
    assert shipped == set(FORMULAS)
    assert all(getattr(nf, kind.__name__) is kind for kind in shipped)


@EACH
@given(v=st.floats(-150.0, 80.0))
def test_rate_follows_the_formula(kind, options, v):
    assert close(kind(**options)(v), exact(kind, v, options), scale=100.0)


@EACH
@given(v=st.floats(-150.0, 80.0))
def test_rate_follows_the_formula_with_the_default_parameters(kind, options, v):
    defaults = {name: getattr(kind(), name) for name in parameters(kind)}
    assert close(kind()(v), exact(kind, v, defaults), scale=100.0)


@pytest.mark.parametrize(
    ("kind", "at", "expected"),
    [
        (nf.ClippedLinear, "threshold", 0.0),
        (nf.ClippedLinear, "ceiling", 60.0),
        (nf.ThresholdLinear, "threshold", 0.0),
        (nf.ThresholdPower, "threshold", 0.0),
        (nf.Softplus, "threshold", 1.3 * 3.0 * math.log(2.0)),
        (nf.Sigmoid, "midpoint", 40.0),
        (nf.Tanh, "midpoint", 0.0),
    ],
)
def test_rate_at_the_corner_itself(kind, at, expected):
    options = FORMULAS[kind][0]
    assert kind(**options)(options[at]) == pytest.approx(expected, rel=1e-14, abs=0.0)


@EACH
@pytest.mark.parametrize("size", [1e3, 1e8, 1e150])
def test_extreme_voltages_neither_warn_nor_leave_the_formula(kind, options, size):
    v = np.array([-size, size, -0.5 * size, 0.5 * size])
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        rates = kind(**options)(v)
    assert np.isfinite(rates).all()
    assert all(close(rate, exact(kind, voltage, options), scale=100.0) for rate, voltage in zip(rates, v))


@pytest.mark.parametrize(("kind", "lowest"), BOUNDED.items(), ids=lambda x: getattr(x, "__name__", ""))
def test_bounded_activations_reach_their_bounds_at_infinity_and_never_pass_them(kind, lowest):
    options = FORMULAS[kind][0]
    activation = kind(**options)
    ends = activation(np.array([-np.inf, np.inf, -1.7e308, 1.7e308]))
    assert ends.tolist() == [lowest * options["peak"], options["peak"]] * 2
    rates = activation(np.linspace(-300.0, 300.0, 10_001))
    assert lowest * options["peak"] <= rates.min() <= rates.max() <= options["peak"]


@EACH
def test_rate_never_falls_with_voltage(kind, options):
    rates = kind(**options)(np.linspace(-150.0, 80.0, 20_001))
    assert (np.diff(rates) >= -1e-12).all()
    assert rates[-1] > rates[0]


@EACH
def test_a_voltage_that_is_not_a_number_is_not_hidden(kind, options):
    with np.errstate(invalid="ignore"):
        rates = kind(**options)(np.array([np.nan, -40.0]))
    assert np.isnan(rates).tolist() == [True, False]


@EACH
@pytest.mark.parametrize("shape", [(1,), (5,), (2, 5), (3, 1, 5), (2, 3, 1), (0, 5)])
def test_leading_axes_are_kept_and_cells_do_not_mix(kind, options, shape):
    v = np.random.default_rng(1).uniform(-90.0, 0.0, shape)
    before = v.copy()
    rates = kind(**options)(v)
    assert rates.shape == shape
    assert (v == before).all()
    one_by_one = [kind(**options)(float(x)) for x in v.ravel()]
    assert np.allclose(rates.ravel(), one_by_one, rtol=1e-14, atol=0.0)


@EACH
@pytest.mark.parametrize("lead", [(), (2,), (2, 1)])
@pytest.mark.parametrize("size", [1, 4])
def test_parameters_may_differ_between_cells_and_members_of_a_batch(kind, options, lead, size):
    rng = np.random.default_rng(2)
    arrays = {name: value + rng.uniform(0.0, 0.5, (*lead, size)) for name, value in options.items()}
    v = rng.uniform(-60.0, -20.0, (*np.broadcast_shapes(lead, (2, 3) if len(lead) == 2 else lead), size))
    rates = kind(**arrays)(v)
    assert rates.shape == v.shape
    for index in np.ndindex(*v.shape):
        own = {name: np.broadcast_to(value, v.shape)[index] for name, value in arrays.items()}
        assert close(rates[index], exact(kind, v[index], own), scale=100.0)


@EACH
def test_parameters_per_cell_reach_the_cells_of_a_population(kind, options):
    name = next(iter(options))
    values = options[name] + np.array([0.0, 1.0, 2.0])
    e = nf.LeakyRate("E", size=3, v_rest=-40.5, activation=kind(**options | {name: values}))
    net = nf.Network("n", [e])
    rates = net.quantity(0.0, net.initial_state(), "E.rate")
    expected = [exact(kind, -40.5, options | {name: value}) for value in values]
    assert all(close(found, want, scale=100.0) for found, want in zip(rates, expected))


@given(
    v=st.lists(st.floats(-200.0, 200.0), min_size=1, max_size=7),
    v_th=st.floats(-80.0, -40.0),
    span=st.floats(0.5, 60.0),
    peak_rate=st.floats(0.0, 500.0),
)
def test_clipped_linear_is_the_relu_of_the_notebook(v, v_th, span, peak_rate):
    v, v_peak = np.array(v), v_th + span
    notebook = peak_rate / (v_peak - v_th) * np.minimum(v_peak - v_th, np.maximum(0.0, v - v_th))
    assert nf.ClippedLinear(threshold=v_th, ceiling=v_peak, peak=peak_rate)(v).tolist() == notebook.tolist()


def test_clipped_linear_has_the_constants_of_the_notebook():
    assert nf.ClippedLinear()(np.array([-51.0, -50.0, -45.0, -40.0, -30.0, 0.0])).tolist() == [0, 0, 12.5, 25, 50, 50]


@EACH
def test_every_parameter_has_a_unit_and_a_meaning_and_is_shown(kind, options):
    infos = parameters(kind)
    assert set(infos) == set(options)
    for name, info in infos.items():
        assert info.unit, name
        assert info.doc, name
        assert f"{name} : " in kind.__doc__
        assert info.unit in kind(**options).describe()
    in_mv = {"threshold", "ceiling", "midpoint", "width"}
    assert {name for name, info in infos.items() if info.unit == "mV"} == in_mv & set(options)


@pytest.mark.parametrize("kind", [nf.Activation, *FORMULAS], ids=lambda kind: kind.__name__)
def test_every_docstring_has_an_example_that_runs(kind):
    examples = doctest.DocTestParser().get_examples(kind.__doc__)
    assert len(examples) >= 1
    assert any(example.want for example in examples)


@EACH
def test_activations_are_immutable_and_copy_what_they_are_given(kind, options):
    name = next(iter(options))
    values = options[name] + np.zeros(2)
    activation = kind(**options | {name: values})
    values += 1000.0
    assert getattr(activation, name).tolist() == [options[name]] * 2
    with pytest.raises(AttributeError):
        setattr(activation, name, 0.0)
    with pytest.raises(ValueError, match="read-only"):
        getattr(activation, name)[0] = 0.0


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        (nf.ClippedLinear, {"threshold": -30.0, "ceiling": -30.0}, ("ceiling (-30.0 mV)", "above", "threshold")),
        (nf.ClippedLinear, {"threshold": [-50.0, -20.0]}, ("ceiling", "above", "threshold")),
        (nf.ClippedLinear, {"peak": -1.0}, ("peak [Hz] is -1.0", "zero or more")),
        (nf.ClippedLinear, {"threshold": np.nan}, ("threshold [mV] is nan", "finite")),
        (nf.ThresholdPower, {"exponent": 0.0}, ("exponent [1] is 0.0", "positive")),
        (nf.Softplus, {"width": [1.0, -2.0]}, ("width [mV]", "1 of 2", "[1] = -2.0", "positive")),
        (nf.Sigmoid, {"width": 0.0}, ("width [mV] is 0.0", "positive")),
        (nf.Tanh, {"width": np.inf}, ("width [mV] is inf", "positive")),
        (nf.Identity, {"gain": "high"}, ("gain", "'high'", "numbers")),
        (nf.ThresholdLinear, {"gian": 2.0}, ("'gian'", "Did you mean 'gain'?")),
    ],
)
def test_parameters_out_of_bounds_are_refused(kind, options, words):
    with pytest.raises(nf.NetframeError) as caught:
        kind(**options)
    assert all(word in str(caught.value) for word in (kind.__name__, *words)), str(caught.value)
