"""A kNN graph that items join and leave, without searching for everybody's neighbours again."""

from __future__ import annotations

import numpy as np

from lookgraph.config import GraphSettings
from lookgraph.errors import GraphError
from lookgraph.graph.cells import nearest_others
from lookgraph.graph.knn import Graph, edges_to, symmetrise, unit_rows
from lookgraph.vector_search import faiss


def update_graph(graph: Graph, embeddings: np.ndarray, kept: np.ndarray, settings: GraphSettings) -> Graph:
    """Link newcomers both ways, and those who lost a neighbour to their next one.

    A newcomer is linked to its k nearest, and takes a place among the neighbours of every item that it is nearer to
    than the k-th of them. So the result is the graph that a build of all items would make, as far as ``graph`` was:
    its recall is carried over.

    Args:
        graph: Of the items before.
        embeddings: (n_items, dim) float32 of the items now.
        kept: (graph.n_items,) int64: the row now of each item before; -1 where it is gone or another photo shows it.
        settings: ``k`` and ``symmetric``, as the graph was made with.

    Returns:
        Equal to ``build_graph(embeddings, settings)``, up to the order of equally near neighbours.

    Raises:
        GraphError: n_items <= k, or a row is all zeros or not finite.
    """
    n, k = len(embeddings), settings.k
    if n <= k:
        raise GraphError(
            f"graph.k={k} needs at least {k + 1} items, but {n} would be left: keep more, or lower graph.k"
        )
    unit = unit_rows(embeddings)
    similarity, neighbours = np.full((n, k), -np.inf, np.float32), np.full((n, k), -1, np.int64)
    stays = kept >= 0
    similarity[kept[stays]], before = (table[stays] for table in _nearest_k(graph, k))
    neighbours[kept[stays]] = np.where(before >= 0, kept[before], -1)
    alone = np.flatnonzero((neighbours < 0).any(axis=1))  # newcomers, and those who lost a neighbour
    settled = np.setdiff1d(np.arange(n), alone)
    newcomers = np.setdiff1d(np.arange(n), kept[stays])
    offered = _with_newcomers(unit, settled, newcomers, similarity[settled], neighbours[settled])
    similarity[settled], neighbours[settled] = offered
    if len(alone):
        similarity[alone], neighbours[alone] = nearest_others(unit, alone, k)
    updated = Graph(edges_to(neighbours), similarity.reshape(-1), n, graph.recall)
    return symmetrise(updated) if settings.symmetric else updated


def _nearest_k(graph: Graph, k: int) -> tuple[np.ndarray, np.ndarray]:
    """(n, k) cosines and (n, k) neighbours: the first k of each item's edges; reversed edges only add farther ones."""
    target = graph.edge_index[1]
    place = np.arange(len(target)) - np.searchsorted(target, target)
    first = place < k
    similarity = np.full((graph.n_items, k), -np.inf, np.float32)
    neighbours = np.full((graph.n_items, k), -1, np.int64)
    similarity[target[first], place[first]] = graph.similarity[first]
    neighbours[target[first], place[first]] = graph.edge_index[0][first]
    return similarity, neighbours


def _with_newcomers(
    unit: np.ndarray, rows: np.ndarray, newcomers: np.ndarray, similarity: np.ndarray, neighbours: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest out of k neighbours and all newcomers; who was there first goes first among equals."""
    k = similarity.shape[1]
    if not len(newcomers) or not len(rows):
        return similarity, neighbours
    offered, place = faiss.knn(unit[rows], unit[newcomers], min(k, len(newcomers)), metric=faiss.METRIC_INNER_PRODUCT)
    every = np.concatenate([similarity, offered], axis=1)
    who = np.concatenate([neighbours, newcomers[place]], axis=1)
    order = np.argsort(-every, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(every, order, axis=1), np.take_along_axis(who, order, axis=1)
