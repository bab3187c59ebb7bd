"""Where a training may begin: our own weights, or a checkpoint in a hub's format; all else is refused by name."""

import json
import os
import subprocess
import sys

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from tiny_networks import (
    FAMILY,
    PREPROCESSOR,
    SIDES,
    TINY,
    save_hub_model,
    write_checkpoint,
    write_weights,
    write_whole_clip,
)

from lookgraph.encoder.training.starting import open_start
from lookgraph.errors import ConfigError, EncoderError

families = pytest.mark.parametrize("model_type", TINY)


def edit_tensors(folder, **changes):
    """Replace or, with None, remove tensors by the end of their name."""
    tensors = load_file(folder / "model.safetensors")
    for ending, value in changes.items():
        name = next(name for name in tensors if name.endswith(ending.replace("__", ".")))
        if value is None:
            del tensors[name]
        else:
            tensors[name] = value
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})


def test_the_shipped_weights_are_the_default():
    start = open_start("", 0, 0)
    assert start.has_head
    assert start.training_steps > 0
    assert len(start.seen) > 0


def test_weights_of_ours_keep_their_head_and_what_they_have_seen(tmp_path):
    start = open_start(str(write_weights(tmp_path / "w")), 0, 0)
    assert (start.has_head, start.side_px, start.seen.tolist(), start.trained_on) == (True, 32, [1, 3], "planted")


@families
def test_a_checkpoint_of_every_family_gives_its_own_features(model_type, tmp_path):
    """With its own pixel statistics, and the side that its preprocessor names."""
    side = SIDES[model_type]
    folder = write_checkpoint(tmp_path, model_type, **PREPROCESSOR | {"size": side})
    start = open_start(str(folder), 0, 0)
    assert (start.has_head, start.side_px, start.notes) == (False, side, ())
    pixels = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(0))
    family = FAMILY[model_type]
    hub = getattr(transformers, family.model_class).from_pretrained(folder).eval()
    mean, std = (torch.tensor(PREPROCESSOR[name]).view(3, 1, 1) for name in ("image_mean", "image_std"))
    theirs = hub((pixels - mean) / std).pooler_output.flatten(1)
    torch.testing.assert_close(start.network.features(pixels * 255), theirs, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("model_type", "model_class"),
    [("resnet", "ResNetForImageClassification"), ("clip_vision_model", "CLIPVisionModelWithProjection"),
     ("dinov2", "Dinov2ForImageClassification")],
)  # fmt: skip
def test_a_task_s_head_is_left_out(model_type, model_class, tmp_path):
    start = open_start(str(write_checkpoint(tmp_path, model_type, model_class)), SIDES[model_type], 0)
    whole = getattr(transformers, model_class).from_pretrained(tmp_path)
    for name, value in whole.base_model.state_dict().items():
        assert torch.equal(value, start.network.backbone.state_dict()[name])


def test_the_vision_tower_of_a_whole_clip(tmp_path):
    start = open_start(str(write_whole_clip(tmp_path)), 0, 0)
    whole = load_file(tmp_path / "model.safetensors")
    assert start.network.family.model_type == "clip_vision_model"
    assert start.side_px == 32
    for name, value in start.network.backbone.state_dict().items():
        assert torch.equal(value, whole[f"vision_model.{name}"])


def test_a_checkpoint_in_several_files(tmp_path):
    torch.manual_seed(0)
    model = transformers.Dinov2Model(transformers.Dinov2Config(**TINY["dinov2"]))
    model.save_pretrained(tmp_path, max_shard_size="20KB")
    assert not (tmp_path / "model.safetensors").exists()
    start = open_start(str(tmp_path), 0, 0)
    assert torch.equal(start.network.backbone.layernorm.weight, model.layernorm.weight)


def test_what_a_checkpoint_does_not_say_is_assumed_aloud(tmp_path):
    start = open_start(str(write_checkpoint(tmp_path, "clip_vision_model")), 0, 0)
    assert start.network.channel_mean == (0.485, 0.456, 0.406)
    assert any("ImageNet's are assumed" in note for note in start.notes)
    assert any("32 px are assumed" in note for note in start.notes)
    assert len(open_start(str(tmp_path), 40, 0).notes) == 1  # the side was said


