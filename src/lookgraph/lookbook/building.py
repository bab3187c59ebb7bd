"""Make a lookbook's next generation: top to bottom, a call a stage.

    photos -> catalogue -> encoder -> graph -> gnn -> index -> evaluate -> map, clusters, report -> publish

Whatever is finished is kept in the lookbook's cache under the content it was made from, so a killed build
goes on where it stopped. The published generation is not touched before the new one is complete.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from lookgraph.catalogue import attribute_names
from lookgraph.config import Settings, load_settings
from lookgraph.encoder import EmbeddingRuntime, TrainedEncoder, load_encoder
from lookgraph.errors import LookbookBusyError, LookbookError
from lookgraph.lookbook import stages, survey
from lookgraph.lookbook.charts import load_chart
from lookgraph.lookbook.embedding import UsablePhotos, embed_source
from lookgraph.lookbook.files import disk_full_explained, folder_made_whole, link_tree, remove_leftovers, writer_lock
from lookgraph.lookbook.generation import (
    CURRENT,
    GENERATIONS,
    Generation,
    current_name,
    generation_names,
    open_generation,
    prune,
    publish,
    write_manifest,
)
from lookgraph.lookbook.photo_cache import PhotoCache
from lookgraph.lookbook.steps import StepChain
from lookgraph.photos import Reason, Rejection, labelled, open_source, read_origin
from lookgraph.processor import n_cores
from lookgraph.progress import Progress

_PACKAGES = (
    *("lookgraph", "torch", "transformers", "faiss-cpu", "numpy", "scikit-learn", "openTSNE"),
    *("pillow", "simplejpeg", "opencv-python-headless"),
)
_RULES = 4  # one more whenever a step's code comes to another result from the same inputs


def build_generation(
    source_path: Path,
    root: Path,
    settings: Settings,
    progress: Progress,
    *,
    metadata: Path | None = None,
    image_column: str | None = None,
    id_column: str | None = None,
) -> Generation:
    """Build, resume or update the lookbook at ``root`` from photos, and publish the result.

    Args:
        source_path: Photos, as :func:`~lookgraph.photos.open_source` reads them.
        root: The lookbook's folder; made where it is missing.
        settings: See :mod:`lookgraph.config`.
        progress: Hears of every stage.
        metadata: With ``image_column`` and ``id_column``: what the source alone does not settle.

    Returns:
        The published generation; the current one where nothing has changed since.

    Raises:
        LookgraphError: any of the tree in :mod:`lookgraph.errors`; the published generation stays served.
    """
    with _Making.begin(root, settings, settings.encoder.weights, progress) as making:
        progress.stage("photos")
        source = open_source(
            source_path,
            settings.photos,
            metadata=metadata,
            image_column=image_column,
            id_column=id_column,
            max_categories=settings.catalogue.max_categories,
        )
        for note in source.notes:
            progress.note(note)
        progress.note(f"the encoder runs on {making.runtime.backend}")
        origin = read_origin(source_path)
        about = {
            "kind": source.kind,
            "notes": source.notes,
            "origin": origin,
            "label": labelled(source_path.name, origin),
        }
        usable = embed_source(source, making.cache, making.runtime, settings, progress)
        _say_what_is_lost(root, usable, progress)
        return making.make(usable, about)


def rebuild_generation(root: Path, changes: Mapping[str, object] | None, progress: Progress) -> Generation:
    """Build anew from the photos that the published generation holds, however they came to it.

    Args:
        root: The lookbook's folder.
        changes: Settings that are to differ from the published generation's, by dotted name.
        progress: Hears of every stage.

    Raises:
        LookbookError: the cache lacks some of the photos, as this encoder or these limits would see them.
    """
    before = open_generation(root)
    settings = load_settings(changes, defaults=before.settings)
    same_encoder = settings.encoder.weights == before.settings.encoder.weights
    weights = before.encoder_folder if same_encoder else settings.encoder.weights
    with _Making.begin(root, settings, weights, progress) as making:
        if current_name(root) != before.id:
            raise LookbookBusyError(f"{root} was changed by another process just now: run the same command again")
        usable = published_photos(before)
        missing = set(usable.hashes) - making.cache.known(list(set(usable.hashes)))
        if missing:
            raise LookbookError(
                f"{len(missing)} of {len(usable.ids)} photos are not in {root / 'cache'} as these settings would see"
                " them: run `lookgraph build SOURCE LOOKBOOK`, which reads the photos again"
            )
        return making.make(usable, before.manifest["source"], rebuilt=True)


@dataclass
class _Making:
    """A build under way: what every stage needs."""

    root: Path
    settings: Settings
    progress: Progress
    encoder: TrainedEncoder
    runtime: EmbeddingRuntime
    cache: PhotoCache
    began: float

    @classmethod
    @contextmanager
    def begin(cls, root: Path, settings: Settings, weights: str | Path, progress: Progress) -> Iterator[_Making]:
        """Hold the lookbook against other writers, and open its cache as the encoder in a weights folder sees it."""
        began = time.monotonic()
        with disk_full_explained(root), writer_lock(root):
            (root / GENERATIONS).mkdir(exist_ok=True)
            remove_leftovers(root / GENERATIONS)
            encoder = load_encoder(weights)
            # Said even where it is the default: sums run in another order once anyone in this process has said it.
            torch.set_num_threads(settings.encoder.threads or n_cores())
            runtime = EmbeddingRuntime(encoder, settings.encoder)
            with PhotoCache(root / "cache" / "photos.sqlite", settings.photos, runtime.key) as cache:
                yield cls(root, settings, progress, encoder, runtime, cache, began)

    def make(self, usable: UsablePhotos, about: dict[str, Any], *, rebuilt: bool = False) -> Generation:
        """Run the stages after the encoder, and publish."""
        settings, progress, label = self.settings, self.progress, str(about.get("label", ""))
        inputs = {
            "photos": usable.digest(),
            "encoder": self.runtime.key,
            "seen": self.encoder.seen_digest,
            "thumbnail_quality": settings.photos.thumbnail_quality,
            "source": label,
        }
        chain = StepChain(self.root / "cache" / "steps", [inputs["encoder"], inputs["seen"]])
        chain.run("encoder", None, partial(stages.keep_encoder, encoder=self.encoder))
        make = partial(stages.make_catalogue, usable=usable, cache=self.cache, settings=settings, progress=progress)
        decides = [inputs, _versions(), _RULES, settings.catalogue.model_dump()]
        catalogue = chain.run("catalogue", decides, make)
        stages.check_network_settings(catalogue, settings)
        measured = [settings.evaluate.model_dump(), settings.recommend.space]
        make = partial(stages.make_graph, catalogue, settings=settings, progress=progress)
        graph = chain.run("graph", settings.graph.model_dump(), make)
        make = partial(stages.make_gnn, catalogue, graph, settings=settings, progress=progress)
        gnn = chain.run("gnn", settings.gnn.model_dump(), make)
        study = stages.Study(catalogue, graph, gnn, self.encoder, settings, label, progress)
        space = chain.run("space", measured, study.choose_space)
        chain.run("index", None, partial(stages.make_index, catalogue, gnn, space, settings=settings))
        _survey(chain, study, space, measured)
        if (current := _published_from(self.root, chain.key, settings)) is not None:
            progress.note(f"nothing has changed since generation {current.id}")
            return current
        progress.stage("publish")
        facts = self._facts(usable, about) | {
            "inputs": inputs,
            "build_key": chain.key,
            "rebuilt": rebuilt,
            "timings_s": chain.timings_s | {"total": round(time.monotonic() - self.began, 3)},
        }
        made = _publish_steps(self.root, chain.folders, facts, settings)
        chain.forget_others()
        progress.note(f"published generation {made.id}")
        return made

    def _facts(self, usable: UsablePhotos, about: dict[str, Any]) -> dict[str, Any]:
        """What the manifest says of how the generation was made."""
        reasons = Counter(str(rejection.reason) for rejection in usable.rejections)
        backend = self.runtime.backend
        return {
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "source": about,
            "encoder": {
                "digest": self.encoder.digest,
                "trained_on": self.encoder.trained_on,
                "side_px": self.encoder.side_px,
                "runtime": backend.runtime,
                "precision": backend.precision,
                "key": backend.key,
            },
            "rejected": dict(sorted(reasons.items())),
            "settings": _decisive(self.settings),
            "seeds": {"gnn": self.settings.gnn.seed, "evaluate": self.settings.evaluate.seed},
            "versions": _versions(),
        }


def next_name(root: Path) -> str:
    """The name of the generation after the last."""
    return f"{1 + max((int(n[:6]) for n in generation_names(root)), default=0):06d}"


def published_photos(generation: Generation) -> UsablePhotos:
    """The photos of a generation, as a build takes them."""
    items, refused = generation.items, generation.rejected.to_pylist()
    return UsablePhotos(
        items["id"].to_pylist(),
        items["_content_hash"].to_pylist(),
        items.select(attribute_names(items)),
        [Rejection(r["id"], r["location"], Reason(r["reason"]), r["message"]) for r in refused],
    )


def _say_what_is_lost(root: Path, usable: UsablePhotos, progress: Progress) -> None:
    """Updates brought items that this source does not have: a build leaves them out, and says so."""
    try:
        before = open_generation(root)
    except LookbookError:
        return  # the first build, or one that repairs a damaged generation
    if not (before.manifest.get("updates") or before.manifest.get("rebuilt")):
        return
    lost = len(set(before.items["id"].to_pylist()) - set(usable.ids))
    if lost:
        progress.note(
            f"{lost} items of generation {before.id} are not in this source and leave with this build:"
            " `lookgraph rebuild` builds anew with them, `lookgraph rollback` brings them back"
        )


def _survey(chain: StepChain, study: stages.Study, space: Path, measured: list[Any]) -> None:
    """The steps for a person's eyes; the measures come first, so that new names or a new page measure nothing again."""
    catalogue, graph, gnn, settings, progress = study.catalogue, study.graph, study.gnn, study.settings, study.progress
    measures = chain.run("measures", measured, partial(study.measure, space))
    make = partial(survey.make_map, catalogue, gnn, space, settings=settings, progress=progress)
    places = chain.run("map", None, make)
    attention = chain.run("attention", None, partial(survey.make_attention, catalogue, graph, gnn, settings=settings))
    make = partial(survey.make_clusters, catalogue, gnn, space, settings=settings, progress=progress)
    clusters = chain.run("clusters", settings.clusters.model_dump(), make)

    def write(folder: Path) -> None:
        study.write_report(space, measures, load_chart(graph, places, attention, clusters), folder)

    chain.run("report", settings.report.model_dump(), write)


def _publish_steps(root: Path, steps: list[Path], facts: dict[str, Any], settings: Settings) -> Generation:
    """Link finished steps into a new generation, publish it, and delete those that are too many."""
    name = next_name(root)
    with folder_made_whole(root / GENERATIONS / name) as folder:
        for step in steps:
            link_tree(step, folder)
        write_manifest(folder, {"id": name} | facts | stages.counts(folder))
    publish(root, name)
    prune(root, settings.lookbook.keep_generations)
    return open_generation(root, name)


def _published_from(root: Path, build_key: str, settings: Settings) -> Generation | None:
    """The published generation, if it was made from exactly these inputs and settings and is whole."""
    if not (root / CURRENT).exists():
        return None
    try:
        current = open_generation(root)
    except LookbookError:
        return None  # damaged: publishing a new one is the cure
    same = current.manifest.get("build_key") == build_key and current.manifest["settings"] == _decisive(settings)
    return current if same and not current.verify() else None


def _versions() -> dict[str, str]:
    return {package: version(package) for package in _PACKAGES}


def _decisive(settings: Settings) -> dict[str, Any]:
    """The settings that a generation depends on: those of a training of the encoder are none of them."""
    return settings.model_dump(exclude={"train"})
