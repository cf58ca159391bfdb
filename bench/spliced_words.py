"""Words of a spliced call of an hour: how far a click is off where the engine gives no times of words.

Turns of recorded calls are joined, two or three to an utterance, half of them without a pause, half
with one as at the end of a sentence, and laid on both sides of a quiet line for an hour. Where one
joins the next, the true second of a character is known to the sample. Utterances are drawn by a seed;
each is timed as a click does it (``speech/word_times.py``).
Only characters at a joint are measured: what lies between them has no truth.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.parts import models_dir
from app.review.moments import word_start
from app.review.playback import CallAudio
from bench.sounds import line_noise
from bench.splices import Said, loud_edges, turns
from resources.loader import resource_path
from speech.audio.recording import RecordingWriter
from speech.audio.source import AudioBlock
from speech.engines.base import SAMPLE_RATE, Samples
from speech.models import ModelStore
from speech.utterance import Speaker, Utterance
from speech.word_times import Attention, timed

MODEL = "whisper-base"
MINUTES, WORDS = 60, 200
KEY = bytes(range(32))
SEED = 20261123
LONGEST_S = 14.0
_PAUSE_S = 1.0
_GAP_S = (0.15, 0.6)


@dataclass(frozen=True, slots=True)
class Joint:
    """A character of an utterance whose true second is known."""

    said: Utterance
    offset: int
    second: float
    paused: bool


def spliced_words(data: Path | None, words: int = WORDS, minutes: int = MINUTES) -> dict[str, Any]:
    """Error of ``words`` clicked words in milliseconds. Raises ``UserError`` without the model."""
    engine = ModelStore(models_dir()).load_final(MODEL)
    attention: Attention | None = getattr(engine, "attention", None)
    calls = data / "calls" if data and (data / "calls").is_dir() else resource_path("calls")
    pieces = [piece for piece in map(_trimmed, turns(calls)) if len(piece.text) > 1]
    with tempfile.TemporaryDirectory(prefix="spliced-") as folder:
        path = Path(folder) / "call.jrec"
        joints = _record(path, pieces, minutes)
        audio, errors, after_pause = CallAudio(path, KEY), list[float](), list[bool]()
        for joint in random.Random(SEED).sample(joints, min(words, len(joints))):
            own = audio.side(joint.said.speaker, joint.said.start, joint.said.end)
            found = word_start(timed(joint.said, own, attention), joint.offset)
            errors.append(abs(found - joint.second) * 1000)
            after_pause.append(joint.paused)
        all_of, paused = np.array(errors), np.array(after_pause)
        return {
            "minutes": round(audio.seconds / 60, 1),
            "all": _figures(all_of),
            "after_a_pause": _figures(all_of[paused]),
            "run_on": _figures(all_of[~paused]),
        }


def _figures(errors: NDArray[np.float64]) -> dict[str, float]:
    if not len(errors):
        return {"words": 0}
    return {
        "words": len(errors),
        "p50_ms": round(float(np.percentile(errors, 50)), 1),
        "p95_ms": round(float(np.percentile(errors, 95)), 1),
        "within_50_ms": round(float(np.mean(errors <= 50)), 3),
    }


def _trimmed(said: Said) -> Said:
    """A turn without what is quiet about it."""
    begin, end = loud_edges(said.samples)
    return Said(said.samples[begin:end], said.text)


def _record(path: Path, pieces: Sequence[Said], minutes: int) -> list[Joint]:
    """Record the call; its joints."""
    chance, writer, joints = random.Random(SEED), RecordingWriter(path, KEY), list[Joint]()
    noise, second = line_noise(1.0) // 8, 0
    while second < minutes * 60:
        joined = [chance.choice(pieces) for _ in range(chance.choice((2, 3)))]
        paused = chance.random() < 0.5
        gap = line_noise(chance.uniform(*_GAP_S) if paused else 0.01) // 8
        parts = [part for piece in joined for part in (piece.samples, gap)][:-1]
        sound = np.concatenate(parts)
        length = len(sound) / SAMPLE_RATE
        if length > LONGEST_S:
            continue
        speaker, start = chance.choice(list(Speaker)), second + _PAUSE_S
        text = "".join(piece.text for piece in joined)
        said = Utterance(f"u{second}", speaker, start, start + length, text, text, "bench")
        offset, at = 0, start
        for before in joined[:-1]:
            offset += len(before.text)
            at += (len(before.samples) + len(gap)) / SAMPLE_RATE
            joints.append(Joint(said, offset, at, paused))
        seconds = int(length + 2 * _PAUSE_S) + 1
        for side in Speaker:
            own = np.tile(noise, seconds)
            if side is speaker:
                first = round(_PAUSE_S * SAMPLE_RATE)
                own[first : first + len(sound)] = sound
            _write(writer, side, second, own)
        second += seconds
    writer.close()
    return joints


def _write(writer: RecordingWriter, side: Speaker, second: int, samples: Samples) -> None:
    for number in range(len(samples) // SAMPLE_RATE):
        stretch = samples[number * SAMPLE_RATE : (number + 1) * SAMPLE_RATE]
        writer.append(AudioBlock(side, float(second + number), stretch))
