"""Case files are read strictly and replayed like a call."""

import json
from pathlib import Path

import pytest

from app.events import AudioEnded, SpeechEvent, UtteranceHeard
from app.script import ScriptHearing, load_case
from resources.errors import UserError
from resources.loader import resource_path

SAMPLE = resource_path("calls", "03-bbq-fumes.json")


def replay(pace: float | None) -> list[SpeechEvent]:
    events: list[SpeechEvent] = []
    hearing = ScriptHearing(load_case(SAMPLE), pace, events.append)
    hearing.start()
    assert hearing.join(30)
    return events


def test_the_sample_replays_every_turn_in_order_and_ends() -> None:
    events = replay(None)
    heard = [event.utterance for event in events if isinstance(event, UtteranceHeard)]
    case = load_case(SAMPLE)
    assert heard == list(case.turns)
    assert events[-1] == AudioEnded(case.turns[-1].end)


def test_a_stopped_replay_ends_at_once() -> None:
    events: list[SpeechEvent] = []
    hearing = ScriptHearing(load_case(SAMPLE), 1.0, events.append)
    hearing.start()
    hearing.stop()
    assert hearing.join(5)
    assert isinstance(events[-1], AudioEnded)


TURN = {"speaker": "caller", "start": 0, "end": 1, "text": "x"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b'{"turns": 3}',
        b'{"turns": [1]}',
        json.dumps({"turns": [{**TURN, "speaker": "nobody"}]}).encode(),
        json.dumps({"turns": [{**TURN, "end": -1}]}).encode(),
        json.dumps({"turns": [{**TURN, "end": 1e99}]}).encode(),
        b'{"turns": [{"speaker": "caller", "start": NaN, "end": NaN, "text": ""}]}',
        b"[" * 100_000,
    ],
)
def test_broken_case_files_are_refused_with_a_code(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "case.json"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        load_case(path)
    assert caught.value.code == "CASE_UNREADABLE"


def test_a_missing_case_is_refused_with_a_code(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="CASE_UNREADABLE"):
        load_case(tmp_path / "none.json")


def test_audio_beside_the_case_cannot_point_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps({"turns": [TURN], "audio": "../../etc/passwd"}))
    assert load_case(path).audio == tmp_path / "passwd"
