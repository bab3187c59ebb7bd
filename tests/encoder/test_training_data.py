"""What is learnt from which photos, in which order: targets, the split, sampling, batches, and the measure."""

import numpy as np
import pyarrow as pa
import pytest
import torch
from PIL import Image
from tiny_networks import train_settings

from drawn_garments import draw_catalogue, draw_garment
from lookgraph.encoder.training.batches import Batches, load_batches
from lookgraph.encoder.training.data import TrainingData, keep_data, read_data
from lookgraph.encoder.training.objective import UNKNOWN
from lookgraph.encoder.training.pictures import decode_once
from lookgraph.encoder.training.sampling import RepeatFactorSampler
from lookgraph.encoder.training.split import has_answer, split_photos, unite
from lookgraph.encoder.training.targets import Target, read_groups, read_targets
from lookgraph.encoder.training.validation import gain_with_error, precision_at_1
from lookgraph.errors import SourceError
from lookgraph.photos import open_source
from lookgraph.progress import Silent

COLUMNS = pa.table(
    {
        "kind": pa.array(["hat", "bag", "hat", None, "bag", "shoe"]).dictionary_encode(),
        "same": ["a"] * 6,
        "name": list("abcdef"),
        "pairs": ["a", "a", "b", "c", "d", "e"],
        "weight": [0.1, 0.2, 0.1, 0.2, 0.1, 0.2],
        "kids": [True, False, True, False, True, None],
        "year": [2020, 2020, 2021, 2021, 2022, 2022],
        "type": ["x", "y", "x", "y", "x", "y"],
        "none": pa.nulls(6, pa.string()),
    }
)


def one_target(*labels):
    return Target("kind", ["a", "b", "c"], np.array(labels, np.int64))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """60 drawn garments as training data, kept on disk; do not change it."""
    folder = tmp_path_factory.mktemp("data")
    settings = train_settings()
    source = open_source(draw_catalogue(folder / "photos"), settings.photos)
    pictures = decode_once(source, folder, 32, True, settings.photos, Silent())
    targets = read_targets(source.attributes, ["kind", "colour"])
    split = split_photos(np.arange(pictures.n), targets, 0.3, np.random.default_rng(0))
    data = TrainingData(pictures, targets, split)
    keep_data(data, seed=0)
    return data


def test_a_column_becomes_classes():
    kind, kids, year = read_targets(COLUMNS, ["kind", "kids", "year", "kind"])
    assert kind.classes == ["bag", "hat"]
    assert kind.labels.tolist() == [1, 0, 1, UNKNOWN, 0, UNKNOWN]  # nothing known, and a class of one photo
    assert (kids.classes, year.classes) == (["False", "True"], ["2020", "2021", "2022"])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("kinds", "the source has no column 'kinds': did you mean kind"),
        ("zzz", "no column 'zzz': there are kind, same, name"),
        ("same", r"'same' has one value \('a'\)"),
        ("name", "'name' has 6 different values of which 0 occur twice"),
        ("pairs", "5 different values of which 1 occurs twice"),
        ("none", "'none' has no value at all"),
        ("weight", "'weight' holds measured numbers"),
    ],
)
def test_a_column_that_cannot_be_learnt_says_why(name, message):
    with pytest.raises(SourceError, match=message):
        read_targets(COLUMNS, [name])


def test_no_target_at_all():
    with pytest.raises(SourceError, match="pass --target with one of kind, same"):
        read_targets(COLUMNS, [])


def test_a_missing_group_is_a_group_of_its_own():
    groups = read_groups(COLUMNS, "kind")
    assert len(set(groups.tolist())) == 4
    assert groups[0] == groups[2]
    with pytest.raises(SourceError, match=r"train\.group_by: the source has no column 'knd': did you mean kind"):
        read_groups(COLUMNS, "knd")


def test_photos_of_one_group_or_of_one_content_are_one_unit():
    """Rows 0-1 share a group, 1-2 the bytes, so 0-2 are one unit; 3 stands alone."""
    small = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    hashes = np.array([0, 2**64 - 1, 0xFFFF, 0xFFFF0000], np.uint64)
    units = unite(np.array([5, 5, 7, 8]), np.array(["a", "b", "b", "c"]), hashes, small)
    assert len(set(units[:3])) == 1
    assert units[3] != units[0]


