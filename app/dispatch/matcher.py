"""Find the catalogue items a conversation is about, by their keywords.

A word counts more the fewer items share it, more from the caller than from the operator, and
more where the caller states the matter. A word that was misheard still counts, less, when it
sounds alike. Pure; a few milliseconds for a call.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from pypinyin import Style, pinyin

from app.dispatch.catalogue import Catalogue, CatalogueItem, Keyword
from app.domain.call import Speaker
from app.domain.ticket import RequestType

Said = Sequence[tuple[Speaker, str]]
"""The turns of a conversation: who said what, in order."""

WINDOW = 18
"""Characters within which the parts of one keyword must be said."""
SPEAKER_FACTOR = {Speaker.CALLER: 1.0, Speaker.OPERATOR: 0.35}
OPENING = 90
"""Characters of the caller in which the matter is usually stated."""
OPENING_FACTOR = 1.25
FADE = 0.75
"""What each further keyword of an item counts, relative to the one before."""
EXCLUDED_FACTOR = 0.3
FINER_SCORE = 1.0
"""What an item of the fourth level must reach by its own words to stand for its parent."""
SOUND_FACTOR = {2: 0.4, 3: 0.7}
COVERED_FACTOR = 0.3
"""What a word counts inside a longer word of the catalogue: 着火 in 打不着火."""
UNTOLD_PRAISE_FACTOR = 0.25
"""What praise items count while the type of the request is unknown and nobody praises."""
PRAISING = ("表扬", "锦旗", "特别感谢", "感谢信")
_DENIED = re.compile(
    r"(?:(?<!是)不是|并非|没有?闻到|没有?发现|没说|不是要)[^，。、；！？,.;!?\n]{0,4}$"
)
"""What makes the words after it denied; 是不是 asks and denies nothing."""
_LONGEST = 10
_WIDE = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20}
_FINALS = (("ing", "in"), ("eng", "en"), ("ang", "an"))
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"))


@dataclass(frozen=True, slots=True)
class MatchedWord:
    """A keyword that was said: ``turn`` indexes the conversation, offsets index that turn's text."""

    keyword: str
    turn: int
    start: int
    end: int
    weight: float
    by_sound: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """An item with its score (> 0), its share of the belief among the ranked items, its words."""

    item: CatalogueItem
    score: float
    confidence: float
    words: tuple[MatchedWord, ...]


@dataclass(frozen=True, slots=True)
class _Hit:
    """One occurrence of a word in one speaker's joined text."""

    speaker: Speaker
    start: int
    end: int
    by_sound: bool
    covered: bool = False


@lru_cache(maxsize=16384)
def _syllable(character: str) -> str:
    if not "一" <= character <= "鿿":
        return character
    return str(pinyin(character, style=Style.NORMAL)[0][0])


def _blurred(syllable: str) -> str:
    """A syllable without the distinctions that telephones and accents lose (zh/z, ing/in …)."""
    for full, plain in _INITIALS:
        if syllable.startswith(full):
            syllable = plain + syllable[2:]
            break
    for full, plain in _FINALS:
        if syllable.endswith(full):
            return syllable[: -len(full)] + plain
    return syllable


def _sound(text: str) -> tuple[str, ...]:
    """How a word sounds; short words must sound exactly alike, longer ones roughly."""
    syllables = tuple(_syllable(c) for c in text)
    return syllables if len(text) < 3 else tuple(_blurred(s) for s in syllables)


def _folded(text: str) -> str:
    """Half-width, lower case; the same length, so that offsets hold."""
    lowered = text.translate(_WIDE).lower()
    return lowered if len(lowered) == len(text) else text


class _Voice:
    """All that one speaker said, joined, with the way back to the turns."""

    def __init__(self, speaker: Speaker, turns: Said) -> None:
        self.speaker = speaker
        self.starts: list[tuple[int, int]] = []
        pieces: list[str] = []
        position = 0
        for index, (who, text) in enumerate(turns):
            if who is speaker:
                self.starts.append((position, index))
                pieces.append(_folded(text))
                position += len(text) + 1
        self.text = "\n".join(pieces)

    def where(self, position: int) -> tuple[int, int]:
        """(turn, offset in that turn) of a position in the joined text."""
        start, turn = next(pair for pair in reversed(self.starts) if pair[0] <= position)
        return turn, position - start


