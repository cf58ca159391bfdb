"""A ticket after dispatch: units, objections, extensions, help, callbacks and deadlines."""

from __future__ import annotations

import uuid
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from life_at_centre import (
    BUREAU,
    CALLBACK,
    HELPER,
    LEAD,
    OTHER,
    REVIEWER,
    SEAT,
    STRANGER,
    STREET,
    UNIT,
    submit,
    submit_without_life,
    take,
    told_of_life,
)
from sample_tickets import make_ticket

from app.dispatch.catalogue import bundled_catalogue
from app.dispatch.learning.returns import SeatReturns
from app.dispatch.voting import Case
from app.domain.life import MOVES, Stage, Step
from app.domain.ticket import Category, Citation, Handling, provisional_number
from app.sync.kinds import DISPATCH_RETURN, TICKET_MATTERS
from server.asking import Asker
from server.audit import entries_after
from server.database import CentreDatabase, default_url
from server.feed import changes_after
from server.life.amending import Amendment, amend_at_centre
from server.life.attending import attend
from server.life.matters import drop_old_matters
from server.life.showing import case, cases, reveal_caller
from server.problems import Refused
from server.seats import add_seat
from server.statistics.following import facts_of


def test_from_dispatch_to_callback(database: CentreDatabase) -> None:
    ticket_id = submit(database)
    assert [line.ticket_id for line in cases(database, UNIT, Stage.DISPATCHED)] == [ticket_id]
    assert take(database, UNIT, ticket_id, Step.ACCEPT) is Stage.HANDLING
    assert take(database, HELPER, ticket_id, Step.ANSWER_HELP) is Stage.HANDLING
    assert take(database, UNIT, ticket_id, Step.REPORT, words="路灯已修好") is Stage.REPORTED
    assert [line.ticket_id for line in cases(database, SEAT, Stage.REPORTED)] == [ticket_id]
    assert take(database, SEAT, ticket_id, Step.CALL_BACK, **CALLBACK) is Stage.CLOSED
    shown = case(database, LEAD, ticket_id)
    steps = ["submit", "accept", "answer_help", "report", "call_back"]
    assert [event.step for event in shown.events] == steps
    assert shown.events[3].detail["words"] == "路灯已修好"
    assert shown.assistants == {BUREAU: True}
    assert shown.steps == ()


def test_an_objection_is_reviewed_and_an_upheld_one_returns_to_the_seats(
    database: CentreDatabase,
) -> None:
    ticket_id = submit(database)
    with pytest.raises(Refused, match="REASON_UNKNOWN"):
        take(database, UNIT, ticket_id, Step.OBJECT, reason="tired")
    take(database, UNIT, ticket_id, Step.OBJECT, reason="not_our_area", unit=OTHER)
    take(database, REVIEWER, ticket_id, Step.REFUSE_OBJECTION)
    with pytest.raises(Refused, match="OBJECTED_BEFORE"):
        take(database, UNIT, ticket_id, Step.OBJECT, reason="not_our_duty")
    other = submit(database)
    take(database, UNIT, other, Step.OBJECT, reason="not_our_area", unit=OTHER)
    assert take(database, REVIEWER, other, Step.UPHOLD, words="属实") is Stage.RETURNED
    with pytest.raises(Refused, match="TICKET_UNKNOWN"):
        case(database, UNIT, other)
    assert other in [line.ticket_id for line in cases(database, SEAT, Stage.RETURNED)]
    (told,) = told_of_life(database, other)
    assert told.body == {"stage": "returned", "step": "uphold", "words": "属实", "from": STREET}
    assert take(database, SEAT, other, Step.DISPATCH, unit=OTHER) is Stage.DISPATCHED
    assert take(database, STRANGER, other, Step.ACCEPT) is Stage.HANDLING


def test_what_was_sent_back_and_taken_elsewhere_teaches_every_seat(database: CentreDatabase) -> None:
    item = bundled_catalogue().items[0]
    about = {"category": Category(item.code, ("甲", "乙", item.name)), "district": "朝阳区"}
    seat, ids = SeatReturns(), [submit(database, **about) for _ in range(3)]
    for ticket_id, then in zip(ids, (OTHER, OTHER, STREET), strict=True):
        take(database, UNIT, ticket_id, Step.OBJECT, reason="not_our_area", words="不归我们，找张三")
        take(database, REVIEWER, ticket_id, Step.UPHOLD)
        take(database, SEAT, ticket_id, Step.DISPATCH, unit=then)
    told = changes_after(database, "a-seat-that-wrote-none-of-them", 0).changes
    returns = {one.key: one.body for one in told if one.kind == DISPATCH_RETURN}
    assert len(returns) == 2  # the third went back to the unit that it had come from
    assert "张三" not in str(returns)
    assert {key.partition("/")[0] for key, _ in seat.follow(returns)} == set(ids[:2])
    assert seat.follow({**returns, "x/1": {"from": "a later version"}}) == ()
    votes = {vote.unit: vote for vote in seat.votes(Case(item, "朝阳区"))}
    assert votes[OTHER].weight > 0 > votes[STREET].weight
    assert votes[OTHER].reason == votes[STREET].reason
    assert "2 次" in votes[OTHER].reason
    assert "不在本单位辖区" in votes[OTHER].reason


