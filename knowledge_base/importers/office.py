"""Word and Excel files; both are archives of XML, so they are weighed before they are opened."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from knowledge_base.article import Article
from knowledge_base.importers.document import Block, articles_of
from knowledge_base.importers.values import BadArticle, article_of

MAX_UNPACKED = 256 * 1024 * 1024
MAX_XML = 48 * 1024 * 1024
MAX_PARTS = 5_000
MAX_ROWS = 200_000
MAX_COLUMNS = 200
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADING = re.compile(r"(?:heading|标题)\s*(\d)", re.IGNORECASE)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read_docx_file(content: bytes, name: str) -> Iterator[Article | BadArticle]:
    """The articles in a Word document: headings by their styles, tables row by row.

    Raises ``BadArticle`` and whatever the parser raises.
    """
    _weigh(content, "word/document.xml")
    yield from _document(content, name)


def read_xlsx_file(content: bytes, name: str) -> Iterator[Article | BadArticle]:
    """The articles in the sheets of a workbook: one per row, the first row names the fields.

    Raises ``BadArticle`` and whatever the parser raises.
    """
    _weigh(content, "xl/workbook.xml")
    yield from _workbook(content)


def _weigh(content: bytes, must_have: str) -> None:
    """Raises ``BadArticle`` for anything but an archive of moderate size with the part it needs."""
    if content.startswith(_COMPOUND):  # an encrypted file, or one of before 2007
        raise BadArticle("IMPORT_LOCKED", "password or old format")
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise BadArticle("IMPORT_DOCUMENT", str(error)[:100]) from error
    if any(part.flag_bits & 1 for part in parts):
        raise BadArticle("IMPORT_LOCKED", "password")
    unpacked = sum(part.file_size for part in parts)
    xml = max((p.file_size for p in parts if p.filename.endswith((".xml", ".rels"))), default=0)
    if unpacked > MAX_UNPACKED or xml > MAX_XML or len(parts) > MAX_PARTS:
        raise BadArticle("IMPORT_TOO_LARGE", f"{unpacked // 2**20} MB, {len(parts)} parts")
    if must_have not in {part.filename for part in parts}:
        raise BadArticle("IMPORT_DOCUMENT", f"without {must_have}")


def _document(content: bytes, name: str) -> Iterator[Article | BadArticle]:
    import docx

    document = docx.Document(io.BytesIO(content))
    title = " ".join((document.core_properties.title or "").split())[:200]
    styles = {style.style_id: style.name or "" for style in document.styles}
    yield from articles_of(_paragraphs(document.element.body, styles), PurePath(name).stem, title)


def _paragraphs(body: Any, styles: dict[str, str]) -> Iterator[Block]:
    """Paragraphs in order, also those inside tables and content controls."""
    for paragraph in body.iter(f"{_W}p"):
        text = "".join(
            part.text or "" if part.tag == f"{_W}t" else "\n" if part.tag == f"{_W}br" else " "
            for part in paragraph.iter(f"{_W}t", f"{_W}br", f"{_W}tab")
        )
        marked = paragraph.find(f"{_W}pPr/{_W}pStyle")
        style = styles.get(marked.get(f"{_W}val"), "") if marked is not None else ""
        heading = _HEADING.match(style)
        yield Block(text, int(heading[1]) if heading else 1 if style.lower() == "title" else 0)


def _workbook(content: bytes) -> Iterator[Article | BadArticle]:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        found = False
        for sheet in book.worksheets:
            rows = sheet.iter_rows(max_col=MAX_COLUMNS, max_row=MAX_ROWS, values_only=True)
            header = [str(cell or "").strip() for cell in next(rows, ())]
            if not {name.lower() for name in header} & {"title", "标题"}:
                continue
            found = True
            for number, row in enumerate(rows, 2):
                if any(cell not in (None, "") for cell in row):
                    yield _row(dict(zip(header, row, strict=False)), f"{sheet.title} row {number}:")
        if not found:
            yield BadArticle("IMPORT_NO_HEADER", ", ".join(book.sheetnames)[:80])
    finally:
        book.close()


def _row(values: dict[str, object], place: str) -> Article | BadArticle:
    try:
        return article_of(values, place)
    except BadArticle as bad:
        return bad
