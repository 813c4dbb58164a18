"""
A published circuit: pattern separation in the dentate gyrus
============================================================

Galloni et al. (2022), doi 10.3389/fncom.2022.826278, ask how a circuit turns 128 overlapping input patterns into
responses that can be told apart. The notebook that netframe began with grew into that work. Five of its
configurations are run here, all 128 patterns of each as one batch, and measured as in the paper.
"""

# %%
import time

import matplotlib.pyplot as plt
import numpy as np
from dentate.circuit import CONFIGURATIONS, PATTERNS, circuit, described
from published import Row, compare, save

import netframe as nf
from netframe import analysis

#: What each configuration adds to the one before.
TITLES = {
    "0": "uniform weights",
    "1": "log-normal weights",
    "2": "feed-forward inhibition",
    "2b": "stronger inhibition",
    "3": "feedback inhibition",
}
WINDOW = (0.15, 0.35)

# %%
# The circuit
# -----------
#
# Cells are leaky voltages relative to rest, and each projection keeps one gate per presynaptic cell that rises towards
# that cell's activity and decays. Nothing in it knows of patterns: they are the batch axis of the inputs.

print(circuit("3"), "\n")

# %%
# 128 patterns in one run
# -----------------------
#
# Activity is the mean over the samples of 0.15 s up to 0.35 s.

integrator = nf.RungeKuttaIntegrator(rtol=1e-6, atol=1e-6)
solutions = {}
for name in CONFIGURATIONS:
    began = time.perf_counter()
    solutions[name] = nf.simulate(circuit(name), 0.35, save_at=351, record=["Output.rate"], integrator=integrator)
    print(f"configuration {name:2}  {len(PATTERNS)} patterns in {time.perf_counter() - began:.2g} s")
print()

# %%
# As published
# ------------
#
# Sparsity counts the units active in a pattern, selectivity the patterns a unit is active in. Similarity is the median
# cosine between responses, silent patterns left out and the diagonal kept.


def measured(solution: nf.Solution) -> dict[str, float]:
    """The statistics of the paper."""
    output = {"x": solution, "path": "Output.rate", "window": WINDOW}
    active = analysis.sparsity(**output)
    return {
        "mean_activity": analysis.responses(**output).mean(),
        "sparsity_mean": active.mean(),
        "sparsity_median": np.median(active),
        "selectivity_median": np.median(analysis.selectivity(**output)),
        "similarity_median": analysis.cosine_similarity(**output).median(),
        "fraction_units_active": analysis.active_fractions(**output).units,
    }


#: Half of the last digit given; mean sparsity to one unit in one pattern.
WITHIN = {
    "mean_activity": 5e-6,
    "sparsity_mean": 1.0 / len(PATTERNS),
    "sparsity_median": 0.0,
    "selectivity_median": 0.0,
    "similarity_median": 5e-5,
    "fraction_units_active": 5e-6,
}
found = {name: measured(solution) for name, solution in solutions.items()}
rows: list[Row] = []
for name in CONFIGURATIONS:
    expected = described(name)[0]["expected"]
    rows += [(f"{name:2} {key}", expected[key], found[name][key], WITHIN[key]) for key in expected]
compare(rows)

# %%
# What inhibition does
# --------------------
#
# Each column is a pattern, each row a unit of the Output population. Log-normal weights make responses sparse, and
# inhibition makes them less alike.

figure, axes = plt.subplots(2, len(CONFIGURATIONS), figsize=(14, 6), layout="constrained")
for (name, solution), (above, below) in zip(solutions.items(), axes.T):
    activity = analysis.responses(solution, "Output.rate", window=WINDOW)
    image = above.imshow(activity.T, aspect="auto", vmin=0.0, vmax=0.4, cmap="viridis", interpolation="nearest")
    above.set(title=f"{name}: {TITLES[name]}", xlabel="pattern", ylabel="unit")
    similar = analysis.cosine_similarity(solution, "Output.rate", window=WINDOW)
    cosines = below.imshow(similar.matrix, vmin=0.0, vmax=1.0, cmap="magma", interpolation="nearest")
    below.set(title=f"median {similar.median():.3f}", xlabel="pattern", ylabel="pattern")
figure.colorbar(image, ax=axes[0], label="activity")
figure.colorbar(cosines, ax=axes[1], label="cosine similarity")
save(figure, "dentate_responses")

# %%
figure, axes = plt.subplots(1, 3, figsize=(12, 3.5), layout="constrained")
for name, solution in solutions.items():
    output = {"x": solution, "path": "Output.rate", "window": WINDOW}
    axes[0].plot(np.sort(analysis.sparsity(**output)), label=f"{name}: {TITLES[name]}")
    axes[1].plot(np.sort(analysis.selectivity(**output)))
    axes[2].plot(solution.t, solution["Output.rate"].mean(axis=(1, 2)))
axes[0].set(xlabel="pattern, sorted", ylabel="active units", title="sparsity")
axes[1].set(xlabel="unit, sorted", ylabel="patterns it is active in", title="selectivity")
axes[2].set(xlabel="time (s)", ylabel="mean activity", title="time course")
axes[2].legend(
    *axes[0].get_legend_handles_labels(), frameon=False, fontsize=8, loc="center right", bbox_to_anchor=(1.0, 0.68)
)
save(figure, "dentate_statistics")
