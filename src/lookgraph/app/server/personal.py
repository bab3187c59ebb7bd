"""What belongs to a person: which nodes are hidden, which board may be looked at, which ideas fit a board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from lookgraph.app.editions import Edition, find_interests
from lookgraph.app.server.problems import Problem
from lookgraph.app.server.site import Site
from lookgraph.photos import THUMBNAIL_SIDES, Box
from lookgraph.state import Board, KeptPhoto, Person

_IDEAS_AN_INTEREST: Final = 60


def hidden_nodes(site: Site, edition: Edition, person: Person) -> set[int]:
    """The nodes that a person does not want to see; remembered for a few seconds."""

    def read() -> set[int]:
        ids = [taste.item_id for taste in site.tastes.of_person(person.id) if taste.kind == "hidden"]
        return set(edition.nodes_of_ids(ids))

    return site.hidden.get((person.id, edition.id), read) or set()


def forget_hidden(site: Site, person: Person) -> None:
    """After a change to what is hidden."""
    site.hidden.forget(lambda key: key[0] == person.id)


def visible_board(site: Site, person: Person, board_id: str) -> Board:
    """A board that this person may look at: an own one, or one that is not private.

    Raises:
        Problem: there is none; somebody else's private board is not told from one that does not exist.
    """
    board = site.boards.get(board_id)
    if board is None or (board.private and board.person_id != person.id):
        raise no_board(board_id)
    return board


def own_board(site: Site, person: Person, board_id: str) -> Board:
    """A board that this person may change.

    Raises:
        Problem: there is none, or it is somebody else's.
    """
    board = site.boards.get(board_id)
    if board is None or board.person_id != person.id:
        raise no_board(board_id)
    return board


def no_board(board_id: str) -> Problem:
    return Problem(404, "no-board", f"you have no board {board_id[:80]!r}", "list your boards at /api/v1/boards")


def keep_photo(site: Site, person: Person, board_id: str, data: bytes, box: Box | None) -> KeptPhoto:
    """Put a photo, or a part of it, on an own board; what is kept is a copy without metadata, and nothing else of it.

    Args:
        board_id: Empty: the person's first board.

    Raises:
        Problem: the board is not there, or somebody else's.
        PhotoError: the photo cannot be used.
        StateError: the person keeps too many.
    """
    board = own_board(site, person, board_id) if board_id else site.boards.first_board(person.id)
    photo = site.desk.open(data, box, to_keep=True)
    scale = min(1.0, max(THUMBNAIL_SIDES) / max(photo.width, photo.height))
    return site.kept_photos.add(
        person.id,
        board.id,
        width=max(1, round(photo.width * scale)),
        height=max(1, round(photo.height * scale)),
        colour=photo.colour,
        small=photo.thumbnails[min(photo.thumbnails)],
        large=photo.thumbnails[max(photo.thumbnails)],
    )


def own_photo(site: Site, person: Person, photo_id: str) -> KeptPhoto:
    """A photo that this person keeps: nobody else sees it, on whatever board it is.

    Raises:
        Problem: there is none, or it is somebody else's.
    """
    photo = site.kept_photos.get(photo_id)
    if photo is None or photo.person_id != person.id:
        raise Problem(404, "no-photo", f"you keep no photo {photo_id[:80]!r}", "see the photos on your boards")
    return photo


@dataclass(frozen=True, slots=True)
class BoardIdea:
    """A node for a board, and the saved node that it was found by."""

    node: int
    because: int
    score: float


def board_ideas(edition: Edition, item_ids: list[str], hidden: set[int], n: int) -> list[BoardIdea]:
    """More for a board: each of its interests has its own nearest, and they take turns by their weight.

    Args:
        item_ids: What is on the board, newest first.
    """
    on_board = edition.nodes_of_ids(item_ids)
    interests = find_interests(edition.lookbook.vectors, on_board)
    taken = {*on_board, *hidden}
    queues: list[list[BoardIdea]] = []
    for node, _ in interests:
        scores, found = edition.lookbook.index.search(
            edition.lookbook.vectors[[node]], min(edition.n_nodes, _IDEAS_AN_INTEREST + len(taken))
        )
        pairs = zip(found[0].tolist(), scores[0].tolist(), strict=True)
        queues.append([BoardIdea(each, node, score) for each, score in pairs if each >= 0 and each not in taken][::-1])
    credit = np.zeros(len(interests))
    weight = np.sqrt(np.array([count for _, count in interests], float))
    ideas: list[BoardIdea] = []
    seen: set[int] = set()
    while len(ideas) < n and any(queues):
        credit += weight
        credit[[not waiting for waiting in queues]] = -np.inf
        turn = int(np.argmax(credit))
        credit[turn] -= weight.sum()
        idea = queues[turn].pop()
        if idea.node not in seen:
            seen.add(idea.node)
            ideas.append(idea)
    return ideas
