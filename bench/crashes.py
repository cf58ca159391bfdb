"""kill -9 at random moments of a busy run: of seats, of the centre, of one process of three, of the
database, and of a window in which somebody types.

Real processes, forked from one that has the imports ready. Three of four lives are killed a random
moment after they are at work (a seat has submitted, the centre listens), however long the machine took
to get there; the others while they open, migrate or log in. What a seat has been told is on disk is
written to a file, which outlives it.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg

from app.domain.call import Call
from app.settings import Settings
from app.storage.seat_store import Credential, SeatStore
from app.sync.worker import SyncWorker
from bench import typed_kills
from bench.centre import ROOT, RunningCentre, serving
from bench.postgres import NoPostgresError, crash_postgres, new_database, running_postgres
from bench.seats import sample_ticket
from bench.sync import allow_connections, compare, register
from resources.errors import UserError
from server.run import add_seat, serve

KILLS = 200
SEATS = 2
KILLED_AT_WORK = 0.75
LONGEST_WORK_S, LONGEST_START_S = 2.5, 0.6
AT_WORK_WITHIN_S = 60.0
LOAD_SECONDS = 20.0
LOAD_RATE = 120.0
KEY = bytes(range(32))


def run(data: Path | None, kills: int = KILLS, load_seconds: float = LOAD_SECONDS) -> dict[str, Any]:
    """The figures; ``{"skipped": reason}`` where PostgreSQL cannot be started."""
    del data
    try:
        with running_postgres(durable=True) as cluster, tempfile.TemporaryDirectory() as folder:
            return {
                **kill_both(new_database(cluster), Path(folder), kills),
                "one_of_three": kill_one_of_three(new_database(cluster), Path(folder), load_seconds),
                "database": crash_database(cluster, Path(folder), load_seconds),
                "typing": typed_kills.run(),
            }
    except NoPostgresError as reason:
        return {"skipped": str(reason)}


@dataclass
class Lives:
    """A process that is started again and again, and killed at a random moment.

    ``target`` gets ``arguments`` and the end of a pipe, into which it writes once it is at work. (A
    shared event will not do: who is killed while setting it locks out whoever asks.)
    """

    context: Any
    target: Any
    arguments: tuple[Any, ...]
    kills: int
    together: list[Lives]
    """All of them go on until each was killed often enough, so that none is killed in an idle city."""
    killed: int = 0
    killed_at_work: int = 0
    failure: str = ""
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run, name="lives")

    def _run(self) -> None:
        while any(life.killed < life.kills for life in self.together):
            if any(life.failure for life in self.together):
                return
            hears, says = self.context.Pipe(duplex=False)
            begun = self.context.Process(target=self.target, args=(*self.arguments, says))
            begun.start()
            says.close()
            if random.random() < KILLED_AT_WORK:
                if not hears.poll(AT_WORK_WITHIN_S):
                    self.failure = "never came to work"
                begun.join(random.uniform(0, LONGEST_WORK_S))
            else:
                begun.join(random.uniform(0, LONGEST_START_S))
            if begun.exitcode is not None:
                self.failure = f"ended by itself with status {begun.exitcode}"
                return
            self.killed_at_work += hears.poll()
            begun.kill()
            begun.join()
            hears.close()
            self.killed += 1


def kill_both(url: str, folder: Path, kills: int) -> dict[str, Any]:
    """Seats that submit and deliver, a centre that decides; each killed at least ``kills`` times."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["bench.crashes"])
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folders = [_new_seat(folder / f"seat-{n}", f"seat-{n}", url, port) for n in range(SEATS)]
    begun = time.perf_counter()
    lives = list[Lives]()
    lives.append(Lives(context, _live_centre, (url, port), kills, lives))
    share = [kills * (n + 1) // SEATS - kills * n // SEATS for n in range(SEATS)]
    lives += [
        Lives(context, _live_seat, (place, port), count, lives)
        for place, count in zip(folders, share, strict=True)
    ]
    for life in lives:
        life.thread.start()
    for life in lives:
        life.thread.join()
    took = time.perf_counter() - begun
    during = _count(url)
    told = set[str]()
    with ExitStack() as stack:
        centre = context.Process(target=_live_centre, args=(url, port, None))
        centre.start()
        stack.callback(centre.join)
        stack.callback(centre.terminate)
        stores = [stack.enter_context(closing(SeatStore(place, KEY))) for place in folders]
        for place, store in zip(folders, stores, strict=True):
            told |= set((place / "submitted").read_text().split())
            _deliver_all(store, port)
        return {
            "seat_kills": sum(life.killed for life in lives[1:]),
            "centre_kills": lives[0].killed,
            "killed_at_work": sum(life.killed_at_work for life in lives),
            "failures": [life.failure for life in lives if life.failure],
            **_compare(url, stores, told),
            "arrived_between_kills": during,
            "kill_seconds": round(took, 1),
        }


def _new_seat(place: Path, name: str, url: str, port: int) -> Path:
    place.mkdir()
    store = SeatStore(place, KEY)
    store.start_call(Call("call", sample_ticket("").submitted_at, "file"))
    password = add_seat(name, url)
    store.set_credential(Credential(f"http://127.0.0.1:{port}", name, password))
    store.close()
    (place / "submitted").touch()
    return place


def _live_centre(url: str, port: int, at_work: Connection | None) -> None:
    logging.disable(logging.ERROR)
    while True:
        try:
            serve("127.0.0.1", port, url, ready=lambda _: _say(at_work))
            return
        except UserError as error:  # the port of the one before, or the database that buries it
            if error.code not in ("SERVER_PORT_TAKEN", "SERVER_DATABASE"):
                raise
            time.sleep(0.02)


def _say(at_work: Connection | None) -> None:
    """Tell whoever kills that work has begun; the first time only."""
    if at_work is not None:
        at_work.send_bytes(b"at work")


def _live_seat(place: Path, port: int, at_work: Connection | None) -> None:
    """Submit without end, and deliver at the same time, as the desk does."""
    logging.disable(logging.ERROR)
    store = SeatStore(place, KEY)
    settings = Settings(server_url=f"http://127.0.0.1:{port}", sync_interval_s=0.2)
    worker = SyncWorker(store, lambda: settings, lambda event: None)
    worker.start()
    with (place / "submitted").open("a") as told:
        while True:
            ticket = replace(sample_ticket(place.name), call_id="call")
            store.submit(ticket)
            told.write(f"{ticket.id}\n")
            told.flush()  # in the system's memory: a kill of the process does not take it away
            _say(at_work)
            at_work = None
            worker.kick()
            time.sleep(random.uniform(0, 0.02))


def _deliver_all(store: SeatStore, port: int) -> None:
    settings = Settings(server_url=f"http://127.0.0.1:{port}")
    worker = SyncWorker(store, lambda: settings, lambda event: None)
    for _ in range(100):
        with suppress(UserError):
            worker.sync_once()
            return
        time.sleep(0.2)
    raise RuntimeError("the centre does not come back")


def _count(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM ticket").fetchone()
    return int(row[0]) if row else 0


def _compare(url: str, stores: list[SeatStore], told: set[str]) -> dict[str, int]:
    """Hold what the seats were told and what they keep against what the centre keeps."""
    here = {ticket.id: ticket.number for store in stores for ticket in store.tickets(1_000_000)}
    with psycopg.connect(url) as connection:
        rows: list[tuple[str, str, str]] = connection.execute(
            "SELECT id, number, payload::json->>'id' FROM ticket"
        ).fetchall()
    there = {ticket_id: number for ticket_id, number, _ in rows}
    return {
        "tickets": len(here),
        "lost": len(told - here.keys())
        + sum(
            there.get(ticket_id) is None or there[ticket_id] != here[ticket_id] for ticket_id in here
        ),
        "doubled": len(rows) - len({own for _, _, own in rows}) + len(rows) - len(set(there.values())),
        "unasked": len(there.keys() - here.keys()),
    }


def kill_one_of_three(url: str, folder: Path, seconds: float) -> dict[str, Any]:
    """Three processes on one PostgreSQL under load; one after the other is killed."""

    def kill_one(centre: RunningCentre) -> bool:
        running = centre.serving_processes()
        if len(running) == 3:
            os.kill(random.choice(running), signal.SIGKILL)
        return len(running) == 3

    return _under_load(url, folder, seconds, kill_one)


def crash_database(cluster: str, folder: Path, seconds: float) -> dict[str, Any]:
    """The same with PostgreSQL itself, which recovers from its log, in place of a process."""

    def crash(_: RunningCentre) -> bool:
        crash_postgres(cluster)
        return True

    return _under_load(new_database(cluster), folder, seconds, crash)


def _under_load(
    url: str, folder: Path, seconds: float, strike: Callable[[RunningCentre], bool]
) -> dict[str, Any]:
    """Seats push to three processes; ``strike`` harms something every sixth of the time."""
    allow_connections(1000)
    tokens, result = folder / "tokens", folder / "pushed"
    seats = 200
    with serving(url, folder, 3) as centre:
        tokens.write_text("\n".join(register(url, seats)))
        words = ["-m", "bench.seats", centre.address, str(tokens), str(seconds), str(LOAD_RATE)]
        load = subprocess.Popen([sys.executable, *words, str(result)], cwd=ROOT)
        killed, begun = 0, time.monotonic()
        while load.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                load.wait(seconds / 6)
            if load.poll() is None and time.monotonic() < begun + seconds:
                killed += strike(centre)
    pushed = json.loads(result.read_text())
    waits = sorted(pushed["waits"])
    return {
        "killed": killed,
        "tickets": len(pushed["given"]),
        **compare(url, pushed),
        "connections_broken": pushed["errors"],
        "ack_p95_ms": round(1000 * waits[len(waits) * 95 // 100], 1),
    }
