"""`lookgraph embed`: any source of photos to one Parquet file, in a stream."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lookgraph.config import Settings
from lookgraph.encoder import EMBEDDING_DIM, EmbeddingRuntime, TrainedEncoder, embed_only, load_encoder
from lookgraph.errors import SourceError
from lookgraph.lookbook.files import ASIDE, disk_full_explained, sync
from lookgraph.photos import PhotoWorkers, Rejection, Source
from lookgraph.progress import Progress

_SCHEMA = pa.schema([("id", pa.string()), ("embedding", pa.list_(pa.float32(), EMBEDDING_DIM))])


def embed_to_parquet(source: Source, out: Path, settings: Settings, progress: Progress) -> tuple[int, list[Rejection]]:
    """Write columns ``id`` and ``embedding`` (128 float32, unit length), a row a usable photo, in its order.

    Returns:
        How many were embedded, and the photos or rows that were not. The file appears when it is complete.

    Raises:
        SourceError: nothing could be embedded, or ``out`` cannot be written.
        DiskFullError: there is no room for it.
    """
    if not out.name or out.is_dir() or any(out.exists() and out.samefile(path) for path in source.paths):
        raise SourceError(f"{str(out)!r} is a folder, or the source itself: name a new Parquet file")
    encoder = load_encoder(settings.encoder.weights)
    aside = out.with_name(f"{ASIDE}{out.name}")
    try:
        with disk_full_explained(out.parent):
            out.parent.mkdir(parents=True, exist_ok=True)
            n_embedded, rejections = _write(source, aside, encoder, settings, progress)
            sync(aside)
            aside.replace(out)
    except OSError as error:
        raise SourceError(f"{out} cannot be written ({error.strerror or error}): choose another file") from None
    finally:
        aside.unlink(missing_ok=True)
    return n_embedded, rejections


def _write(
    source: Source, path: Path, encoder: TrainedEncoder, settings: Settings, progress: Progress
) -> tuple[int, list[Rejection]]:
    runtime = EmbeddingRuntime(encoder, settings.encoder)
    rejections, n_embedded = list(source.rejections), 0
    with pq.ParquetWriter(path, _SCHEMA) as writer, PhotoWorkers(settings.photos, encoder.side_px) as workers:
        progress.note(f"the encoder runs on {runtime.backend}")
        progress.stage("encoder", len(source.refs))
        for ids, embeddings, refused in embed_only(source.refs, workers, runtime):
            rejections += refused
            writer.write_batch(_batch(ids, embeddings))
            n_embedded += len(ids)
            progress.advance(len(ids) + len(refused))
    if not n_embedded:
        reasons = "; ".join(f"{r.location}: {r.message}" for r in rejections[:3])
        raise SourceError(f"none of {len(rejections)} photos can be used, for example {reasons}")
    return n_embedded, rejections


def _batch(ids: list[str], embeddings: np.ndarray) -> pa.RecordBatch:
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(embeddings.ravel()), EMBEDDING_DIM)
    return pa.record_batch([pa.array(ids, pa.string()), vectors], schema=_SCHEMA)
