"""The seats' queues: one caller, one seat; who is not reached is tried again; extensions are told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from centre_process import Api, CentreProcess
from sample_tickets import make_ticket
from seat_under_test import SeatUnderTest

from app.after_dispatch import AfterDispatch
from app.domain.life import Stage, Step
from app.domain.ticket import Ticket, UnitRole, UnitSuggestion
from app.sync.cases import StepRequest
from app.sync.delivery import log_in
from resources.errors import UserError
from server.asking import Asker
from server.audit import entries_after
from server.database import CentreDatabase, default_url
from server.life.attending import attend
from server.life.rates import unit_rates
from server.life.rules import life_rules
from server.life.steps import TAKEN_FOR, take, take_step
from server.rights import Role

STREET = "望京街道办事处"
REVIEWER = Asker("审核员", frozenset({Role.DISPATCH_REVIEWER}))


class SeatWithCentre:
    """A seat, logged in at a real centre, and the centre's database."""

    def __init__(self, centre: CentreProcess, seat: SeatUnderTest) -> None:
        self.seat = seat
        self.url = centre.url
        self.name, password = centre.add_seat()
        seat.use(centre.url)
        log_in(seat.store, centre.url, self.name, password)
        self.database = CentreDatabase(centre.database_url or default_url(centre.data_dir))
        self.after = AfterDispatch(lambda: seat.store, lambda: seat.settings, lambda: None)

    def submit(self) -> tuple[Ticket, str]:
        """A ticket that is with its unit now; and the unit."""
        sample = make_ticket()
        content = replace(sample.content, units=(UnitSuggestion(STREET, UnitRole.LEAD, 0.9),))
        ticket = replace(sample, content=content)
        self.seat.store.submit(ticket)
        self.seat.worker.sync_once()
        attend(self.database)
        return ticket, ticket.content.units[0].name

    def unit(self, ticket: Ticket, *steps: StepRequest) -> None:
        asker = Asker("科员", frozenset({Role.HANDLING_UNIT}), ticket.content.units[0].name)
        for step in steps:
            take_step(self.database, asker, ticket.id, step)


@pytest.fixture
def make(
    centre: CentreProcess, make_seat: Callable[[str], SeatUnderTest]
) -> Iterator[Callable[[str], SeatWithCentre]]:
    made: list[SeatWithCentre] = []

    def one(name: str) -> SeatWithCentre:
        made.append(SeatWithCentre(centre, make_seat(name)))
        return made[-1]

    yield one
    for each in made:
        each.database.close()


ACCEPT = StepRequest(step=Step.ACCEPT)
REPORT = StepRequest(step=Step.REPORT, words="路灯已修好。")
NOT_REACHED = StepRequest(step=Step.CALL_BACK, reached=False)


def in_queue(one: SeatWithCentre, ticket: Ticket, stage: Stage, tell: bool = False) -> Any:
    return next((line for line in one.after.queue(stage, tell) if line.ticket_id == ticket.id), None)


def test_a_callback_from_the_queue_to_the_rates(make: Callable[[str], SeatWithCentre]) -> None:
    one = make("one")
    ticket, unit = one.submit()
    assert in_queue(one, ticket, Stage.REPORTED) is None
    one.unit(ticket, ACCEPT, REPORT)
    line = in_queue(one, ticket, Stage.REPORTED)
    assert line is not None
    assert ticket.content.caller.name not in line.model_dump_json()
    shown = one.after.case(ticket.id)
    assert [event.step for event in shown.events] == ["submit", "accept", "report"]
    assert shown.events[-1].detail["words"] == "路灯已修好。"
    assert Step.CALL_BACK in shown.steps
    assert ticket.content.caller.phone not in shown.model_dump_json()
    assert one.after.reveal(ticket.id, "回访诉求人").phone == ticket.content.caller.phone
    done = StepRequest(step=Step.CALL_BACK, contacted=True, solved=True, satisfaction="satisfied")
    assert one.after.step(ticket.id, done) is Stage.CLOSED
    assert in_queue(one, ticket, Stage.REPORTED) is None
    with pytest.raises(UserError, match="CASE_GONE"):
        one.after.step(ticket.id, done)
    looks = [e for e in entries_after(one.database, 0, 100_000) if e.subject == ticket.id]
    assert [(e.who, e.action, e.detail["reason"]) for e in looks] == [
        (one.name, "caller.reveal", "回访诉求人")
    ]
    now = datetime.now(UTC)
    (rate,) = unit_rates(one.database, now - timedelta(hours=1), now + timedelta(hours=1), unit)[:1]
    assert rate.counted >= 1


