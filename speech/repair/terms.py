"""Standard wording and a centre's own words, put right where most of the sound agrees."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

from resources.loader import read_yaml
from resources.pinyin import syllables
from resources.vocabulary import matter_words
from speech.repair.chain import best_chain
from speech.repair.sounds import SoundIndex, heard_syllables
from speech.repair.trail import Change
from speech.repair.words import WordSpans

_TOLERANCE = {2: 0.0, 3: 0.05, 4: 0.11, 5: 0.16, 6: 0.19}
_LONG = 0.22
_SAME_SOUND = 0.005
_CLOSE = 0.12
_NUMERAL = re.compile(r"[0-9一二两三四五六七八九十]")
_PLAIN = frozenset(
    "的地得着过吗呢吧啊呀嘛么之其此该每各某为于以与及或且而但因由向往同自从对把被给让叫跟比按就才都也又还再已未"
    "曾将正刚只最更太很真好多少几个位名些点次回种件条张台栋户家人们上下里外内中前后左右间边面头处去来到进出起开"
    "是有没无不非别要想会能可该说问看听做用等请您你我他她它这那哪什怎谁"
)
"""Characters that are words by themselves: of two characters with one of these nothing is mended."""


class TermRepair:
    """Finds misheard terms. Immutable after construction: safe to share between threads."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._terms = tuple(term for term in dict.fromkeys(terms) if len(term) > 1)
        sounds = [syllables(term) for term in self._terms]
        self._index = SoundIndex(sounds)
        self._limits = np.array([_TOLERANCE.get(len(sound), _LONG) for sound in sounds])

    def changes(self, text: str) -> Iterator[Change]:
        """Misheard terms of ``text``; what is written right, or is an ordinary word, stays."""
        heard = heard_syllables(text)
        words = WordSpans(text)
        weighed: list[tuple[int, int, float, Change | None]] = []
        for match in self._index.search(heard, self._limits):
            start, end = heard[match.start].start, heard[match.end - 1].end
            term = self._terms[match.name]
            limit = self._limits[match.name]
            if text[start:end] == term:
                weighed.append((start, end, 1.2 * len(term), None))
            elif _believed(term, match.cost, words, start, end):
                share = 1 - match.cost / limit if limit else 1.0
                change = Change(start, end, term, round(0.95 - 2 * match.cost, 3))
                length = min(len(term), match.end - match.start)
                weighed.append((start, end, length * (0.6 + 0.4 * share), change))
        yield from (change for change in best_chain(weighed) if change is not None)


def _believed(term: str, cost: float, words: WordSpans, start: int, end: int) -> bool:
    if len(term) > 5:
        return len(term) > 7 or cost <= _CLOSE or not words.cuts_word(start, end)
    written = words.text[start:end]
    if len(term) < 4 and _NUMERAL.search(written):
        return False
    if len(term) == 2 and not _PLAIN.isdisjoint(written):
        return False
    if words.cuts_word(start, end):
        return len(term) > 3 and cost <= _SAME_SOUND
    ordinary = words.ordinary(start, end)
    if len(term) < 4:
        return ordinary < 0.3 or (len(term) == 3 and ordinary < 0.7 and cost <= _SAME_SOUND)
    return cost <= _SAME_SOUND or ordinary < 0.8


def bundled_terms() -> tuple[str, ...]:
    """The hotline's own wording that ships with the product."""
    table = read_yaml("words", "hotline.yaml")
    return (*table["phrases"], *table["terms"], *matter_words())
