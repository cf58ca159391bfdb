"""A call without its personal numbers: masked text, and a tone over where they are said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from speech.audio.source import AudioBlock
from speech.engines.base import SAMPLE_RATE, Samples
from speech.privacy import PrivateSpan, find_private
from speech.utterance import Speaker, Utterance

TONE_HZ = 1000.0
TONE_LEVEL = 0.12
MARGIN_S = 0.3
"""Kept on both sides of a number whose words have times."""
GUESSED_MARGIN_S = 0.8
GUESSED_SHARE = 0.1
"""Without times the place is guessed from the letters before it, and more is covered: this many
seconds and this share of the utterance on both sides."""
_PAUSES = frozenset("，。、；：？！,.;:?!…")

Stretches = Mapping[Speaker, Sequence[tuple[float, float]]]
"""For each speaker from when to when, in seconds of the call."""


def private_stretches(utterances: Sequence[Utterance]) -> Stretches:
    """When personal numbers are said."""
    found: dict[Speaker, list[tuple[float, float]]] = defaultdict(list)
    for span in find_private(utterances):
        said = utterances[span.turn]
        found[said.speaker].append(_timed(said, span) or _guessed(said, span))
    return found


def _timed(said: Utterance, span: PrivateSpan) -> tuple[float, float] | None:
    """By the times of the words; only where the shown text is the one that was heard."""
    if not said.words or said.text != said.heard:
        return None
    at, inside = 0, []
    for word in said.words:
        begin = said.text.find(word.text, at)
        if begin < 0:
            return None
        at = begin + len(word.text)
        if begin < span.end and at > span.start:
            inside.append(word)
    if not inside:
        return None
    return inside[0].start - MARGIN_S, inside[-1].end + MARGIN_S


def _guessed(said: Utterance, span: PrivateSpan) -> tuple[float, float]:
    """Where a number stands if every character takes its usual share of the utterance."""
    weights = np.array([2.0 if char in _PAUSES else float(char.isalnum()) for char in said.text])
    until = np.concatenate([[0.0], np.cumsum(weights)])
    length = said.end - said.start
    scale = length / until[-1] if until[-1] else 0.0
    margin = GUESSED_MARGIN_S + GUESSED_SHARE * length
    begin = said.start + float(until[span.start]) * scale - margin
    end = said.start + float(until[span.end]) * scale + margin
    return max(begin, said.start - MARGIN_S), min(end, said.end + MARGIN_S)


def redacted(blocks: Iterable[AudioBlock], private: Stretches) -> Iterable[AudioBlock]:
    """The blocks with a tone instead of the sound in the given stretches."""
    for block in blocks:
        samples = block.samples
        first = round(block.start * SAMPLE_RATE)
        for begin, end in private.get(block.speaker, ()):
            low = max(0, round(begin * SAMPLE_RATE) - first)
            high = min(len(samples), round(end * SAMPLE_RATE) - first)
            if low < high:
                samples = samples.copy()
                samples[low:high] = _tone(first + low, high - low)
        yield AudioBlock(block.speaker, block.start, samples)


def _tone(first: int, count: int) -> Samples:
    """A tone that goes on from block to block."""
    phase = 2 * np.pi * TONE_HZ * (np.arange(count) + first) / SAMPLE_RATE
    tone: Samples = np.rint(TONE_LEVEL * 32767 * np.sin(phase)).astype(np.int16)
    return tone
