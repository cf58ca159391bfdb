"""Shared pages of the feed: each seat gets what it would have got alone, whatever is its own."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.sync.packing import unpack
from app.sync.protocol import MAX_BODY_BYTES, Changes
from server.database import CentreDatabase, default_url
from server.feed import EVERY_SEAT, PAGE_CHANGES, News, changes_after, newest_change, tell
from server.shared_pages import MOST_PAGES, SharedPages

SEATS = ("one", "two", "three")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[CentreDatabase]:
    with closing(CentreDatabase(default_url(tmp_path))) as one:
        yield one


def told(database: CentreDatabase, dice: random.Random, count: int) -> int:
    """Tell ``count`` things, most of them to all; the end of the feed."""
    news = [
        News("matter", f"k{dice.randrange(2 * count)}", json.dumps({"n": n}), dice.choice(owners))
        for n in range(count)
        for owners in ([EVERY_SEAT] * 40 + list(SEATS),)
    ]
    with database.write() as connection:
        tell(connection, news)
        return newest_change(connection)


def test_every_seat_gets_what_it_would_have_got_alone(database: CentreDatabase) -> None:
    dice, shared = random.Random(1), SharedPages(database)
    for _ in range(2):
        newest = told(database, dice, PAGE_CHANGES + 20)
        cursors = [0, newest, newest + 7, *(dice.randrange(newest) for _ in range(MOST_PAGES))]
        for cursor in cursors:
            for seat in (*SEATS, "newcomer"):
                page = shared.after(seat, cursor)
                assert page.body == changes_after(database, seat, cursor).model_dump_json().encode()
                if page.packed is not None:
                    assert unpack(page.packed, MAX_BODY_BYTES) == page.body
    assert len(shared._places) <= MOST_PAGES


def test_a_page_is_made_once_until_something_new_is_told(database: CentreDatabase) -> None:
    shared, dice = SharedPages(database), random.Random(9)
    told(database, dice, 30)
    with database.write() as connection:
        tell(connection, [News("mine", "x", "{}", "one")])
    first = shared.after("newcomer", 0)
    assert shared.after("another", 0) is first
    assert shared.after("one", 0) is not first
    with database.write() as connection:
        tell(connection, [News("matter", "new", "{}")])
    again = Changes.model_validate_json(shared.after("another", 0).body)
    assert again.changes[-1].key == "new"


def test_following_to_the_end_misses_nothing(database: CentreDatabase) -> None:
    shared, dice = SharedPages(database), random.Random(4)
    newest = told(database, dice, 2 * PAGE_CHANGES + 9)
    for seat in (*SEATS, "newcomer"):
        alone, together = [], []
        for source, found in ((alone, changes_after), (together, None)):
            cursor, more = 0, True
            while more:
                page = (
                    found(database, seat, cursor)
                    if found
                    else Changes.model_validate_json(shared.after(seat, cursor).body)
                )
                source += [(one.kind, one.key) for one in page.changes]
                cursor, more = page.cursor, page.more
            assert cursor == newest
        assert together == alone
