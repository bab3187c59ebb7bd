"""The k-nearest-neighbour graph by cosine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lookgraph.config import GraphSettings
from lookgraph.errors import GraphError
from lookgraph.graph.cells import nearest_others, search_cells, share_found
from lookgraph.vector_search import faiss

_HNSW_LINKS = 32
_HNSW_BUILD = 80
_HNSW_SEARCH = 96
_RECALL_SAMPLE, _RECALL_SEED = 500, 1  # another sample than the one that decided how far to search


@dataclass(frozen=True)
class Graph:
    """Who is like whom.

    Attributes:
        edge_index: (2, n_edges) int64: row 0 the neighbour, row 1 the item, sorted by item; messages
            flow neighbour -> item. Each item's edges run most similar first.
        similarity: (n_edges,) float32 cosine of each edge.
        n_items: Nodes, with or without edges.
        recall: Share of true neighbours found, measured on a sample; 1 where the search was exact.
    """

    edge_index: np.ndarray
    similarity: np.ndarray
    n_items: int
    recall: float = 1.0

    @property
    def density(self) -> float:
        """Directed edges over the n * (n - 1) that could be."""
        return float(self.edge_index.shape[1]) / (self.n_items * (self.n_items - 1))


def build_graph(embeddings: np.ndarray, settings: GraphSettings) -> Graph:
    """Link each item to its k most similar items by cosine.

    Args:
        embeddings: (n_items, dim) float32; rows need not have unit length.
        settings: ``k``, ``symmetric``; ``exact_up_to``, the size above which only ``recall`` of the neighbours must be
            found, see :mod:`lookgraph.graph.cells`.

    Raises:
        GraphError: n_items <= k, or a row is all zeros or not finite.

    Source: edge order of torch_geometric's knn_graph.
    """
    n = len(embeddings)
    if n <= settings.k:
        raise GraphError(
            f"graph.k={settings.k} needs at least {settings.k + 1} items, but the catalogue has {n}:"
            " add photos or lower graph.k"
        )
    unit = unit_rows(embeddings)
    exact = n <= settings.exact_up_to
    if exact:
        similarity, neighbours = nearest_others(unit, np.arange(n), settings.k)
    else:
        similarity, neighbours = search_cells(unit, settings.k, settings.recall)
    graph = Graph(edges_to(neighbours), similarity.reshape(-1), n, 1.0 if exact else _recall(unit, neighbours))
    return symmetrise(graph) if settings.symmetric else graph


def knn_graph(embeddings: np.ndarray, k: int) -> np.ndarray:
    """(2, n_items * k) int64 edge_index of the exact graph; see :func:`build_graph`."""
    return build_graph(embeddings, GraphSettings(k=k, exact_up_to=len(embeddings))).edge_index


def nearest(queries: np.ndarray, items: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Link photos from outside to items, exactly.

    Args:
        queries: (n_queries, dim) float32.
        items: (n_items, dim) float32, at least k rows.

    Returns:
        (n_queries, k) float32 cosines, most similar first, and (n_queries, k) int64 rows of ``items``.
    """
    if len(items) < k:
        raise GraphError(f"k={k} neighbours were asked of {len(items)} items: lower k")
    similarity, neighbours = faiss.knn(unit_rows(queries), unit_rows(items), k, metric=faiss.METRIC_INNER_PRODUCT)
    return similarity, neighbours


def edges_to(neighbours: np.ndarray) -> np.ndarray:
    """(n_items, k) neighbours -> (2, n_items * k) int64 edge_index."""
    n, k = neighbours.shape
    return np.stack([neighbours.reshape(-1), np.repeat(np.arange(n), k)]).astype(np.int64)


def symmetrise(graph: Graph) -> Graph:
    """Add the reverse of every edge that lacks one; each item's edges again run most similar first."""
    source = np.concatenate([graph.edge_index[0], graph.edge_index[1]])
    target = np.concatenate([graph.edge_index[1], graph.edge_index[0]])
    similarity = np.concatenate([graph.similarity, graph.similarity])
    _, once = np.unique(target * graph.n_items + source, return_index=True)
    order = once[np.lexsort((source[once], -similarity[once], target[once]))]
    return Graph(np.stack([source[order], target[order]]), similarity[order], graph.n_items, graph.recall)


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Scale every row to length one, so that inner products are cosines.

    Raises:
        GraphError: a row is all zeros or not finite.
    """
    vectors = np.ascontiguousarray(vectors, np.float32)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    bad = np.flatnonzero(~np.isfinite(length[:, 0]) | (length[:, 0] == 0))
    if len(bad):
        raise GraphError(
            f"{len(bad)} of {len(vectors)} vectors are zero or not finite, the first in row {bad[0]}: embed them again"
        )
    unit: np.ndarray = vectors / length
    return unit


def empty_index(dim: int, exact: bool) -> faiss.Index:
    """An index by inner product: FAISS's exact one, or HNSW with the settings of every search of embeddings.

    Source: HNSW of Malkov and Yashunin, arXiv 1603.09320.
    """
    if exact:
        return faiss.IndexFlatIP(dim)
    index = faiss.IndexHNSWFlat(dim, _HNSW_LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction, index.hnsw.efSearch = _HNSW_BUILD, _HNSW_SEARCH
    return index


def _recall(unit: np.ndarray, neighbours: np.ndarray) -> float:
    sample = np.random.default_rng(_RECALL_SEED).choice(len(unit), min(_RECALL_SAMPLE, len(unit)), replace=False)
    _, true = nearest_others(unit, sample, neighbours.shape[1])
    return share_found(neighbours[sample], true)
