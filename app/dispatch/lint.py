"""Lint of the catalogue: what an editor has to mend before a version goes out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from app.dispatch.catalogue import LIMIT_LEVELS, Catalogue, CatalogueItem, Keyword, PlaceRule
from app.dispatch.units import UnitKind, UnitLevel
from app.domain.ticket import RequestType
from resources.texts import text

SHARED_KEYWORDS = 4
"""From this many equal keywords on, two items are reported as overlapping."""
_FITTING = {
    PlaceRule.STREET: (UnitLevel.STREET, UnitLevel.DISTRICT),
    PlaceRule.DISTRICT: (UnitLevel.DISTRICT, UnitLevel.STREET, UnitLevel.CITY),
    PlaceRule.CITY: (UnitLevel.CITY,),
    PlaceRule.OWNERSHIP: tuple(UnitLevel),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong (``is_error``) or worth a look; ``rule`` names its sentence."""

    rule: str
    code: str
    is_error: bool = True
    values: Mapping[str, object] = field(default_factory=dict)

    def message(self, language: str) -> str:
        """The finding for the editor."""
        return text(f"dispatch.lint_{self.rule}", language, code=self.code, **self.values)


def lint(catalogue: Catalogue, kinds: Mapping[str, UnitKind]) -> tuple[Finding, ...]:
    """All findings of a catalogue against the kinds of units that exist."""
    findings = list(_duplicates(catalogue.items))
    for item in catalogue.items:
        findings += [*_units(item, kinds), *_keywords(item), *_limit(item)]
    findings += _own_words(catalogue.items)
    findings += _overlaps(catalogue.items)
    return tuple(findings)


def _duplicates(items: Iterable[CatalogueItem]) -> Iterator[Finding]:
    paths: dict[tuple[str, ...], str] = {}
    codes: set[str] = set()
    for item in items:
        if item.code in codes:
            yield Finding("duplicate_code", item.code)
        codes.add(item.code)
        if item.path in paths:
            values = {"other": paths[item.path], "path": "/".join(item.path)}
            yield Finding("duplicate_path", item.code, values=values)
        paths.setdefault(item.path, item.code)


def _units(item: CatalogueItem, kinds: Mapping[str, UnitKind]) -> Iterator[Finding]:
    if not item.lead:
        yield Finding("no_lead", item.code)
    for kind in (item.lead, *item.assist):
        if kind and kind not in kinds:
            yield Finding("unknown_kind", item.code, values={"kind": kind})
    lead = kinds.get(item.lead)
    if lead is not None and lead.level not in _FITTING[item.place_rule]:
        values = {"rule": item.place_rule.value, "kind": item.lead}
        yield Finding("place_rule", item.code, is_error=False, values=values)


def _keywords(item: CatalogueItem) -> Iterator[Finding]:
    if not item.keywords:
        yield Finding("no_keywords", item.code)
    own = {keyword.parts for keyword in item.keywords}
    for keyword in item.exclusions:
        if keyword.parts in own:
            yield Finding("excludes_itself", item.code, values={"word": keyword.written})
        if len(keyword.parts) == 1 and min(map(len, keyword.parts[0])) < 2:
            values = {"word": keyword.written}
            yield Finding("short_exclusion", item.code, is_error=False, values=values)


def _limit(item: CatalogueItem) -> Iterator[Finding]:
    needs_none = item.limit_hours is None and item.type in (RequestType.PRAISE, RequestType.QUESTION)
    if not needs_none and item.limit_hours not in LIMIT_LEVELS:
        yield Finding("limit", item.code, values={"hours": item.limit_hours})


def _own_words(items: Iterable[CatalogueItem]) -> Iterator[Finding]:
    """Items that nothing but their neighbours' words can find; an item and its parent share theirs."""
    kept = tuple(items)
    families = {(keyword.parts, i.parent or i.code) for i in kept for keyword in i.keywords}
    users = Counter(parts for parts, _ in families)
    for item in kept:
        if item.keywords and all(users[keyword.parts] > 1 for keyword in item.keywords):
            yield Finding("weak_keywords", item.code, is_error=False)


def _overlaps(items: Iterable[CatalogueItem]) -> Iterator[Finding]:
    holders: dict[tuple[tuple[str, ...], ...], list[tuple[str, Keyword]]] = defaultdict(list)
    for item in (one for one in items if one.parent is None):
        for keyword in item.keywords:
            holders[keyword.parts].append((item.code, keyword))
    shared: dict[tuple[str, str], list[str]] = defaultdict(list)
    for group in holders.values():
        for (one, keyword), (other, _) in combinations(group, 2):
            if one != other:
                shared[one, other].append(keyword.written.partition("*")[0])
    for (one, other), words in sorted(shared.items()):
        if len(words) >= SHARED_KEYWORDS:
            values = {"other": other, "count": len(words), "words": "、".join(words)}
            yield Finding("overlap", one, is_error=False, values=values)
