"""Handling units 承办单位: a directory made of facts (bodies, kinds, places) by code.

A *kind* is a duty's holder without its place (``区水务局``); ``resolve`` finds the unit of a kind
for a place. Source of names: public directories of the city; places from the gazetteer.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from resources.errors import UserError
from resources.in_force import InForce
from resources.loader import read_csv, read_yaml
from resources.places import District, Gazetteer, Street, bundled_gazetteer

_MAX_BYTES = 20_000_000
_LONGEST = 2_000
"""Characters of one value; the limit of ``csv`` is one for the whole process, and others move it."""


class UnitLevel(StrEnum):
    """Whose unit it is."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"


@dataclass(frozen=True, slots=True)
class Unit:
    """A handling unit. ``contact`` is empty until the centre fills it in."""

    name: str
    kind: str
    level: UnitLevel
    district: str | None = None
    street: str | None = None
    aliases: tuple[str, ...] = ()
    contact: str = ""


@dataclass(frozen=True, slots=True)
class UnitKind:
    """A kind of unit; ``above`` is the kind that answers while the place is unknown."""

    name: str
    level: UnitLevel
    above: str | None = None


@dataclass(frozen=True, eq=False)
class UnitDirectory:
    """All units of a city, by kind and place, and by every name they go by; compared by identity."""

    units: tuple[Unit, ...]
    kinds: Mapping[str, UnitKind]
    _by_place: Mapping[tuple[str, str | None, str | None], Unit]
    _by_name: Mapping[str, Unit]

    def resolve(self, kind: str, district: str | None = None, street: str | None = None) -> Unit | None:
        """The unit of a kind for a place, or ``None`` where the place it needs is unknown.

        ``street`` may be any of its names (黄村镇, 黄村地区, 黄村).
        """
        known = self.kinds.get(kind)
        if known is None:
            return None
        if known.level is UnitLevel.CITY:
            return self._by_place.get((kind, None, None))
        if known.level is UnitLevel.DISTRICT:
            return self._by_place.get((kind, district, None))
        return self._by_place.get((kind, district, street)) if street else None

    def by_name(self, name: str) -> Unit | None:
        """The unit with this name or alias."""
        return self._by_name.get(name)


def build_directory(units: Iterable[Unit], kinds: Mapping[str, UnitKind]) -> UnitDirectory:
    """A directory of units; the later of two with one name and district holds."""
    unique = {(unit.name, unit.district): unit for unit in units}
    by_place: dict[tuple[str, str | None, str | None], Unit] = {}
    by_name: dict[str, Unit] = {}
    for unit in unique.values():
        by_place[unit.kind, unit.district, unit.street] = unit
        for alias in unit.aliases:
            by_name.setdefault(alias, unit)
            if unit.street:
                by_place.setdefault((unit.kind, unit.district, alias), unit)
    for unit in unique.values():
        by_name[unit.name] = unit
    return UnitDirectory(tuple(unique.values()), kinds, by_place, by_name)


def _street_names(name: str) -> tuple[str, ...]:
    """Other names of the same street-level body: 地区, 镇 and 乡 of one name are one body."""
    stem = Street("", name, "").stem
    kinds = ("地区", "镇", "乡") if not name.endswith("街道") else ("街道",)
    return (stem, *(stem + kind for kind in kinds))


def _district_units(
    name: str, fact: Mapping[str, Any], districts: Iterable[District]
) -> Iterable[Unit]:
    exceptions: Mapping[str, str | None] = fact.get("except", {})
    for district in districts:
        pattern = exceptions.get(district.name, fact["pattern"])
        if pattern:
            values = {"district": district.name, "short": district.short}
            aliases = tuple(alias.format(**values) for alias in fact.get("aliases", ()))
            full = pattern.format(**values)
            yield Unit(full, name, UnitLevel.DISTRICT, district.name, None, aliases)


