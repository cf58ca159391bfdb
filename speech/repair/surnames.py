"""Surnames after 我姓 and 免贵姓, for which a recogniser writes any character of that sound."""

from __future__ import annotations

import re
from collections.abc import Iterator

from resources.pinyin import syllables
from speech.repair.trail import Change

# The most frequent surnames, most frequent first: the first of a sound stands for it.
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛"
    "叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺赖龚文"
)
_BY_SOUND = {syllables(name)[0]: name for name in reversed(_SURNAMES)}
_END = r"(?=$|[，。,\s！？]|电话|联系|手机|是|叫|先生|女士|，)"
_SAID = re.compile(rf"(?:(?<=我)|(?<=免贵)|(?<=本人))([姓信兴性幸杏宪])([\u4e00-\u9fff]){_END}")


def changes(text: str) -> Iterator[Change]:
    """我信章 → 我姓张, only where the sound is that of a frequent surname and the clause ends there."""
    for match in _SAID.finditer(text):
        verb, name = match[1], match[2]
        right = name if name in _SURNAMES else _BY_SOUND.get(syllables(name)[0], "")
        if right and verb + name != "姓" + right:
            yield Change(match.start(), match.end(), "姓" + right, 0.7)
