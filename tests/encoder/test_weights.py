"""Weights on disk: what ships, and what is refused."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoImageProcessor, AutoModel, ResNetConfig, ResNetModel

from lookgraph.config import EncoderSettings
from lookgraph.encoder import EmbeddingRuntime, Encoder, content_key, load_encoder, save_encoder
from lookgraph.encoder.folder import SHIPPED
from lookgraph.errors import EncoderError

TINY = {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1], "layer_type": "basic"}


@pytest.fixture
def tiny(tmp_path):
    """A weights folder of a small network."""
    torch.manual_seed(0)
    encoder = Encoder(ResNetConfig(**TINY), (12, 128))
    save_encoder(encoder, tmp_path / "w", side_px=32, trained_on="planted", training_steps=5, seen=[3, 1, 3])
    return tmp_path / "w"


def edit_config(folder, **changes):
    config = json.loads((folder / "config.json").read_text())
    config["lookgraph"] |= changes
    (folder / "config.json").write_text(json.dumps(config))


def test_the_shipped_weights_are_resnet_50_trained_and_small():
    encoder = load_encoder()
    assert encoder.network.config.depths == [3, 4, 6, 3]
    assert encoder.network.head_dims[-1] == 128
    assert len(encoder.seen) > 0
    assert (SHIPPED / "model.safetensors").stat().st_size < 50_000_000


def test_a_written_folder_reads_back(tiny):
    encoder = load_encoder(tiny)
    assert (encoder.side_px, encoder.trained_on, encoder.seen.tolist()) == (32, "planted", [1, 3])
    assert encoder.digest == load_encoder(tiny).digest


def test_the_backbone_is_named_as_a_hub_names_it(tiny):
    """A hub's ResNet loads into the backbone with no key missing or left over."""
    hub = ResNetModel(ResNetConfig(**TINY))
    backbone = load_encoder(tiny).network.backbone
    assert hub.state_dict().keys() == backbone.state_dict().keys()
    backbone.load_state_dict(hub.state_dict())


def test_transformers_reads_a_written_folder(tiny):
    """By its own names, head and all counters of batches apart."""
    network, found = AutoModel.from_pretrained(tiny, output_loading_info=True)
    assert all(name.endswith("num_batches_tracked") for name in found["missing_keys"])
    assert all(name.startswith("head.") for name in found["unexpected_keys"])
    ours = load_encoder(tiny).network.backbone.state_dict()
    assert all(torch.equal(value, ours[name]) for name, value in network.float().state_dict().items())


def test_the_names_of_the_first_folders_are_read(tiny):
    written = load_file(tiny / "model.safetensors")
    before = load_encoder(tiny).network.state_dict()
    older = {name if name.startswith("head.") else f"backbone.{name}": t for name, t in written.items()}
    save_file(older, tiny / "model.safetensors")
    assert all(torch.equal(t, before[name]) for name, t in load_encoder(tiny).network.state_dict().items())


def test_a_folder_without_weights(tmp_path):
    with pytest.raises(EncoderError, match="holds no encoder weights"):
        load_encoder(tmp_path)


def test_untrained_weights_are_refused(tiny):
    edit_config(tiny, training_steps=0)
    with pytest.raises(EncoderError, match="untrained"):
        load_encoder(tiny)


def test_a_bare_backbone_is_refused(tmp_path):
    ResNetModel(ResNetConfig(**TINY)).save_pretrained(tmp_path)
    with pytest.raises(EncoderError, match="has no Lookgraph head"):
        load_encoder(tmp_path)


def test_another_kind_of_model_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(EncoderError, match=r"type 'bert': one of 'resnet', .* is needed"):
        load_encoder(tmp_path)


def test_a_pickle_is_refused(tiny):
    shutil.move(tiny / "model.safetensors", tiny / "pytorch_model.bin")
    with pytest.raises(EncoderError, match="is a pickle"):
        load_encoder(tiny)


def test_missing_tensors_never_become_random_ones(tiny):
    tensors = load_file(tiny / "model.safetensors")
    del tensors["head.0.weight"]
    save_file(tensors, tiny / "model.safetensors")
    with pytest.raises(EncoderError, match=r"1 tensors missing \['head.0.weight'\]"):
        load_encoder(tiny)


def test_beside_an_int8_model_the_network_is_read_only_when_it_is_asked_for(tiny):
    for name in ("int8.xml", "int8.bin"):
        (tiny / name).write_bytes(b"x")
    encoder = load_encoder(tiny)
    assert "network" not in vars(encoder)
    tensors = load_file(tiny / "model.safetensors")
    save_file(tensors | {"head.0.bias": tensors["head.0.bias"] + 1}, tiny / "model.safetensors")
    with pytest.raises(EncoderError, match="has changed since it was opened"):
        _ = encoder.network
    assert load_encoder(tiny).network.head[0].bias.requires_grad


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("head_dims", [12, 64]),
        ("head_dims", "12, 128"),
        ("side_px", "32"),
        ("side_px", 0),
        ("pixel_mean", [0.5]),
        ("pixel_std", [0.5, 0.5, 0]),
    ],
)
def test_a_value_that_makes_no_sense_is_named(tiny, name, value):
    edit_config(tiny, **{name: value})
    with pytest.raises(EncoderError, match=rf"{name}=.*needed"):
        load_encoder(tiny)


