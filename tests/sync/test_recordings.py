"""A shift's recordings reach the centre whole, go on where they broke off, and leave when due."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from centre_process import Api, CentreProcess

from app.domain.call import Call, Speaker
from app.sync import recordings as recordings_module
from app.sync.client import CentreClient
from app.sync.delivery import log_in
from app.sync.protocol import RecordingPart, RecordingReceipt
from app.sync.recordings import Recordings
from bench.shift import run
from resources.errors import UserError
from server.database import CentreDatabase, default_url
from server.recordings import sealed_recording
from speech.audio.recording import RecordingReader, RecordingWriter, file_key
from speech.audio.source import AudioBlock

KEY = bytes(range(32))


def record(seat: Any, folder: Path, call_id: str) -> Path:
    """A call with two seconds of sound."""
    seat.store.start_call(Call(call_id, datetime.now(UTC), "line"))
    path = folder / "recordings" / f"{call_id}.jrec"
    writer = RecordingWriter(path, KEY)
    sound = np.random.default_rng(1).normal(0, 3000, 16000).astype(np.int16)
    for second in range(2):
        writer.append(AudioBlock(Speaker.CALLER, float(second), sound))
    writer.close()
    seat.store.end_call(call_id, datetime.now(UTC))
    return path


def test_a_shift_without_the_centre_arrives_in_order_with_its_recordings() -> None:
    figures = run(None, calls=12, seconds=2)
    wrong = ("refused", "without_number", "out_of_order", "recordings_wrong")
    assert {name: figures[name] for name in wrong} == dict.fromkeys(wrong, 0)


def test_an_upload_goes_on_where_it_broke_off(
    seat: Any, own_centre: CentreProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings_module, "PART_BYTES", 10_000)
    path = record(seat, tmp_path / "seat", "call-a")
    log_in(seat.store, own_centre.url, *own_centre.add_seat())
    mine = Recordings(seat.store, tmp_path / "seat", KEY)
    asked, parts = iter([False, False, True]), list[int]()

    async def break_off_and_go_on() -> None:
        async with CentreClient(own_centre.url) as centre:
            assert await mine.upload(centre, lambda: next(asked)) == 0
            assert seat.store.not_uploaded(10) == ("call-a",)
            keep = centre.keep_recording

            async def counted(token: str, part: RecordingPart) -> RecordingReceipt | None:
                parts.append(part.offset)
                return await keep(token, part)

            monkeypatch.setattr(centre, "keep_recording", counted)
            assert await mine.upload(centre) == 1

    asyncio.run(break_off_and_go_on())
    assert parts[:2] == [0, 20_000]  # the question, then the third part
    assert seat.store.not_uploaded(10) == ()
    database = CentreDatabase(own_centre.database_url or default_url(own_centre.data_dir))
    kept = sealed_recording(database, "call-a")
    database.close()
    assert kept is not None
    assert kept[0] == path.read_bytes()
    copy = tmp_path / "copy.jrec"
    copy.write_bytes(kept[0])
    assert RecordingReader(copy, kept[1]).seconds == 2.0
    other = record(seat, tmp_path / "seat", "call-b")
    with pytest.raises(UserError, match="RECORDING_KEY"):
        RecordingReader(other, kept[1])


def test_what_is_still_written_waits_and_what_is_due_goes(
    seat: Any, own_centre: CentreProcess, tmp_path: Path
) -> None:
    done = record(seat, tmp_path / "seat", "call-done")
    live = tmp_path / "seat" / "recordings" / "call-live.jrec"
    writing = RecordingWriter(live, KEY)
    writing.flush()
    seat.store.start_call(Call("call-live", datetime.now(UTC), "line"))
    seat.store.end_call("call-live", datetime.now(UTC))
    log_in(seat.store, own_centre.url, *own_centre.add_seat())
    mine = Recordings(seat.store, tmp_path / "seat", KEY)

    async def upload() -> int:
        async with CentreClient(own_centre.url) as centre:
            return await mine.upload(centre)

    assert asyncio.run(upload()) == 1
    assert seat.store.not_uploaded(10) == ("call-live",)
    soon, later = datetime.now(UTC) + timedelta(days=29), datetime.now(UTC) + timedelta(days=31)
    assert (mine.forget_old(30, soon), done.exists()) == (0, True)
    assert (mine.forget_old(30, later), done.exists(), live.exists()) == (1, False, True)
    writing.close()


def part_of(content: bytes, **changes: Any) -> dict[str, Any]:
    given = {
        "call_id": f"call-{sha256(content).hexdigest()[:16]}",
        "size": len(content),
        "sha256": sha256(content).hexdigest(),
        "file_key": "00" * 48,
        "offset": 0,
        "data": base64.b64encode(content).decode(),
    }
    return given | changes


def test_the_centre_takes_nothing_wrong(api: Api, centre: CentreProcess) -> None:
    def send(part: dict[str, Any], who: Api = api) -> Any:
        return who.send("POST", "/recordings", json=part)

    whole = part_of(b"sealed bytes" * 100)
    lying = part_of(b"other bytes" * 100, sha256="ab" * 32)
    assert send(lying).json() == {"received": 0, "complete": False}
    assert send(part_of(b"gap" * 10, offset=3)).status_code == 413
    assert send(whole | {"data": "", "offset": 0}).json() == {"received": 0, "complete": False}
    assert send(whole).json() == {"received": 1200, "complete": True}
    assert send(whole).json() == {"received": 1200, "complete": True}
    stranger = Api(centre.url, *centre.add_seat()).log_in()
    assert send(whole, stranger).status_code == 403
    for bad in ({"data": "A"}, {"size": 0}, {"call_id": "a\0b"}, {"file_key": "zz"}, {"offset": -1}):
        assert send(whole | bad).status_code == 422
    assert send(whole, Api(centre.url, "nobody", "", "none")).status_code == 401


def test_the_key_of_one_recording_is_not_the_key_of_all(seat: Any, tmp_path: Path) -> None:
    one, two = record(seat, tmp_path, "one"), record(seat, tmp_path, "two")
    assert file_key(one, KEY) != file_key(two, KEY)
    assert KEY not in file_key(one, KEY)
