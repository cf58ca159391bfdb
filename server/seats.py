"""Who may speak to the centre: seats, their passwords and tokens, and guessing kept slow."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, delete, func, insert, select

from app.sync.protocol import LoginResponse, Name
from resources.errors import UserError
from server.database import CentreDatabase, insert_into
from server.passwords import Passwords, digest
from server.problems import Refused
from server.schema import login_failure, seat, token

TOKEN_LIFE = timedelta(hours=12)
FAILURES_ALLOWED = 5
FAILURES_PER_ADDRESS = 50
FAILURE_WINDOW = timedelta(minutes=15)

# What OWASP asks of Argon2id at least. More would buy nothing: the passwords are 96 random bits.
_passwords = Passwords(PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1))


def add_seat(database: CentreDatabase, name: str, hashed_by: Passwords = _passwords) -> str:
    """Register a seat, or give a known one a new password and end its sessions; the password."""
    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError:
        raise UserError("SERVER_SEAT_NAME", name=name) from None
    password = secrets.token_urlsafe(12)
    values = {"password_hash": hashed_by.hash(password), "active": True}
    with database.write() as connection:
        connection.execute(
            insert_into(connection, seat)
            .values(name=name, created_at=datetime.now(UTC), **values)
            .on_conflict_do_update(index_elements=["name"], set_=values)
        )
        connection.execute(delete(token).where(token.c.seat == name))
    return password


def log_in(database: CentreDatabase, name: str, password: str, address: str) -> LoginResponse:
    """A fresh token. Raises ``Refused`` 401, or 429 after too many failures from one address."""
    now = datetime.now(UTC)
    by_seat, by_address = digest(f"{name}@{address}"), digest(address)
    with database.read() as connection:
        rows = connection.execute(
            select(login_failure.c.who, func.count())
            .where(login_failure.c.who.in_([by_seat, by_address]))
            .where(login_failure.c.at > now - FAILURE_WINDOW)
            .group_by(login_failure.c.who)
        )
        recent: dict[str, int] = {row[0]: row[1] for row in rows}
        known = connection.scalar(
            select(seat.c.password_hash).where(seat.c.name == name, seat.c.active)
        )
    if recent.get(by_seat, 0) >= FAILURES_ALLOWED or recent.get(by_address, 0) >= FAILURES_PER_ADDRESS:
        raise Refused(429, "LOGIN_LIMITED")
    if not _passwords.fits(known, password):
        with database.write() as connection:
            failures = [{"who": who, "at": now} for who in (by_seat, by_address)]
            connection.execute(insert(login_failure), failures)
            connection.execute(delete(login_failure).where(login_failure.c.at < now - FAILURE_WINDOW))
        raise Refused(401, "LOGIN_REFUSED")
    fresh, expires_at = secrets.token_urlsafe(32), now + TOKEN_LIFE
    with database.write() as connection:
        connection.execute(delete(token).where(token.c.expires_at < now))
        connection.execute(insert(token).values(hash=digest(fresh), seat=name, expires_at=expires_at))
    return LoginResponse(token=fresh, expires_at=expires_at)


def token_digest(authorization: str | None) -> str:
    """What the database knows of the token in an ``Authorization`` header. Raises ``Refused`` 401."""
    scheme, _, given = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not given:
        raise Refused(401, "TOKEN_REFUSED")
    return digest(given.strip())


def seats_of(connection: Connection, digests: Collection[str], now: datetime) -> dict[str, str]:
    """The seats behind the digests of tokens; those that are not valid are left out."""
    query = (
        select(token.c.hash, token.c.seat)
        .join(seat, seat.c.name == token.c.seat)
        .where(token.c.hash.in_(digests), token.c.expires_at > now, seat.c.active)
    )
    return {row.hash: row.seat for row in connection.execute(query)}
