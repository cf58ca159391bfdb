"""Personal numbers in what was said: telephone, identity card, bank card and number plate.

Written or spoken, in one turn or over several; where they stand, and the text without them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from speech.repair.numbers import HOT_LINES
from speech.utterance import Speaker, Utterance

MASK = "*"


class PrivateKind(StrEnum):
    """What a number belongs to."""

    PHONE = "phone"
    IDENTITY = "identity"
    BANK_CARD = "bank_card"
    PLATE = "plate"


@dataclass(frozen=True, slots=True)
class PrivateSpan:
    """``utterances[turn].text[start:end]`` is a personal number, or the part of one said there."""

    turn: int
    start: int
    end: int
    kind: PrivateKind


_VALUE = dict(zip("零一二三四五六七八九", "0123456789", strict=True)) | {
    "〇": "0",
    "幺": "1",
    "洞": "0",
}
_VALUE |= {digit: digit for digit in "0123456789"} | {
    chr(0xFF10 + digit): str(digit) for digit in range(10)
}
_D = "".join(_VALUE)
_COUNT = {"两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "2": 2, "3": 3, "4": 4, "5": 5}
_TOKEN = re.compile(
    rf"(?P<many>[{''.join(_COUNT)}])个(?P<what>[{_D}])|(?P<digit>[{_D}])|(?P<x>[xX叉])(?![A-Za-z])"
)
_BETWEEN = re.compile(
    r"(?:[\s\-—–·.,，、。…]|然后是?|后面是?|接着是?|再来?|最后是?|中间是?|嗯|呃|那个|啊){0,4}"
)
_GO_ON = re.compile(
    r"(?:嗯|哦|好的?|对|是的?|您|请|继续|接着|说|讲|报|然后呢|还有呢|记下了|后面呢|[\s,，.。！!？?、…])*"
)
_PHONE_LEAD = re.compile(r"电话|手机|联系|座机|固话|打我|打给|(?<![票单件证牌])号码")
_CARD_LEAD = re.compile(r"银行卡|卡号|账号|帐号|储蓄卡|信用卡|社保卡|工资卡|尾号")
_IDENTITY_LEAD = re.compile(r"身份证|证件号")
_OTHER_LEAD = re.compile(
    r"订单|快递|运单|单号|编号|工单|案号|条码|条形码|发票|流水号|序列号|型号|注册号|许可证|信用代码"
)
_MEASURE = re.compile(r"\s*(?:[元块万亿]|平米|平方|公里|米|人次|度电|吨)")
_MOBILE = re.compile(r"(?:86|0086)?1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-8]\d{6,7}")
_LOCAL = re.compile(r"[2-8]\d{7}")
_IDENTITY = re.compile(r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]")
_OLD_IDENTITY = re.compile(r"[1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}")
_CARD = re.compile(r"[3-6]\d{14,18}")
_PLATE_CHAR = rf"[A-HJ-NP-Za-hj-np-z{_D}][\s\-]?"
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]\s?[A-HJ-NP-Za-hj-np-z]\s?[·.\-]?\s?"
    rf"(?:[DFdf]{_PLATE_CHAR}(?:[{_D}]\s?){{3}}[{_D}]|(?:[{_D}]\s?){{5}}[DFdf]|(?:{_PLATE_CHAR}){{4}}"
    rf"[A-HJ-NP-Za-hj-np-z警学挂领{_D}])(?![A-Za-z0-9])"
)
"""Six characters with D or F for electric cars, else five."""
_HALF_SHORTEST = 7


@dataclass(frozen=True, slots=True)
class _Digit:
    """A digit (or several of one kind, as in 三个零) at ``text[start:end]`` of a turn."""

    turn: int
    start: int
    end: int
    value: str


def find_private(utterances: Sequence[Utterance]) -> tuple[PrivateSpan, ...]:
    """All personal numbers of a talk, in order; those over several turns as one span for each turn."""
    spans = []
    for turn, said in enumerate(utterances):
        for match in _PLATE.finditer(said.text):
            spans.append(PrivateSpan(turn, match.start(), match.end(), PrivateKind.PLATE))
    taken = {(span.turn, at) for span in spans for at in range(span.start, span.end)}
    for run in _runs(utterances, taken):
        lead = utterances[run[0].turn].text[max(0, run[0].start - 12) : run[0].start]
        if run[0].start < 3 and run[0].turn:
            lead = utterances[run[0].turn - 1].text[-24:] + lead
        after = utterances[run[-1].turn].text[run[-1].end :]
        kind = _kind("".join(digit.value for digit in run), lead, after)
        if kind is not None:
            spans += _by_turn(run, kind)
    return tuple(sorted(spans, key=lambda span: (span.turn, span.start)))


def masked(utterances: Sequence[Utterance]) -> tuple[Utterance, ...]:
    """The utterances with a mark for each character of a personal number.

    What was heard and the times of words are left out: the numbers stand there too.
    """
    spans: dict[int, list[PrivateSpan]] = defaultdict(list)
    for span in find_private(utterances):
        spans[span.turn].append(span)
    return tuple(
        _masked(said, spans[turn]) if spans[turn] else said for turn, said in enumerate(utterances)
    )


def mask_text(text: str) -> str:
    """One text on its own with its personal numbers masked."""
    return masked([Utterance("", Speaker.CALLER, 0.0, 0.0, text, text, "")])[0].text


def _masked(said: Utterance, spans: Sequence[PrivateSpan]) -> Utterance:
    text = said.text
    for span in spans:
        hidden = "".join(char if char.isspace() else MASK for char in text[span.start : span.end])
        text = text[: span.start] + hidden + text[span.end :]
    return replace(said, text=text, heard=text, words=())


def _runs(utterances: Sequence[Utterance], taken: set[tuple[int, int]]) -> Iterator[list[_Digit]]:
    """Digits said in one go, also over turns of one speaker with only "go on" between them."""
    open_runs: dict[Speaker, list[_Digit]] = {}
    for turn, said in enumerate(utterances):
        runs = [run for run in _runs_of(turn, said.text) if (turn, run[0].start) not in taken]
        before = open_runs.pop(said.speaker, None)
        if before is not None:
            begins = bool(runs) and bool(_GO_ON.fullmatch(said.text[: runs[0][0].start]))
            if begins:
                runs[0] = before + runs[0]
            else:
                yield before
        for speaker in list(open_runs):
            if speaker is not said.speaker and not _goes_on(said.text, open_runs[speaker]):
                yield open_runs.pop(speaker)
        if runs and not re.search(r"[一-鿿A-Za-z]", said.text[runs[-1][-1].end :]):
            open_runs[said.speaker] = runs.pop()
        yield from runs
    yield from open_runs.values()


def _goes_on(text: str, run: Sequence[_Digit]) -> bool:
    """Whether the other side only says to go on, or repeats the digits just heard."""
    if _GO_ON.fullmatch(text):
        return True
    repeated = "".join(_VALUE[char] for char in text if char in _VALUE)
    rest = "".join(char for char in text if char not in _VALUE)
    return (
        bool(repeated)
        and "".join(d.value for d in run).endswith(repeated)
        and bool(_GO_ON.fullmatch(rest))
    )


def _runs_of(turn: int, text: str) -> list[list[_Digit]]:
    runs: list[list[_Digit]] = []
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        joined = bool(runs) and bool(_BETWEEN.fullmatch(text[runs[-1][-1].end : start]))
        if match["x"]:
            if joined:
                runs[-1].append(_Digit(turn, start, end, "X"))
            continue
        value = (
            _VALUE[match["what"]] * _COUNT[match["many"]] if match["many"] else _VALUE[match["digit"]]
        )
        digit = _Digit(turn, start, end, value)
        if joined:
            runs[-1].append(digit)
        else:
            runs.append([digit])
    return runs


def _kind(number: str, lead: str, after: str) -> PrivateKind | None:
    if _MEASURE.match(after) or number in HOT_LINES:
        return None
    other = list(_OTHER_LEAD.finditer(lead))
    own = [m.end() for p in (_PHONE_LEAD, _CARD_LEAD, _IDENTITY_LEAD) for m in p.finditer(lead)]
    foreign = bool(other) and max(own, default=0) <= other[-1].end()
    if _IDENTITY.fullmatch(number):
        return PrivateKind.IDENTITY
    if _IDENTITY_LEAD.search(lead) and (_OLD_IDENTITY.fullmatch(number) or 15 <= len(number) <= 19):
        return PrivateKind.IDENTITY
    if foreign or "X" in number:
        return None
    if _MOBILE.fullmatch(number) or _LANDLINE.fullmatch(number):
        return PrivateKind.PHONE
    card_lead = bool(_CARD_LEAD.search(lead))
    if _CARD.fullmatch(number) and (card_lead or _luhn(number)):
        return PrivateKind.BANK_CARD
    if card_lead and 10 <= len(number) <= 22:
        return PrivateKind.BANK_CARD
    if _PHONE_LEAD.search(lead) and (
        _LOCAL.fullmatch(number) or (number[0] in "1" and _HALF_SHORTEST <= len(number) <= 14)
    ):
        return PrivateKind.PHONE
    return None


def _luhn(number: str) -> bool:
    """The check digit of card numbers (ISO/IEC 7812)."""
    doubled = [int(d) * (1 + at % 2) for at, d in enumerate(reversed(number))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _by_turn(run: Sequence[_Digit], kind: PrivateKind) -> Iterator[PrivateSpan]:
    for turn in dict.fromkeys(digit.turn for digit in run):
        part = [digit for digit in run if digit.turn == turn]
        yield PrivateSpan(turn, part[0].start, part[-1].end, kind)
