"""Every family of backbones: carries the head, takes other sides, is written, read back and run."""

import numpy as np
import pytest
import torch
from tiny_networks import FAMILY, SIDES, TINY, tiny_encoder, write_weights

from lookgraph.config import EncoderSettings
from lookgraph.encoder import EmbeddingRuntime, load_encoder
from lookgraph.encoder.backbones import FAMILIES, family_of
from lookgraph.errors import EncoderError

families = pytest.mark.parametrize("model_type", TINY)


def test_every_family_is_tried_here():
    assert TINY.keys() == {family.model_type for family in FAMILIES}


@families
@pytest.mark.parametrize("more_patches", [0, 1, 3])
def test_a_side_other_than_the_native_one_is_taken(model_type, more_patches):
    network = tiny_encoder(model_type).eval()
    side = SIDES[model_type] + more_patches * max(FAMILY[model_type].patch_px(network.config), 8)
    embedding = network(torch.full((2, 3, side, side), 100.0))
    assert embedding.shape == (2, 128)
    torch.testing.assert_close(embedding.norm(dim=1), torch.ones(2))


@families
def test_written_weights_read_back_as_the_same_function(model_type, tmp_path):
    network = tiny_encoder(model_type).eval()
    for part in (network.backbone, network.head):
        part.half().float()  # what half precision keeps
    encoder = load_encoder(write_weights(tmp_path / "w", model_type))
    pixels = torch.rand(3, 3, SIDES[model_type], SIDES[model_type], generator=torch.Generator().manual_seed(0)) * 255
    assert encoder.network.family.model_type == model_type
    torch.testing.assert_close(encoder.network(pixels), network(pixels))


@families
def test_stages_are_all_of_the_backbone_and_share_nothing(model_type):
    network = tiny_encoder(model_type)
    of_stages = [id(p) for stage in network.stages() for module in stage for p in module.parameters()]
    assert len(network.stages()) == 3
    assert sorted(of_stages) == sorted(id(p) for p in network.backbone.parameters())


@families
def test_what_the_features_do_not_depend_on_is_named(model_type):
    network = tiny_encoder(model_type)
    network.features(torch.rand(2, 3, SIDES[model_type], SIDES[model_type]) * 255).sum().backward()
    idle = [name for name, p in network.backbone.named_parameters() if p.grad is None]
    assert tuple(idle) == network.family.idle


@families
@pytest.mark.parametrize("runtime", ["openvino", "torch"])
def test_the_fast_runtimes_compute_the_same(model_type, runtime, tmp_path):
    encoder = load_encoder(write_weights(tmp_path / "w", model_type))
    pixels = np.random.default_rng(0).integers(0, 256, (3, encoder.side_px, encoder.side_px, 3), dtype=np.uint8)
    plain = encoder.network(torch.from_numpy(pixels).permute(0, 3, 1, 2).float()).detach().numpy()
    settings = EncoderSettings(batch_size=2, runtime=runtime, precision="f32")
    np.testing.assert_allclose(EmbeddingRuntime(encoder, settings).embed(pixels), plain, atol=1e-3)


def test_an_unknown_family_is_refused_by_name():
    with pytest.raises(EncoderError, match=r"a/b holds a model of type 'vits': one of 'resnet', .* is needed"):
        family_of("vits", "a/b")


def test_a_configuration_that_makes_no_network_is_refused():
    family = FAMILY["resnet"]
    with pytest.raises(EncoderError, match=r"no ResNetModel can be made from this configuration .*loud"):
        family.build(family.configuration(TINY["resnet"] | {"hidden_act": "loud"}))
