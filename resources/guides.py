"""The guides, read for the window: each is one Markdown file a language under ``help/``.

A guide is ``# Title``, a few words, then tasks ``## Title {#id}``. Guides name each other as
``operator.md#take``; pictures and other documents (``../../../docs/…``) are for readers of the site.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from resources.loader import read_text

GUIDES = ("operator", "trainer", "lead", "editor", "seat", "centre", "developer")
"""Names of the files, in the order they are listed."""
PICTURE = re.compile(r"^!\[[^\]]*\]\([^)]*\)\n?", re.MULTILINE)
OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./[^)]*\)")
TASK = re.compile(r"^## (.+?) \{#([a-z0-9-]+)\}\n", re.MULTILINE)
ENOUGH = 0.4
"""Share of a word's pairs of characters that a task must hold to be found by it."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One task of a guide; ``id`` is empty for what stands before the first."""

    guide: str
    id: str
    title: str
    body: str

    @property
    def address(self) -> str:
        """``operator#take``."""
        return f"{self.guide}#{self.id}"

    def share(self, word: str) -> float:
        """How much of a lower-case word stands here: 1 whole, 2 in the title, else by pairs."""
        title, body = self.title.lower(), self.body.lower()
        if word in title:
            return 2.0
        if word in body:
            return 1.0
        pairs = [word[at : at + 2] for at in range(len(word) - 1)]
        found = sum(pair in title or pair in body for pair in pairs)
        share = found / len(pairs) if pairs and not word.isascii() else 0.0
        return share if share >= ENOUGH else 0.0


@cache
def guide(name: str, code: str) -> tuple[Topic, ...]:
    """A guide's topics, its own beginning first."""
    text = OUTSIDE.sub(r"\1", PICTURE.sub("", read_text("help", code, f"{name}.md")))
    head, *parts = TASK.split(text)
    title, _, words = head.strip().partition("\n")
    found = [Topic(name, "", title.removeprefix("# "), words.strip())]
    for task, identity, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        found.append(Topic(name, identity, task, body.strip()))
    return tuple(found)


def topics(code: str) -> tuple[Topic, ...]:
    """All guides in a language, topic by topic."""
    return tuple(topic for name in GUIDES for topic in guide(name, code))


def find_topics(query: str, code: str) -> tuple[Topic, ...]:
    """What holds every word of a query, best first; all topics for an empty one."""
    words = query.lower().split()
    scored = [
        (min((topic.share(word) for word in words), default=1.0), topic) for topic in topics(code)
    ]
    return tuple(t for share, t in sorted(scored, key=lambda pair: -pair[0]) if share)
