"""Deleting a person: fully, and never the last one who could administer the site."""

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
