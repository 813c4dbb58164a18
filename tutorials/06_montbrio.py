"""
Montbrio, Pazo and Roxin: an exact mean field, and where its states begin and end
=================================================================================

A population of quadratic integrate-and-fire cells, with inputs spread as a Lorentzian of half width ``delta``, is
described exactly by its rate ``r`` and mean voltage ``v``: Montbrio, Pazo & Roxin (2015), Phys Rev X 5:021028, eqs 12.
With strong enough recurrent excitation ``J`` rest and activity are both stable.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
from published import compare, nearest, relative, save
from scipy.optimize import brentq

import netframe as nf

# %%
# The network
# -----------
#
# One population that projects to itself; time is in units of ``tau``, which is 1 s here.

J, delta, eta = 15.0, 1.0, -5.0
q = nf.QIFMeanField("Q", size=1, tau=1.0, delta=delta, eta=eta)
net = nf.Network("montbrio", [q, nf.InstantSynapse(q, q, weights=J, g=1.0)])
print(net, "\n")

# %%
# Three fixed points
# ------------------

points = nf.fixed_points(net, bounds={"Q.r": (0.0, 2.0), "Q.v": (-4.0, 1.0)})
print(points, "\n")
published = {
    "node": (0.0811344, -1.9616200),
    "saddle": (0.4729803, -0.3364938),
    "focus": (1.0305968, -0.1544299),
}
rows = []
for kind, (r, v) in published.items():
    point = nearest(points, np.array([r, v]))
    assert kind in point.kind, (kind, point.kind)
    rows += [relative(f"{kind} r", r, point["Q.r"][0], 1e-6), relative(f"{kind} v", v, point["Q.v"][0], 1e-6)]
rows += [
    ("focus, real part of the eigenvalues", -0.30886, point.eigenvalues[0].real, 5e-6),
    ("focus, imaginary part", 3.31863, abs(point.eigenvalues[0].imag), 5e-6),
]
assert len(points) == 3
compare(rows)

# %%
# Both folds in ``eta``
# ---------------------
#
# Continuation follows the steady state from rest, around the first fold, along the saddle and around the second to the
# active state. On the branch ``v = -delta / (2 pi r)`` and ``eta = (pi r)^2 - J r - v^2``, so that folds are where
# ``d eta / d r`` is zero: an expectation that shares nothing with the continuation.

branch = nf.continuation(net, "Q.eta", (-9.0, 0.0))
print(branch, "\n")


def eta_of(r):
    return (np.pi * r) ** 2 - J * r - (delta / (2 * np.pi * r)) ** 2


def slope(r):
    return 2 * np.pi**2 * r - J + 2 * (delta / (2 * np.pi)) ** 2 / r**3


folds = [eta_of(brentq(slope, low, high, xtol=1e-15)) for low, high in ((0.05, 0.4), (0.4, 1.0))]
first, second = branch.points("fold")
compare([("first fold, eta", folds[0], first.value, 1e-6), ("second fold, eta", folds[1], second.value, 1e-6)])
for fold, outside, inside in ((first, 0.05, -0.05), (second, -0.05, 0.05)):
    counts = [
        len(nf.fixed_points(net.with_parameters({"Q.eta": fold.value + d}), bounds={"Q.r": (0.0, 2.0)}))
        for d in (outside, inside)
    ]
    assert counts == [1, 3], "two steady states meet at a fold"

figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
branch.plot(ax, "Q.r")
save(figure, "montbrio_branch")

# %%
# A pulse switches it on, another switches it off
# -----------------------------------------------
#
# The same network with an input: 30 time constants of excitation, and later of inhibition.

on, off = (nf.StepInput(n, size=1, amplitude=3.0, onset=t, offset=t + 5.0) for n, t in (("on", 20.0), ("off", 60.0)))
switched = nf.Network(
    "switched",
    [
        on,
        off,
        q,
        nf.InstantSynapse(q, q, weights=J, g=1.0),
        nf.InstantSynapse(on, q, weights=1.0, g=1.0),
        nf.InstantSynapse(off, q, weights=-2.0, g=1.0),
    ],
)
run = nf.simulate(switched, 100.0, save_at=4000, y0={"Q.r": 0.0811344, "Q.v": -1.96162})
figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.plot(run.t, run["Q.r"])
ax.axvspan(20.0, 25.0, color="tab:orange", alpha=0.2, label="excitation")
ax.axvspan(60.0, 65.0, color="tab:blue", alpha=0.2, label="inhibition")
ax.set(xlabel="time (tau)", ylabel="rate r (1/tau)")
ax.legend(frameon=False)
save(figure, "montbrio_switched")
active, rest = run["Q.r"][(run.t > 50.0) & (run.t < 60.0)].mean(), run["Q.r"][-1, 0]
compare([("rate after excitation", 1.0305968, active, 1e-3), ("rate after inhibition", 0.0811344, rest, 1e-4)])
print("settled:", nf.settled(run).all)
