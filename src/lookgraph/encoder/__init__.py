"""From a picture to its embedding: the network, its weights on disk, and fast inference."""

from lookgraph.encoder.backends import Backend, choose_backend, n_cores
from lookgraph.encoder.inference import EmbeddingRuntime
from lookgraph.encoder.model import EMBEDDING_DIM, FEATURES, Encoder
from lookgraph.encoder.pipeline import EmbeddedPhoto, embed_only, embed_photos
from lookgraph.encoder.weights import TrainedEncoder, content_key, load_encoder, save_encoder

__all__ = [
    "EMBEDDING_DIM",
    "FEATURES",
    "Backend",
    "EmbeddedPhoto",
    "EmbeddingRuntime",
    "Encoder",
    "TrainedEncoder",
    "choose_backend",
    "content_key",
    "embed_only",
    "embed_photos",
    "load_encoder",
    "n_cores",
    "save_encoder",
]