class Matcher:
    """A catalogue prepared for matching."""

    def __init__(self, catalogue: Catalogue) -> None:
        codes = catalogue.by_code
        self.items = tuple(item for item in catalogue.items if item.parent not in codes)
        self._finer: dict[str, list[CatalogueItem]] = defaultdict(list)
        for item in catalogue.items:
            if item.parent is not None and item.parent in codes:
                self._finer[item.parent].append(item)
        self._users: dict[str, set[int]] = defaultdict(set)
        """Word → the items (by position) that may be decided by it."""
        shared: dict[str, set[int]] = defaultdict(set)
        for position, item in enumerate(self.items):
            for keyword in self._family_words(item):
                for word in _words(keyword):
                    shared[word].add(position)
            finer = (keyword for one in self._finer[item.code] for keyword in one.exclusions)
            for keyword in (*self._family_words(item), *item.exclusions, *finer):
                for word in _words(keyword):
                    self._users[word].add(position)
        size = len(self.items) + 1
        self._rarity = {
            w: 0.4 + 0.6 * math.log(size / len(u)) / math.log(size) for w, u in shared.items()
        }
        self._by_sound: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for word in self._users:
            if len(word) >= 2:
                self._by_sound[_sound(word)].append(word)

    def rank(self, said: Said, limit: int = 5, type: RequestType | None = None) -> tuple[Match, ...]:
        """The items that were talked about, best first. ``type`` tells praise from the rest."""
        voices = {speaker: _Voice(speaker, said) for speaker in Speaker}
        if type is None and any(word in voices[Speaker.CALLER].text for word in PRAISING):
            type = RequestType.PRAISE
        hits: dict[str, list[_Hit]] = defaultdict(list)
        for voice in voices.values():
            for word, hit in _without_denied_and_covered(voice.text, list(self._hits(voice))):
                hits[word].append(hit)
        scored = []
        for position in set().union(*(self._users[word] for word in hits)) if hits else ():
            item = self.items[position]
            words = tuple(self._matched(self._family_words(item), hits, voices))
            score = _faded(words) * _fit(item, type)
            if any(_together(keyword, hits) for keyword in item.exclusions):
                score *= EXCLUDED_FACTOR
            if score > 0 and not all(word.by_sound and word.end - word.start < 3 for word in words):
                scored.append((score, self._finest(item, hits, voices), words))
        scored.sort(key=lambda entry: (-entry[0], entry[1].code))
        return _with_confidence(scored[:limit])

    def _family_words(self, item: CatalogueItem) -> tuple[Keyword, ...]:
        """An item is found by its own words and by those of the items that refine it."""
        finer = (keyword for one in self._finer[item.code] for keyword in one.keywords)
        return tuple(dict.fromkeys((*item.keywords, *finer)))

    def _finest(
        self, item: CatalogueItem, hits: dict[str, list[_Hit]], voices: dict[Speaker, _Voice]
    ) -> CatalogueItem:
        """The item of the fourth level whose own words were said best, else the item itself."""
        best, found = FINER_SCORE, item
        for finer in self._finer.get(item.code, ()):
            if not any(_together(keyword, hits) for keyword in finer.exclusions):
                score = _faded(tuple(self._matched(finer.keywords, hits, voices)))
                if score >= best:
                    best, found = score + 1e-9, finer
        return found

    def _hits(self, voice: _Voice) -> Iterator[tuple[str, _Hit]]:
        text, speaker = voice.text, voice.speaker
        plain = [_syllable(c) for c in text]
        blurred = [_blurred(s) for s in plain]
        for start in range(len(text)):
            for end in range(start + 1, min(len(text), start + _LONGEST) + 1):
                word = text[start:end]
                if word[-1] == "\n":
                    break
                if word in self._users:
                    yield word, _Hit(speaker, start, end, by_sound=False)
                sounds = tuple((plain if end - start < 3 else blurred)[start:end])
                for alike in self._by_sound.get(sounds, ()) if end - start > 1 else ():
                    if alike != word:
                        yield alike, _Hit(speaker, start, end, by_sound=True)

    def _matched(
        self, keywords: Iterable[Keyword], hits: dict[str, list[_Hit]], voices: dict[Speaker, _Voice]
    ) -> Iterator[MatchedWord]:
        for keyword in keywords:
            found = _together(keyword, hits)
            if found is None:
                continue
            rarity = sum(self._rarity[word] for word, _ in found) / len(found)
            first = min((hit for _, hit in found), key=lambda hit: hit.start)
            by_sound = any(hit.by_sound for _, hit in found)
            weight = keyword.weight * rarity * SPEAKER_FACTOR[first.speaker]
            if len(keyword.parts) == 1 and first.covered:
                weight *= COVERED_FACTOR
            if by_sound:
                weight *= min(
                    SOUND_FACTOR[min(3, hit.end - hit.start)] for _, hit in found if hit.by_sound
                )
            if first.speaker is Speaker.CALLER and first.start < OPENING:
                weight *= OPENING_FACTOR
            turn, offset = voices[first.speaker].where(first.start)
            end = offset + first.end - first.start
            yield MatchedWord(keyword.written.partition("*")[0], turn, offset, end, weight, by_sound)


