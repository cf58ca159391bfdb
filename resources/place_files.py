"""A centre's own places, read from a CSV file: ``name,kind,street,district``.

``kind`` is one of ``PlaceKind``; ``street`` may be empty; several districts are joined by ``;``.
"""

from __future__ import annotations

import csv
import io

from resources.decoding import table_text
from resources.errors import UserError
from resources.places import Gazetteer, Place, PlaceKind

_COLUMNS = ("name", "kind", "street", "district")
_KINDS = {kind.value: kind for kind in PlaceKind if kind not in (PlaceKind.DISTRICT, PlaceKind.STREET)}
_LONGEST_NAME = 40
_LARGEST = 16 * 1024 * 1024
_MOST = 100_000


def read_places(content: bytes, gazetteer: Gazetteer) -> tuple[Place, ...]:
    """The places of a CSV file in UTF-8 (with or without mark) or GB18030.

    Raises ``UserError``: ``PLACES_UNREADABLE`` for a file that is no such table, ``PLACES_ROW`` with
    the line number for a row that is wrong. Nothing is taken from a file with a wrong row.
    """
    if len(content) > _LARGEST:
        raise UserError("PLACES_UNREADABLE", detail=f"> {_LARGEST // 1024 // 1024} MB")
    text = table_text(content)
    if text is None:
        raise UserError("PLACES_UNREADABLE", detail="UTF-8 / GB18030")
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        missing = [column for column in _COLUMNS if column not in (rows.fieldnames or ())]
        if missing:
            raise UserError("PLACES_UNREADABLE", detail=", ".join(missing))
        places = tuple(_place(row, rows.line_num, gazetteer) for row in rows)
    except csv.Error as error:
        raise UserError("PLACES_UNREADABLE", detail=str(error)) from error
    if len(places) > _MOST:
        raise UserError("PLACES_UNREADABLE", detail=f"> {_MOST}")
    return tuple(dict.fromkeys(places))


def _place(row: dict[str, str | None], line: int, gazetteer: Gazetteer) -> Place:
    name, kind, street, districts = ((row.get(column) or "").strip() for column in _COLUMNS)
    if not 2 <= len(name) <= _LONGEST_NAME:
        raise UserError("PLACES_ROW", line=line, column="name", value=name[:_LONGEST_NAME])
    if kind not in _KINDS:
        raise UserError("PLACES_ROW", line=line, column="kind", value=kind[:_LONGEST_NAME])
    found = [gazetteer.district(part.strip()) for part in districts.split(";")]
    known = tuple(district.name for district in found if district is not None)
    if len(known) != len(found):
        raise UserError("PLACES_ROW", line=line, column="district", value=districts[:_LONGEST_NAME])
    bodies = [body for district in known for body in gazetteer.streets_named(street, district)]
    if street and not bodies:
        raise UserError("PLACES_ROW", line=line, column="street", value=street[:_LONGEST_NAME])
    return Place(name, _KINDS[kind], bodies[0].name if street else None, known)
