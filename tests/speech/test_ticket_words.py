"""What the operator writes into the ticket tells the decoder which names to expect."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from app.domain.draft import Draft
from app.events import AudioEnded, DraftChanged, SpeechEvent
from app.hearing import recogniser_over
from app.workplace import Workplace
from resources.loader import resource_path
from speech.audio.files import FileSource
from speech.engines.base import Decoded, Samples

CALL = "call-1"


class Noting:
    """An engine that notes the words it was told to expect."""

    name = "noting"

    def __init__(self) -> None:
        self.expected: list[tuple[str, ...]] = []

    def decode(self, samples: Samples, hot_words: Sequence[str] = ()) -> Decoded:
        self.expected.append(tuple(hot_words))
        return Decoded("嗯")


def test_a_place_in_the_ticket_is_expected_in_the_talk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, told = Noting(), list[SpeechEvent]()
    with closing(Workplace(tmp_path)) as desk:
        monkeypatch.setattr(desk.parts, "final_engine", lambda model: engine)
        monkeypatch.setattr(desk.parts, "live_model", lambda: None)
        sound = FileSource(resource_path("calls", "03-bbq-fumes.flac"), pace=None)
        hearing = recogniser_over(sound, CALL, desk.parts, desk.settings, told.append, desk.bus)
        for draft in (
            Draft("1", CALL).type("district", "丰台区"),
            Draft("2", "another call").type("district", "海淀区"),
        ):
            desk.bus.publish(DraftChanged(draft))
        hearing.start()
        assert hearing.join(60)
    assert any(isinstance(event, AudioEnded) for event in told)
    assert engine.expected
    assert all(words[0] == "丰台区" and "方庄街道" in words for words in engine.expected)
