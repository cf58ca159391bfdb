"""Drafts and tickets survive the way into JSON and back, whatever they hold."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.codec import (
    carry_unknown,
    content_from_json,
    content_to_json,
    draft_from_json,
    draft_to_json,
    read_ticket,
    ticket_from_json,
    ticket_to_json,
)
from app.domain.draft import Draft, Origin
from app.domain.ticket import (
    FIELDS,
    Caller,
    Category,
    Citation,
    Handling,
    Proof,
    RequestType,
    Ticket,
    TicketContent,
    UnitRole,
    UnitSuggestion,
)
from speech.utterance import Speaker

TEXT = st.text(max_size=20)
MAYBE = st.none() | TEXT
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.tuples() | st.tuples(TEXT, TEXT)
CATEGORY = st.none() | st.builds(Category, TEXT, NAMES)
UNITS = st.lists(
    st.builds(UnitSuggestion, TEXT, st.sampled_from(UnitRole), NUMBER, NAMES), max_size=2
).map(tuple)
PROOF = st.builds(
    Proof,
    TEXT,
    TEXT,
    st.none() | st.sampled_from(Speaker),
    st.none() | NUMBER,
    st.none() | NUMBER,
)
CONTENT = st.builds(
    TicketContent,
    type=st.none() | st.sampled_from(RequestType),
    handling=st.none() | st.sampled_from(Handling),
    emergency_line=MAYBE,
    channel=MAYBE,
    district=MAYBE,
    street=MAYBE,
    place=MAYBE,
    subject=MAYBE,
    summary=MAYBE,
    category=CATEGORY,
    limit_hours=st.none() | st.integers(0, 10_000),
    caller=st.builds(Caller, MAYBE, MAYBE, st.booleans()),
    units=UNITS,
    risks=NAMES,
    citations=st.lists(st.builds(Citation, TEXT, st.integers(1, 99), TEXT), max_size=2).map(tuple),
    proof=st.dictionaries(st.sampled_from(FIELDS), PROOF, max_size=3),
)
REJECTED = st.fixed_dictionaries(
    {},
    optional={
        "type": st.tuples(st.sampled_from(RequestType)),
        "street": st.tuples(TEXT, TEXT),
        "category": st.tuples(CATEGORY),
        "caller.confidential": st.tuples(st.booleans()),
        "caller.phone": st.tuples(TEXT),
        "units": st.tuples(UNITS),
        "risks": st.tuples(NAMES),
    },
)
DRAFT = st.builds(
    Draft,
    TEXT,
    TEXT,
    CONTENT,
    st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(Origin), max_size=4),
    REJECTED,
)
TICKET = st.builds(Ticket, TEXT, TEXT, TEXT, CONTENT, st.datetimes(timezones=st.just(UTC)))


def through_text(value: Any) -> Any:
    """What a database or the wire makes of it."""
    return json.loads(json.dumps(value, ensure_ascii=False).encode())


@given(CONTENT)
def test_contents_come_back(content: TicketContent) -> None:
    assert content_from_json(through_text(content_to_json(content))) == content


@given(DRAFT)
def test_drafts_come_back_with_origins_and_rejected_values_of_the_right_kind(draft: Draft) -> None:
    back = draft_from_json(through_text(draft_to_json(draft)))
    assert back == draft
    assert {n: [type(v) for v in vs] for n, vs in back.rejected.items()} == {
        n: [type(v) for v in vs] for n, vs in draft.rejected.items()
    }


@given(TICKET)
def test_tickets_come_back_at_both_ends(ticket: Ticket) -> None:
    value = ticket_to_json(ticket)
    assert ticket_from_json(through_text(value)) == ticket
    assert read_ticket(json.dumps(value).encode()) == ticket


@given(DRAFT, st.dictionaries(TEXT.map("x-{}".format), st.none() | TEXT, min_size=1, max_size=3))
def test_fields_of_a_newer_program_stay_at_every_level(draft: Draft, newer: dict[str, Any]) -> None:
    stored = draft_to_json(draft)
    stored |= newer
    stored["content"] |= newer
    stored["content"]["caller"] |= newer
    edited = draft_from_json(stored).type("caller.name", "新名字").type("place", "新地点")
    kept = carry_unknown(draft_to_json(edited), stored)
    for level in (kept, kept["content"], kept["content"]["caller"]):
        assert newer.items() <= level.items()
    assert draft_from_json(kept) == edited


def test_a_proof_that_was_dropped_does_not_come_back() -> None:
    draft = Draft("d", "c", TicketContent(place="旧", proof={"place": Proof("rule")}))
    edited = draft.type("place", "新")
    kept = carry_unknown(draft_to_json(edited), draft_to_json(draft))
    assert draft_from_json(kept).content.proof == {}


def test_half_a_character_is_replaced_and_a_split_pair_is_joined() -> None:
    content = TicketContent(place="a\ud83d", subject="\ud83d\ude00")
    back = content_from_json(through_text(content_to_json(content)))
    assert (back.place, back.subject) == ("a\ufffd", "😀")


@pytest.mark.parametrize("value", [None, [], {"type": "?"}, {"caller": None}, {"units": [{}]}])
def test_what_is_no_content_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="validation error"):
        content_from_json(value)


def test_the_official_number_does_not_travel_to_the_centre() -> None:
    ticket = Ticket("t", "c", "s", TicketContent(), datetime.now(UTC))
    assert ticket_to_json(replace(ticket, number="JS1")) == ticket_to_json(ticket)
