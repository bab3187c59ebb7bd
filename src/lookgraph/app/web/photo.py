"""Search by one's own photo, or a part of it. Nothing of it is kept; :mod:`.kept` does that, when it is asked to."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, File, Form, Request, UploadFile
from starlette.responses import Response

from lookgraph.app.api.similar import read_box
from lookgraph.app.server.answers import photo_recommender
from lookgraph.app.server.personal import hidden_nodes
from lookgraph.app.server.profile import profile_of
from lookgraph.app.server.rendering import is_part, page
from lookgraph.app.server.site import edition_of, person_of, site_of
from lookgraph.app.web.closeup import ANSWERS, shown_answers


def add_routes(app: FastAPI) -> None:
    @app.get("/photo", include_in_schema=False)
    def ask(request: Request) -> Response:
        site, person = site_of(request), person_of(request)
        boards = site.boards.of_person(person.id, with_private=True) if person.role != "guest" else []
        return page(request, "photo.html", limit=site.settings.max_upload_bytes, boards=boards)

    @app.post("/photo", include_in_schema=False)
    def answer(
        request: Request,
        photo: Annotated[UploadFile, File()],
        box: Annotated[str, Form(max_length=100)] = "",
    ) -> Response:
        site, edition, person = site_of(request), edition_of(request), person_of(request)
        hidden = hidden_nodes(site, edition, person)
        part = read_box(box)
        decoded = site.desk.open(photo.file.read(), part)
        found = edition.similar_to(decoded, ANSWERS + len(hidden))
        answers = [each for each in found if each.node not in hidden][:ANSWERS]
        return page(
            request,
            "parts/results.html" if is_part(request) else "results.html",
            heading="Like your photo" if part is None else "Like this part",
            back="/photo",
            profile=profile_of(site, edition, person),
            **shown_answers(site, edition, answers, photo_recommender(part), None),
        )
