"""Calls told round about: how many fields of them come out as a good operator would write them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.domain.ticket import TicketContent
from app.intake.analyst import RuleAnalyst
from app.intake.dialogue import parse_dialogue
from app.report import ticket_json

CALLS = yaml.safe_load(Path(__file__).with_name("unseen_calls.yaml").read_text(encoding="utf-8"))
LEAST = {
    "type": 0.95,
    "handling": 0.97,
    "emergency_line": 1.0,
    "channel": 1.0,
    "limit_hours": 0.95,
    "district": 1.0,
    "street": 1.0,
    "name": 1.0,
    "phone": 1.0,
    "confidential": 1.0,
    "group": 0.95,
    "tickets": 1.0,
    "unit_first": 0.95,
    "unit_top3": 1.0,
}


def judged(case: dict[str, Any], tickets: tuple[TicketContent, ...]) -> Iterator[tuple[str, bool, Any]]:
    """(field, agrees, what came out) for each field that the case states."""
    ticket = tickets[0] if tickets else TicketContent()
    found = ticket_json(ticket)
    found |= found["caller"] | {"tickets": len(tickets)}
    found["group"] = any("群体" in risk for risk in ticket.risks)
    for name, wanted in case["expect"].items():
        if name == "units":
            units = [unit.name for unit in ticket.units]
            yield "unit_first", bool(units) and units[0] in wanted, units[:1]
            yield "unit_top3", bool(set(units[:3]) & set(wanted)), units[:3]
        elif name == "place":
            ours = found["place"] or ""
            yield name, bool(ours) and (ours in wanted or wanted in ours), ours
        else:
            accepted = wanted if isinstance(wanted, list) else [wanted]
            yield name, found[name] in accepted, found[name]


@pytest.fixture(scope="module")
def verdicts() -> dict[str, list[tuple[str, bool, Any]]]:
    analyst = RuleAnalyst()
    result = defaultdict(list)
    for case in CALLS:
        tickets = analyst.analyse(parse_dialogue(case["talk"])).tickets
        for name, right, got in judged(case, tickets):
            result[name].append((case["id"], right, got))
    return result


def test_there_are_many_calls_of_many_kinds() -> None:
    assert len({case["id"] for case in CALLS}) == len(CALLS) >= 100
    kinds = {str(case["expect"].get("handling")) for case in CALLS}
    assert kinds >= {"answer", "dispatch", "dual_dispatch", "emergency", "other_channel", "confer"}


@pytest.mark.parametrize("field", LEAST)
def test_field_comes_out_of_oblique_talk(verdicts: Any, field: str) -> None:
    found = verdicts[field]
    wrong = [f"{name}: {got}" for name, right, got in found if not right]
    assert 1 - len(wrong) / len(found) >= LEAST[field], wrong


def test_no_call_without_danger_raises_an_emergency_line(verdicts: Any) -> None:
    calm = {c["id"] for c in CALLS if str(c["expect"].get("handling")) not in ("emergency", "None")}
    assert not [one for one in verdicts["emergency_line"] if one[0] in calm and one[2] is not None]
