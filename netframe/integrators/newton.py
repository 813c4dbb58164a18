"""How CVODE solves the linear systems ``(I - gamma J) x = r`` of its Newton iteration, J the network's Jacobian."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from netframe.jacobian import own_slopes
from netframe.network import Network

#: Up to this many states a dense matrix is factorized before a Krylov subspace is built.
DENSE_UP_TO = 200


class LinearSolver(ABC):
    """One way of solving the systems in a run: options for CVODE, and counts."""

    def __init__(self, network: Network, lead: tuple[int, ...]) -> None:
        self.network, self.lead = network, lead
        self.n_jacobian = self.n_lu = 0

    @abstractmethod
    def options(self, cvode: Any) -> dict[str, Any]:
        """What CVODE is given."""

    @classmethod
    @abstractmethod
    def workspace(cls, network: Network, count: int) -> int:
        """Bytes it takes for ``count`` states."""

    def counts(self) -> dict[str, int]:
        """How often slopes were taken, and matrices factorized."""
        return {"n_jacobian": self.n_jacobian, "n_lu": self.n_lu}

    def jacobian(self, t: float, y: np.ndarray) -> Any:
        """The Jacobian at a flat state, CSR."""
        self.n_jacobian += 1
        matrix = self.network.jacobian(t, y.reshape(*self.lead, -1))
        matrix.data = _finite(matrix.data)
        return matrix


class Dense(LinearSolver):
    """LU factors of the whole matrix, made by CVODE, which does not tell of those of a new step and an old Jacobian."""

    def options(self, cvode: Any) -> dict[str, Any]:
        return {"linsolver": "dense", "jacfn": self._fill}

    @classmethod
    def workspace(cls, network: Network, count: int) -> int:
        return 8 * 4 * count**2

    def _fill(self, t: float, y: np.ndarray, dy: np.ndarray, values: np.ndarray) -> None:
        self.n_lu += 1
        values[:] = self.jacobian(t, y.copy()).toarray()


class Krylov(LinearSolver):
    """GMRES with differences of the right-hand side for products, preconditioned by the diagonal; no matrix is made.

    CVODE says when slopes are to be made anew, as it does with a Jacobian it factorizes itself.
    """

    vectors = 30

    def options(self, cvode: Any) -> dict[str, Any]:
        precondition = cvode.CVODEPrecond(self._prepare, self._solve, "left")
        return {"linsolver": "gmres", "krylov_dim": self.vectors, "precond": precondition}

    @classmethod
    def workspace(cls, network: Network, count: int) -> int:
        return 8 * count * (cls.vectors + 6)

    def linearize(self, t: float, y: np.ndarray) -> None:
        """Take the slopes at a flat state."""
        self.n_jacobian += 1
        self._diagonal = _finite(own_slopes(self.network, t, y.reshape(*self.lead, -1))).reshape(-1)

    def invert(self, gamma: float) -> Callable[[np.ndarray], np.ndarray]:
        """What solves a system that is near ``(I - gamma J) z = r``, as a function of ``r``."""
        divisor = 1.0 - gamma * self._diagonal
        return lambda r: r / divisor

    def _prepare(self, t: float, y: np.ndarray, dy: np.ndarray, keep: int, made: list, gamma: float) -> None:
        made[0] = not keep
        if not keep:
            self.linearize(t, y.copy())
        self._inverse = self.invert(gamma)

    def _solve(
        self, t: float, y: Any, dy: Any, r: np.ndarray, z: np.ndarray, gamma: float, delta: float, side: int
    ) -> None:
        z[:] = self._inverse(r)


class Sparse(Krylov):
    """The same preconditioned by sparse LU factors, with products of the Jacobian they are made of.

    CVODE's own sparse factors do not tell how often they are made, and to free them before the first ends the process.
    """

    vectors = 5

    def options(self, cvode: Any) -> dict[str, Any]:
        return super().options(cvode) | {"jactimes": cvode.CVODEJacTimes(None, self._product)}

    @classmethod
    def workspace(cls, network: Network, count: int) -> int:
        entries = int(network.jacobian_pattern().nnz) * (count // network.registry.size)
        return 12 * 6 * entries + super().workspace(network, count)

    def linearize(self, t: float, y: np.ndarray) -> None:
        self._matrix = self.jacobian(t, y)
        self._diagonal = self._matrix.diagonal()

    def invert(self, gamma: float) -> Callable[[np.ndarray], np.ndarray]:
        from scipy import sparse
        from scipy.sparse.linalg import splu

        self.n_lu += 1
        try:
            return splu(sparse.eye_array(self._matrix.shape[0], format="csc") - gamma * self._matrix.tocsc()).solve
        except RuntimeError:  # singular: at a shorter step it will not be
            return super().invert(gamma)

    def _product(self, t: float, y: np.ndarray, dy: np.ndarray, v: np.ndarray, product: np.ndarray) -> None:
        product[:] = self._matrix @ v


LINEAR_SOLVERS: dict[str, type[LinearSolver]] = {"dense": Dense, "sparse": Sparse, "krylov": Krylov}


def chosen(linear_solver: str, network: Network, members: int) -> type[LinearSolver]:
    """The linear solver of a name; ``"auto"`` is the one that was fastest on most networks of this size."""
    if linear_solver != "auto":
        return LINEAR_SOLVERS[linear_solver]
    return Dense if network.registry.size * members <= DENSE_UP_TO else Krylov


def _finite(slopes: np.ndarray) -> np.ndarray:
    """A slope that is not finite is left out: the step is then tried again shorter, and no factorization fails."""
    return np.nan_to_num(slopes, nan=0.0, posinf=0.0, neginf=0.0)
