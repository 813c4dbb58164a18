"""The rows of the comparison: which network runs, with how many input patterns, for how long.

A row is plain data, so that it travels to processes of other interpreters; only NumPy and SciPy are needed to build it.
"""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass

import numpy as np
from baselines import CELL, EXCITATION, INHIBITION, PlainNetwork, feedforward, recurrent

#: Times at which voltages are compared, evenly spread over the run with both ends.
N_TIMES = 300
#: Synapses that each cell of a sparse network receives from the others, and as many from the inputs.
IN_DEGREE = 200


@dataclass(frozen=True)
class Row:
    """One piece of work: a kind of network, its size, the number of input patterns (none: a single run), seconds."""

    kind: str
    n: int
    patterns: int | None = None
    duration: float = 1.0

    @property
    def name(self) -> str:
        """``recurrent-200-x100`` for 100 patterns, ``recurrent-40-100s`` for 100 s."""
        patterns = "" if self.patterns is None else f"-x{self.patterns}"
        return f"{self.kind}-{self.n}{patterns}" + (f"-{self.duration:g}s" if self.duration != 1.0 else "")

    @property
    def times(self) -> np.ndarray:
        return np.linspace(0.0, self.duration, N_TIMES)

    @functools.lru_cache(maxsize=1)  # noqa: B019 - rows are few and live as long as the process
    def network(self) -> PlainNetwork:
        """The numbers of the network; rates of inputs have shape ``(patterns, n)`` or ``(n,)``."""
        plain = {"feedforward": feedforward, "recurrent": recurrent, "sparse": sparse}[self.kind](self.n)
        if self.patterns is None:
            return plain
        low, high = (0.0, 50.0) if self.kind == "feedforward" else (1.0, 40.0)
        rates = np.random.default_rng(1).uniform(low, high, (self.patterns, plain.sizes["FFE"]))
        return dataclasses.replace(plain, rates={"FFE": rates})


def sparse(n: int, seed: int = 0) -> PlainNetwork:
    """``n`` cells in all, 4 of 5 excitatory, each with 200 synapses from the others and 200 from as many inputs as E.

    ``E`` receives 160 synapses from ``E`` and 40 from ``I``, ``I`` receives 200 from ``E``; weights are CSR arrays,
    scaled with 10 / in-degree, so that the drive is that of the dense network.
    """
    from scipy.sparse import csr_array

    rng = np.random.default_rng(seed)
    sizes = {"E": n - n // 5, "FFE": n - n // 5, "I": n // 5}
    degrees = {
        "E": {"E": IN_DEGREE * 4 // 5, "FFE": IN_DEGREE, "I": IN_DEGREE // 5},
        "I": {"E": IN_DEGREE, "FFE": IN_DEGREE},
    }
    synapses: dict[str, dict[str, dict[str, float]]] = {"E": {}, "I": {}}
    weights: dict[str, dict[str, csr_array]] = {"E": {}, "I": {}}
    for post, row in degrees.items():
        for pre, most in row.items():
            degree = min(most, sizes[pre])
            chosen = np.sort([rng.choice(sizes[pre], degree, replace=False) for _ in range(sizes[post])], axis=1)
            values = rng.uniform(0.0, 1.0, chosen.size) * 10.0 / degree
            starts = np.arange(sizes[post] + 1) * degree
            weights[post][pre] = csr_array((values, chosen.ravel(), starts), (sizes[post], sizes[pre]))
            synapses[post][pre] = INHIBITION if pre == "I" else EXCITATION
    cells = {"E": CELL, "I": CELL | {"tau": 0.02}}
    return PlainNetwork(sizes, cells, {"FFE": rng.uniform(1.0, 40.0, sizes["FFE"])}, synapses, weights)


ROWS = {
    row.name: row
    for row in (
        Row("feedforward", 10),
        Row("feedforward", 1000),
        Row("recurrent", 100),
        Row("recurrent", 1000),
        Row("recurrent", 4000),
        Row("recurrent", 200, patterns=100),
        Row("recurrent", 1000, patterns=100),
        Row("sparse", 20_000),
        Row("recurrent", 40, duration=100.0),
    )
}
QUICK = ("feedforward-10", "recurrent-100")
