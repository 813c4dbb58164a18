"""
Synapses that tire: short-term plasticity
=========================================

Tsodyks, Pawelzik & Markram (1998), Neural Comput 10:821, average over spikes what a synapse with limited resources
sends. A share ``x`` of the resources is there, and each spike releases a share ``u`` of that::

    du/dt = (U - u) / tau_f + U (1 - u) r
    dx/dt = (1 - x) / tau_d - u x r

What arrives is ``u x r``, the ``signal`` of the synapse. Two synapses are looked at here: one that only tires
(depression), and one that also releases more after use (facilitation).
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
from published import compare, relative, save

import netframe as nf

COLOURS = nf.plotting.COLOURS


# %%
# Two synapses on one input
# -------------------------
#
# Resources are one number per presynaptic cell, so a source with many rates shows many steady states in one run. Both
# synapses send from the same source to the same cell. Without facilitation, the limit of tau_f to 0, ``u`` is always
# ``U``.

DEPRESSING = {"U": 0.5, "tau_d": 0.8, "facilitation": False}
FACILITATING = {"U": 0.2, "tau_d": 0.2, "tau_f": 1.5}


def network(source):
    """A source and both synapses from it to a cell, which is not looked at."""
    cell = nf.LeakyRate("E", size=1)
    both = [
        nf.TsodyksMarkramSynapse(source, cell, name="depressing", weights=1.0, g=1e-3, **DEPRESSING),
        nf.TsodyksMarkramSynapse(source, cell, name="facilitating", weights=1.0, g=1e-3, **FACILITATING),
    ]
    return nf.Network("short_term", [source, cell, *both])


rates = np.array([*range(0, 101, 2), 1000.0])
stiff = nf.ScipyIntegrator("LSODA", rtol=1e-10, atol=1e-12)
sol = nf.simulate(network(nf.ConstantInput("X", rates=rates)), 40.0, save_at=[40.0], integrator=stiff)
x_depressing, sent_depressing = sol["depressing.x"][-1], sol["depressing.signal"][-1]
u, x, sent = sol["facilitating.u"][-1], sol["facilitating.x"][-1], sol["facilitating.signal"][-1]

# %%
# As published
# ------------
#
# The steady states are
#
# ::
#
#     u = U (1 + tau_f r) / (1 + U tau_f r),    x = 1 / (1 + u tau_d r)
#
# The published digits hold to half of the last one, the formulas to one part in a million. However fast the source
# fires, ``u x r`` stays below 1/tau_d: no more can be sent than recovers.


def steady(r, U, tau_d, tau_f=0.0, facilitation=True):
    """The closed forms of u, x and u x r at the rate r."""
    u = U * (1.0 + tau_f * r) / (1.0 + U * tau_f * r)
    x = 1.0 / (1.0 + u * tau_d * r)
    return u, x, u * x * r


at_10, at_20, fastest = np.searchsorted(rates, [10.0, 20.0, 1000.0])
compare(
    [
        ("depressing, 20 Hz: x", 0.111111, x_depressing[at_20], 5e-7),
        ("depressing, 20 Hz: u x r (Hz)", 1.111111, sent_depressing[at_20], 5e-7),
        ("facilitating, 10 Hz: u", 0.8, u[at_10], 1e-6 * 0.8),
        ("facilitating, 10 Hz: x", 0.384615, x[at_10], 5e-7),
        ("facilitating, 10 Hz: u x r (Hz)", 3.076923, sent[at_10], 5e-7),
    ]
)
_, x_closed, sent_closed = steady(rates, **DEPRESSING)
found = {"depressing x": (x_depressing, x_closed), "depressing u x r": (sent_depressing, sent_closed)}
found |= dict(
    zip(["facilitating u", "facilitating x", "facilitating u x r"], zip((u, x, sent), steady(rates, **FACILITATING)))
)
rows = []
for what, (simulated, closed) in found.items():
    gap = np.abs(simulated - closed) / np.maximum(closed, 1e-300)
    k = int(np.argmax(gap))
    rows.append(relative(f"{what}, worst at {rates[k]:g} Hz", closed[k], simulated[k], 1e-6))
compare([*rows, relative("depressing, 1 kHz: u x r, nearly 1/tau_d (Hz)", 1.0 / 0.8, sent_depressing[fastest], 3e-3)])
assert sent_depressing[fastest] < 1.0 / 0.8

# %%
# From some 10 Hz on the depressing synapse sends nearly as much as it can, whatever the rate. The facilitating one has
# a rate at which a spike sends most, where ``u`` has grown and ``x`` is not yet used up.

figure, axes = plt.subplots(1, 3, figsize=(11.0, 3.6), layout="constrained")
fine = np.linspace(0.0, 100.0, 1001)
per_spike = np.prod(steady(fine, **FACILITATING)[:2], axis=0)
print(f"facilitating: a spike sends most at {fine[np.argmax(per_spike)]:.2g} Hz")
for parameters, colour in ((DEPRESSING, COLOURS[0]), (FACILITATING, COLOURS[1])):
    for ax, closed in zip(axes, steady(fine, **parameters)):
        ax.plot(fine, np.broadcast_to(closed, fine.shape), color=colour)
shown = rates <= 100.0
marks = {"linestyle": "none", "marker": "o", "markersize": 3.5}
for ax, first, second in zip(axes, (np.full(len(rates), 0.5), x_depressing, sent_depressing), (u, x, sent)):
    ax.plot(rates[shown], first[shown], color=COLOURS[0], label="depressing", **marks)
    ax.plot(rates[shown], second[shown], color=COLOURS[1], label="facilitating", **marks)
    ax.set(xlabel="presynaptic rate r (Hz)")
for level, colour in ((1.0 / 0.8, COLOURS[0]), (1.0 / 0.2, COLOURS[1])):
    axes[2].axhline(level, color=colour, linestyle=":")
axes[0].set(ylabel="u (1)", title="share released", ylim=(0.0, 1.05))
axes[1].set(ylabel="x (1)", title="resources left", ylim=(0.0, 1.05))
axes[2].set(ylabel="u x r (Hz)", title="what is sent; dotted: 1/tau_d", ylim=(0.0, 5.5))
axes[0].legend(frameon=False)
save(figure, "short_term_steady")

# %%
# A step of the rate
# ------------------
#
# From 0.5 to 4 Hz and back. Just after the step the depressing synapse still has its resources, so it sends eight times
# as much as before, and soon less than half of that: it reports changes. The facilitating synapse builds up, and after
# the step it remembers: its ``u`` takes about a time ``tau_f`` to come down.

before, during = 0.5, 4.0
step = nf.StepInput("X", size=1, baseline=before, amplitude=during - before, onset=1.0, offset=4.0)
net = network(step)
rested = {"depressing.x": steady(before, **DEPRESSING)[1]}
rested |= dict(zip(["facilitating.u", "facilitating.x"], steady(before, **FACILITATING)))
sol = nf.simulate(net, 8.0, y0=rested, save_at=np.union1d(np.linspace(0.0, 8.0, 3201), [1.0 - 1e-9, 4.0 - 1e-9]))

sends = sol["depressing.signal"][:, 0]
jump = sends[sol.t >= 1.0][0] / sends[0]
settled = sends[sol.t < 4.0][-1]
compare(
    [
        relative("depressing, factor of the jump at the step", during / before, jump, 1e-4),
        relative("depressing, settled at 4 Hz: u x r (Hz)", steady(during, **DEPRESSING)[2], settled, 1e-4),
    ]
)

figure, axes = plt.subplots(4, 1, figsize=(7.0, 8.0), sharex=True, layout="constrained")
axes[0].plot(sol.t, sol["X.rate"][:, 0], color="black")
axes[1].plot(sol.t, np.full(len(sol.t), 0.5), color=COLOURS[0], label="depressing")
axes[1].plot(sol.t, sol["facilitating.u"][:, 0], color=COLOURS[1], label="facilitating")
for ax, name in ((axes[2], "x"), (axes[3], "signal")):
    ax.plot(sol.t, sol[f"depressing.{name}"][:, 0], color=COLOURS[0])
    ax.plot(sol.t, sol[f"facilitating.{name}"][:, 0], color=COLOURS[1])
axes[0].set(ylabel="r (Hz)", title="a step of the presynaptic rate", ylim=(0.0, 4.5))
axes[1].set(ylabel="u (1)", ylim=(0.0, 1.05))
axes[2].set(ylabel="x (1)", ylim=(0.0, 1.05))
axes[3].set(ylabel="u x r (Hz)", xlabel="time (s)", ylim=(0.0, None))
axes[1].legend(frameon=False, loc="upper right")
save(figure, "short_term_step")
