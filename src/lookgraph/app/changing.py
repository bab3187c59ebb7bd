"""`lookgraph add`, `remove` and `rebuild`: a lookbook changes without being built from its sources again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lookgraph.errors import ConfigError

if TYPE_CHECKING:
    from lookgraph.lookbook import Update

Book = Annotated[Path, typer.Argument(metavar="LOOKBOOK", help="The folder that `build` made.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def add(
    lookbook: Book,
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="Photos: a folder, CSV, JSONL or Parquet.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Items whose ids are there already change; else they are refused.")
    ] = False,
    metadata: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV or JSONL of attributes that lies elsewhere.")
    ] = None,
    image_column: Annotated[str | None, typer.Option(metavar="NAME", help="The column with paths or images.")] = None,
    id_column: Annotated[str | None, typer.Option(metavar="NAME", help="The column with ids.")] = None,
    as_json: AsJson = False,
) -> None:
    """Have photos join a lookbook: they are linked both ways, and nothing is trained again."""
    from lookgraph import lookbook as books
    from lookgraph.app.progress import make_progress

    with make_progress() as progress:
        made = books.add(
            source,
            lookbook,
            replace=replace,
            metadata=metadata,
            image_column=image_column,
            id_column=id_column,
            progress=progress,
        )
    _print(made, as_json)


def remove(
    lookbook: Book,
    ids: Annotated[list[str] | None, typer.Argument(metavar="ITEM...", help="Ids of the items.")] = None,
    where: Annotated[str | None, typer.Option(help="Or all that pass a filter: \"season == 'Winter'\".")] = None,
    as_json: AsJson = False,
) -> None:
    """Have items leave a lookbook; those that had them as neighbours get their next ones."""
    from lookgraph import lookbook as books
    from lookgraph.app.progress import make_progress

    if not ids and where is None:
        raise ConfigError("remove was told nothing to remove: name items, or pass --where")
    with make_progress() as progress:
        made = books.remove(lookbook, ids or (), where=where, progress=progress)
    _print(made, as_json)


def _print(made: Update, as_json: bool) -> None:
    opened, drift = made.lookbook, made.drift
    advice = drift.advice(opened.settings.lookbook)
    counted = {name: getattr(made, name) for name in ("added", "changed", "removed", "rejected")}
    if as_json:
        facts = {"generation": opened.generation.id, **counted, "drift": drift.as_dict(), "advice": advice}
        print(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    done = ", ".join(f"{n} {name}" for name, n in counted.items() if n) or "nothing changed"
    print(f"generation {opened.generation.id}: {done}; {len(opened)} items")
    if made.rejected:
        print(f"rejected photos are listed in {opened.generation.folder / 'rejected.parquet'}")
    if advice:
        print(advice)
