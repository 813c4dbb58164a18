"""Words beside pictures: labels with their units and titles, folded where they are longer than their axes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The width of a character over the size of its font, on average, and the share of the axes a label may fill.
WIDTH, SHARE = 0.6, 0.95


def with_unit(label: str, unit: str) -> str:
    """A label with its unit behind it, where there is one."""
    return label if unit in ("", "1") else f"{label} ({unit})"


def folded(text: str, most: int) -> str:
    """Text in lines of at most ``most`` characters, broken behind spaces, underscores and dots of a path.

    >>> folded("granule_cells.v (mV)", 12)
    'granule_\\ncells.v (mV)'
    """
    lines = [""]
    for part in re.split(r"(?<=[ _])|(?<=\.)(?!\d)", text):
        if lines[-1] and len((lines[-1] + part).rstrip()) > most:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.rstrip(" ") for line in lines)


def caption(ax: Axes, x: str, y: str, title: str) -> None:
    """Labels of both axes and the title."""
    ax.set_xlabel(folded(x, _room([ax], 0)))
    ax.set_ylabel(folded(y, _room([ax], 1)))
    ax.set_title(folded(title.removeprefix(": ").removeprefix(", "), _room([ax], 0)))


def folded_along(text: str, axes: Any) -> str:
    """A label of a colour bar, folded to the height of the axes beside it."""
    return folded(text, _room([axes] if hasattr(axes, "figure") else list(axes), 1))


def _room(axes: Any, along: int) -> int:
    """How many characters there is room for along axes, across or upwards."""
    from matplotlib import rcParams

    boxes = [ax.get_position() for ax in axes]
    share = max(box.max[along] for box in boxes) - min(box.min[along] for box in boxes)
    points = 72.0 * share * axes[0].get_figure(root=True).get_size_inches()[along]
    return max(10, int(SHARE * points / (WIDTH * rcParams["font.size"])))
