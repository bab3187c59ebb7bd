"""From a picture to its embedding: the network, its weights on disk, and fast inference."""

from typing import TYPE_CHECKING

from lookgraph.lazy import exports

if TYPE_CHECKING:
    from lookgraph.encoder.backends import Backend, choose_backend
    from lookgraph.encoder.folder import SHIPPED
    from lookgraph.encoder.inference import EmbeddingRuntime
    from lookgraph.encoder.int8 import Int8Runtime, runs_int8
    from lookgraph.encoder.model import EMBEDDING_DIM, FEATURES, Encoder
    from lookgraph.encoder.pipeline import EmbeddedPhoto, embed_only, embed_photos
    from lookgraph.encoder.weights import TrainedEncoder, content_key, load_encoder, save_encoder

__all__ = [
    "EMBEDDING_DIM",
    "FEATURES",
    "SHIPPED",
    "Backend",
    "EmbeddedPhoto",
    "EmbeddingRuntime",
    "Encoder",
    "Int8Runtime",
    "TrainedEncoder",
    "choose_backend",
    "content_key",
    "embed_only",
    "embed_photos",
    "load_encoder",
    "runs_int8",
    "save_encoder",
]

__getattr__ = exports(__name__)
