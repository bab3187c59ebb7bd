"""What several commands have in common: their options, their settings, and how they print."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from lookgraph.config import Settings, load_settings, parse_assignments

LookbookPath = Annotated[Path, typer.Argument(metavar="LOOKBOOK", help="The folder that `build` made.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Assignments = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting, for example graph.k=20; repeatable.")
]
ConfigFile = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="Settings in a TOML file.")]
Source = Annotated[Path, typer.Argument(metavar="SOURCE", help="Photos: a folder, CSV, JSONL or Parquet.")]
MetadataFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="CSV or JSONL of attributes that lies elsewhere.")
]
ImageColumn = Annotated[str | None, typer.Option(metavar="NAME", help="The column with paths or images.")]
IdColumn = Annotated[str | None, typer.Option(metavar="NAME", help="The column with ids.")]
EncoderFolder = Annotated[
    Path | None,
    typer.Option(
        "--encoder", metavar="FOLDER", resolve_path=True, help="Encoder weights; short for --set encoder.weights=."
    ),
]
StateUrl = Annotated[str | None, typer.Option(metavar="URL", help="Short for --set serve.state=.")]


def chosen_settings(
    assignments: list[str] | None, config: Path | None, options: Mapping[str, object] | None = None
) -> Settings:
    """Settings from --set and --config; options of their own win where they are given."""
    given = {name: str(value) for name, value in (options or {}).items() if value is not None}
    return load_settings(parse_assignments(assignments or []) | given, file=config)


def print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_table(table: Table) -> None:
    console = Console()
    if not console.is_terminal:  # a pipe has no width: nothing is cut off or wrapped
        console = Console(width=max(200, shutil.get_terminal_size().columns), soft_wrap=True)
    console.print(table)
