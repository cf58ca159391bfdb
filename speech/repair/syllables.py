"""How alike two Mandarin syllables sound on a telephone line: a table of substitution costs.

A syllable is an initial and a final; a final is a medial, a nucleus and a coda. What speakers and
recognisers mix up is cheap: n/l, zh/z, f/h, front and back nasals, i/ü, o/uo.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Costs = NDArray[np.uint8]
SCALE = 100
"""A cost of 100 is a syllable that has nothing in common with the other."""

_INITIALS = [*"bpmfdtnlgkhjqx", "zh", "ch", "sh", *"rzcs"]
_INITIAL_COSTS = {
    12: "zh/z ch/c sh/s n/l",
    20: "f/h r/l",
    25: "zh/ch z/c j/q b/p d/t g/k sh/ch s/c q/x",
    32: "j/x q/ch j/zh x/sh x/s zh/c z/ch z/s zh/sh k/h m/n d/l g/h c/sh s/ch -/r q/c j/z s/f x/h",
    40: "d/j t/q d/g t/k d/zh t/ch t/c b/d p/t b/m -/h -/l -/n -/m f/sh f/x f/s b/g p/k r/n",
}
_OTHER_INITIAL = 55
_NUCLEUS_COSTS = {12: "e/o", 18: "i/I e/E I/e o/u", 25: "a/e a/o e/i E/i E/a i/v u/v I/E"}
_OTHER_NUCLEUS = 35
_CODA_COSTS = {8: "n/N", 22: "-/i -/u i/n u/N -/n -/N"}
_OTHER_CODA = 30
_MEDIAL_COSTS = {12: "i/v", 16: "-/u -/i -/v u/v i/u"}

# final as pypinyin writes it → medial, nucleus (I = the vowel of zhi, E = ê), coda (N = ng)
_FINALS = {
    "a": "-a-", "o": "uo-", "e": "-e-", "er": "-er", "ai": "-ai", "ei": "-Ei", "ao": "-au",
    "ou": "-ou", "an": "-an", "en": "-en", "ang": "-aN", "eng": "-eN", "ong": "uoN", "i": "-i-",
    "ia": "ia-", "io": "io-", "ie": "iE-", "iao": "iau", "iou": "iou", "iu": "iou", "ian": "iEn",
    "in": "-in", "iang": "iaN", "ing": "-iN", "iong": "ioN", "u": "-u-", "ua": "ua-", "uo": "uo-",
    "uai": "uai", "ui": "uEi", "uei": "uEi", "uan": "uan", "un": "uen", "uen": "uen",
    "uang": "uaN", "ueng": "ueN", "v": "-v-", "ve": "vE-", "ue": "vE-", "van": "vEn", "vn": "-vn",
    "I": "-I-",
}  # fmt: skip


def initial_and_final(syllable: str) -> tuple[str, str] | None:
    """Initial (``-`` for none) and final of a toneless syllable in its written form, or ``None``."""
    initial = next((i for i in ("zh", "ch", "sh", *_INITIALS) if syllable.startswith(i)), "")
    final = syllable[len(initial) :]
    if not initial:
        if syllable.startswith("yu"):
            final = "v" + syllable[2:]
        elif syllable.startswith("y"):
            final = syllable[1:] if syllable[1:2] == "i" else "i" + syllable[1:]
        elif syllable.startswith("w"):
            final = syllable[1:] if syllable[1:2] == "u" else "u" + syllable[1:]
    elif initial in ("j", "q", "x") and final.startswith("u"):
        final = "v" + final[1:]
    elif initial in ("zh", "ch", "sh", "r", "z", "c", "s") and final == "i":
        final = "I"
    return (initial or "-", final) if final in _FINALS else None


def _pair_table(
    symbols: str | list[str], costs: dict[int, str], other: int
) -> dict[tuple[str, str], int]:
    table = {(a, b): 0 if a == b else other for a in symbols for b in symbols}
    for cost, pairs in costs.items():
        for pair in pairs.split():
            a, b = pair.split("/")
            table[a, b] = table[b, a] = cost
    return table


@cache
def _tables() -> tuple[dict[tuple[str, str], int], dict[str, dict[str, int]]]:
    initials = _pair_table(["-", *_INITIALS], _INITIAL_COSTS, _OTHER_INITIAL)
    medials = _pair_table("-iuv", _MEDIAL_COSTS, 20)
    nuclei = _pair_table("aoeiuvIE", _NUCLEUS_COSTS, _OTHER_NUCLEUS)
    codas = _pair_table("-iunNr", _CODA_COSTS, _OTHER_CODA)
    finals = {
        a: {b: medials[x[0], y[0]] + nuclei[x[1], y[1]] + codas[x[2], y[2]] for b, y in _FINALS.items()}
        for a, x in _FINALS.items()
    }
    return initials, finals


def cost(heard: str, name: str) -> float:
    """Cost from 0 (same sound) to 1 of taking the syllable ``heard`` for ``name``, both toneless."""
    a, b = initial_and_final(heard), initial_and_final(name)
    if heard == name:
        return 0.0
    if a is None or b is None:
        return 1.0
    initials, finals = _tables()
    return min(SCALE, initials[a[0], b[0]] + finals[a[1]][b[1]]) / SCALE


@cache
def _matrices() -> tuple[dict[str, int], dict[str, int], NDArray[np.int16], NDArray[np.int16]]:
    """Numbers of the initials and of the finals, and the costs between them by number."""
    initials, finals = _tables()
    first = {initial: number for number, initial in enumerate(dict.fromkeys(a for a, _ in initials))}
    last = {final: number for number, final in enumerate(finals)}
    between = np.array([[initials[a, b] for b in first] for a in first], dtype=np.int16)
    behind = np.array([[finals[a][b] for b in last] for a in last], dtype=np.int16)
    return first, last, between, behind


class SyllableTable:
    """Costs between a fixed set of syllables (rows) and whatever is heard (columns, cached)."""

    def __init__(self, known: list[str]) -> None:
        self.known = known
        self.number = {syllable: i for i, syllable in enumerate(known)}
        initials, finals, _, _ = _matrices()
        parts = [initial_and_final(syllable) for syllable in known]
        self._sayable = np.array([part is not None for part in parts], dtype=bool)
        self._initials = np.array([initials[part[0]] if part else 0 for part in parts], dtype=np.intp)
        self._finals = np.array([finals[part[1]] if part else 0 for part in parts], dtype=np.intp)
        self._columns: dict[str, Costs] = {}

    def column(self, heard: str) -> Costs:
        """Shape ``(len(known),)``, 0 to ``SCALE``: cost of ``heard`` for each known syllable."""
        found = self._columns.get(heard)
        if found is None:
            found = self._compare(heard)
            if (
                initial_and_final(heard) is not None
            ):  # a bounded set: anything else would grow without end
                self._columns[heard] = found
        return found

    def _compare(self, heard: str) -> Costs:
        found = np.full(len(self.known), SCALE, dtype=np.uint8)
        parts = initial_and_final(heard)
        if parts is not None:
            initials, finals, initial_costs, final_costs = _matrices()
            total = initial_costs[initials[parts[0]], self._initials]
            total = total + final_costs[finals[parts[1]], self._finals]
            found[self._sayable] = np.minimum(SCALE, total)[self._sayable]
        if heard in self.number:
            found[self.number[heard]] = 0
        return found
