"""Where in a shown text something stands: words that were repaired, and facts that prove a field."""

from __future__ import annotations

from typing import NamedTuple

from app.domain.call import Utterance

Span = tuple[int, int]
DOUBTED, DOUBTED_WORD = 0.6, 0.5
"""Less than this sure, and a sentence or a word is marked as perhaps misheard."""


class Repair(NamedTuple):
    """Characters ``start`` to ``end`` of the shown text, and what the engine had heard there."""

    start: int
    end: int
    heard: str


def repairs(heard: str, text: str) -> tuple[Repair, ...]:
    """The repaired stretches of ``text``; punctuation and spacing do not count as repairs."""
    if heard == text:
        return ()
    from difflib import SequenceMatcher  # with the first call

    heard_signs = [sign for sign in heard if sign.isalnum()]
    places = [at for at, sign in enumerate(text) if sign.isalnum()]
    matcher = SequenceMatcher(None, heard_signs, [text[at] for at in places], autojunk=False)
    found = []
    for kind, heard_from, heard_to, text_from, text_to in matcher.get_opcodes():
        if kind in ("replace", "insert") and text_to > text_from:
            heard_words = "".join(heard_signs[heard_from:heard_to])
            found.append(Repair(places[text_from], places[text_to - 1] + 1, heard_words))
    return tuple(found)


def doubts(utterance: Utterance) -> tuple[tuple[Span, float], ...]:
    """The words of the shown text that the engine was not sure of, with how sure it was of each.

    Words that were repaired or are not shown any more have no place.
    """
    found, at = [], 0
    for word in utterance.words:
        span = find_words(word.text, utterance.text[at:])
        if span is None:
            continue
        start, end = at + span[0], at + span[1]
        if end - start <= len(word.text) + 1:
            at = end
            if word.confidence is not None and word.confidence < DOUBTED_WORD:
                found.append(((start, end), word.confidence))
    return tuple(found)


def find_words(words: str, text: str) -> Span | None:
    """Where ``words`` stand in ``text``, by the same signs; punctuation and spacing do not count."""
    wanted = "".join(sign for sign in words if sign.isalnum())
    if not wanted:
        return None
    places = [at for at, sign in enumerate(text) if sign.isalnum()]
    at = "".join(text[place] for place in places).find(wanted)
    return None if at < 0 else (places[at], places[at + len(wanted) - 1] + 1)
