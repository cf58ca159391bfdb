"""The passage of an article that answers the question, with the matching words marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from knowledge_base.analysis import normalise
from knowledge_base.article import Article
from knowledge_base.sound import sounds

PASSAGE_LENGTH = 120
_READ = 20_000
"""Characters of an article looked at for a passage: a book-length one must not cost a second."""
_LINK = re.compile(r"!?\[([^\]\n]{0,200})\]\([^)\n]{0,500}\)")
_MARKUP = re.compile(
    r"(?m)^\s{0,8}(?:#{1,6}\s.*|[-*+]\s+|>\s?|\d{1,3}[.)]\s+|\|?[\s:|-]{3,}\|?$)|[*_`|]{1,3}"
)
_SENTENCE = re.compile(r"[^。！？；\n]{1,200}[。！？；]*")

Needle = tuple[str, float]
"""A text to be marked, in normal form, and how much it tells."""
Marks = tuple[tuple[int, int], ...]


def plain_text(markdown: str) -> str:
    """The running text of Markdown: no marks, no headings, one line per paragraph."""
    text = _MARKUP.sub("", _LINK.sub(r"\1", markdown[:_READ]))
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def passage(article: Article, needles: Sequence[Needle]) -> tuple[str, Marks]:
    """At most ``PASSAGE_LENGTH`` characters around what tells most, and the marks in them."""
    text = "\n".join(filter(None, (article.spoken, plain_text(article.body)))) or article.title
    sentences = [match.span() for match in _SENTENCE.finditer(text)]
    if not sentences:
        return "", ()
    normal = normalise(text)
    values = [_value(normal[start:end], needles) for start, end in sentences]
    at = max(range(len(sentences)), key=values.__getitem__)
    start, end = sentences[at]
    for _, further in sentences[at + 1 :]:
        if further - start > PASSAGE_LENGTH:
            break
        end = further
    end = min(end, start + PASSAGE_LENGTH)
    shown = text[start:end]
    lead = len(shown) - len(shown.lstrip())
    shown = shown.strip().replace("\n", " ")
    return shown, marks(normal[start + lead : start + lead + len(shown)], (text for text, _ in needles))


def marks(normal: str, needles: Iterable[str]) -> Marks:
    """Where any of the needles stand, overlapping places joined."""
    found: list[tuple[int, int]] = []
    for needle in needles:
        place = normal.find(needle) if needle else -1
        while place >= 0:
            found.append((place, place + len(needle)))
            place = normal.find(needle, place + len(needle))
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def sounding(article: Article, wanted: set[str]) -> set[str]:
    """The stretches in an article's short texts that are read as the wanted sounds or initials."""
    found: set[str] = set()
    for text in map(normalise, (article.title, *article.questions, *article.synonyms)):
        spoken = sounds(text)
        covered = [False] * (len(text) + 1)
        for place, (a, b) in enumerate(pairwise(spoken)):
            if not a or not b:
                continue
            c = spoken[place + 2] if place + 2 < len(spoken) else None
            if f"{a} {b}" in wanted or a[0] + b[0] in wanted:
                covered[place : place + 2] = [True] * 2
            if c and a[0] + b[0] + c[0] in wanted:
                covered[place : place + 3] = [True] * 3
        start = 0
        for place, inside in enumerate(covered):
            if not inside:
                if place > start:
                    found.add(text[start:place])
                start = place + 1
    return found


def _value(sentence: str, needles: Sequence[Needle]) -> float:
    return sum(value for needle, value in needles if needle in sentence)
