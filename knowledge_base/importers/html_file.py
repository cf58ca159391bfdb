"""Web pages: headings, paragraphs, lists and table cells, without navigation and scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from lxml import etree, html

from knowledge_base.article import Article
from knowledge_base.importers.decoding import decoded
from knowledge_base.importers.document import Block, articles_of
from knowledge_base.importers.values import BadArticle

_LEFT_OUT = frozenset(
    ("script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form", "button")
) | {"select", "svg", "math", "iframe", "head"}
_BLOCKS = frozenset(
    ("p", "div", "li", "ul", "ol", "dl", "dt", "dd", "table", "tr", "td", "th", "caption", "pre")
) | {"blockquote", "section", "article", "main", "br", "hr", "body"}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,200}\?>")


def read_html_file(content: bytes, name: str) -> Iterator[Article | BadArticle]:
    """The articles in a web page."""
    text = decoded(content)
    if text is None:
        yield BadArticle("IMPORT_ENCODING", f"{len(content)} bytes")
        return
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        page = html.document_fromstring(_DECLARATION.sub("", text), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        yield BadArticle("IMPORT_DOCUMENT", str(error)[:100])
        return
    title = " ".join((page.findtext(".//title") or "").split())[:200]
    yield from articles_of(_blocks(page), PurePath(name).stem, title)


def _blocks(page: Any) -> Iterator[Block]:
    """The text of a page in document order, without recursion: nesting may be hostile."""
    words: list[str] = []
    level = hidden = 0
    for event, element in etree.iterwalk(page, events=("start", "end")):
        tag = element.tag
        if not isinstance(tag, str):
            continue
        starts = event == "start"
        if tag in _LEFT_OUT:
            hidden += 1 if starts else -1
        elif tag in _HEADINGS or tag in _BLOCKS:
            yield from _block(words, level)
            words = []
            level = _HEADINGS.get(tag, level) if starts else (0 if tag in _HEADINGS else level)
        if not hidden:
            words.append((element.text if starts else element.tail) or "")
        elif not starts and tag in _LEFT_OUT and hidden == 0:
            words.append(element.tail or "")
    yield from _block(words, level)


def _block(words: list[str], level: int) -> Iterator[Block]:
    text = " ".join("".join(words).split())
    if text:
        yield Block(text, level)
