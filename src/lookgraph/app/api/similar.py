"""More like this: by an item's id, or by a photo that is sent."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import FastAPI, File, Form, Query, Request, UploadFile
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from lookgraph.app.api.catalogue import Where
from lookgraph.app.api.models import SimilarPage, problems
from lookgraph.app.editions import Edition
from lookgraph.app.server.answers import photo_recommender, recommender_name, similar_by_id, similar_bytes
from lookgraph.app.server.personal import hidden_nodes
from lookgraph.app.server.problems import Problem
from lookgraph.app.server.site import Site, edition_of, person_of, site_of
from lookgraph.photos import Box
from lookgraph.recommend import Recommendation

_MOST: Final = 200
_K_HELP: Final = f"Answers; default: the lookbook's setting recommend.k, at most {_MOST}."
_DIVERSITY_HELP: Final = "0 most similar, 1 most varied; default: the lookbook's setting recommend.diversity."
Count = Annotated[int | None, Query(ge=1, le=_MOST, description=_K_HELP)]
Diversity = Annotated[float | None, Query(ge=0, le=1, description=_DIVERSITY_HELP)]
By = Annotated[Literal["style", "shape", "colour"], Query(description="What has to be alike.")]
SIMILAR: Final = "/api/v1/similar/{item_id:path}"
BOX_HELP = "A part of the photo: left,top,width,height in fractions, for example 0.25,0,0.5,0.5."


def add_routes(app: FastAPI) -> None:
    @app.get(SIMILAR, tags=["similar"], response_model=SimilarPage, responses=problems(404))
    async def similar(
        request: Request,
        item_id: str,
        k: Count = None,
        where: Where = None,
        diversity: Diversity = None,
        by: By = "style",
    ) -> Response:
        """Items like an item: full pages under any filter, no photo twice, never the item's own."""
        site, edition = site_of(request), edition_of(request)
        row = edition.row(item_id)
        hidden = hidden_nodes(site, edition, person_of(request))
        k, diversity = _with_defaults(edition, k, diversity if by == "style" else diversity or 0.0)
        if where is None and diversity == 0 and by == "style":
            body = similar_by_id(edition, site.tokens, row, k, hidden)
        else:
            body = await run_in_threadpool(_searched, site, edition, row, k, where, diversity, by, hidden)
        return Response(body, media_type="application/json")

    @app.post("/api/v1/similar", tags=["similar"], response_model=SimilarPage, responses=problems(503))
    def similar_to_photo(
        request: Request,
        photo: Annotated[UploadFile, File(description="JPEG, PNG, WebP, GIF or AVIF.")],
        box: Annotated[str | None, Form(description=BOX_HELP, max_length=100)] = None,
        k: Annotated[int | None, Form(ge=1, le=_MOST, description=_K_HELP)] = None,
        where: Annotated[str | None, Form(max_length=2000)] = None,
        diversity: Annotated[float | None, Form(ge=0, le=1, description=_DIVERSITY_HELP)] = None,
    ) -> Response:
        """Items like a photo, or like a part of it. The photo is not kept."""
        site, edition = site_of(request), edition_of(request)
        part = read_box(box)
        decoded = site.desk.open(photo.file.read(), part)
        hidden = hidden_nodes(site, edition, person_of(request))
        k, diversity = _with_defaults(edition, k, diversity)
        found = edition.similar_to(decoded, k + len(hidden), where, diversity)
        answers = [answer for answer in found if answer.node not in hidden][:k]
        name = photo_recommender(part, diversity, where)
        body = similar_bytes(edition, site.tokens, None, name, answers)
        return Response(body, media_type="application/json")


class QuickSimilar:
    """Answers 'similar by id' without parameters, the question asked most, before any parameter is looked for.

    Its answer is the one of the route behind it, which gets every other request.
    """

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["query_string"] or scope["method"] != "GET":
            await self._inner(scope, receive, send)
            return
        site: Site = scope["app"].state.site
        edition: Edition = scope["edition"]
        k, diversity = _with_defaults(edition, None, None)
        if diversity:
            await self._inner(scope, receive, send)
            return
        row = edition.row(scope["path_params"]["item_id"])
        hidden = hidden_nodes(site, edition, scope["person"])
        body = similar_by_id(edition, site.tokens, row, k, hidden)
        await Response(body, media_type="application/json")(scope, receive, send)


def _with_defaults(edition: Edition, k: int | None, diversity: float | None) -> tuple[int, float]:
    usual = edition.lookbook.settings.recommend
    return min(usual.k, _MOST) if k is None else k, usual.diversity if diversity is None else diversity


def read_box(text: str | None) -> Box | None:
    """Read ``left,top,width,height``; the whole photo is no box.

    Raises:
        Problem: it is not four fractions that lie in a photo.
    """
    if not text:
        return None
    try:
        left, top, width, height = (float(part) for part in text.split(","))
        box = Box(left, top, width, height)
    except ValueError as error:
        raise Problem(422, "box", f"box {text!r} cannot be used ({error})", BOX_HELP) from None
    return None if box == Box(0, 0, 1, 1) else box


def _searched(
    site: Site,
    edition: Edition,
    row: int,
    k: int,
    where: str | None,
    diversity: float,
    by: Literal["style", "shape", "colour"],
    hidden: set[int],
) -> bytes:
    query = edition.ids[row]
    answers: list[Recommendation]
    if by == "style":
        found = edition.lookbook.similar(query, k + len(hidden), where=where, diversity=diversity)
        answers = [answer for answer in found if answer.node not in hidden][:k]
    elif where is not None or diversity:
        raise Problem(
            400, "combination", f"by={by} takes no filter and no diversity", "leave them out, or ask by=style"
        )
    else:
        answers = edition.by_look(row, by, k, hidden)
    return similar_bytes(edition, site.tokens, query, recommender_name(f"by-{by}", diversity, where), answers)
