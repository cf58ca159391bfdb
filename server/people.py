"""People at the centre: their passwords, roles, and the short tokens they work with."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from argon2 import PasswordHasher
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from app.sync.protocol import Name
from resources.errors import UserError
from server.accounts import tell_account
from server.audit import note
from server.database import CentreDatabase, insert_into
from server.passwords import Passwords, digest
from server.problems import Refused
from server.rights import Role
from server.schema import login_failure, person, person_token

ACCESS_LIFE = timedelta(minutes=15)
SESSION_LIFE = timedelta(hours=12)
PAGE_LIFE = timedelta(minutes=30)
PASSWORD_CHARACTERS = 12
FAILURES_FROM_ADDRESS = 5
FAILURES_ANYWHERE = 20
FAILURES_PER_ADDRESS = 50
FAILURE_WINDOW = timedelta(minutes=15)
ACCESS, REFRESH, PAGE = "access", "refresh", "page"

# Dearer than a seat's: people choose their own passwords.
_passwords = Passwords(PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a login. ``unit`` = the handling unit they answer for, else empty."""

    name: str
    roles: frozenset[Role]
    unit: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a login gives: ``access`` for a quarter of an hour, ``refresh`` for the next one, once."""

    access: str
    refresh: str
    expires_at: datetime


def check_person(name: str, roles: Iterable[Role], unit: str) -> frozenset[Role]:
    """The roles of a person that may exist. Raises ``UserError``."""
    wanted = frozenset(roles)
    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError:
        raise UserError("SERVER_SEAT_NAME", name=name[:80]) from None
    if not wanted or Role.SEAT in wanted:
        raise UserError("SERVER_ROLES", roles=", ".join(sorted(wanted)) or "-")
    if (Role.HANDLING_UNIT in wanted) != bool(unit) or (unit and len(wanted) > 1):
        raise UserError("SERVER_UNIT_OF_PERSON", name=name)
    if Role.AUDITOR in wanted and len(wanted) > 1:
        raise UserError("SERVER_AUDITOR_ALONE", name=name)
    return wanted


def put_person(
    database: CentreDatabase, name: str, roles: Iterable[Role], unit: str = "", by: str = "console"
) -> str:
    """Add a person, or change roles and unit of a known one with a new password; the password.

    All sessions of the person end. Raises ``UserError`` for a combination that must not be: units
    see only their own work, and who checks the log does nothing that is in it.
    """
    wanted = check_person(name, roles, unit)
    password = secrets.token_urlsafe(12)
    values = {
        "password_hash": _passwords.hash(password),
        "roles": " ".join(sorted(wanted)),
        "unit": unit,
        "active": True,
    }
    with database.write() as connection:
        connection.execute(
            insert_into(connection, person)
            .values(name=name, created_at=datetime.now(UTC), **values)
            .on_conflict_do_update(index_elements=["name"], set_=values)
        )
        connection.execute(delete(person_token).where(person_token.c.person == name))
        tell_account(connection, name)
        note(connection, by, "person.put", name, roles=values["roles"], unit=unit)
    return password


def deactivate(database: CentreDatabase, name: str, by: str = "console") -> None:
    """End a person's access at once; their entries in the log stay. Raises ``Refused`` 404."""
    with database.write() as connection:
        changed = connection.execute(update(person).where(person.c.name == name).values(active=False))
        if not changed.rowcount:
            raise Refused(404, "PERSON_UNKNOWN")
        connection.execute(delete(person_token).where(person_token.c.person == name))
        tell_account(connection, name)
        note(connection, by, "person.deactivate", name)


def people(database: CentreDatabase) -> tuple[Person, ...]:
    """Everybody, by name."""
    query = select(person.c.name, person.c.roles, person.c.unit, person.c.active).order_by(
        person.c.name
    )
    with database.read() as connection:
        return tuple(_person(row) for row in connection.execute(query))


def _person(row: Row[str, str, str, bool]) -> Person:
    name, roles, unit, active = row
    return Person(name, frozenset(Role(role) for role in roles.split()), unit, active)


def check_password(database: CentreDatabase, name: str, password: str, address: str) -> None:
    """Raises ``Refused`` 401, or 429 after too many failures: of the name, or from the address."""
    now = datetime.now(UTC)
    by_both, by_name, by_address = (
        digest(f"person:{name}@{address}"),
        digest(f"person:{name}"),
        digest(address),
    )
    limits = {
        by_both: FAILURES_FROM_ADDRESS,
        by_name: FAILURES_ANYWHERE,
        by_address: FAILURES_PER_ADDRESS,
    }
    with database.read() as connection:
        rows = connection.execute(
            select(login_failure.c.who, func.count())
            .where(login_failure.c.who.in_(limits), login_failure.c.at > now - FAILURE_WINDOW)
            .group_by(login_failure.c.who)
        )
        limited = any(count >= limits[who] for who, count in rows)
        known = connection.scalar(
            select(person.c.password_hash).where(person.c.name == name, person.c.active)
        )
    if limited:
        raise Refused(429, "LOGIN_LIMITED")
    if _passwords.fits(known, password):
        return
    with database.write() as connection:
        connection.execute(insert(login_failure), [{"who": who, "at": now} for who in limits])
        connection.execute(delete(login_failure).where(login_failure.c.at < now - FAILURE_WINDOW))
        note(connection, name if known else "?", "login.refused")
    raise Refused(401, "LOGIN_REFUSED")


