"""The first and longest part of a build: every photo of a source decoded and embedded, or refused with a reason."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.ipc

from lookgraph.config import Settings
from lookgraph.encoder import EmbeddedPhoto, EmbeddingRuntime, embed_photos
from lookgraph.errors import SourceError
from lookgraph.lookbook.photo_cache import PhotoCache
from lookgraph.photos import PhotoRef, PhotoWorkers, Reason, Rejection, Source
from lookgraph.progress import Progress


@dataclass(frozen=True)
class UsablePhotos:
    """The photos of a source that became items, in its order, and those that did not.

    Attributes:
        ids: n different ids.
        hashes: n SHA-256 of the photos.
        attributes: n rows.
        rejections: One an unused photo or row.
    """

    ids: list[str]
    hashes: list[str]
    attributes: pa.Table
    rejections: list[Rejection]

    def digest(self) -> str:
        """SHA-256 over ids, photos, attributes and rejections: two sources with one digest build one generation."""
        digest = hashlib.sha256()
        refused = [[r.id, r.location, r.reason, r.message] for r in self.rejections]
        digest.update(json.dumps([self.ids, self.hashes, refused]).encode())
        sink = pa.BufferOutputStream()
        plain = self.attributes.combine_chunks().replace_schema_metadata(None)
        with pa.ipc.new_stream(sink, plain.schema) as stream:
            stream.write_table(plain)
        digest.update(sink.getvalue())
        return digest.hexdigest()


def embed_source(
    source: Source, cache: PhotoCache, runtime: EmbeddingRuntime, settings: Settings, progress: Progress
) -> UsablePhotos:
    """Fill the cache with every photo of the source.

    Raises:
        SourceError: not one photo can be used; the message counts the reasons.
    """
    hash_of: dict[str, str] = {}
    rejections = list(source.rejections)
    with PhotoWorkers(settings.photos, runtime.side_px) as workers:
        progress.stage("fingerprint", len(source.refs))
        for ref, result in workers.fingerprint(source.refs):
            if isinstance(result, Rejection):
                rejections.append(result)
            else:
                hash_of[ref.id] = result
            progress.advance()
        refs = [ref for ref in source.refs if ref.id in hash_of]
        refusals = _embed_missing(refs, hash_of, cache, workers, runtime, progress)
    known = cache.known(list(set(hash_of.values())))
    rejections += [
        Rejection(ref.id, str(ref.location), *refusals[hash_of[ref.id]]) for ref in refs if hash_of[ref.id] in refusals
    ]
    rejections += [
        Rejection(ref.id, str(ref.location), Reason.UNREADABLE, "the file changed while it was read: build again")
        for ref in refs
        if hash_of[ref.id] not in refusals and hash_of[ref.id] not in known
    ]
    used = [i for i, ref in enumerate(source.refs) if hash_of.get(ref.id) in known]
    if not used:
        raise SourceError(_nothing_left(rejections))
    ids = [source.refs[i].id for i in used]
    return UsablePhotos(ids, [hash_of[i] for i in ids], source.attributes.take(pa.array(used)), rejections)


def _embed_missing(
    refs: list[PhotoRef],
    hash_of: dict[str, str],
    cache: PhotoCache,
    workers: PhotoWorkers,
    runtime: EmbeddingRuntime,
    progress: Progress,
) -> dict[str, tuple[Reason, str]]:
    """Decode and embed each photo once that the cache does not hold, however many items show it.

    Returns:
        Reason and message of every photo that was refused, now or before, by its hash.
    """
    first_of = {hash_of[ref.id]: ref for ref in reversed(refs)}
    hashes = list(dict.fromkeys(hash_of[ref.id] for ref in refs))
    refusals = cache.refusals(hashes)
    finished = cache.known(hashes) | refusals.keys()
    todo = [first_of[content] for content in hashes if content not in finished]
    progress.stage("encoder", len(hashes), done=len(hashes) - len(todo))
    if not todo:
        return refusals
    for batch in embed_photos(todo, workers, runtime):
        cache.store([done for done in batch if isinstance(done, EmbeddedPhoto)])
        for done in batch:
            if isinstance(done, EmbeddedPhoto):
                hash_of[done.ref.id] = done.photo.content_hash  # a file that changed meanwhile is what was seen last
            else:
                refusals[hash_of[done.id]] = done.reason, done.message
                if hash_of[done.id] == _hash_now(first_of[hash_of[done.id]], workers):
                    cache.store_refusal(hash_of[done.id], done)
        progress.advance(len(batch))
    return refusals


def _hash_now(ref: PhotoRef, workers: PhotoWorkers) -> str | Rejection:
    return next(result for _, result in workers.fingerprint([ref]))


def _nothing_left(rejections: list[Rejection]) -> str:
    by_reason: dict[str, list[Rejection]] = {}
    for rejection in rejections:
        by_reason.setdefault(str(rejection.reason), []).append(rejection)
    counts = ", ".join(f"{len(group)} {reason}" for reason, group in sorted(by_reason.items()))
    examples = "; ".join(f"{group[0].location}: {group[0].message}" for group in by_reason.values())
    return f"none of {len(rejections)} photos can be used ({counts}). For example {examples}"
