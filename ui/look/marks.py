"""Where in a shown text something stands: words that were repaired, and facts that prove a field."""

from __future__ import annotations

from dataclasses import dataclass

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Repair:
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


def find_words(words: str, text: str) -> Span | None:
    """Where ``words`` stand in ``text``, by the same signs; punctuation and spacing do not count."""
    wanted = "".join(sign for sign in words if sign.isalnum())
    if not wanted:
        return None
    places = [at for at, sign in enumerate(text) if sign.isalnum()]
    at = "".join(text[place] for place in places).find(wanted)
    return None if at < 0 else (places[at], places[at + len(wanted) - 1] + 1)
