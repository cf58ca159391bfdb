"""The dispatch catalogue 派单目录: what people call about, who leads, by when; read from CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path

import yaml

from app.domain.ticket import Category, RequestType
from resources.decoding import table_text
from resources.errors import UserError
from resources.in_force import InForce
from resources.loader import resource_path

COLUMNS = (
    "code",
    "level1",
    "level2",
    "level3",
    "keywords",
    "exclusions",
    "lead",
    "assist",
    "place_rule",
    "limit_hours",
    "limit_basis",
    "questions",
    "type",
    "valid_from",
)
FOURTH_LEVEL = "level4"
"""A column that a file may lack: rows with it refine the row whose code theirs begins with."""
_INHERITED = (
    "lead", "assist", "place_rule", "limit_hours", "limit_basis", "questions", "type", "valid_from"
)  # fmt: skip
LIMIT_LEVELS = (2, 24, 168, 360)
"""Hours of the four response levels: danger, basic supplies, ordinary, complex."""
_MAX_BYTES = 20_000_000
_MAX_FIELD = 4_000


class PlaceRule(StrEnum):
    """What decides the unit once the duty is known 属地规则."""

    STREET = "street"
    DISTRICT = "district"
    CITY = "city"
    OWNERSHIP = "ownership"


class LimitBasis(StrEnum):
    """How a limit in days is counted."""

    NATURAL = "natural"
    WORKING = "working"


@dataclass(frozen=True, slots=True)
class Keyword:
    """Words that point to an item, e.g. ``暖气/供暖+不热*3``.

    ``parts`` must all be said near each other, in any order; each part is a set of alternatives.
    """

    written: str
    parts: tuple[tuple[str, ...], ...]
    weight: float

    @classmethod
    def parse(cls, written: str) -> Keyword:
        """Read ``part+part*weight`` with alternatives ``a/b``. Raises ``ValueError``."""
        words, star, number = written.partition("*")
        weight = float(number) if star else 0.0
        parts = tuple(tuple(a for a in part.lower().split("/") if a) for part in words.split("+"))
        if not all(parts) or not 0 <= weight <= 10:
            raise ValueError(written)
        return cls(written, parts, weight or _usual_weight(parts))


def _usual_weight(parts: tuple[tuple[str, ...], ...]) -> float:
    """Longer words say more; words that must come together say more than one alone."""
    if len(parts) > 1:
        return 1.2 + 0.8 * (len(parts) - 1)
    length = min(max(len(word) for word in parts[0]), 5)
    return {1: 0.4, 2: 1.0, 3: 1.5, 4: 2.0, 5: 2.3}[length]


@dataclass(frozen=True, slots=True)
class Question:
    """A question to ask back; the caller has answered it when one of ``settled_by`` was said."""

    wording: str
    settled_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """One item 派单目录项. ``lead`` and ``assist`` are unit kinds (see ``units.py``)."""

    code: str
    path: tuple[str, ...]
    keywords: tuple[Keyword, ...]
    exclusions: tuple[Keyword, ...]
    lead: str
    assist: tuple[str, ...]
    place_rule: PlaceRule
    limit_hours: int | None
    limit_basis: LimitBasis
    questions: tuple[Question, ...]
    type: RequestType | None
    valid_from: date

    @property
    def category(self) -> Category:
        """The item as a ticket keeps it."""
        return Category(self.code, self.path)

    @property
    def parent(self) -> str | None:
        """Code of the item that this one refines (a fourth level), or ``None``."""
        return self.code[:-2] if len(self.path) > 3 else None

    @property
    def subject(self) -> str:
        """What a subject line calls the matter: the name of the third level."""
        return self.path[min(2, len(self.path) - 1)]

    @property
    def name(self) -> str:
        """The lowest level's name."""
        return self.path[-1]


@dataclass(frozen=True, eq=False)
class Catalogue:
    """One version of the catalogue; compared by identity."""

    version: str
    valid_from: date
    note: str
    items: tuple[CatalogueItem, ...]

    @cached_property
    def by_code(self) -> Mapping[str, CatalogueItem]:
        """Items by their code (the first of a duplicate, which the lint reports)."""
        found: dict[str, CatalogueItem] = {}
        for item in self.items:
            found.setdefault(item.code, item)
        return found

    def in_force(self, on: date) -> Catalogue:
        """The catalogue as it holds on a day: without items that are not valid yet."""
        items = tuple(item for item in self.items if item.valid_from <= on)
        if len(items) == len(self.items):
            return self
        return Catalogue(self.version, self.valid_from, self.note, items)


