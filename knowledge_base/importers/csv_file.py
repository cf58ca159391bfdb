"""Articles as rows of a table: the header names the fields, lists are split at ``;`` or ``|``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from knowledge_base.article import Article
from knowledge_base.importers.values import CALCULATED, MAX_BODY, BadArticle, article_of


def read_csv_file(text: str) -> Iterator[Article | BadArticle]:
    """The articles in a table separated by commas, semicolons or tabs, as the header line shows."""
    csv.field_size_limit(MAX_BODY * 2)
    header = text.lstrip("\ufeff").split("\n", 1)[0]
    separator = max(",\t;", key=header.count)
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=separator)
    try:
        names = {str(name).strip().lower() for name in rows.fieldnames or ()}
        if not names & {"title", "标题"}:
            yield BadArticle("IMPORT_NO_HEADER", header[:80])
            return
        for row in rows:
            if not any(isinstance(value, str) and value.strip() for value in row.values()):
                continue
            try:
                if None in row:
                    raise BadArticle(
                        "IMPORT_FIELD", f"line {rows.line_num}: more values than the header"
                    )
                yield article_of(_uncalmed(row), f"line {rows.line_num}:")
            except BadArticle as bad:
                yield bad
    except csv.Error as error:
        yield BadArticle("IMPORT_TABLE", f"line {rows.line_num}: {error}")


def _uncalmed(row: Mapping[str, str | None]) -> dict[str, str | None]:
    """The cells without the apostrophe that keeps a spreadsheet from calculating them."""
    return {
        name: cell[1:] if cell and cell[0] == "'" and cell[1:].startswith(CALCULATED) else cell
        for name, cell in row.items()
    }
