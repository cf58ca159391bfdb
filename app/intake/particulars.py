"""Particulars of a request: when, how many people, what sums, which shops, called before or not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from app.domain.call import Speaker, Utterance
from app.domain.ticket import Proof, RequestType
from app.intake.numerals import NUMBER, large_number, money
from app.intake.rulebook import any_of, rule_book
from app.intake.talk import Span, around, sentence_bounds

_NUM = r"[一二两三四五六七八九十几半\d]+"
_CLOCK = rf"(?:{_NUM}点(?:半|{_NUM}分?)?)"
_DAY, _PART = any_of("days"), any_of("day_times")
_LASTING = rf"连续{_NUM}(?:个?(?:星期|礼拜|月|晚上)|天|周|晚)"
_EVERY = rf"(?:每天|天天|每晚|每周|每个?周末|{_LASTING})"
_TAIL = r"(?:多|左右|以后|之后|以前)?"
_TIMES = (
    re.compile(rf"从?(?:(?:{_DAY}){_PART}?{_CLOCK}?|{_PART}{_CLOCK}?){_TAIL}(?:就?开始|起)"),
    re.compile(rf"{_EVERY}(?:的)?{_PART}{_CLOCK}?{_TAIL}|{_DAY}{_PART}{_CLOCK}?{_TAIL}|{_LASTING}"),
    re.compile(
        rf"(?<!过期)(?<!满)(?:已经|持续|快|将近|有)?{_NUM}多?个?多?(?:天|星期|礼拜|周|月|年|小时)多?(?=了(?:[，。,.]|$|[^\w]|麻烦|现在|还|都|也|没|物业))"
    ),
    re.compile(rf"{_DAY}{_CLOCK}?{_TAIL}(?!不|再不|要是|必须|能|几)|{_PART}{_CLOCK}{_TAIL}"),
    re.compile(rf"(?<![到至]){_PART}"),
)
_BARE_PART = 4
_TELLS_NOTHING = re.compile(r"^(?:每天|天天|每年|每周|每月|周末|最近.?|今年|明年|明天|连续|这个月)$")
_UNKNOWN_TIME = re.compile(r"几[点号月]|什么时候")
_CROWD = any_of("people")
_PEOPLE = re.compile(
    rf"(?P<n>(?:好几百|好几十|好几|上百|上千|几十|几百|十几|二十几|三十几|{NUMBER})(?:多|来)?)(?:多)?(?P<who>[个名位户口](?:多)?(?:{_CROWD})?|{_CROWD})"
)
_NOT_PEOPLE = re.compile(r"岁|楼|层|号|[点年月]")
_MONEY_NUMBER = r"[零〇一二两三四五六七八九十百千万亿\d.]+"
_MONEY = re.compile(
    rf"(?P<n>{_MONEY_NUMBER})(?P<more>多)?(?:块钱|块(?![儿地石板砖玻儿])|元(?!旦|宵)|人民币)"
)
_PAID = re.compile(
    rf"{any_of('paying')}(?:了|我们?|你们?|他们?|是|的|出去|进去|大概|差不多|将近)*(?P<n>{_MONEY_NUMBER})(?P<more>多)?"
    r"(?![个人天年月号楼栋户次条份名位辆小点度层平公里级张])"
)
_SCALED = re.compile(r"[百千万亿]|^\d{3,7}$")
_NAME_CHAR = r"[\u4e00-\u9fa5A-Za-z0-9·]"
_NAME = rf"(?P<name>{_NAME_CHAR}{{2,16}}?)(?=[，,。！？!?；; 、]|$|在|就在|的(?!士)|位于|拖欠|不给|欠)"
_CALLED = re.compile(
    rf"{any_of('named_things')}[^，。,. ]{{0,4}}?(?:名字|名称)?"
    rf"(?:就?叫|名叫|写的是|写着|是)(?:做)?{_NAME}"
)
_ANSWERED = re.compile(
    rf"^(?:嗯|啊|哦)?[，, ]?(?:就?叫|名字[叫是]|名称[叫是]|是|店名[叫是]?)(?:做)?{_NAME}"
)
_BARE_ANSWER = re.compile(
    rf"^(?:嗯|啊|哦)?[，, ]?(?P<name>{_NAME_CHAR}{{2,14}}{any_of('enterprises')})(?=[，,。 ]|$)"
)
_ASKS_PARTY = re.compile(any_of("asks_enterprise"))
_NOT_PARTIES = re.compile(any_of("not_enterprises"))


@dataclass(frozen=True, slots=True)
class Particulars:
    """What is known besides the usual fields; proofs under the names of the ticket's fields."""

    event_time: str | None = None
    people: str | None = None
    amounts: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    repeat: bool = False
    proofs: dict[str, Proof] = field(default_factory=dict)


