"""Home: a feed of photos, narrowed down by words, filters and styles."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from markupsafe import Markup
from starlette.responses import Response

from lookgraph.app.editions import Edition
from lookgraph.app.editions.styles import Style
from lookgraph.app.server.browse import Search, facet_values, feed_page, read_search
from lookgraph.app.server.profile import profile_of
from lookgraph.app.server.rendering import page, part
from lookgraph.app.server.site import edition_of, person_of, site_of

_CHIPS = 40
_KEPT_PARTS = 256
_FIRST_STYLES = 18


def add_routes(app: FastAPI) -> None:
    _add_feed(app)
    _add_styles(app)


def _add_feed(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False)
    def home(request: Request) -> Response:
        site, edition, person = site_of(request), edition_of(request), person_of(request)
        profile = profile_of(site, edition, person)
        search = read_search(edition, request.query_params.multi_items())
        shown = feed_page(edition, site.tokens, profile, search, request.query_params.get("cursor", ""))
        style = None
        if search.style:
            style = edition.style_of_cluster[int(edition.clusters[edition.node_of_row[edition.row(search.style)]])]
        return page(
            request,
            "home.html",
            search=search,
            style=style,
            edition=edition,
            narrow=_narrow(request, edition, search, style),
            shown=shown,
            profile=profile,
            more=f"/feed{search.query(('cursor', shown.cursor))}" if shown.cursor else "",
            next_page=f"/{search.query(('cursor', shown.cursor))}" if shown.cursor else "",
            suggestions=edition.words.suggestions(search.words) if search.words and not shown.tiles else [],
            welcome=profile.is_new and search.is_empty and person.role != "guest",
            first_styles=edition.styles[:_FIRST_STYLES],
        )

    @app.get("/feed", include_in_schema=False)
    def feed(request: Request) -> Response:
        site, edition, person = site_of(request), edition_of(request), person_of(request)
        profile = profile_of(site, edition, person)
        search = read_search(edition, request.query_params.multi_items())
        shown = feed_page(edition, site.tokens, profile, search, request.query_params.get("cursor", ""))
        return page(
            request,
            "parts/feed.html",
            shown=shown,
            profile=profile,
            more=f"/feed{search.query(('cursor', shown.cursor))}" if shown.cursor else "",
        )


def _add_styles(app: FastAPI) -> None:
    @app.get("/styles", include_in_schema=False)
    def styles(request: Request) -> Response:
        edition = edition_of(request)
        profile = profile_of(site_of(request), edition, person_of(request))
        return page(
            request,
            "styles.html",
            styles=edition.styles,
            families=_families(edition.styles),
            edition=edition,
            profile=profile,
        )


def _families(styles: list[Style]) -> list[dict[str, Any]]:
    """Styles by the coarse cluster that they lie in, the largest family first; one family where they are coarse."""
    families: dict[str, list[Style]] = {}
    for style in styles:
        families.setdefault(style.family, []).append(style)
    if len(families) == len(styles):
        return [{"name": "", "styles": styles}]
    by_size = sorted(families.items(), key=lambda pair: -sum(style.n_nodes for style in pair[1]))
    return [{"name": name, "styles": inside} for name, inside in by_size]


def _narrow(request: Request, edition: Edition, search: Search, style: Style | None) -> Markup:
    """Styles and filters with their counts: the same for everybody, so rendered once for each search."""
    key = search.query()
    known = edition.parts.get(key)
    if known is None:
        values = {"styles": edition.styles[:_CHIPS], "edition": edition, "facets": facet_values(edition, search)}
        known = part(request, "parts/narrow.html", search=search, style=style, **values)
        if len(edition.parts) >= _KEPT_PARTS:
            edition.parts.clear()
        edition.parts[key] = known
    return Markup(known)
