"""The chain rule of a network, worked out once: which products of slopes and weights make up the Jacobian's entries.

Which factors these are depends on the wiring and on what hooks read, and not on the state. A derivative with respect to
the state is kept as a list of products, each with its entries' rows, columns, and factors as vectors to be indexed.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from netframe.binding import HOOKS, BoundProjection
from netframe.local_partials import DRIVE, Variable

if TYPE_CHECKING:
    from netframe.network import Network

#: The name of a vector of numbers: weights or signals of a projection, or slopes of one output of a hook.
Key = Hashable


@attrs.frozen(eq=False)
class Product:
    """Entries at ``rows`` and ``columns``, each the product of one entry of every factor, ``None`` for all in order."""

    rows: np.ndarray
    columns: np.ndarray
    factors: tuple[tuple[Key, np.ndarray | None], ...]

    def scaled(self, key: Key, length: int, index: np.ndarray | None = None) -> Product:
        """Times a vector of a length along the rows, or along ``index``."""
        index = self.rows if index is None else index
        all_in_order = len(index) == length and np.array_equal(index, np.arange(length))
        return attrs.evolve(self, factors=(*self.factors, (key, None if all_in_order else index)))

    def gathered(self, index: np.ndarray) -> Product:
        """Some rows of a product that has one entry in each row, in order."""
        factors = tuple((key, index if at is None else at[index]) for key, at in self.factors)
        return Product(np.arange(len(index)), self.columns[index], factors)

    def values(self, numbers: Mapping[Key, np.ndarray]) -> np.ndarray:
        """The entries."""
        (key, at), *others = self.factors
        values = numbers[key] if at is None else numbers[key][at]
        for key, at in others:
            values = values * (numbers[key] if at is None else numbers[key][at])
        return values


class ChainRule:
    """The Jacobian of one member of a batch as a function of slopes, weights and signals.

    ``variables`` says what each hook reads; ``indices`` and ``starts`` are the pattern in compressed rows.
    """

    def __init__(self, network: Network, variables: Mapping[tuple[str, str], list[Variable]]) -> None:
        self.network, self.registry, self.variables = network, network.registry, variables
        self._products: list[Product] = []
        self._ports: dict[tuple[str, str], list[Product]] = {}
        for p in network.bound_projections:
            self._projection(p)
        for path, bound in network.bound_nodes.items():
            self._node(path, np.arange(bound.node.size))
        size = self.registry.size
        rows, columns = (
            np.concatenate([np.empty(0, np.intp), *(getattr(product, name) for product in self._products)])
            for name in ("rows", "columns")
        )
        entries, self._position = _unique(rows * size + columns)
        short = np.int32 if max(size, len(entries)) < np.iinfo(np.int32).max else np.int64  # as SciPy likes them
        self.indices = (entries % max(size, 1)).astype(short)
        self.starts = np.searchsorted(entries, np.arange(size + 1) * size).astype(short)

    def values(self, numbers: Mapping[Key, np.ndarray]) -> np.ndarray:
        """The stored entries of the Jacobian, in the order of the pattern."""
        if not self._products:
            return np.empty(0)
        values = np.concatenate([product.values(numbers) for product in self._products])
        return np.bincount(self._position, values, len(self.indices))

    def matrix(self, values: np.ndarray) -> Any:
        """The Jacobian with such entries, a CSR array that shares nothing with others."""
        from scipy import sparse

        return sparse.csr_array((values, self.indices.copy(), self.starts.copy()), shape=(self.registry.size,) * 2)

    def _projection(self, p: BoundProjection) -> None:
        """The rows of its states, and what it adds to its port."""
        post_of, pre_of = (np.asarray(index, np.intp) for index in p.connectivity.indices())
        spread = [
            x.gathered(pre_of).scaled(("weights", p.path), len(pre_of)) for x in self._chained(p, "signal", "signal")
        ]
        if "efficacy" in p.overrides:
            spread += [
                x.scaled(("signal", p.path), p.projection.pre.size, pre_of)
                for x in self._chained(p, "efficacy", "efficacy")
            ]
        drive = _summed(spread, post_of) if p.lumped else spread
        for hook, axis in HOOKS.items():
            if hook not in ("signal", "efficacy", "current") and (p.path, hook) in self.variables:
                for output in p.states_on(axis):
                    self._row(f"{p.path}.{output}", self._chained(p, hook, output, drive if axis == "edge" else spread))
        current = self._chained(p, "current", "current", drive)
        self._ports.setdefault(p.target, []).extend(current if p.lumped else _summed(current, post_of))

    def _node(self, path: str, cells: np.ndarray) -> None:
        """The rows of its states."""
        for output in self.registry.states_of(path):
            for variable in self.variables[path, "derivatives"]:
                key = (path, "derivatives", output, variable)
                whose, name = variable
                products = (
                    [self._local(f"{path}.{name}", cells)] if whose == "own" else self._ports.get((path, name), [])
                )
                self._row(f"{path}.{output}", [product.scaled(key, len(cells)) for product in products])

    def _chained(self, p: BoundProjection, hook: str, output: str, drive: Sequence[Product] = ()) -> list[Product]:
        """d output / d y: what the hook reads directly, and through its drive."""
        axis, found = HOOKS[hook], []
        for variable in self.variables[p.path, hook]:
            whose, name = variable
            if variable == DRIVE:
                products = list(drive)
            else:
                owner = {"own": p.path, "pre": p.pre, "post": p.post}[whose]
                index = p.index(axis, p.axis_of(name) if whose == "own" else whose)
                products = [self._local(f"{owner}.{name}", index)]
            length = math.prod(p.axes[axis].shape)
            found += [product.scaled((p.path, hook, output, variable), length) for product in products]
        return found

    def _local(self, path: str, index: np.ndarray) -> Product:
        return Product(np.arange(len(index)), self.registry.slot(path).start + index.astype(np.intp), ())

    def _row(self, path: str, products: list[Product]) -> None:
        start = self.registry.slot(path).start
        self._products += [attrs.evolve(product, rows=start + product.rows) for product in products]


def _summed(products: list[Product], post_of: np.ndarray) -> list[Product]:
    """Values on the synapses summed for each postsynaptic cell."""
    return [attrs.evolve(product, rows=post_of[product.rows]) for product in products]


def _unique(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct numbers in order, and where each is among them: ``np.unique``, quick where runs are in order."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.ones(len(keys), bool)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    position = np.empty(len(keys), np.intp)
    position[order] = np.cumsum(first) - 1
    return keys[first], position
