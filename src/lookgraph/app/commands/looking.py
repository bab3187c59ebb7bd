"""`lookgraph similar`, `info` and `rollback`: ask an open lookbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from lookgraph.app.commands.options import AsJson, LookbookPath, print_json, print_table

if TYPE_CHECKING:
    from lookgraph.lookbook import Lookbook


def similar(
    lookbook: LookbookPath,
    item_or_photo: Annotated[str, typer.Argument(metavar="ITEM_OR_PHOTO", help="An item's id, or a photo's path.")],
    k: Annotated[int | None, typer.Option("--k", help="Answers; default: the setting recommend.k.")] = None,
    where: Annotated[
        str | None, typer.Option(help="Which items may answer: \"season == 'Summer' and gender != 'Men'\".")
    ] = None,
    diversity: Annotated[float | None, typer.Option(help="0 most similar, 1 most varied.")] = None,
    as_json: AsJson = False,
) -> None:
    """What is like this item, or like this photo?"""
    import lookgraph

    found = lookgraph.open(lookbook).similar(item_or_photo, k, where=where, diversity=diversity)
    if as_json:
        print_json({"query": item_or_photo, "answers": [answer.to_dict() for answer in found]})
        return
    table = Table("", "score", "item", "why", title=Text(f"like {item_or_photo}"), title_justify="left", box=None)
    for place, answer in enumerate(found, 1):
        table.add_row(str(place), f"{answer.score:.3f}", Text(answer.id), Text("; ".join(answer.reasons)))
    print_table(table)


def info(lookbook: LookbookPath, as_json: AsJson = False) -> None:
    """What is in a lookbook, and how it was made."""
    from lookgraph import lookbook as books

    print_info(books.open(lookbook), as_json)


def rollback(
    lookbook: LookbookPath,
    to: Annotated[str | None, typer.Option(metavar="GENERATION", help="Default: the one before the current.")] = None,
    as_json: AsJson = False,
) -> None:
    """Serve an earlier generation again."""
    from lookgraph.lookbook import roll_back

    name = roll_back(lookbook, to)
    if as_json:
        print_json({"current": name})
    else:
        print(f"generation {name} is served again")


def print_info(opened: Lookbook, as_json: bool) -> None:
    from lookgraph.lookbook import drift_of, generation_names

    facts, drift = opened.manifest, drift_of(opened.generation)
    advice = drift.advice(opened.settings.lookbook)
    if as_json:
        more = {"report": str(opened.report), "generations": generation_names(opened.root), "advice": advice}
        print_json({k: v for k, v in facts.items() if k != "files"} | more)
        return
    counts = facts["counts"]
    lines = [
        f"lookbook    {opened.root}",
        f"generation  {opened.generation.id}, made {facts['created']} in {facts['timings_s']['total']:.0f} s",
        f"items       {counts['items']} ({counts['nodes']} different photos), {counts['rejected']} rejected",
        f"attributes  {', '.join(facts['attributes']) or 'none'}",
        f"graph       {counts['edges']} edges, density {facts['graph']['density']:.6f},"
        f" recall {facts['graph']['recall']:.3f}",
        f"searches    the {'graph network' if facts['space']['space'] == 'gnn' else 'encoder'}'s space:"
        f" {facts['space']['reason']}",
        f"clusters    {_said_clusters(facts['clusters'])}",
        f"report      {opened.report}",
        f"kept        generations {', '.join(generation_names(opened.root))}",
    ]
    if facts["rejected"]:
        reasons = ", ".join(f"{n} {reason}" for reason, n in facts["rejected"].items())
        lines.insert(3, f"rejected    {reasons} (listed in {opened.generation.folder / 'rejected.parquet'})")
    if updates := facts.get("updates"):
        said = (
            f"{len(updates)} since generation {facts['built']['generation']} was built: {drift.joined_fraction:.1%} of"
        )
        said += f" the photos joined, {drift.left_fraction:.1%} left; the report is of that build"
        lines.insert(2, f"updates     {said}")
    if alarms := facts["training"]["alarms"]:
        training = facts["training"]
        kept = "no round is of use" if training.get("has_collapsed") else f"its round {training['kept_round']} is kept"
        lines.append(f"alarm       the training was stopped, {kept}: {'; '.join(alarms)}")
    if advice:
        lines.append(f"advice      {advice}")
    lines[1:1] = [f"{what:<11} {said}" for what, said in facts["source"].get("origin", {}).items()]
    print("\n".join(lines))


def _said_clusters(clusters: dict[str, Any]) -> str:
    coarse = ", ".join(f"{cluster['name']} ({cluster['n_nodes']})" for cluster in clusters["coarse"])
    return f"{' > '.join(map(str, clusters['levels']))}; the coarse ones: {coarse}"
