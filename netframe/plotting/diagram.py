"""The diagram of a network: who projects to whom, how strongly, and with which sign."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.calls import explained
from netframe.errors import ParameterError
from netframe.network import Network
from netframe.plotting.layout import Way, bows, loop, places, side, ways
from netframe.plotting.strength import BOTH, NEGATIVE, POSITIVE, sign_of, strength_of
from netframe.plotting.style import COLOURS, SIGNED, axes_or_new, ground, ink, is_dark, new_axes, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Radius of the largest population and the smallest that is drawn, where neighbours are 1.5 or more apart.
LARGEST, SMALLEST = 0.34, 0.15
#: For each sign a word, a colour and a head.
SIGNS = {
    POSITIVE: ("excitatory", SIGNED[1], "-|>"),
    NEGATIVE: ("inhibitory", SIGNED[0], "-["),
    BOTH: ("both signs", COLOURS[2], "-|>"),
}


@explained
def plot_network(network: Network, *, ax: Axes | None = None) -> Axes:
    """Populations as circles, inputs as squares, and projections as arrows from pre to post.

    The area of a circle grows with its number of cells, down to a smallest circle. From left to right are the steps
    from the inputs; without inputs all lie on a circle. The colour and head of an arrow are its sign, that of the
    weights times that of ``e_rev`` less the resting voltage where a projection has a reversal potential. Its width is
    the mean absolute weight of its synapses, of which the legend tells the largest; without weights it is dotted.
    Arrows that learn are drawn as they start. Errors: :class:`ParameterError` for what is no network, or an empty one.

    Example:
        >>> import netframe as nf
        >>> from matplotlib.figure import Figure
        >>> ffe, e = nf.ConstantInput("FFE", rates=np.full(3, 10.0)), nf.LeakyRate("E", size=2)
        >>> net = nf.Network("n", [ffe, e, nf.ReversalSynapse(ffe, e, weights=np.ones((2, 3)), g=2e-5)])
        >>> ax = nf.plotting.plot_network(net, ax=Figure().subplots())
        >>> [text.get_text() for text in ax.texts]
        ['FFE\\n3 channels', 'E\\n2 cells']
    """
    if not isinstance(network, Network):
        raise ParameterError(f"network is of type {type(network).__name__}; it must be a Network")
    nodes = {path: bound.node for path, bound in network.bound_nodes.items()}
    if not nodes:
        raise ParameterError(
            f"network '{network.name}' has neither populations nor inputs, so there is nothing to draw"
        )
    links = [(bound.pre, bound.post) for bound in network.bound_projections]
    place = places(list(nodes), set(network.sources), links)
    most = max(node.size for node in nodes.values())
    radius = {path: max(SMALLEST, LARGEST * math.sqrt(node.size / most)) for path, node in nodes.items()}
    xy = np.array(list(place.values()))
    low, high = xy.min(axis=0) - (0.95, 1.0), xy.max(axis=0) + 0.95
    if ax is None:
        width, height = (float(np.clip(1.25 * span, 3.5, limit)) for span, limit in zip(high - low, (12.0, 9.0)))
        ax = new_axes(1, 1, figsize=(width, height + 0.6))[0]
    ax = axes_or_new(ax)
    with style(ax):
        ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal", title=network.name)
        ax.set_axis_off()
        shapes = {path: _shape(ax, place[path], radius[path], path in network.sources) for path in nodes}
        bent = bows(links, place, radius)
        _arrows(ax, network, bent, place, radius, shapes)
        _labels(ax, network, place, radius, ways(links, bent, place, radius))
    return ax


def _shape(ax: Any, centre: Any, radius: float, square: bool) -> Any:
    from matplotlib import patches

    look: Any = {"facecolor": "0.3" if is_dark(ax) else "0.92", "edgecolor": ink(ax), "linewidth": 1.0, "zorder": 3}
    if square:
        side = 1.7 * radius
        return ax.add_patch(patches.Rectangle((centre[0] - side / 2, centre[1] - side / 2), side, side, **look))
    return ax.add_patch(patches.Circle(centre, radius, **look))


def _arrows(ax: Any, network: Network, bent: list[float], place: Any, radius: Any, shapes: Any) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import FancyArrowPatch

    bound = network.bound_projections
    strengths = [strength_of(one) for one in bound]
    largest = max(strengths, default=0.0)
    seen: dict[str, Any] = {}
    for one, strength, bow in zip(bound, strengths, bent):
        word, colour, head = SIGNS[sign_of(one)]
        seen[word] = Line2D([], [], color=colour, linewidth=2.0, label=word)
        width = 1.0 + 3.5 * strength / largest if strength else 1.0
        look: Any = {
            "color": colour,
            "linewidth": width,
            "linestyle": "-" if strength else ":",
            "zorder": 2,
            "alpha": 0.9,
        }
        look |= {"arrowstyle": f"{head},widthB=0.45,lengthB=0" if head == "-[" else head}
        look |= {"mutation_scale": 9.0 + 1.5 * width, "label": one.path, "capstyle": "butt", "joinstyle": "miter"}
        if one.pre == one.post:
            ax.add_patch(FancyArrowPatch(path=_loop(place[one.pre], radius[one.pre], bow), **look))
        else:
            ends: Any = {"patchA": shapes[one.pre], "patchB": shapes[one.post], "shrinkA": 1.0, "shrinkB": 2.5}
            way = f"arc3,rad={bow}"
            ax.add_patch(FancyArrowPatch(place[one.pre], place[one.post], connectionstyle=way, **ends, **look))
    handles = [seen[word] for word, _, _ in SIGNS.values() if word in seen]
    if largest:
        clear = Line2D([], [], linestyle="none", label=f"widest: mean |weight| {largest:.3g}")
        ax.legend(handles=[*handles, clear], loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=4, frameon=False)


def _loop(centre: Any, radius: float, height: float) -> Any:
    from matplotlib.path import Path

    return Path(loop(centre, radius, height), [Path.MOVETO, *[Path.CURVE4] * 3])


def _labels(ax: Any, network: Network, place: Any, radius: Any, lines: list[Way]) -> None:
    """Names and numbers of cells beside the nodes, where the fewest arrows pass, as large as the axes allow."""
    box, figure = ax.get_position(), ax.figure.get_size_inches() * 72.0
    wide, high = np.ptp(ax.get_xlim()), np.ptp(ax.get_ylim())
    step = min(box.width * figure[0] / wide, box.height * figure[1] / high)  # points between 0 and 1 on the axes
    size = float(np.clip(0.16 * step, 5.0, 10.0))
    for path, bound in network.bound_nodes.items():
        n = bound.node.size
        lower = f"{n} {'channel' if path in network.sources else 'cell'}{'s' * (n != 1)}"
        extent = 0.62 * size * max(len(path), len(lower)) / step, 2.5 * size / step
        x, y, across, along = side(path, extent, place, radius, lines)
        text = ax.text(x, y, f"{path}\n{lower}", ha=across, va=along, fontsize=size, linespacing=1.2)
        text.set(zorder=4, bbox={"facecolor": ground(ax), "edgecolor": "none", "alpha": 0.75, "pad": 0.5})
