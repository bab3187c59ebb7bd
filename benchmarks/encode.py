"""How fast are photos on disk embedded, and what does the speed cost?

    python benchmarks/encode.py PHOTOS [ATTRIBUTE [N_PHOTOS]]   (without one: the first category)

All in one run, after a warm-up each: this package (killable decoding processes, the default runtime); the default
runtime fed from memory, which is as fast as decoding for nothing could be, in turn with it, because a machine's speed
drifts; transformers with one photo after another in float32 at 224 pixels and at the encoder's own side; PyTorch in
float32 with a DataLoader. Beside the speed: the cosine between the default runtime's embeddings and float32's,
precision at 10 by ATTRIBUTE in both, the time of a single photo, and the memory of all processes together. Prints one
JSON line.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from transformers import ConvNextImageProcessorPil

from build import resident_bytes
from lookgraph.config import CatalogueSettings, EncoderSettings, PhotoSettings
from lookgraph.encoder import EmbeddingRuntime, TrainedEncoder, embed_only, load_encoder
from lookgraph.evaluate.attributes import category_labels
from lookgraph.photos import MemoryLocation, PhotoRef, PhotoWorkers, open_source, square
from lookgraph.photos.photo import encoder_pixels
from lookgraph.vector_search import faiss

WARM_UP = 96
ONE_BY_ONE = 60  # photos for the slow peer
ROUNDS = 5  # of ours and of the runtime fed from memory; medians are reported


def rate(embed: Callable[[list[PhotoRef]], Iterable[int]], refs: list[PhotoRef]) -> float:
    """Photos a second of an embedding stream, from the moment that the warm-up's photos are done."""
    done, began = 0, 0.0
    for n in embed(refs):
        if began == 0.0 and done + n >= min(WARM_UP, len(refs) // 3):
            began, done = time.perf_counter(), 0
        else:
            done += n
    return done / (time.perf_counter() - began)


def lookgraph_stream(encoder: TrainedEncoder, settings: PhotoSettings) -> Callable[[list[PhotoRef]], Iterator[int]]:
    runtime = EmbeddingRuntime(encoder, EncoderSettings())

    def stream(refs: list[PhotoRef]) -> Iterator[int]:
        with PhotoWorkers(settings, encoder.side_px) as workers:
            for ids, _, refused in embed_only(refs, workers, runtime):
                yield len(ids) + len(refused)

    return stream


def one_by_one(encoder: TrainedEncoder, side_px: int) -> Callable[[list[PhotoRef]], Iterator[int]]:
    """A photo at a time, as the documentation of transformers shows it."""
    processor = ConvNextImageProcessorPil(size={"shortest_edge": side_px}, crop_pct=0.875)
    backbone = encoder.network.backbone

    @torch.no_grad()
    def stream(refs: list[PhotoRef]) -> Iterator[int]:
        for ref in refs:
            assert not isinstance(ref.location, MemoryLocation)
            picture = Image.open(ref.location.path).convert("RGB")
            backbone(**processor(picture, return_tensors="pt"))
            yield 1

    return stream


class Pictures(Dataset[np.ndarray]):
    def __init__(self, refs: list[PhotoRef], side_px: int) -> None:
        self.refs, self.side_px = refs, side_px

    def __len__(self) -> int:
        return len(self.refs)

    def __getitem__(self, at: int) -> np.ndarray:
        location = self.refs[at].location
        assert not isinstance(location, MemoryLocation)
        return square(Image.open(location.path).convert("RGB"), self.side_px).copy()


def data_loader(encoder: TrainedEncoder) -> Callable[[list[PhotoRef]], Iterator[int]]:
    @torch.no_grad()
    def stream(refs: list[PhotoRef]) -> Iterator[int]:
        for pixels in DataLoader(Pictures(refs, encoder.side_px), batch_size=32, num_workers=2):
            encoder.network(pixels.permute(0, 3, 1, 2).float())
            yield len(pixels)

    return stream


def peak_memory(work: Callable[[], float]) -> tuple[float, float]:
    """What the work returns, and the most memory of this process and all below it, in GiB."""
    peak, ended = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(0.2):
            peak = max(peak, resident_bytes(os.getpid()))

    watcher = threading.Thread(target=watch)
    watcher.start()
    result = work()
    ended.set()
    watcher.join()
    return result, peak / 2**30


def precision_at_10(embeddings: np.ndarray, labels: np.ndarray) -> float:
    _, found = faiss.knn(embeddings, embeddings, 11, metric=faiss.METRIC_INNER_PRODUCT)
    others = np.array([[j for j in row if j != i][:10] for i, row in enumerate(found)])
    return float((labels[others] == labels[:, None]).mean())


def milliseconds(action: Callable[[int], object], rounds: int = 100) -> float:
    taken = []
    for i in range(rounds + 5):
        began = time.perf_counter()
        action(i)
        taken.append(1000 * (time.perf_counter() - began))
    return round(statistics.median(taken[5:]), 2)


def main(folder: str, attribute: str = "", n_photos: str = "2000") -> None:
    settings = PhotoSettings()
    source = open_source(Path(folder), settings)
    chosen = np.sort(np.random.default_rng(0).permutation(len(source.refs))[: int(n_photos)])
    refs = [source.refs[i] for i in chosen]
    encoder = load_encoder()
    stream = lookgraph_stream(encoder, settings)
    first, memory_gib = peak_memory(lambda: rate(stream, refs))
    contents = [Path(ref.location.path).read_bytes() for ref in refs]
    pixels = np.stack([encoder_pixels(content, settings, encoder.side_px) for content in contents])
    default = EmbeddingRuntime(encoder, EncoderSettings())
    single = EmbeddingRuntime(encoder, EncoderSettings(precision="f32"))

    def from_memory(refs: list[PhotoRef]) -> Iterator[int]:
        begins = range(0, len(refs), default.batch_size)
        yield from map(len, default.stream(pixels[begin : begin + default.batch_size] for begin in begins))

    rounds = [(first, rate(from_memory, refs))]
    rounds += [(rate(stream, refs), rate(from_memory, refs)) for _ in range(ROUNDS - 1)]
    ours = statistics.median(mine for mine, _ in rounds)
    peers = {
        "dataloader_f32": rate(data_loader(encoder), refs[: len(refs) // 3]),
        "one_by_one_f32_224px": rate(one_by_one(encoder, 224), refs[:ONE_BY_ONE]),
        f"one_by_one_f32_{encoder.side_px}px": rate(one_by_one(encoder, encoder.side_px), refs[: 3 * ONE_BY_ONE]),
    }
    in_default, in_single = default.embed(pixels), single.embed(pixels)
    line = {
        "benchmark": "photos on disk to embeddings",
        "photos": len(refs),
        "side_px": encoder.side_px,
        "runtime": str(default.backend),
        "photos_per_s": round(ours, 1),
        "fed_from_memory_per_s": round(statistics.median(memory for _, memory in rounds), 1),
        "peers_per_s": {name: round(value, 1) for name, value in peers.items()},
        "of_fed_from_memory": round(statistics.median(mine / memory for mine, memory in rounds), 3),
        "times_the_peer": {name: round(ours / value, 2) for name, value in peers.items()},
        "memory_gib": round(memory_gib, 2),
        "mean_cosine_to_f32": round(float((in_default * in_single).sum(1).mean()), 5),
        "single_photo_ms": milliseconds(
            lambda i: default.embed_one(encoder_pixels(contents[i % len(contents)], settings, encoder.side_px))
        ),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    categories = category_labels(source.attributes, CatalogueSettings().max_categories)
    if attribute := attribute or next(iter(categories), ""):
        names = np.array(source.attributes[attribute].to_pylist(), str)[chosen]
        line["precision_at_10"] = {
            "attribute": attribute,
            "default": round(precision_at_10(in_default, names), 4),
            "f32": round(precision_at_10(in_single, names), 4),
        }
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
