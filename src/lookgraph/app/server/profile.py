"""What the site has learned of a person, in the terms of one edition: nodes and clusters."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lookgraph.app.editions import Edition, FeedSpec, find_interests
from lookgraph.app.server.site import Site
from lookgraph.state import Person
from lookgraph.state.tastes import TASTE_KINDS


@dataclass(frozen=True)
class Profile:
    """One person before one edition.

    Attributes:
        saved: Node to the boards that it is on.
        interests: (node, how many saves it stands for), without those that were turned down.
        liked: Clusters that were picked.
        disliked: Clusters that are not this person's style.
        hidden: Nodes that are not to be shown.
        is_new: Nothing was saved or picked yet.
    """

    saved: dict[int, list[str]]
    interests: tuple[tuple[int, int], ...]
    liked: tuple[int, ...]
    disliked: tuple[int, ...]
    hidden: frozenset[int]
    seed: int

    @property
    def is_new(self) -> bool:
        return not (self.saved or self.liked)

    @property
    def spec(self) -> FeedSpec:
        """The order of today's feed."""
        return FeedSpec(self.seed, tuple(node for node, _ in self.interests), self.liked, self.disliked)


def profile_of(site: Site, edition: Edition, person: Person) -> Profile:
    """Read what is kept of a person; ids that this edition lacks are passed over."""
    saves = site.boards.saves_of_person(person.id)
    nodes: list[int] = []
    saved: dict[int, list[str]] = {}
    for save in saves:
        row = edition.row_of_id.get(save.item_id)
        if row is not None:
            node = int(edition.node_of_row[row])
            nodes.append(node)
            saved.setdefault(node, []).append(save.board_id)
    said: dict[str, list[int]] = {kind: [] for kind in TASTE_KINDS}
    opinions: dict[int, str] = {}  # of clusters: what was said last counts
    for taste in site.tastes.of_person(person.id):
        row = edition.row_of_id.get(taste.item_id)
        if row is not None:
            node = int(edition.node_of_row[row])
            said[taste.kind].append(node)
            if taste.kind in ("likes-style", "not-my-style"):
                opinions.setdefault(int(edition.clusters[node]), taste.kind)
    liked = {cluster for cluster, kind in opinions.items() if kind == "likes-style"}
    disliked = {cluster for cluster, kind in opinions.items() if kind == "not-my-style"}
    turned_down = [node for node in said["no-interest"] if node in saved]
    interests = _without(find_interests(edition.lookbook.vectors, nodes), turned_down, edition.lookbook.vectors)
    today = int(time.time() // 86_400)
    return Profile(
        saved=saved,
        interests=interests,
        liked=tuple(sorted(liked)),
        disliked=tuple(sorted(disliked)),
        hidden=frozenset(said["hidden"]),
        seed=(person.seed + today) % 2**31,
    )


def _without(
    interests: Sequence[tuple[int, int]], turned_down: Sequence[int], vectors: np.ndarray
) -> tuple[tuple[int, int], ...]:
    """The interests but for those nearest to a saved node that was turned down.

    Another save may move the node that stands for an interest; the nearest one is still the one that was meant.
    """
    if not interests:
        return ()
    nodes = [node for node, _ in interests]
    dropped = {int(np.argmax(vectors[nodes] @ vectors[node])) for node in turned_down}
    return tuple(interest for at, interest in enumerate(interests) if at not in dropped)
