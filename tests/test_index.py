"""One contract for every index: exact answers, filters that keep pages full, damage refused."""

import numpy as np
import pytest

from lookgraph.errors import ConfigError, LookbookDamagedError
from lookgraph.index import FaissIndex, open_index


def unit(n, dim=8, seed=0):
    x = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


@pytest.fixture(params=["exact", "hnsw"])
def index(request, tmp_path):
    FaissIndex.build(unit(500), exact_up_to=1000 if request.param == "exact" else 10).save(tmp_path / "index.faiss")
    return open_index(f"faiss://{tmp_path / 'index.faiss'}")


def brute_force(queries, allowed, k):
    cosine = queries @ unit(500).T
    cosine[:, ~allowed] = -np.inf
    return np.argsort(-cosine, axis=1)[:, :k]


def test_finds_the_nearest(index):
    similarity, rows = index.search(unit(20, seed=1), 5)
    assert index.n_rows == 500
    assert (rows == brute_force(unit(20, seed=1), np.ones(500, bool), 5)).mean() > 0.98
    assert (np.diff(similarity, axis=1) <= 0).all()


@pytest.mark.parametrize("share", [0.5, 0.05])
def test_a_filter_keeps_the_page_full_and_right(index, share):
    allowed = np.random.default_rng(2).random(500) < share
    _, rows = index.search(unit(20, seed=1), 10, allowed)
    assert allowed[rows].all()
    assert (rows == brute_force(unit(20, seed=1), allowed, 10)).mean() > 0.98


def test_a_filter_far_from_the_query_keeps_the_page_full(tmp_path):
    """The query's whole region is filtered out: a walk through the graph would come back empty."""
    rng = np.random.default_rng(0)
    centre = np.repeat(unit(5, 16), 400, axis=0)
    vectors = centre + rng.normal(scale=0.05, size=centre.shape).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    allowed = np.arange(2000) // 400 == 3
    similarity, rows = FaissIndex.build(vectors, exact_up_to=10).search(vectors[:5], 10, allowed)
    expected = np.argsort(-np.where(allowed, vectors[:5] @ vectors.T, -np.inf), axis=1)[:, :10]
    assert np.isfinite(similarity).all()
    assert (np.sort(rows, axis=1) == np.sort(expected, axis=1)).mean() > 0.99


def test_where_too_few_are_allowed_the_rest_is_marked(index):
    allowed = np.zeros(500, bool)
    allowed[[3, 4]] = True
    similarity, rows = index.search(unit(1, seed=1), 4, allowed)
    assert sorted(rows[0].tolist()) == [-1, -1, 3, 4]
    assert np.isneginf(similarity[0, 2:]).all()


def test_what_is_not_allowed_is_not_returned_where_fewer_are_left(tmp_path):
    index = FaissIndex.build(unit(30), exact_up_to=10)
    allowed = np.ones(30, bool)
    allowed[:5] = False
    similarity, rows = index.search(unit(2, seed=1), 28, allowed)
    assert (rows[:, :25] >= 5).all()
    assert (rows[:, 25:] == -1).all() and np.isneginf(similarity[:, 25:]).all()


def test_an_unknown_address_is_refused():
    with pytest.raises(ConfigError, match="faiss:///path"):
        open_index("ftp://somewhere")


def test_a_damaged_index_is_refused(tmp_path):
    (tmp_path / "index.faiss").write_bytes(b"\0" * 40)
    with pytest.raises(LookbookDamagedError, match="roll back"):
        open_index(f"faiss://{tmp_path / 'index.faiss'}")
