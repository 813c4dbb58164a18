"""
Building blocks against closed forms
====================================

Cells, synapses, couplings and delays are small enough to be solved on paper. Here each is run and set beside what
paper says. ``compare`` prints both, and stops the script where they differ by more than the last column allows.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
from published import compare, relative, save
from scipy.integrate import simpson
from scipy.linalg import expm

import netframe as nf

COLOURS = nf.plotting.COLOURS


# %%
# A leaky rate under constant input
# ---------------------------------
#
# ::
#
#     tau dr/dt = -r + mu,    r(t) = mu + (r0 - mu) exp(-t / tau)
#
# Three cells with time constants of their own, each fed by one input. Between constant inputs and cells like these
# everything is linear, and ``ExactIntegrator`` has no tolerance to choose.

tau, mu, start = np.array([0.02, 0.1, 0.5]), np.array([30.0, 5.0, 20.0]), np.array([0.0, 15.0, 40.0])
source = nf.ConstantInput("mu", rates=mu)
cells = nf.LinearRate("E", size=3, tau=tau)
leaky = nf.Network("leaky", [source, cells, nf.InstantSynapse(source, cells, weights=nf.Diagonal(np.ones(3)), g=1.0)])
times = np.linspace(0.0, 1.0, 201)
exact = nf.simulate(leaky, 1.0, y0={"E.r": start}, save_at=times, integrator=nf.ExactIntegrator())
default = nf.simulate(leaky, 1.0, y0={"E.r": start}, save_at=times)

closed = mu + (start - mu) * np.exp(-times[:, None] / tau)
k = 20
rows = [relative(f"cell {i}, r at {times[k]:g} s (Hz)", closed[k, i], exact["E.r"][k, i], 1e-12) for i in range(3)]
rows += [(f"cell {i}, with the default integrator", closed[k, i], default["E.r"][k, i], 1e-5) for i in range(3)]
compare(rows)

figure, ax = plt.subplots(figsize=(6.0, 3.6), layout="constrained")
for i, colour in zip(range(3), COLOURS):
    ax.plot(times, closed[:, i], color=colour, linewidth=4.0, alpha=0.3)
    ax.plot(times, exact["E.r"][:, i], color=colour, label=f"tau = {tau[i]:g} s")
ax.set(xlabel="time (s)", ylabel="rate (Hz)", title="leaky rates; wide lines: closed form")
ax.legend(frameon=False)
save(figure, "leaky_rate")

# %%
# The notebook's cell at rest
# ---------------------------
#
# A current with a driving force settles where the leak balances it::
#
#     v* = v_rest / (1 + r_in sum_j g w_j a_j)        with e_rev = 0
#
# The notebook printed the slopes of its currents for five cells. At the start all voltages are -70 mV, so that the sum
# of a row over its ten synapses is ``70 / tau_s`` times ``sum_j g w_j a_j``, which is all that v* depends on.

slopes = np.array([10.7501727140, 7.1176019237, 5.9901179441, 9.9430722683, 9.9302656668])  # nA/s
conductance = slopes * 0.01 / 70.0
ffe, e = nf.ConstantInput("FFE", rates=[1.0]), nf.LeakyRate("E", size=5, tau=0.05, v_rest=-70.0, r_in=100.0)
synapse = nf.ReversalSynapse(ffe, e, weights=conductance[:, None], g=1.0, tau=0.01, e_rev=0.0)
cell = nf.Network("cell", [ffe, e, synapse])
sol = nf.simulate(cell, 2.0, save_at=401, integrator=nf.ExactIntegrator())

steady = np.array([-60.68098476, -63.53932018, -64.48206862, -61.29361633, -61.30343693])
compare([relative(f"cell {i}, v* (mV)", steady[i], sol["E.v"][-1, i], 1e-6) for i in range(5)])

figure, ax = plt.subplots(figsize=(6.0, 3.6), layout="constrained")
for i, colour in zip(range(5), COLOURS):
    ax.axhline(steady[i], color=colour, linestyle=":")
    ax.plot(sol.t, sol["E.v"][:, i], "--" if i == 4 else "-", color=colour, label=f"cell {i}")
ax.set(xlabel="time (s)", ylabel="voltage (mV)", xlim=(0.0, 0.5), title="the notebook's cells; dotted: v*")
ax.legend(frameon=False, ncols=2)
save(figure, "steady_voltage")

# %%
# An alpha synapse
# ----------------
#
# ::
#
#     s'' + 2 s'/tau + s/tau^2 = H r/tau
#
# A unit impulse of the rate gives ``H t/tau exp(-t/tau)``, which peaks at tau with H/e. An impulse lasts no time: it
# leaves a 1 in the first stage of the synapse, and that is where we start. The two synapses have the gains and time
# constants of the cortical column of tutorial 05.

tau, gain = np.array([0.01, 0.02]), np.array([3.25, 22.0])
silent, e = nf.ConstantInput("X", rates=[0.0]), nf.LeakyRate("E", size=2)
alpha = nf.Network("alpha", [silent, e, nf.AlphaSynapse(silent, e, weights=1.0, tau=tau, g=gain)])
sol = nf.simulate(alpha, 0.12, y0={"X_to_E.x": 1.0}, save_at=12001, integrator=nf.ExactIntegrator())
current = sol["X_to_E.current"]


def peak(t, x):
    """When and how high: the top of the parabola through the three samples around the largest."""
    k = int(np.argmax(x))
    a, b, _ = np.polyfit(np.arange(-1, 2), x[k - 1 : k + 2], 2)
    return t[k] - 0.5 * b / a * (t[1] - t[0]), x[k] - 0.25 * b * b / a


rows = []
for i in range(2):
    when, height = peak(sol.t, current[:, i])
    rows += [
        relative(f"tau {tau[i]:g} s, time of the peak (s)", tau[i], when, 1e-6),
        relative(f"H {gain[i]:g} nA, height H/e (nA)", gain[i] / np.e, height, 1e-6),
    ]
compare(rows)

figure, ax = plt.subplots(figsize=(6.0, 3.6), layout="constrained")
for i, colour in zip(range(2), COLOURS):
    ax.plot(1e3 * sol.t, current[:, i], color=colour, label=f"H = {gain[i]:g} nA, tau = {1e3 * tau[i]:g} ms")
    ax.plot(1e3 * tau[i], gain[i] / np.e, "o", color=colour)
ax.set(xlabel="time after the impulse (ms)", ylabel="current (nA)", title="alpha synapses; dots: H/e at tau")
ax.legend(frameon=False)
save(figure, "alpha_synapse")

# %%
# Diffusion on a graph
# --------------------
#
# ::
#
#     dx/dt = -L x,    x(t) = expm(-L t) x(0)
#
# ``DiffusiveCoupling`` sends ``sum_j w_ij (x_j - x_i)``, which is minus the Laplacian L of the graph of the weights.
# What arrives is summed by a component of four lines. The graph is a path of seven nodes with one shortcut.


@nf.component
class Concentration(nf.Population):
    """A quantity that changes by what flows in: dx/dt = current."""

    x = nf.state(unit="1", doc="concentration")

    def rate(self, t, s):
        return s.x

    def derivatives(self, t, s, inputs):
        return {"x": inputs.current}


ends = np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 6], [1, 5]])
both_ways = np.concatenate([ends, ends[:, ::-1]]).T
nodes = Concentration("N", size=7)
graph = nf.from_edges(nodes, nodes, tuple(both_ways))
diffusion = nf.Network("diffusion", [nodes, nf.DiffusiveCoupling(nodes, nodes, weights=graph, of="x")])

x0 = np.array([7.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
times = np.linspace(0.0, 8.0, 161)
tight = nf.RungeKuttaIntegrator(rtol=1e-10, atol=1e-12)
sol = nf.simulate(diffusion, 8.0, y0=x0, save_at=times, integrator=tight)

adjacency = graph.toarray()
laplacian = np.diag(adjacency.sum(axis=1)) - adjacency
closed = np.array([expm(-laplacian * t) @ x0 for t in times])
k = 20
rows = [relative(f"node {i}, x at {times[k]:g} s", closed[k, i], sol["N.x"][k, i], 1e-6) for i in range(7)]
compare([*rows, relative("sum over all nodes at the end", 7.0, sol["N.x"][-1].sum(), 1e-9)])

figure, ax = plt.subplots(figsize=(6.0, 3.6), layout="constrained")
for i, colour in zip(range(7), COLOURS):
    ax.plot(times, closed[:, i], color=colour, linewidth=4.0, alpha=0.3)
    ax.plot(times, sol["N.x"][:, i], color=colour, label=f"node {i}")
ax.set(xlabel="time (s)", ylabel="concentration (1)", title="diffusion on a graph; wide lines: expm(-L t) x(0)")
ax.legend(frameon=False, ncols=2)
save(figure, "diffusion")

# %%
# A chain of low-passes is a delay
# --------------------------------
#
# After a unit step the end of n stages, each of tau/n, follows the distribution function of an Erlang distribution:
# mean tau and variance tau^2/n. Both are integrals over what has not arrived yet, ``1 - F``::
#
#     mean = integral of (1 - F),    variance = integral of 2 t (1 - F) - mean^2
#
# Four chains leave one step and end in one population.

delay, orders = 0.02, (1, 4, 16, 64)
step, e = nf.StepInput("step", size=1, amplitude=1.0, onset=0.0), nf.LinearRate("E", size=1)
chains = [nf.GammaDelaySynapse(step, e, name=f"chain_{n}", weights=1.0, g=1.0, delay=delay, order=n) for n in orders]
erlang = nf.Network("erlang", [step, e, *chains])
finest = nf.ScipyIntegrator("DOP853", rtol=1e-12, atol=1e-14)
paths = [f"chain_{n}.x{n}" for n in orders]
sol = nf.simulate(erlang, 0.8, save_at=8001, record=paths, integrator=finest)

rows = []
for n, path in zip(orders, paths):
    missing = 1.0 - sol[path][:, 0]
    mean = simpson(missing, x=sol.t)
    variance = simpson(2.0 * sol.t * missing, x=sol.t) - mean**2
    rows += [
        relative(f"{n:2} stages, mean delay (s)", delay, mean, 1e-6),
        relative(f"{n:2} stages, variance (s^2)", delay**2 / n, variance, 1e-6),
    ]
compare(rows)

figure, ax = plt.subplots(figsize=(6.0, 3.6), layout="constrained")
for n, path, colour in zip(orders, paths, COLOURS):
    ax.plot(1e3 * sol.t, sol[path][:, 0], color=colour, label=f"{n} stage{'s' * (n > 1)}")
ax.axvline(1e3 * delay, color="grey", linestyle=":")
ax.set(xlabel="time after the step (ms)", ylabel="rate (Hz)", xlim=(0.0, 80.0), title="chains of one mean delay")
ax.legend(frameon=False)
save(figure, "erlang_chain")
