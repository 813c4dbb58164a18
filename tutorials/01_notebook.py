"""
The notebook, rebuilt
=====================

netframe grew out of one notebook: ten cells ``E``, driven by ten input cells ``FFE`` through synapses whose current has
a driving force, in units of s, mV, nA, MOhm and Hz::

    tau   dv_i/dt  = -(v_i - v_rest) + r_in * sum_j i_ij
    tau_s di_ij/dt = -i_ij + w_ij * g * a_j * (e_rev - v_i)
    a_j            = peak * clip((v_j - v_th) / (v_peak - v_th), 0, 1)

This script goes through it cell by cell, and ends with the numbers it printed put right. Run it from anywhere:
figures go to the folder ``figures``.
"""

# %%
from pathlib import Path

import numpy as np
from scipy.linalg import expm

import netframe as nf

figures = Path("figures")
figures.mkdir(exist_ok=True)


def save(ax, name):
    """Write the figure of these axes, and tell where."""
    ax.figure.savefig(figures / f"{name}.png", dpi=150)
    print(f"figure written: {figures / name}.png")


# %%
# The activation function
# -----------------------
#
# ``relu`` becomes a frozen object that carries its parameters, their units and what they mean.

relu = nf.ClippedLinear(threshold=-50.0, ceiling=-30.0, peak=50.0)
print(relu.describe(), "\n")
save(nf.plotting.plot_activation(relu, np.linspace(-70.0, 0.0, 100)), "activation")

# %%
# Populations, weights and input patterns
# ---------------------------------------
#
# The dictionaries keyed by population become objects that own their parameters, so none can be misspelt or undefined.
# Every random number comes from one generator with a seed that is written down.

seed = 1
rng = np.random.default_rng(seed)
print(f"seed {seed}")

patterns = rng.uniform(0.0, 50.0, (10, 10))
ffe = nf.ConstantInput("FFE", rates=patterns[0])
e = nf.LeakyRate("E", size=10, tau=0.05, v_rest=-70.0, r_in=100.0, activation=relu)
weights = nf.all_to_all(ffe, e, nf.uniform(0.0, 1.0), rng)

save(nf.plotting.plot_patterns(patterns), "patterns")

# %%
# The projection takes ``g`` in nA/(Hz mV): the notebook's comment says nA/Hz, but its equation multiplies by a voltage.

synapse = nf.ReversalSynapse(ffe, e, weights=weights, tau=0.01, g=0.001 / 50.0, e_rev=0.0, resolution="synapse")
save(nf.plotting.plot_weights(synapse), "weights")

net = nf.Network("notebook", [ffe, e, synapse])
print(net, "\n")

# %%
# The state at the start
# ----------------------
#
# ``flatten_state_dicts``, ``expand_states_to_dicts`` and the legend of index ranges are the network's registry.

start = net.initial_state()
print(f"{net.registry.size} states; number 37 is {net.registry.locate(37)}\n")

rates = {"E": net.quantity(0.0, start, "E.rate"), "FFE": net.quantity(0.0, start, "FFE.rate")}
ax = nf.plotting.plot_rates(rates)
ax.set_title("Initial activities")
save(ax, "initial_activities")

# %%
# ``get_synapse_didt_dict`` and ``get_cell_dvdt_dict`` are one call. The slope of the currents at the start:

slope = net.registry.unpack(net.rhs(0.0, start))
print("di/dt at t = 0, nA/s, synapses onto the first two cells:")
print(slope["FFE_to_E"].i[:2].round(4), "\n")

# %%
# Simulation
# ----------

duration = 1.0
sol = nf.simulate(net, duration, save_at=300)
print(f"{sol['E.v'].shape = }, {sol.stats.n_steps} steps, {sol.stats.n_rhs} right-hand sides")
print("E.v at the end, mV:", sol["E.v"][-1].round(4), "\n")

ax = nf.plotting.plot_heatmap(sol, "E.v")
ax.set_title("E population voltage")
save(ax, "voltage")
# sphinx_gallery_thumbnail_number = -1

