"""Past tickets 往期工单 out of a CSV file: a text and the unit or category it went to."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from resources.decoding import table_text
from resources.errors import UserError

MAX_BYTES = 500_000_000
TEXT = "text"
LABELS = ("unit", "category")


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts and the label of each, in the order of the file: oldest first."""

    label: str
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    beside: tuple[str, ...] = ()
    """The label of the other kind of each, where the table has that column; it helps to tell apart."""
    skipped: int = 0
    """How many rows lacked a text or a label."""

    def __len__(self) -> int:
        return len(self.texts)

    def newest(self, count: int) -> Examples:
        """The last ``count`` of them."""
        last = slice(-count, None)
        return Examples(
            self.label, self.texts[last], self.labels[last], self.beside[last], self.skipped
        )


def read_examples(path: Path, label: str) -> Examples:
    """The rows of a CSV file with the columns ``text`` and ``label``; UTF-8 or GB 18030.

    Rows without a text or a label are counted and left out. Raises ``UserError``.
    """
    content = _read(path)
    try:
        reader = csv.DictReader(io.StringIO(content, newline=""), strict=True)
        wanted = (TEXT, label)
        columns = reader.fieldnames or ()
        missing = [name for name in wanted if name not in columns]
        if missing:
            raise UserError("LEARNING_COLUMNS", path=path, missing=", ".join(missing))
        other = next((name for name in LABELS if name != label and name in columns), None)
        rows = [
            (row[TEXT] or "", row[label] or "", (row[other] or "") if other else "") for row in reader
        ]
    except csv.Error as error:
        raise UserError("LEARNING_ROW", path=path, line=reader.line_num, detail=error) from error
    return _examples(path, label, rows, other is not None)


def _examples(
    path: Path, label: str, rows: Sequence[tuple[str, str, str]], has_other: bool
) -> Examples:
    stripped = ((text.strip(), value.strip(), other.strip()) for text, value, other in rows)
    kept = [row for row in stripped if row[0] and row[1]]
    if not kept:
        raise UserError("LEARNING_EMPTY", path=path, label=label)
    texts, labels, others = zip(*kept, strict=True)
    return Examples(label, texts, labels, others if has_other else (), len(rows) - len(kept))


def _read(path: Path) -> str:
    try:
        if not path.is_file():
            raise UserError("LEARNING_UNREADABLE", path=path, detail="no such file")
        if os.path.getsize(path) > MAX_BYTES:
            raise UserError("LEARNING_TOO_LARGE", path=path, limit=MAX_BYTES // 1_000_000)
        data = path.read_bytes()
    except OSError as error:
        raise UserError("LEARNING_UNREADABLE", path=path, detail=error) from error
    if (text := table_text(data)) is not None:
        return text
    raise UserError("LEARNING_ENCODING", path=path)
