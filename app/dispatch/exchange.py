"""The catalogue in and out of files: CSV and XLSX, one row per item."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from app.dispatch.catalogue import COLUMNS, FOURTH_LEVEL, Catalogue, CatalogueItem, parse_items
from resources.errors import UserError

ALL_COLUMNS = (*COLUMNS[:4], FOURTH_LEVEL, *COLUMNS[4:])
_MAX_ROWS, _MAX_CELLS_BYTES = 50_000, 200_000_000


def read_version(path: Path) -> Catalogue:
    """A catalogue from a CSV or XLSX file; its name is its version where no header lies beside it.

    Raises ``UserError`` for anything that cannot be read as a whole.
    """
    from app.dispatch.catalogue import load_catalogue

    if path.suffix.lower() == ".csv" and path.with_suffix(".yaml").is_file():
        return load_catalogue(path)
    items = parse_items(version_data(path), path)
    return Catalogue(path.stem, min(item.valid_from for item in items), "", items)


def version_data(path: Path) -> bytes:
    """The rows of a CSV or XLSX file as CSV. Raises ``UserError``."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError("CATALOGUE_UNREADABLE", path=path) from error
    return _sheet_as_csv(data, path) if path.suffix.lower() == ".xlsx" else data


def _sheet_as_csv(data: bytes, path: Path) -> bytes:
    """The first sheet as CSV; a file that unpacks to a huge size is refused before it is read."""
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            if sum(part.file_size for part in parts.infolist()) > _MAX_CELLS_BYTES:
                raise UserError("CATALOGUE_TOO_LARGE", path=path, limit=_MAX_CELLS_BYTES // 1_000_000)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(values_only=True, max_row=_MAX_ROWS + 1)
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        for row in rows:
            if any(cell is not None for cell in row):
                writer.writerow([_cell(cell) for cell in row])
    except UserError:
        raise
    except Exception as error:
        raise UserError("CATALOGUE_UNREADABLE", path=path) from error
    return out.getvalue().encode("utf-8", "replace")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def rows_of(items: Iterable[CatalogueItem]) -> Iterable[dict[str, str]]:
    """Each item as the cells of its row, written out in full."""
    for item in items:
        levels = (*item.path, "", "", "", "")[:4]
        yield dict(
            zip(("level1", "level2", "level3", FOURTH_LEVEL), levels, strict=True),
            code=item.code,
            keywords=" ".join(keyword.written for keyword in item.keywords),
            exclusions=" ".join(keyword.written for keyword in item.exclusions),
            lead=item.lead,
            assist=" ".join(item.assist),
            place_rule=item.place_rule.value,
            limit_hours="" if item.limit_hours is None else str(item.limit_hours),
            limit_basis=item.limit_basis.value,
            questions="|".join(
                (f"{'/'.join(q.settled_by)}:" if q.settled_by else "") + q.wording
                for q in item.questions
            ),
            type=item.type.value if item.type else "",
            valid_from=item.valid_from.isoformat(),
        )


def write_version(catalogue: Catalogue, path: Path, on: date | None = None) -> int:
    """Write a catalogue (as it holds ``on`` a day) to a CSV or XLSX file; the number of its items.

    CSV starts with a byte order mark, which spreadsheets need to read Chinese. Raises
    ``UserError("CATALOGUE_NOT_WRITTEN")``.
    """
    items = (catalogue.in_force(on) if on else catalogue).items
    rows = list(rows_of(items))
    try:
        if path.suffix.lower() == ".xlsx":
            _write_sheet(rows, path)
        else:
            with path.open("w", encoding="utf-8-sig", newline="") as out:
                writer = csv.DictWriter(out, ALL_COLUMNS, lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
    except OSError as error:
        raise UserError("CATALOGUE_NOT_WRITTEN", path=path, detail=error.strerror) from error
    return len(rows)


def _write_sheet(rows: Iterable[dict[str, str]], path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("catalogue")
    sheet.append(ALL_COLUMNS)
    for row in rows:
        sheet.append([row[name] for name in ALL_COLUMNS])
    book.save(path)
