"""Calls of every seat, reviewed at one desk: list, recording and transcript come from the centre, the
review goes back there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from app.domain.codec import field_to_json, ticket_from_json, transcript_from_json
from app.domain.ticket import Category, Ticket
from app.review.evaluation import Result, evaluate
from app.review.queue import Flag, QueueRow, Sample, draw
from app.review.records import OpenReview, Review, review_from_json, review_to_json
from app.review.rubric import Rubric
from app.sync.reviews import AgreementShown, OpenedCall, ScreenedTicket
from app.sync.visit import LeadVisit
from resources.errors import UserError

if TYPE_CHECKING:
    from app.review.agreement import QuestionAgreement
    from app.review.playback import CallAudio

NEWEST = 200
SUFFIX = ".jrec"


class CentreReviews:
    """Implements ``app.review.desk.ReviewSource`` for somebody who logs in as a team lead.

    Fetched recordings lie sealed in ``folder`` until ``close``; their keys only in memory.
    """

    def __init__(self, visit: LeadVisit, folder: Path, rubric: Rubric) -> None:
        self._visit, self._folder, self._rubric = visit, folder, rubric
        self._fetched: list[Path] = []

    @property
    def reviewer(self) -> str:
        """Who is logged in."""
        return self._visit.name

    def queue(self, seed: int, share: float) -> tuple[QueueRow, ...]:
        """The newest tickets of all seats, screened by the centre."""
        rows: list[QueueRow] = []
        while len(rows) < NEWEST:
            page = self._visit.ask("GET", f"/reviews?offset={len(rows)}")
            rows += [self._row(one) for one in page]
            if not page:
                break
        return draw(rows, share, seed)

    def open(self, row: QueueRow, sample: Sample) -> OpenReview:
        """A call with its sound; the centre notes who looked."""
        path = f"/reviews/{quote(row.ticket.id, safe='')}"
        try:
            found = OpenedCall.model_validate(self._visit.ask("GET", path))
            transcript = transcript_from_json(found.said)
            content = row.ticket.content
            others = tuple(review_from_json(dict(o), self._rubric, content) for o in found.others)
            own = (
                review_from_json(dict(found.own), self._rubric, content)
                if found.own
                else Review(
                    row.ticket.id,
                    self.reviewer,
                    sample,
                    evaluate(self._rubric, transcript, content),
                )
            )
        except (ValueError, KeyError, TypeError) as error:
            raise UserError("CENTRE_GARBLED", url=self._visit.url, detail="review") from error
        audio = self._audio(row.ticket, found.file_key) if found.file_key else None
        return OpenReview(row, transcript, audio, own, others)

    def keep(self, review: Review) -> Review:
        """Send a review."""
        path = f"/reviews/{quote(review.ticket_id, safe='')}"
        self._visit.fetch("PUT", path, json={"review": review_to_json(review)})
        return review

    def amend_category(self, ticket: Ticket, category: Category) -> None:
        """Another item for a ticket of any seat."""
        body = {
            "base": {"category": field_to_json("category", ticket.content.category)},
            "wanted": {"category": field_to_json("category", category)},
            "words": "review",
        }
        self._visit.ask("POST", f"/cases/{quote(ticket.id, safe='')}/amend", json=body)

    def agreement(self) -> tuple[QuestionAgreement, ...]:
        """By question, over the newest tickets that several team leads reviewed, of whatever seat."""
        from app.review.agreement import QuestionAgreement

        found = self._visit.ask("GET", "/agreement")
        try:
            shown = [AgreementShown.model_validate(one) for one in found]
        except (ValueError, TypeError) as error:
            raise UserError("CENTRE_GARBLED", url=self._visit.url, detail="agreement") from error
        return tuple(QuestionAgreement(**one.model_dump()) for one in shown)

    def behind_agreement(self, question: str) -> tuple[QueueRow, ...]:
        """The tickets that a question's agreement is over."""
        found = self._visit.ask("GET", f"/agreement/{quote(question, safe='')}")
        return tuple(self._row(one) for one in found)

    def close(self) -> None:
        """Hang up; what was fetched goes."""
        self._visit.close()
        for path in self._fetched:
            path.unlink(missing_ok=True)

    def _audio(self, ticket: Ticket, file_key: str) -> CallAudio:
        from app.review.playback import CallAudio

        path = self._folder / (ticket.id + SUFFIX)
        if path not in self._fetched:
            sealed = self._visit.fetch("GET", f"/reviews/{quote(ticket.id, safe='')}/recording")
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._fetched.append(path)
                path.write_bytes(sealed)
            except OSError as error:
                raise UserError("SHELF_WRITE", path=path, detail=error.strerror or error) from error
        return CallAudio(path, bytes.fromhex(file_key))

    def _row(self, value: Any) -> QueueRow:
        try:
            shown = ScreenedTicket.model_validate(value)
            ticket = ticket_from_json(dict(shown.ticket))
            if Path(ticket.id).name != ticket.id:
                raise ValueError("id")
            result = Result(**shown.result.model_dump())
            return QueueRow(ticket, _flags(shown.flags), result, same=shown.same)
        except (ValueError, KeyError, TypeError) as error:
            raise UserError("CENTRE_GARBLED", url=self._visit.url, detail="reviews") from error


def _flags(names: Sequence[str]) -> frozenset[Flag]:
    """Those that this program knows."""
    known = {flag.value for flag in Flag}
    return frozenset(Flag(name) for name in names if name in known)