def test_a_configuration_that_makes_no_network_is_refused(tiny):
    config = json.loads((tiny / "config.json").read_text())
    (tiny / "config.json").write_text(json.dumps(config | {"hidden_sizes": "wide"}))
    with pytest.raises(EncoderError, match=r"config\.json: .*'resnet'"):
        load_encoder(tiny)


def test_pixel_statistics_travel_with_the_weights(tmp_path):
    """Old folders do not name them: theirs are ImageNet's."""
    torch.manual_seed(0)
    network = Encoder(ResNetConfig(**TINY), (12, 128), (0.4, 0.5, 0.6), (0.2, 0.25, 0.3))
    save_encoder(network, tmp_path, side_px=32, trained_on="x", training_steps=1, seen=[])
    assert load_encoder(tmp_path).network.channel_mean == (0.4, 0.5, 0.6)
    grey = torch.full((1, 3, 32, 32), 128.0)
    ours = load_encoder(tmp_path).network.features(grey)
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in ([0.4, 0.5, 0.6], [0.2, 0.25, 0.3]))
    normalised = (grey / 255 - mean) / std
    theirs = load_encoder(tmp_path).network.backbone(normalised).pooler_output.flatten(1)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)
    config = json.loads((tmp_path / "config.json").read_text())
    del config["lookgraph"]["pixel_mean"], config["lookgraph"]["pixel_std"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert load_encoder(tmp_path).network.channel_mean == (0.485, 0.456, 0.406)


def test_other_tools_find_the_preprocessing_where_they_look_for_it(tiny):
    processor = AutoImageProcessor.from_pretrained(tiny)
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    theirs = processor(picture, return_tensors="pt")["pixel_values"]
    network = load_encoder(tiny).network
    ours = (torch.from_numpy(picture).permute(2, 0, 1)[None].float() - network.pixel_mean) / network.pixel_std
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_other_files_in_the_folder_do_not_matter(tiny):
    before = load_encoder(tiny).digest
    (tiny / "int8.bin").write_bytes(b"x")
    (tiny / ".training").mkdir()
    assert load_encoder(tiny).digest == before
    assert load_encoder(tiny).folder == tiny


def test_a_wrong_shape_is_refused(tiny):
    edit_config(tiny, head_dims=[13, 128])
    with pytest.raises(EncoderError, match=r"head.0.weight is \(12, 16\), \(13, 16\) is needed"):
        load_encoder(tiny)


def test_a_file_cut_off_is_refused(tiny):
    file = tiny / "model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(EncoderError, match="is damaged"):
        load_encoder(tiny)


def test_values_that_are_not_finite_are_refused(tiny):
    tensors = load_file(tiny / "model.safetensors")
    tensors["head.0.bias"][0] = float("nan")
    save_file(tensors, tiny / "model.safetensors")
    with pytest.raises(EncoderError, match="not finite"):
        load_encoder(tiny)


def test_without_the_list_of_seen_photos_no_report_would_be_honest(tiny):
    (tiny / "seen.npy").unlink()
    with pytest.raises(EncoderError, match="which photos the encoder has seen"):
        load_encoder(tiny)


def test_seen_photos_are_recognised(tmp_path):
    seen, other = "ab" * 32, "cd" * 32
    encoder = Encoder(ResNetConfig(**TINY), (12, 128))
    save_encoder(encoder, tmp_path, side_px=32, trained_on="x", training_steps=1, seen=[content_key(seen)])
    assert load_encoder(tmp_path).has_seen([other, seen]).tolist() == [False, True]


def test_an_embedding_depends_on_its_picture_alone(tiny):
    """Whatever stands beside it in the batch: a resumed build equals an uninterrupted one."""
    pixels = np.random.default_rng(0).integers(0, 256, (11, 32, 32, 3), dtype=np.uint8)
    runtime = EmbeddingRuntime(load_encoder(tiny), EncoderSettings(batch_size=4))
    together = runtime.embed(pixels)
    assert np.array_equal(together, np.concatenate([runtime.embed(p[None]) for p in pixels]))
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(runtime.embed_one(pixels[3]), together[3], atol=1e-5)


def test_folded_normalisation_is_the_same_function(tiny):
    encoder = load_encoder(tiny)
    pixels = np.random.default_rng(1).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    plain = encoder.network(torch.from_numpy(pixels).permute(0, 3, 1, 2).float()).detach().numpy()
    folded = EmbeddingRuntime(encoder, EncoderSettings(batch_size=4)).embed(pixels)
    np.testing.assert_allclose(folded, plain, atol=1e-4)


def test_the_card_in_the_weights_folder_is_the_documented_one_with_its_picture():
    documents = Path(__file__).parents[2] / "docs"
    card = (documents / "model-card.md").read_text().replace("(images/", "(")
    card = re.sub(r"\[([^\]]+)\]\(\.\./[^)]+\)", r"`\1`", card)  # the folder travels without the repository
    assert (SHIPPED / "README.md").read_text() == card
    picture = re.search(r"!\[[^\]]+\]\(([^)]+)\)", card)[1]
    assert (SHIPPED / picture).read_bytes() == (documents / "images" / picture).read_bytes()
