"""The dispatch catalogue: what ships is clean, an editor's mistakes are told, rules are data."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.dispatch.catalogue import (
    COLUMNS,
    LIMIT_LEVELS,
    Catalogue,
    CatalogueItem,
    Keyword,
    bundled_catalogue,
    load_catalogue,
    parse_items,
)
from app.dispatch.find import find_categories
from app.dispatch.lint import lint
from app.dispatch.matcher import rank_items
from app.dispatch.units import bundled_units
from app.domain.call import Speaker
from app.domain.ticket import RequestType
from resources.errors import UserError

GOOD = {
    "code": "990101",
    "level1": "试验",
    "level2": "试验",
    "level3": "月球快递",
    "keywords": "月球快递*3 月球+包裹",
    "exclusions": "火星",
    "lead": "市邮政管理局",
    "assist": "街道",
    "place_rule": "city",
    "limit_hours": "168",
    "limit_basis": "working",
    "questions": "地球/月球:寄到哪里？|单号是多少？",
    "type": "投诉",
    "valid_from": "2026-01-01",
}


def _csv(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _write(folder: Path, data: bytes, header: str = 'version: "9"\nvalid_from: 2026-01-01\n') -> Path:
    path = folder / "catalogue.csv"
    path.write_bytes(data)
    path.with_suffix(".yaml").write_text(header, encoding="utf-8")
    return path


def test_the_shipped_catalogue_has_no_errors_and_covers_the_city() -> None:
    catalogue = bundled_catalogue()
    findings = lint(catalogue, bundled_units().kinds)
    assert [f.message("en") for f in findings if f.is_error or f.rule != "overlap"] == []
    assert len(catalogue.items) >= 600
    assert len({item.path[0] for item in catalogue.items}) >= 15
    assert {item.limit_hours for item in catalogue.items} == {*LIMIT_LEVELS, None}
    unlimited = {item.type for item in catalogue.items if item.limit_hours is None}
    assert unlimited == {RequestType.PRAISE}


def test_a_new_row_is_a_new_rule_without_a_release(tmp_path: Path) -> None:
    catalogue = load_catalogue(_write(tmp_path, _csv(GOOD)))
    assert catalogue.version == "9"
    best = rank_items(catalogue, [(Speaker.CALLER, "我的月球快递丢了")])[0]
    assert best.item.path == ("试验", "试验", "月球快递")
    assert best.item.questions[0].settled_by == ("地球", "月球")
    assert best.item.questions[1].wording == "单号是多少？"


FINER = dict.fromkeys(GOOD, "") | {
    "code": "99010101",
    "level1": "试验",
    "level2": "试验",
    "level3": "月球快递",
    "level4": "月球快递爆炸",
    "keywords": "月球+爆炸*3",
    "limit_hours": "2",
}


def test_a_fourth_level_says_only_what_differs(tmp_path: Path) -> None:
    columns = (*COLUMNS, "level4")
    catalogue = load_catalogue(_write(tmp_path, _csv(GOOD, FINER, columns=columns)))
    parent, finer = catalogue.items
    assert (finer.name, finer.subject, finer.parent) == ("月球快递爆炸", "月球快递", parent.code)
    assert (finer.lead, finer.questions) == (parent.lead, parent.questions)
    assert (parent.limit_hours, finer.limit_hours) == (168, 2)


def test_a_fourth_level_without_its_parent_is_refused_with_its_line(tmp_path: Path) -> None:
    columns = (*COLUMNS, "level4")
    with pytest.raises(UserError) as refused:
        load_catalogue(_write(tmp_path, _csv(FINER, GOOD, columns=columns)))
    assert (refused.value.code, refused.value.values["line"]) == ("CATALOGUE_VALUE", 2)


def test_gbk_files_from_a_spreadsheet_are_read(tmp_path: Path) -> None:
    path = _write(tmp_path, _csv(GOOD).decode().encode("gb18030"))
    assert load_catalogue(path).items[0].name == "月球快递"


def test_items_are_in_force_from_their_day_on() -> None:
    items = parse_items(_csv(GOOD, {**GOOD, "code": "990102", "valid_from": "2027-01-01"}), Path("x"))
    catalogue = Catalogue("9", date(2026, 1, 1), "", items)
    assert [item.code for item in catalogue.in_force(date(2026, 12, 31)).items] == ["990101"]
    assert len(catalogue.in_force(date(2027, 1, 1)).items) == 2


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "CATALOGUE_COLUMNS"),
        (b"code,level1\n1,2\n", "CATALOGUE_COLUMNS"),
        (_csv(), "CATALOGUE_EMPTY"),
        (b"\x80\x81\xff\xff\xfe", "CATALOGUE_ENCODING"),
        (b"PK\x03\x04\0\0\0\0binary", "CATALOGUE_ENCODING"),
        (_csv(GOOD) + b"1,2,3\n", "CATALOGUE_ROW_WIDTH"),
        (_csv(GOOD) + b",".join([b"x"] * 40) + b"\n", "CATALOGUE_ROW_WIDTH"),
        (_csv(GOOD) + b'"never closed\n', "CATALOGUE_ROW_WIDTH"),
        (_csv({**GOOD, "keywords": "水" * 5000}), "CATALOGUE_ROW_WIDTH"),
        (_csv({**GOOD, "keywords": "水" * 200_000}), "CATALOGUE_ROW_WIDTH"),
        (_csv({**GOOD, "code": ""}), "CATALOGUE_VALUE"),
        (_csv({**GOOD, "keywords": "水*lots"}), "CATALOGUE_VALUE"),
        (_csv({**GOOD, "keywords": "水*nan"}), "CATALOGUE_VALUE"),
        (_csv({**GOOD, "keywords": "水+"}), "CATALOGUE_VALUE"),
        (_csv({**GOOD, "exclusions": "*3"}), "CATALOGUE_VALUE"),
        (_csv({**GOOD, "place_rule": "moon"}), "CATALOGUE_VALUE"),
        (_csv({**GOOD, "limit_hours": "soon"}), "CATALOGUE_VALUE"),
        (_csv({**GOOD, "limit_basis": "lunar"}), "CATALOGUE_VALUE"),
        (_csv({**GOOD, "type": "闲聊"}), "CATALOGUE_VALUE"),
        (_csv({**GOOD, "valid_from": "明天"}), "CATALOGUE_VALUE"),
    ],
)
def test_a_broken_catalogue_is_refused_with_a_sentence(tmp_path: Path, data: bytes, code: str) -> None:
    with pytest.raises(UserError) as caught:
        load_catalogue(_write(tmp_path, data))
    assert caught.value.code == code
    assert caught.value.message("zh")
    assert caught.value.message("en")


def test_a_wrong_value_is_named_with_line_and_column(tmp_path: Path) -> None:
    data = _csv(GOOD, {**GOOD, "limit_hours": "三天"})
    with pytest.raises(UserError) as caught:
        load_catalogue(_write(tmp_path, data))
    assert caught.value.values["line"] == 3
    assert caught.value.values["column"] == "limit_hours"
    assert "三天" in caught.value.message("zh")


@pytest.mark.parametrize(
    "header", ["", "- a\n", "version: 1\n", "version: 1\nvalid_from: soon\n", "a: [\n"]
)
def test_a_broken_header_is_refused(tmp_path: Path, header: str) -> None:
    with pytest.raises(UserError, match="CATALOGUE_HEADER"):
        load_catalogue(_write(tmp_path, _csv(GOOD), header))


def test_missing_and_huge_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="CATALOGUE_UNREADABLE"):
        load_catalogue(tmp_path / "catalogue.csv")
    with pytest.raises(UserError, match="CATALOGUE_TOO_LARGE"):
        load_catalogue(_write(tmp_path, b"x" * 21_000_000))


Change = Callable[[CatalogueItem], CatalogueItem]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda item: item, "duplicate_code"),
        (lambda item: replace(item, code="2"), "duplicate_path"),
        (lambda item: replace(item, code="2", path=("a",), lead="外星局"), "unknown_kind"),
        (lambda item: replace(item, code="2", path=("a",), assist=("外星局",)), "unknown_kind"),
        (lambda item: replace(item, code="2", path=("a",), lead=""), "no_lead"),
        (lambda item: replace(item, code="2", path=("a",), keywords=()), "no_keywords"),
        (lambda item: replace(item, code="2", path=("a",), limit_hours=72), "limit"),
        (lambda item: replace(item, code="2", path=("a",), limit_hours=None), "limit"),
        (
            lambda item: replace(item, code="2", path=("a",), exclusions=item.keywords),
            "excludes_itself",
        ),
        (lambda item: replace(item, code="2", path=("a",), lead="街道"), "place_rule"),
        (lambda item: replace(item, code="2", path=("a",)), "weak_keywords"),
        (
            lambda item: replace(item, code="2", path=("a",), exclusions=(Keyword.parse("建"),)),
            "short_exclusion",
        ),
    ],
)
def test_the_lint_finds_an_editors_mistake(change: Change, rule: str) -> None:
    good = parse_items(_csv(GOOD), Path("x"))[0]
    kinds = bundled_units().kinds
    assert lint(Catalogue("9", date(2026, 1, 1), "", (good,)), kinds) == ()
    findings = lint(Catalogue("9", date(2026, 1, 1), "", (good, change(good))), kinds)
    found = [finding for finding in findings if finding.rule == rule]
    assert found, findings
    assert all(finding.message("zh") and finding.message("en") for finding in findings)


def test_the_lint_reports_items_that_fight_for_the_same_words() -> None:
    words = "甲甲 乙乙 丙丙 丁丁"
    rows = ({**GOOD, "keywords": words}, {**GOOD, "code": "2", "level3": "b", "keywords": words})
    catalogue = Catalogue("9", date(2026, 1, 1), "", parse_items(_csv(*rows), Path("x")))
    overlaps = [f for f in lint(catalogue, bundled_units().kinds) if f.rule == "overlap"]
    assert len(overlaps) == 1
    assert "丙丙" in overlaps[0].message("zh")


def test_categories_are_found_by_words_pinyin_initials_and_code() -> None:
    assert find_categories("停水", 3)[0].path[-1] == "停水"
    assert "停水" in {c.path[-1] for c in find_categories("tingshui", 3)}
    assert "老楼加装电梯" in {c.path[-1] for c in find_categories("jzdt", 5)}
    assert find_categories("0101", 50)[0].code == "010101"
    assert all(c.code.startswith("0101") for c in find_categories("0101", 50))
    assert find_categories("", 5) == ()


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_written_keyword_is_read_or_refused(written: str) -> None:
    try:
        keyword = Keyword.parse(written)
    except ValueError:
        return
    assert keyword.weight > 0
    assert all(word for part in keyword.parts for word in part)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_catalogue_or_a_sentence_for_the_user(data: bytes) -> None:
    with pytest.raises(UserError) as caught:
        parse_items(data, Path("x.csv"))
    assert caught.value.message("zh")
