"""How the arrows of a diagram run: their bends between two nodes, and the loops of a node onto itself."""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = tuple[float, float]
Link = tuple[str, str]
Way = list[Point]
Side = tuple[int, int]


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


def _dot(shares: Sequence[float], values: Sequence[float]) -> float:
    return sum(share * value for share, value in zip(shares, values))
