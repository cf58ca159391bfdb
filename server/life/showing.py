"""Tickets and their timelines as somebody may see them: personal data masked by default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Subquery, or_, select, true, union

from app.domain.codec import Json
from app.domain.life import MOVES, Stage, Step
from app.domain.masking import mask_name, mask_number, mask_text
from app.domain.ticket import Caller, id_begins
from app.sync.cases import CallerRevealed, CallerShown, CaseEvent, CaseLine, CaseShown, CoReport
from server.asking import Asker
from server.audit import note
from server.database import CentreDatabase
from server.kept import read_object, shown_ticket
from server.life.matters import joined_by, reporters, reporters_of
from server.life.steps import MAY, taken_by_other
from server.problems import Refused
from server.rights import Role
from server.schema import ticket, ticket_assistant, ticket_event, ticket_life, ticket_matter

PAGE = 50
SEAT_QUEUES = (Stage.WAITING, Stage.UNASSIGNED, Stage.RETURNED, Stage.REPORTED)
_SUBJECT_CHARACTERS = 60
_NAME_CHARACTERS = 64
_SEES_WHO_WROTE = {Role.TEAM_LEAD, Role.DISPATCH_REVIEWER}
_DONE = (Stage.CLOSED.value, Stage.REPORTED.value)
"""Stages in which nobody waits for a unit any more."""


def cases(
    database: CentreDatabase,
    asker: Asker,
    stage: Stage | None = None,
    offset: int = 0,
    tell_caller: bool = False,
    overdue: bool = False,
    number: str = "",
) -> tuple[CaseLine, ...]:
    """A page of the tickets that the asker may see, due first; without a ``stage`` those not closed.

    ``tell_caller``: only those whose caller has not yet heard of an extension; ``overdue``: only those
    that wait for a unit beyond their limit. ``number``: the one of this official or provisional number,
    whatever its stage.
    """
    now = datetime.now(UTC)
    stages = [stage] if stage else [one for one in Stage if number or one is not Stage.CLOSED]
    wanted: list[ColumnElement[bool]] = [ticket_life.c.stage.in_([one.value for one in stages])]
    if tell_caller:
        wanted.append(ticket_life.c.tell_caller)
    if overdue:
        wanted += [ticket_life.c.due_at < now, ticket_life.c.stage.not_in(_DONE)]
    if number:
        wanted.append(ticket_life.c.ticket_id.in_(select(ticket.c.id).where(_numbered(number))))
    page = _page_of_ids(asker, wanted, offset)
    query = _WITH_TICKET.join(page, page.c.ticket_id == ticket_life.c.ticket_id)
    with database.read() as connection:
        rows = connection.execute(_by_deadline(query, ticket_life.c)).all()
        joined = reporters(connection, [row.ticket_id for row in rows])
    return tuple(_line(row, asker, now, joined.get(row.ticket_id, 0)) for row in rows)


def _numbered(number: str) -> ColumnElement[bool]:
    """The tickets of an official number, or of a provisional one: a range, which the key's index finds
    in every collation, and then exactly."""
    begin = id_begins(number)
    if begin is None:
        return ticket.c.number == number.strip().upper()
    return ticket.c.id.between(begin, begin + "z") & ticket.c.id.startswith(begin)


def _page_of_ids(asker: Asker, wanted: Sequence[ColumnElement[bool]], offset: int) -> Subquery:
    """A page of ids out of what each of the asker's views shows first: every view has its index, all of
    them in one condition would have none, and texts are read only for the page."""
    life = ticket_life.c
    parts = []
    for view in _views(asker):
        part = select(life.ticket_id, life.due_at).where(view, *wanted)
        first = _by_deadline(part, life).limit(offset + PAGE).subquery()
        parts.append(select(first))
    all_of_them = union(*parts).subquery()
    page = _by_deadline(select(all_of_them.c.ticket_id, all_of_them.c.due_at), all_of_them.c)
    return page.limit(PAGE).offset(offset).subquery()


def _by_deadline(query: Select[Any], columns: Any) -> Select[Any]:
    """Due first, what has no limit last."""
    return query.order_by(columns.due_at.nulls_last(), columns.ticket_id)


def cases_of(database: CentreDatabase, asker: Asker, ticket_ids: Sequence[str]) -> tuple[CaseLine, ...]:
    """Those of some tickets that the asker may see, in the order of ``ticket_ids``."""
    query = _visible(asker).where(ticket_life.c.ticket_id.in_(ticket_ids))
    with database.read() as connection:
        rows = {row.ticket_id: row for row in connection.execute(query)}
    now = datetime.now(UTC)
    return tuple(_line(rows[name], asker, now) for name in ticket_ids if name in rows)


def case(database: CentreDatabase, asker: Asker, ticket_id: str) -> CaseShown:
    """One ticket with its timeline. Raises ``Refused`` 404."""
    with database.read() as connection:
        row = _find(connection, asker, ticket_id)
        helping = select(ticket_assistant.c.unit, ticket_assistant.c.answered)
        assistants = {
            one.unit: one.answered
            for one in connection.execute(helping.where(ticket_assistant.c.ticket_id == ticket_id))
        }
        events = connection.execute(
            select(ticket_event)
            .where(ticket_event.c.ticket_id == ticket_id)
            .order_by(ticket_event.c.seq)
        ).all()
        joined, joins, joins_number = reporters_of(connection, ticket_id)
        others = connection.execute(joined_by(_WITH_TICKET, ticket_id)).all() if joined else ()
    written = shown_ticket(row.payload, ticket_id)
    content = written.content
    hide, who = _Hiding(content.caller, asker), _SEES_WHO_WROTE & asker.roles
    return CaseShown(
        line=_line(row, asker, datetime.now(UTC), joined),
        type=content.type.value if content.type else "",
        category=content.category.path if content.category else (),
        place=hide(content.place),
        summary=hide(content.summary),
        wish=hide(content.wish),
        received_at=row.received_at,
        caller=hide.caller(),
        assistants=assistants,
        events=tuple(_event(one, hide) for one in events),
        steps=_steps(asker, row, assistants),
        reporters=joined,
        co_reports=tuple(_co_report(one, asker) for one in others),
        joins=joins,
        joins_number=joins_number,
        seat=row.seat if who else "",
        operator=(written.operator or "")[:_NAME_CHARACTERS] if who else "",
    )


def shown_for_amending(
    database: CentreDatabase, asker: Asker, ticket_id: str
) -> tuple[str, Json, frozenset[str]]:
    """A ticket's number, its content as it is kept, and the fields that hold what identifies somebody:
    they are for whoever has given a reason (``reveal_caller``). Raises ``Refused`` 404."""
    with database.read() as connection:
        row = _find(connection, asker, ticket_id)
    content = shown_ticket(row.payload, ticket_id).content
    hide = _Hiding(content.caller, asker)
    kept = read_object(row.payload, f"ticket {ticket_id}").get("content")
    if not isinstance(kept, dict):
        raise Refused(422, "AMENDMENT_INVALID")
    texts = ("subject", "summary", "place", "wish")
    hidden = {name for name in texts if kept.get(name) and hide(kept[name]) != kept[name]}
    return row.number, kept, frozenset({*hidden, "caller.name", "caller.phone"})


def reveal_caller(
    database: CentreDatabase, asker: Asker, ticket_id: str, reason: str
) -> CallerRevealed:
    """Who called, for a logged reason. Raises ``Refused`` 403: a unit, and the call is confidential."""
    with database.write() as connection:
        row = _find(connection, asker, ticket_id)
        caller = shown_ticket(row.payload, ticket_id).content.caller
        allowed = not (caller.confidential and Role.HANDLING_UNIT in asker.roles)
        action = "caller.reveal" if allowed else "caller.reveal_refused"
        note(connection, asker.name, action, ticket_id, reason=mask_text(reason, [caller.name or ""]))
    if not allowed:
        raise Refused(403, "CALLER_CONFIDENTIAL")
    return CallerRevealed(name=caller.name or "", phone=caller.phone or "")


_WITH_TICKET = select(
    ticket_life, ticket.c.number, ticket.c.payload, ticket.c.received_at, ticket.c.seat
).join(ticket, ticket.c.id == ticket_life.c.ticket_id)


def _views(asker: Asker) -> tuple[ColumnElement[bool], ...]:
    """The asker may see a ticket for which one of these holds."""
    life = ticket_life.c
    if Role.HANDLING_UNIT in asker.roles:
        helps = select(ticket_assistant.c.ticket_id).where(ticket_assistant.c.unit == asker.unit)
        return life.unit == asker.unit, life.ticket_id.in_(helps)
    if Role.SEAT in asker.roles:
        own = select(ticket.c.id).where(ticket.c.seat == asker.name)
        queued = life.stage.in_([one.value for one in SEAT_QUEUES])
        return life.ticket_id.in_(own), queued, life.tell_caller
    return (true(),)


def _visible(asker: Asker) -> Select[Any]:
    return _WITH_TICKET.where(or_(*_views(asker)))


def _views_of_joined(asker: Asker) -> tuple[ColumnElement[bool], ...]:
    """The same for tickets that joined one of the asker's unit, whose callers it has to contact too;
    they stand on that one's page, not in lists."""
    if Role.HANDLING_UNIT not in asker.roles:
        return ()
    theirs = select(ticket_life.c.ticket_id).where(or_(*_views(asker)))
    part = select(ticket_matter.c.ticket_id).where(ticket_matter.c.joins.in_(theirs))
    return ((ticket_life.c.stage == Stage.JOINED) & ticket_life.c.ticket_id.in_(part),)


