"""What an operator picks from lists by Chinese words, pinyin, initials or code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.ticket import Category
from app.parts import Parts

if TYPE_CHECKING:
    from app.text_modules import TextModules


class Pickers:
    """The seat's lists; their indexes are built when first used, or ahead by ``app.dispatch.find``."""

    parts: Parts

    @property
    def text_modules(self) -> TextModules:
        """Sentences to insert."""
        from app.text_modules import TextModules

        return TextModules(self.parts.store)

    def find_categories(self, query: str, limit: int = 20) -> tuple[Category, ...]:
        """Catalogue items by Chinese words, pinyin, initials or code."""
        from app.dispatch.find import find_categories

        return find_categories(query, limit)

    def find_places(self, query: str, limit: int = 20) -> tuple[tuple[str, str | None], ...]:
        """(district, street) pairs by Chinese words, pinyin or initials."""
        from app.dispatch.find import find_places

        return find_places(query, limit)

    def find_units(self, query: str, limit: int = 20) -> tuple[str, ...]:
        """Names of handling units by Chinese words, pinyin or initials."""
        from app.dispatch.find import find_units

        return find_units(query, limit)
