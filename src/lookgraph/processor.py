"""What the processor can do."""

from __future__ import annotations

from pathlib import Path


def processor_words() -> frozenset[str]:
    """The words with which Linux describes the first processor, its instruction sets among them; elsewhere none."""
    try:
        with Path("/proc/cpuinfo").open(encoding="ascii", errors="replace") as file:
            return frozenset(file.read(1 << 14).partition("\n\n")[0].split())
    except OSError:
        return frozenset()


def native_bfloat16() -> bool:
    """Does the processor multiply bfloat16 itself, so that it is faster than float32?"""
    return bool(processor_words() & {"avx512_bf16", "amx_bf16", "avx_ne_convert", "bf16"})
