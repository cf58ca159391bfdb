"""What an editor must mend in articles: facts that lack, contradict each other or lead nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import unquote, urlsplit

from knowledge_base.alike import near_duplicates
from knowledge_base.analysis import normalise
from knowledge_base.article import Article, Validity
from knowledge_base.passage import plain_text
from resources.texts import text

LONGEST = 1_200
"""Characters of text that an operator can still take in during a call."""
_DAY = r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日"
_BEGINS = re.compile(rf"自\s*{_DAY}\s*起\s*(?:正式)?(?:施行|实施|执行|生效)")
_ENDS = re.compile(rf"(?:有效期|执行|实施)[^。；\n]{{0,12}}?至\s*{_DAY}|{_DAY}\s*起?(?:废止|失效)")
_LINK = re.compile(r"(!?)\[[^\]\n]{0,200}\]\(\s*<?([^)\s>]{0,1000})>?[^)\n]{0,200}\)")
_HEADING = re.compile(r"(?m)^\s{0,3}#{1,6}\s+(.*)$")
_WARNINGS = frozenset(
    {"no_category", "no_owner", "no_review", "review_due", "expired", "no_spoken", "near_duplicate"}
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with an article. ``code`` names its sentence, ``detail`` the place."""

    code: str
    article_id: str
    detail: str = ""

    @property
    def is_error(self) -> bool:
        """Whether it can mislead a caller; the others make work or make articles hard to find."""
        return self.code not in _WARNINGS

    def message(self, language: str) -> str:
        """What is wrong, for an editor."""
        return text(f"knowledge.lint_{self.code}", language, detail=self.detail)


def lint(articles: Sequence[Article], on: date) -> tuple[Finding, ...]:
    """Everything to be mended, article by article; near-duplicates come last."""
    known = {article.id for article in articles}
    findings = [finding for article in articles for finding in _checked(article, known, on)]
    for pair in near_duplicates(articles):
        detail = f"{pair.second.id} ({pair.share:.0%})"
        findings.append(Finding("near_duplicate", pair.first.id, detail))
    return tuple(findings)


def _checked(article: Article, known: set[str], on: date) -> Iterator[Finding]:
    for code, lacks in _LACKS.items():
        if lacks(article):
            yield Finding(code, article.id)
    length = len(plain_text(article.body))
    if length > LONGEST:
        yield Finding("too_long", article.id, str(length))
    yield from _dates(article, on)
    for target in _broken_links(article, known):
        yield Finding("broken_link", article.id, target)


_LACKS: dict[str, Callable[[Article], bool]] = {
    "no_body": lambda article: not article.body.strip(),
    "no_region": lambda article: not article.region,
    "no_issuer": lambda article: not article.issuer,
    "no_date": lambda article: article.effective is None and article.expires is None,
    "no_category": lambda article: not article.category,
    "no_spoken": lambda article: not article.spoken,
    "no_owner": lambda article: not article.owner,
    "no_review": lambda article: article.review is None,
}


def _dates(article: Article, on: date) -> Iterator[Finding]:
    first, last = article.effective, article.expires
    if first and last and first > last:
        yield Finding("dates_contradict", article.id, f"{first} > {last}")
    for pattern, fact in ((_BEGINS, first), (_ENDS, last)):
        told = {day for match in pattern.finditer(article.body) if (day := _day(match))}
        if fact is not None and len(told) == 1 and fact not in told:
            yield Finding("dates_contradict", article.id, f"{told.pop()} ≠ {fact}")
    if article.validity(on) is Validity.EXPIRED:
        yield Finding("expired", article.id, str(last))
    elif article.review is not None and article.review < on:
        yield Finding("review_due", article.id, str(article.review))


def _day(match: re.Match[str]) -> date | None:
    year, month, day = (int(part) for part in match.groups() if part)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _broken_links(article: Article, known: set[str]) -> Iterator[str]:
    """Links to articles or headings that do not exist, and addresses no browser should follow."""
    for match in _LINK.finditer(article.body):
        if not _leads_somewhere(match[2], article, known):
            yield match[2][:100] or match[0][:100]


def _leads_somewhere(target: str, article: Article, known: set[str]) -> bool:
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    if parts.scheme in ("http", "https"):
        return "." in parts.netloc
    if parts.scheme in ("tel", "mailto"):
        return bool(parts.path)
    if parts.scheme:
        return False
    if not parts.path:
        headings = {_anchor(found[1]) for found in _HEADING.finditer(article.body)}
        return _anchor(unquote(parts.fragment)) in headings
    return unquote(parts.path).removesuffix(".md").removeprefix("./") in known


def _anchor(heading: str) -> str:
    return "".join(character for character in normalise(heading) if character.isalnum())
