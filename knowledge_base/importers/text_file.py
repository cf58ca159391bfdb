"""Plain text: a line is a paragraph, headings are known by their wording."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge_base.article import Article
from knowledge_base.importers.document import Block, articles_of
from knowledge_base.importers.values import BadArticle


def read_text_file(text: str, name: str) -> Iterator[Article | BadArticle]:
    """The articles in a text; its first line is the title if it is short and the text goes on."""
    lines = [line.strip() for line in text.lstrip("\ufeff").split("\n") if line.strip()]
    titled = len(lines) > 1 and len(lines[0]) <= 60 and lines[0][-1] not in "。；，,;"
    blocks = [Block(line, int(titled and number == 0)) for number, line in enumerate(lines)]
    yield from articles_of(blocks, name)
