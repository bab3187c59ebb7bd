"""How are a million photos decoded on all cores, when any of them may hang, crash or eat the memory?

Photos go to worker processes in small groups, a group's size following from how long the last ones
took. A group that times out or takes its process down is tried again photo by photo, so that exactly
the bad one is rejected. What is in flight is bounded, so memory does not grow with the catalogue.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Generic, Self, TypeVar

import cv2
import imagehash
import numpy as np
from pebble import ProcessExpired, ProcessPool
from PIL import Image

from lookgraph.config import PhotoSettings
from lookgraph.errors import PhotoError
from lookgraph.photos.model import FileLocation, MemoryLocation, PhotoRef, Rejection
from lookgraph.photos.photo import Photo, content_hash, encoder_pixels, make_photo
from lookgraph.photos.reading import RowReader, read_photo
from lookgraph.photos.reasons import Reason
from lookgraph.photos.spawning import CleanSpawnContext, end_with_parent, keep_freed_memory, limit_memory

T = TypeVar("T")

MAX_GROUP: Final = 32
"""Photos that go to a worker at once, at most."""

_GROUP_BYTES: Final = 8 * 2**20
_GROUP_S: Final = 0.2  # a worker begins no further photo of a group after this long
_GROUPS_PER_WORKER: Final = 2  # one at work, one waiting
_STALL_S: Final = 60.0  # beyond all timeouts: the pool itself is stuck
_MAX_LOSSES: Final = 2  # times a photo may be among those a broken pool takes along


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A rejection before it is known to which id it belongs."""

    reason: Reason
    message: str


@dataclass(slots=True)
class _Group(Generic[T]):
    """Photos that travel together; ``outcomes`` and ``waiting`` add up to ``refs``."""

    refs: list[PhotoRef] = field(default_factory=list)
    waiting: list[FileLocation | bytes | _Refusal] = field(default_factory=list)
    outcomes: list[T | _Refusal] = field(default_factory=list)
    alone: bool = False  # photo by photo, after the group failed
    n_sent: int = 0
    n_losses: int = 0
    pool: Any = None
    future: Any = None


