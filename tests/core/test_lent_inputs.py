"""Sound inputs that only one listener gets: the level test gives them back to a call."""

from __future__ import annotations

import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest

from app.desk import DeviceCall
from app.events import AudioLevel, SpeechEvent
from app.sample_data import SAMPLE_CALL
from app.workplace import Workplace
from resources.errors import UserError
from resources.loader import resource_path
from speech.audio.files import FileSource


def test_the_level_test_ends_before_a_call_opens_its_inputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIESU_KEYRING", "off")
    heard = threading.Event()

    def hear(event: SpeechEvent) -> None:
        if isinstance(event, AudioLevel):
            heard.set()

    with closing(Workplace(tmp_path)) as desk:
        trial = desk.first_day.begin()
        sample = resource_path(*SAMPLE_CALL)
        desk.first_day._hear(trial, lambda: FileSource(sample, 1.0), hear)
        assert heard.wait(20)
        listening = [one for one in threading.enumerate() if one.name.startswith("recogniser")]
        assert listening
        with suppress(UserError):  # whether or not this machine has a sound input
            desk.start_call(DeviceCall())
        assert not any(one.is_alive() for one in listening)
        desk.hang_up()
