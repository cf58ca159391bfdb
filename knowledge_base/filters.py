"""Which articles a search may show: by region, category, issuing body and day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from knowledge_base.building import Facts
from knowledge_base.only import Choices
from resources.places import bundled_gazetteer


def named_districts(region: str) -> frozenset[str]:
    """The districts a region names, in short form; none for the whole city or the whole country."""
    return frozenset(d.short for d in bundled_gazetteer().districts if d.short in region)


def applies_in(article_region: str, asked: str) -> bool:
    """Whether an article of a region holds where the caller is: it, or the caller, is of no district,
    or both are of the same one.
    """
    own, there = named_districts(article_region), named_districts(asked)
    return not own or not there or bool(own & there)


@dataclass(frozen=True)
class Facets:
    """The facts of all documents, by column, with repeated texts numbered."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    regions: tuple[str, ...]
    region_of: NDArray[np.int64]
    categories: tuple[str, ...]
    category_of: NDArray[np.int64]
    issuers: tuple[str, ...]
    issuer_of: NDArray[np.int64]

    @classmethod
    def of(cls, facts: tuple[Facts, ...]) -> Facets:
        """Sort the facts of documents 0, 1, … into columns."""
        regions, region_of = _numbered([fact[2] for fact in facts])
        categories, category_of = _numbered([fact[3] for fact in facts])
        issuers, issuer_of = _numbered([fact[4] for fact in facts])
        first = np.fromiter((fact[5] for fact in facts), np.int64, len(facts))
        last = np.fromiter((fact[6] for fact in facts), np.int64, len(facts))
        return cls(first, last, regions, region_of, categories, category_of, issuers, issuer_of)

    def choices(self, alive: NDArray[np.bool_]) -> Choices:
        """What the documents that exist can be told apart by."""

        def named(names: tuple[str, ...], numbers: NDArray[np.int64]) -> tuple[str, ...]:
            return tuple(sorted(filter(None, (names[n] for n in np.unique(numbers[alive])))))

        return Choices(
            named(self.categories, self.category_of),
            named(self.issuers, self.issuer_of),
            named(self.regions, self.region_of),
        )

    def allowed(
        self, region: str | None, category: str | None, issuer: str | None = None
    ) -> NDArray[np.bool_]:
        """The documents that hold in a region, are of a body, and of a category or one below it."""
        allowed = np.ones(len(self.first), np.bool_)
        if region:
            fits = [applies_in(name, region) for name in self.regions]
            allowed &= np.array(fits, np.bool_)[self.region_of]
        if category:
            fits = [
                name == category or name.startswith((f"{category}/", f"{category}>"))
                for name in self.categories
            ]
            allowed &= np.array(fits, np.bool_)[self.category_of]
        if issuer:
            allowed &= np.array([name == issuer for name in self.issuers], np.bool_)[self.issuer_of]
        return allowed

    def valid(self, on: date) -> NDArray[np.bool_]:
        """The documents in force on a day."""
        return (self.first <= on.toordinal()) & (on.toordinal() <= self.last)


def _numbered(names: list[str]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    numbers: dict[str, int] = {}
    numbered = [numbers.setdefault(name, len(numbers)) for name in names]
    return tuple(numbers), np.array(numbered, np.int64)