def _without_denied_and_covered(text: str, found: list[tuple[str, _Hit]]) -> Iterator[tuple[str, _Hit]]:
    """Hits that are not denied; those inside a longer word that was said are marked as covered."""
    reach: dict[int, int] = {}  # where the longest word from a position on ends
    for _, hit in found:
        if not hit.by_sound:
            reach[hit.start] = max(hit.end, reach.get(hit.start, 0))
    for word, hit in found:
        if _DENIED.search(text, max(0, hit.start - 10), hit.start):
            continue
        size = hit.end - hit.start
        inside = any(
            hit.end <= reach.get(start, 0) and reach[start] - start > size
            for start in range(hit.start - _LONGEST + size, hit.start + 1)
        )
        yield word, replace(hit, covered=True) if inside else hit


def _fit(item: CatalogueItem, type: RequestType | None) -> float:
    """Praise items are for praise only; praise seldom is for others."""
    praises = item.type is RequestType.PRAISE
    if type is None:
        return UNTOLD_PRAISE_FACTOR if praises else 1.0
    if praises and type is not RequestType.PRAISE:
        return 0.0
    return 1.0 if praises or type is not RequestType.PRAISE else EXCLUDED_FACTOR


def _doubts(hit: _Hit) -> tuple[bool, bool, bool]:
    return hit.speaker is Speaker.OPERATOR, hit.by_sound, hit.covered


def _words(keyword: Keyword) -> Iterator[str]:
    for part in keyword.parts:
        yield from part


def _together(keyword: Keyword, hits: dict[str, list[_Hit]]) -> list[tuple[str, _Hit]] | None:
    """The best occurrence of a keyword whose parts are all said near each other."""
    for part in keyword.parts:
        if not any(word in hits for word in part):
            return None
    candidates = [
        sorted(
            ((word, hit) for word in part for hit in hits.get(word, ())),
            key=lambda pair: (*_doubts(pair[1]), -len(pair[0])),
        )
        for part in keyword.parts
    ]
    for word, hit in candidates[0]:
        chosen = [(word, hit)]
        for others in candidates[1:]:
            near = next((pair for pair in others if _near(hit, pair[1])), None)
            if near is None:
                break
            chosen.append(near)
        else:
            return chosen
    return None


def _near(one: _Hit, other: _Hit) -> bool:
    if one.speaker is not other.speaker or (one.start < other.end and other.start < one.end):
        return False
    return max(one.start, other.start) - min(one.end, other.end) <= WINDOW


def _faded(words: Sequence[MatchedWord]) -> float:
    """Sum of the weights; a word inside another one of the item adds nothing."""
    kept: list[MatchedWord] = []
    for word in sorted(words, key=lambda w: -w.weight):
        if not any(w.turn == word.turn and w.start <= word.start and word.end <= w.end for w in kept):
            kept.append(word)
    return sum(word.weight * FADE**rank for rank, word in enumerate(kept))


def _with_confidence(
    scored: Sequence[tuple[float, CatalogueItem, tuple[MatchedWord, ...]]],
) -> tuple[Match, ...]:
    """Belief: how strong the words are, shared among the items in proportion to e^score."""
    if not scored:
        return ()
    best = scored[0][0]
    strengths = [math.exp(1.2 * (score - best)) for score, _, _ in scored]
    total = sum(strengths)
    return tuple(
        Match(item, score, (1 - math.exp(-score)) * strength / total, words)
        for (score, item, words), strength in zip(scored, strengths, strict=True)
    )


@lru_cache(maxsize=4)
def _prepared(catalogue: Catalogue) -> Matcher:
    return Matcher(catalogue)


def rank_items(
    catalogue: Catalogue, said: Said, limit: int = 5, type: RequestType | None = None
) -> tuple[Match, ...]:
    """The catalogue items a conversation is about, best first (see ``Matcher.rank``)."""
    return _prepared(catalogue).rank(said, limit, type)
