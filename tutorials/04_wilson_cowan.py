"""
Wilson and Cowan: three steady states, and a rhythm
===================================================

Wilson & Cowan (1972), Biophys J 12:1, describe an excitatory and an inhibitory population by the share of their cells
that fire. Two sets of coefficients give two of the paper's results: a memory that stays once it is set (Fig. 4), and
an oscillation that stays as long as the input does (Fig. 11).
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
from published import compare, nearest, relative, save

import netframe as nf

TAU = 0.01


# %%
# The network
# -----------
#
# ``c1`` to ``c4`` are the paper's coefficients: E onto E, I onto E, E onto I, I onto I. ``P`` is the input to E.


def wilson_cowan(c1, c2, c3, c4, excitatory, inhibitory, P=0.0):
    p = nf.ConstantInput("P", rates=[P])
    e, i = nf.WilsonCowan("E", size=1, tau=TAU, **excitatory), nf.WilsonCowan("I", size=1, tau=TAU, **inhibitory)
    wires = [(p, e, 1.0), (e, e, c1), (i, e, -c2), (e, i, c3), (i, i, -c4)]
    return nf.Network("wilson_cowan", [p, e, i, *(nf.InstantSynapse(a, b, weights=c, g=1.0) for a, b, c in wires)])


fig4 = wilson_cowan(12.0, 4.0, 13.0, 11.0, {"slope": 1.2, "threshold": 2.8}, {"slope": 1.0, "threshold": 4.0})
print(fig4, "\n")

# %%
# Three steady states (Fig. 4)
# ----------------------------
#
# ``fixed_points`` starts Newton's method from many states and merges what agrees.

points = nf.fixed_points(fig4, bounds={"E.a": (0.0, 0.5), "I.a": (0.0, 0.5)})
print(points, "\n")
published = {
    "rest": (0.0, 0.0, "stable"),
    "threshold": (0.1896695, 0.0681031, "saddle"),
    "excited": (0.4397518, 0.2259326, "stable"),
}
rows = []
for name, (a, b, kind) in published.items():
    point = nearest(points, np.array([a, b]))
    assert kind in point.kind, (name, point.kind)
    rows += [relative(f"{name} E", a, point["E.a"][0], 1e-6), relative(f"{name} I", b, point["I.a"][0], 1e-6)]
assert len(points) == 3
compare(rows)

# %%
# The phase plane shows why: the nullclines cross three times. What starts left of the saddle's separatrix goes to rest,
# what starts right of it stays excited.

plane = nf.analysis.phase_plane(fig4, "E.a", "I.a", (0.0, 0.5), (0.0, 0.35))
figure, ax = plt.subplots(figsize=(5.5, 4.5), layout="constrained")
plane.plot(ax)
for start in (0.17, 0.21):
    run = nf.simulate(fig4, 0.2, y0={"E.a": start, "I.a": 0.07}, save_at=400)
    ax.plot(run["E.a"], run["I.a"], color="black", linewidth=1.2)
save(figure, "wilson_cowan_fig4")

# %%
# A rhythm (Fig. 11)
# ------------------

fig11 = wilson_cowan(16.0, 12.0, 15.0, 3.0, {"slope": 1.3, "threshold": 4.0}, {"slope": 2.0, "threshold": 3.7}, P=1.25)
(point,) = nf.fixed_points(fig11)
cycle = nf.limit_cycle(fig11, "E.a", duration=0.5, y0={"E.a": 0.1, "I.a": 0.05})
(e_low, e_high), (i_low, i_high) = cycle.range("E.a"), cycle.range("I.a")
compare(
    [
        relative("fixed point E", 0.2017484, point["E.a"][0], 1e-6),
        relative("fixed point I", 0.1068894, point["I.a"][0], 1e-6),
        ("eigenvalue, real part x tau", 0.11555, TAU * point.eigenvalues[0].real, 5e-6),
        ("eigenvalue, imaginary part x tau", 1.87003, TAU * abs(point.eigenvalues[0].imag), 5e-6),
        relative("period / tau", 4.99589, cycle.period / TAU, 1e-3),
        relative("smallest E", 0.10256, e_low[0], 1e-3),
        relative("largest E", 0.26966, e_high[0], 1e-3),
        relative("smallest I", 0.02174, i_low[0], 1e-3),
        relative("largest I", 0.19447, i_high[0], 1e-3),
    ]
)

# %%
# Where the rhythm begins and ends
# --------------------------------
#
# Followed along the input ``P``, the steady state of little activity ends at a fold. What it turns into is unstable,
# and stays so up to a Hopf point: between the two the rhythm is all there is to settle on.

branch = nf.continuation(fig11, "P.rates", (0.0, 4.0))
print(branch, "\n")
(hopf,) = branch.points("Hopf")
fold = max(branch.points("fold"), key=lambda point: point.value)
assert fold.value < 1.25 < hopf.value
for value, stable in ((hopf.value - 0.01, False), (hopf.value + 0.01, True)):
    point = nearest(nf.fixed_points(fig11.with_parameters({"P.rates": [value]})), hopf.y)
    assert point.stable is stable, "stability changes at a Hopf point"

figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
branch.plot(axes[0], "E.a")
run = nf.simulate(fig11, 0.3, y0={"E.a": 0.1, "I.a": 0.05}, save_at=600)
axes[1].plot(run.t, run["E.a"], label="E")
axes[1].plot(run.t, run["I.a"], label="I")
axes[1].set(xlabel="time (s)", ylabel="share of cells that fire", title="P = 1.25", ylim=(0.0, 0.34))
axes[1].legend(frameon=False, ncols=2, loc="upper right")
save(figure, "wilson_cowan_fig11")
