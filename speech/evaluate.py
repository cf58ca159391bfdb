"""Character error rate, with one normalisation for everybody who measures."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

import cn2an
from opencc import OpenCC
from rapidfuzz.distance import Levenshtein

_DIGITS = "零一二三四五六七八九"
_NUMBER = re.compile(r"\d+")


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def normalise(text: str, like: str = "") -> str:
    """Only what was said: simplified characters and lower-case letters, numbers as Chinese words.

    A number is read digit by digit (12345 一二三四五), or as a quantity (20 二十) if only that
    reading occurs in ``like``, a normalised text of the same speech.
    """
    plain = _simplifier().convert(unicodedata.normalize("NFKC", text)).lower().replace("幺", "一")

    def spoken(match: re.Match[str]) -> str:
        digits = "".join(_DIGITS[int(digit)] for digit in match[0])
        if digits in like or len(match[0]) > 12:
            return digits
        quantity = str(cn2an.an2cn(int(match[0])))
        return quantity if quantity in like else digits

    return "".join(c for c in _NUMBER.sub(spoken, plain) if unicodedata.category(c)[0] in "LN")


def errors(reference: str, hypothesis: str) -> tuple[int, int]:
    """(wrong, missing and extra characters, characters of the reference), both normalised."""
    true = normalise(reference, like=normalise(hypothesis))
    heard = normalise(hypothesis, like=true)
    return Levenshtein.distance(true, heard), len(true)


def cer(reference: str, hypothesis: str) -> float:
    """Character error rate of one text: 0 = perfect, may exceed 1. Words out of nothing count 1."""
    return corpus_cer([(reference, hypothesis)])


def corpus_cer(pairs: Iterable[tuple[str, str]]) -> float:
    """Character error rate over (reference, hypothesis) pairs, weighted by length."""
    counts = [errors(reference, hypothesis) for reference, hypothesis in pairs]
    wrong, length = sum(c[0] for c in counts), sum(c[1] for c in counts)
    return wrong / length if length else float(wrong > 0)