def find_particulars(
    talk: Sequence[Utterance], said: Sequence[Span], kind: RequestType | None
) -> Particulars:
    """The particulars of a talk; ``said`` = its clauses about the matter (``told``)."""
    proofs: dict[str, Proof] = {}
    earlier = [hit.span for hit in rule_book("history").hits(talk)]
    if earlier:
        proofs["repeat"] = earlier[0].proof("history.called-before")
    when = _time([clause for clause in said if not _in_sentence_of(clause, earlier)], kind)
    if when:
        proofs["event_time"] = when.proof("particulars.time")
    crowd = next(_people(said), None)
    if crowd:
        proofs["people"] = crowd[1].proof("particulars.people")
    sums = dict(_amounts(talk))
    if sums:
        proofs["amounts"] = next(iter(sums.values())).proof("particulars.amount")
    names = dict(_parties(talk))
    if names:
        proofs["parties"] = next(iter(names.values())).proof("particulars.named")
    return Particulars(
        when.text if when else None,
        crowd[0] if crowd else None,
        tuple(sums),
        tuple(names),
        bool(earlier),
        proofs,
    )


def _in_sentence_of(clause: Span, others: Sequence[Span]) -> bool:
    """Whether a clause stands in the sentence of one of the spans: what it dates is that."""
    for other in others:
        if other.utterance.id == clause.utterance.id:
            text = other.utterance.text
            low, high = around(sentence_bounds(text), other.start, len(text))
            if low <= clause.start < high:
                return True
    return False


def _time(said: Sequence[Span], kind: RequestType | None) -> Span | None:
    """The expression that dates the matter best; a bare part of the day only dates a nuisance."""
    if kind is RequestType.SUGGESTION:
        return None
    nuisance = kind in (RequestType.COMPLAINT, RequestType.REPORT)
    for pattern in _TIMES if nuisance else _TIMES[:_BARE_PART]:
        for clause in said:
            for match in pattern.finditer(clause.text):
                if not (_TELLS_NOTHING.match(match[0]) or _UNKNOWN_TIME.search(match[0])):
                    end = clause.start + match.end()
                    return Span(clause.utterance, clause.start + match.start(), end)
    return None


def _people(said: Sequence[Span]) -> Iterator[tuple[str, Span]]:
    """How many people or households the matter concerns, from two on."""
    for clause in said:
        for match in _PEOPLE.finditer(clause.text):
            value = large_number(match["n"].rstrip("多来"))
            if (value is not None and value < 2) or _NOT_PEOPLE.search(match[0]):
                continue
            if match["who"] in ("个", "位", "名", "口") or not match["who"].strip("个多"):
                continue
            more = "多" if "多" in match[0] or "来" in match["n"] else ""
            digits = f"{int(value)}{more}" if value is not None else match["n"]
            span = Span(clause.utterance, clause.start + match.start(), clause.start + match.end())
            yield digits + match["who"].replace("多", ""), span


def _amounts(talk: Sequence[Utterance]) -> Iterator[tuple[str, Span]]:
    """Sums of money the caller names, in digits, each with where it was said."""
    for said in talk:
        if said.speaker is not Speaker.CALLER:
            continue
        found = [*_MONEY.finditer(said.text)]
        taken = {match.start("n") for match in found}
        found += [
            match
            for match in _PAID.finditer(said.text)
            if match.start("n") not in taken and _SCALED.search(match["n"])
        ]
        for match in sorted(found, key=lambda m: m.start("n")):
            value = large_number(match["n"])
            if value is None or value <= 0 or (match["n"] in "一两" and not match[0].endswith("钱")):
                continue
            yield money(value, bool(match["more"])), Span(said, match.start("n"), match.end())


def _parties(talk: Sequence[Utterance]) -> Iterator[tuple[str, Span]]:
    """Names of shops, companies and projects: called so, or the answer to a question for one."""
    asked = False
    for said in talk:
        if said.speaker is Speaker.OPERATOR:
            asked = bool(_ASKS_PARTY.search(said.text))
            continue
        found = [*_CALLED.finditer(said.text)]
        if asked and not found:
            answer = _ANSWERED.match(said.text) or _BARE_ANSWER.match(said.text)
            found = [answer] if answer else []
        for match in found:
            if not _NOT_PARTIES.search(match["name"]):
                yield match["name"], Span(said, *match.span("name"))
        asked = False
