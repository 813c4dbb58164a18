"""The diagram of a network: who projects to whom, how strongly, and with which sign."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from netframe.calls import explained
from netframe.errors import ParameterError
from netframe.network import Network
from netframe.plotting.arrows import Side, Way, bows, loop, loop_sides, ways
from netframe.plotting.captions import caption, folded
from netframe.plotting.layout import label_place, places
from netframe.plotting.legends import laid_out
from netframe.plotting.strength import BOTH, NEGATIVE, POSITIVE, sign_of, strength_of
from netframe.plotting.style import COLOURS, SIGNED, axes_or_new, ground, ink, is_dark, new_axes, style
from netframe.tables import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Radius of the largest population and the smallest that is drawn, where neighbours are 1.5 or more apart.
LARGEST, SMALLEST = 0.34, 0.15
#: As many characters of a name are in one line.
LONGEST = 18
#: How arrows of strengths in different units are drawn, those of the commonest first.
LINES: Any = ("-", (0.0, (1.6, 0.7)), (0.0, (0.7, 0.5)))
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
    the mean strength of its synapses, beside the largest in the same unit, which the legend tells: the absolute weight
    times ``g``, for conductances also times the distance of ``e_rev`` from the resting voltage, so that these compare
    with currents, in nA per Hz at rest. Arrows in another unit than most, such as gap junctions, have a dashed line and
    are wide by a measure of their own. Without weights, or without a current at rest, an arrow is dotted. Arrows that
    learn are drawn as they start. Errors: :class:`ParameterError` for what is no network, or an empty one.

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
    lines = max(folded(path, LONGEST).count("\n") for path in nodes)
    low, high = xy.min(axis=0) - (0.95, 1.0 + 0.2 * lines), xy.max(axis=0) + 0.95
    alone = ax is None
    if alone:
        width, height = map(float, np.clip(1.25 * (high - low), (3.5, 2.0), (12.0, 9.0)))
        ax = new_axes(1, 1, figsize=(width, height + 0.75))[0]
        ax.set_anchor("N")  # in the middle of their room the title would leave the figure
    ax = axes_or_new(ax)
    with style(ax):
        ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
        caption(ax, "", "", network.name)
        ax.title.set(x=0.0, horizontalalignment="left")  # above a node in the middle it would be taken for its name
        ax.set_axis_off()
        shapes = {path: _shape(ax, place[path], radius[path], path in network.sources) for path in nodes}
        bent = bows(links, place, radius)
        sides = loop_sides(links, bent, place, radius)
        _arrows(ax, network, bent, place, radius, shapes, sides, alone)
        _labels(ax, network, place, radius, ways(links, bent, place, radius, sides))
    return ax


def _shape(ax: Any, centre: Any, radius: float, square: bool) -> Any:
    from matplotlib import patches

    look: Any = {"facecolor": "0.3" if is_dark(ax) else "0.92", "edgecolor": ink(ax), "linewidth": 1.0, "zorder": 3}
    if square:
        length = 1.7 * radius
        corner = centre[0] - length / 2, centre[1] - length / 2
        return ax.add_patch(patches.Rectangle(corner, length, length, **look))
    return ax.add_patch(patches.Circle(centre, radius, **look))


def _arrows(
    ax: Any,
    network: Network,
    bent: list[float],
    place: Any,
    radius: Any,
    shapes: Any,
    sides: dict[str, Side],
    alone: bool,
) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import FancyArrowPatch

    bound = network.bound_projections
    strengths = [strength_of(one) for one in bound]
    units = Counter(unit for strength, unit in strengths if strength).most_common()
    largest = {unit: max(strength for strength, own in strengths if own == unit) for unit, _ in units}
    lines = dict(zip(largest, itertools.cycle(LINES)))
    seen: dict[str, Any] = {}
    scale = float(np.clip(_points(ax) / 50.0, 0.4, 1.0))  # arrows are thinner in small axes
    for one, (strength, unit), bow in zip(bound, strengths, bent):
        word, colour, head = SIGNS[sign_of(one)]
        seen[word] = Line2D([], [], color=colour, linewidth=2.0, label=word)
        width = scale * (1.0 + (3.5 * strength / largest[unit] if strength else 0.0))
        look: Any = {
            "color": colour,
            "linewidth": width,
            "linestyle": lines[unit] if strength else ":",
            "zorder": 2,
            "alpha": 0.9,
        }
        look |= {"arrowstyle": f"{head},widthB=0.45,lengthB=0" if head == "-[" else head}
        look |= {
            "mutation_scale": 9.0 * scale + 1.5 * width,
            "label": one.path,
            "capstyle": "butt",
            "joinstyle": "miter",
        }
        if one.pre == one.post:
            ax.add_patch(
                FancyArrowPatch(path=_loop(loop(place[one.pre], radius[one.pre], bow, sides[one.pre])), **look)
            )
        else:
            ends: Any = {"patchA": shapes[one.pre], "patchB": shapes[one.post], "shrinkA": 1.0, "shrinkB": 2.5}
            way = f"arc3,rad={bow}"
            ax.add_patch(FancyArrowPatch(place[one.pre], place[one.post], connectionstyle=way, **ends, **look))
    handles = [seen[word] for word, _, _ in SIGNS.values() if word in seen]
    if largest:
        for unit, strength in largest.items():
            told = f"mean strength {strength:.3g}" + (f" {unit}" if unit != "1" else "")
            handles.append(Line2D([], [], color=ink(ax), linewidth=4.5 * scale, linestyle=lines[unit], label=told))
        labels, columns, _ = laid_out(ax, [handle.get_label() for handle in handles], alone=alone)
        below = {"loc": "upper center", "bbox_to_anchor": (0.5, 0.0), "frameon": False}
        ax.legend(handles, labels, ncols=columns, **below)


def _points(ax: Any) -> float:
    """How many points there are between 0 and 1 on the axes."""
    box, (width, height) = ax.get_position(), 72.0 * ax.get_figure(root=True).get_size_inches()
    return float(min(box.width * width / np.ptp(ax.get_xlim()), box.height * height / np.ptp(ax.get_ylim())))


def _loop(points: Way) -> Any:
    from matplotlib.path import Path

    return Path(points, [Path.MOVETO, *[Path.CURVE4] * 3])


def _labels(ax: Any, network: Network, place: Any, radius: Any, lines: list[Way]) -> None:
    """Names and numbers of cells beside the nodes, where the fewest arrows pass, as large as the axes allow."""
    step = _points(ax)
    size = float(np.clip(0.16 * step, 5.0, 10.0))
    for path, bound in network.bound_nodes.items():
        lower = counted(bound.node.size, "channel" if path in network.sources else "cell")
        told = [*folded(path, LONGEST).split("\n"), lower]
        extent = 0.62 * size * max(map(len, told)) / step, 1.25 * size * len(told) / step
        x, y, across, along = label_place(path, extent, place, radius, lines)
        text = ax.text(x, y, "\n".join(told), ha=across, va=along, fontsize=size, linespacing=1.2)
        text.set(zorder=4, bbox={"facecolor": ground(ax), "edgecolor": "none", "alpha": 0.75, "pad": 0.5})
