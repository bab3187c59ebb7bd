"""Networks small enough to train in a test: one of each family, as weights folders and as a hub's checkpoints."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import torch
import transformers

from lookgraph.config import Settings, load_settings
from lookgraph.encoder import Encoder, save_encoder
from lookgraph.encoder.backbones import FAMILIES

VIT = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
TINY = {
    "resnet": {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1], "layer_type": "basic"},
    "clip_vision_model": VIT | {"intermediate_size": 64, "image_size": 32, "patch_size": 8, "projection_dim": 16},
    "dinov2": VIT | {"image_size": 42, "patch_size": 14, "mlp_ratio": 2},
}
SIDES = {"resnet": 32, "clip_vision_model": 32, "dinov2": 42}
PREPROCESSOR = {"image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.25, 0.3], "size": {"height": 28, "width": 28}}
FAMILY = {family.model_type: family for family in FAMILIES}

LEARN_FAST = {
    "photos.workers": 1,
    "train.epochs": 6,
    "train.frozen_epochs": 0,
    "train.batch_size": 16,
    "train.learning_rate": 0.01,
    "train.backbone_learning_rate_factor": 1.0,
    "train.validation_fraction": 0.3,
    "train.patience": 50,
    "train.augment": False,
    "train.new_statistics": True,  # random weights have none worth keeping
    "train.bfloat16": "off",
    "train.int8": False,
    "train.loader_processes": 0,
}


def tiny_encoder(model_type: str = "resnet", seed: int = 0) -> Encoder:
    """An encoder with random weights."""
    torch.manual_seed(seed)
    return Encoder(FAMILY[model_type].configuration(TINY[model_type]), (12, 128))


def write_weights(folder: Path, model_type: str = "resnet") -> Path:
    """A weights folder of ours, as if trained on photos 1 and 3."""
    network = tiny_encoder(model_type)
    save_encoder(network, folder, side_px=SIDES[model_type], trained_on="planted", training_steps=5, seen=[3, 1, 3])
    return folder


def write_checkpoint(folder: Path, model_type: str = "resnet", model_class: str = "", **preprocessor) -> Path:
    """A randomly initialised checkpoint as transformers writes it."""
    torch.manual_seed(1)
    family = FAMILY[model_type]
    config = family.configuration(TINY[model_type])
    save_hub_model(getattr(transformers, model_class or family.model_class)(config), folder)
    if preprocessor:
        (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    return folder


def write_whole_clip(folder: Path) -> Path:
    """A CLIP with its text tower, whose configuration holds the vision tower's."""
    torch.manual_seed(1)
    text = VIT | {"intermediate_size": 64, "vocab_size": 50, "max_position_embeddings": 10, "projection_dim": 16}
    text |= {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
    config = transformers.CLIPConfig(text_config=text, vision_config=TINY["clip_vision_model"], projection_dim=16)
    save_hub_model(transformers.CLIPModel(config), folder)
    return folder


def save_hub_model(model, folder: Path) -> None:
    with contextlib.redirect_stderr(io.StringIO()):
        model.save_pretrained(folder)


def train_settings(**changes) -> Settings:
    """Settings that learn fast; ``epochs=3`` stands for ``train.epochs=3``."""
    return load_settings(LEARN_FAST | {f"train.{name}": value for name, value in changes.items()}, environment={})
