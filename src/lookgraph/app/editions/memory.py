"""What opening an edition needed for a moment is given back to the system, where the C library can do that."""

from __future__ import annotations

import ctypes
import gc


def give_back_memory() -> None:
    """Collect garbage and trim the heap; without glibc, only collect."""
    gc.collect()
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):
        return
