"""The caller's voice, with the engine that Qt has for tests: it takes its time and makes no sound."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QLocale
from pytestqt.qtbot import QtBot

from ui.drill.voice import SILENT, Voice


def test_lines_are_spoken_one_after_another_and_stop_at_once(qtbot: QtBot) -> None:
    speech = pytest.importorskip(
        "PySide6.QtTextToSpeech", reason="Qt's speech is not installed (extra: voice)"
    )
    english = QLocale(QLocale.Language.English)
    voice = Voice(None, SILENT, english)
    assert voice.available
    spoken: list[int] = []
    voice._speech.aboutToSynthesize.connect(spoken.append)
    voice.say("water is out")
    voice.say("since last night")
    qtbot.waitUntil(lambda: len(spoken) == 2, timeout=10_000)
    qtbot.waitUntil(lambda: voice._speech.state() is speech.QTextToSpeech.State.Ready, timeout=10_000)
    voice.say("a line that is cut off " * 50)
    voice.stop()
    assert voice._speech.state() is speech.QTextToSpeech.State.Ready
    assert not Voice(None, SILENT).available, "without a Chinese voice the trainer reads"


def test_without_a_voice_nothing_is_said(qtbot: QtBot) -> None:
    voice = Voice(None, SILENT, QLocale(QLocale.Language.Mongolian))
    assert not voice.available
    voice.say("您好")
    voice.stop()
