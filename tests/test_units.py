"""Units: quantities are converted to the declared unit or refused, and milliseconds given for seconds are noticed."""

import inspect
import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import netframe as nf
from netframe.fields import parameters, states


class Length:
    """What a quantity of another package looks like: it knows two units of time and nothing else."""

    PER_SECOND = {"s": 1.0, "ms": 1000.0}

    def __init__(self, magnitude, unit):
        self.magnitude, self.unit = magnitude, unit

    def to(self, unit):
        return Length(self.magnitude * self.PER_SECOND[unit] / self.PER_SECOND[self.unit], unit)

    def __str__(self):
        return f"{self.magnitude} {self.unit}"


DECLARED = [
    cls
    for cls in (getattr(nf, name) for name in nf.__all__)
    if inspect.isclass(cls) and hasattr(cls, "__attrs_attrs__") and hasattr(cls, "describe") and cls is not nf.Solution
]
UNITS = {info.unit for cls in DECLARED for info in (parameters(cls) | states(cls)).values()}
#: Units that depend on something else than the class, so that nothing can be converted to them.
OPEN = {unit for unit in UNITS if " of " in unit or unit.endswith(("^n", "^exponent"))}


def test_a_quantity_of_any_package_is_converted():
    e = nf.LeakyRate("E", size=3, tau=Length(np.array([20.0, 30.0, 40.0]), "ms"))
    np.testing.assert_allclose(e.tau, [0.02, 0.03, 0.04], rtol=1e-15)
    assert not e.tau.flags.writeable
    assert nf.LeakyRate("E", size=3, tau=[Length(20.0, "ms"), Length(0.5, "s"), Length(1.0, "ms")]).tau[1] == 0.5


def test_a_quantity_that_does_not_fit_is_refused():
    with pytest.raises(nf.ParameterError, match=r"LeakyRate 'E': v_rest is 20 ms, which is not a quantity in mV"):
        nf.LeakyRate("E", size=3, v_rest=Length(20, "ms"))
    with pytest.raises(nf.ParameterError, match="some have a unit and some not; give all in s"):
        nf.LeakyRate("E", size=2, tau=[Length(20, "ms"), 0.05])


def test_units_are_never_stripped_without_a_word():
    net = nf.Network("n", [nf.LeakyRate("E", size=1)])
    with pytest.raises(nf.ParameterError, match="y0 is .* with a unit; give its magnitude"):
        nf.simulate(net, 0.1, y0=Length(np.array([-60.0]), "s"))
    with pytest.raises(nf.ParameterError, match=r"initial value of 'E\.v' is 3 s, which is not a quantity in mV"):
        nf.simulate(net, 0.1, y0={"E.v": Length(3, "s")})
    with pytest.raises(nf.ParameterError, match="save_at is .* with a unit"):
        nf.simulate(net, 0.1, save_at=Length(np.array([0.0, 0.1]), "s"))


@pytest.fixture(scope="module")
def u():
    return pytest.importorskip("pint").UnitRegistry()


class TestPint:
    def test_constructors_convert(self, u):
        e = nf.LeakyRate(
            "E",
            size=2,
            tau=50 * u.ms,
            r_in=0.1 * u.gigaohm,
            v_rest=[-70 * u.mV, -0.065 * u.V],
            activation=nf.ClippedLinear(threshold=-0.05 * u.V, ceiling=-30 * u.mV, peak=0.05 * u.kHz),
        )
        assert e.tau == pytest.approx(0.05, rel=1e-15)
        assert e.r_in == pytest.approx(100.0, rel=1e-15)
        np.testing.assert_allclose(e.v_rest, [-70.0, -65.0], rtol=1e-15)
        assert (e.activation.threshold, e.activation.peak) == (pytest.approx(-50.0), pytest.approx(50.0))
        ffe = nf.ConstantInput("FFE", rates=np.full(3, 0.01) * u.kHz)
        np.testing.assert_allclose(ffe.rates, 10.0)
        synapse = nf.ReversalSynapse(
            ffe, e, weights=np.ones((2, 3)) * u.dimensionless, g=20 * u.femtoampere / u.Hz / u.mV, tau=10 * u.ms
        )
        assert synapse.g == pytest.approx(2e-5, rel=1e-14)
        net = nf.Network("n", [ffe, e, synapse])
        assert net.with_parameters({"E.tau": 20 * u.ms})["E"].tau == pytest.approx(0.02)
        np.testing.assert_allclose(net.initial_state({"E.v": [-0.06, -0.05] * u.V})[:2], [-60.0, -50.0])

    @pytest.mark.parametrize("unit", sorted(UNITS - OPEN))
    def test_every_declared_unit_is_one_of_pint(self, u, unit):
        from netframe.units import in_unit

        assert in_unit(u.Quantity(3.0, unit.replace("MOhm", "megaohm")), unit) == pytest.approx(3.0)

    def test_wrong_dimensions_are_refused(self, u):
        with pytest.raises(nf.ParameterError, match=r"tau is 50 millivolt, which is not a quantity in s \(Cannot"):
            nf.LeakyRate("E", size=1, tau=50 * u.mV)
        with pytest.raises(nf.ParameterError, match=r"duration is .*it must be a finite number, in s"):
            nf.simulate(nf.Network("n", [nf.LeakyRate("E", size=1)]), 1 * u.s)


