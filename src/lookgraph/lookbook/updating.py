"""Items join, change and leave a lookbook, and nothing is trained again.

    photos -> catalogue -> graph, both ways -> the trained network -> index -> publish

An update makes a new generation from the published one: newcomers are embedded and linked, the graph gives them places
among the neighbours of the items before, and the network of the last build infers every node anew. What that build
learned and measured (the network, the clusters' middles, which space is searched, the report) stays; how far the
catalogue has drifted from it is measured, and `lookgraph info` says when a rebuild is due.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch

from lookgraph.catalogue import align_attributes, attribute_names, filter_items
from lookgraph.config import load_settings
from lookgraph.encoder import EmbeddingRuntime
from lookgraph.errors import EncoderError, ItemNotFoundError, SourceError
from lookgraph.lookbook.drift import Drift, drift_of
from lookgraph.lookbook.embedding import UsablePhotos, embed_source
from lookgraph.lookbook.files import disk_full_explained, remove_leftovers, writer_lock
from lookgraph.lookbook.generation import GENERATIONS, current_name, open_generation
from lookgraph.lookbook.opened import Lookbook
from lookgraph.lookbook.photo_cache import PhotoCache
from lookgraph.lookbook.renewal import Renewal
from lookgraph.photos import AttributeType, Source, attribute_type, open_source
from lookgraph.processor import n_cores
from lookgraph.progress import Progress, Silent

_SHOWN_IDS = 5


@dataclass(frozen=True)
class Update:
    """What an update did.

    Attributes:
        lookbook: Opened on the new generation; on the one before where nothing changed.
        added, changed, removed, rejected: Items of each kind; rejected ones are listed in the generation.
        drift: Since the build that trained the network.
    """

    lookbook: Lookbook
    added: int
    changed: int
    removed: int
    rejected: int
    drift: Drift


def add(
    source: str | PathLike[str],
    lookbook: str | PathLike[str],
    *,
    replace: bool = False,
    metadata: str | PathLike[str] | None = None,
    image_column: str | None = None,
    id_column: str | None = None,
    progress: Progress | None = None,
) -> Update:
    """Have photos join a lookbook, as a new generation, without a rebuild.

    Args:
        source: As :func:`lookgraph.build` reads it.
        lookbook: The folder that ``build`` made.
        replace: An item whose id the lookbook has already takes its place: another photo, other attributes. What a
            column says that the source does not have stays.
        metadata, image_column, id_column: As for :func:`lookgraph.build`.
        progress: Hears of every stage.

    Raises:
        SourceError: nothing usable; a column does not fit the lookbook's; or, without ``replace``, ids that are there.
        LookgraphError: any other; the published generation stays served.
    """
    root, told, began = Path(lookbook), progress or Silent(), time.monotonic()
    current_name(root)  # no lock is left where there is no lookbook
    with disk_full_explained(root), writer_lock(root):
        before = _open(root)
        told.stage("photos")
        opened = open_source(
            Path(source),
            before.settings.photos,
            metadata=None if metadata is None else Path(metadata),
            image_column=image_column,
            id_column=id_column,
            max_categories=before.settings.catalogue.max_categories,
            text_columns=_text_columns(before.items),
        )
        for note in opened.notes:
            told.note(note)
        if not replace:
            _refuse_known(opened, before)
        torch.set_num_threads(before.settings.encoder.threads or n_cores())
        runtime = _runtime(before)
        with PhotoCache(root / "cache" / "photos.sqlite", before.settings.photos, runtime.key) as cache:
            usable = embed_source(opened, cache, runtime, before.settings, told)
            usable, n_changed = _without_unchanged(usable, before)
            leaving = np.isin(np.array(before.ids, object), usable.ids)
            renewal = Renewal(before, leaving, usable, cache, told, began)
            return _published(renewal, (len(usable.ids) - n_changed, n_changed, 0), Path(source).name)


def remove(
    lookbook: str | PathLike[str],
    ids: Sequence[str] = (),
    *,
    where: str | None = None,
    progress: Progress | None = None,
) -> Update:
    """Have items leave a lookbook, as a new generation, without a rebuild.

    Args:
        lookbook: The folder that ``build`` made.
        ids: Of the items.
        where: Or all items that pass a filter, for example ``"season == 'Winter'"``.
        progress: Hears of every stage.

    Raises:
        ItemNotFoundError: an id that the lookbook does not have.
        FilterError: the filter cannot be.
        GraphError: so few items would be left that none has ``graph.k`` neighbours.
    """
    root, told, began = Path(lookbook), progress or Silent(), time.monotonic()
    current_name(root)  # no lock is left where there is no lookbook
    with disk_full_explained(root), writer_lock(root):
        before = _open(root)
        unknown = sorted(set(ids) - set(before.ids))
        if unknown:
            raise ItemNotFoundError(f"{root} has no item {_some(unknown)}: nothing was removed")
        leaving = np.isin(np.array(before.ids, object), list(ids))
        if where is not None:
            leaving |= filter_items(before.items, where)
        nobody = UsablePhotos([], [], before.items.select(attribute_names(before.items)).slice(0, 0), [])
        torch.set_num_threads(before.settings.encoder.threads or n_cores())
        with PhotoCache(
            root / "cache" / "photos.sqlite", before.settings.photos, before.manifest["inputs"]["encoder"]
        ) as cache:
            return _published(Renewal(before, leaving, nobody, cache, told, began), (0, 0, int(leaving.sum())), "")


def _published(renewal: Renewal, counts: tuple[int, int, int], source: str) -> Update:
    """Publish, unless nothing would differ; say what was done."""
    rejected = len(renewal.usable.rejections)
    if renewal.changes_nothing:
        renewal.progress.note("nothing has changed")
        return Update(renewal.before, 0, 0, 0, rejected, drift_of(renewal.before.generation))
    counted = dict(zip(("added", "changed", "removed", "rejected"), (*counts, rejected), strict=True))
    made = renewal.publish(counted, source)
    return Update(Lookbook(renewal.before.root, made), **counted, drift=drift_of(made))


def _open(root: Path) -> Lookbook:
    opened = Lookbook(root, open_generation(root))
    remove_leftovers(root / GENERATIONS)
    return opened


def _runtime(before: Lookbook) -> EmbeddingRuntime:
    """The encoder as the build ran it, batch for batch."""
    precision = before.manifest["encoder"]["precision"]
    here = {"runtime": load_settings().encoder.runtime, "precision": precision}
    runtime = EmbeddingRuntime(before.encoder, before.settings.encoder.model_copy(update=here))
    if runtime.key != before.manifest["inputs"]["encoder"]:
        raise EncoderError(
            f"{before.root} was built with an encoder that this machine cannot run as it was ({precision}): see"
            " `lookgraph doctor`, or build the lookbook again here"
        )
    return runtime


def _text_columns(items: pa.Table) -> list[str]:
    fields = [items.schema.field(name) for name in attribute_names(items)]
    return [f.name for f in fields if attribute_type(f) in (AttributeType.TEXT, AttributeType.CATEGORY)]


def _refuse_known(source: Source, before: Lookbook) -> None:
    known = set(before.ids)
    there = [ref.id for ref in source.refs if ref.id in known]
    if there:
        raise SourceError(
            f"{before.root} has {len(there)} of these {len(source.refs)} items already, for example {_some(there)}:"
            " leave them out, give them other ids, or pass --replace to change them"
        )


def _without_unchanged(usable: UsablePhotos, before: Lookbook) -> tuple[UsablePhotos, int]:
    """Those that are new, or not as they were; and how many of the latter there are."""
    items, attributes = align_attributes(before.items, usable.attributes, len(usable.ids))
    row_of = {name: row for row, name in enumerate(before.ids)}
    rows = pa.array([row_of.get(name) for name in usable.ids], pa.int64())  # null: not there before
    for name in attribute_names(before.items):
        if name not in usable.attributes.column_names:  # a source that does not know a column takes nothing away
            attributes = attributes.set_column(attributes.column_names.index(name), name, items[name].take(rows))
    names = attributes.column_names
    had = items.select([*names, "_content_hash"]).take(rows).to_pylist()
    was = {name: row for name, row in zip(usable.ids, had, strict=True) if name in row_of}
    now = [row | {"_content_hash": h} for row, h in zip(attributes.to_pylist(), usable.hashes, strict=True)]
    if not names:
        now = [{"_content_hash": h} for h in usable.hashes]
    kept = [i for i, name in enumerate(usable.ids) if name not in was or was[name] != now[i]]
    n_changed = sum(usable.ids[i] in was for i in kept)
    taken = attributes.take(pa.array(kept, pa.int64())) if names else usable.attributes.slice(0, len(kept))
    ids, hashes = ([values[i] for i in kept] for values in (usable.ids, usable.hashes))
    return UsablePhotos(ids, hashes, taken, usable.rejections), n_changed


def _some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _SHOWN_IDS} more" if len(ids) > _SHOWN_IDS else ""
    return ", ".join(repr(name) for name in ids[:_SHOWN_IDS]) + more
