"""The embedded index: FAISS, exact up to a size and HNSW above it."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np

from lookgraph.errors import LookbookDamagedError
from lookgraph.graph import HNSW_SEARCH, empty_index

_EXACT_BELOW_FRACTION = 0.1


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
        if allowed is None:
            return self._search(queries, k, None)
        rows = np.flatnonzero(allowed)
        is_graph = isinstance(self._index, faiss.IndexHNSW)
        if is_graph and len(rows) < _EXACT_BELOW_FRACTION * self.n_rows:
            return self._search_rows(queries, k, rows)  # walking a graph past nearly all its nodes finds little
        bitmap = np.packbits(allowed, bitorder="little")
        selector = faiss.IDSelectorBitmap(self.n_rows, faiss.swig_ptr(bitmap))
        parameters = (
            faiss.SearchParametersHNSW(sel=selector, efSearch=HNSW_SEARCH)  # type: ignore[attr-defined]
            if is_graph
            else faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        )
        return self._search(queries, k, parameters)

    def _search(
        self, queries: np.ndarray, k: int, parameters: faiss.SearchParameters | None
    ) -> tuple[np.ndarray, np.ndarray]:
        similarity, rows = self._index.search(queries, k, params=parameters)
        similarity[rows < 0] = -np.inf
        return similarity, rows

    def _search_rows(self, queries: np.ndarray, k: int, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        similarity = np.full((len(queries), k), -np.inf, np.float32)
        found = np.full((len(queries), k), -1, np.int64)
        if len(rows):
            vectors = self._index.storage.reconstruct_batch(rows)  # type: ignore[attr-defined]
            cosines = queries @ vectors.T
            best = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
            similarity[:, : best.shape[1]] = np.take_along_axis(cosines, best, axis=1)
            found[:, : best.shape[1]] = rows[best]
        return similarity, found