def _find(connection: Connection, asker: Asker, ticket_id: str) -> Row[Any]:
    row = None
    if "\0" not in ticket_id:
        views = or_(*_views(asker), *_views_of_joined(asker))
        found = _WITH_TICKET.where(views, ticket_life.c.ticket_id == ticket_id)
        row = connection.execute(found).first()
    if row is None:
        raise Refused(404, "TICKET_UNKNOWN")
    return row


class _Hiding:
    """Hides what the asker need not know."""

    def __init__(self, caller: Caller, asker: Asker) -> None:
        self._caller = caller
        self._entirely = caller.confidential and Role.HANDLING_UNIT in asker.roles

    def __call__(self, words: str | None) -> str:
        if not words:
            return ""
        if self._caller.phone:
            hidden = "***" if self._entirely else mask_number(self._caller.phone)
            words = words.replace(self._caller.phone, hidden)
        return mask_text(words, [self._caller.name or ""], self._entirely)

    def caller(self) -> CallerShown:
        name, phone = self._caller.name or "", self._caller.phone or ""
        if self._entirely:
            return CallerShown(name="", phone="", confidential=True)
        return CallerShown(
            name=name and mask_name(name),
            phone=phone and mask_number(phone),
            confidential=self._caller.confidential,
        )


def _co_report(row: Row[Any], asker: Asker) -> CoReport:
    content = shown_ticket(row.payload, row.ticket_id).content
    hide = _Hiding(content.caller, asker)
    return CoReport(
        ticket_id=row.ticket_id,
        number=row.number,
        received_at=row.received_at,
        place=hide(content.place),
        summary=hide(content.summary),
        caller=hide.caller(),
    )


