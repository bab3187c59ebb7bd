"""Deleting a person, or changing what they may: fully, and never the last one who could administer the site."""

from __future__ import annotations

from fastapi import Request

from lookgraph.app.server.personal import forget_hidden
from lookgraph.app.server.problems import Problem
from lookgraph.app.server.site import site_of
from lookgraph.state import Person, delete_person


def leave(request: Request, person: Person) -> None:
    """Delete somebody and everything that is kept of them.

    A site without accounts goes on with a new, empty owner.

    Raises:
        Problem: it is the last owner who can sign in.
    """
    site = site_of(request)
    if site.with_accounts and person.role == "owner" and site.people.n_owners_with_password() <= 1:
        raise Problem(409, "last-owner", "this is the last owner of the site", "make somebody else an owner first")
    delete_person(site.database, person.id)
    forget_hidden(site, person)
    request.app.state.sessions.forget()
    if not site.with_accounts:
        site.owner = site.people.local_owner()


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
            "change the roles of others; they count when the site is opened to them",
        )
    changed = site.people.set_role(person.id, role)
    request.app.state.sessions.forget()
    return changed
