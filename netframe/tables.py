"""Plain and HTML tables, for everything that shows itself."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from netframe.errors import brief

#: A table of more rows is folded at first.
LONG = 60


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns lined up, the last one ragged.

    >>> print(text_table(["a", "b"], [["1", "two"], ["10", "3"]]))
    a   b
    1   two
    10  3
    """
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(header))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def html_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A foldable table, open unless it is long, without scripts or colours of its own; every text is escaped.

    Without rows there is no table.
    """
    first, *others = html.escape(title).split("\n")
    told = "".join(f"<div>{line}</div>" for line in others)
    if not rows:
        return f"<div>{first}</div>{told}"
    head = "".join(f"<th style='text-align:left'>{html.escape(cell)}</th>" for cell in header)
    body = "".join(
        "<tr>" + "".join(f"<td style='text-align:left'>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<details{' open' * (len(rows) <= LONG)}><summary>{first}</summary>{told}{table}</details>"


class Described:
    """What shows itself, in a terminal and in a notebook, as some lines of text and a table, where there is one."""

    __slots__ = ()

    def _summary(self) -> str:
        raise NotImplementedError

    def _table(self) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
        """The header and the rows."""
        raise NotImplementedError

    def describe(self) -> str:
        """What there is to know about it, as text."""
        header, rows = self._table()
        return f"{self._summary()}\n{text_table(header, rows)}" if rows else self._summary()

    def __repr__(self) -> str:
        return self.describe()

    def _repr_html_(self) -> str:
        return html_table(self._summary(), *self._table())


def counted(n: int, one: str) -> str:
    """A number of things: ``counted(1, "cell")`` is "1 cell", ``counted(2, "cell")`` is "2 cells"."""
    return f"{n} {one}{'s' * (n != 1)}"


def short_repr(self: Any) -> str:
    """The repr of an attrs object that holds arrays: each by its shape and range."""
    told = (f"{field.name}={_within(getattr(self, field.name))}" for field in attrs.fields(type(self)) if field.repr)
    return f"{type(self).__name__}({', '.join(told)})"


def _within(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.ndim:
        return shown(value)
    if isinstance(value, (list, tuple)) and any(not isinstance(x, (str, float, int)) for x in value):
        return f"{len(value)} of them" if value else "none"
    return f"{value:g}" if isinstance(value, (float, np.floating)) else brief(value)


def shown(value: Any) -> str:
    """A parameter's value in a table: the number, or the shape and range of an array.

    >>> shown(0.05), shown(np.arange(6.0).reshape(2, 3))
    ('0.05', '(2, 3) from 0 to 5')
    """
    shape = getattr(value, "shape", ())
    if not shape:
        return f"{value:g}" if isinstance(value, float) else str(value)
    if hasattr(value, "describe"):
        return f"{type(value).__name__} {tuple(shape)}"
    numbers = getattr(value, "data", None) if hasattr(value, "indptr") else value
    if not isinstance(numbers, np.ndarray) or numbers.size == 0:
        return str(tuple(shape))
    if numbers.dtype == bool:
        return f"{tuple(shape)}, {int(numbers.sum())} true"
    stored = f", {numbers.size} stored," if hasattr(value, "indptr") else ""
    known = numbers[~np.isnan(numbers)] if numbers.dtype.kind == "f" else numbers
    if numbers.dtype.kind not in "iuf" or not known.size:
        return str(tuple(shape))
    gaps = f", {numbers.size - known.size} NaN" if known.size < numbers.size else ""
    return f"{tuple(shape)}{stored} from {known.min():.4g} to {known.max():.4g}{gaps}"
