"""News reach whoever listens in full, however early they listen and however fast news follow."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from centre_process import CentreProcess

from server.announcing import NEWS, PAGES_WAITING, PING, Announcer
from server.database import CentreDatabase, default_url
from server.feed import News, tell

WITHIN_S = 30


def tell_one(database: CentreDatabase, key: str) -> None:
    with database.write() as connection:
        tell(connection, [News("hint", key, '"x"')])


async def pages(stream: AsyncIterator[bytes]) -> list[dict[str, Any]]:
    """The pages of the next events of a stream; an empty one where the seat has to pull."""
    events = PING
    while events == PING:
        events = await asyncio.wait_for(anext(stream), WITHIN_S)
    parts = [part.partition(b"\ndata:")[2] for part in events.split(b"\n\n") if part]
    return [json.loads(part) if part else {} for part in parts]


def keys(found: list[dict[str, Any]]) -> list[str]:
    return [one["key"] for page in found for one in page["changes"]]


@pytest.fixture
def database(tmp_path: Path) -> Any:
    opened = CentreDatabase(default_url(tmp_path))
    tell_one(opened, "before")
    yield opened
    opened.close()


def test_the_first_news_after_a_start_come_in_full(database: CentreDatabase) -> None:
    async def listen() -> None:
        announcer = Announcer(database)
        stream = announcer.stream("seat")
        assert await anext(stream) == NEWS
        tell_one(database, "first")
        (page,) = await pages(stream)
        assert (page["after"], keys([page]), page["cursor"]) == (1, ["first"], 2)
        announcer.close()

    asyncio.run(listen())


def test_news_that_follow_one_another_come_together(database: CentreDatabase) -> None:
    async def listen() -> None:
        announcer = Announcer(database)
        stream = announcer.stream("seat")
        await anext(stream)
        for number in range(3):
            announcer.announce(2 + number, {""}, b'"changes":[],"cursor":%d}' % (2 + number))
        found = await pages(stream)
        assert [(page["after"], page["cursor"]) for page in found] == [(1, 2), (2, 3), (3, 4)]
        for number in range(2 * PAGES_WAITING):
            announcer.announce(5 + number, {""}, b'"changes":[],"cursor":%d}' % (5 + number))
        assert await pages(stream) == [{}], "too many to be kept for one seat: it pulls"
        announcer.close()

    asyncio.run(listen())


def test_an_answer_does_not_wait_until_its_head_is_acknowledged(centre: CentreProcess) -> None:
    with httpx.Client(trust_env=False, verify=False) as client:
        waits = []
        for _ in range(12):
            begun = time.perf_counter()
            client.get(f"{centre.url}/api/v1/health")
            waits.append(time.perf_counter() - begun)
    assert min(waits[2:]) < 0.03, "a delayed acknowledgement takes 40 ms"
