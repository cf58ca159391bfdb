"""A centre with a million tickets on PostgreSQL: what its pages and queries take, and a backup of it.

Tickets of 400 days with the texts of real length, their lives, timelines, callbacks and what the seats
were told; nearly all closed, the last weeks open. Every page goes through the whole application.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from sqlalchemy import Connection, text

from app.domain.codec import ticket_to_json
from app.sync.protocol import PROTOCOL, PROTOCOL_HEADER, canonical
from bench.postgres import NoPostgresError, new_database, running_postgres
from bench.seats import sample_ticket
from server.api import make_app
from server.backup import SESSIONS, back_up, restore
from server.database import CentreDatabase
from server.life.attending import attend
from server.open311.requests import add_api_key
from server.people import log_in as person_log_in
from server.people import put_person
from server.rights import Role
from server.schema import metadata
from server.seats import add_seat, log_in
from server.watching import WATCHER

TICKETS = int(os.environ.get("JIESU_BENCH_TICKETS", "1000000"))
PAGES = 40
CENTRE = "http://centre"
SEATS = 200
UNIT = "unit-3"
Ask = tuple[str, Callable[[np.random.Generator], str]]


def run(data: Path | None, tickets: int = TICKETS, pages: int = PAGES) -> dict[str, Any]:
    """The figures: milliseconds of each page, seconds of backup and restore, bytes on disk."""
    del data  # made here
    try:
        with running_postgres(durable=True) as cluster:
            return measure(cluster, tickets, pages)
    except NoPostgresError as error:
        return {"skipped": str(error)}


def measure(cluster: str, tickets: int, pages: int) -> dict[str, Any]:
    """Fill a database, ask for every page, back it up and restore it into another."""
    url = new_database(cluster)
    with closing(CentreDatabase(url)) as database:
        began = time.perf_counter()
        fill(database, tickets)
        figures: dict[str, Any] = {"tickets": tickets, "fill_s": round(time.perf_counter() - began, 1)}
        figures |= sizes(database, tickets)
        figures["pages"] = pages
        figures["page_ms"] = asyncio.run(_ask_pages(database, tickets, pages))
        figures["worst_page_p95_ms"] = max(one["p95"] for one in figures["page_ms"].values())
        began = time.perf_counter()
        attend(database)
        figures["attend_ms"] = round(1000 * (time.perf_counter() - began), 1)
        figures |= drill(database, new_database(cluster))
    return figures


def fill(database: CentreDatabase, tickets: int) -> None:
    """Everything a centre of this age holds, in a few statements."""
    for n in range(SEATS):
        with database.write() as connection:
            connection.execute(
                text(
                    "INSERT INTO seat (name, password_hash, active, created_at) "
                    "VALUES (:name, '-', true, now())"
                ),
                {"name": f"seat-{n}"},
            )
    values = {"n": tickets, "payload": _template(), "seats": SEATS}
    for statement in _FILL:
        with database.write() as connection:
            connection.execute(text(statement), values)
    with database.write() as connection:
        connection.execute(text("ANALYZE"))


def _template() -> str:
    sent = canonical(ticket_to_json(sample_ticket("@seat"))).decode()
    return sent.replace(json.loads(sent)["id"], "@id")


_AT = "now() - (:n - n) * interval '400 days' / :n"
_FILL = (
    "INSERT INTO ticket (id, number, seat, content_hash, payload, submitted_at, received_at) "
    "SELECT 't' || n, 'N' || n, 'seat-' || n % :seats, md5('' || n) || md5('h' || n), "
    f"replace(replace(:payload, '@id', 't' || n), '@seat', 'seat-' || n % :seats), {_AT}, {_AT} "
    "FROM generate_series(1, CAST(:n AS integer)) n",
    "INSERT INTO operation (op_id, kind, ticket_id, content_hash, seat, received_at, status, number) "
    "SELECT md5(id)::uuid, 'submit_ticket', id, content_hash, seat, received_at, 'accepted', number "
    "FROM ticket",
    # the last three weeks are under way; of older ones one in five hundred was left lying
    "INSERT INTO ticket_life (ticket_id, stage, unit, started_at, due_at, remind_at, escalated, "
    "objected, unsolved, tell_caller) SELECT id, stage, "
    "CASE WHEN stage IN ('waiting', 'unassigned', 'returned') THEN '' "
    "ELSE 'unit-' || floor(400 * power(random(), 2)) END, received_at, "
    "received_at + interval '7 days', CASE WHEN stage = 'closed' THEN NULL "
    "WHEN received_at > now() - interval '5 days' THEN received_at + interval '5 days' END, "
    "0, false, 0, stage = 'handling' AND random() < 0.02 FROM (SELECT id, received_at, CASE "
    "WHEN received_at < now() - interval '21 days' AND random() > 0.002 THEN 'closed' "
    "ELSE (ARRAY['handling', 'handling', 'handling', 'dispatched', 'reported', 'closed', 'closed', "
    "'objected', 'returned', 'waiting', 'unassigned'])[1 + floor(11 * random())] END AS stage "
    "FROM ticket) made",
    "INSERT INTO ticket_event (ticket_id, at, who, unit, step, stage, detail) "
    "SELECT ticket_id, started_at + k * interval '20 hours', CASE WHEN k = 0 THEN 'seat-1' "
    "ELSE 'somebody' END, unit, (ARRAY['submit', 'accept', 'report', 'call_back'])[k + 1], "
    "(ARRAY['dispatched', 'handling', 'reported', 'closed'])[k + 1], "
    'CASE WHEN k = 2 THEN \'{"words": "已安排维修人员到场处理，路灯恢复照明，已电话告知来电人。"}\' '
    "ELSE '{}' END FROM ticket_life, generate_series(0, 3) k "
    "WHERE k = 0 OR stage = 'closed' OR (k = 1 AND stage IN ('handling', 'reported')) "
    "OR (k = 2 AND stage = 'reported')",
    "INSERT INTO ticket_callback (ticket_id, unit, at, type, handling, contacted, solved, "
    "satisfaction) "
    "SELECT ticket_id, unit, started_at + interval '60 hours', '投诉', 'dispatch', random() < 0.97, "
    "random() < 0.9, CASE WHEN random() < 0.85 THEN 'satisfied' ELSE 'dissatisfied' END "
    "FROM ticket_life WHERE stage = 'closed'",
    "INSERT INTO ticket_assistant (ticket_id, unit, answered) "
    "SELECT ticket_id, 'unit-' || (400 + floor(60 * random())), stage = 'closed' FROM ticket_life "
    "WHERE random() < 0.05 AND unit <> ''",
    "INSERT INTO change (seat, kind, key, body, at) SELECT seat, 'ticket_stage', id, "
    '\'{"stage":"closed"}\', received_at FROM ticket ORDER BY received_at',
    "INSERT INTO web_request (ticket_id, service_code, lat, long, digest, requested_at) "
    "SELECT id, '0101', '39.9', '116.4', content_hash, received_at FROM ticket WHERE random() < 0.02",
)


def sizes(database: CentreDatabase, tickets: int) -> dict[str, Any]:
    """Bytes on disk, all indexes included."""
    with database.read() as connection:
        whole = connection.scalar(text("SELECT pg_database_size(current_database())")) or 0
    return {"database_mb": round(whole / 2**20), "bytes_a_ticket": round(whole / tickets)}


async def _ask_pages(database: CentreDatabase, tickets: int, pages: int) -> dict[str, Any]:
    app, dice = make_app(database), np.random.default_rng(7)
    askers = _askers(database)
    page_ms = {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=CENTRE) as http:
        for name, (who, where) in _pages(tickets).items():
            page_ms[name] = await _timed(http, askers[who], [where(dice) for _ in range(pages)])
    return page_ms


def _askers(database: CentreDatabase) -> Mapping[str, dict[str, str]]:
    """The head of a request by everybody who asks."""
    heads = {}
    for name, role, unit in (
        ("unit", Role.HANDLING_UNIT, UNIT),
        ("assistant", Role.HANDLING_UNIT, "unit-401"),
        ("reviewer", Role.DISPATCH_REVIEWER, ""),
        ("lead", Role.TEAM_LEAD, ""),
    ):
        password = put_person(database, name, [role], unit)
        heads[name] = _bearer(person_log_in(database, name, password, "").access)
    password = add_seat(database, "seat-1")
    heads["seat"] = _bearer(log_in(database, "seat-1", password, "").token)
    heads["watcher"] = _bearer(add_api_key(database, WATCHER))
    heads["public"] = {}
    return heads


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", PROTOCOL_HEADER: str(PROTOCOL)}


def _pages(tickets: int) -> Mapping[str, Ask]:
    def one_of(pattern: str, newest: int) -> Callable[[np.random.Generator], str]:
        return lambda dice: pattern.format(int(dice.integers(tickets - newest, tickets)) + 1)

    def always(path: str) -> Callable[[np.random.Generator], str]:
        return lambda dice: path

    return {
        "list, unit": ("unit", always("/work")),
        "list, assisting unit": ("assistant", always("/work")),
        "list, unit, closed": ("unit", always("/work?stage=closed")),
        "list, unit, page 20": ("unit", always("/work?stage=closed&offset=1000")),
        "list, reviewer": ("reviewer", always("/work")),
        "list, reviewer, objections": ("reviewer", always("/work?stage=objected")),
        "list, lead, closed": ("lead", always("/work?stage=closed")),
        "list, lead, closed, page 2,000": ("lead", always("/work?stage=closed&offset=100000")),
        "ticket with timeline": ("lead", one_of("/work/cases/t{}", tickets)),
        "rates, lead": ("lead", always("/work/rates")),
        "rates, unit": ("unit", always("/work/rates")),
        "seat's queue": ("seat", always("/api/v1/cases")),
        "seat's callbacks": ("seat", always("/api/v1/cases?stage=reported")),
        "seat's callers to be told": ("seat", always("/api/v1/cases?tell_caller=true")),
        "seat's daily changes": ("seat", one_of("/api/v1/changes?after={}", 3000)),
        "seat's changes, from the beginning": ("seat", always("/api/v1/changes?after=0")),
        "Open311, newest": ("public", always("/open311/v2/requests.json?status=open")),
        "metrics": ("watcher", always("/metrics")),
    }


async def _timed(
    http: httpx.AsyncClient, head: Mapping[str, str], paths: Sequence[str]
) -> dict[str, float]:
    took = []
    for path in paths:
        began = time.perf_counter()
        answer = await http.get(path, headers=dict(head))
        took.append(1000 * (time.perf_counter() - began))
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:200]}")
    p50, p95 = np.percentile(took, [50, 95])
    return {"p50": round(float(p50), 1), "p95": round(float(p95), 1), "max": round(max(took), 1)}


def drill(database: CentreDatabase, empty: str) -> dict[str, Any]:
    """Back up, restore into an empty database, and compare every row of every table."""
    with tempfile.TemporaryDirectory(prefix="jiesu-size-") as folder:
        file, began = Path(folder) / "centre.backup", time.perf_counter()
        counts = back_up(database, file)
        backed_up = time.perf_counter() - began
        size, began = file.stat().st_size, time.perf_counter()
        restore(file, empty)
        restored = time.perf_counter() - began
    with closing(CentreDatabase(empty)) as other:
        same = fingerprints(database) == fingerprints(other)
    return {
        "backup_s": round(backed_up, 1),
        "backup_mb": round(size / 2**20, 1),
        "backup_rows": sum(counts.values()),
        "restore_s": round(restored, 1),
        "restored_equal": same,
    }


def fingerprints(database: CentreDatabase) -> dict[str, tuple[int, str]]:
    """Of every table that a backup keeps: rows, and a sum over the digests of all of them."""

    def of(connection: Connection, name: str) -> tuple[int, str]:
        row = connection.execute(
            text(
                "SELECT count(*), coalesce(sum(('x' || left(md5(one::text), 15))::bit(60)::bigint), 0) "
                f"FROM {name} one"
            )
        ).one()
        return int(row[0]), str(row[1])

    with database.read() as connection:
        return {
            table.name: of(connection, table.name)
            for table in metadata.sorted_tables
            if table not in SESSIONS
        }
