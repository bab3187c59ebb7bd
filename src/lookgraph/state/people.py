"""Who is there: names, roles, passwords (Argon2) and the sessions in which they are known again."""

from __future__ import annotations

import hashlib
import itertools
import secrets
import unicodedata
import uuid
from dataclasses import dataclass, replace
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from lookgraph.errors import StateError
from lookgraph.state.database import Database, now_ms
from lookgraph.state.tables import PEOPLE, SESSIONS

ROLES: Final = ("guest", "member", "owner")
"""From least to most: a guest looks, a member keeps boards, an owner sees the studio and the people."""

MIN_PASSWORD: Final = 10
MAX_PASSWORD: Final = 256
SESSION_DAYS: Final = 30
_MAX_NAME: Final = 60
_LOCAL_NAME: Final = "me"
_HASHER: Final = PasswordHasher()
_NOBODYS_HASH: Final = _HASHER.hash(secrets.token_hex())  # checked for unknown names, so that they take as long


@dataclass(frozen=True, slots=True)
class Person:
    """One who browses.

    Attributes:
        role: One of ``ROLES``.
        seed: Makes this person's feed another than everybody else's.
    """

    id: str
    name: str
    role: str
    seed: int
    created_ms: int


class People:
    """Reads and writes people and their sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, role: str, password: str | None) -> Person:
        """Take somebody in.

        Raises:
            StateError: the name is taken or empty, the role unknown, or the password too short.
        """
        name = unicodedata.normalize("NFC", name).strip()
        if not 1 <= len(name) <= _MAX_NAME or not name.isprintable():
            raise StateError(f"name {name[:80]!r}: 1 to {_MAX_NAME} printable characters are needed")
        _check_role(role)
        person = Person(uuid.uuid4().hex, name, role, secrets.randbelow(2**31), now_ms())
        values = {
            "id": person.id,
            "name": name,
            "role": role,
            "password_hash": None if password is None else _hashed(password),
            "seed": person.seed,
            "created_ms": person.created_ms,
        }
        try:
            with self._database.writing() as connection:
                connection.execute(insert(PEOPLE).values(values))
        except IntegrityError:
            raise StateError(f"the name {name!r} is taken: choose another") from None
        return person

    def local_owner(self) -> Person:
        """The one person of a server without accounts; made when first asked for.

        Everybody who opens such a server is this person, so it is never somebody who signs in elsewhere: only an owner
        without a password, the one who was there first.
        """
        passwordless = select(PEOPLE).where(PEOPLE.c.role == "owner", PEOPLE.c.password_hash.is_(None))
        with self._database.reading() as connection:
            row = connection.execute(passwordless.order_by(PEOPLE.c.created_ms, PEOPLE.c.id).limit(1)).first()
            taken = set(connection.execute(select(PEOPLE.c.name)).scalars())
        if row is not None:
            return _person(row)
        names = itertools.chain([_LOCAL_NAME], (f"{_LOCAL_NAME} {n}" for n in itertools.count(2)))
        return self.add(next(name for name in names if name not in taken), "owner", None)

    def all(self) -> list[Person]:
        with self._database.reading() as connection:
            return [_person(row) for row in connection.execute(select(PEOPLE).order_by(PEOPLE.c.created_ms))]

    def get(self, person_id: str) -> Person | None:
        with self._database.reading() as connection:
            row = connection.execute(select(PEOPLE).where(PEOPLE.c.id == person_id)).first()
        return _person(row) if row else None

    def named(self, name: str) -> Person | None:
        """Whoever signs in by this name."""
        wanted = unicodedata.normalize("NFC", name).strip()
        with self._database.reading() as connection:
            row = connection.execute(select(PEOPLE).where(PEOPLE.c.name == wanted)).first()
        return _person(row) if row else None

    def n_owners_with_password(self) -> int:
        """How many could sign in and administer."""
        able = select(func.count()).where(PEOPLE.c.role == "owner", PEOPLE.c.password_hash.is_not(None))
        with self._database.reading() as connection:
            return int(connection.execute(able).scalar_one())

    def set_role(self, person_id: str, role: str) -> Person:
        """Let somebody do more, or less. Who was signed in stays so.

        Raises:
            StateError: there is no such role or person, or nobody would be left to administer the site: it keeps an
                owner, and one with a password where there is one.
        """
        _check_role(role)
        with self._database.writing() as connection:
            row, is_last = _with_owners_held(connection, person_id)
            if row is None:
                raise StateError(f"there is nobody {person_id[:80]!r}: list the people first")
            if is_last and role != "owner":
                raise _last_owner(row.name)
            connection.execute(update(PEOPLE).where(PEOPLE.c.id == person_id).values(role=role))
        return replace(_person(row), role=role)

    def delete(self, person_id: str, *, keep_an_owner: bool = True) -> None:
        """Delete a person and every row that is theirs; the tables' foreign keys see to it.

        With an SQLite state the bytes are then in no file of it either, see :meth:`.Database.scrub`. Nobody is deleted
        where there is nobody of this id.

        Args:
            keep_an_owner: Refuse to delete the last owner, as :meth:`set_role` does.

        Raises:
            StateError: nobody would be left to administer the site.
        """
        with self._database.writing() as connection:
            row, is_last = _with_owners_held(connection, person_id)
            if row is not None and is_last and keep_an_owner:
                raise _last_owner(row.name)
            connection.execute(delete(PEOPLE).where(PEOPLE.c.id == person_id))
        self._database.scrub()

    def set_password(self, person_id: str, password: str) -> None:
        """Change it, and end every session of the person."""
        with self._database.writing() as connection:
            connection.execute(update(PEOPLE).where(PEOPLE.c.id == person_id).values(password_hash=_hashed(password)))
            connection.execute(delete(SESSIONS).where(SESSIONS.c.person_id == person_id))

    def sign_in(self, name: str, password: str) -> tuple[Person, str] | None:
        """The person and a new session's token, if the password is right."""
        name = unicodedata.normalize("NFC", name).strip()
        with self._database.reading() as connection:
            row = connection.execute(select(PEOPLE).where(PEOPLE.c.name == name)).first()
        known = row.password_hash if row is not None and row.password_hash else _NOBODYS_HASH
        try:
            _HASHER.verify(known, password[:MAX_PASSWORD])
        except (VerificationError, InvalidHashError):
            return None
        if row is None or not row.password_hash:
            return None
        return _person(row), self.open_session(row.id)

    def open_session(self, person_id: str) -> str:
        """A new session's token, for whom somebody who may open the state vouches: no password is asked for."""
        token = secrets.token_urlsafe(32)
        began = now_ms()
        values = {"token_hash": _digest(token), "person_id": person_id, "created_ms": began}
        with self._database.writing() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.expires_ms < began))
            connection.execute(insert(SESSIONS).values(**values, expires_ms=began + SESSION_DAYS * 86_400_000))
        return token

    def of_session(self, token: str) -> Person | None:
        """Whose session this token opens, if it still does."""
        joined = select(PEOPLE).join(SESSIONS, SESSIONS.c.person_id == PEOPLE.c.id)
        valid = joined.where(SESSIONS.c.token_hash == _digest(token), SESSIONS.c.expires_ms > now_ms())
        with self._database.reading() as connection:
            row = connection.execute(valid).first()
        return _person(row) if row else None

    def sign_out(self, token: str) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.token_hash == _digest(token)))


