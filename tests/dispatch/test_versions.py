"""Versions of the catalogue: out and in again, compared, and tried out on past requests."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from app.catalogue_tools import read_requests, run_catalogue
from app.dispatch.catalogue import Catalogue, bundled_catalogue
from app.dispatch.exchange import read_version, write_version
from app.dispatch.versions import diff, replay
from app.intake.analyst import RuleAnalyst
from app.intake.dialogue import parse_dialogue
from app.terminal import Terminal
from resources.errors import UserError

SHIPPED = bundled_catalogue()


def changed(**values: object) -> Catalogue:
    """The shipped catalogue with 停水 changed."""
    items = tuple(replace(i, **values) if i.code == "010101" else i for i in SHIPPED.items)  # type: ignore[arg-type]
    return Catalogue("next", SHIPPED.valid_from, "", items)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_is_exported_reads_back_the_same(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    assert write_version(SHIPPED, path) == len(SHIPPED.items)
    assert list(diff(SHIPPED, read_version(path))) == []


def test_a_diff_names_what_an_editor_changed() -> None:
    new = changed(limit_hours=2, lead="区水务局")
    found = {(change.code, change.field): (change.old, change.new) for change in diff(SHIPPED, new)}
    assert found == {
        ("010101", "limit_hours"): ("24", "2"),
        ("010101", "lead"): ("市自来水集团", "区水务局"),
    }
    gone = Catalogue("next", SHIPPED.valid_from, "", SHIPPED.items[1:])
    assert [change.field for change in diff(SHIPPED, gone)] == ["removed"]


def test_replay_shows_which_past_requests_would_change() -> None:
    requests = [
        ("1", parse_dialogue("昌平区回龙观街道龙泽苑东区停水了，什么都用不了")),
        ("2", parse_dialogue("朝阳区望京街道花家地西里楼下饭店油烟特别大")),
    ]
    count, changes = replay(SHIPPED, changed(lead="区水务局"), requests)
    assert count == 2
    assert [(one.id, one.field, one.new) for one in changes] == [("1", "unit", "昌平区水务局")]


def test_an_item_of_tomorrow_is_not_suggested_today() -> None:
    later = changed(valid_from=date(2999, 1, 1))
    talk = parse_dialogue("昌平区回龙观街道停水了")
    known = RuleAnalyst(catalogue=later).analyse(talk).tickets[0].category
    assert known is None or known.code != "010101"
    assert later.in_force(date(2999, 1, 1)) is later


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04nonsense", b"\0" * 5_000])
def test_a_broken_sheet_is_refused_with_a_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "broken.xlsx"
    path.write_bytes(data)
    with pytest.raises(UserError, match="CATALOGUE_UNREADABLE"):
        read_version(path)


def test_a_sheet_that_unpacks_to_a_giant_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as parts:
        for number in range(5):
            parts.writestr(f"xl/worksheets/sheet{number}.xml", b"\0" * 50_000_000)
    path.write_bytes(packed.getvalue())
    with pytest.raises(UserError, match="CATALOGUE_TOO_LARGE"):
        read_version(path)


def test_commands_print_findings_and_refuse_what_they_do_not_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal("zh", json=True)
    assert run_catalogue(terminal, "lint", [], None, None) == 0
    assert '"items": ' in capsys.readouterr().out
    with pytest.raises(UserError, match="USAGE"):
        run_catalogue(terminal, "replay", [tmp_path / "new.csv"], None, None)
    with pytest.raises(UserError, match="CATALOGUE_NOT_WRITTEN"):
        run_catalogue(terminal, "export", [tmp_path / "none" / "out.csv"], None, None)
    lines = tmp_path / "past.jsonl"
    lines.write_text('{"id": 1, "text": "停水了"}\nnonsense\n', encoding="utf-8")
    with pytest.raises(UserError, match="BATCH_LINE"):
        list(read_requests(lines))
