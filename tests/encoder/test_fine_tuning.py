"""Fine-tuning from end to end on drawn garments: it learns, stops, resumes, refuses, and tells what it did."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tiny_networks import TINY, train_settings, write_checkpoint, write_weights, write_whole_clip

from drawn_garments import COLOURS, KINDS, draw_catalogue
from lookgraph.config import EncoderSettings
from lookgraph.encoder import EmbeddingRuntime, load_encoder
from lookgraph.encoder.training.fine_tuning import fine_tune
from lookgraph.encoder.training.learning import freeze, learning_rate_factor
from lookgraph.errors import ConfigError, EncoderError, SourceError
from lookgraph.photos import decode_file, open_source
from lookgraph.progress import Silent


@pytest.fixture(scope="module")
def garments(tmp_path_factory):
    """120 drawn garments, four of each kind and colour."""
    return open_source(draw_catalogue(tmp_path_factory.mktemp("g") / "garments", variants=4), train_settings().photos)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Weights of ours that know nothing yet."""
    return write_weights(tmp_path_factory.mktemp("w") / "w")


@pytest.fixture(scope="module")
def learnt(garments, weights, tmp_path_factory):
    """A finished training on kinds; do not change it."""
    out = tmp_path_factory.mktemp("out") / "weights"
    listener = Listener()
    return fine_tune(garments, ["kind"], out, train_settings(), origin=str(weights), progress=listener), listener


class Listener(Silent):
    """Notes what was said; gives up like a killed process when a stage begins."""

    def __init__(self, dies_at=""):
        self.notes, self.dies_at = [], dies_at

    def stage(self, name, total=None, done=0):
        if self.dies_at and name.startswith(self.dies_at):
            raise KeyboardInterrupt

    def note(self, message):
        self.notes.append(message)


def tensors(folder):
    return load_file(folder / "model.safetensors")


def test_fine_tuning_raises_the_precision_on_photos_it_has_not_learnt_from(learnt):
    done, _ = learnt
    assert done.outcome.before["kind"] < 0.7
    assert done.outcome.after["kind"] > 0.9
    assert done.outcome.helped
    assert "fine-tuning helped: precision at 1 0." in done.outcome.verdict


def test_the_weights_on_disk_score_what_was_promised(learnt, garments):
    """Measured anew from photos and weights alone: what the encoder has not seen are the photos that judged."""
    done, _ = learnt
    encoder = load_encoder(done.folder)
    photos = [decode_file(ref.location.path, train_settings().photos, 32) for ref in garments.refs]
    judged = ~encoder.has_seen([photo.content_hash for photo in photos])
    assert judged.sum() == done.n_validation
    runtime = EmbeddingRuntime(encoder, EncoderSettings(runtime="torch"))
    embeddings = runtime.embed(np.stack([photo.pixels for photo in photos]))[judged]
    kinds = np.array([ref.id.split("-")[0] for ref in garments.refs])[judged]
    cosine = embeddings @ embeddings.T
    np.fill_diagonal(cosine, -1)
    assert (kinds[cosine.argmax(1)] == kinds).mean() == pytest.approx(done.outcome.after["kind"], abs=0.06)


def test_the_folder_says_what_it_is(learnt, weights):
    done, listener = learnt
    config = json.loads((done.folder / "config.json").read_text())
    own = config["lookgraph"]
    assert own["trained_on"] == f"planted; then photos ({done.n_train} photos; kind)"
    assert own["training_steps"] == 5 + done.outcome.best_epoch * round(done.n_train / 16)
    assert own["metrics"]["after"]["kind"] == pytest.approx(done.outcome.after["kind"], abs=1e-6)
    card = (done.folder / "README.md").read_text()
    assert done.outcome.verdict[1:] in card
    assert f"| kind | {done.outcome.before['kind']:.3f} | {done.outcome.after['kind']:.3f} |" in card
    assert {1, 3} <= set(load_encoder(done.folder).seen.tolist())
    assert len(load_encoder(done.folder).seen) == 2 + done.n_train
    assert any("epoch 0: precision at 1" in note for note in listener.notes)


def test_only_logs_and_lists_are_left_of_the_work(learnt):
    done, _ = learnt
    names = {path.name for path in (done.folder / ".training").iterdir()}
    assert names == {"logs", "photos.parquet", "rejected.parquet"}
    assert not list(done.folder.rglob("*.pt")) + list(done.folder.rglob("*.pkl"))


