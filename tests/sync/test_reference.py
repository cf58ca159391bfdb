"""Catalogue, units, rules, places, words and policy from the centre: checked, taken up, taken back."""

from __future__ import annotations

import queue
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from centre_process import CentreProcess
from fastapi.testclient import TestClient
from reference_documents import BROKEN, CATALOGUE, GOOD

from app.desk import ScriptCall
from app.dispatch.catalogue import bundled_catalogue, catalogue_in_force
from app.dispatch.exchange import write_version
from app.dispatch.units import units_in_force
from app.events import CentreChanged, Degraded, Event, ReferenceArrived
from app.intake.dialogue import parse_dialogue
from app.intake.rulebook import bundled_rules, rule_book
from app.reference.policy import SeatPolicy, policy_in_force
from app.reference.reading import BOOKS, NAMES, lint, read
from app.reference.seat import Prepared
from app.sync.changes import Document
from app.sync.kinds import REFERENCE
from app.workplace import Workplace
from knowledge_base.lexicon_in_force import lexicon_in_force
from resources.errors import UserError
from resources.loader import read_text, resource_path
from server.api import make_app
from server.console import TASKS
from server.database import CentreDatabase, default_url
from server.feed import News, changes_after, tell
from server.people import log_in, put_person
from server.reference import CentreReference, publish, publish_file, spread, uses, withdraw
from server.rights import Role
from server.seats import add_seat
from server.seats import log_in as log_in_seat


@pytest.fixture(autouse=True)
def what_ships() -> Iterator[None]:
    yield
    Prepared().hold()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[CentreDatabase]:
    found = CentreDatabase(default_url(tmp_path / "centre"))
    yield found
    found.close()


class Seat:
    """A workplace that is told what a centre told, without a line between them."""

    def __init__(self, folder: Path, database: CentreDatabase) -> None:
        self.place = Workplace(folder)
        self._database = database
        self.heard: queue.Queue[Event] = queue.Queue()
        self.place.bus.subscribe(self.heard.put)

    def pull(self) -> None:
        store = self.place.parts.store()
        cursor = store.cursor("x")
        kinds = store.follow("x", changes_after(self._database, "seat-1", cursor))
        if REFERENCE in kinds:
            self.place.centre.prepare_reference()

    def between_calls(self) -> None:
        """What every call begins with."""
        self.place.parts.take_up_reference()

    def call(self) -> None:
        """A whole call, from its beginning to its end."""
        session = self.place.begin(ScriptCall(resource_path("calls", "03-bbq-fumes.json"), None))
        session.wait(30)

    def row(self, name: str) -> Any:
        return next(row for row in self.place.reference.rows() if row.name == name)

    def told(self) -> list[Event]:
        events: list[Event] = []
        while not self.heard.empty():
            events.append(self.heard.get())
        return [one for one in events if isinstance(one, ReferenceArrived | Degraded)]


@pytest.fixture
def seat(tmp_path: Path, database: CentreDatabase) -> Iterator[Seat]:
    found = Seat(tmp_path / "seat", database)
    yield found
    found.place.close()


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_can_be_published(database: CentreDatabase, name: str) -> None:
    assert publish(database, name, GOOD[name], "test").version
    (change,) = changes_after(database, "anybody", 0).changes
    assert (change.kind, change.key) == (REFERENCE, name)
    assert Document.model_validate(change.body).whole


@pytest.mark.parametrize(
    ("name", "content"),
    [pytest.param(n, c, id=f"{n}-{i}") for n, cs in BROKEN.items() for i, c in enumerate(cs)],
)
def test_a_broken_one_is_refused_before_it_is_published(
    database: CentreDatabase, name: str, content: str
) -> None:
    with pytest.raises(UserError) as refused:
        publish(database, name, content, "test")
    for language in ("zh", "en"):
        assert "{" not in refused.value.message(language)
    assert changes_after(database, "anybody", 0).changes == ()


def test_the_bundled_data_pass_their_own_lint() -> None:
    lint("catalogue", CATALOGUE)
    for book in BOOKS:
        lint(f"rules.{book}", read_text("rules", f"{book}.yaml"))


def test_a_workbook_is_published_as_a_table(database: CentreDatabase, tmp_path: Path) -> None:
    write_version(bundled_catalogue(), tmp_path / "new.xlsx", None)
    publish_file(database, "catalogue", tmp_path / "new.xlsx")
    (change,) = changes_after(database, "anybody", 0).changes
    items = read("catalogue", Document.model_validate(change.body).content)
    assert len(items.items) == len(bundled_catalogue().items)  # type: ignore[union-attr]
    with pytest.raises(UserError, match="REFERENCE_UNKNOWN"):
        publish_file(database, "moon", tmp_path / "new.xlsx")
    with pytest.raises(UserError, match="REFERENCE_FILE"):
        publish_file(database, "catalogue", tmp_path / "absent.csv")


