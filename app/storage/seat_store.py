"""Everything a seat must not lose, in one encrypted file."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from app.desk import OutboxRow, OutboxState
from app.domain.amending import Conflict
from app.domain.call import Call, Transcript, Utterance
from app.domain.draft import Draft
from app.domain.ticket import Ticket, TicketContent
from app.knowledge_use import Use
from app.security.keys import DATABASE_FILE
from app.storage import (
    amending,
    callers,
    forgetting,
    line_calls,
    outbox,
    records,
    reference,
    told,
    users,
)
from app.storage.articles import StoredArticles
from app.storage.database import Database
from app.storage.knowledge_use import StoredUse
from app.storage.records import PastCall as PastCall
from app.storage.reference import StoredDocument
from app.storage.schema import call, meta, uploaded
from app.storage.users import SeatUser
from app.sync.credential import Credential as Credential
from app.sync.protocol import SUBMIT_TICKET, Changes, NewsPage, Operation, OperationResult, Told
from app.telephone.log import LoggedCall
from resources.errors import UserError

_CREDENTIAL = "credential"


class SeatStore:
    """The seat's database. Every method may be called from any thread and blocks until done.

    What a method was given is on disk when it returns. All raise ``UserError`` when the disk is
    full, fails or holds damaged data; nothing half-done stays.
    """

    def __init__(self, data_dir: Path, key: bytes) -> None:
        """Open the store of a data directory, making it on first use; see ``Database``."""
        self._database = Database(data_dir / DATABASE_FILE, key)
        self._articles = StoredArticles(self._database)
        self._knowledge_use = StoredUse(self._database)
        self._keeping, self._kept_back = threading.Lock(), frozenset[str]()

    def close(self) -> None:
        """Finish and close; safe to call twice."""
        self._database.close()

    # -- calls -----------------------------------------------------------------------------------

    def start_call(self, new: Call) -> None:
        """Keep a call; it must be known before anything that belongs to it."""
        self._database.write(partial(records.insert_call, new=new))

    def end_call(self, call_id: str, ended_at: datetime) -> None:
        """Note when a call's audio ended."""
        self._database.write(partial(records.end_call, call_id=call_id, ended_at=ended_at))

    def call(self, call_id: str) -> PastCall | None:
        """One call."""
        return self._database.read(partial(records.select_call, call_id=call_id))

    def calls(self, limit: int = 100) -> tuple[PastCall, ...]:
        """The newest calls first."""
        return self._database.read(partial(records.select_calls, limit=limit))

    def add_utterance(self, call_id: str, utterance: Utterance) -> None:
        """Keep a finished utterance; one that is there already takes the newer text."""
        self._database.write(partial(records.insert_utterance, call_id=call_id, new=utterance))

    def transcript(self, call_id: str) -> Transcript:
        """All utterances of a call in the order in which they began."""
        return self._database.read(partial(records.select_transcript, call_id=call_id))

    # -- drafts and tickets ----------------------------------------------------------------------

    def save_draft(self, draft: Draft) -> None:
        """Keep the newest content of a draft; ignored once it is submitted or discarded."""
        self._database.write(partial(records.upsert_draft, new=draft))

    def open_drafts(self) -> tuple[Draft, ...]:
        """Drafts that are neither submitted nor discarded, oldest first; also after a crash."""
        return self._database.read(records.select_drafts)

    def discard_draft(self, draft_id: str) -> None:
        """Forget a draft's content for good."""
        self._database.write(partial(records.discard_draft, draft_id=draft_id))

    def submit(self, ticket: Ticket) -> None:
        """Keep a ticket, queue it for the centre and remove the draft of the same id: all or nothing.

        A ticket that is already there stays as it is.
        """

        def work(connection: Connection) -> None:
            stored = records.take_draft(connection, ticket.id)
            body = records.insert_ticket(connection, ticket, stored)
            if body is not None:
                outbox.add_operation(connection, SUBMIT_TICKET, ticket.id, body)

        self._database.write(work)

    def amend(self, ticket_id: str, content: TicketContent, words: str, seat: str) -> Ticket:
        """Put a submitted ticket right and queue that for the centre. Raises ``UserError``."""
        return self._database.write(
            partial(amending.amend, ticket_id=ticket_id, content=content, words=words, seat=seat)
        )

    def conflicts(self, ticket_id: str) -> Mapping[str, Conflict]:
        """Fields that this seat and the centre changed at the same time, with both values."""
        return self._database.read(partial(amending.conflicts_of, ticket_id=ticket_id))

    def tickets(self, limit: int = 100) -> tuple[Ticket, ...]:
        """The newest submitted tickets first."""
        return self._database.read(partial(records.select_tickets, limit=limit))

    def ticket(self, ticket_id: str) -> Ticket | None:
        """One submitted ticket."""
        return self._database.read(partial(records.select_ticket, ticket_id=ticket_id))

    def tickets_of_caller(self, number: str, limit: int) -> tuple[Ticket, ...]:
        """The newest tickets first that came from a telephone number or name it."""
        return self._database.read(partial(callers.select_caller_tickets, number=number, limit=limit))

    def calls_of_caller(
        self, number: str, before: datetime, limit: int
    ) -> tuple[int, tuple[datetime, ...]]:
        """How often a telephone number called before a moment, and when last, newest first."""
        work = partial(callers.select_caller_calls, number=number, before=before, limit=limit)
        return self._database.read(work)

    def add_line_calls(self, calls: Sequence[LoggedCall]) -> None:
        """Keep calls that are over, answered or not."""
        self._database.write(partial(line_calls.insert_calls, calls=calls))

    def line_calls(self, limit: int) -> tuple[LoggedCall, ...]:
        """The newest calls first, answered or not, with their tickets."""
        return self._database.read(partial(line_calls.select_calls, limit=limit))

    def note_called_back(self, keys: Sequence[int], done: bool) -> None:
        """Missed calls were called back, or were not after all."""
        self._database.write(partial(line_calls.note_called_back, keys=keys, done=done))

    # -- the way to the centre -------------------------------------------------------------------

    def outbox(self, limit: int = 1000) -> tuple[OutboxRow, ...]:
        """The operations for the centre, newest first."""
        return self._database.read(partial(outbox.select_rows, limit=limit))

    def waiting(self, limit: int) -> tuple[Operation, ...]:
        """The oldest operations that the centre has not answered, but for what is kept back."""
        without = self._kept_back
        return self._database.read(partial(outbox.select_waiting, limit=limit, without=without))

    def keep_back(self, ticket_ids: Collection[str]) -> None:
        """Send only these tickets not, as long as this process lives or until others are named."""
        with self._keeping:
            self._kept_back = frozenset(ticket_ids)

    def recall(self, draft: Draft) -> None:
        """Make a ticket that is kept back the draft it was. Raises ``UserError("TICKET_SENT")``."""
        with self._keeping:
            if draft.id not in self._kept_back:
                raise UserError("TICKET_SENT")
            self._database.write(partial(outbox.recall, recalled=draft))
            self._kept_back -= {draft.id}

    def record_attempt(self, op_ids: Sequence[UUID]) -> None:
        """Count one more try for these operations."""
        self._database.write(partial(outbox.note_attempt, op_ids=op_ids))

    def record_results(self, results: Sequence[OperationResult]) -> tuple[OperationResult, ...]:
        """Keep the centre's answers in one transaction; those that were news."""

        def work(connection: Connection) -> tuple[OperationResult, ...]:
            return tuple(result for result in results if outbox.note_result(connection, result))

        return self._database.write(work)

    def counts(self) -> dict[OutboxState, int]:
        """How many operations stand where."""
        return self._database.read(outbox.count_rows)

    def retry(self, operation_id: str) -> None:
        """Let a refused operation wait again. Raises ``UserError`` when it is not refused."""
        self._database.write(partial(outbox.retry, operation_id=operation_id))

    def reopen(self, ticket_id: str) -> Draft:
        """Turn a refused ticket back into a draft. Raises ``UserError`` when that must not be."""
        return self._database.write(partial(outbox.reopen, ticket_id=ticket_id))

    def unanswered(self) -> tuple[Operation, ...]:
        """Everything the centre does not have, oldest first."""
        return self._database.read(outbox.unanswered)

    def take_over(self, operations: Sequence[Operation]) -> int:
        """Queue another seat's operations, all or none; how many were new here."""
        return self._database.write(
            lambda connection: sum(outbox.take_over(connection, one) for one in operations)
        )

    def not_uploaded(self, limit: int) -> tuple[str, ...]:
        """Calls that ended (or began a day ago) whose recording the centre lacks, oldest first."""
        long_ago = datetime.now(UTC) - timedelta(days=1)
        query = (
            select(call.c.id)
            .where(call.c.ended_at.is_not(None) | (call.c.started_at < long_ago))
            .where(call.c.id.not_in(select(uploaded.c.call_id)))
            .order_by(call.c.started_at)
            .limit(limit)
        )
        return self._database.read(lambda connection: tuple(connection.scalars(query)))

    def uploaded_before(self, moment: datetime) -> tuple[str, ...]:
        """Calls whose recording the centre has had since before a moment."""
        query = select(uploaded.c.call_id).where(uploaded.c.at < moment)
        return self._database.read(lambda connection: tuple(connection.scalars(query)))

    def forgotten_calls(self) -> tuple[str, ...]:
        """Calls whose caller was forgotten: their recordings must go."""
        return self._database.read(forgetting.forgotten_calls)

    def note_uploaded(self, call_id: str, at: datetime) -> None:
        """The centre has a call's recording, or there is none."""
        note = insert(uploaded).values(call_id=call_id, at=at).on_conflict_do_nothing()
        self._database.write(lambda connection: connection.execute(note) and None)

    def credential(self) -> Credential | None:
        """How this seat introduces itself to the centre; ``None`` when nobody has told it."""
        value = self.kept(_CREDENTIAL)
        return None if value is None else Credential(**json.loads(value))

    def set_credential(self, credential: Credential | None) -> None:
        """Keep the credential, or forget it."""
        if credential is None:
            forget = delete(meta).where(meta.c.name == _CREDENTIAL)
            self._database.write(lambda connection: connection.execute(forget) and None)
            return
        self.keep(_CREDENTIAL, json.dumps(asdict(credential)))

    def kept(self, name: str) -> str | None:
        """What was kept under a name for the seat itself."""
        query = select(meta.c.value).where(meta.c.name == name)
        return self._database.read(lambda connection: connection.scalar(query))

    def keep(self, name: str, value: str) -> None:
        """Keep a text under a name, in place of what was there."""
        put = (
            insert(meta)
            .values(name=name, value=value)
            .on_conflict_do_update(index_elements=["name"], set_={"value": value})
        )
        self._database.write(lambda connection: connection.execute(put) and None)

    def cursor(self, centre: str) -> int:
        """How far the change feed of a centre was followed."""
        return self._database.read(partial(told.cursor_of, centre=centre))

    def follow(self, centre: str, news: Changes) -> Told:
        """Keep changes and the cursor behind them, all or nothing; what changed."""
        return self._database.write(
            partial(told.follow, centre=centre, changes=news.changes, cursor=news.cursor)
        )

    def follow_page(self, centre: str, page: NewsPage) -> Told | None:
        """Keep news that came unasked; ``None`` when the seat has to pull first."""
        return self._database.write(partial(told.follow_page, centre=centre, page=page))

    def told_of(self, kind: str, keys: Iterable[str] | None = None) -> dict[str, JsonValue]:
        """Everything of one kind (of some keys) that the centre told, by its key."""
        return self._database.read(partial(told.told_of, kind=kind, keys=keys))

    def drop_told(self, kind: str, keys: Iterable[str]) -> None:
        """Forget what the centre told of some keys."""
        self._database.write(partial(told.drop_told, kind=kind, keys=keys))

    # -- what the centre publishes beside articles, and who works here ---------------------------

    def reference(self) -> tuple[StoredDocument, ...]:
        """Every version of the centre's reference data that is kept, by name, newest first."""
        return self._database.read(reference.documents)

    def note_checked(self, sound: Iterable[int], refused: Mapping[int, UserError]) -> None:
        """Note which of these documents can be used; older ones than needed are dropped."""
        codes = {seq: error.code for seq, error in refused.items()}
        self._database.write(partial(reference.note_checked, sound=sound, refused=codes))

    def user(self, name: str) -> SeatUser | None:
        """Somebody who has logged in here."""
        return self._database.read(partial(users.find_user, name=name))

    def put_user(self, user: SeatUser) -> None:
        """Keep somebody who has just logged in at the centre."""
        self._database.write(partial(users.put_user, user=user))

    def note_try(self, name: str, at: datetime, right: bool) -> None:
        """Count a wrong password of somebody; a right one ends the count."""
        self._database.write(partial(users.note_try, name=name, at=at, right=right))

    def forget_user(self, name: str) -> None:
        """Let somebody log in here only at the centre."""
        self._database.write(partial(users.forget_user, name=name))

    def last_moment(self) -> datetime | None:
        """The latest moment noted of anybody's login."""
        return self._database.read(users.last_moment)

    # -- knowledge -------------------------------------------------------------------------------

    def articles(self) -> StoredArticles:
        """The seat's articles, as an ``ArticleStore``."""
        return self._articles

    def knowledge_use(self) -> StoredUse:
        """How the seat's articles are used, and what was missing."""
        return self._knowledge_use

    def gaps_to_send(self, limit: int) -> tuple[Use, ...]:
        """The oldest gaps and searches in vain that the centre has not confirmed."""
        return self._knowledge_use.to_send(limit, datetime.now(UTC))

    def note_gaps_sent(self, ids: Sequence[str]) -> None:
        """The centre has these."""
        self._knowledge_use.note_sent(ids)