def _decode(data: bytes, path: Path) -> str:
    if len(data) > _MAX_BYTES:
        raise UserError("CATALOGUE_TOO_LARGE", path=path, limit=_MAX_BYTES // 1_000_000)
    if (decoded := table_text(data)) is not None:
        return decoded
    raise UserError("CATALOGUE_ENCODING", path=path)


def _rows(text: str, path: Path) -> Iterable[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise UserError("CATALOGUE_COLUMNS", path=path, missing=", ".join(missing))
        for row in reader:
            line = reader.line_num
            if None in row or any(value is None for value in row.values()):
                raise UserError("CATALOGUE_ROW_WIDTH", path=path, line=line)
            if any(len(value) > _MAX_FIELD for value in row.values()):
                raise UserError("CATALOGUE_ROW_WIDTH", path=path, line=line)
            yield line, {FOURTH_LEVEL: "", **{name: value.strip() for name, value in row.items()}}
    except csv.Error as error:
        raise UserError("CATALOGUE_ROW_WIDTH", path=path, line=reader.line_num) from error


def _question(written: str) -> Question:
    """``市政路/小区里:路灯是在小区里还是市政路上？`` with the settling words before the colon."""
    settling, colon, wording = written.rpartition(":")
    return Question(wording.strip(), tuple(settling.split("/")) if colon else ())


def _item(row: Mapping[str, str]) -> CatalogueItem:
    """An item from a row. Raises ``ValueError(column)`` for the first column that makes no sense."""
    column = "code"
    try:
        if not row["code"] or not row["level1"]:
            raise ValueError(column)
        column = "keywords"
        keywords = tuple(Keyword.parse(word) for word in row["keywords"].split())
        column = "exclusions"
        exclusions = tuple(Keyword.parse(word) for word in row["exclusions"].split())
        column = "place_rule"
        place_rule = PlaceRule(row["place_rule"])
        column = "limit_hours"
        limit = int(row["limit_hours"]) if row["limit_hours"] else None
        column = "limit_basis"
        basis = LimitBasis(row["limit_basis"] or "natural")
        column = "type"
        kind = RequestType(row["type"]) if row["type"] else None
        column = "valid_from"
        valid_from = date.fromisoformat(row["valid_from"])
    except ValueError as error:
        raise ValueError(column) from error
    return CatalogueItem(
        code=row["code"],
        path=tuple(row[level] for level in (*COLUMNS[1:4], FOURTH_LEVEL) if row[level]),
        keywords=keywords,
        exclusions=exclusions,
        lead=row["lead"],
        assist=tuple(row["assist"].split()),
        place_rule=place_rule,
        limit_hours=limit,
        limit_basis=basis,
        questions=tuple(_question(part) for part in row["questions"].split("|") if part.strip()),
        type=kind,
        valid_from=valid_from,
    )


def _refined(row: dict[str, str], rows: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """A row of the fourth level says only what differs from its parent, which stands above it."""
    if not row[FOURTH_LEVEL]:
        return row
    parent = rows.get(row["code"][:-2])
    if parent is None or parent[FOURTH_LEVEL] or not row["level3"]:
        raise ValueError("code")
    return {**row, **{name: row[name] or parent[name] for name in _INHERITED}}


def parse_items(data: bytes, path: Path) -> tuple[CatalogueItem, ...]:
    """The items of a CSV file's bytes. ``path`` is only for the messages.

    Raises ``UserError`` with line and column for anything that is not a catalogue.
    """
    items = []
    rows: dict[str, Mapping[str, str]] = {}
    for line, row in _rows(_decode(data, path), path):
        try:
            row = _refined(row, rows)
            rows.setdefault(row["code"], row)
            items.append(_item(row))
        except ValueError as error:
            column = str(error)
            raise UserError(
                "CATALOGUE_VALUE", path=path, line=line, column=column, value=row[column][:60]
            ) from error
    if not items:
        raise UserError("CATALOGUE_EMPTY", path=path)
    return tuple(items)


def load_catalogue(path: Path) -> Catalogue:
    """A catalogue from a CSV file and the header beside it (same name, ``.yaml``).

    Raises ``UserError`` when either cannot be read.
    """
    header_path = path.with_suffix(".yaml")
    try:
        data, header_text = path.read_bytes(), header_path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError("CATALOGUE_UNREADABLE", path=path) from error
    try:
        header = yaml.safe_load(header_text)
        version, note = str(header["version"]), str(header.get("note", ""))
        valid_from = date.fromisoformat(str(header["valid_from"]))
    except (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UserError("CATALOGUE_HEADER", path=header_path) from error
    return Catalogue(version, valid_from, note, parse_items(data, path))


@cache
def bundled_catalogue() -> Catalogue:
    """The catalogue that ships with the product."""
    return load_catalogue(resource_path("catalogue", "catalogue.csv"))


catalogue_in_force = InForce(bundled_catalogue)
