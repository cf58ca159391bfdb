"""Made sounds, and sources that are not files, for the tests of this room."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

import numpy as np

from speech.audio.source import AudioBlock
from speech.engines.base import SAMPLE_RATE, Samples
from speech.events import SpeechDegraded, SpeechEvent, UtteranceHeard
from speech.utterance import Speaker

KEY = b"0123456789abcdef0123456789abcdef"
BLOCK = 1600


class ScriptedSource:
    """Gives out prepared items as fast as they are taken; an exception among them is raised."""

    def __init__(
        self,
        items: Iterable[AudioBlock | SpeechDegraded | Exception],
        speakers: tuple[Speaker, ...] = tuple(Speaker),
        live: bool = False,
    ) -> None:
        self.name, self.speakers, self.live = "scripted", speakers, live
        self._items = items
        self._stopped = threading.Event()

    def blocks(self) -> Iterator[AudioBlock | SpeechDegraded]:
        for item in self._items:
            if self._stopped.is_set():
                return
            if isinstance(item, Exception):
                raise item
            yield item

    def stop(self) -> None:
        self._stopped.set()


def blocks_of(
    samples: Samples, speaker: Speaker = Speaker.CALLER, start: float = 0.0
) -> list[AudioBlock]:
    """Samples as blocks of 100 ms."""
    return [
        AudioBlock(speaker, start + at / SAMPLE_RATE, samples[at : at + BLOCK])
        for at in range(0, len(samples), BLOCK)
    ]


def spoken(events: list[SpeechEvent], speaker: Speaker) -> str:
    """The text of one speaker."""
    heard = [event.utterance for event in events if isinstance(event, UtteranceHeard)]
    return "".join(utterance.text for utterance in heard if utterance.speaker is speaker)


def silence(seconds: float) -> Samples:
    """Digital silence, int16 at 16 kHz."""
    return np.zeros(int(seconds * SAMPLE_RATE), dtype=np.int16)


def tone(seconds: float, frequency: float = 440.0, level: float = 0.3) -> Samples:
    """A pure tone, int16 at 16 kHz."""
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (level * 32767 * np.sin(2 * np.pi * frequency * time)).astype(np.int16)


def noise(seconds: float, level: float = 0.05, seed: int = 1) -> Samples:
    """White noise, int16 at 16 kHz."""
    count = int(seconds * SAMPLE_RATE)
    return (level * 32767 * np.random.default_rng(seed).standard_normal(count)).astype(np.int16)


def ring_back(seconds: float) -> Samples:
    """The Chinese ring-back tone: 450 Hz, one second on, four off."""
    sound = tone(seconds, 450.0)
    on = (np.arange(len(sound)) // SAMPLE_RATE) % 5 == 0
    return (sound * on).astype(np.int16)
