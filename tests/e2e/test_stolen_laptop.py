"""After a day of use nothing on the disk gives up a name or number: database, sound, logs, reports."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sample_tickets import make_ticket

import main
from app.command_line import Options
from app.domain.call import Call, Speaker, Utterance
from app.domain.draft import Draft
from app.security.recovery import make_recovery_key
from app.storage.snapshots import take_snapshot
from app.sync.credential import Credential
from app.workplace import Workplace
from speech.audio.recording import RecordingWriter
from speech.audio.source import AudioBlock
from ui.window.reports import save_report

SECRETS = ("欧阳测试", "13800138000", "阜通东大街", "煤气味很重", "夜里看不清路", "seat-password")


def traces(folder: Path) -> list[str]:
    """Files that hold one of the secrets in any encoding a text may lie in."""
    found = []
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        for secret in SECRETS:
            forms = [secret.encode(code) for code in ("utf-8", "gb18030", "utf-16-le", "utf-16-be")]
            forms += [secret.encode("unicode_escape"), secret.encode("utf-8").hex().encode()]
            if any(form in content for form in forms):
                found.append(f"{secret} in {path.name}")
    return found


def fail(secret: str) -> None:
    """A bug whose exception quotes what a caller said."""
    try:
        {}[secret]
    except KeyError as error:
        raise ValueError(f"cannot handle {secret!r}") from error


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    """The seat's log, written as ``main.py`` writes it."""
    root = logging.getLogger()
    before, root.handlers = root.handlers, []
    main.keep_log(Options(command="call", data_dir=tmp_path / "seat"))
    (handler,) = root.handlers
    yield tmp_path / "seat" / "logs" / "jiesu.log"
    root.handlers = before
    handler.close()


def a_day(desk: Workplace, folder: Path) -> None:
    """Calls with sound, transcript, drafts and tickets; bugs; a copy; a recovery key; a handover."""
    store, key = desk.parts.store(), desk.parts.key()
    store.set_credential(Credential("https://centre", "seat-1", "seat-password", "token"))
    for number in range(5):
        call = Call(f"call-{number}", datetime.now(UTC), "麦克风", "13800138000")
        store.start_call(call)
        writer = RecordingWriter(desk.parts.recording_path(call.id), key.recordings)
        for second in range(3):
            sound = np.zeros(16000, dtype=np.int16)
            writer.append(AudioBlock(Speaker.CALLER, float(second), sound))
        writer.close()
        words = "我叫欧阳测试，阜通东大街煤气味很重，电话13800138000"
        store.add_utterance(call.id, Utterance("u1", Speaker.CALLER, 0.0, 3.0, words, words, "test"))
        ticket = make_ticket(call.id)
        store.save_draft(Draft(f"draft-{number}", call.id, ticket.content))
        store.submit(ticket)
    take_snapshot(folder, key.database, datetime.now(UTC))
    make_recovery_key(folder, key)
    desk.export_outbox(folder / "by-hand.jiesu-outbox")
    for secret in SECRETS:
        try:
            fail(secret)
        except ValueError as error:
            logging.getLogger("app.test").exception("sync failed")
            save_report(folder / "logs", error)
            main.save_report(Options(data_dir=folder))


def test_nothing_on_the_disk_names_anybody(tmp_path: Path, log_file: Path) -> None:
    folder = tmp_path / "seat"
    desk = Workplace(folder)
    a_day(desk, folder)
    assert traces(folder) == []  # also while the desk runs, with its write-ahead log
    desk.close()
    assert traces(folder) == []
    assert b"fLaC" not in (folder / "recordings" / "call-0.jrec").read_bytes()
    kept = log_file.read_text("utf-8") + (folder / "logs" / "last-error.txt").read_text("utf-8")
    assert kept.count("in fail") >= 2 * len(SECRETS)  # where it failed is still told
    assert "KeyError" in kept


def test_the_search_for_traces_finds_them(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"\0" + "欧阳测试".encode("utf-16-le"))
    (tmp_path / "two").write_text("电话13800138000", encoding="gb18030")
    assert len(traces(tmp_path)) == 2
