"""`lookgraph serve`, and the people of the site: `add-person`, `set-role`, `simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lookgraph.app.commands.options import (
    AsJson,
    Assignments,
    ConfigFile,
    LookbookPath,
    StateUrl,
    chosen_settings,
    print_json,
)
from lookgraph.config import load_settings
from lookgraph.errors import ConfigError, StateError

if TYPE_CHECKING:
    from lookgraph.state import People


def serve(
    lookbook: LookbookPath,
    host: Annotated[str | None, typer.Option(help="Short for --set serve.host=.")] = None,
    port: Annotated[int | None, typer.Option(help="Short for --set serve.port=.")] = None,
    state: StateUrl = None,
    certificate: Annotated[
        Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="TLS certificate.")
    ] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="Its key.")] = None,
    assignments: Assignments = None,
    config: ConfigFile = None,
) -> None:
    """Browse a lookbook, save to boards, search by photo; the API is at /api/v1."""
    from lookgraph.app.serve import serve as run

    foreign = [each for each in assignments or [] if not each.startswith("serve.")]
    if foreign:
        raise ConfigError(
            f"--set {foreign[0]}: a server takes settings of the section serve;"
            " all others are the lookbook's own, from when it was built"
        )
    options: dict[str, object] = {"serve.host": host, "serve.port": port, "serve.state": state}
    run(lookbook, chosen_settings(assignments, config, options).serve, certificate=certificate, key=key)


def add_person(
    lookbook: LookbookPath,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What they sign in with.")],
    role: Annotated[str, typer.Option(help="guest, member or owner.")] = "member",
    password: Annotated[
        str,
        typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for where it is not given."),
    ] = "",
    state: StateUrl = None,
) -> None:
    """Make an account, for a site that is open to others."""
    made = _people(lookbook, state).add(name, role, password)
    print(f"{made.name} may sign in as {made.role}")


def set_role(
    lookbook: LookbookPath,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What they sign in with.")],
    role: Annotated[str, typer.Argument(metavar="ROLE", help="guest, member or owner.")],
    state: StateUrl = None,
) -> None:
    """Change what somebody may on the site; a running server knows within seconds. The last owner stays one."""
    people = _people(lookbook, state)
    person = people.named(name)
    if person is None:
        known = ", ".join(repr(each.name) for each in people.all()) or "nobody"
        raise StateError(f"there is nobody {name!r}, there is {known}: correct the name")
    changed = people.set_role(person.id, role)
    print(f"{changed.name} is {changed.role} now, was {person.role}")


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
        print_json(vars(done))
        return
    print(
        f"{done.people} simulated people, their taste from {done.taste}, came {done.sessions} times in {days} days and"
        f" saw {done.pages} pages: {done.clicks} clicks, {done.saves} saves, {done.hides} hides, {done.purchases}"
        f" purchases, all logged by {url}"
    )
    print(f"clicks an impression: {done.click_rate:.4f}; by chance {done.random:.4f}; at best {done.best:.4f}")


def _people(lookbook: Path, state: str | None) -> People:
    """The people of a lookbook's site."""
    from lookgraph.lookbook import current_name
    from lookgraph.state import Database, People, sqlite_url

    current_name(lookbook)
    return People(Database(state or load_settings().serve.state or sqlite_url(lookbook)))
