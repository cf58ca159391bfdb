"""What the centre tells the seats: the bodies of the changes that this version understands."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from hashlib import sha256
from typing import Any

from pydantic import AwareDatetime, JsonValue, TypeAdapter

from app.domain.codec import without_lone_surrogates
from app.sync.protocol import Hash, Message, Name, content_hash
from knowledge_base.article import Article

_COUNTED = (
    *("type", "handling", "emergency_line", "channel", "district", "street", "category"),
    *("limit_hours", "units", "risks", "citations", "repeat", "joins"),
)


class ReturnTold(Message):
    """A unit sent a ticket of ``item`` (a code) back for ``reason``; ``then`` took it."""

    item: str
    district: str | None = None
    unit: str
    reason: str = ""
    then: str


class MatterTold(Message):
    """What a ticket is about, where (no closer than the street) and when, by the centre's clock.

    ``joins`` = the earlier ticket that its caller joined; ``reporters`` = how many joined this one;
    ``answer`` = the title of the article that was quoted to the caller.
    """

    id: str
    number: str
    item: str
    district: str
    street: str | None = None
    at: AwareDatetime
    joins: str = ""
    reporters: int = 0
    answer: str = ""


class MattersTold(Message):
    """What is new of tickets of late, many in one change: every seat would otherwise take as many as
    the whole city has. Of what was told twice the later holds."""

    at: AwareDatetime
    tickets: tuple[MatterTold, ...]


def forgotten_content(content: dict[str, Any]) -> dict[str, Any]:
    """What stays of a ticket's content once its caller is forgotten: what is counted."""
    kept = {name: content[name] for name in _COUNTED if name in content}
    units = [{**unit, "reasons": []} for unit in kept.get("units") or []]
    return {**kept, "units": units, "proof": {}}


class Document(Message):
    """A piece of reference data as it was published; ``sha256`` is of ``content`` in UTF-8."""

    version: Name
    sha256: Hash
    content: str

    @classmethod
    def of(cls, version: str, content: str) -> Document:
        """A document with the right hash."""
        return cls(version=version, sha256=sha256(content.encode()).hexdigest(), content=content)

    @property
    def whole(self) -> bool:
        """Whether it is what was published."""
        return sha256(self.content.encode()).hexdigest() == self.sha256


class Account(Message):
    """What a seat knows of somebody's account: never the password nor a hash of it.

    ``generation`` is another one after each change of the password or the rights: whoever logged in
    at a seat before has to ask the centre again.
    """

    roles: tuple[Name, ...]
    generation: Name


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
