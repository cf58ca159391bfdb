"""Parsers of what comes from outside against changed input; the long run is ``main.py bench fuzz``."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from bench.fuzz import Parser, fuzz, run
from resources.errors import UserError
from server.backup import back_up, restore
from server.database import CentreDatabase, default_url
from server.seats import add_seat


@pytest.mark.timeout(300)
def test_changed_input_is_taken_or_refused_in_words() -> None:
    figures = run(None, examples=4)
    assert figures["crashes"] == []
    assert figures["parsers"] >= 20
    assert figures["refused"] > 0


def test_the_search_sees_a_parser_that_breaks() -> None:
    def breaks(content: bytes) -> None:
        if len(content) != 7:
            raise IndexError

    assert "IndexError" in fuzz(Parser("one that breaks", (b"1234567",), breaks), 50)[2]


def test_a_backup_with_an_impossible_moment_is_told_and_restores_nothing(tmp_path: Path) -> None:
    database = CentreDatabase(default_url(tmp_path / "old"))
    add_seat(database, "seat-1")
    back_up(database, tmp_path / "sound")
    database.close()
    lines = gzip.decompress((tmp_path / "sound").read_bytes()).replace(b'true,"20', b'true,"0')
    (tmp_path / "broken").write_bytes(gzip.compress(lines))
    with pytest.raises(UserError, match="SERVER_BACKUP_DAMAGED"):
        restore(tmp_path / "broken", default_url(tmp_path / "new"))
    assert restore(tmp_path / "sound", default_url(tmp_path / "new"))["seat"] == 1
