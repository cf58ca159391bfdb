"""A team lead reads, hears and judges a call of another seat; the result is at the centre."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from centre_process import Api, CentreProcess, make_submission
from sample_tickets import make_ticket
from sqlalchemy import insert, select

from app.domain.call import Call
from app.domain.city import CITY_TIME
from app.domain.trail import MarkKind, TrailMark
from app.review.queue import Flag, Sample
from app.script import load_case
from app.settings import load_settings, save_settings
from app.statistics.page import Period
from app.statistics.queries import read_dashboard
from app.sync.delivery import log_in
from app.workplace import Workplace
from resources.errors import UserError
from resources.loader import resource_path
from server.audit import entries_after
from server.database import CentreDatabase, default_url
from server.forgetting import forget_person
from server.people import put_person
from server.rights import Role
from server.schema import call_transcript, review, ticket_callback
from speech.audio.files import FileSource
from speech.audio.recording import RecordingWriter

TRAIL = (
    TrailMark(4.5, "place", MarkKind.TYPED),
    TrailMark(9, "citations", MarkKind.CITED, "water-off"),
)


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentreProcess]:
    folder = tmp_path_factory.mktemp("centre")
    process = CentreProcess(default_url(folder), folder)
    yield process
    process.stop()


@pytest.fixture(scope="module")
def database(centre: CentreProcess) -> Iterator[CentreDatabase]:
    with closing(CentreDatabase(centre.database_url)) as opened:
        yield opened


def seat(folder: Path) -> Workplace:
    """A seat with one recorded call and its ticket."""
    desk = Workplace(folder)
    store = desk.parts.store()
    store.start_call(Call("call-1", datetime.now(UTC), "line"))
    for number, turn in enumerate(load_case(resource_path("calls", "01-water-outage.json")).turns):
        store.add_utterance("call-1", replace(turn, id=f"u{number}", engine="whisper-base"))
    sound = RecordingWriter(desk.parts.recording_path("call-1"), desk.parts.key().recordings)
    for block in FileSource(resource_path("calls", "01-water-outage.flac"), None).blocks():
        sound.append(block)
    sound.close()
    store.end_call("call-1", datetime.now(UTC))
    store.submit(replace(make_ticket("call-1"), trail=TRAIL))
    return desk


@pytest.fixture(scope="module")
def seats(
    centre: CentreProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Workplace, Workplace]]:
    """The seat that took the call, and the team lead's, which took none."""
    name, password = centre.add_seat()
    folder = tmp_path_factory.mktemp("seat")
    with closing(seat(folder)) as taken:
        log_in(taken.parts.store(), centre.url, name, password)
        settings = replace(taken.settings, server_url=centre.url, seat=name)
        save_settings(folder, settings)
    with (
        closing(Workplace(folder)) as taken,
        closing(Workplace(tmp_path_factory.mktemp("lead"))) as lead,
    ):
        assert load_settings(folder).server_url == centre.url
        taken.centre.deliver_once()
        yield taken, lead


