"""The command line: `lookgraph --help`.

Answers go to standard output (with ``--json``: one JSON document), progress and errors to standard error.
Exit codes: 0 done; 1 a fault of Lookgraph's own; 2 wrong usage; 3 and up an error's own number, see
:mod:`lookgraph.errors`; 130 interrupted; 143 terminated (a server that is told to stop ends with 0).
"""

from __future__ import annotations

import json
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lookgraph.app.changing import add, remove
from lookgraph.app.demo import demo
from lookgraph.config import Settings, describe_settings, load_settings, parse_assignments
from lookgraph.errors import LookgraphError, StateError

if TYPE_CHECKING:
    from lookgraph.state import People

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Fashion recommendations from photos of clothes, with graph neural networks.",
)

LookbookPath = Annotated[Path, typer.Argument(metavar="LOOKBOOK", help="The folder that `build` made.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Assignments = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting, for example graph.k=20; repeatable.")
]
ConfigFile = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="Settings in a TOML file.")]
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


def main() -> None:
    """Run the command line; the console script."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        app()
    except LookgraphError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except Exception:
        if _stopped_by:  # a library that was just being imported makes an error of its own out of the stop
            sys.exit(128 + _stopped_by[-1])
        raise


@app.command()
def build(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="Photos: a folder, CSV, JSONL or Parquet.")],
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
    settings = _settings(assignments, config, {"encoder.weights": encoder, "gnn.kind": kind, "gnn.labels": declared})
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
    _print_info(made, as_json)


app.command()(add)
app.command()(remove)


@app.command()
def rebuild(lookbook: LookbookPath, assignments: Assignments = None, as_json: AsJson = False) -> None:
    """Build a lookbook anew from the photos it holds, also those that `add` brought; no photo is read again."""
    import lookgraph
    from lookgraph.app.progress import make_progress

    with make_progress() as progress:
        made = lookgraph.rebuild(lookbook, changes=parse_assignments(assignments or []), progress=progress)
    _print_info(made, as_json)


@app.command()
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
        _print_json({"query": item_or_photo, "answers": [answer.to_dict() for answer in found]})
        return
    table = Table("", "score", "item", "why", title=Text(f"like {item_or_photo}"), title_justify="left", box=None)
    for place, answer in enumerate(found, 1):
        table.add_row(str(place), f"{answer.score:.3f}", Text(answer.id), Text("; ".join(answer.reasons)))
    _console().print(table)


@app.command()
def embed(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="Photos: a folder, CSV, JSONL or Parquet.")],
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

    settings = _settings(assignments, config, {"encoder.weights": encoder})
    opened = open_source(source, settings.photos, metadata=metadata, image_column=image_column, id_column=id_column)
    with make_progress() as progress:
        n_embedded, rejected = embed_to_parquet(opened, out, settings, progress)
    if as_json:
        listed = [{"id": r.id, "reason": str(r.reason), "message": r.message} for r in rejected]
        _print_json({"embedded": n_embedded, "rejected": listed, "out": str(out)})
        return
    for refused in rejected:
        print(f"rejected {refused.id!r}: {refused.reason}: {refused.message}", file=sys.stderr)
    print(f"{n_embedded} embeddings in {out}, {len(rejected)} rejected")


@app.command()
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
    settings = _settings(assignments, config, {"train.epochs": epochs, "train.processes": processes})
    from lookgraph.app.progress import make_progress
    from lookgraph.app.train_encoder import describe
    from lookgraph.app.train_encoder import train_encoder as train
    from lookgraph.photos import open_source

    opened = open_source(source, settings.photos, metadata=metadata, image_column=image_column, id_column=id_column)
    with make_progress() as progress:
        done = train(opened, targets, out, settings, origin, progress)
    if as_json:
        _print_json(describe(done))
        return
    for refused in done.rejections:
        print(f"rejected {refused['id']!r}: {refused['reason']}: {refused['message']}", file=sys.stderr)
    print(done.outcome.verdict)
    print(
        f"weights in {out}, best of {done.outcome.epochs} epochs: {done.outcome.best_epoch}; {len(done.rejections)}"
        f" photos rejected; try `lookgraph build {source} LOOKBOOK --encoder {out}`"
    )


@app.command()
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
    from lookgraph.app.reporting import measure_again, published_metrics, report_again

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
        _print_json(metrics)
        return
    if only and out is None:
        print(json.dumps(metrics, indent=2, ensure_ascii=False))
    print(f"report: {page}")


@app.command()
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
        from lookgraph.app.reporting import published_metrics

        metrics = published_metrics(opened)
        if as_json:
            _print_json(metrics)
        else:
            print("\n".join(summarise_in_words(metrics)))
        return
    measured, path = measure_variants(opened, "controls" if controls else "ablation", seeds)
    if as_json:
        _print_json(measured)
        return
    for title, (heading, *rows) in as_tables(measured, number):
        table = Table(*heading, title=title, title_justify="left", box=None)
        for row in rows:
            table.add_row(*row)
        _console().print(table)
    print(f"kept in {path}")


@app.command()
def info(lookbook: LookbookPath, as_json: AsJson = False) -> None:
    """What is in a lookbook, and how it was made."""
    from lookgraph import lookbook as books

    _print_info(books.open(lookbook), as_json)


@app.command()
def rollback(
    lookbook: LookbookPath,
    to: Annotated[str | None, typer.Option(metavar="GENERATION", help="Default: the one before the current.")] = None,
    as_json: AsJson = False,
) -> None:
    """Serve an earlier generation again."""
    from lookgraph.lookbook import roll_back

    name = roll_back(lookbook, to)
    if as_json:
        _print_json({"current": name})
    else:
        print(f"generation {name} is served again")


@app.command()
def doctor(
    lookbook: Annotated[Path | None, typer.Argument(metavar="[LOOKBOOK]", help="Check its files too.")] = None,
    items: Annotated[int, typer.Option(help="Photos you mean to build from: what will they take?")] = 10_000,
    as_json: AsJson = False,
) -> None:
    """Check the environment, the weights, the disk and the memory; with a lookbook: every file of it."""
    from lookgraph.app.doctor import examine

    findings = examine(lookbook, items, load_settings().encoder)
    if as_json:
        _print_json([finding.__dict__ for finding in findings])
    else:
        for finding in findings:
            print(f"{'ok  ' if finding.ok else 'BAD '} {finding.name}: {finding.message}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


app.command()(demo)


@app.command()
def serve(
    lookbook: LookbookPath,
    host: Annotated[str | None, typer.Option(help="Short for --set serve.host=.")] = None,
    port: Annotated[int | None, typer.Option(help="Short for --set serve.port=.")] = None,
    state: Annotated[str | None, typer.Option(metavar="URL", help="Short for --set serve.state=.")] = None,
    certificate: Annotated[Path | None, typer.Option(metavar="FILE", help="TLS certificate.")] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="Its key.")] = None,
    assignments: Assignments = None,
    config: ConfigFile = None,
) -> None:
    """Browse a lookbook, save to boards, search by photo; the API is at /api/v1."""
    from lookgraph.app.serve import serve as run

    options: dict[str, object] = {"serve.host": host, "serve.port": port, "serve.state": state}
    run(lookbook, _settings(assignments, config, options).serve, certificate=certificate, key=key)


@app.command()
def add_person(
    lookbook: LookbookPath,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What they sign in with.")],
    role: Annotated[str, typer.Option(help="guest, member or owner.")] = "member",
    password: Annotated[
        str,
        typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for where it is not given."),
    ] = "",
    state: Annotated[str | None, typer.Option(metavar="URL", help="Short for --set serve.state=.")] = None,
) -> None:
    """Make an account, for a site that is open to others."""
    made = _people(lookbook, state).add(name, role, password)
    print(f"{made.name} may sign in as {made.role}")


@app.command()
def set_role(
    lookbook: LookbookPath,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What they sign in with.")],
    role: Annotated[str, typer.Argument(metavar="ROLE", help="guest, member or owner.")],
    state: Annotated[str | None, typer.Option(metavar="URL", help="Short for --set serve.state=.")] = None,
) -> None:
    """Change what somebody may on the site; a running server knows within seconds. The last owner stays one."""
    people = _people(lookbook, state)
    person = people.named(name)
    if person is None:
        known = ", ".join(repr(each.name) for each in people.all()) or "nobody"
        raise StateError(f"there is nobody {name!r}, there is {known}: correct the name")
    changed = people.set_role(person.id, role)
    print(f"{changed.name} is {changed.role} now, was {person.role}")


@app.command()
def simulate(
    lookbook: LookbookPath,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where `serve` said that it is.")],
    shoppers: Annotated[int, typer.Option(min=1, help="Simulated people.")] = 100,
    days: Annotated[int, typer.Option(min=1, help="Days that they live through.")] = 30,
    k: Annotated[int, typer.Option("--k", min=1, max=200, help="Items a page.")] = 20,
    seed: Annotated[int, typer.Option(help="Of the people and of what they do.")] = 7,
    drawn: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="What `demo` drew; default: LOOKBOOK-drawn beside it.")
    ] = None,
    state: Annotated[str | None, typer.Option(metavar="URL", help="The server's, short for serve.state.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let simulated people shop a running site, which serves this lookbook with accounts."""
    from lookgraph.app.simulating import shop

    done = shop(lookbook, url, people=shoppers, days=days, k=k, seed=seed, drawn=drawn, state=state)
    if as_json:
        _print_json(vars(done))
        return
    print(
        f"{done.people} simulated people, their taste from {done.taste}, came {done.sessions} times in {days} days and"
        f" saw {done.pages} pages: {done.clicks} clicks, {done.saves} saves, {done.hides} hides, {done.purchases}"
        f" purchases, all logged by {url}"
    )
    print(f"clicks an impression: {done.click_rate:.4f}; by chance {done.random:.4f}; at best {done.best:.4f}")