def test_curves_for_tensorboard(learnt):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    done, _ = learnt
    events = EventAccumulator(str(done.logs)).Reload()
    names = set(events.Tags()["scalars"])
    expected = {"train/loss", "train/learning rate", "train/photos a second", "precision at 1/kind"}
    assert expected | {"precision at 1/mean", "train/loss of the epoch"} == names
    assert len(events.Scalars("train/loss of the epoch")) == done.outcome.epochs
    assert len(events.Scalars("precision at 1/kind")) == done.outcome.epochs + 1
    assert events.Scalars("precision at 1/kind")[0].value == pytest.approx(done.outcome.before["kind"])


def test_without_tensorboard_the_logs_are_missed_aloud(garments, weights, tmp_path, monkeypatch):
    monkeypatch.setattr("lookgraph.encoder.training.logs.find_spec", lambda name: None)
    listener = Listener()
    done = fine_tune(
        garments, ["kind"], tmp_path / "o", train_settings(epochs=1), origin=str(weights), progress=listener
    )
    assert done.logs is None
    assert any("no TensorBoard logs" in note for note in listener.notes)


def test_the_same_seed_gives_the_same_weights(learnt, garments, weights, tmp_path):
    done, _ = learnt
    again = fine_tune(garments, ["kind"], tmp_path / "o", train_settings(), origin=str(weights))
    ours, theirs = tensors(again.folder), tensors(done.folder)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


@pytest.mark.parametrize("dies_at", ["decode", "epoch 1", "epoch 4"])
def test_killed_and_resumed_equals_uninterrupted(learnt, garments, weights, tmp_path, dies_at):
    done, _ = learnt
    arguments = garments, ["kind"], tmp_path / "o", train_settings()
    with pytest.raises(KeyboardInterrupt):
        fine_tune(*arguments, origin=str(weights), progress=Listener(dies_at))
    resumed = fine_tune(*arguments, origin=str(weights))
    ours, theirs = tensors(resumed.folder), tensors(done.folder)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert resumed.outcome == done.outcome
    assert (resumed.folder / "config.json").read_bytes() == (done.folder / "config.json").read_bytes()


