"""
Weights that learn
==================

Two rules with a published end, and one that regulates. Weights are states of a projection, ``synapse.w``, and the rule
is their derivative.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
from published import compare, relative, save

import netframe as nf

COLOURS = nf.plotting.COLOURS


# %%
# Oja: the first principal component
# ----------------------------------
#
# ::
#
#     dw/dt = eta (y x - y^2 w),    y = w . x
#
# On average over inputs with ``<x x^T> = C`` this is ``w' = C w - (w' C w) w``, whose weights end with norm 1 along the
# first eigenvector of C, in one direction or the other. Such inputs are a sum of waves: three frequencies, and for each
# a column of a root of C. The cell needs 50 ms to follow, so waves come through weaker; their amplitudes undo that.

C = np.array([[3.0, 1.0, 0.5], [1.0, 2.0, 0.2], [0.5, 0.2, 1.0]])
FIRST = np.array([0.8388648, 0.5095211, 0.1915573])
LINEAR = {"v_rest": 0.0, "r_in": 100.0, "activation": nf.Identity()}

omega = 2.0 * np.pi * np.array([1.0, 2.0, 3.0])
waves = np.linalg.cholesky(C) * np.sqrt(2.0 * (1.0 + (0.05 * omega) ** 2))


def oja(eta):
    """A linear cell that learns by Oja's rule; `eta` is one learning rate for each member of a batch."""
    x = nf.FunctionInput("X", size=3, jumps=(), function=lambda t, xp: (waves * xp.cos(omega * t)).sum(-1))
    y = nf.LeakyRate("Y", size=1, tau=0.05, **LINEAR)
    return nf.Network("oja", [x, y, nf.Oja(x, y, weights=0.1, g=0.01, learning_rate=np.asarray(eta)[:, None])])


# %%
# Four starts are a batch. Two end at one sign, two at the other.

starts = np.array([[0.1, 0.1, 0.1], [-0.2, 0.6, 0.9], [-0.1, -0.1, 0.4], [-1.2, 0.8, 0.0]])
sol = nf.simulate(oja([0.05] * 4), 60.0, y0={"X_to_Y.w": starts[:, None]}, save_at=601)
w = sol["X_to_Y.w"][:, :, 0]
compare([(f"start {k}: size of w . first", 1.0, abs(w[-1, k] @ FIRST), 0.01) for k in range(4)])

figure, axes = plt.subplots(1, 4, figsize=(12.0, 3.4), sharey=True, layout="constrained")
for k, ax in enumerate(axes):
    for i, colour in zip(range(3), COLOURS):
        ax.axhline(np.sign(w[-1, k, 0]) * FIRST[i], color=colour, linestyle=":")
        ax.plot(sol.t, w[:, k, i], color=colour, label=f"w{i + 1}")
    ax.plot(sol.t, np.linalg.norm(w[:, k], axis=-1), color="black", label="norm")
    ax.set(xlabel="time (s)", title=f"start {k}")
axes[0].set(ylabel="weight (1)", ylim=(-1.4, 1.6))
axes[0].legend(frameon=False, ncols=4, fontsize=7, loc="upper center")
save(figure, "learning_oja")

# %%
# To seven digits
# ~~~~~~~~~~~~~~~
#
# The published weights are those of learning without haste. At a learning rate eta the weights that come back after a
# period of the inputs are off in proportion to eta. So we find them for three rates, each half of the one before, and
# take the limit. A state that comes back is a root of ``change(y) = 0``, and Newton's method finds it: the slopes come
# from a run whose batch holds the state, and the state with each of its entries nudged.


def periodic(network, guess, integrator, period=1.0, nudge=1e-5):
    """The states ``(member, state)`` that a period of the inputs brings back, one for each member of the batch."""
    y = np.broadcast_to(guess, (*network.batch_shape, network.registry.size))
    nudges = nudge * np.vstack([np.zeros(y.shape[-1]), np.eye(y.shape[-1])])
    for _ in range(6):
        tried = y + nudges[:, None]
        change = nf.simulate(network, period, y0=tried, save_at=[period], integrator=integrator).final - tried
        slopes = np.moveaxis(change[1:] - change[0], 0, -1) / nudge
        y = y - np.linalg.solve(slopes, change[0][..., None])[..., 0]
        if np.abs(change[0]).max() < 1e-9:
            break
    return y