def test_near_duplicates_are_one_unit_but_other_colours_are_not(tmp_path):
    """A hash alone would join a garment's colours."""
    draw_catalogue(tmp_path / "p", variants=1)
    Image.open(tmp_path / "p" / "hat-red-0.png").save(tmp_path / "p" / "hat-red-near.jpg", quality=80)
    with (tmp_path / "p" / "metadata.csv").open("a") as file:
        file.write("hat-red-near.jpg,hat,red,1\n")
    source = open_source(tmp_path / "p", train_settings().photos)
    pictures = decode_once(source, tmp_path, 32, False, train_settings().photos, Silent())
    photos = pictures.photos()
    content = np.array(photos["content_hash"].to_pylist())
    units = unite(np.arange(pictures.n), content, photos["perceptual_hash"].to_numpy(), pictures.small())
    unit_of = dict(zip(photos["id"].to_pylist(), units, strict=True))
    assert unit_of["hat-red-0"] == unit_of["hat-red-near"]
    assert len(set(unit_of.values())) == 30


def test_no_unit_is_on_both_sides_and_the_share_is_kept():
    rng = np.random.default_rng(0)
    units = rng.integers(0, 60, 300)
    target = Target("kind", list("abc"), rng.integers(0, 3, 300))
    split = split_photos(units, [target], 0.2, rng)
    assert not set(units[split.train]) & set(units[split.validation])
    assert sorted([*split.train, *split.validation]) == list(range(300))
    assert 57 <= len(split.validation) <= 63


def test_photos_without_any_value_are_on_neither_side():
    kind, colour = np.arange(100) % 2, np.arange(100) % 3
    kind[50:], colour[60:] = UNKNOWN, UNKNOWN
    targets = [Target("kind", ["a", "b"], kind), Target("colour", list("rgb"), colour)]
    split = split_photos(np.arange(100), targets, 0.2, np.random.default_rng(0))
    assert sorted([*split.train, *split.validation]) == list(range(60))
    assert len(split.validation) == 12


def test_photos_that_the_starting_weights_know_do_not_judge_unless_nearly_all_are_known():
    target = Target("kind", ["a", "b"], np.arange(100) % 2)
    for n_known, judges_known in ((0, False), (70, False), (95, True)):
        known = np.arange(100) < n_known
        split = split_photos(np.arange(100), [target], 0.2, np.random.default_rng(0), known)
        assert known[split.validation].any() == judges_known
        assert len(split.validation) == 20


def test_one_large_unit_does_not_take_the_whole_validation():
    units = np.array([0] * 80 + list(range(1, 21)))
    target = Target("kind", ["a", "b"], np.arange(100) % 2)
    for seed in range(5):
        split = split_photos(units, [target], 0.15, np.random.default_rng(seed))
        assert 14 <= len(split.validation) <= 15


def test_a_few_large_units_make_a_validation_of_at_least_two():
    target = Target("kind", ["a", "b"], np.arange(60) % 2)
    split = split_photos(np.repeat(np.arange(6), 10), [target], 0.3, np.random.default_rng(0))
    assert len(split.validation) == 20


@pytest.mark.parametrize(
    ("units", "labels", "message"),
    [
        ([0, 0, 0, 0], [0, 0, 1, 1], "nothing can be measured"),
        ([0, 1, 2, 3], [0, 0, 1, 1], "nothing can be measured|remain to learn from"),
    ],
)
def test_too_few_photos_for_two_sides(units, labels, message):
    with pytest.raises(SourceError, match=message):
        split_photos(np.array(units), [one_target(*labels)], 0.3, np.random.default_rng(0))


def test_rare_classes_come_up_to_four_times_and_common_ones_once():
    """64 photos of class 0, 4 of class 1, 1 of class 2, which is usual at 64."""
    labels = np.array([0] * 64 + [1] * 4 + [2])
    sampler = RepeatFactorSampler([labels], np.random.default_rng(0), usual=64)
    assert sampler.factors[[0, 64, 68]].tolist() == [1, 4, 4]
    shown = np.bincount(sampler.take(64 + 16 + 4))
    assert shown.tolist() == [1] * 64 + [4] * 5


def test_an_unknown_class_is_neither_rare_nor_common():
    labels = [np.array([0, 0, 0, UNKNOWN]), np.array([UNKNOWN] * 4)]
    assert RepeatFactorSampler(labels, np.random.default_rng(0)).factors.tolist() == [1, 1, 1, 1]