def test_milliseconds_given_for_seconds_are_noticed():
    with pytest.warns(nf.UnitWarning, match=r"LeakyRate 'E': tau is 50 s, .* write 0\.05 for 50 ms") as told:
        nf.LeakyRate("E", size=2, tau=50)
    assert told[0].filename == __file__
    with pytest.warns(nf.UnitWarning, match="tau is 10 s and more"):
        nf.LeakyRate("E", size=2, tau=[10.0, 20.0])
    ffe, e = nf.ConstantInput("FFE", rates=np.ones(3)), nf.LeakyRate("E", size=2)
    with pytest.warns(nf.UnitWarning, match="ReversalSynapse 'FFE_to_E': tau is 10 s"):
        nf.ReversalSynapse(ffe, e, weights=np.ones((2, 3)), g=1e-5, tau=10)
    with pytest.warns(nf.UnitWarning):
        nf.Network("n", [e]).with_parameters({"E.tau": 20.0})


@given(st.floats(1e-6, 1e6))
def test_only_numbers_that_would_be_usual_in_milliseconds_are_noticed(tau):
    low, high = parameters(nf.LeakyRate)["tau"].typical
    assume(all(abs(tau - edge) > 1e-6 for edge in (high, 1000 * low, 1000 * high)))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        nf.LeakyRate("E", size=1, tau=tau)
    assert len(told) == (tau > high and 1000 * low < tau < 1000 * high)


def test_one_slow_cell_among_others_is_not_noticed():
    nf.LeakyRate("E", size=2, tau=[0.02, 20.0])


@pytest.mark.parametrize("cls", DECLARED, ids=lambda cls: cls.__name__)
def test_defaults_lie_in_the_typical_range(cls):
    import attrs

    defaults = {field.name: field.default for field in attrs.fields(cls)}
    for name, info in parameters(cls).items():
        if info.typical is not None:
            assert info.unit == "s"
            assert defaults[name] is attrs.NOTHING or info.typical[0] <= defaults[name] <= info.typical[1], name


@pytest.mark.jax
def test_traced_time_constants_pass():
    jax = pytest.importorskip("jax")
    net = nf.Network("n", [nf.LeakyRate("E", size=1)])

    def slope(tau):
        return net.with_parameters({"E.tau": tau}).rhs(0.0, jax.numpy.array([-60.0]))[0]

    assert float(jax.grad(slope)(0.05)) == pytest.approx(10.0 / 0.05**2, rel=1e-5)


@pytest.mark.parametrize(
    ("unit", "told"),
    [
        ("ms", "Write 0.02 with unit='s'"),
        ("V", "Write 20000 with unit='mV'"),
        ("pA", "Write 0.02 with unit='nA'"),
        ("nS", "Write 0.02 with unit='uS'"),
        ("mv", "Write unit='mV'"),
        ("hz", "Write unit='Hz'"),
        ("NA", "Write unit='nA'"),
        ("mohm", "Write unit='MOhm'"),
        ("khz", "Write 20000 with unit='Hz'"),
        ("nA/(hz mV)", r"Write unit='nA/\(Hz mV\)'"),
        ("pA/mV", "Write unit='nA/mV'"),
        ("mV/ms", "Write unit='mV/s'"),
        ("Hz/V^2", r"Write unit='Hz/mV\^2'"),
        ("seconds", "Write unit='s'"),
        (None, "unit is None; it must be a text"),
    ],
)
def test_a_unit_of_another_scale_or_case_is_refused(unit, told):
    with pytest.raises(nf.DeclarationError, match=told):
        nf.parameter(20.0, unit=unit)
    with pytest.raises(nf.DeclarationError, match="state: unit is"):
        nf.state(unit=unit)


@pytest.mark.parametrize(("unit", "told"), [("uM", "'uM'"), ("foo", "'foo'"), ("spikes/s", "'spikes' in 'spikes/s'")])
def test_a_unit_of_another_field_is_warned_of_and_taken(unit, told):
    with pytest.warns(nf.UnitWarning, match=f"nothing is known of the unit {told}") as caught:
        nf.parameter(20.0, unit=unit)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    "unit", sorted({*UNITS, "", "1/(s Hz^2)", "nA s3", "s^-1", "Hz/mV^n", "uS", "s/MOhm", "1/s", "%"})
)
def test_units_of_the_house_and_products_of_them_are_taken(unit):
    nf.parameter(1.0, unit=unit)
