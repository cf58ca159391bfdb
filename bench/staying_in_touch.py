"""How soon a whole city hears of an article, is back after a restart, and pulls beside long history."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

from bench.centre import ROOT, serving
from bench.seats import Seat
from server.database import CentreDatabase
from server.feed import News, tell
from server.run import publish

PUBLICATIONS = 5
TODAY = 60
ASKED = 60
ROUNDS = 5
"""Of asking, so that one second in which the machine does something else does not decide."""
SMALL, LARGE = 1_000, 1_000_000
WITHIN_S = 120.0


class ListeningCity:
    """The process of ``bench.city``."""

    def __init__(self, url: str, tokens: Path, folder: Path) -> None:
        self._result = folder / "city.json"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.city", url, str(tokens), str(self._result)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, word: str = "listening") -> None:
        """Until every seat is in touch, or has the article of this id."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.strip() == word:
                return
        raise RuntimeError("the city ended")

    def end(self) -> dict[str, Any]:
        """What its seats saw."""
        self._process.communicate(timeout=60)
        figures: dict[str, Any] = json.loads(self._result.read_text())
        return figures


def hear_and_come_back(
    url: str, tokens: Path, folder: Path, processes: int, publications: int = PUBLICATIONS
) -> dict[str, Any]:
    """Publish articles to all listening seats; then kill the centre and start it again."""
    seats, published = len(tokens.read_text().split()), dict[str, float]()
    with serving(url, folder, processes) as centre:
        city = ListeningCity(centre.address, tokens, folder)
        begun = time.time()
        city.wait_for()
        joined = time.time() - begun
        for number in range(publications):
            article = folder / f"news-{number}.md"
            article.write_text(
                f"---\nid: news-{number}\ntitle: 通知 {number}\n---\n\n" + "正文。" * 300
            )
            (key,) = publish([article], url)
            published[key] = time.time()
            city.wait_for(key)
        centre.kill()
        port = int(centre.address.rpartition(":")[2])
    with serving(url, folder, processes, port):
        up = time.time()
        city.wait_for()
    seen = city.end()
    in_hand = [moment - published[key] for key in published for moment in seen["articles"].get(key, ())]
    return {
        "fanout_p50_s": _at(in_hand, 50),
        "fanout_p95_s": _at(in_hand, 95),
        "fanout_missed": seats * len(published) - len(in_hand),
        "reconnect_s": round(seen["complete_at"][-1] - up, 4),
        "reconnect_refusals": seen["refusals"],
        "first_connect_s": round(joined, 4),
        "listening_seats": seats,
    }


def daily_delta(
    url: str, token: str, folder: Path, small: int = SMALL, large: int = LARGE
) -> dict[str, Any]:
    """Milliseconds for the day's changes of one seat beside a short and a very long history."""
    with serving(url, folder, 1) as centre:
        _grow(url, 0, small)
        before = _days_pull(url, centre.address, token)
        begun = time.perf_counter()
        _grow(url, small, large)
        grown = time.perf_counter() - begun
        after = _days_pull(url, centre.address, token)
    return {
        "delta_ms_small": round(before, 2),
        "delta_ms_large": round(after, 2),
        "delta_ratio": round(after / before, 2),
        "tickets_small": small,
        "tickets_large": large,
        "growing_s": round(grown, 1),
    }


def _grow(url: str, have: int, want: int) -> None:
    """Tickets with their operations, and the later life of each as told to its seat."""
    with psycopg.connect(url) as connection:
        for sql in (
            "INSERT INTO ticket (id, number, seat, content_hash, payload, submitted_at, received_at)"
            " SELECT 'old-' || n, 'OLD-' || n, 'seat-' || n %% 2000 %% s.seats, repeat('0', 64),"
            " repeat('x', 600), now(), now() FROM generate_series(%s + 1, %s) n,"
            " (SELECT count(*) AS seats FROM seat) s",
            "INSERT INTO operation (op_id, kind, ticket_id, content_hash, seat, received_at, status,"
            " number) SELECT gen_random_uuid(), 'ticket.submit', 'old-' || n, repeat('0', 64),"
            " 'seat-' || n %% 2000 %% s.seats, now(), 'accepted', 'OLD-' || n"
            " FROM generate_series(%s + 1, %s) n, (SELECT count(*) AS seats FROM seat) s",
            "INSERT INTO change (seat, kind, key, body, at) SELECT 'seat-' || n %% 2000 %% s.seats,"
            " 'ticket', 'old-' || n, '{\"state\": \"closed\"}', now()"
            " FROM generate_series(%s + 1, %s) n, (SELECT count(*) AS seats FROM seat) s",
        ):
            connection.execute(sql.encode(), (have, want))
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")


def _days_pull(url: str, address: str, token: str) -> float:
    return statistics.median(_ask_for_today(url, address, token) for _ in range(ROUNDS))


def _ask_for_today(url: str, address: str, token: str) -> float:
    """Median milliseconds of a pull of ``TODAY`` changes, half for all seats and half for one."""
    seat = "seat-0"
    database = CentreDatabase(url)
    with database.write() as connection:
        cursor = connection.exec_driver_sql("SELECT max(seq) FROM change").scalar() or 0
        news = [
            News("ticket", f"today-{n}", '{"state": "accepted"}', seat if n % 2 else "")
            for n in range(TODAY)
        ]
        tell(connection, news)
    database.close()

    async def ask() -> list[float]:
        asking, waits = Seat(int(address.rpartition(":")[2]), token), []
        for number in range(ASKED + 10):
            begun = time.perf_counter()
            status, body = await asking.ask("GET", f"/changes?after={cursor}")
            waits.append(time.perf_counter() - begun)
            if status != 200 or len(json.loads(body)["changes"]) != TODAY:
                raise RuntimeError(f"pull {number}: {status}")
        asking.close()
        return waits[10:]

    return 1000 * statistics.median(asyncio.run(ask()))


def _at(values: Sequence[float], percent: int) -> float | None:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 4) if ordered else None
