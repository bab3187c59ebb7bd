"""`lookgraph doctor` and `settings`: what this machine can do, and what can be set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from lookgraph.app.commands.options import (
    AsJson,
    Assignments,
    ConfigFile,
    EncoderFolder,
    chosen_settings,
    print_json,
    print_table,
)
from lookgraph.config import describe_settings


def doctor(
    lookbook: Annotated[Path | None, typer.Argument(metavar="[LOOKBOOK]", help="Check its files too.")] = None,
    items: Annotated[int, typer.Option(help="Photos you mean to build from: what will they take?")] = 10_000,
    encoder: EncoderFolder = None,
    assignments: Assignments = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Check the environment, the weights, the disk and the memory; of a lookbook every file, and its own encoder."""
    from lookgraph.app.doctor import examine

    findings = examine(lookbook, items, chosen_settings(assignments, config, {"encoder.weights": encoder}).encoder)
    if as_json:
        print_json([finding.__dict__ for finding in findings])
    else:
        for finding in findings:
            print(f"{'ok  ' if finding.ok else 'BAD '} {finding.name}: {finding.message}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def settings(as_json: AsJson = False) -> None:
    """List every setting with its default, the values it takes, and its meaning."""
    rows = describe_settings()
    if as_json:
        print_json([row._asdict() for row in rows])
        return
    table = Table("setting", "default", "values", "meaning", box=None)
    for row in rows:
        table.add_row(*map(Text, row))
    print_table(table)
