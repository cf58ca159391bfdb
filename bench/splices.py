"""Utterances spliced into a quiet line: whether the pipeline keeps their first and last syllable."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz.distance import Levenshtein

from app.script import load_case
from bench.sounds import line_noise
from resources.pinyin import syllables
from speech.audio.files import FileSource
from speech.engines.base import SAMPLE_RATE, Samples, UtteranceEngine
from speech.evaluate import normalise
from speech.utterance import Speaker
from speech.vad import Stretch, VoiceDetector

TRIALS = 100
LOUD = 0.05
"""Share of an utterance's loudest tenth of a second from which on it counts as sound."""
ABOVE_NOISE = 1.6
"""And so many times as loud as the noise of the line, which may be a tenth of the loudest."""
_HAN = re.compile("[^\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Said:
    """One turn of a call: its own sound, and the true text."""

    samples: Samples
    text: str


def turns(folder: Path) -> Iterator[Said]:
    """All turns of the recorded calls in a folder."""
    for path in sorted(folder.glob("*.json")):
        case = load_case(path)
        if case.audio is None:
            continue
        sides = two_sides(case.audio)
        for turn in case.turns:
            begin, end = round(turn.start * SAMPLE_RATE), round(turn.end * SAMPLE_RATE)
            yield Said(sides[turn.speaker][begin:end], turn.text)


def two_sides(audio: Path) -> dict[Speaker, Samples]:
    """The whole sound of each speaker of a recorded call."""
    parts: dict[Speaker, list[Samples]] = {}
    for block in FileSource(audio).blocks():
        parts.setdefault(block.speaker, []).append(block.samples)
    return {speaker: np.concatenate(blocks) for speaker, blocks in parts.items()}


def spliced(
    said: Sequence[Said], engine: UtteranceEngine | None, trials: int = TRIALS
) -> dict[str, Any]:
    """Lost beginnings and ends over ``trials`` utterances.

    ``cut_sound``: the pipeline's stretches leave out some of the utterance's sound. ``first_lost``,
    ``last_lost``: the engine hears that syllable in the utterance alone, and nothing at its place in
    the stretches (another syllable there, 你 for 您, is misheard and not lost).
    """
    chance = np.random.default_rng(3)
    cut, first, last, compared = 0, [], [], 0
    for number in range(trials):
        one = said[number % len(said)]
        before, after = chance.uniform(0.7, 3.0, 2)
        lead = round(before * SAMPLE_RATE)
        sound = line_noise(before + after + len(one.samples) / SAMPLE_RATE) // 4
        sound[lead : lead + len(one.samples)] = one.samples
        found = stretches(sound)
        begin, end = (edge + lead for edge in loud_edges(one.samples))
        heard_from = min((round(s.start * SAMPLE_RATE) for s in found), default=len(sound))
        heard_to = max((round(s.start * SAMPLE_RATE) + len(s.samples) for s in found), default=0)
        cut += heard_from > begin or heard_to < end
        if engine is None:
            continue
        compared += 1
        alone = sounds(engine.decode(one.samples).text)
        whole = sounds("".join(engine.decode(stretch.samples).text for stretch in found))
        true = sounds(one.text)
        missing = {op.src_pos for op in Levenshtein.editops(alone, whole) if op.tag == "delete"}
        if true[:1] == alone[:1] and 0 in missing:
            first.append(one.text)
        if true[-1:] == alone[-1:] and len(alone) - 1 in missing:
            last.append(one.text)
    return {
        "utterances": trials,
        "cut_sound": int(cut),
        "compared": compared,
        "first_lost": len(first),
        "last_lost": len(last),
        "lost_in": first + last,
    }


def stretches(sound: Samples) -> list[Stretch]:
    """What the pipeline would decode of a speaker's sound."""
    detector = VoiceDetector()
    blocks = (sound[at : at + 1600] for at in range(0, len(sound), 1600))
    found = [item for block in blocks for item in detector.feed(block)] + detector.finish()
    return [item for item in found if isinstance(item, Stretch)]


def loud_edges(samples: Samples) -> tuple[int, int]:
    """The first and last sample of what can be heard of an utterance."""
    frame = SAMPLE_RATE // 100
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame).astype(np.float64)
    level = np.sqrt((frames**2).mean(axis=1))
    ordered = np.sort(level)
    noise = ordered[: max(1, len(ordered) // 10)].mean()
    loud = np.flatnonzero(level > max(LOUD * ordered[-10:].mean(), ABOVE_NOISE * noise))
    return int(loud[0]) * frame, int(loud[-1] + 1) * frame


def sounds(text: str) -> tuple[str, ...]:
    """The syllables of a text without tones."""
    return tuple(syllables(_HAN.sub("", normalise(text))))
