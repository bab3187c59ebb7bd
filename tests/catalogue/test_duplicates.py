"""Who shows one photo: exact by content, near by hash and embedding together."""

import numpy as np
import pyarrow as pa
import pytest

from lookgraph.catalogue import build_items, choose_representatives, group_duplicates, representatives
from lookgraph.config import CatalogueSettings, PhotoSettings
from lookgraph.errors import SourceError
from lookgraph.photos import PhotoWorkers, open_source

SETTINGS = CatalogueSettings(duplicate_hash_bits=2, duplicate_cosine=0.99)


def unit(*rows):
    x = np.array(rows, np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def test_equal_content_is_one_group_whatever_the_embedding():
    groups = group_duplicates(
        ["x", "y", "x"], np.array([1, 2**40, 1], np.uint64), unit([1, 0], [0, 1], [1, 0]), SETTINGS
    )
    assert groups.tolist() == [0, 1, 0]


def test_a_near_duplicate_needs_both_hash_and_embedding():
    hashes = np.array([0b0000, 0b0011, 0b0011, 0b1111_0000], np.uint64)
    embeddings = unit([1, 0], [1, 0.01], [0, 1], [1, 0])
    # 1: near in both; 2: like in hash alone; 3: like in embedding alone
    assert group_duplicates(list("abcd"), hashes, embeddings, SETTINGS).tolist() == [0, 0, 1, 2]


def test_chains_are_one_group():
    hashes = np.array([0b00, 0b11, 0b1111], np.uint64)
    assert group_duplicates(list("abc"), hashes, unit([1, 0], [1, 0], [1, 0]), SETTINGS).tolist() == [0, 0, 0]


def test_equals_all_pairs_on_random_hashes():
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 64, 300).astype(np.uint64)  # six bits: many near pairs
    x = unit(*rng.normal(size=(300, 3)))
    groups = group_duplicates([str(i) for i in range(300)], hashes, x, SETTINGS)
    for i in range(300):
        for j in range(i):
            if (int(hashes[i]) ^ int(hashes[j])).bit_count() <= 2 and x[i] @ x[j] >= 0.99:
                assert groups[i] == groups[j]


def test_the_largest_photo_stands_for_its_group():
    assert choose_representatives(np.array([0, 1, 0, 1]), np.array([10, 7, 20, 7])).tolist() == [2, 1]


def facts(n):
    return pa.table(
        {
            "content_hash": [f"h{i}" for i in range(n)],
            "width": pa.array([10 + i for i in range(n)], pa.int32()),
            "height": pa.array([10] * n, pa.int32()),
            "perceptual_hash": pa.array([2 ** (9 * i) - 1 for i in range(n)], pa.uint64()),
            "colour": ["#ffffff"] * n,
        }
    )


def test_items_join_attributes_and_photos():
    items = build_items(["a", "b"], pa.table({"kind": ["x", "y"]}), facts(2), unit([1, 0], [0, 1]), SETTINGS)
    assert items.column_names == [
        *("id", "kind", "_content_hash", "_width", "_height", "_perceptual_hash", "_colour", "_node"),
    ]
    assert representatives(items).tolist() == [0, 1]


@pytest.mark.parametrize("name", ["id", "_node", "_secret"])
def test_attribute_names_of_ours_are_refused(name):
    with pytest.raises(SourceError, match="rename them"):
        build_items(["a"], pa.table({name: ["x"]}), facts(1), unit([1, 0]), SETTINGS)


@pytest.mark.slow
def test_the_655_exact_repeats_of_a_real_catalogue(real_data):
    """Every repeat joins its first, and nothing else is joined where hashes and embeddings say nothing."""
    settings = PhotoSettings()
    source = open_source(real_data / "fashion-products", settings)
    with PhotoWorkers(settings, side_px=64) as workers:
        content = [result for _, result in workers.fingerprint(source.refs)]
    assert (len(content), len(set(content))) == (40_036, 40_036 - 655)
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**63, len(content)).astype(np.uint64)
    groups = group_duplicates(content, hashes, unit(*rng.normal(size=(len(content), 32))), CatalogueSettings())
    assert groups.max() + 1 == 40_036 - 655
    first = {}
    assert all(first.setdefault(photo, group) == group for photo, group in zip(content, groups, strict=True))
