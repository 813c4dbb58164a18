"""Numbers in a spec: lists that are arrays, shapes, and synapses one by one, told exactly where they are wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from netframe.errors import SpecError, brief, joined


def numbers(values: Any, path: str) -> np.ndarray:
    """An array of lists of numbers."""
    try:
        array = np.array(values)
    except (ValueError, OverflowError):
        array = np.array(None)
    if array.dtype.kind not in "buif":
        raise SpecError(
            f"it is {brief(values)}; it must be lists of numbers, rows of one length{_odd(values)}", path=path
        )
    return array


def _odd(values: Any) -> str:
    """The first row of another length, or the first thing that is no number, as the end of a sentence."""
    if not isinstance(values, list):
        return ""
    rows = [row for row in values if isinstance(row, list)]
    for k, row in enumerate(values):
        if rows and not isinstance(row, list):
            return f", and row {k}, counted from 0, is {brief(row)}"
        if isinstance(row, list) and len(row) != len(rows[0]):
            return f", and row {k}, counted from 0, has {len(row)} numbers where row 0 has {len(rows[0])}"
        wrong = [x for x in (row if isinstance(row, list) else [row]) if not isinstance(x, (int, float, list))]
        if wrong:
            return f", and {f'row {k}, counted from 0, has' if rows else 'there is'} {brief(wrong[0])}"
    return ""


def shape_of(value: dict[str, Any], path: str) -> tuple[int, int]:
    """The shape that an object with synapses tells."""
    shape = value.get("shape")
    if not isinstance(shape, list) or len(shape) != 2 or not all(type(n) is int and 0 < n < 2**62 for n in shape):
        raise SpecError(f"shape is {brief(shape)}; it must be two numbers of cells, [post, pre]", path=path)
    return shape[0], shape[1]


def synapses(value: dict[str, Any], path: str) -> Any:
    """The sparse matrix of ``{synapses = [[post, pre, weight], ...], shape = [n_post, n_pre]}``."""
    from scipy.sparse import coo_array

    given = value["synapses"]
    if not isinstance(given, list):
        raise SpecError(f"synapses is {brief(given)}; it must be a list of [post, pre, weight]", path=path)
    n_post, n_pre = shape_of(value, path)
    first: dict[tuple[int, int], int] = {}
    problems = []
    for k, entry in enumerate(given):
        told = f"synapses[{k}] is {brief(entry)}"
        if not isinstance(entry, list) or len(entry) != 3 or any(type(cell) is not int for cell in entry[:2]):
            problems.append(f"{told}; synapses must be lists [post, pre, weight], cells as whole numbers")
        elif not (0 <= entry[0] < n_post and 0 <= entry[1] < n_pre):
            problems.append(f"{told}, which is outside of the shape {(n_post, n_pre)}; cells are counted from 0")
        elif (other := first.setdefault((entry[0], entry[1]), k)) != k:
            before = f"synapses[{other}] is {brief(given[other])}"
            problems.append(f"{told}, and {before}: one synapse twice; keep one, or write their sum")
    if problems:
        more = [f"and {len(problems) - 5} more"] * (len(problems) > 5)
        raise SpecError(joined([*problems[:5], *more]), path=path)
    post, pre, weights = zip(*given) if given else ((), (), ())
    return coo_array((numbers([*weights], path).astype(float), (post, pre)), shape=(n_post, n_pre)).tocsr()
