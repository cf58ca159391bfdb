"""Long documents as answer-sized articles: cut along headings and 第…条, each with its path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

from knowledge_base.article import Article
from knowledge_base.importers.values import MAX_BODY, MAX_LINE, BadArticle, article_of, derived_id

WHOLE = 900
"""Characters up to which a document or a section stays one article."""
_LONGEST_HEADING = 60
_NUMERAL = r"[零〇一二三四五六七八九十百千两\d]{1,8}"
_CHAPTER = re.compile(rf"第{_NUMERAL}(编|章|节)(?:\s|　|$|[^，。；、的])")
_CLAUSE = re.compile(rf"(第{_NUMERAL}条(?:之{_NUMERAL})?)(?:\s|　|[^，。；、和至或的规款])")
_LEVELS = {"编": 7, "章": 8, "节": 9}
_CLAUSE_LEVEL = 10
_IN_FORCE = re.compile(r"自(\d{4})年(\d{1,2})月(\d{1,2})日起(?:施行|实施|执行|生效)")
_NUMBER = re.compile(r"[\u4e00-\u9fff]{1,12}[〔\[](?:19|20)\d{2}[〕\]]\s*第?\d{1,5}号")
_SEPARATOR = " · "


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of a document; ``level`` from 1 on for a heading, 0 for running text."""

    text: str
    level: int = 0


@dataclass(slots=True)
class _Section:
    """What stands under one heading or clause, with the headings above it."""

    path: tuple[str, ...]
    paragraphs: list[str] = field(default_factory=list)

    @property
    def length(self) -> int:
        return sum(map(len, self.paragraphs))


def articles_of(blocks: Iterable[Block], name: str, title: str = "") -> Iterator[Article | BadArticle]:
    """The articles in a document. ``name`` (of the file) is its title where it has no other.

    Ids are derived from both, since many documents have the title 通知.
    A short document stays whole. Otherwise one article per section or clause; a long one is cut at
    its paragraphs. Effective date and document number are taken from the wording.
    """
    named = [_as_heading(block) for block in blocks if block.text.strip()]
    if not any(block.level == 0 or _CLAUSE.match(block.text) for block in named):
        yield BadArticle("IMPORT_NO_TEXT", name)
        return
    title, rest = _titled(named, title or name)
    sections = list(_sections(rest))
    text = "\n\n".join(block.text for block in rest)
    facts = _facts(text, name)
    if len(text) <= WHOLE or (len(sections) == 1 and sections[0].length <= WHOLE):
        yield from _made(title, rest, facts)
        return
    seen: dict[str, int] = {}
    for section in sections:
        for body in _portions(section.paragraphs):
            full = _SEPARATOR.join((title, *section.path))[: MAX_LINE - 20]
            seen[full] = seen.get(full, 0) + 1
            numbered = full if seen[full] == 1 else f"{full}（{seen[full]}）"
            yield _article(numbered, body, facts)


def _made(title: str, blocks: list[Block], facts: dict[str, object]) -> Iterator[Article | BadArticle]:
    lines = (
        f"{'#' * min(6, block.level)} {block.text}" if block.level else block.text for block in blocks
    )
    yield _article(title, "\n\n".join(lines), facts)


def _article(title: str, body: str, facts: dict[str, object]) -> Article | BadArticle:
    try:
        name = derived_id(title, str(facts["source"]))
        return article_of({**facts, "id": name, "title": title, "body": body})
    except BadArticle as bad:
        return bad


def _as_heading(block: Block) -> Block:
    """A block as it counts: clean, and a heading where it is worded like a chapter."""
    text = re.sub(r"[ \t\u3000\xa0]+", " ", block.text).strip()
    chapter = _CHAPTER.match(text)
    if chapter and len(text) <= _LONGEST_HEADING:
        return Block(text, _LEVELS[chapter[1]])
    if block.level and (len(text) > _LONGEST_HEADING or _CLAUSE.match(text)):
        return Block(text)
    return Block(text, min(block.level, 6))


def _titled(blocks: list[Block], name: str) -> tuple[str, list[Block]]:
    """The document's title and the blocks without it: its only top heading, if it begins with it."""
    first = blocks[0]
    tops = sum(block.level == first.level for block in blocks)
    if first.level in range(1, 7) and tops == 1:
        return first.text, blocks[1:]
    return name, blocks


def _sections(blocks: list[Block]) -> Iterator[_Section]:
    path: list[tuple[int, str]] = []
    section = _Section(())
    for block in blocks:
        clause = _CLAUSE.match(block.text + " ") if not block.level else None
        level = _CLAUSE_LEVEL if clause else block.level
        if level:
            if section.paragraphs:
                yield section
            path = [(above, text) for above, text in path if above < level]
            path.append((level, clause[1] if clause else block.text))
            section = _Section(tuple(text for _, text in path))
        if not block.level:
            section.paragraphs.append(block.text)
    if section.paragraphs:
        yield section


def _portions(paragraphs: list[str]) -> Iterator[str]:
    """Paragraphs joined up to ``WHOLE`` characters; a longer paragraph is cut at its sentences."""
    portion: list[str] = []
    length = 0
    for paragraph in paragraphs:
        for piece in _pieces(paragraph):
            if portion and length + len(piece) > WHOLE:
                yield "\n\n".join(portion)
                portion, length = [], 0
            portion.append(piece)
            length += len(piece)
    if portion:
        yield "\n\n".join(portion)


def _pieces(paragraph: str) -> Iterator[str]:
    while len(paragraph) > WHOLE:
        end = max(paragraph.rfind(mark, WHOLE // 2, WHOLE) for mark in "。！？；\n") + 1 or WHOLE
        yield paragraph[:end]
        paragraph = paragraph[end:]
    if paragraph:
        yield paragraph


def _facts(text: str, name: str) -> dict[str, object]:
    """Effective date and document number, where the wording gives exactly one."""
    facts: dict[str, object] = {"source": name}
    days = set(_IN_FORCE.findall(text[:MAX_BODY]))
    if len(days) == 1:
        year, month, day = map(int, days.pop())
        with suppress(ValueError):  # a day that is not in the calendar is no date
            facts["effective"] = date(year, month, day)
    number = _NUMBER.search(text[:2_000])
    if number:
        facts["document_number"] = number[0]
    return facts
