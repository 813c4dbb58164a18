"""
Tuning that a network makes: the ring
=====================================

Ben-Yishai, Lev Bar-Or & Sompolinsky (1995), PNAS 92:3844, put cells on a ring by the orientation they prefer, from
-90 to 90 degrees. Cells of like orientation excite each other, all inhibit all::

    tau dr/dt = -r + [I + mean over t' of (J0 + J2 cos 2(t - t')) r(t') - T]+

The input ``I`` is the same for every cell. Where J2 is strong enough the network answers it with a bump all the same.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
from published import compare, relative, save

import netframe as nf

COLOURS = nf.plotting.COLOURS


# %%
# The network
# -----------
#
# ``nf.ring`` is the rule for these weights. It divides by the number of cells, so that a drive is a mean. The 2 of the
# cosine is in the period: orientations go once round in 180 degrees. The weights depend on distance alone, so their
# first column says all, and ``Circulant`` applies it by FFT.

N, J0, J2 = 720, -8.0, 4.0
INPUT, THRESHOLD = 2.0, 1.0
angles = 180.0 * (np.arange(N) / N - 0.5)


def ring(j2):
    """The network with a coupling of its own to orientation."""
    source = nf.ConstantInput("I", rates=[INPUT])
    cells = nf.FiringRate("E", size=N, tau=0.01, activation=nf.ThresholdLinear(threshold=THRESHOLD, gain=1.0))
    weights = nf.ring(cells, cells, J0, j2, period=180.0, pre_angles=angles)
    recurrent = nf.InstantSynapse(cells, cells, weights=nf.Circulant(weights[:, 0]), g=1.0)
    return nf.Network("ring", [source, cells, nf.InstantSynapse(source, cells, weights=1.0, g=1.0), recurrent])


print(ring(J2), "\n")

# %%
# Seven starts, one batch
# -----------------------
#
# Five starts lean weakly towards an orientation, two are noise. The bump keeps the orientation that it was given, and
# where nothing was given it takes one from the noise: the input prefers none.

seed = 3
rng = np.random.default_rng(seed)
print(f"seed {seed}")
leanings = np.array([-72.0, -36.0, 0.0, 36.0, 72.0])
leaning = 0.1 + 0.01 * np.cos(np.radians(2.0 * (angles - leanings[:, None])))
starts = np.vstack([leaning, rng.uniform(0.0, 0.2, (2, N))])

times = np.union1d(np.linspace(0.0, 0.15, 151), [0.5])
tight = nf.RungeKuttaIntegrator(rtol=1e-9, atol=1e-12)
sol = nf.simulate(ring(J2), 0.5, y0={"E.r": starts}, save_at=times, integrator=tight)
bumps, drives = sol["E.r"][-1], sol["E.current"][-1] - THRESHOLD

# %%
# As published
# ------------
#
# The drive above threshold is a mean and a cosine, whatever the rates are. It is above 0 within the half width of the
# bump, which for these numbers is 45 degrees: the mean of the drive is 0, so that J0 times the mean rate takes away
# all of I - T, and the mean rate is 1/8. The peak follows from the cosine: pi/8.


def half_width(drive):
    """How far from its top the cosine of a drive crosses 0, and where the top is; both in degrees."""
    turn = np.exp(2j * np.radians(angles))
    mean, amplitude = drive.mean(axis=-1), 2.0 * np.mean(drive * turn, axis=-1)
    return np.degrees(0.5 * np.arccos(-mean / np.abs(amplitude))), np.degrees(0.5 * np.angle(amplitude))


widths, tops = half_width(drives)
names = [*(f"leaning to {a:g}" for a in leanings), "noise", "other noise"]
rows = [relative(f"{name}: half width (degrees)", 45.0, width, 1e-6) for name, width in zip(names, widths)]
rows += [relative(f"{name}: mean rate (Hz)", 0.125, bump.mean(), 1e-6) for name, bump in zip(names, bumps)]
rows += [(f"leaning to {a:g}: top (degrees)", a, top, 1e-6) for a, top in zip(leanings, tops)]
compare([*rows, relative("peak rate, pi/8 for many cells (Hz)", np.pi / 8.0, bumps.max(), 1e-4)])

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(11.0, 4.2), layout="constrained")
noisy = sol.t <= 0.15
image = left.pcolormesh(1e3 * sol.t[noisy], angles, sol["E.r"][noisy, 5].T, cmap="viridis", rasterized=True)
figure.colorbar(image, ax=left, label="rate (Hz)")
left.set(
    xlabel="time (ms)", ylabel="preferred orientation (degrees)", title="a bump out of noise", yticks=range(-90, 91, 45)
)
for bump, name, colour in zip(bumps, names, COLOURS):
    right.plot(angles, bump, color=colour, linestyle="--" if "noise" in name else "-", label=name)
right.set(
    xlabel="preferred orientation (degrees)", ylabel="rate (Hz)", title="where seven starts end", ylim=(0.0, 0.56)
)
right.set(xlim=(-90.0, 90.0), xticks=range(-90, 91, 45))
right.legend(frameon=False, ncols=3, fontsize=8, loc="upper center")
save(figure, "ring_bumps")

# %%
# The uniform state
# -----------------
#
# With weak coupling to orientation, J2 below 2, all starts end alike: every rate is (I - T)/(1 - J0). That state is
# there with J2 = 4 too, and nothing moves in it. But a leaning grows with exp((J2/2 - 1) t/tau).

uniform = (INPUT - THRESHOLD) / (1.0 - J0)
weak = nf.simulate(ring(1.0), 0.5, y0={"E.r": starts}, save_at=[0.5], integrator=tight)["E.r"][-1]
strong = ring(J2)
at_rest = np.abs(strong.rhs(0.0, np.full(N, uniform))).max()
small = 1e-6 * np.cos(np.radians(2.0 * angles))
grown = nf.simulate(strong, 0.05, y0={"E.r": uniform + small}, save_at=[0.05], integrator=tight)["E.r"][-1]
compare(
    [
        relative("J2 = 1, lowest rate of all starts (Hz)", uniform, weak.min(), 1e-6),
        relative("J2 = 1, highest rate of all starts (Hz)", uniform, weak.max(), 1e-6),
        ("J2 = 4, fastest change in the uniform state (Hz/s)", 0.0, at_rest, 1e-9),
        relative("J2 = 4, a leaning grows in 5 tau by", np.exp(5.0), np.ptp(grown) / np.ptp(small), 1e-3),
    ]
)
