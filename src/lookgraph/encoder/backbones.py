"""Which networks can carry the head? The families of transformers models that are known here, and their differences.

A family is one row of a table. A new one needs its row, and the test that tries every row.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import transformers
from torch import Tensor, nn

from lookgraph.errors import EncoderError

Stage = tuple[nn.Module, ...]
"""Modules that are frozen together."""


@dataclass(frozen=True)
class Family:
    """Networks of one kind.

    Attributes:
        model_type: As a hub's config.json names it.
        config_class: Name of its configuration in transformers.
        model_class: Name of its network in transformers, without a task's head.
        n_features: Configuration to the width of the pooled features.
        stages: Network to its stages, from the pixels on.
        patch_px: Configuration to the number that sides are a multiple of.
        native_px: Configuration to the side that it was made for; 0: any.
        options: What its forward pass needs so that it takes sides other than its native one.
        idle: Parameters that the features do not depend on.
        inside: Types of whole models that hold this network, and the key of its configuration in theirs.
        other_heads: How the names begin that a hub's checkpoint may carry beside this network.
    """

    model_type: str
    config_class: str
    model_class: str
    n_features: Callable[[Any], int]
    stages: Callable[[Any], list[Stage]]
    patch_px: Callable[[Any], int] = lambda config: 1
    native_px: Callable[[Any], int] = lambda config: 0
    options: Mapping[str, object] = field(default_factory=dict)
    idle: tuple[str, ...] = ()
    inside: Mapping[str, str] = field(default_factory=dict)
    other_heads: tuple[str, ...] = ()

    def configuration(self, values: Mapping[str, Any]) -> Any:
        """A configuration from the content of a config.json.

        Raises:
            EncoderError: transformers does not accept it.
        """
        try:
            return getattr(transformers, self.config_class).from_dict(dict(values))
        except Exception as error:  # every family checks in its own way
            raise EncoderError(f"this is no configuration of a {self.model_type!r} ({_line(error)})") from None

    def build(self, config: Any) -> nn.Module:
        """The network with PyTorch's random initial weights.

        Raises:
            EncoderError: the configuration contradicts itself.
        """
        try:
            network: nn.Module = getattr(transformers, self.model_class)(config)
        except Exception as error:  # for example a width that its heads do not divide
            raise EncoderError(f"no {self.model_class} can be made from this configuration ({_line(error)})") from None
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(name not in self.idle)
        return network

    def pooled(self, network: nn.Module, pixels: Tensor) -> Tensor:
        """(n, 3, side, side) normalised pixels -> (n, n_features)."""
        features: Tensor = network(pixels, **self.options).pooler_output
        return features.flatten(1)


def family_of(model_type: object, where: object) -> Family:
    """The family of a ``model_type``.

    Args:
        model_type: From a config.json, also that of a whole model that holds the network.
        where: What to blame.

    Raises:
        EncoderError: no family here.
    """
    for family in FAMILIES:
        if model_type == family.model_type or model_type in family.inside:
            return family
    known = ", ".join(repr(name) for family in FAMILIES for name in (family.model_type, *family.inside))
    raise EncoderError(f"{where} holds a model of type {model_type!r}: one of {known} is needed")


def _resnet_stages(network: Any) -> list[Stage]:
    return [(network.embedder,), *((stage,) for stage in network.encoder.stages)]


def _clip_stages(network: Any) -> list[Stage]:
    return _with_last(
        (network.embeddings, network.pre_layrnorm), network.encoder.layers, network.post_layernorm
    )  # the name is transformers'


def _dinov2_stages(network: Any) -> list[Stage]:
    return _with_last((network.embeddings,), network.encoder.layer, network.layernorm)


def _with_last(stem: Stage, layers: Sequence[nn.Module], norm: nn.Module) -> list[Stage]:
    stages: list[Stage] = [stem, *((layer,) for layer in layers)]
    stages[-1] = (*stages[-1], norm)
    return stages


def _side(value: Any) -> int:
    return int(value) if isinstance(value, int) else int(value[0])


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


FAMILIES: Final = (
    Family(
        "resnet",
        "ResNetConfig",
        "ResNetModel",
        n_features=lambda config: int(config.hidden_sizes[-1]),
        stages=_resnet_stages,
        other_heads=("classifier.",),
    ),
    Family(
        "clip_vision_model",
        "CLIPVisionConfig",
        "CLIPVisionModel",
        n_features=lambda config: int(config.hidden_size),
        stages=_clip_stages,
        patch_px=lambda config: _side(config.patch_size),
        native_px=lambda config: _side(config.image_size),
        options={"interpolate_pos_encoding": True},
        inside={"clip": "vision_config"},
        other_heads=(
            *("text_model.", "text_projection.", "visual_projection.", "logit_scale", "classifier."),
            *("vision_model.embeddings.position_ids", "embeddings.position_ids"),
        ),
    ),
    Family(
        "dinov2",
        "Dinov2Config",
        "Dinov2Model",
        n_features=lambda config: int(config.hidden_size),
        stages=_dinov2_stages,
        patch_px=lambda config: _side(config.patch_size),
        native_px=lambda config: _side(config.image_size),
        idle=("embeddings.mask_token",),
        other_heads=("classifier.",),
    ),
)


@contextlib.contextmanager
def quiet_transformers() -> Iterator[None]:
    """Keep what transformers would print off the terminal; what matters of it is checked by those who load."""
    logging: Any = transformers.utils.logging
    before, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(before)
        if bars:
            logging.enable_progress_bar()
