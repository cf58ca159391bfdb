"""Compressed bodies with their bounds, and clocks that are wrong, jump, or run apart."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from centre_process import Api, CentreProcess, make_submission
from hypothesis import given
from hypothesis import strategies as st
from sample_tickets import make_ticket
from sqlalchemy import select
from wire import answering, http

from app.domain.codec import ticket_to_json
from app.events import Degraded, Event
from app.sync.client import BatchRefused, CentreClient
from app.sync.clock import AHEAD_AT_MOST_MS, HybridClock, Stamp, read_stamp
from app.sync.delivery import log_in
from app.sync.packing import pack, unpack
from app.sync.protocol import MAX_BODY_BYTES, TIME_HEADER, Operation, content_hash
from resources.errors import UserError
from server.database import CentreDatabase, default_url
from server.schema import ticket as ticket_table

BOMB = pack(b" " * (MAX_BODY_BYTES + 1))


# -- compression ---------------------------------------------------------------------------------


@given(st.binary(max_size=5000))
def test_what_was_packed_comes_out_again(body: bytes) -> None:
    assert unpack(pack(body), 5000) == body == gzip.decompress(pack(body))


@given(st.binary(max_size=300), st.integers(0, 300), st.binary(max_size=3))
def test_what_is_not_one_whole_stream_is_refused(body: bytes, cut: int, more: bytes) -> None:
    packed = pack(body)
    broken = packed[:cut] + more
    if broken == packed:
        return
    with pytest.raises((ValueError, OverflowError)):
        unpack(broken, 1000)


def send_packed(api: Api, body: bytes, encoding: str = "gzip") -> Any:
    return api.send("POST", "/push", content=body, headers={"Content-Encoding": encoding})


def test_a_compressed_push_is_taken(api: Api) -> None:
    body = json.dumps({"operations": [make_submission()]}).encode()
    answer = send_packed(api, pack(body))
    assert answer.json()["results"][0]["status"] == "accepted"


@pytest.mark.parametrize(
    ("body", "encoding", "status", "code"),
    [
        (BOMB, "gzip", 413, "BODY_TOO_LARGE"),
        (pack(BOMB), "gzip", 400, "BODY_NOT_JSON"),
        (BOMB[: len(BOMB) // 2], "gzip", 400, "BODY_NOT_GZIP"),
        (pack(b"{}") + b"more", "gzip", 400, "BODY_NOT_GZIP"),
        (b"{}", "gzip", 400, "BODY_NOT_GZIP"),
        (pack(b"{}"), "br", 415, "BODY_ENCODING_UNKNOWN"),
        (pack(b"{}"), "gzip, gzip", 415, "BODY_ENCODING_UNKNOWN"),
    ],
)
def test_a_bomb_or_a_broken_stream(
    api: Api, body: bytes, encoding: str, status: int, code: str
) -> None:
    answer = send_packed(api, body, encoding)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_long_answers_come_compressed_to_whoever_takes_them(api: Api) -> None:
    path = "/openapi.json"
    plain = api.send("GET", path, headers={"Accept-Encoding": "identity"})
    packed = api.send("GET", path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < len(plain.content) / 4
    assert packed.json() == plain.json()


def test_a_seat_packs_only_for_a_centre_that_says_so() -> None:
    asked: list[bytes] = []

    def answer(request: bytes) -> bytes:
        asked.append(request)
        says = ("Accept-Encoding: gzip",) if len(asked) > 1 else ()
        return http("422", b'{"code": "X"}', "Jiesu-Protocol: 1", *says)

    ticket = make_ticket()
    payload = ticket_to_json(ticket) | {"padding": "长" * 3000}
    submission = make_submission(ticket, payload=payload, content_hash=content_hash(payload))

    async def push(url: str) -> None:
        async with CentreClient(url) as centre:
            for _ in range(3):
                with pytest.raises(BatchRefused):
                    await centre.push("token", [Operation.model_validate(submission)])

    with answering(answer) as url:
        asyncio.run(push(url))
    assert ["content-encoding: gzip" in one.lower().decode("latin-1") for one in asked] == [
        False,
        False,
        True,
    ]


def test_a_centre_that_answers_with_a_bomb_is_left(seat: Any) -> None:
    def answer(_request: bytes) -> bytes:
        return http("200 OK", BOMB, "Jiesu-Protocol: 1", "Content-Encoding: gzip")

    with answering(answer) as url:
        seat.use(url)
        with pytest.raises(UserError, match="CENTRE_GARBLED"):
            seat.worker.sync_once()


# -- clocks --------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(-(10**9), 10**9), st.booleans()), max_size=60))
def test_stamps_only_grow_whatever_the_clocks_do(moves: list[tuple[int, bool]]) -> None:
    wall = [10**12]
    ours = HybridClock("seat-1", wall_ms=lambda: wall[0])
    centre = HybridClock("centre", wall_ms=lambda: 10**12)
    made: list[Stamp] = []
    for jump, answers in moves:
        wall[0] = max(0, wall[0] + jump)
        if answers:
            seen = made[-1:] and centre.witness(made[-1])
            theirs = centre.now()
            assert not seen or theirs > made[-1], "an answer comes after its question"
            ours.witness(theirs)
        made.append(ours.now())
        if len(made) > 1:
            assert made[-1] > made[-2]
        assert read_stamp(str(made[-1])) == made[-1]
    assert [str(one) for one in made] == sorted(str(one) for one in made)


def test_a_stamp_from_the_far_future_is_not_believed() -> None:
    clock = HybridClock("centre", wall_ms=lambda: 1000)
    assert not clock.witness(Stamp(1001 + AHEAD_AT_MOST_MS, 0, "seat-1"))
    assert clock.now() == Stamp(1000, 0, "centre")
    assert clock.witness(Stamp(1000 + AHEAD_AT_MOST_MS, 0xFFFF, "seat-1"))
    assert clock.now() == Stamp(1001 + AHEAD_AT_MOST_MS, 0, "centre")
    again = HybridClock("centre", Stamp(5000, 7, "centre"), wall_ms=lambda: 1000)
    assert again.now() == Stamp(5000, 8, "centre"), "not back behind the last run"


@pytest.mark.parametrize("bad", ["", "x", "00000000000g-0000-a", "000000000000-0000-", "1-1-a"])
def test_what_is_no_stamp(bad: str) -> None:
    with pytest.raises(ValueError, match="no stamp"):
        read_stamp(bad)


@pytest.mark.parametrize("wrong_by", [timedelta(days=-400), timedelta(0), timedelta(days=400)])
def test_a_deadline_counts_by_the_centres_clock(
    centre: CentreProcess, api: Api, wrong_by: timedelta
) -> None:
    now = datetime.now(UTC)
    ticket = make_ticket()
    payload = ticket_to_json(ticket) | {
        "submitted_at": (now + wrong_by - timedelta(hours=1)).isoformat()
    }
    sent = make_submission(ticket, payload=payload, content_hash=content_hash(payload))
    body = {"operations": [sent], "sent_at": (now + wrong_by).isoformat()}
    assert api.send("POST", "/push", json=body).json()["results"][0]["status"] == "accepted"
    found = kept_moment(centre, ticket.id)
    assert abs((found - (now - timedelta(hours=1))).total_seconds()) < 20


@pytest.mark.parametrize("sent_at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"])
def test_an_absurd_clock_harms_nothing(centre: CentreProcess, api: Api, sent_at: str) -> None:
    submission = make_submission()
    answer = api.send("POST", "/push", json={"operations": [submission], "sent_at": sent_at})
    assert answer.json()["results"][0]["status"] == "accepted"
    assert kept_moment(centre, submission["ticket_id"]) <= datetime.now(UTC)


def kept_moment(centre: CentreProcess, ticket_id: str) -> datetime:
    """When the ticket was submitted, as the centre keeps it."""
    database = CentreDatabase(centre.database_url or default_url(centre.data_dir))
    try:
        with database.read() as connection:
            found = connection.scalar(
                select(ticket_table.c.submitted_at).where(ticket_table.c.id == ticket_id)
            )
    finally:
        database.close()
    assert isinstance(found, datetime)
    return found


def test_a_wrong_clock_is_told_at_the_seat_and_that_it_is_right_again(seat: Any) -> None:
    ahead = [3600]

    def answer(request: bytes) -> bytes:
        told = int((datetime.now(UTC).timestamp() + ahead[0]) * 1000)
        body = b'{"product": "x", "protocol": 1, "time": "2026-11-21T00:00:00Z"}'
        if b"/login" in request[:40]:
            body = b'{"token": "t", "expires_at": "2026-11-21T00:00:00Z"}'
        elif b"/changes" in request[:40]:
            body = b'{"changes": [], "cursor": 0, "more": false}'
        return http("200 OK", body, "Jiesu-Protocol: 1", f"{TIME_HEADER}: {told}")

    def about_the_clock(event: Event) -> bool:
        return isinstance(event, Degraded) and event.part == "clock"

    with answering(answer) as url:
        seat.use(url)
        log_in(seat.store, url, "seat", "password")
        seat.worker.start()
        assert seat.wait_for(about_the_clock) == Degraded("clock", "CLOCK_WRONG", "+60 min")
        ahead[0] = 0
        seat.worker.kick()
        assert seat.wait_for(about_the_clock) == Degraded("clock", "")
        seat.worker.stop()
