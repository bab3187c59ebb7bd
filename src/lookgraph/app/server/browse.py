"""A search as its address says it, and the pages of the feed that answer it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import numpy as np

from lookgraph.app.editions import Edition, FeedSpec, Tile
from lookgraph.app.editions.facets import PREFIX, filtered
from lookgraph.app.server.problems import Problem
from lookgraph.app.server.profile import Profile
from lookgraph.app.server.tokens import Tokens

PAGE: Final = 30
_MAX_CHOSEN: Final = 60
_MAX_WORDS: Final = 200


@dataclass(frozen=True)
class Search:
    """What is looked for.

    Attributes:
        chosen: Column to the values that are let through.
        words: Words that an item's attributes must have.
        style: An item that names a style, or nothing.
    """

    chosen: tuple[tuple[str, frozenset[str]], ...] = ()
    words: str = ""
    style: str = ""

    @property
    def facets(self) -> dict[str, frozenset[str]]:
        return dict(self.chosen)

    @property
    def is_empty(self) -> bool:
        return not (self.chosen or self.words or self.style)

    def pairs(self) -> list[tuple[str, str]]:
        pairs = [("q", self.words)] if self.words else []
        pairs += [("style", self.style)] if self.style else []
        return pairs + [(PREFIX + name, value) for name, values in self.chosen for value in sorted(values)]

    def query(self, *more: tuple[str, str]) -> str:
        """The address's query, with its question mark."""
        pairs = [*self.pairs(), *more]
        return f"?{urlencode(pairs)}" if pairs else ""

    def toggled(self, name: str, value: str) -> Search:
        """With this value let through too, or no longer."""
        facets = self.facets
        values = facets.get(name, frozenset()) ^ {value}
        facets = {**facets, name: values}
        return Search(tuple(sorted((n, v) for n, v in facets.items() if v)), self.words, self.style)

    def without_words(self) -> Search:
        return self.with_words("")

    def with_words(self, words: str) -> Search:
        return Search(self.chosen, words, self.style)

    def with_style(self, item_id: str) -> Search:
        return Search(self.chosen, self.words, item_id)

    def without_style(self) -> Search:
        return self.with_style("")


def read_search(edition: Edition, pairs: Iterable[tuple[str, str]]) -> Search:
    """Read an address's query.

    Raises:
        Problem: a column cannot be filtered by, or too much is chosen.
    """
    known = {facet.name for facet in edition.facets}
    chosen: dict[str, set[str]] = {}
    words, style = "", ""
    for name, value in pairs:
        if name == "q":
            words = " ".join(value.split())[:_MAX_WORDS]
        elif name == "style":
            style = value
        elif name.startswith(PREFIX):
            if name[len(PREFIX) :] not in known:
                raise Problem(
                    400,
                    "filter",
                    f"the catalogue has no filter {name[len(PREFIX) :][:80]!r}",
                    f"there are {', '.join(sorted(known)) or 'none'}",
                )
            chosen.setdefault(name[len(PREFIX) :], set()).add(value)
    if sum(map(len, chosen.values())) > _MAX_CHOSEN:
        raise Problem(400, "filter", f"more than {_MAX_CHOSEN} filter values", "choose fewer")
    return Search(tuple(sorted((name, frozenset(values)) for name, values in chosen.items())), words, style)


@dataclass(frozen=True)
class FeedPage:
    """A page of photos.

    Attributes:
        positions: Of each tile in the whole order of what the person may see, from 0.
        propensities: Chance of each tile at its place, given those before it.
        token: What was put where; see :class:`.tokens.Tokens`.
        cursor: Where the next page begins; empty at the end.
    """

    tiles: list[Tile]
    positions: list[int]
    propensities: list[float]
    token: str
    cursor: str


def feed_page(
    edition: Edition, tokens: Tokens, profile: Profile, search: Search, cursor: str, n: int = PAGE
) -> FeedPage:
    """The next page of a search's feed.

    Raises:
        Problem: the cursor is not ours.
        ItemNotFoundError: the style's item is not there.
    """
    begin, spec = 0, profile.spec
    if cursor:
        facts = tokens.read_cursor("feed", cursor)
        begin = int(facts["o"])
        if facts["g"] == edition.id:  # the order that was begun; after a new build a new one goes on at its place
            spec = FeedSpec(int(facts["s"]), tuple(facts["i"]), tuple(facts["l"]), tuple(facts["d"]))
    cluster = int(edition.clusters[edition.node_of_row[edition.row(search.style)]]) if search.style else None
    relevance = edition.relevance(search.facets, search.words, cluster)
    key = search.query()
    placed, after = edition.feed.place(spec, key, relevance, begin, set(profile.hidden), n)
    kept = fitting(edition, search)
    rows = [shown_row(edition, kept, placement.node) for placement in placed]
    tiles = [edition.tile(row) for row in rows]
    positions = [placement.position for placement in placed]
    chances = [placement.propensity for placement in placed]
    token = tokens.shown("feed", edition.id, key or None, [t.id for t in tiles], positions, chances)
    facts = {"g": edition.id, "s": spec.seed, "i": spec.interests, "l": spec.liked, "d": spec.disliked, "o": after}
    return FeedPage(tiles, positions, chances, token, tokens.cursor("feed", facts) if after is not None else "")


def fitting(edition: Edition, search: Search) -> np.ndarray | None:
    """(n_items,) bool: what passes the filters and has the words; None: everything."""
    kept = filtered(edition.facets, search.facets)
    if not search.words:
        return kept
    has_words: np.ndarray = edition.words.search(search.words) > 0
    return has_words if kept is None else kept & has_words


def shown_row(edition: Edition, kept: np.ndarray | None, node: int) -> int:
    """The item that stands for a node: where something is looked for, one that fits."""
    usual = int(edition.row_of_node[node])
    if kept is None or kept[usual]:
        return usual
    return next((row for row in edition.copies(usual) if kept[row]), usual)


@dataclass(frozen=True)
class FacetValue:
    """One value that can be chosen, how many items it would leave, and the address that chooses it."""

    value: str
    count: int
    chosen: bool
    query: str


def facet_values(edition: Edition, search: Search) -> list[tuple[str, str, list[FacetValue]]]:
    """(name, label, values) of every facet; counts are under all other choices, values that leave nothing are out."""
    by_words = edition.words.search(search.words) > 0 if search.words else None
    if search.style:
        cluster = edition.clusters[edition.node_of_row[edition.row(search.style)]]
        in_style = edition.clusters[edition.node_of_row] == cluster
        by_words = in_style if by_words is None else by_words & in_style
    listed: list[tuple[str, str, list[FacetValue]]] = []
    for facet in edition.facets:
        kept: Any = filtered(edition.facets, search.facets, but=facet.name)
        if by_words is not None:
            kept = by_words if kept is None else kept & by_words
        chosen = search.facets.get(facet.name, frozenset())
        counts = facet.counts(slice(None) if kept is None else kept)  # type: ignore[arg-type]
        values = [
            FacetValue(value, count, value in chosen, search.toggled(facet.name, value).query())
            for value, count in counts
            if count or value in chosen
        ]
        listed.append((facet.name, facet.label, values))
    return listed
