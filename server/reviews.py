"""Reviews across seats: transcripts come in, team leads read, hear and judge calls of any seat.

A ticket is listed with its caller masked; laying its call open, where people say their names, is
noted in the audit log.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from sqlalchemy import Connection, Row, Select, func, select
from starlette.responses import Response

from app.domain.call import Transcript
from app.domain.city import city_time
from app.domain.codec import ticket_to_json, transcript_from_json, transcript_to_json
from app.domain.life import Satisfaction, Stage, Step
from app.domain.masking import mask_name, mask_number, mask_text
from app.domain.ticket import Caller, Ticket, TicketContent
from app.review.hearing import heard_in
from app.review.queue import Flag, screen
from app.review.records import (
    Review,
    agreement_of,
    behind_agreement,
    review_from_json,
    review_to_json,
)
from app.review.rubric import bundled_rubric
from app.statistics.keeping import keep_hearing
from app.sync.reviews import (
    AgreementShown,
    OpenedCall,
    Outcomes,
    ReviewSent,
    ScreenedTicket,
    Screening,
    TranscriptSent,
)
from server.asking import Database, Who
from server.audit import note
from server.database import insert_into
from server.kept import read_json, read_object, read_ticket, shown_ticket
from server.problems import Refused
from server.recordings import sealed_recording
from server.schema import (
    call_transcript,
    recording,
    review,
    ticket,
    ticket_callback,
    ticket_event,
    ticket_life,
)

log = logging.getLogger(__name__)
router = APIRouter(prefix="/api/v1")
PAGE = 25
SEAT_TICKETS = 500
MOST_AGREED = 2000
"""Tickets over which agreement is counted, the newest."""
MOST_LISTED = 200
"""Tickets behind the agreement on a question that are listed."""
Id = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]*$")]


@router.post("/transcripts", status_code=204)
def keep_transcript(sent: TranscriptSent, asker: Who, database: Database) -> Response:
    """What was said in a call of this seat."""
    try:
        transcript_from_json(sent.said)
    except ValueError:
        raise Refused(422, "REQUEST_MALFORMED", "said") from None
    values = {
        "call_id": sent.call_id,
        "seat": asker.name,
        "body": json.dumps(sent.said, ensure_ascii=False),
        "received_at": datetime.now(UTC),
    }
    with database.write() as connection:
        owner = select(call_transcript.c.seat).where(call_transcript.c.call_id == sent.call_id)
        if connection.scalar(owner) not in (None, asker.name):
            raise Refused(403, "RECORDING_OF_ANOTHER_SEAT")
        connection.execute(
            insert_into(connection, call_transcript)
            .values(**values)
            .on_conflict_do_update(index_elements=["call_id"], set_=values)
        )
    return Response(status_code=204)


@router.get("/outcomes")
def outcomes(asker: Who, database: Database) -> Outcomes:
    """What became of the newest tickets of this seat, where a reviewer should know."""
    newest = (
        select(ticket.c.id)
        .where(ticket.c.seat == asker.name)
        .order_by(ticket.c.received_at.desc())
        .limit(SEAT_TICKETS)
    )
    with database.read() as connection:
        found = flags_of(connection, connection.scalars(newest).all())
    return Outcomes(flags={name: tuple(sorted(flags)) for name, flags in found.items() if flags})


@router.get("/reviews")
def queue(
    asker: Who, database: Database, offset: Annotated[int, Query(ge=0, le=100_000)] = 0
) -> list[ScreenedTicket]:
    """A page of the newest tickets of all seats, screened by the rules."""
    del asker  # the rights table has let them in
    page = _tickets().order_by(ticket.c.received_at.desc(), ticket.c.id).limit(PAGE).offset(offset)
    with database.read() as connection:
        return _all_screened(connection, connection.execute(page).all())


@router.get("/agreement")
def agreement(asker: Who, database: Database) -> list[AgreementShown]:
    """How far team leads agree on each question, over the newest tickets that several of them finished.

    Nothing but these figures: whoever has not scored a ticket yet learns nothing of it.
    """
    del asker
    with database.read() as connection:
        found = agreement_of(_scored_twice(connection))
    return [AgreementShown(**asdict(one)) for one in found]


@router.get("/agreement/{question}")
def tickets_of_agreement(question: Id, asker: Who, database: Database) -> list[ScreenedTicket]:
    """The tickets behind a question's figures; how they were answered only where the asker has finished
    theirs."""
    with database.read() as connection:
        about = dict(behind_agreement(_scored_twice(connection), question, asker.name)[:MOST_LISTED])
        rows = connection.execute(_tickets().where(ticket.c.id.in_(about))).all()
        found = {str(one.ticket["id"]): one for one in _all_screened(connection, rows)}
    return [
        found[name].model_copy(update={"same": same}) for name, same in about.items() if name in found
    ]


def _scored_twice(connection: Connection) -> list[dict[str, Any]]:
    """The reviews of the newest tickets that have several."""
    several = (
        select(review.c.ticket_id)
        .group_by(review.c.ticket_id)
        .having(func.count() > 1)
        .order_by(func.max(review.c.at).desc())
        .limit(MOST_AGREED)
    )
    chosen = select(review.c.body).where(review.c.ticket_id.in_(several)).order_by(review.c.at.desc())
    return [json.loads(body) for body in connection.scalars(chosen)]


@router.get("/reviews/{ticket_id}")
def open_call(ticket_id: Id, asker: Who, database: Database) -> OpenedCall:
    """A call with what reviewers found in it; the look is noted."""
    with database.write() as connection:
        found = _ticket(_row(connection, ticket_id))
        note(connection, asker.name, "review.open", found.number or ticket_id)
        talk = _transcripts(connection, [found]).get(ticket_id, ())
        key = connection.scalar(_recording(found))
        kept = connection.execute(
            select(review.c.reviewer, review.c.body).where(review.c.ticket_id == ticket_id)
        ).all()
    reviews = {row.reviewer: read_object(row.body, f"review {ticket_id}") for row in kept}
    reviews = {reviewer: one for reviewer, one in reviews.items() if one}
    own = reviews.pop(asker.name, None)
    finished = bool(own and own.get("finished_at"))
    return OpenedCall(
        said=tuple(transcript_to_json(talk)),
        file_key=key,
        own=own,
        others=tuple(reviews.values()) if finished else (),
    )


@router.get("/reviews/{ticket_id}/recording")
def hear_call(ticket_id: Id, asker: Who, database: Database) -> Response:
    """A call's recording, sealed as its seat sealed it."""
    with database.write() as connection:
        found = _ticket(_row(connection, ticket_id))
        if connection.scalar(_recording(found)) is None:
            raise Refused(404, "NOT_FOUND")
        note(connection, asker.name, "review.hear", found.number or ticket_id)
    sealed = sealed_recording(database, found.call_id)
    if sealed is None:
        raise Refused(404, "NOT_FOUND")
    return Response(sealed[0], media_type="application/octet-stream")