def test_a_caller_who_joins_is_counted_once_and_every_seat_is_told(database: CentreDatabase) -> None:
    about = Category(bundled_catalogue().items[0].code, ("甲", "乙"))
    earlier = submit(database, category=about, citations=(Citation("a-1", 2, "停水怎么办"),))
    later = [submit(database, category=about, joins=earlier) for _ in range(2)]
    attend(database, everything=True)
    shown = case(database, LEAD, earlier)
    assert (shown.reporters, shown.joins) == (2, "")
    joined = case(database, UNIT, later[0])
    assert (joined.reporters, joined.joins, joined.joins_number) == (0, earlier, shown.line.number)
    assert [line.reporters for line in cases(database, UNIT)] == [2]

    def matters() -> dict[str, Any]:
        told = changes_after(database, "a-seat-that-wrote-none-of-them", 0).changes
        batches = [one.body for one in told if one.kind == TICKET_MATTERS]
        return {row["id"]: row for batch in batches for row in batch["tickets"]}

    told = matters()
    assert told.keys() == {earlier, *later}
    assert (told[earlier]["reporters"], told[earlier]["answer"]) == (2, "停水怎么办")
    assert told[later[0]]["joins"] == earlier
    assert not any(word in str(told) for word in ("13800138000", "欧阳", "阜通"))
    with database.write() as connection:
        change = Amendment(id=earlier, base={"street": "望京街道"}, wanted={"street": "东湖街道"})
        amend_at_centre(connection, change, "班组长", datetime.now(UTC))
    attend(database)
    assert matters()[earlier]["street"] == "东湖街道"
    end = changes_after(database, "seat-1", 0).cursor
    with database.write() as connection:
        drop_old_matters(connection, datetime.now(UTC) + timedelta(days=3))
    assert len(matters()) == 1  # the last one: seats have followed the feed to there
    assert changes_after(database, "seat-1", end).cursor == end


def test_who_joins_is_not_dispatched_again_and_hears_the_result(database: CentreDatabase) -> None:
    earlier = submit(database)
    joined, parted, chained = (submit(database, joins=earlier) for _ in range(3))
    with database.write() as connection:  # what names a ticket that joined joins the first one
        again = submit_without_life(connection, joins=joined)
    attend(database)
    assert {line.ticket_id for line in cases(database, UNIT)} == {earlier}
    shown = case(database, UNIT, earlier)
    assert shown.line.reporters == 4
    assert {one.ticket_id for one in shown.co_reports} == {joined, parted, chained, again}
    assert not any("138001" in one.summary or one.caller.name == "欧阳测试" for one in shown.co_reports)
    assert [event.step for event in shown.events].count("join") == 4
    waiting = case(database, UNIT, joined)
    assert (waiting.line.stage, waiting.line.unit, waiting.line.due_at) == (Stage.JOINED, "", None)
    assert waiting.steps == ()
    for stranger in (STRANGER, HELPER):
        assert not cases(database, stranger, Stage.JOINED)
    with pytest.raises(Refused, match="TICKET_UNKNOWN"):
        case(database, STRANGER, joined)
    # one of them is another matter after all
    assert take(database, REVIEWER, parted, Step.DISPATCH, unit=OTHER) is Stage.DISPATCHED
    assert case(database, STRANGER, parted).line.due_at is not None
    assert case(database, UNIT, earlier).reporters == 3
    take(database, UNIT, earlier, Step.ACCEPT)
    take(database, UNIT, earlier, Step.REPORT, words="已修好，欧阳测试现场确认")
    queue = {line.ticket_id for line in cases(database, SEAT, Stage.REPORTED)}
    assert queue == {earlier, joined, chained, again}
    told = told_of_life(database, joined)[-1].body
    assert isinstance(told, dict)
    assert told["stage"] == "reported"
    assert "欧阳" not in str(told)
    later = submit(database, joins=earlier)  # the result was there already: a new round for the unit
    assert case(database, UNIT, later).line.stage is Stage.DISPATCHED
    with database.read() as connection:
        told_facts, _ = facts_of(connection, [earlier, joined, parted])
        facts = {one.ticket_id: one for one in told_facts}
    assert [facts[one].dispatched for one in (earlier, joined, parted)] == [1, 0, 1]
    assert take(database, SEAT, joined, Step.CALL_BACK, **CALLBACK) is Stage.CLOSED
    unsolved = CALLBACK | {"solved": False}
    assert take(database, SEAT, chained, Step.CALL_BACK, **unsolved) is Stage.HANDLING
    assert chained in {line.ticket_id for line in cases(database, UNIT, Stage.HANDLING)}


