"""A call whose program died: what was recorded and not yet text is heard when it is taken up again."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.call import Call, Speaker, Utterance
from app.domain.draft import Draft
from app.events import AudioEnded, Event, Heard
from app.parts import models_dir
from app.workplace import Workplace
from resources.loader import resource_path
from speech.audio.files import FileSource
from speech.audio.recording import RecordingWriter
from speech.models import ModelStore

CALL = resource_path("calls", "01-water-outage.flac")
DIED_AT = 25.2


@pytest.fixture
def with_model() -> None:
    """The model for final text is installed, or the test is skipped."""
    states = ModelStore(models_dir()).list()
    if not any(state.name == "whisper-base" and state.installed for state in states):
        pytest.skip("whisper-base is not installed in the models folder")


def died(data: Path) -> Draft:
    """A seat whose program died after 25 s of a call, with the first two turns stored."""
    with closing(Workplace(data)) as desk:
        call = Call("died", datetime.now(UTC), "line")
        desk.parts.store().start_call(call)
        said = [
            Utterance("1", Speaker.OPERATOR, 0.3, 5.6, "请问有什么可以帮您？", "…", "whisper-base"),
            Utterance("2", Speaker.CALLER, 6.3, 16.5, "我们小区停水", "…", "whisper-base"),
        ]
        for utterance in said:
            desk.parts.store().add_utterance(call.id, utterance)
        draft = Draft(id="draft", call_id=call.id)
        desk.parts.store().save_draft(draft)
        writer = RecordingWriter(desk.parts.recording_path(call.id), desk.parts.key().recordings)
        for block in FileSource(CALL).blocks():
            if block.end <= DIED_AT:
                writer.append(block)
        writer.flush()
        as_it_died = writer.path.read_bytes()
        writer.close()
        writer.path.write_bytes(as_it_died)
        return draft


def resumed(data: Path, draft: Draft) -> tuple[Utterance, ...]:
    """The transcript after the draft was taken up again and everything was heard."""
    ended = threading.Event()

    def watch(event: Event) -> None:
        if isinstance(event, Heard) and isinstance(event.event, AudioEnded):
            ended.set()

    with closing(Workplace(data)) as desk:
        desk.bus.subscribe(watch)
        desk.resume(draft.id)
        assert ended.wait(100)
        return desk.transcript(draft.call_id)


@pytest.mark.models
@pytest.mark.usefixtures("with_model")
def test_what_was_recorded_and_not_yet_text_is_heard_again(tmp_path: Path) -> None:
    draft = died(tmp_path)
    transcript = resumed(tmp_path, draft)
    assert [one.id for one in transcript[:2]] == ["1", "2"]  # committed text stays
    later = [one for one in transcript if one.start > 17]
    assert {one.speaker for one in later} == set(Speaker)
    assert "回龙观街道" in "".join(one.text for one in later)
    with closing(Workplace(tmp_path)) as desk:
        past = desk.parts.store().call(draft.call_id)
        assert past is not None
        assert past.ended_at is not None  # and is not heard a third time


def test_a_call_without_its_sound_is_taken_up_as_it_is(tmp_path: Path) -> None:
    draft = died(tmp_path)
    with closing(Workplace(tmp_path)) as desk:
        desk.parts.recording_path(draft.call_id).unlink()
        desk.resume(draft.id)
        assert len(desk.transcript(draft.call_id)) == 2
