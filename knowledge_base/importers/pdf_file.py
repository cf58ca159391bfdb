"""PDF files with text: lines joined to paragraphs, running heads and page numbers left out."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePath

from knowledge_base.article import Article
from knowledge_base.importers.document import Block, articles_of
from knowledge_base.importers.values import BadArticle

MAX_PAGES = 2_000
_PAGE_NUMBER = re.compile(r"[-—–\s]*(?:第?\s*\d{1,4}\s*页?(?:\s*[/共]\s*\d{1,4}\s*页?)?)[-—–\s]*")
_ENDS = "。！？；：.!?;:"
_BEGINS = re.compile(
    r"第[零〇一二三四五六七八九十百千两\d]{1,8}[编章节条]|[（(]?[一二三四五六七八九十\d]{1,3}[)）、.．]"
)


def read_pdf_file(content: bytes, name: str) -> Iterator[Article | BadArticle]:
    """The articles in a PDF. Scanned pages hold no text; a file of only those is named as such.

    Raises ``BadArticle`` and whatever the parser raises.
    """
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it comments on every oddity of a file
    pages = _pages(content)
    if not any(pages):
        raise BadArticle("IMPORT_NO_TEXT", f"{len(pages)} pages")
    yield from articles_of((Block(text) for text in paragraphs(pages)), PurePath(name).stem)


def _pages(content: bytes) -> list[list[str]]:
    """The lines of every page. Raises ``BadArticle`` and whatever the parser raises."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise BadArticle("IMPORT_LOCKED", "password")
    count = len(reader.pages)
    if count > MAX_PAGES:
        raise BadArticle("IMPORT_TOO_LARGE", f"{count} pages")
    pages: list[list[str]] = []
    for page in reader.pages:
        lines = (" ".join(line.split()) for line in page.extract_text().splitlines())
        pages.append([line for line in lines if line and not _PAGE_NUMBER.fullmatch(line)])
    return pages


def paragraphs(pages: list[list[str]]) -> Iterator[str]:
    """Lines of pages as paragraphs: a line goes on in the next unless it ends or that one begins."""
    edges = Counter(line for page in pages for line in {*page[:1], *page[-1:]})
    heads = {line for line, count in edges.items() if count > max(2, len(pages) // 2)}
    lines = [line for page in pages for line in page if line not in heads]
    full = max((len(line) for line in lines), default=0) * 0.8
    text = last = ""
    for line in lines:
        if text and (_BEGINS.match(line) or text[-1] in _ENDS or len(last) < full):
            yield text
            text = ""
        text += (" " if text and text[-1].isascii() and line[0].isascii() else "") + line
        last = line
    if text:
        yield text
