"""A ticket put right at its seat and at the centre at once: field by field, nothing lost."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from centre_process import Api, CentreProcess
from hypothesis import given
from hypothesis import strategies as st
from seat_under_test import SeatUnderTest
from sqlalchemy import select

from app.desk import OutboxState
from app.domain.amending import AMENDABLE, Conflict, check_values, get_value, merge, with_values
from app.domain.ticket import Caller, Ticket
from app.sync.delivery import log_in
from app.sync.protocol import AMEND_TICKET
from resources.errors import UserError
from server.database import CentreDatabase, default_url
from server.life.amending import Amendment, amend_at_centre
from server.life.attending import attend
from server.problems import Refused
from server.schema import ticket as ticket_table
from server.schema import ticket_amendment

# -- the merge by itself -------------------------------------------------------------------------

texts = st.sampled_from(["甲", "乙", "丙", None])
names = st.sampled_from(["subject", "place", "caller.name", "caller.phone"])
values = st.dictionaries(names, texts)


@given(values, values, values, st.booleans())
def test_merging_loses_nothing(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any], mine_is_later: bool
) -> None:
    base = {name: base.get(name) for name in {*base, *mine, *theirs}}
    current = with_values(with_values({"summary": "内容"}, base), theirs)
    merged = merge(current, base, mine, lambda name: mine_is_later)
    after = with_values(current, merged.changed)
    assert after["summary"] == "内容"
    for name in base:
        now, wanted, was = get_value(after, name), mine.get(name, base[name]), base[name]
        there = get_value(current, name)
        assert now in (wanted, there), "a value that nobody wanted"
        if was == there:
            assert now == wanted, "only this side changed it"
        elif wanted == was:
            assert now == there, "only the other side changed it"
        elif wanted != there:
            kept, other = (wanted, there) if mine_is_later else (there, wanted)
            assert merged.conflicts[name] == Conflict(kept, other), "what was not kept is still told"
        assert (name in merged.conflicts) == (wanted not in (was, there) and there != was)


@pytest.mark.parametrize(
    "bad", [{"call_id": "x"}, {"proof": {}}, {"citations": []}, {"units": []}, {"limit_hours": "x"}]
)
def test_facts_of_the_call_cannot_be_amended(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of pydantic or ours
        check_values(bad)
    assert not bad.keys() & set(AMENDABLE) or bad == {"limit_hours": "x"}


# -- seat and centre -----------------------------------------------------------------------------


@pytest.fixture
def at_centre(seat: SeatUnderTest, centre: CentreProcess) -> CentreProcess:
    seat.use(centre.url)
    log_in(seat.store, centre.url, *centre.add_seat())
    return centre


def opened(centre: CentreProcess) -> CentreDatabase:
    return CentreDatabase(centre.database_url or default_url(centre.data_dir))


def at_the_centre(centre: CentreProcess, ticket_id: str) -> dict[str, Any]:
    with closing(opened(centre)) as database, database.read() as connection:
        payload = connection.scalar(
            select(ticket_table.c.payload).where(ticket_table.c.id == ticket_id)
        )
    content: dict[str, Any] = json.loads(str(payload))["content"]
    return content


def amend_there(centre: CentreProcess, ticket: Ticket, **wanted: Any) -> None:
    base = {name: getattr(ticket.content, name) for name in wanted}
    amendment = Amendment(id=ticket.id, base=base, wanted=wanted, words="核对过")
    with closing(opened(centre)) as database:
        attend(database)
        with database.write() as connection:
            amend_at_centre(connection, amendment, "审核员", datetime.now(UTC))


def here(seat: SeatUnderTest, ticket: Ticket) -> Ticket:
    found = seat.store.ticket(ticket.id)
    assert found is not None
    return found


def test_both_sides_amend_other_fields(seat: SeatUnderTest, at_centre: CentreProcess) -> None:
    ticket = seat.submit()
    seat.worker.sync_once()
    amend_there(at_centre, ticket, place="阜通东大街 8 号院")
    changed = replace(ticket.content, subject="改过的标题", caller=Caller("钱七", "13900139000"))
    seat.store.amend(ticket.id, changed, "听错了", "seat")
    seat.worker.sync_once()
    content = at_the_centre(at_centre, ticket.id)
    assert (content["subject"], content["place"]) == ("改过的标题", "阜通东大街 8 号院")
    assert content["caller"]["phone"] == "13900139000"
    mine = here(seat, ticket)
    assert (mine.content.subject, mine.content.place) == ("改过的标题", "阜通东大街 8 号院")
    assert mine.content.proof == ticket.content.proof
    assert mine.number
    assert not seat.store.conflicts(ticket.id)


def test_both_sides_amend_the_same_field(seat: SeatUnderTest, at_centre: CentreProcess) -> None:
    ticket = seat.submit()
    seat.worker.sync_once()
    seat.store.amend(ticket.id, replace(ticket.content, subject="坐席的标题"), "", "seat")
    amend_there(at_centre, ticket, subject="中心的标题")  # later, but there first
    seat.worker.sync_once()
    expected = {"subject": Conflict(kept="中心的标题", other="坐席的标题")}
    assert at_the_centre(at_centre, ticket.id)["subject"] == "中心的标题"
    assert here(seat, ticket).content.subject == "中心的标题"
    assert seat.store.conflicts(ticket.id) == expected
    with closing(opened(at_centre)) as database, database.read() as connection:
        kept = connection.execute(
            select(ticket_amendment)
            .where(ticket_amendment.c.ticket_id == ticket.id)
            .order_by(ticket_amendment.c.seq)
        ).all()
    assert [json.loads(row.wanted)["subject"] for row in kept] == ["中心的标题", "坐席的标题"]
    assert [json.loads(row.changed) for row in kept] == [{"subject": "中心的标题"}, {}]


def test_offline_a_ticket_is_submitted_and_amended_and_arrives_so(
    seat: SeatUnderTest, at_centre: CentreProcess
) -> None:
    ticket = seat.submit()
    content = ticket.content
    for subject in ("第一次更正", "第二次更正"):
        content = seat.store.amend(ticket.id, replace(content, subject=subject), "", "seat").content
    assert seat.store.counts()[OutboxState.WAITING] == 3
    assert seat.worker.sync_once().accepted == 3
    assert at_the_centre(at_centre, ticket.id)["subject"] == "第二次更正"
    assert here(seat, ticket).content.subject == "第二次更正"


def test_an_amendment_counts_once_however_often_it_comes(
    seat: SeatUnderTest, at_centre: CentreProcess
) -> None:
    ticket = seat.submit()
    seat.worker.sync_once()
    seat.store.amend(ticket.id, replace(ticket.content, subject="更正"), "", "seat")
    (operation,) = seat.store.waiting(10)
    credential = seat.store.credential()
    assert credential is not None
    assert operation.kind == AMEND_TICKET
    api = Api(at_centre.url, credential.seat, credential.password).log_in()
    sent = operation.model_dump(mode="json")
    amend_there(at_centre, ticket, place="另一处")
    answers = [api.push(sent)[0] for _ in range(3)]
    amend_there(at_centre, here(seat, ticket), subject="之后又改")
    assert api.push(sent)[0] == answers[0] == answers[1]
    assert answers[0]["number"] == here(seat, ticket).number
    assert at_the_centre(at_centre, ticket.id)["subject"] == "之后又改"


def test_what_cannot_be_amended(seat: SeatUnderTest, centre: CentreProcess, api: Api) -> None:
    ticket = seat.submit()
    with pytest.raises(UserError, match="TICKET_NOT_AMENDABLE"):
        seat.store.amend("nothing", ticket.content, "", "seat")
    assert seat.store.amend(ticket.id, ticket.content, "", "seat") == ticket
    assert seat.store.counts()[OutboxState.WAITING] == 1, "nothing changed, nothing to send"
    seat.store.amend(ticket.id, replace(ticket.content, subject="更正"), "", "seat")
    operation = seat.store.waiting(10)[1].model_dump(mode="json")
    assert api.push(operation)[0]["reason"] == "TICKET_UNKNOWN"
    with closing(opened(centre)) as database, database.write() as connection:
        amendment = Amendment(id="nothing", base={}, wanted={"subject": "x"})
        with pytest.raises(Refused, match="TICKET_UNKNOWN"):
            amend_at_centre(connection, amendment, "审核员", datetime.now(UTC))


def test_no_seat_amends_anothers_ticket(
    seat: SeatUnderTest, at_centre: CentreProcess, api: Api
) -> None:
    ticket = seat.submit()
    seat.worker.sync_once()
    seat.store.amend(ticket.id, replace(ticket.content, subject="更正"), "", "seat")
    (operation,) = seat.store.waiting(10)
    assert api.push(operation.model_dump(mode="json"))[0]["reason"] == "TICKET_UNKNOWN"
    assert at_the_centre(at_centre, ticket.id)["subject"] == ticket.content.subject
