"""Take recordings in parts that may be repeated, broken off and continued; whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, select, update

from app.sync.protocol import RecordingPart, RecordingReceipt
from server.database import CentreDatabase, insert_into
from server.problems import Refused
from server.schema import recording, recording_part


def keep_part(database: CentreDatabase, seat: str, part: RecordingPart) -> RecordingReceipt:
    """Keep a part that continues what is there; how much is there now.

    A part that does not fit where it should go on changes nothing. Raises ``Refused`` 403 for
    another seat's call and 413 for bytes beyond the end.
    """
    if part.offset + len(part.data) > part.size:
        raise Refused(413, "RECORDING_TOO_LONG")
    with database.write() as connection:
        connection.execute(
            insert_into(connection, recording)
            .values(
                call_id=part.call_id,
                seat=seat,
                size=part.size,
                sha256=part.sha256,
                file_key=part.file_key,
                received=0,
            )
            .on_conflict_do_nothing(index_elements=["call_id"])
        )
        row = connection.execute(
            select(recording).where(recording.c.call_id == part.call_id).with_for_update()
        ).one()
        if row.seat != seat:
            raise Refused(403, "RECORDING_OF_ANOTHER_SEAT")
        if row.complete_at is not None:
            return RecordingReceipt(received=row.received, complete=True)
        received = row.received
        if (row.sha256, row.size) != (part.sha256, part.size):  # the seat's file has changed since
            received = _begin_again(connection, part)
        if part.data and part.offset == received:
            received += len(part.data)
            connection.execute(
                insert(recording_part).values(call_id=part.call_id, offset=part.offset, data=part.data)
            )
        complete = received == part.size
        if complete and _hash_of(connection, part.call_id) != part.sha256:
            received, complete = _begin_again(connection, part), False
        connection.execute(
            update(recording)
            .where(recording.c.call_id == part.call_id)
            .values(received=received, complete_at=datetime.now(UTC) if complete else None)
        )
    return RecordingReceipt(received=received, complete=complete)


def sealed_recording(database: CentreDatabase, call_id: str) -> tuple[bytes, bytes] | None:
    """A whole recording as its seat sealed it, and the key that opens it."""
    query = select(recording.c.file_key).where(
        recording.c.call_id == call_id, recording.c.complete_at.is_not(None)
    )
    with database.read() as connection:
        key = connection.scalar(query)
        if key is None:
            return None
        return b"".join(_parts(connection, call_id)), bytes.fromhex(key)


def _begin_again(connection: Connection, part: RecordingPart) -> int:
    connection.execute(delete(recording_part).where(recording_part.c.call_id == part.call_id))
    connection.execute(
        update(recording)
        .where(recording.c.call_id == part.call_id)
        .values(size=part.size, sha256=part.sha256, file_key=part.file_key, received=0)
    )
    return 0


def _hash_of(connection: Connection, call_id: str) -> str:
    digest = sha256()
    for data in _parts(connection, call_id):
        digest.update(data)
    return digest.hexdigest()


def _parts(connection: Connection, call_id: str) -> Iterator[bytes]:
    query = (
        select(recording_part.c.data)
        .where(recording_part.c.call_id == call_id)
        .order_by(recording_part.c.offset)
    )
    return iter(connection.scalars(query))
