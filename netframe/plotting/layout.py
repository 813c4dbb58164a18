"""Where the nodes of a diagram lie, and how its arrows bend."""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = tuple[float, float]
Link = tuple[str, str]
Way = list[Point]
Side = tuple[int, int]

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


def bows(links: Sequence[Link], place: dict[str, Point], radius: dict[str, float]) -> list[float]:
    """How far each arrow bends, as a share of its length; for a loop onto the same node its height.

    Arrows between the same two nodes bend differently, and none passes over a third node where that can be avoided.
    """
    taken: dict[frozenset[str], list[float]] = {}
    found = []
    for pre, post in links:
        used = taken.setdefault(frozenset((pre, post)), [])
        if pre == post:
            found.append(0.62 + 0.25 * len(used))
            used.append(found[-1])
            continue
        company = sum({pre, post} == {*link} for link in links) > 1
        steps = [0.18 * k for k in range(1, 6 + len(used))]
        offered = [0.0] * (not company) + [sign * bow for bow in steps for sign in (1, -1)]
        side = 1.0 if pre < post else -1.0
        free = [bow for bow in offered if all(abs(bow * side - other) > 1e-9 for other in used)]
        clear = (bow for bow in free if _is_clear(pre, post, bow, place, radius))
        found.append(next(clear, free[0]))
        used.append(found[-1] * side)
    return found


def _is_clear(pre: str, post: str, bow: float, place: dict[str, Point], radius: dict[str, float]) -> bool:
    """Whether an arrow stays away from all other nodes."""
    others = [(place[node], radius[node] + 0.12) for node in place if node not in (pre, post)]
    way = _arc(place[pre], place[post], bow)
    return all(math.dist(point, centre) > distance for point in way for centre, distance in others)


def _arc(start: Point, end: Point, bow: float) -> Way:
    """Points of the curve with one control point that matplotlib calls ``arc3``."""
    (x0, y0), (x1, y1) = start, end
    middle = (x0 + x1) / 2 + bow * (y1 - y0), (y0 + y1) / 2 - bow * (x1 - x0)
    shares = [((1 - s) ** 2, 2 * s * (1 - s), s**2) for s in (k / 24 for k in range(25))]
    return [(a * x0 + b * middle[0] + c * x1, a * y0 + b * middle[1] + c * y1) for a, b, c in shares]


def loop(centre: Point, radius: float, height: float, side: Side = (0, 1)) -> Way:
    """The four points of a curve that leaves a node on a side, the upper one unless given, and comes back there."""
    foot, top, out = radius + 0.03, radius + height, 0.3 + 0.4 * radius
    points = [(-0.55 * foot, 0.84 * foot), (-out, top), (out, top), (0.55 * foot, 0.84 * foot)]
    (x, y), (u, v) = centre, side
    return [(x + v * across + u * along, y - u * across + v * along) for across, along in points]


def loop_sides(
    links: Sequence[Link], bent: Sequence[float], place: dict[str, Point], radius: dict[str, float]
) -> dict[str, Side]:
    """The side of each node on which its loops are: where the fewest arrows and nodes are, the upper one of equals."""
    lines = [_arc(place[pre], place[post], bow) for (pre, post), bow in zip(links, bent) if pre != post]

    def covered(node: str, side: Side) -> float:
        reach = radius[node] + 0.4
        middle = place[node][0] + reach * side[0], place[node][1] + reach * side[1]
        arrows = sum(math.dist(point, middle) < 0.4 for line in lines for point in line)
        near = sum(math.dist(place[other], middle) < radius[other] + 0.6 for other in place if other != node)
        return arrows + 25.0 * near

    sides: tuple[Side, ...] = ((0, 1), (0, -1), (-1, 0), (1, 0))
    return {node: min(sides, key=lambda side: covered(node, side)) for node, post in links if node == post}


def ways(
    links: Sequence[Link],
    bent: Sequence[float],
    place: dict[str, Point],
    radius: dict[str, float],
    sides: dict[str, Side],
) -> list[Way]:
    """Points along each arrow."""
    found = []
    for (pre, post), bow in zip(links, bent):
        if pre != post:
            found.append(_arc(place[pre], place[post], bow))
            continue
        p = loop(place[pre], radius[pre], bow, sides[pre])
        shares = [((1 - s) ** 3, 3 * s * (1 - s) ** 2, 3 * s**2 * (1 - s), s**3) for s in (k / 24 for k in range(25))]
        found.append([(_dot(share, [q[0] for q in p]), _dot(share, [q[1] for q in p])) for share in shares])
    return found


def side(
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


def _dot(shares: Sequence[float], values: Sequence[float]) -> float:
    return sum(share * value for share, value in zip(shares, values))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
