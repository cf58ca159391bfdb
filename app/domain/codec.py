"""Drafts and tickets as JSON values: how they lie in a database and travel to the centre.

Fields that this version does not know are not lost: ``carry_unknown`` brings them from the
stored value into the new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, get_type_hints

from app.domain.call import Transcript, Utterance
from app.domain.draft import Draft
from app.domain.ticket import Caller, Ticket, TicketContent

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Json = dict[str, Any]
_NESTED = ("content", "caller")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter  # the window does not wait for it

    return TypeAdapter(kind)


@cache
def _field_adapter(name: str) -> TypeAdapter[Any]:
    head, _, rest = name.partition(".")
    return _adapter(get_type_hints(Caller)[rest] if rest else get_type_hints(TicketContent)[head])


def field_from_json(name: str, value: Any) -> Any:
    """The value of one field (a name of ``FIELDS``). Raises ``ValueError`` for anything else."""
    return _field_adapter(name).validate_python(value)


def field_to_json(name: str, value: Any) -> Any:
    """The inverse of ``field_from_json``."""
    return without_lone_surrogates(_field_adapter(name).dump_python(value, mode="json"))


def without_lone_surrogates(value: Any) -> Any:
    """The JSON value with halves of characters replaced: no encoding can carry them."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, Mapping):
        return {
            without_lone_surrogates(key): without_lone_surrogates(item) for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [without_lone_surrogates(item) for item in value]
    return value


def _to_json(kind: Any, value: object) -> Json:
    encoded: Json = without_lone_surrogates(_adapter(kind).dump_python(value, mode="json"))
    return encoded


def content_to_json(content: TicketContent) -> Json:
    """A ticket's content as JSON values; every known field is present."""
    return _to_json(TicketContent, content)


def content_from_json(value: Json) -> TicketContent:
    """The inverse of ``content_to_json``. Raises ``ValueError`` for anything else."""
    content: TicketContent = _adapter(TicketContent).validate_python(value)
    return content


def transcript_to_json(transcript: Transcript) -> list[Json]:
    """A transcript as JSON values."""
    encoded: list[Json] = without_lone_surrogates(
        _adapter(tuple[Utterance, ...]).dump_python(tuple(transcript), mode="json")
    )
    return encoded


def transcript_from_json(value: object) -> Transcript:
    """The inverse of ``transcript_to_json``. Raises ``ValueError`` for anything else."""
    read: Transcript = _adapter(tuple[Utterance, ...]).validate_python(value)
    return read


def ticket_to_json(ticket: Ticket) -> Json:
    """A ticket as the seat submits it; the official number is the centre's to give."""
    value = _to_json(Ticket, ticket)
    del value["number"]
    return value


def ticket_from_json(value: Json) -> Ticket:
    """The inverse of ``ticket_to_json``. Raises ``ValueError`` for anything else."""
    ticket: Ticket = _adapter(Ticket).validate_python(value)
    return ticket


def draft_to_json(draft: Draft) -> Json:
    """A draft with its origins, rejected suggestions and proof as JSON values."""
    return _to_json(Draft, draft)


def draft_from_json(value: Json) -> Draft:
    """The inverse of ``draft_to_json``. Raises ``ValueError`` for anything else."""
    draft: Draft = _adapter(Draft).validate_python(value)
    rejected = {
        name: tuple(_field_adapter(name).validate_python(item) for item in values)
        for name, values in draft.rejected.items()
    }
    return replace(draft, rejected=rejected)


def carry_unknown(fresh: Json, stored: Json) -> Json:
    """``fresh`` together with those fields of ``stored`` that only a newer program knows."""
    merged = {**stored, **fresh}
    for key in _NESTED:
        if isinstance(stored.get(key), dict) and isinstance(fresh.get(key), dict):
            merged[key] = carry_unknown(fresh[key], stored[key])
    return merged


def read_ticket(text: bytes) -> Ticket:
    """A ticket out of JSON from outside; types must fit exactly. Raises ``ValueError``."""
    ticket: Ticket = _adapter(Ticket).validate_json(text, strict=True)
    return ticket