def _line(row: Row[Any], asker: Asker, now: datetime, reporters: int = 0) -> CaseLine:
    content = shown_ticket(row.payload, row.ticket_id).content
    hide = _Hiding(content.caller, asker)
    open_still = row.stage not in _DONE
    return CaseLine(
        ticket_id=row.ticket_id,
        number=row.number,
        stage=Stage(row.stage),
        unit=row.unit,
        subject=hide(content.subject or content.summary)[:_SUBJECT_CHARACTERS],
        district=content.district or "",
        street=content.street or "",
        due_at=row.due_at,
        overdue=bool(open_still and row.due_at and row.due_at < now),
        extension_until=row.extension_until,
        taken_by=row.taken_by if taken_by_other(row, "", now) else "",
        tell_caller=row.tell_caller,
        escalated=row.escalated if open_still else 0,
        reporters=reporters,
    )


def _event(row: Row[Any], hide: _Hiding) -> CaseEvent:
    kept = read_object(row.detail, "event")
    detail = {key: hide(value) if key == "words" else value for key, value in kept.items()}
    return CaseEvent(
        at=row.at, who=row.who, unit=row.unit, step=row.step, stage=Stage(row.stage), detail=detail
    )


def _steps(asker: Asker, row: Row[Any], assistants: Mapping[str, bool]) -> tuple[Step, ...]:
    """What the asker may do now."""
    possible = [step for at, step in MOVES if at == row.stage and MAY[step] & asker.roles]
    if Role.HANDLING_UNIT in asker.roles:
        helps = asker.unit in assistants
        possible = [step for step in possible if helps == (step is Step.ANSWER_HELP)]
    waiting = (Step.GRANT_EXTENSION, Step.REFUSE_EXTENSION)
    if row.extension_until is None:
        possible = [step for step in possible if step not in waiting]
    else:
        possible = [step for step in possible if step is not Step.ASK_EXTENSION]
    if row.objected:
        possible = [step for step in possible if step is not Step.OBJECT]
    return tuple(possible)