@app.command()
def settings(as_json: AsJson = False) -> None:
    """List every setting with its default and meaning."""
    rows = describe_settings()
    if as_json:
        _print_json([{"name": name, "default": default, "meaning": meaning} for name, default, meaning in rows])
        return
    table = Table("setting", "default", "meaning", box=None)
    for row in rows:
        table.add_row(*map(Text, row))
    _console().print(table)


def _people(lookbook: Path, state: str | None) -> People:
    """The people of a lookbook's site."""
    from lookgraph.lookbook import current_name
    from lookgraph.state import Database, People, sqlite_url

    current_name(lookbook)
    return People(Database(state or load_settings().serve.state or sqlite_url(lookbook)))


def _settings(assignments: list[str] | None, config: Path | None, options: dict[str, object] | None = None) -> Settings:
    """Settings from --set and --config; options of their own win where they are given."""
    given = {name: str(value) for name, value in (options or {}).items() if value is not None}
    return load_settings(parse_assignments(assignments or []) | given, file=config)


def _print_info(opened: Any, as_json: bool) -> None:
    from lookgraph.lookbook import drift_of, generation_names

    facts, drift = opened.manifest, drift_of(opened.generation)
    advice = drift.advice(opened.settings.lookbook)
    if as_json:
        more = {"report": str(opened.report), "generations": generation_names(opened.root), "advice": advice}
        _print_json({k: v for k, v in facts.items() if k != "files"} | more)
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
    if advice:
        lines.append(f"advice      {advice}")
    lines[1:1] = [f"{what:<11} {said}" for what, said in facts["source"].get("origin", {}).items()]
    print("\n".join(lines))


def _said_clusters(clusters: dict[str, Any]) -> str:
    coarse = ", ".join(f"{cluster['name']} ({cluster['n_nodes']})" for cluster in clusters["coarse"])
    return f"{' > '.join(map(str, clusters['levels']))}; the coarse ones: {coarse}"


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def _console() -> Console:
    console = Console()
    if not console.is_terminal:  # a pipe has no width: nothing is cut off or wrapped
        console = Console(width=max(200, shutil.get_terminal_size().columns), soft_wrap=True)
    return console


_stopped_by: list[int] = []


def _stop(number: int, frame: FrameType | None) -> None:
    _stopped_by.append(number)
    print("stopped: a build goes on where it was when the same command is run again", file=sys.stderr)
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
