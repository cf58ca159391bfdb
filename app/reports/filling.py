"""Fill templates: ``{{ name }}`` becomes words, a row with ``{{ list.name }}`` comes once for each.

What a template does not know is left out; a name that nobody knows stays as it is written, so that
whoever edits a template sees it. Templates hold no code.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width
from zipfile import BadZipFile

from docx import Document
from docx.document import Document as WordDocument
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table, _Row
from docx.text.paragraph import Paragraph
from jinja2 import TemplateError
from jinja2.sandbox import SandboxedEnvironment
from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from app.reports.charts import Charted, chart_in_paragraph, chart_name, measure_of, native_chart
from app.reports.contents import Contents
from resources.errors import UserError

_NAME = re.compile(r"{{\s*(\w+)(?:\.(\w+))?\s*}}")
MAX_BYTES = 20_000_000
_LINE_PT = 16
"""Height of a line in a row of several."""
_BROKEN = (
    *(BadZipFile, PackageNotFoundError, InvalidFileException, KeyError, ValueError, OSError),
    *(SyntaxError, TypeError, AttributeError),  # what the libraries say of XML that is not theirs
)


def fill_docx(template: Path, contents: Contents, target: Path) -> None:
    """Write a Word document. Raises ``UserError("REPORT_TEMPLATE")``."""
    try:
        document = Document(str(_checked(template)))
    except _BROKEN as error:
        raise UserError("REPORT_TEMPLATE", path=template, detail=error) from error
    for section in document.sections:
        for part in (section.header, section.footer):
            _fill_paragraphs(part.paragraphs, contents)
    _draw_in_document(document, contents)
    _fill_paragraphs(document.paragraphs, contents)
    for table in document.tables:
        _fill_table(table, contents)
    document.save(str(target))


def fill_xlsx(template: Path, contents: Contents, target: Path) -> None:
    """Write a workbook; what looks like a formula in the contents stays text."""
    try:
        book = load_workbook(_checked(template))
    except _BROKEN as error:
        raise UserError("REPORT_TEMPLATE", path=template, detail=error) from error
    places = _Places()
    for sheet in book.worksheets:
        _fill_sheet(sheet, contents, places)
        _fit_rows(sheet)
        if isinstance(contents.get(sheet.title), str):
            sheet.title = str(contents[sheet.title])[:31]
    _draw_in_sheets(places, contents)
    book.save(target)


def fill_html(template: Path, contents: Contents) -> str:
    """A web page for printing, by a Jinja template in a sandbox; everything is escaped."""
    environment = SandboxedEnvironment(autoescape=True)
    try:
        words = _checked(template).read_text(encoding="utf-8")
        return environment.from_string(words).render(contents)
    except (TemplateError, OSError, ValueError, TypeError) as error:
        raise UserError("REPORT_TEMPLATE", path=template, detail=error) from error


def _checked(template: Path) -> Path:
    if template.stat().st_size > MAX_BYTES:
        raise ValueError("too large")
    return template


def _said(words: str, contents: Contents, row: Mapping[str, Any] | None = None) -> str:
    def value(found: re.Match[str]) -> str:
        name, field = found.groups()
        if field is not None:
            return str(row[field]) if row is not None and field in row else found[0]
        known = contents.get(name)
        return found[0] if known is None or isinstance(known, list) else str(known)

    return _NAME.sub(value, words)


def _list_of(words: str, contents: Contents) -> Sequence[Mapping[str, Any]] | None:
    """The rows that a line of a template asks for."""
    for name, column in _NAME.findall(words):
        if column and isinstance(contents.get(name), list):
            rows: Sequence[Mapping[str, Any]] = contents[name]
            return rows
    return None


def _fill_paragraphs(
    paragraphs: Sequence[Paragraph], contents: Contents, row: Mapping[str, Any] | None = None
) -> None:
    for paragraph in paragraphs:
        said = _said(paragraph.text, contents, row)
        if said != paragraph.text and paragraph.runs:
            paragraph.runs[0].text = said  # a word processor may have cut a name into several runs
            for run in paragraph.runs[1:]:
                run.text = ""


def _fill_table(table: Table, contents: Contents) -> None:
    for line in list(table.rows):
        rows = _list_of(" ".join(cell.text for cell in line.cells), contents)
        if rows is None:
            _fill_row(line, contents, None)
            continue
        before = line._tr
        for row in rows:
            fresh = copy.deepcopy(line._tr)
            before.addnext(fresh)
            before = fresh
            _fill_row(_Row(fresh, table), contents, row)
        if rows:
            table._tbl.remove(line._tr)
        else:
            _say_none(line, contents)


def _fill_row(line: _Row, contents: Contents, row: Mapping[str, Any] | None) -> None:
    for cell in line.cells:
        _fill_paragraphs(cell.paragraphs, contents, row)


def _say_none(line: _Row, contents: Contents) -> None:
    for number, cell in enumerate(line.cells):
        for paragraph in cell.paragraphs:
            for run in paragraph.runs:
                run.text = ""
        if number == 0 and cell.paragraphs and cell.paragraphs[0].runs:
            cell.paragraphs[0].runs[0].text = str(contents["nothing"])


@dataclass(slots=True)
class _Block:
    """Where the rows of a list stand in a sheet, and the column of each of its names."""

    sheet: Worksheet
    first: int
    columns: Mapping[str, str]


@dataclass(slots=True)
class _ChartPlace:
    """Where a template wants the chart of a list."""

    sheet: Worksheet
    row: int
    column: int
    name: str


@dataclass(slots=True)
class _Places:
    """What was found in a workbook's sheets while they were filled."""

    lists: dict[str, _Block] = field(default_factory=dict)
    charts: list[_ChartPlace] = field(default_factory=list)

    def move_down(self, sheet: Worksheet, rows: int) -> None:
        """Rows came in above everything that was found in this sheet so far."""
        for block in self.lists.values():
            block.first += rows * (block.sheet is sheet)
        for place in self.charts:
            place.row += rows * (place.sheet is sheet)