def test_another_training_does_not_go_on_in_the_same_folder(garments, weights, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        fine_tune(
            garments, ["kind"], tmp_path / "o", train_settings(), origin=str(weights), progress=Listener("epoch 2")
        )
    with pytest.raises(EncoderError, match=r"train\.epochs was 6, now 7.*target was \['kind'\], now \['colour'\]"):
        fine_tune(garments, ["colour"], tmp_path / "o", train_settings(epochs=7), origin=str(weights))
    other = write_weights(tmp_path / "other", "dinov2")
    with pytest.raises(EncoderError, match=r"starting weights was .* Run the earlier command to finish it"):
        fine_tune(garments, ["kind"], tmp_path / "o", train_settings(), origin=str(other))


def test_whether_an_int8_model_is_made_may_be_decided_anew_on_resuming(garments, weights, tmp_path, monkeypatch):
    listener = Listener("epoch 1")
    monkeypatch.setattr("lookgraph.encoder.training.fine_tuning.can_quantize", lambda: False)
    with pytest.raises(KeyboardInterrupt):
        wanted = train_settings(epochs=1, int8=True)
        fine_tune(garments, ["kind"], tmp_path / "o", wanted, origin=str(weights), progress=listener)
    assert any("there will be no int8 model" in note for note in listener.notes)
    done = fine_tune(garments, ["kind"], tmp_path / "o", train_settings(epochs=1, int8=False), origin=str(weights))
    assert not (done.folder / "int8.xml").exists()


@pytest.mark.parametrize("least", [0.9, 1.1])
def test_an_int8_model_is_kept_only_where_it_embeds_as_the_weights_do(garments, weights, tmp_path, monkeypatch, least):
    monkeypatch.setattr("lookgraph.encoder.training.writing._LEAST_COSINE", least)
    done = fine_tune(garments, ["kind"], tmp_path / "o", train_settings(epochs=1, int8=True), origin=str(weights))
    card, kept = (done.folder / "README.md").read_text(), least < 1
    assert ("int8 model written: mean cosine 0.99" in card.lower()) == kept
    assert ("no int8 model: it would embed too differently (mean cosine 0.99" in card.lower()) == (not kept)
    for name in ("int8.xml", "int8.bin", "int8.json"):
        assert (done.folder / name).exists() == kept
    precision = EmbeddingRuntime(load_encoder(done.folder), EncoderSettings(runtime="openvino")).backend.precision
    assert precision == ("int8" if kept else "f32")


def test_finished_weights_and_strangers_files_are_not_overwritten(learnt, garments, tmp_path):
    done, _ = learnt
    with pytest.raises(EncoderError, match="holds finished weights: name another folder"):
        fine_tune(garments, ["kind"], done.folder, train_settings())
    (tmp_path / "thesis.txt").write_text("")
    with pytest.raises(EncoderError, match=r"holds other files \(thesis\.txt\)"):
        fine_tune(garments, ["kind"], tmp_path, train_settings())


def test_early_stopping_goes_back_to_the_best_epoch(garments, learnt, tmp_path):
    """Good weights and a far too large step: every epoch is worse than the start, which is written unchanged."""
    done, _ = learnt
    settings = train_settings(epochs=30, patience=2, learning_rate=3.0, warm_up_fraction=0)
    spoilt = fine_tune(garments, ["kind"], tmp_path / "o", settings, origin=str(done.folder))
    assert (spoilt.outcome.best_epoch, spoilt.outcome.epochs) == (0, 2)
    assert spoilt.outcome.helped is False
    assert "did not help" in spoilt.outcome.verdict
    ours, theirs = tensors(spoilt.folder), tensors(done.folder)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    before, after = load_encoder(done.folder), load_encoder(spoilt.folder)
    assert np.array_equal(before.seen, after.seen)
    assert (before.trained_on, before.training_steps) == (after.trained_on, after.training_steps)


def test_frozen_stages_do_not_change(garments, weights, tmp_path):
    done = fine_tune(garments, ["kind"], tmp_path / "o", train_settings(epochs=2, frozen_stages=2), origin=str(weights))
    before, after = tensors(weights), tensors(done.folder)
    frozen = [name for name in before if "embedder." in name or "stages.0." in name]
    assert any("running_mean" in name for name in frozen)
    assert all(torch.equal(before[name], after[name]) for name in frozen)
    assert not torch.equal(before["head.0.weight"], after["head.0.weight"])
    moving = [name for name in before if "stages.1." in name]
    assert not any(torch.equal(before[name], after[name]) for name in moving)


def test_in_frozen_epochs_only_the_head_learns(garments, weights, tmp_path):
    settings = train_settings(epochs=6, frozen_epochs=6)
    done = fine_tune(garments, ["kind"], tmp_path / "o", settings, origin=str(weights))
    before, after = tensors(weights), tensors(done.folder)
    assert done.outcome.best_epoch > 0
    assert all(torch.equal(before[name], after[name]) == (not name.startswith("head.")) for name in before)


@pytest.mark.parametrize("kind", [*TINY, "whole clip"])
def test_every_kind_of_checkpoint_is_fine_tuned_and_embeds(kind, garments, tmp_path):
    folder = tmp_path / "hub"
    write_whole_clip(folder) if kind == "whole clip" else write_checkpoint(folder, kind)
    settings = train_settings(epochs=1, side_px=0 if kind != "resnet" else 32, augment=True, bfloat16="on")
    done = fine_tune(garments, ["kind", "colour"], tmp_path / "o", settings, origin=str(folder))
    encoder = load_encoder(done.folder)
    assert done.outcome.best_epoch == 1  # a random head is never the best
    assert "random head" in done.outcome.verdict
    assert len(encoder.seen) == done.n_train
    embedding = EmbeddingRuntime(encoder, EncoderSettings(runtime="torch")).embed(
        np.zeros((2, encoder.side_px, encoder.side_px, 3), np.uint8)
    )
    np.testing.assert_allclose(np.linalg.norm(embedding, axis=1), 1, atol=1e-3)


def test_rejected_photos_and_missing_targets(tmp_path, weights):
    """Two photos that cannot be read are listed; photos of no known kind do no harm."""
    folder = draw_catalogue(tmp_path / "p", variants=2)
    (folder / "hat-red-0.png").write_bytes(b"")
    (folder / "hat-blue-0.png").write_text("a text")
    table = (folder / "metadata.csv").read_text().replace(",bag,", ",,").replace(",hat,red,", ",hat,,")
    (folder / "metadata.csv").write_text(table)
    source = open_source(folder, train_settings().photos)
    done = fine_tune(
        source, ["kind", "colour"], tmp_path / "o", train_settings(epochs=1, augment=True), origin=str(weights)
    )
    assert {(r["id"], r["reason"]) for r in done.rejections} == {("hat-red-0", "empty"), ("hat-blue-0", "not-a-photo")}
    assert done.n_train + done.n_validation == 58


def test_a_target_may_be_called_like_a_part_of_a_network(garments, weights, tmp_path):
    table = garments.attributes.rename_columns(["type", "a.b", "price"])
    from dataclasses import replace

    source = replace(garments, attributes=table)
    done = fine_tune(source, ["type", "a.b"], tmp_path / "o", train_settings(epochs=1), origin=str(weights))
    assert done.outcome.after.keys() == {"type", "a.b"}


def test_groups_are_not_on_both_sides(garments, tmp_path):
    """With colours as groups, what the encoder has seen are whole colours."""
    settings = train_settings(epochs=1, group_by="colour", side_px=32)
    done = fine_tune(garments, ["kind"], tmp_path / "o", settings, origin=str(write_checkpoint(tmp_path / "c")))
    encoder = load_encoder(done.folder)
    photos = [decode_file(ref.location.path, settings.photos, 32) for ref in garments.refs]
    seen = encoder.has_seen([photo.content_hash for photo in photos])
    colours = np.array([ref.id.split("-")[1] for ref in garments.refs])
    assert all(seen[colours == colour].all() or not seen[colours == colour].any() for colour in COLOURS)
    assert 0 < seen.sum() < len(KINDS) * 24


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"frozen_stages": 9}, ConfigError, r"train\.frozen_stages=9, but this resnet has 3"),
        ({"batch_size": 2, "processes": 3}, ConfigError, r"train\.batch_size=2 leaves nothing for some"),
        ({"side_px": 8}, ConfigError, r"train\.side_px=8: .*for example 16 or 17"),
        ({"group_by": "color"}, SourceError, r"train\.group_by: the source has no column 'color': did you mean colour"),
    ],
)
def test_settings_that_cannot_be_met_are_refused_before_any_work(garments, weights, tmp_path, changes, error, message):
    with pytest.raises(error, match=message):
        fine_tune(garments, ["kind"], tmp_path / "o", train_settings(**changes), origin=str(weights))
    assert not (tmp_path / "o").exists()


