"""How legends outside of a drawing, or above it, are laid out."""

from __future__ import annotations

from typing import Any

from netframe.plotting.captions import WIDTH, folded

#: The length of the piece of line in an entry and of the gaps around it, over the size of the font.
BESIDE = 5.0


def laid_out(ax: Any, labels: list[str], *, alone: bool) -> tuple[list[str], int, float]:
    """Labels folded to the room there is, the number of columns they have room in, and their height in points.

    The room is as wide as the axes, or as their figure where they are ``alone`` in it.
    """
    import numpy as np
    from matplotlib import rcParams
    from matplotlib.font_manager import FontProperties

    size = FontProperties(size=rcParams["legend.fontsize"]).get_size_in_points()
    share = 0.95 if alone else ax.get_position().width
    room = 72.0 * ax.get_figure(root=True).get_size_inches()[0] * share / size
    labels = [folded(label, max(10, int((room - BESIDE) / WIDTH))) for label in labels]
    widths = [BESIDE + WIDTH * max(map(len, label.split("\n"))) for label in labels]
    lines = [1 + label.count("\n") for label in labels]

    def fits(n: int) -> bool:
        return sum(max(part) for part in np.array_split(widths, n)) <= room

    columns = max((n for n in range(2, len(labels) + 1) if fits(n)), default=1)
    return labels, columns, size * (2.0 + 1.7 * max(sum(part) for part in np.array_split(lines, columns)))
