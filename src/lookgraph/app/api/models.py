"""What the API takes and gives, as the OpenAPI document says it."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from lookgraph.app.server.problems import MEDIA_TYPE
from lookgraph.state import EventKind


class Answer(BaseModel):
    """Anything that is answered."""

    model_config = ConfigDict(extra="forbid")


class Taken(BaseModel):
    """Anything that is sent: an unknown field is an error."""

    model_config = ConfigDict(extra="forbid")


class ProblemAnswer(BaseModel):
    """An error, after RFC 9457, and what to do about it."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str
    reason: str | None = Field(None, description="For a photo: why it cannot be used.")


class PhotoSize(Answer):
    width: int = Field(description="In pixels.")
    url: str


class PhotoFacts(Answer):
    width: int = Field(description="Of the original, in pixels.")
    height: int
    colour: str = Field(description="The mean, #rrggbb.")
    thumbhash: str = Field(description="A placeholder, base64; see evanw.github.io/thumbhash.")
    sizes: list[PhotoSize]


class StyleName(Answer):
    id: str = Field(description="The item that names the style.")
    name: str


class ItemAnswer(Answer):
    id: str
    title: str
    url: str
    attributes: dict[str, Any]
    photo: PhotoFacts
    style: StyleName


class FullItem(ItemAnswer):
    generation: str
    copies: list[str] = Field(description="Other items that show the same photo.")


class ItemPage(Answer):
    generation: str
    total: int = Field(description="Items that pass the filters.")
    items: list[ItemAnswer]
    next: str | None = Field(description="Send it as `cursor` for the next page; null at the end.")


class SimilarAnswer(Answer):
    position: int
    score: float = Field(description="Cosine with the query.")
    reasons: list[str]
    item: ItemAnswer


class SimilarPage(Answer):
    generation: str
    query: str | None
    recommender: str
    impressions: str = Field(description="Send it with events about these answers.")
    answers: list[SimilarAnswer]


class SearchPage(ItemPage):
    recommender: str
    impressions: str = Field(description="Send it with events about these answers.")
    suggestions: list[str] = Field(description="Words of the catalogue, where nothing was found.")


class FeedAnswer(Answer):
    position: int = Field(description="Place in the whole order of what is not hidden, from 0.")
    propensity: float = Field(description="Its chance of this place, given those before it.")
    item: ItemAnswer


class FeedPageAnswer(Answer):
    generation: str
    recommender: str
    impressions: str = Field(description="Send it with events about these answers.")
    answers: list[FeedAnswer]
    next: str | None = Field(description="Send it as `cursor` for the next page; null at the end.")


class FacetValueAnswer(Answer):
    value: str
    count: int


class FacetAnswer(Answer):
    name: str
    values: list[FacetValueAnswer]


class FacetsAnswer(Answer):
    generation: str
    facets: list[FacetAnswer]


class StyleAnswer(Answer):
    id: str
    name: str
    n_photos: int
    covers: list[str] = Field(description="Items in its middle.")


class StylesAnswer(Answer):
    generation: str
    styles: list[StyleAnswer]


class BoardAnswer(Answer):
    id: str
    name: str
    private: bool
    place: int
    n_items: int
    cover: list[str] = Field(description="Items on it, at most four: the chosen one, if any, then the newest.")
    chosen_cover: str | None


class BoardsAnswer(Answer):
    boards: list[BoardAnswer]


class KeptPhotoAnswer(Answer):
    id: str
    board: str
    width: int = Field(description="In pixels.")
    height: int
    colour: str = Field(description="The mean, #rrggbb.")
    url: str = Field(description="WebP; only whoever kept it gets it.")


class FullBoard(BoardAnswer):
    photos: list[KeptPhotoAnswer] = Field(description="One's own photos on it, newest first; nobody else sees them.")
    generation: str
    total: int = Field(description="Saved items that this generation has.")
    items: list[ItemAnswer] = Field(description="A page of them, newest first.")
    next: str | None = Field(description="Send it as `cursor` for the next page; null at the end.")
    gone: list[str] = Field(description="Saved items that this generation lacks.")


class Idea(Answer):
    position: int
    because: str = Field(description="The saved item that this was found by.")
    score: float
    item: ItemAnswer


class IdeasAnswer(Answer):
    generation: str
    query: str
    recommender: str
    impressions: str
    answers: list[Idea]


Name = Annotated[str, Field(min_length=1, max_length=60)]


class NewBoard(Taken):
    name: Name
    private: bool = True


class BoardChange(Taken):
    name: Name | None = None
    private: bool | None = None
    place: int | None = Field(None, ge=0, le=10_000)
    cover: str | None = Field(None, max_length=2000, description="An item on the board; empty: the newest again.")


class Saved(Answer):
    saved: bool
    new: bool = Field(description="False where it was so already.")


class Hidden(Answer):
    hidden: bool


class NewEvent(Taken):
    id: str = Field(min_length=8, max_length=64, description="Chosen by you: an event sent twice is kept once.")
    kind: EventKind
    item: str = Field(max_length=2000)


class NewEvents(Taken):
    impressions: str | None = Field(
        None, description="The token that came with what was shown; for all events of this request.", max_length=40_000
    )
    events: list[NewEvent] = Field(min_length=1, max_length=200)


class EventsAnswer(Answer):
    new: int = Field(description="How many were not there before.")


class Credentials(Taken):
    name: str = Field(max_length=200)
    password: str = Field(max_length=1000)


class SessionAnswer(Answer):
    token: str = Field(description="Send it as `Authorization: Bearer`.")
    expires_in_s: int


class PersonAnswer(Answer):
    id: str
    name: str
    role: Literal["guest", "member", "owner"]


class PersonChange(Taken):
    role: Literal["guest", "member", "owner"]


class NewPerson(Taken):
    name: str = Field(max_length=200, description="1 to 60 printable characters.")
    password: str = Field(max_length=1000, description="10 characters or more.")
    role: Literal["guest", "member", "owner"] = "member"


class PeopleAnswer(Answer):
    people: list[PersonAnswer]


class HealthAnswer(Answer):
    status: Literal["ok"]


class ReadyAnswer(Answer):
    status: Literal["ready"]
    generation: str
    neighbours: bool = Field(description="All neighbours are found; until then answers are found one by one.")


_PROBLEM: Final[dict[str, Any]] = {
    "description": "A problem, with its remedy.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}},
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of a route; 400, 401, 403, 413, 421, 422 and 429 can come from any."""
    return dict.fromkeys(sorted({400, 401, 403, 413, 421, 422, 429, *statuses}), _PROBLEM)
