"""What YAML files say is kept beside them, and never believed when the file says something else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from resources.loader import read_kept


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    file = tmp_path / "table.yaml"
    file.write_text("call: 来电\nlimits: {2: [a, b], none: null}\n", encoding="utf-8")
    return file


def kept_of(table: Path) -> Path:
    return next((table.parent / "__pycache__").iterdir())


def test_a_table_reads_the_same_from_what_is_kept(table: Path) -> None:
    read = read_kept(table)
    assert read == {"call": "来电", "limits": {2: ["a", "b"], "none": None}}
    state = table.stat()
    table.write_bytes(b"x" * state.st_size)  # no YAML is read again while size and time are the same
    os.utime(table, (state.st_atime, state.st_mtime))
    assert read_kept(table) == read


def test_a_changed_table_is_read_anew(table: Path) -> None:
    read_kept(table)
    table.write_text("call: 呼叫\n", encoding="utf-8")
    assert read_kept(table) == {"call": "呼叫"}
    assert read_kept(table) == {"call": "呼叫"}


@pytest.mark.parametrize("broken", [b"", b"\xff" * 40, b"(\x02\x00\x00\x00i\x01", "来电".encode()])
def test_a_broken_kept_table_does_no_harm(table: Path, broken: bytes) -> None:
    read = read_kept(table)
    kept_of(table).write_bytes(broken)
    assert read_kept(table) == read


def test_a_table_is_read_where_nothing_can_be_kept(table: Path) -> None:
    (table.parent / "__pycache__").write_text("a file where the folder would be")
    assert read_kept(table)["call"] == "来电"
    table.write_text("day: 2026-11-22\n")  # a date is nothing that can be kept
    assert str(read_kept(table)["day"]) == "2026-11-22"
