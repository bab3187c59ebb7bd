"""FAISS, set up for this processor: all other modules take it from here.

Its wheel brings an OpenBLAS of 2021, which takes the kernels of 2004 on any processor that is younger than itself
unless it is told better; and FAISS leaves matrix products to it only for a thousand vectors of 128 dimensions at once,
where they are faster from about sixteen on.
"""

from __future__ import annotations

import os
from collections.abc import Set
from typing import Final

from lookgraph.processor import processor_words

__all__ = ["OPENBLAS_KERNELS", "faiss", "openblas_kernels"]

OPENBLAS_KERNELS: Final = "OPENBLAS_CORETYPE"
"""The environment's variable that names the kernels that an OpenBLAS has to take."""

_AVX2: Final = {"avx2", "fma"}
_AVX512: Final = {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}
_NUMBERS_FOR_BLAS: Final = 2048  # in the vectors that are searched for at once


def openblas_kernels(words: Set[str]) -> str | None:
    """OpenBLAS's name for its fastest kernels that a processor of such words can run; None: let it choose."""
    if words >= _AVX512:
        return "SkylakeX"
    if words >= _AVX2:
        return "Haswell"
    return None


_named = None if OPENBLAS_KERNELS in os.environ else openblas_kernels(processor_words())
if _named:
    os.environ[OPENBLAS_KERNELS] = _named
import faiss  # noqa: E402  (its OpenBLAS reads the environment once, now)

if _named:
    del os.environ[OPENBLAS_KERNELS]  # other libraries bring other versions of OpenBLAS

faiss.cvar.distance_compute_blas_threshold = _NUMBERS_FOR_BLAS