def test_a_call_of_another_seat_is_reviewed_and_the_result_stays_at_the_centre(
    centre: CentreProcess, database: CentreDatabase, seats: tuple[Workplace, Workplace]
) -> None:
    taken, lead = seats
    password = put_person(database, "班长", [Role.TEAM_LEAD])
    reader = put_person(database, "看单的", [Role.DISPATCH_REVIEWER])
    with pytest.raises(UserError, match="STATISTICS_REFUSED"):
        lead.review.visit(centre.url, "看单的", reader)
    assert lead.review.visitor == ""
    lead.review.visit(centre.url, "班长", password)
    (row,) = lead.review.queue()
    own = taken.tickets()[0]
    assert row.ticket.id == own.id
    assert row.ticket.trail == TRAIL
    assert row.ticket.content.caller.phone != own.content.caller.phone or not own.content.caller.phone
    (same,) = taken.review.queue()
    assert row.screened.total == same.screened.total, "the centre screens as the seat does"

    opened = lead.review.open(row, "", Sample.RANDOM)
    assert [said.text for said in opened.transcript] == [
        said.text for said in taken.transcript(own.call_id)
    ]
    assert opened.audio is not None
    heard = opened.audio.stretch(0, 10)
    mine = taken.review.open(same, "x", Sample.RANDOM).audio
    assert mine is not None
    assert (heard == mine.stretch(0, 10)).all()

    wrong = opened.transcript[1]
    found = opened.review.comment(3.0, "问得好")
    found = lead.review.correct_text(found, wrong.text + "补", wrong.text, wrong.start)
    again = lead.review.open(row, "", Sample.RANDOM).review
    assert (again.reviewer, again.comments, again.corrections) == (
        "班长",
        found.comments,
        found.corrections,
    )
    with database.read() as connection:
        today = datetime.now(CITY_TIME).date()
        period = Period(own.submitted_at.date().replace(day=1), today)
        (quality,) = read_dashboard(connection, period).heard
    assert (quality.calls, quality.errors) == (1, 1)

    second = put_person(database, "副班长", [Role.TEAM_LEAD])
    lead.review.visit(centre.url, "副班长", second)
    blind = lead.review.open(row, "", Sample.RANDOM)
    assert blind.others == (), "a second reviewer must not be led"
    done = blind.review
    for name in done.evaluation.result().open:
        done = replace(done, evaluation=done.evaluation.give(name, 1.0, "副班长"))
    lead.review.keep(done.finish())
    assert [one.reviewer for one in lead.review.open(row, "", Sample.RANDOM).others] == ["班长"]
    assert lead.review.agreement() == (), "the first review is not finished"
    lead.review.visit(centre.url, "班长", password)
    first = lead.review.open(row, "", Sample.RANDOM).review
    for name in first.evaluation.result().open:
        first = replace(first, evaluation=first.evaluation.give(name, 1.0, "班长"))
    lead.review.keep(first.finish())
    agreed = lead.review.agreement()
    assert {one.question for one in agreed} == set(blind.review.evaluation.result().open)
    assert {(one.tickets, one.same) for one in agreed} == {(1, 1.0)}
    (behind,) = lead.review.behind_agreement(agreed[0].question, "")
    assert (behind.ticket.id, behind.same) == (own.id, True)
    third = put_person(database, "新班长", [Role.TEAM_LEAD])
    lead.review.visit(centre.url, "新班长", third)
    assert [one.same for one in lead.review.behind_agreement(agreed[0].question, "")] == [None]
    assert lead.review.behind_agreement("no-such", "") == ()
    lead.review.visit(centre.url, "班长", password)
    lead.review.open(row, "", Sample.RANDOM)
    fetched = list((lead.data_dir / "fetched").iterdir())
    assert len(fetched) == 1
    lead.review.leave()
    assert not fetched[0].exists()
    assert lead.review.queue() == ()
    looked = {entry.action for entry in entries_after(database, 0) if entry.who == "班长"}
    assert {"review.open", "review.hear"} <= looked


def test_an_unsatisfied_caller_is_flagged_at_the_seat_and_at_the_centre(
    database: CentreDatabase, seats: tuple[Workplace, Workplace]
) -> None:
    taken, _ = seats
    ticket = taken.tickets()[0]
    answer = {
        "ticket_id": ticket.id,
        "unit": "某街道",
        "at": datetime.now(UTC),
        "type": "求助",
        "handling": "dispatch",
        "contacted": True,
        "solved": True,
        "satisfaction": "dissatisfied",
    }
    with database.write() as connection:
        connection.execute(insert(ticket_callback).values(**answer))
    assert Flag.UNSATISFIED in taken.review.queue()[0].flags
    with database.write() as connection:
        connection.execute(insert(ticket_callback).values(**answer | {"satisfaction": "satisfied"}))
    assert Flag.UNSATISFIED not in taken.review.queue()[0].flags


def test_what_is_no_transcript_or_review_is_refused(
    centre: CentreProcess, database: CentreDatabase
) -> None:
    api = Api(centre.url, *centre.add_seat()).log_in()
    other = Api(centre.url, *centre.add_seat()).log_in()
    bad = api.send("POST", "/transcripts", json={"call_id": "c-1", "said": [{"text": 1}]})
    assert bad.status_code == 422
    good = {"call_id": "c-1", "said": []}
    assert api.send("POST", "/transcripts", json=good).status_code == 204
    assert other.send("POST", "/transcripts", json=good).status_code == 403
    submission = make_submission()
    api.push(submission)
    name = submission["ticket_id"]
    password = put_person(database, "审的", [Role.TEAM_LEAD])
    login = api.send("POST", "/people/login", json={"name": "审的", "password": password})
    headers = {"Authorization": f"Bearer {login.json()['access']}"}

    def put(body: object, about: str = name) -> httpx.Response:
        return api.send("PUT", f"/reviews/{about}", json={"review": body}, headers=headers)

    for body in ({}, {"sample": "random"}, {"answers": {"x": 1}}, {"answers": [], "comments": "x"}):
        assert put(body).status_code == 422, body
    assert put({}, "nobody").status_code == 404
    assert api.send("GET", f"/reviews/{name}/recording", headers=headers).status_code == 404


def test_forgetting_a_caller_takes_transcript_and_reviews(
    database: CentreDatabase, seats: tuple[Workplace, Workplace]
) -> None:
    taken, _ = seats
    number = next(one.number for one in taken.tickets() if one.number)
    forget_person(database, number=number)
    with database.read() as connection:
        assert (
            connection.execute(select(call_transcript).where(call_transcript.c.body != "[]")).all()
            == []
        )
        assert connection.execute(select(review)).all() == []
