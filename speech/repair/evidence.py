"""How far a sound may be from a name before it is taken for it, given what else was said."""

from __future__ import annotations

from dataclasses import dataclass

from resources.pinyin import pinyin_key
from resources.places import PlaceKind
from speech.repair.spellings import Spelling


@dataclass(frozen=True, slots=True)
class Candidate:
    """A spelling that may stand at ``text[start:end]``.

    ``cost`` per syllable is 0 for the very sound; ``written`` = the characters are right already.
    ``ordinary`` (0 to 1) and ``cuts_word`` say how much ordinary words explain the same characters.
    """

    start: int
    end: int
    spelling: Spelling
    cost: float
    written: bool
    ordinary: float = 0.0
    cuts_word: bool = False
    known_name: bool = False
    """The dictionary has the written characters as a place's name."""
    last: str = ""
    """The last character as it was written."""
    answers: bool = False
    """It begins the answer to the question where."""
    joint: bool = False
    """Heard as one long name with its district or street; ``cost`` = share of its limit."""

    @property
    def length(self) -> int:
        """Characters that support the name: a dropped one does not."""
        return min(len(self.spelling.text), self.end - self.start)

    @property
    def confidence(self) -> float:
        """1 for what was written so, less for a sound, falling with its cost."""
        if self.joint:
            return 0.9 - 0.3 * self.cost
        return 1.0 if self.written else max(0.0, 0.95 - 2 * self.cost)

    @property
    def other_kind(self) -> bool:
        """Whether it was clearly written as another kind of place: 长阳站 or 长阳这边 is not 长阳镇."""
        right = self.spelling.text[-1]
        if self.cuts_word and self.last in "这那" and right in _KIND_CHARACTERS:
            return True
        kinds = self.last in _KIND_CHARACTERS and right in _KIND_CHARACTERS
        return kinds and self.last != right and pinyin_key(self.last) != pinyin_key(right)

    @property
    def says_district(self) -> bool:
        """Whether the text itself says 区 after something that is no word, without a pause: 焦阳区."""
        name = self.spelling.text
        district = self.spelling.kind is PlaceKind.DISTRICT and len(name) > 2
        unbroken = self.end - self.start <= len(name)
        said = district and unbroken and self.last == "区"
        return said and not self.ordinary and not self.cuts_word

    @property
    def stub(self) -> bool:
        """Whether a district was heard as one syllable and 区: 延区 may be 延庆区, or 某园一区."""
        district = self.spelling.kind is PlaceKind.DISTRICT
        return district and self.end - self.start < 3 <= len(self.spelling.text)


@dataclass(frozen=True, slots=True)
class Support:
    """What speaks for a candidate besides its sound."""

    district: bool = False
    """Its district is the one the call or this text is about."""
    near: bool = False
    """A place of the same district stands right beside it."""
    street: bool = False
    """Its street is one the call or this text is about."""


_KIND_CHARACTERS = frozenset("区镇乡村路街里苑园站桥楼院道")
_ALONE = {PlaceKind.DISTRICT: 0.10, PlaceKind.STREET: 0.085}
_BESIDE = {PlaceKind.DISTRICT: 0.30, PlaceKind.STREET: 0.27}
NEVER = -1.0
MISTAKEN_DISTRICT = 0.3
"""Cost per syllable up to which a district that does not fit the place behind it was misheard."""
SURE = 0.05
"""Cost per syllable up to which a place says where its district is."""
_SAME_SOUND = 0.03
_ANSWERING = 1.7
"""How much further a district or street may sound from its name where the operator asked for it."""


def tolerance(spelling: Spelling, support: Support) -> float:
    """The largest cost per syllable at which a sound counts as this name; ``NEVER`` for none."""
    length, kind = len(spelling.text), spelling.kind
    if not support.district:
        if spelling.weak:
            return _SAME_SOUND if kind is PlaceKind.STREET and length > 2 else NEVER
        if kind in _ALONE:
            return _ALONE[kind] if length > 3 or kind is PlaceKind.DISTRICT else 0.05
        return 0.05 if length > 4 else NEVER
    if kind is PlaceKind.DISTRICT:
        limit = _BESIDE[kind] if length > 2 else 0.1
    elif spelling.weak:
        limit = 0.12 if length > 2 else 0.06 if support.near else NEVER
    elif kind is PlaceKind.STREET:
        limit = _BESIDE[kind]
    elif length > 3:
        limit = 0.27 if support.street else 0.25
    else:
        limit = 0.17 if support.street else 0.12
    return limit if support.near else limit * 0.6


def allowance(candidate: Candidate, support: Support) -> float:
    """The tolerance left after ordinary words have had their say."""
    limit = tolerance(candidate.spelling, support)
    if limit < 0 or candidate.other_kind or (candidate.stub and not support.near):
        return NEVER
    if not support.district:
        if candidate.says_district:
            return 0.25
        if candidate.spelling.weak:
            return NEVER if candidate.cuts_word or candidate.ordinary == 1 else limit
        explained = candidate.cuts_word or candidate.ordinary > 0.4
        limit *= _ANSWERING if candidate.answers else 1
        return limit * 0.25 if explained else limit
    if not support.near and candidate.ordinary > 0.6:
        return NEVER if candidate.spelling.weak else limit * 0.3
    return limit * (1 - 0.25 * candidate.ordinary - (0.15 if candidate.cuts_word else 0.0))


def gain(candidate: Candidate, support: Support) -> float:
    """What a reading wins by taking the candidate; 0 or less = it may not be taken."""
    length = candidate.length
    if candidate.written:
        if _too_plain(candidate, support):
            return 0.0
        return (0.9 if candidate.spelling.weak else 1.2) * length
    if candidate.joint:
        whole = 0.75 if candidate.spelling.weak else 1.0
        return 0.0 if candidate.other_kind else whole * length * (1 - 0.3 * candidate.cost)
    limit = allowance(candidate, support)
    if limit < 0 or candidate.cost > limit:
        return 0.0
    return length * (0.5 + 0.5 * (1 - candidate.cost / limit) if limit else 1.0)


def _too_plain(candidate: Candidate, support: Support) -> bool:
    """Whether a name, though written so, is more likely an ordinary word: 教育部, 和平."""
    kind = candidate.spelling.kind
    if not candidate.spelling.weak:
        local = kind not in (PlaceKind.DISTRICT, PlaceKind.STREET)
        word = candidate.ordinary == 1 and not candidate.known_name
        return local and len(candidate.spelling.text) < 5 and word and not support.near
    if candidate.cuts_word:
        return True
    if kind is PlaceKind.DISTRICT or support.near:
        return False
    if kind is not PlaceKind.STREET:
        return True
    no_word = len(candidate.spelling.text) > 2 and candidate.ordinary < 1
    return not (candidate.known_name or support.district or no_word)
