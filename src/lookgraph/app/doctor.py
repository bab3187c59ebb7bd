"""`lookgraph doctor`: is this machine, and this lookbook, fit for what is meant to be done?"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import distributions, version
from pathlib import Path

from lookgraph.config import EncoderSettings
from lookgraph.errors import LookgraphError
from lookgraph.processor import n_cores, processor_words

_OLDEST_KERNELS = "Prescott"  # what an OpenBLAS takes where it does not know the processor
# Measured with benchmarks/build.py on 40,036 photos of 60 x 80; photos above 960 pixels take about 30 times the disk.
_DISK_BYTES_AN_ITEM = 16_000
_DISK_BYTES_A_LARGE_ITEM = 200_000
_MEMORY_BYTES = 1_200_000_000
_MEMORY_BYTES_AN_ITEM = 40_000


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    message: str


def examine(lookbook: Path | None, n_items: int, encoder: EncoderSettings) -> list[Finding]:
    """Look at everything that a build or a query depends on.

    Args:
        lookbook: Where the lookbook is, or will be; its files are compared with their checksums.
        n_items: Photos that are to be built from.
        encoder: Which weights, and how they are to be run; where it names none, a lookbook that is there says it.
    """
    if lookbook is not None and not encoder.weights:
        encoder = _of_lookbook(lookbook, encoder)
    findings = [
        _python(),
        _torch(),
        _faiss(),
        _weights(encoder.weights),
        _runtime(encoder),
        _disk(lookbook or Path(), n_items),
        _memory(n_items),
    ]
    if lookbook is not None:
        findings.append(_files(lookbook))
    return findings


def _of_lookbook(lookbook: Path, encoder: EncoderSettings) -> EncoderSettings:
    """The lookbook's own weights and precision, where it can be opened; what is wrong with it is found later."""
    from lookgraph import lookbook as books

    try:
        opened = books.open(lookbook)
    except LookgraphError:
        return encoder
    own = {"weights": str(opened.generation.encoder_folder), "precision": opened.manifest["encoder"]["precision"]}
    return encoder.model_copy(update=own)


def _python() -> Finding:
    return Finding("python", sys.version_info >= (3, 11), f"{platform.python_version()} on {n_cores()} cores")


def _torch() -> Finding:
    cuda = sorted(d.name for d in distributions() if d.name and d.name.lower().startswith("nvidia-"))
    if cuda:
        return Finding("torch", True, f"{version('torch')}; {len(cuda)} nvidia packages (for a GPU only)")
    return Finding("torch", True, f"{version('torch')}, no nvidia packages")


def _faiss() -> Finding:
    from threadpoolctl import threadpool_info

    from lookgraph.vector_search import OPENBLAS_KERNELS, faiss, openblas_kernels

    own = [each for each in threadpool_info() if each["internal_api"] == "openblas" and "faiss" in each["filepath"]]
    if not own:
        return Finding("faiss", True, f"{faiss.__version__}, without an OpenBLAS of its own")
    kernels, best = own[0]["architecture"], openblas_kernels(processor_words())
    message = f"{faiss.__version__}, matrix products by OpenBLAS {own[0]['version']} for {kernels}"
    if best and kernels == _OLDEST_KERNELS:
        return Finding("faiss", False, f"{message}; {best} would be faster here: unset {OPENBLAS_KERNELS}")
    return Finding("faiss", True, message)


def _weights(folder: str) -> Finding:
    from lookgraph.encoder import load_encoder

    try:
        encoder = load_encoder(folder)
        _ = encoder.network  # int8 would run without it
    except LookgraphError as error:
        return Finding("weights", False, str(error))
    return Finding("weights", True, f"{encoder.digest[:12]}, {encoder.side_px} px, trained on {encoder.trained_on}")


def _runtime(settings: EncoderSettings) -> Finding:
    from lookgraph.encoder import choose_backend, load_encoder

    try:
        return Finding("runtime", True, str(choose_backend(load_encoder(settings.weights), settings)))
    except LookgraphError as error:
        return Finding("runtime", False, str(error))


def _disk(folder: Path, n_items: int) -> Finding:
    existing = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(existing).free
    small, large = n_items * _DISK_BYTES_AN_ITEM, n_items * _DISK_BYTES_A_LARGE_ITEM
    message = f"{_gib(free)} free, a build of {n_items} photos takes {_gib(small)} (tiny photos) to {_gib(large)}"
    return Finding("disk", free > small, message)


def _memory(n_items: int) -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    needed = _MEMORY_BYTES + n_items * _MEMORY_BYTES_AN_ITEM
    return Finding("memory", total > needed, f"{_gib(total)} in all, a build of {n_items} photos takes {_gib(needed)}")


def _files(lookbook: Path) -> Finding:
    from lookgraph import lookbook as books

    if not lookbook.exists():
        return Finding(
            "lookbook", True, f"there is none at {lookbook} yet: `lookgraph build SOURCE {lookbook}` makes it"
        )
    try:
        opened = books.open(lookbook)
        problems = opened.generation.verify()
    except LookgraphError as error:
        return Finding("lookbook", False, str(error))
    if problems:
        remedy = "`lookgraph rollback`, or build again"
        return Finding("lookbook", False, f"generation {opened.generation.id}: {'; '.join(problems)}: {remedy}")
    return Finding("lookbook", True, f"generation {opened.generation.id}, all files are as published")


def _gib(n_bytes: int) -> str:
    return f"{n_bytes / 2**30:.2f} GiB"