def test_tickets_that_join_each_other_or_nothing_are_dispatched(database: CentreDatabase) -> None:
    one, other = str(uuid.uuid4()), str(uuid.uuid4())
    with database.write() as connection:
        for name, joins in ((one, other), (other, one)):
            submit_without_life(connection, name, joins=joins)
        lost = submit_without_life(connection, joins="nobody\0knows")
        page_first = submit_without_life(connection)
        page_second = submit_without_life(connection, joins=page_first)
    attend(database, everything=True)
    stages = {line.ticket_id: line.stage for line in cases(database, LEAD)}
    assert {stages[name] for name in (one, other, lost, page_first)} == {Stage.DISPATCHED}
    assert stages[page_second] is Stage.JOINED


def test_an_extension_needs_a_reason_and_a_day_and_is_told(database: CentreDatabase) -> None:
    ticket_id = submit(database)
    take(database, UNIT, ticket_id, Step.ACCEPT)
    due = case(database, UNIT, ticket_id).line.due_at
    assert due is not None
    for until in (None, due - timedelta(hours=1), due + timedelta(days=90)):
        with pytest.raises(Refused, match="EXTENSION_UNTIL"):
            take(database, UNIT, ticket_id, Step.ASK_EXTENSION, reason="weather", until=until)
    with pytest.raises(Refused, match="EXTENSION_NOT_NOW"):
        take(database, REVIEWER, ticket_id, Step.GRANT_EXTENSION)
    until = due + timedelta(days=3)
    take(database, UNIT, ticket_id, Step.ASK_EXTENSION, reason="weather", until=until)
    take(database, REVIEWER, ticket_id, Step.GRANT_EXTENSION)
    assert case(database, UNIT, ticket_id).line.due_at == until
    (told,) = told_of_life(database, ticket_id)
    assert isinstance(told.body, dict)
    assert told.body["tell_caller"] is True
    assert take(database, SEAT, ticket_id, Step.TELL_CALLER) is Stage.HANDLING


def test_the_lead_whistles_for_another_unit_which_sees_the_ticket_then(
    database: CentreDatabase,
) -> None:
    ticket_id = submit(database)
    take(database, UNIT, ticket_id, Step.ACCEPT)
    with pytest.raises(Refused, match="TICKET_UNKNOWN"):
        take(database, STRANGER, ticket_id, Step.ANSWER_HELP)
    take(database, UNIT, ticket_id, Step.ASK_HELP, unit=OTHER)
    with pytest.raises(Refused, match="UNIT_UNSUITABLE"):
        take(database, UNIT, ticket_id, Step.ASK_HELP, unit=OTHER)
    with pytest.raises(Refused, match="STEP_NOT_YOURS"):
        take(database, STRANGER, ticket_id, Step.REPORT)
    take(database, STRANGER, ticket_id, Step.ANSWER_HELP)
    assert case(database, UNIT, ticket_id).assistants[OTHER] is True


def test_what_is_not_solved_goes_back_once(database: CentreDatabase) -> None:
    ticket_id = submit(database)
    take(database, UNIT, ticket_id, Step.ACCEPT)
    unsolved = CALLBACK | {"solved": False, "satisfaction": "dissatisfied"}
    for expected in (Stage.HANDLING, Stage.CLOSED):
        take(database, UNIT, ticket_id, Step.REPORT)
        assert take(database, SEAT, ticket_id, Step.CALL_BACK, **unsolved) is expected
    with pytest.raises(Refused, match="STEP_NOT_NOW"):
        take(database, SEAT, ticket_id, Step.CALL_BACK, **unsolved)


def test_reminder_then_escalations_each_once(database: CentreDatabase) -> None:
    start = datetime(2026, 11, 22, 1, tzinfo=UTC)
    ticket_id = submit(database, start)  # 24 hours
    for hours in (17, 18.5, 19, 24.5, 25, 47, 48.5, 60):
        attend(database, start + timedelta(hours=hours))
    levels = [
        one.detail["level"] for one in case(database, LEAD, ticket_id).events if one.step == "chase"
    ]
    assert levels == [0, 1, 2]


