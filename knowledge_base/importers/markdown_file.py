"""One article per Markdown file, its facts in YAML front matter between lines of ``---``."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from knowledge_base.article import Article
from knowledge_base.importers.document import WHOLE, Block, articles_of
from knowledge_base.importers.values import BadArticle, article_of

MAX_FRONT_MATTER = 64 * 1024
_MAX_DEPTH = 8
_FRONT = re.compile(r"\A\ufeff?\s*---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_ANY_HEADING = re.compile(r"^(#{1,6})\s+(.+)", re.MULTILINE)
_HEADING = re.compile(r"\A\s*#\s+(.+)")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_OPENING = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
_CLOSING = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


def read_markdown_file(text: str, name: str = "") -> Iterator[Article | BadArticle]:
    """The article in a Markdown text. Without a ``title`` in front, the first heading is the title.

    A long text without facts in front is a document: it is cut along its headings.
    """
    front = _FRONT.match(text)
    if not front and len(text) > WHOLE and _ANY_HEADING.search(text):
        yield from articles_of(_blocks(text), name)
        return
    body = text[front.end() :] if front else text
    try:
        values = _front_matter(front[1]) if front else {}
        heading = _HEADING.match(body)
        if not values.get("title") and "标题" not in values and heading:
            values["title"] = heading[1]
            body = body[heading.end() :]
        yield article_of({**values, "body": body.strip()})
    except BadArticle as bad:
        yield bad


def _blocks(text: str) -> Iterator[Block]:
    """Headings, and the paragraphs between empty lines."""
    lines: list[str] = []
    for line in (*text.split("\n"), ""):
        heading = _ANY_HEADING.match(line)
        if lines and (heading or not line.strip()):
            yield Block("\n".join(lines))
            lines = []
        if heading:
            yield Block(heading[2], len(heading[1]))
        elif line.strip():
            lines.append(line)


def _front_matter(source: str) -> dict[str, object]:
    """The mapping in a piece of YAML; references and deep nesting, which can blow up, are refused."""
    if len(source) > MAX_FRONT_MATTER:
        raise BadArticle("IMPORT_FRONT_MATTER", f"{len(source)} > {MAX_FRONT_MATTER}")
    try:
        depth = 0
        for token in yaml.scan(source, Loader=_Loader):
            depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
            if isinstance(token, yaml.AliasToken) or depth > _MAX_DEPTH:
                line = token.start_mark.line + 1
                raise BadArticle("IMPORT_FRONT_MATTER", f"line {line}: alias or nesting")
        values = yaml.load(source, Loader=_Loader)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise BadArticle("IMPORT_FRONT_MATTER", " ".join(str(error).split())[:200]) from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise BadArticle("IMPORT_FRONT_MATTER", type(values).__name__)
    return {str(name): value for name, value in values.items()}
