"""Who may call what: every route of the site is in this table, or the server does not start."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Access(IntEnum):
    """The least that somebody must be. What belongs to a person is checked beyond that, where it is read."""

    EVERYBODY = 0
    GUEST = 1
    MEMBER = 2
    OWNER = 3


ROLE_ACCESS: Final = {"guest": Access.GUEST, "member": Access.MEMBER, "owner": Access.OWNER}

E, G, M, O = Access.EVERYBODY, Access.GUEST, Access.MEMBER, Access.OWNER  # noqa: E741

ACCESS: Final[dict[tuple[str, str], Access]] = {
    # What a browser needs before anybody is known.
    ("GET", "/static/{version}/{name:path}"): E,
    ("GET", "/favicon.ico"): E,
    ("GET", "/sign-in"): E,
    ("POST", "/sign-in"): E,
    ("GET", "/api/v1/health"): E,
    ("GET", "/api/v1/ready"): E,
    ("GET", "/api/v1/openapi.json"): E,
    ("POST", "/api/v1/sessions"): E,
    # Looking.
    ("GET", "/"): G,
    ("GET", "/feed"): G,
    ("GET", "/styles"): G,
    ("GET", "/item/{item_id:path}"): G,
    ("GET", "/more/{item_id:path}"): G,
    ("GET", "/why/{item_id:path}"): G,
    ("POST", "/part/{item_id:path}"): G,
    ("GET", "/photo"): G,
    ("POST", "/photo"): G,
    ("GET", "/photos/{photo_hash}/{size}"): G,
    ("GET", "/boards/{board_id}"): G,
    ("GET", "/keys"): G,
    ("GET", "/api"): G,
    ("POST", "/sign-out"): G,
    ("GET", "/api/v1/items"): G,
    ("GET", "/api/v1/items/{item_id:path}"): G,
    ("GET", "/api/v1/similar/{item_id:path}"): G,
    ("POST", "/api/v1/similar"): G,
    ("GET", "/api/v1/search"): G,
    ("GET", "/api/v1/feed"): G,
    ("GET", "/api/v1/facets"): G,
    ("GET", "/api/v1/styles"): G,
    ("GET", "/api/v1/me"): G,
    ("GET", "/api/v1/boards/{board_id}"): G,
    ("DELETE", "/api/v1/sessions"): G,
    # What is kept of oneself: also for a guest who was a member before.
    ("GET", "/kept/{photo_id}"): G,
    ("POST", "/kept/{photo_id}"): G,
    ("POST", "/kept/{photo_id}/delete"): G,
    ("GET", "/kept/{photo_id}/{size}"): G,
    ("GET", "/me"): G,
    ("GET", "/me/export"): G,
    ("POST", "/me/delete"): G,
    ("POST", "/me/password"): G,
    ("DELETE", "/api/v1/kept-photos/{photo_id}"): G,
    ("GET", "/api/v1/me/export"): G,
    ("DELETE", "/api/v1/me"): G,
    # One's own boards and tastes.
    ("GET", "/boards"): M,
    ("POST", "/boards"): M,
    ("POST", "/boards/{board_id}"): M,
    ("POST", "/boards/{board_id}/move"): M,
    ("POST", "/boards/{board_id}/cover"): M,
    ("POST", "/boards/{board_id}/delete"): M,
    ("POST", "/photo/keep"): M,
    ("POST", "/save"): M,
    ("POST", "/unsave"): M,
    ("POST", "/taste"): M,
    ("POST", "/taste/styles"): M,
    ("POST", "/taste/forget"): M,
    ("GET", "/learned"): M,
    ("GET", "/api/v1/boards"): M,
    ("POST", "/api/v1/boards"): M,
    ("PATCH", "/api/v1/boards/{board_id}"): M,
    ("DELETE", "/api/v1/boards/{board_id}"): M,
    ("GET", "/api/v1/ideas/{board_id}"): M,
    ("PUT", "/api/v1/boards/{board_id}/items/{item_id:path}"): M,
    ("DELETE", "/api/v1/boards/{board_id}/items/{item_id:path}"): M,
    ("POST", "/api/v1/boards/{board_id}/photos"): M,
    ("PUT", "/api/v1/hides/{item_id:path}"): M,
    ("DELETE", "/api/v1/hides/{item_id:path}"): M,
    ("POST", "/api/v1/events"): M,
    # The site itself.
    ("GET", "/studio"): O,
    ("GET", "/studio/report"): O,
    ("GET", "/studio/map"): O,
    ("GET", "/studio/map/data"): O,
    ("GET", "/studio/rejected"): O,
    ("GET", "/studio/duplicates"): O,
    ("GET", "/studio/people"): O,
    ("POST", "/studio/people"): O,
    ("POST", "/studio/people/delete"): O,
    ("POST", "/studio/people/role"): O,
    ("POST", "/studio/rollback"): O,
    ("GET", "/api/v1/people"): O,
    ("POST", "/api/v1/people"): O,
    ("DELETE", "/api/v1/people/{person_id}"): O,
    ("PATCH", "/api/v1/people/{person_id}"): O,
    ("GET", "/api/v1/metrics"): O,
}
