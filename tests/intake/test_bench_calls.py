"""The measurement of tickets against references."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.domain.ticket import Caller, Handling, RequestType, TicketContent, UnitRole, UnitSuggestion
from app.intake.analyst import RuleAnalyst
from app.training.truth import judge, overlap
from bench.calls import measure, run, table

REFERENCE = {
    "type": "求助",
    "handling": "dispatch",
    "district": "昌平区",
    "street": "回龙观街道",
    "street_ok": ["回龙观街道", "龙泽园街道"],
    "place": "龙泽苑东区",
    "subject": "停水",
    "units": ["北京市自来水集团"],
    "surname": "张",
}


def ticket(**changes: object) -> TicketContent:
    unit = UnitSuggestion("北京市自来水集团", UnitRole.LEAD, 0.9)
    values = {
        "type": RequestType.HELP,
        "handling": Handling.DISPATCH,
        "district": "昌平区",
        "street": "龙泽园街道",
        "place": "龙泽苑东区12号楼",
        "subject": "反映龙泽苑东区停水的问题",
        "units": (unit,),
        "caller": Caller(name="张"),
    }
    return TicketContent(**{**values, **changes})  # type: ignore[arg-type]


def test_a_good_ticket_agrees_in_every_field() -> None:
    assert [name for name, right, _ in judge(ticket(), REFERENCE) if not right] == []


@pytest.mark.parametrize(
    ("change", "missed"),
    [
        ({"street": "望京街道"}, {"street"}),
        ({"place": None}, {"place"}),
        ({"units": ()}, {"unit_first", "unit_top3"}),
        (
            {"caller": Caller(name="李", phone="13800138000", confidential=True)},
            {"name", "phone", "confidential"},
        ),
        ({"emergency_line": "119", "handling": Handling.EMERGENCY}, {"handling", "no_false_emergency"}),
        ({"risks": ("群体",)}, {"group_risk"}),
        ({"subject": "反映路灯不亮的问题"}, {"subject"}),
    ],
)
def test_a_wrong_field_is_a_miss(change: dict[str, object], missed: set[str]) -> None:
    assert {name for name, right, _ in judge(ticket(**change), REFERENCE) if not right} == missed


def test_overlap_counts_pairs_or_characters() -> None:
    assert overlap("反映龙泽苑东区停水的问题", "停水") == 1.0
    assert overlap("反映路灯的问题", "停水") == 0.0


def test_missing_data_is_said(tmp_path: Path) -> None:
    assert "skipped" in run(None)
    assert "skipped" in run(tmp_path)


@pytest.mark.data
def test_recorded_calls_reach_their_targets() -> None:
    folder = os.environ.get("HOTLINE_DATA")
    if not folder:
        pytest.skip("HOTLINE_DATA names no folder with recorded calls")
    result = measure(Path(folder), RuleAnalyst())
    shares = {name: right / stated for name, (right, stated) in result["fields"].items()}
    whole = (
        "handling",
        "emergency_line",
        "district",
        "street",
        "phone",
        "name",
        "confidential",
        "group_risk",
    )
    assert {name: shares[name] for name in whole if shares[name] < 1} == {}
    assert shares["type"] >= 0.95
    assert shares["limit_hours"] >= 0.9
    assert shares["unit_top3"] >= 0.95
    assert shares["unit_first"] >= 0.8
    assert any("unit_top3" in line for line in table(result))
