"""What the centre tells the seats: the kinds of change that this version understands."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from pydantic import JsonValue, TypeAdapter

from app.domain.codec import without_lone_surrogates
from app.sync.protocol import content_hash
from knowledge_base.article import Article

ARTICLE = "article"
"""``key`` = the article's id; ``body`` = the article, or nothing when it was withdrawn."""

TICKET_LIFE = "ticket.life"
"""``key`` = the ticket's id; ``body`` = its stage, the step that led there, and its reason."""

TICKET_CONTENT = "ticket.content"
"""``key`` = the ticket's id; ``body`` = who amended it last, the values of all fields that were ever
amended, and the fields that both sides had changed with both values."""

TICKET_FORGOTTEN = "ticket.forgotten"
"""``key`` = the ticket's id; ``body`` = its call. The seat drops who called and what was said."""
_COUNTED = (
    *("type", "handling", "emergency_line", "channel", "district", "street", "category"),
    *("limit_hours", "units", "risks", "citations", "repeat"),
)


def forgotten_content(content: dict[str, Any]) -> dict[str, Any]:
    """What stays of a ticket's content once its caller is forgotten: what is counted."""
    kept = {name: content[name] for name in _COUNTED if name in content}
    units = [{**unit, "reasons": []} for unit in kept.get("units") or []]
    return {**kept, "units": units, "proof": {}}


@cache
def _adapter() -> TypeAdapter[Article]:
    return TypeAdapter(Article)


def article_to_json(article: Article) -> dict[str, Any]:
    """An article as it travels to the seats and lies in their databases."""
    value: dict[str, Any] = without_lone_surrogates(_adapter().dump_python(article, mode="json"))
    return value


def content_of(article: Article) -> str:
    """A digest of an article without its version: equal when it says the same."""
    return content_hash(article_to_json(replace(article, version=1)))


def article_from_json(body: JsonValue) -> Article:
    """The inverse of ``article_to_json``. Raises ``ValueError`` for anything else."""
    return _adapter().validate_python(body)