def unlock(database: CentreDatabase, name: str, by: str) -> None:
    """Forget the failed logins of a name from everywhere but single addresses."""
    with database.write() as connection:
        connection.execute(delete(login_failure).where(login_failure.c.who == digest(f"person:{name}")))
        note(connection, by, "person.unlock", name)


def log_in(database: CentreDatabase, name: str, password: str, address: str) -> Tokens:
    """Fresh tokens. Raises ``Refused`` like ``check_password``."""
    check_password(database, name, password, address)
    now = datetime.now(UTC)
    with database.write() as connection:
        connection.execute(delete(person_token).where(person_token.c.ends_at < now))
        note(connection, name, "login")
        return _issue(connection, name, uuid4().hex, now, now + SESSION_LIFE)


def log_in_page(database: CentreDatabase, name: str, password: str, address: str) -> str:
    """The token of a browser: it lives while it is used, at most a shift."""
    check_password(database, name, password, address)
    now = datetime.now(UTC)
    with database.write() as connection:
        note(connection, name, "login")
        return _keep(connection, name, PAGE, uuid4().hex, now + PAGE_LIFE, now + SESSION_LIFE)


def refresh(database: CentreDatabase, token: str) -> Tokens:
    """The next tokens for a refresh token, which is then spent.

    One that comes twice was stolen, or its thief was first: everything from that login ends.
    Raises ``Refused`` 401.
    """
    now = datetime.now(UTC)
    with database.write() as connection:
        spent = update(person_token).where(
            person_token.c.hash == digest(token),
            person_token.c.kind == REFRESH,
            person_token.c.used.is_(False),
            person_token.c.expires_at > now,
        )
        row = connection.execute(
            spent.values(used=True).returning(
                person_token.c.person, person_token.c.family, person_token.c.ends_at
            )
        ).first()
        if row is not None and person_of(connection, row.person) is not None:
            return _issue(connection, row.person, row.family, now, row.ends_at)
        known = connection.execute(
            select(person_token).where(person_token.c.hash == digest(token), person_token.c.used)
        ).first()
        if known is not None:
            connection.execute(delete(person_token).where(person_token.c.family == known.family))
            note(connection, known.person, "login.token_reused")
    raise Refused(401, "TOKEN_REFUSED")


def log_out(database: CentreDatabase, token: str) -> None:
    """End everything that came from the login of a token."""
    mine = select(person_token.c.family).where(person_token.c.hash == digest(token))
    with database.write() as connection:
        connection.execute(delete(person_token).where(person_token.c.family == mine.scalar_subquery()))


def change_password(database: CentreDatabase, name: str, old: str, new: str, address: str) -> None:
    """Take a password of one's own; all sessions end. Raises ``Refused`` 401, 422 or 429."""
    check_password(database, name, old, address)
    if len(new) < PASSWORD_CHARACTERS or name.lower() in new.lower() or new == old:
        raise Refused(
            422, "PASSWORD_WEAK", f"{PASSWORD_CHARACTERS} characters, not the name, not the old"
        )
    fresh = _passwords.hash(new)
    with database.write() as connection:
        connection.execute(update(person).where(person.c.name == name).values(password_hash=fresh))
        connection.execute(delete(person_token).where(person_token.c.person == name))
        tell_account(connection, name)
        note(connection, name, "password.changed")


def person_with(database: CentreDatabase, token: str, kind: str = ACCESS) -> Person | None:
    """Who holds a token of this kind. A browser's token lives on with every use."""
    now = datetime.now(UTC)
    query = select(person_token.c.person, person_token.c.expires_at, person_token.c.ends_at).where(
        person_token.c.hash == digest(token),
        person_token.c.kind == kind,
        person_token.c.expires_at > now,
        person_token.c.ends_at > now,
    )
    with database.read() as connection:
        row = connection.execute(query).first()
        found = None if row is None else person_of(connection, row.person)
    if row is not None and kind == PAGE and row.expires_at - now < PAGE_LIFE - timedelta(minutes=1):
        later = min(now + PAGE_LIFE, row.ends_at)
        with database.write() as connection:
            mine = update(person_token).where(person_token.c.hash == digest(token))
            connection.execute(mine.values(expires_at=later))
    return found


def person_of(connection: Connection, name: str) -> Person | None:
    """An active person by name."""
    query = select(person.c.name, person.c.roles, person.c.unit, person.c.active)
    row = connection.execute(query.where(person.c.name == name, person.c.active)).first()
    return None if row is None else _person(row)


def _issue(connection: Connection, name: str, family: str, now: datetime, ends_at: datetime) -> Tokens:
    expires_at = min(now + ACCESS_LIFE, ends_at)
    return Tokens(
        _keep(connection, name, ACCESS, family, expires_at, ends_at),
        _keep(connection, name, REFRESH, family, ends_at, ends_at),
        expires_at,
    )


def _keep(
    connection: Connection, name: str, kind: str, family: str, expires_at: datetime, ends_at: datetime
) -> str:
    token = secrets.token_urlsafe(32)
    connection.execute(
        insert(person_token).values(
            hash=digest(token),
            person=name,
            kind=kind,
            family=family,
            expires_at=expires_at,
            ends_at=ends_at,
            used=False,
        )
    )
    return token
