"""Fast, repeatable inference: the same picture always gets the same embedding."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cached_property

import numpy as np

from lookgraph.config import EncoderSettings
from lookgraph.encoder.backends import choose_backend, make_run, make_start
from lookgraph.encoder.model import EMBEDDING_DIM
from lookgraph.encoder.openvino import Run, Start
from lookgraph.encoder.weights import TrainedEncoder
from lookgraph.processor import n_cores


class EmbeddingRuntime:
    """Runs a trained encoder on batches of pictures.

    Every step runs on exactly ``batch_size`` pictures (a short one is filled up), because the last
    digits of a convolution depend on the shape of its input: so an embedding depends on the picture
    alone, never on its neighbours, and a resumed build equals an uninterrupted one.
    """

    def __init__(self, encoder: TrainedEncoder, settings: EncoderSettings) -> None:
        """Choose the backend; it is compiled with the first picture.

        Raises:
            EncoderError: the settings ask for a backend that is not there.
        """
        self.side_px = encoder.side_px
        self.batch_size = settings.batch_size
        self.backend = choose_backend(encoder, settings)
        self._encoder, self._threads = encoder, settings.threads or n_cores()

    @property
    def key(self) -> str:
        """Two runtimes with one key give one embedding: what a cache of embeddings is keyed by."""
        return f"{self.backend.key} {self.batch_size}"

    def embed(self, pixels: np.ndarray) -> np.ndarray:
        """(n, side, side, 3) uint8 -> (n, 128) float32 embeddings of unit length."""
        batches = (pixels[begin : begin + self.batch_size] for begin in range(0, len(pixels), self.batch_size))
        return np.concatenate([np.zeros((0, EMBEDDING_DIM), np.float32), *self.stream(batches)])

    def stream(self, batches: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Embed batch after batch; on OpenVINO each thread has one at work, and the next are drawn meanwhile.

        Args:
            batches: (n, side, side, 3) uint8 each, n from 0 to ``batch_size``.

        Yields:
            (n, 128) float32 for every batch, in their order.
        """
        ahead = self._threads if self.backend.runtime == "openvino" else 0  # and one that waits for a thread
        under_way: deque[Callable[[], np.ndarray]] = deque()
        try:
            for batch in batches:
                under_way.append(self._begin(batch))
                if len(under_way) > ahead:
                    yield under_way.popleft()()
            while under_way:
                yield under_way.popleft()()
        finally:
            for finish in under_way:
                with suppress(Exception):  # what ended the stream is what is told
                    finish()

    def embed_one(self, pixels: np.ndarray) -> np.ndarray:
        """(side, side, 3) uint8 -> (128,) float32; the quick way for a query, equal to ``embed`` but for rounding."""
        embedding: np.ndarray = self._run_one(np.ascontiguousarray(pixels[None]))[0]
        return embedding

    def _begin(self, batch: np.ndarray) -> Callable[[], np.ndarray]:
        n = len(batch)
        if n == 0:
            return lambda: np.zeros((0, EMBEDDING_DIM), np.float32)
        filled = np.zeros((self.batch_size, *batch.shape[1:]), np.uint8)
        filled[:n] = batch
        finish = self._start(filled)
        return lambda: finish()[:n]

    @cached_property
    def _start(self) -> Start:
        return make_start(self._encoder, self.backend, self.batch_size, self._threads)

    @cached_property
    def _run_one(self) -> Run:
        return make_run(self._encoder, self.backend, 1, self._threads)
