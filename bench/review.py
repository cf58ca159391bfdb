"""Listening again to a call of an hour: how soon it is open, and how far a clicked word is off.

A recording of 60 minutes carries a short tone at the start of every word. For 200 words drawn by a
seed, the second that a click gives is played, and the sound that is heard first is searched for the
tone of the word: the distance is the error, over word times, seek, decoding and mixing together.
With the model installed, words are besides looked for in speech (``bench/spliced_words.py``).
"""

from __future__ import annotations

import os
import random
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from app.domain.call import Speaker, Utterance, Word
from app.review.moments import word_start
from app.review.playback import CallAudio, CallPlayer
from bench.spliced_words import spliced_words
from resources.errors import UserError
from speech.audio.recording import RecordingWriter
from speech.audio.source import AudioBlock
from speech.engines.base import SAMPLE_RATE, Samples

MINUTES, WORDS = 60, 200
WORD_S, TONE_S = 0.45, 0.02
WORDS_A_TURN = 10
KEY = bytes(range(32))
SEED = 20261122


def run(data: Path | None) -> dict[str, Any]:
    """Error of 200 clicked words in milliseconds, and seconds to open a call of an hour."""
    with tempfile.TemporaryDirectory(prefix="review-") as folder:
        path = Path(folder) / "call.jrec"
        talk = make_call(path, MINUTES)
        figures: dict[str, Any] = {
            "word_to_sound": word_errors(path, talk),
            "open": opening(path, talk),
        }
    try:
        figures["spliced_words"] = spliced_words(data)
    except UserError as error:
        figures["spliced_words"] = {"skipped": error.code}
    return figures


def make_call(path: Path, minutes: float) -> tuple[Utterance, ...]:
    """Record a call with a tone at every word; its transcript with the true word times."""
    chance, at = random.Random(SEED), 0.5
    talk: list[Utterance] = []
    writer = RecordingWriter(path, KEY)
    sides = {speaker: np.zeros(SAMPLE_RATE * 60, dtype=np.int16) for speaker in Speaker}
    for minute in range(round(minutes)):
        for side in sides.values():
            side[:] = 0
        while at < (minute + 1) * 60 - WORDS_A_TURN:
            speaker = chance.choice(list(Speaker))
            words = []
            for _ in range(WORDS_A_TURN):
                words.append(Word("字", at, at + WORD_S))
                first = round((at - minute * 60) * SAMPLE_RATE)
                tone = _tone()
                sides[speaker][first : first + len(tone)] = tone
                at += WORD_S + chance.random() * 0.4
            text = "".join(word.text for word in words)
            name, (start, end) = f"u{len(talk)}", (words[0].start, words[-1].end)
            talk.append(Utterance(name, speaker, start, end, text, text, "bench", 1.0, tuple(words)))
            at += chance.random() * 3
        at = max(at, (minute + 1) * 60 + 0.5)
        for second in range(60):
            for speaker, side in sides.items():
                stretch = side[second * SAMPLE_RATE : (second + 1) * SAMPLE_RATE].copy()
                writer.append(AudioBlock(speaker, float(minute * 60 + second), stretch))
    writer.close()
    return tuple(talk)


def _tone() -> Samples:
    count = round(TONE_S * SAMPLE_RATE)
    wave: Samples = (12_000 * np.sin(2 * np.pi * 1000 * np.arange(count) / SAMPLE_RATE)).astype(
        np.int16
    )
    return wave


def word_errors(path: Path, talk: tuple[Utterance, ...]) -> dict[str, float]:
    """How far the nearest tone is from where the clicked word's sound begins, milliseconds."""
    chance, audio = random.Random(SEED + 1), CallAudio(path, KEY)
    errors, first = [], []
    player = CallPlayer(audio, _silently, lambda: None)
    for _ in range(WORDS):
        said = chance.choice(talk)
        offset = chance.randrange(len(said.text))
        begun = time.perf_counter()
        sound = player.first_sound(word_start(said, offset))
        first.append(time.perf_counter() - begun)
        true = said.words[offset].start
        onset = int(np.argmax(np.abs(sound.astype(np.int32)) > 2_000)) / SAMPLE_RATE
        errors.append(abs(word_start(said, offset) + onset - true) * 1000)
    return {
        "words": float(WORDS),
        "p50_ms": round(float(np.percentile(errors, 50)), 2),
        "p95_ms": round(float(np.percentile(errors, 95)), 2),
        "max_ms": round(max(errors), 2),
        "first_sound_p95_ms": round(float(np.percentile(first, 95)) * 1000, 1),
    }


def _silently(_samples: Samples) -> threading.Event:
    done = threading.Event()
    done.set()
    return done


def opening(path: Path, talk: tuple[Utterance, ...]) -> dict[str, float]:
    """Seconds until the call can be played, and until its waveforms are whole."""
    begun = time.perf_counter()
    audio = CallAudio(path, KEY)
    CallPlayer(audio, _silently, lambda: None).first_sound(talk[0].start)
    ready = time.perf_counter() - begun
    shown = _shown(talk)
    begun = time.perf_counter()
    for speaker in Speaker:
        audio.peaks(speaker, 0.0, audio.seconds)
    return {
        "minutes": round(audio.seconds / 60, 1),
        "playable_s": round(ready, 3),
        "talk_on_screen_s": round(shown, 3),
        "open_s": round(ready + shown, 3),
        "waveforms_s": round(time.perf_counter() - begun, 3),
    }


def _shown(talk: tuple[Utterance, ...]) -> float:
    """Seconds to put the whole talk on screen, every word to be clicked."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from ui.look.appearance import Appearance
    from ui.look.language import Language
    from ui.main import make_application
    from ui.review.talk_view import TalkView

    application = make_application(["bench"])
    view = TalkView(Language("zh"), Appearance(application, "light"))
    view.resize(600, 700)
    view.show()
    application.processEvents()
    begun = time.perf_counter()
    view.show_talk(talk)
    application.processEvents()
    took = time.perf_counter() - begun
    view.close()
    return took
