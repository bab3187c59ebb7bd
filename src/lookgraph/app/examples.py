"""Ten example queries of a lookbook with their answers: the end of `make demo`."""

from __future__ import annotations

import sys

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

import lookgraph

_QUERIES, _ANSWERS = 10, 3


def main(path: str) -> None:
    """Print ten items, spread evenly over the catalogue, each with what is most like it."""
    lookbook = lookgraph.open(path)
    ids = lookbook.items["id"]
    table = Table("item", "most similar", "why", title="Ten examples", title_justify="left", box=None)
    for row in np.linspace(0, len(lookbook) - 1, min(_QUERIES, len(lookbook))).astype(int):
        query = ids[int(row)].as_py()
        for place, answer in enumerate(lookbook.similar(query, k=_ANSWERS)):
            first = "" if place else query
            table.add_row(Text(first), Text(f"{answer.score:.3f}  {answer.id}"), Text("; ".join(answer.reasons)))
    console = Console()
    console.print(table)
    console.print(f"\nreport: {lookbook.report}", markup=False, soft_wrap=True)
    console.print(f"ask yourself: lookgraph similar {path} ITEM_OR_PHOTO", markup=False, soft_wrap=True)


if __name__ == "__main__":
    main(sys.argv[1])
