"""A cluster of texts. Apart from how clusters are found, so that a window opens without the search."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Cluster:
    """Texts about one thing; the most frequent wording stands for them."""

    count: int = 0
    wordings: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The most frequent wording, the longest of several."""
        return max(self.wordings, key=lambda words: (self.wordings[words], len(words)))
