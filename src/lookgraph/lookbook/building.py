"""Make a lookbook's next generation: top to bottom, a call a stage.

    photos -> catalogue -> encoder -> graph -> gnn -> index -> evaluate -> map, clusters, report -> publish

Whatever is finished is kept in the lookbook's cache under the content it was made from, so a killed build
goes on where it stopped. The published generation is not touched before the new one is complete.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from lookgraph.config import Settings
from lookgraph.encoder import EmbeddingRuntime, TrainedEncoder, load_encoder, n_cores
from lookgraph.errors import LookbookError
from lookgraph.lookbook import stages, survey
from lookgraph.lookbook.embedding import UsablePhotos, embed_source
from lookgraph.lookbook.files import disk_full_explained, folder_made_whole, link_tree, remove_leftovers, writer_lock
from lookgraph.lookbook.generation import (
    CURRENT,
    GENERATIONS,
    Generation,
    generation_names,
    open_generation,
    prune,
    publish,
    write_manifest,
)
from lookgraph.lookbook.photo_cache import PhotoCache
from lookgraph.lookbook.steps import StepChain
from lookgraph.photos import Source, labelled, open_source, read_origin
from lookgraph.progress import Progress

_PACKAGES = ("lookgraph", "torch", "transformers", "faiss-cpu", "numpy", "pillow", "scikit-learn", "openTSNE")


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
    began = time.monotonic()
    with disk_full_explained(root), writer_lock(root):
        (root / GENERATIONS).mkdir(exist_ok=True)
        remove_leftovers(root / GENERATIONS)
        encoder = load_encoder(settings.encoder.weights)
        # Said even where it is the default: sums run in another order once anyone in this process has said it.
        torch.set_num_threads(settings.encoder.threads or n_cores())
        progress.stage("photos")
        source = open_source(
            source_path,
            settings.photos,
            metadata=metadata,
            image_column=image_column,
            id_column=id_column,
            max_categories=settings.catalogue.max_categories,
        )
        origin = read_origin(source_path)
        label = labelled(source_path.name, origin)
        for note in source.notes:
            progress.note(note)
        runtime = EmbeddingRuntime(encoder, settings.encoder)
        progress.note(f"the encoder runs on {runtime.backend}")
        with PhotoCache(root / "cache" / "photos.sqlite", settings.photos, runtime.key) as cache:
            usable = embed_source(source, cache, runtime, settings, progress)
            inputs = {
                "photos": usable.digest(),
                "encoder": runtime.key,
                "seen": encoder.seen_digest,
                "thumbnail_quality": settings.photos.thumbnail_quality,
                "source": label,
            }
            chain = StepChain(root / "cache" / "steps", [inputs, _versions()])
            make = partial(stages.make_catalogue, usable=usable, cache=cache, settings=settings, progress=progress)
            catalogue = chain.run("catalogue", settings.catalogue.model_dump(), make)
        stages.check_network_settings(catalogue, settings)
        measured = [settings.evaluate.model_dump(), settings.recommend.space]
        graph = chain.run(
            "graph",
            settings.graph.model_dump(),
            partial(stages.make_graph, catalogue, settings=settings, progress=progress),
        )
        gnn = chain.run(
            "gnn",
            settings.gnn.model_dump(),
            partial(stages.make_gnn, catalogue, graph, settings=settings, progress=progress),
        )
        study = stages.Study(catalogue, graph, gnn, encoder, settings, label, progress)
        space = chain.run("space", measured, study.choose_space)
        chain.run("index", None, partial(stages.make_index, catalogue, gnn, space, settings=settings))
        _survey(chain, study, space, measured)
        if (current := _published_from(root, chain.key, settings)) is not None:
            progress.note(f"nothing has changed since generation {current.id}")
            return current
        progress.stage("publish")
        facts = _facts(source, origin, usable, encoder, runtime, settings) | {
            "inputs": inputs,
            "build_key": chain.key,
            "timings_s": chain.timings_s | {"total": round(time.monotonic() - began, 3)},
        }
        made = _publish_steps(root, chain.folders, facts, settings)
        chain.forget_others()
        progress.note(f"published generation {made.id}")
        return made


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
        study.write_report(space, measures, survey.load_chart(graph, places, attention, clusters), folder)

    chain.run("report", settings.report.model_dump(), write)


def _publish_steps(root: Path, steps: list[Path], facts: dict[str, Any], settings: Settings) -> Generation:
    """Link finished steps into a new generation, publish it, and delete those that are too many."""
    name = f"{1 + max((int(n[:6]) for n in generation_names(root)), default=0):06d}"
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


def _facts(
    source: Source,
    origin: dict[str, str],
    usable: UsablePhotos,
    encoder: TrainedEncoder,
    runtime: EmbeddingRuntime,
    settings: Settings,
) -> dict[str, Any]:
    """What the manifest says of how the generation was made."""
    reasons = Counter(str(rejection.reason) for rejection in usable.rejections)
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": {"kind": source.kind, "notes": source.notes, "origin": origin},
        "encoder": {
            "digest": encoder.digest,
            "trained_on": encoder.trained_on,
            "side_px": encoder.side_px,
            "runtime": runtime.backend.runtime,
            "precision": runtime.backend.precision,
            "key": runtime.backend.key,
        },
        "rejected": dict(sorted(reasons.items())),
        "settings": _decisive(settings),
        "seeds": {"gnn": settings.gnn.seed, "evaluate": settings.evaluate.seed},
        "versions": _versions(),
    }


def _versions() -> dict[str, str]:
    return {package: version(package) for package in _PACKAGES}


def _decisive(settings: Settings) -> dict[str, Any]:
    """The settings that a generation depends on: those of a training of the encoder are none of them."""
    return settings.model_dump(exclude={"train"})
