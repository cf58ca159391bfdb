"""Reference data as documents: their names, reading them, and what an editor must mend first.

``read`` is what both ends ask of a document before it is used; ``lint`` is what the centre asks on
top of that before it publishes one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from app.dispatch.catalogue import Catalogue, parse_items
from app.dispatch.exchange import version_data
from app.dispatch.lint import lint as lint_catalogue
from app.dispatch.units import UnitDirectory, bundled_units, units_on_top
from app.domain.ticket import Handling, RequestType
from app.intake.dialogue import parse_dialogue
from app.intake.rulebook import (
    GuardTable,
    RuleBook,
    build_guards,
    build_rules,
    bundled_guards,
    bundled_rules,
    guarded,
)
from app.own_names import read_words
from app.reference.policy import SeatPolicy, read_policy
from app.reference.update import Update, read_update
from app.text_modules import TextModule, read_modules
from resources.decoding import table_text
from resources.errors import UserError
from resources.place_files import read_places
from resources.places import Place, bundled_gazetteer

if TYPE_CHECKING:
    from knowledge_base.synonyms import Lexicon

CATALOGUE, UNITS, PLACES, WORDS, POLICY = "catalogue", "units", "places", "words", "policy"
SYNONYMS, GUARDS, MODULES = "synonyms", "guards", "modules"
UPDATE = "update"
RULES = "rules."
BOOKS = ("caller", "channels", "emergency", "handling", "history", "risks", "types")
NAMES = (
    CATALOGUE,
    UNITS,
    PLACES,
    WORDS,
    SYNONYMS,
    POLICY,
    GUARDS,
    MODULES,
    *(RULES + book for book in BOOKS),
    UPDATE,
)
"""Everything a centre can publish beside articles; each name has one document at a time."""

MAX_BYTES = 1_500_000
"""A document has to fit into one answer of the centre, which ends at 2 MiB."""

Value: TypeAlias = (
    "Catalogue | UnitDirectory | RuleBook | GuardTable | SeatPolicy | Lexicon"
    " | tuple[Place, ...] | tuple[str, ...] | tuple[TextModule, ...] | Update"
)
_BROKEN_RULES = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    AssertionError,
    RecursionError,
    yaml.YAMLError,
    re.error,
)
PATTERNS = ("before", "after", "sentence", "but")
GUARD_PARTS = frozenset({*PATTERNS, "reach"})
_ENUMS: Mapping[str, type[StrEnum]] = {"type": RequestType, "handling": Handling}


@dataclass(frozen=True, slots=True)
class _Given:
    """What the rules of a bundled book give: every name with its type, and those that none lacks."""

    types: Mapping[str, tuple[type, ...]]
    always: frozenset[str]


def check_name(name: str) -> str:
    """A name of ``NAMES``. Raises ``UserError("REFERENCE_UNKNOWN")``."""
    if name not in NAMES:
        raise UserError("REFERENCE_UNKNOWN", name=name[:80], known=", ".join(NAMES))
    return name


def text_of(name: str, path: Path) -> str:
    """The content of a file to be published; a workbook becomes a table. Raises ``UserError``."""
    check_name(name)
    try:
        if path.stat().st_size > 4 * MAX_BYTES:
            raise UserError("REFERENCE_TOO_LARGE", name=name, limit=MAX_BYTES // 1000)
        data = version_data(path) if name == CATALOGUE else path.read_bytes()
    except OSError as error:
        raise UserError("REFERENCE_FILE", path=path, detail=error.strerror or error) from error
    content = table_text(data)
    if content is None:
        raise UserError("REFERENCE_FILE", path=path, detail="UTF-8 / GB18030")
    return content


def read(name: str, content: str, version: str = "") -> Value:
    """What a document says. Raises ``UserError`` for one that cannot be used."""
    check_name(name)
    data, path = content.encode(), Path(name)
    if len(data) > MAX_BYTES:
        raise UserError("REFERENCE_TOO_LARGE", name=name, limit=MAX_BYTES // 1000)
    if name == CATALOGUE:
        items = parse_items(data, path)
        return Catalogue(version or name, min(item.valid_from for item in items), "", items)
    if name == UNITS:
        return units_on_top(bundled_units(), data, path)
    if name == PLACES:
        return read_places(data, bundled_gazetteer())
    if name == WORDS:
        return read_words(data)
    if name == POLICY:
        return read_policy(content)
    if name == MODULES:
        return read_modules(content)
    if name == UPDATE:
        return read_update(content)
    try:
        if name == SYNONYMS:
            from knowledge_base.synonyms import lexicon_on_top  # not before a window opens

            return lexicon_on_top(yaml.safe_load(content))
        return _guards(content) if name == GUARDS else _rules(name.removeprefix(RULES), content)
    except _BROKEN_RULES as error:
        detail = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError("REFERENCE_RULES", name=name, detail=detail[:120]) from error


def lint(name: str, content: str) -> None:
    """Raises ``UserError`` for a document that can be read but must not be published."""
    value = read(name, content)
    if isinstance(value, Catalogue):
        errors = [one for one in lint_catalogue(value, bundled_units().kinds) if one.is_error]
        if errors:
            first = "; ".join(one.message("en") for one in errors[:3])
            raise UserError("REFERENCE_LINT", name=name, count=len(errors), detail=first)
    elif isinstance(value, RuleBook):
        _check_sentences(name, value)
    elif isinstance(value, GuardTable):  # every rule that ships must still do what its sentences say
        for book in BOOKS:
            _check_sentences(name, guarded(bundled_rules(book), value))


def _check_sentences(name: str, book: RuleBook) -> None:
    wrong = next(_wrong_sentences(book), None)
    if wrong is not None:
        raise UserError("REFERENCE_SENTENCE", name=name, rule=wrong[0], value=wrong[1][:60])


def _guards(content: str) -> GuardTable:
    """Guards in place of those of the same names; a name that no rule asks for is a slip."""
    table = yaml.safe_load(content)
    for name, row in table["guards"].items():
        if name not in bundled_guards().guards or row.keys() - GUARD_PARTS or not row:
            raise ValueError(name)
        if not all(isinstance(one, str) for part in PATTERNS for one in _listed(row.get(part, []))):
            raise ValueError(name)
    if not table["guards"]:
        raise ValueError("guards")
    return build_guards(table)


def _listed(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("[…]")
    return value


def _rules(book: str, content: str) -> RuleBook:
    rules = build_rules(book, yaml.safe_load(content))
    if not rules.rules:
        raise ValueError("rules")
    given = _given(book)
    for rule in rules.rules:
        _check_given(rule.name, rule.gives, given)
    return rules


def _check_given(rule: str, gives: Mapping[str, Any], given: _Given) -> None:
    """What a rule gives is taken as it is in the middle of a call. Raises ``ValueError``."""
    if given.always - set(gives):
        raise ValueError(f"{rule}: {', '.join(sorted(given.always - set(gives)))}")
    for key, value in gives.items():
        if not isinstance(value, given.types.get(key, ())):
            raise ValueError(f"{rule}: {key}")
        if key in _ENUMS and value not in _ENUMS[key].__members__.values():
            raise ValueError(f"{rule}: {key}")


@cache
def _given(book: str) -> _Given:
    rules = bundled_rules(book).rules
    types: dict[str, tuple[type, ...]] = {}
    for rule in rules:
        for key, value in rule.gives.items():
            number = isinstance(value, int | float) and not isinstance(value, bool)
            types[key] = (int, float) if number else (type(value),)
    always = frozenset(key for key in types if all(key in rule.gives for rule in rules))
    return _Given(types, always)


def _wrong_sentences(book: RuleBook) -> Iterator[tuple[str, str]]:
    """Rules and the sentences they carry on which they do not do what they should."""
    for rule in book.rules:
        if not rule.fires or not rule.silent:
            yield rule.name, "—"
        for sentences, wanted in ((rule.fires, True), (rule.silent, False)):
            for sentence in sentences:
                fired = {hit.rule.name for hit in book.hits(parse_dialogue(sentence))}
                if (rule.name in fired) is not wanted:
                    yield rule.name, sentence
