"""What the processor can do."""

from __future__ import annotations

import os
from pathlib import Path


def processor_words() -> frozenset[str]:
    """The words with which Linux describes the first processor, its instruction sets among them; elsewhere none."""
    try:
        with Path("/proc/cpuinfo").open(encoding="ascii", errors="replace") as file:
            return frozenset(file.read(1 << 14).partition("\n\n")[0].split())
    except OSError:
        return frozenset()


def n_cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def native_bfloat16() -> bool:
    """Does the processor multiply bfloat16 itself, so that it is faster than float32?"""
    return bool(processor_words() & {"avx512_bf16", "amx_bf16", "avx_ne_convert", "bf16"})


def let_waiting_threads_sleep() -> None:
    """Have OpenMP's threads (PyTorch's, FAISS's) sleep while they wait for each other; to be said before these load.

    By default they spin, for the most part in vain where other work holds the core that the last of them needs: two
    builds side by side, or a build beside a site (``benchmarks/beside.py``). What the environment says goes first.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
