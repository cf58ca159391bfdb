"""Article 知识: what the operator may tell a caller, where it holds and how long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol


class Validity(StrEnum):
    """Whether an article may be cited on a given day."""

    VALID = "valid"
    NOT_YET = "not_yet"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Article:
    """One version of an article. ``body`` is Markdown; ``spoken`` the short answer to read out.

    ``owner`` answers for it, and looks at it again by the day of ``review``.
    """

    id: str
    version: int
    title: str
    body: str
    spoken: str = ""
    questions: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    category: str = ""
    region: str = ""
    issuer: str = ""
    document_number: str = ""
    source: str = ""
    effective: date | None = None
    expires: date | None = None
    owner: str = ""
    review: date | None = None

    def validity(self, on: date) -> Validity:
        """Whether the article holds on a day; both limits are inclusive."""
        if self.effective and on < self.effective:
            return Validity.NOT_YET
        if self.expires and on > self.expires:
            return Validity.EXPIRED
        return Validity.VALID


@dataclass(frozen=True, slots=True)
class SearchHit:
    """An article found for a query, with the words that matched and a highlighted passage.

    ``passage`` is plain text; ``marks`` are ``(start, end)`` character offsets into it.
    ``liking`` is the factor by which use has moved the score up or down.
    """

    article: Article
    score: float
    matched: tuple[str, ...] = ()
    passage: str = ""
    marks: tuple[tuple[int, int], ...] = ()
    liking: float = 1.0


class ArticleStore(Protocol):
    """Where articles live; the search index is only a cache of it."""

    def current(self) -> Iterable[Article]:
        """The newest version of every article."""

    def get(self, article_id: str, version: int | None = None) -> Article | None:
        """One article, in its newest or in the named version."""

    def put(self, articles: Iterable[Article]) -> int:
        """Keep articles; a changed one becomes the next version. Returns how many changed."""

    def revision(self) -> str:
        """A token that changes whenever the stored articles change."""
