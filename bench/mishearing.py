"""Make a text wrong the way recognisers do: other characters of the same or a similar sound."""

from __future__ import annotations

import random
from collections import defaultdict
from functools import cache

from resources.loader import read_csv, read_text
from resources.pinyin import syllables
from speech.repair.syllables import cost

_HAN = range(0x4E00, 0x9FFF)


@cache
def _characters() -> dict[str, str]:
    """Syllable → characters read so, from the product's own texts and names."""
    names = "".join(row["name"] for row in read_csv("gazetteer", "communities.csv"))
    text = dict.fromkeys(names + read_text("words", "hotline.yaml"))
    groups: dict[str, str] = defaultdict(str)
    for char in text:
        if ord(char) in _HAN:
            groups[syllables(char)[0]] += char
    return dict(groups)


@cache
def _neighbours(sound: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Syllables that are easily, and sometimes, taken for ``sound``."""
    costs = {other: cost(other, sound) for other in _characters() if other != sound}
    close = tuple(other for other, value in costs.items() if value <= 0.13)
    far = tuple(other for other, value in costs.items() if 0.13 < value <= 0.3)
    return close, far


def misheard(text: str, rng: random.Random, strength: float = 1.0) -> str:
    """``text`` with most Han characters replaced by others of the same or a similar sound.

    At strength 1, of 100 characters about 45 stay, 30 become homophones, 15 sound alike, 7 sound
    somewhat alike, 2 are dropped and 1 is doubled.
    """
    out = []
    for char, sound in zip(text, syllables(text), strict=True):
        known = _characters()
        roll = rng.random() / strength
        if ord(char) not in _HAN or sound not in known or roll > 0.55:
            out.append(char)
            continue
        close, far = _neighbours(sound)
        if roll < 0.02:
            continue
        if roll < 0.03:
            out.append(char + rng.choice(known[sound]))
        elif roll < 0.10 and far:
            out.append(rng.choice(known[rng.choice(far)]))
        elif roll < 0.25 and close:
            out.append(rng.choice(known[rng.choice(close)]))
        else:
            out.append(rng.choice(known[sound]))
    return "".join(out)
