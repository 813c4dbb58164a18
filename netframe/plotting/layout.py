"""Where the nodes of a diagram lie, and how its arrows bend."""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = tuple[float, float]
Link = tuple[str, str]

#: Distances between steps from the inputs, and between nodes of one step.
ACROSS, DOWN = 2.0, 1.6
#: How far neighbours in a step of three or more are shifted to the side, so that arrows between them are seen.
SHIFT = 0.45


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
    """Whether an arrow stays away from all other nodes and their labels."""
    (x0, y0), (x1, y1) = place[pre], place[post]
    middle = (x0 + x1) / 2 + bow * (y1 - y0), (y0 + y1) / 2 - bow * (x1 - x0)
    for k in range(1, 20):
        s = k / 20
        x = (1 - s) ** 2 * x0 + 2 * s * (1 - s) * middle[0] + s**2 * x1
        y = (1 - s) ** 2 * y0 + 2 * s * (1 - s) * middle[1] + s**2 * y1
        for node, (u, v) in place.items():
            if node not in (pre, post) and abs(x - u) < radius[node] + 0.12 and -0.6 < y - v - radius[node] < 0.12:
                return False
    return True


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
