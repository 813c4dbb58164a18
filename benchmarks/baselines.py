"""What netframe is compared with: two networks as plain numbers, and right-hand sides for them without netframe.

The equations, in s, mV, nA, MOhm and Hz, for cells of a population and synapses of a projection (post, pre):

    tau   dv_i/dt  = -(v_i - v_rest) + r_in * sum_j i_ij
    tau_s di_ij/dt = -i_ij + w_ij * g * a_j * (e_rev - v_i)
    a_j = peak * clip((v_j - threshold) / (ceiling - threshold), 0, 1)

Three ways to write them: nested dictionaries that are flattened into a list at each call, one current per synapse, as
the notebook this project starts from does it (with voltages lined up with the postsynaptic axis, where it slips); and
plain NumPy written by hand for one network, one current per cell and projection, with the drive ``W a`` of constant
inputs computed at each call or once. All use one order of states: voltages by population, then currents by
(post, pre), names in alphabetical order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

RightHandSide = Callable[[float, np.ndarray], Any]

DURATION, N_SAMPLES = 1.0, 300
TOLERANCES = {"rtol": 1e-6, "atol": 1e-9}

CELL = {"tau": 0.05, "v_rest": -70.0, "r_in": 100.0, "threshold": -50.0, "ceiling": -30.0, "peak": 50.0}
EXCITATION = {"tau": 0.01, "g": 4.3e-5, "e_rev": 0.0}
INHIBITION = {"tau": 0.02, "g": 2e-5, "e_rev": -75.0}


@dataclass(frozen=True)
class PlainNetwork:
    """A network as numbers: sizes, parameters of cells, rates of inputs, parameters and weights of synapses."""

    sizes: dict[str, int]
    cells: dict[str, dict[str, float]]
    rates: dict[str, np.ndarray]
    synapses: dict[str, dict[str, dict[str, float]]]
    weights: dict[str, dict[str, np.ndarray]]

    def resting(self, per_synapse: bool) -> np.ndarray:
        """The state at rest: voltages at ``v_rest``, no currents."""
        voltages = [np.full(self.sizes[name], self.cells[name]["v_rest"]) for name in sorted(self.cells)]
        blocks = [self.weights[post][pre] for post in sorted(self.weights) for pre in sorted(self.weights[post])]
        return np.concatenate([*voltages, *(np.zeros(w.size if per_synapse else w.shape[0]) for w in blocks)])


def feedforward(n: int, seed: int = 0) -> PlainNetwork:
    """The notebook's network, ``n`` inputs onto ``n`` cells; weights shrink with 10 / n so that drive does not grow."""
    rng = np.random.default_rng(seed)
    return PlainNetwork(
        sizes={"E": n, "FFE": n},
        cells={"E": CELL},
        rates={"FFE": rng.uniform(0.0, 50.0, n)},
        synapses={"E": {"FFE": EXCITATION | {"g": 2e-5}}},
        weights={"E": {"FFE": rng.uniform(0.0, 1.0, (n, n)) * 10.0 / n}},
    )


