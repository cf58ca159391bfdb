"""A city's seats in one process, each listening to a centre: what they hear, and when they are back.

Run as a process of its own: ``python -m bench.city URL TOKENS_FILE RESULT_FILE``. It prints
``listening`` when all seats are in touch, again each time they all are after a break, and the id of
an article when all have it. It ends when its input does, and then writes what each seat heard.

Seats do what ``app.sync.worker`` does: listen, take small news as they come, for others wait a
little at random and pull from their cursor; after a break come back with growing pauses.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.sync.client import LONGEST_EVENT
from app.sync.worker import LISTEN_AGAIN_S, SPREAD_S, pause_after
from bench.seats import Seat

AT_ONCE = 50


@dataclass
class City:
    """What all seats saw: moments (``time.time``) by article and by seat."""

    size: int
    articles: dict[str, list[float]] = field(default_factory=dict)
    back: dict[int, float] = field(default_factory=dict)
    complete_at: list[float] = field(default_factory=list)
    refusals: int = 0
    complete: bool = False

    def in_touch(self, number: int) -> None:
        """A seat listens and has pulled."""
        self.back[number] = time.time()
        if len(self.back) == self.size and not self.complete:
            self.complete = True
            self.complete_at.append(time.time())
            print("listening", flush=True)

    def out_of_touch(self, number: int) -> None:
        """A seat's stream ended."""
        self.back.pop(number, None)
        self.complete = False

    def in_hand(self, key: str) -> None:
        """A seat has pulled an article."""
        moments = self.articles.setdefault(key, [])
        moments.append(time.time())
        if len(moments) == self.size:
            print(key, flush=True)


class ListeningSeat:
    """One seat: a stream of events, and a connection for everything else."""

    def __init__(self, number: int, port: int, token: str, city: City) -> None:
        self._number = number
        self._port = port
        self._token = token
        self._city = city
        self._seat = Seat(port, token)
        self._cursor = 0
        self._articles: set[str] = set()

    async def live(self) -> None:
        """Stay in touch for ever."""
        failures = 0
        while True:
            try:
                await self._listen()
                failures = 0
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                failures += 1
            self._city.out_of_touch(self._number)
            await asyncio.sleep(pause_after(failures, LISTEN_AGAIN_S, random.random()))

    async def _listen(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=LONGEST_EVENT)
        try:
            head = f"GET /api/v1/events HTTP/1.1\r\n{self._seat.head}\r\n"
            writer.write(head.encode())
            status = await reader.readuntil(b"\r\n\r\n")
            if not status.startswith(b"HTTP/1.1 200"):
                self._city.refusals += 1
                raise OSError("refused")
            pulling: asyncio.Task[None] | None = None
            while line := await reader.readline():
                if line.startswith(b"data:"):
                    page = json.loads(line[5:]) if line[5:].strip() else None
                    if page and page["after"] <= self._cursor:
                        self._follow(page)
                    else:
                        pulling = asyncio.create_task(self._pull(pulling))
        finally:
            writer.close()

    async def _pull(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await before
        await asyncio.sleep(SPREAD_S * random.random())
        more = True
        while more:
            try:
                status, body = await self._seat.ask("GET", f"/changes?after={self._cursor}")
            except OSError:
                status = 0
            if status != 200:
                self._city.refusals += status != 0
                await asyncio.sleep(LISTEN_AGAIN_S * random.random())
                continue
            news = json.loads(body)
            more = news["more"]
            self._follow(news)
        self._city.in_touch(self._number)

    def _follow(self, news: dict[str, Any]) -> None:
        self._cursor = max(self._cursor, news["cursor"])  # an event may overtake an answer
        for one in news["changes"]:
            if one["kind"] == "article" and one["key"] not in self._articles:
                self._articles.add(one["key"])
                self._city.in_hand(one["key"])


async def run(url: str, tokens: Sequence[str]) -> dict[str, Any]:
    """Listen with every token until standard input ends; what was seen."""
    port = int(url.rpartition(":")[2])
    city = City(len(tokens))
    lives = []
    for number, token in enumerate(tokens):
        lives.append(asyncio.create_task(ListeningSeat(number, port, token, city).live()))
        if number % AT_ONCE == 0:
            await asyncio.sleep(0.05)
    await asyncio.to_thread(sys.stdin.read)
    for life in lives:
        life.cancel()
    return {
        "articles": city.articles,
        "complete_at": city.complete_at,
        "refusals": city.refusals,
        "processor_s": time.process_time(),
    }


def main() -> None:
    """The process that ``bench.staying_in_touch`` starts."""
    url, tokens, result = sys.argv[1:]
    Path(result).write_text(json.dumps(asyncio.run(run(url, Path(tokens).read_text().split()))))


if __name__ == "__main__":
    main()
