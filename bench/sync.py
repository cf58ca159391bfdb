"""Tickets a second that a centre takes from a city of seats, beside bare inserts on its PostgreSQL.

Real server processes on a durable PostgreSQL; the seats (``bench.seats``) are a process of their
own on the same machine. Two phases: flat out finds what the centre takes at most; then tickets
come at random moments at ``LOAD`` of that from all seats, and the waits are measured. Then
``bench.staying_in_touch``: publication, restart, long history.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg

from app.domain.codec import ticket_to_json
from app.sync.protocol import canonical
from bench.centre import ROOT, serving
from bench.postgres import NoPostgresError, new_database, running_postgres
from bench.seats import sample_ticket
from bench.staying_in_touch import LARGE, PUBLICATIONS, SMALL, daily_delta, hear_and_come_back
from server.database import CentreDatabase

SEATS = 2000
PROCESSES = 2
SECONDS = 12.0
INSERT_SECONDS = 3.0
LOAD = 0.5
_INSERT = "INSERT INTO bare VALUES (%s, %s, %s, now())"


def run(
    data: Path | None,
    seats: int = SEATS,
    seconds: float = SECONDS,
    processes: int = PROCESSES,
    publications: int = PUBLICATIONS,
    history: tuple[int, int] = (SMALL, LARGE),
) -> dict[str, Any]:
    """The figures; ``{"skipped": reason}`` where PostgreSQL cannot be started."""
    del data
    try:
        with running_postgres(durable=True) as cluster, tempfile.TemporaryDirectory() as folder:
            allow_connections(3 * seats + 500)
            url = new_database(cluster)
            return _measure(url, Path(folder), seats, seconds, processes, publications, history)
    except NoPostgresError as reason:
        return {"skipped": str(reason)}


def _measure(
    url: str,
    folder: Path,
    seats: int,
    seconds: float,
    processes: int,
    publications: int,
    history: tuple[int, int],
) -> dict[str, Any]:
    CentreDatabase(url).close()
    tokens = folder / "tokens"
    tokens.write_text("\n".join(register(url, seats)))
    busy, before = os.getloadavg()[0], bare_inserts(url, INSERT_SECONDS)
    spent = -_children_processor_s()
    with serving(url, folder, processes) as centre:
        address = centre.address
        most = _push(address, tokens, seconds / 2, 0, folder)
        ceiling = len(most["given"]) / most["seconds"]
        load = _push(address, tokens, seconds, LOAD * ceiling, folder)
    inserts = (before + bare_inserts(url, INSERT_SECONDS)) / 2
    spent += _children_processor_s() - most["processor_s"] - load["processor_s"]
    checked = compare(url, most, load)
    touch = hear_and_come_back(url, tokens, folder, processes, publications)
    delta = daily_delta(url, tokens.read_text().split()[0], folder, *history)
    waits, told = sorted(load["waits"]), most["given"] | load["given"]
    return {
        "tickets_per_s": round(len(load["given"]) / load["seconds"], 1),
        "ceiling_tickets_per_s": round(ceiling, 1),
        "ack_p50_ms": _percentile(waits, 50),
        "ack_p95_ms": _percentile(waits, 95),
        "ack_p99_ms": _percentile(waits, 99),
        "inserts_per_s": round(inserts, 1),
        "insert_ratio": round(ceiling / inserts, 3),
        **checked,
        **touch,
        **delta,
        "centre_processor_ms_per_ticket": round(1000 * spent / len(told), 2),
        "load_before": round(busy, 1),
        "errors": most["errors"] + load["errors"],
        "generator_processor_s": round(most["processor_s"] + load["processor_s"], 1),
        "seats": seats,
        "processes": processes,
        "n": len(waits),
    }


def register(url: str, count: int) -> list[str]:
    """Put seats with valid tokens into the database; the tokens.

    Logging in is not what is measured: a password hash costs as much as twenty tickets.
    """
    now = datetime.now(UTC)
    tokens = [f"bench-{os.urandom(16).hex()}" for _ in range(count)]
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO seat VALUES (%s, '-', true, %s)", [(f"seat-{n}", now) for n in range(count)]
        )
        cursor.executemany(
            "INSERT INTO token (hash, seat, expires_at) VALUES (%s, %s, %s)",
            [
                (sha256(token.encode()).hexdigest(), f"seat-{n}", now + timedelta(hours=12))
                for n, token in enumerate(tokens)
            ],
        )
    return tokens


def bare_inserts(url: str, seconds: float) -> float:
    """Single-row inserts a second of the same ticket, each its own transaction, on one connection."""
    payload = canonical(ticket_to_json(sample_ticket("bench"))).decode()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS bare "
            "(id text PRIMARY KEY, number text UNIQUE, payload text, received_at timestamptz)"
        )
        count, begun = 0, time.perf_counter()
        while time.perf_counter() < begun + seconds:
            key = os.urandom(16).hex()
            connection.execute(_INSERT, (key, key, payload))
            count += 1
        return count / (time.perf_counter() - begun)


def allow_connections(count: int) -> None:
    """Let this process and those it starts open so many files."""
    import resource  # POSIX only, like the PostgreSQL this needs

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, most), most))


def _push(address: str, tokens: Path, seconds: float, rate: float, folder: Path) -> dict[str, Any]:
    result = folder / f"pushed-{rate}"
    words = ["-m", "bench.seats", address, str(tokens), str(seconds), str(rate), str(result)]
    subprocess.run([sys.executable, *words], cwd=ROOT, check=True, timeout=seconds + 120)
    figures: dict[str, Any] = json.loads(result.read_text())
    return figures


def compare(url: str, *phases: dict[str, Any]) -> dict[str, int]:
    """Hold what the seats were told against what the centre keeps."""
    told = {ticket: number for phase in phases for ticket, number in phase["given"].items()}
    with psycopg.connect(url) as connection:
        kept: list[tuple[str, str]] = connection.execute("SELECT id, number FROM ticket").fetchall()
    numbers = dict(kept)
    return {
        "lost": sum(numbers.get(ticket) != number for ticket, number in told.items()),
        "doubled": 2 * len(kept)
        - len(numbers)
        - len(set(numbers.values()))
        + sum(phase["contradictions"] for phase in phases),
        "unasked": len(numbers.keys() - {one for phase in phases for one in phase["sent"]}),
        "unanswered": sum(len(phase["sent"]) - len(phase["given"]) for phase in phases),
    }


def _children_processor_s() -> float:
    import resource  # POSIX only, like the PostgreSQL this needs

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _percentile(ordered: Sequence[float], percent: int) -> float | None:
    if not ordered:
        return None
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000, 1)
