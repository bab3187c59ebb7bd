"""`lookgraph simulate`: shoppers whose taste is known shop a running site, as people of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lookgraph import lookbook as books
from lookgraph.config import load_settings
from lookgraph.demo.behaviour import World
from lookgraph.demo.facts import ItemFacts, facts_of_catalogue
from lookgraph.demo.http_recommender import HttpRecommender
from lookgraph.demo.making import facts_in
from lookgraph.demo.recommenders import RandomRecommender
from lookgraph.demo.shoppers import make_shoppers
from lookgraph.demo.simulation import best_click_rate, simulate
from lookgraph.errors import SimulationError
from lookgraph.state import Database, People, sqlite_url


@dataclass(frozen=True)
class Shopped:
    """What came of it.

    Attributes:
        taste: Where the shoppers' taste comes from, in words.
        saves, hides, purchases: How many.
        click_rate: Clicks an impression; ``random`` and ``best`` are what chance and the oracle get from them.
    """

    taste: str
    people: int
    sessions: int
    pages: int
    clicks: int
    saves: int
    hides: int
    purchases: int
    click_rate: float
    random: float
    best: float


def shop(
    lookbook: Path, url: str, *, people: int, days: int, k: int, seed: int, drawn: Path | None, state: str | None
) -> Shopped:
    """Let simulated people shop the site at ``url``, which serves this lookbook with accounts.

    Args:
        people: How many; they become members of the site, named ``simulated person-00000`` and so on, without a
            password: nobody can sign in as them.
        days: That they live through; the server's clock stands still meanwhile.
        k: Items a page.
        drawn: The folder that ``lookgraph demo`` drew, for the true taste of drawn items; None: the one beside the
            lookbook, where it is there.
        state: URL of the server's state; None: the setting ``serve.state``, else the lookbook's own.

    Raises:
        SimulationError: the server is not there, has no accounts, or keeps another state.
    """
    opened = books.open(lookbook)
    facts, taste = _facts(opened, drawn or lookbook.with_name(f"{lookbook.stem}-drawn"), seed)
    shoppers = make_shoppers(people, facts, seed)
    database = Database(state or load_settings().serve.state or sqlite_url(lookbook))
    try:
        sessions = _take_in(People(database), [f"simulated {name}" for name in shoppers.ids], url, lookbook)
    finally:
        database.close()
    recommender = HttpRecommender(url, sessions, facts.ids)
    done = simulate(recommender, World(facts, shoppers), days=days, k=k, seed=seed)
    recommender.close()
    world = World(facts, shoppers)
    by_chance = simulate(RandomRecommender(len(facts), seed), world, days=days, k=k, seed=seed)
    events = done.log["event"].to_pylist()
    return Shopped(
        taste=taste,
        people=people,
        sessions=done.n_sessions,
        pages=done.n_pages,
        clicks=int(done.clicks.sum()),
        saves=events.count("save"),
        hides=events.count("hide"),
        purchases=events.count("purchase"),
        click_rate=done.click_rate,
        random=by_chance.click_rate,
        best=best_click_rate(world, days=days, k=k, seed=seed),
    )


def _facts(opened: books.Lookbook, drawn: Path, seed: int) -> tuple[ItemFacts, str]:
    """What shoppers see in the items: the truth where they were drawn, else their attributes and embeddings."""
    known = facts_in(drawn)
    if known is not None and set(opened.ids) <= set(known.ids):
        return known, f"the truth about the drawn items ({drawn})"
    return (
        facts_of_catalogue(opened.items, opened.generation.embeddings, seed),
        "nearness in the encoder's space, and attributes",
    )


def _take_in(people: People, names: list[str], url: str, lookbook: Path) -> list[str]:
    """A session's token for each name; who is not there yet becomes a member.

    The first asks the server who they are; nobody else is taken in, and nothing of the first is left, where the server
    is not one for shoppers.
    """
    first, *others = names
    was_there = people.named(first) is not None
    token = _session(people, first)
    try:
        _check_server(url, token, first, lookbook)
    except BaseException:
        people.sign_out(token)
        newcomer = None if was_there else people.named(first)
        if newcomer is not None:
            people.delete(newcomer.id)
        raise
    return [token, *(_session(people, name) for name in others)]


def _session(people: People, name: str) -> str:
    person = people.named(name) or people.add(name, "member", None)
    return people.open_session(person.id)


def _check_server(url: str, token: str, name: str, lookbook: Path) -> None:
    """Does the server know whom this session is of?

    Raises:
        SimulationError: it is not there, has no accounts, or keeps another state.
    """
    asking = HttpRecommender(url, [token], [])
    try:
        found = asking.whoever(0)["name"]
    finally:
        asking.close()
    if found != name:
        raise SimulationError(
            f"{url} has no accounts, so all shoppers would be one person, {found!r}: make an owner with"
            f" `lookgraph add-person {lookbook} NAME --role owner`, then `lookgraph serve {lookbook} --set"
            " serve.accounts=on`"
        )
