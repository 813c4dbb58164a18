"""Every cell type against its equations written out once more, on random states; equal cells, unequal cells, batches."""

import math

import numpy as np
import pytest

import netframe as nf
from netframe.fields import parameters, states

PI = math.pi


def adapting(p, s, x):
    rate = 50.0 / 20.0 * np.clip(s.v + 50.0, 0.0, 20.0)
    v = -(s.v - p.v_rest) / p.tau + p.r_in * (x.current - s.w) / p.tau
    return {"v": v, "w": (p.b * rate - s.w) / p.tau_w}


def firing(p, s, x):
    drive = np.maximum(x.current + x.gain * x.current, 0.0)
    return {"r": -s.r / p.tau - x.shunt * s.r / p.tau + drive / p.tau}


def linear(p, s, x):
    return {"r": x.current / p.tau - s.r / p.tau}


def supralinear(p, s, x):
    power = np.where(x.current > 0.0, np.abs(x.current) ** p.n, 0.0)
    return {"r": (p.k * power - s.r) / p.tau}


def wilson_cowan(p, s, x):
    offset = 1.0 / (1.0 + np.exp(p.slope * p.threshold))
    response = 1.0 / (1.0 + np.exp(-p.slope * (x.current - p.threshold))) - offset
    return {"a": -s.a / p.tau + (1.0 - offset - p.r * s.a) * response / p.tau}


def quadratic(p, s, x):
    v = s.v**2 + p.eta + x.current - PI**2 * p.tau**2 * s.r**2
    return {"r": p.delta / (PI * p.tau**2) + 2.0 * s.r * s.v / p.tau, "v": v / p.tau}


def jansen_rit(p, s, x):
    def sigmoid(v):
        return 2.0 * p.e0 / (1.0 + np.exp(p.r * (p.v0 - v)))

    y3 = p.A * p.a * sigmoid(s.y1 - s.y2) - 2.0 * p.a * s.y3 - p.a**2 * s.y0
    y4 = p.A * p.a * (x.excitatory + p.C2 * sigmoid(p.C1 * s.y0)) - 2.0 * p.a * s.y4 - p.a**2 * s.y1
    y5 = p.B * p.b * (x.inhibitory + p.C4 * sigmoid(p.C3 * s.y0)) - 2.0 * p.b * s.y5 - p.b**2 * s.y2
    return {"y0": s.y3, "y1": s.y4, "y2": s.y5, "y3": y3, "y4": y4, "y5": y5}


def wong_wang(p, s, x):
    u = p.a * (x.current + p.I_0) - p.b
    return {"s": -s.s / p.tau_s + p.gamma * (1.0 - s.s) * u / (1.0 - np.exp(-p.d * u))}


def fitzhugh_nagumo(p, s, x):
    v = s.v - s.v**3 / 3.0 - s.w + x.current
    return {"v": v / p.tau, "w": p.epsilon * (s.v + p.a - p.b * s.w) / p.tau}


def stuart_landau(p, s, x):
    z = s.x + 1j * s.y
    dz = (p.growth + 1j * p.omega) * z - (1.0 + 1j * p.shear) * np.abs(z) ** 2 * z + x.current
    return {"x": dz.real, "y": dz.imag}


EQUATIONS = {
    nf.AdaptingRate: adapting,
    nf.FiringRate: firing,
    nf.FitzHughNagumo: fitzhugh_nagumo,
    nf.JansenRit: jansen_rit,
    nf.LinearRate: linear,
    nf.QIFMeanField: quadratic,
    nf.StabilizedSupralinear: supralinear,
    nf.StuartLandau: stuart_landau,
    nf.WilsonCowan: wilson_cowan,
    nf.WongWang: wong_wang,
}
EVERY = pytest.mark.parametrize("cls", EQUATIONS, ids=lambda cls: cls.__name__)


def fed(cell, inputs):
    """A network of a population that receives constant inputs, one number per port and cell."""
    x = nf.ConstantInput("X", rates=np.ones(cell.size))
    wires = (
        nf.InstantSynapse(x, cell, weights=nf.Diagonal(v), g=1.0, port=port, name=f"to_{port}")
        for port, v in inputs.items()
    )
    return nf.Network("n", [x, cell, *wires])


def drawn(cls, shape, rng):
    """Parameters within a fifth of their defaults, or between 0 and 1 where that is 0; and inputs for every port."""
    defaults = {name: getattr(cls("C", size=1), name) for name in parameters(cls)}
    values = {name: (x or 1.0) * rng.uniform(0.8 if x else 0.0, 1.2, shape) for name, x in defaults.items()}
    if cls is nf.StabilizedSupralinear:
        values["n"] = values["n"] + 0.1
    inputs = {port: rng.normal(0.1, 1.0, shape[-1]) for port in cls.ports}
    return values, inputs


def names(cls):
    return list(states(cls))


