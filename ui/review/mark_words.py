"""What a review and its ticket put beside the waveforms, in words."""

from __future__ import annotations

from itertools import groupby

from app.domain.trail import Trail
from app.review.records import Review
from ui.look.language import Language
from ui.look.wording import DOT, clock
from ui.review.wave import WaveMark
from ui.tickets.case_words import field_word


def marks_of(review: Review, trail: Trail, language: Language) -> list[WaveMark]:
    """Proofs of the ticket, rules that were broken, remarks, and what the operator did when."""

    def mark(second: float, kind: str, words: str) -> WaveMark:
        named = language.say(f"review.mark_{kind}")
        return WaveMark(second, kind, DOT.join(part for part in (clock(second), named, words) if part))

    ticket, answers = review.evaluation.ticket, review.evaluation.answers
    titles = {one.article_id: one.title for one in ticket.citations}
    marks = [
        mark(proof.start, "proof", field_word(language, name.partition(".")[0]))
        for name, proof in ticket.proof.items()
        if proof.start is not None
    ]
    marks += [
        mark(given[-1].second, "rule", given[-1].quote)
        for given in answers.values()
        if given and given[-1].second is not None and given[-1].value == 0
    ]
    marks += [mark(one.second, "remark", one.words) for one in review.comments]
    for (second, kind), some in groupby(trail, key=lambda one: (one.second, one.kind)):
        names = [
            titles.get(one.article, one.article) or field_word(language, one.field) for one in some
        ]
        marks.append(mark(second, kind.value, language.say("comma").join(names)))
    return marks