def _draw_in_document(document: WordDocument, contents: Contents) -> None:
    for paragraph in document.paragraphs:
        name = chart_name(paragraph.text)
        rows = contents.get(name) if name else None
        if name and isinstance(rows, list):
            words = str(contents.get(f"h_{name}", name))
            if not chart_in_paragraph(document, paragraph, name, rows, words):
                paragraph._p.getparent().remove(paragraph._p)


def _draw_in_sheets(places: _Places, contents: Contents) -> None:
    for place in places.charts:
        rows, block = contents[place.name], places.lists.get(place.name)
        cell = place.sheet.cell(place.row, place.column)
        measure = measure_of(rows)
        if not rows:
            _put(cell, contents["nothing"])
        elif block is not None and measure and {"name", measure} <= block.columns.keys():
            sheet, last = quote_sheetname(block.sheet.title), block.first + len(rows) - 1
            labels, values = (
                f"{sheet}!${block.columns[one]}${block.first}:${block.columns[one]}${last}"
                for one in ("name", measure)
            )
            shown = Charted(
                place.name,
                [str(row["name"]) for row in rows],
                [float(row[measure]) for row in rows],
                labels,
                values,
            )
            _put(cell, None)
            place.sheet.add_chart(native_chart(shown), cell.coordinate)


def _fill_sheet(sheet: Worksheet, contents: Contents, places: _Places) -> None:
    for number in range(sheet.max_row, 0, -1):  # from below: rows that are added move those below
        cells = [cell for cell in sheet[number] if isinstance(cell.value, str)]
        for cell in cells:
            name = chart_name(str(cell.value))
            if name and isinstance(contents.get(name), list):
                places.charts.append(_ChartPlace(sheet, number, cell.column, name))
        rows = _list_of(" ".join(str(cell.value) for cell in cells), contents)
        if rows is None:
            for cell in cells:
                _put(cell, _said(str(cell.value), contents))
            continue
        if len(rows) > 1:
            sheet.insert_rows(number + 1, len(rows) - 1)
            places.move_down(sheet, len(rows) - 1)
        places.lists.update(_block(sheet, number, cells))
        patterns = {cell.column: (str(cell.value), copy.copy(cell._style)) for cell in cells}
        for below, row in enumerate(rows):
            for column, (pattern, style) in patterns.items():
                cell = sheet.cell(number + below, column)
                cell._style = copy.copy(style)
                _put(cell, _value(pattern, contents, row))
        if not rows:
            for at, cell in enumerate(cells):
                _put(cell, contents["nothing"] if at == 0 else None)


def _block(sheet: Worksheet, number: int, cells: Sequence[Any]) -> dict[str, _Block]:
    """The list that a row of a template is a pattern for, by its name."""
    columns: dict[str, dict[str, str]] = {}
    for cell in cells:
        whole = _NAME.fullmatch(str(cell.value).strip())
        if whole and whole[2]:
            columns.setdefault(whole[1], {})[whole[2]] = get_column_letter(cell.column)
    return {name: _Block(sheet, number, found) for name, found in columns.items()}


def _fit_rows(sheet: Worksheet) -> None:
    """Rows as high as their wrapped words need: not every program measures them by itself."""
    for cells in sheet.iter_rows():
        wrapped = [cell for cell in cells if isinstance(cell, Cell) and cell.alignment.wrap_text]
        lines = max((_lines(cell) for cell in wrapped), default=1)
        row = sheet.row_dimensions[cells[0].row]
        if lines > 1 and row.height is None:
            row.height = lines * _LINE_PT


def _lines(cell: Cell) -> int:
    """Lines that a cell's words take in its column; a Chinese character is as wide as two others."""
    wide = sum(2 if east_asian_width(sign) in "WF" else 1 for sign in str(cell.value or ""))
    column = cell.parent.column_dimensions[cell.column_letter]
    return -(-wide // max(1, int(column.width) - 2))


def _value(pattern: str, contents: Contents, row: Mapping[str, Any]) -> object:
    """A number stays a number where nothing else stands in the cell."""
    whole = _NAME.fullmatch(pattern.strip())
    if whole and whole[2] in row:
        value: object = row[whole[2]]
        return value
    return _said(pattern, contents, row)


def _put(cell: Cell, value: object) -> None:
    cell.value = value
    if isinstance(value, str) and value:
        cell.data_type = "s"


def names_in(words: str) -> Iterator[str]:
    """The names that a template asks for."""
    for name, column in _NAME.findall(words):
        yield f"{name}.{column}" if column else name
