"""Drills through the real desk: perfection earns 100, silence nothing, a mistake costs once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.desk import OutboxState
from app.domain.call import Speaker
from app.domain.draft import with_field
from app.domain.ticket import Handling, RequestType
from app.events import CentreChanged
from app.training.drill import Drill, DrillRecord, Mode, drill_place, field_value
from app.training.scenario import Scenario, bundled_scenarios, load_scenario
from app.training.scoring import Score, score, score_json
from app.training.trainee import Step, load_steps, perfect_trainee, silent_trainee
from app.workplace import Workplace
from resources.errors import UserError
from resources.loader import resource_path

CASES = {path.stem: load_scenario(path) for path in bundled_scenarios()}
EACH = pytest.mark.parametrize("name", sorted(CASES))
WRONG = {
    "type": None,
    "district": "门头沟区",
    "street": "大台街道",
    "place": "火星路1号",
    "subject": "ZZ",
    "caller.name": "欧阳",
    "caller.phone": "13000000000",
    "repeat": None,
    "caller.confidential": None,
    "amounts": ("1元",),
    "risks": None,
    "category": field_value("category", "190105"),
    "units": field_value("units", ["北京市地铁运营有限公司"]),
    "limit_hours": 7,
    "channel": "仲裁",
    "emergency_line": "122",
    "handling": None,
}
POINT_OF = {
    "caller.name": "name",
    "caller.phone": "phone",
    "caller.confidential": "confidential",
    "amounts": "amount",
    "risks": "group_risk",
    "units": "unit_first",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    desk = drill_place(tmp_path_factory.mktemp("seat"))
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def perfect(place: Workplace) -> dict[str, DrillRecord]:
    return {name: Drill(place, case).take(perfect_trainee(case)) for name, case in CASES.items()}


def lost(result: Score) -> list[tuple[str, str]]:
    return [(point.name, point.detail) for point in result.points if point.earned < 1]


@EACH
def test_the_perfect_trainee_earns_everything(perfect: dict[str, DrillRecord], name: str) -> None:
    result = score(perfect[name])
    assert lost(result) == []
    assert result.total == pytest.approx(100)
    assert sum(point.weight for point in result.points) == pytest.approx(100)


@EACH
def test_points_of_words_link_to_the_second_they_were_said(
    perfect: dict[str, DrillRecord], name: str
) -> None:
    record = perfect[name]
    said = [one for one in record.said if one.speaker is Speaker.OPERATOR]
    for point in score(record).points:
        kind, _, topic = point.name.partition(".")
        if kind in ("asked", "said"):
            assert any(one.start == point.second and topic in one.topics for one in said), point


@EACH
def test_the_silent_trainee_earns_nothing(place: Workplace, name: str) -> None:
    result = score(Drill(place, CASES[name]).take(silent_trainee()))
    assert result.total == 0


@EACH
def test_one_wrong_field_costs_exactly_its_weight(perfect: dict[str, DrillRecord], name: str) -> None:
    record = perfect[name]
    right = score(record)
    truth = record.scenario.reference
    checked = 0
    for field, value in WRONG.items():
        ticket = record.tickets[0]
        if value is None:
            other = Handling.ANSWER if truth.handling is Handling.CONFER else Handling.CONFER
            value = {
                "handling": other,
                "type": RequestType.HELP if truth.type is RequestType.PRAISE else RequestType.PRAISE,
                "risks": () if truth.group_risk else ("群体",),
                "repeat": not ticket.repeat,
                "caller.confidential": not ticket.caller.confidential,
            }[field]
        point_name = POINT_OF.get(field, field)
        if field == "emergency_line" and truth.handling is not Handling.EMERGENCY:
            point_name = "no_false_emergency"
        weight = next((point.weight for point in right.points if point.name == point_name), 0.0)
        wrong = replace(record, tickets=[with_field(ticket, field, value)])
        result = score(wrong)
        assert right.total - result.total == pytest.approx(weight), (field, lost(result))
        checked += weight > 0
    assert checked >= 6


def test_one_wrong_field_typed_at_the_desk_costs_its_weight(
    place: Workplace, perfect: dict[str, DrillRecord]
) -> None:
    case = CASES["101-water-outage"]
    steps = list(perfect_trainee(case))
    steps.insert(-2, Step(set={"subject": "ZZ"}))
    result = score(Drill(place, case).take(steps))
    weight = next(p.weight for p in score(perfect[case.id]).points if p.name == "subject")
    assert [name for name, _ in lost(result)] == ["subject"]
    assert result.total == pytest.approx(100 - weight)


def test_a_drill_ends_in_the_same_score_every_time(
    place: Workplace, perfect: dict[str, DrillRecord]
) -> None:
    case = CASES["302-lift-trapped"]
    again = Drill(place, case).take(perfect_trainee(case))
    assert score_json(score(again)) == score_json(score(perfect[case.id]))
    assert again.said == perfect[case.id].said


def test_rude_and_late_trainees_lose_points_at_the_moment(place: Workplace) -> None:
    case = CASES["101-water-outage"]
    steps = [*perfect_trainee(case)]
    steps[1:1] = [Step(say="你急什么？"), Step(wait=600)]
    result = score(Drill(place, case).take(steps))
    names = {name for name, _ in lost(result)}
    assert names == {"no_rude_words", "address"}
    rude = next(point for point in result.points if point.name == "no_rude_words")
    assert rude.detail == "你急什么？"
    assert rude.second is not None
    assert rude.second < 20


def test_questions_in_a_bad_order_lose_the_order_only(place: Workplace) -> None:
    case = CASES["101-water-outage"]
    steps = [*perfect_trainee(case)]
    asks = [n for n, step in enumerate(steps) if step.say and n not in (0,)][:4]
    steps[asks[0]], steps[asks[3]] = steps[asks[3]], steps[asks[0]]
    assert [name for name, _ in lost(score(Drill(place, case).take(steps)))] == ["order"]


def test_help_that_comes_late_loses_the_emergency(place: Workplace) -> None:
    case = CASES["301-gas-smell"]
    steps = [*perfect_trainee(case)]
    steps.insert(1, Step(wait=120))
    result = score(Drill(place, case).take(steps))
    assert ("emergency", 0.0) in {(point.name, point.earned) for point in result.points}


def test_an_imported_call_is_played_along_and_branched(place: Workplace) -> None:
    case = load_scenario(resource_path("calls", "03-bbq-fumes.json"))
    for mode in Mode:
        steps = perfect_trainee(case)
        result = score(Drill(place, case, mode).take(steps))
        assert lost(result) == []
        spoken = {"questions", "phrases", "courtesy"} & result.sections().keys()
        assert bool(spoken) is (mode is Mode.BRANCHING)


def test_events_happen(place: Workplace) -> None:
    told: list[CentreChanged] = []
    unsubscribe = place.bus.subscribe(
        lambda event: told.append(event) if isinstance(event, CentreChanged) else None
    )
    record = Drill(place, CASES["307-phone-fraud"]).take(perfect_trainee(CASES["307-phone-fraud"]))
    unsubscribe()
    assert [event.online for event in told] == [False, True]
    assert [done.kind for done in record.done if done.kind.startswith("server")] == [
        *("server_down", "server_up")
    ]
    assert record.tickets, "the outage must not cost the ticket"
    dropped = Drill(place, CASES["304-road-collapse"]).take(perfect_trainee(CASES["304-road-collapse"]))
    ended = dropped.when("line_drop")
    assert ended is not None
    assert all(said.end <= ended for said in dropped.said)


def test_nothing_of_a_drill_is_ever_sent(
    place: Workplace, perfect: dict[str, DrillRecord], tmp_path: Path
) -> None:
    rows = place.outbox()
    assert rows
    assert {row.state for row in rows} == {OutboxState.WAITING}
    for attempt in (place.sync_once, lambda: place.log_in("http://127.0.0.1:1", "s", "p")):
        with pytest.raises(UserError, match="DRILL_STAYS"):
            attempt()
    place.start_sync()
    assert all(row.attempts == 0 for row in place.outbox())
    ordinary = Workplace(tmp_path)
    with pytest.raises(UserError, match="DRILL_ELSEWHERE"):
        Drill(ordinary, CASES["101-water-outage"])
    ordinary.close()


def test_the_seats_own_folder_gets_nothing(tmp_path: Path) -> None:
    desk = drill_place(tmp_path)
    Drill(desk, CASES["105-praise-village"]).take(perfect_trainee(CASES["105-praise-village"]))
    desk.close()
    seat = Workplace(tmp_path)
    assert seat.tickets() == ()
    assert seat.outbox() == ()
    seat.close()


def test_an_incomplete_ticket_is_refused_and_noted(place: Workplace) -> None:
    case = Scenario(id="x", opening="喂。", reference={"type": "咨询"})
    record = Drill(place, case).take((Step(say="您好。"), Step(hang_up=True), Step(submit=True)))
    assert record.tickets == []
    assert record.when("refused") is not None


@pytest.mark.parametrize("content", ["", "{}", '[{"say": 1}]', '[{"set": {"colour": 1}}]', "[[]]"])
def test_broken_steps_are_refused_with_a_code(tmp_path: Path, content: str) -> None:
    path = tmp_path / "steps.json"
    path.write_text(content)
    with pytest.raises(UserError, match="DRILL_STEPS_BROKEN"):
        load_steps(path)


def test_steps_of_a_file_are_the_steps(tmp_path: Path) -> None:
    path = tmp_path / "steps.json"
    steps = perfect_trainee(CASES["101-water-outage"])
    values = [json.loads(step.model_dump_json(exclude_defaults=True)) for step in steps]
    path.write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")
    assert load_steps(path) == steps


@pytest.mark.parametrize(
    ("name", "value"), [("category", "999"), ("units", 3), ("type", "闲聊"), ("limit_hours", "x")]
)
def test_a_value_that_is_none_is_refused(name: str, value: object) -> None:
    with pytest.raises(UserError, match="DRILL_VALUE"):
        field_value(name, value)
