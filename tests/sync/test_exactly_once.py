"""Every submitted ticket is at the centre exactly once, whoever is killed and whatever is lost."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from centre_process import ROOT, CentreProcess
from wire import answering, forward

from app.desk import OutboxState
from app.events import CentreChanged, OutboxChanged, TicketAcknowledged
from app.storage.seat_store import SeatStore
from app.sync.delivery import log_in
from app.sync.worker import pause_after
from resources.errors import UserError
from server.database import default_url

KEY = bytes(range(32))


def at_the_centre(centre: CentreProcess, *seats: str) -> list[tuple[str, str]]:
    """(ticket id, official number) of everything the centre keeps from these seats."""
    url = centre.database_url or default_url(centre.data_dir)
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT id, number, seat FROM ticket ORDER BY number")).all()
    engine.dispose()
    return [(row.id, row.number) for row in rows if row.seat in seats]


def connect(seat: Any, centre: CentreProcess, url: str | None = None) -> str:
    """Log the seat in at the centre; its name there."""
    seat.use(url or centre.url)
    return log_in(seat.store, url or centre.url, *centre.add_seat()).seat


def numbers(store: SeatStore) -> list[tuple[str, str | None]]:
    """(ticket id, official number) of everything the seat keeps."""
    return sorted((ticket.id, ticket.number) for ticket in store.tickets(1000))


def test_the_worker_delivers_and_tells(seat: Any, centre: CentreProcess) -> None:
    connect(seat, centre)
    first = seat.submit()
    seat.worker.start()
    seat.wait_for(lambda event: event == OutboxChanged(1, 0))
    event = seat.wait_for(lambda event: isinstance(event, TicketAcknowledged))
    assert event.ticket_id == first.id
    assert re.fullmatch(r"JS\d{8}-\d{6}", event.number)
    seat.wait_for(lambda event: event == OutboxChanged(0, 0))
    second = seat.submit()
    seat.worker.kick()  # news may have made it look a moment earlier: then no count is told
    event = seat.wait_for(lambda event: isinstance(event, TicketAcknowledged))
    assert event.ticket_id == second.id
    assert [e for e in seat.heard if isinstance(e, CentreChanged)] == [CentreChanged(True)]
    assert dict(numbers(seat.store))[second.id] == event.number


def test_a_shift_without_the_centre(seat: Any, own_centre: CentreProcess) -> None:
    name = connect(seat, own_centre)
    own_centre.kill()
    submitted = [seat.submit() for _ in range(120)]
    seat.worker.start()
    seat.wait_for(lambda event: event == CentreChanged(False, "CENTRE_UNREACHABLE"))
    own_centre.start()
    seat.worker.kick()
    seat.wait_for(lambda event: event == OutboxChanged(0, 0))
    kept = at_the_centre(own_centre, name)
    assert [ticket_id for ticket_id, _ in kept] == [ticket.id for ticket in submitted]
    assert sorted(kept) == numbers(seat.store)


def test_two_seats_deliver_at_the_same_time(
    make_seat: Callable[[str], Any], centre: CentreProcess
) -> None:
    seats = [make_seat("one"), make_seat("two")]
    names = []
    for seat in seats:
        names.append(connect(seat, centre))
        for _ in range(30):
            seat.submit()
    for seat in seats:
        seat.worker.start()
    for seat in seats:
        seat.wait_for(lambda event: event == OutboxChanged(0, 0))
    kept = at_the_centre(centre, *names)
    assert len(kept) == 60
    assert sorted(kept) == sorted(numbers(seats[0].store) + numbers(seats[1].store))


def test_an_old_token_is_renewed_with_the_password(seat: Any, centre: CentreProcess) -> None:
    connect(seat, centre)
    seat.store.set_credential(replace(seat.store.credential(), token="expired"))
    seat.submit()
    assert seat.worker.sync_once().accepted == 1
    assert seat.store.credential().token != "expired"


def test_a_wrong_password_is_told_and_not_kept(seat: Any, centre: CentreProcess) -> None:
    name, _ = centre.add_seat()
    with pytest.raises(UserError, match="CENTRE_LOGIN_REFUSED"):
        log_in(seat.store, centre.url, name, "wrong")
    assert seat.store.credential() is None


def test_the_same_answer_lost_again_and_again(seat: Any, centre: CentreProcess) -> None:
    lost = threading.Semaphore(3)

    def lossy(request: bytes) -> bytes | None:
        answer = forward(centre.port, request)
        return None if b"/push" in request[:40] and lost.acquire(blocking=False) else answer

    with answering(lossy) as url:
        name = connect(seat, centre, url)
        for _ in range(5):
            seat.submit()
        for _ in range(3):
            with pytest.raises(UserError, match="CENTRE_BROKE_OFF"):
                seat.worker.sync_once()
            assert seat.store.counts()[OutboxState.WAITING] == 5
        assert len(at_the_centre(centre, name)) == 5
        assert seat.worker.sync_once().accepted == 5
    assert sorted(at_the_centre(centre, name)) == numbers(seat.store)
    assert {row.attempts for row in seat.store.outbox()} == {4}


SEAT = """
import sys
from pathlib import Path
sys.path.insert(0, "tests")
from sample_tickets import make_ticket
from app.settings import Settings
from app.storage.seat_store import SeatStore
from app.sync.worker import SyncWorker
store = SeatStore(Path(sys.argv[1]), bytes(range(32)))
for _ in range(int(sys.argv[3])):
    store.submit(make_ticket())