def _with_owners_held(connection: Connection, person_id: str) -> tuple[Row | None, bool]:  # type: ignore[type-arg]
    """Somebody's row, if there is one, and whether they are the last owner.

    All owners stay as they are until the transaction ends: two who leave at once come here one after the other, so the
    second finds the first gone. SQLite's writers take turns anyway; on PostgreSQL the rows are locked, always in the
    same order, before anything is read.
    """
    in_order = select(PEOPLE).where(PEOPLE.c.role == "owner").order_by(PEOPLE.c.id)
    owners = connection.execute(in_order.with_for_update()).all()
    row = connection.execute(select(PEOPLE).where(PEOPLE.c.id == person_id)).first()
    if row is None or row.role != "owner":
        return row, False
    others = [owner for owner in owners if owner.id != person_id]
    return row, not any(other.password_hash or not row.password_hash for other in others)


def _last_owner(name: str) -> StateError:
    return StateError(f"{name!r} is the last owner of the site: make somebody else an owner first")


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise StateError(f"role {role!r}: there are {', '.join(ROLES)}")


def _hashed(password: str) -> str:
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise StateError(f"the password has {len(password)} characters: {MIN_PASSWORD} to {MAX_PASSWORD} are needed")
    return _HASHER.hash(password)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _person(row: Row) -> Person:  # type: ignore[type-arg]
    return Person(row.id, row.name, row.role, row.seed, row.created_ms)
