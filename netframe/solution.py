"""Solution: what a run computed, looked up by path."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import attrs
import numpy as np

from netframe.arrays import is_foreign
from netframe.calls import explained
from netframe.errors import ImmutableError, MissingAttribute, ParameterError, UnknownNameError, brief, suggestion
from netframe.paths import require_path
from netframe.tables import Described
from netframe.wiring import meant

if TYPE_CHECKING:
    import pandas
    import xarray

    from netframe.network import Network
    from netframe.trust import Trust


_HEADER = ("quantity", "shape", "unit", "")


class Status(enum.Enum):
    """How a run ended: ``Status.SUCCESS``, or the reason why it stopped before its end."""

    SUCCESS = "success"
    NOT_FINITE = "not finite"
    STEP_SIZE = "step size too small"
    MAX_STEPS = "step limit"
    WALL_TIME = "wall-time limit"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@attrs.frozen
class Stats:
    """What a run cost: accepted steps, evaluations, segments between breakpoints, and wall time in s."""

    n_steps: int = 0
    n_rhs: int = 0
    n_jacobian: int = 0
    n_lu: int = 0
    n_segments: int = 0
    wall_time: float = 0.0


@attrs.frozen(eq=False)
class Run:
    """What ``simulate`` was asked for: enough to run it again.

    ``t_span`` in s, ``y0`` the state at the start, shape ``(*batch, n_state)``, ``batch`` as in ``simulate``, and the
    versions of what ran it.
    """

    t_span: tuple[float, float]
    y0: np.ndarray
    batch: Any = "together"
    versions: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen(eq=False, repr=False)
class Solution(Described):
    """The course of a network's state in time.

    ``sol["E.v"]`` has shape ``(n_times, *batch, size)``; ``sol["E.rate"]``, ``sol["E.current"]`` and
    ``sol["FFE_to_E.current"]`` are computed when asked for. ``t`` is in s. ``y``, of shape
    ``(n_times, *batch, n_state)``, is ``None`` when the run recorded a selection of paths. ``final`` is the whole state
    at ``t[-1]``, to go on from: ``simulate(net, 1.0, t0=sol.t[-1], y0=sol.final)``.

    ``run`` is what ``simulate`` was asked for, and ``coordinates`` the labels of cells and batch axes.

    An integrator of your own makes one by ``Solution(network, t, y)``.

    Example:
        >>> import netframe as nf
        >>> sol = nf.simulate(nf.Network("n", [nf.LeakyRate("E", size=2)]), 0.1, save_at=5)
        >>> sol["E.v"].shape, sol.status.value
        ((5, 2), 'success')
    """

    network: Network
    t: np.ndarray
    y: np.ndarray | None = None
    recorded: Mapping[str, np.ndarray] | None = None
    final: np.ndarray = attrs.field(default=attrs.Factory(lambda self: self.y[-1], takes_self=True))
    status: Status = Status.SUCCESS
    message: str = ""
    stats: Stats = Stats()
    integrator: Any = None
    run: Run | None = None
    coordinates: Mapping[str, Any] | None = None

    @property
    def success(self) -> bool:
        """Whether the run reached its end."""
        return self.status is Status.SUCCESS

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that can be looked up."""
        return tuple(self.network.quantities if self.recorded is None else self.recorded)

    def __getitem__(self, path: str) -> np.ndarray:
        """The values of a state or quantity at every time in ``t``, read-only: change a ``sol[path].copy()``."""
        require_path(path, self.paths, "sol[path]", component="Solution", path=self.network.name)
        if path not in self.paths:
            missing = "was not recorded" if path in self.network.quantities else "does not exist"
            text = f"{path!r} {missing}"
            owned = [known for known in self.paths if known.startswith(f"{path}.")]
            remedy = f"It has {', '.join(map(repr, owned))}" if owned else suggestion(path, self.paths)
            if missing == "was not recorded":
                remedy = f"Add it to record=[...] of simulate. {suggestion(path, self.paths)}"
            if missing == "does not exist":
                remedy = meant(self.network, path) or remedy
            raise UnknownNameError(text, component="Solution", path=self.network.name, remedy=remedy)
        if self.recorded is not None:
            return self.recorded[path]
        assert self.y is not None
        if path in self.network.registry:
            slot = self.network.registry.slot(path)
            return self.y[..., slot.slice].reshape(self.y.shape[:-1] + slot.shape)
        read = self.network.reader(path)
        if is_foreign(self.y):
            import jax

            return jax.vmap(read)(self.t, self.y)
        values = np.empty((*self.y.shape[:-1], *self.network.quantities[path].shape))
        for k, t in enumerate(self.t.tolist()):
            values[k] = read(t, self.y[k])
        return values

    @explained
    def save(self, path: Any) -> None:
        """Write the solution to a file, such as ``"run.npz"``, that ``netframe.load`` reads back, equal in every bit.

        A name that ends in ``.nc`` makes it NetCDF, for other programs (extra ``xarray``): the tree of
        :meth:`to_xarray` in groups, with units, long names and labels, and behind it what ``netframe.load`` needs. One
        that ends in ``.npz``, or has no ending, makes it an ``.npz`` file; any other is refused.

        One file holds times, states or recorded quantities, the state at the end, status, statistics, the integrator,
        the network and versions. A file that is there is replaced at once and only when the new one is whole: killed
        at any moment, or on a full disk, one of the two is there. ``numpy.load`` reads its arrays too.

        A network with a function in it, such as a ``FunctionInput``, is left out, and ``netframe.load`` asks for it; so
        is an integrator of your own, which then is ``None``. Errors: :class:`FileError` when nothing can be written,
        and for a name with another ending, with how such a file is made.
        """
        from netframe.files import save

        save(self, path)

    def __setitem__(self, path: str, values: Any) -> NoReturn:
        text, remedy = (
            f"'{path}' cannot be assigned, a solution is what was computed",
            "Change sol[path].copy()",
        )
        raise ImmutableError(text, component="Solution", path=self.network.name, attribute=str(path), remedy=remedy)

    if not TYPE_CHECKING:  # type checkers know what is there

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or name in ("network", "recorded") or hasattr(type(self), name):
                return object.__getattribute__(self, name)
            near = [p for p in self.paths if name in p.split(".")]
            remedy = f"Write {' or '.join(f'sol[{path!r}]' for path in near[:3])}" if near else ""
            remedy = remedy or suggestion(name, [n for n in dir(self) if not n.startswith("_")], all_known=False)
            remedy = remedy or "Quantities are looked up by path, as in sol['E.v']; sol.paths lists them"
            text = f"no attribute '{name}'"
            raise MissingAttribute(text, component="Solution", path=self.network.name, attribute=name, remedy=remedy)

    def keys(self) -> tuple[str, ...]:
        """Every path that can be looked up."""
        return self.paths

    def __contains__(self, path: object) -> bool:
        return path in self.paths

    def __iter__(self) -> Iterator[str]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.paths)

    @explained
    def plot(self, path: str, *, member: Any = None, ax: Any = None) -> Any:
        """A state or quantity over time, in the picture that suits it; the matplotlib ``Axes`` are returned.

        Up to 8 cells are lines, more are a heat map. A batch is small pictures of its first 12 members on one scale, in
        an array of axes, unless ``member`` chooses one: by index, ``(18,)`` or ``18``, or by label, ``18.0`` or
        ``{"angle": 18}``; a whole number that could be both is refused. ``ax`` is the axes to draw into, otherwise
        there is a new figure. See :func:`netframe.plotting.plot_solution`.

        Example:
            >>> import netframe as nf
            >>> from matplotlib.figure import Figure
            >>> sol = nf.simulate(nf.Network("n", [nf.LeakyRate("E", size=20)]), 0.1)
            >>> sol.plot("E.rate", ax=Figure().subplots()).get_ylabel()                 # a heat map
            'E cell'
        """
        from netframe.plotting import plot_solution

        return plot_solution(self, path, member=member, ax=ax)

    @property
    def provenance(self) -> dict[str, Any]:
        """What made this solution: versions, integrator and its options, span, seeds, and hashes (SHA-256).

        ``seeds`` are those the network holds, by path: of :class:`Drawn` weights and of inputs with a ``seed``. Weights
        that a generator of yours drew are numbers, of which the hash alone tells; ``nf.Drawn`` keeps rule and seed.
        ``network_sha256`` is over the structure of the network and every number in it; ``start_sha256`` over the state
        at the start. Versions are those of the run.
        """
        from netframe.provenance import provenance

        return provenance(self)

    @explained
    def trust(self, members: int = 8, thresholds: Mapping[str, float] | None = None) -> Trust:
        """Run it again ten times as exactly, and say by how much each state differs, in its unit.

        ``rtol`` and ``atol``, or the step of a method of fixed steps, become a tenth; an integrator with neither is
        compared with ``RungeKuttaIntegrator(rtol=1e-9, atol=1e-12)``. Of a batch, ``members`` evenly spread over it run
        again. ``thresholds={"E.v": -50.0}`` counts the cells that would be on the other side of a value at a saved
        time; unless given, this is asked of every rate and zero.

        Errors: :class:`ParameterError` for a solution that did not reach its end, that was not made by ``simulate``, or
        whose tolerances cannot be tightened; :class:`IntegrationError` when the second run fails.
        """
        from netframe.trust import trust

        return trust(self, members, thresholds)

    @explained
    def with_coordinates(self, coordinates: Mapping[str, Any]) -> Solution:
        """The same solution with labels for cells and batch axes, which go where it goes.

        ``{"E.cell": angles, "batch": ["left", "right"]}`` names a population's cells, also where a projection meets
        them, and the members of a batch; with several batch axes these are ``batch_0``, ``batch_1``. Those of an input
        are ``"FFE.channel"``, or ``"FFE.cell"``. Lengths are checked. A mapping,
        ``{"E.cell": {"angle": angles, "layer": layers}}``, gives several labels to each.
        """
        from netframe.labels import checked

        return attrs.evolve(self, coordinates=checked(self, coordinates))

    @explained
    def to_xarray(
        self, paths: str | Iterable[str] | None = None, *, coordinates: Mapping[str, Any] | None = None
    ) -> xarray.DataTree:
        """Everything as an ``xarray.DataTree`` (extra ``xarray``): one node per component, its dimensions named.

        ``tree["E/v"]`` has dimensions ``time``, the batch axes (``batch``, or ``batch_0``, ``batch_1``, ...), and
        ``cell``; quantities of projections have ``post``, ``pre``, or ``synapse`` with ``post_cell`` and ``pre_cell``.
        Units and meanings are attributes. Those of the root are the network's table, versions, seeds, statistics, and
        ``spec``, the text of a ``.json`` file that ``load_network`` reads, or ``no_spec``, why there is none.
        ``paths`` are the quantities to take; unless given, all that is kept and the rate of every node.
        ``coordinates`` are as in :meth:`with_coordinates`.
        """
        from netframe.labelled_results import to_xarray

        return to_xarray(self, paths, coordinates)

    @explained
    def to_dataframe(
        self, paths: str | Iterable[str] | None = None, *, coordinates: Mapping[str, Any] | None = None
    ) -> pandas.DataFrame:
        """Everything as a long ``pandas.DataFrame`` (extra ``xarray``): a row for each number.

        Columns are ``time``, the batch axes, ``cell`` (or ``post``, ``pre``, ``synapse``), and ``value``; with several
        paths ``path`` and ``unit`` come first, and an axis that a path does not have is missing there. ``paths`` and
        ``coordinates`` are as in :meth:`to_xarray`.
        """
        from netframe.labelled_results import to_dataframe

        return to_dataframe(self, paths, coordinates)

    def _summary(self) -> str:
        s = self.stats
        span = f"t = {self.t[0]:g} to {self.t[-1]:g} s at {len(self.t)} times" if len(self.t) else "no times"
        counts = f"{s.n_steps} steps, {s.n_rhs} right-hand sides, {s.n_jacobian} Jacobians, {s.wall_time:.3g} s of work"
        how = type(self.integrator).__name__ if self.integrator is not None else "integrator not given"
        method = getattr(self.integrator, "method", "")
        told = f"\n{self.message}" if self.message else ""
        return f"Solution of '{self.network.name}': {self.status.value}, {span}\n{how} {method}: {counts}{told}"

    def _table(self) -> tuple[tuple[str, ...], list[list[str]]]:
        lead = ("times", *self.final.shape[:-1])
        rows = []
        for path in self.paths:
            known = self.network.quantities[path]
            kept = path in self.network.registry or self.recorded is not None
            shape = f"({', '.join(map(str, lead + known.shape))})"
            rows.append([path, shape, known.unit, "" if kept else "computed on demand"])
        return _HEADER, rows


def _immutable(self: Solution, name: str, value: Any) -> NoReturn:
    text, remedy = f"'{name}' cannot be assigned, a solution is what was computed", f"Use attrs.evolve(sol, {name}=...)"
    raise ImmutableError(text, component="Solution", attribute=name, remedy=remedy)


Solution.__setattr__ = _immutable  # type: ignore[method-assign, assignment]


def likely_paths(solution: Solution) -> tuple[str, ...]:
    """Every path of a solution, states and rates of populations first, then those of inputs, for messages."""
    nodes, sources = solution.network.bound_nodes, solution.network.sources

    def rank(path: str) -> int:
        owner, _, name = path.rpartition(".")
        if owner not in nodes:
            return 3
        return 2 if name in nodes[owner].node.ports else int(owner in sources)

    return tuple(sorted(solution.paths, key=rank))


def check_network(given: Any, component: str, remedy: str = "") -> None:
    """Refuse what is no network; a solution is told from others, for it holds one."""
    from netframe.network import Network

    if not isinstance(given, Network):
        remedy = "Write sol.network" if isinstance(given, Solution) else remedy
        raise ParameterError(f"network is {brief(given)}; it must be a Network", component=component, remedy=remedy)
