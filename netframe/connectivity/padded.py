"""Sparse rows padded to one length: gather, multiply, sum, without a scatter, as compiled array programs like it."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from netframe.arrays import array_namespace

#: Rows are padded when that at most multiplies the entries by this; a few long rows would waste the rest.
MOST_PADDING = 2.0


@attrs.frozen(eq=False)
class PaddedRows:
    """For each postsynaptic cell and place in its row: the stored entry, its presynaptic cell, whether it is one."""

    entry: np.ndarray
    pre: np.ndarray
    filled: np.ndarray

    @property
    def even(self) -> bool:
        """Whether all rows are of one length, so that stored values are padded rows already."""
        return bool(self.filled.all())

    @classmethod
    def of(cls, pre: np.ndarray, starts: np.ndarray) -> PaddedRows | None:
        """The rows of a matrix in compressed form, or ``None`` where padding would waste too much."""
        degrees = np.diff(starts)
        longest = int(degrees.max(initial=0))
        if len(pre) == 0 or longest * len(degrees) > MOST_PADDING * len(pre):
            return None
        place = np.arange(longest)
        filled = place < degrees[:, None]
        entry = np.where(filled, starts[:-1, None] + place, 0)
        return cls(entry, pre[entry].astype(np.int32), filled)  # short indices are gathered in half the time

    def spread(self, values: Any) -> Any:
        """Stored values ``(..., n_stored)`` as padded rows ``(..., post, longest)``, zero in the padding."""
        if self.even:
            return values.reshape(*values.shape[:-1], *self.entry.shape)
        return array_namespace(values).where(self.filled, values[..., self.entry], 0)

    def product(self, rows: Any, signal: Any) -> Any:
        """The matrix with padded ``rows`` times a signal ``(..., pre)``."""
        xp = array_namespace(rows, signal)
        if rows.ndim == 2 and len(lead := signal.shape[:-1]) and xp is not np and _on_processor():
            return self._place_by_place(rows, signal.reshape(-1, signal.shape[-1])).T.reshape(*lead, len(rows))
        gathered = xp.asarray(signal).at[..., self.pre].get(mode="promise_in_bounds")
        return xp.einsum("...ij,...ij->...i", rows, gathered, precision="highest")

    def _place_by_place(self, rows: Any, signals: Any) -> Any:
        """The product for each of several signals, ``(post, n)``.

        All signals of a presynaptic cell lie side by side, and no array of all synapses and all signals is made, which
        takes ten to twenty times as long where it does not fit into the cache.
        """
        import jax.numpy as jnp
        from jax import lax

        pre, across = jnp.asarray(self.pre), signals.T

        def add(k: Any, total: Any) -> Any:
            return total + rows[:, k, None] * across.at[pre[:, k]].get(mode="promise_in_bounds")

        return lax.fori_loop(0, pre.shape[1], add, jnp.zeros((len(pre), len(signals)), jnp.result_type(rows, signals)))


def _on_processor() -> bool:
    import jax

    return bool(jax.default_backend() == "cpu")