def test_a_loss_that_explodes_is_an_error(garments, weights, tmp_path):
    settings = train_settings(learning_rate=1e30, warm_up_fraction=0)
    with pytest.raises(EncoderError, match=r"the loss of epoch \d is .*: lower train\.learning_rate"):
        fine_tune(garments, ["kind"], tmp_path / "o", settings, origin=str(weights))


def test_the_learning_rate_rises_and_falls():
    factors = [learning_rate_factor(step, 100, 0.1) for step in range(100)]
    assert factors[:11] == sorted(factors[:11])
    assert max(factors) == factors[10] == 1
    assert factors[10:] == sorted(factors[10:], reverse=True)
    assert factors[-1] < 0.001
    assert learning_rate_factor(0, 100, 0) == 1


def test_freezing_stops_running_statistics_too():
    from tiny_networks import tiny_encoder

    network = tiny_encoder()
    freeze(network, 2, new_statistics=True)
    pixels = torch.rand(4, 3, 32, 32) * 255
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network(pixels)
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert changed
    assert all("stages.1." in name for name in changed)


def test_running_statistics_stay_unless_new_ones_are_wanted(garments, weights, tmp_path):
    """A few photos' statistics are worse than those of the thousands that the weights were made with."""
    kept, new = (
        fine_tune(
            garments, ["kind"], tmp_path / str(wanted), train_settings(epochs=1, new_statistics=wanted),
            origin=str(weights),
        )
        for wanted in (False, True)
    )  # fmt: skip
    assert kept.outcome.best_epoch == new.outcome.best_epoch == 1
    before, statistics = tensors(weights), [name for name in tensors(weights) if "running_" in name]
    assert all(torch.equal(before[name], tensors(kept.folder)[name]) for name in statistics)
    assert not any(torch.equal(before[name], tensors(new.folder)[name]) for name in statistics)
