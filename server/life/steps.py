"""Steps in a ticket's life: who may take them, what they need, and what they leave behind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from app.domain.life import MOVES, ExtensionReason, ObjectionReason, Stage, Step
from app.sync.cases import StepRequest
from app.sync.kinds import TICKET_LIFE
from server.asking import Asker
from server.database import CentreDatabase, insert_into
from server.feed import News, tell
from server.kept import shown_ticket
from server.life.joining import bring_result, part
from server.life.returned import tell_return
from server.life.rules import life_rules
from server.life.starting import deadline, remind_at
from server.life.timeline import note_event
from server.problems import Refused
from server.rights import Role
from server.schema import ticket, ticket_assistant, ticket_callback, ticket_event, ticket_life

_UNIT = frozenset({Role.HANDLING_UNIT})
_REVIEWER = frozenset({Role.DISPATCH_REVIEWER})
_DESK = frozenset({Role.SEAT, Role.OPERATOR, Role.TEAM_LEAD})
MAY: Mapping[Step, frozenset[Role]] = {
    Step.DISPATCH: _DESK | _REVIEWER,
    Step.ANSWER: _DESK,
    Step.ACCEPT: _UNIT,
    Step.OBJECT: _UNIT,
    Step.UPHOLD: _REVIEWER,
    Step.REFUSE_OBJECTION: _REVIEWER,
    Step.ASK_EXTENSION: _UNIT,
    Step.GRANT_EXTENSION: _REVIEWER,
    Step.REFUSE_EXTENSION: _REVIEWER,
    Step.TELL_CALLER: _DESK,
    Step.ASK_HELP: _UNIT,
    Step.ANSWER_HELP: _UNIT,
    Step.REPORT: _UNIT,
    Step.CALL_BACK: _DESK,
    Step.CHASE: _REVIEWER | _DESK,
    Step.AMEND: frozenset(),
    Step.JOIN: frozenset(),
}
"""Who may take a step; of the units only the lead, of ``ANSWER_HELP`` only an assistant.
Amendments come by a way of their own, co-reporters with their tickets."""
TAKEN_FOR = timedelta(minutes=15)
TOLD = (Step.UPHOLD, Step.GRANT_EXTENSION, Step.REFUSE_EXTENSION, Step.REPORT, Step.CALL_BACK)
"""Steps of which the seat that wrote the ticket is told."""
WORDS_NEEDED = (
    *(Step.OBJECT, Step.UPHOLD, Step.REFUSE_OBJECTION, Step.ASK_EXTENSION, Step.REFUSE_EXTENSION),
    *(Step.ASK_HELP, Step.ANSWER_HELP, Step.REPORT, Step.CHASE, Step.ANSWER),
)
"""Steps that somebody has to give words for."""


class Case:
    """A ticket's life inside a transaction, with its row locked."""

    def __init__(self, connection: Connection, ticket_id: str, asker: Asker, now: datetime) -> None:
        query = select(ticket_life).where(ticket_life.c.ticket_id == ticket_id).with_for_update()
        row = None if "\0" in ticket_id else connection.execute(query).first()
        if row is None:
            raise Refused(404, "TICKET_UNKNOWN")
        self.life: Row[Any] = row
        self.connection = connection
        self.asker = asker
        self.now = now
        self.changes: dict[str, Any] = {}
        self.detail: dict[str, Any] = {}

    @property
    def assistants(self) -> dict[str, bool]:
        """Assisting units, and whether they have answered."""
        query = select(ticket_assistant.c.unit, ticket_assistant.c.answered)
        rows = self.connection.execute(query.where(ticket_assistant.c.ticket_id == self.life.ticket_id))
        return {row.unit: row.answered for row in rows}

    def call_for(self, unit: str) -> None:
        """Let another unit assist."""
        if not unit or unit == self.life.unit or unit in self.assistants:
            raise Refused(422, "UNIT_UNSUITABLE")
        row = {"ticket_id": self.life.ticket_id, "unit": unit, "answered": False}
        self.connection.execute(insert(ticket_assistant).values(row))


def take_step(
    database: CentreDatabase,
    asker: Asker,
    ticket_id: str,
    wanted: StepRequest,
    now: datetime | None = None,
) -> Stage:
    """Take a step; the stage it led to.

    Raises ``Refused``: 403 not theirs to take, 404 no such ticket for the asker, 409 not in this
    stage, 422 something is missing.
    """
    now = now or datetime.now(UTC)
    with database.write() as connection:
        case = Case(connection, ticket_id, asker, now)
        _check_right(case, wanted.step)
        _check_free(case)
        before = Stage(case.life.stage)
        after = MOVES.get((before, wanted.step))
        if after is None:
            raise Refused(409, "STEP_NOT_NOW", f"{wanted.step} from {before}")
        if wanted.step in WORDS_NEEDED and not wanted.words.strip():
            raise Refused(422, "WORDS_MISSING")
        if wanted.words.strip():
            case.detail["words"] = wanted.words.strip()
        needs = _NEEDS.get(wanted.step)
        after = (needs(case, wanted) if needs else None) or after
        _keep(case, wanted.step, after)
    return after


