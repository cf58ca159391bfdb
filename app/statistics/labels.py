"""What a value of a dimension is called, for the eye."""

from __future__ import annotations

from functools import lru_cache

from app.dispatch.catalogue import Catalogue, catalogue_in_force
from app.domain.ticket import RequestType
from app.statistics.page import Group
from resources.texts import text


def label(dimension: str, value: str, language: str) -> str:
    """A value in words: a code's name in the catalogue, a kind's name in the language."""
    if dimension == "category":
        return category_name(value)
    if dimension == "stream":
        matter, _, district = value.partition("|")
        return f"{district} · {category_name(matter)}"
    if dimension == "type":
        return type_name(value, language)
    if dimension == "handling":
        return text(f"desk.handling_{value}", language) if value else ""
    if dimension == "hour":
        hour, _, kind = value.partition("|")
        return f"{int(hour):02}:00 {type_name(kind, language)}"
    return value


def group_name(group: Group, language: str) -> str:
    """A group of near-duplicates: where, and what its first ticket says or else its matter."""
    matter = group.stream.partition("|")[0]
    return f"{where_of(group)} · {group.title or category_name(matter)}"


def where_of(group: Group) -> str:
    """The street of a group's first ticket, or at least its district."""
    return group.street or group.stream.partition("|")[2]


def type_name(value: str, language: str) -> str:
    """A type of request."""
    known = {kind.value: f"desk.type_{kind.name.lower()}" for kind in RequestType}
    return text(known[value], language) if value in known else text("statistics.no_type", language)


def category_name(code: str) -> str:
    """The last levels of a catalogue item, or of the first one whose code begins so."""
    return _category_name(catalogue_in_force(), code)


@lru_cache(maxsize=8192)
def _category_name(catalogue: Catalogue, code: str) -> str:
    item = catalogue.by_code.get(code)
    if item is None:
        item = next((one for one in catalogue.items if one.code.startswith(code)), None)
    return " / ".join(item.path[-2:]) if item else code