@router.put("/reviews/{ticket_id}", status_code=204)
def keep_review(ticket_id: Id, sent: ReviewSent, asker: Who, database: Database) -> Response:
    """A review by whoever sends it; a repeat replaces it."""
    with database.write() as connection:
        about = _ticket(_row(connection, ticket_id))
        document = _checked(sent, ticket_id, asker.name, about.content)
        values = {
            "ticket_id": ticket_id,
            "reviewer": asker.name,
            "body": json.dumps(document, ensure_ascii=False),
            "at": datetime.now(UTC),
        }
        connection.execute(
            insert_into(connection, review)
            .values(**values)
            .on_conflict_do_update(index_elements=["ticket_id", "reviewer"], set_=values)
        )
        _count_hearing(connection, about, review_from_json(document, bundled_rubric(), about.content))
    return Response(status_code=204)


def _count_hearing(connection: Connection, about: Ticket, given: Review) -> None:
    """What was put right in the text tells how well the engine heard."""
    talk = _transcripts(connection, [about]).get(about.id, ())
    day = city_time(about.submitted_at).date()
    for engine, counts in heard_in(given, talk).items():
        keep_hearing(connection, about.call_id[:128], engine[:64], day, *counts)


def flags_of(connection: Connection, names: Sequence[str]) -> dict[str, set[Flag]]:
    """What only the centre knows of tickets: returned by a unit, or the caller not satisfied at the
    last callback."""
    found: dict[str, set[Flag]] = {name: set() for name in names}
    life = select(ticket_life.c.ticket_id).where(
        ticket_life.c.ticket_id.in_(names), ticket_life.c.stage == Stage.RETURNED
    )
    upheld = select(ticket_event.c.ticket_id).where(
        ticket_event.c.ticket_id.in_(names), ticket_event.c.step == Step.UPHOLD
    )
    for name in {*connection.scalars(life), *connection.scalars(upheld)}:
        found[name].add(Flag.RETURNED)
    answers = select(ticket_callback).where(ticket_callback.c.ticket_id.in_(names))
    last = {row.ticket_id: row for row in connection.execute(answers.order_by(ticket_callback.c.at))}
    for name, row in last.items():
        if row.contacted and (not row.solved or row.satisfaction == Satisfaction.DISSATISFIED):
            found[name].add(Flag.UNSATISFIED)
    return found


