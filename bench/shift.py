"""A whole shift without the centre: 300 calls with recordings and tickets, then all goes there."""

from __future__ import annotations

import itertools
import secrets
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from app.domain.call import Call, Speaker
from app.settings import Settings
from app.storage.seat_store import SeatStore
from app.sync.delivery import log_in
from app.sync.recordings import Recordings
from app.sync.worker import SyncWorker
from bench.centre import serving
from bench.seats import sample_ticket
from server.database import CentreDatabase, default_url
from server.recordings import sealed_recording
from server.run import add_seat
from speech.audio.recording import RecordingReader, RecordingWriter
from speech.audio.source import AudioBlock

CALLS = 300
CALL_SECONDS = 10
KEY = bytes(range(32))


def run(data: Path | None, calls: int = CALLS, seconds: int = CALL_SECONDS) -> dict[str, Any]:
    """The figures: seconds for tickets and recordings, and what is not as it should be (all 0)."""
    del data
    with tempfile.TemporaryDirectory() as folder:
        return _measure(Path(folder), calls, seconds)


def _measure(folder: Path, calls: int, seconds: int) -> dict[str, Any]:
    url, seat = default_url(folder / "centre"), folder / "seat"
    password = add_seat("seat-1", url)
    store = SeatStore(seat, KEY)
    sent = _take_calls(store, seat, calls, seconds)
    refused = 0
    with serving(url, folder, 1) as centre:
        settings = Settings(server_url=centre.address)
        log_in(store, centre.address, "seat-1", password)
        begun = time.perf_counter()
        report = SyncWorker(store, lambda: settings, lambda event: None).sync_once()
        tickets_took = time.perf_counter() - begun
        refused += report.refused
        begun = time.perf_counter()
        recordings = Recordings(store, seat, KEY)
        SyncWorker(store, lambda: settings, lambda event: None, recordings=recordings).sync_once()
        recordings_took = time.perf_counter() - begun
    numbers = {ticket.id: ticket.number or "" for ticket in store.tickets(calls)}
    store.close()
    size = sum(path.stat().st_size for path in (seat / "recordings").iterdir())
    return {
        "tickets": calls,
        "tickets_seconds": round(tickets_took, 2),
        "recordings_seconds": round(recordings_took, 2),
        "recordings_mb": round(size / 1e6, 1),
        "refused": refused,
        "without_number": sum(not number for number in numbers.values()),
        "out_of_order": sum(numbers[a] >= numbers[b] for a, b in itertools.pairwise(sent)),
        "recordings_wrong": _wrong(url, seat, [path.stem for path in (seat / "recordings").iterdir()]),
    }


def _take_calls(store: SeatStore, seat: Path, calls: int, seconds: int) -> list[str]:
    """Calls one after the other, each with its sound and its ticket; the tickets' ids in order."""
    noise, sent = np.random.default_rng(12345), list[str]()
    began = datetime.now(UTC) - timedelta(hours=8)
    for number in range(calls):
        call = Call(f"call-{secrets.token_hex(8)}", began + timedelta(minutes=number), "line")
        store.start_call(call)
        writer = RecordingWriter(seat / "recordings" / f"{call.id}.jrec", KEY)
        for second in range(seconds):
            for speaker in Speaker:
                sound = noise.normal(0, 600, 16000).astype(np.int16)
                writer.append(AudioBlock(speaker, float(second), sound))
        writer.close()
        store.end_call(call.id, call.started_at + timedelta(seconds=seconds))
        ticket = replace(
            sample_ticket("seat-1"),
            call_id=call.id,
            submitted_at=call.started_at + timedelta(seconds=30),
        )
        store.submit(ticket)
        sent.append(ticket.id)
    return sent


def _wrong(url: str, seat: Path, call_ids: list[str]) -> int:
    """Recordings that the centre does not have byte for byte, or whose key does not open them."""
    database, wrong = CentreDatabase(url), 0
    copy = seat / "copy.jrec"
    for call_id in call_ids:
        kept = sealed_recording(database, call_id)
        if kept is None or kept[0] != (seat / "recordings" / f"{call_id}.jrec").read_bytes():
            wrong += 1
            continue
        copy.write_bytes(kept[0])
        wrong += not RecordingReader(copy, kept[1]).complete
    database.close()
    return wrong
