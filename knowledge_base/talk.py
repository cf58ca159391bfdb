"""Suggestions while people talk: a rolling question out of the last turns, and silence when unsure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

import numpy as np

from knowledge_base.analysis import query_words
from knowledge_base.article import SearchHit
from knowledge_base.query import (
    character_terms,
    homophone_terms,
    plain_question,
    synonym_terms,
    word_terms,
)
from knowledge_base.scoring import Scored, Scores, Term, best, look_up, total
from knowledge_base.search import UNUSED, KnowledgeBase, Likings, Ranking, unheard_of
from knowledge_base.snapshot import IndexSnapshot

CALLER = "caller"
TURNS = 12
"""Turns, of both speakers, that are looked back at."""
FADING = 0.8
"""What a turn counts compared with the caller's next one."""
OPERATOR_WEIGHT = 0.3
"""Operators repeat and confirm, but also read out; what callers say is what they want."""
TICKET_WEIGHT = 0.8
ENOUGH = 1.2
"""How many words' worth of evidence an article needs to be shown; see ``evidence``."""
NEAR_BEST = 0.5
"""Share of the best score that a further suggestion needs."""
SHOWN_BONUS = 1.2
"""What an article already on screen gains: others must be clearly better to push it aside."""

MEANT = 60
"""Characters of what the caller said last that are looked at for their meaning."""

_NUMBERS = re.compile(r"[0-9零〇一二三四五六七八九幺两]{5,}")


@dataclass(frozen=True, slots=True)
class TalkQuery:
    """What the talk is about, as weighted terms."""

    terms: tuple[Term, ...]

    @classmethod
    def of(
        cls,
        knowledge: KnowledgeBase,
        utterances: Sequence[tuple[str, str]],
        ticket_words: Sequence[str],
    ) -> TalkQuery:
        """The terms of the last turns, ``(speaker, text)``, and of a ticket's fields.

        A term weighs as much as the newest turn that has it; rarity comes in when it is scored.
        """
        weights: dict[tuple[str, str], Term] = {}
        for weight, question in _weighted(utterances, ticket_words):
            for term in _terms(knowledge, question):
                scaled = term.weight * weight
                known = weights.get((term.kind, term.text))
                if known is None or known.weight < scaled:
                    weights[term.kind, term.text] = Term(term.kind, term.text, scaled, term.spelling)
        return cls(tuple(weights.values()))


def suggest(
    knowledge: KnowledgeBase,
    utterances: Sequence[tuple[str, str]],
    ticket_words: Sequence[str] = (),
    shown: Sequence[str] = (),
    region: str | None = None,
    limit: int = 3,
    on: date | None = None,
    likings: Likings = UNUSED,
) -> tuple[SearchHit, ...]:
    """Articles for a talk of ``(speaker, text)`` turns, best first; none is a valid answer.

    ``shown`` names the articles on screen: they keep their place unless others are clearly better.
    Whether an article may be suggested is said by words; meaning only helps to order those that may.
    Articles that are not in force are never suggested.
    """
    asked = knowledge.ask_meaning(_meant(utterances))
    query = TalkQuery.of(knowledge, utterances, ticket_words)
    day = on or knowledge.today()
    with knowledge.reading() as snapshot:
        scored = look_up(snapshot, query.terms)
        scored = tuple(s for s in scored if s.term.kind != "sounds" or unheard_of(snapshot, s.term))
        scores = knowledge.with_meaning(total(snapshot, scored), snapshot, asked)
        allowed = snapshot.facets.allowed(region, None) & snapshot.facets.valid(day)
        allowed &= evidence(snapshot, scored) >= ENOUGH
        for name in shown:
            if name in snapshot.numbers:
                scores[snapshot.numbers[name]] *= SHOWN_BONUS
        top = best(scores * allowed, 1)
        if top:
            allowed &= scores >= NEAR_BEST * scores[top[0]]
        return knowledge.hits(snapshot, Ranking(scores, scored), allowed, day, limit, likings)


class FollowedTalk:
    """Suggestions while one talk goes on: what is on screen stays until others are clearly better.

    A talk in which the caller begins with other words is another one. One thread at a time.
    """

    def __init__(self) -> None:
        self._followed: tuple[str | None, tuple[str, ...]] = (None, ())

    def suggest(
        self,
        knowledge: KnowledgeBase,
        utterances: Sequence[tuple[str, str]],
        ticket_words: Sequence[str] = (),
        region: str | None = None,
        likings: Likings = UNUSED,
    ) -> tuple[SearchHit, ...]:
        """Like ``suggest`` of the talk so far, with the articles it gave last as those shown."""
        opening, shown = self._followed
        now = next((said for speaker, said in utterances if speaker == CALLER), None)
        shown = shown if now == opening else ()
        hits = suggest(knowledge, utterances, ticket_words, shown, region, likings=likings)
        self._followed = (now, tuple(hit.article.id for hit in hits))
        return hits


def evidence(snapshot: IndexSnapshot, terms: Iterable[Scored]) -> Scores:
    """Per document: its score for words and sounds, where 1 is one unique word found often.

    Words of one character say too little to count.
    """
    telling = total(snapshot, (s for s in terms if s.term.kind != "grams" and len(s.term.text) > 1))
    rarest = np.float32(np.log(1 + (snapshot.size - 0.5) / 1.5)) if snapshot.size else np.float32(1)
    return telling / rarest


def _meant(utterances: Sequence[tuple[str, str]]) -> str:
    """What the caller said last, as far as it is about anything."""
    said: list[str] = []
    for speaker, text in islice(reversed(utterances), TURNS):
        question = _NUMBERS.sub(" ", plain_question(text)).strip()
        if speaker == CALLER and query_words(question):
            said.insert(0, question)
            if sum(map(len, said)) >= MEANT:
                break
    return " ".join(said)[-MEANT:]


def _weighted(
    utterances: Sequence[tuple[str, str]], ticket_words: Sequence[str]
) -> Iterator[tuple[float, str]]:
    """Plain questions with their weights, from the newest turn back, then the ticket's words."""
    weight = 1.0
    for speaker, text in islice(reversed(utterances), TURNS):
        question = _NUMBERS.sub(" ", plain_question(text))
        if not query_words(question):
            continue
        if speaker == CALLER:
            yield weight, question
            weight *= FADING
        else:
            yield weight * OPERATOR_WEIGHT, question
    for words in ticket_words:
        yield TICKET_WEIGHT, plain_question(words)


def _terms(knowledge: KnowledgeBase, question: str) -> Iterator[Term]:
    yield from word_terms(question)
    yield from synonym_terms(question, knowledge.lexicon)
    yield from character_terms(question)
    yield from homophone_terms(question)
