"""Finding out how a text file is encoded: UTF-8, UTF-16, GB18030 or Big5."""

from __future__ import annotations

import codecs

from knowledge_base.analysis import is_han, normalise

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 20_000
_COMMON = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想"
    "日市民请问办理服务电话材料区政府社会保险申单位费户口医保公司水热"
)


def decoded(content: bytes) -> str | None:
    """The text of a file, or ``None`` if it is not text in any encoding that is expected."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _checked(content, encoding)
    for encoding in (*_bare_utf16(content), "utf-8"):
        text = _checked(content, encoding)
        if text is not None:
            return text
    found = [
        text for text in (_checked(content, "gb18030"), _checked(content, "big5")) if text is not None
    ]
    return max(found, key=_familiar, default=None)


def _bare_utf16(content: bytes) -> tuple[str, ...]:
    """The byte order of UTF-16 without a mark: seen by the zero bytes of line ends and ASCII."""
    sample = content[:_SAMPLE]
    for order, offset in (("utf-16-le", 1), ("utf-16-be", 0)):
        if sample[offset::2].count(0) > len(sample) // 20 and not sample[1 - offset :: 2].count(0):
            return (order,)
    return ()


def _checked(content: bytes, encoding: str) -> str | None:
    try:
        text = content.decode(encoding)
    except UnicodeError:
        return None
    sample = text[:_SAMPLE]
    odd = sum(not c.isprintable() and c not in "\n\r\t\f\u3000\u200b\xa0\ufeff" for c in sample)
    if "\0" in text or odd > len(sample) // 100:
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _familiar(text: str) -> float:
    """The share of very common characters among the Chinese ones: gibberish has few."""
    han = [c for c in normalise(text[:_SAMPLE]) if is_han(c)]
    return sum(c in _COMMON for c in han) / len(han) if han else 0.0
