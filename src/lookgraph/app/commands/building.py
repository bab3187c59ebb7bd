"""`lookgraph build`, `embed` and `train-encoder`: photos become something else."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from lookgraph.app.commands.looking import print_info
from lookgraph.app.commands.options import (
    AsJson,
    Assignments,
    ConfigFile,
    EncoderFolder,
    IdColumn,
    ImageColumn,
    LookbookPath,
    MetadataFile,
    Source,
    chosen_settings,
    print_json,
)


def build(
    source: Source,
    lookbook: LookbookPath,
    metadata: MetadataFile = None,
    image_column: ImageColumn = None,
    id_column: IdColumn = None,
    encoder: EncoderFolder = None,
    kind: Annotated[
        str | None, typer.Option("--gnn", metavar="KIND", help="gat, gatv2, sage or none; short for --set gnn.kind=.")
    ] = None,
    labels: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="COLUMN", help="A column that the network learns as a label; repeatable."),
    ] = None,
    assignments: Assignments = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Build a lookbook from photos, resume a killed build, or bring one up to date."""
    import lookgraph
    from lookgraph.app.progress import make_progress

    declared = ",".join(labels) if labels else None
    settings = chosen_settings(
        assignments, config, {"encoder.weights": encoder, "gnn.kind": kind, "gnn.labels": declared}
    )
    with make_progress() as progress:
        made = lookgraph.build(
            source,
            lookbook,
            settings=settings,
            metadata=metadata,
            image_column=image_column,
            id_column=id_column,
            progress=progress,
        )
    print_info(made, as_json)


def embed(
    source: Source,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Parquet to write: columns id, embedding.")],
    metadata: MetadataFile = None,
    image_column: ImageColumn = None,
    id_column: IdColumn = None,
    encoder: EncoderFolder = None,
    assignments: Assignments = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Embed photos into a Parquet file, without a lookbook."""
    from lookgraph.app.embed import embed_to_parquet
    from lookgraph.app.progress import make_progress
    from lookgraph.photos import open_source

    settings = chosen_settings(assignments, config, {"encoder.weights": encoder})
    opened = open_source(source, settings.photos, metadata=metadata, image_column=image_column, id_column=id_column)
    with make_progress() as progress:
        n_embedded, rejected = embed_to_parquet(opened, out, settings, progress)
    if as_json:
        listed = [{"id": r.id, "reason": str(r.reason), "message": r.message} for r in rejected]
        print_json({"embedded": n_embedded, "rejected": listed, "out": str(out)})
        return
    for refused in rejected:
        print(f"rejected {refused.id!r}: {refused.reason}: {refused.message}", file=sys.stderr)
    print(f"{n_embedded} embeddings in {out}, {len(rejected)} rejected")


def train_encoder(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="Photos with columns: a folder, CSV, Parquet...")],
    targets: Annotated[
        list[str], typer.Option("--target", metavar="COLUMN", help="Learn to tell its values apart; repeatable.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="The weights folder to write.")],
    origin: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="WEIGHTS",
            help="Begin with this folder, or a hub's name such as microsoft/resnet-50; default: the shipped weights.",
        ),
    ] = "",
    epochs: Annotated[int | None, typer.Option(help="Short for --set train.epochs=.")] = None,
    processes: Annotated[int | None, typer.Option(help="Short for --set train.processes=.")] = None,
    metadata: MetadataFile = None,
    image_column: ImageColumn = None,
    id_column: IdColumn = None,
    assignments: Assignments = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Fine-tune the encoder on your own photos; a killed training goes on when the same command is run again."""
    settings = chosen_settings(assignments, config, {"train.epochs": epochs, "train.processes": processes})
    from lookgraph.app.progress import make_progress
    from lookgraph.app.train_encoder import describe
    from lookgraph.app.train_encoder import train_encoder as train
    from lookgraph.photos import open_source

    opened = open_source(source, settings.photos, metadata=metadata, image_column=image_column, id_column=id_column)
    with make_progress() as progress:
        done = train(opened, targets, out, settings, origin, progress)
    if as_json:
        print_json(describe(done))
        return
    for refused in done.rejections:
        print(f"rejected {refused['id']!r}: {refused['reason']}: {refused['message']}", file=sys.stderr)
    print(done.outcome.verdict)
    print(
        f"weights in {out}, best of {done.outcome.epochs} epochs: {done.outcome.best_epoch}; {len(done.rejections)}"
        f" photos rejected; try `lookgraph build {source} LOOKBOOK --encoder {out}`"
    )
