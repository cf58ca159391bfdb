"""What happens by itself: fresh tickets begin their life, units are reminded, overdue is escalated."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.domain.life import Stage, Step
from server.accounts import tell_untold
from server.database import CentreDatabase
from server.forgetting import retire
from server.life.matters import TELL_AT_ONCE, drop_old_matters, tell_matters
from server.life.rules import life_rules
from server.life.starting import PAGE, start_lives
from server.life.timeline import note_event
from server.reference import CentreReference
from server.schema import ticket_life

log = logging.getLogger(__name__)
EVERY_S = 5.0
RETIRE_EVERY_S = 3600.0
CENTRE = "centre"
_LOCK = 0x6A696577
_OPEN = (Stage.DISPATCHED, Stage.OBJECTED, Stage.HANDLING)


def attend(database: CentreDatabase, now: datetime | None = None, everything: bool = False) -> int:
    """Do what is due; how many tickets were touched. Of several processes one does it at a time."""
    now = now or datetime.now(UTC)
    touched, started = 0, PAGE
    while started == PAGE:
        with database.write() as connection:
            if not is_mine(connection, _LOCK):
                return touched
            started = start_lives(connection, everything)
            touched += started + _remind(connection, now)
    told = TELL_AT_ONCE
    while told == TELL_AT_ONCE:  # apart from the lives: a step locks a life first and then the feed
        with database.write() as connection:
            told = tell_matters(connection, now) if is_mine(connection, _LOCK) else 0
    return touched


def is_mine(connection: Connection, number: int) -> bool:
    """Whether this process may do a piece of work that only one does at a time."""
    if connection.dialect.name != "postgresql":
        return True
    lock = text("SELECT pg_try_advisory_xact_lock(:lock)")
    return bool(connection.scalar(lock, {"lock": number}))


def _remind(connection: Connection, now: datetime) -> int:
    """First a reminder to the unit, then, beyond the limit, one escalation after the other."""
    query = select(ticket_life).where(
        ticket_life.c.remind_at <= now, ticket_life.c.stage.in_([one.value for one in _OPEN])
    )
    rows = connection.execute(query.order_by(ticket_life.c.ticket_id).limit(PAGE)).all()
    levels = life_rules().escalate_after_hours
    for row in rows:
        ends = [row.due_at + timedelta(hours=hours) for hours in levels]
        reached = sum(now >= end for end in ends)
        if reached > row.escalated or now < row.due_at:
            detail = {"overdue": reached > 0, "level": reached}
            stage = Stage(row.stage)
            note_event(connection, row.ticket_id, now, CENTRE, row.unit, Step.CHASE, stage, detail)
        following = next((end for end in ends if end > now), None)
        connection.execute(
            update(ticket_life)
            .where(ticket_life.c.ticket_id == row.ticket_id)
            .values(remind_at=following, escalated=reached)
        )
    return len(rows)


class Attendant:
    """Attends every few seconds, on a thread of its own."""

    def __init__(self, database: CentreDatabase) -> None:
        self._database = database
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; the first time also with tickets that an earlier version left without a life."""
        self._thread = threading.Thread(target=self._run, name="attendant", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End; waits for what is being done."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(10)

    def _run(self) -> None:
        reference = CentreReference(self._database)
        everything, retire_at = True, time.monotonic() + RETIRE_EVERY_S
        while not self._closed.is_set():
            try:
                reference.look()
                if everything:
                    tell_untold(self._database)
                attend(self._database, everything=everything)
                everything = False
                if time.monotonic() >= retire_at:
                    retire(self._database, datetime.now(UTC))
                    with self._database.write() as connection:
                        drop_old_matters(connection, datetime.now(UTC))
                    retire_at = time.monotonic() + RETIRE_EVERY_S
            except (DBAPIError, PoolTimeout) as error:
                log.warning("attending: %s", type(error).__name__)
            self._closed.wait(EVERY_S)
