"""Suggestions for a file of texts: one JSON line in, one JSON line out, bad lines named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.analysis import Analyst
from app.intake.dialogue import parse_dialogue
from app.report import analysis_json
from resources.errors import UserError

MAX_LINE = 1_000_000
"""Characters of one line; a call has some 1,500."""


def suggest_batch(analyst: Analyst, path: Path) -> Iterator[tuple[dict[str, Any], UserError | None]]:
    """A result for every line of a JSON Lines file with ``id`` and ``text``, in its order.

    ``text`` is plain words or a dialogue. A line that is none gives ``{"line", "id", "error"}``
    together with its error, and the next one is read. Raises ``UserError("BATCH_UNREADABLE")``.
    """
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip(b"\xef\xbb\xbf \t\r\n"):
                    yield _result(analyst, path, number, line)
    except OSError as error:
        raise UserError("BATCH_UNREADABLE", path=path, detail=error.strerror) from error


def _result(
    analyst: Analyst, path: Path, number: int, line: bytes
) -> tuple[dict[str, Any], UserError | None]:
    identity: object = None
    try:
        if len(line) > MAX_LINE:
            raise ValueError(f"{len(line)} > {MAX_LINE}")
        row = json.loads(line.decode("utf-8-sig"))
        identity, words = row["id"], row["text"]
        if not isinstance(words, str) or isinstance(identity, dict | list):
            raise TypeError("id, text")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        problem = UserError("BATCH_LINE", path=path, line=number, detail=str(error)[:80])
        return {"line": number, "id": identity, "error": problem.code}, problem
    return {"id": identity, **analysis_json(analyst.analyse(parse_dialogue(words)))}, None
