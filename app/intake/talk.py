"""A transcript made ready for reading: its clauses, stretches of words and the times they were said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from app.domain.call import Transcript, Utterance
from app.domain.ticket import Proof

MAX_UTTERANCE_CHARS = 4_000
MAX_TALK_CHARS = 12_000
"""What is read of one utterance and of one call; a five-minute call has about 1,500 characters."""

_SENTENCE_END = re.compile(r"[。！？!?；;\n]")
_CLAUSE_END = re.compile(r"[。！？!?；;\n，,：: ]+")
_LONG_CLAUSE, _SHORT_CLAUSE = 18, 6
_TURN_WORDS = re.compile(
    r"(?=但是|可是|所以|因为|而且|(?<!判决|处理|检查|认定)结果|现在|麻烦|希望|能不能|我要求|我想|我们?家|请你?们|物业说|已经|再不)"
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B))}
_BLANKS = dict.fromkeys(
    (*range(32), 127, 160, 12288, *range(8203, 8208), 65279, *range(0xD800, 0xE000)), " "
)
"""Control characters, blanks of other widths, marks without width, halves of characters."""
_READABLE: dict[int, int | str] = {**_FULL_WIDTH, **_BLANKS}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one utterance's ``text``: characters ``start`` to ``end``."""

    utterance: Utterance
    start: int
    end: int

    @property
    def text(self) -> str:
        """The words themselves."""
        return self.utterance.text[self.start : self.end]

    def proof(self, rule: str) -> Proof:
        """These words as the proof of a value that ``rule`` made of them."""
        start, end = _times(self)
        return Proof(rule=rule, text=self.text, speaker=self.utterance.speaker, start=start, end=end)


def _times(span: Span) -> tuple[float | None, float | None]:
    """Seconds of a span: of its words where the engine timed them, else of the whole utterance."""
    said = span.utterance
    if said.end <= 0:
        return None, None
    heard = "".join(word.text for word in said.words)
    if not heard or not said.text:
        return said.start, said.end
    scale = len(heard) / len(said.text)  # repair may have changed the length; keep the proportion
    first, last = int(span.start * scale), max(int(span.end * scale), int(span.start * scale) + 1)
    position, start, end = 0, said.start, said.end
    for word in said.words:
        if position <= first < position + len(word.text):
            start = word.start
        if position < last <= position + len(word.text):
            end = word.end
        position += len(word.text)
    return start, max(start, end)


@lru_cache(maxsize=4096)
def clause_bounds(text: str) -> tuple[tuple[int, int], ...]:
    """Start and end of every clause; stretches without punctuation break before turn words."""
    bounds: list[tuple[int, int]] = []
    position = 0
    for mark in [*_CLAUSE_END.finditer(text), None]:
        end = mark.start() if mark else len(text)
        if end - position > _LONG_CLAUSE:
            for turn in _TURN_WORDS.finditer(text, position, end):
                if turn.start() - position >= _SHORT_CLAUSE:
                    bounds.append((position, turn.start()))
                    position = turn.start()
        if end > position:
            bounds.append((position, end))
        position = mark.end() if mark else end
    return tuple(bounds)


@lru_cache(maxsize=4096)
def sentence_bounds(text: str) -> tuple[tuple[int, int], ...]:
    """Start and end of every sentence, without its closing mark."""
    bounds: list[tuple[int, int]] = []
    position = 0
    for mark in _SENTENCE_END.finditer(text):
        if mark.start() > position:
            bounds.append((position, mark.start()))
        position = mark.end()
    if position < len(text):
        bounds.append((position, len(text)))
    return tuple(bounds)


def clauses(utterance: Utterance) -> list[Span]:
    """The clauses of an utterance in their order."""
    return [Span(utterance, start, end) for start, end in clause_bounds(utterance.text)]


def around(bounds: Sequence[tuple[int, int]], position: int, length: int) -> tuple[int, int]:
    """The stretch of ``bounds`` that holds ``position``; the whole text when none does."""
    return next(((start, end) for start, end in bounds if start <= position < end), (0, length))


def readable(transcript: Transcript) -> tuple[Utterance, ...]:
    """The utterances with unprintable characters blanked, within the limits of this module."""
    result: list[Utterance] = []
    left = MAX_TALK_CHARS
    for said in transcript:
        if left <= 0:
            break
        text = said.text[: min(left, MAX_UTTERANCE_CHARS)].translate(_READABLE)
        left -= len(text)
        result.append(said if text == said.text else replace(said, text=text))
    return tuple(result)