def limit(rows):
    """Where values at a number, its half, its quarter ... go as the number goes to 0 (Richardson)."""
    for order in range(1, len(rows)):
        rows = (2**order * rows[1:] - rows[:-1]) / (2**order - 1)
    return rows[0]


precise = nf.ScipyIntegrator("DOP853", rtol=1e-11, atol=1e-12)
learned = periodic(oja([0.01, 0.005, 0.0025]), np.array([3.0, *FIRST.round(1)]), precise)[:, 1:]
for eta, weights in zip([0.01, 0.005, 0.0025], learned):
    print(f"eta {eta:<6}  w = {weights.round(6)}")
w = limit(learned)
rows = [relative(f"w{i + 1}", FIRST[i], w[i], 1e-6) for i in range(3)]
compare([*rows, relative("norm", 1.0, np.linalg.norm(w), 1e-6)])

# %%
# BCM: one pattern out of two
# ---------------------------
#
# ::
#
#     dw/dt                = eta x y (y - theta)
#     tau_theta dtheta/dt  = y^2 - theta
#
# Bienenstock, Cooper & Munro (1982): where two patterns are shown equally often, a cell learns to answer one of them
# with 2 and the other not at all, and its threshold theta, the mean of y^2, is 2. Which one depends on the start.

PATTERNS = np.array([[1.0, 0.4], [0.3, 1.0]])


def bcm(tau, eta, tau_theta):
    """Two patterns, half a second each in turn; a fast cell, a slow threshold. One number for each of a batch."""
    tau, eta, tau_theta = (np.asarray(x)[:, None] for x in (tau, eta, tau_theta))
    shown = np.vstack([PATTERNS, PATTERNS[:1]])
    x = nf.SampledInput("X", times=[0.0, 0.5, 1.0], rates=shown, interpolation="previous", beyond="repeat")
    y = nf.LeakyRate("Y", size=1, tau=tau, **LINEAR)
    return nf.Network("bcm", [x, y, nf.BCM(x, y, weights=1.0, g=0.01, learning_rate=eta, tau_theta=tau_theta)])


# %%
# Four starts, two nearer to each pattern. The answers part slowly, and each cell keeps the pattern that it liked more.

starts = np.array([[0.9, 0.6], [0.6, 0.9], [0.2, 0.1], [0.1, 0.3]])
quick = bcm([0.03] * 4, [0.12] * 4, [3.0] * 4)
options = {"integrator": nf.RungeKuttaIntegrator(rtol=1e-5), "record": ["X_to_Y.w", "X_to_Y.theta"]}
sol = nf.simulate(quick, 250.0, y0={"X_to_Y.w": starts[:, None]}, save_at=501, **options)
answers = sol["X_to_Y.w"][:, :, 0] @ PATTERNS.T
rows = [(f"start {k}: answer to pattern {k % 2}", 2.0, answers[-1, k, k % 2], 0.1) for k in range(4)]
compare([*rows, *((f"start {k}: answer to the other", 0.0, answers[-1, k, 1 - k % 2], 0.1) for k in range(4))])

theta = sol["X_to_Y.theta"][:, :, 0]
figure, axes = plt.subplots(2, 4, figsize=(12.0, 5.4), sharex=True, sharey="row", layout="constrained")
for k, (above, below) in enumerate(axes.T):
    for i, colour in zip(range(2), COLOURS):
        above.plot(sol.t, answers[:, k, i], color=colour, label=f"answer to pattern {i}")
        below.plot(sol.t, sol["X_to_Y.w"][:, k, 0, i], color=COLOURS[2 + i], label=f"w{i + 1}")
    above.plot(sol.t[1:], 0.5 * (theta[1:, k] + theta[:-1, k]), color="black", linestyle="--", label="theta, mean")
    above.set(title=f"start {k}")
    below.set(xlabel="time (s)")
