"""
A cell type and synapses of your own
====================================

A component is a small class: one line for each parameter, one for each state, one for each equation. The framework
does the rest: shapes, batches, offsets, one state per synapse or one per cell, Jacobians.
"""

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import netframe as nf
from netframe.testing import check_component

figures = Path("figures")
figures.mkdir(exist_ok=True)

# %%
# A cell type
# -----------
#
# A leaky cell with a slow current that grows with its own rate. It inherits everything else; ``s`` holds its states,
# ``inputs.current`` the sum over all projections onto it, and every array has cells on the last axis, ``(..., size)``.


@nf.component
class AdaptingRate(nf.LeakyRate):
    """Leaky rate cell with a rate-driven adaptation current.

    tau_w dw/dt = b * rate - w, and w is taken from the input current.
    """

    tau_w: nf.Param = nf.parameter(0.2, unit="s", validator=nf.positive, doc="adaptation time constant")
    b: nf.Param = nf.parameter(0.002, unit="nA/Hz", doc="adaptation current per rate")
    w = nf.state(unit="nA", doc="adaptation current")

    def derivatives(self, t, s, inputs):
        d = super().derivatives(t, s, inputs.replace(current=inputs.current - s.w))
        return d | {"w": (self.b * self.rate(t, s) - s.w) / self.tau_w}


# %%
# ``check_component`` runs the whole contract on it, at several sizes, and is silent when all is well.

drive = nf.StepInput("drive", size=3, baseline=0.0, amplitude=40.0, onset=0.2, offset=0.8)
e = AdaptingRate("E", size=5, tau_w=np.linspace(0.1, 0.5, 5))
check_component(e)
print(e, "\n")

# %%
# A synapse model
# ---------------
#
# States of a projection stand on an axis, and each axis has its hook. Here resources ``x``, one number per presynaptic
# cell, are used up by firing, and a current ``i`` lives on the edge axis: one number per postsynaptic cell when the
# projection is lumped, one per synapse when it is not, from the same equation. ``lumpable = True`` promises that both
# give the same sums; the check holds you to it.


@nf.component
class DepressingSynapse(nf.Projection):
    """Synapses whose resources are used up by firing (Tsodyks, Pawelzik & Markram 1998, without facilitation).

    dx/dt     = (1 - x) / tau_rec - release * x * rate
    tau di/dt = -i + g * sum_j w_ij release x_j rate_j
    """

    tau: nf.Param = nf.parameter(0.01, unit="s", validator=nf.positive, doc="time constant of the current")
    tau_rec: nf.Param = nf.parameter(0.8, unit="s", validator=nf.positive, doc="recovery time constant")
    release: nf.Param = nf.parameter(0.5, unit="1", axes=("pre",), doc="share of resources released")
    g: nf.Param = nf.parameter(unit="nA/Hz", axes=("post",), doc="current per weight and rate")
    x = nf.state(unit="1", initial=1.0, axes=("pre",), doc="available resources")
    i = nf.state(unit="nA", axes=("edge",), doc="synaptic current")
    lumpable = True

    def signal(self, t, s, pre):
        return self.release * s.x * pre.rate

    def pre_derivatives(self, t, s, pre):
        return {"x": (1.0 - s.x) / self.tau_rec - self.release * s.x * pre.rate}

    def derivatives(self, t, s, inputs):
        return {"i": (self.g * inputs.drive - s.i) / self.tau}

    def current(self, t, s, inputs):
        return s.i


rng = np.random.default_rng(1)
weights = nf.all_to_all(drive, e, nf.uniform(0.0, 1.0), rng)
synapse = DepressingSynapse(drive, e, weights=weights, g=0.02)
check_component(synapse)

# %%
# Both in a network
# -----------------
#
# The step begins and ends between two steps of any solver; the run restarts there by itself.

net = nf.Network("adapting", [drive, e, synapse])
print(net, "\n")
sol = nf.simulate(net, 1.2, save_at=400)
print(sol, "\n")

figure, (above, below) = plt.subplots(2, 1, figsize=(7.0, 6.0), sharex=True, layout="constrained")
nf.plotting.plot_traces(sol, "E.rate", ax=above)
nf.plotting.plot_traces(sol, "drive_to_E.x", ax=below)
figure.savefig(figures / "adapting.png", dpi=150)
print(f"figure written: {figures / 'adapting.png'}")

# the resources settle where recovery balances use
x_end = nf.simulate(net.with_parameters({"drive.offset": np.inf}), 8.0)["drive_to_E.x"][-1]
print(f"resources under steady drive: {x_end.round(6)}, exactly {1.0 / (1.0 + 0.5 * 0.8 * 40.0):.6f}\n")
assert np.allclose(x_end, 1.0 / (1.0 + 0.5 * 0.8 * 40.0), rtol=1e-5)

# %%
# When something is wrong
# -----------------------
#
# This synapse puts the notebook's slip back on purpose: it turns the voltages round so that they line up with the
# presynaptic axis. With equal sizes it runs and gives wrong numbers; the check says which axis was crossed.


@nf.component
class SlippedSynapse(nf.ReversalSynapse):
    """The notebook's slip."""

    lumpable = False

    def derivatives(self, t, s, inputs):
        v = np.swapaxes(inputs.post.v, -1, -2)
        return {"i": (self.g * inputs.drive * (self.e_rev - v) - s.i) / self.tau}


try:
    check_component(SlippedSynapse(drive, e, weights=weights, g=2e-5))
except AssertionError as error:
    print(error)
    assert "post.v, which varies along post, was lined up with the pre axis" in str(error)
else:
    raise SystemExit("the slip was not found")