# %%
# Only the sum over the presynaptic cells of the 100 currents reaches a cell, and it obeys the same equation. So
# ``resolution="lumped"``, the default, has 20 states instead of 110 and the same voltages, and all ten patterns run as
# one batch.

all_patterns = nf.ConstantInput("FFE", rates=patterns)
lumped = nf.Network("lumped", [all_patterns, e, nf.ReversalSynapse(all_patterns, e, weights=weights, g=2e-5)])
batch = nf.simulate(lumped, duration, save_at=300)
gap = np.abs(batch["E.v"][:, 0] - sol["E.v"]).max()
print(f"lumped: {lumped.registry.size} states, {batch['E.v'].shape = } (time, pattern, cell)")
print(f"largest difference from one state per synapse: {gap:.1e} mV\n")
assert gap < 1e-3

# %%
# The numbers put right
# ---------------------
#
# The notebook multiplied ``w``, of shape (post, pre), by ``v_reverse - v``, of shape (post,). NumPy lines the voltages
# up with the last axis, the *presynaptic* one; with ten cells on both sides nothing fails, and every voltage it printed
# is the output of that slip. Its listing of di/dt at the start, where all voltages are equal, is still right, and gives
# ``w_ij a_j`` for the first five cells. From these we compute the voltages they should have had.

printed_slope = np.array(
    [
        [1.00509597, 0.211945488, 2.28491697, 0.485396427, 0.415802296, 1.492503, 1.81480692, 0.231960313, 1.09737101,
         1.71037432],
        [0.0736303539, 0.479977621, 2.40233976, 0.0236562989, 0.470348229, 1.11773639, 0.177122033, 0.923597917,
         0.00180158094, 1.44739174],
        [0.0627479475, 0.234202578, 0.621899085, 0.531029246, 0.0907075444, 0.0894775372, 1.89774499, 0.111477821,
         0.549588265, 1.80124293],
        [0.945215946, 2.24776744, 1.18917109, 0.0339513703, 0.450173906, 0.500670832, 0.880598916, 1.02198001,
         0.716947948, 1.95659481],
        [0.2122822, 0.26849409, 2.83863236, 0.027631691, 0.0988116328, 0.572284183, 1.33706851, 1.02813305, 1.66379486,
         1.88313309],
    ]
)  # fmt: skip
printed_v = np.array([-60.37410825, -63.59448495, -64.66849924, -61.11031031, -61.05357321])

unit_rates = nf.ConstantInput("FFE", rates=np.ones(10))
first_five = nf.LeakyRate("E", size=5)
recovered = printed_slope * 0.01 / (2e-5 * 70.0)
mended_synapse = nf.ReversalSynapse(unit_rates, first_five, weights=recovered, g=2e-5)
mended = nf.Network("mended", [unit_rates, first_five, mended_synapse])
tight = nf.ScipyIntegrator("DOP853", rtol=1e-10, atol=1e-12)
right = nf.simulate(mended, duration, integrator=tight)["E.v"][-1]


def exact(k):
    """The voltage after a second with total conductance ``k``, by the exponential of the linear system's matrix."""
    matrix = np.array([[-20.0, 2000.0, -1400.0], [-100.0 * k, -100.0, 0.0], [0.0, 0.0, 0.0]])
    return (expm(matrix) @ [-70.0, 0.0, 1.0])[0]


print("cell   printed (mV)   right (mV)   exact (mV)   the slip (mV)")
for cell in range(5):
    oracle = exact(2e-5 * recovered[cell].sum())
    print(f"{cell:4d} {printed_v[cell]:14.5f} {right[cell]:12.5f} {oracle:12.5f} {printed_v[cell] - right[cell]:15.5f}")
    assert abs(right[cell] - oracle) < 1e-6

# %%
# In netframe the slip cannot be written down by accident: inside a hook of a projection every array is lined up with
# the hook's axis by the framework. ``netframe.testing.check_component`` finds it even where somebody goes out of their
# way, as the next tutorial shows.
