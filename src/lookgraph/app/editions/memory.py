"""What opening an edition needed for a moment is given back to the system, where the C library can do that."""

from __future__ import annotations

import ctypes
import gc

_M_ARENA_MAX = -8


def share_one_heap() -> None:
    """Have all threads allocate from two heaps, not from one each that is never given back; glibc only."""
    try:
        ctypes.CDLL("libc.so.6").mallopt(_M_ARENA_MAX, 2)
    except (OSError, AttributeError):
        return


def give_back_memory() -> None:
    """Collect garbage and trim the heap; without glibc, only collect."""
    gc.collect()
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):
        return
