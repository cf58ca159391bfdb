"""The one definition of the wire: hashes, limits, and words for every refusal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.sync.protocol import (
    Operation,
    OperationResult,
    PushResponse,
    RefusalReason,
    content_hash,
    make_operation,
)
from app.sync.refusals import refusal_sentence

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TREES = st.recursive(
    LEAVES | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
PAYLOADS = st.dictionaries(st.text(max_size=8), TREES, max_size=4)


@given(PAYLOADS)
def test_an_operation_arrives_with_the_hash_it_left_with(payload: dict[str, Any]) -> None:
    sent = make_operation(uuid4(), "ticket.submit", "t", payload, datetime.now(UTC))
    received = Operation.model_validate(json.loads(sent.model_dump_json()))
    assert received == sent
    assert content_hash(dict(received.payload)) == sent.content_hash


@given(PAYLOADS)
def test_the_order_of_fields_does_not_matter(payload: dict[str, Any]) -> None:
    assert content_hash(dict(reversed(payload.items()))) == content_hash(payload)


def test_the_hash_is_the_documented_one() -> None:
    """Anyone can compute it: SHA-256 of {"a":"路","b":[1.0,null]} in UTF-8."""
    expected = "c81ac9bb2c70afb2bda7857fe6e22a938cd0041cc0db6352d73cec00c3911b4d"
    assert content_hash({"b": [1.0, None], "a": "路"}) == expected


def test_a_result_must_say_something() -> None:
    for fields in ({"status": "accepted"}, {"status": "refused"}, {"status": "maybe", "number": "1"}):
        with pytest.raises(ValidationError):
            OperationResult.model_validate({"op_id": str(uuid4()), **fields})


@given(st.binary(max_size=200))
def test_noise_is_no_answer(noise: bytes) -> None:
    with pytest.raises(ValidationError):
        PushResponse.model_validate_json(noise)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_refusal_has_its_sentence(language: str) -> None:
    sentences = {refusal_sentence(reason, language) for reason in RefusalReason}
    assert len(sentences) == len(RefusalReason)
    assert "BRAND_NEW" in refusal_sentence("BRAND_NEW", language)
    assert "report" in refusal_sentence("report", language)
