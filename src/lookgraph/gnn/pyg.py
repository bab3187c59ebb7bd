"""Our graphs in PyTorch Geometric's types and back, for its layers and tools; needs the package torch-geometric."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lookgraph.errors import GraphError
from lookgraph.graph import Graph

if TYPE_CHECKING:
    from torch_geometric.data import Data, HeteroData

_ITEM, _LINK = "item", ("item", "similar_to", "item")


def to_data(graph: Graph, embeddings: np.ndarray) -> Data:
    """A graph as ``Data``: ``x`` (n_items, dim), ``edge_index`` (2, n_edges), ``edge_attr`` (n_edges, 1) the cosine.

    Raises:
        GraphError: torch-geometric is not installed.
    """
    data = _types()[0]()
    data.x = torch.from_numpy(np.ascontiguousarray(embeddings))
    data.edge_index = torch.from_numpy(graph.edge_index)
    data.edge_attr = torch.from_numpy(graph.similarity).unsqueeze(1)
    return data


def to_hetero_data(graph: Graph, embeddings: np.ndarray) -> HeteroData:
    """The same as ``HeteroData``: node type ``item``, edge type ``(item, similar_to, item)``; others can be added."""
    data = _types()[1]()
    data[_ITEM].num_nodes = graph.n_items
    data[_ITEM].x = torch.from_numpy(np.ascontiguousarray(embeddings))
    data[_LINK].edge_index = torch.from_numpy(graph.edge_index)
    data[_LINK].edge_attr = torch.from_numpy(graph.similarity).unsqueeze(1)
    return data


def from_data(data: Data | HeteroData) -> tuple[Graph, np.ndarray]:
    """A graph and its (n_items, dim) features from either type; edges are put in our order, most similar first.

    A link's similarity is its ``edge_attr`` or ``edge_weight``, else the cosine of the features. A node's link to
    itself is left out: layers add their own (``self_loops``), and would hear it twice.

    Raises:
        GraphError: no features or links, links of nodes that are not there, not one number a link, or none of the type
            ``item`` in a ``HeteroData``.
    """
    hetero = isinstance(data, _types()[1])
    try:
        nodes: Any = data[_ITEM] if hetero else data
        links: Any = data[_LINK] if hetero else data
        x = nodes.x.detach().cpu().numpy().astype(np.float32, copy=False)
        edge_index = links.edge_index.cpu().numpy().astype(np.int64)
    except (KeyError, AttributeError) as error:
        raise GraphError(
            f"the data has no features or links ({error}): x and edge_index are needed, in a HeteroData of the types"
            f" {_ITEM!r} and {_LINK!r}"
        ) from None
    if edge_index.size and not 0 <= edge_index.min() <= edge_index.max() < len(x):
        raise GraphError(f"edge_index names nodes {edge_index.min()} to {edge_index.max()}, but x has {len(x)} rows")
    given, n_links = next((name for name in ("edge_attr", "edge_weight") if name in links), None), edge_index.shape[1]
    if given:
        similarity = links[given].detach().cpu().numpy()
        if similarity.shape not in ((n_links,), (n_links, 1)):
            raise GraphError(f"{given} has the shape {similarity.shape}, ({n_links},) or ({n_links}, 1) is needed")
        similarity = similarity.reshape(-1)
    else:
        unit = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
        similarity = np.einsum("ij,ij->i", unit[edge_index[0]], unit[edge_index[1]])
    others = edge_index[0] != edge_index[1]
    edge_index, similarity = edge_index[:, others], similarity[others]
    order = np.lexsort((-similarity, edge_index[1]))
    return Graph(edge_index[:, order], similarity[order].astype(np.float32), len(x)), x


def _types() -> tuple[Any, Any]:
    try:
        from torch_geometric.data import Data, HeteroData
    except ImportError:
        raise GraphError("torch-geometric is not installed: pip install torch-geometric") from None
    return Data, HeteroData
