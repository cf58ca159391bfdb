"""Reading a question: from what somebody typed to the weighted terms to look for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from knowledge_base.analysis import filler, is_han, normalise, query_words, stop_words, words
from knowledge_base.scoring import Term
from knowledge_base.sound import folded, initials, pairs, sounds, spelled
from knowledge_base.synonyms import Lexicon

CHARACTER_WEIGHT = 0.5
PAIR_WEIGHT = 0.2
SYNONYM_WEIGHT = 0.7
HOMOPHONE_WEIGHT = 0.6
INITIALS_WEIGHT = 0.6
MAX_QUERY = 400
"""Characters of a query that are read."""

_LETTERS = re.compile(r"[a-z]{2,24}")


def plain_question(text: str) -> str:
    """A question in normal form, without politeness."""
    return filler().sub(" ", normalise(text[:MAX_QUERY])).strip()


def word_terms(question: str) -> tuple[Term, ...]:
    """The telling words of a plain question."""
    return tuple(Term("words", word) for word in query_words(question))


def character_terms(question: str) -> Iterator[Term]:
    """Its Chinese characters and pairs of neighbours: they bridge different segmentations."""
    for character in dict.fromkeys(filter(is_han, question)):
        yield Term("grams", character, CHARACTER_WEIGHT)
    for a, b in dict.fromkeys(pairwise(question)):
        if is_han(a) and is_han(b):
            yield Term("grams", a + b, PAIR_WEIGHT)


def synonym_terms(question: str, lexicon: Lexicon) -> Iterator[Term]:
    """Official words for what the citizen said; all meanings of one saying weigh as much as a word."""
    own = set(words(question))
    for _, meant in lexicon.find(question):
        found = dict.fromkeys(word for phrase in meant for word in words(phrase) if word not in own)
        for word in found:
            yield Term("words", word, SYNONYM_WEIGHT * min(1.0, 2 / len(found)))


def homophone_terms(question: str) -> Iterator[Term]:
    """How each pair of neighbouring characters sounds."""
    said = (a + b for a, b in pairwise(question) if not {a, b} & stop_words())
    for pair in dict.fromkeys(said):
        for sound in pairs(sounds(pair)):
            yield Term("sounds", sound, HOMOPHONE_WEIGHT, pair)


def typed_pinyin(question: str) -> Iterator[tuple[str, tuple[Term, ...]]]:
    """Each run of letters with the terms it stands for if it is pinyin or initials."""
    for match in _LETTERS.finditer(question):
        syllables = spelled(match[0])
        if syllables and len(syllables) > 1:
            heard = pairs([folded(syllable) for syllable in syllables])
            yield match[0], tuple(Term("sounds", sound) for sound in heard)
        else:
            yield (
                match[0],
                tuple(Term("initials", part, INITIALS_WEIGHT) for part in initials(match[0])),
            )
