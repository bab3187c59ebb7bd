"""`lookgraph add`, `remove` and `rebuild`: a lookbook changes without being built from its sources again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lookgraph.app.commands.looking import print_info
from lookgraph.app.commands.options import (
    AsJson,
    Assignments,
    IdColumn,
    ImageColumn,
    LookbookPath,
    MetadataFile,
    Source,
    print_json,
)
from lookgraph.config import parse_assignments
from lookgraph.errors import ConfigError

if TYPE_CHECKING:
    from lookgraph.lookbook import Update


def add(
    lookbook: LookbookPath,
    source: Source,
    replace: Annotated[
        bool, typer.Option("--replace", help="Items whose ids are there already change; else they are refused.")
    ] = False,
    metadata: MetadataFile = None,
    image_column: ImageColumn = None,
    id_column: IdColumn = None,
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
    lookbook: LookbookPath,
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


def rebuild(lookbook: LookbookPath, assignments: Assignments = None, as_json: AsJson = False) -> None:
    """Build a lookbook anew from the photos it holds, also those that `add` brought; no photo is read again."""
    import lookgraph
    from lookgraph.app.progress import make_progress

    with make_progress() as progress:
        made = lookgraph.rebuild(lookbook, changes=parse_assignments(assignments or []), progress=progress)
    print_info(made, as_json)


def _print(made: Update, as_json: bool) -> None:
    opened, drift = made.lookbook, made.drift
    advice = drift.advice(opened.settings.lookbook)
    counted = {name: getattr(made, name) for name in ("added", "changed", "removed", "rejected")}
    if as_json:
        facts = {"generation": opened.generation.id, **counted, "drift": drift.as_dict(), "advice": advice}
        print_json(facts)
        return
    done = ", ".join(f"{n} {name}" for name, n in counted.items() if n) or "nothing changed"
    print(f"generation {opened.generation.id}: {done}; {len(opened)} items")
    if made.rejected:
        print(f"rejected photos are listed in {opened.generation.folder / 'rejected.parquet'}")
    if advice:
        print(advice)
