"""The attention that a build keeps is what layer one gives each link, in the graph's own order."""

import numpy as np
import pytest
import torch

from lookgraph.config import GnnSettings
from lookgraph.gnn import GraphNetwork, Shape, attention_of_links, load_attention, save_attention
from lookgraph.gnn.neighbourhood import neighbourhood


def network(kind: str, **settings) -> GraphNetwork:
    shape = Shape.of(GnnSettings(kind=kind, heads=2, head_dim=8, **settings), 6, 3)
    return GraphNetwork(shape, 0.0, torch.Generator().manual_seed(1)).eval()


@pytest.fixture(scope="module")
def graph():
    """Embeddings of 30 items, 0 to 4 ragged links each, and their cosines."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 6)).astype(np.float32)
    target = np.repeat(np.arange(30), np.arange(30) % 5)
    source = (target + rng.integers(1, 30, len(target))) % 30
    return x, np.stack([source, target]), rng.random(len(target)).astype(np.float32)


@pytest.mark.parametrize(("kind", "weighted"), [("gat", False), ("gat", True), ("gatv2", True), ("sage", False)])
def test_it_is_the_layers_own_item_by_item(graph, kind, weighted, tmp_path):
    x, edges, similarity = graph
    made = network(kind, edge_weights=weighted)
    shuffled = np.random.default_rng(3).permutation(edges.shape[1])
    found = attention_of_links(made, x, edges[:, shuffled], similarity[shuffled])
    links = np.empty_like(found.links)
    links[shuffled] = found.links
    for item in range(30):
        mine = np.flatnonzero(edges[1] == item)
        n = len(mine)
        hood = neighbourhood(
            np.stack([np.arange(n), np.full(n, n)]),
            n + 1,
            self_loops=made.self_loops,
            weights=similarity[mine] if made.shape.weighted else None,
        )
        with torch.inference_mode():
            heard = made.first.attention(torch.from_numpy(x[[*edges[0][mine], item]]), hood).mean(1).numpy()
        expected = heard[int(hood.starts[n]) :]
        assert np.allclose(links[mine], expected[: len(mine)], atol=1e-6)
        total = links[mine].sum() + found.own[item]
        assert total == pytest.approx(1, abs=1e-5) or (kind == "sage" and not len(mine))
    save_attention(found, tmp_path / "attention.npz")
    again = load_attention(tmp_path / "attention.npz")
    assert (again.links == found.links).all() and (again.own == found.own).all()
