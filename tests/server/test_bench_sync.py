"""The sync benchmark measures a real centre, and its checker sees a lost or doubled ticket."""

from __future__ import annotations

from pathlib import Path

import psycopg

from bench.postgres import new_database
from bench.sync import compare, run
from server.database import CentreDatabase


def test_a_short_run_loses_and_doubles_nothing(postgres: str) -> None:
    figures = run(None, seats=20, seconds=2, processes=1, publications=1, history=(10, 500))
    assert figures["tickets_per_s"] > 0
    assert figures["n"] > 0
    assert {figures[key] for key in ("lost", "doubled", "unasked", "unanswered", "errors")} == {0}
    assert figures["ack_p50_ms"] <= figures["ack_p95_ms"] <= figures["ack_p99_ms"]
    assert figures["insert_ratio"] > 0
    assert (figures["fanout_missed"], figures["reconnect_refusals"]) == (0, 0)
    assert min(figures[key] for key in ("fanout_p95_s", "reconnect_s", "delta_ratio")) > 0


def test_the_checker_sees_what_is_wrong(postgres: str, tmp_path: Path) -> None:
    url = new_database(postgres)
    CentreDatabase(url).close()
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO seat VALUES ('s', '-', true, now())")
        for ticket in ("one", "two", "stray"):
            values = (ticket, f"number of {ticket}")
            connection.execute(
                "INSERT INTO ticket VALUES (%s, %s, 's', '-', '{}', now(), now())", values
            )
    told = {"one": "number of one", "two": "another number", "gone": "number of gone"}
    phase = {"given": told, "sent": ["one", "two", "gone", "mute"], "contradictions": 1}
    assert compare(url, phase) == {"lost": 2, "doubled": 1, "unasked": 1, "unanswered": 1}
