"""The summary in standard form: 时间、地点、经过、诉求, extractive, each clause with its proof."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.call import Speaker, Utterance
from app.domain.ticket import Proof
from app.intake.numerals import house_numbers
from app.intake.place import Place
from app.intake.rulebook import any_of
from app.intake.talk import Span, around, sentence_bounds

SUMMARY_CHARS = 400
_WANTS = re.compile(any_of("wishes"))
_NO_WANT = re.compile(any_of("not_wishes"))
_MORE_WANTS = re.compile(rf"^{any_of('more_wishes')}")
_REQUEST_WORD = re.compile(r"希望|要求|请|麻烦|能不能|可不可以|建议|尽快|赶紧|协调")
_ASKS_WISH = re.compile(any_of("asks_wish"))
_SAID_PLACES = frozenset(
    {"place.district-said", "place.street-said", "place.named", "place.named-with-house"}
)
_PREFIX = re.compile(rf"^{any_of('before_only_place')}*$")
_POSITION = re.compile(rf"^(?:的|这个|那个|一个|一家)*{any_of('positions')}$")
_NOT_ELIDED = re.compile(r"[从到去往和跟与或归至离]$")
_NO_ELISION_AFTER = re.compile(r"^(?:和|跟|与|或|到|说|至|往|上班|那个|站|路口)")


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary with the proof of each of its clauses in their order, and what is wanted."""

    text: str
    clauses: tuple[Proof, ...]
    wish: str | None = None
    wish_proof: Proof | None = None

    @property
    def proof(self) -> Proof:
        """The stretch of the call that the summary stands on."""
        return _joined("wording.summary", self.clauses)


def _joined(rule: str, proofs: Sequence[Proof]) -> Proof:
    ends = [proof.end for proof in proofs if proof.end is not None]
    starts = [proof.start for proof in proofs if proof.start is not None]
    return Proof(
        rule=rule,
        text="，".join(dict.fromkeys(proof.text for proof in proofs)),
        speaker=proofs[0].speaker,
        start=min(starts, default=None),
        end=max(ends, default=None),
    )


def summarise(
    talk: Sequence[Utterance],
    said: Sequence[Span],
    place: Place,
    proofs: Mapping[str, Proof],
) -> Summary | None:
    """The caller's own clauses under four labels; ``None`` when nothing was told.

    ``said``: the clauses about the matter (``told``); ``proofs`` holds that of ``event_time``.
    """
    where = [
        (name, proof)
        for name in ("district", "street", "place")
        if (proof := place.proofs.get(name)) and proof.rule in _SAID_PLACES
    ]
    parts: list[str] = []
    shown: list[Proof] = []
    events, wants, position = _sorted_out(talk, said, [proof for _, proof in where])
    if when := proofs.get("event_time"):
        parts.append(f"时间：{when.text}")
        shown.append(when)
    if where:
        names = [value for name, _ in where if (value := getattr(place, name))]
        parts.append(f"地点：{_address(names)}{house_numbers(position[0]) if position else ''}")
        shown += [proof for _, proof in where] + ([position[1]] if position else [])
    wish = wish_proof = None
    for label, group in (("经过", events), ("诉求", wants)):
        short = _fitting(group, SUMMARY_CHARS)
        if not short:
            continue
        words = "，".join(text for text, _ in short)
        parts.append(f"{label}：{words}")
        clauses = [clause.proof(f"wording.{label}") for _, clause in short]
        shown += clauses
        if label == "诉求":
            wish, wish_proof = words, _joined("wording.诉求", clauses)
    return Summary("；".join(parts) + "。", tuple(shown), wish, wish_proof) if parts else None


_Clauses = list[tuple[str, Span]]


def _sorted_out(
    talk: Sequence[Utterance], said: Sequence[Span], where: Sequence[Proof]
) -> tuple[_Clauses, _Clauses, tuple[str, Proof] | None]:
    """Clauses as they will be written: what happened, what is wanted; where exactly it is."""
    answers = _answers_to_wish(talk)
    events: _Clauses = []
    wants: _Clauses = []
    position: tuple[str, Proof] | None = None
    before: tuple[Span, bool] | None = None
    for clause in said:
        rest, tail = _without_place(clause.text.strip(), where)
        if tail and position is None:
            position = tail, clause.proof("place.position")
        if len(rest) < 2:
            continue
        wanted = clause.utterance.id in answers or _is_want(clause, before)
        (wants if wanted else events).append((rest, clause))
        before = clause, wanted and bool(_REQUEST_WORD.search(_whole(clause)))
    return events, wants, position


def _whole(clause: Span) -> str:
    """The clause with the polite words before it that were taken off."""
    return clause.utterance.text[max(0, clause.start - 4) : clause.end]


def _is_want(clause: Span, before: tuple[Span, bool] | None) -> bool:
    words = clause.text
    lead = clause.utterance.text[max(0, clause.start - 8) : clause.start]
    if _NO_WANT.search(words):
        return False
    if _WANTS.search(words) or re.search(r"(?:麻烦|拜托|劳驾|请(?!问))[^，。]{0,5}$", lead):
        return True
    if before is None or not before[1] or not _MORE_WANTS.match(words):
        return False
    text = clause.utterance.text
    low, high = around(sentence_bounds(text), before[0].start, len(text))
    return before[0].utterance.id == clause.utterance.id and low <= clause.start < high


def _answers_to_wish(talk: Sequence[Utterance]) -> set[str]:
    """Utterances that answer the operator's question what the caller wants."""
    answers: set[str] = set()
    asked = False
    for said in talk:
        if said.speaker is Speaker.OPERATOR:
            asked = bool(_ASKS_WISH.search(said.text))
        elif asked:
            answers.add(said.id)
            asked = False
    return answers


def _without_place(text: str, where: Sequence[Proof]) -> tuple[str, str]:
    """A clause without the place that stands before it already, and a closer position if it is one.

    ``("", "门口的小广场")`` for a clause that says no more than where it is.
    """
    words = [word.strip("，, 、") for proof in where for word in proof.text.split(" ") if word.strip()]
    spans = sorted((text.find(w), text.find(w) + len(w)) for w in words if w in text)
    if not spans:
        return text, ""
    first, last = spans[0][0], max(end for _, end in spans)
    tail = text[last:].lstrip("，, 、")
    if _PREFIX.match(text[:first]):
        if len(tail) <= 1 or _PREFIX.match(tail):
            return "", ""
        if _POSITION.match(tail):
            return "", tail if words and words[-1] in text else ""
    return _elided(text, words), ""


def _elided(text: str, words: Sequence[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        start = text.find(word) if len(word) >= 3 else -1
        while start >= 0:
            end = start + len(word)
            stays = text[:start].endswith(("在", "住")) and not text[end:].startswith("的")
            if stays or _NO_ELISION_AFTER.match(text[end:]) or _NOT_ELIDED.search(text[:start]):
                start = text.find(word, end)
            else:
                text = text[:start] + text[end:].removeprefix("的")
                start = text.find(word, start)
    return text.strip("，, 、")


def _address(names: Sequence[str]) -> str:
    """District, street and place in one line, none of them twice."""
    line = ""
    for name in names:
        line = name if line and name.startswith(line.removesuffix("区")) else line + name
    return line


def _fitting(group: _Clauses, limit: int) -> _Clauses:
    chosen: _Clauses = []
    length = 0
    for text, clause in group:
        length += len(text) + 1
        if length > limit:
            break
        chosen.append((text, clause))
    return chosen
