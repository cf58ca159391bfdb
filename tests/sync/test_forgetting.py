"""Who asks to be forgotten is forgotten: at the centre, at the seat, in files; what counts stays."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from centre_process import CentreProcess
from sample_tickets import make_ticket
from seat_under_test import SeatUnderTest
from sqlalchemy import insert, select, update

from app.domain.amending import difference
from app.domain.call import Call, Speaker, Utterance
from app.domain.life import Stage, Step
from app.domain.ticket import Caller, Ticket, UnitRole, UnitSuggestion
from app.knowledge_use import Deed, Use
from app.security.keys import RECORDINGS_FOLDER
from app.sync.cases import StepRequest
from app.sync.delivery import log_in
from app.sync.recordings import Recordings
from resources.errors import UserError
from server.asking import Asker
from server.database import CentreDatabase, default_url
from server.forgetting import forget_person, retire
from server.life.amending import Amendment, amend_at_centre
from server.life.attending import attend
from server.life.rules import OWN_RULES, life_rules
from server.life.steps import take_step
from server.rights import Role
from server.schema import metadata, recording, recording_part, ticket_life
from server.schema import ticket as ticket_table
from speech.audio.recording import SUFFIX

NAME, PHONE, HOME, SAID = "欧阳测试员", "13712345678", "阜通东大街隐秘院九号", "楼上漏水三回"
TRACES = (NAME, PHONE, HOME, SAID)
STREET = "望京街道办事处"
UNIT = Asker("科员", frozenset({Role.HANDLING_UNIT}), STREET)


def everything(database: CentreDatabase) -> str:
    with database.read() as connection:
        rows = [
            tuple(row) for table in metadata.sorted_tables for row in connection.execute(select(table))
        ]
    return repr(rows) + json.dumps(repr(rows))


@pytest.fixture
def database(own_centre: CentreProcess) -> Any:
    with closing(CentreDatabase(own_centre.database_url or default_url(own_centre.data_dir))) as one:
        yield one


@pytest.fixture
def spoken(seat: SeatUnderTest, own_centre: CentreProcess, database: CentreDatabase) -> Ticket:
    """A ticket that has gone through everything that keeps words of its caller."""
    seat.use(own_centre.url)
    log_in(seat.store, own_centre.url, *own_centre.add_seat())
    seat.store.start_call(Call("call-x", datetime.now(UTC), "line", PHONE))
    seat.store.add_utterance(
        "call-x", Utterance("u1", Speaker.CALLER, 0, 1, f"我叫{NAME}，{SAID}", "", "x")
    )
    sample = make_ticket()
    content = replace(
        sample.content,
        caller=Caller(NAME, PHONE),
        place=HOME,
        subject=SAID,
        summary=f"{NAME}（{PHONE}）反映{SAID}",
        units=(UnitSuggestion(STREET, UnitRole.LEAD, 0.9, (SAID,)),),
        proof={},
    )
    ticket = replace(sample, call_id="call-x", content=content)
    seat.store.submit(ticket)
    seat.worker.sync_once()
    attend(database)
    seat.store.amend(ticket.id, replace(content, wish=f"给{NAME}回电"), SAID, "seat")
    seat.worker.sync_once()
    base, wanted = difference(content, replace(content, people=NAME))
    with database.write() as connection:
        amendment = Amendment(id=ticket.id, base=base, wanted=wanted, words=SAID)
        amend_at_centre(connection, amendment, "审核员", datetime.now(UTC))
        call = {"call_id": "call-x", "seat": "", "size": 4, "sha256": "0" * 64, "file_key": "0" * 96}
        owner = connection.scalar(select(ticket_table.c.seat).where(ticket_table.c.id == ticket.id))
        call |= {"seat": owner, "received": 4, "complete_at": datetime.now(UTC)}
        connection.execute(insert(recording).values(**call))
        connection.execute(insert(recording_part).values(call_id="call-x", offset=0, data=b"song"))
    for step in (
        StepRequest(step=Step.ACCEPT),
        StepRequest(step=Step.REPORT, words=f"已联系{NAME}，{PHONE}"),
    ):
        take_step(database, UNIT, ticket.id, step)
    seat.worker.sync_once()
    return ticket


def of_seat(seat: SeatUnderTest, ticket: Ticket) -> str:
    found = seat.store.ticket(ticket.id)
    store = seat.store
    call = store.call("call-x"), store.transcript("call-x"), store.open_drafts()
    return repr((found, call, store.outbox(), store.unanswered(), store.conflicts(ticket.id)))


def test_nothing_of_the_person_is_left(
    seat: SeatUnderTest,
    spoken: Ticket,
    database: CentreDatabase,
    own_centre: CentreProcess,
    tmp_path: Path,
) -> None:
    before = everything(database)
    assert all(trace in before or json.dumps(trace)[1:-1] in before for trace in TRACES)
    assert all(trace in of_seat(seat, spoken) for trace in TRACES)
    folder = tmp_path / "seat" / RECORDINGS_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"call-x{SUFFIX}").write_bytes(b"sound")
    assert forget_person(database, phone="137-1234-5678") == 1
    after = everything(database)
    for trace in TRACES:
        assert trace not in after
        assert json.dumps(trace)[1:-1] not in after
    assert "call-x" not in repr(list(rows_of(database, recording)))
    seat.worker.sync_once()
    left = of_seat(seat, spoken)
    assert not any(trace in left for trace in TRACES)
    recordings = Recordings(seat.store, tmp_path / "seat", bytes(32))
    assert recordings.forget_old(3650, datetime.now(UTC)) == 1
    assert not list(folder.iterdir())
    kept = seat.store.ticket(spoken.id)
    assert kept is not None
    assert (kept.content.type, kept.content.district) == (spoken.content.type, spoken.content.district)
    assert own_centre.stop() == 0
    database.close()
    for file in own_centre.data_dir.rglob("*"):
        raw = file.read_bytes() if file.is_file() else b""
        assert not any(trace.encode() in raw for trace in TRACES), file


def rows_of(database: CentreDatabase, table: Any) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(select(table)).all())


def test_who_was_forgotten_cannot_be_amended_back(
    seat: SeatUnderTest, spoken: Ticket, database: CentreDatabase
) -> None:
    seat.store.amend(spoken.id, replace(spoken.content, subject=f"{NAME}又来电"), "", "seat")
    (number,) = {row.number for row in rows_of(database, ticket_table)}
    assert forget_person(database, number=number) == 1
    assert seat.worker.sync_once().refused == 1
    assert NAME not in everything(database)


def test_what_was_kept_long_enough_goes(
    seat: SeatUnderTest, spoken: Ticket, database: CentreDatabase
) -> None:
    rules, now = life_rules(), datetime.now(UTC)
    seat.store.knowledge_use().add(Use(now, Deed.GAP, "", "", "夜市几点散"))
    seat.worker.sync_once()
    assert retire(database, now) == 0
    assert "夜市几点散" in everything(database)
    recordings_over = now + timedelta(days=rules.keep_recordings_days, hours=1)
    assert retire(database, recordings_over) == 1
    assert PHONE in everything(database), "an open ticket's caller is still needed"
    tickets_over = now + timedelta(days=rules.keep_tickets_days, hours=1)
    assert retire(database, tickets_over) == 0
    with database.write() as connection:
        connection.execute(update(ticket_life).values(stage=Stage.CLOSED))
    assert retire(database, tickets_over) == 1
    assert retire(database, tickets_over) == 0
    assert PHONE not in everything(database)
    assert "夜市几点散" not in everything(database)


@pytest.mark.parametrize("wrong", ["", "123", "%", "13800000000"])
def test_nobody_is_forgotten_by_mistake(spoken: Ticket, database: CentreDatabase, wrong: str) -> None:
    with pytest.raises(UserError, match="SERVER_NOBODY_FOUND"):
        forget_person(database, phone=wrong, number=wrong)
    assert PHONE in everything(database)


@pytest.mark.parametrize(
    "bad", ["nonsense: 1", "[1]", "evaluation: {x: 1}", "remind_at_share: often", "\t:", None]
)
def test_rules_that_are_none_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: str | None
) -> None:
    path = tmp_path / "life.yaml"
    if bad is not None:
        path.write_text(bad)
    monkeypatch.setenv(OWN_RULES, str(path))
    life_rules.cache_clear()
    try:
        with pytest.raises(UserError, match="SERVER_LIFE_RULES"):
            life_rules()
        path.write_text("unsolved_days: 3\nevaluation: {callback: first}\n")
        own = life_rules()
        assert (own.unsolved_days, own.evaluation.callback) == (3, "first")
        assert own.callback_attempts == 3
    finally:
        life_rules.cache_clear()
