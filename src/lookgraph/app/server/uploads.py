"""Photos from strangers: decoded only in processes that may hang, crash or eat memory without harm."""

from __future__ import annotations

import queue
from functools import partial
from typing import Final

from lookgraph.app.server.problems import Problem
from lookgraph.config import PhotoSettings, ServeSettings
from lookgraph.errors import PhotoError
from lookgraph.photos import (
    THUMBNAIL_SIDES,
    Box,
    MemoryLocation,
    Photo,
    PhotoRef,
    PhotoWorkers,
    Rejection,
    make_cropped_photo,
)

# What of a build's limits on photos the server sets itself, and by which of its settings.
_OWN_LIMITS: Final = {
    "timeout_s": "decode_timeout_s",
    "max_bytes": "max_upload_bytes",
    "max_memory_mib": "decode_memory_mib",
    "max_pixels": "max_pixels",
}


class PhotoDesk:
    """Takes a photo's bytes, gives the decoded photo; shared by all threads."""

    def __init__(self, photos: PhotoSettings, serve: ServeSettings, side_px: int) -> None:
        """Prepare the processes.

        Args:
            photos: Limits of sides; time, size, memory and pixels follow ``serve``.
            side_px: Side of the pictures that the encoder sees.
        """
        own = {name: getattr(serve, ours) for name, ours in _OWN_LIMITS.items()}
        self._limits = photos.model_copy(update={"workers": 1} | own)
        self._side_px, self._wait_s = side_px, serve.decode_wait_s
        self._free: queue.LifoQueue[PhotoWorkers] = queue.LifoQueue()
        self._all = [PhotoWorkers(self._limits, side_px) for _ in range(serve.decode_workers)]
        for workers in self._all:
            self._free.put(workers)

    def open(self, data: bytes, box: Box | None = None, *, to_keep: bool = False) -> Photo:
        """Decode a photo, or a part of it.

        Args:
            to_keep: With all its thumbnails, not only the one that a search needs.

        Raises:
            PhotoError: it cannot be used; its reason is one of ``lookgraph.photos.Reason``.
            Problem: all processes are busy.
        """
        if not data:
            raise PhotoError("empty", "the file has 0 bytes: choose a photo")
        try:
            workers = self._free.get(timeout=self._wait_s)
        except queue.Empty:
            raise Problem(
                503,
                "busy",
                "all processes that decode photos are busy",
                "try again in a few seconds",
                {"Retry-After": "3"},
            ) from None
        try:
            sides = THUMBNAIL_SIDES if to_keep else THUMBNAIL_SIDES[:1]
            work = partial(make_cropped_photo, settings=self._limits, side_px=self._side_px, box=box, sides=sides)
            results = workers.map(work, [PhotoRef("photo", MemoryLocation(data, "the photo sent"))])
            _, outcome = next(results)
            results.close()  # type: ignore[attr-defined]
        finally:
            self._free.put(workers)
        if isinstance(outcome, Rejection):
            raise PhotoError(outcome.reason, _with_own_names(outcome.message))
        return outcome

    def close(self) -> None:
        for workers in self._all:
            workers.close()


def _with_own_names(message: str) -> str:
    """A refusal names the setting that decided."""
    for name, ours in _OWN_LIMITS.items():
        message = message.replace(f"photos.{name}=", f"serve.{ours}=")
    return message