def test_two_seats_do_not_call_the_same_caller(make: Callable[[str], SeatWithCentre]) -> None:
    one, two = make("one"), make("two")
    ticket, _ = one.submit()
    one.unit(ticket, ACCEPT, REPORT)
    together, outcomes = threading.Barrier(2), list[str]()

    def try_to_take(seat: SeatWithCentre) -> None:
        together.wait(30)
        try:
            seat.after.take(ticket.id)
            outcomes.append(seat.name)
        except UserError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=try_to_take, args=(seat,)) for seat in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes, key=lambda word: word == "CASE_TAKEN")[1] == "CASE_TAKEN"
    winner, loser = (one, two) if one.name in outcomes else (two, one)
    assert in_queue(loser, ticket, Stage.REPORTED).taken_by == winner.name
    done = StepRequest(step=Step.CALL_BACK, contacted=True, solved=True, satisfaction="partly")
    with pytest.raises(UserError, match="CASE_TAKEN"):
        loser.after.step(ticket.id, done)
    winner.after.take(ticket.id)
    later = datetime.now(UTC) + TAKEN_FOR + timedelta(seconds=1)
    take(loser.database, Asker(loser.name, frozenset({Role.SEAT})), ticket.id, later)
    assert loser.after.step(ticket.id, done) is Stage.CLOSED, "the winner went away"


def test_who_is_not_reached_is_tried_again_and_never_counted(
    make: Callable[[str], SeatWithCentre],
) -> None:
    one = make("one")
    ticket, _ = one.submit()
    one.unit(ticket, ACCEPT, REPORT)
    attempts = life_rules().callback_attempts
    assert attempts > 1
    stages = [one.after.step(ticket.id, NOT_REACHED) for _ in range(attempts)]
    assert stages == [Stage.REPORTED] * (attempts - 1) + [Stage.CLOSED]
    calls = [e for e in one.after.case(ticket.id).events if e.step == Step.CALL_BACK]
    assert [event.detail["reached"] for event in calls] == [False] * attempts
    assert [event.detail["tried"] for event in calls] == list(range(1, attempts + 1))
    pause = timedelta(hours=life_rules().callback_pause_hours)
    for event in calls[:-1]:
        again = datetime.fromisoformat(event.detail["next_try"])
        assert abs(again - event.at - pause) < timedelta(seconds=1)
    assert "next_try" not in calls[-1].detail, "the last one closes the ticket"


def test_an_extension_is_told_to_the_caller(make: Callable[[str], SeatWithCentre]) -> None:
    one = make("one")
    ticket, _ = one.submit()
    due = one.after.case(ticket.id).line.due_at
    assert due is not None
    until = due + timedelta(days=3)
    ask = StepRequest(step=Step.ASK_EXTENSION, reason="weather", words="连日下雨", until=until)
    one.unit(ticket, ACCEPT, ask)
    assert in_queue(one, ticket, Stage.HANDLING, tell=True) is None
    take_step(one.database, REVIEWER, ticket.id, StepRequest(step=Step.GRANT_EXTENSION))
    line = in_queue(one, ticket, Stage.HANDLING, tell=True)
    assert line is not None
    assert line.due_at == until
    one.after.step(ticket.id, StepRequest(step=Step.TELL_CALLER, words="已电话告知"))
    assert in_queue(one, ticket, Stage.HANDLING, tell=True) is None


def test_a_returned_ticket_is_dispatched_again(make: Callable[[str], SeatWithCentre]) -> None:
    one = make("one")
    ticket, _ = one.submit()
    no = StepRequest(step=Step.OBJECT, reason="not_our_duty", words="不归我们管", unit="朝阳区水务局")
    one.unit(ticket, no)
    uphold = StepRequest(step=Step.UPHOLD, words="属实，请改派水务局")
    take_step(one.database, REVIEWER, ticket.id, uphold)
    assert in_queue(one, ticket, Stage.RETURNED) is not None
    again = StepRequest(step=Step.DISPATCH, unit="朝阳区水务局", words="按审核意见改派")
    assert one.after.step(ticket.id, again) is Stage.DISPATCHED
    shown = one.after.case(ticket.id)
    assert shown.line.unit == "朝阳区水务局"
    assert [event.detail.get("words") for event in shown.events[1:]] == [
        "不归我们管",
        "属实，请改派水务局",
        "按审核意见改派",
    ]


def test_without_a_centre_it_says_so(seat: SeatUnderTest, tmp_path: Path) -> None:
    after = AfterDispatch(lambda: seat.store, lambda: seat.settings, lambda: None)
    with pytest.raises(UserError, match="NO_CENTRE"):
        after.queue(Stage.REPORTED)
    seat.use("http://127.0.0.1:1")
    with pytest.raises(UserError, match="CENTRE_LOGIN_NEEDED"):
        after.queue(Stage.REPORTED)


def test_a_stranger_takes_nothing(api: Api) -> None:
    assert api.send("POST", "/cases/nothing/take").status_code == 404
    with closing(api.send("GET", "/cases?stage=reported&tell_caller=maybe")) as answer:
        assert answer.status_code == 422
