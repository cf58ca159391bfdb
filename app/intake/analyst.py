"""The analyst by rules: one transcript in, tickets with proofs, articles and the next question out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from time import perf_counter

from app.analysis import Analysis
from app.dispatch.ask_back import next_question
from app.dispatch.catalogue import Catalogue, catalogue_in_force
from app.dispatch.limits import DANGER_HOURS, limit_for
from app.dispatch.matcher import Match, Said, rank_items
from app.dispatch.suggest import suggest_units
from app.dispatch.voting import LAW, LearntItem, Voter
from app.domain.call import Speaker, Transcript, Utterance
from app.domain.ticket import Caller, Handling, Proof, RequestType, TicketContent
from app.intake.caller import find_caller
from app.intake.kind import find_kind
from app.intake.particulars import find_particulars
from app.intake.place import Place, PlaceReader
from app.intake.requests import split_requests
from app.intake.rulebook import rule_book
from app.intake.sorting import DISCIPLINE, Sorting, promised_words, sort_request
from app.intake.summary import summarise
from app.intake.talk import Span, readable
from app.intake.told import told
from app.intake.wording import subject_line
from knowledge_base.article import SearchHit
from speech.repair.finder import PlaceFinder, bundled_finder

Knowledge = Callable[[Sequence[tuple[str, str]], str, str | None], Sequence[SearchHit]]
"""Articles for a talk: ``(speaker, text)`` pairs in order, the ticket's words and district so far."""

Learnt = Callable[[str, Catalogue], LearntItem | None]
"""The catalogue item that past tickets speak for, by the caller's words; ``None`` when unsure."""

SURE_SCORE = 0.9
"""A catalogue match below this is not worth a category: one common word of the caller."""
_MATTER_DIGITS = 4
MATTER_CHARS = 3_000
"""How much of a call is searched for its matter; twice the length of a usual call."""


@dataclass(frozen=True)
class _Request:
    """One request as far as it is understood."""

    content: TicketContent
    matches: tuple[Match, ...]
    talk: tuple[Utterance, ...]


