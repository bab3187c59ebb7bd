"""Fine-tuning off the processor: the same weights come out, and nothing of it stays on the processor."""

import numpy as np
import pytest
import torch
from tiny_networks import train_settings, write_weights

from drawn_garments import draw_catalogue
from lookgraph.encoder import Encoder
from lookgraph.encoder.training import crew, learning
from lookgraph.encoder.training.checkpoints import load_tensors
from lookgraph.encoder.training.fine_tuning import fine_tune, prepare, train
from lookgraph.encoder.training.starting import open_start
from lookgraph.errors import ConfigError, EncoderError
from lookgraph.photos import open_source
from lookgraph.progress import Silent
from second_device import There, second_device

TARGETS = ["kind", "colour"]


@pytest.fixture(scope="module")
def garments(tmp_path_factory):
    return open_source(draw_catalogue(tmp_path_factory.mktemp("g") / "garments"), train_settings().photos)


def trained(garments, out, **changed):
    """The history and the last checkpoint of two epochs, the first of them of the head alone."""
    start = open_start(str(write_weights(out.with_suffix(".start"))), 0, 0)
    settings = train_settings(epochs=2, frozen_epochs=1, augment=True, **changed)
    run = prepare(garments, TARGETS, out, settings, start, Silent())
    history, right = train(run, Silent())
    return history, right, load_tensors(run.work / "checkpoint.safetensors")


@pytest.mark.filterwarnings("ignore:.*which is a no-op:UserWarning")  # the copy works here
def test_a_training_on_another_device_is_the_same_and_runs_there(garments, tmp_path, monkeypatch):
    history, right, expected = trained(garments, tmp_path / "here")
    shown = []
    features = Encoder.features

    def watched(self, pixels):
        shown.append((type(pixels), {type(parameter.data) for parameter in self.parameters()}))
        return features(self, pixels)

    monkeypatch.setattr(Encoder, "features", watched)
    with second_device() as device:
        monkeypatch.setattr(learning, "choose_device", lambda setting, wanted: device)
        found_history, found_right, found = trained(garments, tmp_path / "there")
    assert len(shown) > 10
    assert {kind for kind, _ in shown} == {There}
    assert {kind for _, kinds in shown for kind in kinds} == {There}
    assert found_history == history
    assert all(np.array_equal(found_right[name], values, equal_nan=True) for name, values in right.items())
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], value) for name, value in expected.items())


def test_a_gpu_that_is_not_there_is_refused_before_a_photo_is_read(garments, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    weights = write_weights(tmp_path / "w")
    with pytest.raises(ConfigError, match=r"train\.device=cuda, but PyTorch sees no CUDA device"):
        fine_tune(garments, ["kind"], tmp_path / "o", train_settings(device="cuda"), origin=str(weights))
    assert not (tmp_path / "o").exists()


def test_more_processes_than_gpus_are_refused(garments, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    weights = write_weights(tmp_path / "w")
    with pytest.raises(ConfigError, match=r"train\.processes=2 needs as many CUDA devices, and PyTorch sees 1"):
        fine_tune(garments, ["kind"], tmp_path / "o", train_settings(processes=2), origin=str(weights))


def test_each_process_has_a_gpu_of_its_own_and_the_processor_is_shared():
    others = [crew.Crew(rank, 3) for rank in range(3)]
    assert [one.device(torch.device("cuda")) for one in others] == [torch.device("cuda", i) for i in range(3)]
    assert {one.device(torch.device("cpu")) for one in others} == {torch.device("cpu")}


@pytest.mark.parametrize(
    ("wanted", "has", "narrow"), [("auto", True, True), ("auto", False, False), ("on", False, True)]
)
def test_bfloat16_is_what_the_device_can_do(monkeypatch, wanted, has, narrow):
    settings = train_settings(bfloat16=wanted).train
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: has)
    monkeypatch.setattr(learning, "native_bfloat16", lambda: not has)
    assert learning.uses_bfloat16(settings, torch.device("cuda")) is narrow
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: not has)
    monkeypatch.setattr(learning, "native_bfloat16", lambda: has)
    assert learning.uses_bfloat16(settings, torch.device("cpu")) is narrow


def test_a_gpu_whose_memory_is_too_small_is_told_with_a_way_out(garments, tmp_path, monkeypatch):
    def full(*_args):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9.00 GiB.")

    with monkeypatch.context() as patch:
        patch.setattr(learning.Learner, "forward", full)
        with pytest.raises(EncoderError, match=r"ran out \(CUDA out of memory.*\): lower train\.batch_size"):
            trained(garments, tmp_path / "o")
    history, _, _ = trained(garments, tmp_path / "o", device="cpu")
    assert history.epoch == 2