def test_where_a_fresh_ticket_goes(database: CentreDatabase) -> None:
    answered = submit(database, handling=Handling.ANSWER, units=())
    confer = submit(database, handling=Handling.CONFER)
    nowhere = submit(database, units=())
    assert case(database, LEAD, answered).line.stage is Stage.CLOSED
    assert {one.ticket_id for one in cases(database, REVIEWER, Stage.UNASSIGNED)} == {confer, nowhere}
    assert take(database, REVIEWER, confer, Step.DISPATCH, unit=OTHER) is Stage.DISPATCHED


def test_a_confidential_caller_is_nowhere_to_be_found_by_a_unit(database: CentreDatabase) -> None:
    ticket_id = submit(database)
    take(database, UNIT, ticket_id, Step.ACCEPT, words="已电话联系欧阳测试13800138000")
    seen = case(database, UNIT, ticket_id).model_dump_json() + str(cases(database, UNIT))
    assert "2026-11-22" in seen
    for secret in ("欧阳", "13800138000", "138****"):
        assert secret not in seen
    with pytest.raises(Refused, match="CALLER_CONFIDENTIAL"):
        reveal_caller(database, UNIT, ticket_id, "想当面道谢")
    shown = case(database, LEAD, ticket_id)
    assert (shown.caller.name, shown.caller.phone) == ("欧***", "138****00")
    assert "13800138000" not in shown.model_dump_json()
    assert reveal_caller(database, LEAD, ticket_id, "回访核实").phone == "13800138000"
    logged = [(one.who, one.action, one.detail) for one in entries_after(database, 0)]
    assert logged == [
        ("王科员", "caller.reveal_refused", {"reason": "想当面道谢"}),
        ("班组长", "caller.reveal", {"reason": "回访核实"}),
    ]


def test_a_ticket_is_found_by_either_number_in_every_stage(database: CentreDatabase) -> None:
    wanted, _ = submit(database), submit(database)
    take(database, UNIT, wanted, Step.ACCEPT)
    take(database, UNIT, wanted, Step.REPORT)
    take(database, LEAD, wanted, Step.CALL_BACK, **CALLBACK)

    def found(asker: Asker, number: str) -> list[str]:
        return [line.ticket_id for line in cases(database, asker, number=number)]

    provisional = provisional_number(wanted)
    official = case(database, REVIEWER, wanted).line.number
    wide = provisional.replace("L", "　Ｌ").replace("-", "－")
    for number in (provisional, provisional.lower().replace("-", " "), wide, f" {official.lower()} "):
        for asker in (REVIEWER, UNIT, SEAT):
            assert found(asker, number) == [wanted]
        assert found(STRANGER, number) == []
    for nonsense in ("L", "L____-____", "%", "' OR 1=1 --", wanted[:8], official[:-1], "L" * 64):
        assert found(REVIEWER, nonsense) == []


def test_a_unit_may_learn_of_a_caller_who_did_not_mind(database: CentreDatabase) -> None:
    caller = replace(make_ticket().content.caller, confidential=False)
    ticket_id = submit(database, caller=caller)
    assert case(database, UNIT, ticket_id).caller.phone == "138****00"
    assert reveal_caller(database, UNIT, ticket_id, "上门前联系").phone == "13800138000"
    with pytest.raises(Refused, match="TICKET_UNKNOWN"):
        reveal_caller(database, STRANGER, ticket_id, "好奇")


def test_two_who_act_at_once_do_not_both_win(database: CentreDatabase) -> None:
    ticket_id = submit(database)
    take(database, UNIT, ticket_id, Step.ACCEPT)
    with pytest.raises(Refused, match="STEP_NOT_NOW"):
        take(database, UNIT, ticket_id, Step.ACCEPT)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(
        st.tuples(st.sampled_from([UNIT, HELPER, REVIEWER, SEAT]), st.sampled_from(list(Step))),
        max_size=12,
    )
)
def test_whatever_is_tried_the_timeline_follows_the_rules(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[Asker, Step]]
) -> None:
    folder = tmp_path_factory.getbasetemp() / "life"
    with closing(CentreDatabase(default_url(folder))) as database:
        add_seat(database, "seat-1")
        ticket_id = submit(database)
        for who, step in moves:
            with suppress(Refused):
                take(database, who, ticket_id, step, unit=OTHER, reason="weather", **CALLBACK)
        events = case(database, LEAD, ticket_id).events
        for before, after in pairwise(events):
            allowed = MOVES[(before.stage, Step(after.step))]
            assert after.stage in (allowed, Stage.HANDLING if after.step == "call_back" else allowed)
