"""Hand-written Numba: an adaptive Tsit5 of its own in one compiled loop, with dense output at the 300 times.

Products with dense weights are BLAS calls, for patterns as columns one matrix product; sparse rows are a plain loop.
Tsit5 and its interpolant: Tsitouras, Runge-Kutta pairs of order 5(4), Computers & Mathematics with Applications 62
(2011).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numba.extending import register_jitable
from protocol import TOLERANCES, Solve
from rows import Row

VARIANTS = {"Tsit5": TOLERANCES}

#: Rows are stages; the last is the fifth-order solution, whose slope is the first stage of the next step.
STAGES = np.array(
    [
        [0.161, 0.0, 0.0, 0.0, 0.0, 0.0],
        [-0.008480655492356989, 0.335480655492357, 0.0, 0.0, 0.0, 0.0],
        [2.8971530571054935, -6.359448489975075, 4.3622954328695815, 0.0, 0.0, 0.0],
        [5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525, 0.0, 0.0],
        [5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.028269050394068383, 0.0],
        [0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774],
    ]
)
#: Fifth-order weights less fourth-order ones.
ERRORS = np.array(
    [
        -0.00178001105222577714,
        -0.0008164344596567469,
        0.007880878010261995,
        -0.1447110071732629,
        0.5823571654525552,
        -0.45808210592918697,
        0.015151515151515152,
    ]
)


@register_jitable
def interpolation(x: float, b: np.ndarray) -> None:
    """Weights of the seven stages at a fraction ``x`` of the step."""
    b[0] = -1.0530884977290216 * x * (x - 1.3299890189751412) * (x * x - 1.4364028541716351 * x + 0.7139816917074209)
    b[1] = 0.1017 * x * x * (x * x - 2.1966568338249754 * x + 1.2949852507374631)
    b[2] = 2.490627285651252793 * x * x * (x * x - 2.38535645472061657 * x + 1.57803468208092486)
    b[3] = -16.54810288924490272 * (x - 1.21712927295533244) * (x - 0.61620406037800089) * x * x
    b[4] = 47.37952196281928122 * (x - 1.203071208372362603) * (x - 0.658047292653547382) * x * x
    b[5] = -34.87065786149660974 * (x - 1.2) * (x - 0.666666666666666667) * x * x
    b[6] = 2.5 * (x - 1.0) * (x - 0.6) * x * x


# Products of weights with rates, out of flat arrays (pre * patterns) into flat arrays (post * patterns).


@njit
def dense_vector(w: Any, rate: np.ndarray, drive: np.ndarray) -> None:
    np.dot(w, rate, drive)


@njit
def dense_matrix(w: Any, rate: np.ndarray, drive: np.ndarray) -> None:
    patterns = rate.size // w.shape[1]
    np.dot(w, rate.reshape(w.shape[1], patterns), drive.reshape(w.shape[0], patterns))


@njit(fastmath=True)
def sparse_vector(w: Any, rate: np.ndarray, drive: np.ndarray) -> None:
    values, columns, starts = w
    for i in range(drive.size):
        total = 0.0
        for k in range(starts[i], starts[i + 1]):
            total += values[k] * rate[columns[k]]
        drive[i] = total


# Right-hand sides on flat states: a cell is (tau, v_rest, r_in, threshold, span, gain), a synapse (tau, g, e_rev).


@register_jitable
def firing_rate(v: np.ndarray, cell: Any, rate: np.ndarray) -> None:
    threshold, span, gain = cell[3], cell[4], cell[5]
    for i in range(v.size):
        rate[i] = gain * min(max(v[i] - threshold, 0.0), span)


@register_jitable
def low_pass(s: np.ndarray, drive: np.ndarray, v: np.ndarray, synapse: Any, ds: np.ndarray) -> None:
    per_tau, g, e_rev = 1.0 / synapse[0], synapse[1], synapse[2]
    for i in range(s.size):
        ds[i] = (g * drive[i] * (e_rev - v[i]) - s[i]) * per_tau


def feedforward(product: Any) -> Any:
    """The right-hand side of one projection of constant inputs."""

    @njit(fastmath=True)
    def rhs(y: np.ndarray, dy: np.ndarray, p: Any) -> None:
        (cell, synapse, drive) = p
        n = drive.size
        v, s = y[:n], y[n:]
        per_tau, v_rest, r_in = 1.0 / cell[0], cell[1], cell[2]
        for i in range(n):
            dy[i] = (r_in * s[i] - (v[i] - v_rest)) * per_tau
        low_pass(s, drive, v, synapse, dy[n:])

    return rhs


def recurrent(product: Any) -> Any:
    """The right-hand side of the excitatory-inhibitory network."""

    @njit(fastmath=True)
    def rhs(y: np.ndarray, dy: np.ndarray, p: Any) -> None:
        cell_e, cell_i, exc, inh, w_ee, w_ei, w_ie, drive_ef, drive_if, rate_e, rate_i, drive_e, drive_i = p
        n, m = drive_ef.size, drive_if.size
        a, b, c, d, e, f = n, n + m, 2 * n + m, 3 * n + m, 4 * n + m, 4 * n + 2 * m
        v_e, v_i, ee, ef, ei, ie, fi = y[:a], y[a:b], y[b:c], y[c:d], y[d:e], y[e:f], y[f:]
        firing_rate(v_e, cell_e, rate_e)
        firing_rate(v_i, cell_i, rate_i)
        per_tau, v_rest, r_in = 1.0 / cell_e[0], cell_e[1], cell_e[2]
        for k in range(n):
            dy[k] = (r_in * (ee[k] + ef[k] + ei[k]) - (v_e[k] - v_rest)) * per_tau
        per_tau, v_rest, r_in = 1.0 / cell_i[0], cell_i[1], cell_i[2]
        for k in range(m):
            dy[a + k] = (r_in * (ie[k] + fi[k]) - (v_i[k] - v_rest)) * per_tau
        product(w_ee, rate_e, drive_e)
        low_pass(ee, drive_e, v_e, exc, dy[b:c])
        low_pass(ef, drive_ef, v_e, exc, dy[c:d])
        product(w_ei, rate_i, drive_e)
        low_pass(ei, drive_e, v_e, inh, dy[d:e])
        product(w_ie, rate_e, drive_i)
        low_pass(ie, drive_i, v_i, exc, dy[e:f])
        low_pass(fi, drive_if, v_i, exc, dy[f:])

    return rhs


def integrator(rhs: Any) -> Any:
    """The compiled loop: steps chosen by a PI controller on the root mean square of the scaled errors."""

    @njit(fastmath=True)
    def run(start: np.ndarray, p: Any, times: np.ndarray, tolerance: float, n: int) -> np.ndarray:
        size, t, last = start.size, times[0], times[-1]
        y, new, k = start.copy(), np.empty(size), np.empty((7, size))
        saved, b = np.empty((times.size, n)), np.empty(7)
        rhs(y, k[0], p)
        slope = scale = 0.0
        for i in range(size):
            scale += (y[i] / (tolerance + tolerance * abs(y[i]))) ** 2
            slope += (k[0, i] / (tolerance + tolerance * abs(y[i]))) ** 2
        h = min(0.01 * np.sqrt(scale / max(slope, 1e-300)), last - t)
        sample, previous = 0, 1.0
        while sample < times.size:
            h = min(h, (last - t) * (1.0 + 1e-12) + 1e-300)
            for stage in range(6):
                a = h * STAGES[stage]
                if stage == 0:
                    for i in range(size):
                        new[i] = y[i] + a[0] * k[0, i]
                elif stage == 1:
                    for i in range(size):
                        new[i] = y[i] + (a[0] * k[0, i] + a[1] * k[1, i])
                elif stage == 2:
                    for i in range(size):
                        new[i] = y[i] + (a[0] * k[0, i] + a[1] * k[1, i] + a[2] * k[2, i])
                elif stage == 3:
                    for i in range(size):
                        new[i] = y[i] + (a[0] * k[0, i] + a[1] * k[1, i] + a[2] * k[2, i] + a[3] * k[3, i])
                else:
                    for i in range(size):
                        early = a[0] * k[0, i] + a[1] * k[1, i] + a[2] * k[2, i] + a[3] * k[3, i] + a[4] * k[4, i]
                        new[i] = y[i] + (early + a[5] * k[5, i] if stage == 5 else early)
                rhs(new, k[stage + 1], p)
            total = 0.0
            for i in range(size):
                error = ERRORS[0] * k[0, i] + ERRORS[1] * k[1, i] + ERRORS[2] * k[2, i] + ERRORS[3] * k[3, i]
                error += ERRORS[4] * k[4, i] + ERRORS[5] * k[5, i] + ERRORS[6] * k[6, i]
                total += (h * error / (tolerance + tolerance * max(abs(y[i]), abs(new[i])))) ** 2
            norm = max(np.sqrt(total / size), 1e-10)
            if not norm <= 1.0:
                h *= max(0.2, 0.9 * norm**-0.2) if norm > 1.0 else 0.2
                continue
            while sample < times.size and (times[sample] <= t + h or t + h >= last):
                interpolation(min((times[sample] - t) / h, 1.0), b)
                for i in range(n):
                    inner = b[0] * k[0, i] + b[1] * k[1, i] + b[2] * k[2, i] + b[3] * k[3, i]
                    saved[sample, i] = y[i] + h * (inner + b[4] * k[4, i] + b[5] * k[5, i] + b[6] * k[6, i])
                sample += 1
            t += h
            y, new = new, y
            k[0] = k[6]
            h *= min(5.0, max(0.2, 0.9 * norm**-0.14 * previous**0.08))
            previous = norm
        return saved

    return run


def prepare(row: Row, variant: str) -> Solve:
    plain = row.network()
    columns, n = row.patterns or 1, plain.sizes["E"]
    rates, start = plain.rates["FFE"].T, np.repeat(plain.resting(per_synapse=False), columns)
    product = sparse_vector if row.kind == "sparse" else dense_vector if row.patterns is None else dense_matrix
    cells = {name: cell_numbers(cell) for name, cell in plain.cells.items()}
    synapses = {
        (post, pre): (s["tau"], s["g"], s["e_rev"])
        for post in plain.synapses
        for pre, s in plain.synapses[post].items()
    }
    drive = {post: np.ascontiguousarray(sources["FFE"] @ rates).ravel() for post, sources in plain.weights.items()}
    if row.kind == "feedforward":
        run, p = integrator(feedforward(product)), (cells["E"], synapses["E", "FFE"], drive["E"])
    else:
        w = [compiled(plain.weights[post][pre]) for post, pre in (("E", "E"), ("E", "I"), ("I", "E"))]
        scratch = [np.empty(drive[name].size) for name in ("E", "I", "E", "I")]
        excitation, inhibition = synapses["E", "E"], synapses["E", "I"]
        p = (cells["E"], cells["I"], excitation, inhibition, *w, drive["E"], drive["I"], *scratch)
        run = integrator(recurrent(product))

    def solve(rtol: float) -> np.ndarray:
        saved = run(start, p, row.times, rtol, n * columns)
        return saved if row.patterns is None else saved.reshape(-1, n, columns).transpose(0, 2, 1)

    return solve


def cell_numbers(cell: dict[str, float]) -> tuple[float, ...]:
    span = cell["ceiling"] - cell["threshold"]
    return (cell["tau"], cell["v_rest"], cell["r_in"], cell["threshold"], span, cell["peak"] / span)


def compiled(w: Any) -> Any:
    """Weights as compiled code takes them."""
    return w if isinstance(w, np.ndarray) else (w.data, w.indices, w.indptr)
