"""Weights from a graph of networkx, or of anything with the same methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netframe.calls import explained
from netframe.component import Node
from netframe.errors import ParameterError, brief
from netframe.weight_rules.arguments import same_cells, sizes
from netframe.weight_rules.edges import csr_of_edges


@explained
def from_networkx(
    graph: Any,
    pre: Node | int,
    post: Node | int | None = None,
    *,
    nodelist: Sequence[Any] | None = None,
    post_nodelist: Sequence[Any] | None = None,
    weight: str | None = "weight",
) -> Any:
    """Weights from a graph of networkx: a ``csr_array`` of shape ``(n_post, n_pre)``.

    An edge from u to v is a synapse from the presynaptic cell u to the postsynaptic cell v, so rows are targets: the
    transpose of what ``networkx.to_scipy_sparse_array`` returns. An edge without direction is two synapses, or one
    from a node to itself. Parallel edges of a multigraph are added.

    Cells are the nodes of the graph in its own order, or in that of ``nodelist``. Between two populations ``nodelist``
    are the presynaptic and ``post_nodelist`` the postsynaptic cells, and both are needed. Edges between other nodes
    are left out. ``weight`` is the attribute that holds the weight; an edge without it has weight 1, and all have
    with ``weight=None``.

    Example:
        >>> class Path:                                # as networkx.path_graph(3, create_using=networkx.DiGraph)
        ...     nodes = (0, 1, 2)
        ...     def is_directed(self): return True
        ...     def edges(self, data, default): return [(0, 1, default), (1, 2, default)]
        >>> from_networkx(Path(), 3).toarray()
        array([[0., 0., 0.],
               [1., 0., 0.],
               [0., 1., 0.]])
    """
    post = pre if post is None else post
    n_pre, n_post = sizes("from_networkx", pre, post)
    if not all(hasattr(graph, name) for name in ("nodes", "edges", "is_directed")):
        text = f"graph is {brief(graph)}; it must be a networkx Graph or DiGraph"
        raise ParameterError(text, component="from_networkx", attribute="graph")
    if same_cells(pre, post) and post_nodelist is None:
        nodelist = post_nodelist = list(graph.nodes) if nodelist is None else list(nodelist)
    if nodelist is None or post_nodelist is None:
        text, remedy = "pre and post differ", "Give nodelist and post_nodelist, the nodes that are their cells"
        raise ParameterError(text, component="from_networkx", attribute="nodelist", remedy=remedy)
    cells_pre = _cells("nodelist", nodelist, graph, n_pre, "presynaptic")
    cells_post = _cells("post_nodelist", post_nodelist, graph, n_post, "postsynaptic")

    at_pre, at_post, values = [], [], []
    for u, v, value in graph.edges(data=weight, default=1.0) if weight is not None else _unweighted(graph):
        directions = ((u, v),) if graph.is_directed() or u == v else ((u, v), (v, u))
        for source, target in directions:
            if source in cells_pre and target in cells_post:
                at_pre.append(cells_pre[source])
                at_post.append(cells_post[target])
                values.append(_number(u, v, weight, value))
    return csr_of_edges(n_pre, n_post, np.array(at_pre, int), np.array(at_post, int), np.array(values, float), True)


def _unweighted(graph: Any) -> list[tuple[Any, Any, float]]:
    return [(u, v, 1.0) for u, v in graph.edges()]


def _cells(name: str, nodes: Sequence[Any], graph: Any, n: int, end: str) -> dict[Any, int]:
    """The number of the cell that each node is."""
    cells = {node: k for k, node in enumerate(nodes)}
    if len(cells) < len(nodes):
        twice = next(node for k, node in enumerate(nodes) if cells[node] != k)
        raise ParameterError(f"{name} has {twice!r} twice", component="from_networkx", attribute=name)
    known = set(graph.nodes)
    unknown = [node for node in cells if node not in known]
    if unknown:
        text = f"{name} has {unknown[0]!r}, and the graph has no such node"
        raise ParameterError(text, component="from_networkx", attribute=name)
    if len(cells) != n:
        text = f"there are {n} {end} cells and {len(cells)} nodes"
        raise ParameterError(text, component="from_networkx", attribute=name, remedy="Give nodelist, a node for a cell")
    return cells


def _number(u: Any, v: Any, weight: str | None, value: Any) -> float:
    if not isinstance(value, (int, float, np.number)) or np.iscomplexobj(value) or not np.isfinite(value):
        text = f"the edge from {u!r} to {v!r} has {weight} {value!r}; a finite number is needed"
        raise ParameterError(text, component="from_networkx", attribute="weight")
    return float(value)
