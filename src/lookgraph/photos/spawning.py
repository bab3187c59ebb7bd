"""How does a worker process begin: clean, limited, and never outliving the process that started it?"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from multiprocessing.connection import wait
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Any, Final

_PR_SET_PDEATHSIG: Final = 1
_MIB: Final = 2**20
_M_TRIM_THRESHOLD: Final = -1  # of glibc's malloc.h
_M_MMAP_THRESHOLD: Final = -3
_KEPT_BYTES: Final = 32 * _MIB  # the most that glibc takes for the second
_main_lock = threading.Lock()


class _Process(SpawnProcess):
    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Any:
        with _without_main():
            return SpawnProcess._Popen(process_obj)


class CleanSpawnContext(SpawnContext):
    """``spawn`` that leaves the user's main script alone.

    A fork would inherit the locks of PyTorch's threads. Plain ``spawn`` runs the main script again in
    every worker, so that a script without ``if __name__ == "__main__"`` starts workers in workers;
    ours need nothing from it.
    """

    Process = _Process


def end_with_parent() -> None:
    """Make this process end as soon as its parent does, even by ``kill -9``.

    A thread waits for the parent's end of a pipe; on Linux the kernel also sends SIGKILL, which works
    while a codec holds the interpreter's lock for ever. It does so at the end of the *thread* that started
    this process, so that has to be one that lasts.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def keep_freed_memory() -> None:
    """Let this process use again what it freed, up to 64 MiB, where the C library is glibc.

    The buffers of one photo are much like those of the next; giving them back to the kernel and fetching zeroed
    pages each time takes a tenth of the time of a small photo.
    """
    if (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
        mallopt(_M_TRIM_THRESHOLD, 2 * _KEPT_BYTES)


def limit_memory(mib: int) -> None:
    """Let this process take ``mib`` MiB more address space than it has; beyond, allocations fail.

    Linux only: no other system both enforces the limit and tells what is in use.
    """
    if sys.platform == "linux":
        import resource

        n_pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        limit = n_pages * os.sysconf("SC_PAGE_SIZE") + mib * _MIB
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (limit if hard < 0 else min(limit, hard), hard))


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Hide ``__main__`` for the milliseconds in which multiprocessing notes what a child must import."""
    with _main_lock:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main
