"""What a search is limited to. Apart from how it is done, so that a window opens without the search."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Only:
    """What a search is limited to; empty = not by this. ``category`` includes those below it."""

    category: str = ""
    issuer: str = ""
    region: str = ""

    def __bool__(self) -> bool:
        return self != EVERYTHING


EVERYTHING = Only()


@dataclass(frozen=True, slots=True)
class Choices:
    """What a search can be limited to, in the order of their names."""

    categories: tuple[str, ...]
    issuers: tuple[str, ...]
    regions: tuple[str, ...]
