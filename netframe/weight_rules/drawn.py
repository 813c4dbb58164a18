"""Drawn: weights kept as the rule and the seed they come from."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
import numpy as np

from netframe.component import Node
from netframe.connectivity import Connectivity, Dense, Matrix, Sparse, Structure, as_structure, connectivity
from netframe.errors import brief, suggestion
from netframe.fields import component
from netframe.memory import require

#: Rules that are told by names and numbers, and the modules they are in.
_RULES = {
    "all_to_all": "random",
    "fixed_in_degree": "random",
    "fixed_probability": "random",
    "one_to_one": "random",
    "random_low_rank": "patterns",
    "small_world": "watts_strogatz",
}
#: What a rule is given by its fields, not by its options.
_GIVEN = ("pre", "post", "population", "rng")


def _cells(end: Any) -> Any:
    return end.size if isinstance(end, Node) else end


def _named(rule: Any) -> Any:
    return getattr(rule, "__name__", rule)


@component
class Drawn(Structure):
    """Weights that a rule draws from a seed: the same as giving what the rule returns, and saved as rule and seed.

    ``rule`` is a rule with a generator, or its name; ``pre`` and ``post`` are nodes or numbers of cells; ``options``
    are the other arguments of the rule by name. The generator is ``numpy.random.default_rng(seed)``, so that another
    version of NumPy may draw other numbers. A network takes another seed by its path,
    ``with_parameters({"FFE_to_E.weights.seed": 2})``.

    Example:
        >>> import numpy as np, netframe as nf
        >>> w = nf.Drawn(nf.fixed_probability, 7, 5, {"probability": 0.5, "weights": nf.uniform(0.0, 1.0)}, seed=1)
        >>> given = nf.fixed_probability(7, 5, 0.5, nf.uniform(0.0, 1.0), np.random.default_rng(1))
        >>> w.shape, bool((w.toarray() == given.toarray()).all()), w.rule
        ((5, 7), True, 'fixed_probability')
    """

    rule: str = attrs.field(converter=_named, metadata={"leading": True})
    pre: int = attrs.field(converter=_cells, metadata={"leading": True})
    post: int = attrs.field(converter=_cells, metadata={"leading": True})
    options: Mapping[str, Any] = attrs.field(factory=dict, metadata={"leading": True})
    seed: int

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._drawn  # noqa: B018  what a rule refuses is told here

    def problems(self) -> Iterator[str]:
        if not isinstance(self.rule, str) or self.rule not in _RULES:
            yield f"rule is {brief(self.rule)}, which is not drawn by name. {suggestion(self.rule, _RULES)}"
            return
        for end in ("pre", "post"):
            n = getattr(self, end)
            if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
                yield f"{end} is {brief(n)}; it must be a population, an input or a number of cells"
        if isinstance(self.seed, bool) or not isinstance(self.seed, (int, np.integer)) or self.seed < 0:
            yield f"seed is {brief(self.seed)}; it must be a whole number of at least 0"
        taken = inspect.signature(self._function).parameters
        if "population" in taken and self.pre != self.post:
            yield f"pre is {self.pre} and post is {self.post}; {self.rule} connects one population with itself"
        if not isinstance(self.options, Mapping):
            yield f"options is {brief(self.options)}; it must be a dictionary of arguments of {self.rule}"
            return
        known = [name for name in taken if name not in _GIVEN]
        for name in self.options:
            if name not in known:
                yield f"{self.rule} has no option {name!r}. {suggestion(name, known)}"
        for name in known:
            if taken[name].default is inspect.Parameter.empty and name not in self.options:
                yield f"{self.rule} needs the option {name!r}"

    @property
    def _function(self) -> Callable[..., Any]:
        import importlib

        return getattr(importlib.import_module(f"netframe.weight_rules.{_RULES[self.rule]}"), self.rule)

    @functools.cached_property
    def _drawn(self) -> Structure:
        rule, rng = self._function, np.random.default_rng(int(self.seed))
        taken = inspect.signature(rule).parameters
        ends = {"pre": self.pre, "post": self.post, "population": self.pre}
        require(8 * self.pre * (self.post if self.rule == "all_to_all" else 1), f"the weights drawn by {self.rule}")
        given = {name: size for name, size in ends.items() if name in taken}
        return as_structure(rule(**given, **self.options, rng=rng))

    @property
    def shape(self) -> tuple[int, ...]:
        return (int(self.post), int(self.pre))

    @property
    def stored(self) -> int | None:
        return self._drawn.stored

    def apply(self, signal: Any) -> Any:
        return self._drawn.apply(signal)

    def operation(self) -> Callable[[Any], Any]:
        return self._drawn.operation()

    def toarray(self) -> Any:
        return self._drawn.toarray()

    def layout(self) -> Dense | Sparse:
        return self._drawn.layout()

    def bound(self) -> Connectivity:
        drawn = self._drawn
        return connectivity(drawn.weights if isinstance(drawn, Matrix) else drawn, *self.shape)
