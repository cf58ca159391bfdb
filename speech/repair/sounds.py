"""Find names in heard text by their sound, allowing one dropped or one extra syllable."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resources.pinyin import syllables
from speech.repair.syllables import SCALE, SyllableTable

DROPPED = 0.5
"""Cost of a syllable of the name that was not heard."""
EXTRA = 0.5
"""Cost of a syllable heard inside the name that does not belong to it."""
LONG = 4
"""Syllables of a name that is still known without its first one."""

_SKIPPED = re.compile(r"[\s.·\-]")
_NUMBER = re.compile(r"\d+(?=[号號楼樓区區单單路条條里院])")
_TENS = "零一二三四五六七八九"
_OTHER_READINGS = {
    "长": "chang", "長": "chang", "重": "chong", "行": "hang", "乐": "le", "了": "le", "的": "di",
    "地": "di", "得": "de", "都": "du", "大": "da", "朝": "zhao", "觉": "jue", "调": "diao",
    "还": "huan", "会": "hui", "和": "he", "给": "ji", "没": "mo", "什": "shi", "便": "bian",
    "差": "cha", "弹": "tan", "降": "jiang", "解": "jie", "角": "jiao", "堡": "pu", "曲": "qu",
    "校": "xiao", "应": "ying", "中": "zhong", "种": "zhong", "藏": "zang", "盛": "sheng",
    "参": "can", "塞": "sai", "宿": "su", "石": "shi", "单": "dan", "着": "zhe", "说": "shuo",
    "囤": "tun", "屯": "tun", "栅": "shi", "看": "kan", "庄": "zhuang", "臧": "zang", "沈": "shen",
    "仔": "zai", "率": "lv", "系": "xi", "相": "xiang", "血": "xue", "吓": "xia", "厦": "xia",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Syllable:
    """A heard syllable, its other reading if its character has one, and its place in the text."""

    sound: str
    other: str | None
    start: int
    end: int


def _read_number(digits: str) -> str:
    """A house number as it is said, so that it can sound like anything: ``12`` → 十二."""
    if len(digits) == 2 and digits[0] != "0":
        tens = "" if digits[0] == "1" else _TENS[int(digits[0])]
        units = "" if digits[1] == "0" else _TENS[int(digits[1])]
        return tens + "十" + units
    return "".join(_TENS[int(digit)] for digit in digits)


def heard_syllables(text: str) -> list[Syllable]:
    """The syllables of ``text`` with their offsets; blanks and dots between them are passed over."""
    spans: list[tuple[str, int, int]] = []
    number_ends = {match.start(): match.end() for match in _NUMBER.finditer(text)}
    at = 0
    while at < len(text):
        end = number_ends.get(at)
        if end is not None and end - at == 2:
            spoken = _read_number(text[at:end])
            spans += [(char, at, end) for char in spoken]
            at = end
            continue
        if not _SKIPPED.match(text[at]):
            spans.append((text[at], at, at + 1))
        at += 1
    sounds = syllables("".join(char for char, _, _ in spans))
    return [
        Syllable(sound, _OTHER_READINGS.get(char), start, end)
        for sound, (char, start, end) in zip(sounds, spans, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class SoundMatch:
    """Name number ``name`` sounds like syllables ``[start, end)`` at ``cost`` per syllable (0 to 1)."""

    start: int
    end: int
    name: int
    cost: float


@dataclass(frozen=True)
class _Group:
    """Names of one length: their numbers ``(n,)`` and syllable numbers ``(n, length)``."""

    numbers: NDArray[np.intp]
    sounds: NDArray[np.intp]


class SoundIndex:
    """Searches heard syllables for any of the names it was built from."""

    def __init__(self, names: Sequence[Sequence[str]]) -> None:
        """``names``: the syllables of each name, at least two."""
        self._table = SyllableTable(sorted({sound for name in names for sound in name}))
        lengths: dict[int, list[int]] = {}
        for number, name in enumerate(names):
            lengths.setdefault(len(name), []).append(number)
        numbers = self._table.number
        self._groups = [
            _Group(np.array(group), np.array([[numbers[s] for s in names[i]] for i in group]))
            for length, group in sorted(lengths.items())
            if length > 1
        ]

    def costs_of(self, heard: Sequence[Syllable]) -> NDArray[np.uint16]:
        """Shape ``(known syllables, heard syllables)``: cost of each pair, 0 to ``SCALE``."""
        columns = []
        for syllable in heard:
            column = self._table.column(syllable.sound)
            if syllable.other is not None and syllable.other != syllable.sound:
                column = np.minimum(column, self._table.column(syllable.other))
            columns.append(column)
        return np.array(columns, dtype=np.uint16).T.copy()

    def search(
        self,
        heard: Sequence[Syllable],
        limits: NDArray[np.float64],
        extras: Sequence[int] = (0, -1, 1),
    ) -> Iterable[SoundMatch]:
        """All matches whose cost per syllable is within the name's limit (shape: names; < 0 = skip).

        ``extras`` = how many syllables more than the name has may have been heard.
        """
        if len(heard) < 2:
            return
        costs = self.costs_of(heard)
        for group in self._groups:
            wanted = limits[group.numbers] >= 0
            if wanted.any():
                numbers = group.numbers[wanted]
                yield from _search_group(costs, numbers, group.sounds[wanted], limits[numbers], extras)


def _search_group(
    costs: NDArray[np.uint16],
    numbers: NDArray[np.intp],
    sounds: NDArray[np.intp],
    limits: NDArray[np.float64],
    extras: Sequence[int],
) -> Iterable[SoundMatch]:
    length = sounds.shape[1]
    pairs = [costs[sounds[:, i]] for i in range(length)]
    for extra in extras if length > 2 else (0,):
        totals = _totals(pairs, extra)
        if totals is None:
            continue
        # integers: an exact hit must not fail on rounding
        within = totals <= np.rint(limits * length * SCALE).astype(np.int64)[:, None]
        for row, start in zip(*np.nonzero(within), strict=True):
            cost = float(totals[row, start]) / (SCALE * length)
            yield SoundMatch(int(start), int(start) + length + extra, int(numbers[row]), cost)


def _headless(pairs: list[NDArray[np.uint16]], windows: int) -> NDArray[np.uint16]:
    """Total cost at each start of a name whose first syllable was not heard."""
    total = pairs[1][:, :windows].copy()
    for i in range(2, len(pairs)):
        total += pairs[i][:, i - 1 : i - 1 + windows]
    return total


def _totals(pairs: list[NDArray[np.uint16]], extra: int) -> NDArray[np.uint16] | None:
    """Total cost of each name at each start, if ``extra`` more (or fewer) syllables were heard."""
    length = len(pairs)
    windows = pairs[0].shape[1] - (length + extra) + 1
    if windows < 1:
        return None
    if extra == 0:
        total = pairs[0][:, :windows].copy()
        for i in range(1, length):
            total += pairs[i][:, i : i + windows]
        return total
    gap = max(0, -extra)  # a dropped syllable i is stepped over in the name, an extra one in the text
    penalty = round((DROPPED if gap else EXTRA) * SCALE)
    # behind[i]: the name's syllables from i on, shifted by ``extra``
    behind = np.zeros((pairs[0].shape[0], windows), dtype=np.uint16)
    tails = [behind]
    for i in range(length - 1, 0, -1):
        behind = behind + pairs[i][:, i + extra : i + extra + windows]
        tails.append(behind)
    tails.reverse()  # tails[k] = syllables k+1 … end, shifted
    ahead = pairs[0][:, :windows].copy()
    best = np.full_like(ahead, np.iinfo(np.uint16).max)
    if gap and length >= LONG:  # cut off at the front: 景山区
        best = _headless(pairs, windows)
    for i in range(1, length):
        np.minimum(best, ahead + tails[i - 1 + gap], out=best)
        if i < length - 1:
            ahead = ahead + pairs[i][:, i : i + windows]
    return best + np.uint16(penalty)