def test_what_arrives_in_a_call_holds_from_the_next_one(seat: Seat, database: CentreDatabase) -> None:
    seat.call()
    for name in ("catalogue", "places", "units", "rules.types", "words"):
        publish(database, name, GOOD[name], "test")
    seat.pull()
    assert seat.told() == [ReferenceArrived(("catalogue", "places", "rules.types", "units", "words"))]
    assert catalogue_in_force() is bundled_catalogue()
    assert rule_book("types") is bundled_rules("types")
    assert seat.row("catalogue").waiting
    seat.call()
    row = seat.row("catalogue")
    assert catalogue_in_force().version == row.version != ""
    assert row.waiting is None
    assert rule_book("types") is not bundled_rules("types")
    assert units_in_force().by_name("水管所").contact == "010-12345678"  # type: ignore[union-attr]
    finder = seat.place.parts.repairer().finder
    assert finder.gazetteer.places_named("海棠雅筑")[0].street == "望京街道"


def test_it_holds_after_a_restart_and_goes_with_a_withdrawal(
    seat: Seat, database: CentreDatabase, tmp_path: Path
) -> None:
    publish(database, "catalogue", GOOD["catalogue"], "test")
    seat.pull()
    seat.place.close()
    again = Seat(tmp_path / "seat", database)
    again.between_calls()
    assert again.row("catalogue").version == catalogue_in_force().version
    withdraw(database, "catalogue")
    again.pull()
    again.between_calls()
    assert catalogue_in_force() is bundled_catalogue()
    assert again.row("catalogue").version == ""
    again.place.close()


@pytest.mark.parametrize("damage", ["hash", "content"])
def test_a_bad_one_leaves_the_version_before_in_use(
    seat: Seat, database: CentreDatabase, damage: str
) -> None:
    publish(database, "units", GOOD["units"], "test")
    seat.pull()
    seat.between_calls()
    version = seat.row("units").version
    seat.told()
    bad = Document.of("bad", "name\n")
    if damage == "hash":
        bad = bad.model_copy(update={"content": GOOD["units"]})
    with database.write() as connection:
        tell(connection, [News(REFERENCE, "units", bad.model_dump_json())])
    seat.pull()
    assert seat.told() == [Degraded("reference", "REFERENCE_REFUSED", "units")]
    seat.between_calls()
    assert units_in_force().by_name("水管所").contact == "010-12345678"  # type: ignore[union-attr]
    row = seat.row("units")
    assert (row.version, row.refused) == (version, "bad")
    assert row.error.message("zh")
    publish(database, "units", GOOD["units"] + "\n", "test")
    seat.pull()
    seat.between_calls()
    assert seat.row("units").refused == ""


def test_only_what_may_be_needed_is_kept(seat: Seat, database: CentreDatabase) -> None:
    for number in range(5):
        publish(database, "words", f"云启物业{number}\n", "test")
        seat.pull()
    store = seat.place.parts.store()
    assert [one.content for one in store.reference()] == ["云启物业4\n", "云启物业3\n"]


def test_an_unknown_kind_of_document_stops_nothing(seat: Seat, database: CentreDatabase) -> None:
    document = Document.of("1", "?").model_dump_json()
    news = [News(REFERENCE, "tariffs", document), News(REFERENCE, "words", "[]")]
    with database.write() as connection:
        tell(connection, news)
    publish(database, "policy", GOOD["policy"], "test")
    seat.pull()
    assert policy_in_force() == SeatPolicy(login_required=True, offline_days=3)
    seat.between_calls()


def test_the_centre_uses_the_catalogue_itself(database: CentreDatabase) -> None:
    centre = CentreReference(database)
    centre.look()
    assert catalogue_in_force() is bundled_catalogue()
    publish(database, "catalogue", GOOD["catalogue"], "test")
    centre.look()
    assert catalogue_in_force() is not bundled_catalogue()
    withdraw(database, "catalogue")
    centre.look()
    assert catalogue_in_force() is bundled_catalogue()


def test_administrators_publish_over_http(database: CentreDatabase) -> None:
    password = put_person(database, "chief", [Role.ADMINISTRATOR], "", "console")
    token = log_in(database, "chief", password, "").access
    with TestClient(make_app(database)) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        url = "/api/v1/reference/words"
        assert client.get(url).status_code == 404
        assert client.put(url, json={"content": "云启物业"}).json()["version"]
        assert client.get(url).json()["content"] == "云启物业"
        refused = client.put("/api/v1/reference/rules.types", json={"content": "rules: []"})
        assert (refused.status_code, refused.json()["code"]) == (422, "REFERENCE_RULES")
        assert client.put("/api/v1/reference/moon", json={"content": "x"}).status_code == 404
        listed = {one["name"]: one["version"] for one in client.get("/api/v1/reference").json()}
        assert set(listed) == set(NAMES)
        assert listed["words"]
        assert not listed["catalogue"]
        assert client.delete(url).status_code == 204
        assert client.get(url).status_code == 404


