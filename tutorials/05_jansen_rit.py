"""
A cortical column: Jansen and Rit
=================================

Jansen & Rit (1995), Biol Cybern 73:357, let pyramidal cells excite two populations that act back on them, one with
excitation and one with inhibition. What the pyramidal cells receive, ``y1 - y2``, is the model's EEG. With more input
``p`` it goes from rest through slow spikes to the alpha rhythm.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
from published import Row, compare, relative, save

import netframe as nf
from netframe import analysis

COLOURS = nf.plotting.COLOURS


# %%
# The column
# ----------
#
# The numbers of the paper are the defaults of the class; they are written out here to be seen. ``p`` comes from an
# input, and each row of its rates is a member of a batch.


def column(p):
    """A network of one column; ``p`` in Hz, one number for each member of the batch."""
    source = nf.ConstantInput("P", rates=np.asarray(p)[:, None])
    numbers = {"A": 3.25, "B": 22.0, "a": 100.0, "b": 50.0, "e0": 2.5, "v0": 6.0, "r": 0.56}
    synapses = {"C1": 135.0, "C2": 0.8 * 135.0, "C3": 0.25 * 135.0, "C4": 0.25 * 135.0}
    cells = nf.JansenRit("J", size=1, **numbers, **synapses)
    return nf.Network(
        "column", [source, cells, nf.InstantSynapse(source, cells, weights=1.0, g=1.0, port="excitatory")]
    )


print(column([120.0, 220.0]), "\n")


def frequency(t, x):
    """Cycles per second between the first and the last time that x rises through the middle of its range."""
    x = x - 0.5 * (x.max() + x.min())
    up = np.flatnonzero((x[:-1] < 0.0) & (x[1:] >= 0.0))
    crossings = t[up] - x[up] / (x[up + 1] - x[up]) * (t[up + 1] - t[up])
    return (len(up) - 1) / (crossings[-1] - crossings[0])


# %%
# Two published inputs
# --------------------
#
# From 0, without noise. The first eight seconds are left out of the numbers: the alpha rhythm takes long to settle.

expected = {120.0: (2.385, 1.226, 11.170), 220.0: (10.938, 6.088, 9.034)}
tight = nf.ScipyIntegrator("DOP853", rtol=1e-8, atol=1e-8)
sol = nf.simulate(column([*expected]), 16.0, save_at=32001, integrator=tight)
eeg = (sol["J.y1"] - sol["J.y2"])[..., 0]

settled = sol.t >= 8.0
rows: list[Row] = []
for (p, (rhythm, low, high)), x in zip(expected.items(), eeg.T):
    found = frequency(sol.t[settled], x[settled])
    rows += [
        relative(f"p = {p:g} Hz, frequency (Hz)", rhythm, found, 1e-3),
        relative(f"p = {p:g} Hz, lowest y1 - y2 (mV)", low, x[settled].min(), 1e-3),
        relative(f"p = {p:g} Hz, highest y1 - y2 (mV)", high, x[settled].max(), 1e-3),
    ]
compare(rows)

# %%
# The slow spikes have many harmonics, the alpha rhythm is nearly a sine.

figure, axes = plt.subplots(2, 2, figsize=(10.0, 5.0), layout="constrained", width_ratios=[2, 1], sharex="col")
spectrum = analysis.power_spectrum(eeg[settled], t=sol.t[settled])
for (trace, power), p, x, density, colour in zip(axes, expected, eeg.T, spectrum.power.T, COLOURS):
    trace.plot(sol.t, x, color=colour)
    trace.set(ylabel="y1 - y2 (mV)", title=f"p = {p:g} Hz", xlim=(0.0, 4.0), ylim=(-1.0, 15.0))
    power.semilogy(spectrum.frequency, density, color=colour)
    power.set(ylabel="power (mV$^2$/Hz)", xlim=(0.0, 50.0), ylim=(1e-7, 1e2))
axes[1, 0].set_xlabel("time (s)")
axes[1, 1].set_xlabel("frequency (Hz)")
save(figure, "jansen_rit_eeg")

# %%
# Every input at once
# -------------------
#
# Eighty inputs are one batch. Where the EEG still moves after eight seconds it has a frequency, elsewhere the column is
# at rest. The step from spikes to alpha is one between two rhythms, each with a range of its own.

inputs = np.arange(0.0, 400.0, 5.0)
sweep = nf.simulate(column(inputs), 12.0, save_at=np.linspace(8.0, 12.0, 4001))
eeg = (sweep["J.y1"] - sweep["J.y2"])[..., 0]
low, high = eeg.min(axis=0), eeg.max(axis=0)
moving = high - low > 0.5
rhythm = np.array([frequency(sweep.t, x) if m else np.nan for x, m in zip(eeg.T, moving)])
print(f"{len(inputs)} inputs: slow spikes from {inputs[rhythm < 6.0].min():g} Hz,", end=" ")
print(f"alpha from {inputs[rhythm > 8.0].min():g} to {inputs[rhythm > 8.0].max():g} Hz")

figure, (above, below) = plt.subplots(2, 1, figsize=(7.0, 5.5), sharex=True, layout="constrained")
above.fill_between(inputs, low, high, color=COLOURS[0], alpha=0.25)
above.plot(inputs, low, ".-", color=COLOURS[0])
above.plot(inputs, high, ".-", color=COLOURS[0])
above.set(ylabel="range of y1 - y2 (mV)", title="one column, many inputs; rings: published")
below.plot(inputs, rhythm, ".", color=COLOURS[0])
below.set(xlabel="input p (Hz)", ylabel="frequency (Hz)", ylim=(0.0, 13.0))
for p, (published_rhythm, published_low, published_high) in expected.items():
    above.plot([p, p], [published_low, published_high], "o", color=COLOURS[1], fillstyle="none", markersize=10)
    below.plot(p, published_rhythm, "o", color=COLOURS[1], fillstyle="none", markersize=10)
save(figure, "jansen_rit_sweep")