print("submitted", flush=True)
sys.stdin.readline()
worker = SyncWorker(store, lambda: Settings(server_url=sys.argv[2]), lambda event: None)
print(worker.sync_once(), flush=True)
store.close()
"""


def start_seat(folder: Path, url: str, submit: int) -> subprocess.Popen[str]:
    """A seat as a process: submits, says so, and syncs when it is told to."""
    child = subprocess.Popen(
        [sys.executable, "-c", SEAT, folder, url, str(submit)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "submitted\n"
    return child


def finish(child: subprocess.Popen[str], kill: bool = False) -> str:
    """Its last words."""
    if kill:
        child.kill()
    out, _ = child.communicate(None if kill else "go\n", timeout=60)
    return out


def test_kill_9_after_submit_and_a_restart_delivers_once(
    seat: Any, centre: CentreProcess, tmp_path: Path
) -> None:
    name = connect(seat, centre)
    finish(start_seat(tmp_path / "seat", centre.url, submit=7), kill=True)
    said = finish(start_seat(tmp_path / "seat", centre.url, submit=0))
    assert "accepted=7, refused=0, waiting=0" in said
    kept = at_the_centre(centre, name)
    assert len(kept) == 7
    assert sorted(kept) == numbers(seat.store)


def test_kill_9_between_the_centres_commit_and_the_seats_record(
    seat: Any, centre: CentreProcess, tmp_path: Path
) -> None:
    running: list[subprocess.Popen[str]] = []

    def kill_before_answering(request: bytes) -> bytes | None:
        answer = forward(centre.port, request)
        if b"/push" not in request[:40] or not running:
            return answer
        running.pop().kill()
        return None

    with answering(kill_before_answering) as url:
        name = connect(seat, centre, url)
        child = start_seat(tmp_path / "seat", url, submit=3)
        running.append(child)
        assert finish(child) == ""
        assert len(at_the_centre(centre, name)) == 3
        assert seat.store.counts()[OutboxState.WAITING] == 3
        assert "accepted=3" in finish(start_seat(tmp_path / "seat", url, submit=0))
    kept = at_the_centre(centre, name)
    assert len(kept) == 3
    assert sorted(kept) == numbers(seat.store)


def test_kill_9_of_the_centre_in_the_middle_of_a_push(seat: Any, own_centre: CentreProcess) -> None:
    struck = threading.Event()

    def strike(request: bytes) -> bytes | None:
        if b"/push" not in request[:40] or struck.is_set():
            return forward(own_centre.port, request)
        striker = threading.Thread(target=own_centre.kill)
        striker.start()
        struck.set()
        with contextlib.suppress(OSError):
            forward(own_centre.port, request)
        striker.join()
        return None

    with answering(strike) as url:
        name = connect(seat, own_centre, url)
        for _ in range(60):
            seat.submit()
        with pytest.raises(UserError, match="CENTRE_BROKE_OFF"):
            seat.worker.sync_once()
        own_centre.start()
        assert seat.worker.sync_once().waiting == 0
    kept = at_the_centre(own_centre, name)
    assert len(kept) == 60
    assert sorted(kept) == numbers(seat.store)


def test_pauses_grow_are_capped_and_spread() -> None:
    assert [pause_after(failures, 5, 1.0) for failures in (1, 2, 3)] == [10, 20, 40]
    assert pause_after(50, 5, 1.0) == 120
    assert pause_after(10**6, 5, 0.0) == 60