def recurrent(n: int, seed: int = 0) -> PlainNetwork:
    """``n`` excitatory and n / 4 inhibitory cells and ``n`` inputs, five dense projections among them.

    Voltages of ``E`` go from -70 to about -40 mV, so that all populations fire.
    """
    rng = np.random.default_rng(seed)
    sizes = {"E": n, "FFE": n, "I": max(n // 4, 1)}
    pairs = [("E", "E"), ("E", "FFE"), ("E", "I"), ("I", "E"), ("I", "FFE")]
    synapses: dict[str, dict[str, dict[str, float]]] = {"E": {}, "I": {}}
    weights: dict[str, dict[str, np.ndarray]] = {"E": {}, "I": {}}
    for post, pre in pairs:
        synapses[post][pre] = INHIBITION if pre == "I" else EXCITATION
        weights[post][pre] = rng.uniform(0.0, 1.0, (sizes[post], sizes[pre])) * 10.0 / sizes[pre]
    cells = {"E": CELL, "I": CELL | {"tau": 0.02}}
    return PlainNetwork(sizes, cells, {"FFE": rng.uniform(1.0, 40.0, n)}, synapses, weights)


def firing_rate(v: np.ndarray, cell: dict[str, float]) -> np.ndarray:
    """The clipped line from threshold to ceiling."""
    span = cell["ceiling"] - cell["threshold"]
    return cell["peak"] / span * np.clip(v - cell["threshold"], 0.0, span)


# Nested dictionaries, one current per synapse.


def flattened(voltages: dict, currents: dict) -> tuple[list[float], dict]:
    """All states in one list, and where each population and projection begins and ends in it."""
    states: list[float] = []
    places: dict = {"voltages": {}, "currents": {}}
    for name in sorted(voltages):
        begin = len(states)
        states.extend(voltages[name])
        places["voltages"][name] = (begin, len(states))
    for post in sorted(currents):
        places["currents"][post] = {}
        for pre in sorted(currents[post]):
            begin = len(states)
            states.extend(np.ravel(currents[post][pre]))
            places["currents"][post][pre] = (begin, len(states))
    return states, places


def expanded(states: np.ndarray, places: dict, sizes: dict[str, int]) -> tuple[dict, dict]:
    """The nested dictionaries of voltages and currents, back from the flat states."""
    voltages = {name: states[begin:end] for name, (begin, end) in places["voltages"].items()}
    currents = {
        post: {pre: states[begin:end].reshape(sizes[post], sizes[pre]) for pre, (begin, end) in row.items()}
        for post, row in places["currents"].items()
    }
    return voltages, currents


def dict_of_dicts(network: PlainNetwork) -> RightHandSide:
    """The right-hand side on nested dictionaries, flattened into a list of all derivatives at each call."""
    resting = {name: np.full(network.sizes[name], cell["v_rest"]) for name, cell in network.cells.items()}
    silent = {post: {pre: np.zeros_like(w) for pre, w in row.items()} for post, row in network.weights.items()}
    _, places = flattened(resting, silent)

    def rhs(t: float, states: np.ndarray) -> list[float]:
        voltages, currents = expanded(states, places, network.sizes)
        rates = dict(network.rates)
        for name, v in voltages.items():
            rates[name] = firing_rate(v, network.cells[name])
        voltage_slopes = {}
        for name, v in voltages.items():
            cell = network.cells[name]
            slope = cell["v_rest"] - v
            for current in currents[name].values():
                slope = slope + cell["r_in"] * current.sum(axis=1)
            voltage_slopes[name] = slope / cell["tau"]
        current_slopes: dict = {}
        for post, row in currents.items():
            current_slopes[post] = {}
            for pre, current in row.items():
                synapse = network.synapses[post][pre]
                force = (synapse["e_rev"] - voltages[post])[:, None]
                target = network.weights[post][pre] * synapse["g"] * rates[pre] * force
                current_slopes[post][pre] = (target - current) / synapse["tau"]
        return flattened(voltage_slopes, current_slopes)[0]

    return rhs


# Plain NumPy by hand, one current per cell and projection.


def feedforward_by_hand(network: PlainNetwork, drive_once: bool) -> RightHandSide:
    """The notebook's network in the lines that a person would write for it alone."""
    n, cell, synapse = network.sizes["E"], network.cells["E"], network.synapses["E"]["FFE"]
    tau, v_rest, r_in = cell["tau"], cell["v_rest"], cell["r_in"]
    tau_s, e_rev, g = synapse["tau"], synapse["e_rev"], synapse["g"]
    weights, rates = network.weights["E"]["FFE"], network.rates["FFE"]
    constant = weights @ rates

    def rhs(t: float, y: np.ndarray) -> np.ndarray:
        v, i = y[:n], y[n:]
        drive = constant if drive_once else weights @ rates
        dv = (r_in * i - (v - v_rest)) / tau
        di = (g * drive * (e_rev - v) - i) / tau_s
        return np.concatenate([dv, di])

    return rhs


def recurrent_by_hand(network: PlainNetwork, drive_once: bool) -> RightHandSide:
    """The excitatory-inhibitory network in the lines that a person would write for it alone."""
    n, m = network.sizes["E"], network.sizes["I"]
    r_in, v_rest, tau_e, tau_i = CELL["r_in"], CELL["v_rest"], network.cells["E"]["tau"], network.cells["I"]["tau"]
    threshold, span = CELL["threshold"], CELL["ceiling"] - CELL["threshold"]
    gain = CELL["peak"] / span
    tau_exc, g_exc, e_exc = EXCITATION["tau"], EXCITATION["g"], EXCITATION["e_rev"]
    tau_inh, g_inh, e_inh = INHIBITION["tau"], INHIBITION["g"], INHIBITION["e_rev"]
    w_ee, w_ef, w_ei = (network.weights["E"][pre] for pre in ("E", "FFE", "I"))
    w_ie, w_if = (network.weights["I"][pre] for pre in ("E", "FFE"))
    rates = network.rates["FFE"]
    constant_e, constant_i = w_ef @ rates, w_if @ rates
    a, b, c, d, e, f = np.cumsum([n, m, n, n, n, m]).tolist()

    def rhs(t: float, y: np.ndarray) -> np.ndarray:
        v_e, v_i, s_ee, s_ef, s_ei, s_ie, s_if = y[:a], y[a:b], y[b:c], y[c:d], y[d:e], y[e:f], y[f:]
        rate_e = gain * np.clip(v_e - threshold, 0.0, span)
        rate_i = gain * np.clip(v_i - threshold, 0.0, span)
        drive_e = constant_e if drive_once else w_ef @ rates
        drive_i = constant_i if drive_once else w_if @ rates
        dv_e = (r_in * (s_ee + s_ef + s_ei) - (v_e - v_rest)) / tau_e
        dv_i = (r_in * (s_ie + s_if) - (v_i - v_rest)) / tau_i
        ds_ee = (g_exc * (w_ee @ rate_e) * (e_exc - v_e) - s_ee) / tau_exc
        ds_ef = (g_exc * drive_e * (e_exc - v_e) - s_ef) / tau_exc
        ds_ei = (g_inh * (w_ei @ rate_i) * (e_inh - v_e) - s_ei) / tau_inh
        ds_ie = (g_exc * (w_ie @ rate_e) * (e_exc - v_i) - s_ie) / tau_exc
        ds_if = (g_exc * drive_i * (e_exc - v_i) - s_if) / tau_exc
        return np.concatenate([dv_e, dv_i, ds_ee, ds_ef, ds_ei, ds_ie, ds_if])

    return rhs


def solved(rhs: RightHandSide, start: np.ndarray) -> np.ndarray:
    """A whole run the notebook's way, ``solve_ivp`` with dense output: states of shape ``(n_samples, n_states)``."""
    from scipy.integrate import solve_ivp

    solution = solve_ivp(rhs, (0.0, DURATION), start, method="RK45", dense_output=True, **TOLERANCES)
    if not solution.success:
        raise RuntimeError(solution.message)
    return solution.sol(np.linspace(0.0, DURATION, N_SAMPLES)).T
