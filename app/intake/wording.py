"""The subject line in the usual form, made of the matter's name or of words that were said."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.domain.ticket import Proof, RequestType
from app.intake.place import Place
from app.intake.rulebook import any_of
from app.intake.talk import Span

SUBJECT_CHARS = 30
_TOPIC_CHARS, _TOPIC_MAX = 14, 20
_DISPUTED = re.compile(
    r"对[^，,。！？!?；; 对]{1,12}(?:不服|不满意?|有异议|不认可|不合理)"
    r"|不服[^，,。！？!?；; ]{0,8}(?:判决|裁定|裁决|决定|处罚|认定)"
)
_ASKED = re.compile(
    r"能不能|可不可以|是否可以|希望(?:能|可以)?|建议(?:能|在|你们)?|麻烦(?:你们)?(?:能)?"
)
_IMPROVES = re.compile(rf"{any_of('improvements')}[^，,。！？!?；; ]{{2,}}")
_FORMS = {
    RequestType.QUESTION: ("咨询", "的问题"),
    RequestType.REPORT: ("举报", "的问题"),
    RequestType.SUGGESTION: ("建议", ""),
    RequestType.PRAISE: ("表扬", ""),
}
_USUAL_FORM = ("反映", "的问题")
TOPIC_RULE = "wording.topic-of-category"
_PRAISED = re.compile(any_of("praised"))


def subject_line(
    kind: RequestType | None,
    place: Place,
    topic: str | None,
    said: Sequence[Span],
    disputes: bool = False,
) -> tuple[str, Proof] | None:
    """A subject of at most 30 characters. ``topic`` is the usual name of the matter, if known.

    ``said``: the clauses about the matter (``told``).
    ``disputes``: the matter belongs to another channel; what the caller objects to names it best.
    """
    found = (_disputed(said) if disputes else None) or _matter(kind, topic, said)
    if found is None:
        return None
    words, proof = found
    head, tail = _FORMS.get(kind, _USUAL_FORM) if kind else _USUAL_FORM
    where = _short_place(place) if kind is not RequestType.QUESTION else ""
    if kind is RequestType.PRAISE:
        where = place.street or place.district or where
    words = words.removeprefix(head)
    room = SUBJECT_CHARS - len(head) - len(tail)
    words = words[:room]
    if words.startswith("小区"):
        where = where.removesuffix("小区")
    if len(where) + len(words) > room or where in words:
        where = ""
    return f"{head}{where}{words}{tail}", proof


def _matter(
    kind: RequestType | None, topic: str | None, said: Sequence[Span]
) -> tuple[str, Proof] | None:
    """What the subject is about, in the words of the catalogue or of the caller."""
    if kind is RequestType.SUGGESTION and (wish := _improvement(said)):
        return wish
    if kind is RequestType.PRAISE:
        return _praised(said)
    if topic:
        return re.sub(r"(?:的?问题|[与和及、]?咨询|举报)$", "", topic) or topic, Proof(TOPIC_RULE)
    clause = max(said[:4], key=lambda c: min(len(c.text), _TOPIC_CHARS), default=None)
    if clause is None:
        return None
    return clause.text.strip()[:_TOPIC_MAX], clause.proof("wording.own-words")


def _disputed(said: Sequence[Span]) -> tuple[str, Proof] | None:
    """What the caller does not accept: 对判决结果不服."""
    for clause in said:
        if match := _DISPUTED.search(clause.text):
            span = Span(clause.utterance, clause.start + match.start(), clause.start + match.end())
            return match[0], span.proof("wording.disputed")
    return None


def _improvement(said: Sequence[Span]) -> tuple[str, Proof] | None:
    """The improvement wished for, without the polite words around it."""
    for clause in said:
        if match := _IMPROVES.search(clause.text):
            lead = clause.text[: match.start()]
            thing = _ASKED.split(lead)[0].strip() if _ASKED.search(lead) else ""
            thing = "" if thing.startswith(("我", "你", "他")) else thing
            words = (thing + match[0])[:_TOPIC_MAX]
            return words, clause.proof("wording.improvement")
    return None


def _praised(said: Sequence[Span]) -> tuple[str, Proof] | None:
    """Who is praised, in the caller's word."""
    for clause in said:
        if match := _PRAISED.search(clause.text):
            span = Span(clause.utterance, clause.start + match.start(), clause.start + match.end())
            return match[0], span.proof("wording.praised")
    return ("工作人员", said[0].proof("wording.praised")) if said else None


def _short_place(place: Place) -> str:
    """The place's name without house numbers, else the street's, else the district's."""
    if place.place:
        name = re.split(r"[甲乙丙]?\d+(?:号院|号楼|号|栋|幢|座|单元|门|层|楼|室)", place.place)[0]
        return (name or place.place)[:12]
    return place.street or place.district or ""
