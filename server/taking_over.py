"""Tickets that come as a file instead of over the line: a seat's outbox, brought by a person."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy import delete, insert, select

from app.sync.handover import read_handover
from app.sync.protocol import MAX_OPERATIONS, OperationResult
from resources.errors import UserError
from server.database import CentreDatabase
from server.numbers import Numbers
from server.receiving import Push, receive
from server.schema import seat, token

_LONG_ENOUGH = timedelta(minutes=10)


def take_over(database: CentreDatabase, path: Path, printed_key: str) -> list[OperationResult]:
    """Decide the operations of a handover file as if their seat had pushed them.

    The same answers as over the line, whichever way an operation comes first. Raises ``UserError``
    for a file that cannot be opened or a seat that is not an active one here.
    """
    handover = read_handover(path, printed_key)
    pass_for_now = sha256(secrets.token_bytes(32)).hexdigest()
    known = select(seat.c.name).where(seat.c.name == handover.seat, seat.c.active)
    with database.write() as connection:
        if connection.scalar(known) is None:
            raise UserError("SERVER_SEAT_UNKNOWN", name=handover.seat)
        expires_at = datetime.now(UTC) + _LONG_ENOUGH
        connection.execute(
            insert(token).values(hash=pass_for_now, seat=handover.seat, expires_at=expires_at)
        )
    numbers, results = Numbers(database), list[OperationResult]()
    try:
        for start in range(0, len(handover.operations), MAX_OPERATIONS):
            part = handover.operations[start : start + MAX_OPERATIONS]
            for answer in receive(database, numbers, [Push(pass_for_now, part)]):
                if not isinstance(answer, tuple):
                    raise UserError("SERVER_SEAT_UNKNOWN", name=handover.seat)
                results += answer
    finally:
        with database.write() as connection:
            connection.execute(delete(token).where(token.c.hash == pass_for_now))
    return results
