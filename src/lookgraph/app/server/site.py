"""Everything that requests share: the editions, the state, the tokens, the processes that decode."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from fastapi import Request

from lookgraph.app.editions import Edition, Editions
from lookgraph.app.server.limits import RateLimit
from lookgraph.app.server.metrics import Metrics
from lookgraph.app.server.remembered import Remembered
from lookgraph.app.server.tokens import Tokens
from lookgraph.app.server.uploads import PhotoDesk
from lookgraph.config import ServeSettings
from lookgraph.errors import ServeError
from lookgraph.lookbook import current_name
from lookgraph.state import Boards, Database, Events, KeptPhotos, People, Person, Tastes, sqlite_url

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


@dataclass
class Site:
    """One server's parts.

    Attributes:
        owner: Who everybody is on a server without accounts; None where people sign in.
        hosts: Names by which the site may be called; empty: any.
        hidden: The nodes that people do not want to see, by person and generation.
    """

    settings: ServeSettings
    editions: Editions
    database: Database
    people: People
    boards: Boards
    kept_photos: KeptPhotos
    tastes: Tastes
    events: Events
    tokens: Tokens
    desk: PhotoDesk
    metrics: Metrics
    owner: Person | None
    hosts: frozenset[str]
    limits: dict[str, RateLimit]
    hidden: Remembered[tuple[str, str], set[int]] = field(default_factory=Remembered)

    @property
    def with_accounts(self) -> bool:
        return self.owner is None

    def close(self) -> None:
        self.editions.close()
        self.desk.close()
        self.database.close()


def open_site(lookbook: Path, settings: ServeSettings, *, fill: bool = True) -> Site:
    """Open the lookbook and the state.

    Args:
        fill: Find all neighbours at the start, in a thread.

    Raises:
        LookbookError: there is no lookbook, or it is damaged.
        StateError: the state cannot be opened.
        ServeError: the site would be open to others, and nobody could sign in as its owner.
    """
    current_name(lookbook)  # a folder that is no lookbook gets no state
    database = Database(settings.state or sqlite_url(lookbook))
    people = People(database)
    with_accounts = settings.accounts == "on" or settings.host not in LOOPBACK
    if with_accounts and not people.n_owners_with_password():
        raise ServeError(
            f"host {settings.host} needs accounts, and there is no owner with a password:"
            f" run `lookgraph add-person {lookbook} NAME --role owner`"
            f"{' with the same --state' if settings.state else ''}"
        )
    editions = Editions(lookbook, fill=fill)
    opened = editions.current.lookbook
    named = frozenset(name.strip().lower() for name in settings.public_hosts.split(",") if name.strip())
    return Site(
        settings=settings,
        editions=editions,
        database=database,
        people=people,
        boards=Boards(database),
        kept_photos=KeptPhotos(database),
        tastes=Tastes(database),
        events=Events(database),
        tokens=Tokens(database.secret("tokens")),
        desk=PhotoDesk(opened.settings.photos, settings, opened.side_px),
        metrics=Metrics(editions),
        owner=None if with_accounts else people.local_owner(),
        hosts=named or (frozenset() if with_accounts else frozenset({*LOOPBACK, "[::1]"})),
        limits={
            "all": RateLimit(settings.requests_per_minute),
            "upload": RateLimit(settings.uploads_per_minute),
            "sign-in": RateLimit(settings.sign_ins_per_minute),
        },
    )


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def edition_of(request: Request) -> Edition:
    """The edition of this request: taken by the guard, the same to its end."""
    edition: Edition = request.scope["edition"]
    return edition


def person_of(request: Request) -> Person:
    """Who asks; only on routes that are not for everybody."""
    person: Any = request.scope["person"]
    assert isinstance(person, Person)
    return person
