"""Deleting a person, or changing what they may: fully, and never the last one who could administer the site."""

from __future__ import annotations

from fastapi import Request

from lookgraph.app.server.personal import forget_hidden
from lookgraph.app.server.problems import Problem
from lookgraph.app.server.site import site_of
from lookgraph.errors import StateError
from lookgraph.state import Person


def leave(request: Request, person: Person) -> None:
    """Delete somebody and everything that is kept of them.

    Where the owner of a site without accounts leaves, it goes on with another owner without a password: a new, empty
    one, unless there is one already. It never goes on as somebody who can sign in.

    Raises:
        Problem: the site has accounts, and this is its last owner who can sign in.
    """
    site = site_of(request)
    try:
        site.people.delete(person.id, keep_an_owner=site.with_accounts)
    except StateError as error:
        raise Problem(409, "last-owner", str(error), "make somebody else an owner first") from None
    forget_hidden(site, person)
    request.app.state.sessions.forget()
    if site.owner is not None and site.owner.id == person.id:
        site.owner = site.people.local_owner()


def somebody(request: Request, person_id: str) -> Person:
    """Whoever is meant.

    Raises:
        Problem: there is nobody of this id.
    """
    found = site_of(request).people.get(person_id)
    if found is None:
        remedy = "reload the page, or list people at /api/v1/people"
        raise Problem(404, "no-person", f"there is nobody {person_id[:80]!r}", remedy)
    return found


def change_role(request: Request, person: Person, role: str) -> Person:
    """Let somebody do more, or less; it holds from their next request on.

    Raises:
        Problem: the site has no accounts, and this is its one owner.
        StateError: there is no such role, or it is the last owner.
    """
    site = site_of(request)
    if site.owner is not None and person.id == site.owner.id:
        raise Problem(
            409,
            "no-accounts",
            "this site has no accounts: everybody on this machine is its owner",
            "change the roles of others: they count where people sign in, on a site with accounts",
        )
    changed = site.people.set_role(person.id, role)
    request.app.state.sessions.forget()
    return changed
