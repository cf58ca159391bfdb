"""What the review page asks of the core: the queue, one ticket with its call, and what becomes of it.

Everything blocks and raises ``UserError``; it belongs on a background thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.call import Speaker, Utterance
from app.domain.draft import with_field
from app.domain.ticket import Category, Ticket, TicketContent, UnitRole, UnitSuggestion
from app.review.evaluation import evaluate
from app.review.hearing import heard_in
from app.review.moments import silences
from app.review.queue import Flag, QueueRow, Sample, draw, screen
from app.review.records import OpenReview as OpenReview
from app.review.records import Review, Reviews
from app.review.rubric import Rubric, bundled_rubric
from app.storage.shelf import Shelf
from resources.errors import UserError

if TYPE_CHECKING:
    from app.review.agreement import QuestionAgreement
    from app.review.centre import CentreReviews
    from app.review.playback import CallAudio, CallPlayer, Peaks
    from app.workplace import Workplace

NEWEST = 500
RANDOM_SHARE = 0.1
SHELF = "reviews"
OWN_CASES = "scenarios"
FETCHED = "fetched"
"""Folder of recordings that came from the centre while somebody visits it."""
_PEAKS_AT_ONCE_S = 60.0


class ReviewDesk:
    """Reviews at one seat: of its own tickets, or of all seats' while somebody visits the centre."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._centre: CentreReviews | None = None

    @property
    def visitor(self) -> str:
        """Who reviews all seats' tickets; empty while this seat's own are reviewed."""
        return self._centre.reviewer if self._centre is not None else ""

    def visit(self, url: str, name: str, password: str) -> None:
        """Review the tickets of all seats, as a team lead. Raises ``UserError`` and changes nothing."""
        from app.review.centre import CentreReviews
        from app.sync.visit import LeadVisit

        session = LeadVisit(url, name, password)
        try:
            session.ask("GET", "/reviews?offset=100000")  # whether they may
        except UserError:
            session.close()
            raise
        centre = CentreReviews(session, self._place.data_dir / FETCHED, self.rubric)
        self.leave()
        self._centre = centre

    def leave(self) -> None:
        """Back to this seat's own tickets."""
        centre, self._centre = self._centre, None
        if centre is not None:
            centre.close()

    @property
    def rubric(self) -> Rubric:
        """The rubric in force."""
        return bundled_rubric()

    def _reviews(self) -> Reviews:
        key = self._place.parts.key().derive("reviews")
        return Reviews(Shelf(self._place.data_dir / SHELF, key), self.rubric)

    def queue(self, seed: int | None = None) -> tuple[QueueRow, ...]:
        """The newest tickets, all screened; without a seed the random sample is that of the week."""
        year, week = date.today().isocalendar()[:2]
        drawn = year * 100 + week if seed is None else seed
        if self._centre is not None:
            return self._centre.queue(drawn, RANDOM_SHARE)
        store = self._place.parts.store()
        refused = {row.ticket_id for row in self._place.outbox() if row.state.value == "refused"}
        known = self._at_the_centre()
        rows = []
        for ticket in store.tickets(NEWEST):
            flags = set(known.get(ticket.id, ()))
            if ticket.id in refused:
                flags.add(Flag.RETURNED)
            rows.append(screen(ticket, store.transcript(ticket.call_id), self.rubric, flags))
        return draw(rows, RANDOM_SHARE, drawn)

    def _at_the_centre(self) -> Mapping[str, set[Flag]]:
        """Tickets that came back or whose caller was not satisfied, if the centre answers now."""
        if not self._place.settings.server_url:
            return {}
        try:
            told = self._place.after.outcomes()
        except UserError:
            return {}
        known = {flag.value for flag in Flag}
        return {name: {Flag(one) for one in flags if one in known} for name, flags in told.items()}

    def open(self, row: QueueRow, reviewer: str, sample: Sample) -> OpenReview:
        """Lay a ticket open for a reviewer; answers of earlier days are there again."""
        if self._centre is not None:
            return self._centre.open(row, sample)
        content = row.ticket.content
        transcript = self._place.transcript(row.ticket.call_id)
        reviews = self._reviews()
        own = reviews.of(row.ticket.id, reviewer, content)
        if own is None:
            evaluation = evaluate(self.rubric, transcript, content)
            own = Review(row.ticket.id, reviewer, sample, evaluation)
        others: tuple[Review, ...] = ()
        if own.finished:  # before that a second reviewer must not be led
            others = tuple(
                one for one in reviews.about(row.ticket.id, content) if one.reviewer != reviewer
            )
        return OpenReview(row, transcript, self._audio(row.ticket.call_id), own, others)

    def _audio(self, call_id: str) -> CallAudio | None:
        from app.review.playback import CallAudio

        path = self._place.parts.recording_path(call_id)
        return CallAudio(path, self._place.parts.key().recordings) if path.exists() else None

    def player(self, opened: OpenReview) -> CallPlayer | None:
        """What plays the call of an opened ticket."""
        if opened.audio is None:
            return None
        from app.review.playback import CallPlayer

        player = self._place.parts.player()
        made = CallPlayer(opened.audio, player.play, player.stop)
        made.skip = silences(opened.transcript)
        return made

    def timed(self, opened: OpenReview, said: Utterance) -> Utterance:
        """The utterance with the times of its characters, looked for in its sound where the engine gave
        none: with the engine of the seat once it is loaded, else by the sound alone."""
        if said.words or opened.audio is None or not said.text.strip():
            return said
        from speech.word_times import timed

        engine = self._place.parts.loaded_final(self._place.settings.speech_model)
        own = opened.audio.side(said.speaker, said.start, said.end)
        return timed(said, own, getattr(engine, "attention", None))

    def silences(self, opened: OpenReview) -> tuple[tuple[float, float], ...]:
        """Stretches of a call that listening may leave out."""
        return silences(opened.transcript)

    def peaks(
        self,
        opened: OpenReview,
        told: Callable[[Speaker, float, Peaks], None],
        go_on: Callable[[], bool],
    ) -> None:
        """Both waveforms, a minute at a time, as long as ``go_on``."""
        if opened.audio is None:
            return
        start = 0.0
        while start < opened.audio.seconds and go_on():
            for speaker in Speaker:
                told(speaker, start, opened.audio.peaks(speaker, start, start + _PEAKS_AT_ONCE_S))
            start += _PEAKS_AT_ONCE_S

    def keep(self, review: Review) -> Review:
        """Keep a review, here or at the centre."""
        if self._centre is not None:
            return self._centre.keep(review)
        self._reviews().keep(review)
        return review

    def agreement(self) -> tuple[QuestionAgreement, ...]:
        """By question, over tickets that several reviewers scored; all seats' while visiting."""
        if self._centre is not None:
            return self._centre.agreement()
        return self._reviews().agreement()

    def behind_agreement(self, question: str, reviewer: str) -> tuple[QueueRow, ...]:
        """The tickets that a question's agreement is over; those that differ first, as far as the
        reviewer may know."""
        if self._centre is not None:
            return self._centre.behind_agreement(question)
        store = self._place.parts.store()
        rows = []
        for ticket_id, same in self._reviews().behind_agreement(question, reviewer):
            if (ticket := store.ticket(ticket_id)) is not None:
                row = screen(ticket, store.transcript(ticket.call_id), self.rubric)
                rows.append(replace(row, same=same))
        return tuple(rows)

    # -- putting right ---------------------------------------------------------------------------

    def correct_category(self, review: Review, ticket: Ticket, category: Category) -> Review:
        """Another item for a ticket; told to the centre, and learned from."""
        before = ticket.content.category.code if ticket.content.category else ""
        content = with_field(ticket.content, "category", category)
        if self._centre is not None:
            self._centre.amend_category(ticket, category)
        else:
            self._place.after.amend(ticket.id, content, "review")
        return self.keep(review.correct("category", before, category.code))

    def correct_unit(self, review: Review, ticket: Ticket, unit: str) -> Review:
        """The unit it should have gone to: learned from at once. The ticket itself moves only by the
        steps of its life."""
        before = ticket.content.units[0].name if ticket.content.units else ""
        self._place.parts.lessons().learn([_sent_to(ticket, unit)])
        return self.keep(review.correct("unit", before, unit))

    def taught(self) -> tuple[Ticket, ...]:
        """Tickets as reviewers would have sent them: lessons of earlier days."""
        if not (self._place.data_dir / SHELF).is_dir():
            return ()
        found = []
        for ticket_id, unit in self._reviews().corrections("unit"):
            if (ticket := self._place.parts.store().ticket(ticket_id)) is not None:
                found.append(_sent_to(ticket, unit))
        return tuple(found)

    def heard(self) -> Iterator[tuple[Ticket, str, int, int]]:
        """Of each ticket whose text somebody corrected: engine, characters, errors."""
        if not (self._place.data_dir / SHELF).is_dir():
            return
        store = self._place.parts.store()

        def content(ticket_id: str) -> TicketContent | None:
            found = store.ticket(ticket_id)
            return None if found is None else found.content

        for review in self._reviews().all(content):
            if (ticket := store.ticket(review.ticket_id)) is not None:
                for engine, counts in heard_in(review, store.transcript(ticket.call_id)).items():
                    yield ticket, engine, *counts

    def correct_text(self, review: Review, said: str, heard: str, second: float) -> Review:
        """Other words for a stretch of the transcript: a sample of the recognition's quality."""
        return self.keep(review.correct("text", heard, said, second))

    def correct_article(self, review: Review, before: str, article_id: str) -> Review:
        """The article that should have been quoted."""
        if self._place.article(article_id) is None:
            raise UserError("ARTICLE_GONE", name=article_id)
        return self.keep(review.correct("article", before, article_id))

    # -- giving on -------------------------------------------------------------------------------

    def export(self, opened: OpenReview, folder: Path, language: str) -> Path:
        """Write the case folder, redacted; where it lies."""
        from app.review.case_folder import write_case_folder

        return write_case_folder(opened, folder, language)

    def make_case(
        self, opened: OpenReview, seed: int, told_unasked: tuple[int, ...] = ()
    ) -> tuple[Path, int]:
        """Save the call as a case for drills; where it lies, and how many turns were changed."""
        from app.training.from_call import case_from_call, save_case

        ticket = opened.row.ticket
        made = case_from_call(
            f"call-{ticket.id[:8]}",
            opened.transcript,
            ticket.content,
            seed=seed,
            told_unasked=told_unasked,
        )
        return save_case(made, self._place.data_dir / OWN_CASES), made.replaced


def _sent_to(ticket: Ticket, unit: str) -> Ticket:
    """The ticket with another unit in the lead, chosen by a person."""
    proof = {name: one for name, one in ticket.content.proof.items() if name != "units"}
    rest = (one for one in ticket.content.units if one.name != unit)
    units = (UnitSuggestion(unit, UnitRole.LEAD, 1.0), *rest)
    return replace(ticket, content=replace(ticket.content, units=units, proof=proof))
