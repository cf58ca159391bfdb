"""Surnames as callers say them, for which a recogniser writes any character of that sound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from resources.pinyin import syllables
from speech.repair.syllables import cost
from speech.repair.trail import Change

# The most frequent surnames, most frequent first: the first of a sound stands for it.
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛"
    "叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺赖龚文褚"
)
_END = r"(?=$|[，。,\s！？\d幺]|电话|变化|联系|手机|是|叫|先生|女士)"
_SAID = re.compile(rf"(?:(?<=我)|(?<=免贵)|(?<=本人))([姓信兴性幸杏宪])([\u4e00-\u9fff]){_END}")
_ANSWER = re.compile(
    rf"(?:^|(?<=[，。,\s]))(?:我|免贵|本人|[嗯哦啊诶])?([\u4e00-\u9fff])([\u4e00-\u9fff]){_END}"
)
_ASKED = re.compile(r"贵[姓性信兴幸杏]|[怎咱]么称呼|姓什么|[您你]的?(?:姓名|名字)|叫什么名")
_SAME, _LIKE_XING = 0.1, 0.5
"""Cost up to which a sound is a surname's, and up to which it is 姓 where a name was asked for."""


def asks(text: str) -> bool:
    """Whether an operator asks for the caller's name."""
    return _ASKED.search(text) is not None


def changes(text: str, asked: bool = False) -> Iterator[Change]:
    """我信章 → 我姓张, only where the sound is that of a frequent surname and the clause ends there.

    With ``asked``, ``text`` answers the question for the name: 新镇 is 姓郑 there.
    """
    for match in (_ANSWER if asked else _SAID).finditer(text):
        verb, name = match[1], match[2]
        if asked and cost(syllables(verb)[0], "xing") > _LIKE_XING:
            continue
        right = name if name in _SURNAMES else _nearest(syllables(name)[0])
        if right and verb + name != "姓" + right:
            yield Change(match.start(1), match.end(2), "姓" + right, 0.7)


@cache
def _nearest(sound: str) -> str:
    """The most frequent surname that sounds so, or nothing."""
    return next((name for name in _SURNAMES if cost(sound, syllables(name)[0]) <= _SAME), "")
