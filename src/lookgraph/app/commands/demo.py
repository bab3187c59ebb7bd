"""`lookgraph demo`: from nothing to a site to browse, over a catalogue that the package draws itself."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from lookgraph.demo.making import DemoRecipe


_OF_DRAWINGS: Final = ("items", "seed", "looks", "shoppers", "days", "width", "processes")


def demo(
    ctx: typer.Context,
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
    photos: Annotated[
        Path | None, typer.Option("--photos", metavar="SOURCE", help="Your own photos instead of drawn ones.")
    ] = None,
    serve: Annotated[
        bool | None, typer.Option("--serve/--no-serve", help="End in the site. Default: only on a terminal.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document, and serve nothing.")] = False,
) -> None:
    """Draw a catalogue with looks and simulated shoppers, build a lookbook from it, and open the site over it."""
    if photos is not None and only_draw is not None:
        raise typer.BadParameter("--photos and --only-draw exclude each other: nothing is drawn from your own photos")
    if photos is not None:
        _refuse_options_of_drawings(ctx)
    if serve and (as_json or only_draw is not None):
        raise typer.BadParameter("--serve ends in the site: leave out --json and --only-draw")
    if photos is not None:
        facts = _build(photos, lookbook)
    else:
        from lookgraph.demo.making import DemoRecipe

        recipe = DemoRecipe(items=items, seed=seed, looks=looks, shoppers=shoppers, days=days, width=width)
        facts = _draw(only_draw or lookbook.with_name(f"{lookbook.stem}-drawn"), recipe, processes, quiet=as_json)
        if only_draw is None:
            facts |= _build(Path(facts["folder"]), lookbook)
    if as_json:
        print(json.dumps(facts, indent=2))
    elif only_draw is not None:
        print(f"build a lookbook from it: lookgraph build {only_draw} {lookbook}")
    else:
        from lookgraph.app.examples import main as print_examples

        print_examples(str(lookbook))
        _end_in_the_site(lookbook, serve)


def _refuse_options_of_drawings(ctx: typer.Context) -> None:
    """With photos of one's own nothing is drawn and nobody is simulated: an option that says how would say nothing."""
    sources = {name: ctx.get_parameter_source(name) for name in _OF_DRAWINGS}
    given = [f"--{name}" for name, source in sources.items() if source is not None and source.name != "DEFAULT"]
    if given:
        verb = "says" if len(given) == 1 else "say"
        raise typer.BadParameter(
            f"{', '.join(given)} {verb} how to draw, and with --photos nothing is drawn: leave out one or the other"
        )


def _draw(folder: Path, recipe: DemoRecipe, processes: int, *, quiet: bool) -> dict[str, Any]:
    """Draw, unless it was drawn before, and say what lies there."""
    from lookgraph.app.progress import make_progress
    from lookgraph.demo.making import make_demo

    with make_progress() as progress:
        made = make_demo(folder, recipe, progress, processes)
    if not quiet:
        print(
            f"{'drawn' if made.drawn_now else 'found'} in {folder}: {made.items} items of {made.kinds} kinds (drawn,"
            f" not photographed), {made.looks} looks, {made.questions} questions, {made.events} events of simulated"
            " shoppers",
            flush=True,
        )
    return {name: str(value) if isinstance(value, Path) else value for name, value in vars(made).items()}


def _build(source: Path, lookbook: Path) -> dict[str, Any]:
    import lookgraph
    from lookgraph.app.progress import make_progress

    with make_progress() as progress:
        built = lookgraph.build(source, lookbook, progress=progress)
    return {"lookbook": str(lookbook), "generation": built.generation.id, "report": str(built.report)}


def _end_in_the_site(lookbook: Path, wanted: bool | None) -> None:
    """Serve until Ctrl-C, where somebody is there to press it or it was asked for; say so either way."""
    again = f"lookgraph serve {lookbook}"
    if wanted is None and not sys.stdout.isatty():
        print(f"the output is no terminal, so no site is opened: `{again}` opens it, or --serve here")
        return
    if wanted is False:
        print(f"open it as a site: {again}")
        return
    from lookgraph.app.serve import free_port, open_in_browser, serve
    from lookgraph.config import load_settings

    settings = load_settings().serve
    here = settings.model_copy(update={"host": "127.0.0.1", "port": free_port("127.0.0.1", settings.port)})
    print(f"the site opens now; next time `{again}` is enough", flush=True)
    serve(lookbook, here, on_start=open_in_browser)