def test_seats_tell_over_http_what_they_use(database: CentreDatabase, tmp_path: Path) -> None:
    chief = put_person(database, "chief", [Role.ADMINISTRATOR], "", "console")
    publish(database, "words", "云启物业", "test")
    documents = [{"name": "words", "version": "1", "waiting": "2", "refused": "3", "reason": "BAD"}]
    with TestClient(make_app(database)) as client:
        url, as_seat = "/api/v1/reference-use", {}
        for name in ("seat-1", "seat-2"):
            token = log_in_seat(database, name, add_seat(database, name), "").token
            as_seat = {"Authorization": f"Bearer {token}"}
            for told in ([], documents):  # the newest counts
                answer = client.put(url, json={"documents": told}, headers=as_seat)
                assert answer.status_code == 204
        for bad in ([{"name": "x\n"}], [{"name": "x", "version": "9" * 65}], documents * 65):
            assert client.put(url, json={"documents": bad}, headers=as_seat).status_code == 422
        assert client.put(url, json={"documents": []}, headers=as_seat).status_code == 204
        as_chief = {"Authorization": f"Bearer {log_in(database, 'chief', chief, '').access}"}
        first, second = client.get(url, headers=as_chief).json()
        assert (first["seat"], first["documents"]) == ("seat-1", documents)
        assert (second["seat"], second["documents"]) == ("seat-2", [])
    listed = TASKS["list_reference"](Namespace(db=None), tmp_path / "centre")
    lines = {line.split()[0]: line for _, line in listed}
    assert lines["words"].split()[2:] == ["1:1", "-:1", "!seat-1:3:BAD"]
    assert lines["catalogue"] == "catalogue - -:2"


def test_the_centre_learns_what_a_seat_uses(seat: Seat, centre: CentreProcess) -> None:
    with closing(CentreDatabase(centre.database_url or default_url(centre.data_dir))) as there:
        words = publish(there, "words", GOOD["words"], "test")
        with there.write() as connection:
            tell(connection, [News(REFERENCE, "units", Document.of("bad", "name\n").model_dump_json())])
        seat.place.log_in(centre.url, *centre.add_seat())
        try:
            seat.place.sync_once()
            seat.between_calls()
            seat.place.start_sync()
            while seat.heard.get(timeout=30) != CentreChanged(True):
                pass
            (told,) = (one for one in uses(there) if one.seat == seat.place.settings.seat)
            assert {one.name: (one.version, one.refused) for one in told.use.documents} == {
                "words": (words.version, ""),
                "units": ("", "bad"),
            }
            assert spread([told], "units").refused == [(told.seat, "bad", "UNITS_COLUMNS")]
        finally:
            for name in ("words", "units"):
                withdraw(there, name)


def test_over_the_wire_with_the_cursor(seat: Seat, centre: CentreProcess, tmp_path: Path) -> None:
    file = tmp_path / "catalogue.csv"
    file.write_text(GOOD["catalogue"], encoding="utf-8")
    there = CentreDatabase(centre.database_url or default_url(centre.data_dir))
    publish_file(there, "catalogue", file)
    seat.place.log_in(centre.url, *centre.add_seat())
    try:
        seat.place.sync_once()
        assert seat.row("catalogue").waiting
    finally:
        withdraw(there, "catalogue")
        there.close()


def test_guards_and_synonyms_hold_from_the_next_call_and_go_again(
    seat: Seat, database: CentreDatabase
) -> None:
    def alarms() -> int:
        return len(rule_book("emergency").hits(parse_dialogue("这晚霞恰似着火了")))

    def meant() -> list[str]:
        return [word for _, words in lexicon_in_force().find("天上下刀子") for word in words]

    assert (alarms() > 0, meant()) == (True, [])
    for name in ("guards", "synonyms"):
        publish(database, name, GOOD[name], "test")
    seat.pull()
    assert alarms() > 0
    seat.between_calls()
    assert (alarms(), meant()) == (0, ["冰雹"])
    for name in ("guards", "synonyms"):
        withdraw(database, name)
    CentreReference(database).look()  # in the centre's own process as well
    seat.pull()
    seat.between_calls()
    assert (alarms() > 0, meant()) == (True, [])
