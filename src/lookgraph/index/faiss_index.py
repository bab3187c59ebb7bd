"""The embedded index: FAISS, exact up to a size and HNSW above it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lookgraph.errors import LookbookDamagedError
from lookgraph.graph import empty_index
from lookgraph.vector_search import faiss

_FEW = 100


class FaissIndex:
    """Cosine search over unit rows; implements :class:`~lookgraph.index.VectorIndex`."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: np.ndarray, exact_up_to: int) -> FaissIndex:
        """Index (n_rows, dim) float32 unit rows."""
        index = empty_index(vectors.shape[1], exact=len(vectors) <= exact_up_to)
        index.add(np.ascontiguousarray(vectors, np.float32))
        return cls(index)

    def add(self, vectors: np.ndarray) -> None:
        """Index (n, dim) float32 unit rows after those that are there."""
        self._index.add(np.ascontiguousarray(vectors, np.float32))

    @classmethod
    def load(cls, path: Path) -> FaissIndex:
        """Read an index file.

        Raises:
            LookbookDamagedError: it is missing, cut off, or no index.
        """
        try:
            return cls(faiss.read_index(str(path)))
        except RuntimeError as error:
            raise LookbookDamagedError(f"{path} cannot be read ({error}): roll back, or build again") from None

    def save(self, path: Path) -> None:
        faiss.write_index(self._index, str(path))

    @property
    def n_rows(self) -> int:
        return int(self._index.ntotal)

    def search(self, queries: np.ndarray, k: int, allowed: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """See :meth:`VectorIndex.search`."""
        queries = np.ascontiguousarray(queries, np.float32)
        if allowed is None or allowed.all():
            return self._search(queries, k)
        rows = np.flatnonzero(allowed)
        if isinstance(self._index, faiss.IndexHNSW) and self.n_rows - len(rows) <= _FEW:
            return self._search_past(queries, k, allowed)
        # A graph index walks from neighbour to neighbour and is lost where whole regions are filtered out:
        # under a real filter its stored vectors are searched exactly.
        flat = self._index.storage if isinstance(self._index, faiss.IndexHNSW) else self._index
        bitmap = np.packbits(allowed, bitorder="little")
        selector = faiss.IDSelectorBitmap(self.n_rows, faiss.swig_ptr(bitmap))
        return _marked(*flat.search(queries, k, params=faiss.SearchParameters(sel=selector)))  # type: ignore[call-arg]

    def _search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        return _marked(*self._index.search(queries, k))

    def _search_past(self, queries: np.ndarray, k: int, allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Search for as many more as are not allowed, and drop these."""
        similarity, rows = self._search(queries, min(k + int((~allowed).sum()), self.n_rows))
        similarity[~allowed[rows]] = -np.inf
        rows[~allowed[rows]] = -1
        order = np.argsort(-similarity, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(similarity, order, axis=1), np.take_along_axis(rows, order, axis=1)


def _marked(similarity: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    similarity[rows < 0] = -np.inf
    return similarity, rows
