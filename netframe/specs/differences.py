"""What differs between two networks: structure, parameters, weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import numpy as np

from netframe.arrays import CompressedRows, is_concrete, is_foreign, is_sparse
from netframe.calls import explained
from netframe.component import Component, Declared
from netframe.connectivity import Block
from netframe.errors import brief
from netframe.fields import fields
from netframe.network import Network
from netframe.solution import check_network
from netframe.tables import counted, html_table, shown, text_table
from netframe.weight_rules import Distribution

_HEADER = ("what", "path", "first", "second", "entries", "largest difference")
#: What one of two networks does not have.
ABSENT = "not there"


@attrs.frozen(eq=False)
class Difference:
    """One difference: ``what`` is ``"structure"``, ``"parameter"`` or ``"weights"``, ``path`` where.

    ``first`` and ``second`` are both values. For arrays of one shape ``entries`` is how many entries differ and
    ``largest`` the largest difference; they are ``None`` otherwise.
    """

    what: str
    path: str
    first: Any
    second: Any
    entries: int | None = None
    largest: float | None = None

    def _row(self) -> list[str]:
        counted = "" if self.entries is None else f"{self.entries} of {np.size(_stored(self.first))}"
        largest = "" if self.largest is None else f"{self.largest:.4g}"
        return [self.what, self.path, _told(self.first), _told(self.second), counted, largest]


@attrs.frozen(eq=False, repr=False)
class Differences:
    """What differs between two networks, a table when printed, false when nothing does."""

    rows: tuple[Difference, ...]

    def __iter__(self) -> Iterator[Difference]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, path: str) -> Difference:
        """The difference at a path."""
        return {row.path: row for row in self.rows}[path]

    def __repr__(self) -> str:
        return text_table(_HEADER, [row._row() for row in self.rows]) if self.rows else "no differences"

    def _repr_html_(self) -> str:
        told = counted(len(self.rows), "difference") if self.rows else "no differences"
        return html_table(told, _HEADER, [row._row() for row in self.rows])


@explained
def diff(a: Network, b: Network) -> Differences:
    """What differs between two networks: components, their types, order and wiring, parameters and weights.

    The names of the two networks themselves are not compared, nor is anything about objects that is no field.

    Example:
        >>> import netframe as nf
        >>> net = nf.Network("n", [nf.LeakyRate("E", size=2), nf.LeakyRate("I", size=1)])
        >>> diff(net, net.with_parameters({"E.tau": 0.1}))
        what       path   first  second  entries  largest difference
        parameter  E.tau  0.05   0.1     1 of 1   0.05
        >>> bool(diff(net, net.copy("again")))
        False
    """
    for given in (a, b):
        check_network(given, "diff")
    return Differences((*_of_structure(a, b), *_of_values(a, b)))


def _of_structure(a: Network, b: Network) -> Iterator[Difference]:
    for path in dict.fromkeys([*a.paths, *b.paths]):
        first, second = (type(net[path]).__name__ if path in net else ABSENT for net in (a, b))
        if first != second or (path in a and path in b and type(a[path]) is not type(b[path])):
            yield Difference("structure", path, first, second)
    order = [[path for path in net.paths if path in a and path in b] for net in (a, b)]
    if order[0] != order[1]:
        first, second = next(pair for pair in zip(*order) if pair[0] != pair[1])
        yield Difference("structure", "order of components", first, second)


def _of_values(a: Network, b: Network) -> Iterator[Difference]:
    places = [{id(part): path for path, part in net.paths.items()} for net in (a, b)]
    if type(a) is type(b):
        yield from _of_objects(a, b, "", places)
    for path, part in a.paths.items():
        if path in b and type(part) is type(b[path]):
            yield from _of_objects(part, b[path], path, places)


def _of_objects(a: Any, b: Any, path: str, places: list[dict[int, str]]) -> Iterator[Difference]:
    """Differences in the fields of two objects of one class, at the paths that ``with_parameters`` takes."""
    names = [f.name for f in fields(type(a)) if f.init and f.name != "name"]
    if isinstance(a, Network):
        names.remove("components")
    if isinstance(a, Block):  # a block calls its blocks by their places
        for name in a.parts() | b.parts():
            one, other = (own.parts().get(name, ABSENT) for own in (a, b))
            yield from _of_fields(one, other, "weights", f"{path}.{name}", places)
        names.remove("rows")
    for name in names:
        first, second = getattr(a, name), getattr(b, name)
        what = "weights" if name == "weights" else "structure" if name == "size" else "parameter"
        yield from _of_fields(first, second, what, f"{path}.{name}" if path else name, places)


def _of_fields(a: Any, b: Any, what: str, path: str, places: list[dict[int, str]]) -> Iterator[Difference]:
    where = [place.get(id(x)) for place, x in zip(places, (a, b))]
    if where != [None, None]:
        if where[0] != where[1]:
            yield Difference("structure", path, where[0] or brief(a), where[1] or brief(b))
    elif isinstance(a, Declared) and type(a) is type(b):
        if isinstance(a, Component) and isinstance(b, Component) and a.name != b.name:
            yield Difference("structure", f"{path}.name", a.name, b.name)
        for difference in _of_objects(a, b, path, places):
            yield attrs.evolve(difference, what="weights") if what == "weights" else difference
    elif isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)) and len(a) == len(b):
        for k, (first, second) in enumerate(zip(a, b)):
            yield from _of_fields(first, second, what, f"{path}[{k}]", places)
    elif isinstance(a, Mapping) and isinstance(b, Mapping) and a.keys() == b.keys():
        for key in a:
            yield from _of_fields(a[key], b[key], what, f"{path}.{key}", places)
    elif _is_numeric(a) and _is_numeric(b):
        yield from _of_numbers(a, b, what, path)
    elif a is not b and (type(a) is not type(b) or not _equal(a, b)):
        yield Difference(what, path, a, b)


def _of_numbers(a: Any, b: Any, what: str, path: str) -> Iterator[Difference]:
    kinds = [(is_sparse(x), np.shape(x) if not is_sparse(x) else x.shape) for x in (a, b)]
    if kinds[0] != kinds[1] or (is_sparse(a) and not _same_places(a, b)):
        yield Difference(what, path, a, b)
        return
    first, second = (np.asarray(_stored(x)) for x in (a, b))
    differs = (first != second) & ~(_is_nan(first) & _is_nan(second))
    if differs.any():
        with np.errstate(invalid="ignore"):
            gaps = np.abs(first[differs].astype(float) - second[differs].astype(float))
        yield Difference(what, path, a, b, int(differs.sum()), float(np.max(gaps)))


def _stored(value: Any) -> Any:
    """The numbers of an array, those stored of a sparse one."""
    return value.data if is_sparse(value) else value


def _same_places(a: Any, b: Any) -> bool:
    """Whether two sparse matrices have their synapses between the same cells."""
    return all(np.array_equal(getattr(a, part), getattr(b, part)) for part in ("indices", "indptr"))


def _is_numeric(value: Any) -> bool:
    if not is_concrete(value):
        return False
    number = isinstance(value, (bool, int, float, np.generic, np.ndarray, CompressedRows))
    return number or is_foreign(value) or is_sparse(value)


def _is_nan(array: np.ndarray) -> Any:
    return np.isnan(array) if array.dtype.kind == "f" else np.zeros(array.shape, bool)


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, Distribution) and isinstance(b, Distribution):
        return repr(a) == repr(b)
    try:
        return bool(a == b)
    except Exception:
        return False


def _told(value: Any) -> str:
    text = value if isinstance(value, str) else brief(value) if isinstance(value, Declared) else shown(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
