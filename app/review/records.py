"""Reviews as they are kept: one for each reviewer of a ticket; comments, appeal and corrections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from app.domain.call import Transcript
from app.domain.codec import Json
from app.domain.ticket import TicketContent
from app.review.evaluation import RULE, Answer, Evaluation
from app.review.queue import QueueRow, Sample
from app.review.rubric import Rubric
from app.storage.shelf import Shelf
from resources.errors import UserError

if TYPE_CHECKING:
    from app.review.agreement import QuestionAgreement
    from app.review.playback import CallAudio


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark at a moment of the call."""

    second: float
    words: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Correction:
    """Something a reviewer put right: ``what`` is text, category, unit or article; the trace of it."""

    what: str
    before: str
    after: str
    by: str
    at: str
    second: float | None = None


@dataclass(frozen=True, slots=True)
class Appeal:
    """The operator disagrees; ``answer`` is the lead's, empty while it waits."""

    words: str
    by: str
    at: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """One reviewer's review of one ticket."""

    ticket_id: str
    reviewer: str
    sample: Sample
    evaluation: Evaluation
    comments: tuple[Comment, ...] = ()
    corrections: tuple[Correction, ...] = ()
    appeal: Appeal | None = None
    finished_at: str = ""

    @property
    def finished(self) -> bool:
        """Whether the reviewer has handed it in."""
        return bool(self.finished_at)

    def finish(self) -> Review:
        """Hand it in. Raises ``UserError("REVIEW_OPEN")`` while questions wait for an answer."""
        waiting = self.evaluation.result().open
        if waiting:
            raise UserError("REVIEW_OPEN", count=len(waiting))
        return replace(self, finished_at=_now())

    def comment(self, second: float, words: str) -> Review:
        """With a remark at a moment."""
        fresh = Comment(round(second, 2), words.strip(), self.reviewer, _now())
        return replace(self, comments=(*self.comments, fresh))

    def correct(self, what: str, before: str, after: str, second: float | None = None) -> Review:
        """With the trace of a correction."""
        fresh = Correction(what, before, after, self.reviewer, _now(), second)
        return replace(self, corrections=(*self.corrections, fresh))

    def object(self, words: str, by: str) -> Review:
        """With the operator's appeal. Raises ``UserError("REVIEW_APPEAL")`` without words, before
        the review is handed in, or a second time."""
        if not words.strip() or not self.finished or self.appeal is not None:
            raise UserError("REVIEW_APPEAL")
        return replace(self, appeal=Appeal(words.strip(), by, _now()))

    def decide(self, words: str) -> Review:
        """With the lead's answer to the appeal."""
        if self.appeal is None or not words.strip():
            raise UserError("REVIEW_APPEAL")
        return replace(self, appeal=replace(self.appeal, answer=words.strip()))


@dataclass(frozen=True, slots=True)
class OpenReview:
    """A ticket laid open. ``audio`` is ``None`` where nothing was recorded; ``others`` are reviews of
    other reviewers, shown only once one's own is finished."""

    row: QueueRow
    transcript: Transcript
    audio: CallAudio | None
    review: Review
    others: tuple[Review, ...]