@EVERY
@pytest.mark.parametrize("shape", [(5,), (1,), (2, 3, 4), (3, 1)], ids=str)
def test_the_derivative_is_that_of_the_equations(cls, shape):
    rng = np.random.default_rng(7)
    values, inputs = drawn(cls, shape, rng)
    net = fed(cls("C", size=shape[-1], **values), inputs)
    start = net.initial_state()
    y = start + (1.0 + 0.1 * np.abs(start)) * rng.standard_normal(start.shape)
    columns = dict(zip(names(cls), np.moveaxis(y.reshape(*y.shape[:-1], len(names(cls)), shape[-1]), -2, 0)))
    found = EQUATIONS[cls](nf.Values(**values), nf.Values(**columns), nf.Values(**inputs))
    expected = np.concatenate([found[name] for name in names(cls)], axis=-1)
    assert net.rhs(0.0, y) == pytest.approx(expected, rel=1e-9, abs=1e-9 * np.abs(expected).max())


def run(cell, inputs):
    """20 ms in fixed steps from above the declared start, so that all cells are active."""
    net = fed(cell, inputs)
    start = net.initial_state()
    return nf.simulate(net, 0.02, y0=start + 0.5 * np.abs(start) + 0.1, integrator=nf.FixedStepIntegrator(dt=2e-4))


@EVERY
def test_equal_cells_with_equal_input_do_what_one_cell_does(cls):
    values, inputs = drawn(cls, (1,), np.random.default_rng(8))
    one, many = (
        run(
            cls("C", size=n, **{k: float(x[0]) for k, x in values.items()}),
            {k: np.full(n, x) for k, x in inputs.items()},
        )
        for n in (1, 7)
    )
    for name in [*names(cls), "rate"]:
        assert np.ptp(one[f"C.{name}"]) > 0.0
        assert many[f"C.{name}"] == pytest.approx(np.repeat(one[f"C.{name}"], 7, axis=-1), rel=1e-11, abs=1e-11)


@EVERY
def test_per_cell_parameters_are_as_many_populations(cls):
    values, inputs = drawn(cls, (3,), np.random.default_rng(9))
    together = run(cls("C", size=3, **values), inputs)
    for k in range(3):
        alone = cls("C", size=1, **{name: float(x[k]) for name, x in values.items()})
        sol = run(alone, {port: x[k : k + 1] for port, x in inputs.items()})
        for name in [*names(cls), "rate"]:
            assert together[f"C.{name}"][:, k : k + 1] == pytest.approx(sol[f"C.{name}"], rel=1e-11, abs=1e-11)


@EVERY
def test_every_parameter_may_be_a_batch(cls):
    for name in parameters(cls):
        default = getattr(cls("C", size=1), name)
        batch = (default or 1.0) * np.array([[1.0], [1.1], [0.7 if name != "n" else 1.0]])
        net = nf.Network("n", [cls("C", size=2, **{name: batch})])
        y = net.initial_state() + np.linspace(0.05, 0.1, net.registry.size)
        assert y.shape == (3, net.registry.size)
        for k in range(3):
            member = nf.Network("n", [cls("C", size=2, **{name: float(batch[k, 0])})])
            assert net.rhs(0.0, y)[k] == pytest.approx(member.rhs(0.0, y[k]), rel=1e-12)


@EVERY
def test_what_a_time_constant_cannot_be_is_refused(cls):
    for name, info in parameters(cls).items():
        if name.startswith("tau"):
            with pytest.raises(nf.ParameterError, match=rf"{cls.__name__}.*{name} \[s\] is 0.0; it must be positive"):
                cls("C", size=2, **{name: 0.0})
        with pytest.raises(nf.ParameterError, match=rf"{name} .*shape \(3,\)"):
            cls("C", size=2, **{name: np.full(3, 1.5)})
        assert info.unit


@pytest.mark.parametrize("cls", [nf.FiringRate, nf.FitzHughNagumo, nf.StuartLandau, nf.AdaptingRate])
def test_only_an_activation_is_one(cls):
    with pytest.raises(
        nf.ParameterError, match=r"activation is 'relu'; it must be an Activation, such as ClippedLinear"
    ):
        cls("C", size=2, activation="relu")


def test_a_power_below_one_is_refused():
    with pytest.raises(nf.ParameterError, match=r"n \[1\] is 0.5; it must be 1 or more"):
        nf.StabilizedSupralinear("C", size=2, n=0.5)


def test_a_column_has_no_port_called_current():
    x, column = nf.ConstantInput("X", rates=[1.0]), nf.JansenRit("J", size=1)
    with pytest.raises(nf.ParameterError, match=r"JansenRit 'J' has no port 'current'.*excitatory"):
        nf.InstantSynapse(x, column, weights=1.0, g=1.0)


def test_only_linear_cells_promise_to_be():
    cells = [cls("C", size=1) for cls in EQUATIONS]
    assert [type(c) for c in cells if nf.promises.is_linear(c)] == [nf.LinearRate]


@pytest.mark.parametrize("cls", [nf.WilsonCowan, nf.JansenRit, nf.WongWang])
def test_saturating_cells_are_finite_at_extreme_states_and_inputs(cls):
    ports = {port: np.array([-1e8, 1e8]) for port in cls.ports}
    net = fed(cls("C", size=2), ports)
    for y in (1e8, -1e8):
        assert np.all(np.isfinite(net.rhs(0.0, np.full(net.registry.size, y))))