class RuleAnalyst:
    """Reads transcripts by rules. Holds only caches: one instance may serve any number of calls."""

    def __init__(
        self,
        finder: PlaceFinder | None = None,
        catalogue: Catalogue | None = None,
        knowledge: Knowledge | None = None,
        voters: Sequence[Voter] = (),
        learnt: Learnt | None = None,
    ) -> None:
        finder = finder or bundled_finder()
        self._places = PlaceReader(finder.find, [d.name for d in finder.gazetteer.districts])
        self._catalogue = (catalogue or catalogue_in_force()).in_force(date.today())
        self._knowledge = knowledge
        self._voters = tuple(voters)
        self._learnt = learnt
        self._ranked: dict[RequestType, tuple[Said, tuple[Match, ...]]] = {}

    def analyse(self, transcript: Transcript) -> Analysis:
        """The analysis of all utterances so far; costs a few milliseconds for a usual call."""
        began = perf_counter()
        talk = readable(transcript)
        if not any(u.speaker is Speaker.CALLER and u.text.strip() for u in talk):
            return Analysis(timings={"intake": perf_counter() - began})
        caller, caller_proofs = find_caller(talk)
        whole = self._places.read(talk)
        parts = split_requests(talk, self._topic)
        requests = [
            self._request(part, whole, len(parts) == 1, caller, caller_proofs) for part in parts
        ]
        understood = perf_counter()
        articles = self._articles(talk, requests)
        return Analysis(
            tickets=tuple(request.content for request in requests),
            articles=articles,
            ask_back=self._ask_back(requests),
            timings={"intake": understood - began, "knowledge": perf_counter() - understood},
        )

    def _topic(self, talk: Sequence[Utterance]) -> str | None:
        """The matter (second level of the catalogue): finer differences are one request."""
        kind = find_kind(talk)
        best = self._matches(talk, kind.type if kind else RequestType.HELP)
        return best[0].item.code[:_MATTER_DIGITS] if best and best[0].score >= SURE_SCORE else None

    def _matches(self, talk: Sequence[Utterance], kind: RequestType) -> tuple[Match, ...]:
        meant = rule_book("emergency").without_imagined(talk)
        said = _first_chars(meant, MATTER_CHARS)
        said = tuple((who, self._places.without_names(text)) for who, text in said)
        known = self._ranked.get(kind)
        if known is None or known[0] != said:
            known = self._ranked[kind] = (said, rank_items(self._catalogue, said, type=kind))
        return known[1]

    def _request(
        self,
        talk: Sequence[Utterance],
        whole: Place,
        only: bool,
        caller: Caller,
        caller_proofs: dict[str, Proof],
    ) -> _Request:
        said = find_kind(talk)
        matches = self._matches(talk, said.type if said else RequestType.HELP)
        top = matches[0] if matches and matches[0].score >= SURE_SCORE and told(talk) else None
        sorting = sort_request(talk, said.type if said else None)
        kind = find_kind(talk, _usual_type(top, sorting))
        if kind and (said is None or said.type is not kind.type):
            sorting = sort_request(talk, kind.type)
        if kind and sorting.handling is Handling.EMERGENCY and not kind.in_own_words:
            kind = replace(kind, type=RequestType.HELP, proof=sorting.proofs["handling"])
        top = self._of_danger(sorting, matches, _unless_feared(top, matches, sorting))
        practice = self._by_practice(talk, sorting) if top is None else None
        if practice is not None:
            top = Match(practice.item, SURE_SCORE, practice.probability, ())
        place = (
            whole
            if only
            else _own_or_shared(self._places.read(talk), whole, kind.type if kind else None)
        )
        proofs: dict[str, Proof] = {**place.proofs, **sorting.proofs, **caller_proofs}
        content = TicketContent(
            type=kind.type if kind else None,
            handling=sorting.handling,
            emergency_line=sorting.emergency_line,
            channel=sorting.channel,
            district=place.district,
            street=place.street,
            place=place.place,
            category=top.item.category if top else None,
            caller=caller,
            risks=sorting.risks,
        )
        if kind:
            proofs["type"] = kind.proof
        if top:
            proofs["category"] = (
                _practice_proof(practice, talk)
                if practice
                else _category_proof(top, talk, proofs.get("emergency_line"))
            )
        content = _with_limit(content, top, proofs)
        content = self._with_units(content, top, talk, proofs)
        danger_item = top is not None and top.item.limit_hours == DANGER_HOURS and not sorting.item
        named = sorting.handling is Handling.EMERGENCY and danger_item
        topic = (None if named else sorting.topic) or (top.item.subject if top else None)
        content = _with_wording(content, topic, place, talk, proofs)
        return _Request(replace(content, proof=proofs), matches, tuple(talk))

    def _by_practice(self, talk: Sequence[Utterance], sorting: Sorting) -> LearntItem | None:
        """What past tickets say where the rules are not certain; never where the law decides."""
        if self._learnt is None or sorting.handling in LAW or not told(talk):
            return None
        return self._learnt(_callers_words(talk), self._catalogue)

    def _of_danger(self, sorting: Sorting, matches: Sequence[Match], top: Match | None) -> Match | None:
        """The item of the danger goes before whatever else was talked about."""
        item = self._catalogue.by_code.get(sorting.item or "")
        if item is None or (top is not None and top.item.code == item.code):
            return top
        return next((m for m in matches if m.item is item), Match(item, SURE_SCORE, 1.0, ()))

    def _with_units(
        self,
        content: TicketContent,
        top: Match | None,
        talk: Sequence[Utterance],
        proofs: dict[str, Proof],
    ) -> TicketContent:
        units = suggest_units(
            top.item if top else None,
            content.district,
            content.street,
            content.handling,
            content.risks,
            _callers_words(talk),
            type=content.type,
            confidence=top.confidence if top else 1.0,
            emergency_line=content.emergency_line,
            promised=promised_words(talk),
            voters=self._voters,
        )
        if units:
            reason = "；".join(units[0].reasons)
            words = proofs.get("category") or proofs.get("handling") or proofs.get("type")
            proofs["units"] = replace(words, rule=reason) if words else Proof(rule=reason)
        return replace(content, units=tuple(units))

    def _articles(
        self, talk: Sequence[Utterance], requests: Sequence[_Request]
    ) -> tuple[SearchHit, ...]:
        if self._knowledge is None:
            return ()
        last = requests[-1].content
        words = [last.subject or "", last.category.path[-1] if last.category else ""]
        said = [(u.speaker.value, u.text) for u in talk]
        return tuple(self._knowledge(said, " ".join(words).strip(), last.district))

    def _ask_back(self, requests: Sequence[_Request]) -> tuple[str, ...]:
        """The one question that helps most, of the first request that needs one."""
        for request in requests:
            content = request.content
            question = next_question(
                request.matches,
                district=content.district,
                street=content.street,
                place=content.place,
                caller_name=content.caller.name,
                caller_phone=content.caller.phone,
                said=[(u.speaker, u.text) for u in request.talk],
                suggestions=content.units,
                handling=content.handling,
            )
            if question is not None:
                return (question.wording,)
        return ()