class PhotoWorkers:
    """Processes that read and decode photos, each killed when a photo takes too long or too much.

    A context manager: leaving it, also by an exception or Ctrl-C, ends every process. Its iterators may be
    nested or interleaved in one thread; one abandoned early gives up what it had in flight.
    """

    def __init__(self, settings: PhotoSettings, side_px: int) -> None:
        """Prepare the processes; they start with the first photo.

        Args:
            settings: Limits, and the number of workers.
            side_px: Side of ``Photo.pixels``.
        """
        self._settings = settings
        self._side_px = side_px
        # Linux ends a process with the thread that started it, so the thread that starts ours lives as long as we do.
        self._starter = ThreadPoolExecutor(1, "photo-workers")
        self._pool = self._new_pool()
        self._group_size = 1
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every process, whatever it is doing. No photo can be read afterwards."""
        if not self._closed:
            self._closed = True
            self._starter.submit(lambda: _end(self._pool)).result()  # after what is being sent just now
            self._starter.shutdown()

    def fingerprint(self, refs: Iterable[PhotoRef]) -> Iterator[tuple[PhotoRef, str | Rejection]]:
        """SHA-256 (hexadecimal) of every photo's bytes, in order, or why they cannot be read.

        Rejections: missing, symlink-loop, not-a-file, unreadable, no-bytes, empty, too-many-bytes,
        too-slow.
        """
        return self.map(content_hash, refs)

    def decode(self, refs: Iterable[PhotoRef]) -> Iterator[tuple[PhotoRef, Photo | Rejection]]:
        """Every photo, in order, or why it cannot be used."""
        return self.map(partial(make_photo, settings=self._settings, side_px=self._side_px), refs)

    def pixels(self, refs: Iterable[PhotoRef]) -> Iterator[tuple[PhotoRef, np.ndarray | Rejection]]:
        """(side_px, side_px, 3) uint8 of every photo, in order, or why it cannot be used: all that an encoder needs."""
        return self.map(partial(encoder_pixels, settings=self._settings, side_px=self._side_px), refs)

    def map(self, work: Callable[[bytes], T], refs: Iterable[PhotoRef]) -> Iterator[tuple[PhotoRef, T | Rejection]]:
        """Apply a function to every photo's bytes, in the workers.

        Args:
            work: Importable by name. A PhotoError it raises becomes a rejection with its reason, a
                MemoryError one with too-much-memory, any other exception one with damaged.
            refs: Drawn lazily, at most ``MAX_GROUP`` x (2 x workers + 1) ahead of what was taken.

        Yields:
            Each ref with its result or its rejection, in the order of ``refs``.
        """
        window: deque[_Group[T]] = deque()
        with RowReader(self._settings) as rows:
            groups = self._groups(iter(refs), rows)
            try:
                while True:
                    while len(window) < _GROUPS_PER_WORKER * self._settings.workers + 1:
                        group = next(groups, None)
                        if group is None:
                            break
                        self._submit(group, work)
                        window.append(group)
                    if not window:
                        return
                    self._collect(window, work)
                    while window and not window[0].waiting:
                        done = window.popleft()
                        for ref, outcome in zip(done.refs, done.outcomes, strict=True):
                            yield ref, _rejection(ref, outcome) if isinstance(outcome, _Refusal) else outcome
            finally:
                for group in window:
                    group.future.cancel()

    def _groups(self, refs: Iterator[PhotoRef], rows: RowReader) -> Iterator[_Group[Any]]:
        """Cut the refs into groups; rows of Parquet files are read here, where the file is open."""
        group: _Group[Any] = _Group()
        n_bytes = 0
        for ref in refs:
            payload: FileLocation | bytes | _Refusal
            if isinstance(ref.location, FileLocation):
                payload = ref.location
            elif isinstance(ref.location, MemoryLocation):
                payload = ref.location.data
            else:
                try:
                    payload = rows.read(ref.location)
                except PhotoError as error:
                    payload = _refusal(error)
            group.refs.append(ref)
            group.waiting.append(payload)
            n_bytes += len(payload) if isinstance(payload, bytes) else 0
            if len(group.refs) >= self._group_size or n_bytes >= _GROUP_BYTES:
                yield group
                group, n_bytes = _Group(), 0
        if group.refs:
            yield group

    def _submit(self, group: _Group[T], work: Callable[[bytes], T]) -> None:
        self._refuse_closed()
        self._starter.submit(self._send, group, work).result()

    def _refuse_closed(self) -> None:
        if self._closed:
            raise RuntimeError("these PhotoWorkers are closed: take new ones")

    def _send(self, group: _Group[T], work: Callable[[bytes], T]) -> None:
        self._refuse_closed()
        if not self._pool.active:  # which starts one that is new
            self._renew(self._pool)
        payloads = group.waiting[:1] if group.alone else list(group.waiting)
        group.n_sent, group.pool = len(payloads), self._pool
        limit_s = self._settings.timeout_s
        budget_s = min(_GROUP_S, limit_s / 4)
        group.future = self._pool.schedule(_work_through, (work, payloads, self._settings, budget_s), timeout=limit_s)

    def _collect(self, window: deque[_Group[T]], work: Callable[[bytes], T]) -> None:
        """Wait until a group comes back, and send back what is not finished in any."""
        running = [group for group in window if group.waiting]
        patience_s = self._settings.timeout_s * (_GROUPS_PER_WORKER * self._settings.workers + 1) + _STALL_S
        done, _ = wait([group.future for group in running], timeout=patience_s, return_when=FIRST_COMPLETED)
        for group in running:
            if done and group.future not in done:
                continue
            self._settle(group)
            if group.waiting:
                self._submit(group, work)

    def _settle(self, group: _Group[T]) -> None:
        """Take over what a worker sent back, or find out why it sent nothing."""
        if not group.future.done():
            self._lose(group, "the pool of processes is stuck")
            return
        try:
            outcomes: list[T | _Refusal] = group.future.result()
        except (BrokenProcessPool, CancelledError) as error:
            self._lose(group, str(error))
        except TimeoutError:
            limit = f"photos.timeout_s={self._settings.timeout_s:g}"
            self._fail(group, _Refusal(Reason.TOO_SLOW, f"takes longer than {limit}"))
        except ProcessExpired as error:
            self._fail(group, _Refusal(Reason.CRASHED, f"its process ended with exit code {error.exitcode}"))
        except MemoryError:
            limit = f"photos.max_memory_mib={self._settings.max_memory_mib}"
            self._fail(group, _Refusal(Reason.TOO_MUCH_MEMORY, f"takes more than {limit}"))
        else:
            if not group.alone:
                whole = len(outcomes) == group.n_sent
                self._group_size = min(MAX_GROUP, 2 * self._group_size) if whole else max(1, len(outcomes))
            group.outcomes += outcomes
            group.n_losses = 0
            del group.waiting[: len(outcomes)]

    def _fail(self, group: _Group[T], refusal: _Refusal) -> None:
        """Blame the photo if it was alone; else send the group's photos one by one."""
        if group.n_sent == 1:
            group.outcomes.append(refusal)
            del group.waiting[0]
        group.alone = True

    def _lose(self, group: _Group[T], why: str) -> None:
        """The pool broke: perhaps by this group, perhaps by another. Try again, but not for ever."""
        self._renew(group.pool)
        group.n_losses += 1
        if group.n_losses > _MAX_LOSSES:
            self._fail(group, _Refusal(Reason.CRASHED, f"its process was lost {group.n_losses} times ({why})"))
            group.n_losses = 0
        group.alone = True

    def _renew(self, broken: Any) -> None:
        if self._pool is broken:
            _end(broken)
            self._pool = self._new_pool()

    def _new_pool(self) -> Any:
        return ProcessPool(
            max_workers=self._settings.workers,
            initializer=_begin,
            initargs=(self._settings.max_memory_mib,),
            context=CleanSpawnContext(),
        )


