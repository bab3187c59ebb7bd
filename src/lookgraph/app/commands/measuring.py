"""`lookgraph report` and `evaluate`: what was measured, or measure it again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from lookgraph.app.commands.options import AsJson, LookbookPath, print_json, print_table


def report(
    lookbook: LookbookPath,
    out: Annotated[Path | None, typer.Option("--out", metavar="FOLDER", help="Make the report again, here.")] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="SECTION", help="Measure this section again.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show where the report lies and what it says; with --only or --out: measure again."""
    from lookgraph import lookbook as books
    from lookgraph.app.reporting import before_updates, measure_again, published_metrics, report_again

    opened = books.open(lookbook)
    page = opened.report
    if out is not None:
        metrics = report_again(opened, out, only)
        page = out / "report.html"
    elif only:
        metrics = measure_again(opened, only)
    else:
        metrics = published_metrics(opened)
    if as_json:
        print_json(metrics)
        return
    if only and out is None:
        print(json.dumps(metrics, indent=2, ensure_ascii=False))
    print(f"report: {page}")
    if out is None and not only and (said := before_updates(opened)):
        print(said)


def evaluate(
    lookbook: LookbookPath,
    controls: Annotated[
        bool, typer.Option("--controls", help="Train the network and its controls anew, with several seeds.")
    ] = False,
    ablation: Annotated[
        bool, typer.Option("--ablation", help="Train the network with one setting changed at a time.")
    ] = False,
    seeds: Annotated[int, typer.Option(metavar="N", help="Trainings of each kind.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Is it the graph network that helps? With --controls or --ablation: measure it beside its variants."""
    from lookgraph import lookbook as books
    from lookgraph.app.evaluating import measure_variants
    from lookgraph.evaluate import as_tables, number, summarise_in_words

    opened = books.open(lookbook)
    if controls and ablation:
        raise typer.BadParameter("--controls and --ablation are two evaluations: ask for one at a time")
    if not controls and not ablation:
        from lookgraph.app.reporting import before_updates, published_metrics

        metrics = published_metrics(opened)
        if as_json:
            print_json(metrics)
        else:
            said = before_updates(opened)
            print("\n".join([*summarise_in_words(metrics), *([said] if said else [])]))
        return
    measured, path = measure_variants(opened, "controls" if controls else "ablation", seeds)
    if as_json:
        print_json(measured)
        return
    for title, (heading, *rows) in as_tables(measured, number):
        table = Table(*heading, title=title, title_justify="left", box=None)
        for row in rows:
            table.add_row(*row)
        print_table(table)
    print(f"kept in {path}")
