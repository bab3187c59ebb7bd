"""Several processes that train as one."""

import pytest
import torch
from tiny_networks import train_settings, write_weights

from drawn_garments import draw_catalogue
from lookgraph.encoder import load_encoder
from lookgraph.encoder.training.checkpoints import load_tensors
from lookgraph.encoder.training.crew import assemble
from lookgraph.encoder.training.fine_tuning import fine_tune, prepare, train
from lookgraph.encoder.training.starting import open_start
from lookgraph.errors import EncoderError
from lookgraph.photos import open_source
from lookgraph.progress import Silent


@pytest.fixture(scope="module")
def garments(tmp_path_factory):
    """60 drawn garments; the colour of one in ten is known, so that a part of a batch may know none."""
    folder = draw_catalogue(tmp_path_factory.mktemp("g") / "garments")
    header, *rows = (folder / "metadata.csv").read_text().splitlines()
    few = [row if i % 10 < 2 else ",".join([*row.split(",")[:2], "", "1"]) for i, row in enumerate(rows)]
    (folder / "metadata.csv").write_text("\n".join([header, *few]) + "\n")
    return open_source(folder, train_settings().photos)


def trained(garments, out, processes):
    start = open_start(str(write_weights(out.with_suffix(".start"), "dinov2")), 0, 0)
    settings = train_settings(epochs=2, frozen_epochs=1, processes=processes, batch_size=8, learning_rate=1e-3)
    run = prepare(garments, ["kind", "colour"], out, settings, start, Silent())
    history, _ = train(run, Silent())
    return history, load_tensors(run.work / "checkpoint.safetensors")


def test_two_processes_train_the_weights_that_one_does(garments, tmp_path):
    """Without batch norm and augmentation it is the same sum, added up in another order."""
    one, alone = trained(garments, tmp_path / "one", 1)
    two, together = trained(garments, tmp_path / "two", 2)
    assert alone.keys() == together.keys()
    for name, value in alone.items():
        if name.startswith(("encoder/", "objective/")):
            torch.testing.assert_close(together[name], value, atol=5e-5, rtol=1e-3, msg=lambda m, n=name: f"{n}: {m}")
    assert two.steps == one.steps
    start = load_encoder(tmp_path / "one.start").network
    moved = alone["encoder/backbone.layernorm.weight"] - start.backbone.layernorm.weight
    assert moved.abs().max() > 1e-4  # there was something to agree on


def test_a_resnet_trains_in_two_processes_with_views_and_loaders(garments, tmp_path):
    weights = write_weights(tmp_path / "w")
    settings = train_settings(epochs=2, processes=2, augment=True, loader_processes=1)
    done = fine_tune(garments, ["kind"], tmp_path / "o", settings, origin=str(weights))
    assert done.outcome.epochs == 2
    assert load_encoder(done.folder).training_steps >= 5


def fail_in_others(crew):
    raise ValueError("planted")


def test_a_process_that_fails_is_reported_rather_than_awaited(capfd):
    with (
        pytest.raises(EncoderError, match=r"a training process ended too early \(exit codes \[1\]"),
        assemble(2, fail_in_others) as crew,
    ):
        crew.agree(1.0)
        crew.agree(2.0)
    assert "planted" in capfd.readouterr().err


def test_dealt_rows_come_together_in_order():
    with assemble(2, gather_rows) as crew:
        assert gather_rows(crew).tolist() == [[i, 2 * i] for i in range(5)]


def gather_rows(crew):
    rows = torch.arange(5)[crew.rank :: crew.size].float()
    return crew.gather(torch.stack([rows, 2 * rows], 1).numpy())
