"""Notices on their way: tried until they arrive or their time is over, each address by itself."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import random
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import Row, delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.database import CentreDatabase
from server.notices.mail import MailFailed, send_mail
from server.notices.settings import NoticeRules, Way, notice_rules, notices_wanted
from server.schema import notice, ticket, ticket_life

log = logging.getLogger(__name__)
EVERY_S = 5.0
AT_ONCE = 100
ADDRESSES_AT_ONCE = 16
ANSWER_WITHIN_S = 10.0
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=3)
KEEP = timedelta(days=30)
CLAIMED_FOR = timedelta(minutes=5)
"""A process that claimed notices and died leaves them to the others after this time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try; ``failure`` empty = it arrived. ``final`` = trying again is useless."""

    failure: str = ""
    final: bool = False


def send_due(database: CentreDatabase, now: datetime | None = None) -> int:
    """Send what is due; how many notices were looked at."""
    now, rules = now or datetime.now(UTC), notice_rules()
    rows = _claim(database, now)
    if rows:
        outcomes = asyncio.run(_send(rows, rules, now))
        _note(database, rows, outcomes, now)
    return len(rows)


def drop_old_notices(database: CentreDatabase, now: datetime) -> None:
    """Forget notices that have been over for some time."""
    with database.write() as connection:
        connection.execute(delete(notice).where(notice.c.done_at < now - KEEP))


def _claim(database: CentreDatabase, now: datetime) -> Sequence[Row[Any]]:
    """Take notices that are due, so that no other process sends them at the same time."""
    due = select(notice.c.seq).where(notice.c.next_at <= now).order_by(notice.c.next_at, notice.c.seq)
    with database.write() as connection:
        seqs = connection.scalars(due.limit(AT_ONCE).with_for_update(skip_locked=True)).all()
        if not seqs:
            return ()
        mine = notice.c.seq.in_(seqs)
        claimed = {"next_at": now + CLAIMED_FOR, "tries": notice.c.tries + 1}
        connection.execute(update(notice).where(mine).values(claimed))
        chosen = (
            select(
                notice, ticket.c.number, ticket_life.c.stage, ticket_life.c.unit, ticket_life.c.due_at
            )
            .join(ticket, ticket.c.id == notice.c.ticket_id)
            .join(ticket_life, ticket_life.c.ticket_id == notice.c.ticket_id)
        )
        return connection.execute(chosen.where(mine).order_by(notice.c.seq)).all()


async def _send(rows: Sequence[Row[Any]], rules: NoticeRules, now: datetime) -> Mapping[int, Outcome]:
    """Each address in its order; one that fails is left alone for the rest of the round."""
    by_address: dict[tuple[str, str], list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_address[row.way, row.address].append(row)
    outcomes: dict[int, Outcome] = {}
    places = asyncio.Semaphore(ADDRESSES_AT_ONCE)
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False) as http:

        async def one_address(mine: Sequence[Row[Any]]) -> None:
            async with places:
                for number, row in enumerate(mine):
                    outcome = outcomes[row.seq] = await _try(row, rules, now, http)
                    if outcome.failure and not outcome.final:
                        outcomes.update({later.seq: outcome for later in mine[number + 1 :]})
                        return

        await asyncio.gather(*map(one_address, by_address.values()))
    return outcomes


async def _try(row: Row[Any], rules: NoticeRules, now: datetime, http: httpx.AsyncClient) -> Outcome:
    if now - row.at > GIVE_UP_AFTER:
        return Outcome("TOO_OLD", final=True)
    if (Way(row.way), row.address) not in rules.addresses.get(row.who, ()):
        return Outcome("ADDRESS_GONE", final=True)
    try:
        if row.way == Way.MAIL:
            await asyncio.to_thread(send_mail, rules, row.address, what(row, rules), ANSWER_WITHIN_S)
            return Outcome()
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await _post(row, rules, now, http)
    except MailFailed as failure:
        return Outcome(str(failure), failure.final)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
        return Outcome(type(error).__name__[:32])


def what(row: Row[Any], rules: NoticeRules) -> dict[str, Any]:
    """What is told: which ticket, where it stands and until when; nothing of caller, place, matter."""
    told = {
        "id": row.id,
        "kind": row.kind,
        "to": row.who,
        "number": row.number,
        "ticket_id": row.ticket_id,
        "stage": row.stage,
        "unit": row.unit,
        "due_at": row.due_at and row.due_at.isoformat(),
        "at": row.at.isoformat(),
    }
    return told | ({"page": f"{rules.page}/cases/{row.ticket_id}"} if rules.page else {})


async def _post(row: Row[Any], rules: NoticeRules, now: datetime, http: httpx.AsyncClient) -> Outcome:
    body = json.dumps(what(row, rules), ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json",
        "Jiesu-Notice": row.id,
        "Jiesu-Signature": signature(rules.key, int(datetime.now(UTC).timestamp()), body),
    }
    async with http.stream("POST", row.address, content=body, headers=headers) as answer:
        status = answer.status_code  # what it says besides is of no interest
    if 200 <= status < 300:
        return Outcome()
    return Outcome(f"HTTP_{status}", final=status == httpx.codes.GONE)


def signature(key: bytes, at: int, body: bytes) -> str:
    """What lets the receiver know who sent this body and when: HMAC-SHA256 of ``at.body``."""
    return f"t={at},v1={hmac.digest(key, b'%d.' % at + body, 'sha256').hex()}"


def _note(
    database: CentreDatabase,
    rows: Sequence[Row[Any]],
    outcomes: Mapping[int, Outcome],
    now: datetime,
) -> None:
    with database.write() as connection:
        for row in rows:
            outcome = outcomes[row.seq]
            values: dict[str, Any] = {"failed": outcome.failure or None}
            if outcome.failure and not outcome.final:
                values["next_at"] = now + pause(row.tries)
            else:
                values |= {"next_at": None, "done_at": now}
            connection.execute(update(notice).where(notice.c.seq == row.seq).values(values))
    failed = {one.failure for one in outcomes.values() if one.failure}
    if failed:
        log.warning("notices not sent: %s", ", ".join(sorted(failed)))


def pause(tries: int) -> timedelta:
    """How long to wait after so many tries: doubled each time, capped, spread at random."""
    doubled: timedelta = FIRST_PAUSE * 2 ** min(tries - 1, 16)
    return min(LONGEST_PAUSE, doubled) * random.uniform(0.75, 1.25)


class Notifier:
    """Sends every few seconds, on a thread of its own; does nothing where nobody is to be told."""

    def __init__(self, database: CentreDatabase) -> None:
        self._database = database
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        if notices_wanted():
            self._thread = threading.Thread(target=self._run, name="notifier", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End; waits for what is being sent."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(2 * ANSWER_WITHIN_S)

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                while send_due(self._database) == AT_ONCE and not self._closed.is_set():
                    pass
                drop_old_notices(self._database, datetime.now(UTC))
            except (DBAPIError, PoolTimeout) as error:
                log.warning("notices: %s", type(error).__name__)
            self._closed.wait(EVERY_S)