def _check_right(case: Case, step: Step) -> None:
    if Role.HANDLING_UNIT in case.asker.roles:
        leads, helps = case.asker.unit == case.life.unit, case.asker.unit in case.assistants
        if not leads and not helps:
            raise Refused(404, "TICKET_UNKNOWN")  # what is not theirs is not there for them
        if step not in MAY or not MAY[step] & case.asker.roles or helps != (step is Step.ANSWER_HELP):
            raise Refused(403, "STEP_NOT_YOURS")
    elif not MAY[step] & case.asker.roles:
        raise Refused(403, "STEP_NOT_YOURS")


def taken_by_other(life: Row[Any], name: str, now: datetime) -> bool:
    """Whether somebody else is at a ticket of the queues just now."""
    return bool(life.taken_until and life.taken_until > now and life.taken_by != name)


def _check_free(case: Case) -> None:
    if MAY[Step.CALL_BACK] & case.asker.roles and taken_by_other(case.life, case.asker.name, case.now):
        raise Refused(409, "CASE_TAKEN")


def take(database: CentreDatabase, asker: Asker, ticket_id: str, now: datetime | None = None) -> None:
    """Take a ticket out of a queue for a while, so that no second seat calls the same caller.

    Raises ``Refused``: 404 no such ticket, 409 somebody else has it.
    """
    now = now or datetime.now(UTC)
    with database.write() as connection:
        case = Case(connection, ticket_id, asker, now)
        _check_free(case)
        connection.execute(
            update(ticket_life)
            .where(ticket_life.c.ticket_id == ticket_id)
            .values(taken_by=asker.name, taken_until=now + TAKEN_FOR)
        )


def _keep(case: Case, step: Step, after: Stage) -> None:
    connection, life = case.connection, case.life
    case.changes |= {"taken_by": "", "taken_until": None}
    if after is Stage.CLOSED or after is Stage.REPORTED:
        case.changes |= {"remind_at": None, "extension_until": None}
    connection.execute(
        update(ticket_life)
        .where(ticket_life.c.ticket_id == life.ticket_id)
        .values(stage=after.value, **case.changes)
    )
    note_event(
        connection, life.ticket_id, case.now, case.asker.name, life.unit, step, after, case.detail
    )
    if step in TOLD:
        seat = connection.scalar(select(ticket.c.seat).where(ticket.c.id == life.ticket_id)) or ""
        body = {"stage": after, "step": step, **case.detail}
        news = News(TICKET_LIFE, life.ticket_id, json.dumps(body, ensure_ascii=False), seat)
        tell(connection, [news])
    if step in (Step.REPORT, Step.ANSWER):
        words = str(case.detail.get("words", ""))
        bring_result(connection, life.ticket_id, life.unit, case.asker.name, case.now, words)


def _one_of(kind: type[ObjectionReason] | type[ExtensionReason], value: str) -> str:
    try:
        return kind(value).value
    except ValueError:
        raise Refused(422, "REASON_UNKNOWN", ", ".join(kind)) from None


def _dispatch(case: Case, wanted: StepRequest) -> None:
    if not wanted.unit:
        raise Refused(422, "UNIT_UNSUITABLE")
    ticket_id = case.life.ticket_id
    case.connection.execute(delete(ticket_assistant).where(ticket_assistant.c.ticket_id == ticket_id))
    rows = [
        {"ticket_id": ticket_id, "unit": unit, "answered": False}
        for unit in dict.fromkeys(wanted.assistants)
        if unit and unit != wanted.unit
    ]
    if rows:
        case.connection.execute(insert_into(case.connection, ticket_assistant), rows)
    if case.life.stage == Stage.RETURNED:
        tell_return(case.connection, ticket_id, wanted.unit)
    if case.life.stage == Stage.JOINED:
        part(case.connection, ticket_id)
        sent = case.connection.execute(select(ticket).where(ticket.c.id == ticket_id)).one()
        due = deadline(shown_ticket(sent.payload, ticket_id).content, sent.submitted_at)
        case.changes |= {"due_at": due, "remind_at": remind_at(case.now, due)}
    case.changes |= {"unit": wanted.unit, "objected": False}
    case.detail |= {"unit": wanted.unit, "assistants": [row["unit"] for row in rows]}


def _object(case: Case, wanted: StepRequest) -> None:
    if case.life.objected:
        raise Refused(409, "OBJECTED_BEFORE")
    case.detail |= {"reason": _one_of(ObjectionReason, wanted.reason), "suggested": wanted.unit}
    case.changes["objected"] = True


