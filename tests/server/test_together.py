"""Pushes decided together, and several processes behind one address."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import httpx
import psycopg
import pytest
from centre_process import ROOT, Api, CentreProcess, make_submission, new_database
from sample_tickets import make_ticket

from app.domain.codec import ticket_to_json
from app.sync.protocol import PROTOCOL, PROTOCOL_HEADER, content_hash
from server.database import CentreDatabase, default_url
from server.numbers import BLOCK, Numbers
from server.run import add_seat, publish


@pytest.fixture
def database_url(postgres: str, request: pytest.FixtureRequest) -> str:
    return new_database("postgresql", request)


def test_what_the_database_cannot_keep_is_refused_alone(database_url: str, tmp_path: Path) -> None:
    centre = CentreProcess(database_url, tmp_path)
    try:
        with psycopg.connect(database_url) as connection:
            connection.execute("ALTER TABLE ticket ADD CHECK (payload NOT LIKE '%毒丸%')")
        seat = Api(centre.url, *centre.add_seat()).log_in()
        good = [make_submission() for _ in range(6)]
        bad = make_submission(make_ticket(subject="毒丸"))
        results = seat.push(*good[:3], bad, *good[3:])
        assert [one["status"] for one in results] == ["accepted"] * 3 + ["refused"] + ["accepted"] * 3
        assert results[3]["reason"] == "OPERATION_UNKEEPABLE"
        assert seat.push(*good) == results[:3] + results[4:]
        with psycopg.connect(database_url) as connection:
            connection.execute("ALTER TABLE ticket DROP CONSTRAINT ticket_payload_check")
        assert seat.push(bad)[0]["status"] == "accepted"
    finally:
        centre.stop()


def test_a_moment_beyond_the_calendar_is_refused(api: Api) -> None:
    ticket = make_ticket()
    payload = ticket_to_json(ticket) | {"submitted_at": "0001-01-01T00:00:00+14:00"}
    submission = make_submission(ticket, payload=payload, content_hash=content_hash(payload))
    (refused, accepted) = api.push(submission, make_submission())
    assert (refused["reason"], accepted["status"]) == ("TICKET_INVALID", "accepted")


def test_a_twin_in_the_same_push_gets_the_same_answer(api: Api) -> None:
    ticket = make_ticket()
    one, same_ticket = make_submission(ticket), make_submission(ticket)
    other = make_submission(op_id=one["op_id"])
    results = api.push(one, one, same_ticket, other)
    assert results[0] == results[1]
    assert results[2] == results[0] | {"op_id": same_ticket["op_id"]}
    assert results[3]["reason"] == "OPERATION_ID_REUSED"
    assert api.send("GET", f"/tickets/{other['ticket_id']}").status_code == 404


def test_pushes_of_good_and_bad_tokens_at_once_do_not_mix(api: Api) -> None:
    stranger = Api(api.url, "nobody", "", "no-token")
    together = threading.Barrier(10)

    def push(seat: Api) -> int:
        together.wait(30)
        return seat.send("POST", "/push", json={"operations": [make_submission()]}).status_code

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(push, [api, stranger] * 5)) == [200, 401] * 5


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_numbers_of_several_stocks_never_meet(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = new_database(kind, request) or default_url(tmp_path)
    databases = [CentreDatabase(url) for _ in range(3)]
    today, tomorrow = date(2026, 11, 21), date(2026, 11, 22)

    def use(database: CentreDatabase) -> list[str]:
        numbers, given = Numbers(database), []
        for count in (1, BLOCK - 1, 3, 2 * BLOCK, 0, 7):
            taken = numbers.take(today, count)
            numbers.give_back(taken[1:2])
            given += taken[:1] + taken[2:]
        return given + numbers.take(tomorrow, 5)

    try:
        with ThreadPoolExecutor(3) as pool:
            given = [number for taken in pool.map(use, databases) for number in taken]
    finally:
        for database in databases:
            database.close()
    assert len(set(given)) == len(given)
    assert sum(number.startswith("JS20261122-") for number in given) == 15


def serve_in_processes(url: str, folder: Path, count: int) -> subprocess.Popen[str]:
    words = ["main.py", "server", "--port", "0", "--db", url, "--processes", str(count)]
    return subprocess.Popen(
        [sys.executable, *words, "--data-dir", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to find the serving processes")
def test_one_of_three_processes_is_killed_under_load(database_url: str, tmp_path: Path) -> None:
    name, password = "seat-1", add_seat("seat-1", database_url)
    centre = serve_in_processes(database_url, tmp_path, 3)
    try:
        assert centre.stdout is not None
        url = centre.stdout.readline().removeprefix("listening on ").strip()
        seat = Api(url, name, password).log_in()
        submissions = [[make_submission() for _ in range(5)] for _ in range(24)]
        halfway = threading.Semaphore(0)
        hear_each_other(seat, database_url, tmp_path)

        def push(batch: list[dict[str, object]]) -> list[dict[str, object]]:
            for _ in range(20):
                try:
                    results = seat.push(*batch)
                except httpx.TransportError:  # the process died under us: again, as a seat does
                    continue
                halfway.release()
                return results
            raise AssertionError("no process answers")

        with ThreadPoolExecutor(4) as pool:
            answers = [pool.submit(push, batch) for batch in submissions]
            for _ in range(8):
                assert halfway.acquire(timeout=60)
            os.kill(serving(centre.pid)[0], signal.SIGKILL)
            results = [one for answer in answers for one in answer.result()]
        with psycopg.connect(database_url) as connection:
            kept = dict(connection.execute("SELECT id, number FROM ticket").fetchall())
        sent = [one["ticket_id"] for batch in submissions for one in batch]
        assert kept == {ticket: one["number"] for ticket, one in zip(sent, results, strict=True)}
        assert len(set(kept.values())) == 120
        wait_until(lambda: len(serving(centre.pid)) == 3)
    finally:
        centre.terminate()
        _, log = centre.communicate(timeout=60)
    assert centre.returncode == 0, log
    assert "another starts" in log
    assert "Traceback" not in log


def hear_each_other(seat: Api, database_url: str, folder: Path) -> None:
    """Streams at all processes hear at once what is published beside them."""
    headers = {"Authorization": f"Bearer {seat.token}", PROTOCOL_HEADER: str(PROTOCOL)}
    article = folder / "fan-out.md"
    article.write_text("---\nid: fan-out\ntitle: 新\nspoken: 新。\n---\n\n新。\n", "utf-8")
    listening = threading.Semaphore(0)

    def hear() -> bool:
        with (
            httpx.Client(trust_env=False, timeout=60, verify=False) as http,  # plain HTTP
            http.stream("GET", f"{seat.url}/api/v1/events", headers=headers) as stream,
        ):
            lines = stream.iter_lines()
            next(lines)
            listening.release()
            return any("fan-out" in line for line in lines)

    with ThreadPoolExecutor(12) as pool:
        heard = [pool.submit(hear) for _ in range(12)]
        for _ in heard:
            assert listening.acquire(timeout=60)
        publish([article], database_url)
        assert all(one.result(60) for one in heard)


def serving(parent: int) -> list[int]:
    """The processes below ``parent`` that serve."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    lines = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
    return [child for child, line in lines.items() if b"spawn_main" in line]


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for a process to appear, which nobody announces."""
    timeout = threading.Event()
    for _ in range(600):
        if true():
            return
        timeout.wait(0.05)
    raise AssertionError("it did not happen")