axes[0, 0].set(ylabel="rate (Hz)", ylim=(-0.2, 3.2))
axes[1, 0].set(ylabel="weight (1)")
axes[0, 0].legend(frameon=False, fontsize=8, loc="upper center")
axes[1, 0].legend(frameon=False, fontsize=8)
save(figure, "learning_bcm")

# %%
# The published numbers hold for a cell much faster than the patterns, a threshold much slower, and learning slower
# still. All three go to their limit together, by halves.

small = np.array([0.1, 0.05, 0.025, 0.0125])
guess = np.array([0.0, *np.linalg.solve(PATTERNS, [2.0, 0.0]), 2.0])
learned = periodic(bcm(0.2 * small, 0.2 * small, 1.0 / small), guess, precise)
for s, state in zip(small, learned):
    print(f"small {s:<7} answers {PATTERNS @ state[1:3]}  theta {state[3]:.6f}")
end = limit(learned)
first, second = PATTERNS @ end[1:3]
compare(
    [
        relative("answer to pattern 0", 2.0, first, 1e-6),
        relative("answer to pattern 1", 0.0, second, 1e-6),
        relative("theta", 2.0, end[3], 1e-6),
    ]
)

# %%
# Inhibition that keeps a rate
# ----------------------------
#
# ::
#
#     dw/dt = eta r_pre (r_post - rho_0),    current = -g w . r_pre
#
# Vogels et al. (2011), Science 334:1569: inhibition grows on a cell that fires above its target rate. Four cells are
# excited differently, and all of them half as much again after 30 s. Whatever excites them, they come back to 5 Hz.
# Only the last one gets too little for that, and sheds all its inhibition.

inhibitory = nf.ConstantInput("I", rates=[5.0, 10.0, 2.0])
excitatory = nf.StepInput("X", size=1, baseline=20.0, amplitude=10.0, onset=30.0)
cells = nf.LeakyRate("E", size=4, v_rest=0.0, activation=nf.ThresholdLinear(threshold=0.0, gain=1.0))
drive = nf.InstantSynapse(excitatory, cells, weights=np.array([[0.4], [0.7], [1.0], [0.15]]), g=0.01)
learning = nf.InhibitoryPlasticity(inhibitory, cells, weights=0.05, g=0.01, learning_rate=0.005, rho_0=5.0)
balance = nf.Network("balance", [inhibitory, excitatory, cells, drive, learning])
times = np.union1d(np.linspace(0.0, 60.0, 1201), [30.0 - 1e-6])
fine = nf.RungeKuttaIntegrator(rtol=1e-9, atol=1e-12)  # weights that end at 0 are held by atol alone
sol = nf.simulate(balance, 60.0, save_at=times, integrator=fine)

before = sol["E.rate"][sol.t < 30.0][-1]
rows = [relative(f"cell {i}, rate before the step (Hz)", 5.0, before[i], 1e-6) for i in range(3)]
rows += [relative(f"cell {i}, rate at the end (Hz)", 5.0, sol["E.rate"][-1, i], 1e-6) for i in range(3)]
compare([*rows, relative("cell 3, rate of its excitation alone (Hz)", 0.15 * 30.0, sol["E.rate"][-1, 3], 1e-6)])

figure, (above, below) = plt.subplots(2, 1, figsize=(7.0, 6.0), sharex=True, layout="constrained")
for i, colour in zip(range(4), COLOURS):
    above.plot(sol.t, sol["E.rate"][:, i], color=colour, label=f"cell {i}")
    for j, style in enumerate(["--", "-", ":"]):
        below.plot(sol.t, sol["I_to_E.w"][:, i, j], style, color=colour)
above.axhline(5.0, color="grey", linestyle=":")
above.set(ylabel="rate (Hz)", title="inhibitory plasticity; dotted: target rate", ylim=(0.0, None))
below.set(xlabel="time (s)", ylabel="inhibitory weight (1)")
below.set_title("weights from cells that fire at 10 Hz (solid), 5 Hz (dashed), 2 Hz (dotted)", fontsize=10)
above.legend(frameon=False, ncols=4)
save(figure, "learning_inhibition")
