"""What the centre tells the seats: the kinds of change that this version understands."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import JsonValue, TypeAdapter

from app.domain.codec import without_lone_surrogates
from knowledge_base.article import Article

ARTICLE = "article"
"""``key`` = the article's id; ``body`` = the article, or nothing when it was withdrawn."""

TICKET_LIFE = "ticket.life"
"""``key`` = the ticket's id; ``body`` = its stage, the step that led there, and its reason."""

TICKET_CONTENT = "ticket.content"
"""``key`` = the ticket's id; ``body`` = who amended it last, the values of all fields that were ever
amended, and the fields that both sides had changed with both values."""


@cache
def _adapter() -> TypeAdapter[Article]:
    return TypeAdapter(Article)


def article_to_json(article: Article) -> dict[str, Any]:
    """An article as it travels to the seats and lies in their databases."""
    value: dict[str, Any] = without_lone_surrogates(_adapter().dump_python(article, mode="json"))
    return value


def article_from_json(body: JsonValue) -> Article:
    """The inverse of ``article_to_json``. Raises ``ValueError`` for anything else."""
    return _adapter().validate_python(body)