def _callers_words(talk: Sequence[Utterance]) -> str:
    return "\n".join(u.text for u in talk if u.speaker is Speaker.CALLER)


def _practice_proof(practice: LearntItem, talk: Sequence[Utterance]) -> Proof:
    """The first of the words that decided, where the caller said it; else the reason alone."""
    for said in talk:
        for word in practice.words:
            start = said.text.find(word) if said.speaker is Speaker.CALLER else -1
            if start >= 0:
                return Span(said, start, start + len(word)).proof(practice.reason)
    return Proof(rule=practice.reason)


def _own_or_shared(own: Place, whole: Place, kind: RequestType | None) -> Place:
    """The place of one request among several: its own, else the call's; questions share none."""
    if own.place or own.street or own.district or kind is RequestType.QUESTION:
        if (
            own.district is None
            and own.street is None
            and own.place
            and kind is not RequestType.QUESTION
        ):
            proofs = {k: v for k, v in whole.proofs.items() if k != "place"} | own.proofs
            return Place(whole.district, whole.street, own.place, proofs)
        return own
    return whole


def _unless_feared(top: Match | None, matches: Sequence[Match], sorting: Sorting) -> Match | None:
    """A matter of danger that nobody is in (没漏气，不用转119) yields to the next one that was told."""
    in_danger = sorting.handling in (Handling.EMERGENCY, Handling.DUAL_DISPATCH) or sorting.risks
    if top is None or in_danger or top.item.limit_hours != DANGER_HOURS:
        return top
    told_too = (m for m in matches if m.item.limit_hours != DANGER_HOURS and m.score >= SURE_SCORE)
    return next(told_too, top)


def _usual_type(top: Match | None, sorting: Sorting) -> RequestType | None:
    """The type such a matter usually has; danger is never a mere question."""
    handling = sorting.handling
    if handling is Handling.OTHER_CHANNEL:
        return RequestType.REPORT if sorting.channel == DISCIPLINE else RequestType.QUESTION
    if handling is Handling.EMERGENCY:
        return RequestType.HELP
    usual = top.item.type if top else None
    if handling is Handling.DUAL_DISPATCH and usual in (None, RequestType.QUESTION):
        return RequestType.COMPLAINT
    return usual


def _first_chars(talk: Sequence[Utterance], limit: int) -> Said:
    """The turns up to a number of characters; later ones are empty, so that positions hold."""
    said: list[tuple[Speaker, str]] = []
    for utterance in talk:
        said.append((utterance.speaker, utterance.text[: max(0, limit)]))
        limit -= len(utterance.text)
    return tuple(said)


def _category_proof(match: Match, talk: Sequence[Utterance], danger: Proof | None) -> Proof:
    rule = "catalogue." + match.item.code
    if not match.words:
        return replace(danger, rule=rule) if danger else Proof(rule=rule)
    best = max(match.words, key=lambda word: word.weight)
    return Span(talk[best.turn], best.start, best.end).proof(rule)


def _with_limit(content: TicketContent, top: Match | None, proofs: dict[str, Proof]) -> TicketContent:
    if content.handling is None:
        return content
    decision = limit_for(top.item if top else None, content.type, content.handling, content.risks)
    if decision.hours is not None:
        proofs["limit_hours"] = Proof(rule=decision.rule)
    return replace(content, limit_hours=decision.hours)


def _with_wording(
    content: TicketContent,
    topic: str | None,
    place: Place,
    talk: Sequence[Utterance],
    proofs: dict[str, Proof],
) -> TicketContent:
    said = told(talk, proofs)
    found = find_particulars(talk, said, content.type)
    proofs.update(found.proofs)
    subject = subject_line(content.type, place, topic, said, content.channel is not None)
    summary = summarise(talk, said, place, proofs)
    if subject:
        proof = subject[1]
        category = proofs.get("channel") or proofs.get("category")
        borrowed = proof.text == "" and category is not None
        proofs["subject"] = replace(category, rule=proof.rule) if borrowed and category else proof
    if summary:
        proofs["summary"] = summary.proof
        proofs.update({f"summary.{n}": clause for n, clause in enumerate(summary.clauses, 1)})
        if summary.wish_proof:
            proofs["wish"] = summary.wish_proof
    return replace(
        content,
        subject=subject[0] if subject else None,
        summary=summary.text if summary else None,
        event_time=found.event_time,
        people=found.people,
        amounts=found.amounts,
        parties=found.parties,
        repeat=found.repeat,
        wish=summary.wish if summary else None,
    )