def _tickets() -> Select[Any]:
    chosen = select(ticket.c.id, ticket.c.number, ticket.c.seat, ticket.c.payload)
    return chosen.where(ticket.c.forgotten_at.is_(None))


def _row(connection: Connection, ticket_id: str) -> Row[Any]:
    row = connection.execute(_tickets().where(ticket.c.id == ticket_id)).first()
    if row is None:
        raise Refused(404, "TICKET_UNKNOWN")
    return row


def _ticket(row: Row[Any]) -> Ticket:
    return replace(shown_ticket(row.payload, row.id), number=row.number, seat=row.seat)


def _recording(of: Ticket) -> Select[Any]:
    """The key of a ticket's recording; only of the seat's own, whatever call a ticket names."""
    return select(recording.c.file_key).where(
        recording.c.call_id == of.call_id,
        recording.c.seat == of.seat,
        recording.c.complete_at.is_not(None),
    )


def _transcripts(connection: Connection, tickets: Sequence[Ticket]) -> Mapping[str, Transcript]:
    """What was said, by ticket; only of the seat's own calls."""
    chosen = select(call_transcript).where(
        call_transcript.c.call_id.in_([one.call_id for one in tickets])
    )
    kept = {(row.call_id, row.seat): row.body for row in connection.execute(chosen)}
    found = {}
    for one in tickets:
        if (body := kept.get((one.call_id, one.seat))) is not None:
            try:
                found[one.id] = transcript_from_json(read_json(body, f"transcript {one.call_id}"))
            except ValueError:
                log.warning("transcript %s is none", one.call_id)
    return found


def _all_screened(connection: Connection, rows: Sequence[Row[Any]]) -> list[ScreenedTicket]:
    """These tickets as the rules see them, except those that nobody can read."""
    known = flags_of(connection, [row.id for row in rows])
    readable = (row for row in rows if read_ticket(row.payload, row.id) is not None)
    found = [(_ticket(row), known[row.id]) for row in readable]
    talks = _transcripts(connection, [one for one, _ in found])
    return [_screened(one, talks.get(one.id, ()), flags) for one, flags in found]


def _screened(found: Ticket, talk: Transcript, known: set[Flag]) -> ScreenedTicket:
    row = screen(found, talk, bundled_rubric(), known)
    shown = replace(found, content=_masked(found.content))
    result = Screening(**asdict(row.screened))
    return ScreenedTicket(ticket=ticket_to_json(shown), flags=tuple(sorted(row.flags)), result=result)


def _masked(content: TicketContent) -> TicketContent:
    caller = content.caller
    names = [caller.name] if caller.name else []

    def hide(words: str | None) -> str | None:
        return None if words is None else mask_text(words, names, caller.confidential)

    shown = Caller(
        name=mask_name(caller.name) if caller.name else None,
        phone=mask_number(caller.phone) if caller.phone else None,
        confidential=caller.confidential,
    )
    return replace(
        content,
        caller=shown,
        subject=hide(content.subject),
        summary=hide(content.summary),
        wish=hide(content.wish),
        proof={},
    )


def _checked(sent: ReviewSent, ticket_id: str, reviewer: str, content: TicketContent) -> dict[str, Any]:
    """The review as it is kept: about this ticket, by whoever sent it."""
    named = {**sent.review, "ticket_id": ticket_id, "reviewer": reviewer}
    try:
        return review_to_json(review_from_json(named, bundled_rubric(), content))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Refused(422, "REQUEST_MALFORMED", "review") from None
