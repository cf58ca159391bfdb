"""Several requests in one call: cut the talk where the caller turns to another matter."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from app.domain.call import Speaker, Utterance

Topic = Callable[[Sequence[Utterance]], str | None]
"""What a stretch of talk is about (a catalogue code), ``None`` when it cannot be told."""

_TURN = re.compile(
    r"(?:另外|还有|再有|对了|顺便|除此之外|除了这个)[，, ]?(?:我|我们)?(?:还)?(?:想|要)?(?:再)?"
    r"(?:(?:有)?(?:一?[个件]|另外一[个件])(?:别的)?(?:事儿?|事情|问题|情况)|反映|反应|投诉|咨询|举报|建议|表扬|问一下|问个|问问|说一下)"
    r"|还(?:想|要)(?:再)?(?:反映|反应|投诉|咨询|举报|建议|表扬|问)"
    r"|再(?:反映|投诉|咨询|问|说)(?:您)?(?:一下|一?[个件])(?:事|问题|别的)?"
    r"|第[二三四五](?:个|件|点|条)?呢?[，,、]"
    r"|(?:另外|还有|再有)(?:啊|呢|呀|吧)?[，, ]?(?:我|我们|旁边|附近|隔壁|楼[上下]|门口|那个|这边)"
    r"|(?:再|另)(?:就是|有就是|一[个件]|者)[，, ]?(?:就是|呢|是|我|那|关于|想)"
    r"|还有(?:一[个件]|一档子|个事|件事|就是)"
    r"|(?:其次|二一个|二来呢|第二[个件])[，, ]?(?:就是|呢|是|我|那)"
    r"|这是(?:一|头一|第一)[个件]事?[，,。]"
    r"|(?:顺便|顺带|捎带|对了|哦对)[^，。]{0,4}[，, ]?[^，。]{0,4}"
    r"(?:问|打听|说|反映|提|咨询)(?:一?下|您|一?句|一?声|个)"
    r"|第二(?:个|件)?(?:问题|事儿?|事情|[个件]是)|另一(?:个|件)(?:事儿?|事情|问题)|还有就是"
)
_ASKS_MORE = re.compile(
    r"还有(?:其他|别的|什么).{0,6}(?:问题|需要|事|诉求|反映)|(?:第二|另[外一]|下)(?:个|件|一个|一件)(?:事情?|问题)?(?:呢|是什么|您说)|还有(?:一|吗|呢|什么)"
)
_NONE = re.compile(r"^(?:嗯|啊)?[，, ]?(?:没有|没了|没别的|不用|就这些|暂时没|好的|谢谢)")
_MIN_CHARS = 8
_OPENING = 12
"""Characters at the start of the call in which nobody turns to a second matter yet."""
MAX_PARTS = 8
"""Turns beyond these are not cut; nobody brings more matters to one call."""


def split_requests(talk: Sequence[Utterance], topic: Topic) -> list[list[Utterance]]:
    """The talk in parts, one for each request; one part unless a turn opens a different topic."""
    parts: list[list[Utterance]] = [[]]
    for number, said in enumerate(talk):
        begin = 0
        for cut in _turns_in(talk, number):
            if len(parts) >= MAX_PARTS:
                break
            if said.text[begin:cut].strip():
                parts[-1].append(_piece(said, begin, cut))
            parts.append([])
            begin = cut
        parts[-1].append(_piece(said, begin, len(said.text)))
    return _joined(parts, topic) if len(parts) > 1 else parts


def _piece(said: Utterance, begin: int, end: int) -> Utterance:
    """A stretch of an utterance, at its place in it."""
    if (begin, end) == (0, len(said.text)):
        return said
    return replace(said, text=" " * begin + said.text[begin:end], words=())


def _turns_in(talk: Sequence[Utterance], number: int) -> list[int]:
    """Where in an utterance the caller turns to another matter."""
    said = talk[number]
    if said.speaker is not Speaker.CALLER:
        return []
    first = not any(u.speaker is Speaker.CALLER for u in talk[:number])
    turns = [match.start() for match in _TURN.finditer(said.text, _OPENING if first else 0)]
    if turns or first:
        return turns
    asked = talk[number - 1]
    asks_more = asked.speaker is Speaker.OPERATOR and _ASKS_MORE.search(asked.text)
    answers = len(said.text) >= _MIN_CHARS and not _NONE.match(said.text)
    return [0] if asks_more and answers else []


def _joined(parts: list[list[Utterance]], topic: Topic) -> list[list[Utterance]]:
    """Parts about nothing of their own, or about the same matter, go back to the one before."""
    result: list[list[Utterance]] = []
    topics: list[str | None] = []
    for part in parts:
        caller_chars = sum(len(u.text.strip()) for u in part if u.speaker is Speaker.CALLER)
        own = topic(part) if caller_chars >= _MIN_CHARS else None
        if result and (own is None or own in topics or (topics[-1] is None and len(result) > 1)):
            result[-1] += part
        else:
            result.append(list(part))
            topics.append(own)
    return result