def _end(pool: Any) -> None:
    pool.stop()
    pool.join()


def _begin(max_memory_mib: int) -> None:
    end_with_parent()
    keep_freed_memory()
    Image.MAX_IMAGE_PIXELS = None  # photos.max_pixels decides
    Image.init()
    cv2.setNumThreads(1)  # one process a core already
    imagehash.phash(Image.new("L", (8, 8)))  # what is imported lazily counts as memory at the start
    limit_memory(max_memory_mib)


def _work_through(
    work: Callable[[bytes], T],
    payloads: list[FileLocation | bytes | _Refusal],
    settings: PhotoSettings,
    budget_s: float,
) -> list[T | _Refusal]:
    """Do the first photos of a group, at least one; runs in a worker."""
    began = time.monotonic()
    outcomes: list[T | _Refusal] = []
    for payload in payloads:
        if outcomes and time.monotonic() - began > budget_s:
            break
        outcome = _attempt(work, payload, settings)
        starved = isinstance(outcome, _Refusal) and outcome.reason == Reason.TOO_MUCH_MEMORY
        if outcomes and starved:
            break  # perhaps by what the others left behind: it comes again as the first of its group
        outcomes.append(outcome)
    return outcomes


def _attempt(
    work: Callable[[bytes], T], payload: FileLocation | bytes | _Refusal, settings: PhotoSettings
) -> T | _Refusal:
    if isinstance(payload, _Refusal):
        return payload
    try:
        return work(payload if isinstance(payload, bytes) else read_photo(payload, settings))
    except PhotoError as error:
        return _refusal(error)
    except MemoryError:
        return _Refusal(Reason.TOO_MUCH_MEMORY, f"takes more than photos.max_memory_mib={settings.max_memory_mib}")
    except Exception as error:  # one odd photo must not end a build of a million
        return _Refusal(Reason.DAMAGED, f"unexpected {type(error).__name__}: {error}")


def _refusal(error: PhotoError) -> _Refusal:
    return _Refusal(Reason(error.reason), str(error))


def _rejection(ref: PhotoRef, refusal: _Refusal) -> Rejection:
    return Rejection(ref.id, str(ref.location), refusal.reason, refusal.message)
