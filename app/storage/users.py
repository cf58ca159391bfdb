"""People who have logged in at this seat, so that they can again while the centre is away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue, ValidationError
from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from app.storage.schema import seat_user
from app.sync.changes import Account


@dataclass(frozen=True, slots=True)
class SeatUser:
    """Somebody known here. ``confirmed_at`` = the last login at the centre from this seat;
    ``failures`` = wrong passwords since the last right one, the newest at ``failed_at``."""

    name: str
    verifier: str
    generation: str
    roles: tuple[str, ...]
    confirmed_at: datetime
    failures: int = 0
    failed_at: datetime | None = None


def find_user(connection: Connection, name: str) -> SeatUser | None:
    """Somebody by name."""
    row = connection.execute(select(seat_user).where(seat_user.c.name == name)).first()
    return None if row is None else SeatUser(**{**row._mapping, "roles": tuple(row.roles)})


def put_user(connection: Connection, user: SeatUser) -> None:
    """Keep somebody who has just logged in at the centre."""
    values = {
        "verifier": user.verifier,
        "generation": user.generation,
        "roles": list(user.roles),
        "confirmed_at": user.confirmed_at,
        "failures": user.failures,
        "failed_at": user.failed_at,
    }
    connection.execute(
        insert(seat_user)
        .values(name=user.name, **values)
        .on_conflict_do_update(index_elements=["name"], set_=values)
    )


def note_try(connection: Connection, name: str, at: datetime, right: bool) -> None:
    """Count a wrong password, on disk before the answer; a right one ends the count."""
    wrong = {"failures": seat_user.c.failures + 1, "failed_at": at}
    values = {"failures": 0, "failed_at": None} if right else wrong
    connection.execute(update(seat_user).where(seat_user.c.name == name).values(**values))


def forget_user(connection: Connection, name: str) -> None:
    """Nobody of this name can log in here without the centre."""
    connection.execute(delete(seat_user).where(seat_user.c.name == name))


def last_moment(connection: Connection) -> datetime | None:
    """The latest moment noted of anybody: the clock cannot be before it."""
    query = select(func.max(func.coalesce(seat_user.c.failed_at, seat_user.c.confirmed_at)))
    value = connection.scalar(query)
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def follow_account(connection: Connection, name: str, body: JsonValue) -> None:
    """The centre tells of an account: who is known here under another generation is forgotten."""
    try:
        generation = Account.model_validate(body).generation if body is not None else ""
    except ValidationError:
        generation = ""  # of a newer version; ask the centre
    connection.execute(
        delete(seat_user).where(seat_user.c.name == name, seat_user.c.generation != generation)
    )
