"""A served lookbook for tests: a copy that may be changed, and clients who are somebody."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from starlette.testclient import TestClient

from copied_lookbooks import copy_lookbook
from drawn_garments import draw_garment
from lookgraph.app.server.factory import create_app
from lookgraph.config import ServeSettings
from lookgraph.state import Database, People, sqlite_url

PASSWORD = "correct horse battery"
BASE = "https://testserver"


@dataclass
class Served:
    """One running application; ``clients`` by name."""

    app: object
    clients: dict[str, TestClient]

    @property
    def site(self):
        return self.app.state.site

    @property
    def edition(self):
        return self.site.editions.current


def copied(lookbook, folder: Path) -> Path:
    """A lookbook's own copy, without cache and state."""
    return copy_lookbook(lookbook.root, folder / "copy.lookbook", "cache", "state.sqlite*")


@contextmanager
def served(root: Path, **settings) -> Iterator[Served]:
    """Without accounts: one client, "owner"."""
    hosts = {"public_hosts": "testserver", "decode_workers": 1, "requests_per_minute": 100_000}
    limits = {"uploads_per_minute": 100_000, "sign_ins_per_minute": 100_000}
    app = create_app(root, ServeSettings(**(hosts | limits | settings)), watch=False)
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        yield Served(app, {"owner": client})


@contextmanager
def served_with_accounts(root: Path, **settings) -> Iterator[Served]:
    """Clients nobody, guest, anna, ben (members) and owner; each signed in by the page's own form."""
    people = People(Database(sqlite_url(root)))
    roles = {"guest": "guest", "anna": "member", "ben": "member", "owner": "owner"}
    for name, role in roles.items():
        people.add(name, role, PASSWORD)
    with served(root, accounts="on", **settings) as site:
        site.clients = {"nobody": browser(site)} | {name: browser(site) for name in roles}
        for name in roles:
            answer = site.clients[name].post(
                "/sign-in", data={"name": name, "password": PASSWORD}, follow_redirects=False
            )
            assert answer.status_code == 303, answer.text
        yield site


def browser(site: Served) -> TestClient:
    """A client that says where its requests come from, as browsers do."""
    headers = {"Origin": BASE}
    return TestClient(site.app, base_url=BASE, headers=headers, raise_server_exceptions=False)


def png(width: int = 64, height: int = 80, colour: str = "#c03030") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "PNG")
    return file.getvalue()


def drawn(kind: str, colour: str) -> bytes:
    """A garment of the drawn catalogue's kinds that is not in it, as PNG."""
    file = io.BytesIO()
    draw_garment(kind, colour, 1).save(file, "PNG")
    return file.getvalue()
