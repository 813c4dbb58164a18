"""Checks for components of your own: ``check_component`` runs the whole contract on one and tells every finding.

    check_component(MySynapse(ffe, e, weights=w))

The component is rebuilt at several sizes, unequal and prime so that nothing fits by accident, in both resolutions and
with dense and sparse weights, and tried on random states.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from netframe.calls import explained
from netframe.component import Component, Node
from netframe.connectivity import Structure
from netframe.errors import ParameterError, brief, joined
from netframe.fields import parameters
from netframe.projections import Projection
from netframe.testing.cases import around, cases, presynaptic, resized
from netframe.testing.checks import CHECKS, close, lumped_state, random_state, told, where
from netframe.testing.structures import structure_findings


@explained
def check_component(component: Component | Structure, *, seed: int = 0) -> None:
    """Raise ``AssertionError`` with everything in which a population, input or projection breaks the contract.

    A structure of weights, or that of a projection, is tried too: products are linear, signals beside each other stay
    apart, ``apply``, ``operation``, ``toarray`` and ``layout`` agree, and JAX gives the same numbers.

    Units declared; a rebuilt copy equals it, and one saved and loaded bit for bit; keys and shapes of what hooks
    return; purity (arguments untouched, equal results bit for bit); a batch equals its members; locality, telling which
    axis a hook crosses; the lumping promise and that of linearity; the Jacobian against central differences, and its
    pattern; the same numbers traced by JAX when it is installed.

    Example:
        >>> import netframe as nf
        >>> check_component(nf.LeakyRate("E", size=2))
        >>> @nf.component
        ... class Mixing(nf.LeakyRate):
        ...     def rate(self, t, s):
        ...         return self.activation(s.v[..., ::-1])
        >>> check_component(Mixing("M", size=2))  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        AssertionError: Mixing 'M': 5 cells: rate: changing own.v of cell ... moved cell ..., so it crosses the cell...
    """
    if isinstance(component, Structure):
        if told := [*structure_findings(component)]:
            raise AssertionError(f"{type(component).__name__}: {joined(told)}")
        return
    if not isinstance(component, (Node, Projection)):
        kind = f"the class {component.__name__}" if isinstance(component, type) else brief(component)
        text = f"component is {kind}; it must be a population, an input, a projection or a structure that was made"
        raise ParameterError(text, component="check_component", remedy="Check the parts of a network one by one")
    findings = dict.fromkeys(f"{where}: {what}" for where, what in _findings(component, seed))
    if findings:
        text = joined(_merged([*findings]))
        raise AssertionError(f"{component.label}: {text} (random states from seed {seed})")


def _findings(component: Component, seed: int) -> Iterator[tuple[str, str]]:
    for name, info in (parameters(type(component)) | component.state_variables()).items():
        if not isinstance(info.unit, str) or not info.unit:
            yield "declaration", f"'{name}' has no unit"
    if isinstance(component, Projection) and isinstance(component.weights, Structure):
        placed = component.weights.sized(component.post.size, component.pre.size)
        yield from (("weights", found) for found in structure_findings(placed))
    for label, network, path in cases(component):
        rng = np.random.default_rng(seed)
        if isinstance(network, Exception):
            yield label, f"cannot be built there: {network}"
            continue
        for check in CHECKS:
            found = []
            try:
                with np.errstate(all="ignore"):
                    found = [*check(network, path, rng)]
            except Exception as error:
                found = [f"{check.__name__} stopped with {type(error).__name__}: {told(error)}"]
            yield from ((label, text) for text in found)
            if found:
                break
    yield from _lumping_findings(component, np.random.default_rng(seed))


def _lumping_findings(component: Component, rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """``M f(y) == f_lumped(M y)`` with ``M`` the sum over presynaptic cells, for projections that promise it."""
    if not isinstance(component, Projection) or not component.lumpable:
        return
    for pre in presynaptic(component):
        for sparse in (False, True):
            try:
                nets = [around(component, pre, 3, 5, resolution, sparse) for resolution in ("synapse", "lumped")]
                y = random_state(nets[0], rng, 0.1)
                with np.errstate(all="ignore"):
                    full = lumped_state(nets[0], nets[1], nets[0].rhs(0.0, y))
                    lumped = nets[1].rhs(0.0, lumped_state(nets[0], nets[1], y))
            except Exception as error:
                yield "lumping promise", f"could not be tried: {type(error).__name__}: {told(error)}"
                return
            if not close(full, lumped):
                first = where(nets[1], full, lumped)
                wrong = f"summed over presynaptic cells it does not give the lumped one, see {first}"
                yield "lumping promise", f"{wrong}: it is not linear in drive and edge states, so set lumpable = False"
                return


def _merged(findings: list[str]) -> list[str]:
    """Findings that differ only in where and in numbers told once."""
    first: dict[str, str] = {}
    for finding in findings:
        first.setdefault(re.sub(r"[\d\s,()\[\]]+", "", finding.partition(": ")[2]), finding)
    return [*first.values()]


__all__ = ["CHECKS", "check_component", "lumped_state", "resized"]
