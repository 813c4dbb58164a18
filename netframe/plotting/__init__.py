"""The figures one looks at first: networks, weights and inputs, what a solution did, and what analysis made of it.

Every function takes arrays or netframe objects, draws one figure with units on its axes and returns the matplotlib
``Axes`` to go on with. ``ax=`` draws into axes of yours, otherwise there is a new figure; nothing is shown or saved.

    ax = nf.plotting.plot_heatmap(sol, "E.v")
    ax.figure.savefig("voltage.png")

``sol.plot("E.v")`` chooses the picture over time by itself. All look alike by ``netframe.mplstyle``, which holds while
a function draws and changes no setting of yours; ``with nf.plotting.style():`` has it for figures of your own.
"""

from netframe.later import loader
from netframe.plotting.activation import plot_activation
from netframe.plotting.animation import animate_activity
from netframe.plotting.arguments import Member
from netframe.plotting.captions import with_unit
from netframe.plotting.diagram import plot_network
from netframe.plotting.over_time import plot_heatmap, plot_traces
from netframe.plotting.patterns import plot_patterns
from netframe.plotting.population_codes import plot_power_spectrum, plot_similarity, plot_tuning_curves
from netframe.plotting.rates import plot_rates
from netframe.plotting.solutions import plot_solution
from netframe.plotting.style import COLOURS, MARKERS, axes_or_new, colour_of, ink, style
from netframe.plotting.weights import plot_weight_histogram, plot_weights

__getattr__ = loader(__name__, {})

__all__ = [
    "COLOURS",
    "MARKERS",
    "Member",
    "animate_activity",
    "axes_or_new",
    "colour_of",
    "ink",
    "plot_activation",
    "plot_heatmap",
    "plot_network",
    "plot_patterns",
    "plot_power_spectrum",
    "plot_rates",
    "plot_similarity",
    "plot_solution",
    "plot_traces",
    "plot_tuning_curves",
    "plot_weight_histogram",
    "plot_weights",
    "style",
    "with_unit",
]
