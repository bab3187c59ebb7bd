"""The API's answers as bytes. 'More like this' is asked most, so its items are rendered once and kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson

from lookgraph.app.editions import Edition
from lookgraph.app.server.tokens import Tokens
from lookgraph.photos import Box
from lookgraph.recommend import Recommendation


def recommender_name(by: str, diversity: float = 0.0, where: str | None = None) -> str:
    """What made a ranking, as impressions name it: two rankings of one name were made in one way."""
    name = f"similar-{by}"
    if diversity:
        name += f"-diversity-{diversity:g}"
    return name if where is None else f"{name}-filtered"


def photo_recommender(part: Box | None, diversity: float = 0.0, where: str | None = None) -> str:
    """The same for rankings by a photo from outside, or a part of a photo."""
    return recommender_name("to-photo" if part is None else "to-part", diversity, where)


def similar_bytes(
    edition: Edition, tokens: Tokens, query: str | None, recommender: str, answers: Sequence[Recommendation]
) -> bytes:
    """A page of similar items as JSON.

    Args:
        query: The item that was asked about; None for a photo.
        recommender: What found them; it is certain of its order, so every propensity is one.
    """
    parts = [
        b'{"position":%d,"score":%s,"reasons":%s,"item":%s}'
        % (
            position,
            orjson.dumps(round(answer.score, 6)),
            orjson.dumps(answer.reasons),
            _item_bytes(edition, answer.row),
        )
        for position, answer in enumerate(answers)
    ]
    token = tokens.shown(recommender, edition.id, query, [answer.id for answer in answers])
    head = orjson.dumps({"generation": edition.id, "query": query, "recommender": recommender, "impressions": token})
    return head[:-1] + b',"answers":[' + b",".join(parts) + b"]}"


def similar_by_id(edition: Edition, tokens: Tokens, row: int, k: int, hidden: set[int]) -> bytes:
    """What is most similar to an item, as JSON; kept for the next who asks, where nothing is hidden."""
    key = (row, k)
    known = edition.rendered.get(key) if not hidden else None
    if known is None:
        answers = edition.similar(row, k, hidden)
        known = similar_bytes(edition, tokens, edition.ids[row], recommender_name("by-style"), answers)
        if not hidden:
            _keep(edition.rendered, key, known)
    return known


def _item_bytes(edition: Edition, row: int) -> bytes:
    known = edition.rendered_items.get(row)
    if known is None:
        known = edition.rendered_items[row] = to_json(edition.item(row))
    return known


def to_json(value: Any) -> bytes:
    """JSON of plain values and of what tables hold besides (dates)."""
    return orjson.dumps(value, default=str)


def _keep(kept: dict[Any, bytes], key: Any, value: bytes) -> None:
    if len(kept) >= _KEPT_PAGES:
        kept.clear()
    kept[key] = value


_KEPT_PAGES: Final = 1024