def test_a_crop_is_the_side_rather_than_what_it_is_cut_from(tmp_path):
    folder = write_checkpoint(tmp_path, **PREPROCESSOR | {"size": {"shortest_edge": 256}, "crop_size": 48})
    assert open_start(str(folder), 0, 0).side_px == 48


def test_the_new_head_comes_from_the_seed_alone(tmp_path):
    folder = str(write_checkpoint(tmp_path))
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, same, other = (open_start(folder, 32, seed).network.head[0].weight for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_side_that_does_not_suit_the_patches(tmp_path):
    folder = write_checkpoint(tmp_path, "dinov2")
    with pytest.raises(ConfigError, match=r"train\.side_px=100: .*multiples of 14 .* for example 98 or 112"):
        open_start(str(folder), 100, 0)


def test_a_missing_tensor_never_becomes_random(tmp_path):
    edit_tensors(write_checkpoint(tmp_path), stages__1__layers__0__layer__0__convolution__weight=None)
    with pytest.raises(EncoderError, match=r"no complete ResNetModel: 1 tensors missing .*convolution.weight"):
        open_start(str(tmp_path), 0, 0)


def test_a_wrong_shape_is_refused(tmp_path):
    edit_tensors(write_checkpoint(tmp_path), embedder__embedder__normalization__bias=torch.zeros(9))
    with pytest.raises(EncoderError, match=r"normalization.bias is \(9,\), \(8,\) is needed"):
        open_start(str(tmp_path), 0, 0)


def test_layers_that_the_configuration_does_not_name_are_refused(tmp_path):
    write_checkpoint(tmp_path, "clip_vision_model")
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 1}))
    with pytest.raises(EncoderError, match=r"no complete CLIPVisionModel: 0 tensors missing \[\], \d+ unknown"):
        open_start(str(tmp_path), 0, 0)


def test_values_that_are_not_finite_are_refused(tmp_path):
    bad = torch.full((8,), float("nan"))
    edit_tensors(write_checkpoint(tmp_path), embedder__embedder__normalization__bias=bad)
    with pytest.raises(EncoderError, match=r"normalization\.bias has values that are not finite"):
        open_start(str(tmp_path), 0, 0)


def test_a_file_cut_off_is_refused(tmp_path):
    file = write_checkpoint(tmp_path) / "model.safetensors"
    file.write_bytes(file.read_bytes()[:500])
    with pytest.raises(EncoderError, match="cannot be read"):
        open_start(str(tmp_path), 0, 0)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "pytorch_model-00001-of-00002.bin", "model.pt", "weights.ckpt"])
def test_a_pickle_is_not_even_opened(tmp_path, name):
    folder = write_checkpoint(tmp_path)
    (folder / "model.safetensors").unlink()
    (folder / name).write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    with pytest.raises(EncoderError, match=rf"{name} is a pickle"):
        open_start(str(folder), 0, 0)


def test_an_index_that_leads_to_a_pickle(tmp_path):
    folder = write_checkpoint(tmp_path)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    index = {"metadata": {}, "weight_map": {"embedder.embedder.convolution.weight": "pytorch_model.bin"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(EncoderError, match=r"names 'pytorch_model\.bin': safetensors in the same folder"):
        open_start(str(folder), 0, 0)


def test_another_kind_of_model_is_refused(tmp_path):
    torch.manual_seed(0)
    config = transformers.BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, vocab_size=9)
    save_hub_model(transformers.BertModel(config), tmp_path)
    with pytest.raises(
        EncoderError, match=r"type 'bert': one of 'resnet', 'clip_vision_model', 'clip', 'dinov2' is needed"
    ):
        open_start(str(tmp_path), 0, 0)


def test_nothing_there(tmp_path):
    with pytest.raises(EncoderError, match=r"no config\.json"):
        open_start(str(tmp_path), 0, 0)
    with pytest.raises(EncoderError, match="neither a folder here nor a hub's name"):
        open_start(str(tmp_path / "nowhere"), 0, 0)


def test_a_hub_that_cannot_be_reached(tmp_path):
    """The real client, against a port where nobody listens."""
    environment = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path), "HF_HUB_ETAG_TIMEOUT": "2"}
    code = "from lookgraph.encoder.training.starting import open_start; open_start('microsoft/resnet-50', 0, 0)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    last = done.stderr.strip().splitlines()[-1]
    assert "EncoderError: --from microsoft/resnet-50: no such folder here, and the model hub did not give it" in last
    assert "pass its folder" in last
