"""Where the nodes of a diagram lie, and their labels."""

from __future__ import annotations

import math
from collections.abc import Sequence

from netframe.plotting.arrows import Link, Point, Way

#: Distances between steps from the inputs, and between nodes of one step.
ACROSS, DOWN = 2.0, 1.6
#: How far neighbours in a step of three or more are shifted to the side, so that arrows between them are seen.
SHIFT = 0.45
#: How near an arrow may come to a label.
CLOSE = 0.04


def places(nodes: Sequence[str], inputs: set[str], links: Sequence[Link]) -> dict[str, Point]:
    """A place for each node: in columns by steps from the inputs, on a circle where there are none."""
    if not inputs:
        return _on_a_circle(nodes)
    step = dict.fromkeys((node for node in nodes if node in inputs), 0)
    front = list(step)
    while front:
        nearest = [post for pre, post in links if pre in front and post not in step]
        step |= dict.fromkeys(nearest, step[front[0]] + 1)
        front = list(dict.fromkeys(nearest))
    # What no input reaches stands with what is driven first.
    step |= dict.fromkeys((node for node in nodes if node not in step), 1)
    found: dict[str, Point] = {}
    for column in sorted(set(step.values())):
        members = [node for node in nodes if step[node] == column]
        members.sort(key=lambda node: -_mean([found[pre][1] for pre, post in links if post == node and pre in found]))
        for k, node in enumerate(members):
            side = SHIFT * (-1) ** k if len(members) > 2 and column else 0.0
            found[node] = (ACROSS * column + side, DOWN * ((len(members) - 1) / 2 - k))
    return {node: found[node] for node in nodes}


def _on_a_circle(nodes: Sequence[str]) -> dict[str, Point]:
    n = len(nodes)
    if n == 1:
        return {nodes[0]: (0.0, 0.0)}
    radius = max(0.5 * ACROSS, 0.5 * DOWN / math.sin(math.pi / n))
    turns = [(1.0 if n == 2 else 0.5) * math.pi - 2.0 * math.pi * k / n for k in range(n)]
    return {node: (radius * math.cos(turn), radius * math.sin(turn)) for node, turn in zip(nodes, turns)}


def label_place(
    node: str, extent: Point, place: dict[str, Point], radius: dict[str, float], lines: Sequence[Way]
) -> tuple[float, float, str, str]:
    """Where the label of a node, ``extent`` wide and high, has the fewest arrows and nodes under it, and its alignment.

    The sides are tried from below round to the corners; the first of equals is taken.
    """
    (x, y), r, (width, height) = place[node], radius[node] + 0.06, extent
    slant = 0.75 * r
    tried = [(x, y - r, "center", "top"), (x, y + r, "center", "bottom")]
    tried += [(x + r, y, "left", "center"), (x - r, y, "right", "center")]
    tried += [
        (x + u * slant, y + v * slant, "left" if u > 0 else "right", "bottom" if v > 0 else "top")
        for v in (-1, 1)
        for u in (1, -1)
    ]
    shift = {"center": -0.5, "left": 0.0, "right": -1.0, "bottom": 0.0, "top": -1.0}

    def covered(spot: tuple[float, float, str, str]) -> float:
        left, low = spot[0] + shift[spot[2]] * width, spot[1] + shift[spot[3]] * height
        inside = [
            left - CLOSE < u < left + width + CLOSE and low - CLOSE < v < low + height + CLOSE
            for way in lines
            for u, v in way
        ]
        near = [
            math.dist((u, v), (min(max(u, left), left + width), min(max(v, low), low + height))) < radius[other]
            for other, (u, v) in place.items()
            if other != node
        ]
        return sum(inside) + 25.0 * sum(near)

    return min(tried, key=covered)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
