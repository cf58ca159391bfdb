"""Whole short calls: the fields that a good operator would write come out of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from app.domain.ticket import TicketContent
from app.intake.analyst import RuleAnalyst
from app.intake.dialogue import parse_dialogue
from app.report import ticket_json

DIALOGUES = yaml.safe_load(Path(__file__).with_name("dialogues.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def analyst() -> RuleAnalyst:
    return RuleAnalyst()


def same_place(ours: str | None, wanted: str | None) -> bool:
    """Places agree when one holds the other (``长阳半岛小区`` and ``长阳半岛``)."""
    return ours == wanted if not (ours and wanted) else ours in wanted or wanted in ours


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in DIALOGUES])
def test_ticket_of_a_dialogue(analyst: RuleAnalyst, case: dict[str, Any]) -> None:
    tickets = analyst.analyse(parse_dialogue(case["talk"])).tickets
    expect = dict(case["expect"])
    if "tickets" in expect:
        assert len(tickets) == expect.pop("tickets")
    found = ticket_json(tickets[0] if tickets else TicketContent())
    found |= found["caller"]
    if "place" in expect:
        assert same_place(found["place"], expect.pop("place")), found["place"]
    if "has_risk" in expect:
        assert expect.pop("has_risk") in found["risks"]
    assert {name: found[name] for name in expect} == expect
