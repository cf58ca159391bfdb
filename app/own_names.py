"""A centre's own places and words: two files in the seat's folder, known to hearing and to intake.

Places: CSV ``name,kind,street,district`` (``resources/place_files.py``). Words: units, estates,
companies and terms, one a line; what is heard with their sound is written as they are.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from resources.decoding import table_text
from resources.errors import UserError
from resources.places import Gazetteer, Place, bundled_gazetteer

PLACES_FILE, WORDS_FILE = "own-places.csv", "own-words.txt"
_LARGEST = 4 * 1024 * 1024
_MOST_WORDS = 20_000
_SHORTEST, _LONGEST = 2, 30


@dataclass(frozen=True, slots=True)
class OwnNames:
    """What a centre has added to the bundled names."""

    places: tuple[Place, ...] = ()
    words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.places or self.words)

    def and_those_of(self, other: OwnNames) -> OwnNames:
        """These names and others."""
        return OwnNames(
            tuple(dict.fromkeys((*self.places, *other.places))),
            tuple(dict.fromkeys((*self.words, *other.words))),
        )

    def gazetteer(self) -> Gazetteer:
        """The bundled gazetteer with the centre's places."""
        bundled = bundled_gazetteer()
        return bundled.with_places(self.places) if self.places else bundled


def read_own_names(folder: Path) -> OwnNames:
    """The names imported into a seat's folder. Raises ``UserError`` like ``import_own_names``."""
    places, words = folder / PLACES_FILE, folder / WORDS_FILE
    return OwnNames(_places(places) if places.exists() else (), _words(words) if words.exists() else ())


def import_own_names(folder: Path, file: Path) -> OwnNames:
    """Take a ``.csv`` of places or a list of words; it replaces the one before, whole or not at all.

    Raises ``UserError`` with PLACES_UNREADABLE, PLACES_ROW, WORDS_UNREADABLE or WORDS_LINE.
    """
    is_places = file.suffix.lower() == ".csv"
    if is_places:
        _places(file)
    else:
        _words(file)
    target = folder / (PLACES_FILE if is_places else WORDS_FILE)
    folder.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".new")
    fresh.write_bytes(file.read_bytes())
    os.replace(fresh, target)
    return read_own_names(folder)


def clear_own_names(folder: Path) -> None:
    """Go back to the bundled names."""
    for name in (PLACES_FILE, WORDS_FILE):
        (folder / name).unlink(missing_ok=True)


def _places(file: Path) -> tuple[Place, ...]:
    from resources.place_files import read_places

    try:
        content = file.read_bytes()
    except OSError as error:
        raise UserError("PLACES_UNREADABLE", detail=error.strerror or error) from error
    return read_places(content, bundled_gazetteer())


def _words(file: Path) -> tuple[str, ...]:
    try:
        if file.stat().st_size > _LARGEST:
            raise UserError("WORDS_UNREADABLE", detail=f"> {_LARGEST // 1024 // 1024} MB")
        return read_words(file.read_bytes())
    except OSError as error:
        raise UserError("WORDS_UNREADABLE", detail=error.strerror or error) from error


def read_words(content: bytes) -> tuple[str, ...]:
    """Words from a list, one a line; ``#`` begins a remark. Raises ``UserError``."""
    text = table_text(content)
    if text is None:
        raise UserError("WORDS_UNREADABLE", detail="UTF-8 / GB18030")
    words: dict[str, None] = {}
    for line, raw in enumerate(text.splitlines(), 1):
        word = raw.strip()
        if not word or word.startswith("#"):
            continue
        if not (_SHORTEST <= len(word) <= _LONGEST and word.isprintable()):
            raise UserError("WORDS_LINE", line=line, value=word[:_LONGEST])
        words[word] = None
    if len(words) > _MOST_WORDS:
        raise UserError("WORDS_UNREADABLE", detail=f"> {_MOST_WORDS}")
    return tuple(words)
