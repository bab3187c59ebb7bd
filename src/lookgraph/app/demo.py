"""`lookgraph demo`: from nothing to a lookbook to try things on, with a catalogue that the package draws itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def demo(
    lookbook: Annotated[
        Path, typer.Argument(metavar="[LOOKBOOK]", help="The lookbook to build; the drawings lie beside it.")
    ] = Path("demo.lookbook"),
    items: Annotated[int, typer.Option(help="Items to draw.")] = 500,
    seed: Annotated[int, typer.Option(help="Another seed, another catalogue.")] = 7,
    looks: Annotated[int | None, typer.Option(help="Looks; default: a fifth as many as items.")] = None,
    shoppers: Annotated[int, typer.Option(help="Simulated shoppers whose logs are written.")] = 500,
    days: Annotated[int, typer.Option(help="Days that they shop.")] = 90,
    width: Annotated[int, typer.Option(help="Width of the photos in pixels; their height is 4/3 of it.")] = 720,
    processes: Annotated[int, typer.Option(help="Processes that draw.")] = 2,
    only_draw: Annotated[
        Path | None, typer.Option("--only-draw", metavar="FOLDER", help="Draw and simulate here, and build nothing.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Draw a catalogue with looks and simulated shoppers, and build a lookbook from it."""
    from lookgraph.app.progress import make_progress
    from lookgraph.demo.making import DemoRecipe, make_demo

    recipe = DemoRecipe(items=items, seed=seed, looks=looks, shoppers=shoppers, days=days, width=width)
    folder = only_draw or lookbook.with_name(f"{lookbook.stem}-drawn")
    with make_progress() as progress:
        made = make_demo(folder, recipe, progress, processes)
    facts = {name: str(value) if isinstance(value, Path) else value for name, value in vars(made).items()}
    if only_draw is None:
        import lookgraph

        with make_progress() as progress:
            built = lookgraph.build(folder, lookbook, progress=progress)
        facts |= {"lookbook": str(lookbook), "generation": built.generation.id, "report": str(built.report)}
    if as_json:
        print(json.dumps(facts, indent=2))
        return
    print(
        f"{'drawn' if made.drawn_now else 'found'} in {folder}: {made.items} items of {made.kinds} kinds (drawn, not"
        f" photographed), {made.looks} looks, {made.questions} questions, {made.events} events of simulated shoppers"
    )
    if only_draw is not None:
        print(f"build a lookbook from it: lookgraph build {folder} {lookbook}")
        return
    from lookgraph.app.examples import main as print_examples

    print_examples(str(lookbook))
