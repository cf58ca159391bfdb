"""A city's seats in one process: many connections that push tickets to a centre on loopback.

Run as a process of its own, so that its work is not taken for the centre's:
``python -m bench.seats URL TOKENS_FILE SECONDS RATE RESULT_FILE``.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.domain.call import Speaker
from app.domain.codec import ticket_to_json
from app.domain.ticket import Caller, Category, Handling, Proof, RequestType, Ticket, TicketContent
from app.sync.protocol import PROTOCOL, PROTOCOL_HEADER, SUBMIT_TICKET, content_hash

BUSY_SEATS = 64
REPEATED = 0.02
GIVE_UP_S = 30.0


def sample_ticket(seat: str) -> Ticket:
    """A ticket as a good operator writes it, about an invented person."""
    content = TicketContent(
        type=RequestType.COMPLAINT,
        handling=Handling.DISPATCH,
        district="朝阳区",
        street="望京街道",
        place="阜通东大街 6 号院",
        subject="路灯不亮",
        summary="来电人反映小区门口路灯不亮三天，夜里看不清路，老人出门不便，希望尽快维修并回复。" * 2,
        category=Category("0101", ("市政", "照明", "路灯不亮")),
        limit_hours=24,
        caller=Caller("欧阳测试", "13800138000", confidential=True),
        proof={
            name: Proof("gazetteer", "我在望京这边的小区里", Speaker.CALLER, 1.5, 3.25)
            for name in ("district", "street", "place", "subject", "summary", "category", "type")
        },
    )
    return Ticket(str(uuid.uuid4()), str(uuid.uuid4()), seat, content, datetime.now(UTC))


def push_body(template: dict[str, Any]) -> tuple[str, bytes]:
    """A push of one new ticket: its id and the request's body."""
    ticket_id = str(uuid.uuid4())
    payload = template | {"id": ticket_id}
    operation = {
        "op_id": str(uuid.uuid4()),
        "kind": SUBMIT_TICKET,
        "ticket_id": ticket_id,
        "payload": payload,
        "content_hash": content_hash(payload),
        "created_at": payload["submitted_at"],
    }
    return ticket_id, json.dumps({"operations": [operation]}, ensure_ascii=False).encode()


class Seat:
    """One connection that is kept open, as a seat keeps it."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self.head = (
            f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            f"{PROTOCOL_HEADER}: {PROTOCOL}\r\nContent-Type: application/json\r\n"
        )
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body; connects when there is no connection. Raises ``OSError``."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        head = f"{method} /api/v1{path} HTTP/1.1\r\n{self.head}Content-Length: {len(body)}\r\n\r\n"
        try:
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            return int(answer[9:12]), await reader.readexactly(length)
        except (asyncio.IncompleteReadError, ValueError) as error:
            self.close()
            raise OSError("the connection broke off") from error
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Break off."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


@dataclass
class Tally:
    """What the seats were told, and how long it took."""

    given: dict[str, str] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    waits: list[float] = field(default_factory=list)
    errors: int = 0
    contradictions: int = 0

    def note(self, ticket_id: str, number: str) -> None:
        """An answer; one that differs from an earlier one is a contradiction."""
        if self.given.setdefault(ticket_id, number) != number:
            self.contradictions += 1


async def submit(seat: Seat, template: dict[str, Any], tally: Tally, since: float) -> None:
    """Push one ticket until it is answered, as a seat does; sometimes once more afterwards."""
    ticket_id, body = push_body(template)
    tally.sent.add(ticket_id)
    again = random.random() < REPEATED
    while time.perf_counter() < since + GIVE_UP_S:
        try:
            status, answer = await seat.ask("POST", "/push", body)
        except OSError:
            status, answer = 0, b""
        if status != 200:
            tally.errors += 1
            await asyncio.sleep(0.5)
            continue
        if ticket_id not in tally.given:
            tally.waits.append(time.perf_counter() - since)
        tally.note(ticket_id, json.loads(answer)["results"][0]["number"])
        if not again:
            return
        again = False


async def flat_out(seats: Sequence[Seat], template: dict[str, Any], seconds: float) -> Tally:
    """``BUSY_SEATS`` seats push one ticket after the other: what the centre takes at most."""
    tally, end = Tally(), time.perf_counter() + seconds

    async def work(seat: Seat) -> None:
        while time.perf_counter() < end:
            await submit(seat, template, tally, time.perf_counter())

    await asyncio.gather(*(work(seat) for seat in seats[:BUSY_SEATS]))
    return tally


async def paced(seats: Sequence[Seat], template: dict[str, Any], seconds: float, rate: float) -> Tally:
    """Tickets come at random moments, ``rate`` a second, from all seats in turn.

    A wait counts from the moment the ticket was due, also when the generator was late or
    every seat was busy.
    """
    tally, idle, tasks = Tally(), asyncio.Queue[Seat](), set[asyncio.Task[None]]()
    for seat in seats:
        idle.put_nowait(seat)
    due = begun = time.perf_counter()

    async def work(seat: Seat, since: float) -> None:
        await submit(seat, template, tally, since)
        idle.put_nowait(seat)

    while due < begun + seconds:
        due += random.expovariate(rate)
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        task = asyncio.create_task(work(await idle.get(), due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    return tally


async def run(url: str, tokens: Sequence[str], seconds: float, rate: float) -> dict[str, Any]:
    """Connect every seat, then push: flat out when ``rate`` is 0, otherwise at that rate."""
    port = int(url.rpartition(":")[2])
    seats = [Seat(port, token) for token in tokens]
    for start in range(0, len(seats), 100):
        greetings = (seat.ask("GET", "/health") for seat in seats[start : start + 100])
        await asyncio.gather(*greetings, return_exceptions=True)  # who breaks off connects later
    template = ticket_to_json(sample_ticket("bench"))
    begun = time.perf_counter()
    if rate:
        tally = await paced(seats, template, seconds, rate)
    else:
        tally = await flat_out(seats, template, seconds)
    took = time.perf_counter() - begun
    for seat in seats:
        seat.close()
    return {
        "seconds": took,
        "sent": sorted(tally.sent),
        "given": tally.given,
        "waits": tally.waits,
        "errors": tally.errors,
        "contradictions": tally.contradictions,
        "processor_s": time.process_time(),
    }


def main() -> None:
    """The process that ``bench.sync`` starts."""
    url, tokens, seconds, rate, result = sys.argv[1:]
    figures = asyncio.run(run(url, Path(tokens).read_text().split(), float(seconds), float(rate)))
    Path(result).write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