def _uphold(case: Case, _wanted: StepRequest) -> None:
    case.detail["from"] = case.life.unit
    case.changes["unit"] = ""


def _ask_extension(case: Case, wanted: StepRequest) -> None:
    reason = _one_of(ExtensionReason, wanted.reason)
    if case.life.due_at is None or case.life.extension_until is not None:
        raise Refused(409, "EXTENSION_NOT_NOW")
    longest = case.life.due_at + timedelta(days=life_rules().extension_at_most_days)
    if wanted.until is None or not case.life.due_at < wanted.until <= longest:
        raise Refused(422, "EXTENSION_UNTIL", f"after {case.life.due_at}, at most {longest}")
    case.detail |= {"reason": reason, "until": wanted.until.isoformat()}
    case.changes["extension_until"] = wanted.until


def _grant_extension(case: Case, _wanted: StepRequest) -> None:
    until = case.life.extension_until
    if until is None:
        raise Refused(409, "EXTENSION_NOT_NOW")
    case.detail |= {"until": until.isoformat(), "tell_caller": True}
    case.changes |= {
        "due_at": until,
        "remind_at": remind_at(case.now, until),
        "extension_until": None,
        "escalated": 0,
        "tell_caller": True,
    }


def _tell_caller(case: Case, _wanted: StepRequest) -> None:
    case.changes["tell_caller"] = False


def _refuse_extension(case: Case, _wanted: StepRequest) -> None:
    if case.life.extension_until is None:
        raise Refused(409, "EXTENSION_NOT_NOW")
    case.changes["extension_until"] = None


def _ask_help(case: Case, wanted: StepRequest) -> None:
    case.call_for(wanted.unit)
    case.detail["unit"] = wanted.unit


def _answer_help(case: Case, _wanted: StepRequest) -> None:
    case.detail["unit"] = case.asker.unit
    mine = (ticket_assistant.c.ticket_id == case.life.ticket_id) & (
        ticket_assistant.c.unit == case.asker.unit
    )
    case.connection.execute(update(ticket_assistant).where(mine).values(answered=True))


def _attempts(case: Case) -> int:
    """How often a callback was tried since the unit reported."""
    mine = ticket_event.c.ticket_id == case.life.ticket_id
    reported = select(func.max(ticket_event.c.seq)).where(mine, ticket_event.c.step == Step.REPORT)
    tried = select(func.count()).where(
        mine, ticket_event.c.step == Step.CALL_BACK, ticket_event.c.seq > reported.scalar_subquery()
    )
    return case.connection.scalar(tried) or 0


def _call_back(case: Case, wanted: StepRequest) -> Stage | None:
    rules = life_rules()
    if not wanted.reached:  # nobody answered: that says nothing about the unit
        tried = _attempts(case) + 1
        case.detail |= {"reached": False, "tried": tried, "tries": rules.callback_attempts}
        if tried >= rules.callback_attempts:
            return None
        again = case.now + timedelta(hours=rules.callback_pause_hours)
        case.detail["next_try"] = again.isoformat(timespec="seconds")
        return Stage.REPORTED
    if wanted.contacted is None or wanted.solved is None or wanted.satisfaction is None:
        raise Refused(422, "CALLBACK_INCOMPLETE", "contacted, solved, satisfaction")
    payload = case.connection.scalar(select(ticket.c.payload).where(ticket.c.id == case.life.ticket_id))
    content = shown_ticket(str(payload), case.life.ticket_id).content
    answers = {
        "contacted": wanted.contacted,
        "solved": wanted.solved,
        "satisfaction": wanted.satisfaction.value,
    }
    case.detail |= answers
    case.connection.execute(
        insert(ticket_callback).values(
            ticket_id=case.life.ticket_id,
            unit=case.life.unit,
            at=case.now,
            type=content.type.value if content.type else "",
            handling=content.handling.value if content.handling else "",
            **answers,
        )
    )
    if wanted.solved or case.life.unsolved >= rules.unsolved_goes_back:
        return None
    due = case.now + timedelta(days=rules.unsolved_days)
    case.changes |= {
        "unsolved": case.life.unsolved + 1,
        "due_at": due,
        "remind_at": remind_at(case.now, due),
        "escalated": 0,
    }
    return Stage.HANDLING


_NEEDS: Mapping[Step, Any] = {
    Step.DISPATCH: _dispatch,
    Step.OBJECT: _object,
    Step.UPHOLD: _uphold,
    Step.ASK_EXTENSION: _ask_extension,
    Step.GRANT_EXTENSION: _grant_extension,
    Step.TELL_CALLER: _tell_caller,
    Step.REFUSE_EXTENSION: _refuse_extension,
    Step.ASK_HELP: _ask_help,
    Step.ANSWER_HELP: _answer_help,
    Step.CALL_BACK: _call_back,
}
