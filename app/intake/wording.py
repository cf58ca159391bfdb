"""Subject line and summary in standard form, made only of words that were said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.domain.call import Speaker, Utterance
from app.domain.ticket import Proof, RequestType
from app.intake.numerals import house_numbers
from app.intake.place import Place
from app.intake.rulebook import any_of
from app.intake.talk import Span, clauses

SUBJECT_CHARS = 30
_TOPIC_CHARS, _TOPIC_MAX = 14, 20
_SUMMARY_CHARS = 400
_FILLER = re.compile(rf"^(?:{any_of('fillers')}[，, ]*|(?:对|好的?|行|是的)[，, ]+)+")
_OPENING = re.compile(rf"^{any_of('openings')}$")
_EMPTY = re.compile(rf"^{any_of('empty_clauses')}$")
_ABOUT_CALLER = re.compile(any_of("about_caller"))
_NUM = r"[一二两三四五六七八九十几半\d]+"
_CLOCK = rf"(?:{_NUM}点(?:{_NUM}分?)?)?(?:多|左右|以后|之后|以前)?(?:开始|起|到现在)?"
_DAY_TIME = any_of("day_times")
_WHEN = re.compile(
    rf"从?(?:{any_of('days')}(?:{_NUM}(?:个?(?:星期|礼拜|月|小时|年)|天|号|日|周))?{_DAY_TIME}?|{_DAY_TIME})"
    rf"{_CLOCK}"
)
_UNKNOWN_TIME = re.compile(r"几[点号月]|什么时候")
_HABIT = re.compile(rf"每|天天|周末|最近|{_DAY_TIME}")
_WANTS = re.compile(any_of("wishes"))
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


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary with the proof of each of its clauses, in their order."""

    text: str
    clauses: tuple[Proof, ...]

    @property
    def proof(self) -> Proof:
        """The stretch of the call that the summary stands on."""
        first = self.clauses[0]
        ends = [clause.end for clause in self.clauses if clause.end is not None]
        starts = [clause.start for clause in self.clauses if clause.start is not None]
        return Proof(
            rule="wording.summary",
            text="，".join(dict.fromkeys(clause.text for clause in self.clauses)),
            speaker=first.speaker,
            start=min(starts, default=None),
            end=max(ends, default=None),
        )


def told(talk: Sequence[Utterance]) -> list[Span]:
    """The caller's clauses that say something about the matter."""
    result: list[Span] = []
    seen: set[str] = set()
    for said in talk:
        if said.speaker is not Speaker.CALLER:
            continue
        for clause in clauses(said):
            filler = _FILLER.match(clause.text)
            clause = Span(said, clause.start + (filler.end() if filler else 0), clause.end)
            words = clause.text.strip()
            if _OPENING.match(words):
                continue
            if len(words) < 2 or words in seen or _EMPTY.match(words):
                continue
            if _ABOUT_CALLER.search(words):
                continue
            seen.add(words)
            result.append(clause)
    return result


def summarise(talk: Sequence[Utterance], place: Place) -> Summary | None:
    """时间、地点、经过、诉求 in the caller's own clauses; ``None`` when nothing was told."""
    said = told(talk)
    if not said:
        return None
    proofs: list[Proof] = []
    parts: list[str] = []

    def part(label: str, words: str, new: Sequence[Proof]) -> None:
        if words:
            parts.append(f"{label}：{words}")
            proofs.extend(new)

    when = next(_times(said), None)
    if when:
        part("时间", when.text, [when.proof("wording.time")])
    where = [place.proofs[key] for key in ("district", "street", "place") if key in place.proofs]
    where = [proof for proof in where if proof.rule in _SAID_PLACES]
    part("地点", house_numbers(_joined_place(where)), where)
    wants = [clause for clause in said if _WANTS.search(clause.text)]
    events = [c for c in said if c not in wants and not _only_place(c.text, where)]
    for label, group in (("经过", events), ("诉求", wants)):
        short = _fitting(group, _SUMMARY_CHARS)
        part(
            label,
            "，".join(c.text.strip() for c in short),
            [c.proof(f"wording.{label}") for c in short],
        )
    if not parts:
        return None
    return Summary("；".join(parts) + "。", tuple(proofs))


_SAID_PLACES = frozenset(
    {"place.district-said", "place.street-said", "place.named", "place.named-with-house"}
)


def _joined_place(proofs: Sequence[Proof]) -> str:
    parts: list[str] = []
    for proof in proofs:
        text = re.sub(r"[，, 、]", "", proof.text)
        parts = [part for part in parts if not text.startswith(part.removesuffix("区"))]
        parts.append(text)
    return "".join(parts)


def _only_place(text: str, where: Sequence[Proof]) -> bool:
    """Whether a clause says no more than the place already named."""
    rest = text
    for proof in where:
        for words in proof.text.split(" "):
            rest = rest.replace(words, "")
    return bool(where) and len(rest) < len(text) and len(rest) <= 3


def _times(said: Sequence[Span]) -> Iterator[Span]:
    """Time expressions, those that date the matter before those that only say how often."""
    found = [
        Span(clause.utterance, clause.start + match.start(), clause.start + match.end())
        for clause in said
        for match in _WHEN.finditer(clause.text)
        if not _UNKNOWN_TIME.search(match[0])
    ]
    yield from sorted(found, key=lambda span: bool(_HABIT.match(span.text)))


def _fitting(group: Sequence[Span], limit: int) -> list[Span]:
    chosen: list[Span] = []
    length = 0
    for clause in group:
        length += len(clause.text) + 1
        if length > limit:
            break
        chosen.append(clause)
    return chosen


def subject_line(
    kind: RequestType | None,
    place: Place,
    topic: str | None,
    talk: Sequence[Utterance],
    disputes: bool = False,
) -> tuple[str, Proof] | None:
    """A subject of at most 30 characters. ``topic`` is the usual name of the matter, if known.

    ``disputes``: the matter belongs to another channel; what the caller objects to names it best.
    """
    said = told(talk)
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