def test_what_is_kept_reads_back(drawn):
    again = read_data(drawn.folder)
    assert [t.name for t in again.targets] == ["kind", "colour"]
    assert all(np.array_equal(a.labels, b.labels) for a, b in zip(again.targets, drawn.targets, strict=True))
    assert np.array_equal(again.split.train, drawn.split.train)
    assert np.array_equal(again.split.validation, drawn.split.validation)


def test_the_small_pictures_are_what_the_encoder_is_shown(drawn):
    from lookgraph.photos import square

    row = drawn.pictures.photos()["id"].to_pylist().index("hat-red-1")
    assert np.array_equal(drawn.pictures.small()[row], square(draw_garment("hat", "red", 1), 32))


def batches(data, n_processes, augmented=True, seed=3, **part):
    loader, steps = load_batches(Batches(data, 16, augmented, seed, **part), n_processes)
    made = []
    for epoch in (1, 2):
        steps.epoch = epoch
        made += list(loader)
    return made


def test_the_same_seed_gives_the_same_batches_however_many_processes_make_them(drawn):
    alone, with_two = batches(drawn, 0), batches(drawn, 2)
    assert len(alone) == len(with_two) == 6  # 42 photos in batches of 16, twice
    for (pictures, labels), (others, other_labels) in zip(alone, with_two, strict=True):
        assert pictures.shape == (16, 3, 32, 32)
        assert torch.equal(pictures, others)
        assert all(torch.equal(a, b) for a, b in zip(labels, other_labels, strict=True))


def test_another_seed_or_epoch_gives_other_batches(drawn):
    one, other = batches(drawn, 0), batches(drawn, 0, seed=4)
    assert not torch.equal(one[0][0], other[0][0])
    assert not torch.equal(one[0][0], one[3][0])


def test_without_augmentation_a_batch_shows_the_pictures_themselves(drawn):
    made = Batches(drawn, 16, False, 0)
    pictures, labels = made[1, 0]
    rows = made.rows(1, 0)
    assert np.array_equal(pictures.permute(0, 2, 3, 1).numpy(), drawn.pictures.small()[rows])
    assert labels[0].tolist() == drawn.targets[0].labels[rows].tolist()
    assert set(rows) <= set(drawn.split.train)


def test_the_parts_of_a_batch_are_the_batch(drawn):
    whole = Batches(drawn, 16, False, 0)[1, 1][0]
    parts = [Batches(drawn, 16, False, 0, part, 2)[1, 1][0] for part in (0, 1)]
    assert torch.equal(torch.stack(parts, 1).flatten(0, 1), whole)


def test_precision_at_1_by_hand():
    """0 and 1 are of one unit, so 0's nearest answer is 2; 4 has no other of its class; 5 is unknown."""
    angles = np.radians([0, 1, 10, 50, 55, 11])
    embeddings = np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)
    target = one_target(0, 0, 0, 1, 2, UNKNOWN)
    units = np.array([0, 0, 1, 2, 3, 4])
    assert has_answer(target.labels, units).tolist() == [True, True, True, False, False, False]
    score = precision_at_1(embeddings, [target], units)
    assert score.by_target == {"kind": 1.0}
    assert np.array_equal(np.isfinite(score.right), [True, True, True, False, False, False])
    moved = embeddings[[3, 1, 2, 0, 4, 5]]  # 0 lies by 4 now, and 3 by 1: only 2 is answered right
    assert precision_at_1(moved, [target], units).by_target["kind"] == pytest.approx(1 / 3)


def test_targets_count_alike():
    embeddings = np.eye(4, dtype=np.float32)[[0, 0, 1, 1]]
    right = Target("a", ["x", "y"], np.array([0, 0, 1, 1]))
    wrong = Target("b", ["x", "y"], np.array([0, 1, 0, 1]))
    score = precision_at_1(embeddings, [right, wrong], np.arange(4))
    assert score.by_target == {"a": 1.0, "b": 0.0}
    assert score.mean == 0.5
    assert score.right.tolist() == [0.5] * 4


def test_the_gain_s_error_counts_units_not_photos():
    """Ten equal photos of one unit are one observation: as a simulation of units says."""
    rng = np.random.default_rng(0)
    units = np.repeat(np.arange(200), 5)
    gain, error = gain_with_error(np.zeros(1000), np.repeat(rng.normal(0.1, 1, 200), 5), units)
    means = [np.repeat(rng.normal(0.1, 1, 200), 5).mean() for _ in range(2000)]
    assert error == pytest.approx(np.std(means), rel=0.15)
    assert abs(gain - 0.1) < 4 * error
