"""Light punctuation by rule: pauses become commas, the end gets a mark, if the engine gave none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from speech.repair.spacing import HAN
from speech.repair.trail import Change

_FULL = {",": "，", "?": "？", "!": "！", ";": "；", ":": "："}
_HALF = re.compile(rf"(?<=[{HAN}0-9])([,?!;:])(?![0-9])\s*|(?<=[{HAN}])\.+\s*$")
_PAUSE = re.compile(rf"(?<=[{HAN}0-9])\s+(?=[{HAN}0-9])")
_ENDED = re.compile(r"[。？！…，、；：.?!,]\s*$")
_QUESTION = re.compile(
    r"(吗|嘛|么|呢|多少|几点|几号|哪里|哪儿|哪个|什么|怎么办|怎么解决|怎么称呼|贵姓|为什么|能不能|是不是|有没有|好不好|行不行)$"
)
_ASKING = re.compile(r"^(请问|我想问|想问)|(什么|怎么|哪里|哪个|能不能|是不是|有没有|可不可以)")
_TELLING = re.compile(r"(知道|不清楚|不管|告诉)")
_SHORT = 2


def changes(text: str) -> Iterator[Change]:
    """Full-width marks beside Chinese, commas at pauses, and a mark at the end of an unmarked text."""
    found = [
        Change(match.start(), match.end(), _FULL.get(match.group(1) or "", "。"))
        for match in _HALF.finditer(text)
    ]
    found += [Change(match.start(), match.end(), "，") for match in _PAUSE.finditer(text)]
    stripped = text.rstrip()
    if len(stripped) > _SHORT and re.search(rf"[{HAN}0-9]$", stripped) and not _ENDED.search(text):
        mark = "？" if asks(stripped) else "。"
        found.append(Change(len(stripped), len(text), mark))
    yield from sorted(found, key=lambda change: change.start)


def asks(sentence: str) -> bool:
    """Whether an unmarked sentence is a question, by its last clause."""
    clause = re.split(r"[，。？！,\s]", sentence)[-1]
    if _QUESTION.search(clause):
        return True
    return bool(_ASKING.search(clause)) and not _TELLING.search(clause) and clause.startswith("请问")
