"""Nearest-neighbour search behind one interface."""

from lookgraph.index.base import VectorIndex, open_index
from lookgraph.index.faiss_index import FaissIndex

__all__ = ["FaissIndex", "VectorIndex", "open_index"]
