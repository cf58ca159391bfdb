"""Where in a call's sound something lies: words, and silences that listening may leave out."""

from __future__ import annotations

from app.domain.call import Transcript, Utterance

SPEEDS = (0.75, 1.0, 1.25, 1.5, 2.0)
SILENCE_S = 1.5
KEEP_S = 0.3
"""A silence longer than ``SILENCE_S`` is cut down to twice this."""


def word_start(said: Utterance, offset: int) -> float:
    """The second at which the character ``offset`` of a shown text was said.

    By the engine's word times where it gave them, else by the share of the text before it.
    """
    offset = min(max(0, offset), max(0, len(said.text) - 1))
    if said.words:
        share = offset / max(1, len(said.text))
        passed, whole = 0, sum(len(word.text) for word in said.words)
        for word in said.words:
            passed += len(word.text)
            if passed > share * whole + 1e-9:
                return word.start
    spoken = [number for number, sign in enumerate(said.text) if sign.isalnum()]
    before = sum(1 for number in spoken if number < offset)
    return said.start + (said.end - said.start) * before / max(1, len(spoken))


def silences(transcript: Transcript) -> tuple[tuple[float, float], ...]:
    """Stretches in which nobody speaks that listening may leave out."""
    found, reached = [], 0.0
    for said in sorted(transcript, key=lambda one: one.start):
        if said.start - reached > SILENCE_S:
            found.append((reached + KEEP_S, said.start - KEEP_S))
        reached = max(reached, said.end)
    return tuple(found)
