"""One article per line, as a JSON object with the names of the article's fields."""

from __future__ import annotations

import json
from collections.abc import Iterator

from knowledge_base.article import Article
from knowledge_base.importers.values import MAX_BODY, BadArticle, article_of


def read_jsonl_file(text: str) -> Iterator[Article | BadArticle]:
    """The articles in a text with one JSON object per line; ``id``, ``title`` and ``body`` suffice."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        place = f"line {number}:"
        if len(line) > MAX_BODY * 2:
            yield BadArticle("IMPORT_TOO_LONG", f"{place} {len(line)}")
            continue
        try:
            values = json.loads(line)
            if not isinstance(values, dict):
                raise BadArticle("IMPORT_JSON", f"{place} {type(values).__name__}")
            yield article_of(values, place)
        except BadArticle as bad:
            yield bad
        except (ValueError, RecursionError) as error:
            yield BadArticle("IMPORT_JSON", f"{place} {error}"[:200])