def _street_unit(kind: str, street: Street, facts: Mapping[str, Any]) -> Unit:
    stem, name = street.stem, street.name
    is_office = street.district in facts["area_offices"] or name in facts["area_offices"]
    if name in facts["special"]:
        full = str(facts["special"][name])
    elif name.endswith("街道") or (name.endswith("地区") and is_office):
        full = f"{name}办事处"
    elif name.endswith("地区"):
        full = f"{stem if stem.endswith('镇') else stem + '镇'}人民政府"
    else:
        full = f"{name}人民政府"
    spoken = {name, *_street_names(name), *facts["also_called"].get(name, ())}
    aliases = spoken | {f"{place}{body}" for place in spoken for body in ("办事处", "人民政府", "政府")}
    return Unit(full, kind, UnitLevel.STREET, street.district, name, tuple(sorted(aliases - {full})))


def generated_units(
    bodies: Iterable[Mapping[str, str]], facts: Mapping[str, Any], gazetteer: Gazetteer
) -> UnitDirectory:
    """The directory from facts: named bodies, kinds per district, one unit per street."""
    kinds: dict[str, UnitKind] = {}
    units: list[Unit] = []
    for row in bodies:
        kinds[row["kind"]] = UnitKind(row["kind"], UnitLevel.CITY)
        aliases = tuple(row["aliases"].split())
        units.append(
            Unit(row["name"], row["kind"], UnitLevel.CITY, None, None, (row["kind"], *aliases))
        )
    for name, fact in facts["district_kinds"].items():
        kinds[name] = UnitKind(name, UnitLevel.DISTRICT, fact.get("above"))
        units.extend(_district_units(name, fact, gazetteer.districts))
    for name, above in facts["street_kinds"].items():
        kinds[name] = UnitKind(name, UnitLevel.STREET, above)
        units.extend(_street_unit(name, street, facts["streets"]) for street in gazetteer.streets)
    return build_directory(units, kinds)


def import_units(directory: UnitDirectory, path: Path) -> UnitDirectory:
    """The directory with a centre's own units on top.

    A CSV file with the columns ``name, kind, district, street, aliases, contact``.
    ``aliases`` are separated by spaces; an empty district or street means none. A name that
    exists is replaced. Raises ``UserError`` with the line for anything unusable.
    """
    try:
        return units_on_top(directory, path.read_bytes(), path)
    except OSError as error:
        raise UserError("UNITS_UNREADABLE", path=path) from error


def units_on_top(directory: UnitDirectory, data: bytes, path: Path) -> UnitDirectory:
    """``import_units`` from a file's bytes; ``path`` is only for the messages."""
    if len(data) > _MAX_BYTES:
        raise UserError("UNITS_TOO_LARGE", path=path, limit=_MAX_BYTES // 1_000_000)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError("UNITS_UNREADABLE", path=path) from error
    wanted = ("name", "kind", "district", "street", "aliases", "contact")
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    added: list[Unit] = []
    try:
        missing = [column for column in wanted if column not in (reader.fieldnames or ())]
        if missing:
            raise UserError("UNITS_COLUMNS", path=path, missing=", ".join(missing))
        for row in reader:
            kind = directory.kinds.get(row["kind"] or "")
            whole = None not in row and None not in row.values() and row["name"].strip()
            if kind is None or not whole or max(map(len, row.values())) > _LONGEST:
                raise UserError("UNITS_ROW", path=path, line=reader.line_num)
            old = directory.by_name(row["name"].strip())
            aliases = tuple(row["aliases"].split()) or (old.aliases if old else ())
            added.append(
                Unit(
                    row["name"].strip(),
                    kind.name,
                    kind.level,
                    row["district"] or None,
                    row["street"] or None,
                    aliases,
                    row["contact"].strip(),
                )
            )
    except csv.Error as error:
        raise UserError("UNITS_ROW", path=path, line=reader.line_num) from error
    return build_directory((*directory.units, *added), directory.kinds)


def with_contact(unit: Unit, contact: str) -> Unit:
    """The unit with a contact the centre has given."""
    return replace(unit, contact=contact)


@cache
def bundled_units() -> UnitDirectory:
    """The directory that ships with the product."""
    return generated_units(
        read_csv("units", "bodies.csv"), read_yaml("units", "kinds.yaml"), bundled_gazetteer()
    )


units_in_force = InForce(bundled_units)
