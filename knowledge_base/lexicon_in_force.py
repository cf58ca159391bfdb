"""The synonyms that hold now; apart from them, so that who only names them need not load the search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resources.in_force import InForce

if TYPE_CHECKING:
    from knowledge_base.synonyms import Lexicon


def _bundled() -> Lexicon:
    from knowledge_base.synonyms import bundled_lexicon  # with the words of Chinese: half a second

    return bundled_lexicon()


lexicon_in_force: InForce[Lexicon] = InForce(_bundled)
"""Those of the centre, or those that ship."""
