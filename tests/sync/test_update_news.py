"""News of a newer program: believed from whom they were believed before, refused by name otherwise."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.events import Degraded, Event, ReferenceArrived
from app.reference.seat import Prepared
from app.reference.update import (
    FILE_NAME,
    LONGEST_WORDS,
    TrustedUpdates,
    new_key,
    numbers,
    read_update,
    sign,
)
from app.release import VERSION
from app.workplace import Workplace
from resources.errors import UserError
from server.database import CentreDatabase, default_url
from server.feed import changes_after
from server.reference import publish

Signed = Callable[..., str]


@pytest.fixture
def signed(tmp_path: Path) -> Signed:
    """Signs news; ``by`` names the key."""

    def make(version: str = "9.0", zh: str = "更快。", en: str = "Faster.", by: str = "ours") -> str:
        key, notes = tmp_path / by, tmp_path / "notes.yaml"
        if not key.exists():
            new_key(key)
        facts = {"version": version, "date": "2026-12-01", "zh": zh, "en": en}
        notes.write_text(json.dumps(facts), "utf-8")
        return sign(notes, key)

    return make


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    found = Workplace(tmp_path / "seat")
    yield found
    found.close()
    Prepared().hold()


@pytest.fixture
def tell(tmp_path: Path, place: Workplace) -> Iterator[Callable[[str], list[Event]]]:
    """Publishes at a centre and lets the seat follow; what the seat then said."""
    database = CentreDatabase(default_url(tmp_path / "centre"))

    def one(content: str) -> list[Event]:
        heard: list[Event] = []
        end = place.bus.subscribe(heard.append)
        publish(database, "update", content, "test")
        store = place.parts.store()
        store.follow("x", changes_after(database, "seat-1", store.cursor("x")))
        place.centre.prepare_reference()
        end()
        return heard

    yield one
    database.close()


def refusal(place: Workplace) -> str:
    row = next(row for row in place.reference.rows() if row.name == "update")
    return row.error.code if row.error else ""


def test_a_seat_says_what_its_centre_has(
    place: Workplace, tell: Callable[[str], list[Event]], signed: Signed
) -> None:
    assert ReferenceArrived(("update",)) in tell(signed("9.1", zh="转写更快。"))
    update = place.reference.update
    assert update is not None
    assert (update.version, update.words["zh"]) == ("9.1", "转写更快。")
    kept = json.loads((place.data_dir / FILE_NAME).read_text("utf-8"))
    assert kept == {"key": update.key, "version": "9.1"}
    later = Workplace(place.data_dir)
    later.parts.prepare_reference()
    assert later.reference.update == update
    later.close()


def test_news_of_this_very_program_are_none(
    place: Workplace, tell: Callable[[str], list[Event]], signed: Signed
) -> None:
    tell(signed(VERSION))
    assert place.reference.update is None
    assert refusal(place) == ""


def test_older_news_and_another_key_are_refused_and_logged(
    place: Workplace,
    tell: Callable[[str], list[Event]],
    signed: Signed,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tell(signed("9.2"))
    for content, code in (
        (signed("9.1.7"), "UPDATE_OLDER"),
        (signed("10.0", by="theirs"), "UPDATE_KEY_CHANGED"),
    ):
        with caplog.at_level(logging.WARNING):
            heard = tell(content)
        assert Degraded("reference", "REFERENCE_REFUSED", "update") in heard
        assert refusal(place) == code
        assert code in caplog.text
        assert place.reference.update is not None
        assert place.reference.update.version == "9.2"
    (place.data_dir / FILE_NAME).unlink()  # the administrator knows of the new key
    tell(signed("10.0", by="theirs"))
    assert place.reference.update is not None
    assert place.reference.update.version == "10.0"


def test_a_key_laid_there_at_setup_is_the_only_one(
    place: Workplace, tell: Callable[[str], list[Event]], signed: Signed, tmp_path: Path
) -> None:
    ours = new_key(tmp_path / "at setup")
    place.data_dir.mkdir(exist_ok=True)
    (place.data_dir / FILE_NAME).write_text(json.dumps({"key": ours}), "utf-8")
    tell(signed("9.1"))
    assert refusal(place) == "UPDATE_KEY_CHANGED"
    tell(signed("9.1", by="at setup"))
    assert refusal(place) == ""


@pytest.mark.parametrize(
    "kept", ["", "[]", "{", '{"key": 7}', '{"key": "x", "version": "0.1;rm"}', "\x00"]
)
def test_a_broken_memory_is_no_reason_to_believe(tmp_path: Path, signed: Signed, kept: str) -> None:
    (tmp_path / FILE_NAME).write_text(kept, "utf-8")
    with pytest.raises(UserError, match="UPDATE_TRUST"):
        TrustedUpdates(tmp_path).accept(read_update(signed()))
    assert (tmp_path / FILE_NAME).read_text("utf-8") == kept


def test_whatever_is_changed_is_noticed(signed: Signed) -> None:
    whole = json.loads(signed("9.1"))
    other = json.loads(signed("9.1", by="theirs"))
    flipped = bytearray(base64.b64decode(whole["signature"]))
    flipped[3] ^= 1
    for change in (
        {"manifest": whole["manifest"].replace("9.1", "9.2")},
        {"manifest": whole["manifest"] + " "},
        {"key": other["key"]},
        {"signature": other["signature"]},
        {"signature": base64.b64encode(bytes(flipped)).decode()},
        {"signature": base64.b64encode(bytes(64)).decode()},
    ):
        with pytest.raises(UserError, match="UPDATE_SIGNATURE"):
            read_update(json.dumps(whole | change))
    for change in ({"signature": ""}, {"key": "AAAA"}, {"key": "中"}, {"more": 1}, {"manifest": 7}):
        with pytest.raises(UserError, match=r"UPDATE_(BROKEN|SIGNATURE)"):
            read_update(json.dumps(whole | change))


@pytest.mark.parametrize(
    "facts",
    [
        {"version": "1"}, {"version": "1.x"}, {"version": "01.2"}, {"version": "1.2\n"},
        {"version": "9" * 9 + ".1"}, {"zh": ""}, {"zh": "x" * (LONGEST_WORDS + 1)},
        {"en": "<img src=http://x>"}, {"en": "a\x1b[2J"},
    ],
)  # fmt: skip
def test_what_no_release_says_is_not_even_signed(signed: Signed, facts: dict[str, str]) -> None:
    with pytest.raises(UserError, match="UPDATE_BROKEN"):
        signed(**facts)


def test_keys_are_for_their_owner_and_never_overwritten(tmp_path: Path, signed: Signed) -> None:
    path = tmp_path / "key"
    new_key(path)
    assert path.stat().st_mode & 0o077 == 0
    before = path.read_bytes()
    with pytest.raises(UserError, match="UPDATE_KEY_FILE"):
        new_key(path)
    assert path.read_bytes() == before
    (tmp_path / "no key").write_text("-----BEGIN")
    for wrong in (tmp_path / "no key", tmp_path / "nowhere", tmp_path):
        with pytest.raises(UserError, match="UPDATE_KEY_FILE"):
            sign(tmp_path / "notes", wrong)


def test_versions_are_numbers() -> None:
    assert numbers("0.10") > numbers("0.9.9")
    assert numbers("1.0") == numbers("1.0.0")