class Reviews:
    """All reviews of a seat, sealed on disk."""

    def __init__(self, shelf: Shelf, rubric: Rubric) -> None:
        self._shelf, self._rubric = shelf, rubric

    def keep(self, review: Review) -> None:
        """Keep a review. Raises ``UserError``."""
        self._shelf.put(_name(review.ticket_id, review.reviewer), review_to_json(review))

    def of(self, ticket_id: str, reviewer: str, content: TicketContent) -> Review | None:
        """One reviewer's review of a ticket."""
        document = self._shelf.get(_name(ticket_id, reviewer))
        return None if document is None else review_from_json(document, self._rubric, content)

    def about(self, ticket_id: str, content: TicketContent) -> tuple[Review, ...]:
        """All reviews of a ticket."""
        found = (doc for doc in self._shelf.all() if doc.get("ticket_id") == ticket_id)
        return tuple(review_from_json(doc, self._rubric, content) for doc in found)

    def all(self, contents: Callable[[str], TicketContent | None]) -> Iterator[Review]:
        """Every review whose ticket is known. ``contents`` gives a ticket's."""
        for document in self._shelf.all():
            if (content := contents(document["ticket_id"])) is not None:
                yield review_from_json(document, self._rubric, content)

    def corrections(self, what: str) -> tuple[tuple[str, str], ...]:
        """The id of the ticket and the right value of every correction of a kind, in order of time."""
        found = [
            (one["at"], document["ticket_id"], one["after"])
            for document in self._shelf.all()
            for one in document["corrections"]
            if one["what"] == what
        ]
        return tuple((ticket_id, after) for _, ticket_id, after in sorted(found))

    def agreement(self) -> tuple[QuestionAgreement, ...]:
        """Over finished reviews of tickets that several people reviewed."""
        return agreement_of(self._shelf.all())

    def behind_agreement(self, question: str, reviewer: str) -> tuple[tuple[str, bool | None], ...]:
        """The tickets behind a question's agreement, as ``behind_agreement`` says."""
        return behind_agreement(self._shelf.all(), question, reviewer)


def agreement_of(documents: Iterable[Json]) -> tuple[QuestionAgreement, ...]:
    """How far reviewers agree, over finished reviews as JSON."""
    from app.review.agreement import agreement_by_question  # numpy: the window does not wait for it

    return agreement_by_question(_scored(documents).values())


def behind_agreement(
    documents: Iterable[Json], question: str, reviewer: str
) -> tuple[tuple[str, bool | None], ...]:
    """The tickets that a question's agreement is over, and whether all gave them one answer.

    That is told only of tickets that ``reviewer`` has finished, these first, those that differ on top:
    who has not scored a ticket yet must not be led.
    """
    found: list[tuple[str, bool | None]] = []
    for ticket_id, given in _scored(documents).items():
        values = [one[question] for one in given.values() if one.get(question) is not None]
        if len(values) > 1:
            found.append((ticket_id, len(set(values)) == 1 if reviewer in given else None))
    return tuple(sorted(found, key=lambda one: (one[1] is None, one[1] is True)))


def _scored(documents: Iterable[Json]) -> dict[str, dict[str, Mapping[str, float | None]]]:
    """What people gave each ticket in finished reviews. What a rule answered and nobody overruled is no
    agreement of people."""
    by_ticket: dict[str, dict[str, Mapping[str, float | None]]] = defaultdict(dict)
    for document in documents:
        if document.get("finished_at"):
            by_ticket[document["ticket_id"]][document["reviewer"]] = {
                name: given[-1]["value"]
                for name, given in document["answers"].items()
                if given and given[-1]["by"] != RULE
            }
    return by_ticket


def review_to_json(review: Review) -> Json:
    """A review as JSON values, without the ticket it is about."""
    return {
        "ticket_id": review.ticket_id,
        "reviewer": review.reviewer,
        "sample": review.sample.value,
        "rubric": review.evaluation.rubric.version,
        "answers": {
            name: [asdict(one) for one in given] for name, given in review.evaluation.answers.items()
        },
        "comments": [asdict(one) for one in review.comments],
        "corrections": [asdict(one) for one in review.corrections],
        "appeal": asdict(review.appeal) if review.appeal else None,
        "finished_at": review.finished_at,
    }


def review_from_json(value: Json, rubric: Rubric, content: TicketContent) -> Review:
    """The inverse of ``review_to_json`` for the ticket's content."""
    answers = {name: tuple(Answer(**one) for one in given) for name, given in value["answers"].items()}
    return Review(
        ticket_id=value["ticket_id"],
        reviewer=value["reviewer"],
        sample=Sample(value["sample"]),
        evaluation=Evaluation(rubric, content, answers),
        comments=tuple(Comment(**one) for one in value["comments"]),
        corrections=tuple(Correction(**one) for one in value["corrections"]),
        appeal=Appeal(**value["appeal"]) if value["appeal"] else None,
        finished_at=value["finished_at"],
    )


def _name(ticket_id: str, reviewer: str) -> str:
    return sha256(f"{ticket_id}\0{reviewer}".encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
