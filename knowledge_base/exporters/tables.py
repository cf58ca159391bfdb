"""Articles with all their facts, so that an import finds them as they were."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from knowledge_base.article import Article
from knowledge_base.importers.markdown_file import MAX_FRONT_MATTER
from knowledge_base.importers.values import CALCULATED, NAMES
from resources.errors import UserError

FACTS = tuple(field.name for field in fields(Article) if field.name != "version")
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML, and so Word and Excel, cannot hold."""
_MAX_CELL = 32_767
"""Characters a cell of a workbook can hold."""
_SEPARATORS = re.compile(r"[;；|\n]")


def names_of_facts(language: str) -> Mapping[str, str]:
    """What the facts are called; the import knows the names of both languages."""
    return {fact: name for name, fact in NAMES.items()} if language == "zh" else {n: n for n in FACTS}


def as_markdown(article: Article) -> str:
    """An article as one Markdown file with its facts in front."""
    facts = _facts_of(article)
    body = facts.pop("body", "")
    front = yaml.safe_dump(facts, allow_unicode=True, sort_keys=False, width=100)
    if len(front) > MAX_FRONT_MATTER:
        raise UserError("KB_EXPORT_LONG", article=article.id, most=MAX_FRONT_MATTER)
    return f"---\n{front}---\n\n{body}\n"


def write_csv(articles: Sequence[Article], path: Path, language: str) -> None:
    """A row for each article; a byte order mark, without which Excel does not read Chinese."""
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names_of_facts(language)[name] for name in FACTS)
        for article in articles:
            writer.writerow(_calm(cell) for cell in _row(article))


def write_xlsx(articles: Sequence[Article], path: Path, language: str) -> None:
    """A row for each article in one sheet. Raises ``UserError("KB_EXPORT_LONG")``."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell

    rows = [_row(article) for article in articles]
    for article, row in zip(articles, rows, strict=True):
        if any(len(cell) > _MAX_CELL for cell in row):
            raise UserError("KB_EXPORT_LONG", article=article.id, most=_MAX_CELL)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("articles")
    sheet.append([names_of_facts(language)[name] for name in FACTS])
    for row in rows:
        cells = [WriteOnlyCell(sheet, NO_XML.sub(" ", words)) for words in row]
        for cell in cells:
            cell.data_type = "s"  # also what looks like a formula
        sheet.append(cells)
    book.save(path)


def write_jsonl(articles: Iterable[Article], path: Path, _: str) -> None:
    """A line for each article."""
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for article in articles:
            out.write(json.dumps(_facts_of(article), ensure_ascii=False, default=str) + "\n")


def _facts_of(article: Article) -> dict[str, Any]:
    """What is known of an article; empty facts are left out."""
    facts = {name: getattr(article, name) for name in FACTS}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in facts.items() if v}


def _row(article: Article) -> list[str]:
    facts = _facts_of(article)
    return [_cell(facts.get(name, "")) for name in FACTS]


def _cell(value: object) -> str:
    """A fact as text; a list whose items hold separators themselves is written as JSON."""
    if isinstance(value, list):
        if any(_SEPARATORS.search(item) for item in value) or value[0].startswith("["):
            return json.dumps(value, ensure_ascii=False)
        return ";".join(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _calm(cell: str) -> str:
    """An apostrophe before what a spreadsheet would calculate; the import takes it away again."""
    return f"'{cell}" if cell.startswith(CALCULATED) else cell
