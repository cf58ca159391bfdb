"""Pickers: catalogue items, units and places by Chinese words, pinyin, initials or code."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

from app.dispatch.catalogue import Catalogue, catalogue_in_force
from app.dispatch.units import UnitDirectory, units_in_force
from app.domain.ticket import Category
from resources.pinyin import PhoneticIndex
from resources.places import Gazetteer, Street, bundled_gazetteer


@lru_cache(maxsize=4)
def _categories(catalogue: Catalogue) -> tuple[PhoneticIndex, dict[str, list[Category]]]:
    """Names of items, their paths and their plain keywords → categories."""
    found: dict[str, list[Category]] = defaultdict(list)
    for item in catalogue.items:
        found[item.name].append(item.category)
        found["/".join(item.path)].append(item.category)
        for keyword in item.keywords:
            if len(keyword.parts) == 1:
                for word in keyword.parts[0]:
                    found[word].append(item.category)
    return PhoneticIndex(found), found


def find_categories(
    query: str, limit: int = 20, catalogue: Catalogue | None = None
) -> tuple[Category, ...]:
    """Catalogue items for what an operator types, best first; digits are the start of a code."""
    chosen = catalogue or catalogue_in_force()
    typed = query.strip()
    if typed.isascii() and typed.isdigit():
        codes = sorted(code for code in chosen.by_code if code.startswith(typed))
        return tuple(chosen.by_code[code].category for code in codes[:limit])
    index, found = _categories(chosen)
    names = index.search(typed, limit * 4)
    unique = {category.code: category for name in names for category in found[name]}
    return tuple(unique.values())[: max(limit, 0)]


@lru_cache(maxsize=4)
def _units(directory: UnitDirectory) -> tuple[PhoneticIndex, dict[str, list[str]]]:
    found: dict[str, list[str]] = defaultdict(list)
    for unit in directory.units:
        for name in (unit.name, *unit.aliases):
            found[name].append(unit.name)
    return PhoneticIndex(found), found


def find_units(query: str, limit: int = 20, directory: UnitDirectory | None = None) -> tuple[str, ...]:
    """Names of units for what an operator types (name, alias, pinyin or initials), best first."""
    index, found = _units(directory or units_in_force())
    names = dict.fromkeys(name for hit in index.search(query, limit * 4) for name in found[hit])
    return tuple(names)[: max(limit, 0)]


Area = tuple[str, str | None]
"""A district and, if one is meant, a street of it."""


@lru_cache(maxsize=2)
def _areas(streets: tuple[Street, ...]) -> tuple[PhoneticIndex, dict[str, Area]]:
    found: dict[str, Area] = {street.district: (street.district, None) for street in streets}
    for street in streets:
        area = (street.district, street.name)
        found[street.district + street.name] = area
        found.setdefault(street.name, area)
        found[f"{street.name}·{street.district}"] = area  # several districts have a street of this name
    return PhoneticIndex(found), found


def find_places(query: str, limit: int = 20, gazetteer: Gazetteer | None = None) -> tuple[Area, ...]:
    """(district, street) pairs for what an operator types, best first."""
    index, found = _areas((gazetteer or bundled_gazetteer()).streets)
    return tuple(dict.fromkeys(found[name] for name in index.search(query, limit * 3)))[: max(limit, 0)]


def prepare() -> None:
    """Build the indexes ahead of the first key: about half a second, on any thread."""
    _categories(catalogue_in_force())
    _units(units_in_force())
    _areas(bundled_gazetteer().streets)
