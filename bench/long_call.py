"""A call of an hour: memory stays flat, and text stays where its sound is."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from speech.audio.files import FileSource
from speech.audio.recording import RecordingReader, RecordingWriter
from speech.engines.base import SAMPLE_RATE, Samples, UtteranceEngine
from speech.events import SpeechEvent, UtteranceHeard
from speech.recogniser import Recogniser
from speech.repair.repairer import Repairer
from speech.utterance import Speaker, Utterance

KEY = b"a key for one very long call...."
MINUTES = 60.0
RATE = 44_100
"""A rate that is no multiple of ours, so that any drift of the conversion would show."""


def long_call(audio: Path, final: UtteranceEngine, minutes: float = MINUTES) -> dict[str, Any]:
    """A call repeated for ``minutes``, recorded and recognised as fast as it goes.

    ``rss_mb`` = memory in each sixth of the call (medians); ``text_drift_ms`` = by how much
    the same words stand elsewhere in the last tenth than in the first; ``audio_drift_ms`` = the
    same for the recorded sound.
    """
    with tempfile.TemporaryDirectory() as folder:
        path, length = _repeated(audio, minutes * 60, Path(folder))
        source, recording = FileSource(path), Path(folder) / "call.jrec"
        memory: list[tuple[float, float]] = []
        said: list[Utterance] = []

        def listen(event: SpeechEvent) -> None:
            if isinstance(event, UtteranceHeard):
                said.append(event.utterance)
                memory.append((event.utterance.end, _memory_mb()))

        repair = Repairer().for_call()
        begun = time.perf_counter()
        recogniser = Recogniser(
            source, RecordingWriter(recording, KEY), None, final, repair, repair.hot_words, listen
        )
        recogniser.start()
        recogniser.join()
        took = time.perf_counter() - begun
        sixths = [[mb for at, mb in memory if n <= 6 * at / source.seconds <= n + 1] for n in range(6)]
        return {
            "seconds": round(source.seconds, 1),
            "took_s": round(took, 1),
            "utterances": len(said),
            "rss_mb": [round(statistics.median(one), 1) if one else None for one in sixths],
            "text_drift_ms": _text_drift_ms(said, length, source.seconds),
            "audio_drift_ms": _audio_drift_ms(RecordingReader(recording, KEY), length),
        }


def _repeated(audio: Path, seconds: float, folder: Path) -> tuple[Path, float]:
    """The call over and over in one file; the length of one turn of it."""
    samples, rate = soundfile.read(audio, dtype="int16", always_2d=True)
    factor = RATE / rate
    places = np.arange(round(len(samples) * factor)) / factor
    sides = [np.interp(places, np.arange(len(samples)), side) for side in samples.T]
    once = np.stack(sides, axis=1).astype(np.int16)
    path = folder / "long.wav"
    with soundfile.SoundFile(path, "w", RATE, once.shape[1], "PCM_16") as sound:
        for _ in range(max(2, round(seconds * RATE / len(once)))):
            sound.write(once)
    return path, len(once) / RATE


def _text_drift_ms(said: list[Utterance], length: float, seconds: float) -> float | None:
    """The largest shift of an utterance of the last tenth against the nearest of the first."""
    share = max(length, seconds / 10)
    first = [one for one in said if one.start < share]
    last = [one for one in said if one.start > seconds - share]
    shifts = []
    for one in last:
        turns = [
            abs((one.start - other.start + length / 2) % length - length / 2)
            for other in first
            if other.speaker is one.speaker and other.text[:2] == one.text[:2]
        ]
        if turns:
            shifts.append(min(turns))
    return round(1000 * max(shifts), 1) if shifts else None


def _audio_drift_ms(reader: RecordingReader, length: float) -> float:
    """How far the last turn of the recorded call is from where the first one says it must be."""
    turns = int(reader.seconds / length) - 1
    first = reader.read(Speaker.CALLER, 0.0, length)
    start = turns * length
    last = reader.read(Speaker.CALLER, start, start + length)
    return round(1000 * _delay(first, last), 1)


def _delay(one: Samples, other: Samples) -> float:
    """By how many seconds ``other`` comes later than ``one`` (highest correlation)."""
    size = 1 << (len(one) + len(other)).bit_length()
    spectra = [np.fft.rfft(side.astype(float), size) for side in (one, other)]
    at = int(np.argmax(np.fft.irfft(np.conj(spectra[0]) * spectra[1])))
    return (at if at < size // 2 else at - size) / SAMPLE_RATE


def _memory_mb() -> float:
    """Memory of this process now; where the system does not say, its most so far."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * 4096 / 1e6
    if sys.platform == "win32":
        return 0.0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
